"""The reader of XML that SOAP parsers share: namespaces, what is kept, and what is refused."""

from __future__ import annotations

import pytest

from parsers import soap, ws_discovery_message
from parsers.soap import BLOCK, FORBIDDEN, KEPT_MAX, LIST_MAX, Excerpt, Wanted

MESSAGE = b"""<?xml version="1.0"?><a:Envelope xmlns:a="urn:a" xmlns="urn:d">
<Types xmlns:q="urn:q" kind="1">q:Device  Plain
 r:Other</Types><secret>ZQCANARY</secret><Name>one<part>two</part>three</Name></a:Envelope>"""


def names(*wanted: str) -> Wanted:
    return Wanted(frozenset(wanted))


def test_names_and_prefixes_mean_what_holds_where_they_stand() -> None:
    message = soap.read(MESSAGE, names("{urn:d}Types"))
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
    message = soap.read(MESSAGE, names("{urn:d}Name", "{urn:a}Envelope"))
    assert message is not None
    assert [(element.name, element.text) for element in message.elements] == [
        ("{urn:d}Name", "onethree"),
        ("{urn:a}Envelope", ""),
    ]
    assert "ZQCANARY" not in repr(message)


@pytest.mark.parametrize("cut", [b"<secret>", b"</secret>", b"<part>"])
def test_what_ended_before_the_break_is_kept(cut: bytes) -> None:
    message = soap.read(MESSAGE[: MESSAGE.index(cut)], names("{urn:d}Types", "{urn:d}Name"))
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
    assert soap.read(data, names("a")) is None


def test_bounds() -> None:
    many = soap.read(b"<r>" + b"<a>x</a>" * (KEPT_MAX + 1) + b"</r>", names("a"))
    assert many is not None
    assert (len(many.elements), many.capped) == (KEPT_MAX, True)
    long = soap.read(b"<a>" + b"x" * (2 * LIST_MAX) + b"</a>", names("a"))
    assert long is not None
    assert len(long.elements[0].text) == LIST_MAX
    deep = soap.read(b"<a>" * 5000, names("a"))
    assert deep is not None
    assert not deep.whole


UNDER = Wanted(frozenset({"{urn:a}Maker", "{urn:a}Kind"}), under={"{urn:a}Maker": frozenset({"{urn:a}Device"})})
DEVICE = (
    b"""<Device kind="part"><Maker xml:lang="fr" q:x="&lt;q:1&gt;" y="&quot;&amp;">A &amp; B"""
    b"""<Person>ZQCANARY</Person></Maker></Device>"""
)
LONG = (
    b"""<?xml version="1.0"?><s:Top xmlns:s="urn:s" xmlns="urn:a" xmlns:q="urn:q"><Person name="ZQCANARY"/>"""
    + b"<Part><Maker>ZQCANARY</Maker></Part>" * 2000
    + DEVICE
    + b"""<s:Name>ZQCANARY</s:Name><Kind xmlns:q="urn:other">q:Device</Kind></s:Top>"""
)


def test_parents_are_asked_for_too() -> None:
    message = soap.read(LONG, UNDER)
    assert message is not None
    assert [(element.name, element.parents[-1]) for element in message.elements] == [
        ("{urn:a}Maker", "{urn:a}Device"),
        ("{urn:a}Kind", "{urn:s}Top"),
    ]


@pytest.mark.parametrize("size", [1, 7, BLOCK - 1, BLOCK, BLOCK + 1, len(LONG)])
def test_an_excerpt_says_of_what_is_wanted_what_the_whole_says(size: int) -> None:
    excerpt = Excerpt(UNDER, 1024)
    for at in range(0, len(LONG), size):
        excerpt.take(LONG[at : at + size])
    short = excerpt.whole()
    assert len(short) < 512 < BLOCK < len(LONG)
    assert b"ZQCANARY" not in short
    told, whole = soap.read(short, UNDER), soap.read(LONG, UNDER)
    assert told is not None
    assert whole is not None
    assert told.whole
    assert [(each.name, each.parents, each.text, each.attributes, each.qualified()) for each in told.elements] == [
        (each.name, each.parents, each.text, each.attributes, each.qualified()) for each in whole.elements
    ]
    language = "{http://www.w3.org/XML/1998/namespace}lang"
    assert told.elements[0].attributes == {language: "fr", "{urn:q}x": "<q:1>", "y": '"&'}


@pytest.mark.parametrize("at", range(BLOCK - 12, BLOCK + 2))
@pytest.mark.parametrize("word", FORBIDDEN)
def test_an_excerpt_ends_where_a_message_is_refused(word: bytes, at: int) -> None:
    head = b'<Top xmlns="urn:a"><Kind>1</Kind>'
    excerpt = Excerpt(UNDER, 1024)
    excerpt.take(head + b"<!--".ljust(at - len(head)) + word + b"--><Kind>2</Kind></Top>")
    assert b"2" not in excerpt.whole()


def test_an_excerpt_ends_where_the_message_is_broken_or_the_room_ends() -> None:
    broken, full = Excerpt(UNDER, 1024), Excerpt(UNDER, 1024)
    broken.take(b'<Top xmlns="urn:a"><Kind>1</Kind></Other><Kind>2</Kind></Top>')
    full.take(b'<Top xmlns="urn:a">' + b"<Kind>12345678</Kind>" * 2000 + b"</Top>")
    for short in (broken.whole(), full.whole()):
        told = soap.read(short, UNDER)
        assert told is not None
        assert not told.whole
        assert told.elements
        assert len(short) <= 1024
    assert b"2" not in broken.whole()


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
