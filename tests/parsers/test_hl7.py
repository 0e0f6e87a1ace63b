"""HL7 v2: what is said of whom. Expected values are read off the messages by the standard's field numbers."""

from __future__ import annotations

import hl7 as python_hl7
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.hl7 import SPEC, probe
from tests.parsers.harness import one_way, said
from tests.parsers.hl7_messages import (
    CLEARTEXT,
    END,
    PCD_MESSAGE,
    PIV,
    PUMP_ROW,
    VT,
    behinds,
    block,
    events,
    msh,
    odd,
    of,
)


def test_a_monitor_its_gateway_and_the_receiver() -> None:
    assert events(PCD_MESSAGE) == [
        (
            "said",
            ("sender", "MON7", ()),
            (
                ("hl7.sending_application", "MON7^080019FFFE134535^EUI-64"),
                ("hl7.sending_facility", "ACME"),
                ("hl7.sending_system", "MON7^080019FFFE134535^EUI-64|ACME"),
                ("hl7.message_type", "ORU^R01"),
                ("hl7.version", "2.6"),
                ("hl7.charset", "UNICODE UTF-8"),
                ("hl7.profile", "1.3.6.1.4.1.19376.1.6.1.1.1"),
                ("hl7.sending_eui64", "080019FFFE134535"),
                ("hl7.sending_mac", "08:00:19:13:45:35"),
            ),
        ),
        (
            "said",
            ("receiver", "GW", ()),
            (
                ("hl7.receiving_application", "GW"),
                ("hl7.receiving_facility", "H1"),
                ("hl7.receives_type", "ORU^R01"),
            ),
        ),
        CLEARTEXT,
        (
            "said",
            ("sender", "", (("eui64", "0800190000123456", ""),)),
            (
                ("hl7.mdc_device", "69965"),
                ("hl7.eui64", "0800190000123456"),
                ("hl7.obx18", "MON7^^0800190000123456^EUI-64"),
                ("hl7.model", "M540"),
                ("hl7.mdc_module", "69966"),
                ("hl7.location", "ICU^R3^B12^H1"),
            ),
        ),
    ]


def test_an_acknowledgement_names_the_server_and_nobody_else() -> None:
    blob = block("MSH|^~\\&|GW|H1|MON7|ACME|2026||ACK^R01|2|P|2.6", "MSA|AA|ZQCANARY1|ZQCANARY text")
    assert said(SPEC, one_way(blob, side=1)) == [
        (
            "said",
            ("sender", "GW", ()),
            (("hl7.ack_application", "GW"), ("hl7.message_type", "ACK^R01"), ("hl7.version", "2.6")),
        )
    ]


@pytest.mark.parametrize("ending", ["\r", "\r\n", "\n"], ids=["cr", "crlf", "lf"])
@pytest.mark.parametrize("framed", [True, False], ids=["mllp", "bare"])
def test_segment_endings_and_framing(ending: str, framed: bool) -> None:
    text = (msh(), "PID|1||ZQCANARY", "EQU|AN1^ACME", msh(app="TWO"), "PID|1")
    blob = block(*text, ending=ending)
    if not framed:
        blob = blob[1:-2]
    assert of(blob)["hl7.sending_application"] == ["APP", "TWO"]
    assert behinds(blob) == [(("obx18", "AN1", "ACME"),)]
    assert events(blob).count(CLEARTEXT) == 2


def test_batch_headers_are_stepped_over() -> None:
    blob = block("FHS|^~\\&|FILEAPP|F", "BHS|^~\\&|BATCHAPP|B", msh(app="A"), "EQU|1^X", msh(app="B"), "BTS|2", "FTS|1")
    assert of(blob)["hl7.sending_application"] == ["A", "B"]
    assert behinds(blob) == [(("obx18", "1", "X"),)]


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(b"3^ZQCANARY|x\rNTE|1||half\r" + END, id="after-1C-0D"),
        pytest.param(b"3^ZQCANARY|x\x1c\r", id="after-1C-0D-without-cr"),
        pytest.param(b"PID|1||ZQCANARY\rOBX|1|", id="never-before"),
    ],
)
def test_mid_stream_the_next_message_is_found(before: bytes) -> None:
    blob = before + block(msh())
    assert of(blob)["hl7.sending_application"] == ["APP"]
    assert probe(before + block(msh())) is True


