"""Records pcaps/addp, pcaps/moxa, pcaps/lantronix and pcaps/console: serial servers that are searched for and set up.

`python pcaps/make/serial_servers.py [case ...]`. Needs root, iproute2 and tcpdump. What the searches and answers of the
makers' own programs look like is written here after the sources that the parsers name. Secrets: ZQCANARY.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

from lab import Lab

COLLECTOR = ("00:50:56:32:00:10", "10.32.0.10")
ASKED = """
import json, socket, sys
address, port, turns = sys.argv[1], int(sys.argv[2]), json.load(open(sys.argv[3]))
own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
own.bind((address, port))
for _, answer in turns:
    _, peer = own.recvfrom(2048)
    if answer:
        own.sendto(bytes.fromhex(answer), peer)
"""
ASKS = """
import json, socket, sys
address, port, turns = sys.argv[1], int(sys.argv[2]), json.load(open(sys.argv[3]))
own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
own.settimeout(5)
for question, answer in turns:
    own.sendto(bytes.fromhex(question), (address, port))
    if answer:
        own.recvfrom(2048)
"""


def network(lab: Lab, mac: str, address: str) -> None:
    lab.host("collector")
    lab.host("server")
    lab.wire("server", mac, "collector", COLLECTOR[0])
    lab.address("server", "collector", f"{address}/24")
    lab.address("collector", "server", f"{COLLECTOR[1]}/24")


def asked(capture: str, mac: str, address: str, port: int, turns: list[tuple[bytes, bytes]]) -> None:
    """The collector asks, the server answers or keeps silent."""
    with Lab() as lab:
        network(lab, mac, address)
        (lab.files / "turns.json").write_text(json.dumps([(a.hex(), b.hex()) for a, b in turns]))
        recording = lab.record("collector", "server", capture, "udp or arp")
        ends = (address, str(port), str(lab.files / "turns.json"))
        server = lab.start("server", sys.executable, "-c", ASKED, *ends)
        time.sleep(0.4)
        lab.run("collector", sys.executable, "-c", ASKS, *ends)
        server.wait(10)
        lab.finish(recording)


def digi() -> None:
    """A Digi is searched for, and is given another address."""

    def message(kind: int, body: bytes) -> bytes:
        return b"DIGI" + kind.to_bytes(2, "big") + len(body).to_bytes(2, "big") + body

    def field(code: int, value: bytes) -> bytes:
        return bytes([code, len(value)]) + value

    mac = bytes.fromhex("00409d320021")
    answer = (
        field(1, mac) + field(2, bytes([10, 32, 0, 21])) + field(3, bytes([255, 255, 255, 0])) + field(4, b"lab-ts4")
    )
    answer += field(0x0B, bytes(4)) + field(0x0D, b"PortServer TS 4") + field(0x10, b"\0") + field(7, b"\0")
    answer += field(8, b"Version 82000747_W 07/21/2008") + field(0x0E, (771).to_bytes(4, "big"))
    answer += field(0x13, (1027).to_bytes(4, "big")) + field(0x12, b"\x04")
    settings = bytes([10, 32, 0, 21, 255, 255, 255, 0, 10, 32, 0, 1]) + mac
    done = message(4, field(9, b"Operation Successful") + field(0x0A, b"\0") + field(0x11, b"\0") + field(1, mac))
    turns = [(message(1, b"\xff" * 6), message(2, answer)), (message(3, settings + b"\x08ZQCANARY"), done)]
    asked("addp/search.pcap", "00:40:9d:32:00:21", "10.32.0.21", 2362, turns)


def moxa_message(kind: int, body: bytes) -> bytes:
    return bytes([kind, 0]) + (8 + len(body)).to_bytes(2, "big") + bytes(4) + body


def moxa_device(mac: str) -> bytes:
    return bytes.fromhex("005555551a51" + mac.replace(":", ""))


def moxa_found(mac: str, address: str) -> tuple[bytes, bytes]:
    """The search, and the answer of one."""
    own = moxa_device(mac) + bytes(int(part) for part in address.split("."))
    return moxa_message(0x01, b""), moxa_message(0x81, own)


def moxa() -> None:
    """A Moxa is searched for, and asked for its name, its product and its SNMP settings."""
    mac, address = "00:90:e8:32:00:22", "10.32.0.22"
    device, message = moxa_device(mac), moxa_message
    turns = [
        moxa_found(mac, address),
        (message(0x10, device), message(0x90, device + b"NP5110A-LAB".ljust(40, b"\0"))),
        (message(0x16, device), message(0x96, device + bytes.fromhex("00000306000000005a11000000000000"))),
        (message(0x28, device), message(0xA8, device + bytes(4) + b"ZQCANARY".ljust(40, b"\0") * 4)),
    ]
    asked("moxa/search.pcap", mac, address, 4800, turns)


def lantronix() -> None:
    """A Lantronix tells its firmware and its setup, with the password, and is set up anew."""
    image = bytes.fromhex("1000000058310000") + bytes(6) + b"\x12\x34"
    record = bytes([10, 32, 0, 23, 0, 0, 8, 0]) + b"ZQCA" + bytes(4) + bytes(104)
    turns = [
        (b"\0\0\0\xf6", b"\0\0\0\xf7" + image + bytes([0, 0, 0x11, 0x22]) + bytes.fromhex("00204a320023")),
        (b"\0\0\0\xf8", b"\0\0\0\xf9" + record),
        (b"\0\0\0\xfa" + record, b"\0\0\0\xfb"),
    ]
    asked("lantronix/setup.pcap", "00:20:4a:32:00:23", "10.32.0.23", 30718, turns)


SCREEN = (
    b"\r\n-----------------------------------------------------------------------------\r\n"
    b"Model name       : NPort 5650-8-DT-J\r\nMAC address      : 00:90:E8:38:0A:28\r\nSerial No.       : 7137\r\n"
    b"Firmware version : 2.2 Build 11090613\r\nSystem uptime    : 0 days, 12h:41m:04s\r\n"
    b"-----------------------------------------------------------------------------\r\n\r\n"
    b"Please keyin your password:"
)
SHOWS = """
import socket, sys
with socket.create_server((sys.argv[1], 4900)) as server:
    for greeting in sys.argv[2:]:
        stream, _ = server.accept()
        with stream:
            stream.sendall(bytes.fromhex(greeting))
            stream.recv(100)
"""
TYPES = """
import socket, sys
for _ in range(2):
    with socket.create_connection((sys.argv[1], 4900), 5) as stream:
        stream.recv(2000)
        stream.sendall(b"ZQCANARY\\r\\n")
"""


def console() -> None:
    """A Moxa shows its setup to who connects, once as it is and once as Telnet."""
    with Lab() as lab:
        network(lab, "00:90:e8:38:0a:28", "10.32.0.24")
        recording = lab.record("collector", "server", "console/screen.pcap", "tcp or arp")
        screens = (SCREEN.hex(), "fffb01fffb03" + SCREEN.hex())
        server = lab.start("server", sys.executable, "-c", SHOWS, "10.32.0.24", *screens)
        time.sleep(0.4)
        lab.run("collector", sys.executable, "-c", TYPES, "10.32.0.24")
        server.wait(10)
        lab.finish(recording)


CASES: dict[str, Callable[[], None]] = {"digi": digi, "moxa": moxa, "lantronix": lantronix, "console": console}

if __name__ == "__main__":
    for case in sys.argv[1:] or CASES:
        CASES[case]()
