"""Families of imaging devices, archives, viewers and what stands between them."""

from __future__ import annotations

from typing import Any

from pcaps.make.hospital import dicom, web
from pcaps.make.hospital.addressing import Client
from pcaps.make.hospital.core import CATALOGUE, SYSTEMS, VMWARE, Hospital
from pcaps.make.hospital.network import END, SECOND, START, Card
from pcaps.make.hospital.truth import Truth

SAID = ("manufacturer", "model", "serial", "software", "station", "kind")


def made(h: Hospital, family: str, product: dict[str, Any], **other: Any) -> tuple[Truth, dicom.Equipment]:
    """A device of a product, and what its objects say."""
    number = h.number()
    serial = other.pop("serial", None) or h.serial(f"{number % 90 + 10}####{h.random.choice(('', 'MR', 'A', '-02'))}#")
    station = other.pop("station", "") or f"{product['modality']}ST{number:04}"
    title = other.pop("title", "") or f"{product['modality']}_{number:04}"
    truth = h.device(
        family,
        f"{product['model']} {serial}",
        manufacturer=product["makers"],
        model=product["model"],
        serial=serial,
        software=product.get("softwares", product["software"]),
        station=station,
        kind=product["kinds"],
        **other,
    )
    truth.attributes["os"] = SYSTEMS[product["stack"]]
    for attribute in ("manufacturer", "model", "kind"):
        truth.origins[attribute] = product["origin"]
    truth.broader["kind"] = product.get("broad", [])
    truth.ids.append(("serial", serial))
    each = dicom.Equipment(
        product["maker"],
        product["model"],
        serial,
        product["software"],
        station,
        title,
        product["modality"],
        product["sop"],
    )
    return truth, each


def works(
    h: Hospital, truth: Truth, each: dicom.Equipment, card: Card, product: dict[str, Any], since: int, until: int
) -> None:
    """A day of a modality: worklist, procedure step, objects, commitment."""
    me = dicom.Side(each.title, product["version"])
    told = 0
    for time in h.times(2, since, until - 1200 * SECOND):
        number = h.random.randrange(1 << 30)
        talks = (
            (h.ris, dicom.worklist(me, h.sides["ris"], each)),
            (h.ris, dicom.procedure(me, h.sides["ris"], each, number)),
            (h.archive, dicom.store(me, h.sides["archive"], [each] * 2, number)),
            (h.archive, dicom.commitment(me, h.sides["archive"], each, number)),
        )
        for server, talk in talks:
            _, whole = h.tcp(time, card, server, 11112, talk)
            told += whole and talk is talks[2][1]
            time += 30 * SECOND
    if told:
        truth.medical = True
        truth.say(*SAID)


def installed(h: Hospital, family: str, *, seen: bool) -> tuple[Truth, dicom.Equipment, Card, dict[str, Any]]:
    product = h.pick("imaging")
    truth, each = made(h, family, product)
    card = h.card(truth, h.room("imaging", seen=seen), product["oui"], product["stack"])
    h.arrive(START, card)
    return truth, each, card, product


def local(h: Hospital) -> None:
    """A modality in a VLAN that a mirror sees."""
    truth, each, card, product = installed(h, "imaging-local", seen=True)
    works(h, truth, each, card, product, START, END)
    h.equipment.append((truth, each))


def remote(h: Hospital) -> None:
    """A modality behind a router: only its address is seen, and what it says."""
    truth, each, card, product = installed(h, "imaging-remote", seen=False)
    works(h, truth, each, card, product, START, END)
    h.equipment.append((truth, each))


def two_cards(h: Hospital) -> None:
    """A modality with two network interfaces in two VLANs, one of which sends at night."""
    truth, each, card, product = installed(h, "imaging-two-cards", seen=True)
    other = h.card(truth, h.room("clinical", seen=True), product["oui"], product["stack"])
    h.arrive(START, other)
    half = (START + END) // 2
    works(h, truth, each, card, product, START, half)
    works(h, truth, each, other, product, half, END)
    h.equipment.append((truth, each))


