"""The evidence of a large site, as a sensor that listens for some days leaves it: made up, by nothing but numbers.

    python -m tests.bench.site sqlite:///site.db [DEVICES]

Two thirds of the devices are on networks that the sensor hears, the others behind routers; hosts lease their addresses
and a hundredth of them gives one up to another; scanners send to archives, monitors speak through gateways, servers
name the hosts that ask them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from parsers.api import Id
from sensor.model import Conversation, Evidence, Place, Subject
from sensor.store.origin import COMPLETE, LIVE, OriginRow
from sensor.store.store import Store

SITE, SENSOR = "main", "tap1"
SECOND, DAY = 10**9, 86_400 * 10**9
START = 1_767_571_200 * SECOND  # 2026-01-05 00:00 UTC
DAYS = 2
SUBNET = 200  # devices
GATEWAY = 100  # of each so many devices one speaks for the monitors among them
CLASSES = ("PC 5.0", "udhcp 1.36", "MSFT 5.0", "android-dhcp-13", "HP JetDirect", "Zebra")
AGENTS = ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "OFFIS DCMTK", "curl/8.5.0", "Apache/2.4.57 (Debian)")
MAKERS = (("Siemens Healthineers", "SOMATOM Force"), ("GE MEDICAL SYSTEMS", "Revolution CT"), ("Philips", "Ingenia"))
STORAGE = "1.2.840.10008.5.1.4.1.1."
OUI = ("00:0d:93", "00:09:fb", "00:50:56", "3c:d9:2b", "00:1b:21")


def mac_of(n: int) -> str:
    return f"{OUI[n % len(OUI)]}:{n >> 16 & 255:02x}:{n >> 8 & 255:02x}:{n & 255:02x}"


def ip_of(n: int) -> str:
    subnet, host = divmod(n, SUBNET)
    return f"10.{subnet >> 8}.{subnet & 255}.{host + 20}"


class Device:
    """One device, and what it says on a day."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.own = mac_of(n)
        self.ip = ip_of(n)
        self.far = n // SUBNET % 3 == 0  # its subnet is behind a router
        self.mac = f"00:1b:54:00:00:{n // SUBNET % 16:02x}" if self.far else self.own

    def said(self) -> Iterator[tuple[Subject, str, str, float, str]]:
        """Subject, observable, value, weight, source."""
        n, host, own = self.n, Subject(self.mac, self.ip), Subject(mac=self.own)
        gateway = ip_of(n // GATEWAY * GATEWAY)
        yield host, "ip.address", self.ip, 0.5, "ip"
        yield host, "tcp.syn", f"64240,{n % 3},MSS,SACK,TS,NOP,WS", 0.3, "tcp"
        if not self.far:
            yield own, "ethernet.address", self.own, 0.5, "ethernet"
            yield own, "arp.address", self.ip, 0.9, f"arp {self.own}"
            yield own, "dhcp.lease", self.ip, 0.95, "dhcp 10.250.0.1"
            yield own, "dhcp.host_name", f"host-{n:05}", 0.8, "dhcp"
            yield own, "dhcp.vendor_class", CLASSES[n % len(CLASSES)], 0.8, "dhcp"
            yield own, "dhcp.parameters", "1,3,6,15,31,33,43,44,46,47,119,121,249,252", 0.7, "dhcp"
        yield Subject(ip=self.ip), "dns.name", f"host-{n:05}.hospital.example", 0.6, "dns 10.250.0.53"
        yield Subject(ip="10.250.0.53"), "dns.server", "yes", 0.8, f"dns {self.ip}" if n < 16 else "dns"
        yield host, "http.user_agent", AGENTS[n % len(AGENTS)], 0.6, "http"
        yield host, "tls.ja3", f"{n % 40:032x}", 0.6, "tls"
        yield host, "smb.native_os", "Windows 10 Enterprise 19045", 0.6, "smb"
        yield host, "smb.computer", f"HOST-{n:05}", 0.6, "smb"
        if n % 10 < 3:
            yield from self.images()
        elif n % 10 < 7:
            yield from self.values(gateway)
        else:
            for k in range(3):
                yield Subject(ip=self.ip), "snmp.object", f"1.3.6.1.2.1.{k}", 0.5, "snmp"

    def images(self) -> Iterator[tuple[Subject, str, str, float, str]]:
        n = self.n
        title = f"CT{n:05}"
        node = Subject(self.mac, self.ip, application=title)
        maker, model = MAKERS[n % len(MAKERS)]
        yield node, "dicom.calling_ae", title, 0.8, "dicom"
        yield node, "dicom.implementation_uid", "1.2.276.0.7230010.3.0.3.6.8", 0.8, "dicom"
        yield node, "dicom.implementation_version", "OFFIS_DCMTK_368", 0.8, "dicom"
        for role in ("worklist", "store", "commit"):
            yield node, "dicom.role_request", role, 0.9, "dicom"
        for k in ("2", "7", "88.67"):
            yield node, "dicom.proposed_sop_class", f"{STORAGE}{k}", 0.9, "dicom"
        made = Subject(self.mac, self.ip, 0, title, (Id("serial", f"{100000 + n}", maker),))
        archive = ip_of(7)
        for subject, source in ((made, "dicom"), (Subject("", archive, 0, "PACS", made.behind), f"dicom {archive}")):
            yield subject, "dicom.manufacturer", maker, 0.9, source
            yield subject, "dicom.model", model, 0.9, source
            yield subject, "dicom.serial", f"{100000 + n}", 0.9, source
            yield subject, "dicom.software_version", f"VA{n % 50:02}A", 0.9, source
            yield subject, "dicom.station_name", title, 0.7, source
            yield subject, "dicom.modality", "CT", 0.9, source

    def values(self, gateway: str) -> Iterator[tuple[Subject, str, str, float, str]]:
        n = self.n
        monitor = Subject(
            "", gateway, 0, "GW", (Id("eui64", f"{self.own[:8]}fffe{self.own[9:]}".replace(":", ""), ""),)
        )
        for name, value in (
            ("hl7.model", "IntelliVue MX800"),
            ("hl7.manufacturer", "Philips"),
            ("hl7.mdc_device", "69965"),
            ("hl7.serial", f"DE{n:06}"),
            ("hl7.location", f"ICU^{n % 300}^{n % 4}"),
            ("hl7.software_version", "L.01.22"),
        ):
            yield monitor, name, value, 0.8, "hl7"
        sender = Subject("", gateway, 0, "GW")
        yield sender, "hl7.sending_application", "GW", 0.8, "hl7"
        yield sender, "hl7.message_type", "ORU^R01", 0.8, "hl7"
        for k in range(2):
            yield Subject(self.mac, self.ip), "intellivue.product", f"part {k} of M8000-{n % 60}", 0.8, "intellivue"


def rows_of(device: Device, day: int, holder: Device | None = None) -> Iterator[Evidence]:
    """holder: who has the device's address instead on that day."""
    text = f"2026-01-{5 + day:02}"
    at = START + day * DAY + device.n * SECOND
    for k, (subject, observable, value, weight, source) in enumerate(device.said()):
        protocol = source.partition(" ")[0]
        first = Place(at + k * 1000, device.n * 50 + k)
        if holder is not None and subject.mac == device.own:
            subject = Subject(holder.own, subject.ip, subject.vlan, subject.application, subject.behind)
        yield Evidence(
            site=SITE,
            sensor=SENSOR,
            origin=f"live-{day}",
            day=text,
            subject=subject,
            observable=observable,
            value=value,
            protocol=protocol,
            source=source,
            weight=weight,
            count=3,
            first=first,
            last=Place(first.time + 3600 * SECOND, first.frame + 100_000),
        )


def conversations_of(device: Device, day: int) -> Iterator[Conversation]:
    first = Place(START + day * DAY + device.n * SECOND, device.n)
    services = ((ip_of(7), 104, "dicom"), (ip_of(11), 80, "http"), ("10.250.0.53", 53, "dns"))
    for server, port, protocol in services:
        yield Conversation(
            site=SITE,
            sensor=SENSOR,
            origin=f"live-{day}",
            day=f"2026-01-{5 + day:02}",
            client=device.ip,
            server=server,
            port=port,
            transport="udp" if port == 53 else "tcp",
            protocol=protocol,
            encrypted=False,
            client_frames=10,
            client_bytes=2000,
            server_frames=10,
            server_bytes=9000,
            connections=1,
            first=first,
            last=Place(first.time + 3600 * SECOND, first.frame + 100_000),
        )


def evidence(devices: int, day: int) -> Iterator[Evidence]:
    """All that is said on one day."""
    for n in range(devices):
        device = Device(n)
        yield from rows_of(device, day, Device(n + devices) if day and n % 100 == 99 else None)


def fill(store: Store, devices: int, days: int = DAYS) -> int:
    """Gives the number of rows."""
    count = 0
    for day in range(days):
        row = OriginRow(
            site=SITE,
            sensor=SENSOR,
            id=f"live-{day}",
            name="tap1",
            kind=LIVE,
            started=START + day * DAY,
            first=START,
            last=START + (day + 1) * DAY,
        )
        store.begin(row)
        held: list[Evidence] = []
        for each in evidence(devices, day):
            held.append(each)
            if len(held) == 20_000:
                store.add(row.key, held)
                count += len(held)
                held = []
        store.add(row.key, held)
        count += len(held)
        talk = [each for n in range(devices) for each in conversations_of(Device(n), day)]
        store.add(row.key, conversations=talk)
        store.finish(OriginRow(**{name: getattr(row, name) for name in row.__struct_fields__} | {"state": COMPLETE}))
    return count


if __name__ == "__main__":
    with Store.open(sys.argv[1]) as opened:
        print(f"{fill(opened, int(sys.argv[2]) if len(sys.argv) > 2 else 25_000):,} rows")
