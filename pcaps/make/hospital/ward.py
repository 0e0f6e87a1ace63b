"""Families at the bedside and in the laboratory: monitors, gateways, pumps that roam, analysers, engines."""

from __future__ import annotations

from typing import Any

from pcaps.make.hospital import hl7, web
from pcaps.make.hospital.addressing import Client
from pcaps.make.hospital.core import Hospital
from pcaps.make.hospital.network import END, SECOND, START, Card
from pcaps.make.hospital.truth import Truth


def bed(h: Hospital) -> str:
    number = h.number()
    return f"{h.random.choice(('ICU', 'NICU', 'CCU', 'ER'))}{number // 100}^R{number // 4 % 25}^B{number}"


def device(h: Hospital, family: str, product: dict[str, Any], mac: bytes, place: str) -> tuple[Truth, hl7.Reporter]:
    """A device that is named by its EUI-64, and how a message names it."""
    truth = h.device(
        family,
        f"{product['model']} {mac.hex()}",
        manufacturer=product["makers"],
        model=product.get("models", product["model"]),
        kind=product["kinds"],
        serial=[],
        location=place.replace("^", " "),
    )
    for attribute in ("manufacturer", "model", "kind"):
        truth.origins[attribute] = product["origin"]
    eui = hl7.eui64(mac)
    truth.ids.append(("eui64", eui))
    label = f"{product['model'].split()[0].upper()}-{h.number()}"
    return truth, hl7.Reporter(product["mds"], product["model"], f"{label}^^{eui}^EUI-64", place)


def reported(h: Hospital, time: int, client: Card, server: Card, messages: list[bytes], answerer: str) -> bool:
    return h.tcp(time, client, server, 2575, hl7.acknowledged(messages, answerer))[1]


def monitor(h: Hospital) -> None:
    """A monitor that speaks HL7 itself; the engine hands some of its messages on to the record system."""
    product = h.pick("bedside")
    seen = h.random.random() < 0.8
    vlan = h.room("clinical", seen=seen)
    mac = h.mac(product["oui"])
    truth, said = device(h, "monitor" if seen else "monitor-remote", product, mac, bed(h))
    card = h.card(truth, vlan, mac, "embedded")
    h.arrive(START, card)
    sender = f"{product['application']}^{hl7.eui64(mac)}^EUI-64"
    for time in h.times(3):
        messages = [hl7.observation(sender, product["facility"], "ENGINE", said, h.number()) for _ in range(2)]
        if reported(h, time, card, h.engine, messages, "ENGINE"):
            truth.medical = True
            truth.say("model", "kind", "location", *(["manufacturer"] if product["tells_maker"] else []))
        if h.random.random() < 0.3:
            again = hl7.observation(sender, product["facility"], "EHR", said, h.number())
            reported(h, time + SECOND, h.engine, h.ehr, [again], "EHR")