def replaced(h: Hospital) -> None:
    """A modality breaks, another of the same model takes its name, title and address: two devices."""
    product = h.pick("imaging")
    half = (START + END) // 2
    old, each = made(h, "imaging-replaced", product)
    new, other = made(h, "imaging-replaced", product, station=each.station, title=each.title)
    vlan = h.room("imaging", seen=True)
    first = h.card(old, vlan, product["oui"], product["stack"], START, half)
    last = h.settle(new, product["oui"], first.ip, vlan, product["stack"], half + 900 * SECOND, END)
    h.arrive(START, first)
    works(h, old, each, first, product, START, half)
    h.arrive(half + 900 * SECOND, last)
    works(h, new, other, last, product, half + 1000 * SECOND, END)


def equal_serials(h: Hospital) -> None:
    """Two makers number in the same way, and two of their devices have one serial number: two devices."""
    serial = h.serial("10####")
    first = h.pick("imaging")
    others = [product for product in CATALOGUE["imaging"] if not set(product["makers"]) & set(first["makers"])]
    for product in (first, h.random.choice(others)):
        truth, each = made(h, "imaging-equal-serials", product, serial=serial)
        card = h.card(truth, h.room("imaging", seen=True), product["oui"], product["stack"])
        h.arrive(START, card)
        works(h, truth, each, card, product, START, END)
        h.equipment.append((truth, each))


def default_serial(h: Hospital) -> None:
    """Two modalities of one model whose serial number nobody typed in: title, station and place tell them apart."""
    product = h.pick("imaging")
    serial = h.serial("100000##")
    for _ in range(2):
        truth, each = made(h, "imaging-default-serial", product, serial=serial)
        card = h.card(truth, h.room("imaging", seen=True), product["oui"], product["stack"])
        h.arrive(START, card)
        works(h, truth, each, card, product, START, END)


def store_only(h: Hospital) -> None:
    """A modality that only sends objects: it may be their maker, or hand on those of one other, unless it goes by the
    name of the station in them."""
    truth, each, card, product = installed(h, "imaging-store-only", seen=h.random.random() < 0.7)
    if h.random.random() < 0.3:
        each = each._replace(title=each.station)
    else:
        truth.loose = [each.serial]
    me = dicom.Side(each.title, product["version"])
    for time in h.times(3):
        _, whole = h.tcp(time, card, h.archive, 11112, dicom.store(me, h.sides["archive"], [each], h.number() * 1000))
        if whole:
            truth.say("manufacturer", "model", "serial", "software", "station")


def carts(h: Hospital) -> None:
    """Ultrasound carts on leased addresses: what one gives back the next one gets, an hour later."""
    products = [product for product in CATALOGUE["imaging"] if product["modality"] == "US"]
    vlan = h.room("imaging", seen=h.random.random() < 0.5)
    ip = h.address(vlan)
    span = (END - START) // 3
    for turn in range(3):
        product = h.random.choice(products)
        truth, each = made(h, "imaging-carts", product)
        since = START + turn * span
        card = h.settle(truth, product["oui"], ip, vlan, product["stack"], since, since + span)
        name = f"US-CART-{h.number():04}"
        truth.attributes["hostname"] = [name]
        h.lease(since + 60 * SECOND, card, h.dhcp, Client(name, "MSFT 5.0"))
        works(h, truth, each, card, product, since + 300 * SECOND, since + span - 3600 * SECOND)


def cluster(h: Hospital) -> None:
    """An archive of two machines: at noon the address under which it is known goes from one to the other."""
    number = h.number()
    half = (START + END) // 2
    vlan = next((vlan for vlan in h.servers if vlan.used < 240), None)
    if vlan is None:
        return
    service = h.address(vlan)
    for turn in range(2):
        truth = h.device("cluster", f"node {number}.{turn}", serial=[], model=[])
        own = h.card(truth, vlan, VMWARE)
        h.arrive(START, own)
        for time in h.times(2):
            h.tcp(time, own, h.ehr, 443, web.tls("", f"node{number}{turn}", "Example University Hospital", h.random))
        since = START + 600 * SECOND if turn == 0 else half + 600 * SECOND
        shared = h.settle(truth, own.mac, service, vlan, "linux", since, since + (half - START))
        h.arrive(since, shared)
        sent = h.random.sample(h.equipment, min(2, len(h.equipment)))
        me, them = dicom.Side(f"CARDIO{number}", "dcm4che-5.31.0"), h.sides["archive"]
        for time in h.times(2, since + 60 * SECOND, half if turn == 0 else END):
            talk = dicom.store(them, me, [e for _, e in sent], h.random.randrange(1 << 30), wide=True)
            h.tcp(time, h.archive, shared, 11112, talk)


