"""Records pcaps/ptp and ntp: linuxptp's master and follower over UDP and over Ethernet, chrony's
server, NTPsec's server and clients.

Needs root, iproute2, tcpdump, linuxptp, chrony, ntpsec and ntpsec-ntpdig. No clock of the machine is set: the follower
runs free, the servers believe the local clock or none, the clients only ask.
"""

from __future__ import annotations

import time

from lab import Lab

MASTER, FOLLOWER = "02:a4:00:00:00:01", "02:a4:00:00:00:02"

COMMON = """
[global]
time_stamping software
network_transport {transport}
domainNumber 24
logAnnounceInterval 0
userDescription {user}
"""
OF_MASTER = COMMON + (
    "masterOnly 1\nfree_running 1\nclockClass 6\ntimeSource 0x20\nmanufacturerIdentity 02:a4:00\n"
    "productDescription Acme Time;GPS-100;GT-004711\nrevisionData B2;1.4;3.1.1\n"
)
OF_FOLLOWER = COMMON + "slaveOnly 1\nfree_running 1\n"


def precise(capture: str, transport: str) -> None:
    """Announce, sync, delay; a management tool asks both clocks what they are."""
    with Lab() as lab:
        lab.host("master")
        lab.host("follower")
        lab.wire("master", MASTER, "follower", FOLLOWER)
        lab.address("master", "follower", "10.24.0.1/24")
        lab.address("follower", "master", "10.24.0.2/24")
        recording = lab.record("master", "follower", capture, "ether proto 0x88f7 or udp portrange 319-320")
        for host, peer, settings, user in (
            ("master", "follower", OF_MASTER, "time-1;Plant room 2"),
            ("follower", "master", OF_FOLLOWER, "ZQCANARYMARTIN JEANNE;Room 312"),
        ):
            file = lab.files / f"{host}.conf"
            file.write_text(settings.format(transport=transport, user=user))
            own = f"--uds_address={lab.files}/{host}"
            lab.start(host, "ptp4l", "-m", "-i", f"to-{peer}", "-f", str(file), own)
        time.sleep(8)
        how = "-4" if transport == "UDPv4" else "-2"
        lab.run("follower", "pmc", how, "-d", "24", "-b", "1", "-i", "to-master", "GET CLOCK_DESCRIPTION", check=False)
        lab.run("master", "pmc", how, "-d", "24", "-b", "1", "-i", "to-follower", "GET CLOCK_DESCRIPTION", check=False)
        lab.finish(recording)


def rough(capture: str, server: tuple[str, ...], settings: str, *question: str) -> None:
    """A server, and a client that asks."""
    with Lab() as lab:
        lab.host("server")
        lab.host("client")
        lab.wire("server", MASTER, "client", FOLLOWER)
        lab.address("server", "client", "10.24.0.1/24")
        lab.address("client", "server", "10.24.0.2/24")
        file = lab.files / "server.conf"
        file.write_text(settings.format(files=lab.files))
        recording = lab.record("client", "server", capture, "udp port 123")
        lab.start("server", *server, str(file))
        time.sleep(2)
        lab.run("client", *question, "10.24.0.1", check=False)
        lab.finish(recording)


OPEN = "refclock local stratum 5\npidfile {files}/pid\nrestrict default\nrestrict 10.24.0.0 mask 255.255.255.0\n"
LOCAL_CLOCK = "local stratum 5\nallow\ncmdport 0\npidfile {files}/pid\nbindcmdaddress /\n"

if __name__ == "__main__":
    precise("ptp/udp.pcap", "UDPv4")
    precise("ptp/ethernet.pcap", "L2")
    rough("ntp/time.pcap", ("chronyd", "-x", "-d", "-u", "root", "-f"), LOCAL_CLOCK, "ntpdig")
    rough("ntp/control.pcap", ("ntpd", "-n", "-c"), OPEN, "ntpq", "-n", "-c", "rv")
