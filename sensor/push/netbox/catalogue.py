"""What devices refer to: site, tag, custom fields, manufacturers, device types and roles; found by name, or made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sensor.correlate.device import Device
from sensor.push.error import PushError
from sensor.push.netbox.rest import Json, Rest, related, word
from sensor.push.netbox.says import CUSTOM, FIELDS, TAG, Saying, custom_field, slug, type_key

MANUFACTURERS, ROLES, TYPES = "dcim/manufacturers/", "dcim/device-roles/", "dcim/device-types/"


class Catalogue:
    """Reads everything at the start: a few hundred objects. dry_run: makes nothing; what is missing has the id 0."""

    def __init__(self, rest: Rest, site: str, *, dry_run: bool) -> None:
        self._rest, self._dry = rest, dry_run
        self._ids: dict[tuple[str, str], int] = {}  # path and name, without case
        self._slugs: dict[str, set[str]] = {path: set() for path in (MANUFACTURERS, ROLES, TYPES)}
        if not dry_run:
            self._ensure("extras/tags/", TAG["name"], TAG)
            self._custom_fields()
        self.site = self._ensure("dcim/sites/", site, {"name": site, "slug": slug(site, set()), "status": "active"})
        for path in (MANUFACTURERS, ROLES):
            for item in rest.all(path):
                self._known(path, word(item.get("name")).lower(), item)
        for item in rest.all(TYPES):
            maker = word(related(item, "manufacturer").get("name"))
            self._known(TYPES, type_key(maker, word(item.get("model"))), item)

    def add(self, devices: Iterable[Device], saying: Saying) -> None:
        """Manufacturers, types and roles of devices that are not there yet."""
        if self._dry:
            return
        devices = list(devices)
        makers = {name.lower(): name for name in map(saying.maker, devices)}
        self._missing(MANUFACTURERS, {key: {"name": name} for key, name in makers.items()})
        roles = {name.lower(): name for name in map(saying.role, devices)}
        self._missing(ROLES, {key: {"name": name} for key, name in roles.items()})
        types: dict[str, Json] = {}
        for one in devices:
            maker, model = saying.maker(one), saying.model(one)
            types[type_key(maker, model)] = {"manufacturer": self._ids[MANUFACTURERS, maker.lower()], "model": model}
        self._missing(TYPES, types)

    def body(self, fields: Mapping[str, str]) -> Json:
        """Fields of a device as a request has them."""
        body: Json = {}
        for name, text in fields.items():
            if name.startswith(CUSTOM):
                body.setdefault("custom_fields", {})[name.removeprefix(CUSTOM)] = text or None
            elif name in ("device_type", "role"):
                body[name] = self._ids.get((TYPES if name == "device_type" else ROLES, text), 0)
            elif text or name != "asset_tag":  # unique there, so that an empty one is none
                body[name] = text
        return body

    def _custom_fields(self) -> None:
        found = self._rest.all("extras/custom-fields/")
        there = {word(item.get("name")): item.get("object_types") or () for item in found}
        for name in FIELDS.keys() & there.keys():
            if "dcim.device" not in there[name]:
                raise PushError(f"the custom field {name!r} of NetBox is not for devices; add them to its object types")
        missing = [custom_field(name) for name in FIELDS if name not in there]
        if None in self._rest.make("extras/custom-fields/", missing):
            raise self._rest.refuses("extras/custom-fields")

    def _ensure(self, path: str, name: str, body: Mapping[str, str]) -> int:
        """An object by its name or slug, made where it is missing."""
        for item in self._rest.all(path):
            if word(item.get("name")).lower() == name.lower() or item.get("slug") == body["slug"]:
                return int(item["id"])
        return 0 if self._dry else self._rest.make_one(path, dict(body))

    def _known(self, path: str, key: str, item: Json) -> None:
        self._ids.setdefault((path, key), item["id"])
        self._slugs[path].add(word(item.get("slug")))

    def _missing(self, path: str, wanted: Mapping[str, Json]) -> None:
        absent = {key: body for key, body in wanted.items() if (path, key) not in self._ids}
        for key, body in absent.items():
            body["slug"] = slug(key.replace("/", "-"), self._slugs[path])
        for key, made in zip(absent, self._rest.make(path, list(absent.values())), strict=True):
            if made is None:
                raise self._rest.refuses(path.strip("/"))
            self._ids[path, key] = made["id"]
