"""SSDP messages written by hand from UPnP Device Architecture 2.0 sections 1.2 and 1.3."""

from __future__ import annotations

import pytest

from parsers.ssdp import LINES_MAX, SPEC
from tests.parsers.datagrams import Heard, about, heard, odd

UUID = "4d696e69-444c-164e-9d41-02a300000011"
SERVER = "Debian DLNADOC/1.50 UPnP/1.0 MiniDLNA/1.3.0"
PLACE = "http://10.72.0.11:8200/rootDesc.xml?zqcanary=martin"


def message(start: str, *lines: str) -> bytes:
    return "\r\n".join((start, *lines, "", "")).encode()


def notify(*lines: str) -> bytes:
    return message("NOTIFY * HTTP/1.1", "HOST: 239.255.255.250:1900", *lines)


ADDRESS = ("ssdp.address", "10.72.0.11:8200")
CASES: dict[str, tuple[bytes, Heard]] = {
    "the outermost device": (
        notify(f"LOCATION: {PLACE}", f"SERVER: {SERVER}", "NT: upnp:rootdevice", f"USN: uuid:{UUID}::upnp:rootdevice"),
        [about("10.72.0.11", ("ssdp.server", SERVER), ("ssdp.uuid", UUID), ADDRESS)],
    ),
    "its type; an embedded device has a UUID of its own": (
        notify(
            f"Location:{PLACE}",
            "NT: urn:schemas-upnp-org:device:MediaServer:1",
            f"USN: uuid:{UUID}::urn:schemas-upnp-org:device:MediaServer:1",
        ),
        [about("10.72.0.11", ("ssdp.device_type", "urn:schemas-upnp-org:device:MediaServer:1"), ADDRESS)],
    ),
    "an answer, with a service, over IPv6": (
        message(
            "HTTP/1.1 200 OK",
            "ST: urn:schemas-upnp-org:service:ContentDirectory:1",
            "LOCATION: https://[FE80:0::1]/d.xml",
            f"SERVER: {SERVER}",
            "friendlyName.zqcanary: ZQCANARYMARTIN JEANNE",
        ),
        [
            about(
                "fe80::1",
                ("ssdp.server", SERVER),
                ("ssdp.service_type", "urn:schemas-upnp-org:service:ContentDirectory:1"),
                ("ssdp.address", "[fe80::1]:443"),
            )
        ],
    ),
    "a device that is named by its address, and one that everybody is": (
        notify("LOCATION: http://zqcanary.local:80/", f"SERVER: {SERVER}"),
        [about("sender", ("ssdp.server", SERVER))],
    ),
    "loopback is nobody": (notify("LOCATION: http://127.0.0.1:80/", "NT: upnp:rootdevice"), []),
    "goodbye": (
        notify("NTS: ssdp:byebye", f"USN: uuid:{UUID}::upnp:rootdevice"),
        [about("sender", ("ssdp.uuid", UUID))],
    ),
    "a port that is none": (
        notify("LOCATION: http://10.72.0.11:99999/", f"SERVER: {SERVER}"),
        [about("sender", ("ssdp.server", SERVER))],
    ),
    "an identifier that is no UUID": (notify("USN: uuid:ZQCANARYMARTIN-JEANNE::upnp:rootdevice"), []),
    "a type that is made up": (notify("NT: urn:zqcanary martin"), []),
    "who searches, not what": (
        message(
            "M-SEARCH * HTTP/1.1",
            "HOST: 239.255.255.250:1900",
            "ST: urn:zqcanary:device:x:1",
            "CPFN.UPNP.ORG: ZQCANARYMARTIN",
            "USER-AGENT: Google Chrome/71.0 Windows",
        ),
        [about("sender", ("ssdp.user_agent", "Google Chrome/71.0 Windows"))],
    ),
    "a search that says nothing of who searches": (message("M-SEARCH * HTTP/1.1", f"SERVER: {SERVER}"), []),
    "text that is none": (b"NOTIFY * HTTP/1.1\r\nSERVER: x\xff\r\n", []),
    "another protocol": (b"SIP/2.0 200 OK\r\n\r\n", [odd("ssdp.malformed")]),
    "more lines than anybody sends": (
        notify(*(f"X-{n}: 1" for n in range(LINES_MAX)), f"SERVER: {SERVER}"),
        [odd("ssdp.too_many_lines")],
    ),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: bytes, expected: Heard) -> None:
    assert heard(SPEC, data) == expected


@pytest.mark.parametrize("data", [data for data, _ in CASES.values()], ids=CASES)
def test_no_person_is_told(data: bytes) -> None:
    for end in range(len(data) + 1):
        assert "zqcanary" not in str(heard(SPEC, data[:end])).lower()
