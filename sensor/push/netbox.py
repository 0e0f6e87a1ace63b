"""Devices to NetBox 4.2 and later through its REST API.

What we make there carries the tag `Autopopulated` and the status `staged`, so that a person confirms it; nothing is
ever deleted. A device is found again by the custom field `auscult_id`, or by the record of the last push. What a person
changed stays, unless forced. All that is ours is read at the start, a thousand objects a request; new objects are made
a hundred a request: so the number of requests for a device is bounded, and small.

Field names: netbox-community/netbox, netbox/{dcim,ipam,extras}/api/serializers_.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from msgspec import Struct

from sensor.correlate.device import Device
from sensor.export.cells import Kinds
from sensor.names import shown
from sensor.push.client import Client
from sensor.push.error import PushError, RefusedError
from sensor.push.merge import Merged, merge
from sensor.push.record import Record, Records, primary
from sensor.times import moment

PAGE = 1000  # MAX_PAGE_SIZE of NetBox as it comes
BULK = 100  # objects made or changed in one request
NAME_MAX, SERIAL_MAX, SLUG_MAX, MODEL_MAX = 64, 50, 100, 100
TAG = {"name": "Autopopulated", "slug": "autopopulated"}
STAGED = "staged"
ADDRESSES_MAX = 8  # of a device: the newest
UNKNOWN = "Unknown"

FIELDS = {  # custom field -> label
    "auscult_id": "Auscult device",
    "auscult_kind": "Kind",
    "auscult_confidence": "Confidence of the kind",
    "auscult_first_seen": "First seen",
    "auscult_last_seen": "Last seen",
    "udi_di": "UDI",
    "ae_titles": "AE titles",
    "emdn": "EMDN code",
    "criticality": "Business criticality",
}

T = TypeVar("T")
Json = dict[str, Any]


class Theirs(Struct):
    """A device as NetBox has it."""

    id: int
    fields: dict[str, str]


class Summary(Struct):
    """What a push did, or would do."""

    created: int = 0
    updated: int = 0
    same: int = 0
    differences: list[str] = []  # what would be done, or was
    kept: list[str] = []  # device, field, what a person wrote there
    refused: list[str] = []


class Netbox:
    """A push to one NetBox. site: the name of the site there, made if it is missing."""

    def __init__(self, client: Client, site: str, kinds: Kinds, *, force: bool, dry_run: bool) -> None:
        self._client, self._site_name, self._kinds = client, site, kinds
        self._force, self._dry = force, dry_run
        self.summary = Summary()
        self._theirs: dict[str, Theirs] = {}  # by auscult_id
        self._by_id: dict[int, Theirs] = {}
        self._names: set[str] = set()  # taken at the site, in lower case: NetBox wants them unique without case
        self._ports: dict[tuple[int, str], int] = {}  # device and name -> interface
        self._macs: dict[str, int] = {}  # MAC -> interface
        self._leading: set[int] = set()  # interfaces that have a primary MAC
        self._addresses: dict[str, tuple[int, int]] = {}  # IP -> its id, interface
        self._interfaces: dict[int, int] = {}  # device -> its first interface of ours
        self._ids: dict[tuple[str, str], int] = {}  # (path, key) -> id of manufacturers, types, roles

    def push(self, devices: Sequence[Device], records: Records) -> Iterator[list[Record]]:
        """Works through all devices; yields what is to be remembered after each step, so that a push that was cut goes
        on where it was."""
        self._prepare()
        for part in _parts(devices, BULK):
            yield self._step(part, records)

    # once

    def _prepare(self) -> None:
        if not self._dry:
            self._ensure("extras/tags/", "slug", TAG["slug"], TAG)
            self._custom_fields()
        slug = _slug(self._site_name)
        site = {"name": self._site_name, "slug": slug, "status": "active"}
        self._site = (
            self._ensure("dcim/sites/", "slug", slug, site) if not self._dry else self._look("dcim/sites/", slug)
        )
        for path in ("dcim/manufacturers/", "dcim/device-roles/"):
            for item in self._all(path):
                self._ids[path, item["slug"]] = item["id"]
        for item in self._all("dcim/device-types/"):
            self._ids["dcim/device-types/", f"{item['manufacturer']['slug']}/{item['model'].lower()}"] = item["id"]
        if self._site:
            for item in self._all(f"dcim/devices/?site_id={self._site}&exclude=config_context"):
                found = Theirs(item["id"], _their_fields(item))
                self._by_id[found.id] = found
                self._names.add((item.get("name") or "").lower())
                if known := (item.get("custom_fields") or {}).get("auscult_id"):
                    self._theirs[known] = found
        for item in self._all(f"dcim/interfaces/?tag={TAG['slug']}"):
            self._interfaces.setdefault(item["device"]["id"], item["id"])
            self._ports[item["device"]["id"], item["name"]] = item["id"]
            if item.get("primary_mac_address"):
                self._leading.add(item["id"])
        headless: list[Json] = []  # left behind by a push that was cut
        for item in self._all(f"dcim/mac-addresses/?tag={TAG['slug']}"):
            if port := item.get("assigned_object_id"):
                self._macs[item["mac_address"].lower()] = port
                if port not in self._leading:
                    headless.append({"id": port, "primary_mac_address": item["id"]})
        if not self._dry:
            self._change("dcim/interfaces/", headless)
        for item in self._all(f"ipam/ip-addresses/?tag={TAG['slug']}"):
            self._addresses[item["address"].partition("/")[0]] = (item["id"], item.get("assigned_object_id") or 0)

    def _custom_fields(self) -> None:
        there = {item["name"] for item in self._all("extras/custom-fields/")}
        missing = [
            {"name": name, "label": label, "type": "text", "object_types": ["dcim.device"], "group_name": "Auscult"}
            for name, label in FIELDS.items()
            if name not in there
        ]
        self._make("extras/custom-fields/", missing)

    # a hundred devices at a time

    def _step(self, devices: Sequence[Device], records: Records) -> list[Record]:
        done: list[Record] = []
        new: list[tuple[Device, Json, dict[str, str]]] = []
        changes: list[tuple[Device, Json, Record]] = []
        self._related(devices)
        for device in devices:
            record = records.of(device)
            theirs = self._found(device, record)
            ours = self._our_fields(device, theirs)
            if theirs is None:
                self.summary.differences.append(f"{device.id}: new, as {ours['name']!r}")
                new.append((device, self._body(ours) | self._only_new(), ours))
                continue
            merged = merge(ours, record.fields if record else {}, theirs.fields, force=self._force, own=_is_own)
            self._note_kept(device, merged)
            kept = Record(
                subject=record.subject if record else primary(device),
                fields=merged.told,
                remote=str(theirs.id),
                at=device.last_seen,
            )
            self.summary.differences += [
                f"{device.id}: {field}: {shown(theirs.fields.get(field, ''))!r} -> {value!r}"
                for field, value in merged.write.items()
            ]
            if merged.write:
                changes.append((device, {"id": theirs.id, **self._body(merged.write)}, kept))
            else:
                self.summary.same += 1
                done.append(kept)
        if self._dry:
            self.summary.created += len(new)
            self.summary.updated += len(changes)
            return []
        for (device, _, ours), made in zip(
            new, self._make("dcim/devices/", [body for _, body, _ in new], new), strict=True
        ):
            if made is not None:
                self.summary.created += 1
                self._theirs[device.id] = Theirs(made["id"], ours)
                done.append(Record(subject=primary(device), fields=ours, remote=str(made["id"]), at=device.last_seen))
        for (_, _, kept), changed in zip(
            changes, self._change("dcim/devices/", [b for _, b, _ in changes], changes), strict=True
        ):
            if changed is not None:
                self.summary.updated += 1
                done.append(kept)
        self._interfaces_of(devices)
        return done

    def _found(self, device: Device, record: Record | None) -> Theirs | None:
        """What NetBox has of a device, under its id or one that it had before."""
        known = (self._theirs[id_] for id_ in (device.id, *device.aliases) if id_ in self._theirs)
        found = next(known, None)
        if found is None and record is not None and record.remote.isdigit():
            found = self._by_id.get(int(record.remote))
        if found is not None:
            self._theirs[device.id] = found
        return found

    def _related(self, devices: Iterable[Device]) -> None:
        """Makers, types and roles that are not there yet."""
        if self._dry:
            return
        makers = {_slug(maker): maker for maker in (_value(one, "manufacturer") or UNKNOWN for one in devices)}
        self._missing(
            "dcim/manufacturers/", {slug: {"name": name[:MODEL_MAX], "slug": slug} for slug, name in makers.items()}
        )
        roles = {_slug(one.kind): self._role(one.kind) for one in devices}
        self._missing("dcim/device-roles/", {slug: {"name": name, "slug": slug} for slug, name in roles.items()})
        types: dict[str, Json] = {}
        for one in devices:
            maker, model = _slug(_value(one, "manufacturer") or UNKNOWN), self._model(one)
            types[f"{maker}/{model.lower()}"] = {
                "manufacturer": self._ids["dcim/manufacturers/", maker],
                "model": model,
                "slug": _slug(f"{maker}-{model}"),
            }
        self._missing("dcim/device-types/", types)

    def _missing(self, path: str, wanted: Mapping[str, Json]) -> None:
        absent = {key: body for key, body in wanted.items() if (path, key) not in self._ids}
        for key, made in zip(absent, self._make(path, list(absent.values())), strict=True):
            if made is None:
                raise PushError(f"{self._client.host} refuses {path.strip('/')}: {self.summary.refused[-1]}")
            self._ids[path, key] = made["id"]

    def _interfaces_of(self, devices: Iterable[Device]) -> None:
        """Interfaces, their MAC addresses, and IP addresses. NetBox has each of them as an object of its own."""
        wanted = [
            (self._theirs[device.id].id, mac)
            for device in devices
            if device.id in self._theirs
            for mac in device.interfaces
            if mac not in self._macs
        ]
        missing = [place for place in wanted if place not in self._ports]
        bodies = [{"device": at, "name": mac, "type": "other", "tags": [TAG]} for at, mac in missing]
        for place, made in zip(missing, self._make("dcim/interfaces/", bodies), strict=True):
            if made is not None:
                self._ports[place] = made["id"]
                self._interfaces.setdefault(place[0], made["id"])
        ready = [(mac, self._ports[at, mac]) for at, mac in wanted if (at, mac) in self._ports]
        bodies = [
            {"mac_address": mac, "assigned_object_type": "dcim.interface", "assigned_object_id": port, "tags": [TAG]}
            for mac, port in ready
        ]
        leading: list[Json] = []
        for (mac, port), made in zip(ready, self._make("dcim/mac-addresses/", bodies), strict=True):
            if made is not None:
                self._macs[mac] = port
                leading.append({"id": port, "primary_mac_address": made["id"]})
        self._change("dcim/interfaces/", leading)
        self._ips(devices)

    def _ips(self, devices: Iterable[Device]) -> None:
        new: list[Json] = []
        moved: list[Json] = []
        for device in devices:
            port = self._interfaces.get(self._theirs[device.id].id) if device.id in self._theirs else None
            if port is None:
                continue
            newest = sorted(device.addresses, key=lambda tenure: (-tenure.until, tenure.ip))
            for ip in list(dict.fromkeys(tenure.ip for tenure in newest))[:ADDRESSES_MAX]:
                known = self._addresses.get(ip)
                place = {"assigned_object_type": "dcim.interface", "assigned_object_id": port}
                if known is None:
                    length = 128 if ":" in ip else 32
                    new.append({"address": f"{ip}/{length}", "status": "active", "tags": [TAG], **place})
                elif known[1] != port and newest and newest[0].ip == ip:
                    moved.append({"id": known[0], **place})
                self._addresses[ip] = (known[0] if known else 0, port)
        self._make("ipam/ip-addresses/", new)
        self._change("ipam/ip-addresses/", moved)

    # what we say

    def _our_fields(self, device: Device, theirs: Theirs | None) -> dict[str, str]:
        kind = self._kinds(device.kind)
        confidence = next((one.believed.confidence for one in device.attributes if one.name == "kind"), 0.0)
        ours = {
            "name": theirs.fields["name"] if theirs else self._free_name(device),
            "device_type": f"{_slug(_value(device, 'manufacturer') or UNKNOWN)}/{self._model(device).lower()}",
            "role": _slug(device.kind),
            "serial": _value(device, "serial")[:SERIAL_MAX],
            "asset_tag": _value(device, "asset")[:SERIAL_MAX],
        }
        custom = {
            "auscult_id": device.id,
            "auscult_kind": kind.en if kind else "Unknown",
            "auscult_confidence": f"{confidence:.2f}",
            "auscult_first_seen": moment(device.first_seen),
            "auscult_last_seen": moment(device.last_seen),
            "udi_di": _value(device, "udi_di") or _value(device, "udi"),
            "ae_titles": ", ".join(map(shown, device.applications)),
            "emdn": kind.emdn if kind else "",
            "criticality": _value(device, "criticality"),
        }
        return ours | {f"cf.{name}": value for name, value in custom.items()}

    def _free_name(self, device: Device) -> str:
        """NetBox wants a name once at a site; devices may share one."""
        name = (shown(device.name) or self._role(device.kind))[:NAME_MAX]
        if name.lower() in self._names:
            name = f"{name[: NAME_MAX - len(device.id) - 3]} ({device.id})"
        self._names.add(name.lower())
        return name

    def _role(self, kind: str) -> str:
        found = self._kinds(kind)
        return found.en if found else "Unknown device"

    def _model(self, device: Device) -> str:
        return (_value(device, "model") or self._role(device.kind))[:MODEL_MAX]

    def _only_new(self) -> Json:
        return {"site": self._site, "status": STAGED, "tags": [TAG]}

    def _body(self, fields: Mapping[str, str]) -> Json:
        body: Json = {}
        for name, value in fields.items():
            if name.startswith("cf."):
                body.setdefault("custom_fields", {})[name.removeprefix("cf.")] = value or None
            elif name in ("device_type", "role"):
                path = "dcim/device-types/" if name == "device_type" else "dcim/device-roles/"
                body[name] = self._ids.get((path, value), 0)
            elif value or name != "asset_tag":  # unique there, so that an empty one is none
                body[name] = value
        return body

    def _note_kept(self, device: Device, merged: Merged) -> None:
        self.summary.kept += [f"{device.id}: {field} stays {shown(value)!r}" for field, value in merged.kept.items()]

    # requests

    def _all(self, path: str) -> Iterator[Json]:
        """Every object of a list."""
        sign = "&" if "?" in path else "?"
        following: str | None = f"api/{path}{sign}limit={PAGE}"
        while following:
            page = self._client.ask("GET", following)
            if not isinstance(page, dict) or not isinstance(page.get("results"), list):
                raise PushError(f"{self._client.host} answers with something that is not NetBox's; check the URL")
            yield from page["results"]
            following = page.get("next")

    def _look(self, path: str, slug: str) -> int:
        return next((item["id"] for item in self._all(f"{path}?slug={slug}")), 0)

    def _ensure(self, path: str, field: str, value: str, body: Mapping[str, str]) -> int:
        found = next((item["id"] for item in self._all(f"{path}?{field}={value}")), None)
        return int(found if found is not None else self._client.ask("POST", f"api/{path}", dict(body))["id"])

    def _make(
        self, path: str, bodies: Sequence[Json], about: Sequence[tuple[Device, Any, Any]] = ()
    ) -> list[Json | None]:
        return self._bulk("POST", path, bodies, about)

    def _change(
        self, path: str, bodies: Sequence[Json], about: Sequence[tuple[Device, Any, Any]] = ()
    ) -> list[Json | None]:
        return self._bulk("PATCH", path, bodies, about)

    def _bulk(
        self, method: str, path: str, bodies: Sequence[Json], about: Sequence[tuple[Device, Any, Any]]
    ) -> list[Json | None]:
        """A list at once; where NetBox refuses it, which it does as a whole, one after the other."""
        done: list[Json | None] = []
        for part in _parts(bodies, BULK):
            try:
                answer = self._client.ask(method, f"api/{path}", list(part))
                if not isinstance(answer, list) or len(answer) != len(part):
                    raise PushError(f"{self._client.host} answers with something that is not NetBox's; check the URL")
                done += answer
            except RefusedError:
                for number, body in enumerate(part, len(done)):
                    done += self._one(method, path, body, about[number][0].id if about else path.strip("/"))
        return done

    def _one(self, method: str, path: str, body: Json, whom: str) -> list[Json | None]:
        try:
            found: list[Json | None] = self._client.ask(method, f"api/{path}", [body])
        except RefusedError as error:
            self.summary.refused.append(f"{whom}: {error}")
            return [None]
        return found


def _their_fields(item: Json) -> dict[str, str]:
    """A device of NetBox, in the names and forms of ours."""
    type_, role = item.get("device_type") or {}, item.get("role") or {}
    maker = (type_.get("manufacturer") or {}).get("slug", "")
    found = {
        "name": item.get("name") or "",
        "device_type": f"{maker}/{(type_.get('model') or '').lower()}",
        "role": role.get("slug", ""),
        "serial": item.get("serial") or "",
        "asset_tag": item.get("asset_tag") or "",
    }
    custom = item.get("custom_fields") or {}
    return found | {f"cf.{name}": str(custom.get(name) or "") for name in FIELDS}


def _is_own(field: str) -> bool:
    return field.startswith("cf.auscult_")


def _value(device: Device, name: str) -> str:
    return next((shown(one.believed.value) for one in device.attributes if one.name == name), "")


def _slug(text: str) -> str:
    """As NetBox wants them: lower case letters, digits, hyphens and underlines."""
    return re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-")[:SLUG_MAX] or "unknown"


def _parts(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[at : at + size] for at in range(0, len(items), size))
