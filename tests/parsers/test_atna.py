"""Audit messages. Written after DICOM PS3.15 A.5.2 and A.5.3 and the samples in the documentation of dcm4chee-arc."""

from __future__ import annotations

from pathlib import Path

import pytest

from parsers.atna import PARTICIPANTS_MAX, SPEC
from tests.parsers.datagrams import about, heard, odd

SEEDS = Path(__file__).parent / "seeds" / "atna"
TRANSFERRED = (SEEDS / "transferred.datagram").read_bytes()
CLEARTEXT = ("flag", ("sender", "", ()), "atna.cleartext")


def message(*inside: str) -> bytes:
    return f"<AuditMessage><EventIdentification EventActionCode='E'/>{''.join(inside)}</AuditMessage>".encode()


def participant(attributes: str, *, role: str = "", kind: str = "") -> str:
    codes = f'<RoleIDCode csd-code="{role}"/>' if role else ""
    codes += f'<UserIDTypeCode csd-code="{kind}"/>' if kind else ""
    return f"<ActiveParticipant {attributes}>{codes}</ActiveParticipant>"


def at(address: str, title: str, *fields: tuple[str, str]) -> tuple[object, ...]:
    return ("said", (address, title, ()), fields)


def test_nodes_are_named_and_people_are_not() -> None:
    assert SPEC.probe(TRANSFERRED)
    found = heard(SPEC, TRANSFERRED)
    assert found == [
        at("10.20.0.31", "PACS1", ("atna.ae", "PACS1"), ("atna.role", "source")),
        at("10.20.2.41", "WS07", ("atna.ae", "WS07"), ("atna.role", "destination")),
        about("sender", ("atna.source_application", "archive-1"), ("atna.source_facility", "Hôpital Saint-Éloi")),
        CLEARTEXT,
    ]
    assert "zqcanary" in TRANSFERRED.decode().lower()
    assert "zqcanary" not in repr(found).lower()


@pytest.mark.parametrize(
    "attributes",
    [
        'UserID="ZQCANARY" UserTypeCode="1" NetworkAccessPointID="10.1.1.1" NetworkAccessPointTypeCode="2"',
        'UserID="x" UserName="ZQCANARYMARTIN" NetworkAccessPointID="10.1.1.1" NetworkAccessPointTypeCode="2"',
    ],
)
def test_a_person_in_a_role_of_machines(attributes: str) -> None:
    assert heard(SPEC, message(participant(attributes, role="110153"))) == [CLEARTEXT]


def test_a_person_by_type_of_id() -> None:
    attributes = 'UserID="zqcanary" NetworkAccessPointID="10.1.1.1" NetworkAccessPointTypeCode="2"'
    assert heard(SPEC, message(participant(attributes, role="110152", kind="113871"))) == [CLEARTEXT]
    assert heard(SPEC, message(participant(attributes))) == [CLEARTEXT]  # nothing says that it is a machine


def test_titles_of_the_alternative_id() -> None:
    access = 'NetworkAccessPointID="10.1.1.1" NetworkAccessPointTypeCode="2"'
    one = participant(f'UserID="ZQCANARY1234" AlternativeUserID="AETITLES=CT001" {access}', role="110150")
    two = participant(f'UserID="x" AlternativeUserID="AETITLES=CT001;CT002" {access}')
    assert heard(SPEC, message(one, two)) == [
        at("10.1.1.1", "CT001", ("atna.ae", "CT001"), ("atna.role", "application")),
        at("10.1.1.1", "", ("atna.ae", "CT001"), ("atna.ae", "CT002")),
        CLEARTEXT,
    ]


@pytest.mark.parametrize("address", ["ct.wards.example", "127.0.0.1", "0.0.0.0", "224.0.0.1", "10.1.1.300", ""])
def test_no_address_of_one_host(address: str) -> None:
    attributes = f'UserID="CT001" NetworkAccessPointID="{address}" NetworkAccessPointTypeCode="2"'
    assert heard(SPEC, message(participant(attributes, role="110153", kind="110119"))) == [CLEARTEXT]


def test_codes_as_rfc_3881_writes_them() -> None:
    node = 'UserID="CT001" NetworkAccessPointID="2001:db8::5" NetworkAccessPointTypeCode="2"'
    text = f'<ActiveParticipant {node}><RoleIDCode code="110153"/></ActiveParticipant>'
    assert heard(SPEC, message(text)) == [at("2001:db8::5", "", ("atna.role", "source")), CLEARTEXT]


def test_cut_by_a_relay() -> None:
    cut = TRANSFERRED[: TRANSFERRED.index(b"<AuditSource")]
    found = heard(SPEC, cut)
    assert found[0] == odd("atna.cut")
    assert len(found) == 4


def test_caps_and_hostile_documents() -> None:
    node = participant('NetworkAccessPointID="10.1.1.1" NetworkAccessPointTypeCode="2"', role="110153")
    found = heard(SPEC, message(*[node] * (PARTICIPANTS_MAX + 3)))
    assert found[-2:] == [odd("atna.too_many_participants"), CLEARTEXT]
    assert len(found) == PARTICIPANTS_MAX + 2
    bomb = b'<AuditMessage ><!DOCTYPE x [<!ENTITY a "b">]>&a;</AuditMessage>'
    assert heard(SPEC, bomb) == [odd("atna.malformed")]


@pytest.mark.parametrize("data", [b"", b"<AuditMessages>", b"<Envelope/>", b"AuditMessage", b"\xff\xfe"])
def test_what_is_none(data: bytes) -> None:
    assert not SPEC.probe(data)
