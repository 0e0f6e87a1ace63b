"""The list of devices as a table: what a biomedical engineer looks for first, in two lines a device if need be."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sensor.cli.show import Column, note, table, width
from sensor.correlate.device import Device
from sensor.times import moment

WIDE = 150  # columns of a terminal from which on one line a device is enough
ID_MIN = 7  # characters of an id that are shown at least
COLUMNS = ("ID", "Kind", "Maker", "Model", "Serial", "Name", "AE", "IP", "MAC", "Last seen")
STACKED = (("ID", "Last seen"), ("Kind",), ("Maker", "Model"), ("Serial",), ("Name", "AE"), ("IP", "MAC"))
WHOLE = ("ID", "IP", "MAC", "Last seen")  # never cut short


def show(devices: list[Device], *, hidden: int, id_length: int) -> None:
    """By kind and name; what has no kind comes last. A maker in parentheses is that of the network interface, all that
    the hardware address tells. hidden: unconfirmed addresses that are not among them."""
    names = kind_names()
    devices.sort(key=lambda one: (one.kind in ("", "unknown"), names(one.kind).casefold(), one.name.casefold(), one.id))
    groups = tuple((title,) for title in COLUMNS) if width() >= WIDE else STACKED
    rows = [_cells(one, names, max(id_length, ID_MIN)) for one in devices]
    table(
        [Column(" / ".join(group).replace("Last ", ""), keep=group[0] in WHOLE) for group in groups],
        [["\n".join(row[title] for title in group) for group in groups] for row in rows],
    )
    if devices:
        unknown = sum(one.kind in ("", "unknown") for one in devices)
        settle = f" {unknown} of unknown kind: sensor coverage says what would settle them." if unknown else ""
        note(f"{len(devices)} devices{_hidden(hidden)}.{settle} Why: sensor devices why ID")
    else:
        note(f"no devices{_hidden(hidden)}; read a capture first: sensor read CAPTURE")


def kind_names() -> Callable[[str], str]:
    """Kind -> its name in English; a kind without one is shown as it is."""
    from sensor.fingerprint.load import read

    kinds: Mapping[str, str] = {kind.kind: kind.en for kind in read().words.kinds.values()}
    return lambda kind: kinds.get(kind, kind)


def value(device: Device, name: str) -> str:
    """The value of an attribute, "" where the device has none."""
    return next((one.believed.value for one in device.attributes if one.name == name), "")


def _cells(one: Device, names: Callable[[str], str], id_length: int) -> dict[str, str]:
    maker = next((each for each in one.attributes if each.name == "manufacturer"), None)
    named = maker.believed.value if maker else value(one, "network_maker")
    if named and (maker is None or maker.by_address_alone):
        named = f"({named})"
    ip = _first([tenure.ip for tenure in sorted(one.addresses, key=lambda tenure: (-tenure.until, tenure.ip))])
    mac = one.interfaces[0] if one.interfaces else ""
    if one.parent and not ip and not mac:
        ip = f"behind {one.parent[:id_length]}"
    return {
        "ID": one.id[:id_length],
        "Kind": names(one.kind) + (" ?" if one.state != "device" else ""),
        "Maker": named,
        "Model": value(one, "model"),
        "Serial": value(one, "serial"),
        "Name": one.name,
        "AE": _first([name for name in one.applications if name != one.name]),
        "IP": ip,
        "MAC": mac,
        "Last seen": moment(one.last_seen)[:10],
    }


def _first(several: list[str]) -> str:
    distinct = list(dict.fromkeys(several))
    if not distinct:
        return ""
    return distinct[0] + (f" +{len(distinct) - 1}" if len(distinct) > 1 else "")


def _hidden(count: int) -> str:
    return f" ({count} unconfirmed hidden: --unconfirmed)" if count else ""