def replaced_remote(h: Hospital) -> None:
    """The same behind a router, where one address changes hands and only the serial numbers tell."""
    product = h.pick("imaging")
    half = (START + END) // 2
    old, each = made(h, "imaging-replaced-remote", product)
    new, other = made(h, "imaging-replaced-remote", product, station=each.station, title=each.title)
    vlan = h.room("imaging", seen=False)
    first = h.card(old, vlan, product["oui"], product["stack"], START, half)
    last = h.settle(new, product["oui"], first.ip, vlan, product["stack"], half, END)
    for truth in (old, new):
        truth.hide("behind a router, one address and title for two devices: a relay looks the same")
    works(h, old, each, first, product, START, half)
    works(h, new, other, last, product, half, END)


def encrypted(h: Hospital) -> None:
    """A modality that speaks DICOM over TLS alone."""
    product = h.pick("imaging")
    number = h.number()
    truth = h.device(
        "imaging-encrypted", f"{product['model']} over TLS", manufacturer=product["makers"], kind=product["kinds"]
    )
    truth.attributes |= {"model": [product["model"]], "serial": [h.serial("TLS######")]}
    truth.origins["manufacturer"] = product["origin"]
    card = h.card(truth, h.room("imaging", seen=h.random.random() < 0.7), product["oui"], product["stack"])
    h.arrive(START, card)
    for time in h.times(3):
        name = "pacs.hospital.example" if number % 2 else ""
        h.tcp(
            time, card, h.archive, 2762, web.tls(name, "pacs.hospital.example", "Example University Hospital", h.random)
        )
    h.tcp(
        h.when(), h.engine, card, 443, web.tls("", f"mod{number:04}.hospital.example", product["makers"][0], h.random)
    )


def forwarder(h: Hospital) -> None:
    """A DICOM router of an annex: it takes in nothing that is seen, and hands on what the devices there make."""
    number = h.number()
    truth = h.device(
        "imaging-forwarder", f"annex router {number}", kind=["dicom_router", "image_server", "pacs_archive"]
    )
    truth.attributes |= {"model": [], "serial": []}
    card = h.card(truth, h.room("imaging"), "001422")
    h.arrive(START, card)
    me = dicom.Side(f"ANNEX{number:04}", "DCMSYS_RTR_362")
    behind = []
    for _ in range(h.random.randrange(2, 6)):
        child, each = made(h, "imaging-forwarded", h.pick("imaging"))
        child.parent = truth.number
        behind.append((child, each))
    if h.random.random() < 0.4:
        nameless(h, truth, behind)
    for time in h.times(3):
        _, whole = h.tcp(
            time,
            card,
            h.archive,
            11112,
            dicom.store(me, h.sides["archive"], [e for _, e in behind], h.random.randrange(1 << 30), wide=True),
        )
        for child, _ in behind:
            child.told += whole
    for child, _ in behind:
        if child.told:
            child.medical = True
            child.say(*SAID)
    truth.medical = bool(behind[0][0].told)
    h.equipment += [(child, each) for child, each in behind if each.serial]


def nameless(h: Hospital, parent: Truth, behind: list[tuple[Truth, dicom.Equipment]]) -> None:
    """Two more devices that write no serial number, one with a station name of its own."""
    product = next(p for p in CATALOGUE["imaging"] if p["modality"] == "US")
    for station, alone in ((f"USROOM{h.number():04}", True), ("LOCALHOST", False)):
        child, each = made(h, "imaging-forwarded", product, station=station)
        child.ids = [("station", station)]
        child.attributes["serial"] = []
        child.parent = parent.number
        if not alone:
            child.hide("writes neither serial number nor a station name of its own")
        behind.append((child, each._replace(serial="")))


