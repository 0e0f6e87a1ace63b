"""Makes captures of bedside protocols that no program here speaks: their messages, sent by sockets between namespaces.

The messages are those of tests/parsers/*_bytes.py, which say where their layouts come from. Needs root, iproute2 and
tcpdump. Stand-alone: `python pcaps/make/bedside.py [case]`. Every patient is made up and holds ZQCANARY.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from lab import PCAPS, Lab

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.parsers import bernoulli_bytes as bb
from tests.parsers import capnostream_bytes as cb
from tests.parsers import carescape_bytes as cs
from tests.parsers import datex_bytes as dx
from tests.parsers import infinity_bytes as nf
from tests.parsers import intellivue_bytes as iv
from tests.parsers import medibus_bytes as mb
from tests.parsers import phd_bytes
from tests.parsers import puritan_bennett_bytes as pb

HERE = str(Path(__file__).resolve())


def datagram(source: str, host: str, port: str, data: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        udp.bind(("", int(source)))
        udp.sendto(bytes.fromhex(data), (host, int(port)))


def turns(stream: socket.socket, mine: list[str], other: list[str], *, first: bool) -> None:
    """Sends and awaits in turn."""
    for number in range(max(len(mine), len(other))):
        for sends in (first, not first):
            data = bytes.fromhex((mine if sends else other)[number])
            if sends:
                stream.sendall(data)
            elif data:
                stream.recv(len(data), socket.MSG_WAITALL)
            time.sleep(0.05)


def serve(port: str, asked: str, answers: str) -> None:
    with socket.create_server(("", int(port))) as server:
        stream, _ = server.accept()
        with stream:
            turns(stream, json.loads(answers), json.loads(asked), first=False)


def connect(host: str, port: str, asked: str, answers: str) -> None:
    with socket.create_connection((host, int(port)), timeout=10) as stream:
        turns(stream, json.loads(asked), json.loads(answers), first=True)


class Ward:
    """A device and another host on one cable, recorded."""

    def __init__(self, lab: Lab, capture: str, device: tuple[str, str], other: tuple[str, str]) -> None:
        self._lab, self._capture = lab, capture
        self._hosts = {"device": device, "other": other}

    def __enter__(self) -> Self:
        for host in self._hosts:
            self._lab.host(host)
        self._lab.wire("device", self._hosts["device"][0], "other", self._hosts["other"][0])
        for host, peer in (("device", "other"), ("other", "device")):
            address = self._hosts[host][1]
            network = address.rpartition(".")[0] + ".255"
            self._lab.run(host, "ip", "addr", "add", f"{address}/24", "broadcast", network, "dev", f"to-{peer}")
        self._recording = self._lab.record("other", "device", self._capture, "udp or tcp")
        return self

    def __exit__(self, *_: object) -> None:
        self._lab.finish(self._recording)

    def udp(self, host: str, to: str, source: int, port: int, *data: bytes) -> None:
        for one in data:
            target = self._hosts[to][1] if to in self._hosts else to
            self._lab.run(host, sys.executable, HERE, "datagram", str(source), target, str(port), one.hex())

    def tcp(self, client: str, server: str, port: int, exchange: list[tuple[bytes, bytes]]) -> None:
        asked, answers = (json.dumps([pair[side].hex() for pair in exchange]) for side in (0, 1))
        process = self._lab.start(server, sys.executable, HERE, "serve", str(port), asked, answers)
        time.sleep(0.5)
        self._lab.run(client, sys.executable, HERE, "connect", self._hosts[server][1], str(port), asked, answers)
        process.wait(10)


def intellivue(lab: Lab) -> None:
    """A monitor that looks for a client finds one, and gives it a patient's data."""
    monitor, collector = ("00:09:fb:11:22:33", "10.1.2.3"), ("02:a7:00:00:00:02", "10.1.2.20")
    with Ward(lab, "intellivue/monitor.pcap", monitor, collector) as ward:
        found = iv.indication(iv.SYSTEM_TYPE, iv.PROTOCOLS, iv.LOCALE, iv.ADDRESSES)
        ward.udp("device", "10.1.2.255", 24005, 24005, found, found)
        ward.udp("other", "device", 24105, 24105, iv.association(0x0D, "80000000"))
        ward.udp("device", "other", 24105, 24105, iv.association(0x0E, "00800000"))
        created = iv.creation(iv.SYSTEM_TYPE, iv.MODEL, iv.SPECIFICATION, iv.SYSTEM_ID, iv.BED, *iv.PATIENT)
        ward.udp("device", "other", 24105, 24105, created)
        ward.udp("other", "device", 24105, 24105, iv.ASK)
        ward.udp("device", "other", 24105, 24105, iv.POLL, iv.POLL)
    routed("intellivue/monitor.pcap", "intellivue/routed.pcap", monitor[0], "02:a7:00:00:00:fe")