def swapped(h: Hospital) -> None:
    """Two monitors on leased addresses, which they have swapped by the afternoon."""
    vlan = h.room("clinical", seen=h.random.random() < 0.5)
    addresses = [h.address(vlan), h.address(vlan)]
    half = (START + END) // 2
    for turn in range(2):
        product = h.pick("bedside")
        mac = h.mac(product["oui"])
        truth, said = device(h, "monitor-swapped", product, mac, bed(h))
        sender = f"{product['application']}^{hl7.eui64(mac)}^EUI-64"
        for part in range(2):
            since = START + part * (half - START) + 120 * SECOND
            card = h.settle(
                truth, mac, addresses[(turn + part) % 2], vlan, "embedded", since, since + (half - START) // 2
            )
            h.lease(since + turn * SECOND, card, h.dhcp, Client(f"MON{h.number():05}"))
            for time in h.times(2, since + 60 * SECOND, since + (half - START) // 2):
                message = hl7.observation(sender, product["facility"], "ENGINE", said, h.number())
                if reported(h, time, card, h.engine, [message], "ENGINE"):
                    truth.medical = True
                    truth.say("model", "kind", "location")


GATEWAY_KINDS = ["device_integration_gateway", "central_station"]


def gateway(h: Hospital) -> None:
    """A gateway that speaks for the devices at twelve beds or so; some of them it names by their bed alone."""
    number = h.number()
    host = h.server("gateway", f"gw{number}", f"device gateway {number}", GATEWAY_KINDS, serial=[])
    own = f"MINDRAY_EGATEWAY^{hl7.eui64(host.mac)}^EUI-64"
    children: list[tuple[Truth, hl7.Reporter]] = []
    for place in range(h.random.randrange(6, 16)):
        product = h.pick("behind_gateway")
        child, said = device(h, "behind-gateway", product, h.mac(product["oui"]), bed(h))
        form = place % 4
        if form == 1:
            serial = h.serial("SN########")
            said = said._replace(system=serial)
            child.attributes["serial"] = [serial]
            child.ids.append(("serial", serial))
        elif form == 2 and h.random.random() < 0.5:
            said = said._replace(instance="")
            child.ids = [("bed", said.bed)]
        elif form == 3:
            said = said._replace(equipment=said.instance)
        child.parent = host.truth.number
        children.append((child, said))
    standby = None
    if h.random.random() < 0.3:  # the second of a pair takes over at noon
        standby = h.server("gateway", f"gw{number}b", f"device gateway {number}b", GATEWAY_KINDS, serial=[])
    for child, said in children:
        if standby is not None:
            child.parent = None
            if child.ids[0][0] == "bed":
                child.hide("named by a bed alone, by two gateways in turn")
        for time in h.times(2):
            speaker = standby if standby is not None and time > (START + END) // 2 else host
            message = hl7.observation(own, "MINDRAY", "ENGINE", said, h.number())
            if reported(h, time, speaker, h.engine, [message], "ENGINE"):
                child.told += 1
                speaker.truth.medical = True
        if child.told:
            child.medical = True
            child.say("model", "kind", "location", "serial")


def pumps(h: Hospital) -> None:
    """Pumps on the wireless network, which roam between VLANs, and their server, which reports on them."""
    product = h.pick("pump")
    number = h.number()
    host = h.server(
        "pump-server", f"pumps{number}", f"pump server {number}", ["infusion_server", "device_integration_gateway"]
    )
    host.truth.attributes |= {"serial": []}
    own = f"{product['application']}^{hl7.eui64(bytes.fromhex(product['oui']) + host.mac[3:])}^EUI-64"
    by_hardware = h.random.random() < 0.6
    shared = h.random.random() < 0.5  # all name one EUI-64, that of whoever made the module
    passed_on = h.random.random() < 0.3  # the engine hands their messages on
    for _ in range(h.random.randrange(6, 20)):
        mac = h.mac(product["oui"])
        family = "pump-roaming" if by_hardware else "pump-roaming-serial"
        truth, said = device(h, family, product, mac, bed(h))
        serial = h.serial("M########")
        truth.attributes["serial"] = [serial]
        if not by_hardware:
            truth.ids = []
            said = said._replace(instance=f"I{h.number()}^^{product['oui']}0000000000^EUI-64" if shared else "")
        truth.ids.append(("serial", serial))
        said = said._replace(system=serial)
        if not by_hardware:
            truth.loose = [serial]
        asks = Client(f"PUMP{h.number():05}", "", (1, 3, 6, 15, 51, 54))
        moves = h.random.randrange(1, 4)
        span = (END - START) // moves
        for stay in range(moves):
            since = START + stay * span
            card = h.card(
                truth, h.room("wireless", seen=h.random.random() < 0.85), mac, "embedded", since, since + span
            )
            h.lease(since + h.random.randrange(60 * SECOND), card, h.dhcp, asks)
            for time in h.times(1, since + 120 * SECOND, since + span):
                h.tcp(
                    time,
                    card,
                    host,
                    8443,
                    web.tls("", f"pumps{number}.hospital.example", product["makers"][0], h.random),
                )
        for time in h.times(2):
            message = hl7.observation(own, "ICU", "EHR", said, h.number(), managed=True)
            if reported(h, time, host, h.ehr, [message], "EHR"):
                truth.told += 1
            if passed_on:
                reported(h, time + SECOND, h.engine, h.lis, [message], "LIS")
        if truth.told:
            truth.medical = True
            truth.say("model", "kind", "serial")
            host.truth.medical = True
        if not by_hardware:
            truth.medical = False  # what is said of it is not said of its address


def analyser(h: Hospital) -> None:
    """An analyser that sends its results itself; what OBX-18 names may be it or a part of it."""
    product = h.pick("analyser")
    truth, instrument, serial = instrument_of(h, "analyser", product)
    truth.attributes["model"] += product.get("lines", [])
    card = h.card(truth, h.room("laboratory", seen=h.random.random() < 0.8), product["oui"], "windows")
    if product["application"] != product["model"]:
        truth.loose = [serial]  # else it calls itself what it says that it is
    h.arrive(START, card)
    for time in h.times(3):
        messages = [
            hl7.results(product["application"], product["facility"], "LIS", [instrument], h.number()) for _ in range(2)
        ]
        if reported(h, time, card, h.lis, messages, "LIS"):
            truth.medical = True
            truth.say("kind")


def instrument_of(h: Hospital, family: str, product: dict[str, Any]) -> tuple[Truth, str, str]:
    serial = h.serial(f"{h.number() % 90 + 10}#####")
    model = product["model"]
    truth = h.device(
        family,
        f"{model} {serial}",
        manufacturer=product["makers"],
        model=product.get("models", [model]),
        kind=product["kinds"],
        serial=[serial, f"{model}.{serial}"],
    )
    for attribute in ("manufacturer", "model", "kind"):
        truth.origins[attribute] = product["origin"]
    truth.broader["kind"] = product.get("broad", [])
    truth.ids.append(("obx18", f"{model}.{serial}"))
    truth.ids.append(("serial", serial))
    return truth, f"{model}^{product['namespace']}~{model}.{serial}^{product['namespace']}", serial


def middleware(h: Hospital) -> None:
    """Laboratory middleware with analysers behind it."""
    number = h.number()
    host = h.server("middleware", f"labmw{number}", f"middleware {number}", ["lab_middleware"])
    host.truth.attributes |= {"serial": []}
    children = []
    for _ in range(h.random.randrange(3, 8)):
        child, instrument, _ = instrument_of(h, "behind-middleware", h.pick("analyser"))
        child.parent = host.truth.number
        children.append((child, instrument))
    for time in h.times(3):
        instruments = [instrument for _, instrument in children]
        message = hl7.results("cobas infinity 3.3.5", "Roche Diagnostics", "LIS", instruments, h.number())
        if reported(h, time, host, h.lis, [message], "LIS"):
            host.truth.medical = True
            for child, _ in children:
                child.told += 1
                child.medical = True
                child.say("model", "serial", "manufacturer", "kind")


def engine(h: Hospital) -> None:
    """The interface engine hands on messages of many applications."""
    kinds = ("ADT^A01", "ADT^A08", "ORM^O01", "SIU^S12", "ORU^R01")
    routes = ((h.ehr, h.engine, "EPICADT"), (h.engine, h.ris, "EPICADT"), (h.engine, h.lis, "EPICADT"))
    others = ("MUSE", "XCELERA", "SCHEDULE", "BLOODBANK", "PHARMA")
    for time in h.times(4):
        for client, server, application in routes:
            messages = [
                hl7.about_patient(application, "HOSP", server.truth.name.upper(), kind, h.number())
                for kind in kinds[:3]
            ]
            reported(h, time, client, server, messages, server.truth.name.upper())
        for application in others:
            message = hl7.about_patient(application, "HOSP", "EHR", h.random.choice(kinds[3:]), h.number())
            reported(h, time, h.engine, h.ehr, [message], "EHR")
        message = hl7.about_patient("RIS", "HOSP", "ENGINE", "ORU^R01^ORU_R01", h.number())
        reported(h, time, h.ris, h.engine, [message], "ENGINE")
    for card in (h.ehr, h.engine, h.lis):
        card.truth.medical = True


FAMILIES = ((monitor, 6.0), (swapped, 0.4), (gateway, 0.8), (pumps, 1.0), (analyser, 1.6), (middleware, 0.25))
