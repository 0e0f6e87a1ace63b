"""The reader of XML that SOAP parsers share: namespaces, what is kept, and what is refused."""

from __future__ import annotations

import pytest

from parsers import soap, ws_discovery_message
from parsers.soap import KEPT_MAX, LIST_MAX

MESSAGE = b"""<?xml version="1.0"?><a:Envelope xmlns:a="urn:a" xmlns="urn:d">
<Types xmlns:q="urn:q" kind="1">q:Device  Plain
 r:Other</Types><secret>ZQCANARY</secret><Name>one<part>two</part>three</Name></a:Envelope>"""


def test_names_and_prefixes_mean_what_holds_where_they_stand() -> None:
    message = soap.read(MESSAGE, {"{urn:d}Types"})
    assert message is not None
    assert message.whole
    (types,) = message.elements
    assert types.name == "{urn:d}Types"
    assert types.parents == ("{urn:a}Envelope",)
    assert types.attributes["kind"] == "1"
    # without a prefix: in the default namespace (XML Schema 1.1 part 2, QName); with an unknown one: in none
    assert types.qualified() == ("{urn:q}Device", "{urn:d}Plain", "{}Other")
    assert types.line() == "q:Device Plain r:Other"


def test_only_the_text_asked_for_is_kept() -> None:
    message = soap.read(MESSAGE, {"{urn:d}Name", "{urn:a}Envelope"})
    assert message is not None
    assert [(element.name, element.text) for element in message.elements] == [
        ("{urn:d}Name", "onethree"),
        ("{urn:a}Envelope", ""),
    ]
    assert "ZQCANARY" not in repr(message)


@pytest.mark.parametrize("cut", [b"<secret>", b"</secret>", b"<part>"])
def test_what_ended_before_the_break_is_kept(cut: bytes) -> None:
    message = soap.read(MESSAGE[: MESSAGE.index(cut)], {"{urn:d}Types", "{urn:d}Name"})
    assert message is not None
    assert not message.whole
    assert [element.name for element in message.elements] == ["{urn:d}Types"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no XML <a/>",
        b"<!DOCTYPE a SYSTEM 'http://attacker.example/x'><a/>",
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'x'>]><a>&b;</a>",
        "<a/>".encode("utf-16"),
    ],
)
def test_what_is_refused(data: bytes) -> None:
    assert soap.read(data, {"a"}) is None


def test_bounds() -> None:
    many = soap.read(b"<r>" + b"<a>x</a>" * (KEPT_MAX + 1) + b"</r>", {"a"})
    assert many is not None
    assert (len(many.elements), many.capped) == (KEPT_MAX, True)
    long = soap.read(b"<a>" + b"x" * (2 * LIST_MAX) + b"</a>", {"a"})
    assert long is not None
    assert len(long.elements[0].text) == LIST_MAX
    deep = soap.read(b"<a>" * 5000, {"a"})
    assert deep is not None
    assert not deep.whole


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://10.1.2.3:5357/x", "10.1.2.3"),
        ("https://[FE80::1%25eth0]/", "fe80::1"),
        ("soap.udp://10.1.2.3:3702", "10.1.2.3"),
        ("http://printer.example/", ""),
        ("http://127.0.0.1/", ""),
        ("http://0.0.0.0/", ""),
        ("http://239.255.255.250/", ""),
        ("http://[::1", ""),
        ("", ""),
    ],
)
def test_hosts_of_transport_addresses(url: str, host: str) -> None:
    assert ws_discovery_message.host_of(url) == host
