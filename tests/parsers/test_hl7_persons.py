"""HL7 v2: no person leaves the parser, whatever field one is in."""

from __future__ import annotations

import pytest

from parsers.hl7 import SPEC
from tests.parsers.harness import cut, one_way, said
from tests.parsers.hl7_messages import MDS_ROW, behinds, block, events, msh, obx18, of, prt

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
