"""Records pcaps/mqtt, coap, tftp and radius: mosquitto, libcoap, atftp, FreeRADIUS.

Needs root, iproute2, tcpdump, mosquitto, mosquitto-clients, libcoap3-bin, atftpd, atftp, freeradius, freeradius-utils.
"""

from __future__ import annotations

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


STEPS: tuple[Callable[[], None], ...] = (mqtt,)

if __name__ == "__main__":
    for step in STEPS:
        step()
