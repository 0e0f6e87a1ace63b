"""ASTM sessions written by hand from LIS01 and LIS02; senders of real analysers; checksums by python-astm 0.5.0."""

from __future__ import annotations

import pytest

from parsers.astm import FRAME_MAX, SPEC, probe
from tests.parsers.datagrams import PCAPS
from tests.parsers.harness import cut, one_way, said
from tests.parsers.recorded import streams

Heard = list[tuple[object, ...]]
CLEARTEXT = ("flag", ("sender", "", ()), "astm.cleartext")
PASSWORD = ("flag", ("sender", "", ()), "astm.password_cleartext")
PATIENT = b"P|1||ZQCANARY4711||ZQCANARYMARTIN^JEANNE\r"
# from the LIS01 frame layout; 40 was computed with python-astm's make_checksum
KNOWN = b"\x021H|\\^&|||ANALYZER^1.2^SN123|||||LIS||P|LIS2-A2|20260101120000\r\x0340\r\n"


def framed(number: int, text: bytes, *, more: bool = False) -> bytes:
    body = b"%d" % number + text + (b"\x17" if more else b"\x03")
    return b"\x02" + body + b"%02X" % (sum(body) % 256) + b"\r\n"


def heard(blob: bytes) -> Heard:
    whole = said(SPEC, one_way(blob))
    for size in (1, 2, 5, 64):
        assert said(SPEC, cut(one_way(blob), size)) == whole
    assert "ZQCANARY" not in repr(whole)
    return whole


def about(application: str, *fields: tuple[str, str]) -> tuple[object, ...]:
    return ("said", ("sender", application, ()), fields)


def receiver(text: str) -> tuple[object, ...]:
    return ("said", ("receiver", "", ()), (("astm.receiving_system", text),))


def behind(system: str, name: str) -> tuple[object, ...]:
    ids = (("model_station", f"{name}|{system}", ""),)
    return ("said", ("sender", "", ids), (("astm.instrument", name),))


def record(kind: bytes, last: int, value: bytes) -> bytes:
    """Of which the field of that number, counted from 1, is the last; the fields before it are of patients."""
    return b"|".join([kind, b"1", *[b"ZQCANARY 9"] * (last - 3), value]) + b"\r"


def header(sender: bytes, rest: bytes = b"") -> bytes:
    return b"H|\\^&|||" + sender + rest + b"\r"


def test_the_sender_of_a_session() -> None:
    assert heard(b"\x05" + KNOWN + b"\x04") == [
        about("ANALYZER", ("astm.sending_system", "ANALYZER^1.2^SN123"), ("astm.version", "LIS2-A2")),
        receiver("LIS"),
    ]


def test_a_session_in_one_frame_and_in_many() -> None:
    records = header(b"XN-550^00-24") + PATIENT
    records += record(b"O", 25, b"HEM2") + record(b"R", 14, b"XN20^ZQCANARYLOT")
    expected = [
        about("XN-550", ("astm.sending_system", "XN-550^00-24")),
        CLEARTEXT,
        behind("XN-550", "HEM2"),
        about("XN-550", ("astm.sends", "results")),
        behind("XN-550", "XN20"),
    ]
    whole = b"\x05" + framed(1, records) + b"\x04"
    by_record = b"".join(framed(n, line + b"\r") for n, line in enumerate(records.split(b"\r")[:-1], 1))
    pieces = [records[at : at + 40] for at in range(0, len(records), 40)]
    chunked = b"".join(framed((n + 1) % 8, p, more=n + 1 < len(pieces)) for n, p in enumerate(pieces))
    for blob in (whole, b"\x05" + by_record + b"\x04", b"\x05" + chunked + b"\x04", records):
        assert heard(blob) == expected


def test_delimiters_are_the_senders() -> None:
    blob = b"H|@^\\|ZQCANARY||806149 General^GeneXpert^4.8|||||LIS||P|1394-97\r"
    blob += b"R|1|^MTB|NOT DETECTED^|||||F||ZQCANARY Doe|1|2|Cepheid-44413S0^806149^653624^831583371\r"
    assert heard(framed(1, blob)) == [
        about("806149 General", ("astm.sending_system", "806149 General^GeneXpert^4.8"), ("astm.version", "1394-97")),
        receiver("LIS"),
        CLEARTEXT,
        about("806149 General", ("astm.sends", "results")),
        behind("806149 General", "Cepheid-44413S0"),
    ]
    assert heard(framed(1, b"H!~#%!!!A#B\r"))[0] == about("A", ("astm.sending_system", "A^B"))


