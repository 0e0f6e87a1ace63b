"""Which services are a device's."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from sensor.correlate.device import Device, Tenure
from sensor.model import DAY_NS, Conversation, Place
from sensor.push.services import EPHEMERAL, SERVICES_MAX, Service, offered
from tests.push.conftest import MORNING

TITLES = {"dicom": "DICOM", "hl7": "HL7", "snmp": "SNMP"}
SERVER = "10.0.0.1"


@dataclass(frozen=True)
class Talk:
    """A conversation with SERVER, whose frames are those of the server."""

    protocol: str = "dicom"
    port: int = 104
    transport: str = "tcp"
    frames: int = 5
    first: int = MORNING
    last: int = MORNING

    def told(self) -> Conversation:
        return Conversation(
            site="main",
            sensor="tap",
            origin="ward.pcap#1",
            day="2026-01-05",
            client="10.0.0.9",
            server=SERVER,
            port=self.port,
            transport=self.transport,
            protocol=self.protocol,
            encrypted=False,
            client_frames=1,
            client_bytes=60,
            server_frames=self.frames,
            server_bytes=60 * self.frames,
            connections=1,
            first=Place(self.first, 1),
            last=Place(self.last, 2),
        )


def holder(id_: str, since: int = MORNING, until: int = MORNING) -> Device:
    return Device(
        id=id_,
        site="main",
        kind="",
        name="",
        addresses=(Tenure(SERVER, since, until),),
        subjects=(),
        first_seen=since,
        last_seen=until,
    )


def of(*talks: Talk, devices: tuple[Device, ...] = (holder("ct"),)) -> dict[str, tuple[Service, ...]]:
    return offered([talk.told() for talk in talks], devices, TITLES)


def test_what_answered_in_a_known_protocol_is_offered_in_the_order_of_ports() -> None:
    found = of(Talk("hl7", 2575), Talk(), Talk("snmp", 161, "udp"), Talk())
    assert found == {"ct": (Service("tcp", 104, "DICOM"), Service("udp", 161, "SNMP"), Service("tcp", 2575, "HL7"))}
    assert [service.key for service in found["ct"]] == ["tcp/104", "udp/161", "tcp/2575"]


@pytest.mark.parametrize(
    "talk",
    [
        Talk(frames=0),  # nobody answered
        Talk(protocol=""),
        Talk(protocol="telnet"),  # has no title
        Talk(port=0),
        Talk(transport="icmp"),
        Talk("snmp", EPHEMERAL, "udp"),
    ],
)
def test_what_is_no_service(talk: Talk) -> None:
    assert of(talk) == {}


def test_high_ports_count_where_connections_are_opened() -> None:
    assert of(Talk(port=EPHEMERAL), Talk("snmp", EPHEMERAL - 1, "udp")) == {
        "ct": (Service("udp", EPHEMERAL - 1, "SNMP"), Service("tcp", EPHEMERAL, "DICOM"))
    }


def test_it_is_his_who_alone_had_the_address_then() -> None:
    early, late = holder("early"), holder("late", MORNING + DAY_NS, MORNING + 2 * DAY_NS)
    later = MORNING + 2 * DAY_NS
    assert list(of(Talk(), devices=(early, late))) == ["early"]
    assert list(of(Talk(first=later, last=later), devices=(early, late))) == ["late"]
    assert of(Talk(last=later), devices=(early, late)) == {}, "of either"
    assert of(Talk(first=later + 1, last=later + 1), devices=(early, late)) == {}, "of nobody"


def test_a_port_has_the_name_of_what_was_spoken_most() -> None:
    assert of(Talk(frames=3), Talk("hl7", frames=2), Talk("hl7", frames=2)) == {"ct": (Service("tcp", 104, "HL7"),)}
    assert of(Talk("hl7"), Talk()) == {"ct": (Service("tcp", 104, "DICOM"),)}


def test_the_lowest_ports_are_kept() -> None:
    ports = [service.port for service in of(*(Talk(port=1 + n) for n in range(SERVICES_MAX + 5)))["ct"]]
    assert ports == list(range(1, SERVICES_MAX + 1))
