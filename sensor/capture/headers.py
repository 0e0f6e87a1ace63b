"""The rare parts of capture files: the pcap file header, pcapng section and interface blocks, link types.

draft-ietf-opsawg-pcap section 4; draft-ietf-opsawg-pcapng sections 4.1 and 4.2; draft-ietf-opsawg-pcaplinktype.
"""

from __future__ import annotations

import struct

from msgspec import Struct

from sensor.wire.records import RECORD_MAX, Records

PCAP_HEADER = 24
SECTION = b"\x0a\x0d\x0d\x0a"
BYTE_ORDER = 0x1A2B3C4D
TICKS_DEFAULT = 6  # microseconds, where if_tsresol is absent
POWER_OF_TEN_MAX = 27  # finer ticks make less than 19 ns of 64 bits: they are read as this fine
POWER_OF_TWO_MAX = 63
INTERFACES_MAX = 1 << 16  # of a section; no real one comes near, and the obsolete packet block cannot name more
OFFSET_MAX = (1 << 63) - 1  # ns

OPTION_END, OPTION_TSRESOL, OPTION_TSOFFSET = 0, 9, 14

# LINKTYPE_ numbers. The first group is what the sensor reads: 12 and 14 are raw IP as some systems number it.
SUPPORTED = {
    0: "BSD loopback",
    1: "Ethernet",
    12: "raw IP",
    14: "raw IP",
    101: "raw IP",
    108: "OpenBSD loopback",
    113: "Linux cooked v1",
    228: "raw IPv4",
    229: "raw IPv6",
    276: "Linux cooked v2",
}
NAMES = SUPPORTED | {
    6: "Token Ring",
    7: "ARCNET",
    8: "SLIP",
    9: "PPP",
    10: "FDDI",
    50: "PPP over serial",
    51: "PPPoE",
    104: "Cisco HDLC",
    105: "802.11",
    107: "Frame Relay",
    117: "OpenBSD pflog",
    119: "802.11 with Prism header",
    127: "802.11 with radiotap header",
    143: "DOCSIS",
    163: "802.11 with AVS header",
    165: "BACnet MS/TP",
    187: "Bluetooth HCI",
    189: "USB",
    192: "PPI",
    195: "802.15.4",
    201: "Bluetooth HCI",
    220: "USB",
    227: "CAN",
    230: "802.15.4",
    239: "Linux netfilter log",
    249: "USBPcap",
    251: "Bluetooth LE",
    252: "Wireshark upper PDU",
    253: "Linux netlink",
    254: "Bluetooth Linux monitor",
    256: "Bluetooth LE",
    272: "nRF sniffer",
}

# Magic number as read in the file's byte order -> ns per unit of the second field, bytes of a record's header.
PCAP = {
    0xA1B2C3D4: (1000, 16),
    0xA1B23C4D: (1, 16),
    0xA1B2CD34: (1000, 24),  # patched libpcap of Linux 2.2: eight bytes more for each record
}

# What people also have, and what to do with it.
OTHERS = (
    (b"\xfd7zXZ\0", "is packed with xz; unpack it with `unxz` first"),
    (b"BZh", "is packed with bzip2; unpack it with `bunzip2` first"),
    (b"\x04\x22\x4d\x18", "is packed with lz4; unpack it with `unlz4` first"),
    (b"PK\x03\x04", "is a zip archive; unpack it first"),
    (b"snoop\0\0\0", "is a snoop capture; convert it with `editcap -F pcapng`"),
    (b"\x1f\x8b", "is packed twice; unpack it once with `gunzip` first"),
    (b"\x28\xb5\x2f\xfd", "is packed twice; unpack it once with `unzstd` first"),
)
NEITHER = "is not a pcap or pcapng capture; if Wireshark opens it, convert it with `editcap -F pcapng`"


class NotCaptureError(Exception):
    """Inside this package: what the file is instead, as the end of a sentence."""


class Header(Struct, frozen=True):
    """What the beginning of a file says. link: of a pcap file, -1 for pcapng, whose interfaces have one each."""

    length: int  # bytes before the first record; pcapng's first block is one
    big: bool = False
    unit: int = 0
    record: int = 0
    link: int = -1

    @property
    def pcapng(self) -> bool:
        return self.link < 0


def is_capture(head: bytes) -> bool:
    """Whether these first bytes, at least four of them, open a capture."""
    return head[:4] == SECTION or any(int.from_bytes(head[:4], order) in PCAP for order in ("little", "big"))


