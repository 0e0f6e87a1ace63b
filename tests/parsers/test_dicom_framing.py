"""DICOM streams that are cut, walked, lost, begun in the middle or hostile. PS3.8 9.3."""

from __future__ import annotations

import random
import struct
import zlib

import pytest

from parsers.api import Skip
from parsers.dicom import SPEC, probe
from parsers.dicom_pdu import ASSOCIATION_MAX, COMMAND_MAX, PDU_MAX, SEARCH_MAX
from tests.parsers.dicom_bytes import (
    ABORT,
    CT_IMAGE,
    DEFLATED,
    IMPLICIT,
    RELEASE_RP,
    RELEASE_RQ,
    STUDY_FIND,
    STUDY_MOVE,
    VERIFICATION,
    WORKLIST,
    ac,
    command,
    message,
    p_data,
    pdu,
    pdv,
    rq,
)
from tests.parsers.dicom_flows import EQUIPMENT, HEAD, OPEN, OPENED, PIXELS, QUERY, about_said, flag, flow, run
from tests.parsers.harness import Segment, cut, one_way, said


def test_mid_stream() -> None:
    """No association was seen: the commands say what is done, nobody has a name, the syntax is told by the bytes."""
    store = message(1, command(0x0001, CT_IMAGE, data=True), HEAD)
    answer = message(1, command(0x8001, CT_IMAGE))
    segments = [(0, 5_000_000_000, store), (1, 77, answer)]
    nameless = ("said", ("sender", "", EQUIPMENT[1][2]), EQUIPMENT[2])
    assert said(SPEC, segments) == [
        flag("receiver", "", "dicom.cleartext"),
        about_said("sender", "", ("dicom.role_request", "store")),
        nameless,
        about_said("sender", "", ("dicom.role_provide", "store")),
    ]
    for size in (1, 13):
        assert said(SPEC, cut(segments, size), "at once") == said(SPEC, segments)
    assert probe(store) is True
    assert probe(answer) is True


def test_footing_after_a_loss() -> None:
    """Bytes are lost inside a data PDU, across a header, or between two messages: the next header is found again."""
    store = message(1, command(0x0001, CT_IMAGE, data=True), HEAD + PIXELS)
    opened = flow(*OPEN)
    start = len(OPEN[0][1])
    second = command(0x0030, VERIFICATION)
    stream = store + message(3, second) + store
    echo_at = len(store)
    for lost_from, lost_to in (
        (20_000, 21_000),
        (30_000, 200_000),
        (20_000, echo_at - 5_000),
        (echo_at - 40, echo_at),
        (150, 250),  # inside the first head
    ):
        for obey in ("never", "at once"):
            rest = [(0, start, stream[:lost_from]), (0, start + lost_to, stream[lost_to:])]
            found = said(SPEC, opened + cut(rest, 1460), obey)
            assert about_said("sender", "CT001", ("dicom.role_request", "echo")) in found, (lost_from, lost_to)
            assert found[-1] == EQUIPMENT
            assert found.count(EQUIPMENT) == (1 if lost_from == 150 else 2)


def test_a_loss_inside_the_head_drops_it() -> None:
    """Its serial may be in what is missing; half a device is another device."""
    store = message(1, command(0x0001, CT_IMAGE, data=True), HEAD + bytes(3000))
    start = len(OPEN[0][1])
    at = len(message(1, command(0x0001, CT_IMAGE, data=True))) + 100
    parts = [(0, start, store[:at]), (0, start + at + 10, store[at + 10 :] + store)]
    found = said(SPEC, flow(*OPEN) + parts)
    assert found.count(EQUIPMENT) == 1


def test_claims_of_four_gigabytes() -> None:
    huge = bytes((4, 0)) + b"\xff" * 4 + pdv(1, 0, bytes(50))
    found = run(*OPEN, (0, huge + bytes(5000)))
    assert found == [*OPENED, ("odd", "dicom.bad_pdu")]
    inside = struct.pack(">BBL", 4, 0, 100) + b"\xff\xff\xff\xff\1\0" + bytes(94)
    assert run(*OPEN, (0, inside + message(3, command(0x0030, VERIFICATION)))) == [
        *OPENED,
        ("odd", "dicom.bad_pdv"),
        about_said("sender", "CT001", ("dicom.role_request", "echo")),
    ]
    long_request = struct.pack(">BBL", 1, 0, 0xFFFFFFFF) + rq({})[6:]
    assert ("odd", "dicom.bad_pdu") in run(*OPEN, (0, long_request))


def test_nothing_grows() -> None:
    """A PDU of 256 MiB, an RQ past its cap and a command that never ends hold no more than their caps."""
    for start in (
        struct.pack(">BBL", 4, 0, PDU_MAX) + struct.pack(">LBB", PDU_MAX - 4, 1, 1),
        struct.pack(">BBL", 1, 0, ASSOCIATION_MAX + 1),
        b"",
    ):
        client, _ = SPEC.make()
        at = 0
        for piece in [rq({1: (CT_IMAGE, [IMPLICIT])}), start, *[bytes(4096)] * 400]:
            list(client.feed(piece, at))
            at += len(piece)
            assert len(client._held) <= ASSOCIATION_MAX
            assert len(client._command or b"") <= COMMAND_MAX


