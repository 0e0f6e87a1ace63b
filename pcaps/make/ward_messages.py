"""HL7 messages of the small hospital that `mini_hospital.py` records. Persons are made up: ZQCANARY."""

from __future__ import annotations

PATIENT = "PID|1||ZQCANARY4711^^^HOSP^MR||ZQCANARYMARTIN^JEANNE||19600101|F|||1 rue ZQCANARY^^Lyon"
PCD_01 = "PCD_DEC_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO"
PCD_15 = "IHE_PCD_015^IHE PCD^1.3.6.1.4.1.19376.1.6.1.15.1^ISO"
MONITOR = "69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC"
VENTILATOR = "70001^MDC_DEV_SYS_PT_VENT_MDS^MDC"
PUMP = "70049^MDC_DEV_PUMP_INFUS_LVP_MDS^MDC"
SYRINGE = "70053^MDC_DEV_PUMP_INFUS_SYRINGE_MDS^MDC"

Device = tuple[str, str, str, str]  # MDS code, model, OBX-18, bed

MONITOR_1: Device = (MONITOR, "B650", "VSP^^080019FFFE102021^EUI-64", "ICU^R3^B1")
MONITOR_2: Device = (MONITOR, "Infinity Delta", "DELTA22^^0030E6FFFE102022^EUI-64", "ICU^R3^B2")
BEDSIDE: tuple[Device, ...] = (  # behind the gateway
    (MONITOR, "BeneVision N17", "N17-1^^00A037FFFE1B0001^EUI-64", "NICU^7^B1"),
    (MONITOR, "BeneVision N17", "N17-2^^00A037FFFE1B0002^EUI-64", "NICU^7^B2"),
    (VENTILATOR, "SV300", "SV300-1^^00A037FFFE1B0003^EUI-64", "NICU^7^B1"),
    (PUMP, "BeneFusion eVP", "EVP-1^^00A037FFFE1B0004^EUI-64", "NICU^7^B2"),
)


def values(n: int, device: Device) -> str:
    """What one device reports: its MDS row, its model, a patient attribute that nobody may keep, two readings."""
    mds, model, instance, _ = device
    reading = ("76", "98") if mds == MONITOR else ("12", "500")
    return "\n".join(
        (
            f"OBX|1||{mds}|1.0.0.0|||||||X|||2026010112{n:02}00||||{instance}",
            f"OBX|2|ST|67880^MDC_ATTR_ID_MODEL^MDC|1.0.0.1|{model}||||||R|||||||{instance}",
            "OBX|3|ST|67930^MDC_ATTR_PT_ID^MDC|1.0.0.2|ZQCANARY4711||||||R",
            f"OBX|4|NM|147842^MDC_ECG_HEART_RATE^MDC|1.1.1.147842|{reading[0]}|264864^^MDC|||||R|||||||{instance}",
            f"OBX|5|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.1.2.150456|{reading[1]}|^%^UCUM|||||R|||||||{instance}",
        )
    )


def reports(sender: str, facility: str, devices: tuple[Device, ...], times: int) -> list[str]:
    """IHE PCD-01: `sender` is MSH-3."""
    return [
        f"MSH|^~\\&|{sender}|{facility}|EHR|HOSP|2026010112{n:02}00||ORU^R01^ORU_R01|ZQCANARY{n}|P|2.6|||AL|NE"
        f"||UNICODE UTF-8|||{PCD_01}\n{PATIENT}\nPV1|1|I|{device[3]}\n"
        f"OBR|1|ZQCANARY{n}|ZQCANARY{n}|182777000^monitoring of patient^SCT|||2026010112{n:02}00\n{values(n, device)}"
        for n in range(times)
        for device in devices
    ]


def analysed(sender: str, facility: str, to: str, instruments: tuple[str, ...], software: str = "") -> list[str]:
    """Results of analysers (OUL^R22), each named in OBX-18: model, then model and serial number."""
    return [
        f"MSH|^~\\&|{sender}|{facility}|{to}|HOSP|2026010112{n:02}00||OUL^R22^OUL_R22|ZQCANARY{n}|P|2.5.1|||NE|AL"
        f"||UNICODE UTF-8|||LAB-29^IHE\n{software}{PATIENT}\nSPM|1|ZQCANARY99&BARCODE\nOBR|1|ZQCANARY5||PANEL^Panel\n"
        + "\n".join(
            f"OBX|{i}|NM|T{i}^Test {i}||{n}.{i}|mmol/L||N|||F|||2026010112{n:02}00||ZQCANARYTECH||{instrument}"
            for i, instrument in enumerate(instruments, 1)
        )
        + "\nNTE|1|L|ZQCANARY comment"
        for n in range(3)
    ]


