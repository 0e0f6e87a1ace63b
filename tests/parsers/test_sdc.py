"""SDC: messages written by hand from IEEE 11073-20701 clause 9, WS-Discovery 1.1 and the BICEPS schema of 11073-10207.

What a real provider and consumer say (sdc11073) is in pcaps/sdc and, as HTTP carried it, in seeds/sdc.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from parsers.api import CARRIED_MAX
from parsers.sdc import DEVICES_MAX, HOSTS_MAX, SPEC
from tests.parsers.datagrams import about, heard, odd

SEEDS = Path(__file__).parent / "seeds" / "sdc"
UUID = "0f0e0d0c-0b0a-4908-8706-050403020100"
SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://www.w3.org/2005/08/addressing"
DISCOVERY = "http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01"
DPWS = "http://docs.oasis-open.org/ws-dd/ns/dpws/2009/01"
MDPWS = "http://standards.ieee.org/downloads/11073/11073-20702-2016"
PARTICIPANT = "http://standards.ieee.org/downloads/11073/11073-10207-2017/participant"
MESSAGE = "http://standards.ieee.org/downloads/11073/11073-10207-2017/message"
BED = "sdc.ctxt.loc:/sdc.ctxt.loc.detail/x?fac=HOSP&amp;bldng=C&amp;flr=3&amp;poc=ICU%20A&amp;rm=312&amp;bed=Bed%2F2"
PERSONS = (
    "sdc.ctxt.opr:/acme/zqcanary.nurse sdc.ctxt.wfl:/acme/ZQCANARYMARTIN sdc.ctxt.ens:/acme/ZQCANARY "
    "sdc.ctxt.mns:/acme/ZQCANARY sdc.ctxt.pat:/acme/ZQCANARY4711"
)
WHERE = ("sdc.location", "HOSP, C, 3, ICU A, 312, Bed/2")
PROVIDER, WHO = ("sdc.role", "provider"), ("sdc.endpoint_uuid", UUID)
CLEARTEXT = ("flag", ("sender", "", ()), "sdc.cleartext")


def item(kind: str, scopes: str = "", xaddrs: str = "", types: str = "p:Device q:MedicalDevice") -> str:
    return (
        f"<d:{kind}><a:EndpointReference><a:Address>urn:uuid:{UUID.upper()}</a:Address></a:EndpointReference>"
        f"<d:Types>{types}</d:Types><d:Scopes>{scopes}</d:Scopes><d:XAddrs>{xaddrs}</d:XAddrs></d:{kind}>"
    )


def envelope(body: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="{SOAP}" xmlns:a="{ADDRESSING}"'
        f' xmlns="{PARTICIPANT}"'
        f' xmlns:d="{DISCOVERY}" xmlns:p="{DPWS}" xmlns:q="{MDPWS}"><e:Header><a:To>urn:x</a:To></e:Header>'
        f"<e:Body>{body}</e:Body></e:Envelope>"
    ).encode()


def mds(inside: str, handle: str = "m") -> str:
    return f'<Mds Handle="{handle}">{inside}</Mds>'


def meta(maker: str = "Acme", model: str = "Vent", serial: str = "") -> str:
    number = f"<SerialNumber>{serial}</SerialNumber>" if serial else ""
    return f"<MetaData><Manufacturer>{maker}</Manufacturer><ModelName>{model}</ModelName>{number}</MetaData>"


def test_a_hello_tells_who_what_and_where() -> None:
    scopes = f"{BED} sdc.cdc.type:///70001 sdc.mds.pkp:1.2.840.10004.20701.1.1 {PERSONS}"
    hello = envelope(item("Hello", scopes, "https://10.26.0.11:6464/x http://[fe80::1%25eth0]:80/"))
    fields = (
        PROVIDER,
        WHO,
        WHERE,
        ("sdc.mdc_device", "70001"),
        ("sdc.key_purpose", "1.2.840.10004.20701.1.1"),
    )
    assert SPEC.probe(hello)
    assert heard(SPEC, hello) == [about("10.26.0.11", *fields), about("fe80::1", *fields)]


@pytest.mark.parametrize("kind", ["ProbeMatch", "ResolveMatch"])
def test_a_proxy_answers_for_others(kind: str) -> None:
    """Two devices in one answer: each at its own address, none at that of who answers."""
    two = item(kind, "", "https://10.26.0.11:1/") + item(kind, "", "https://10.26.0.12:1/")
    assert heard(SPEC, envelope(f"<d:{kind}es>{two}</d:{kind}es>")) == [
        about("10.26.0.11", PROVIDER, WHO),
        about("10.26.0.12", PROVIDER, WHO),
    ]


@pytest.mark.parametrize("xaddrs", ["", "https://vent.example:6464/", "https://127.0.0.1/", "https://[::1", "nonsense"])
def test_without_an_address_it_is_the_sender(xaddrs: str) -> None:
    assert heard(SPEC, envelope(item("Hello", BED, xaddrs))) == [about("sender", PROVIDER, WHO, WHERE)]


def test_addresses_are_believed_up_to_a_number() -> None:
    hello = envelope(item("Hello", "", " ".join(f"http://10.0.0.{n}/" for n in range(1, 40))))
    assert heard(SPEC, hello) == [about(f"10.0.0.{n}", PROVIDER, WHO) for n in range(1, HOSTS_MAX + 1)]


def test_who_looks_for_medical_devices_is_a_consumer() -> None:
    probe = envelope("<d:Probe><d:Types>q:MedicalDevice</d:Types></d:Probe>")
    assert heard(SPEC, probe) == [about("sender", ("sdc.role", "consumer"))]


@pytest.mark.parametrize(
    "types", ["p:Device", "p:Device x:MedicalDevice", "MedicalDevice", "p:MedicalDevice", "q:MedicalDeviceX"]
)
def test_other_types_are_none_of_these(types: str) -> None:
    """A name counts within its namespace alone; these prefixes are others, or none."""
    assert heard(SPEC, envelope(item("Hello", BED, types=types))) == []


@pytest.mark.parametrize(
    ("scope", "fields"),
    [
        ("sdc.cdc.type:/urn:oid:1.2.840.10004.1.1.1.0.0.1//69837", (("sdc.mdc_device", "69837"),)),
        ("sdc.cdc.type:/urn%3Aoid%3A1.2.3/2/X1", (("sdc.device_type", "urn:oid:1.2.3|X1"),)),
        ("sdc.cdc.type:///x", (("sdc.device_type", "|x"),)),
        ("sdc.cdc.type:///", ()),
        ("sdc.cdc.type:70001", ()),
        ("sdc.ctxt.loc:/r/e", ()),
        ("sdc.ctxt.loc:/r/ZQCANARY?note=ZQCANARY&amp;bed=", ()),
        ("sdc.ctxt.loc", ()),
        ("onvif://www.onvif.org/name/x", ()),
        ("%%%", ()),
    ],
)
def test_scopes(scope: str, fields: tuple[tuple[str, str], ...]) -> None:
    assert heard(SPEC, envelope(item("Hello", scope))) == [about("sender", PROVIDER, WHO, *fields)]


def test_metadata_as_a_real_device_gives_it() -> None:
    assert heard(SPEC, (SEEDS / "metadata.datagram").read_bytes()) == [
        about(
            "sender",
            PROVIDER,
            ("sdc.manufacturer", "Acme Respiration"),
            ("sdc.model", "Acme Vent 5"),
            ("sdc.model_number", "AV5-200"),
            ("sdc.friendly_name", "Vent Bed 3"),
            ("sdc.firmware", "5.2.1"),
            ("sdc.serial", "ASKB-0042"),
        ),
        CLEARTEXT,
    ]


def test_metadata_of_a_printer_is_not_read() -> None:
    """Its services may say what they like: the types of the host decide."""
    model = "<p:ThisModel><p:Manufacturer>Acme</p:Manufacturer></p:ThisModel>"
    hosted = "<p:Hosted><p:Types>q:MedicalDevice</p:Types></p:Hosted>"
    host = "<p:Host><p:Types>p:Device</p:Types></p:Host>"
    assert heard(SPEC, envelope(f"{model}<p:Relationship>{host}{hosted}</p:Relationship>")) == []


def test_a_description_as_a_real_device_gives_it() -> None:
    """The patient and the operator in it are not read."""
    assert heard(SPEC, (SEEDS / "description.datagram").read_bytes()) == [
        about(
            "sender",
            ("sdc.mdc_device", "70001"),
            ("sdc.udi_device_identifier", "(01)04012345678901"),
            ("sdc.udi", "(01)04012345678901(21)ASKB-0042"),
            ("sdc.lot", "L-77"),
            ("sdc.manufacturer", "Acme Respiration"),
            ("sdc.model", "Acme Vent 5"),
            ("sdc.model_number", "AV5-200"),
            ("sdc.serial", "ASKB-0042"),
        ),
        CLEARTEXT,
    ]


def test_several_systems_stand_behind_the_sender() -> None:
    both = mds(meta(serial="S1")) + mds(meta(model="Pump")) + mds("<MetaData><LotNumber>1</LotNumber></MetaData>")
    assert heard(SPEC, envelope(both)) == [
        (
            "said",
            ("sender", "", (("serial", "S1", "Acme"),)),
            (("sdc.manufacturer", "Acme"), ("sdc.model", "Vent"), ("sdc.serial", "S1")),
        ),
        (
            "said",
            ("sender", "", (("model_station", "Pump", "Acme"),)),
            (("sdc.manufacturer", "Acme"), ("sdc.model", "Pump")),
        ),
        CLEARTEXT,
    ]


def test_modules_and_persons_in_a_system_are_not_read() -> None:
    module = f'<Vmd Handle="v"><Type Code="1"/>{meta("Other", "Module", "M9")}</Vmd>'
    person = "<PatientContext><MetaData><SerialNumber>ZQCANARY</SerialNumber></MetaData></PatientContext>"
    loose = "<Udi><DeviceIdentifier>ZQCANARY</DeviceIdentifier></Udi>" + meta(serial="ZQCANARY")
    assert heard(SPEC, envelope(mds(module + person + meta()) + loose)) == [
        about("sender", ("sdc.manufacturer", "Acme"), ("sdc.model", "Vent")),
        CLEARTEXT,
    ]


def test_more_systems_than_a_ward_has() -> None:
    many = "".join(mds(f"<MetaData><SerialNumber>{n}</SerialNumber></MetaData>") for n in range(1, DEVICES_MAX + 3))
    said = heard(SPEC, envelope(many))
    assert said[0] == odd("sdc.too_many_devices")
    assert sum(event[0] == "said" for event in said) == DEVICES_MAX


@pytest.mark.parametrize(
    "data",
    [
        b"<!DOCTYPE x SYSTEM 'http://attacker.example/MedicalDevice'><x/>",
        b"<!DOCTYPE x [<!ENTITY a 'MedicalDevice'>]><x>&a;</x>",
    ],
)
def test_a_document_type_is_refused(data: bytes) -> None:
    assert heard(SPEC, data) == [odd("sdc.malformed")]


def test_what_came_before_the_break_is_kept() -> None:
    whole = envelope(mds(meta(serial="S1")) + "<State/>")
    assert heard(SPEC, whole[: whole.index(b"<State/>")]) == [
        about("sender", ("sdc.manufacturer", "Acme"), ("sdc.model", "Vent"), ("sdc.serial", "S1")),
        CLEARTEXT,
        odd("sdc.malformed"),
    ]


def test_nesting_and_numbers_are_bounded() -> None:
    deep = envelope("<Mds>" * 8000)
    assert len(deep) < CARRIED_MAX
    assert heard(SPEC, deep) == [odd("sdc.malformed")]
    assert odd("sdc.too_many_elements") in heard(SPEC, envelope("<Mds/>" * 5000))


def test_types_of_parts_are_not_those_of_the_system() -> None:
    """However many there are; and a report of a change may be about a measurement alone."""
    conditions = '<Vmd><Type Code="1"/></Vmd>' * 1000
    assert heard(SPEC, envelope(mds(f'<Type Code="70001"/>{conditions}{meta()}'))) == [
        about("sender", ("sdc.mdc_device", "70001"), ("sdc.manufacturer", "Acme"), ("sdc.model", "Vent")),
        CLEARTEXT,
    ]
    report = '<m:Descriptor xmlns:m="{}" xmlns:x="{}" x:type="{}"><Type Code="70001"/></m:Descriptor>'
    for kind, system in (("MdsDescriptor", True), ("NumericMetricDescriptor", False), ("b:MdsDescriptor", False)):
        part = report.format(MESSAGE, "http://www.w3.org/2001/XMLSchema-instance", kind)
        assert heard(SPEC, envelope(part)) == (
            [about("sender", ("sdc.mdc_device", "70001")), CLEARTEXT] if system else []
        ), kind


@pytest.mark.parametrize("first", [b"", b"MSH|", b"\x00MedicalDevice", b"<html>", b"MedicalDevice <"])
def test_what_it_is_not(first: bytes) -> None:
    assert not SPEC.probe(first)


def test_no_person_is_named() -> None:
    for seed in sorted(SEEDS.glob("*.datagram")):
        data = seed.read_bytes()
        assert "canary" not in repr(heard(SPEC, data)).lower(), seed
    assert b"ZQCANARY" in (SEEDS / "description.datagram").read_bytes()
    assert "canary" not in repr(heard(SPEC, envelope(item("Hello", PERSONS)))).lower()
