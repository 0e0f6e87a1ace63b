"""Records pcaps/hl7: python-hl7's MLLP client and server, in hosts behind one switch. Patients are made up: ZQCANARY.

`python pcaps/make/interfaces.py [case ...]`. Needs root, iproute2, tcpdump and the `hl7` package.
"""

from __future__ import annotations

import sys
import time

import hl7.client
from lab import Lab

HOSTS = {  # name -> (MAC, address)
    "monitor": ("08:00:19:13:45:35", "10.30.1.11"),
    "gateway": ("00:a0:37:00:01:43", "10.30.0.20"),
    "analyser": ("00:60:19:30:00:31", "10.30.2.31"),
    "engine": ("00:50:56:30:00:40", "10.30.0.40"),
    "ehr": ("00:50:56:30:00:10", "10.30.0.10"),
    "pumps": ("00:1a:01:30:00:50", "10.30.0.50"),
}

SERVER = """
import asyncio, sys
from hl7.mllp import start_hl7_server

async def serve(reader, writer):
    while not writer.is_closing():
        try:
            message = await reader.readmessage()
        except asyncio.IncompleteReadError:
            writer.close()
            break
        writer.writemessage(message.create_ack())
        await writer.drain()

async def main():
    async with await start_hl7_server(serve, sys.argv[1], int(sys.argv[2]), encoding="utf-8") as server:
        await server.serve_forever()

asyncio.run(main())
"""

CLIENT = """
import sys, time
from hl7.client import MLLPClient

host, port, source = sys.argv[1], int(sys.argv[2]), sys.argv[3]
with MLLPClient(host, port) as client:
    client.socket.settimeout(10)
    for message in open(source, newline="", encoding="utf-8").read().split("\\n\\n"):
        client.send_message(message.strip("\\n").replace("\\n", "\\r") + "\\r")
        time.sleep(0.05)
"""

PATIENT = "PID|1||ZQCANARY4711^^^HOSP^MR||ZQCANARYMARTIN^JEANNE||19600101|F|||ZQCANARY street 1^^Lyon"
DEVICE_PROFILE = "PCD_DEC_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO"


def observations(number: int, mds: str, name: str, model: str, instance: str) -> str:
    return "\n".join(
        (
            f"OBX|1||{mds}^{name}^MDC|1.0.0.0|||||||X|||2026010112{number:02}00||||{instance}",
            f"OBX|2|ST|67880^MDC_ATTR_ID_MODEL^MDC|1.0.0.1|{model}||||||R|||||||{instance}",
            "OBX|3|ST|67930^MDC_ATTR_PT_ID^MDC|1.0.0.2|ZQCANARY4711||||||R",
            "OBX|4||69966^MDC_DEV_MON_PHYSIO_MULTI_PARAM_VMD^MDC|1.1.0.0|||||||X",
            f"OBX|5|NM|147842^MDC_ECG_HEART_RATE^MDC|1.1.1.147842|{70 + number}|264864^^MDC|||||R|||||||{instance}",
            f"OBX|6|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.1.2.150456|{95 + number % 5}|^%^UCUM|||||R|||||||{instance}",
        )
    )


MONITOR = "\n\n".join(
    f"MSH|^~\\&|VSP^080019FFFE134535^EUI-64|GE Healthcare|EHR|HOSP|2026010112{n:02}00||ORU^R01^ORU_R01|{n}|P|2.6|||NE"
    f"|AL||UNICODE UTF-8|||{DEVICE_PROFILE}\n{PATIENT}\nPV1|1|I|ICU^R3^B12\n"
    f"OBR|1|ZQCANARY{n}|ZQCANARY{n}|182777000^monitoring of patient^SCT|||2026010112{n:02}00\n"
    + observations(n, "69965", "MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS", "B650", "VSP^^080019FFFE134535^EUI-64")
    for n in range(8)
)

BEDS = {"00A037FFFE0A0001": ("B1", "T8"), "00A037FFFE0A0002": ("B2", "T8"), "00A037FFFE0A0003": ("B3", "N17")}
GATEWAY = "\n\n".join(
    f"MSH|^~\\&|MINDRAY_EGATEWAY^00A037FFFE000143^EUI-64|MINDRAY|EHR|HOSP|2026010112{n:02}00||ORU^R01^ORU_R01|{n}|P|2.6"
    f"|||AL|NE||UNICODE UTF-8|||{DEVICE_PROFILE}\n{PATIENT}\nPV1|1|I|NICU^7^{bed}\n"
    f"OBR|1|ZQCANARY{n}^MINDRAY_EGATEWAY^00A037FFFE000143^EUI-64|ZQCANARY{n}^MINDRAY_EGATEWAY^00A037FFFE000143^EUI-64"
    f"|182777000^monitoring of patient^SCT\n"
    + observations(n, "69965", "MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS", model, f"{bed}^^{eui}^EUI-64")
    for n in range(3)
    for eui, (bed, model) in BEDS.items()
)

