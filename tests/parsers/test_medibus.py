"""MEDIBUS: messages as in tests/parsers/medibus_bytes.py, whose layout comes from programs that read it."""

from __future__ import annotations

import pytest

from parsers.api import PROBE_MAX
from parsers.medibus import MESSAGE_MAX, SPEC
from tests.parsers import medibus_bytes as mb
from tests.parsers.harness import cut, one_way, said

Events = list[tuple[object, ...]]


def device(identity: str, name: str, software: str, version: str) -> Events:
    about = ("sender", "", (("model_station", name, ""),))
    fields = (
        ("medibus.device_id", identity),
        ("medibus.model", name),
        ("medibus.software", software),
        ("medibus.version", version),
    )
    return [("said", about, fields), ("flag", about, "medibus.serial_tunnel")]


EVITA = device("8210", "Evita XL", "06.00", "04.00")
DEVICE_SIDE = mb.INITIALISED + mb.EVITA + mb.VALUES + mb.PATIENT


def test_the_checksum_of_a_command() -> None:
    """Worked out by hand: 1B + 51 = 6C, as the programs that read it send it."""
    assert bytes.fromhex("1b51") + b"6C\r" == mb.INITIALISE
    assert SPEC.probe(mb.INITIALISE + mb.WHO)


def test_a_device_says_who_it_is() -> None:
    assert SPEC.probe(DEVICE_SIDE)
    assert said(SPEC, [(0, 0, mb.INITIALISE + mb.WHO + mb.MEASURED), (1, 0, DEVICE_SIDE)]) == EVITA


@pytest.mark.parametrize("code", [0x23, 0x59, 0x6C])
def test_commands_that_medibus_x_added(code: int) -> None:
    """As in xenon's commands and VSCapture: alarms of a third page, infusion pumps, trends."""
    assert SPEC.probe(mb.INITIALISE + mb.command(code))


def test_the_other_end_is_asked_too() -> None:
    assert said(SPEC, one_way(mb.INITIALISE + mb.COLLECTOR)) == device("0161", "DataGrabber", "01.20", "03.00")


@pytest.mark.parametrize("between", [b"\xd0", mb.REALTIME, b"\x11\x13"])
def test_realtime_data_and_flow_control_between_all_bytes(between: bytes) -> None:
    mixed = between + between.join(bytes((byte,)) for byte in DEVICE_SIDE)
    assert SPEC.probe(mixed)
    assert said(SPEC, one_way(mixed, 1)) == EVITA
    assert said(SPEC, cut(one_way(mixed, 1), 7)) == EVITA


@pytest.mark.parametrize(
    "wrong",
    [
        b"8210Evita XL06.00:04.00",
        b"82G0'Evita XL'06.00:04.00",
        b"8210'Evita XL'06.00",
        b"8210''06.00:04.00",
        b"8210'Evita\x07XL'06.00:04.00",
        b"",
    ],
)
def test_an_identity_of_another_form(wrong: bytes) -> None:
    assert said(SPEC, one_way(mb.INITIALISED + mb.answer(0x52, wrong))) == [("odd", "medibus.malformed")]


def test_an_identity_with_a_bad_checksum_is_none() -> None:
    broken = mb.EVITA.replace(b"Evita XL", b"Evita 4L")
    assert said(SPEC, one_way(mb.INITIALISED + broken + mb.EVITA)) == [("odd", "medibus.bad_checksum"), *EVITA]


def test_a_loss_costs_one_message() -> None:
    stream = mb.INITIALISED + mb.VALUES + mb.EVITA
    at = len(mb.INITIALISED) + 4
    assert said(SPEC, [(1, 0, stream[:at]), (1, at + 3, stream[at + 3 :])]) == [("odd", "medibus.gap"), *EVITA]


def test_a_message_without_end_is_dropped() -> None:
    endless = b"\x01\x24" + b"0" * (2 * MESSAGE_MAX) + b"\r"
    for size in (1, 100, 10_000):
        assert said(SPEC, cut(one_way(endless + mb.EVITA), size)) == [("odd", "medibus.unit_too_long"), *EVITA]


@pytest.mark.parametrize("size", range(1, 11))
def test_it_waits_for_two_messages(size: int) -> None:
    both = mb.INITIALISE + mb.WHO
    assert len(both) == 10
    assert SPEC.probe(both[:size]) is (True if size == 10 else None)


@pytest.mark.parametrize(
    "data",
    [
        mb.INITIALISE + b"\x1b\x5200\r",
        b"\x1b\x5100\r" + mb.WHO,
        mb.INITIALISE + b"garbage\r",
        b"\x1b[2J\x1b[1;1H",
        b"\x01\x00",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01",
        b"\x1b\x24" + b"0" * PROBE_MAX,
        b"\xff" * PROBE_MAX,
    ],
)
def test_what_it_is_not(data: bytes) -> None:
    assert SPEC.probe(data) is False


def test_no_text_is_read() -> None:
    assert b"ZQCANARY" in mb.PATIENT
    assert said(SPEC, one_way(mb.PATIENT + mb.VALUES)) == []
