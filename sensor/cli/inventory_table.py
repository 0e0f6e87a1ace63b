"""The list of devices as a table: what a biomedical engineer looks for first, in two lines a device if need be."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sensor.cli.show import Column, note, table, width
from sensor.correlate.device import Device
from sensor.times import moment

WIDE = 150  # columns of a terminal from which on one line a device is enough
SHORT_ID = 7  # characters that tell devices apart; a longer piece is asked for where they do not
COLUMNS = (
    (Column("ID", keep=True),),
    (Column("Kind"),),
    (Column("Maker"), Column("Model")),
    (Column("Serial"),),
    (Column("Name"), Column("AE")),
    (Column("IP", keep=True), Column("MAC", keep=True)),
    (Column("Last seen", keep=True),),
)


def show(devices: list[Device], *, hidden: int) -> None:
    """By kind and name; what has no kind comes last. hidden: unconfirmed addresses that are not among them."""
    names = kind_names()
    devices.sort(key=lambda one: (one.kind in ("", "unknown"), names(one.kind).casefold(), one.name.casefold(), one.id))
    if width() >= WIDE:
        columns = [column for group in COLUMNS for column in group]
        table(columns, [[cell for group in _cells(one, names) for cell in group] for one in devices])
    else:
        columns = [Column(" / ".join(c.title for c in group), keep=group[0].keep) for group in COLUMNS]
        table(columns, [["\n".join(group) for group in _cells(one, names)] for one in devices])
    if devices:
        note(f"{len(devices)} devices{_hidden(hidden)}. Why: sensor devices why ID")
    else:
        note(f"no devices{_hidden(hidden)}; read a capture first: sensor read CAPTURE")


def kind_names() -> Callable[[str], str]:
    """Kind -> its name in English; a kind without one is shown as it is."""
    from sensor.fingerprint.load import read

    kinds: Mapping[str, str] = {kind.kind: kind.en for kind in read().words.kinds.values()}
    return lambda kind: kinds.get(kind, kind)


def value(device: Device, *names: str) -> str:
    """The first of these attributes that the device has."""
    believed = {one.name: one.believed.value for one in device.attributes}
    return next((believed[name] for name in names if name in believed), "")


def _cells(one: Device, names: Callable[[str], str]) -> tuple[tuple[str, ...], ...]:
    maker = value(one, "manufacturer")
    if not maker and value(one, "network_maker"):
        maker = f"({value(one, 'network_maker')})"
    return (
        (one.id[:SHORT_ID],),
        (names(one.kind) + (" ?" if one.state != "device" else ""),),
        (maker, value(one, "model", "product")),
        (value(one, "serial"),),
        (one.name, _first([name for name in one.applications if name != one.name])),
        _where(one),
        (moment(one.last_seen)[:10],),
    )


def _where(one: Device) -> tuple[str, str]:
    """The address it had last, and its hardware address; of what is only spoken of, the device that speaks of it."""
    ip = _first([tenure.ip for tenure in sorted(one.addresses, key=lambda tenure: (-tenure.until, tenure.ip))])
    mac = one.interfaces[0] if one.interfaces else ""
    if one.parent and not ip and not mac:
        return f"behind {one.parent[:SHORT_ID]}", ""
    return ip, mac


def _first(several: list[str] | tuple[str, ...]) -> str:
    distinct = list(dict.fromkeys(several))
    if not distinct:
        return ""
    return distinct[0] + (f" +{len(distinct) - 1}" if len(distinct) > 1 else "")


def _hidden(count: int) -> str:
    return f" ({count} unconfirmed hidden: --unconfirmed)" if count else ""
