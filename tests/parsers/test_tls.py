"""TLS openings built by hand from RFC 8446 and RFC 5246.

JA3 is checked against strings written out by hand and, over captures, against tshark; JA4 against the example that its
authors publish (FoxIO-LLC/ja4, technical_details/JA4.md and python/test/testdata/tls3.pcapng.json, BSD 3-clause).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import random
import shutil
import struct
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from parsers.tls import MESSAGE_MAX, RECORD_MAX, SPEC
from parsers.tls_hello import RETRY
from tests.parsers.datagrams import Heard, about, captures, odd
from tests.parsers.harness import cut, one_way, said
from tests.parsers.recorded import streams

CLIENT, SERVER = 0, 1
RANDOM = bytes(range(32))
CHANGE_CIPHER = bytes.fromhex("14 0303 0001 01")
DATA = bytes.fromhex("17 0303 0004 deadbeef")
FINISHED = bytes.fromhex("16 0303 0028") + bytes(40)  # encrypted


def counted(data: bytes, size: int) -> bytes:
    return len(data).to_bytes(size, "big") + data


def words(*numbers: int) -> bytes:
    return b"".join(struct.pack(">H", number) for number in numbers)


def record(data: bytes, kind: int = 22) -> bytes:
    return bytes([kind, 3, 1]) + counted(data, 2)


def message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + counted(body, 3)


def extension(kind: int, data: bytes = b"") -> bytes:
    return words(kind) + counted(data, 2)


def sni(name: bytes) -> bytes:
    return extension(0, counted(b"\0" + counted(name, 2), 2))


def alpn(*protocols: bytes) -> bytes:
    return extension(16, counted(b"".join(counted(protocol, 1) for protocol in protocols), 2))


def versions(*numbers: int) -> bytes:
    return extension(43, counted(words(*numbers), 1))


def client_hello(ciphers: tuple[int, ...], *extensions: bytes, version: int = 0x0303, session: bytes = b"") -> bytes:
    body = words(version) + RANDOM + counted(session, 1) + counted(words(*ciphers), 2) + b"\1\0"
    return message(1, body + (counted(b"".join(extensions), 2) if extensions else b""))


def server_hello(cipher: int, *extensions: bytes, version: int = 0x0303, random: bytes = RANDOM) -> bytes:
    body = words(version) + random + b"\0" + words(cipher) + b"\0"
    return message(2, body + (counted(b"".join(extensions), 2) if extensions else b""))


def chain(*certificates: bytes) -> bytes:
    return message(11, counted(b"".join(counted(der, 3) for der in certificates), 3))


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def heard(client: bytes = b"", server: bytes = b"") -> Heard:
    return said(SPEC, [*one_way(client, CLIENT), *one_way(server, SERVER)])


HELLO = client_hello(
    (0x0A0A, 0xC02F, 0x009C),  # the first is GREASE (RFC 8701)
    extension(0x1A1A),
    sni(b"PACS.wards.example"),
    extension(10, counted(words(0x2A2A, 29, 23), 2)),
    extension(11, counted(b"\0", 1)),
    extension(13, counted(words(0x0403, 0x0804), 2)),
    alpn(b"h2", b"http/1.1"),
)
HELLO_FIELDS = (
    ("tls.versions", "TLS 1.2"),
    ("tls.alpn", "h2,http/1.1"),
    ("tls.ja3", md5("771,49199-156,0-10-11-13-16,29-23,0")),
    ("tls.ja4", f"t12d0205h2_{sha('009c,c02f')}_{sha('000a,000b,000d_0403,0804')}"),
)
SNI = about("receiver", ("tls.sni", "pacs.wards.example"))
OLD = ("flag", ("sender", "", ()), "tls.old_version")
PLAIN_SERVER = server_hello(0xC02F, extension(0xFF01, b"\0"))
PLAIN_SERVER_FIELDS = (("tls.version", "TLS 1.2"), ("tls.cipher", "c02f"), ("tls.ja3s", md5("771,49199,65281")))

CASES: dict[str, tuple[bytes, bytes, Heard]] = {
    "a client's hello": (record(HELLO), b"", [SNI, about("sender", *HELLO_FIELDS)]),
    "in records of seven bytes": (
        b"".join(record(HELLO[i : i + 7]) for i in range(0, len(HELLO), 7)),
        b"",
        [SNI, about("sender", *HELLO_FIELDS)],
    ),
    "TLS 1.0 without extensions": (
        record(client_hello((5, 10), version=0x0301)),
        b"",
        [
            about(
                "sender",
                ("tls.versions", "TLS 1.0"),
                ("tls.ja3", md5("769,5-10,,,")),
                ("tls.ja4", f"t10i020000_{sha('0005,000a')}_000000000000"),
            ),
            OLD,
        ],
    ),
    "offered versions: newest first, GREASE and a draft among them": (
        record(client_hello((0x1301,), versions(0xFAFA, 0x0304, 0x7F1C, 0x0303))),
        b"",
        [
            about(
                "sender",
                ("tls.versions", "TLS 1.3,TLS 1.3 draft 28,TLS 1.2"),
                ("tls.ja3", md5("771,4865,43,,")),
                ("tls.ja4", f"t00i010100_{sha('1301')}_{sha('002b')}"),
            )
        ],
    ),
    "a server of TLS 1.2": (b"", record(PLAIN_SERVER), [about("sender", *PLAIN_SERVER_FIELDS)]),
    "a server that chooses ALPN": (
        b"",
        record(server_hello(0xC02F, alpn(b"h2"))),
        [
            about(
                "sender",
                ("tls.version", "TLS 1.2"),
                ("tls.cipher", "c02f"),
                ("tls.alpn_chosen", "h2"),
                ("tls.ja3s", md5("771,49199,16")),
            )
        ],
    ),
    "a server of TLS 1.3: nothing after its hello is read": (
        b"",
        record(server_hello(0x1301, extension(51, b"\0\x1d\0\0"), extension(43, b"\3\4")))
        + b"garbage that would be odd",
        [about("sender", ("tls.version", "TLS 1.3"), ("tls.cipher", "1301"), ("tls.ja3s", md5("771,4865,51-43")))],
    ),
    "a HelloRetryRequest is not the choice; what follows it is (RFC 8446 section 4.1.4)": (
        b"",
        record(server_hello(0x1302, extension(43, b"\3\4"), random=RETRY))
        + CHANGE_CIPHER
        + record(server_hello(0x1302, extension(43, b"\3\4"), extension(51, b"\0\x17"))),
        [about("sender", ("tls.version", "TLS 1.3"), ("tls.cipher", "1302"), ("tls.ja3s", md5("771,4866,43-51")))],
    ),
    "SSL 3.0": (
        b"",
        record(server_hello(5, version=0x0300)),
        [about("sender", ("tls.version", "SSL 3.0"), ("tls.cipher", "0005"), ("tls.ja3s", md5("768,5,"))), OLD],
    ),
    "a second hello after a retry is not said again": (
        record(HELLO) + CHANGE_CIPHER + record(HELLO),
        b"",
        [SNI, about("sender", *HELLO_FIELDS)],
    ),
    "a warning before the hello": (
        bytes.fromhex("15 0301 0002 01 00") + record(HELLO),
        b"",
        [SNI, about("sender", *HELLO_FIELDS)],
    ),
    "joined at data: nothing": (DATA * 3, DATA * 3, []),
    "joined at the change of cipher: nothing": (CHANGE_CIPHER + FINISHED + DATA, b"", []),
    "joined at an encrypted handshake message": (
        bytes.fromhex("16 0303 0028 9f") + bytes(39),
        b"",
        [odd("tls.unknown_message")],
    ),
    "not TLS": (b"GET / HTTP/1.1\r\n\r\n", b"", [odd("tls.no_record")]),
    "lost footing after the hello": (
        record(HELLO) + b"GET / HTTP",
        b"",
        [SNI, about("sender", *HELLO_FIELDS), odd("tls.no_record")],
    ),
    "a hello in SSL 2.0 form (RFC 5246 appendix E.2), then the handshake goes on": (
        bytes.fromhex("801c 01 0301 0003 0000 0010 000005") + bytes(16) + record(client_hello((5, 10), version=0x0301)),
        b"",
        [
            odd("tls.ssl2_hello"),
            about(
                "sender",
                ("tls.versions", "TLS 1.0"),
                ("tls.ja3", md5("769,5-10,,,")),
                ("tls.ja4", f"t10i020000_{sha('0005,000a')}_000000000000"),
            ),
            OLD,
        ],
    ),
    "a cut list of extensions: the name is said, no fingerprint": (
        record(
            message(1, words(0x0303) + RANDOM + b"\0" + counted(words(5), 2) + b"\1\0" + b"\0\xff" + sni(b"us1.wards"))
        ),
        b"",
        [
            about("receiver", ("tls.sni", "us1.wards")),
            odd("tls.malformed_extensions"),
            about("sender", ("tls.versions", "TLS 1.2")),
        ],
    ),
    "SSL 2.0 and nothing newer": (
        bytes.fromhex("801c 01 0002 0003 0000 0010 000005") + bytes(16) + b"not looked at",
        b"",
        [odd("tls.ssl2_hello")],
    ),
    "a hello without its random": (record(message(1, b"\3\3" + bytes(10))), b"", [odd("tls.malformed_hello")]),
    "a hello whose session id leaves it": (
        record(message(1, words(0x0303) + RANDOM + b"\x20" + bytes(5))),
        record(message(2, words(0x0303) + RANDOM + b"\x20" + bytes(5))),
        [odd("tls.malformed_hello"), odd("tls.malformed_hello")],
    ),
    "a server's hello without its random": (b"", record(message(2, b"\3\3")), [odd("tls.malformed_hello")]),
    "a list of extensions of one byte, and one whose last leaves it": (
        record(message(1, words(0x0303) + RANDOM + b"\0" + counted(words(5), 2) + b"\1\0" + b"\0")),
        record(message(2, words(0x0303) + RANDOM + b"\0" + words(5) + b"\0" + counted(b"\0\x17\0\x09", 2))),
        [
            odd("tls.malformed_extensions"),
            about("sender", ("tls.versions", "TLS 1.2")),
            odd("tls.malformed_extensions"),
            about("sender", ("tls.version", "TLS 1.2"), ("tls.cipher", "0005")),
        ],
    ),
    "a list of groups whose count is wrong": (
        record(client_hello((5,), extension(10, b"\0\x09\0\x1d"))),
        b"",
        [odd("tls.malformed_extensions"), about("sender", ("tls.versions", "TLS 1.2"))],
    ),
    "a certificate message of four bytes": (
        b"",
        record(PLAIN_SERVER + message(11, b"\0\0\1x")),
        [about("sender", *PLAIN_SERVER_FIELDS), odd("tls.malformed_certificate")],
    ),
    "a hello that ends in its ciphers": (
        record(message(1, words(0x0303) + RANDOM + b"\0" + b"\0\x08" + words(5, 6))),
        b"",
        [odd("tls.malformed_hello")],
    ),
    "a name that is none": (
        record(client_hello((5,), sni(b"two words\x01"))),
        b"",
        [
            about(
                "sender",
                ("tls.versions", "TLS 1.2"),
                ("tls.ja3", md5("771,5,0,,")),
                ("tls.ja4", f"t12d010100_{sha('0005')}_000000000000"),
            )
        ],
    ),
    "a certificate without a hello may be a person's": (
        b"",
        record(chain(b"x" * 100)),
        [odd("tls.certificate_of_nobody")],
    ),
    "a certificate that is none": (
        b"",
        record(PLAIN_SERVER + chain(b"\x30\x03abc")),
        [about("sender", *PLAIN_SERVER_FIELDS), odd("tls.malformed_certificate")],
    ),
    "a certificate longer than its list": (
        b"",
        record(PLAIN_SERVER + message(11, b"\0\0\x10" + b"\0\1\0" + b"x" * 13)),
        [about("sender", *PLAIN_SERVER_FIELDS), odd("tls.malformed_certificate")],
    ),
    "a client without a certificate": (
        record(HELLO + message(11, bytes(3))),
        b"",
        [SNI, about("sender", *HELLO_FIELDS)],
    ),
    "the stream ends inside a message": (record(HELLO[:-1]), b"", [odd("tls.unfinished")]),
}


@pytest.mark.parametrize(("client", "server", "expected"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("size", [None, 1, 7])
def test_case(client: bytes, server: bytes, expected: Heard, size: int | None) -> None:
    whole = [*one_way(client, CLIENT), *one_way(server, SERVER)]
    assert said(SPEC, whole if size is None else cut(whole, size)) == expected


def test_ja4_of_the_published_example() -> None:
    ciphers = "1301 1302 1303 c02b c02f c02c c030 cca9 cca8 c013 c014 009c 009d 002f 0035"
    kinds = "0023 0033 ff01 000a 0012 0005 0017 4469 0000 001b 000d 002d 000b 002b 0010 0015"
    signatures = words(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601)
    known = {
        0: sni(b"darksail.ai"),
        13: extension(13, counted(signatures, 2)),
        16: alpn(b"h2"),
        43: versions(0x0304, 0x0303),
    }
    known |= {10: extension(10, counted(words(29), 2)), 11: extension(11, counted(b"\0", 1))}
    numbers = [int(kind, 16) for kind in kinds.split()]
    hello = client_hello(
        tuple(int(cipher, 16) for cipher in ciphers.split()), *(known.get(kind, extension(kind)) for kind in numbers)
    )
    fields = dict(heard(record(hello))[1][2])  # type: ignore[call-overload]  # a tuple of pairs, typed as object
    assert fields["tls.ja4"] == "t13d1516h2_8daaf6152771_e5627efa2ab1"


@pytest.mark.parametrize(
    ("protocol", "text"),
    [
        (b"h2", "h2"),
        (b"http/1.1", "h1"),
        (b"\xab", "ab"),  # the four below: the table in JA4.md
        (b"\xab\xcd", "ad"),
        (b"\x30\xab", "3b"),
        (b"\x30\x31\xab\xcd", "3d"),
        (b"\x30\xab\xcd\x31", "01"),
        (b"", "00"),
    ],
)
def test_ja4_alpn(protocol: bytes, text: str) -> None:
    fields = dict(heard(record(client_hello((5,), alpn(protocol))))[0][2])  # type: ignore[call-overload]  # as above
    assert fields["tls.ja4"][8:10] == text


def test_a_message_over_the_cap_is_stepped_over() -> None:
    big = message(11, bytes(MESSAGE_MAX + 1))
    server = b"".join(record(part) for part in (PLAIN_SERVER, *(big[i : i + 16000] for i in range(0, len(big), 16000))))
    server += record(message(14, b"")) + b"not looked at"
    assert heard(server=server) == [about("sender", *PLAIN_SERVER_FIELDS), odd("tls.message_too_long")]


def test_a_loss_in_what_is_not_wanted_costs_nothing_and_elsewhere_ends_it() -> None:
    unwanted = record(message(22, bytes(500)))  # a certificate status
    server = unwanted + record(PLAIN_SERVER)
    lost = [(SERVER, 0, server[:50]), (SERVER, 450, server[450:])]
    assert said(SPEC, lost) == [about("sender", *PLAIN_SERVER_FIELDS)]
    client = record(HELLO)
    assert said(SPEC, [(CLIENT, 0, client[:50]), (CLIENT, 60, client[60:])]) == [odd("tls.gap")]


def test_bytes_that_come_twice_count_once() -> None:
    client = record(HELLO)
    assert said(SPEC, [(CLIENT, 0, client[:50]), (CLIENT, 40, client[40:])]) == [SNI, about("sender", *HELLO_FIELDS)]


# Certificates

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


# Probe


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (record(HELLO), True),
        (record(PLAIN_SERVER), True),
        (record(HELLO)[:9], None),
        (b"\x16\x03", None),
        (b"", None),
        (DATA + DATA, True),
        (DATA + b"GET / HTTP", False),
        (CHANGE_CIPHER, True),
        (bytes.fromhex("15 0301 0002 0228"), True),
        (bytes.fromhex("801c 01 0301 0003 0000 0010 000005"), True),
        (bytes.fromhex("801c 01 0301 0003 0000 0011 000005"), False),  # lengths disagree
        (bytes.fromhex("16 0301") + struct.pack(">H", RECORD_MAX + 1) + HELLO, False),
        (bytes.fromhex("16 0301 0100 01 ffffff 0303"), False),
        (bytes.fromhex("16 feff 0000"), False),  # DTLS
        (record(HELLO[:2]), True),  # split very small
        (record(message(11, b"x" * 50)), True),  # joined at the certificate
        (record(b"\x99" + bytes(50)), False),  # no such message
        (b"GET / HTTP/1.1\r\n", False),
        (b"SSH-2.0-x\r\n", False),
        (bytes(20), False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert SPEC.probe(first) is answer


# A second opinion


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_sees_no_name_and_no_fingerprint_that_we_do_not() -> None:
    """Where all connections begin with TLS. tshark also says JA3S for a HelloRetryRequest."""
    compared = 0
    for path in (path for path in captures() if path.parent.name == "tls"):
        ours: set[tuple[str, str]] = set()
        ours_is_all = True
        for ways in streams(path):
            if not all(way == b"" or SPEC.probe(way[:4096]) for way in ways):
                ours_is_all = False  # another protocol turned to TLS, or an early draft
                continue
            for event in heard(*ways):
                if event[0] == "said":
                    ours |= set(event[2])  # type: ignore[call-overload]  # pairs
        theirs = tshark(path)
        for observable, values in theirs.items():
            known = {value for key, value in ours if key == observable}
            compared += len(known)
            assert known <= values or not ours_is_all, path
            if ours_is_all and observable != "tls.ja3s":
                assert known == values, path
    assert compared


def tshark(path: object) -> dict[str, set[str]]:
    columns = {
        "tls.handshake.ja3": "tls.ja3",
        "tls.handshake.ja3s": "tls.ja3s",
        "tls.handshake.extensions_server_name": "tls.sni",
    }
    fields = [part for column in columns for part in ("-e", column)]
    command = ["tshark", "-r", str(path), "-Y", "tcp && tls.handshake.type in {1, 2}", "-T", "fields", *fields]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    found: dict[str, set[str]] = {observable: set() for observable in columns.values()}
    for line in lines:
        for observable, cell in zip(columns.values(), line.split("\t"), strict=True):
            found[observable] |= {value.lower() for value in cell.split(",") if value}
    return found
