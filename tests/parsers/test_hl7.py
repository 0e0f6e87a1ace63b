"""HL7 v2: what is said of whom. Expected values are read off the messages by the standard's field numbers."""

from __future__ import annotations

import hl7 as python_hl7
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.hl7 import SPEC, probe
from tests.parsers.harness import cut, one_way, said

VT, END = b"\x0b", b"\x1c\r"
CLEARTEXT = ("flag", ("sender", "", ()), "hl7.cleartext")


def block(*segments: str, encoding: str = "utf-8", ending: str = "\r") -> bytes:
    return VT + "".join(segment + ending for segment in segments).encode(encoding) + END


def msh(
    app: str = "APP",
    facility: str = "FAC",
    to: str = "TO",
    to_facility: str = "THERE",
    kind: str = "ORU^R01^ORU_R01",
    version: str = "2.6",
    control: str = "1",
    charset: str = "",
    profile: str = "",
    more: str = "",
) -> str:
    return (
        f"MSH|^~\\&|{app}|{facility}|{to}|{to_facility}|20260101120000||{kind}|{control}|P|{version}"
        f"|||||FRA|{charset}|||{profile}{more}"
    )


def events(blob: bytes) -> list[tuple[object, ...]]:
    return said(SPEC, one_way(blob))


def of(blob: bytes, host: str = "sender", behind: tuple[tuple[str, str, str], ...] = ()) -> dict[str, list[str]]:
    """observable -> values, of what is said about the host itself (any application) or about one device behind it."""
    found: dict[str, list[str]] = {}
    for event in events(blob):
        if event[0] == "said" and event[1][0] == host and event[1][2] == behind:
            for observable, value in event[2]:
                found.setdefault(observable, []).append(value)
    return found


def behinds(blob: bytes) -> list[tuple[tuple[str, str, str], ...]]:
    return [event[1][2] for event in events(blob) if event[0] == "said" and event[1][2]]


def odd(blob: bytes) -> list[str]:
    return [str(event[1]) for event in events(blob) if event[0] == "odd"]


