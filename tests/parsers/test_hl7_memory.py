"""HL7 v2: what is remembered of messages, for how many of them, and that nothing of a patient is among it."""

from __future__ import annotations

import pytest

from parsers import hl7_devices, hl7_identity
from parsers.api import Event, Said
from parsers.hl7_blocks import Blocks
from parsers.hl7_memory import REMEMBERED, SIZE_MAX, Remembered
from tests.parsers.hl7_messages import MDS_ROW, block, msh, obx18
from tests.parsers.test_hl7_persons import PERSONS, RESULTS

Z = "ZQCANARY"


def heard(blob: bytes, size: int = 1 << 20) -> list[Event]:
    """What one direction says of a stream that comes in pieces of that size."""
    way = Blocks()
    return [event for at in range(0, len(blob), size) for event in way.feed(blob[at : at + size], at)]


def monitor(number: int, control: str = "1", value: str = "80") -> bytes:
    """A message of a monitor; control, MSH-7, MSH-8 and the value are of this message alone."""
    head = msh(app=f"MON{number}", control=control).replace("|20260101120000||", f"|2026010112{control}|{Z}{control}|")
    results = [obx18(f"M{number}^^080019FFFE{number:06d}^EUI-64").replace("|5.2|", f"|{value}|")] * 3
    return block(head, f"PID|1||{Z}{control}", *results, MDS_ROW)


@pytest.mark.parametrize("size", [1 << 20, 300, 40])
def test_what_is_said_again_is_said_with_the_same_objects(size: int) -> None:
    once, again = heard(monitor(1), size), heard(monitor(1, "4711", "91"), size)
    assert [event for event in once if isinstance(event, Said)]
    assert len(once) == len(again) > 3
    assert all(one is other for one, other in zip(once, again, strict=True))


def test_an_answer_that_comes_again_is_the_same_object() -> None:
    """By turns with the beginning and with the end of a message, as segments of a connection have them."""
    way, answers, at = Blocks(), [], 0
    for number in range(4):
        message = monitor(1, str(number), str(60 + number))
        for piece in (message[:400], message[400:]):
            answers.append(way.feed(piece, at))
            at += len(piece)
    assert answers[0]
    assert answers[1]
    assert answers[0] is not answers[1]
    assert all(answer is answers[i % 2] for i, answer in enumerate(answers))


def test_the_receiver_of_many_is_one_object() -> None:
    def receiver(number: int) -> Said:
        saying = (event for event in heard(monitor(number)) if isinstance(event, Said))
        return next(event for event in saying if event.about.host == "receiver")

    assert receiver(1) is receiver(2)


def test_others_are_others() -> None:
    assert heard(monitor(1)) != heard(monitor(2))
    bolt, acme = (heard(block(msh(), obx18(f"AN1^{maker}"))) for maker in ("Bolt", "Acme"))
    assert bolt != acme
    assert heard(block(msh(version="2.3"))) != heard(block(msh(version="2.4")))
    plain, empty = heard(block("MSH|^~\\&|A|B|C|D|1||ACK|1|P|2.3")), heard(block("MSH|^~\\&|A|B|C|D|1||ACK|1|P|"))
    assert plain != empty


@pytest.mark.parametrize("size", [1 << 20, 64])
@pytest.mark.parametrize("ending", ["\r", "\n", "\r\n"], ids=["cr", "lf", "crlf"])
@pytest.mark.parametrize("kind", ["ORU^R01", "ADT^A01", "RGV^O15"])
def test_nothing_of_a_patient_is_remembered(kind: str, ending: str, size: int) -> None:
    hl7_identity._identities.clear()
    hl7_devices._groups.clear()
    header = msh(kind=kind, control=f"{Z}1").replace("|20260101120000||", f"|{Z}2|{Z}3|").replace("|P|", f"|{Z}4|")
    counted = header.replace("|||||FRA", f"|{Z}5|{Z}6|||FRA")
    heard(block(header, *PERSONS, *RESULTS, MDS_ROW, ending=ending) * 2 + block(counted, "PID|1", ending=ending), size)
    kept = repr((dict(hl7_identity._identities), dict(hl7_devices._groups)))
    assert "080019FFFE000001" in kept
    assert "ORU" in kept or kind != "ORU^R01"
    assert Z not in kept


def test_no_more_is_remembered_than_the_cap() -> None:
    made: list[int] = []

    def make(key: int) -> int:
        made.append(key)
        return -key

    memory = Remembered(make)
    for key in range(3 * REMEMBERED):
        assert memory[key] == -key
        assert len(memory) <= REMEMBERED
    assert memory[3 * REMEMBERED - 1] == 1 - 3 * REMEMBERED
    assert made == [*range(3 * REMEMBERED)]  # the last one was remembered


def test_what_is_long_is_read_and_not_remembered() -> None:
    hl7_identity._identities.clear()
    hl7_devices._groups.clear()
    long = "A" * 255
    rows = [obx18(f"{n:0>255}^Acme^^") for n in range(SIZE_MAX // 200)]
    more = "~".join([long] * 9)
    for size in (1 << 20, 500):
        said = heard(block(msh(app=long, profile=more), *rows), size)
        assert sum(isinstance(event, Said) and bool(event.about.behind) for event in said) == len(rows)
    assert not hl7_identity._identities
    assert not hl7_devices._groups
