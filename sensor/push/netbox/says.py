"""What we say of a device, and what NetBox says of it, in the same words."""

from __future__ import annotations

import re
from typing import Any

from sensor.correlate.device import Device
from sensor.export.cells import Kinds
from sensor.names import shown
from sensor.push.netbox.rest import Json, related, word
from sensor.times import moment

NAME_MAX, SERIAL_MAX, SLUG_MAX, MODEL_MAX = 64, 50, 100, 100
UNKNOWN = "Unknown"
TAG = {"name": "Autopopulated", "slug": "autopopulated"}
CUSTOM = "cf."  # before the names of custom fields

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


class Saying:
    """What is said of devices. kinds: what a kind is called, and its codes. names: taken at the site, in lower case,
    since NetBox wants them unique without case; those that are given are added."""

    def __init__(self, kinds: Kinds, names: set[str]) -> None:
        self._kinds, self._names = kinds, names

    def fields(self, device: Device, name_there: str | None) -> dict[str, str]:
        """By the names of NetBox, custom fields with `cf.` before them; device type and role by their keys. name_there:
        what it is called there already; it keeps that name."""
        kind = self._kinds(device.kind)
        confidence = next((one.believed.confidence for one in device.attributes if one.name == "kind"), 0.0)
        ours = {
            "name": self._free_name(device) if name_there is None else name_there,
            "device_type": type_key(self.maker(device), self.model(device)),
            "role": self.role(device).lower(),
            "serial": value(device, "serial")[:SERIAL_MAX],
            "asset_tag": value(device, "asset")[:SERIAL_MAX],
        }
        custom = {
            "auscult_id": device.id,
            "auscult_kind": kind.en if kind else UNKNOWN,
            "auscult_confidence": f"{confidence:.2f}",
            "auscult_first_seen": moment(device.first_seen),
            "auscult_last_seen": moment(device.last_seen),
            "udi_di": value(device, "udi_di") or value(device, "udi"),
            "ae_titles": ", ".join(map(shown, device.applications)),
            "emdn": kind.emdn if kind else "",
            "criticality": value(device, "criticality"),
        }
        return ours | {f"{CUSTOM}{name}": text.strip() for name, text in custom.items()}

    def maker(self, device: Device) -> str:
        """The name of its manufacturer there."""
        return (value(device, "manufacturer") or UNKNOWN)[:MODEL_MAX].strip()

    def role(self, device: Device) -> str:
        """The name of its role there: its kind."""
        found = self._kinds(device.kind)
        return found.en if found else "Unknown device"

    def model(self, device: Device) -> str:
        """Its model there; its kind, where it is not known."""
        return (value(device, "model") or self.role(device))[:MODEL_MAX].strip()

    def _free_name(self, device: Device) -> str:
        """NetBox wants a name once at a site; devices may share one."""
        name = (shown(device.name).strip() or self.role(device))[:NAME_MAX].strip()
        if name.lower() in self._names:
            name = f"{name[: NAME_MAX - len(device.id) - 3]} ({device.id})"
        self._names.add(name.lower())
        return name


def theirs(item: Json) -> dict[str, str]:
    """A device of NetBox, in the names and forms of ours."""
    type_ = related(item, "device_type")
    found = {
        "name": word(item.get("name")),
        "device_type": type_key(word(related(type_, "manufacturer").get("name")), word(type_.get("model"))),
        "role": word(related(item, "role").get("name")).lower(),
        "serial": word(item.get("serial")),
        "asset_tag": word(item.get("asset_tag")),
    }
    custom = related(item, "custom_fields")
    return found | {f"{CUSTOM}{name}": word(custom.get(name)) for name in FIELDS}


def is_own(field: str) -> bool:
    """Whether a field is ours alone."""
    return field.startswith("cf.auscult_")


def type_key(maker: str, model: str) -> str:
    """By what a device type is found: NetBox wants a model once for a maker."""
    return f"{maker}/{model}".lower()


def value(device: Device, name: str) -> str:
    """An attribute's believed value, harmless to look at; "" where there is none. NetBox trims texts."""
    return next((shown(one.believed.value).strip() for one in device.attributes if one.name == name), "")


def slug(text: str, taken: set[str]) -> str:
    """As NetBox wants them: lower case letters, digits, hyphens and underlines, and not `taken` yet."""
    plain = re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-")[:SLUG_MAX] or "unknown"
    found, number = plain, 2
    while found in taken:
        found = f"{plain[: SLUG_MAX - 7]}-{number}"
        number += 1
    taken.add(found)
    return found


def custom_field(name: str) -> dict[str, Any]:
    """What a custom field of ours is made of."""
    return {
        "name": name,
        "label": FIELDS[name],
        "type": "text",
        "object_types": ["dcim.device"],
        "group_name": "Auscult",
    }
