"""Audit messages of imaging systems (IHE ATNA): who logs, and which machines took part. DICOM PS3.15 annex A.5.

An audit trail names other nodes by AE title and address. Participants that are people, or may be, are left out whole,
and so are all that the message says of patients, studies and other objects.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping

from parsers import soap
from parsers.api import SENDER, TEXT_MAX, About, DatagramSpec, Event, Flag, Odd, Said

PARTICIPANTS_MAX = 16  # of one message: source, destination, the one who asked, and media
TITLES_MAX = 4  # of one participant

PARTICIPANT, SOURCE = "ActiveParticipant", "AuditSourceIdentification"
ROLE, ID_TYPE = "RoleIDCode", "UserIDTypeCode"
WANTED = soap.Wanted(frozenset({PARTICIPANT, SOURCE, ROLE, ID_TYPE}))

# DICOM PS3.16 CID 400 to 403 and annex D
ROLES = {"110150": "application", "110152": "destination", "110153": "source"}
STATION_AE, PERSON = "110119", "113871"
PERSON_TYPE = "1"  # UserTypeCode of RFC 3881 section 5.2.4
IP_ADDRESS = "2"  # NetworkAccessPointTypeCode
TITLES = "AETITLES="  # begins AlternativeUserID, PS3.15 A.5.2.3
_AE = re.compile(r"[!-\[\]-~](?:[ -\[\]-~]{0,14}[!-\[\]-~])?")  # PS3.5 6.2: no backslash, no control
_BEGINNING = re.compile(rb"\s{0,16}(?:\xef\xbb\xbf)?(?:<\?xml[^<>]{0,200}\?>\s{0,16})?<AuditMessage[\s>]")


def probe(first: bytes) -> bool:
    return _BEGINNING.match(first) is not None


def read(data: bytes) -> Iterator[Event]:
    message = soap.read(data.strip(), WANTED)
    if message is None:
        yield Odd("atna.malformed")
        return
    if not message.whole:
        yield Odd("atna.cut")  # an old syslog relay cuts at 1024 or 2048 bytes
    codes: dict[str, list[str]] = {}  # what stands inside the participant that is under way, by element
    participants = 0
    for element in message.elements:
        if element.name in (ROLE, ID_TYPE):
            codes.setdefault(element.name, []).append(_code(element.attributes))
        elif element.name == PARTICIPANT:
            participants += 1
            if participants <= PARTICIPANTS_MAX:
                yield from _participant(element.attributes, codes.get(ROLE, []), codes.get(ID_TYPE, []))
            codes = {}
        else:
            names = (("source_application", "AuditSourceID"), ("source_facility", "AuditEnterpriseSiteID"))
            said = [(f"atna.{name}", _text(element.attributes, attribute)) for name, attribute in names]
            if fields := tuple(pair for pair in said if pair[1]):
                yield Said(SENDER, fields)
    if participants > PARTICIPANTS_MAX:
        yield Odd("atna.too_many_participants")
    yield Flag("atna.cleartext")


def _participant(attributes: Mapping[str, str], roles: list[str], kinds: list[str]) -> Iterator[Event]:
    """A machine with an address. Whoever has a name, or is of a type or role of people, may be a person."""
    known = [ROLES[role] for role in roles if role in ROLES]
    alternative = attributes.get("AlternativeUserID", "")
    machine = bool(known) or STATION_AE in kinds or alternative.startswith(TITLES)
    person = PERSON in kinds or attributes.get("UserTypeCode") == PERSON_TYPE or bool(attributes.get("UserName"))
    address = _address(attributes.get("NetworkAccessPointID", ""))
    if person or not machine or not address or attributes.get("NetworkAccessPointTypeCode", IP_ADDRESS) != IP_ADDRESS:
        return
    titles = alternative.removeprefix(TITLES).split(";") if alternative.startswith(TITLES) else []
    if STATION_AE in kinds:
        titles.insert(0, attributes.get("UserID", ""))
    titles = [title for title in dict.fromkeys(map(str.strip, titles)) if _AE.fullmatch(title)][:TITLES_MAX]
    said = [*(("atna.ae", title) for title in titles), *(("atna.role", role) for role in dict.fromkeys(known))]
    if said:
        yield Said(About(address, titles[0] if len(titles) == 1 else ""), tuple(said))


def _code(attributes: Mapping[str, str]) -> str:
    """csd-code in DICOM, code in RFC 3881."""
    return attributes.get("csd-code") or attributes.get("code", "")


def _text(attributes: Mapping[str, str], name: str) -> str:
    text = attributes.get(name, "").strip()[:TEXT_MAX]
    return text if text.isprintable() else ""


def _address(text: str) -> str:
    """An address that can be one host's, or ""."""
    try:
        found = ipaddress.ip_address(text.strip())
    except ValueError:
        return ""
    return "" if found.is_loopback or found.is_unspecified or found.is_multicast else str(found)


SPEC = DatagramSpec(
    name="atna",
    title="IHE ATNA audit",
    carriers=frozenset({"syslog:atna"}),
    probe=probe,
    read=read,
    emits={
        "atna.source_application": 0.5,  # a relay may have passed it on
        "atna.source_facility": 0.4,
        "atna.ae": 0.5,  # what the one who logs says of another node
        "atna.role": 0.5,
    },
    findings={"atna.cleartext": "Audit messages, which name patients and users, cross the network in clear."},
    never_reads="Participants that are people or have a name; participant objects (patients, studies); events.",
)