def about_patients(*messages: tuple[str, str, str, str]) -> list[str]:
    """Registration, orders and results: application, facility, receiver, type."""
    return [
        f"MSH|^~\\&|{application}|{facility}|{to}|HOSP|202601011200{n:02}||{kind}|ZQCANARY{n}|P|2.5\nEVN||20260101\n"
        f"{PATIENT}\nNK1|1|ZQCANARYMARTIN^PAUL\nPV1|1|I|ZQCANARYWARD^R3^B12|||||ZQCANARYDOC^GREGORY"
        for n, (application, facility, to, kind) in enumerate(messages)
    ]


def pump(serial: str) -> str:
    return f"{serial}^^001A01FFFE{serial[1:]}^EUI-64"


ORDER = (
    "MSH|^~\\&|BCMA|HOSP|PUMPSERVER^001A01FFFE101050^EUI-64|ICU|20260101121500||RGV^O15^RGV_O15|ZQCANARY7|P|2.6|||AL|AL"
    f"\n{PATIENT}\nPV1|1|I|ZQCANARYWARD^R3^B12\nORC|RE|ZQCANARY7|||||||||ZQCANARYNURSE^IDA"
    "\nRXG|1|1||2222^ZQCANARY heparin|25||263762^MDC_DIM_X_L_PER_HR^MDC\nRXR|IV\n"
    f"OBX|1||{SYRINGE}||||||||X|||||||{pump('M100317')}"
)
STATES = [  # IHE PCD-15, without a patient
    f"MSH|^~\\&|Smiths Medical^001A01FFFE101050^EUI-64|ICU|CMMS|HOSP|20260101122000||ORU^R01^ORU_R01|9|P|2.6|||NE|AL"
    f"|||||{PCD_15}\nOBR|1||x|MDC_EVT^status\nOBX|1||{SYRINGE}|1.0.0.0|||||||X|||||||{pump(serial)}\n"
    f"OBX|2|ST|67880^MDC_ATTR_ID_MODEL^MDC|1.0.0.1|Medfusion 4000||||||R\n"
    f"OBX|3|ST|67972^MDC_ATTR_SYS_ID^MDC|1.0.0.2|{serial}||||||R\n"
    "OBX|4|NM|67996^MDC_ATTR_VAL_BATT_CHARGE^MDC|1.0.0.3|88"
    for serial in ("M100317", "M100318")
]

# who says it -> to whom, in this order: client, server, port, messages
TALK: tuple[tuple[str, str, int, list[str]], ...] = (
    (
        "ehr",
        "engine",
        6001,
        about_patients(*(("EPICADT", "HOSP", "ENGINE", kind) for kind in ("ADT^A01", "ADT^A08", "ORM^O01"))),
    ),
    (
        "engine",
        "ris",
        2575,
        about_patients(("EPICADT", "HOSP", "RIS", "ADT^A01"), ("EPICADT", "HOSP", "RIS", "ORM^O01")),
    ),
    ("engine", "lis", 2575, about_patients(("EPICADT", "HOSP", "LIS", "ADT^A01"))),
    (
        "engine",
        "ehr",
        2575,
        about_patients(
            ("MUSE", "MEI MUSE", "EHR", "ORU^R01"),
            ("PHILIPS", "XCELERA", "EHR", "ORU^R01"),
            ("SCHEDULE", "HOSP", "EHR", "SIU^S12"),
        ),
    ),
    ("monitor1", "ehr", 2575, reports("VSP^080019FFFE102021^EUI-64", "GE Healthcare", (MONITOR_1,), 4)),
    ("monitor2", "ehr", 2575, reports("DELTA22^0030E6FFFE102022^EUI-64", "DRAEGER", (MONITOR_2,), 4)),
    ("gateway", "ehr", 2575, reports("MINDRAY_EGATEWAY^00A037FFFE101020^EUI-64", "MINDRAY", BEDSIDE, 2)),
    ("ehr", "pumps", 11900, [ORDER]),
    ("pumps", "ehr", 2575, STATES),
    (
        "analyser",
        "middleware",
        5001,
        analysed(
            "cobas 8000",
            "LAB",
            "cobas infinity",
            ("c702^Roche~c702.3140^Roche", "e801^Roche~e801.2267^Roche"),
            "SFT|Roche Diagnostics|2.5.36|cobas 8000|358742.3\n",
        ),
    ),
    (
        "middleware",
        "lis",
        2575,
        analysed(
            "cobas infinity 3.3.5",
            "Roche Diagnostics",
            "LIS",
            ("XN-550^Sysmex~XN-550.11234^Sysmex", "XN-550^Sysmex~XN-550.11235^Sysmex", "c702^Roche~c702.3140^Roche"),
        ),
    ),
)

CLIENT = """
import json, sys, time
from hl7.client import MLLPClient

with MLLPClient(sys.argv[1], int(sys.argv[2])) as client:
    client.socket.settimeout(10)
    for message in json.load(open(sys.argv[3], encoding="utf-8")):
        client.send_message(message.replace("\\n", "\\r") + "\\r")
        time.sleep(0.02)
"""
