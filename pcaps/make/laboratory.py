"""Records pcaps/astm, pcaps/comport and pcaps/poct1a: analysers and who collects their results. Persons: ZQCANARY.

`PYTHON_ASTM=folder python pcaps/make/laboratory.py [case ...]`. Needs root, iproute2, tcpdump, and python-astm 0.5.0 in
that folder, which makes the checksums of ASTM and refuses wrong frames. Both ends only say what is written here, by
turns.
"""

from __future__ import annotations

import collections
import collections.abc
import json
import os
import sys
import time
from collections.abc import Callable

from lab import Lab

collections.Iterable = collections.abc.Iterable  # type: ignore[attr-defined]  # where python-astm looks for it
sys.path.insert(0, os.environ.get("PYTHON_ASTM", ""))
from astm import codec  # noqa: E402  # after the line above

COLLECTOR = ("00:50:56:31:00:10", "10.31.0.10")
SIDE = """
import json, socket, sys, time
mine, address, port, turns = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), json.load(open(sys.argv[4]))
if mine:
    listening = socket.create_server((address, port))
    peer, _ = listening.accept()
else:
    peer = socket.create_connection((address, port), 10)
peer.settimeout(10)
for side, text in turns:
    data = bytes.fromhex(text)
    if side == mine:
        time.sleep(0.02)
        peer.sendall(data)
        continue
    while data:
        data = data[len(peer.recv(len(data))):]
time.sleep(0.1)
peer.close()
"""
ENQ, ACK, EOT = b"\x05", b"\x06", b"\x04"
CHUNK = 247  # LIS01 6.3.1.2: characters of a frame
PATIENT = "P|1||ZQCANARY4711||ZQCANARYMARTIN^JEANNE||19600101|F|||||ZQCANARYDOC"
ORDER = "O|1|ZQCANARY99||^^^687|R||||||N||||||||||||||F"

Turn = tuple[int, bytes]


def result(number: int, test: str, instrument: str) -> str:
    operator = "ZQCANARYTECH"
    return f"R|{number}|^^^{test}|28.6|U/L||N||F||{operator}|20260105105500|20260105105626|{instrument}"


def session(who: int, *records: str, chunk: int = CHUNK) -> list[Turn]:
    """A session as `who` sends it: asked for, in frames that are each acknowledged, ended."""
    turns: list[Turn] = [(who, ENQ), (1 - who, ACK)]
    number = 1
    for record in records:
        text = record.encode() + b"\r"
        pieces = [text[at : at + chunk] for at in range(0, len(text), chunk)]
        for place, piece in enumerate(pieces):
            body = str(number % 8).encode() + piece + (b"\x17" if place + 1 < len(pieces) else b"\x03")
            frame = b"\x02" + body + codec.make_checksum(body) + b"\r\n"
            codec.decode(frame)  # refuses what has no frame's shape
            turns += [(who, frame), (1 - who, ACK)]
            number += 1
    return [*turns, (who, EOT)]


def talk(lab: Lab, host: str, port: int, turns: list[Turn]) -> None:
    """One connection of `host` to the collector."""
    (lab.files / "side.py").write_text(SIDE)
    (lab.files / "turns.json").write_text(json.dumps([(side, data.hex()) for side, data in turns]))
    ends = [COLLECTOR[1], str(port), str(lab.files / "turns.json")]
    program = [sys.executable, str(lab.files / "side.py")]
    server = lab.start("collector", *program, "1", *ends)
    time.sleep(0.4)
    print(lab.run(host, *program, "0", *ends))
    server.wait(10)


def recorded(capture: str, mac: str, address: str, connections: list[tuple[int, list[Turn]]]) -> None:
    with Lab() as lab:
        lab.host("collector")
        lab.host("device")
        lab.wire("device", mac, "collector", COLLECTOR[0])
        lab.address("device", "collector", f"{address}/24")
        lab.address("collector", "device", f"{COLLECTOR[1]}/24")
        recording = lab.record("collector", "device", capture, "tcp or arp")
        for port, turns in connections:
            talk(lab, "device", port, turns)
        lab.finish(recording)


