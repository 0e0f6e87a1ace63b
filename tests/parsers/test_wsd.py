"""Messages written by hand from WS-Discovery 1.1 and its draft, DPWS section 5, ONVIF Core section 7.3 and MS-PBSD."""

from __future__ import annotations

import pytest

from parsers.wsd import SPEC
from tests.parsers.datagrams import Heard, about, heard, odd

DRAFT = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
FINAL = "http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01"
UUID = "5f2a3c10-74a5-5b11-8d41-02a500000011"
CAMERA = "{http://www.onvif.org/ver10/network/wsdl}NetworkVideoTransmitter"
SCOPES = (
    "onvif://www.onvif.org/name/Acme_Cam%20C-7 onvif://www.onvif.org/hardware/C-7 onvif://www.onvif.org/location/Room%20312"
    " onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/owner/ZQCANARYMARTIN http://zqcanary/"
)


def envelope(body: str, discovery: str = DRAFT) -> str:
    return (
        f'<?xml version="1.0"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:d="{discovery}"'
        ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:n="http://www.onvif.org/ver10/network/wsdl">'
        f"<e:Header><a:To>ZQCANARY</a:To></e:Header><e:Body>{body}</e:Body></e:Envelope>"
    )


def item(kind: str, xaddrs: str = "", uuid: str = UUID, scopes: str = SCOPES) -> str:
    reference = f"<a:EndpointReference><a:Address>urn:uuid:{uuid}</a:Address></a:EndpointReference>"
    types = f"<d:Types>n:NetworkVideoTransmitter</d:Types><d:Scopes>{scopes}</d:Scopes>"
    return f"<d:{kind}>{reference}{types}<d:XAddrs>{xaddrs}</d:XAddrs></d:{kind}>"


def metadata(profile: str, inside: str) -> str:
    sections = f'<p:Metadata xmlns:p="{profile}" xmlns:pub="http://schemas.microsoft.com/windows/pub/2005/07">{inside}</p:Metadata>'
    return envelope(sections)


SAID = (
    ("wsd.endpoint_uuid", UUID),
    ("wsd.type", CAMERA),
    ("wsd.name", "Acme Cam C-7"),
    ("wsd.hardware", "C-7"),
    ("wsd.location", "Room 312"),
)
PROFILES = ("http://schemas.xmlsoap.org/ws/2006/02/devprof", "http://docs.oasis-open.org/ws-dd/ns/dpws/2009/01")
THIS = """<p:ThisModel><p:Manufacturer>Acme</p:Manufacturer><p:ModelName>LP-400</p:ModelName>
<p:ModelUrl>http://zqcanary</p:ModelUrl></p:ThisModel><p:ThisDevice><p:FriendlyName>Ward printer</p:FriendlyName>
<p:FirmwareVersion>7.3.1</p:FirmwareVersion><p:SerialNumber>LP-004711</p:SerialNumber></p:ThisDevice>"""
HOST = "<p:Relationship><p:Host><pub:Computer>{}</pub:Computer></p:Host></p:Relationship>"
CASES: dict[str, tuple[str, Heard]] = {
    "a camera says hello": (envelope(item("Hello", "http://10.74.0.12/onvif/x")), [about("10.74.0.12", *SAID)]),
    "by the final version": (envelope(item("Hello", "http://10.74.0.12/"), FINAL), [about("10.74.0.12", *SAID)]),
    "two answers of a proxy; one is named by a host name": (
        envelope(
            f"<d:ProbeMatches>{item('ProbeMatch', 'http://[fe80::1]/ http://10.74.0.12/')}{item('ProbeMatch', 'http://zqcanary/')}</d:ProbeMatches>"
        ),
        [about("fe80::1", *SAID), about("10.74.0.12", *SAID), about("sender", *SAID)],
    ),
    "what is looked for": (envelope("<d:Probe><d:Types>n:NetworkVideoTransmitter</d:Types></d:Probe>"), []),
    "an address that is no UUID": (
        envelope(item("Bye", "http://10.74.0.12/", uuid="ZQCANARY", scopes="")),
        [about("10.74.0.12", ("wsd.type", CAMERA))],
    ),
    "metadata of the draft": (
        metadata(PROFILES[0], THIS),
        [
            about(
                "sender",
                ("wsd.manufacturer", "Acme"),
                ("wsd.model", "LP-400"),
                ("wsd.friendly_name", "Ward printer"),
                ("wsd.firmware", "7.3.1"),
                ("wsd.serial", "LP-004711"),
            )
        ],
    ),
    "a computer; what publishes it has a maker and a number of its own": (
        metadata(PROFILES[1], THIS + HOST.format("XR-CONSOLE-2/Domain:WARDS")),
        [about("sender", ("wsd.computer", "XR-CONSOLE-2"), ("wsd.domain", "WARDS"))],
    ),
    "one of a workgroup": (
        metadata(PROFILES[0], HOST.format("XR-CONSOLE-2\\Workgroup:HOME")),
        [about("sender", ("wsd.computer", "XR-CONSOLE-2"), ("wsd.workgroup", "HOME"))],
    ),
    "a computer that is none": (metadata(PROFILES[0], HOST.format("ZQCANARY")), []),
    "cut off": (
        envelope(item("Hello", "http://10.74.0.12/"))[:-20],
        [about("10.74.0.12", *SAID), odd("wsd.malformed")],
    ),
    "an entity is not read": (
        f'<!DOCTYPE x [<!ENTITY y "ZQCANARY">]><d:Hello xmlns:d="{DRAFT}">&y;</d:Hello>',
        [odd("wsd.malformed")],
    ),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: str, expected: Heard) -> None:
    assert SPEC.probe(data.encode()) is True
    assert heard(SPEC, data.encode()) == expected


def test_no_person_is_told() -> None:
    for data, _ in CASES.values():
        for end in range(0, len(data), 7):
            assert "zqcanary" not in str(heard(SPEC, data[:end].encode())).lower()


def test_other_xml_is_not_its_business() -> None:
    assert SPEC.probe(b"<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope'/>") is False
    assert SPEC.probe(DRAFT.encode()) is False