def test_lost_for_good() -> None:
    """After SEARCH_MAX bytes without a header the direction is given up, at the same byte in every cut."""
    garbage = bytes(SEARCH_MAX + 100)
    segments = flow(*OPEN, (0, garbage))
    whole = said(SPEC, segments)
    assert whole == [*OPENED, ("odd", "dicom.bad_pdu"), ("odd", "dicom.lost")]
    assert said(SPEC, cut(segments, 60_000)) == whole
    echo = message(3, command(0x0030, VERIFICATION))
    found = said(SPEC, flow(*OPEN, (0, garbage[: SEARCH_MAX - 100] + echo)))
    assert found[-1] == about_said("sender", "CT001", ("dicom.role_request", "echo"))


@pytest.mark.parametrize(
    ("sent", "odd"),
    [
        (p_data(pdv(1, 3, b"\1\2\3\4")), "dicom.bad_command"),
        (p_data(pdv(1, 1, bytes(COMMAND_MAX + 1))), "dicom.command_too_long"),
        (message(1, command(0x0001, CT_IMAGE, True)) + message(1, command(0x0030, VERIFICATION)), "unfinished_data"),
        (p_data(pdv(1, 1, b"\0\0")) + p_data(pdv(3, 3, command(0x0030, VERIFICATION))), "dicom.unfinished_command"),
        (p_data(pdv(1, 3, command(0x0001, CT_IMAGE, True))) + p_data(pdv(3, 2, HEAD)), "dicom.wrong_context"),
        (ac({}), "dicom.answered_itself"),
        (p_data(b"\0\0\0\1\1"), "dicom.bad_pdv"),
    ],
)
def test_broken_messages_do_not_end_the_reading(sent: bytes, odd: str) -> None:
    find = message(1, command(0x0020, STUDY_FIND, True), QUERY)
    found = run(*OPEN, (0, sent), (0, find))
    assert any(e[0] == "odd" and odd in str(e[1]) for e in found)
    assert about_said("sender", "CT001", ("dicom.role_request", "find")) in found


def walked(segments: list[Segment]) -> list[Segment]:
    """What is left when the sensor walks: of a data set only its first PDU is delivered."""
    out = []
    for side, at, data in segments:
        p = 0
        inside = False
        start = 0
        while p + 12 <= len(data):
            kind, length = data[p], struct.unpack_from(">L", data, p + 2)[0]
            plain = kind == 4 and not data[p + 11] & 1 and struct.unpack_from(">L", data, p + 6)[0] + 4 == length
            end = p + 6 + length
            if plain and not inside:
                inside = True  # the first one of a data set
                out.append((side, at + start, data[start:end]))
                start = end
            elif plain:
                start = end
            else:
                inside = False
            p = end
        if start < len(data):
            out.append((side, at + start, data[start:]))
    return out


def test_the_kernel_may_have_walked_further_than_asked() -> None:
    store = message(1, command(0x0001, CT_IMAGE, data=True), HEAD + PIXELS)
    segments = flow(*OPEN, (0, store + store), (0, RELEASE_RQ))
    left = walked(segments)
    assert sum(len(d) for _, _, d in left) < 100_000
    assert said(SPEC, left) == said(SPEC, segments)
    assert said(SPEC, left).count(EQUIPMENT) == 2


# -- hostile input


def a_conversation() -> list[Segment]:
    store = message(1, command(0x0001, CT_IMAGE, data=True), HEAD + bytes(9000), size=4096)
    return flow(
        *OPEN,
        (0, message(3, command(0x0030, VERIFICATION))),
        (1, message(3, command(0x8030, VERIFICATION))),
        (0, store),
        (1, message(1, command(0x8001, CT_IMAGE))),
        (0, message(1, command(0x0020, WORKLIST, True), QUERY)),
        (1, message(1, command(0x8020, WORKLIST, True, status=0xFF00), QUERY)),
        (0, RELEASE_RQ),
        (1, RELEASE_RP),
    )


def mutate(rng: random.Random, data: bytes) -> bytes:
    blob = bytearray(data)
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(blob) + 1)
        what = rng.randrange(4)
        if what == 0 and at < len(blob):
            blob[at] = rng.choice((0, 1, 4, 255, rng.randrange(256)))
        elif what == 1:
            del blob[at : at + rng.randrange(1, 20)]
        elif what == 2:
            blob[at:at] = rng.choice((b"\xff\xff\xff\xff", b"\4\0\0\0\0\x0a", rng.randbytes(5)))
        else:
            blob[at : at + 4] = rng.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\0\0\1\0"))
    return bytes(blob)


