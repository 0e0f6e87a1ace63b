"""Messages written by hand from RFC 5905 section 7.3 and RFC 9327; dpkt as an oracle."""

from __future__ import annotations

import random

import dpkt
import pytest

from parsers.ntp import SPEC
from tests.parsers.datagrams import Heard, about, heard, odd

NOW = "ed00000080000000"  # in the year 2026
ZERO = "00" * 8


def packet(first: str, stratum: str = "00", poll: str = "06", reference: str = "00000000", transmit: str = NOW) -> str:
    """Leap, version and mode; stratum; poll; precision -20; delay and dispersion 0; reference id; four times."""
    return first + stratum + poll + "ec" + "00000000 00000000" + reference + ZERO + ZERO + transmit + transmit


def control(text: str, *, first: str = "16 82", association: str = "0000", offset: str = "0000") -> str:
    raw = text.encode()
    return f"{first} 0001 0618 {association} {offset} {len(raw):04x}" + raw.hex()


def flag(name: str) -> tuple[object, ...]:
    return ("flag", ("sender", "", ()), name)


def said(mode: str, version: str, *more: tuple[str, str]) -> tuple[object, ...]:
    return about("sender", ("ntp.mode", mode), ("ntp.version", version), *more)


SERVING = ("ntp.server", "yes")
TEXT = 'version="ntpd 4.2.8p15@1.3728-o", processor="x86_64",\r\nsystem="Linux/5.10.0", peer=1, secret="ZQCANARY"'

CASES: dict[str, tuple[str, Heard]] = {
    "a client": (packet("23"), [said("client", "4")]),
    "a client that is itself synchronised": (
        packet("23", "03", reference="0a180001"),
        [said("client", "4", ("ntp.stratum", "3"), ("ntp.reference_id", "10.24.0.1"))],
    ),
    "a client that tells nothing but a random time": ("23" + "00" * 39 + "1234567812345678", [said("client", "4")]),
    "a server on satellites": (
        packet("24", "01", reference=b"GPS\0".hex()),
        [said("server", "4", SERVING, ("ntp.stratum", "1"), ("ntp.reference_id", "GPS"))],
    ),
    "a server of version 3 at stratum 2": (
        packet("1c", "02", reference="c0000201"),
        [said("server", "3", SERVING, ("ntp.stratum", "2"), ("ntp.reference_id", "192.0.2.1"))],
    ),
    "a server that does not know the time, or refuses (stratum 0)": (
        packet("e4", "00", reference=b"RATE".hex()),
        [said("server", "4")],
    ),
    "a broadcast": (packet("25", "02"), [said("broadcast", "4", SERVING, ("ntp.stratum", "2"))]),
    "a peer": (packet("21", "02"), [said("peer", "4", ("ntp.stratum", "2"))]),
    "with an extension": (packet("23") + "0104 0010" + "ab" * 12, [said("client", "4")]),
    "a server from before 2000": (packet("24", "01", transmit="8000000000000000"), [odd("ntp.malformed")]),
    "a poll interval that nobody has": (packet("23", poll="40"), [odd("ntp.malformed")]),
    "stratum 17": (packet("23", "11"), [odd("ntp.malformed")]),
    "a root dispersion of 16 s, as Windows has at first": (
        packet("1b", "02").replace("ec00000000 00000000", "ec00000800 00100000"),
        [said("client", "3", ("ntp.stratum", "2"))],
    ),
    "a server that answers an hour later": (
        packet("24", "02")[:-32] + "ecfff1f000000000" + NOW,
        [odd("ntp.malformed")],
    ),
    "a server whose own time is 107 s off": (
        packet("24", "01", reference=b"SHM\0".hex()).replace("ec00000000 00000000", "ec00000000 006bd0b9"),
        [said("server", "4", SERVING, ("ntp.stratum", "1"), ("ntp.reference_id", "SHM"))],
    ),
    "a client's of 17 s": (packet("1b").replace("ec00000000 00000000", "ec00000000 00110000"), [odd("ntp.malformed")]),
    "cut": (packet("23")[:-8], [odd("ntp.malformed")]),
    "what a server is; other variables are not looked at": (
        control(TEXT),
        [
            about(
                "sender",
                ("ntp.program", "ntpd 4.2.8p15@1.3728-o"),
                ("ntp.processor", "x86_64"),
                ("ntp.system", "Linux/5.10.0"),
            ),
            flag("ntp.control"),
        ],
    ),
    "a name within another": (control('leapversion="ZQCANARY"'), [flag("ntp.control")]),
    "variables of a peer": (control('version="x"', association="1234"), []),
    "the rest of a long answer": (control('version="x"', offset="01d4"), []),
    "a question": ("16 02 0001 0000 0000 0000 0000", []),
    "an error": (control('version="x"', first="16 c2"), []),
    "a list of those who asked": ("97 00 03 2a 0006 0048" + b"ZQCANARY".hex() * 54, [flag("ntp.monlist")]),
    "the question for it": ("17 00 03 2a 0000 0000", []),
    "a refusal of it": ("97 00 03 2a 4000 0000", []),
    "nothing": ("", []),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: str, expected: Heard) -> None:
    assert heard(SPEC, bytes.fromhex(data)) == expected
    assert SPEC.probe(bytes.fromhex(data)) is (expected not in ([odd("ntp.malformed")], []))


def test_what_dpkt_writes_is_read() -> None:
    rng = random.Random(5)
    for _ in range(200):
        stratum, upstream = rng.randint(2, 15), rng.randbytes(4)
        made = dpkt.ntp.NTP(flags=0x24, stratum=stratum, interval=10, precision=0xE9, id=upstream)
        made.update_time = made.originate_time = bytes(8)
        made.receive_time = made.transmit_time = bytes.fromhex(NOW)
        reference = ("ntp.reference_id", ".".join(map(str, upstream)))
        assert heard(SPEC, bytes(made)) == [said("server", "4", SERVING, ("ntp.stratum", str(stratum)), reference)]


def test_other_traffic_is_not_taken_for_time() -> None:
    rng = random.Random(6)
    taken = sum(SPEC.probe(rng.randbytes(48)) is True for _ in range(5000))
    assert taken < 10
