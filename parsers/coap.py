"""CoAP: what small devices offer. RFC 7252 section 3; RFC 6690 (lists of resources).

  0 version 1: 2 bits, kind 2 bits, length of the token 4 bits   1 code: 3 and 5 bits   2 number 2   token
  options: difference of numbers 4 bits, length 4 bits (13, 14: in the next one or two bytes)   0xff and payload

Read are the host that is meant (option 3) and, out of a list of resources, their types; no path and no other payload.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from parsers.api import RECEIVER, SENDER, DatagramSpec, Event, Odd, Said
from parsers.reading import printable, u16

Options = dict[int, bytes]

VERSION, TOKEN_MAX, MARK = 1, 8, 0xFF
REQUESTS, ANSWERS = frozenset(range(1, 8)), frozenset((2, 4, 5))  # codes 0.01 to 0.07; classes
CONTENT = 0x45  # 2.05
URI_HOST, FORMAT, LINKS = 3, 12, 40  # section 12.3
# the registry's (section 12.2, RFC 7641, 7959, 7967, 8613, 8768, 9175): with another one it is not taken for CoAP
KNOWN = frozenset((1, 3, 4, 5, 6, 7, 8, 9, 11, 12, 14, 15, 16, 17, 20, 21, 23, 27, 28, 31, 35, 39, 60, 252, 258, 292))
OPTIONS_MAX = 64
TYPES_MAX = 32  # of resources in one list
TYPE = re.compile(r';rt="?([A-Za-z0-9._ -]{1,128})"?')


def probe(first: bytes) -> bool:
    """An option at least, all of them known, and a payload behind the mark if there is one."""
    found = options(first)
    return found is not None and bool(found[0]) and kind_of(first) != ""


def kind_of(data: bytes) -> str:
    code = data[1]
    if code in REQUESTS:
        return "client"
    return "server" if code >> 5 in ANSWERS else ""


def options(data: bytes) -> tuple[Options, int] | None:
    """The first of each option, and where the payload begins; None: not CoAP, or broken."""
    if len(data) < 5 or data[0] >> 6 != VERSION or data[0] & 0x0F > TOKEN_MAX:
        return None
    found: Options = {}
    at, number = 4 + (data[0] & 0x0F), 0
    for _ in range(OPTIONS_MAX):
        if at == len(data):
            return found, at
        if at > len(data):
            return None
        if data[at] == MARK:
            return (found, at + 1) if at + 1 < len(data) else None
        step, size = data[at] >> 4, data[at] & 0x0F
        at += 1
        step, at = extended(data, step, at)
        size, at = extended(data, size, at)
        number += step
        if step < 0 or size < 0 or at + size > len(data) or number not in KNOWN:
            return None
        found.setdefault(number, data[at : at + size])
        at += size
    return None


def extended(data: bytes, value: int, at: int) -> tuple[int, int]:
    """A difference or length with what continues it, and the place behind; -1 where it is none."""
    if value < 13:
        return value, at
    if value == 13 and at < len(data):
        return 13 + data[at], at + 1
    if value == 14 and at + 1 < len(data):
        return 269 + u16(data, at), at + 2
    return -1, at


def read(data: bytes) -> Sequence[Event]:
    found = options(data)
    if found is None:
        return () if len(data) == 4 and data[0] >> 6 == VERSION and data[1] == 0 else (Odd("coap.malformed"),)
    told, payload = found
    role = kind_of(data)
    if not role:
        return ()
    out: list[Event] = [Said(SENDER, (("coap.role", role),))]
    if role == "client" and (host := printable(told.get(URI_HOST, b""))):
        out.append(Said(RECEIVER, (("coap.host", host),)))
    is_list = data[1] == CONTENT and told.get(FORMAT) == bytes((LINKS,))
    if is_list and (types := resource_types(data[payload:].decode("utf-8", "replace"))):
        out.append(Said(SENDER, tuple(("coap.resource_type", name) for name in types)))
    return out


def resource_types(links: str) -> list[str]:
    """Each once; several of one resource stand in one text, with blanks between (RFC 6690 section 3.1)."""
    names = " ".join(TYPE.findall(links)).split()
    return list(dict.fromkeys(names))[:TYPES_MAX]


SPEC = DatagramSpec(
    name="coap",
    title="CoAP",
    carriers=frozenset({"udp"}),
    ports=frozenset({5683}),
    probe=probe,
    read=read,
    emits={"coap.role": 0.6, "coap.host": 0.4, "coap.resource_type": 0.6},
    never_reads="paths, queries and payloads but for the types in a list of resources",
)