def test_mid_stream_without_framing_is_found_at_a_segment_end() -> None:
    assert of(b"|||F\r" + block(msh())[1:])["hl7.sending_application"] == ["APP"]


def test_separators_come_from_each_msh() -> None:
    blob = block("MSH!$%?@!A$B!F?E?!T!!2026!!ORU$R01!1!P!2.3.1", "EQU!X1$Y") + block(msh())
    assert of(blob)["hl7.sending_application"] == ["A^B", "APP"]
    assert of(blob)["hl7.sending_facility"] == ["F?", "FAC"]
    assert of(blob)["hl7.message_type"] == ["ORU^R01", "ORU^R01"]
    assert behinds(blob) == [(("obx18", "X1", "Y"),)]


@pytest.mark.parametrize(
    "head",
    ["MSH||||", "MSHX^~\\&X", "MSH|^^\\&|A", "MSH|abc|A", "MSH", "MSH|", "MSH|^~\\&"],
)
def test_an_msh_without_separators_is_odd_and_not_read(head: str) -> None:
    blob = block(msh(app="FIRST"), head, "EQU|AN1^ACME")
    assert of(blob)["hl7.sending_application"] == ["FIRST"]
    assert odd(blob) == ["hl7.bad_header"]
    assert behinds(blob) == []


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("A\\F\\B", "A|B"),
        ("A\\S\\B", "A^B"),
        ("A\\T\\B", "A&B"),
        ("A\\R\\B", "A~B"),
        ("A\\E\\B", "A\\B"),
        ("A\\X4142\\C", "AABC"),
        ("A\\.br\\B", "AB"),
        ("A\\H\\B\\N\\C", "ABC"),
        ("A\\B", "A\\B"),
        ("C:\\new\\app", "C:\\new\\app"),
        ("\\", "\\"),
        ('""', None),
    ],
)
def test_escapes(written: str, read: str | None) -> None:
    assert of(block(msh(app=written))).get("hl7.sending_application") == ([read] if read else None)


@pytest.mark.parametrize(
    ("charset", "encoding", "name"),
    [
        ("", "utf-8", "Réanimation"),
        ("", "latin-1", "Réanimation"),
        ("8859/1", "latin-1", "Intensivstation Süd"),
        ("8859/15", "iso8859-15", "Cœur"),
        ("8859/2", "iso8859-2", "Łódź"),
        ("UNICODE UTF-8", "utf-8", "Łódź"),
        ("8859/1~UNICODE UTF-8", "latin-1", "Süd"),
        ("NO SUCH SET", "utf-8", "Süd"),
    ],
)
def test_character_sets(charset: str, encoding: str, name: str) -> None:
    blob = block(msh(facility=name, charset=charset), encoding=encoding)
    assert of(blob)["hl7.sending_facility"] == [name]


@pytest.mark.parametrize(
    ("field", "application", "value"),
    [
        ("APP", "APP", "APP"),
        ("APP^1.2.3^ISO", "APP", "APP^1.2.3^ISO"),
        ("^08001912FFFE3456^EUI-64", "08001912FFFE3456", "^08001912FFFE3456^EUI-64"),
        ("EfficiaCM", "EfficiaCM", "EfficiaCM"),
    ],
)
def test_the_application_of_the_sender(field: str, application: str, value: str) -> None:
    first = events(block(msh(app=field)))[0]
    assert first[1] == ("sender", application, ())
    assert ("hl7.sending_application", value) in first[2]


def test_an_empty_msh_3_is_said_of_the_host() -> None:
    first = events(block(msh(app="", facility="MINDRAY_D-SERIES^00A037009A0053DE^EUI-64")))[0]
    assert first[1] == ("sender", "", ())
    assert ("hl7.sending_facility", "MINDRAY_D-SERIES^00A037009A0053DE^EUI-64") in first[2]
    assert not any(name in ("hl7.sending_application", "hl7.sending_system") for name, _ in first[2])


