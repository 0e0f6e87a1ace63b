"""RADIUS: which switch or access point lets a device in, and where. RFC 2865, 2866, 2869, 3162, 3580, 5176.

  0 code 1   number 1   2 length 2   4 authenticator 16   20 attributes: type 1, length with both 1, data

Attributes of the switch (4, 32, 95) are about the address that it gives as its own, else about the sender; what is
plugged in is known by its hardware address (31), and is where the switch's port is (87, 5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from parsers.api import RECEIVER, SENDER, About, DatagramSpec, Event, Flag, Odd, Said
from parsers.reading import ip_text, printable, u16, u32

Field = tuple[str, str]

HEAD, SIZE_MAX = 20, 4096
ACCESS_REQUEST, ACCOUNTING_REQUEST = 1, 4
ACCEPT, REJECT, ACCOUNTED, CHALLENGE = 2, 3, 5, 11
REQUESTS, ANSWERS = frozenset((ACCESS_REQUEST, ACCOUNTING_REQUEST)), frozenset((ACCEPT, REJECT, ACCOUNTED, CHALLENGE))
CODES = REQUESTS | ANSWERS | frozenset((12, 13, *range(40, 46)))  # status (RFC 5997), disconnect and change (RFC 5176)
ATTRIBUTES_MAX = 255
PASSWORD, CHAP, NAS_IP, NAS_PORT, CALLED, CALLING, NAS_IDENTIFIER = 2, 3, 4, 5, 30, 31, 32
PORT_TYPE, EAP, PORT_ID, NAS_IPV6 = 61, 79, 87, 95
WANTED = frozenset((NAS_IP, NAS_PORT, CALLED, CALLING, NAS_IDENTIFIER, PORT_TYPE, PORT_ID, NAS_IPV6))
MARKS = frozenset((PASSWORD, CHAP, EAP))  # that they are there; what is in them is not looked at
PORT_TYPES = {15: "ethernet", 19: "wireless", 5: "virtual"}  # RFC 2865 section 5.41
MAC = re.compile(r"([0-9A-Fa-f]{2})[-:.]?" * 5 + r"([0-9A-Fa-f]{2})(?::(.*))?", re.DOTALL)
GROUPED = re.compile(r"([0-9A-Fa-f]{4})[.]([0-9A-Fa-f]{4})[.]([0-9A-Fa-f]{4})")
GROUP_BIT = 0x01  # of the first byte of a MAC: no device's


def probe(first: bytes) -> bool:
    """The length is the datagram's, and the attributes fill it (padding is rare and allowed; not taken for RADIUS)."""
    if len(first) < HEAD or first[0] not in CODES or u16(first, 2) != len(first) or len(first) > SIZE_MAX:
        return False
    at = HEAD
    for _ in range(ATTRIBUTES_MAX):
        if at + 2 > len(first):
            break
        if first[at] == 0 or first[at + 1] < 2:
            return False
        at += first[at + 1]
    return at == len(first) and any(first[4:HEAD])


def read(data: bytes) -> Sequence[Event]:
    if not probe(data):
        return (Odd("radius.malformed"),)
    code = data[0]
    if code in ANSWERS:
        return (Said(SENDER, (("radius.role", "server"),)),)
    if code not in REQUESTS:
        return ()
    found, marks = attributes(data)
    out = list(told(found))
    if code == ACCESS_REQUEST and marks and EAP not in marks:
        out.append(Flag("radius.password", RECEIVER))
    return out


def attributes(data: bytes) -> tuple[dict[int, bytes], set[int]]:
    """The first of each that is wanted, and which marks there are."""
    found: dict[int, bytes] = {}
    marks: set[int] = set()
    at = HEAD
    while at + 2 <= len(data):
        kind, after = data[at], at + data[at + 1]
        if kind in WANTED:
            found.setdefault(kind, data[at + 2 : after])
        elif kind in MARKS:
            marks.add(kind)
        at = after
    return found, marks


def told(found: dict[int, bytes]) -> Iterator[Event]:
    own = next((found[kind] for kind, size in ((NAS_IP, 4), (NAS_IPV6, 16)) if len(found.get(kind, b"")) == size), b"")
    about = About(ip_text(own)) if any(own) and own[:1] != b"\x7f" else SENDER
    name = printable(found.get(NAS_IDENTIFIER, b""))
    fields: list[Field] = [("radius.role", "client")]
    if name:
        fields.append(("radius.system_name", name))
    called = MAC.fullmatch(printable(found.get(CALLED, b"")))
    if called is not None and (mac := address(called)):
        fields.append(("radius.called_mac", mac))
    yield Said(about, tuple(fields))
    station = printable(found.get(CALLING, b""))
    calling = MAC.fullmatch(station) or GROUPED.fullmatch(station)  # others are telephone numbers, or anything
    if calling is not None and (mac := address(calling)):
        yield from plugged(About(mac), found, name or (ip_text(own) if any(own) else ""), called)


def plugged(station: About, found: dict[int, bytes], switch: str, called: re.Match[str] | None) -> Iterator[Event]:
    """What is known of a device that asks to be let in."""
    fields: list[Field] = []
    number = found.get(NAS_PORT, b"")
    port = printable(found.get(PORT_ID, b"")) or (str(u32(number, 0)) if len(number) == 4 and any(number) else "")
    if port and switch:
        fields.append(("radius.port", f"{switch} {port}"[:256]))
    if called is not None and called.re is MAC and called[7]:
        fields.append(("radius.ssid", called[7]))
    kind = found.get(PORT_TYPE, b"")
    if len(kind) == 4 and u32(kind, 0) in PORT_TYPES:
        fields.append(("radius.port_type", PORT_TYPES[u32(kind, 0)]))
    if fields:
        yield Said(station, tuple(fields))


def address(written: re.Match[str]) -> str:
    """A MAC in lower case with colons; "" for one that is no device's."""
    digits = "".join(written.groups()[: 6 if written.re is MAC else 3]).lower()
    mac = ":".join(digits[at : at + 2] for at in range(0, 12, 2))
    return "" if int(digits[:2], 16) & GROUP_BIT or digits == "0" * 12 else mac


SPEC = DatagramSpec(
    name="radius",
    title="RADIUS",
    carriers=frozenset({"udp"}),
    ports=frozenset({1645, 1646, 1812, 1813, 3799}),
    probe=probe,
    read=read,
    emits={
        "radius.role": 0.8,
        "radius.system_name": 0.7,
        "radius.called_mac": 0.7,
        "radius.port": 0.9,
        "radius.port_type": 0.8,
        "radius.ssid": 0.6,
    },
    findings={
        "radius.password": "Is sent passwords that nothing but MD5 and a shared secret protects (RADIUS without EAP).",
    },
    never_reads="user names, passwords, EAP, messages, classes; stations that are not hardware addresses",
)
