"""Records pcaps/mqtt, coap, tftp and radius: mosquitto, libcoap, atftp, FreeRADIUS.

Needs root, iproute2, tcpdump, mosquitto, mosquitto-clients, libcoap3-bin, atftpd, atftp, freeradius, freeradius-utils.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lab import Lab

SERVER, CLIENT = "02:aa:00:00:00:20", "02:aa:00:00:00:30"


@contextmanager
def pair(network: str, capture: str, expression: str) -> Iterator[Lab]:
    """A server and a client, recorded at the client."""
    with Lab() as lab:
        lab.host("server")
        lab.host("client")
        lab.wire("server", SERVER, "client", CLIENT)
        lab.address("server", "client", f"{network}.20/24")
        lab.address("client", "server", f"{network}.30/24")
        recording = lab.record("client", "server", capture, expression)
        yield lab
        lab.finish(recording)


def mqtt() -> None:
    """Sensors log in with a password and without; a broker that gives a name to one that has none."""
    with pair("10.76.0", "mqtt/sensors.pcap", "tcp port 1883") as lab:
        settings = lab.files / "mosquitto.conf"
        settings.write_text("listener 1883 10.76.0.20\nallow_anonymous true\nuser root\n")
        lab.start("server", "mosquitto", "-c", str(settings))
        time.sleep(2)
        say = ("mosquitto_pub", "-h", "10.76.0.20", "-t", "wards/ZQCANARY/312", "-m", "ZQCANARYMARTIN^JEANNE")
        will = ("--will-topic", "ZQCANARY", "--will-payload", "ZQCANARY")
        log_in = ("-u", "zqcanary.user", "-P", "ZQCANARY")
        lab.run("client", *say, "-i", "fridge-blood-bank-2", *will, *log_in)
        lab.run("client", *say, "-V", "mqttv5", "-i", "freezer-7", *will)
        lab.run("client", *say, "-V", "mqttv5")


def coap() -> None:
    """A device is asked what it offers, then for something that is nobody's business."""
    with pair("10.77.0", "coap/device.pcap", "udp port 5683") as lab:
        lab.start("server", "coap-server-notls", "-A", "10.77.0.20", "-d", "10")
        time.sleep(1)
        ask = ("coap-client-notls", "-B", "3")
        lab.run("client", *ask, "-m", "get", "coap://10.77.0.20/.well-known/core")
        lab.run("client", *ask, "-m", "put", "-e", "ZQCANARYMARTIN", "coap://10.77.0.20/zqcanary")
        lab.run("client", *ask, "-m", "get", "coap://10.77.0.20/zqcanary")


def tftp() -> None:
    """A telephone fetches its settings; somebody else a file with a name of his own, and leaves one."""
    with pair("10.78.0", "tftp/boot.pcap", "udp") as lab:
        folder = lab.files / "served"
        folder.mkdir(mode=0o777)
        for name in ("SEP02AA00000030.cnf.xml", "zqcanary-martin.txt"):
            (folder / name).write_text("ZQCANARY")
        lab.start(
            "server", "atftpd", "--daemon", "--no-fork", "--user", "root", "--bind-address", "10.78.0.20", str(folder)
        )
        time.sleep(1)
        for name in ("SEP02AA00000030.cnf.xml", "zqcanary-martin.txt"):
            lab.run("client", "atftp", "--get", "-r", name, "-l", str(lab.files / "got"), "10.78.0.20")
        left = lab.files / "left"
        left.write_text("ZQCANARY")
        lab.run("client", "atftp", "--put", "-r", "zqcanary-left.txt", "-l", str(left), "10.78.0.20", check=False)


WIRED = """User-Name = "zqcanary.user"
User-Password = "ZQCANARY"
NAS-IP-Address = 10.79.0.30
NAS-Identifier = "sw-ward-3"
NAS-Port-Type = Ethernet
NAS-Port = 50107
NAS-Port-Id = "GigabitEthernet1/0/7"
Called-Station-Id = "02-AA-00-00-00-30"
Calling-Station-Id = "00-09-FB-11-22-33"
"""
WIRELESS = """User-Name = "zqcanary.user@wards.example"
CHAP-Password = "ZQCANARY"
NAS-Identifier = "wlc-1"
NAS-IP-Address = 10.79.0.31
NAS-Port-Type = Wireless-802.11
Called-Station-Id = "02-AA-00-00-00-31:medical"
Calling-Station-Id = "0009.fb11.2244"
Connect-Info = "ZQCANARY"
"""
ACCOUNTING = """User-Name = "zqcanary.user"
Acct-Status-Type = Start
Acct-Session-Id = "ZQCANARY"
NAS-Identifier = "vpn-1"
NAS-Port-Type = Virtual
Calling-Station-Id = "+33 1 ZQCANARY"
"""


def radius() -> None:
    """A switch and a controller of access points ask whether they may let devices in."""
    with pair("10.79.0", "radius/access.pcap", "udp portrange 1812-1813") as lab:
        lab.files.chmod(0o755)
        settings = lab.files / "raddb"
        shutil.copytree("/etc/freeradius/3.0", settings, symlinks=True)
        with (settings / "clients.conf").open("a") as file:
            file.write("client lab {\n ipaddr = 10.79.0.0/24\n secret = lab\n}\n")
        users = settings / "mods-config/files/authorize"
        users.write_text('zqcanary.user Cleartext-Password := "ZQCANARY"\n Reply-Message = "Hello ZQCANARY"\n')
        lab.run("server", "sed", "-i", "/user = freerad/d; /group = freerad/d", f"{settings}/radiusd.conf")
        lab.start("server", "freeradius", "-X", "-d", str(settings))
        time.sleep(4)
        for kind, port, asked in (("auth", 1812, WIRED), ("auth", 1812, WIRELESS), ("acct", 1813, ACCOUNTING)):
            file_ = lab.files / "asked"
            file_.write_text(asked)
            client = ("radclient", "-r", "1", "-t", "3", "-f", str(file_), f"10.79.0.20:{port}", kind, "lab")
            lab.run("client", *client, check=False)


STEPS: tuple[Callable[[], None], ...] = (mqtt, coap, tftp, radius)

if __name__ == "__main__":
    for step in STEPS:
        step()
