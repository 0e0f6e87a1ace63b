"""Records pcaps/gateway: hosts that hand on what others made. Persons are made up: ZQCANARY.

An interface engine relays the values of monitors (HL7 over MLLP, written by hand: IHE PCD-01 with OBX-18 and PRT), an
archive (dcmtk's storescu, dcmsend) forwards the images of five modalities to a workstation (storescp), and on two ports
of a serial server there is a ventilator each (messages of tests/parsers/*_bytes.py). Each of them at one address, and
again at another. `python pcaps/make/gateway.py [case ...]`. Needs root, iproute2, tcpdump, dcmtk and pydicom.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence

import bedside
import dicom
import serial_servers
from bedside import mb, pb
from lab import Lab
from ward_messages import MONITOR, PATIENT, PCD_01

ENGINE, ENGINE_MAC = ("10.49.0.40", "10.49.0.41"), "00:14:22:49:00:40"
ARCHIVE, ARCHIVE_MAC = ("10.49.0.31", "10.49.0.32"), "00:14:22:49:00:31"
CONVERTER, CONVERTER_MAC = ("10.49.0.61", "10.49.0.62"), "00:90:e8:49:00:61"  # Moxa
EHR, WORKSTATION, COLLECTOR = "10.49.0.10", "10.49.0.51", "10.49.0.71"

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


def moves(lab: Lab, host: str, peer: str, addresses: Sequence[str], act: Callable[[str], None]) -> None:
    """What a host does at one address after the other."""
    for address in addresses:
        lab.address(host, peer, f"{address}/24")
        time.sleep(0.5)
        act(address)
        lab.run(host, "ip", "addr", "del", f"{address}/24", "dev", f"to-{peer}")
        lab.run(peer, "ip", "neigh", "flush", "dev", f"to-{host}")


def relayed(capture: str, addresses: Sequence[str], numbers: range) -> None:
    """The engine connects once from each address."""
    with Lab() as lab:
        lab.host("engine")
        lab.host("ehr")
        lab.wire("engine", ENGINE_MAC, "ehr", "00:50:56:49:00:10")
        lab.address("ehr", "engine", f"{EHR}/24")
        lab.start("ehr", sys.executable, "-c", LISTEN, EHR)
        messages = lab.files / "messages"
        messages.write_text("\n\n".join(values(number) for number in numbers))
        recording = lab.record("ehr", "engine", capture, "tcp port 2575 or arp")

        def talk(address: str) -> None:
            lab.run("engine", sys.executable, "-c", TALK, address, EHR, str(messages))

        moves(lab, "engine", "ehr", addresses, talk)
        lab.finish(recording)


def forwarded(capture: str, addresses: Sequence[str], *program: str) -> None:
    """The archive sends the objects of all five from each address."""
    with Lab() as lab:
        lab.host("archive")
        lab.host("workstation")
        lab.wire("archive", ARCHIVE_MAC, "workstation", "00:14:22:49:00:51")
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
        recording = lab.record("workstation", "archive", capture, "tcp port 11112 or arp")
        command = [*program, "-aet", "PACS1", "-aec", "WS07", WORKSTATION, "11112", *files]
        moves(lab, "archive", "workstation", addresses, lambda _: print(lab.run("archive", *command)))
        lab.finish(recording)


def tunnelled(capture: str, addresses: Sequence[str]) -> None:
    """A collector finds the serial server, and reads the ventilators on both of its ports."""
    asked = [mb.INITIALISE, mb.WHO, mb.MEASURED, mb.TEXTS]
    answers = [mb.INITIALISED, mb.EVITA, mb.REALTIME + mb.VALUES, mb.PATIENT]
    lines = {"4001": (asked, answers), "4002": ([pb.ASK, pb.ASK], [pb.SHORT, pb.SHORT])}
    with Lab() as lab:
        lab.host("converter")
        lab.host("collector")
        lab.wire("converter", CONVERTER_MAC, "collector", "00:50:56:49:00:71")
        lab.address("collector", "converter", f"{COLLECTOR}/24")
        recording = lab.record("collector", "converter", capture, "tcp or udp or arp")
        turns = lab.files / "turns.json"

        def read(address: str) -> None:
            found = serial_servers.moxa_found(CONVERTER_MAC, address)
            turns.write_text(json.dumps([[message.hex() for message in found]]))
            search = (address, "4800", str(turns))
            server = lab.start("converter", sys.executable, "-c", serial_servers.ASKED, *search)
            time.sleep(0.4)
            lab.run("collector", sys.executable, "-c", serial_servers.ASKS, *search)
            server.wait(10)
            for port, ways in lines.items():
                talk = [json.dumps([message.hex() for message in way]) for way in ways]
                server = lab.start("converter", sys.executable, bedside.HERE, "serve", port, *talk)
                time.sleep(0.4)
                lab.run("collector", sys.executable, bedside.HERE, "connect", address, port, *talk)
                server.wait(10)

        moves(lab, "converter", "collector", addresses, read)
        lab.finish(recording)


def monitors() -> None:
    relayed("gateway/monitors.pcap", ENGINE[:1], range(1, 31))


def moved() -> None:
    relayed("gateway/moved.pcap", ENGINE, range(1, 11))


def modalities() -> None:
    forwarded("gateway/modalities.pcap", ARCHIVE[:1], "storescu")


def moved_archive() -> None:
    forwarded("gateway/moved-archive.pcap", ARCHIVE, "dcmsend")


def ventilators() -> None:
    tunnelled("gateway/ventilators.pcap", CONVERTER[:1])


def moved_ventilators() -> None:
    tunnelled("gateway/moved-ventilators.pcap", CONVERTER)


CASES: dict[str, Callable[[], None]] = {
    case.__name__: case for case in (monitors, moved, modalities, moved_archive, ventilators, moved_ventilators)
}

if __name__ == "__main__":
    for case in sys.argv[1:] or CASES:
        CASES[case]()
