"""HL7 v2 in datagrams. Messages written by hand after HL7 v2.5.1 chapter 2 and IHE PCD TF-2."""

from __future__ import annotations

import pytest

from parsers.api import whole
from parsers.hl7 import SPEC as HL7
from parsers.hl7_udp import SPEC
from parsers.mindray import SPEC as MINDRAY
from tests.parsers.datagrams import heard

MESSAGE = (
    b"MSH|^~\\&|MON7^080019FFFE123456^EUI-64|ACME|GW|H1|20260101120000||ORU^R01^ORU_R01|ZQCANARY1|P|2.6\r"
    b"PID|||ZQCANARY4711||ZQCANARYMARTIN^JEANNE\rPV1||I|ICU^R3^B12\r"
    b"OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X|||||||MON7^^0800190000123456^EUI-64\r"
    b"OBX|2|ST|67880^MDC_ATTR_ID_MODEL^MDC|1.0.0.1|M540||||||R\r"
)


@pytest.mark.parametrize(
    "data",
    [
        MESSAGE,
        b"\x0b" + MESSAGE + b"\x1c\r",
        MESSAGE.replace(b"\r", b"\r\n"),
        b"BHS|^~\\&|MON7\r" + MESSAGE + b"BTS|1\r",
        b"FHS|^~\\&|MON7\rBHS|^~\\&|MON7\r" + MESSAGE + MESSAGE + b"BTS|2\rFTS|1\r",
    ],
)
def test_a_datagram_is_handed_on_and_says_who_measured(data: bytes) -> None:
    assert SPEC.probe(data)
    assert heard(SPEC, data) == [("carried", "hl7_udp", data)]
    unit = whole(HL7)
    assert "hl7_udp" in unit.carriers
    assert unit.probe(data)
    found = heard(unit, data)
    said = {pair for event in found if event[0] == "said" for pair in event[2]}  # type: ignore[attr-defined]  # pairs
    assert {("hl7.sending_mac", "08:00:19:12:34:56"), ("hl7.model", "M540"), ("hl7.location", "ICU^R3^B12")} <= said
    assert ("flag", ("sender", "", ()), "hl7.cleartext") in found
    assert "ZQCANARY" not in repr(found)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"MSH",
        b"MSH|^~",
        b"MSHABCDEFGHIJ",
        b"Martin",
        b"BHS says nothing",
        b"\x0b\x0b\x0b\x0bMSH|^~\\&|A|B",
        b"PID|||4711\r" + MESSAGE,
    ],
)
def test_what_is_none(data: bytes) -> None:
    assert not SPEC.probe(data)


def test_a_monitors_broadcast_is_left_to_its_own_parser() -> None:
    data = b"MSH|^~\\&|||||||ADT^A01|101|P|2.3.1|\rPID|||ZQCANARY\r"
    assert MINDRAY.probe(data)
    assert not SPEC.probe(data)
