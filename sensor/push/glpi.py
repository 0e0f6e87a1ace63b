"""Devices to GLPI 10 and 11 in its own inventory format (glpi-project/inventory_format), one request a device.

GLPI has no type for medical devices: they go in as `Unmanaged`, or as what the settings say, with the description of a
network device. GLPI itself keeps what people changed there (its locks), so nothing is read back.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from sensor import __version__
from sensor.correlate.device import Device
from sensor.names import shown
from sensor.push.client import Client
from sensor.push.error import PushError

ENDPOINT = "front/inventory.php"
TYPES = {
    "Unmanaged": "Unmanaged",
    "Computer": "Computer",
    "NetworkEquipment": "Networking",
    "Printer": "Printer",
    "Phone": "Phone",
}


class Glpi:
    """item_type: of TYPES."""

    def __init__(self, client: Client, item_type: str, tag: str) -> None:
        self._client = client
        self._type = item_type
        self._tag = tag

    def send(self, device: Device, kind: str) -> None:
        """Raises RefusedError for this device, PushError for all."""
        said = self._client.ask(
            "POST", ENDPOINT, self.document(device, kind), headers={"GLPI-Agent-ID": agent_id(device)}
        )
        if isinstance(said, dict) and said.get("status") == "error":
            raise PushError(f"{self._client.host} could not take the inventory; see the log of GLPI")

    def document(self, device: Device, kind: str) -> dict[str, Any]:
        """A device as inventory.schema.json wants it. kind: its name for people."""
        believed = {one.name: shown(one.believed.value) for one in device.attributes}
        about = {
            "type": TYPES[self._type],
            "name": shown(device.name) or kind,
            "description": kind,
            "manufacturer": believed.get("manufacturer"),
            "model": believed.get("model"),
            "serial": believed.get("serial"),
            "assettag": believed.get("asset"),
            "firmware": believed.get("software"),
            "location": believed.get("location"),
            "mac": device.interfaces[0] if device.interfaces else None,
            "ips": list(dict.fromkeys(tenure.ip for tenure in device.addresses)),
        }
        content: dict[str, Any] = {
            "versionclient": f"auscult_v{__version__}",
            "network_device": {name: value for name, value in about.items() if value},
        }
        if device.interfaces:
            content["network_ports"] = [
                {"ifnumber": number, "ifname": mac, "mac": mac} for number, mac in enumerate(device.interfaces, 1)
            ]
        if "software" in believed:
            content["firmwares"] = [
                {"name": believed.get("model", kind), "type": "device", "version": believed["software"]}
            ]
        document: dict[str, Any] = {"deviceid": device.id, "itemtype": self._type, "action": "netinventory"}
        if self._tag:
            document["tag"] = self._tag
        return document | {"content": content}


def fingerprint(document: dict[str, Any]) -> str:
    """Tells whether a document is the one that was last sent."""
    return hashlib.sha256(msgspec.json.encode(document, order="sorted")).hexdigest()


def agent_id(device: Device) -> str:
    """GLPI wants a UUID of who sends: the same for a device each time."""
    digits = hashlib.sha256(f"auscult {device.id}".encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}"
