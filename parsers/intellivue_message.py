"""Messages of the data export of Philips IntelliVue patient monitors, whoever carries them.

Written from programs that read it (mdpnp/mdpnp, xeonfusion/VSCaptureMP, lnHealth; the tests of one more agree in places
and lengths, wlbaker/mdrepo); not checked against a monitor.

  connect indication  0 nomenclature 00 00 major minor, then 4 an invocation; broadcast by a monitor without a client
  association         0D connect, 0E accept, of ISO 8327; in it BE 80 28 80 .. 81 length, then 0 protocol 80000000
                      4 nomenclature 40000000   8 units   12 role 80000000 client, 00800000 monitor
  data                0 E1 00 00 02, then 4 an invocation, a result or a part of one
  invocation          0 kind 2: 1 invocation, 2 result, 5 part of a result (2 more bytes before the id)   2 length 2
                      4 invoke id 2   6 command 2   8 length 2
     of an event      10 object class 2, context 2, handle 2   16 time 4   20 event 2: 0D17 connect indication,
                      0D06 creation (once more an object, 6)   22 length 2, then attributes
  attributes          0 count 2   2 length 2, then id 2, length 2, value

A monitor writes its hardware address and its IP address into the indication: they are bound across routers by that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from parsers.reading import clean, ip_text, mac_text, printable, u16, u32

Field = tuple[str, str]

INVOCATION, RESULT, PART = 1, 2, 5
KINDS = frozenset({INVOCATION, RESULT, 3, PART})
EVENTS, ACTION = (0, 1), 7
CONNECT_INDICATION, CREATION = 0x0D17, 0x0D06
SYSTEM = 0x0021  # object class of the monitor as a whole
DATA = b"\xe1\x00\x00\x02"
CONNECT, ACCEPT = 0x0D, 0x0E
MDC_OBJECTS = b"\x2a\x86\x48\xce\x14\x02\x01\0\0\0"  # 1.2.840.10004.1.1.1.0.0, of ISO/IEEE 11073
USER_INFORMATION = b"\xbe\x80\x28\x80"
PRESENTATION_MAX = 24  # bytes between that and the user information: an identifier of 12 and a number of 3
PROTOCOL, NOMENCLATURE = b"\x80\0\0\0", b"\x40\0\0\0"
ROLES = {b"\x80\0\0\0": "client", b"\x00\x80\0\0": "monitor"}

ATTRIBUTES_MAX = 128  # of one event; a creation has some thirty
SPECIFICATIONS_MAX = 64
PORTS_MAX = 8

SYSTEM_TYPE, MODEL, SPECIFICATION, SYSTEM_ID = 0x0986, 0x0928, 0x092D, 0x0984
BED_LABEL, BED_LABEL_INDICATED, PROTOCOLS, ADDRESSES = 0x091E, 0xF135, 0xF101, 0xF100

PRODUCT, BOOT, MAIN_BOARD, APPLICATION = 0x0008, 0x0018, 0x0050, 0x0058
SERIAL, PART_NUMBER, HARDWARE, SOFTWARE, FIRMWARE = range(1, 6)
# What is specified, and of which component: a serial number of a board is not that of the monitor
SPECIFIED = {
    (SERIAL, PRODUCT): "serial",
    (PART_NUMBER, PRODUCT): "part_number",
    (HARDWARE, PRODUCT): "hardware",
    (HARDWARE, MAIN_BOARD): "hardware",
    (SOFTWARE, PRODUCT): "software",
    (SOFTWARE, APPLICATION): "software",
    (FIRMWARE, PRODUCT): "firmware",
    (FIRMWARE, BOOT): "firmware",
}

MONITOR, CLIENT = ("role", "monitor"), ("role", "client")


def probe(first: bytes) -> bool:
    """By the constant parts of each shape; the lengths that it declares must fit in it."""
    if len(first) < 16:
        return False
    if first[0] == 0xE1:
        return first[:4] == DATA and first[4] == 0 and first[5] in KINDS and 8 + u16(first, 6) == len(first)
    if first[0] == 0:
        return is_indication(first)
    return first[0] in (CONNECT, ACCEPT) and MDC_OBJECTS in first and USER_INFORMATION in first


def is_indication(data: bytes) -> bool:
    return (
        data[1] == 0
        and len(data) >= 32
        and data[4:6] == b"\0\1"
        and data[10:12] == b"\0\0"
        and u16(data, 14) == SYSTEM
        and u16(data, 24) == CONNECT_INDICATION
        and 8 + u16(data, 6) == 14 + u16(data, 12) <= len(data)
    )


class Message(Struct, frozen=True):
    """What one says: fields of the sender, or of the hardware address that it names, and the IP address of that one.

    gives: the sender is a monitor that gives data. odd: what was odd, or "".
    """

    fields: tuple[Field, ...] = ()
    mac: str = ""
    ip: str = ""
    gives: bool = False
    odd: str = ""


NOTHING = Message()


def read(data: bytes) -> Message:
    """One message that `probe` says yes to."""
    if data[0] == 0:
        return indication(data)
    if data[0] != DATA[0]:
        return association(data)
    return exchange(data)


def association(data: bytes) -> Message:
    """Who is the client of whom. What a monitor accepts is that its data go out in clear."""
    at = data.find(USER_INFORMATION) + len(USER_INFORMATION)
    begin = data.find(PROTOCOL + NOMENCLATURE, at, at + PRESENTATION_MAX + 8)
    if begin < 0:
        return Message(odd="malformed")
    role = ROLES.get(data[begin + 12 : begin + 16], "")
    if role == "client" and data[0] == CONNECT:
        return Message((CLIENT,))
    return Message((MONITOR,), gives=True) if role == "monitor" and data[0] == ACCEPT else NOTHING


def exchange(data: bytes) -> Message:
    """Of the data themselves only who gives them to whom; the creation of the monitor as an object is read."""
    kind = data[5]
    command = u16(data, 12 if kind == PART else 10)
    if command == ACTION:
        if kind == INVOCATION:
            return Message((CLIENT,))
        return Message((MONITOR,), gives=True) if kind in (RESULT, PART) else NOTHING
    if kind != INVOCATION or command not in EVENTS or len(data) < 34 or u16(data, 24) != CREATION:
        return NOTHING
    return Message((MONITOR, *system(data, 34)), gives=True, odd=odd(data, 34))


def indication(data: bytes) -> Message:
    mac = ip = ""
    for code, value in attributes(data, 28):
        if code == ADDRESSES and len(value) == 14 and any(value[:6]) and not value[0] & 1:
            mac = mac_text(value[:6])
            ip = ip_text(value[6:10]) if any(value[6:10]) else ""
    return Message((MONITOR, *system(data, 28)), mac=mac, ip=ip, odd=odd(data, 28))


def odd(data: bytes, at: int) -> str:
    if at + 4 > len(data) or at + 4 + u16(data, at + 2) > len(data):
        return "cut"
    return "too_many_attributes" if u16(data, at) > ATTRIBUTES_MAX else ""


def attributes(data: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Ids and values of the list at `at`, as far as they go. Values that nobody asks for are never decoded."""
    if at + 4 > len(data):
        return
    count, stop = u16(data, at), min(len(data), at + 4 + u16(data, at + 2))
    at += 4
    for _ in range(min(count, ATTRIBUTES_MAX)):
        if at + 4 > stop or at + 4 + u16(data, at + 2) > stop:
            return
        end = at + 4 + u16(data, at + 2)
        yield u16(data, at), data[at + 4 : end]
        at = end