@pytest.mark.parametrize(
    ("value", "digits", "mac"),
    [
        ("080019FFFE134535", "080019FFFE134535", "08:00:19:13:45:35"),
        ("08-00-19-ff-fe-13-45-35", "080019FFFE134535", "08:00:19:13:45:35"),
        ("0012211839000001", "0012211839000001", None),
        ("080019134535", "080019FFFE134535", "08:00:19:13:45:35"),
        ("010019FFFE134535", "010019FFFE134535", None),
        ("0000000000000000", None, None),
        ("FFFFFFFFFFFFFFFF", None, None),
        ("not an eui", None, None),
    ],
)
def test_eui64(value: str, digits: str | None, mac: str | None) -> None:
    found = of(block(msh(app=f"A^{value}^EUI-64", to=f"B^{value}^EUI-64")))
    assert found.get("hl7.sending_eui64") == ([digits] if digits else None)
    assert found.get("hl7.sending_mac") == ([mac] if mac else None)
    assert of(block(msh(to=f"B^{value}^EUI-64")), "receiver").get("hl7.receiving_mac") == ([mac] if mac else None)


@pytest.mark.parametrize(
    ("app", "control", "serial"),
    [
        ("CM12^EfficiaCM", "US123456780000000042", ["US12345678"]),
        ("CM12^EfficiaCM", "ZQCANARY4711", None),
        ("CM12^EfficiaCM", "US12345678000000004", None),
        ("CM12^Other", "US123456780000000042", None),
        ("EfficiaCM", "US123456780000000042", None),
    ],
    ids=["serial", "another-id", "too-short", "another-maker", "name-is-not-enough"],
)
def test_control_id_holds_the_serial_of_one_family_only(app: str, control: str, serial: list[str] | None) -> None:
    blob = block(msh(app=app, control=control))
    assert of(blob).get("hl7.control_serial") == serial
    if serial is None:
        assert control not in repr(events(blob))


def test_network_addresses_of_both_ends() -> None:
    blob = block(msh(more="|||10.1.2.3^gw.h1.example^DNS|10.9.9.9"))
    assert of(blob)["hl7.sending_address"] == ["10.1.2.3^gw.h1.example^DNS"]
    assert of(blob, "receiver")["hl7.receiving_address"] == ["10.9.9.9"]


def test_profiles_prefer_the_oid() -> None:
    profile = "PCD_ACM^IHE PCD^1.3.6.1.4.1.19376.1.6.4.4^ISO~LAB-29^IHE"
    assert of(block(msh(profile=profile)))["hl7.profile"] == ["1.3.6.1.4.1.19376.1.6.4.4", "LAB-29^IHE"]


def test_software_of_the_origin_and_of_those_who_passed_it_on() -> None:
    blob = block(
        msh(), "SFT|Roche Diagnostics^L|2.5.36|cobas PRIME|358742.3|ZQCANARY info|2020", "SFT|Acme|4.1|Router|77"
    )
    saying = [event for event in events(blob) if "software" in repr(event)]
    assert saying == [
        (
            "said",
            ("sender", "APP", ()),
            (
                ("hl7.software_maker", "Roche Diagnostics"),
                ("hl7.software_version", "2.5.36"),
                ("hl7.software_product", "cobas PRIME"),
                ("hl7.software_build", "358742.3"),
            ),
        ),
        (
            "said",
            ("sender", "", ()),
            (
                ("hl7.relay_software_maker", "Acme"),
                ("hl7.relay_software_version", "4.1"),
                ("hl7.relay_software_product", "Router"),
                ("hl7.relay_software_build", "77"),
            ),
        ),
    ]


