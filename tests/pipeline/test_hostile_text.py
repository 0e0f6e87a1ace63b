"""Text from the wire on its way to people: terminal sequences, bidirectional marks, line ends, markup and formulas."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from sensor.cli.main import main
from tests.parsers.dicom_bytes import IMPLICIT, VERIFICATION, ac, rq, user
from tests.pipeline import attacks
from tests.pipeline.frames import ACK, SYN, tcp, write

ESCAPE = "\x1b[31m\x1b]0;owned\x07"
BIDI = "\u202eevil\u2066"
MARKUP = "[bold]x[/bold]<script>alert(1)</script>"
FORMULA = "=HYPERLINK(0)"
NASTY = (FORMULA, f"+{MARKUP}", f"@{BIDI}", f"-{ESCAPE}", f"{ESCAPE}{BIDI}{MARKUP}", "two\r\nlines\x0b\x85\u2028more")
LOUD = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
)  # all that could be seen to act on a terminal, but the line ends of the output itself


def conversation(number: int, port: int, *turns: tuple[bytes, bytes]) -> Iterator[bytes]:
    """A TCP connection of its own host: what the client says and the server answers, turn by turn."""
    client = attacks.HERE + number
    yield tcp(client, attacks.THERE, 5000, port, attacks.LAST, SYN, ident=number)
    asked = answered = 0
    for ask, answer in turns:
        yield tcp(client, attacks.THERE, 5000, port, asked, ACK, ask, ident=number + asked + 1)
        yield tcp(attacks.THERE, client, port, 5000, answered, ACK, answer, ident=number + asked + 1)
        asked, answered = asked + len(ask), answered + len(answer)


def frames() -> Iterator[bytes]:
    for number, text in enumerate(NASTY):
        raw = text.encode()
        title = text.encode("ascii", "replace")[:16].decode()
        asked = rq({1: (VERIFICATION, [IMPLICIT])}, calling=title, user_information=user(version=title))
        yield from conversation(number, 104, (asked, ac({1: (0, IMPLICIT)}, calling=title)))
        line = raw.replace(b"\r", b"").replace(b"\n", b"")
        request = b"GET / HTTP/1.1\r\nHost: pacs\r\nUser-Agent: %b\r\n\r\n" % line
        reply = b"HTTP/1.1 200 OK\r\nServer: %b\r\nContent-Length: 0\r\n\r\n" % line
        yield from conversation(number, 80, (request, reply))
        message = b"\x0bMSH|^~\\&|%b|ICU|ENGINE|KIS|20260105080000||ORU^R01|1|P|2.6|||||||UTF-8\r\x1c\r" % line
        yield from conversation(number, 2575, (message, b""))
    yield from attacks.lessees(len(NASTY), lambda i: NASTY[i].encode())
    yield from attacks.announcers(len(NASTY), lambda i: NASTY[i].encode()[:63])


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("hostile")
    capture = write(folder / "nasty\x1b[31m\u202e.pcap", frames())
    url = f"sqlite:///{folder}/x.db"
    done = CliRunner().invoke(main, ["read", str(capture), "--db", url])
    assert done.exit_code == 0, done.output
    is_quiet(done.output)
    again = CliRunner().invoke(main, ["read", str(capture), "--again", "--json", "--db", url])
    assert again.exit_code == 0, again.output
    is_quiet(again.output)
    assert json.loads(again.stdout)["name"] == capture.name
    return url


def is_quiet(text: str) -> None:
    assert not LOUD.findall(text)


def printed(*words: str) -> str:
    done = CliRunner().invoke(main, list(words))
    assert done.exit_code == 0, done.output
    assert done.stdout
    is_quiet(done.output)
    return done.stdout


COMMANDS = (
    ("devices",),
    ("devices", "list", "--unconfirmed"),
    ("evidence",),
    ("conversations",),
    ("findings",),
    ("db", "status"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_tables(command: tuple[str, ...], db: str) -> None:
    printed(*command, "--db", db)


def test_everything_is_there_to_be_seen(db: str) -> None:
    text = printed("evidence", "--db", db)
    assert FORMULA in text
    assert MARKUP in text
    assert "\\u202eevil\\u2066" in text
    assert "\\x1b[31m" in text


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_json(command: tuple[str, ...], db: str) -> None:
    text = printed(*command, "--json", "--db", db)
    assert all(json.loads(line) for line in text.splitlines())


def test_json_says_what_was_on_the_wire(db: str) -> None:
    values = {json.loads(line)["value"] for line in printed("evidence", "--json", "--db", db).splitlines()}
    assert {FORMULA, f"+{MARKUP}", f"@{BIDI}", f"-{ESCAPE}"} <= values


def test_each_device_and_why(db: str) -> None:
    for line in printed("devices", "--json", "--db", db).splitlines():
        device = json.loads(line)["id"]
        for command in ("show", "why"):
            printed("devices", command, device, "--db", db)
            printed("devices", command, device, "--json", "--db", db)


@pytest.mark.parametrize("what", ["devices", "evidence", "conversations", "findings"])
def test_spreadsheets(what: str, db: str) -> None:
    """A cell that begins like a formula begins with an apostrophe instead (OWASP, CSV injection)."""
    done = CliRunner().invoke(main, ["export", "csv", "--what", what, "--db", db])
    assert done.exit_code == 0, done.output
    text = done.stdout_bytes.decode()
    is_quiet(text.replace("\r\n", "\n"))
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]
    if what == "evidence":
        assert f"'{FORMULA}" in cells


@pytest.mark.parametrize("what", ["devices", "evidence", "conversations", "findings"])
def test_lines_of_json(what: str, db: str) -> None:
    text = printed("export", "jsonl", "--what", what, "--db", db)
    assert all(json.loads(line) for line in text.splitlines())
