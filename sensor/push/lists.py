"""The list straight from the system where people keep it: NetBox or GLPI, with the settings of the push."""

from __future__ import annotations

import base64
import html
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from urllib.parse import quote

from sensor.config import Settings
from sensor.push.client import Client
from sensor.push.error import PushError, RefusedError
from sensor.push.netbox.rest import Json, Rest, authorization, related, word
from sensor.push.netbox.says import CUSTOM, TAG, theirs
from sensor.reconcile.entry import Entry, says_nothing
from sensor.reconcile.sheet import CELL_MAX, LINES_MAX, Listed, ListError

RANGE = 500  # items of GLPI in one request; 990 is the most that it gives
TYPES = "types_id"  # how the columns of GLPI end that hold a type, as in peripheraltypes_id
MODELS = "models_id"

NETBOX = {  # field -> where NetBox has it
    "asset": "asset_tag",
    "manufacturer": "device_type.manufacturer",
    "model": "device_type.model",
    "serial": "serial",
    "udi": "custom field udi_di",
    "kind": "role",
    "hostname": "name",
    "ae_title": "custom field ae_titles",
    "ip": "IP addresses of its interfaces",
    "mac": "MAC addresses of its interfaces",
    "room": "location",
    "owner": "tenant",
    "criticality": "custom field criticality",
}
GLPI = {  # field -> where GLPI has it
    "asset": "otherserial",
    "manufacturer": "manufacturers_id",
    "model": "its model",
    "serial": "serial",
    "kind": "its type",
    "hostname": "name",
    "ip": "IPAddress",
    "mac": "NetworkPort",
    "department": "groups_id",
    "room": "locations_id",
    "supplier": "Infocom.suppliers_id",
    "criticality": "Infocom.businesscriticities_id",
}


def read(system: str, settings: Settings, site: str) -> Listed:
    """The list of netbox or glpi. Raises PushError, and ListError where there is nothing on it."""
    if system == "netbox":
        columns, found = NETBOX, netbox(settings, site)
    else:
        columns, found = GLPI, glpi(settings)
    entries = []
    for number, cells in found:
        fields = {name: text.strip()[:CELL_MAX] for name, text in cells.items() if not says_nothing(text)}
        if fields:
            entries.append(Entry(number, fields))
        if len(entries) > LINES_MAX:
            raise ListError(f"{system}: more than {LINES_MAX:,} devices")
    if not entries:
        raise ListError(f"{system}: no devices that people confirmed; what a push made there is no list yet")
    return Listed(tuple(entries), columns, ())