@pytest.mark.parametrize(
    ("segments", "findings"),
    [
        ((msh(kind="ADT^A01"),), ["hl7.cleartext"]),
        ((msh(kind="ORU^R01"),), ["hl7.cleartext"]),
        ((msh(kind="ORU^R01"), "PID|1", "PID|2"), ["hl7.cleartext"]),
        ((msh(kind="ORM^O01"), "PID|1"), ["hl7.cleartext"]),
        ((msh(kind="ESU^U01"), "EQU|1"), []),
        ((msh(kind="ORU^R01", profile="1.3.6.1.4.1.19376.1.6.1.15.1"),), []),
        ((msh(kind="RGV^O15^RGV_O15", profile=PIV), "PID|1"), ["hl7.pump_order_cleartext", "hl7.cleartext"]),
        ((msh(kind="RGV^O15^RGV_O15"), "PID|1", PUMP_ROW), ["hl7.cleartext", "hl7.pump_order_cleartext"]),
        ((msh(kind="RGV^O15^RGV_O15", profile=PIV), PUMP_ROW), ["hl7.pump_order_cleartext"]),
        ((msh(kind="RGV^O15^RGV_O15"), "PID|1", "RXG|1|1||insulin"), ["hl7.cleartext"]),  # out of a cabinet
        ((msh(kind="RRG^O16"),), []),
    ],
)
def test_findings(segments: tuple[str, ...], findings: list[str]) -> None:
    assert [event[2] for event in events(block(*segments)) if event[0] == "flag"] == findings


TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)  # it writes others as \Xhh\


@given(st.lists(TEXT, min_size=1, max_size=3), TEXT, TEXT, st.lists(TEXT, min_size=1, max_size=2))
def test_fields_are_read_as_python_hl7_writes_and_reads_them(
    app: list[str], facility: str, product: str, instance: list[str]
) -> None:
    writer = python_hl7.parse("MSH|^~\\&|\r")

    def escaped(text: str) -> str:
        return str(writer.escape(text))

    message = (
        f"{msh(app='^'.join(map(escaped, app)), facility=escaped(facility))}\r"
        f"SFT|maker|1|{escaped(product)}|b\rEQU|{'^'.join(map(escaped, instance))}\r"
    )
    read = python_hl7.parse(message)
    theirs = [read.unescape(read.extract_field("MSH", 1, 3, 1, n + 1)) for n in range(len(app))]
    assert "\\" in "".join(app) or theirs == app  # it reads its own \E\ as nothing
    blob = VT + message.encode() + END
    found = of(blob)
    empty = {'""'}
    if not {facility, product, *app, *instance} & empty:
        assert found["hl7.sending_application"] == ["^".join(app)]
        assert found["hl7.sending_facility"] == [facility]
        assert found["hl7.software_product"] == [product]
        assert "\\" in product or read.unescape(read.extract_field("SFT", 1, 3)) == product
        who = behinds(blob)[0][0]
        assert who == ("obx18", instance[0], instance[1] if len(instance) > 1 else "")


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (b"\x0bMSH|^~\\&|A", True),
        (b"MSH|^~\\&|A", True),
        (b"\x0bFHS|^~\\&|A", True),
        (b"\x1c\r\x0bMSH|^~\\&|A", True),
        (b"x|y\rMSH|^~\\&|A", True),
        (b"y\rOBX|1|NM|\rOBX|2|", True),
        (b"", None),
        (b"\x0b", None),
        (b"\x0bMS", None),
        (b"MSH|^~", None),
        (b"a|b" * 100, None),
        (b"a|b" * 2000, False),
        (b"\r" * 4096, False),
        (b"\r" * 4090 + b"MSH|^~", False),
        (b"MSHAPED text", False),
        (b"GET / HTTP/1.1\r\n", False),
        (b"\x16\x03\x01\x02\x00\x01\x00", False),
        (b"\x01\x00\x00\x00\x00\xcd\x00\x01", False),
        (b"SSH-2.0-OpenSSH\r\n", False),
        (b"220 ftp ready\r\n", False),
        (b"POST /hl7 HTTP/1.1\r\nHost: engine\r\n\r\nMSH|^~\\&|A|B", False),
        (b"HTTP/1.1 200 OK\r\n\r\nMSH|^~\\&|A|B", False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert probe(first) is answer
