"""Multicast DNS messages built by hand from RFC 6762 and RFC 6763."""

from __future__ import annotations

import struct

import pytest

from parsers.mdns import ADDRESSES_MAX, SAID_MAX, SPEC
from tests.parsers.datagrams import Heard, about, heard, odd
from tests.parsers.dns_bytes import AAAA, HINFO, PTR, SRV, TXT, A, message, name, question, record, txt

FLUSH = 0x8001  # cache flush and class Internet
HOST = name("us1.local")
OTHER = name("us2.local")
PRINTER = name("LaserJet OR 3", "_ipp", "_tcp", "local")
ADDRESS, OTHER_ADDRESS = bytes([10, 0, 0, 5]), bytes([10, 0, 0, 6])
LINK_LOCAL = bytes.fromhex("fe80000000000000 0000000000000005")
IP = "10.0.0.5"


def response(*answers: bytes, additional: tuple[bytes, ...] = ()) -> bytes:
    return message(0x8400, answers=answers, additional=additional)


def srv(instance: bytes, target: bytes, port: int = 631, **more: int) -> bytes:
    return record(instance, SRV, struct.pack(">HHH", 0, 0, port) + target, klass=FLUSH, **more)


def a(host: bytes = HOST, address: bytes = ADDRESS, **more: int) -> bytes:
    return record(host, A, address, klass=FLUSH, **more)


NAMED = about(IP, ("mdns.name", "us1.local"))
IPP = (("mdns.service", "_ipp._tcp"), ("mdns.instance", "LaserJet OR 3"))
PORT = ("mdns.service_port", "_ipp._tcp:631")

