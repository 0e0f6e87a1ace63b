"""Certificates in TLS (RFC 5280): made by the cryptography library, whole and broken."""

from __future__ import annotations

import datetime as dt
import hashlib
import random

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from tests.parsers.datagrams import Heard, about, odd
from tests.parsers.tls_bytes import (
    HELLO,
    HELLO_FIELDS,
    PLAIN_SERVER,
    PLAIN_SERVER_FIELDS,
    SNI,
    chain,
    heard,
    message,
    record,
)

Key = (
    rsa.RSAPrivateKey
    | dsa.DSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
    | x25519.X25519PrivateKey
)
KEY = ec.generate_private_key(ec.SECP256R1())


def name(**attributes: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(getattr(NameOID, key), value) for key, value in attributes.items()])


def issued(
    subject: x509.Name,
    issuer: x509.Name | None = None,
    *,
    key: Key = KEY,
    names: list[x509.GeneralName] | None = None,
) -> bytes:
    builder = x509.CertificateBuilder(
        issuer or subject,
        subject,
        key.public_key(),
        4711,
        dt.datetime(2020, 1, 2, tzinfo=dt.UTC),
        dt.datetime(2049, 12, 31, tzinfo=dt.UTC),
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.DER)


CA = name(COMMON_NAME="Acme Device CA", ORGANIZATION_NAME="Acme Medical")
DATES = (("tls.certificate_not_before", "2020-01-02"), ("tls.certificate_not_after", "2049-12-31"))
SELF_SIGNED = ("flag", ("sender", "", ()), "tls.self_signed")
EXPIRED = ("flag", ("sender", "", ()), "tls.expired", 2_524_521_601)  # 2049-12-31T00:00:01Z
WEAK_KEY = ("flag", ("sender", "", ()), "tls.weak_key")


def server_says(der: bytes) -> Heard:
    events = heard(server=record(PLAIN_SERVER + chain(der, b"another, not looked at") + message(14, b"")))
    assert events[0] == about("sender", *PLAIN_SERVER_FIELDS)
    return events[1:]


def client_says(der: bytes) -> Heard:
    events = heard(client=record(HELLO + chain(der) + message(16, b"key")))
    assert events[:2] == [SNI, about("sender", *HELLO_FIELDS)]
    return events[2:]


def test_a_servers_certificate() -> None:
    subject = name(
        ORGANIZATION_NAME="Acme Medical",
        ORGANIZATIONAL_UNIT_NAME="Imaging",
        COMMON_NAME="us1.wards.example",
        SERIAL_NUMBER="SN-4711",
        EMAIL_ADDRESS="ZQCANARY@wards.example",
    )
    alternative = [x509.DNSName("us1.wards.example"), x509.DNSName("us1"), x509.RFC822Name("ZQCANARY@wards.example")]
    der = issued(subject, CA, names=alternative)
    assert server_says(der) == [
        about(
            "sender",
            ("tls.certificate_subject_cn", "us1.wards.example"),
            ("tls.certificate_subject_o", "Acme Medical"),
            ("tls.certificate_subject_ou", "Imaging"),
            ("tls.certificate_subject_serial", "SN-4711"),
            ("tls.certificate_issuer_cn", "Acme Device CA"),
            ("tls.certificate_issuer_o", "Acme Medical"),
            ("tls.certificate_san", "us1.wards.example"),
            ("tls.certificate_san", "us1"),
            *DATES,
            ("tls.certificate_key", "ec secp256r1"),
            ("tls.certificate_sha256", hashlib.sha256(der).hexdigest()),
        ),
        EXPIRED,
    ]


def test_a_device_that_signs_itself_with_a_short_key() -> None:
    short = rsa.generate_private_key(65537, 1024)
    der = issued(name(COMMON_NAME="00:09:FB:11:22:33"), name(COMMON_NAME="00:09:FB:11:22:33"), key=short)
    events = server_says(der)
    assert ("tls.certificate_key", "rsa 1024") in events[0][2]  # type: ignore[operator]  # a tuple of pairs
    assert events[1:] == [WEAK_KEY, SELF_SIGNED, EXPIRED]


@pytest.mark.parametrize(
    ("key", "text", "weak"),
    [
        (dsa.generate_private_key(1024), "dsa 1024", True),
        (ed448.Ed448PrivateKey.generate(), "ed448", False),
        (ec.generate_private_key(ec.SECP192R1()), "ec secp192r1", True),
        (x25519.X25519PrivateKey.generate(), "", False),
    ],
)
def test_kinds_of_keys(key: Key, text: str, weak: bool) -> None:
    events = server_says(issued(name(COMMON_NAME="us1"), CA, key=key))
    fields = dict(events[0][2])  # type: ignore[call-overload]  # a tuple of pairs
    assert fields.get("tls.certificate_key", "") == text
    assert events[1:] == [*([WEAK_KEY] if weak else []), EXPIRED]


def test_alternative_names_are_capped() -> None:
    events = server_says(issued(CA, names=[x509.DNSName(f"n{i}.example") for i in range(100)]))
    assert sum(field[0] == "tls.certificate_san" for field in events[0][2]) == 16  # type: ignore[attr-defined]  # pairs


