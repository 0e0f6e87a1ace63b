"""A NetBox of the tests: the rules that its published REST interface enforces, for the objects that we use.

From docs/integrations/rest-api.md (paging, bulk requests that are taken as a whole, related objects by id), the
release notes of 4.3, 4.5 and 4.7 (services, tokens) and the models of netbox-community/netbox: what is required, how
long it may be, what is unique, which words are allowed; compared with what NetBox 4.7.3 answers (real_netbox.sh).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.push.server import Answer, Request

TOKEN = "t0ken-zqsecret"
STATUSES = {"offline", "active", "planned", "staged", "failed", "inventory", "decommissioning"}
SLUG = re.compile(r"[-a-zA-Z0-9_]{1,100}")
MAC = re.compile(r"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}")
LONGEST = {"name": 64, "serial": 50, "asset_tag": 50, "model": 100, "label": 50}
REQUIRED = {
    "extras/tags": ("name", "slug"),
    "extras/custom-fields": ("name", "type", "object_types"),
    "dcim/sites": ("name", "slug"),
    "dcim/manufacturers": ("name", "slug"),
    "dcim/device-roles": ("name", "slug"),
    "dcim/device-types": ("manufacturer", "model", "slug"),
    "dcim/devices": ("device_type", "role", "site"),
    "dcim/interfaces": ("device", "name", "type"),
    "dcim/mac-addresses": ("mac_address",),
    "ipam/ip-addresses": ("address",),
    "ipam/services": ("name",),
}
FIELDS = {  # that may be written, of those where an unknown one would be passed over in silence
    "ipam/services": {
        (4, 2): {"id", "device", "name", "protocol", "ports", "tags"},
        (4, 3): {"id", "parent_object_type", "parent_object_id", "name", "protocol", "ports", "tags"},
        (4, 7): {"id", "parent_object_type", "parent_object_id", "name", "port_mappings", "tags"},
    }
}
MAPPING = re.compile(r"(?:tcp|udp|sctp)/[1-9][0-9]{0,4}")
RELATED = {
    "manufacturer": "dcim/manufacturers",
    "device_type": "dcim/device-types",
    "role": "dcim/device-roles",
    "site": "dcim/sites",
    "device": "dcim/devices",
}
Key = Callable[[dict[str, Any]], object]
SLUGGED: tuple[Key, ...] = (lambda o: o["slug"], lambda o: o["name"].lower())
UNIQUE: dict[str, tuple[Key, ...]] = {
    "extras/tags": SLUGGED,
    "extras/custom-fields": (lambda o: o["name"],),
    "dcim/sites": SLUGGED,
    "dcim/manufacturers": SLUGGED,
    "dcim/device-roles": SLUGGED,
    "dcim/device-types": (lambda o: (o["manufacturer"], o["model"].lower()), lambda o: (o["manufacturer"], o["slug"])),
    "dcim/devices": (
        lambda o: (o["site"], o["name"].lower()) if o.get("name") else None,
        lambda o: ("asset tag", o["asset_tag"]) if o.get("asset_tag") else None,
    ),
    "dcim/interfaces": (lambda o: (o["device"], o["name"]),),
    "ipam/ip-addresses": (lambda o: o["address"].partition("/")[0],),
}
PAGE_MAX = 1000


class RefusedError(ValueError):
    pass


class Netbox:
    """objects: by path and id, with ids for what is related. misbehave: may answer instead. Of version 4.2 tokens are
    plain, services belong to devices; since 4.3 they belong to anything, since 4.7 they have port mappings."""

    def __init__(self, version: tuple[int, int] = (4, 7), token: str = TOKEN) -> None:
        self.version, self.token = version, token
        self.objects: dict[str, dict[int, dict[str, Any]]] = {path: {} for path in REQUIRED}
        self.misbehave: Callable[[Request], Answer | None] = lambda _: None
        self._last = 0

    def __call__(self, request: Request) -> Answer:
        if (instead := self.misbehave(request)) is not None:
            return instead
        word = "Bearer" if self.token.startswith("nbt_") else "Token"
        if request.headers.get("Authorization") != f"{word} {self.token}":
            return Answer(403, {"detail": "Invalid token"})
        if len(request.path) > 4000:
            return Answer(400, b"Request Line is too large")
        parts = urlsplit(request.path)
        path = parts.path.removeprefix("/api/").strip("/")
        if path == "dcim/interfaces":
            self._macs: dict[int, list[dict[str, Any]]] = {}
            for one in self.objects["dcim/mac-addresses"].values():
                self._macs.setdefault(one.get("assigned_object_id", 0), []).append(one)
        if path == "status":
            return Answer(200, {"netbox-version": f"{self.version[0]}.{self.version[1]}.3", "plugins": {}})
        if not parts.path.endswith("/") or path not in self.objects:
            return Answer(404, {"detail": "Not found."})
        if request.method == "GET":
            return self._page(request, path, parse_qs(parts.query))
        bodies = request.body if isinstance(request.body, list) else [request.body]
        before = dict(self.objects[path])
        self._taken = {
            (number, key): at
            for number, unique in enumerate(UNIQUE.get(path, ()))
            for at, one in self.objects[path].items()
            if (key := unique(one)) is not None
        }
        try:
            done = [self._write(path, body, new=request.method == "POST") for body in bodies]
        except RefusedError as error:  # all or nothing
            self.objects[path] = before
            return Answer(400, [{str(error.args[0]): [str(error.args[1])]}])
        shown = [self._shown(path, one) for one in done]
        return Answer(201 if request.method == "POST" else 200, shown if isinstance(request.body, list) else shown[0])

    def _page(self, request: Request, path: str, query: dict[str, list[str]]) -> Answer:
        chosen = {"tag": ("extras/tags", "slug"), "site_id": ("dcim/sites", "id"), "device_id": ("dcim/devices", "id")}
        for name, (where, key) in chosen.items():
            known = {str(one[key]) for one in self.objects[where].values()}
            if unknown := set(query.get(name, [])) - known:
                said = f"Select a valid choice. {unknown.pop()} is not one of the available choices."
                return Answer(400, {name: [said]})
        found = list(self.objects[path].values())
        if "device_id" in query:
            found = [
                one for one in found if str(one.get("device") or one.get("parent_object_id")) in query["device_id"]
            ]
        if "address" in query:
            found = [one for one in found if one["address"].partition("/")[0] in query["address"]]
        if "slug" in query:
            found = [one for one in found if one["slug"] in query["slug"]]
        if "tag" in query:
            found = [one for one in found if {tag["slug"] for tag in one.get("tags", [])} & set(query["tag"])]
        if "site_id" in query:
            found = [one for one in found if str(one["site"]) in query["site_id"]]
        limit = min(int(query.get("limit", ["50"])[0]), PAGE_MAX)
        offset = int(query.get("offset", ["0"])[0])
        more = None
        if offset + limit < len(found):
            rest = query | {"limit": [str(limit)], "offset": [str(offset + limit)]}
            more = f"http://{request.headers['Host']}/api/{path}/?{urlencode(rest, doseq=True)}"
        return Answer(
            200,
            {
                "count": len(found),
                "next": more,
                "previous": None,
                "results": [self._shown(path, one) for one in found[offset : offset + limit]],
            },
        )

    def _write(self, path: str, body: dict[str, Any], *, new: bool) -> dict[str, Any]:
        if new:
            self._last += 1
            made: dict[str, Any] = {"id": self._last}
        else:
            if body.get("id") not in self.objects[path]:
                raise RefusedError("id", "Object does not exist")
            made = dict(self.objects[path][body["id"]])
        custom = {**made.get("custom_fields", {}), **body.get("custom_fields", {})}
        made |= {name: value for name, value in body.items() if name != "id"}
        if path == "dcim/devices":
            made["custom_fields"] = custom
        self._check(path, made)
        self.objects[path][made["id"]] = made
        return made

    def _check(self, path: str, made: dict[str, Any]) -> None:
        for name in REQUIRED[path]:
            if made.get(name) in (None, ""):
                raise RefusedError(name, "This field is required.")
        for name, longest in LONGEST.items():
            if isinstance(made.get(name), str) and len(made[name]) > longest:
                raise RefusedError(name, f"Ensure this field has no more than {longest} characters.")
        if "slug" in made and not SLUG.fullmatch(made["slug"]):
            raise RefusedError("slug", "Enter a valid slug.")
        for name, related in RELATED.items():
            if name in made and made[name] not in self.objects[related]:
                raise RefusedError(name, "Related object not found")
        if path == "dcim/devices" and made.get("status", "active") not in STATUSES:
            raise RefusedError("status", "is not a valid choice.")
        fields = {one["name"] for one in self.objects["extras/custom-fields"].values()}
        if unknown := set(made.get("custom_fields") or {}) - fields:
            raise RefusedError("custom_fields", f"Unknown field name {unknown}")
        tags = {one["slug"] for one in self.objects["extras/tags"].values()}
        if any(tag["slug"] not in tags for tag in made.get("tags", [])):
            raise RefusedError("tags", "Related object not found")
        if path == "dcim/mac-addresses" and not MAC.fullmatch(made["mac_address"]):
            raise RefusedError("mac_address", "Invalid MAC address format")
        if path == "ipam/services":
            self._check_service(made)
        if path == "ipam/ip-addresses" and "/" not in made["address"]:
            raise RefusedError("address", "an address needs a mask")
        if made.get("assigned_object_type") and made.get("assigned_object_id") not in self.objects["dcim/interfaces"]:
            raise RefusedError("assigned_object_id", "Invalid object")
        if made.get("asset_tag") == "":
            raise RefusedError("asset_tag", "This field may not be blank.")
        for number, unique in enumerate(UNIQUE.get(path, ())):
            key = unique(made)
            if key is not None and self._taken.setdefault((number, key), made["id"]) != made["id"]:
                raise RefusedError("__all__", f"{key} already exists.")

    def _check_service(self, made: dict[str, Any]) -> None:
        allowed = next(
            fields
            for version, fields in sorted(FIELDS["ipam/services"].items(), reverse=True)
            if version <= self.version
        )
        if unknown := set(made) - allowed:
            raise RefusedError(unknown.pop(), f"NetBox {self.version} would pass this over")
        if missing := allowed - set(made):
            raise RefusedError(missing.pop(), "This field is required.")
        if "parent_object_id" in made and made["parent_object_id"] not in self.objects["dcim/devices"]:
            raise RefusedError("parent_object_id", "Invalid object")
        if made.get("parent_object_type", "dcim.device") != "dcim.device":
            raise RefusedError("parent_object_type", "Invalid content type")
        if made.get("protocol", "tcp") not in ("tcp", "udp", "sctp"):
            raise RefusedError("protocol", "is not a valid choice.")
        listens = made.get("port_mappings") or [f"tcp/{port}" for port in made.get("ports", ())]
        if not listens or any(not MAPPING.fullmatch(one) or int(one.partition("/")[2]) > 65535 for one in listens):
            raise RefusedError("ports", "Ensure this value is between 1 and 65535.")

    def _shown(self, path: str, made: dict[str, Any]) -> dict[str, Any]:
        out = dict(made)
        for name, related in RELATED.items():
            if name in out:
                out[name] = self._shown(related, self.objects[related][out[name]])
        if path == "dcim/devices":
            out["status"] = {"value": made.get("status", "active"), "label": made.get("status", "active").title()}
        if path == "ipam/services" and "protocol" in made:
            out["protocol"] = {"value": made["protocol"], "label": made["protocol"].upper()}
        if path == "dcim/interfaces":
            nested = [self._shown("dcim/mac-addresses", one) for one in self._macs.get(made["id"], ())]
            out["mac_addresses"] = nested
            out["primary_mac_address"] = next(
                (one for one in nested if one["id"] == made.get("primary_mac_address")), None
            )
        if path in ("ipam/ip-addresses", "dcim/mac-addresses") and made.get("assigned_object_id"):
            port = self.objects["dcim/interfaces"][made["assigned_object_id"]]
            out["assigned_object"] = {
                "id": port["id"],
                "device": {"id": port["device"], "name": self.objects["dcim/devices"][port["device"]]["name"]},
            }
        if path == "dcim/mac-addresses":
            out["mac_address"] = made["mac_address"].upper()
        return out