def test_a_module_that_is_the_sender_itself_and_a_person_are_no_instruments() -> None:
    head = header(b"LAB2^Roche^c111")
    for name in (b"c111", b"ZQCANARYTECH", b"ZQCANARY 7", b"", b"^c112"):
        events = heard(framed(1, head + record(b"R", 14, name)))
        assert not [event for event in events if event[1] and event[1][2]]  # type: ignore[index]


def test_a_password_is_found_and_not_read() -> None:
    events = heard(framed(1, b"H|\\^&||ZQCANARYSECRET|host|||||c311^1\r"))
    assert events == [about("host", ("astm.sending_system", "host")), receiver("c311^1"), PASSWORD]


def test_a_query() -> None:
    events = heard(framed(1, header(b"A1")) + framed(2, b"Q|1|^ZQCANARY99||ALL\r"))
    assert events == [about("A1", ("astm.sending_system", "A1")), CLEARTEXT, about("A1", ("astm.sends", "queries"))]


def test_a_frame_with_a_wrong_checksum_says_nothing() -> None:
    bad = KNOWN.replace(b"\x0340", b"\x0341")
    assert heard(b"\x05" + bad + b"\x04") == [("odd", "astm.checksum")]
    assert heard(b"\x05" + bad + KNOWN + b"\x04")[1:] == heard(KNOWN)  # and is sent again


def test_a_record_that_lost_its_middle_says_nothing() -> None:
    first = framed(1, header(b"A1") + record(b"R", 14, b"")[:-1], more=True)
    second = framed(2, b"XYZ9\r")
    blob = first + second
    segments = [(0, 0, first), (0, len(first) + 3, second[3:])]
    events = said(SPEC, segments)
    assert ("odd", "astm.gap") in events
    assert not [event for event in events if event[0] == "said" and event[1][2]]  # type: ignore[index]
    assert behind("A1", "XYZ9") in said(SPEC, one_way(blob))


def test_text_that_is_in_no_session_is_stepped_over() -> None:
    assert heard(framed(1, PATIENT)) == []
    assert heard(b"hello\r" + PATIENT + record(b"R", 14, b"X9")) == []
    assert heard(b"Hello world\rH|\\^\\|||double\r") == []


def test_too_long_is_given_up() -> None:
    long = b"\x021" + b"x" * (FRAME_MAX + 10) + b"\x03" + KNOWN
    for size in (997, 4096, len(long)):
        events = said(SPEC, cut(one_way(long), size))
        assert events[0] == ("odd", "astm.frame_too_long")
        assert events[1:] == said(SPEC, one_way(KNOWN))


def test_mini_vidas() -> None:
    fields = (b"mtrsl", b"piZQCANARY4711", b"pnZQCANARYMARTIN", b"rtHBCT", b"idVIDAS1", b"snIVD12023", b"m4ZQCANARY")
    blob = b"\x02" + b"|".join(b"\x1e" + field for field in fields) + b"|\x1db0\r\n"
    expected = ("astm.dialect", "mini VIDAS"), ("astm.instrument_id", "VIDAS1"), ("astm.serial", "IVD12023")
    assert heard(b"\x05" + blob + b"\x04") == [about("", *expected), CLEARTEXT]
    assert heard(b"\x02\x1exxZQCANARY|\x1db0") == []


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (b"", None),
        (b"\x05", None),
        (b"\x06\x06\x06", None),
        (b"\x05\x021", None),
        (b"\x05\x021H|\\^&|", True),
        (KNOWN, True),
        (KNOWN.replace(b"40", b"41"), True),  # the header shows it
        (framed(3, b"R|4|^^^WBC|1"), True),  # in mid-stream
        (framed(3, b"R|4|^^^WBC|1").replace(b"R|4", b"R|5"), False),
        (b"\x023R|4|^^^WBC", None),
        (b"H|@^\\|id", True),
        (b"H|\\^&", None),
        (b"HTTP/1.1 200", False),
        (b"\x02\x1emtrsl", True),
        (b"\x05\x01\x00", False),  # SOCKS 5
        (b"\x02ZT410,V1.0,8,2048KB\x03\r\n", False),  # a label printer
        (b"\x16\x03\x01", False),
        (b"\x05" * 5000, False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert probe(first) is answer


def test_frames_by_python_astm_have_the_checksums_that_are_expected() -> None:
    ways = [way for pair in streams(PCAPS / "astm" / "analyser.pcap") for way in pair]
    assert len(ways) == 2
    for way in ways:
        assert not [event for event in said(SPEC, one_way(way)) if event[0] == "odd"]
    assert any(b"\x17" in way for way in ways)