@pytest.mark.parametrize(
    ("subject", "names", "expected"),
    [
        (
            name(ORGANIZATION_NAME="Wards", COMMON_NAME="ZQCANARYMARTIN JEANNE"),
            None,
            (("tls.client_certificate_o", "Wards"),),
        ),
        (
            name(ORGANIZATION_NAME="Wards", ORGANIZATIONAL_UNIT_NAME="ICU", COMMON_NAME="zqcanary.jeanne"),
            None,
            (("tls.client_certificate_o", "Wards"), ("tls.client_certificate_ou", "ICU")),
        ),
        (
            name(ORGANIZATION_NAME="Wards", COMMON_NAME="zqcanary@wards.example"),
            None,
            (("tls.client_certificate_o", "Wards"),),
        ),
        (
            name(ORGANIZATION_NAME="Wards", COMMON_NAME="pump7.wards.example"),
            None,
            (("tls.client_certificate_o", "Wards"), ("tls.client_certificate_cn", "pump7.wards.example")),
        ),
        (
            name(ORGANIZATION_NAME="Wards", COMMON_NAME="zqcanary.icu.wards.example", SURNAME="ZQCANARY"),
            None,
            (("tls.client_certificate_o", "Wards"),),
        ),
        (
            name(ORGANIZATION_NAME="Wards", COMMON_NAME="zqcanary.icu.wards.example"),
            [x509.RFC822Name("zqcanary@wards.example")],
            (("tls.client_certificate_o", "Wards"),),
        ),
    ],
)
def test_a_clients_certificate_tells_no_person(
    subject: x509.Name, names: list[x509.GeneralName] | None, expected: tuple[tuple[str, str], ...]
) -> None:
    assert client_says(issued(subject, CA, names=names)) == [about("sender", *expected)]


def broken(der: bytes) -> bytes:
    """The same with a signature algorithm that is no sequence: every length is as it was, and no library takes it."""
    algorithm = bytes.fromhex("300a06082a8648ce3d040302")  # ecdsa-with-SHA256, RFC 5758 section 3.2
    assert algorithm in der
    return der.replace(algorithm, b"\x31" + algorithm[1:])


DAMAGED = x509.Name(
    [
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Acme Médical", _ASN1Type.BMPString),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Imaging"),
        x509.NameAttribute(NameOID.COMMON_NAME, "us1.wards.example", _ASN1Type.PrintableString),
        x509.NameAttribute(NameOID.SERIAL_NUMBER, "SN-4711"),
        x509.NameAttribute(NameOID.EMAIL_ADDRESS, "ZQCANARY@wards.example"),
    ]
)


def test_names_are_saved_out_of_a_damaged_certificate_of_a_server() -> None:
    assert server_says(broken(issued(DAMAGED, CA))) == [
        odd("tls.malformed_certificate"),
        about(
            "sender",
            ("tls.certificate_subject_o", "Acme Médical"),
            ("tls.certificate_subject_ou", "Imaging"),
            ("tls.certificate_subject_cn", "us1.wards.example"),
            ("tls.certificate_subject_serial", "SN-4711"),
            ("tls.certificate_issuer_cn", "Acme Device CA"),
            ("tls.certificate_issuer_o", "Acme Medical"),
        ),
    ]


def test_what_is_saved_is_capped() -> None:
    many = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"n{i}") for i in range(100)])
    fields = [("tls.certificate_subject_cn", f"n{i}") for i in range(16)]
    assert server_says(broken(issued(many, CA))) == [odd("tls.malformed_certificate"), about("sender", *fields)]


def test_nothing_is_saved_out_of_a_damaged_certificate_of_a_client() -> None:
    assert client_says(broken(issued(DAMAGED, CA))) == [odd("tls.malformed_certificate")]


@pytest.mark.parametrize(
    "der",
    [
        "",
        "3000",
        "3080 3080",  # no definite length
        "3085 0000000000",  # a length of five bytes
        "3005 3003 020101",  # a serial number and no more
        "3082",
        "300f 300d a000 020101 3000 3000 3000 3000",  # names without parts, in one byte too few
        "3011 300f a000 020101 3000 3000 3000 3000 00",  # and whole
        "3020 301e 020101 3000 3000 3000 3010 310e 300c 0603550403 0402 0041",  # a bit string for a name
        "3020 301e 020101 3000 3000 3000 3010 310e 300c 0603550403 0c03 ff4142",  # no UTF-8
    ],
)
def test_little_is_saved_where_little_is(der: str) -> None:
    assert server_says(bytes.fromhex(der)) == [odd("tls.malformed_certificate")]


@pytest.mark.filterwarnings("error")  # the library warns of much, and that must not leave the parser either
def test_mutated_certificates_raise_nothing() -> None:
    rng = random.Random(3)
    country = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"), *CA])
    seeds = [
        issued(country, names=[x509.DNSName("us1.wards.example")]),
        issued(CA, key=ed25519.Ed25519PrivateKey.generate()),
    ]
    read = 0
    for _ in range(1500):
        der = bytearray(rng.choice(seeds))
        for _ in range(rng.randint(1, 3)):
            der[rng.randrange(len(der))] = rng.randrange(256)
        read += odd("tls.malformed_certificate") not in server_says(bytes(der))
        client_says(bytes(der))
    assert read > 100  # many stay certificates, and are read as far as they go