def file_header(head: bytes) -> Header:
    """Reads the first bytes of a file; `NotCaptureError` if they are none of a capture that the sensor reads."""
    if not head:
        raise NotCaptureError("is empty; record it again")
    if head[:4] == SECTION:
        if len(head) < 12:
            raise NotCaptureError(f"is cut inside its header, at byte {len(head)}; copy or record it again")
        if all(int.from_bytes(head[8:12], order) != BYTE_ORDER for order in ("little", "big")):
            raise NotCaptureError(NEITHER)
        return Header(0)
    for big in (False, True):
        form = PCAP.get(int.from_bytes(head[:4], "big" if big else "little"))
        if form is None:
            continue
        if len(head) < PCAP_HEADER:
            raise NotCaptureError(f"is cut inside its header, at byte {len(head)}; copy or record it again")
        # the upper bits say how long a frame check sequence is
        link = int.from_bytes(head[20:24], "big" if big else "little") & 0x03FFFFFF
        if link not in SUPPORTED:
            raise NotCaptureError(unsupported([link]))
        return Header(PCAP_HEADER, big, *form, link)
    for magic, what in OTHERS:
        if head.startswith(magic):
            raise NotCaptureError(what)
    raise NotCaptureError(NEITHER)


def unsupported(links: list[int]) -> str:
    """The end of a sentence about a file whose link types the sensor does not read."""
    names = ", ".join(f"{link} ({NAMES.get(link, 'unknown')})" for link in sorted(links))
    return f"has link type {names}, which the sensor does not read; record on an Ethernet, raw IP or `any` interface"


class Pcapng:
    """Reads section and interface blocks into `Records`."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._order = "<"

    def block(self, data: bytearray, at: int, end: int) -> tuple[int, str]:
        """The block at `at`: its length, 0 if it is not whole; and what is damaged, "" if nothing."""
        section = data[at : at + 4] == SECTION
        if end - at < 12:
            return 0, ""
        order = self._order
        if section:
            order = "<" if int.from_bytes(data[at + 8 : at + 12], "little") == BYTE_ORDER else ">"
            if struct.unpack_from(order + "I", data, at + 8)[0] != BYTE_ORDER:
                return 0, "byte order"
        (total,) = struct.unpack_from(order + "I", data, at + 4)
        if not (28 if section else 20) <= total <= RECORD_MAX or total & 3:
            return 0, "block length"
        if end - at < total:
            return 0, ""
        if struct.unpack_from(order + "I", data, at + total - 4)[0] != total:
            return 0, "closing block length"
        self._order = order
        if section:
            if struct.unpack_from(order + "H", data, at + 12)[0] != 1:
                return 0, "version"
            self._records.section(big=order == ">")
        elif self._records.interfaces >= INTERFACES_MAX:
            return 0, "number of interfaces"
        else:
            self._interface(bytes(data[at + 8 : at + total - 4]))
        return total, ""

    def _interface(self, body: bytes) -> None:
        """Link type, snap length and the two options that say what a tick is (section 4.2)."""
        link, _, snap = struct.unpack_from(self._order + "HHI", body)
        resolution, offset = TICKS_DEFAULT, 0
        at = 8
        while at + 4 <= len(body):
            code, length = struct.unpack_from(self._order + "HH", body, at)
            at += 4
            if code == OPTION_END or at + length > len(body):
                break
            if code == OPTION_TSRESOL and length == 1:
                resolution = body[at]
            elif code == OPTION_TSOFFSET and length == 8:
                (offset,) = struct.unpack_from(self._order + "q", body, at)
            at += length + 3 & ~3
        multiply, divide, shift = ticks(resolution)
        self._records.interface(
            link=link,
            supported=link in SUPPORTED,
            multiply=multiply,
            divide=divide,
            shift=shift,
            offset=max(-OFFSET_MAX, min(OFFSET_MAX, offset * 1_000_000_000)),
            snap=snap,
        )


def ticks(resolution: int) -> tuple[int, int, int]:
    """if_tsresol as (multiply by, divide by, shift right by after counting seconds; -1: do not)."""
    power = resolution & 0x7F
    if resolution & 0x80:
        return 1, 1, min(power, POWER_OF_TWO_MAX)
    power = min(power, POWER_OF_TEN_MAX)
    return 10 ** max(0, 9 - power), 10 ** max(0, power - 9), -1
