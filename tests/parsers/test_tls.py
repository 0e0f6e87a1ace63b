"""TLS openings built by hand from RFC 8446 and RFC 5246.

JA3 is checked against strings written out by hand and, over captures, against tshark; JA4 against the example that its
authors publish (FoxIO-LLC/ja4, technical_details/JA4.md and python/test/testdata/tls3.pcapng.json, BSD 3-clause).
"""

from __future__ import annotations

import shutil
import struct
import subprocess

import pytest

from parsers.tls import MESSAGE_MAX, RECORD_MAX, SPEC
from parsers.tls_hello import RETRY
from tests.parsers.datagrams import Heard, about, captures, odd
from tests.parsers.harness import cut, one_way, said
from tests.parsers.recorded import streams
from tests.parsers.tls_bytes import (
    CHANGE_CIPHER,
    CLIENT,
    DATA,
    FINISHED,
    HELLO,
    HELLO_FIELDS,
    OLD,
    PLAIN_SERVER,
    PLAIN_SERVER_FIELDS,
    RANDOM,
    SERVER,
    SNI,
    alpn,
    chain,
    client_hello,
    counted,
    extension,
    heard,
    md5,
    message,
    record,
    server_hello,
    sha,
    sni,
    versions,
    words,
)

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
