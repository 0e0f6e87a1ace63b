"""Records pcaps/mdns: Avahi announces a printer, and answers another host that looks for it."""

from __future__ import annotations

import time

from lab import Lab

PRINTER, DESK = "02:a0:00:00:00:31", "02:a0:00:00:00:32"

DAEMON = """
[server]
host-name={name}
use-ipv4=yes
use-ipv6=no
enable-dbus=no
allow-interfaces=to-{peer}
[publish]
publish-hinfo=yes
publish-workstation=yes
"""

SERVICES = """<?xml version="1.0"?>
<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group>
  <name>LaserJet OR 3</name>
  <service>
    <type>_ipp._tcp</type>
    <port>631</port>
    <txt-record>txtvers=1</txt-record>
    <txt-record>ty=Acme LaserJet 9</txt-record>
    <txt-record>product=(Acme LaserJet 9)</txt-record>
    <txt-record>usb_MFG=Acme</txt-record>
    <txt-record>usb_MDL=LaserJet 9</txt-record>
    <txt-record>UUID=6b1e7a3c-0000-4000-8000-02a000000031</txt-record>
    <txt-record>note=Office of ZQCANARYMARTIN JEANNE</txt-record>
  </service>
  <service>
    <type>_device-info._tcp</type>
    <port>0</port>
    <txt-record>model=LJ9-N</txt-record>
  </service>
</service-group>
"""

# A question for the printers, as a print dialogue asks it (RFC 6762 section 5.2)
ASK = """
import socket, struct
name = b"".join(bytes([len(p)]) + p for p in (b"_ipp", b"_tcp", b"local")) + b"\\0"
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("", 5353))
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("10.20.0.32"))
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
    s.sendto(struct.pack(">6H", 0, 0, 1, 0, 0, 0) + name + struct.pack(">HH", 12, 1), ("224.0.0.251", 5353))
"""


def announce() -> None:
    with Lab() as lab:
        lab.host("printer")
        lab.host("desk")
        lab.wire("printer", PRINTER, "desk", DESK)
        lab.address("printer", "desk", "10.20.0.31/24")
        lab.address("desk", "printer", "10.20.0.32/24")
        lab.run("desk", "ip", "route", "add", "224.0.0.0/4", "dev", "to-printer")
        daemon = lab.files / "avahi.conf"
        daemon.write_text(DAEMON.format(name="laserjet-or3", peer="desk"))
        services = lab.files / "services"
        services.mkdir()
        (services / "printer.service").write_text(SERVICES)
        lab.files.chmod(0o755)
        recording = lab.record("desk", "printer", "mdns/printer.pcap", "udp port 5353")
        mounts = f"mount --bind {services} /etc/avahi/services; mount -t tmpfs none /run/avahi-daemon"
        start = f"mkdir -p /run/avahi-daemon; {mounts}; exec avahi-daemon --no-drop-root --no-chroot -f {daemon}"
        avahi = lab.start("printer", "unshare", "-m", "sh", "-c", start)
        time.sleep(5)  # probing and two announcements
        lab.run("desk", "python3", "-c", ASK)
        time.sleep(1)
        lab.stop(avahi)  # says goodbye
        lab.finish(recording)


if __name__ == "__main__":
    announce()
