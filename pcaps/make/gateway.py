"""Records pcaps/gateway: hosts that hand on what others made. Persons are made up: ZQCANARY.

An interface engine relays the values of monitors (HL7 over MLLP, written by hand: IHE PCD-01 with OBX-18 and PRT), at
one address or two; an archive (dcmtk's storescu) forwards the images of five modalities to a workstation (storescp).
`python pcaps/make/gateway.py [case ...]`. Needs root, iproute2, tcpdump, dcmtk and pydicom.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import dicom
from lab import Lab
from ward_messages import MONITOR, PATIENT, PCD_01

ENGINE, ENGINE_MAC = ("10.49.0.40", "10.49.0.41"), "00:14:22:49:00:40"
EHR, ARCHIVE, WORKSTATION = "10.49.0.10", "10.49.0.31", "10.49.0.51"

MODALITIES = (  # SOP class, modality, maker, model, serial number, station
    (dicom.CT_IMAGE, "CT", "SIEMENS", "SOMATOM Definition AS", "64123", "CT1"),
    (dicom.CT_IMAGE, "CT", "GE MEDICAL SYSTEMS", "Revolution CT", "0000000733CT1", "CT2"),
    (dicom.MR_IMAGE, "MR", "SIEMENS", "MAGNETOM Aera", "41501", "MR1"),
    (dicom.US_IMAGE, "US", "Philips Medical Systems", "EPIQ 7G", "US11700123", "US1"),
    (dicom.CR_IMAGE, "CR", "FUJIFILM Corporation", "FCR Capsula XII", "A31234567", "CR1"),
)

LISTEN = """
import socket, sys, threading
def answer(one):
    with one:
        while one.recv(65536):
            one.sendall(b"\\x0bMSH|^~\\\\&|EHR|HOSP|MIRTH|HOSP|20260101120000||ACK|1|P|2.6\\rMSA|AA|1\\r\\x1c\\r")
with socket.create_server((sys.argv[1], 2575)) as server:
    while True:
        threading.Thread(target=answer, args=(server.accept()[0],), daemon=True).start()
"""
TALK = """
import pathlib, socket, sys
with socket.create_connection((sys.argv[2], 2575), source_address=(sys.argv[1], 0), timeout=5) as out:
    for message in pathlib.Path(sys.argv[3]).read_bytes().split(b"\\n\\n"):
        out.sendall(b"\\x0b" + message.replace(b"\\n", b"\\r") + b"\\r\\x1c\\r")
        out.recv(4096)
"""


def values(number: int) -> str:
    """PCD-01 of one monitor: its instance in OBX-18, its serial number and place in PRT."""
    bed, instance = f"ICU{number % 3 + 1}^R{number}^B1", f"MON{number:02}^^080019FFFE49{number:04X}^EUI-64"
    head = f"MSH|^~\\&|CENTRAL{number % 3 + 1}|HOSP|EHR|HOSP|20260101120000||ORU^R01^ORU_R01|ZQCANARY{number}"
    return "\n".join(
        (
            f"{head}|P|2.6|||AL|NE||UNICODE UTF-8|||{PCD_01}",
            PATIENT,
            f"PV1|1|I|{bed}",
            "OBR|1|ZQCANARY1|ZQCANARY1|182777000^monitoring of patient^SCT",
            f"OBX|1||{MONITOR}|1.0.0.0|||||||X|||||||{instance}",
            f"PRT|1|UC||EQUIP^Equipment^HL70912|||||{bed}|{instance}||||||||||SN49-{number:04}",
            f"OBX|2|ST|67880^MDC_ATTR_ID_MODEL^MDC|1.0.0.1|B650||||||R|||||||{instance}",
            f"OBX|3|NM|147842^MDC_ECG_HEART_RATE^MDC|1.1.1.147842|76|264864^^MDC|||||R|||||||{instance}",
        )
    )


def relayed(lab: Lab, capture: str, *batches: tuple[str, range]) -> None:
    """The engine connects for each batch, from the address that it has then."""
    lab.host("engine")
    lab.host("ehr")
    lab.wire("engine", ENGINE_MAC, "ehr", "00:50:56:49:00:10")
    lab.address("ehr", "engine", f"{EHR}/24")
    lab.start("ehr", sys.executable, "-c", LISTEN, EHR)
    recording = lab.record("ehr", "engine", capture, "tcp port 2575 or arp")
    for address, monitors in batches:
        lab.address("engine", "ehr", f"{address}/24")
        path = lab.files / "messages"
        path.write_text("\n\n".join(values(number) for number in monitors))
        time.sleep(0.5)
        lab.run("engine", sys.executable, "-c", TALK, address, EHR, str(path))
        lab.run("engine", "ip", "addr", "del", f"{address}/24", "dev", "to-ehr")
        lab.run("ehr", "ip", "neigh", "flush", "dev", "to-engine")
    lab.finish(recording)


def monitors() -> None:
    with Lab() as lab:
        relayed(lab, "gateway/monitors.pcap", (ENGINE[0], range(1, 31)))


def moved() -> None:
    with Lab() as lab:
        relayed(lab, "gateway/moved.pcap", (ENGINE[0], range(1, 11)), (ENGINE[1], range(1, 11)))


def modalities() -> None:
    with Lab() as lab:
        lab.host("archive")
        lab.host("workstation")
        lab.wire("archive", "00:14:22:49:00:31", "workstation", "00:14:22:49:00:51")
        lab.address("archive", "workstation", f"{ARCHIVE}/24")
        lab.address("workstation", "archive", f"{WORKSTATION}/24")
        lab.start("workstation", "storescp", "-aet", "WS07", "-od", str(lab.files), "11112")
        files = []
        for number, (sop_class, modality, maker, model, serial, station) in enumerate(MODALITIES, 1):
            path = lab.files / f"{number}.dcm"
            dicom.image(
                path, sop_class, number, size=16, Modality=modality, Manufacturer=maker, ManufacturerModelName=model,
                DeviceSerialNumber=serial, StationName=station,
            )  # fmt: skip
            files.append(str(path))
        time.sleep(1)
        recording = lab.record("workstation", "archive", "gateway/modalities.pcap", "tcp port 11112 or arp")
        lab.run("archive", "storescu", "-aet", "PACS1", "-aec", "WS07", WORKSTATION, "11112", *files)
        lab.finish(recording)


CASES: dict[str, Callable[[], None]] = {"monitors": monitors, "moved": moved, "modalities": modalities}

if __name__ == "__main__":
    for case in sys.argv[1:] or CASES:
        CASES[case]()
