"""CoAP written by hand from RFC 7252 section 3 and RFC 6690."""

from __future__ import annotations

import random

import pytest

from parsers.coap import SPEC
from tests.parsers.datagrams import Heard, about, heard, odd

CORE = "bb" + b".well-known".hex() + "04" + b"core".hex()
LINKS = b'</>;ct=0,</zqcanary>;rt="ticks clock";if="sensor",</t>;rt=oic.d.light,</ZQCANARY>;title="ZQCANARY";obs'
SERVER, CLIENT = ("coap.role", "server"), ("coap.role", "client")

CASES: dict[str, tuple[str, Heard]] = {
    "what is there": ("41 01 1234 ab" + CORE, [about("sender", CLIENT)]),
    "whom it means": (
        "40 01 1234 39" + b"fridge-07".hex() + "87" + b"zqcanar".hex(),
        [about("sender", CLIENT), about("receiver", ("coap.host", "fridge-07"))],
    ),
    "a list of resources": (
        "61 45 1234 ab c1 28 ff" + LINKS.hex(),
        [
            about("sender", SERVER),
            about(
                "sender",
                ("coap.resource_type", "ticks"),
                ("coap.resource_type", "clock"),
                ("coap.resource_type", "oic.d.light"),
            ),
        ],
    ),
    "something else": ("61 45 1234 ab c1 00 ff" + b'ZQCANARY;rt="ZQCANARY"'.hex(), [about("sender", SERVER)]),
    "a value that is sent": ("40 03 1234 b1 61 ff" + b"ZQCANARY".hex(), [about("sender", CLIENT)]),
    "a block of a long answer": ("60 45 1234 c1 00 b1 06 ff 41", [about("sender", SERVER)]),
    "an option with a large number": ("40 01 1234 b1 61 d1 24 00 ff 41", [about("sender", CLIENT)]),
    "an option of nobody": ("40 01 1234 a1 61", [odd("coap.malformed")]),
    "an option that is cut": ("40 01 1234 b4 61", [odd("coap.malformed")]),
    "a mark without a payload": ("40 01 1234 b1 61 ff", [odd("coap.malformed")]),
    "another version": ("80 01 1234 b1 61", [odd("coap.malformed")]),
    "an empty acknowledgement": ("60 00 1234", []),
    "nothing": ("", [odd("coap.malformed")]),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: str, expected: Heard) -> None:
    assert heard(SPEC, bytes.fromhex(data)) == expected
    assert SPEC.probe(bytes.fromhex(data)) is (expected not in ([odd("coap.malformed")], []))


def test_other_traffic_is_not_taken_for_it() -> None:
    rng = random.Random(6)
    taken = sum(SPEC.probe(rng.randbytes(rng.randint(5, 80))) is True for _ in range(20000))
    assert taken < 40
