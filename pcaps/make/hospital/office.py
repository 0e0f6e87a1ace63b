"""Families of hospital IT, offices and the building: PCs, printers, cameras, phones, guests, servers, and oddities."""

from __future__ import annotations

import uuid
from typing import Any

from pcaps.make.hospital import addressing, names, web, wire
from pcaps.make.hospital.addressing import Client
from pcaps.make.hospital.core import CATALOGUE, SYSTEMS, VMWARE, Hospital
from pcaps.make.hospital.network import END, SECOND, START, Card
from pcaps.make.hospital.truth import Truth

HALF = (START + END) // 2
NO_UUID = uuid.UUID("03000200-0400-0500-0006-000700080009").bytes_le  # as SMBIOS and so option 97 have it
PROGRAMS = {
    "windows": ("Microsoft-IIS/10.0", "Apache/2.4.57 (Win64)"),
    "linux": ("Apache/2.4.57 (Debian)", "nginx/1.18.0"),
}


def computer(h: Hospital, family: str, name: str, product: dict[str, Any]) -> Truth:
    truth = h.device(family, name, hostname=name, os=product["os"], serial=[], model=[])
    truth.origins["os"] = product["origin"]
    return truth


def asks(name: str, product: dict[str, Any], identity: bytes = b"") -> Client:
    return Client(name, product["vendor_class"], tuple(product["parameters"]), identity)


def leased(h: Hospital, time: int, card: Card, client: Client) -> int:
    """A lease, in which a client may tell its name."""
    if not card.vlan.one_way and client.name:
        card.truth.say("hostname")
    return h.lease(time, card, h.dhcp, client)


def browses(h: Hospital, card: Card, product: dict[str, Any], since: int, until: int, count: int = 2) -> None:
    for time in h.times(count, since, until):
        if h.random.random() < 0.5:
            _, whole = h.tcp(time, card, h.ehr, 80, web.page(product["agent"], "ehr.hospital.example", "nginx/1.22.1"))
            if whole:
                card.truth.say("os")
        else:
            talk = web.tls(
                "ehr.hospital.example", "ehr.hospital.example", "Example University Hospital", h.random, modern=True
            )
            h.tcp(time, card, h.ehr, 443, talk)


def pc(h: Hospital) -> None:
    """A leased PC; half of them serve files, and so tell their name and release."""
    product = h.pick("pc")
    number = h.number()
    name = f"PC-{number:05}" if number % 9 else "PC-de-ZQCANARYMARTIN"
    truth = computer(h, "pc", name, product)
    if number % 9 == 0:
        truth.attributes.pop("hostname")  # a person's name: it must not be kept
    card = h.card(truth, h.room("office"), h.random.choice(product["oui"]), product["stack"])
    leased(h, h.when(START, HALF), card, asks(name, product))
    browses(h, card, product, HALF, END)
    if product["stack"] == "windows" and number % 2:
        h.broadcast(h.when(HALF), card, (137, 137), names.nbns(number & 0xFFFF, name, card.ip))
    if product["stack"] == "windows" and number % 4 == 1:
        build = (10, 0, 19045) if "10" in truth.attributes["os"][0] else (6, 1, 7601)
        talk = web.smb_opening(name[:15].upper(), "HOSP", build, h.random.randbytes(16))
        h.tcp(h.when(HALF), h.ehr, card, 445, talk)


def fixed(h: Hospital) -> None:
    """A PC with an address of its own that says nothing but encrypted things."""
    product = h.pick("pc")
    truth = computer(h, "pc-silent", f"FIX-{h.number():05}", product)
    card = h.card(truth, h.room("office"), h.random.choice(product["oui"]), product["stack"])
    h.arrive(h.when(START, HALF), card)
    for time in h.times(2, HALF, END):
        h.tcp(
            time,
            card,
            h.ehr,
            443,
            web.tls("", "ehr.hospital.example", "Example University Hospital", h.random, modern=True),
        )


