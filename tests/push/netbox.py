"""A NetBox of the tests: the rules that its published REST interface enforces, for the objects that we use.

From docs/integrations/rest-api.md (paging, bulk requests that are taken as a whole, related objects by id) and the
models of netbox-community/netbox: what is required, how long it may be, what is unique, which words are allowed.
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
}
RELATED = {
    "manufacturer": "dcim/manufacturers",
    "device_type": "dcim/device-types",
    "role": "dcim/device-roles",
    "site": "dcim/sites",
    "device": "dcim/devices",
}
UNIQUE: dict[str, Callable[[dict[str, Any]], object]] = {
    "extras/tags": lambda o: o["slug"],
    "extras/custom-fields": lambda o: o["name"],
    "dcim/sites": lambda o: o["slug"],
    "dcim/manufacturers": lambda o: o["slug"],
    "dcim/device-roles": lambda o: o["slug"],
    "dcim/device-types": lambda o: (o["manufacturer"], o["model"].lower()),
    "dcim/devices": lambda o: (o["site"], (o.get("name") or "").lower()) if o.get("name") else None,
    "dcim/interfaces": lambda o: (o["device"], o["name"]),
    "ipam/ip-addresses": lambda o: o["address"],
}
PAGE_MAX = 1000


class RefusedError(ValueError):
    pass


class Netbox:
    """objects: by path and id, with ids for what is related. misbehave: may answer instead."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[int, dict[str, Any]]] = {path: {} for path in REQUIRED}
        self.misbehave: Callable[[Request], Answer | None] = lambda _: None
        self._last = 0

    def __call__(self, request: Request) -> Answer:
        if (instead := self.misbehave(request)) is not None:
            return instead
        if request.headers.get("Authorization") != f"Token {TOKEN}":
            return Answer(403, {"detail": "Invalid token"})
        parts = urlsplit(request.path)
        path = parts.path.removeprefix("/api/").strip("/")
        if not parts.path.endswith("/") or path not in self.objects:
            return Answer(404, {"detail": "Not found."})
        if request.method == "GET":
            return self._page(request, path, parse_qs(parts.query))
        bodies = request.body if isinstance(request.body, list) else [request.body]
        before = {at: dict(found) for at, found in self.objects[path].items()}
        try:
            done = [self._write(path, body, new=request.method == "POST") for body in bodies]
        except RefusedError as error:  # all or nothing
            self.objects[path] = before
            return Answer(400, [{str(error.args[0]): [str(error.args[1])]}])
        shown = [self._shown(path, one) for one in done]
        return Answer(201 if request.method == "POST" else 200, shown if isinstance(request.body, list) else shown[0])

    def _page(self, request: Request, path: str, query: dict[str, list[str]]) -> Answer:
        found = [self._shown(path, one) for one in self.objects[path].values()]
        if "slug" in query:
            found = [one for one in found if one["slug"] in query["slug"]]
        if "tag" in query:
            found = [one for one in found if {tag["slug"] for tag in one.get("tags", [])} & set(query["tag"])]
        if "site_id" in query:
            found = [one for one in found if str(one["site"]["id"]) in query["site_id"]]
        limit = min(int(query.get("limit", ["50"])[0]), PAGE_MAX)
        offset = int(query.get("offset", ["0"])[0])
        more = None
        if offset + limit < len(found):
            rest = {name: values[0] for name, values in query.items()} | {"limit": limit, "offset": offset + limit}
            more = f"http://{request.headers['Host']}/api/{path}/?{urlencode(rest)}"
        return Answer(
            200, {"count": len(found), "next": more, "previous": None, "results": found[offset : offset + limit]}
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
        if path == "ipam/ip-addresses" and "/" not in made["address"]:
            raise RefusedError("address", "an address needs a mask")
        if made.get("assigned_object_type") and made.get("assigned_object_id") not in self.objects["dcim/interfaces"]:
            raise RefusedError("assigned_object_id", "Invalid object")
        if made.get("asset_tag") == "":
            raise RefusedError("asset_tag", "This field may not be blank.")
        others = [one for at, one in self.objects[path].items() if at != made["id"]]
        if (
            path in UNIQUE
            and (key := UNIQUE[path](made)) is not None
            and any(UNIQUE[path](one) == key for one in others)
        ):
            raise RefusedError("name", "must be unique")
        if made.get("asset_tag") and any(one.get("asset_tag") == made["asset_tag"] for one in others):
            raise RefusedError("asset_tag", "device with this asset tag already exists.")

    def _shown(self, path: str, made: dict[str, Any]) -> dict[str, Any]:
        out = dict(made)
        for name, related in RELATED.items():
            if name in out:
                out[name] = self._shown(related, self.objects[related][out[name]])
        if path == "dcim/devices":
            out["status"] = {"value": made.get("status", "active"), "label": made.get("status", "active").title()}
        if path == "dcim/mac-addresses":
            out["mac_address"] = made["mac_address"].upper()
        return out
