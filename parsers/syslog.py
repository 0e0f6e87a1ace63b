"""Syslog: which host and which program write, never what. RFC 5424 (also section 7.2, origin), RFC 3164; UDP: RFC 5426.

  <priority>1 time host program process id elements message       RFC 5424
  <priority>Mmm dd hh:mm:ss host program[process]: message        RFC 3164, and with an RFC 3339 time as rsyslog relays

What a relay hands on is about the host that is named. Messages are never read; one that is an audit message (DICOM
PS3.15 annex A.5 by its id, or by how it begins) is handed on whole to whoever reads those.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import ip_address

from parsers.api import CARRIED_MAX, SENDER, TEXT_MAX, About, Carried, DatagramSpec, Event, Odd, Said
from parsers.syslog_priority import priority

HEAD_MAX = 1024  # bytes up to the message id: the fields of section 6 are shorter together
ELEMENTS_MAX = 32
REMEMBERED = 4096  # hosts and their programs whose utterance is kept ready: each writes again and again

_TIME_3164 = re.compile(rb"(?:[A-Z][a-z]{2} [ 0-3]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[0-9:.]{8,15}(?:Z|[+-]\d\d:\d\d)) ")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:-]{0,253}[A-Za-z0-9])?")
_PROGRAM = re.compile(r"[A-Za-z0-9_./-]{0,47}[A-Za-z][A-Za-z0-9_./-]{0,47}")
_TAG = re.compile(rb"([A-Za-z0-9_./-]{1,95})(?:\[[0-9]{1,10}\])?:")
_ELEMENT = re.compile(rb'\[([^\s=\]"]{1,32})((?: [^\s=\]"]{1,32}="(?:[^"\\\]]|\\.){0,1024}")*)\]')
_PARAMETER = re.compile(rb' ([^\s=\]"]{1,32})="((?:[^"\\\]]|\\.){0,1024})"')

# Message ids of audit messages: DICOM PS3.15 A.5, IHE ITI-20, and as some programs spell them
AUDIT_IDS = frozenset({b"DICOM+RFC3881", b"IHE+RFC-3881", b"IHE+RFC3881"})
AUDIT, XML, AUDIT_WITHIN = b"<AuditMessage", b"<?xml", 512
BOM = b"\xef\xbb\xbf"
NIL = b"-"

Field = tuple[str, str]


def probe(first: bytes) -> bool:
    at = priority(first)
    return at > 0 and first[at : at + 1] > b" "


def read(data: bytes) -> Sequence[Event]:
    at = priority(data)
    if not at:
        return (Odd("syslog.malformed"),)
    return structured(data, at + 2) if data[at : at + 2] == b"1 " else plain(data, at)


def structured(data: bytes, at: int) -> Sequence[Event]:
    """RFC 5424 section 6: five words, the elements, the message."""
    head = data[at : at + HEAD_MAX].split(b" ", 5)
    if len(head) < 6:
        return (Odd("syslog.malformed"),)
    _, host, program, _, identity, _ = head
    begin = at + sum(len(word) + 1 for word in head[:5])
    about, fields = named(host, program)
    end, more = elements(data, begin)
    out: list[Event] = [said(about, fields + more)] if fields or more else []
    if not end:
        out.append(Odd("syslog.malformed"))
    elif identity in AUDIT_IDS or is_audit(data[end + 1 :]):
        out += handed_on(data[end + 1 :])
    return out


def elements(data: bytes, at: int) -> tuple[int, tuple[Field, ...]]:
    """Offset behind the structured data, 0 where it is broken, and what its origin says."""
    if data[at : at + 1] == NIL:
        return at + 1, ()
    fields: tuple[Field, ...] = ()
    for _ in range(ELEMENTS_MAX):
        element = _ELEMENT.match(data, at)
        if element is None:
            return 0, fields
        if element[1] == b"origin":
            fields = origin(dict(_PARAMETER.findall(element[2])))
        at = element.end()
        if data[at : at + 1] != b"[":
            return at, fields
    return 0, fields


def origin(parameters: dict[bytes, bytes]) -> tuple[Field, ...]:
    """RFC 5424 section 7.2: the program that writes, and its release."""
    words = (parameters.get(name, b"").decode("utf-8", "replace") for name in (b"software", b"swVersion"))
    text = " ".join(word for word in words if word)[:TEXT_MAX]
    return (("syslog.software", text),) if text.isprintable() and text.strip() and "\ufffd" not in text else ()


def plain(data: bytes, at: int) -> Sequence[Event]:
    """RFC 3164 section 4.1. A word is taken for a host if what looks like a program follows: many leave both out."""
    time = _TIME_3164.match(data, at)
    begin = time.end() if time is not None else at
    host = NIL
    tag = _TAG.match(data, begin) if time is not None else None
    if time is not None and tag is None:
        space = data.find(b" ", begin, begin + TEXT_MAX)
        tag = _TAG.match(data, space + 1) if space > 0 else None
        host = data[begin:space] if tag is not None else NIL
    content = data[tag.end() if tag is not None else begin :].lstrip(b" ")
    out: list[Event] = []
    if tag is not None:
        about, fields = named(host, tag[1])
        out += [said(about, fields)] if fields else []
    if is_audit(content):
        out += handed_on(content)
    return out


@lru_cache(maxsize=REMEMBERED)
def named(host: bytes, program: bytes) -> tuple[About, tuple[Field, ...]]:
    """Whom two words are about, and what they say."""
    about = SENDER
    fields: list[Field] = []
    name, text = host.decode("latin-1"), program.decode("latin-1")
    if _HOST.fullmatch(name):
        try:
            about = About(str(ip_address(name)))
        except ValueError:
            fields.append(("syslog.host", name))
    if _PROGRAM.fullmatch(text):
        fields.append(("syslog.program", text))
    return about, tuple(fields)


said = lru_cache(maxsize=REMEMBERED)(Said)


def is_audit(content: bytes) -> bool:
    start = content.removeprefix(BOM)[:AUDIT_WITHIN]
    return start.startswith(AUDIT) or (start.startswith(XML) and AUDIT in start)


def handed_on(content: bytes) -> list[Event]:
    body = content.removeprefix(BOM)
    return [Carried("syslog:atna", body)] if 0 < len(body) <= CARRIED_MAX else []


SPEC = DatagramSpec(
    name="syslog",
    title="Syslog",
    carriers=frozenset({"udp", "syslog_tcp"}),
    ports=frozenset({514}),
    probe=probe,
    read=read,
    emits={"syslog.host": 0.5, "syslog.program": 0.5, "syslog.software": 0.7},
    never_reads="messages and their elements, but for origin; audit messages are read by another parser",
)