def thing(h: Hospital) -> None:
    """A printer, camera, phone or power supply."""
    product = h.pick("thing")
    number = h.number()
    serial = h.serial("CN########")
    truth = h.device(
        "thing",
        f"{product['maker']} {product['model']} {serial}",
        manufacturer=product["makers"],
        model=product.get("models", [product["model"]] if product["model"] else []),
        kind=product["kinds"],
        serial=serial if "{serial}" in product.get("vendor_class", "") else [],
        hostname=f"DEV{number:05}",
    )
    for attribute in ("manufacturer", "model", "kind"):
        truth.origins[attribute] = product["origin"]
    card = h.card(truth, h.room("office"), product["oui"], product["stack"])
    vendor = product.get("vendor_class", "").format(serial=serial)
    leased(h, h.when(START, HALF), card, Client(f"DEV{number:05}", vendor, tuple(product["parameters"])))
    if vendor and not card.vlan.one_way:
        truth.say("manufacturer", "model", "kind", "serial")
    if "instance" in product:
        maker, model = product["usb"]
        texts = ["txtvers=1", f"ty={product['instance']}", f"product=({product['instance']})", f"usb_MFG={maker}"]
        texts += [f"usb_MDL={model}", "note=Office of Dr ZQCANARYMARTIN"]
        said = names.mdns(f"DEV{number:05}", card.ip, "_ipp._tcp", product["instance"], 631, texts)
        for time in h.times(2, HALF, END):
            if h.multicast(time, card, "224.0.0.251", 5353, said):
                truth.say("manufacturer", "model", "kind", "hostname")
    if "realm" in product:
        h.tcp(h.when(HALF), h.ehr, card, 80, web.page("curl/7.88.1", "ups", "", realm=product["realm"]))
    if number % 3 == 0:
        description = f"{product['maker']} {product['model']}".strip()
        h.ask(
            h.when(HALF),
            h.ehr,
            card,
            161,
            names.snmp(number, None),
            names.snmp(number, (description, f"DEV{number:05}")),
        )
    h.ask(
        h.when(HALF),
        card,
        h.dns,
        53,
        names.dns(number & 0xFFFF, "time.hospital.example", None),
        names.dns(number & 0xFFFF, "time.hospital.example", h.dns.ip),
    )


def guests(h: Hospital) -> None:
    """Telephones of visitors: one address goes through five hands in a day. Of those in a VLAN that nobody sees, the
    relayed leases tell who has it."""
    vlan = h.room("guest")
    addresses = [h.address(vlan) for _ in range(2)]
    span = (END - START) // 5
    for turn in range(5):
        since = START + turn * span
        for ip in addresses:
            number = h.number()
            named = number % 2 == 0
            truth = h.device("guest", f"guest {number}", kind=["smartphone_tablet"], serial=[])
            made_up = h.random.randbytes(5)
            card = h.settle(truth, b"\xda" + made_up, ip, vlan, "linux", since, since + span)
            owned = ("ZQCANARYMARTINs-iPhone", "ZQCANARYMARTINs-iPhone-2")
            name = h.random.choice((*owned, "iPhone", "Galaxy-A52")) if named else ""  # what telephones are called anew
            time = leased(
                h,
                since + h.random.randrange(60 * SECOND),
                card,
                Client(name, "", (1, 121, 3, 6, 15, 108, 114, 119, 252)),
            )
            h.tcp(time + 60 * SECOND, card, h.dns, 853, web.tls("dns.hospital.example", "", "", h.random, modern=True))


def two_cards(h: Hospital) -> None:
    """A laptop on the wire in the morning and on the air in the afternoon; its firmware's UUID says that it is one."""
    product = CATALOGUE["pc"][0]
    number = h.number()
    name = f"LAP-{number:05}"
    truth = computer(h, "laptop-two-cards", name, product)
    identity = h.random.randbytes(16)
    wired = h.card(truth, h.room("office", seen=True), "18a905", "windows", START, HALF)
    leased(h, START + 300 * SECOND, wired, asks(name, product, identity))
    browses(h, wired, product, START + 600 * SECOND, HALF)
    air = h.card(truth, h.room("wireless", seen=True), "8c1645", "windows", HALF, END)
    leased(h, HALF + 300 * SECOND, air, asks(name, product, identity))
    browses(h, air, product, HALF + 600 * SECOND, END)