def intellivue_serial(lab: Lab) -> None:
    """Another behind a serial converter, which a program asks."""
    converter, collector = ("02:a7:00:00:00:45", "10.29.4.11"), ("02:a7:00:00:00:46", "10.29.4.12")
    with Ward(lab, "intellivue_serial/converter.pcap", converter, collector) as ward:
        created = iv.creation(iv.SYSTEM_TYPE, iv.MODEL, iv.SPECIFICATION, iv.SYSTEM_ID, iv.BED, *iv.PATIENT)
        asked = [iv.association(0x0D, "80000000"), iv.ASK]
        answers = [iv.framed(iv.association(0x0E, "00800000")) + iv.framed(created), iv.framed(iv.POLL)]
        ward.tcp("other", "device", 10001, list(zip(map(iv.framed, asked), answers, strict=True)))


def medibus(lab: Lab) -> None:
    """Two Dräger devices on two ports of a serial server, and a program that reads both."""
    converter, collector = ("02:a7:00:00:00:11", "10.27.0.11"), ("02:a7:00:00:00:12", "10.27.0.12")
    with Ward(lab, "medibus/serial-server.pcap", converter, collector) as ward:
        for port, who in ((10001, mb.EVITA), (10002, mb.BABYLOG)):
            values = mb.REALTIME + mb.VALUES + mb.REALTIME
            asked = [mb.INITIALISE, mb.WHO, mb.MEASURED, mb.TEXTS]
            ward.tcp("other", "device", port, list(zip(asked, [mb.INITIALISED, who, values, mb.PATIENT], strict=True)))


def phd(lab: Lab) -> None:
    """A scale associates with a manager and is asked what it is."""
    manager, agent = ("02:a7:00:00:00:21", "10.28.0.11"), ("02:a7:00:00:00:22", "10.28.0.12")
    with Ward(lab, "phd/scale.pcap", manager, agent) as ward:
        asked = [phd_bytes.REQUEST, phd_bytes.ATTRIBUTES, phd_bytes.MEASURED + phd_bytes.RELEASE]
        answers = [phd_bytes.RESPONSE + phd_bytes.GET, b"", b""]
        ward.tcp("other", "device", 6024, list(zip(asked, answers, strict=True)))


def carescape(lab: Lab) -> None:
    """A monitor tells that it is there and gives values to a central station, which tells what time it is."""
    monitor, central = ("02:a7:00:00:00:31", "126.0.27.5"), ("02:a7:00:00:00:32", "126.0.27.1")
    with Ward(lab, "carescape/ward.pcap", monitor, central) as ward:
        ward.udp("device", "126.0.27.255", 3123, 7000, cs.WHO, cs.WHO)
        ward.udp("device", "other", 3076, 3073, cs.VALUES)
        ward.udp("other", "126.0.27.255", 2000, 2000, cs.TIME)


def infinity(lab: Lab) -> None:
    """A monitor announces itself and sends its data, each to its group."""
    monitor, central = ("02:a7:00:00:00:71", "192.168.28.110"), ("02:a7:00:00:00:72", "192.168.28.1")
    with Ward(lab, "infinity/monitor.pcap", monitor, central) as ward:
        lab.run("device", "ip", "route", "add", "224.0.0.0/4", "dev", "to-other")
        ward.udp("device", "224.127.1.255", 2150, 2150, nf.ANNOUNCEMENT, nf.ANNOUNCEMENT)
        ward.udp("device", "224.0.1.110", 2050, 2050, nf.DATA, nf.DATA)