def analyser() -> None:
    """A cobas c 111 sends results in frames; over the same connection the collector sends it orders."""
    sends = "H|\\^&|||c111LAB2^Roche^c111^4.2.2.1730^1^13147|||||host|RSUPL^REAL|P|1|20260105105700"
    comment = "C|1|I|ZQCANARY comment, long enough for a second frame: " + "ZQCANARY " * 30 + "|I"
    turns = session(0, sends, PATIENT, ORDER, result(1, "687", "c111"), comment, result(2, "690", "ISE1"), "L|1|N")
    asks = "H|\\^&||ZQCANARYSECRET|host|||||c111LAB2^Roche^c111||P|1|20260105105800"
    turns += session(1, asks, PATIENT, ORDER, "L|1|N")
    recorded("astm/analyser.pcap", "00:60:19:31:00:21", "10.31.0.21", [(5100, turns)])


def middleware() -> None:
    """One host hands on what three analysers sent."""
    heads = (
        "H|\\^&|||    XN-550^00-24^22723^^^^BD634545||||||||E1394-97",
        "H|\\^&|||DCA VANTAGE^04.04.00.00^S067337|||||||P|LIS2-A2",
        "H|\\^&|||Afinion 2 Analyzer^^AF20052397|||||||P|1|20260105141235",
    )
    turns = [turn for head in heads for turn in session(0, head, PATIENT, ORDER, result(1, "WBC", ""), "L|1|N")]
    recorded("astm/middleware.pcap", "00:50:56:31:00:22", "10.31.0.22", [(5200, turns)])


def unframed() -> None:
    """A GeneXpert without the link layer and with delimiters of its own; a mini VIDAS."""
    head = "H|@^\\|ZQCANARY12||806149 General^GeneXpert^4.8|||||LIS||P|1394-97|20260105125515"
    instrument = "Cepheid-44413S0^806149^653624^831583371^56401^20270525"
    records = (head, PATIENT, ORDER, result(1, "MTB-RIF", instrument), result(2, "MTB-RIF", instrument), "L|1|N")
    lines = "\r".join(records).encode() + b"\r"
    fields = (
        "mtrsl",
        "piZQCANARY4711",
        "pnZQCANARYMARTIN",
        "ciZQCANARY99",
        "rtHBCT",
        "qn0.05",
        "idVIDAS1",
        "snIVD1202345",
    )
    vidas = b"\x02" + b"|".join(b"\x1e" + field.encode() for field in (*fields, "m4ZQCANARYTECH")) + b"|\x1db0\r\n"
    turns: list[Turn] = [(0, lines), (1, ACK), (0, EOT)]
    recorded(
        "astm/unframed.pcap",
        "00:50:56:31:00:23",
        "10.31.0.23",
        [(5300, turns), (5301, [(0, ENQ), (1, ACK), (0, vidas), (1, ACK), (0, EOT)])],
    )


def tunnel() -> None:
    """A computer opens two lines of a serial server (RFC 2217), on which two analysers send results."""
    asks = b"\xff\xfd\x03\xff\xfb\x2c\xff\xfa\x2c\x01\x00\x00\x25\x80\xff\xf0"
    agrees = b"\xff\xfd\x2c\xff\xfa\x2c\x65\x00\x00\x25\x80\xff\xf0"
    heads = ("H|\\^&|||    XN-550^00-24^22723^^^^BD634545||||||||E1394-97", "H|\\^&|||DCA VANTAGE^04.04.00.00^S067337")
    opened: list[Turn] = [(0, asks), (1, agrees)]
    lines = [[*opened, *session(1, head, PATIENT, ORDER, result(1, "WBC", ""), "L|1|N")] for head in heads]
    recorded("comport/lines.pcap", "00:50:56:31:00:41", "10.31.0.41", [(7001, lines[0]), (7002, lines[1])])


