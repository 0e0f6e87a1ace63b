"""ONVIF answers written by hand from the device management service's WSDL (http://www.onvif.org/ver10/device/wsdl)."""

from __future__ import annotations

import pytest

from parsers.onvif import SPEC
from tests.parsers.datagrams import Heard, about, heard, odd

OPEN = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
    ' xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><s:Body><tds:GetDeviceInformationResponse>'
)
CLOSE = "</tds:GetDeviceInformationResponse></s:Body></s:Envelope>"
SELF = (
    "<tds:Manufacturer>Acme Vision</tds:Manufacturer><tds:Model>DC-200</tds:Model>"
    "<tds:FirmwareVersion>5.6.8 build 240521</tds:FirmwareVersion><tds:SerialNumber> AV-004711 </tds:SerialNumber>"
    "<tds:HardwareId>88</tds:HardwareId>"
)
SAID = about(
    "sender",
    ("onvif.manufacturer", "Acme Vision"),
    ("onvif.model", "DC-200"),
    ("onvif.firmware", "5.6.8 build 240521"),
    ("onvif.serial", "AV-004711"),
    ("onvif.hardware_id", "88"),
)
ELSEWHERE = "<tds:User><tds:Model>ZQCANARY</tds:Model></tds:User><Model>ZQCANARY</Model>"
CASES: dict[str, tuple[str, Heard]] = {
    "a camera": (OPEN + SELF + CLOSE, [SAID]),
    "names elsewhere are others": (OPEN + SELF + ELSEWHERE + CLOSE, [SAID]),
    "without a serial number": (
        OPEN + "<tds:Model>DC-200</tds:Model><tds:SerialNumber/>" + CLOSE,
        [about("sender", ("onvif.model", "DC-200"))],
    ),
    "cut off": (OPEN + SELF + "<tds:Zqc", [SAID, odd("onvif.malformed")]),
    "with a document type": ('<!DOCTYPE x [<!ENTITY a "ZQCANARY">]>' + OPEN[39:] + SELF, [odd("onvif.malformed")]),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: str, expected: Heard) -> None:
    assert SPEC.probe(data.encode()) is True
    assert heard(SPEC, data.encode()) == expected
    assert "zqcanary" not in str(heard(SPEC, data.encode())).lower()


def test_who_asks_is_not_read() -> None:
    log_in = "<wsse:UsernameToken><wsse:Username>zqcanary</wsse:Username></wsse:UsernameToken>"
    asked = OPEN.replace("Response", "") + log_in
    assert SPEC.probe(asked.encode()) is False
    assert SPEC.probe(b"tds GetDeviceInformationResponse") is False
