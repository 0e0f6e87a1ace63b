"""LLMNR messages built by hand from RFC 4795 section 2.1."""

from __future__ import annotations

import pytest

from parsers.llmnr import SAID_MAX, SPEC
from tests.parsers.datagrams import Heard, about, heard, odd
from tests.parsers.dns_bytes import AAAA, PTR, TXT, A, message, name, pointer, question, record

REPLY, CONFLICT, TENTATIVE = 0x8000, 0x0400, 0x0100
ADDRESS = bytes([10, 75, 0, 11])
Q = (question(name("us-cart-4")),)
OWNER = pointer(12)
CART = about("sender", ("llmnr.name", "us-cart-4"))


def reply(*answers: bytes, flags: int = REPLY, **rest: tuple[bytes, ...]) -> bytes:
    return message(flags, ident=7, questions=Q, answers=answers, **rest)


CASES: dict[str, tuple[bytes, Heard]] = {
    "who answers has the name": (
        reply(record(OWNER, A, ADDRESS), record(OWNER, AAAA, b"\xfe\x80" + bytes(13) + b"\1")),
        [CART],
    ),
    "although others have it, too": (reply(record(OWNER, A, ADDRESS), flags=REPLY | CONFLICT), [CART]),
    "not if that is not settled": (reply(record(OWNER, A, ADDRESS), flags=REPLY | TENTATIVE), []),
    "an address, and whose it is": (
        message(
            REPLY,
            questions=(question(name("11.0.75.10.in-addr.arpa"), PTR),),
            answers=(record(name("11.0.75.10.in-addr.arpa"), PTR, name("us-cart-4")),),
        ),
        [about("10.75.0.11", ("llmnr.name", "us-cart-4"))],
    ),
    "who looks for whom": (message(0, ident=7, questions=(question(name("zqcanary-laptop")),)), []),
    "there is no such name": (message(REPLY | 3, questions=(question(name("zqcanary")),)), []),
    "what is beside the answers": (reply(additional=(record(name("zqcanary"), A, ADDRESS),)), []),
    "another sort of record": (reply(record(OWNER, TXT, b"\x08zqcanary")), []),
    "an address that nobody has": (reply(record(OWNER, A, bytes([127, 0, 0, 1]))), []),
    "a name that is no text": (reply(record(name(b"zq\xff"), A, ADDRESS)), []),
    "a record that is cut off": (
        reply(record(OWNER, A, ADDRESS), record(OWNER, A, ADDRESS)[:-2]),
        [CART, odd("llmnr.malformed")],
    ),
    "cut in its head": (b"\0\7\x80\0", [odd("llmnr.cut")]),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: bytes, expected: Heard) -> None:
    assert heard(SPEC, data) == expected
    assert "zqcanary" not in str(heard(SPEC, data))


def test_the_number_of_names_is_capped() -> None:
    many = [record(name(f"host{n}"), A, ADDRESS) for n in range(SAID_MAX + 1)]
    assert heard(SPEC, reply(*many))[SAID_MAX:] == [odd("llmnr.too_many_records")]


@pytest.mark.parametrize(
    ("data", "yes"),
    [
        (reply(record(OWNER, A, ADDRESS)), True),
        (message(0, questions=Q), True),
        (message(0x0100, questions=Q), False),  # DNS: recursion desired
        (message(0x8180, questions=Q), False),  # DNS: recursion available
        (message(REPLY, answers=(record(name("x"), A, ADDRESS),)), False),  # multicast DNS has no question
        (message(0, questions=(question(name("x"), A, 3),)), False),
        (b"", False),
    ],
)
def test_probe(data: bytes, yes: bool) -> None:
    assert SPEC.probe(data) is yes