def test_mutated_streams_never_raise_and_cuts_never_matter() -> None:
    rng = random.Random(17)
    for number in range(240):
        parts = [(side, mutate(rng, data) if rng.random() < 0.25 else data) for side, _, data in a_conversation()]
        segments = [s for s in flow(*parts) if s[2]]
        whole = said(SPEC, segments)
        size = (1, 3, 40, 1000)[number % 4] if number % 16 == 0 or number % 4 else 11
        assert said(SPEC, cut(segments, size), "never") == whole
        assert said(SPEC, cut(segments, size), "late") == whole
        assert said(SPEC, cut(segments, size), "at once") == whole
        assert said(SPEC, segments, "at once") == whole


def test_random_bytes_after_an_opening() -> None:
    rng = random.Random(19)
    for _ in range(300):
        segments = flow(*OPEN, (0, rng.randbytes(rng.randrange(1, 400))), (1, rng.randbytes(rng.randrange(1, 400))))
        whole = said(SPEC, segments)
        assert said(SPEC, cut(segments, rng.randrange(1, 50)), "at once") == whole


def test_one_way_capture() -> None:
    """Only one direction was mirrored."""
    store = message(1, command(0x0001, CT_IMAGE, data=True), HEAD)
    client = said(SPEC, one_way(OPEN[0][1] + store))
    assert EQUIPMENT in client
    assert about_said("receiver", "", ("dicom.called_ae_unconfirmed", "PACS1")) in client
    server = said(SPEC, one_way(OPEN[1][1] + message(1, command(0x8001, CT_IMAGE)), side=1))
    assert server[-1] == about_said("sender", "", ("dicom.role_provide", "store"))


@pytest.mark.parametrize("after", [p_data(pdv(2, 3, command(0x0030, VERIFICATION))), pdu(9, bytes(40))])
def test_what_stops_the_walk_is_a_header_however_odd(after: bytes) -> None:
    """An even context number, an unknown kind: the same as for a parser that was given every byte."""
    store = message(1, command(0x0001, CT_IMAGE, data=True), HEAD + PIXELS)
    segments = flow(*OPEN, (0, store + after + message(3, command(0x0020, STUDY_FIND))))
    assert said(SPEC, walked(segments)) == said(SPEC, segments)


def test_a_loss_inside_a_pdu_does_not_make_its_rest_a_pdu() -> None:
    """Pixels that look like a message are still pixels: where the PDU ends is known."""
    forged = message(3, command(0x0021, STUDY_MOVE, destination="FORGED"))
    store = message(1, command(0x0001, CT_IMAGE, data=True), HEAD + bytes(3000) + forged + bytes(3000))
    start = len(OPEN[0][1])
    for lost_from, lost_to in ((150, 200), (1000, 1100), (2000, 2100)):
        parts = [(0, start, store[:lost_from]), (0, start + lost_to, store[lost_to:])]
        for size in (50, 100_000):
            assert "FORGED" not in repr(said(SPEC, flow(*OPEN) + cut(parts, size)))


def test_advice() -> None:
    """Where no more of a data set is wanted, the sensor is told a PDU header from which it may walk alone."""
    client, server = SPEC.make()
    list(client.feed(OPEN[0][1], 0))
    list(server.feed(OPEN[1][1], 0))
    at = len(OPEN[0][1])
    ask = message(1, command(0x0001, CT_IMAGE, data=True))
    assert not any(isinstance(e, Skip) for e in client.feed(ask, at))
    data_set = message(1, command(0x0001, CT_IMAGE, data=True), HEAD + PIXELS)[len(ask) :]
    advice = [e for e in client.feed(data_set[:1460], at + len(ask)) if isinstance(e, Skip)]
    assert advice == [Skip(at + len(ask) + 6 + 16384, record=True)]
    at = len(OPEN[1][1])
    answer = p_data(pdv(1, 3, command(0x8020, STUDY_FIND, data=True, status=0xFF00)))
    assert Skip(at + len(answer), record=True) in list(server.feed(answer, at))


def test_deflated_though_the_answer_was_not_seen() -> None:
    """What does not begin with an element is what the request proposed."""
    little = struct.pack("<HH2sH", 8, 0x70, b"LO", 8) + b"SIEMENS " + struct.pack("<HH2sH", 0x18, 0x1000, b"LO", 6)
    packer = zlib.compressobj(wbits=-15)
    deflated = packer.compress(little + b"64123 ") + packer.flush()
    store = message(1, command(0x0001, CT_IMAGE, data=True), deflated)
    equipment = (
        "said",
        ("sender", "CT001", (("serial", "64123", "SIEMENS"),)),
        (("dicom.manufacturer", "SIEMENS"), ("dicom.serial", "64123")),
    )
    assert equipment in run((0, rq({1: (CT_IMAGE, [DEFLATED, IMPLICIT])})), (0, store))
    assert ("odd", "dicom.unknown_syntax") in run((0, rq({1: (CT_IMAGE, [IMPLICIT])})), (0, store))


def test_pdu_kinds_that_say_nothing() -> None:
    assert run(*OPEN, (1, ABORT)) == OPENED
    assert run(*OPEN, (0, pdu(9, bytes(4)))) == [*OPENED, ("odd", "dicom.bad_pdu")]
