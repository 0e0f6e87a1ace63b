"""MQTT written by hand from OASIS MQTT 3.1.1 and 5.0 chapters 2 and 3."""

from __future__ import annotations

import pytest

from parsers.mqtt import SPEC
from tests.parsers.datagrams import about
from tests.parsers.harness import cut, said

Heard = list[tuple[object, ...]]
BROKER = about("sender", ("mqtt.role", "broker"))
PASSWORD = ("flag", ("receiver", "", ()), "mqtt.password_in_clear")
ANONYMOUS = ("flag", ("sender", "", ()), "mqtt.anonymous")
MQTT, MQISDP = "0004 4d515454", "0006 4d5149736470"
SECRETS = "".join(f"{len(text):04x}" + text.encode().hex() for text in ("zqcanary", "ZQCANARY", "zqcanary", "ZQCANARY"))


def packet(kind: int, rest: str, *, padded: bool = False) -> bytes:
    raw = bytes.fromhex(rest)
    low, high = len(raw) & 0x7F, len(raw) >> 7
    return bytes((kind, low | 0x80, high) if high or padded else (kind, low)) + raw


def connect(name: str, *, protocol: str = MQTT + "04", flags: str = "02", more: str = "", between: str = "") -> bytes:
    raw = name.encode()
    return packet(0x10, f"{protocol} {flags} 003c {between} {len(raw):04x}" + raw.hex() + more)


def client(name: str, version: str = "3.1.1") -> tuple[object, ...]:
    return about(
        "sender", ("mqtt.version", version), ("mqtt.role", "client"), *((("mqtt.client_id", name),) if name else ())
    )


def heard(from_client: bytes = b"", from_broker: bytes = b"") -> Heard:
    segments = [(side, 0, way) for side, way in enumerate((from_client, from_broker)) if way]
    whole = said(SPEC, segments)
    assert said(SPEC, cut(segments, 3)) == whole
    assert "zqcanary" not in repr(whole).lower()
    return whole


PUBLISH = packet(0x30, "0008" + b"ZQCANARY".hex() * 2)
ACCEPTED = packet(0x20, "00 00")


@pytest.mark.parametrize(
    ("sent", "events"),
    [
        (connect("pump-7"), [client("pump-7")]),
        (connect("pump-7", flags="c6", more=SECRETS), [client("pump-7"), PASSWORD]),
        (connect("pump-7", protocol=MQISDP + "03", flags="82"), [client("pump-7", "3.1")]),
        (connect("pump-7", protocol=MQTT + "05", between="05 11 0000000a"), [client("pump-7", "5")]),
        (connect(""), [client("")]),
        (connect("p" * 200), [client("p" * 200)]),
        (connect("p", flags="03"), [("odd", "mqtt.malformed")]),
        (packet(0x10, MQTT + "04 02 003c 0009 6162"), [("odd", "mqtt.malformed")]),
        (packet(0x10, "0004 4d515455 04 02 003c 0001 61"), [("odd", "mqtt.malformed")]),
    ],
)
def test_a_client(sent: bytes, events: Heard) -> None:
    assert heard(sent + PUBLISH) == events


@pytest.mark.parametrize(
    ("sent", "events"),
    [
        (ACCEPTED, [BROKER]),
        (packet(0x20, "00 05"), [BROKER]),
        (
            packet(0x20, "00 9d 0b 1c 0008" + b"10.0.0.9".hex()),
            [BROKER, about("sender", ("mqtt.server_reference", "10.0.0.9"))],
        ),
        (
            packet(0x20, "00 00 12 21 0014 26 0001 61 0001 62 22 000a 12 0003" + b"abc".hex()),
            [BROKER, about("receiver", ("mqtt.assigned_client_id", "abc"))],
        ),
        (packet(0x20, "00 00 06 1f 0008 5a51"), [BROKER]),
        (packet(0x20, "00"), [("odd", "mqtt.malformed")]),
    ],
)
def test_a_broker(sent: bytes, events: Heard) -> None:
    assert heard(b"", sent + PUBLISH) == events


def test_whom_a_broker_lets_in() -> None:
    assert heard(connect("a"), ACCEPTED) == [client("a"), BROKER, ANONYMOUS]
    assert heard(connect("a"), packet(0x20, "00 05")) == [client("a"), BROKER]
    assert heard(connect("a", flags="c2", more=SECRETS), ACCEPTED) == [client("a"), PASSWORD, BROKER]


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (connect("a"), True),
        (connect("a")[:5], None),
        (b"\x10", None),
        (packet(0x10, MQTT + "04 02 003c 0001 61", padded=True), True),
        (ACCEPTED, True),
        (packet(0x20, "00 86 00"), True),
        (ACCEPTED[:3], None),
        (packet(0x20, "01 05"), False),
        (packet(0x20, "00 09"), False),
        (packet(0x20, "02 00 00"), False),
        (b"\x10\xff\xff\xff\xff\x01", False),
        (b"\x10\x0c\0\4HTTP", False),
        (PUBLISH, False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert SPEC.probe(first) is answer
