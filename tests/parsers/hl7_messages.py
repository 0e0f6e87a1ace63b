"""HL7 v2 messages for the tests of its parser, and what the parser says of them."""

from __future__ import annotations

from parsers.hl7 import SPEC
from tests.parsers.harness import one_way, said

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


def obx18(value: str, code: str = "1^GLU^L") -> str:
    return f"OBX|1|NM|{code}|1|5.2|mmol/L|||||F|||||||{value}"


def prt(kind: str = "EQUIP", **fields: str) -> str:
    values = {4: kind, **{int(name[1:]): value for name, value in fields.items()}}
    return "PRT|" + "|".join(values.get(n, "") for n in range(1, 23))


LAB = {"kind": "OUL^R22^OUL_R22", "version": "2.5"}
MDS_ROW = "OBX|9||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X|||||||M^^080019FFFE000001^EUI-64"
PIV = "PCD_PIV_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.3.1^ISO"
PUMP_ROW = "OBX|1||69986^MDC_DEV_PUMP_INFUS_VMD^MDC|1.1.0.0|||||||F|||||||SIM-0001-A"
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