def translated(h: Hospital) -> None:
    """A practice behind NAT: two modalities share one address, and only their serial numbers tell."""
    box = h.device("nat", f"NAT {h.number()}", serial=[], model=[])
    outside = h.card(box, h.room("imaging", seen=True), "001018")
    h.arrive(START, outside)
    for _ in range(2):
        product = h.pick("imaging")
        child, each = made(h, "nat", product)
        child.parent = box.number
        inside = Card(box, outside.mac, outside.ip, outside.vlan, product["stack"], inside=child)
        me = dicom.Side(each.title, product["version"])
        for time in h.times(2):
            _, whole = h.tcp(
                time, inside, h.archive, 11112, dicom.store(me, h.sides["archive"], [each], h.random.randrange(1 << 30))
            )
            child.told += whole
        if child.told:
            child.medical = True
            child.say(*SAID)


def viewer(h: Hospital) -> None:
    """A workstation looks for studies; the archive sends it what other devices made."""
    number = h.number()
    name = f"RADIO-WS{number:04}"
    truth = h.device(
        "viewer", name, kind=["diagnostic_workstation", "clinical_workstation"], hostname=name, serial=[], model=[]
    )
    card = h.card(truth, h.room("imaging"), "18a905", "windows")
    h.arrive(START, card)
    me = dicom.Side(f"WS{number:04}", "fo-dicom 4.0.8", "1.3.6.1.4.1.30071.8")
    for time in h.times(2, (START + END) // 2):  # the archive has something by then
        _, whole = h.tcp(time, card, h.archive, 11112, dicom.query(me, h.sides["archive"], me.title))
        truth.medical = truth.medical or whole
        sent = h.random.sample(h.equipment, min(3, len(h.equipment)))
        if sent:
            talk = dicom.store(
                h.sides["archive"], me, [e for _, e in sent], h.random.randrange(1 << 30), wide=True, mover=me.title
            )
            h.tcp(time + SECOND, h.archive, card, 104, talk)


def copied(h: Hospital) -> None:
    """A PC that sends objects which another device made: their serial number is not its own."""
    if not h.equipment:
        return local(h)
    _, each = h.random.choice(h.equipment)
    number = h.number()
    truth = h.device("spoofed", f"PC with copies of {each.serial}", serial=[], model=[], hostname=f"STUDY-{number:04}")
    card = h.card(truth, h.room("office", seen=True), "001422", "windows")
    h.arrive(START, card)
    me = dicom.Side(f"TESTSCU{number:04}", "PYNETDICOM_202")
    for time in h.times(2, (START + END) // 2):  # there must be something to copy
        h.tcp(time, card, h.archive, 11112, dicom.store(me, h.sides["archive"], [each], h.random.randrange(1 << 30)))
    return None


def archived(h: Hospital) -> None:
    """At night the archive hands everything on to the second archive, ten objects in one association."""
    for at in range(0, len(h.equipment), 10):
        part = h.equipment[at : at + 10]
        talk = dicom.store(
            h.sides["archive"], h.sides["second"], [e for _, e in part], h.random.randrange(1 << 30), wide=True
        )
        h.tcp(h.when((START + END) // 2), h.archive, h.second, 11112, talk)
    for caller, me in ((h.ris, dicom.Side("RISMWL", "RIS_1_0")), (h.ehr, dicom.Side("EHRVIEW", "dcm4che-5.31.0"))):
        for time in h.times(3):
            h.tcp(time, caller, h.archive, 11112, dicom.query(me, h.sides["archive"], "NOBODY"))
            h.tcp(time, caller, h.second, 11112, dicom.query(me, h.sides["second"], "NOBODY"))
    for card in (h.archive, h.second, h.ris):
        card.truth.medical = True


FAMILIES = (
    (local, 4.0), (remote, 1.5), (two_cards, 0.7), (replaced, 0.5), (replaced_remote, 0.15),
    (equal_serials, 0.2), (default_serial, 0.15), (store_only, 1.0), (carts, 0.3), (cluster, 0.15), (encrypted, 1.0),
    (forwarder, 0.25), (translated, 0.25), (viewer, 1.5), (copied, 0.3),
)  # fmt: skip
