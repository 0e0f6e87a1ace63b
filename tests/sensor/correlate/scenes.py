"""Evidence written by hand, as the parsers and the engine would give it, and a small table of rules."""

from __future__ import annotations

from collections.abc import Iterable

from parsers.api import Id
from sensor.correlate.device import Device
from sensor.correlate.inventory import Inventory, inventory
from sensor.correlate.knowledge import Knowledge
from sensor.correlate.networks import Networks
from sensor.fingerprint.claim import Claim
from sensor.fingerprint.load import load
from sensor.model import Conversation, Evidence, Place, Subject

SECOND = 1_000_000_000
START = 1_767_600_000 * SECOND  # 2026-01-05 08:00 UTC
SITE = "main"

DIRECT = {
    "dicom.manufacturer": "manufacturer",
    "dicom.model": "model",
    "dicom.serial": "serial",
    "dicom.station_name": "station",
    "dicom.scheduled_station_name": "station",
    "dicom.software_version": "software",
    "hl7.model": "model",
    "hl7.serial": "serial",
    "hl7.control_serial": "serial",
    "hl7.software_maker": "manufacturer",
    "hl7.location": "location",
    "dhcp.host_name": "hostname",
    "dns.name": "hostname",
    "lldp.system_name": "hostname",
    "mdns.name": "hostname",
    "mdns.txt_manufacturer": "manufacturer",
    "mdns.txt_serial": "serial",
}
TABLE = {
    ("hl7.sends_device", "69965"): (Claim("kind", "patient_monitor", 0.9, "mdc:69965"),),
    ("hl7.sending_application", "Line 8"): (
        Claim("kind", "chemistry_immuno_system", 0.6, "line"),
        Claim("manufacturer", "Acme", 0.8, "line"),
    ),
    ("hl7.sending_application", "LABLINK"): (
        Claim("kind", "lab_middleware", 0.8, "lablink"),
        Claim("manufacturer", "Acme", 0.8, "lablink"),
    ),
    ("hl7.sending_application", "EPIC"): (Claim("manufacturer", "Epic", 0.6, "epic"),),
    ("dicom.proposed_sop_class", "1.3.46.670589.2.3.1.1"): (Claim("manufacturer", "Philips", 0.5, "private"),),
    ("hl7.mdc_device", "69965"): (Claim("kind", "patient_monitor", 0.8, "mdc:69965"),),
    ("hl7.mdc_device", "69985"): (Claim("kind", "infusion_pump", 0.8, "mdc:69985"),),
    ("ethernet.maker", "Maquet"): (
        Claim("network_maker", "Maquet", 0.9, "oui"),
        Claim("manufacturer", "Getinge", 1.0, "oui"),
    ),
    ("dicom.manufacturer", "GE MEDICAL SYSTEMS"): (Claim("manufacturer", "GE HealthCare", 0.95, "makers"),),
    ("dicom.model", "Cmobile"): (Claim("kind", "mobile_c_arm", 0.3, "cmobile"),),
    ("hl7.model", "T1"): (Claim("manufacturer", "Hamilton", 0.8, "t1"),),
    ("hl7.eui64", "001234FFFE00000A"): (Claim("manufacturer", "Getinge", 0.6, "oui"),),
    ("hl7.device_mac", "00:12:34:00:00:0a"): (Claim("manufacturer", "Getinge", 0.6, "oui"),),
    ("http.server", "Acme PACS"): (
        Claim("manufacturer", "Acme", 0.6, "acme-pacs"),
        Claim("product", "Acme PACS", 0.9, "acme-pacs"),
    ),
}
MAKERS = {"00:11:22": "Chips Inc", "00:12:34": "Maquet", "02:11:22": "Nobody"}


def claims(observable: str, value: str) -> tuple[Claim, ...]:
    found = TABLE.get((observable, value))
    if found is not None:
        return found
    attribute = DIRECT.get(observable)
    return (Claim(attribute, value, 0.95, f"direct:{observable}"),) if attribute else ()


def maker(mac: str) -> str:
    return MAKERS.get(mac[:8], "")


RULES = load()  # for SOP classes: PS3.6, and the kinds that make objects of a modality
SEVERAL = frozenset({"role", "software", "product", "modality"})
KNOWLEDGE = Knowledge(claims, maker, RULES.modality, RULES.kinds, SEVERAL, RULES.observables, covers=RULES.covers)


def row(
    subject: Subject,
    observable: str,
    value: str,
    at: float = 0,
    until: float | None = None,
    *,
    count: int = 1,
    weight: float = 0.9,
    source: str = "",
    origin: str = "ward.pcap#1",
) -> Evidence:
    """One row; `at` and `until` are seconds after the start."""
    protocol = observable.partition(".")[0]
    last = at if until is None else until
    return Evidence(
        site=SITE,
        sensor="tap1",
        origin=origin,
        day="2026-01-05",
        subject=subject,
        observable=observable,
        value=value,
        protocol=protocol,
        source=source or protocol,
        weight=weight,
        count=count,
        first=Place(START + int(at * SECOND), int(at) + 1),
        last=Place(START + int(last * SECOND), int(last) + 1),
    )


