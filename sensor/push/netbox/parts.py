"""Interfaces, their MAC addresses, IP addresses and services: NetBox has each of them as an object of its own.

What a device was given is remembered with its record. What was given and is gone, or elsewhere, a person took away: it
is not given again, unless forced. An address that another device of ours has by now is moved, since it was we who said
whose it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from sensor.correlate.device import Device
from sensor.push.netbox.rest import Json, Rest, related, word, words
from sensor.push.netbox.says import NAME_MAX, TAG
from sensor.push.services import Service

ADDRESSES_MAX = 8  # of a device: the newest
NO_MAC = "network"  # the interface of a device whose hardware address was never seen: it is behind a router
INTERFACES, ADDRESSES, SERVICES = "interfaces", "addresses", "services"  # in the fields of a record
PORT_MAPPINGS = (4, 7)  # services have `port_mappings` since then
PARENTS = (4, 3)  # and `parent_object_id` since then; a `device` before

Given = dict[str, set[str]]  # of the three kinds above


class Asked(Struct):
    """A device, its id there, what it was given by earlier pushes, and what it is to have."""

    device: Device
    id: int
    given: Given
    wanted: Given
    fresh: bool  # made in this step: it has nothing yet
    ports: dict[str, int] = field(default_factory=dict)  # name of an interface -> its id

    @property
    def lacks(self) -> bool:
        """Whether there is anything that it was not given yet."""
        return any(self.wanted[kind] - self.given[kind] for kind in self.wanted)

    def missing(self, kind: str, there: Iterable[str], *, force: bool) -> list[str]:
        """What is to be made; what is there counts as given."""
        has = set(there)
        absent = self.wanted[kind] - has - (set() if force else self.given[kind])
        self.given[kind] |= has & self.wanted[kind]
        return sorted(absent)


def owners(devices: Iterable[Device]) -> dict[str, str]:
    """IP address -> id of the device that had it last."""
    best: dict[str, tuple[int, str]] = {}
    for device in devices:
        for tenure in device.addresses:
            best[tenure.ip] = max(best.get(tenure.ip, (0, "")), (tenure.until, device.id))
    return {ip: id_ for ip, (_, id_) in best.items()}


def wanted(device: Device, owner: Mapping[str, str], services: Sequence[Service]) -> Given:
    """What a device is to have."""
    newest = sorted(device.addresses, key=lambda tenure: (-tenure.until, tenure.ip))
    ips = [ip for ip in dict.fromkeys(tenure.ip for tenure in newest) if owner.get(ip) == device.id][:ADDRESSES_MAX]
    ports = set(device.interfaces) or ({NO_MAC} if ips else set())
    return {INTERFACES: ports, ADDRESSES: set(ips), SERVICES: {one.key for one in services}}


def given(fields: Mapping[str, str]) -> Given:
    """What a record says that the device was given."""
    return {kind: set(fields.get(kind, "").split()) for kind in (INTERFACES, ADDRESSES, SERVICES)}


def remembered(has: Given) -> dict[str, str]:
    """The same as fields of a record."""
    return {kind: words(values) for kind, values in has.items()}


class Parts:
    """differences, kept: lines for people. holds: whether a device there was given an address by us. took: tells that
    an address was moved from a device."""

    def __init__(
        self,
        rest: Rest,
        version: tuple[int, int],
        *,
        force: bool,
        dry_run: bool,
        holds: Callable[[int, str], bool],
        took: Callable[[int, str], None],
    ) -> None:
        self._rest, self._version, self._force, self._dry = rest, version, force, dry_run
        self._holds, self._took = holds, took
        self.differences: list[str] = []
        self.kept: list[str] = []

    def give(self, asked: Sequence[Asked], services: Mapping[str, Sequence[Service]]) -> None:
        """Makes what devices lack; afterwards `given` says what each has been given."""
        pending = [one for one in asked if self._force or one.lacks]
        self._interfaces(pending)
        self._addresses(pending)
        self._services(pending, services)

    def _interfaces(self, asked: Sequence[Asked]) -> None:
        by_id = {one.id: one for one in asked if not one.fresh}
        headed: set[tuple[int, str]] = set()  # device and MAC of interfaces that have their MAC address
        leading: list[Json] = []
        for item in self._rest.among("dcim/interfaces/", "device_id", [str(id_) for id_ in by_id]):
            one, name = by_id.get(related(item, "device").get("id", 0)), word(item.get("name"))
            if one is None:
                continue
            one.ports[name] = item["id"]
            for mac in item.get("mac_addresses") or ():
                address = word(mac.get("mac_address")).lower()
                one.ports.setdefault(address, item["id"])
                headed.add((one.id, address))
                if address == name and not item.get("primary_mac_address") and name not in one.given[INTERFACES]:
                    leading.append({"id": item["id"], "primary_mac_address": mac.get("id")})  # from a push that was cut
        bare = [  # likewise
            (one, name)
            for one in by_id.values()
            for name in sorted((one.wanted[INTERFACES] & one.ports.keys()) - one.given[INTERFACES] - {NO_MAC})
            if (one.id, name) not in headed
        ]
        new = [(one, name) for one in asked for name in self._missing(one, INTERFACES, one.ports)]
        if self._dry:
            return
        bodies = [{"device": one.id, "name": name[:NAME_MAX], "type": "other", "tags": [TAG]} for one, name in new]
        made = self._rest.make("dcim/interfaces/", bodies, [one.device.id for one, _ in new])
        for (one, name), port in zip(new, made, strict=True):
            if port is not None:
                one.ports[name] = port["id"]
                one.given[INTERFACES].add(name)
        self._macs([(one, name) for one, name in (*new, *bare) if name != NO_MAC and name in one.ports], leading)

    def _macs(self, of: Sequence[tuple[Asked, str]], leading: list[Json]) -> None:
        bodies = [
            {
                "mac_address": mac,
                "assigned_object_type": "dcim.interface",
                "assigned_object_id": one.ports[mac],
                "tags": [TAG],
            }
            for one, mac in of
        ]
        made = self._rest.make("dcim/mac-addresses/", bodies, [one.device.id for one, _ in of])
        leading += [
            {"id": one.ports[mac], "primary_mac_address": found["id"]}
            for (one, mac), found in zip(of, made, strict=True)
            if found is not None
        ]
        self._rest.change("dcim/interfaces/", leading)

    def _addresses(self, asked: Sequence[Asked]) -> None:
        ready = [one for one in asked if one.ports or self._dry]
        pending = {
            ip: one for one in ready for ip in one.wanted[ADDRESSES] if self._force or ip not in one.given[ADDRESSES]
        }
        there: dict[str, Json] = {}
        for item in self._rest.among("ipam/ip-addresses/", "address", sorted(pending)):
            ip = word(item.get("address")).partition("/")[0]
            if ip in pending and (ip not in there or not item.get("vrf")):  # of several the one of the global table
                there[ip] = item
        new: list[tuple[Asked, str, Json]] = []
        moved: list[tuple[Asked, str, Json]] = []
        for ip, one in sorted(pending.items()):
            place = {"assigned_object_type": "dcim.interface", "assigned_object_id": _port(one)}
            if (known := there.get(ip)) is None:
                body = {"address": f"{ip}/{128 if ':' in ip else 32}", "status": "active", "tags": [TAG], **place}
                new.append((one, ip, body))
            elif (holder := _holder(known)) == one.id:
                one.given[ADDRESSES].add(ip)
            elif self._force or not known.get("assigned_object_id") or (holder and self._holds(holder, ip)):
                moved.append((one, ip, {"id": known["id"], **place}))
            else:
                name = word(related(related(known, "assigned_object"), "device").get("name")) or "another object"
                self.kept.append(f"{one.device.id}: address {ip} stays at {name!r}")
        self.differences += [f"{one.device.id}: address {ip}" for one, ip, _ in (*new, *moved)]
        if self._dry:
            return
        for how, of in ((self._rest.make, new), (self._rest.change, moved)):
            done = how("ipam/ip-addresses/", [body for _, _, body in of], [one.device.id for one, _, _ in of])
            for (one, ip, _), found in zip(of, done, strict=True):
                if found is None:
                    continue
                one.given[ADDRESSES].add(ip)
                if ip in there and (holder := _holder(there[ip])):
                    self._took(holder, ip)

    def _services(self, asked: Sequence[Asked], services: Mapping[str, Sequence[Service]]) -> None:
        by_id = {one.id: one for one in asked if not one.fresh and one.wanted[SERVICES]}
        there: dict[int, set[str]] = defaultdict(set)
        for item in self._rest.among("ipam/services/", "device_id", [str(id_) for id_ in by_id]):
            there[_parent(item)] |= set(_keys(item))
        new: list[tuple[Asked, Service]] = []
        for one in asked:
            missing = self._missing(one, SERVICES, there[one.id])
            new += [(one, service) for service in services.get(one.device.id, ()) if service.key in missing]
        if self._dry:
            return
        bodies = [self._service(one.id, service) for one, service in new]
        made = self._rest.make("ipam/services/", bodies, [one.device.id for one, _ in new])
        for (one, service), found in zip(new, made, strict=True):
            if found is not None:
                one.given[SERVICES].add(service.key)

    def _service(self, device: int, service: Service) -> Json:
        body: dict[str, Any] = {"name": service.name, "tags": [TAG]}
        if self._version >= PARENTS:
            body |= {"parent_object_type": "dcim.device", "parent_object_id": device}
        else:
            body["device"] = device
        if self._version >= PORT_MAPPINGS:
            return body | {"port_mappings": [service.key]}
        return body | {"protocol": service.transport, "ports": [service.port]}

    def _missing(self, one: Asked, kind: str, there: Iterable[str]) -> list[str]:
        missing = one.missing(kind, there, force=self._force)
        self.differences += [f"{one.device.id}: {kind[:-1]} {name}" for name in missing]
        return missing


def _port(one: Asked) -> int:
    """The interface that its addresses belong to: the first of ours."""
    names = [name for name in sorted(one.wanted[INTERFACES]) if name in one.ports] or sorted(one.ports)
    return one.ports[names[0]] if names else 0


def _holder(address: Json) -> int:
    """The device that an IP address is assigned to; 0 for none."""
    found = related(related(address, "assigned_object"), "device").get("id")
    return found if isinstance(found, int) else 0


def _parent(service: Json) -> int:
    device = related(service, "device").get("id")
    return device if isinstance(device, int) else int(service.get("parent_object_id") or 0)


def _keys(service: Json) -> Iterator[str]:
    """What a service of NetBox listens on, in the form that any of its versions gives."""
    if service.get("port_mappings"):
        yield from service["port_mappings"]
    else:
        yield from (f"{word(service.get('protocol'))}/{port}" for port in service.get("ports") or ())
