"""SSDP: what devices of UPnP announce and answer. UPnP Device Architecture 2.0 sections 1.2 and 1.3.

  NOTIFY * HTTP/1.1 or HTTP/1.1 200 OK   LOCATION where the description is, SERVER system and product, NT or ST a type,
                                         USN uuid:..., for the outermost device with ::upnp:rootdevice behind it
  M-SEARCH * HTTP/1.1                    USER-AGENT system and product of who searches

A device is the host that its LOCATION names: gateways send announcements on from addresses of their own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from parsers.api import SENDER, TEXT_MAX, About, DatagramSpec, Event, Odd, Said
from parsers.reading import printable

NOTIFY, SEARCH, ANSWER = b"NOTIFY * HTTP/1.", b"M-SEARCH * HTTP/1.", b"HTTP/1.1 200"
STARTS = (NOTIFY, SEARCH, ANSWER)
LINES_MAX = 64  # of one message; devices send about a dozen
WANTED = frozenset({b"location", b"server", b"nt", b"st", b"usn", b"user-agent", b"nts"})

_UUID = re.compile(r"uuid:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)
_TYPE = re.compile(r"urn:[A-Za-z0-9.-]{1,64}:(device|service):[A-Za-z0-9._-]{1,64}:[0-9.]{1,8}")
ROOT = "::upnp:rootdevice"
OBSERVABLES = {"device": "ssdp.device_type", "service": "ssdp.service_type"}

Field = tuple[str, str]
Headers = dict[bytes, str]


def probe(first: bytes) -> bool:
    return first.startswith(STARTS)


def read(data: bytes) -> Sequence[Event]:
    if not probe(data):
        return (Odd("ssdp.malformed"),)
    lines = data.split(b"\r\n", LINES_MAX)
    headers = wanted(lines[1:LINES_MAX])
    out: list[Event] = [Odd("ssdp.too_many_lines")] if len(lines) > LINES_MAX else []
    if data.startswith(SEARCH):
        agent = headers.get(b"user-agent", "")
        return [Said(SENDER, (("ssdp.user_agent", agent),)), *out] if agent else out
    about, fields = described(headers)
    return [Said(about, tuple(fields)), *out] if fields else out


def wanted(lines: Sequence[bytes]) -> Headers:
    """The first of each name; others, among them names that people gave, are not decoded."""
    headers: Headers = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        key = name.strip().lower()
        if colon and key in WANTED and key not in headers:
            headers[key] = printable(value)
    return headers


def described(headers: Headers) -> tuple[About, list[Field]]:
    """Whom an announcement is about, and what it says. One that says goodbye says no more than that it was there."""
    about = SENDER
    fields: list[Field] = []
    if server := headers.get(b"server"):
        fields.append(("ssdp.server", server))
    kind = _TYPE.fullmatch(headers.get(b"nt") or headers.get(b"st", ""))
    if kind is not None:
        fields.append((OBSERVABLES[kind[1]], kind[0]))
    name = headers.get(b"usn", "")
    uuid = _UUID.match(name)
    if uuid is not None and name[uuid.end() :].lower() == ROOT:
        fields.append(("ssdp.uuid", uuid[1].lower()))
    place = split(headers.get(b"location", ""))
    host = host_of(place)
    if place is not None and host:
        about = About(host)
        fields.append(("ssdp.address", netloc(host, place)))
    return about, fields


def split(url: str) -> SplitResult | None:
    try:
        found = urlsplit(url)
        _ = found.port  # raises where it is none
    except ValueError:
        return None
    return found if found.scheme in ("http", "https") else None


def host_of(place: SplitResult | None) -> str:
    """The IP address in a URL, in its canonical form, or "" where there is none that a host can have."""
    try:
        address = ip_address((place.hostname or "").partition("%")[0]) if place is not None else None
    except ValueError:
        return ""
    if address is None or address.is_loopback or address.is_unspecified or address.is_multicast:
        return ""
    return str(address)


def netloc(host: str, place: SplitResult) -> str:
    port = place.port or (443 if place.scheme == "https" else 80)
    return f"{f'[{host}]' if ':' in host else host}:{port}"[:TEXT_MAX]


SPEC = DatagramSpec(
    name="ssdp",
    title="SSDP",
    carriers=frozenset({"udp"}),
    ports=frozenset({1900}),
    probe=probe,
    read=read,
    emits={
        "ssdp.server": 0.8,
        "ssdp.device_type": 0.7,
        "ssdp.service_type": 0.5,
        "ssdp.uuid": 0.8,
        "ssdp.address": 0.5,
        "ssdp.user_agent": 0.6,
    },
    never_reads="paths and queries of LOCATION, what is searched for, names that people gave",
)