ANALYSER = "\n\n".join(
    (
        *(
            "MSH|^~\\&|cobas 8000|LAB|LIS|HOSP|20260101120000||OUL^R22^OUL_R22|ZQCANARY1|P|2.5.1|||NE|AL||UNICODE UTF-8"
            "|||LAB-29^IHE\nSFT|Roche Diagnostics|2.5.36|cobas 8000|358742.3\n"
            + PATIENT
            + "\nSPM|1|ZQCANARY99&BARCODE\n"
            f"OBR|1|ZQCANARY5||GLU^Glucose\nOBX|1|NM|GLU^Glucose||{n}.1|mmol/L||N|||F|||20260101120000||ZQCANARYTECH"
            "||c702^Roche~c702.2709^Roche\nOBX|2|NM|TSH^TSH||2.1|mU/L||N|||F|||20260101120000||ZQCANARYTECH||"
            "e801^Roche~e801.1154^Roche\nNTE|1|L|ZQCANARY comment"
            for n in range(4)
        ),
        "MSH|^~\\&|cobas 8000|LAB|LIS|HOSP|20260101120500||ESU^U01^ESU_U01|77|P|2.5.1\nEQU|c702.2709^Roche|2026|ID",
    )
)

ADT = "\n\n".join(
    f"MSH|^~\\&|{app}|{facility}|{to}|HOSP|202601011200{n:02}||{kind}|ZQCANARY{n}|P|{version}\nEVN||20260101\n"
    f"{PATIENT}\nNK1|1|ZQCANARYMARTIN^PAUL\nPV1|1|I|ZQCANARYWARD^R3^B12|||||ZQCANARYDOC^GREGORY\nGT1|1||ZQCANARYMARTIN"
    for n, (app, facility, to, kind, version) in enumerate(
        [
            ("EPICADT", "HOSP", "EHR", "ADT^A01", "2.3"),
            ("HNAM", "CL", "EHR", "ADT^A08", "2.3"),
            ("MUSE", "MEI MUSE", "EHR", "ORU^R01", "2.4"),
            ("RIS", "RADIOLOGY", "EHR", "ORM^O01", "2.3.1"),
            ("PHILIPS", "XCELERA", "EHR", "ORU^R01", "2.4"),
            ("SCHEDULE", "HOSP", "EHR", "SIU^S12", "2.5"),
        ]
    )
)

ORDER = (
    "MSH|^~\\&|BCMA|HOSP|PUMPSERVER^001A01FFFE300050^EUI-64|ICU|20260101121500||RGV^O15^RGV_O15|ZQCANARY7|P|2.6|||AL|AL"
    f"\n{PATIENT}\nPV1|1|I|ZQCANARYWARD^R3^B12\nORC|RE|ZQCANARY7|||||||||ZQCANARYNURSE^IDA"
    "\nRXG|1|1||2222^ZQCANARY heparin|25||263762^MDC_DIM_X_L_PER_HR^MDC\n"
    "RXR|IV\nOBX|1||69986^MDC_DEV_PUMP_INFUS_VMD^MDC||||||||X|||||||SN-PUMP-17^^001A010000000017^EUI-64"
)

MANAGEMENT = "\n\n".join(
    "MSH|^~\\&|Smiths Medical^001A01FFFE300050^EUI-64|ICU|CMMS|HOSP|20260101122000||ORU^R01^ORU_R01|9|P|2.6|||NE|AL"
    "|||||IHE_PCD_015^IHE PCD^1.3.6.1.4.1.19376.1.6.1.15.1^ISO\nOBR|1||x|MDC_EVT^status\n"
    "OBX|1||70053^MDC_DEV_PUMP_INFUS_SYRINGE_MDS^MDC|1.0.0.0|||||||X\n"
    f"OBX|2|ST|67880^MDC_ATTR_ID_MODEL^MDC|1.0.0.1|Medfusion 4000||||||R\n"
    f"OBX|3|ST|67972^MDC_ATTR_SYS_ID^MDC|1.0.0.2|M{serial}||||||R\nOBX|4|NM|67996^MDC_ATTR_VAL_BATT_CHARGE^MDC|1.0.0.3|88"
    for serial in (100201, 100202)
)

CASES = {  # capture -> (client, messages, server, port)
    "monitor": ("monitor", MONITOR, "ehr", 2575),
    "device-gateway": ("gateway", GATEWAY, "ehr", 6661),
    "analyser": ("analyser", ANALYSER, "ehr", 5001),
    "interface-engine": ("engine", ADT, "ehr", 2575),
    "pump-order": ("ehr", ORDER, "pumps", 11900),
    "device-management": ("pumps", MANAGEMENT, "ehr", 6662),
}


def record(case: str) -> None:
    client, messages, server, port = CASES[case]
    with Lab() as lab:
        lab.host("switch")
        lab.run("switch", "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
        lab.run("switch", "ip", "link", "add", "to-all", "type", "bridge")
        for number, name in enumerate((client, server)):
            mac, address = HOSTS[name]
            lab.host(name)
            lab.wire(name, mac, "switch", f"02:30:00:00:00:{number:02x}")
            lab.address(name, "switch", f"{address}/16")
            lab.run("switch", "ip", "link", "set", f"to-{name}", "master", "to-all")
        lab.run("switch", "ip", "link", "set", "to-all", "up")
        listening = lab.start(server, sys.executable, "-c", SERVER, HOSTS[server][1], str(port))
        time.sleep(1.0)
        source = lab.files / "messages"
        source.write_text(messages, encoding="utf-8", newline="")
        recording = lab.record("switch", "all", f"hl7/{case}.pcap", f"tcp port {port} or arp")
        lab.run(client, sys.executable, "-c", CLIENT, HOSTS[server][1], str(port), str(source))
        lab.stop(listening)
        lab.finish(recording)


if __name__ == "__main__":
    print(f"python-hl7 {hl7.__version__}")
    for name in sys.argv[1:] or CASES:
        record(name)
