"""A push to one NetBox: what is new is made, what changed is changed, a hundred devices at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct

from sensor.correlate.device import Device
from sensor.export.cells import Kinds
from sensor.names import shown
from sensor.push.merge import Merged, merge
from sensor.push.netbox import rest as requests
from sensor.push.netbox.catalogue import Catalogue
from sensor.push.netbox.parts import ADDRESSES, Asked, Parts, given, owners, remembered, wanted
from sensor.push.netbox.rest import Json, Rest, parts, words
from sensor.push.netbox.says import TAG, Saying, is_own, theirs
from sensor.push.record import Record, Records, primary
from sensor.push.services import Service

STAGED = "staged"
DEVICES = "dcim/devices/"

Services = Mapping[str, Sequence[Service]]  # by id of the device


class There(Struct):
    """A device as NetBox has it."""

    id: int
    fields: dict[str, str]


class Summary(Struct):
    """What a push did, or would do."""

    created: int = 0
    updated: int = 0
    same: int = 0
    differences: list[str] = []  # what would be done, or was
    kept: list[str] = []  # what a person wrote, and stays
    refused: list[str] = []


class Step(Struct):
    """A hundred devices: new ones with their fields, changed ones with the fields to write, and all that are there,
    each with what is to be remembered of it."""

    new: list[tuple[Device, dict[str, str]]] = []
    changed: list[tuple[Device, Json]] = []
    there: list[tuple[Asked, Record]] = []


class Netbox:
    """site: the name of the site there, made if it is missing."""

    def __init__(self, rest: Rest, site: str, kinds: Kinds, *, force: bool, dry_run: bool) -> None:
        self._rest, self._force, self._dry = rest, force, dry_run
        self.summary = Summary()
        version = rest.version()
        self._catalogue = Catalogue(rest, site, dry_run=dry_run)
        self._by_auscult_id: dict[str, There] = {}
        self._by_id: dict[int, There] = {}
        names: set[str] = set()
        if self._catalogue.site:
            for item in rest.all(DEVICES, site_id=str(self._catalogue.site), exclude="config_context"):
                found = There(item["id"], theirs(item))
                self._by_id[found.id] = found
                names.add(found.fields["name"].lower())
                if known := found.fields["cf.auscult_id"]:
                    self._by_auscult_id[known] = found
        self._saying = Saying(kinds, names)
        self._records: dict[int, Record] = {}  # by the id that the device has there
        self._taken: dict[int, set[str]] = {}  # addresses that were moved from a device in this step
        self._parts = Parts(rest, version, force=force, dry_run=dry_run, holds=self._holds, took=self._took)

    def push(self, devices: Sequence[Device], records: Records, services: Services) -> Iterator[list[Record]]:
        """Works through all devices; yields what is to be remembered after each step, so that a push that was cut goes
        on where it was."""
        self._records = {int(record.remote): record for record in records.all() if record.remote.isdigit()}
        owner = owners(devices)
        for part in parts(devices, requests.BULK):
            step = self._compared(part, records, owner, services)
            self._create(step, owner, services)
            self._change(step)
            self._parts.give([asked for asked, _ in step.there], services)
            yield self._done(step)
        self.summary.differences += self._parts.differences
        self.summary.kept += self._parts.kept
        self.summary.refused += self._rest.refused

    def _compared(
        self, devices: Sequence[Device], records: Records, owner: Mapping[str, str], services: Services
    ) -> Step:
        step = Step()
        self._catalogue.add(devices, self._saying)
        for device in devices:
            record = records.of(device)
            there = self._found(device, record)
            if there is None and record is not None and record.remote and not self._force:
                self.summary.kept.append(f"{device.id}: was deleted there, or moved to another site")
                continue
            ours = self._saying.fields(device, there.fields["name"] if there else None)
            if there is None:
                self.summary.differences.append(f"{device.id}: new, as {ours['name']!r}")
                step.new.append((device, ours))
                continue
            record = self._records.get(there.id, record)
            merged = merge(ours, record.fields if record else {}, there.fields, force=self._force, own=is_own)
            self._note(device, there, merged)
            if merged.write:
                step.changed.append((device, {"id": there.id, **self._catalogue.body(merged.write)}))
            else:
                self.summary.same += 1
            had, has = given(merged.told), wanted(device, owner, services.get(device.id, ()))
            step.there.append(
                (
                    Asked(device, there.id, had, has, fresh=False),
                    Record(
                        subject=record.subject if record else primary(device),
                        fields=merged.told,
                        remote=str(there.id),
                        at=device.last_seen,
                    ),
                )
            )
        return step

    def _create(self, step: Step, owner: Mapping[str, str], services: Services) -> None:
        if self._dry:
            self.summary.created += len(step.new)
            return
        same = {"site": self._catalogue.site, "status": STAGED, "tags": [TAG]}
        bodies = [self._catalogue.body(ours) | same for _, ours in step.new]
        made = self._rest.make(DEVICES, bodies, [device.id for device, _ in step.new])
        for (device, ours), found in zip(step.new, made, strict=True):
            if found is None:
                continue
            self.summary.created += 1
            self._by_auscult_id[device.id] = self._by_id[found["id"]] = There(found["id"], ours)
            has = wanted(device, owner, services.get(device.id, ()))
            record = Record(subject=primary(device), fields=ours, remote=str(found["id"]), at=device.last_seen)
            step.there.append((Asked(device, found["id"], given({}), has, fresh=True), record))

    def _change(self, step: Step) -> None:
        if self._dry:
            self.summary.updated += len(step.changed)
            return
        bodies, about = [body for _, body in step.changed], [device.id for device, _ in step.changed]
        changed = self._rest.change(DEVICES, bodies, about)
        self.summary.updated += sum(one is not None for one in changed)
        refused = {body["id"] for body, one in zip(bodies, changed, strict=True) if one is None}
        step.there = [(asked, record) for asked, record in step.there if asked.id not in refused]

    def _done(self, step: Step) -> list[Record]:
        if self._dry:
            return []
        for asked, record in step.there:
            asked.given[ADDRESSES] -= self._taken.pop(asked.id, set())
            fields = {**record.fields, **remembered(asked.given)}
            self._records[asked.id] = msgspec.structs.replace(record, fields=fields)
        changed = [asked.id for asked, _ in step.there]
        for id_, ips in self._taken.items():
            if (before := self._records.get(id_)) is not None:
                left = words(given(before.fields)[ADDRESSES] - ips)
                self._records[id_] = msgspec.structs.replace(before, fields={**before.fields, ADDRESSES: left})
                changed.append(id_)
        self._taken.clear()
        return [self._records[id_] for id_ in changed]

    def _found(self, device: Device, record: Record | None) -> There | None:
        """What NetBox has of a device, under its id or one that it had before."""
        known = (self._by_auscult_id[id_] for id_ in (device.id, *device.aliases) if id_ in self._by_auscult_id)
        found = next(known, None)
        if found is None and record is not None and record.remote.isdigit():
            found = self._by_id.get(int(record.remote))
        return found

    def _note(self, device: Device, there: There, merged: Merged) -> None:
        self.summary.kept += [f"{device.id}: {field} stays {shown(value)!r}" for field, value in merged.kept.items()]
        self.summary.differences += [
            f"{device.id}: {field}: {shown(there.fields.get(field, ''))!r} -> {value!r}"
            for field, value in merged.write.items()
        ]

    def _holds(self, device: int, ip: str) -> bool:
        record = self._records.get(device)
        return record is not None and ip in given(record.fields)[ADDRESSES]

    def _took(self, device: int, ip: str) -> None:
        self._taken.setdefault(device, set()).add(ip)