CASES: dict[str, tuple[bytes, Heard]] = {
    "a printer, whole": (
        response(
            record(name("_ipp._tcp.local"), PTR, PRINTER),
            additional=(
                srv(PRINTER, HOST),
                record(
                    PRINTER,
                    TXT,
                    txt(
                        b"txtvers=1",
                        b"ty=Acme LaserJet 9",
                        b"product=(LaserJet 9)",
                        b"usb_MFG=Acme",
                        b"usb_MDL=LJ9",
                        b"note=Office of ZQCANARY",
                        b"UUID=00112233-4455-6677-8899-aabbccddeeff",
                    ),
                ),
                a(),
            ),
        ),
        [
            NAMED,
            about(
                IP,
                *IPP,
                PORT,
                ("mdns.txt_ty", "Acme LaserJet 9"),
                ("mdns.txt_product", "(LaserJet 9)"),
                ("mdns.txt_usb_mfg", "Acme"),
                ("mdns.txt_usb_mdl", "LJ9"),
                ("mdns.txt_uuid", "00112233-4455-6677-8899-aabbccddeeff"),
            ),
        ],
    ),
    "a query says nothing, nor do the answers it knows already": (
        message(
            0,
            questions=(question(name("_ipp._tcp.local"), PTR),),
            answers=(record(name("_ipp._tcp.local"), PTR, PRINTER),),
        ),
        [],
    ),
    "a message without addresses is about its sender": (
        response(srv(PRINTER, HOST)),
        [about("sender", ("mdns.name", "us1.local")), about("sender", *IPP, PORT)],
    ),
    "a reflector speaks for two hosts: each service goes to its own": (
        response(srv(PRINTER, OTHER), additional=(a(), a(OTHER, OTHER_ADDRESS))),
        [NAMED, about("10.0.0.6", ("mdns.name", "us2.local")), about("10.0.0.6", *IPP, PORT)],
    ),
    "two hosts, and a service of neither: nobody's": (
        response(srv(PRINTER, name("us3.local")), additional=(a(), a(OTHER, OTHER_ADDRESS))),
        [NAMED, about("10.0.0.6", ("mdns.name", "us2.local"))],
    ),
    "both families: the name for each address, the service for one": (
        response(srv(PRINTER, HOST), additional=(record(HOST, AAAA, LINK_LOCAL, klass=FLUSH), a())),
        [about("fe80::5", ("mdns.name", "us1.local")), NAMED, about(IP, *IPP, PORT)],
    ),
    "device info has no SRV: the only host of the message": (
        response(
            record(name("us1", "_device-info", "_tcp", "local"), TXT, txt(b"model=Macmini9,1", b"osxvers=22")), a()
        ),
        [
            NAMED,
            about(
                IP,
                ("mdns.service", "_device-info._tcp"),
                ("mdns.instance", "us1"),
                ("mdns.txt_model", "Macmini9,1"),
                ("mdns.txt_osxvers", "22"),
            ),
        ],
    ),
    "a workstation, as Avahi names it": (
        response(srv(name("us1 [02:A0:00:00:00:01]", "_workstation", "_tcp", "local"), HOST, 9), a()),
        [
            NAMED,
            about(
                IP,
                ("mdns.service", "_workstation._tcp"),
                ("mdns.instance", "us1"),
                ("mdns.workstation_mac", "02:a0:00:00:00:01"),
                ("mdns.service_port", "_workstation._tcp:9"),
            ),
        ],
    ),
    "the list of service types (RFC 6763 section 9)": (
        response(record(name("_services._dns-sd._udp.local"), PTR, name("_dicom._tcp.local")), a()),
        [NAMED, about(IP, ("mdns.service", "_dicom._tcp"))],
    ),
    "a subtype leads to the instance and so to its type": (
        response(record(name("_universal._sub._ipp._tcp.local"), PTR, PRINTER)),
        [about("sender", *IPP)],
    ),
    "a reverse name": (
        response(record(name("5.0.0.10.in-addr.arpa"), PTR, HOST, klass=FLUSH)),
        [NAMED],
    ),
    "host information (RFC 1035 section 3.3.2)": (
        response(record(HOST, HINFO, txt(b"ARMV7L", b"LINUX"), klass=FLUSH), a()),
        [NAMED, about(IP, ("mdns.cpu", "ARMV7L"), ("mdns.os", "LINUX"))],
    ),
    "a goodbye (ttl 0, RFC 6762 section 10.1) says nothing": (
        response(srv(PRINTER, HOST, ttl=0), a(ttl=0), record(PRINTER, TXT, txt(b"ty=x"), ttl=0)),
        [],
    ),
    "keys in any case, the first of a repeated one, none without value": (
        response(record(PRINTER, TXT, txt(b"TY=one", b"ty=two", b"usb_mfg", b"product=", b"=x", b""))),
        [about("sender", *IPP, ("mdns.txt_ty", "one"))],
    ),
    "a MAC that is none is not said": (
        response(record(PRINTER, TXT, txt(b"deviceid=unknown", b"serialNumber=A-4711"))),
        [about("sender", *IPP, ("mdns.txt_serial", "A-4711"))],
    ),
    "a MAC without separators": (
        response(record(PRINTER, TXT, txt(b"macaddress=02A000000001"))),
        [about("sender", *IPP, ("mdns.txt_mac", "02A000000001"))],
    ),
    "a camera's model and hardware": (
        response(record(PRINTER, TXT, txt(b"model_number=DCS-935L", b"hardware_ver=A1", b"wlan0_ssid=ZQCANARY"))),
        [about("sender", *IPP, ("mdns.txt_model", "DCS-935L"), ("mdns.txt_hardware", "A1"))],
    ),
    "an instance is free text, dots and all": (
        response(record(name("_ipp._tcp.local"), PTR, name("Dr. Müller 3.12", "_ipp", "_tcp", "local"))),
        [about("sender", ("mdns.service", "_ipp._tcp"), ("mdns.instance", "Dr. Müller 3.12"))],
    ),
    "a TXT string that is longer than its record ends the record": (
        response(record(PRINTER, TXT, txt(b"ty=one") + b"\x40mdl=cut"), a()),
        [NAMED, about(IP, *IPP, ("mdns.txt_ty", "one"))],
    ),
    "a record that is longer than the message: those before are said": (
        response(a(), record(PRINTER, TXT, txt(b"ty=one")))[:-1],
        [NAMED, odd("mdns.malformed")],
    ),
    "an SRV record that is too short": (
        response(record(PRINTER, SRV, b"\0\0\0\0\2"), a()),
        [NAMED, about(IP, *IPP)],
    ),
    "a text record of something that is no service": (response(record(HOST, TXT, txt(b"ty=one")), a()), [NAMED]),
    "two hosts, and a device info of neither": (
        response(
            record(name("x", "_device-info", "_tcp", "local"), TXT, txt(b"model=M1")), a(), a(OTHER, OTHER_ADDRESS)
        ),
        [NAMED, about("10.0.0.6", ("mdns.name", "us2.local"))],
    ),
    "cut in the head": (b"\0\0\x84\0", [odd("mdns.cut")]),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: bytes, expected: Heard) -> None:
    assert heard(SPEC, data) == expected


def test_the_addresses_of_a_host_and_the_utterances_are_capped() -> None:
    many = heard(SPEC, response(*(a(address=bytes([10, 0, 0, n])) for n in range(1, 40))))
    assert many == [about(f"10.0.0.{n}", ("mdns.name", "us1.local")) for n in range(1, ADDRESSES_MAX + 1)]
    services = [record(name(f"n{n}", "_http", "_tcp", "local"), TXT, b"\0") for n in range(SAID_MAX + 20)]
    said = heard(SPEC, response(*services))
    assert len(said) == SAID_MAX + 1
    assert said[-1] == odd("mdns.too_many_records")


@pytest.mark.parametrize(
    ("data", "is_mdns"),
    [
        (response(a()), True),
        (message(0x8600, answers=(a(),)), True),  # truncated
        (message(0, questions=(question(name("_ipp._tcp.local"), PTR),)), True),
        (message(0, questions=(question(name("5.0.0.10.in-addr.arpa"), PTR, 0x8001),)), True),  # unicast wanted
        (message(0, questions=(question(name("pacs.example")),)), False),
        (message(0x8400, questions=(question(name("us1.local")),), answers=(a(),)), True),  # repeats the question
        (message(0x8400, ident=7, answers=(a(),)), False),
        (message(0x8180, answers=(a(),)), False),
        (message(0x8400), False),
        (bytes(64), False),
        (b"", False),
    ],
)
def test_probe(data: bytes, is_mdns: bool) -> None:
    assert SPEC.probe(data) is is_mdns
