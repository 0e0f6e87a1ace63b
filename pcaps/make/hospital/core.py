"""The middle of the made-up hospital: routers, VLANs, mirrors, and the servers that everything talks to."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pcaps.make.hospital import addressing, dicom, names, wire
from pcaps.make.hospital.network import END, START, Card, Mirror, Router, Site, Vlan, spread
from pcaps.make.hospital.truth import Truth

CATALOGUE: dict[str, list[dict[str, Any]]] = tomllib.loads((Path(__file__).parent / "catalogue.toml").read_text())
SYSTEMS = {  # of devices whose stack is known; what is embedded has one of many, which nobody names
    "windows": ["Windows", "Windows 10", "Windows 7", "Windows 10 or later", "Windows Embedded"],
    "linux": ["Linux", "Ubuntu", "Debian", "Debian 12"],
    "embedded": [],
}
CISCO = "001b54"
VMWARE = "005056"
WARD_SIZE = 150  # addresses in use in one VLAN
UNSEEN = 0.25  # share of the VLANs that no mirror sees
SHARES = {  # purpose -> share of all devices that live in VLANs of it, with room to spare
    "imaging": 0.15,
    "clinical": 0.30,
    "wireless": 0.30,
    "laboratory": 0.10,
    "office": 0.65,
    "guest": 0.20,
}


class Hospital(Site):
    """A site with its routers and servers. `size`: how many devices there will be."""

    def __init__(self, seed: int, size: int) -> None:
        super().__init__(seed)
        self.size = size
        self.core = self.mirrors["core"] = Mirror("core", loss=0.0005)
        self.ward = self.mirrors["ward"] = Mirror("ward", loss=0.002)
        self.numbers = 0
        self.equipment: list[tuple[Truth, dicom.Equipment]] = []  # what sent its objects to the archive
        self._serials: set[str] = set()
        self._routers = [self._pair(number) for number in range(1 + size // 3000)]
        self.servers = [self._vlan(10 + n, bytes((10, 1, n)), self.core, 0) for n in range(1 + size // 1500)]
        self._rooms: dict[str, list[Vlan]] = {}
        number = 100
        for purpose, share in SHARES.items():
            self._rooms[purpose] = []
            for place in range(1 + int(size * share) // WARD_SIZE + 1):
                seen = place == 0 or self.random.random() >= UNSEEN
                subnet = bytes((10, 16 + number // 250, number % 250))
                vlan = self._vlan(number, subnet, self.ward if seen else None, place)
                vlan.one_way = seen and place > 2 and self.random.random() < 0.08
                vlan.twice = self.random.random() < 0.15
                vlan.accelerated = not seen and self.random.random() < 0.3
                self._rooms[purpose].append(vlan)
                number += 1
        self._next: dict[tuple[str, bool | None], Iterator[Vlan]] = {}
        self.dhcp = self._server("dhcp1", "DHCP", [])
        self.dns = self._server("dns1", "DNS", [])
        self.dns.truth.attributes["hostname"].append("time.hospital.example")
        self.ehr = self._server("ehr", "record system", ["ehr_server"])
        self.ris = self._server("ris", "radiology system", ["ris_server", "worklist_broker"])
        self.archive = self._server("pacs", "archive", ["pacs_archive", "image_server"])
        self.second = self._server("vna", "second archive", ["pacs_archive", "image_server"])
        self.engine = self._server("engine", "interface engine", ["interface_engine"])
        self.lis = self._server("lis", "laboratory system", ["lab_information_system"])
        self.sides = {
            "archive": dicom.Side("PACS1", "OFFIS_DCMTK_367", "1.2.276.0.7230010.3.0.3.6.7"),
            "second": dicom.Side("VNA1", "dcm4che-5.31.0", "1.2.40.0.13.1.3"),
            "ris": dicom.Side("RISMWL", "RIS_1_0"),
        }

    # -- building

    def _pair(self, number: int) -> Router:
        """Two routers that stand in for each other."""
        made = []
        for place in (2, 3):
            truth = self.device(
                "router", f"router{number}.{place}", kind=["router", "network_switch"], manufacturer="Cisco"
            )
            made.append(Router(truth, self.mac(CISCO), place))
            truth.macs.append(wire.mac_text(made[-1].mac))
        made[0].second = made[1]
        return made[0]

    def _vlan(self, number: int, subnet: bytes, mirror: Mirror | None, place: int) -> Vlan:
        vlan = Vlan(number, subnet, mirror, self._routers[place % len(self._routers)])
        self.vlans.append(vlan)
        for router in (vlan.router, vlan.router.second):
            if router is not None:
                address = subnet + bytes((router.place,))
                router.truth.held.append((wire.ip_text(address), START, END, number))
                if mirror is None:
                    router.truth.loose.append(wire.ip_text(address))  # only relayed leases name it
        return vlan

    def _server(self, name: str, what: str, kinds: list[str]) -> Card:
        """A virtual machine in the server VLAN."""
        truth = self.device("server", what, hostname=[name, f"{name}.hospital.example"], model=[], serial=[])
        if kinds:
            truth.attributes["kind"] = kinds
        card = self.card(truth, self.servers[0], VMWARE)
        self.arrive(START, card)
        return card

    # -- places and identities

    def room(self, purpose: str, *, seen: bool | None = None) -> Vlan:
        """A VLAN with room. seen: one that a mirror sees both ways, or none does; None: any."""
        key = purpose, seen
        if key not in self._next:
            fit = [
                vlan
                for vlan in self._rooms[purpose]
                if seen is None or (vlan.mirror is not None and not vlan.one_way if seen else vlan.mirror is None)
            ]
            if not fit:
                fit = [self._more(purpose, seen=bool(seen))]
            self._next[key] = spread(fit, self.random)
        try:
            return next(self._next[key])
        except ValueError:
            vlan = self._more(purpose, seen=seen is not False)
            self._next[key] = spread([vlan], self.random)
            return vlan

    def _more(self, purpose: str, *, seen: bool) -> Vlan:
        number = 100 + sum(map(len, self._rooms.values()))
        vlan = self._vlan(number, bytes((10, 16 + number // 250, number % 250)), self.ward if seen else None, number)
        self._rooms[purpose].append(vlan)
        return vlan

    def serial(self, form: str = "######") -> str:
        """A serial number that no other device has."""
        while True:
            text = "".join(str(self.random.randrange(10)) if c == "#" else c for c in form)
            if len(set(text)) > 2 and text not in self._serials:
                self._serials.add(text)
                return text

    def number(self) -> int:
        self.numbers += 1
        return self.numbers

    def pick(self, table: str) -> dict[str, Any]:
        return self.random.choice(CATALOGUE[table])

    def server(self, family: str, name: str, what: str, kinds: list[str], **attributes: Any) -> Card:
        """One more server, in whichever server VLAN has room."""
        truth = self.device(family, what, hostname=[name, f"{name}.hospital.example"], kind=kinds, **attributes)
        vlan = next(vlan for vlan in self.servers if vlan.used < 240)
        card = self.card(truth, vlan, VMWARE)
        self.arrive(START, card)
        self.known_by_name(self.when(), card, name)
        return card

    def known_by_name(self, time: int, card: Card, name: str, asker: Card | None = None) -> None:
        """Somebody asks DNS for it."""
        asker = asker or self.ehr
        if asker is not card and self.ask(
            time,
            asker,
            self.dns,
            53,
            names.dns(self.random.getrandbits(16), f"{name}.hospital.example", None),
            names.dns(self.random.getrandbits(16), f"{name}.hospital.example", card.ip),
        ):
            card.truth.say("hostname")

    # -- what goes on without anybody's doing

    def background(self) -> None:
        """Routers advertise, and say who they are; servers are looked up."""
        for vlan in self.vlans:
            if vlan.mirror is None:
                continue
            first, second = vlan.router, vlan.router.second
            for time in self.times(3):
                advertisement = addressing.vrrp(vlan.number % 255 + 1, 110, vlan.gateway)
                packet = wire.packet(vlan.subnet + b"\x02", bytes((224, 0, 0, 18)), 255, 112, advertisement)
                frame = wire.ethernet(vlan.virtual_mac, bytes.fromhex("01005e000012"), vlan.number, 0x0800, packet)
                self.capture(time, vlan, frame, first.truth, from_host=False)
            for router in (first, second):
                if router is None:
                    continue
                card = self.router_card(vlan, router)
                for time in self.times(3):  # each looks for hosts under its own address
                    asked = addressing.arp(1, card.mac, card.ip, bytes(6), vlan.subnet + bytes((21,)))
                    self.link(time, card, wire.BROADCAST, 0x0806, asked)
                if self.random.random() < 0.5:
                    time = self.when()
                    name = router.truth.name.replace("router", "core-sw-").replace(".", "-")
                    body = names.lldp(
                        router.mac, "Gi1/0/1", name, "Cisco IOS Software, Catalyst L3 Switch Software", card.ip
                    )
                    self.link(time, card, bytes.fromhex("0180c200000e"), 0x88CC, body)
        for card, name in (
            (self.ris, "ris"), (self.archive, "pacs"), (self.engine, "engine"), (self.lis, "lis"), (self.second, "vna"),
        ):  # fmt: skip
            self.known_by_name(self.when(), card, name)
        self.known_by_name(self.when(), self.ehr, "ehr", self.ris)
