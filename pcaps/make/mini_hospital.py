"""Records pcaps/mini-hospital.pcap: a day of a small hospital in a minute, spoken by real programs in namespaces.

The mirror stands on the core switch and has both VLANs as sources, servers (10.10.10.0/24) and clinical
(10.10.20.0/24), each frame once, on its way in, without tags: so what is routed between the two passes twice, the
second time from the router. The annex (10.10.30.0/24: an ultrasound scanner, a CR, a DICOM router) is behind the router
and is not mirrored.

Needs root, iproute2, tcpdump, dcmtk, orthanc, dnsmasq, dhclient, avahi-daemon, nginx, curl, openssl and the Python
packages pynetdicom and hl7. Patients are made up: ZQCANARY. The TCP stacks are Linux's, whatever a device says that it
is.
"""

from __future__ import annotations

import array
import contextlib
import fcntl
import json
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import dicom
from interfaces import SERVER
from lab import WAIT, Lab
from mini_hospital_plan import (
    ANNEX,
    ANNEX_OBJECTS,
    ANNOUNCED,
    AVAHI,
    CERTIFICATE,
    CORE,
    CORE_ANNEX,
    DHCP,
    DX_IMAGE,
    FILM_PRINTER,
    FORWARD,
    IP,
    MIRRORED,
    NAMES,
    NGINX,
    OPTIONS,
    SCANNERS,
    SERVICE,
    UPS_PAGE,
    WEB_PAGE,
    WINDOWS,
)
from ward_messages import CLIENT, TALK

CAPTURE = "mini-hospital.pcap"
PEER = (sys.executable, "-P", dicom.__file__, "--peer")


# -- network


class Hospital(Lab):
    """Its hosts ask the router of their subnet for names, and nobody outside."""

    def argv(self, host: str, *command: str) -> list[str]:
        subnet = IP.get(host, "10.10.10.1").rsplit(".", 1)[0]
        resolver = self.files / f"resolver-{subnet}"
        resolver.write_text(f"nameserver {subnet}.1\n")
        return super().argv(host, "sh", "-c", f'mount --bind {resolver} /etc/resolv.conf; exec "$@"', "-", *command)