HEADER = (
    '<HDR><HDR.control_id V="{n}"/><HDR.version_id V="POCT1"/><HDR.creation_dttm V="2026-01-05T14:06:34+01:00"/></HDR>'
)
METER = """<HEL.R01>
{header}
<DEV>
<DEV.device_id V="">WARDS^{place}</DEV.device_id>
<DEV.vendor_id V="NOVABIO" />
<DEV.model_id V="StatStrip" />
<DEV.serial_id V="{serial}" />
<DEV.manufacturer_name V="Nova Biomedical" />
<DEV.hw_version V="K1" />
<DEV.sw_version V="3.10.8.0">3.10.8.0_it-IT</DEV.sw_version>
<DEV.device_name V="DLO-OV" />
<DCP><DCP.application_timeout V="120" /></DCP>
<DSC><DSC.connection_profile_cd V="SA" /><DSC.max_message_sz V="32768" /></DSC>
</DEV>
</HEL.R01>"""
RESULT = (
    '<SVC><SVC.role_cd V="OBS"/><PT><PT.patient_id V="ZQCANARY4711"/>'
    '<PT.name V="ZQCANARYMARTIN^JEANNE"/><OBS><OBS.observation_id V="GLU"/><OBS.value V="104" U="mg/dL"/>'
    '<NTE><NTE.text V="ZQCANARY note"/></NTE></OBS></PT><OPR><OPR.operator_id V="ZQCANARYNURSE"/></OPR></SVC>'
)
OPERATORS = '<OPR><OPR.operator_id V="ZQCANARY9"/><OPR.name V="ZQCANARYNURSE^IDA"/></OPR>'


def visit(serial: str, place: str) -> list[Turn]:
    """A meter greets, says its state, sends a result and is sent the operators. Each message is acknowledged."""

    def said(n: int, name: str, body: str) -> bytes:
        return f"<{name}>{HEADER.format(n=n)}{body}</{name}>".encode()

    def agreed(n: int) -> bytes:
        return said(4000 + n, "ACK.R01", f'<ACK><ACK.type_cd V="AA"/><ACK.ack_control_id V="{n}"/></ACK>')

    status = '<DST><DST.status_dttm V="2026-01-05T14:06:35+01:00"/><DST.new_observations_qty V="1"/></DST>'
    messages = [
        (0, METER.format(header=HEADER.format(n=1), serial=serial, place=place).encode()),
        (0, b'<?xml version="1.0" encoding="UTF-8"?>\n' + said(2, "DST.R01", status)),
        (1, said(3, "DTV.R01", '<DTV><DTV.command_cd V="START_CONTINUOUS"/></DTV>')),
        (0, said(4, "OBS.R01", RESULT)),
        (1, said(5, "OPL.R01", OPERATORS)),
        (0, said(6, "END.R01", '<TRM><TRM.reason_cd V="USR"/></TRM>')),
    ]
    return [turn for n, (who, data) in enumerate(messages, 1) for turn in ((who, data), (1 - who, agreed(n)))]


def meter() -> None:
    """A glucose meter in its cradle; its greeting is the example of a published interface description."""
    recorded("poct1a/meter.pcap", "00:50:56:31:00:31", "10.31.0.31", [(5050, visit("0600100736", "ICU"))])


def station() -> None:
    """A base station passes on two of them, one after the other."""
    visits = [(5050, visit("0600100737", "ER")), (5051, visit("0600100738", "ER"))]
    recorded("poct1a/station.pcap", "00:50:56:31:00:32", "10.31.0.32", visits)


CASES: dict[str, Callable[[], None]] = {
    "analyser": analyser,
    "middleware": middleware,
    "unframed": unframed,
    "meter": meter,
    "station": station,
    "tunnel": tunnel,
}

if __name__ == "__main__":
    for case in sys.argv[1:] or CASES:
        CASES[case]()
