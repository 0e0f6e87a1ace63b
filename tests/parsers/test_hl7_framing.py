"""HL7 v2: any cut, losses, caps, broken bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.hl7 import SPEC
from tests.parsers.harness import cut, one_way, said
from tests.parsers.hl7_messages import LAB, MDS_ROW, PCD_MESSAGE, behinds, block, events, msh, obx18, odd, of, prt

LONG = [
    PCD_MESSAGE,
    block(msh(**LAB), "SFT|Acme|1|P|2", "PID|1||ZQ", obx18("c5800^Roche~c5800.2709^Roche"), "EQU|1^X", ending="\r\n"),
    block(msh(kind="ADT^A01"), "PID|1", "PV1|1|I|A^B", ending="\n"),
    block(msh(), "PV1|1|I|ICU^3", prt(p10="MON9^Acme", p20="SN99"), MDS_ROW)[:-2] + b"\x1c",
    block(msh(), "EQU|1^X")[1:-2],
    block(msh(), "OBX|1|ST|67972^MDC_ATTR_SYS_ID^MDC|1.0.0.2|SN-4711||||||R", obx18("XN-550^S~XN-550.11234^S")),
    block(
        msh(),
        *[obx18("AN1^Acme")] * 3,
        obx18("AN1^Acme", "67880^MDC_ATTR_ID_MODEL^MDC"),
        obx18("AN1^Acme", "69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC"),
        obx18("AN1^Acme"),
        obx18("AN2^Acme|2026"),
        obx18("AN1^Acme"),
    ),
]


def test_a_device_row_among_results_of_one_instrument() -> None:
    assert behinds(LONG[-1]) == [(("obx18", "AN1", "Acme"),), (("obx18", "AN2", "Acme"),)]
    who = of(LONG[-1], behind=(("obx18", "AN1", "Acme"),))
    assert who["hl7.model"] == ["5.2"]
    assert who["hl7.mdc_device"] == ["69965"]


@pytest.mark.parametrize("blob", [*LONG, b"".join(LONG)])
def test_every_cut_says_the_same(blob: bytes) -> None:
    whole = events(blob)
    assert len(whole) > 2
    for at in range(1, len(blob)):
        assert said(SPEC, [(0, 0, blob[:at]), (0, at, blob[at:])]) == whole
    for size in (1, 2, 3, 5, 8, 13):
        assert said(SPEC, cut(one_way(blob), size)) == whole


def test_the_directions_are_alike() -> None:
    for blob in LONG:
        assert said(SPEC, one_way(blob, side=1)) == events(blob)


def test_after_a_loss_the_message_is_given_up_and_the_next_is_read() -> None:
    first = block(msh(app="A"), MDS_ROW, "OBX|2|ST|67880^MDC_ATTR_ID_MODEL^MDC|1.0.0.1|M540")
    second = block(msh(app="B"), "EQU|1^X")
    lost = len(first) - 20
    for size in (1, 7, 4096):
        segments = cut([(0, 0, first[:lost]), (0, len(first) - 3, first[-3:] + second)], size)
        found = said(SPEC, segments)
        names = [value for e in found if e[0] == "said" for name, value in e[2] if name == "hl7.sending_application"]
        assert names == ["A", "B"]
        assert [e[1] for e in found if e[0] == "odd"] == ["hl7.gap"]
        assert [e[1][2] for e in found if e[0] == "said" and e[1][2]] == [(("obx18", "1", "X"),)]


def test_a_message_that_breaks_off_says_nothing_of_devices() -> None:
    assert behinds(PCD_MESSAGE[:-2]) == []
    assert behinds(PCD_MESSAGE[:-1]) == behinds(PCD_MESSAGE) != []  # the CR alone may be missing


def test_a_bare_message_whose_last_segment_is_cut() -> None:
    assert of(b"MSH|^~\\&|APP|FAC|||2026||ORU^R01|1|P|2.")["hl7.message_type"] == ["ORU^R01"]
    assert "hl7.version" not in of(b"MSH|^~\\&|APP|FAC|||2026||ORU^R01|1|P|2.")


@pytest.mark.parametrize("size", [1 << 20, 4096, 1000])
def test_caps(size: int) -> None:
    picture = "OBX|1|ED|1^PDF^L||" + "A" * 70_000
    blob = block(msh(app="A"), picture, "EQU|1^X") + block(msh(app="B"), "NTE|" + "A" * 70_000, "EQU|2^X")
    found = said(SPEC, cut(one_way(blob), size))
    assert [e[1] for e in found if e[0] == "odd"] == ["hl7.segment_too_long"]
    assert [e[1][2] for e in found if e[0] == "said" and e[1][2]] == [
        (("obx18", "1", "X"),),
        (("obx18", "2", "X"),),
    ]
    endless = block(msh(app="A"), "EQU|1^X", *["NTE|" + "A" * 9000] * 120, "EQU|2^X") + block(msh(app="B"))
    found = said(SPEC, cut(one_way(endless), size))
    assert [e[1] for e in found if e[0] == "odd"] == ["hl7.block_too_long"]
    assert [e[1][2] for e in found if e[0] == "said" and e[1][2]] == [(("obx18", "1", "X"),)]
    assert sum("hl7.sending_application" in repr(e) for e in found) == 2


def test_an_endless_segment_is_not_held() -> None:
    for head in (b"OBX|1|ED|", b"PID|1|", b"MSH|^~\\&|"):
        client, _ = SPEC.make()
        at = 0
        for piece in [block(msh())[:-2], head, *[b"A" * 60_000] * 50]:
            list(client.feed(piece, at))
            at += len(piece)
        assert held(client) < 70_000


def test_an_unfinished_segment_is_held_only_if_it_is_wanted() -> None:
    for head, most in ((b"OBX|1|ED|", 1100), (b"PID|1|", 90)):
        client, _ = SPEC.make()
        list(client.feed(block(msh())[:-2] + head + b"A" * 1000, 0))
        assert most - 90 <= held(client) < most


def held(thing: object) -> int:
    """Bytes that an object of ours has in its hands, however deep."""
    if isinstance(thing, bytes):
        return len(thing)
    if isinstance(thing, list | set | tuple):
        return sum(map(held, thing))
    names = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
    return sum(held(getattr(thing, name)) for name in names)


def test_too_many_rows_and_too_long_fields_are_counted() -> None:
    assert odd(block(msh(), *[f"EQU|{n}^X" for n in range(80)])) == ["hl7.too_many_rows"]
    assert odd(block(msh(), "EQU|" + "1" * 2000)) == ["hl7.field_too_long"]
    assert odd(block(msh(app="A" * 2000))) == ["hl7.field_too_long"]
    assert of(block(msh(app="A" * 300)))["hl7.sending_application"] == ["A" * 256]


def test_what_never_becomes_hl7_is_given_up() -> None:
    client, _ = SPEC.make()
    assert "Done" in repr([type(e).__name__ for e in client.feed(b"x" * (5 << 20), 0)])


@pytest.mark.parametrize("byte", range(33))
def test_control_bytes_at_the_beginning_of_a_segment(byte: int) -> None:
    blob = block(msh(app="A"), f"{chr(byte)}EQU|1^X", f"{chr(byte)}", msh(app="B"))
    assert of(blob)["hl7.sending_application"] == ["A", "B"]


@given(st.binary(max_size=300), st.integers(0, 300))
def test_bad_bytes(noise: bytes, at: int) -> None:
    blob = block(msh(), "PID|1", MDS_ROW, "SFT|a|b|c|d")
    blob = blob[:at] + noise + blob[at:]
    whole = events(blob)
    for size in (1, 50):
        assert said(SPEC, cut(one_way(blob), size)) == whole