PCD_MESSAGE = block(
    "MSH|^~\\&|MON7^080019FFFE134535^EUI-64|ACME|GW|H1|20260101120000||ORU^R01^ORU_R01|1|P|2.6|||NE|AL||UNICODE UTF-8"
    "|||PCD_DEC_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO",
    "PID|||ZQCANARY4711^^^H^MR||ZQCANARYMARTIN^JEANNE",
    "PV1||I|ICU^R3^B12^H1^ZQCANARY",
    "OBR|1|ZQCANARY1|ZQCANARY2|182777000^monitoring of patient^SCT",
    "OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X|||||||MON7^^0800190000123456^EUI-64",
    "OBX|2||69966^MDC_DEV_MON_PHYSIO_MULTI_PARAM_VMD^MDC|1.1.0.0|||||||X",
    "OBX|3|ST|67880^MDC_ATTR_ID_MODEL^MDC|1.0.0.1|M540||||||R",
    "OBX|4|NM|147842^MDC_ECG_HEART_RATE^MDC|1.1.1.147842|80|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||R",
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


PIV = "PCD_PIV_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.3.1^ISO"
PUMP_ROW = "OBX|1||69986^MDC_DEV_PUMP_INFUS_VMD^MDC|1.1.0.0|||||||F|||||||SIM-0001-A"

# Findings ------------------------------------------------------------------------------------------------------------


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


# Devices -------------------------------------------------------------------------------------------------------------

LAB = {"kind": "OUL^R22^OUL_R22", "version": "2.5"}


def obx18(value: str, code: str = "1^GLU^L") -> str:
    return f"OBX|1|NM|{code}|1|5.2|mmol/L|||||F|||||||{value}"


def test_an_analyser_by_model_and_serial_in_one_namespace() -> None:
    blob = block(msh(**LAB), obx18("c5800^Roche~c5800.2709^Roche"), obx18("c5800^Roche~c5800.2709^Roche"))
    who = (("obx18", "c5800.2709", "Roche"),)
    assert behinds(blob) == [who]
    assert of(blob, behind=who) == {
        "hl7.obx18_model": ["c5800"],
        "hl7.serial": ["2709"],
        "hl7.obx18": ["c5800^Roche", "c5800.2709^Roche"],
    }


@pytest.mark.parametrize(
    ("instances", "serial"),
    [
        ("XN-550^Sysmex~XN-550.11234^Sysmex", ["11234"]),
        ("AU5800^BC~AU5800.A1.7^BC", ["A1.7"]),
        ("XN-550^Sysmex~XN-5501.11234^Sysmex", None),  # of another model
        ("XN-550^Sysmex~11234^Sysmex", None),  # some other numbering
        ("XN-550^Sysmex~XN-550.^Sysmex", None),
        ("XN-550~XN-550.11234", None),  # without a namespace they are not known to be one device's
        ("XN-550.11234^Sysmex", None),  # the model alone tells where the number begins
    ],
)
def test_the_serial_after_the_model(instances: str, serial: list[str] | None) -> None:
    blob = block(msh(**LAB), obx18(instances))
    found = [value for who in behinds(blob) for value in of(blob, behind=who).get("hl7.serial", ())]
    assert found == (serial or [])


def test_repeats_in_other_namespaces_are_other_devices() -> None:
    blob = block(msh(**LAB), obx18("AN1^Acme~AN2^Bolt"))
    assert behinds(blob) == [(("obx18", "AN1", "Acme"),), (("obx18", "AN2", "Bolt"),)]


def test_results_of_several_analysers_in_one_message() -> None:
    blob = block(msh(**LAB), obx18("AN1^Acme"), obx18("AN2^Acme"), obx18("AN1^Acme"), "EQU|AN2^Acme|2026|ID")
    assert behinds(blob) == [(("obx18", "AN1", "Acme"),), (("obx18", "AN2", "Acme"),)]
    assert of(blob, behind=(("obx18", "AN2", "Acme"),)) == {
        "hl7.obx18": ["AN2^Acme"],
        "hl7.equipment": ["AN2^Acme"],
    }


def test_obx_18_before_further_fields() -> None:
    assert behinds(block(msh(**LAB), obx18("AN1^Acme|20260101||ZQCANARY|")))[0] == (("obx18", "AN1", "Acme"),)


def test_an_mds_and_its_system_id_are_one_device() -> None:
    blob = block(
        msh(),
        "OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X",
        "OBX|2|ST|67972^MDC_ATTR_SYS_ID^MDC|1.0.0.2|SN-4711||||||R",
        "OBX|3|ST|67880^MDC_ATTR_ID_MODEL^MDC|1.0.0.1|Perfusor Space||||||R",
        "OBX|4|NM|67996^MDC_ATTR_VAL_BATT_CHARGE^MDC|1.0.0.3|ZQCANARY||||||R",
    )
    who = (("serial", "SN-4711", ""),)
    assert behinds(blob) == [who]
    assert of(blob, behind=who) == {
        "hl7.mdc_device": ["69965"],
        "hl7.system_id": ["SN-4711"],
        "hl7.serial": ["SN-4711"],
        "hl7.model": ["Perfusor Space"],
    }


def test_a_system_id_may_be_an_eui64() -> None:
    for value in ("080019FFFE134535", "X^^080019FFFE134535^EUI-64"):
        blob = block(msh(), f"OBX|2|ST|67972^^MDC|1.0.0.2|{value}||||||R")
        assert behinds(blob) == [(("eui64", "080019FFFE134535", ""),)]
        assert of(blob, behind=behinds(blob)[0])["hl7.device_mac"] == ["08:00:19:13:45:35"]
        assert "hl7.serial" not in of(blob, behind=behinds(blob)[0])
    assert behinds(block(msh(), "OBX|2|ST|67972^^MDC|1.0.0.2|1234567890123456||||||R")) == [
        (("serial", "1234567890123456", ""),)
    ]


def test_pumps_in_a_rack_are_devices_of_their_own() -> None:
    blob = block(
        msh(),
        "OBX|1||69985^MDC_DEV_PUMP_INFUS_MDS^MDC|1.0.0.0|||||||X|||||||RACK1^^00122118390000AA^EUI-64",
        "OBX|2||69986^MDC_DEV_PUMP_INFUS_VMD^MDC|1.1.0.0|||||||X",
        "OBX|3|ST|67972^MDC_ATTR_SYS_ID^MDC|1.1.0.2|PUMP-A||||||R",
        "OBX|4|ST|67880^MDC_ATTR_ID_MODEL^MDC|1.1.0.1|Infusomat||||||R",
        "OBX|5||69986^MDC_DEV_PUMP_INFUS_VMD^MDC|1.2.0.0|||||||X",
        "OBX|6|ST|67972^MDC_ATTR_SYS_ID^MDC|1.2.0.2|PUMP-B||||||R",
    )
    rack, a, b = (("eui64", "00122118390000AA", ""),), (("serial", "PUMP-A", ""),), (("serial", "PUMP-B", ""),)
    assert behinds(blob) == [rack, a, b]
    assert of(blob, behind=rack)["hl7.mdc_device"] == ["69985"]
    assert "hl7.model" not in of(blob, behind=rack)
    assert of(blob, behind=a)["hl7.model"] == ["Infusomat"]
    assert [of(blob, behind=who).get("hl7.serial") for who in (rack, a, b)] == [None, ["PUMP-A"], ["PUMP-B"]]
    assert of(blob, behind=b)["hl7.mdc_module"] == ["69986"]


def test_two_mds_in_one_message() -> None:
    blob = block(
        msh(),
        "OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X|||||||A^^080019FFFE000001^EUI-64",
        "OBX|2||70001^MDC_DEV_SYS_PT_VENT_MDS^MDC|2.0.0.0|||||||X|||||||B^^080019FFFE000002^EUI-64",
        "OBX|3|ST|67880^MDC_ATTR_ID_MODEL^MDC|2.0.0.1|Vent 9||||||R",
    )
    assert of(blob, behind=(("eui64", "080019FFFE000001", ""),))["hl7.mdc_device"] == ["69965"]
    second = of(blob, behind=(("eui64", "080019FFFE000002", ""),))
    assert (second["hl7.mdc_device"], second["hl7.model"]) == (["70001"], ["Vent 9"])


def test_a_device_without_a_name_is_said_of_the_sender_and_of_the_bed() -> None:
    rows = ("OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X",)
    nowhere = block(msh(), *rows)
    assert of(nowhere)["hl7.sends_device"] == ["69965"]
    assert behinds(nowhere) == []
    bed = block(msh(), "PV1|1|I|ICU^3^12", *rows)
    assert of(bed)["hl7.sends_device"] == ["69965"]
    assert behinds(bed) == [(("model_station", "69965 ICU^3^12", ""),)]


def test_a_device_in_an_order_is_behind_the_receiver() -> None:
    blob = block(msh(kind="RGV^O15^RGV_O15"), "PV1|1|I|ZQCANARY", obx18("P17^^001A010000000017^EUI-64", "1^X^MDC"))
    assert [(e[1][0], e[1][2]) for e in events(blob) if e[0] == "said" and e[1][2]] == [
        ("receiver", (("eui64", "001A010000000017", ""),))
    ]


def test_an_order_says_what_its_receiver_takes_in() -> None:
    """IHE PCD-03. What is given by a person has no profile."""
    order = block(msh(kind="RGV^O15^RGV_O15", profile=PIV), PUMP_ROW)
    assert of(order, "receiver")["hl7.receives_profile"] == ["1.3.6.1.4.1.19376.1.6.1.3.1"]
    assert "hl7.receives_profile" not in of(block(msh(kind="RGV^O15^RGV_O15")), "receiver")


def test_an_infusion_event() -> None:
    """IHE PCD-10, after the sample message of the IPEC supplement, revision 1.5, X.1.2.2 (its persons replaced)."""
    blob = block(
        "MSH|^~\\&|PAT_DEVICE_PUMPVENDOR^9999990000000000^EUI-64|PUMPVENDOR|DOC_VENDOR|DOC_VENDOR|20151015132107-0500"
        "||ORU^R42^ORU_R01|6358051206735492253|P|2.6|||AL|NE||ASCII|en^English^ISO639"
        "||IHE_PCD_010^IHE PCD^ 1.3.6.1.4.1.19376.1.6.4.10^ISO",
        "PID|||ZQCANARY4711^^^IHE^PI||ZQCANARYMARTIN^JEANNE^^^^^L",
        "PV1||I|3 West ICU^3002^1",
        "OBR|1|AB12345^PCD-03|CD12345^HL7^ACDE48234567ABCD^EUI-64|2222^ZQCANARY|||20151015132106-0500",
        "OBX|1||70049^MDC_DEV_PUMP_INFUS_LVP_MDS^MDC|1.0.0.0|||||||X|||||ZQCANARY||E0002^^0012210000000000^EUI-64",
        "OBX|2|ST|184517^MDC_PUMP_DRUG_LIBRARY_VERSION^MDC|1.0.0.1|DL1||||||R",
        "OBX|3|CWE|0^MDC_ATTR_EVT_COND^MDC|1.0.0.2|197288^MDC_EVT_PUMP_DELIV_START^MDC||||||R",
        "OBX|5||70050^MDC_DEV_PUMP_INFUS_LVP_VMD^MDC|1.1.0.0|||||||X",
        "OBX|6||0^MDC_DEV_PUMP_DELIVERY_INFO^MDC|1.1.1.0|||||||X",
        "OBX|20|ST|184514^MDC_DRUG_NAME_LABEL^MDC|1.1.2.10|ZQCANARY||||||R",
    )
    pump = (("eui64", "0012210000000000", ""),)
    assert behinds(blob) == [pump]
    said = of(blob, behind=pump)
    assert (said["hl7.mdc_device"], said["hl7.location"]) == (["70049"], ["3 West ICU^3002^1"])
    assert "70050" in said["hl7.mdc_module"]
    assert of(blob)["hl7.profile"] == ["1.3.6.1.4.1.19376.1.6.4.10"]
    assert of(blob)["hl7.order_eui64"] == ["ACDE48234567ABCD"]
    assert "ZQCANARY" not in repr(events(blob))


def test_an_alarm() -> None:
    """IHE PCD-04, after PCD TF-2 3.4: the device row, then the alarm and its attributes as facets of it."""
    rows = (
        "OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X|||||||MON7^^080019FFFE134535^EUI-64",
        "OBX|2|ST|196652^MDC_EVT_HI^MDC|1.1.1.1.1|ZQCANARY alarm text|||A~PM~SA|||R|||||ZQCANARYNURSE",
        "OBX|3|ST|68165^MDC_ATTR_EVENT_PHASE^MDC|1.1.1.1.3|start|||A~PM~SA|||R",
    )
    header = msh(kind="ORU^R40^ORU_R40", profile="PCD_ACM_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.4.1^ISO")
    blob = block(header, "PV1||I|ICU^R3^B12", "OBR|1|||196616^MDC_EVT_ALARM^MDC", *rows)
    monitor = (("eui64", "080019FFFE134535", ""),)
    assert behinds(blob) == [monitor]
    assert of(blob, behind=monitor)["hl7.location"] == ["ICU^R3^B12"]
    assert of(blob, "receiver")["hl7.receives_type"] == ["ORU^R40"]
    assert [event[2] for event in events(blob) if event[0] == "flag"] == ["hl7.cleartext"]
    assert "ZQCANARY" not in repr(events(blob))


def test_order_numbers_give_only_the_eui64_beside_them() -> None:
    blob = block(msh(), "OBR|1|ZQCANARY7^EG^00A037FFFE000143^EUI-64|ZQCANARY8^EG^00A037FFFE000143^EUI-64|x")
    assert of(blob)["hl7.order_eui64"][0] == "00A037FFFE000143"
    assert of(blob)["hl7.order_mac"][0] == "00:a0:37:00:01:43"


def prt(kind: str = "EQUIP", **fields: str) -> str:
    values = {4: kind, **{int(name[1:]): value for name, value in fields.items()}}
    return "PRT|" + "|".join(values.get(n, "") for n in range(1, 23))


def test_prt_of_equipment() -> None:
    blob = block(
        msh(version="2.8.2"),
        "OBX|1|NM|147842^MDC_ECG_HEART_RATE^MDC|1.1.1.1|80",
        prt(
            p5="ZQCANARYMARTIN^JEANNE",
            p9="OR^1^A",
            p10="MON9^Acme",
            p16="09506000117843",
            p17="20240501",
            p18="20300501",
            p19="LOT7",
            p20="SN99",
            p21="ZQCANARYDONATION",
            p22="12345^monitor^L",
        ),
    )
    who = (("obx18", "MON9", "Acme"), ("serial", "SN99", ""), ("udi", "(01)09506000117843(21)SN99", ""))
    assert behinds(blob) == [who]
    assert of(blob, behind=who) == {
        "hl7.prt_device": ["MON9^Acme"],
        "hl7.serial": ["SN99"],
        "hl7.udi_device_identifier": ["09506000117843"],
        "hl7.manufacture_date": ["20240501"],
        "hl7.expiry_date": ["20300501"],
        "hl7.lot": ["LOT7"],
        "hl7.device_type": ["12345^monitor^L"],
        "hl7.location": ["OR^1^A"],
    }


@pytest.mark.parametrize(
    ("udi", "scheme"),
    [
        ("(01)09506000117843(11)240501(21)SN99", "udi"),
        ("0109506000117843112405012199887", "udi"),
        ("(01)09506000117843(10)LOT7", "model_station"),
        ("(01)09506000117844(21)SN99", "udi"),  # a wrong check digit is kept as it stands
        ("+A999ABC123DE0/$+1234567Y", "udi"),  # ANSI/HIBC 2.6
        ("+A99912345/$$52001510X33", "model_station"),
    ],
    ids=["serial", "serial-without-brackets", "only-a-lot", "wrong-check-digit", "hibcc", "hibcc-lot"],
)
def test_a_udi_names_one_device_only_with_a_serial(udi: str, scheme: str) -> None:
    assert behinds(block(msh(), prt(p10=f"{udi}^AGENCY"))) == [((scheme, udi, ""),)]


def test_the_number_of_a_donation_is_left_out_of_a_udi() -> None:
    """ST-011 of ICCBBA: it leads to the donor."""
    blob = block(msh(), prt(p10="=/A9999XYZ100T0944=,000025=A99971312345600=>014032^ICCBBA"))
    assert behinds(blob) == [(("udi", "=/A9999XYZ100T0944=,000025=>014032", ""),)]
    assert "A99971312345600" not in repr(events(blob))


def test_what_only_begins_like_a_udi_is_an_instance() -> None:
    assert behinds(block(msh(), prt(p10="+MON7^Acme"))) == [(("obx18", "+MON7", "Acme"),)]


@pytest.mark.parametrize("kind", ["PP", "", "EQUIPMENT", "RO^EQUIP"])
def test_prt_of_anybody_else_is_not_read(kind: str) -> None:
    assert behinds(block(msh(), prt(kind, p10="ZQCANARY^X", p20="ZQCANARY9"))) == []


# Persons -------------------------------------------------------------------------------------------------------------

MDS_ROW = "OBX|9||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X|||||||M^^080019FFFE000001^EUI-64"
Z = "ZQCANARYMARTIN^JEANNE"


def full(segment: str, fields: int, *free: int) -> str:
    """A segment with a canary in every field but those in `free`."""
    return f"{segment}|" + "|".join("" if n in free else f"{Z}^{n}" for n in range(1, fields + 1))


PERSONS = [
    full("EVN", 7),
    full("PID", 39),
    full("PD1", 21),
    full("NK1", 39),
    full("PV1", 52, 3),
    full("PV2", 49),
    full("GT1", 57),
    full("IN1", 53),
    full("IN2", 72),
    full("IN3", 28),
    full("MRG", 7),
    full("AL1", 6),
    full("DG1", 26),
    full("PR1", 25),
    full("ORC", 34),
    full("OBR", 53),
    full("NTE", 9),
    full("TXA", 28),
    full("SPM", 30),
    full("SAC", 44),
    full("QRD", 12),
    full("QPD", 12),
    full("RXE", 44),
    full("RXG", 27),
    full("RXA", 26),
    full("MSA", 8),
    full("ZDS", 20),
    full("ZPM", 20),
    full("PRT", 22),
    full("SFT", 6, 1, 2, 3, 4),
    full("EQU", 5, 1),
]
RESULTS = [
    f"OBX|1|{kind}|{code}|1.0.0.7|{Z}|{Z}|{Z}|{Z}|{Z}|{Z}|{Z}|{Z}|{Z}|{Z}|{Z}|{Z}|{Z}||{Z}|{Z}|{Z}|{Z}|{Z}|{Z}|{Z}"
    for kind, code in [
        ("DT", "67928^MDC_ATTR_PT_DOB^MDC"),
        ("ST", "67930^MDC_ATTR_PT_ID^MDC"),
        ("ST", "67932^MDC_ATTR_PT_NAME_FAMILY^MDC"),
        ("ST", "67933^MDC_ATTR_PT_NAME_GIVEN^MDC"),
        ("ST", "67996^MDC_ATTR_VAL_BATT_CHARGE^MDC"),
        ("ST", "67881^MDC_ATTR_ID_X^MDC"),
        ("ST", "678800^X^MDC"),
        ("ST", "67880^Glucose^LOCAL"),
        ("ST", "67972^Glucose^LOCAL"),
        ("ST", "69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC"),
        ("TX", "1^GLU^LN"),
    ]
]


@pytest.mark.parametrize("ending", ["\r", "\n"], ids=["cr", "lf"])
@pytest.mark.parametrize(
    "kind", ["ORU^R01", "ADT^A01", "ORM^O01", "RGV^O15", "OUL^R22", "SIU^S12", "MDM^T02", "QBP^Q11"]
)
def test_no_person_leaves_the_parser(kind: str, ending: str) -> None:
    header = msh(kind=kind, control="ZQCANARY1").replace("|||||FRA", "|ZQCANARY|ZQCANARY|||FRA")
    blob = block(header, *PERSONS, *RESULTS, *(full("PV1", 52, 3) for _ in range(2)), MDS_ROW, ending=ending)
    for size in (1 << 20, 700, 64):
        found = said(SPEC, cut(one_way(blob), size))
        assert "ZQCANARY" not in repr(found)
        assert any(event[0] == "said" and event[1][2] == (("eui64", "080019FFFE000001", ""),) for event in found)


@pytest.mark.parametrize("kind", ["ADT^A01", "SIU^S12", "ORM^O01", "RGV^O15", "OUL^R22", "MDM^T02"])
def test_a_patients_bed_is_read_only_in_observations(kind: str) -> None:
    blob = block(msh(kind=kind), "PV1|1|I|ZQCANARY^3^12", MDS_ROW)
    assert "ZQCANARY" not in repr(events(blob))
    assert behinds(blob)


@pytest.mark.parametrize(
    "segments",
    [
        pytest.param(("OBX|1|NM|1^GLU^LN||5",), id="no-device"),
        pytest.param((obx18("AN1^Acme"),), id="laboratory-analyser"),
        pytest.param((prt("PP"),), id="no-equipment"),
    ],
)
def test_a_patients_bed_is_not_an_analysers_place(segments: tuple[str, ...]) -> None:
    assert "ZQCANARY" not in repr(events(block(msh(), "PV1|1|I|ZQCANARY^3^12", *segments)))


@pytest.mark.parametrize("order", [1, -1], ids=["place-first", "place-last"])
def test_the_bed_of_a_bedside_device(order: int) -> None:
    blob = block(msh(), *["PV1|1|I|ICU&x^3^12^H^ZQCANARY", MDS_ROW][::order])
    assert of(blob, behind=(("eui64", "080019FFFE000001", ""),))["hl7.location"] == ["ICU&x^3^12^H"]


@pytest.mark.parametrize(
    "header",
    [
        msh(app="Paceart", facility="Medtronic", profile="IDCO^IHE^1.3.6.1.4.1.19376.1.6.1.9.1^ISO"),
        msh(app="Paceart", facility="Medtronic"),
    ],
    ids=["by-profile", "by-codes"],
)
def test_an_implant_is_part_of_its_patient(header: str) -> None:
    blob = block(
        header,
        "SFT|Medtronic|5|Paceart Optima|1",
        "PID|1||model:ZQCANARYSure/serial:ZQCANARY4711^^^MDT^U",
        "PV1|1|O|ZQCANARY",
        obx18("ZQCANARY4711^MDT", "720897^MDC_IDC_DEV_TYPE^MDC"),
        "OBX|2|ST|720898^MDC_IDC_DEV_MODEL^MDC|1|ZQCANARYSure",
        obx18("ZQCANARY4711^MDT", "720899^MDC_IDC_DEV_SERIAL_NUMBER^MDC"),
        prt(p10="ZQCANARY4711^MDT", p20="ZQCANARY4711"),
        "EQU|ZQCANARY4711",
        MDS_ROW.replace("080019FFFE000001", "2345670089ABCDEF"),
    )
    assert "ZQCANARY" not in repr(events(blob))
    assert behinds(blob) == []
    assert of(blob)["hl7.software_product"] == ["Paceart Optima"]


def test_what_an_implant_message_said_is_not_known_to_the_next() -> None:
    """Its rows fell away, so the same instance in another message is met for the first time."""
    implant = block(msh(), obx18("M7^Acme", "720897^MDC_IDC_DEV_TYPE^MDC"), obx18("M7^Acme"))
    monitor = block(msh(), obx18("M7^Acme"))
    assert behinds(monitor)
    assert behinds(implant) == []
    assert behinds(obx_first := block(msh(), obx18("M7^Acme"), obx18("X", "720897^MDC_IDC_DEV_TYPE^MDC"))) == []
    assert behinds(obx_first + monitor) == behinds(implant + monitor) == behinds(monitor)


# Cuts, losses, caps --------------------------------------------------------------------------------------------------

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


# python-hl7 as an independent reader ---------------------------------------------------------------------------------

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


# Probe ---------------------------------------------------------------------------------------------------------------


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
