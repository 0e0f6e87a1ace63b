"""UPnP device descriptions written by hand from UPnP Device Architecture 2.0 section 2.3."""

from __future__ import annotations

import pytest

from parsers.upnp import SPEC
from tests.parsers.datagrams import Heard, about, heard, odd

UUID = "4D696E69-444c-164e-9d41-02a300000011"
SELF = f"""<deviceType>urn:schemas-upnp-org:device:Printer:1</deviceType><friendlyName>Ward
 printer</friendlyName><manufacturer>Acme Printers</manufacturer><manufacturerURL>http://zqcanary</manufacturerURL>
<modelDescription>ZQCANARY</modelDescription><modelName>LP-400</modelName><modelNumber>2</modelNumber>
<serialNumber> LP-004711 </serialNumber><UDN>uuid:{UUID}</UDN><presentationURL>/zqcanary</presentationURL>"""
INNER = "<deviceList><device><serialNumber>INNER</serialNumber><UDN>uuid:inner</UDN></device></deviceList>"
OPEN = '<?xml version="1.0"?>\n<root xmlns="urn:schemas-upnp-org:device-1-0">'
PREFIXED = """<u:root xmlns:u="urn:schemas-upnp-org:device-1-0"><u:device><u:modelName>LP</u:modelName>
<modelName>ZQCANARY</modelName></u:device></u:root>"""
SAID = about(
    "sender",
    ("upnp.device_type", "urn:schemas-upnp-org:device:Printer:1"),
    ("upnp.friendly_name", "Ward printer"),
    ("upnp.manufacturer", "Acme Printers"),
    ("upnp.model", "LP-400"),
    ("upnp.model_number", "2"),
    ("upnp.serial", "LP-004711"),
    ("upnp.uuid", UUID.lower()),
)
CASES: dict[str, tuple[str, Heard]] = {
    "a device with another in it": (f"{OPEN}<device>{SELF}{INNER}</device></root>", [SAID]),
    "the one in it first": (f"{OPEN}<device>{INNER}{SELF}</device></root>", [SAID]),
    "by a prefix": (
        PREFIXED,
        [about("sender", ("upnp.model", "LP"))],
    ),
    "cut off": (f"{OPEN}<device>{SELF}<iconList>", [SAID, odd("upnp.malformed")]),
    "a UDN that is no UUID": (f"{OPEN}<device><UDN>uuid:zqcanary</UDN></device></root>", []),
    "an entity is not read": (
        '<!DOCTYPE root [<!ENTITY x "ZQCANARY">]><root xmlns="urn:schemas-upnp-org:device-1-0">&x;</root>',
        [odd("upnp.malformed")],
    ),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: str, expected: Heard) -> None:
    assert SPEC.probe(data.encode()) is True
    assert heard(SPEC, data.encode()) == expected


def test_no_person_is_told() -> None:
    for data, _ in CASES.values():
        assert "zqcanary" not in str(heard(SPEC, data.encode())).lower()


def test_other_xml_is_not_its_business() -> None:
    assert SPEC.probe(b'<root xmlns="urn:schemas-upnp-org:service-1-0"/>') is False
    assert SPEC.probe(b"urn:schemas-upnp-org:device-1-0") is False