def netbox(settings: Settings, site: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Devices of the site: their id, and what NetBox says of them. What a push made and nobody confirmed says nothing
    that the sensor did not say before, and is left out."""
    own = settings.netbox
    if not (own.url and own.token):
        raise PushError("netbox.url or netbox.token is not set; write it into the settings (sensor config show)")
    headers = {"Authorization": authorization(own.token)}
    rest = Rest(Client(own.url, headers, ca_file=own.ca_file, proxy=own.proxy, rate=own.rate))
    rest.version()
    name = own.site or site
    there = next((one["id"] for one in rest.all("dcim/sites/") if word(one.get("name")).lower() == name.lower()), None)
    if there is None:
        raise PushError(f"NetBox has no site {name!r}; name it in the setting netbox.site")
    chosen = {"site_id": str(there)}
    addresses: dict[int, list[str]] = defaultdict(list)
    for item in rest.all("ipam/ip-addresses/"):
        if device := _device(item):
            addresses[device].append(word(item.get("address")).partition("/")[0])
    macs: dict[int, list[str]] = defaultdict(list)
    for item in rest.all("dcim/mac-addresses/"):
        if device := _device(item):
            macs[device].append(word(item.get("mac_address")))
    for item in rest.all("dcim/devices/", **chosen, exclude="config_context"):
        if _unconfirmed(item):
            continue
        said, type_ = theirs(item), related(item, "device_type")
        yield (
            item["id"],
            {
                "asset": said["asset_tag"],
                "manufacturer": word(related(type_, "manufacturer").get("name")),
                "model": word(type_.get("model")),
                "serial": said["serial"],
                "udi": said[f"{CUSTOM}udi_di"],
                "kind": word(related(item, "role").get("name")),
                "hostname": said["name"],
                "ae_title": said[f"{CUSTOM}ae_titles"],
                "ip": " ".join(addresses.get(item["id"], ())),
                "mac": " ".join(macs.get(item["id"], ())),
                "room": word(related(item, "location").get("name")),
                "owner": word(related(item, "tenant").get("name")),
                "criticality": said[f"{CUSTOM}criticality"],
            },
        )


def glpi(settings: Settings) -> Iterator[tuple[int, dict[str, str]]]:
    """Items of the types that the settings name, numbered as they come: ids are those of a type. Persons (users_id,
    contact) are not read. apirest.md of glpi-project/glpi."""
    own = settings.glpi
    if not own.url:
        raise PushError("glpi.url is not set; write it into the settings (sensor config show)")
    session = Session(settings)
    try:
        ports = _gathered(session.all("NetworkPort"), "itemtype", "items_id", "mac")
        addresses = _gathered(session.all("IPAddress"), "mainitemtype", "mainitems_id", "name")
        suppliers: dict[tuple[str, str], Json] = {
            (_text(item, "itemtype"), _text(item, "items_id")): item for item in session.all("Infocom")
        }
        number = 0
        for type_ in own.list_types:
            for item in session.all(type_):
                if item.get("is_template") in (1, "1", True):
                    continue
                number += 1
                key = type_, _text(item, "id")
                bought = suppliers.get(key, {})
                yield (
                    number,
                    {
                        "asset": _text(item, "otherserial"),
                        "manufacturer": _text(item, "manufacturers_id"),
                        "model": _ending(item, MODELS),
                        "serial": _text(item, "serial"),
                        "kind": _ending(item, TYPES),
                        "hostname": _text(item, "name"),
                        "ip": " ".join(addresses.get(key, ())),
                        "mac": " ".join(ports.get(key, ())),
                        "department": _text(item, "groups_id"),
                        "room": _text(item, "locations_id"),
                        "supplier": _text(bought, "suppliers_id"),
                        "criticality": _text(bought, "businesscriticities_id"),
                    },
                )
    finally:
        session.close()


class Session:
    """A session of GLPI's REST API."""

    def __init__(self, settings: Settings) -> None:
        own = settings.glpi
        headers = {"App-Token": str(own.app_token)} if own.app_token else {}
        self._client = Client(own.url, headers, ca_file=own.ca_file, proxy=own.proxy, rate=own.rate)
        if own.user_token:
            who = f"user_token {own.user_token}"
        else:
            who = f"Basic {base64.b64encode(f'{own.user}:{own.password}'.encode()).decode()}"
        said = self._client.ask("GET", "apirest.php/initSession", headers={"Authorization": who})
        token = said.get("session_token") if isinstance(said, dict) else None
        if not isinstance(token, str):
            raise PushError(f"{self._client.host} answers with something that is not GLPI's; check the URL")
        self._headers = {"Session-Token": token}

    def all(self, type_: str) -> Iterator[Json]:
        """Every item of a type, names instead of ids."""
        for begin in range(0, LINES_MAX * 4, RANGE):
            query = f"expand_dropdowns=true&get_hateoas=false&range={begin}-{begin + RANGE - 1}"
            try:
                page = self._client.ask("GET", f"apirest.php/{quote(type_, safe='')}/?{query}", headers=self._headers)
            except RefusedError as error:
                if begin and "ERROR_RANGE_EXCEED_TOTAL" in str(error):
                    return
                raise
            if not isinstance(page, list) or not all(isinstance(item, dict) for item in page):
                raise PushError(f"{self._client.host} answers with something that is not GLPI's; check the URL")
            yield from page
            if len(page) < RANGE:
                return

    def close(self) -> None:
        """Ends the session; one that cannot be ended runs out."""
        with suppress(PushError):
            self._client.ask("GET", "apirest.php/killSession", headers=self._headers)


def _device(item: Json) -> int:
    found = related(related(item, "assigned_object"), "device").get("id")
    return found if isinstance(found, int) else 0


def _unconfirmed(device: Json) -> bool:
    tags = [word(tag.get("slug")) for tag in device.get("tags") or () if isinstance(tag, dict)]
    return word(device.get("status")) == "staged" and TAG["slug"] in tags


def _gathered(items: Iterator[Json], type_: str, id_: str, text: str) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for item in items:
        if said := _text(item, text):
            found[_text(item, type_), _text(item, id_)].append(said)
    return found


def _ending(item: Mapping[str, object], end: str) -> str:
    """The column of a type's own: peripheralmodels_id, networkequipmentmodels_id ..."""
    return next((_text(item, name) for name in sorted(item) if name.endswith(end)), "")


def _text(item: Mapping[str, object], name: str) -> str:
    """A cell as text: GLPI escapes it, and writes a hard blank where there is nothing."""
    value = item.get(name)
    if isinstance(value, list):  # groups of GLPI 11
        return ", ".join(text for text in map(str, value) if text)
    return html.unescape(str(value)).replace("\xa0", " ").strip() if isinstance(value, str | int) else ""