def sends(
    mac: str,
    ip: str,
    at: float = 0,
    until: float | None = None,
    *,
    count: int = 10,
    answered: bool = True,
    vlan: int = 0,
) -> Evidence:
    """What the engine says of a sender."""
    subject = Subject(mac=mac, ip=ip, vlan=vlan)
    return row(subject, "ip.address", ip, at, until, count=count, weight=0.5 if answered else 0.1)


def arp(mac: str, ip: str, at: float = 0, until: float | None = None) -> Evidence:
    return row(Subject(mac=mac), "arp.address", ip, at, until, source=f"arp {mac}")


def lease(mac: str, ip: str, at: float = 0, until: float | None = None, name: str = "") -> list[Evidence]:
    """A DHCP lease, and the host name asked for with it."""
    rows = [row(Subject(mac=mac), "dhcp.lease", ip, at, until, weight=0.95, source="dhcp 10.0.0.1")]
    if name:
        rows.append(row(Subject(mac=mac), "dhcp.host_name", name, at, until, weight=0.8))
    return rows


def says(
    subject: Subject, *pairs: tuple[str, str], at: float = 0, until: float | None = None, source: str = ""
) -> list[Evidence]:
    return [row(subject, observable, value, at, until, source=source) for observable, value in pairs]


def app(mac: str, ip: str, title: str) -> Subject:
    return Subject(mac=mac, ip=ip, application=title)


def scanner(
    mac: str, ip: str, title: str, serial: str, maker_: str = "Siemens", model: str = "Somatom", at: float = 5
) -> list[Evidence]:
    """A CT that asks for its worklist and sends what it made."""
    host = app(mac, ip, title)
    made = Subject(mac=mac, ip=ip, application=title, behind=(Id("serial", serial, maker_),))
    return [
        *says(
            host,
            ("dicom.calling_ae", title),
            ("dicom.role_request", "worklist"),
            ("dicom.role_request", "store"),
            ("dicom.proposed_sop_class", "1.2.840.10008.5.1.4.31"),
            ("dicom.proposed_sop_class", "1.2.840.10008.5.1.4.1.1.2"),
            at=at,
        ),
        *object_of(made, maker_, model, serial, at=at + 1),
    ]


def object_of(subject: Subject, maker_: str, model: str, serial: str, at: float = 5) -> list[Evidence]:
    """What the head of a stored object says of the device that made it."""
    return says(
        subject,
        ("dicom.manufacturer", maker_),
        ("dicom.model", model),
        ("dicom.serial", serial),
        ("dicom.modality", "CT"),
        at=at,
    )


def take(
    evidence: Iterable[Evidence], conversations: Iterable[Conversation] = (), networks: Networks | None = None
) -> Inventory:
    return inventory(evidence, conversations, KNOWLEDGE, networks or Networks(), SITE)


def known(evidence: Iterable[Evidence]) -> list[Device]:
    return list(take(evidence).devices)


def at_ip(devices: Iterable[Device], ip: str) -> Device:
    """The one device with this address."""
    found = [device for device in devices if any(tenure.ip == ip for tenure in device.addresses)]
    assert len(found) == 1, f"{len(found)} devices have {ip}"
    return found[0]


def with_mac(devices: Iterable[Device], mac: str) -> Device:
    found = [device for device in devices if mac in device.interfaces]
    assert len(found) == 1, f"{len(found)} devices have {mac}"
    return found[0]


def value(device: Device, name: str) -> str:
    """The believed value of an attribute, "" where there is none."""
    return next((attribute.believed.value for attribute in device.attributes if attribute.name == name), "")


def others(device: Device, name: str) -> set[str]:
    return {belief.value for attribute in device.attributes if attribute.name == name for belief in attribute.others}


def host(mac: str, ip: str) -> list[Evidence]:
    """An interface that proved its address and uses it."""
    return [arp(mac, ip), sends(mac, ip)]


def parents(devices: Iterable[Device], parent: Device) -> list[Device]:
    """The components behind a device."""
    return [device for device in devices if device.parent == parent.id]


def monitor(gateway: str, ip: str, n: int) -> list[Evidence]:
    """A patient monitor that a gateway speaks of."""
    subject = Subject(
        mac=gateway,
        ip=ip,
        application="GW",
        behind=(Id("eui64", f"0009FBFFFE00000{n}"), Id("obx18", f"MON{n}", "ACME")),
    )
    return says(subject, ("hl7.mdc_device", "69965"), ("hl7.model", "MX800"), ("hl7.location", f"ICU^R{n}^B1"))
