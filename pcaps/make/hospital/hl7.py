"""HL7 v2 over MLLP as monitors, gateways, analysers, engines and record systems write it; every person is a canary.

HL7 v2.6 chapters 2, 3, 7, 13; IHE PCD TF-2 (PCD-01, PCD-15); IHE LAB TF-2b (LAB-29).
"""

from __future__ import annotations

from typing import NamedTuple

PATIENT = (
    "PID|1||ZQCANARY{n}^^^HOSP^MR||ZQCANARYMARTIN^JEANNE||19600101|F|||1 rue ZQCANARY^^Lyon\rNK1|1|ZQCANARYMARTIN^PAUL"
)
PCD_01 = "IHE_PCD_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO"
PCD_15 = "IHE_PCD_015^IHE PCD^1.3.6.1.4.1.19376.1.6.1.15.1^ISO"

Talk = list[tuple[int, bytes]]


class Reporter(NamedTuple):
    """A device as a PCD message names it. instance: OBX-18. bed: PV1-3. system: a serial number in 67972, or ""."""

    mds: str
    model: str
    instance: str
    bed: str
    system: str = ""
    udi: str = ""  # PRT-10
    equipment: str = ""  # EQU-1


def eui64(mac: bytes) -> str:
    """The EUI-64 that is made from a MAC by FFFE in the middle, as IEEE did it."""
    return (mac[:3] + b"\xff\xfe" + mac[3:]).hex().upper()


def block(*lines: str) -> bytes:
    return b"\x0b" + ("\r".join(lines) + "\r").encode() + b"\x1c\r"


def header(sender: str, facility: str, receiver: str, kind: str, number: int, version: str, profile: str = "") -> str:
    head = f"MSH|^~\\&|{sender}|{facility}|{receiver}|HOSP|20260105120000+0000||{kind}|ZQ{number}|P|{version}"
    return f"{head}|||AL|NE||UNICODE UTF-8|||{profile}"


def acknowledged(messages: list[bytes], answerer: str) -> Talk:
    """Each message and the acknowledgement that the server gives."""
    out: Talk = []
    for number, message in enumerate(messages):
        ack = block(f"MSH|^~\\&|{answerer}|HOSP|X|Y|20260105120001||ACK^R01^ACK|A{number}|P|2.6", f"MSA|AA|ZQ{number}")
        out += [(0, message), (1, ack)]
    return out


def observation(
    sender: str, facility: str, receiver: str, device: Reporter, number: int, *, managed: bool = False
) -> bytes:
    """IHE PCD-01, or with `managed` PCD-15, which has no patient."""
    lines = [header(sender, facility, receiver, "ORU^R01^ORU_R01", number, "2.6", PCD_15 if managed else PCD_01)]
    if not managed:
        lines += [PATIENT.format(n=number), f"PV1|1|I|{device.bed}|||||ZQCANARYDOC^GREGORY"]
    lines.append(f"OBR|1|ZQ{number}|ZQ{number}|182777000^monitoring of patient^SCT|||20260105120000+0000")
    if device.equipment:
        lines.append(f"EQU|{device.equipment}|20260105120000")
    said = device.instance
    lines.append(f"OBX|1||{device.mds}|1.0.0.0|||||||X|||20260105120000||||{said}")
    if device.model:
        lines.append(f"OBX|2|ST|67880^MDC_ATTR_ID_MODEL^MDC|1.0.0.1|{device.model}||||||R|||||||{said}")
    if device.system:
        lines.append(f"OBX|3|ST|67972^MDC_ATTR_SYS_ID^MDC|1.0.0.2|{device.system}||||||R|||||||{said}")
    if not managed:
        lines.append("OBX|4|ST|67930^MDC_ATTR_PT_ID^MDC|1.0.0.3|ZQCANARY4711||||||R")
    lines.append(f"OBX|5|NM|147842^MDC_ECG_HEART_RATE^MDC|1.1.1.147842|76|264864^^MDC|||||R||||ZQCANARYNURSE|||{said}")
    if device.udi:
        lines.append(f"PRT|1|AD||EQUIP|||||{device.bed}|{device.udi}")
    return block(*lines)


def results(sender: str, facility: str, receiver: str, instruments: list[str], number: int) -> bytes:
    """LAB-29: results of analysers, each named in OBX-18."""
    lines = [header(sender, facility, receiver, "OUL^R22^OUL_R22", number, "2.5.1", "LAB-29^IHE")]
    lines += [PATIENT.format(n=number), "SPM|1|ZQCANARY99&BARCODE||SER", "OBR|1|ZQCANARY5||PANEL^Panel"]
    for row, instrument in enumerate(instruments, 1):
        value = f"{number % 90}.{row}|mmol/L||N|||F|||20260105120000||ZQCANARYTECH"
        lines.append(f"OBX|{row}|NM|T{row}^Test {row}||{value}||{instrument}")
    return block(*lines, "NTE|1|L|ZQCANARY comment")


def about_patient(sender: str, facility: str, receiver: str, kind: str, number: int) -> bytes:
    """Registration, orders, results, appointments."""
    return block(
        header(sender, facility, receiver, kind, number, "2.5"),
        "EVN||20260105",
        PATIENT.format(n=number),
        "PV1|1|I|ZQCANARYWARD^R3^B12|||||ZQCANARYDOC^GREGORY",
    )