def build(lab: Lab) -> None:
    """One switch for both mirrored VLANs, one for the annex, the router between the three subnets."""
    for switch in ("switch", "annex"):
        lab.host(switch)
        lab.run(switch, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
        lab.run(switch, "ip", "link", "add", "to-all", "type", "bridge", "mcast_snooping", "0")
        lab.run(switch, "ip", "link", "set", "to-all", "up")
    lab.host("core")
    lab.run("core", "sysctl", "-qw", "net.ipv4.ip_forward=1")
    for name in ("all", "default"):
        lab.run("core", "sysctl", "-qw", f"net.ipv4.conf.{name}.send_redirects=0")
    cable(lab, "core", CORE, "switch", 0)
    cable(lab, "core", CORE_ANNEX, "annex", 1)
    lab.address("core", "switch", "10.10.10.1/24", "10.10.20.1/24")
    lab.address("core", "annex", "10.10.30.1/24")
    hosts = [(name, mac, address, "switch", late) for name, (mac, address, late) in MIRRORED.items()]
    hosts += [(name, mac, address, "annex", False) for name, (mac, address) in ANNEX.items()]
    for number, (name, mac, address, switch, late) in enumerate(hosts, 2):
        lab.host(name)
        cable(lab, name, mac, switch, number)
        if name in WINDOWS:
            lab.run(name, "sysctl", "-qw", "net.ipv4.ip_default_ttl=128", "net.ipv4.tcp_timestamps=0")
        if not late:
            settle(lab, name, address, switch)


def cable(lab: Lab, host: str, mac: str, switch: str, number: int) -> None:
    lab.wire(host, mac, switch, f"02:10:00:00:00:{number:02x}")
    lab.run(switch, "ip", "link", "set", f"to-{host}", "master", "to-all")
    lab.run(host, sys.executable, __file__, "--plain-frames", f"to-{switch}")


def settle(lab: Lab, host: str, address: str, switch: str) -> None:
    lab.address(host, switch, f"{address}/24")
    lab.run(host, "ip", "route", "add", "default", "via", address.rsplit(".", 1)[0] + ".1")


def plain_frames(interface: str) -> None:
    """Inside a namespace: no checksum or segmentation offload, so that frames look as on a cable (linux/ethtool.h)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for setting in (0x17, 0x1F, 0x24, 0x2C):  # STXCSUM, STSO, SGSO, SGRO
            value = array.array("B", struct.pack("II", setting, 0))
            with contextlib.suppress(OSError):
                fcntl.ioctl(control.fileno(), 0x8946, struct.pack("16sP", interface.encode(), value.buffer_info()[0]))


def serve(lab: Lab, host: str, port: int, *command: str) -> None:
    """Starts a server and waits until it listens, without connecting to it."""
    process = lab.start(host, *command)
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        table = lab.run(host, "cat", "/proc/net/tcp", "/proc/net/tcp6", check=False)
        if any(f":{port:04X} " in line and " 0A " in line for line in table.splitlines()):
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit(f"{command[0]} of {host} does not listen on {port}")


# -- servers


def servers(lab: Lab) -> None:
    leases = [f"--dhcp-host={MIRRORED[name][0]},{IP[name]}" for name in DHCP]
    names = [f"--host-record={name}.hospital.example,{IP[host]}" for name, host in NAMES.items()]
    options = [
        *("--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--user=root", "--no-ping"),
        *("--dhcp-authoritative", "--local=/hospital.example/", "--domain=hospital.example", "--bogus-priv"),
        *("--dhcp-range=10.10.20.70,10.10.20.99,255.255.255.0,8h", "--dhcp-option=option:ntp-server,10.10.10.21"),
    ]
    lab.start("core", "dnsmasq", *options, f"--dhcp-leasefile={lab.files}/leases", *leases, *names)
    worklist(lab.files)
    serve(lab, "ris", 11112, "wlmscpfs", "-dfp", str(lab.files / "worklists"), "11112")
    serve(lab, "ris", 11113, *PEER, "mpps-scp", "RIS_MPPS", "11113")
    serve(lab, "film", 10104, sys.executable, "-I", "-c", FILM_PRINTER, "10104")
    modalities = {
        "ct": ["CT001", IP["ct"], 104],
        "workstation": ["WS07", IP["workstation"], 11112],
        "annex": ["ANNEXRTR", IP["annexrouter"], 104],
    }
    serve(lab, "archive", 104, *orthanc(lab.files, "PACS1", modalities))
    script = lab.files / "forward.lua"
    script.write_text(FORWARD)
    pacs = {"pacs": ["PACS1", IP["archive"], 104]}
    serve(lab, "annexrouter", 104, *orthanc(lab.files, "ANNEXRTR", pacs, LuaScripts=[str(script)]))
    for host, port in dict.fromkeys((server, port) for _, server, port, _ in TALK):
        serve(lab, host, port, sys.executable, "-I", "-c", SERVER, IP[host], str(port))
    (lab.files / "users").write_text("apc:{PLAIN}ZQCANARYPASS\n")
    (lab.files / "web").mkdir()
    (lab.files / "web" / "page.html").write_text("<title>Smart-UPS 1500</title>")
    key = ["-newkey", "rsa:2048", "-nodes", "-keyout", f"{lab.files}/gateway.key", "-out", f"{lab.files}/gateway.pem"]
    subject = ["-days", "7300", "-subj", CERTIFICATE]
    subprocess.run(["openssl", "req", "-x509", *key, *subject], check=True, capture_output=True, timeout=WAIT)
    for host, port, page in (("ups", 80, UPS_PAGE), ("gateway", 443, WEB_PAGE)):
        settings = lab.files / f"{host}.conf"
        settings.write_text(NGINX.format(files=lab.files, host=host, server=page.format(files=lab.files)))
        serve(lab, host, port, "nginx", "-c", str(settings), "-e", f"{lab.files}/{host}.start")


def orthanc(files: Path, title: str, modalities: dict[str, list[Any]], **more: object) -> tuple[str, ...]:
    folder = files / title
    settings = {
        "Name": title, "StorageDirectory": str(folder), "IndexDirectory": str(folder), "HttpServerEnabled": False,
        "DicomAet": title, "DicomPort": 104, "DicomAlwaysAllowMove": True, "DicomAlwaysAllowFind": True,
        "DicomModalities": modalities, "StableAge": 600, **more,
    }  # fmt: skip
    path = files / f"{title}.json"
    path.write_text(json.dumps(settings))
    return ("Orthanc", str(path))


def worklist(files: Path) -> None:
    """What the RIS has for each scanner."""
    from pydicom.dataset import Dataset

    lists = files / "worklists" / "RIS_WL"
    lists.mkdir(parents=True)
    (lists / "lockfile").touch()
    for number, scanner in enumerate(SCANNERS.values(), 1):
        entry, step = Dataset(), Dataset()
        dicom.patient(entry, number)
        entry.SpecificCharacterSet = "ISO_IR 100"
        entry.AccessionNumber, entry.RequestedProcedureID = "ZQCANARYACC", "ZQCANARYRP"
        entry.RequestedProcedureDescription = "ZQCANARY procedure"
        entry.StudyInstanceUID = f"{dicom.ROOT}.{number}"
        step.Modality, step.ScheduledStationAETitle = scanner["equipment"]["Modality"], scanner["title"]
        step.ScheduledProcedureStepStartDate, step.ScheduledProcedureStepStartTime = "20260105", "080000"
        step.ScheduledPerformingPhysicianName, step.ScheduledProcedureStepID = "ZQCANARYPERF", "1"
        step.ScheduledProcedureStepDescription = "ZQCANARY step"
        entry.ScheduledProcedureStepSequence = [step]
        dicom.save(entry, lists / f"{number}.wl")


# -- what happens


def lease(lab: Lab, host: str) -> None:
    """dhclient asks as the device would; the address that it is given is then set by hand."""
    name, vendor, asked = DHCP[host]
    numbers = [int(number) for number in asked.split()]
    own = [f"option o{number} code {number} = text;" for number in numbers if number not in OPTIONS]
    request = ", ".join(OPTIONS.get(number, f"o{number}") for number in numbers)
    vendor_line = f'send vendor-class-identifier "{vendor}";' if vendor else ""
    settings = lab.files / f"{host}.dhclient"
    settings.write_text(
        "\n".join([*own, f'send host-name "{name}";', vendor_line, f"request {request};", "timeout 15;"])
    )
    common = ["-4", "-cf", str(settings), "-lf", f"{lab.files}/{host}.lease", "-pf", f"{lab.files}/{host}.pid"]
    lab.run(host, "dhclient", *common, "-sf", "/bin/true", "-1", "to-switch")
    lab.run(host, "dhclient", *common, "-sf", "/bin/true", "-x", "to-switch", check=False)  # ends it, keeps the lease
    settle(lab, host, IP[host], "switch")


def announce(lab: Lab, host: str) -> None:
    name, instance, kind, port, txt = ANNOUNCED[host]
    daemon, services = lab.files / f"{host}.avahi", lab.files / f"{host}-services"
    daemon.write_text(AVAHI.format(name=name))
    services.mkdir()
    records = "".join(f"<txt-record>{text}</txt-record>" for text in txt)
    service = f"<service><type>{kind}</type><port>{port}</port>{records}</service>"
    (services / "it.service").write_text(SERVICE.format(name=instance, services=service))
    lab.files.chmod(0o755)
    mounts = f"mount --bind {services} /etc/avahi/services; mount -t tmpfs none /run/avahi-daemon"
    start = f"mkdir -p /run/avahi-daemon; {mounts}; exec avahi-daemon --no-drop-root --no-chroot -f {daemon}"
    lab.start(host, "unshare", "-m", "sh", "-c", start)


def examine(lab: Lab, host: str, number: int) -> None:
    scanner = SCANNERS[host]
    path = lab.files / f"{host}.dcm"
    dicom.image(path, scanner["makes"], number, size=160 if host == "ct" else 96, **scanner["equipment"])
    peers = {
        "worklist": (IP["ris"], 11112, "RIS_WL"),
        "mpps": (IP["ris"], 11113, "RIS_MPPS"),
        "archive": (IP["archive"], 104, "PACS1"),
        "film": (IP["film"], 10104, "FILM1"),
    }
    script = str(Path(__file__).with_name("scanner.py"))
    lab.run(host, sys.executable, script, json.dumps({**scanner, "path": str(path), "peers": peers}))


def annex(lab: Lab) -> None:
    """A CR and a mobile X-ray unit store into the DICOM router of the annex, which passes on to the archive."""
    for number, (title, equipment) in enumerate(ANNEX_OBJECTS, 11):
        path = lab.files / f"{title}.dcm"
        dicom.image(path, dicom.CR_IMAGE if equipment["Modality"] == "CR" else DX_IMAGE, number, **equipment)
        lab.run("cr", "storescu", "-R", "-aet", title, "-aec", "ANNEXRTR", IP["annexrouter"], "104", str(path))
    time.sleep(2)  # it passes them on


def reading_room(lab: Lab) -> None:
    """The workstation looks for studies, fetches two, and has one sent to the annex."""
    who = ("-S", "-aet", "WS07", "-aec", "PACS1")
    keys = ("-k", "QueryRetrieveLevel=STUDY", "-k", "PatientName=ZQCANARY*", "-k", "StudyInstanceUID")
    lab.run("workstation", "findscu", *who, IP["archive"], "104", *keys)
    fetch = (*who, "-aem", "WS07", "+P", "11112", "-od", str(lab.files))
    for number in (1, 12):
        level = ("-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={dicom.ROOT}.{number}")
        lab.run("workstation", "movescu", *fetch, IP["archive"], "104", *level)
    prior = ("-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={dicom.ROOT}.2")
    lab.run("workstation", "movescu", *who, "-aem", "ANNEXRTR", IP["archive"], "104", *prior)


def talk(lab: Lab) -> None:
    for number, (client, server, port, messages) in enumerate(TALK):
        source = lab.files / f"messages{number}"
        source.write_text(json.dumps(messages))
        lab.run(client, sys.executable, "-I", "-c", CLIENT, IP[server], str(port), str(source))


def main() -> None:
    with Hospital() as lab:
        build(lab)
        servers(lab)
        recording = lab.record("switch", "all", CAPTURE, "ip or arp")
        for host in DHCP:
            lease(lab, host)
        for host in ANNOUNCED:
            announce(lab, host)
        wards = threading.Thread(target=talk, args=(lab,))
        wards.start()
        for number, host in enumerate(SCANNERS, 1):
            examine(lab, host, number)
        annex(lab)
        reading_room(lab)
        lab.run("workstation", "getent", "ahostsv4", "pacs.hospital.example")
        lab.run("workstation", "curl", "-sk", "https://egateway.hospital.example/")
        lab.run("mac", "curl", "-s", "--anyauth", "-u", "apc:ZQCANARYPASS", f"http://{IP['ups']}/")
        for name in ("ris", "lis", "ehr", "engine"):
            lab.run("mac", "getent", "ahostsv4", f"{name}.hospital.example")
        wards.join(WAIT)
        time.sleep(1.5)  # tcpdump is handed frames once a second
        lab.finish(recording)
        print(f"{CAPTURE}: {(Path(__file__).resolve().parents[1] / CAPTURE).stat().st_size} bytes")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--plain-frames"]:
        plain_frames(sys.argv[2])
    else:
        try:
            main()
        except subprocess.CalledProcessError as error:
            raise SystemExit(f"{error.cmd}\n{error.output.decode('utf-8', 'replace')}") from error