def two_cards_unsaid(h: Hospital) -> None:
    """The same without the UUID: equal names are all there is, and clones have those too."""
    product = CATALOGUE["pc"][0]
    name = f"LAP-{h.number():05}"
    truth = computer(h, "laptop-two-cards-unsaid", name, product)
    truth.hide("two interfaces that share nothing but a host name, as cloned machines do")
    for since, purpose, block in ((START, "office", "18a905"), (HALF, "wireless", "8c1645")):
        card = h.card(truth, h.room(purpose, seen=True), block, "windows", since, since + (HALF - START))
        leased(h, since + 300 * SECOND, card, asks(name, product))
        browses(h, card, product, since + 600 * SECOND, since + (HALF - START), 1)


def docked(h: Hospital) -> None:
    """Two laptops use one docking station in turn, and the air when they do not: its interface is neither's."""
    product = CATALOGUE["pc"][0]
    vlan = h.room("office", seen=True)
    dock = h.device("docking-station", f"dock {h.number()}", serial=[])
    mac = h.mac("001018")
    dock.macs.append(wire.mac_text(mac))
    dock.hide("a docking station is seen only as whoever is docked")
    for turn in range(2):
        name = f"DOCK-{h.number():05}"
        truth = computer(h, "laptop-docked", name, product)
        truth.borrowed.append(wire.mac_text(mac))
        identity = h.random.randbytes(16)
        since = START if turn == 0 else HALF
        until = since + (HALF - START)
        at_dock = h.card(truth, vlan, mac, "windows", since, until)
        leased(h, since + 300 * SECOND, at_dock, asks(name, product, identity))
        browses(h, at_dock, product, since + 600 * SECOND, until, 1)
        other = HALF if turn == 0 else START
        air = h.card(truth, h.room("wireless", seen=True), "8c1645", "windows", other, other + (HALF - START))
        leased(h, other + 300 * SECOND, air, asks(name, product, identity))
        browses(h, air, product, other + 600 * SECOND, other + (HALF - START), 1)


def clones(h: Hospital) -> None:
    """Machines made from one image: equal host names, and for some the UUID of a mainboard whose maker wrote none, or
    that of the machine that was copied."""
    product = h.random.choice(CATALOGUE["pc"][:2])
    name = f"KIOSK{h.number()}"
    written = h.random.choice((b"", b"", NO_UUID, h.random.randbytes(16)))
    for _ in range(h.random.randrange(3, 7)):
        truth = computer(h, "clone", name, product)
        if written not in (b"", NO_UUID):
            truth.hide("copied with its UUID and its name, so that it looks like one machine with several cards")
        card = h.card(truth, h.room("office", seen=True), "001422", "windows")
        leased(h, h.when(START, HALF), card, asks(name, product, written))
        browses(h, card, product, HALF, END, 1)


def virtual(h: Hospital) -> None:
    """A virtual machine that moves from host to host keeps its address; it serves a page or files."""
    number = h.number()
    name = f"app{number}"
    truth = h.device("virtual-machine", name, hostname=[name, f"{name}.hospital.example"], serial=[], model=[])
    vlan = next((vlan for vlan in h.servers if vlan.used < 240), None) or h.room("office", seen=True)
    card = h.card(truth, vlan, VMWARE, h.random.choice(("linux", "windows")))
    truth.attributes["os"] = SYSTEMS[card.stack]
    h.arrive(START, card)
    h.known_by_name(h.when(), card, name)
    for time in h.times(2):
        server = h.random.choice(PROGRAMS[card.stack])
        h.tcp(time, h.ehr, card, 80, web.page("Java/17.0.9", f"{name}.hospital.example", server))
    if card.stack == "windows":
        h.tcp(h.when(), h.ris, card, 445, web.smb_opening(name.upper(), "HOSP", (10, 0, 17763), h.random.randbytes(16)))
    else:
        h.tcp(h.when(), h.ris, card, 22, web.ssh("OpenSSH_9.2p1", "OpenSSH_9.2p1 Debian-2+deb12u3"))


def reimaged(h: Hospital) -> None:
    """A PC is given another system and another name at noon: one device."""
    old, new = CATALOGUE["pc"][1], CATALOGUE["pc"][0]
    number = h.number()
    truth = computer(h, "reimaged", f"NEW-{number:05}", new)
    truth.attributes["hostname"] = [f"NEW-{number:05}", f"OLD-{number:05}"]
    truth.attributes["os"] = [*new["os"], *old["os"]]
    vlan = h.room("office", seen=True)
    card = h.card(truth, vlan, "001422", "windows", START, HALF)
    leased(h, START + 100 * SECOND, card, asks(f"OLD-{number:05}", old))
    browses(h, card, old, START + 200 * SECOND, HALF)
    again = h.settle(truth, card.mac, h.address(vlan), vlan, "windows", HALF, END)
    leased(h, HALF + 3600 * SECOND, again, asks(f"NEW-{number:05}", new))
    browses(h, again, new, HALF + 3700 * SECOND, END)


