"""What a list says of a device, beside what was seen of it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from sensor.correlate.device import Device
from sensor.reconcile.entry import Entry, addresses, host_name, host_names, macs, plain, same_maker, serial, several
from sensor.reconcile.match import MakerOf


class Difference(Struct, frozen=True):
    """field: name in `sensor.reconcile.entry.FIELDS`. listed and seen: as written, and as believed."""

    field: str
    listed: str
    seen: str


def differences(entry: Entry, device: Device, maker_of: MakerOf) -> Iterator[Difference]:
    """Where both say something and it is not the same. A text within the other is the same: people shorten."""
    believed = {one.name: [b.value for b in (one.believed, *one.also)] for one in device.attributes}
    listed = entry.fields
    makers = believed.get("manufacturer", [])
    if (
        (text := listed.get("manufacturer"))
        and makers
        and not any(same_maker(maker_of(text) or text, m) for m in makers)
    ):
        yield Difference("manufacturer", text, makers[0])
    for name in ("model", "department"):
        if (text := listed.get(name)) and (known := believed.get(name)) and not any(_alike(text, one) for one in known):
            yield Difference(name, text, known[0])
    if (text := listed.get("serial")) and (known := believed.get("serial")) and serial(text) not in map(serial, known):
        yield Difference("serial", text, known[0])
    if text := listed.get("hostname"):
        names = [name for name in (*believed.get("hostname", ()), device.name) if name]
        if names and not set(host_names(text)) & {host_name(name) for name in names}:
            yield Difference("hostname", text, names[0])
    titles = {name.upper() for name in device.applications}
    if (text := listed.get("ae_title")) and titles and not titles & {one.upper() for one in several(text)}:
        yield Difference("ae_title", text, " ".join(device.applications))
    held = list(dict.fromkeys(tenure.ip for tenure in device.addresses))
    if (text := listed.get("ip")) and held and not set(addresses(text)) & set(held):
        yield Difference("ip", text, " ".join(held))
    if (text := listed.get("mac")) and device.interfaces and not set(macs(text)) & set(device.interfaces):
        yield Difference("mac", text, " ".join(device.interfaces))


def _alike(one: str, other: str) -> bool:
    short, long = sorted((plain(one).replace(" ", ""), plain(other).replace(" ", "")), key=len)
    return bool(short) and short in long