def datex(lab: Lab) -> None:
    """An S/5 monitor on its network."""
    monitor, central = ("02:a7:00:00:00:41", "10.29.0.11"), ("02:a7:00:00:00:42", "10.29.0.12")
    with Ward(lab, "datex/network.pcap", monitor, central) as ward:
        ward.udp("device", "10.29.0.255", 4000, 4000, dx.VALUES, dx.ALARMS)


def datex_serial(lab: Lab) -> None:
    """Another behind a serial converter, asked by a program."""
    converter, collector = ("02:a7:00:00:00:43", "10.29.0.13"), ("02:a7:00:00:00:44", "10.29.0.14")
    with Ward(lab, "datex_serial/converter.pcap", converter, collector) as ward:
        answers = dx.framed(dx.VALUES) + dx.framed(dx.ALARMS)
        ward.tcp("other", "device", 10001, [(dx.framed(dx.REQUEST), answers)])


def puritan_bennett(lab: Lab) -> None:
    """A ventilator behind a serial converter reports to a program; then another is plugged in."""
    converter, collector = ("02:a7:00:00:00:51", "10.29.1.11"), ("02:a7:00:00:00:52", "10.29.1.12")
    with Ward(lab, "puritan_bennett/converter.pcap", converter, collector) as ward:
        ward.tcp("other", "device", 10001, [(pb.ASK, pb.SHORT), (pb.ASK_LONG, pb.LONG)])


def capnostream(lab: Lab) -> None:
    """A capnograph behind a serial converter says which it is."""
    converter, collector = ("02:a7:00:00:00:61", "10.29.2.11"), ("02:a7:00:00:00:62", "10.29.2.12")
    with Ward(lab, "capnostream/converter.pcap", converter, collector) as ward:
        ward.tcp("other", "device", 10001, [(cb.ENABLE, cb.IDENTITY), (cb.ACTIVE, cb.WAVE + cb.PATIENT)])


def bernoulli(lab: Lab) -> None:
    """A gateway of a ward's devices is subscribed to, and told to have one measure."""
    gateway, client = ("02:a7:00:00:00:81", "10.29.3.11"), ("02:a7:00:00:00:82", "10.29.3.12")
    with Ward(lab, "bernoulli/gateway.pcap", gateway, client) as ward:
        ward.tcp("other", "device", 10006, [(bb.SUBSCRIBE, bb.WARD)])
        ward.tcp("other", "device", 10007, [(bb.COMMAND, b"P")])


def routed(capture: str, other: str, mac: str, router: str) -> None:
    """The same frames as they are behind a router: its address stands for that of the host `mac`."""
    raw = (PCAPS / capture).read_bytes()
    out, at = bytearray(raw[:24]), 24
    old, new = (bytes.fromhex(address.replace(":", "")) for address in (mac, router))
    while at < len(raw):
        frame = at + 16
        end = frame + int.from_bytes(raw[at + 8 : at + 12], "little")
        ends = raw[frame : frame + 12].replace(old, new)
        out += raw[at:frame] + ends + raw[frame + 12 : end]
        at = end
    (PCAPS / other).write_bytes(out)


CASES: dict[str, Callable[[Lab], None]] = {
    case.__name__: case
    for case in (
        intellivue,
        intellivue_serial,
        medibus,
        phd,
        carescape,
        infinity,
        datex,
        datex_serial,
        puritan_bennett,
        capnostream,
        bernoulli,
    )
}
PARTS: dict[str, Callable[..., None]] = {"datagram": datagram, "serve": serve, "connect": connect}

if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1] in PARTS:
        PARTS[sys.argv[1]](*sys.argv[2:])
    else:
        for name in sys.argv[1:] or CASES:
            with Lab() as lab:
                CASES[name](lab)