def several_addresses(h: Hospital) -> None:
    """A server with three addresses on one interface, as web servers have them."""
    vlan = next((vlan for vlan in h.servers if vlan.used < 240), None) or h.room("office", seen=True)
    number = h.number()
    truth = h.device("several-addresses", f"web farm {number}", serial=[], model=[])
    mac = h.mac(VMWARE)
    for place in range(3):
        card = h.card(truth, vlan, mac)
        h.arrive(START + place * SECOND, card)
        h.known_by_name(h.when(), card, f"web{number}-{place}")
        for time in h.times(2):
            h.tcp(time, h.ehr, card, 80, web.page("Java/17.0.9", f"web{number}-{place}", "nginx/1.18.0"))
    truth.said = []


def translated(h: Hospital) -> None:
    """An office behind a small router that translates addresses: its PCs speak through one, and nothing tells which."""
    box = h.device("translator", f"office router {h.number()}", role=["shared_address"], os=[], serial=[], model=[])
    outside = h.card(box, h.room("office", seen=True), "001018", "embedded")
    h.arrive(START, outside)
    products = h.random.sample(CATALOGUE["pc"], len(CATALOGUE["pc"]))
    for product in (*products, h.pick("pc")):
        truth = computer(h, "translated", f"HOME-{h.number():05}", product)
        truth.hide("behind one translated address with others, and nothing tells whose a packet is")
        inside = Card(box, outside.mac, outside.ip, outside.vlan, product["stack"], inside=truth, hops=1)
        browses(h, inside, product, START, END, 8)
        truth.said = []
    box.say("role")
    h.arrive(h.when(), outside)


def usurper(h: Hospital) -> None:
    """A laptop claims the archive's address by ARP, again and again, and goes on under its own."""
    product = CATALOGUE["pc"][2]
    truth = computer(h, "spoofed", f"ROGUE-{h.number():05}", product)
    vlan = next((vlan for vlan in h.servers if vlan.used < 240), None)
    if vlan is None:
        return
    card = h.card(truth, vlan, "001422", "linux")
    h.arrive(START, card)
    for time in h.times(3):
        h.link(
            time, card, wire.BROADCAST, 0x0806, addressing.arp(2, card.mac, h.archive.ip, wire.BROADCAST, h.archive.ip)
        )
        h.tcp(time + SECOND, card, h.ehr, 443, web.tls("", "ehr", "", h.random, modern=True))


def liar(h: Hospital) -> None:
    """A host whose first segment looks like Windows, browser says Linux and mDNS gives another's address."""
    product = CATALOGUE["pc"][2]
    number = h.number()
    truth = h.device("contradictory", f"liar {number}", serial=[])
    card = h.card(truth, h.room("office", seen=True), "001422", "windows")
    h.arrive(START, card)
    browses(h, card, product, HALF, END)
    said = names.mdns(f"LIAR{number}", h.ehr.ip, "_http._tcp", f"LIAR{number}", 80, [])
    h.multicast(h.when(HALF), card, "224.0.0.251", 5353, said)


def quiet(h: Hospital) -> None:
    """A host that is asked for and says next to nothing: it may be missed."""
    truth = h.device("quiet", f"quiet {h.number()}")
    card = h.card(truth, h.room("office", seen=True), "001018", "embedded")
    h.link(h.when(), card, wire.BROADCAST, 0x0806, addressing.arp(1, card.mac, card.ip, bytes(6), card.ip))


FAMILIES = (
    (pc, 22.0), (fixed, 6.0), (thing, 16.0), (guests, 0.9), (two_cards, 1.2), (two_cards_unsaid, 0.5), (docked, 0.5),
    (clones, 0.5), (virtual, 3.0), (reimaged, 1.0), (several_addresses, 0.2), (translated, 0.2), (usurper, 0.05),
    (liar, 0.2), (quiet, 0.5),
)  # fmt: skip
