"""SMTP, POP3 and IMAP by hand from RFC 5321, 1939, 3501; the captures hold what Dovecot and OpenSMTPD do."""

from __future__ import annotations

import pytest

from parsers import imap, pop3, smtp
from parsers.api import StreamSpec
from tests.parsers.datagrams import about, odd
from tests.parsers.harness import cut, said

CLIENT, SERVER = 0, 1
HELLO = bytes.fromhex("16 0301 0005") + b"hello"


def heard(spec: StreamSpec, client: bytes = b"", server: bytes = b"") -> list[tuple[object, ...]]:
    segments = [(side, 0, way) for side, way in ((CLIENT, client), (SERVER, server)) if way]
    whole = said(spec, segments)
    for size in (1, 7, 40):
        assert said(spec, cut(segments, size)) == whole
    return whole


def in_clear(spec: StreamSpec) -> tuple[object, ...]:
    return ("flag", ("receiver", "", ()), f"{spec.name}.password_in_clear")


def told(**fields: str) -> tuple[object, ...]:
    return about("sender", *((name.replace("_", ".", 1), value) for name, value in fields.items()))


@pytest.mark.parametrize(
    ("greeting", "fields"),
    [
        (
            "mail.ward.example ESMTP Postfix (Debian/GNU)",
            {"smtp_host_name": "mail.ward.example", "smtp_banner": "ESMTP Postfix (Debian/GNU)"},
        ),
        (
            "PACS1 ESMTP Sendmail 8.14.4/8.14.4; Mon, 23 Nov 2026 20:00:01 +0100",
            {"smtp_host_name": "pacs1", "smtp_banner": "ESMTP Sendmail 8.14.4/8.14.4"},
        ),
        ("ESMTP", {"smtp_banner": "ESMTP"}),
        (
            "x.example Microsoft ESMTP MAIL Service ready at Mon, 23 Nov 2026",
            {"smtp_host_name": "x.example", "smtp_banner": "Microsoft ESMTP MAIL Service"},
        ),
    ],
)
def test_a_mail_server_greets(greeting: str, fields: dict[str, str]) -> None:
    assert heard(smtp.SPEC, server=f"220 {greeting}\r\n250-ZQCANARY\r\n".encode()) == [told(**fields)]


def test_nothing_of_a_mail_is_read() -> None:
    mail = b"MAIL FROM:<zqcanary@x>\r\nRCPT TO:<zqcanary@x>\r\nDATA\r\nEHLO zqcanary.example\r\n"
    assert heard(smtp.SPEC, b"EHLO CT7.ward.example\r\n" + mail) == [told(smtp_client_host_name="ct7.ward.example")]
    assert heard(smtp.SPEC, b"EHLO [10.0.0.7]\r\nEHLO zqcanary@x\r\n" + mail) == []


@pytest.mark.parametrize(
    ("spec", "client", "flagged"),
    [
        (smtp.SPEC, b"AUTH PLAIN AHpxY2FuYXJ5\r\nZQCANARY\r\n", True),
        (smtp.SPEC, b"auth login\r\nZQCANARY\r\n", True),
        (smtp.SPEC, b"AUTH CRAM-MD5\r\nZQCANARY\r\n", False),
        (pop3.SPEC, b"USER zqcanary\r\nPASS ZQCANARY\r\nRETR 1\r\n", True),
        (pop3.SPEC, b"APOP zqcanary 0123\r\n", False),
        (pop3.SPEC, b"AUTH\r\nAUTH PLAIN\r\nZQCANARY\r\n", True),
        (imap.SPEC, b'a1 CAPABILITY\r\na2 login zqcanary "ZQCANARY"\r\n', True),
        (imap.SPEC, b"a1 AUTHENTICATE PLAIN\r\nZQCANARY\r\n", True),
        (imap.SPEC, b"a1 AUTHENTICATE GSSAPI\r\nZQCANARY\r\n", False),
    ],
)
def test_passwords_in_clear(spec: StreamSpec, client: bytes, flagged: bool) -> None:
    assert heard(spec, client) == ([in_clear(spec)] if flagged else [])


@pytest.mark.parametrize(
    ("spec", "client", "server", "name"),
    [
        (smtp.SPEC, b"STARTTLS\r\n", b"220 m.example ESMTP x\r\n220 go ahead\r\n", "smtp.banner"),
        (pop3.SPEC, b"CAPA\r\nSTLS\r\n", b"+OK ready\r\n+OK\r\nSTLS\r\n.\r\n+OK begin\r\n", "pop3.banner"),
        (imap.SPEC, b"a STARTTLS\r\n", b"* OK [CAPABILITY STARTTLS] ready\r\na OK begin\r\n", "imap.banner"),
    ],
)
def test_tls_begins_behind_the_greeting(spec: StreamSpec, client: bytes, server: bytes, name: str) -> None:
    events = heard(spec, client + HELLO, server + HELLO)
    assert [e for e in events if e[0] == "anew"] == [("anew", CLIENT, len(client)), ("anew", SERVER, len(server))]
    assert name in repr(events)


def test_what_passes_is_left_out_of_greetings() -> None:
    assert heard(pop3.SPEC, server=b"+OK POP3 ready <1896.69@zqcanary.example>\r\n") == [told(pop3_banner="POP3 ready")]
    assert heard(imap.SPEC, server=b"* OK [CAPABILITY IMAP4rev1] Dovecot ready.\r\n") == [
        told(imap_banner="Dovecot ready.")
    ]
    long = b"* OK [CAPABILITY IMAP4rev1 %s] IMAP server ready H mx7\r\n" % b" ".join([b"THREAD=REFS"] * 30)
    assert heard(imap.SPEC, server=long) == [about("sender", ("imap.banner", "IMAP server ready H mx7"))]


@pytest.mark.parametrize(("spec", "lines"), [(pop3.SPEC, b"+OK ZQCANARY\r\n"), (imap.SPEC, b"* 1 FETCH ZQCANARY\r\n")])
def test_mail_ends_a_server(spec: StreamSpec, lines: bytes) -> None:
    assert "ZQCANARY" not in repr(heard(spec, server=b"-ERR\r\n" + lines * 300))
    assert heard(spec, server=b"Z" * 2000) == [odd(f"{spec.name}.no_unit")]


@pytest.mark.parametrize(
    ("spec", "first", "answer"),
    [
        (smtp.SPEC, b"220 m ESMTP x\r\n", True),
        (smtp.SPEC, b"220 m ESMTP", None),
        (smtp.SPEC, b"220 FTP\r\n", False),
        (smtp.SPEC, b"ehlo x", True),
        (smtp.SPEC, b"EH", None),
        (smtp.SPEC, b"HELP", False),
        (smtp.SPEC, b"", None),
        (pop3.SPEC, b"+OK ready\r\n", True),
        (pop3.SPEC, b"+OK\r\n", False),  # Redis
        (pop3.SPEC, b"+O", None),
        (pop3.SPEC, b"capa\r\n", True),
        (pop3.SPEC, b"", None),
        (pop3.SPEC, b"GET", False),
        (imap.SPEC, b"* OK ready\r\n", True),
        (imap.SPEC, b"* PRE", None),
        (imap.SPEC, b"* BYE\r\n", False),
        (imap.SPEC, b"", None),
    ],
)
def test_probe(spec: StreamSpec, first: bytes, answer: bool | None) -> None:
    assert spec.probe(first) is answer