def system(data: bytes, at: int) -> tuple[Field, ...]:
    """What the wanted attributes say, each thing once."""
    found = (field for code, value in attributes(data, at) if code in READ for field in READ[code](value))
    return tuple(dict.fromkeys(field for field in found if field[1]))


def system_type(value: bytes) -> Iterator[Field]:
    """Partition and code of ISO/IEEE 11073-10101; both together are the code that is the same in every context."""
    if len(value) == 4 and value[:2] == b"\0\1":
        yield "mdc_device", str(u32(value, 0))


def model(value: bytes) -> Iterator[Field]:
    maker, rest = label(value)
    number, _ = label(rest)
    yield "manufacturer", printable(maker)
    yield "model", printable(number)


def specification(value: bytes) -> Iterator[Field]:
    if len(value) < 4:
        return
    rest = value[4 : 4 + u16(value, 2)]
    for _ in range(min(u16(value, 0), SPECIFICATIONS_MAX)):
        if len(rest) < 6:
            return
        what = u16(rest, 0), u16(rest, 2)
        text, rest = label(rest[4:])
        if what in SPECIFIED:
            yield SPECIFIED[what], printable(text)


def system_id(value: bytes) -> Iterator[Field]:
    raw, _ = label(value)
    yield "system_id", mac_text(raw) if len(raw) == 6 and any(raw) else ""


def bed_label(value: bytes) -> Iterator[Field]:
    """UTF-16, as other strings of this protocol are; of another encoding nothing is guessed."""
    raw, _ = label(value)
    text = clean(raw, "utf-16-be") if raw and len(raw) % 2 == 0 else ""
    yield "location", text if text.isprintable() and "\ufffd" not in text else ""


def protocols(value: bytes) -> Iterator[Field]:
    """Where the monitor takes associations: application, transport (1: UDP), port, options."""
    entries = value[4 : 4 + 8 * PORTS_MAX]
    for at in range(0, len(entries) // 8 * 8, 8):
        if entries[at + 2 : at + 4] == b"\0\1" and u16(entries, at + 4):
            yield "port", str(u16(entries, at + 4))
            yield "wireless", "yes" if entries[at + 6] & 0x80 else ""


def label(value: bytes) -> tuple[bytes, bytes]:
    """A string behind its length, and what follows it; both empty where it is cut."""
    end = 2 + u16(value, 0) if len(value) >= 2 else 0
    return (value[2:end], value[end:]) if 2 <= end <= len(value) else (b"", b"")


READ: dict[int, Callable[[bytes], Iterator[Field]]] = {
    SYSTEM_TYPE: system_type,
    MODEL: model,
    SPECIFICATION: specification,
    SYSTEM_ID: system_id,
    BED_LABEL: bed_label,
    BED_LABEL_INDICATED: bed_label,
    PROTOCOLS: protocols,
}
