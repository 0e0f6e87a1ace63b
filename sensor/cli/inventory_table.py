"""The list of devices as a table: what a biomedical engineer looks for first, in two lines a device if need be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from sensor.cli.show import Column, note, table, width
from sensor.correlate.listed import MAKER, MODEL, NETWORK_MAKER, SERIAL, Listed
from sensor.times import day_of

WIDE = 150  # columns of a terminal from which on one line a device is enough
ID_MIN = 7  # characters of an id that are shown at least
COLUMNS = ("ID", "Kind", "Maker", "Model", "Serial", "Name", "AE", "IP", "MAC", "Last seen")
STACKED = (("ID", "Last seen"), ("Kind",), ("Maker", "Model"), ("Serial",), ("Name", "AE"), ("IP", "MAC"))
WHOLE = ("ID", "IP", "MAC", "Last seen")  # never cut short


def show(devices: list[Listed], *, hidden: int, id_length: int) -> None:
    """By kind and name; what has no kind comes last. A maker in parentheses is that of the network interface, all that
    the hardware address tells. hidden: unconfirmed addresses that are not among them."""
    names = kind_names()
    devices.sort(key=lambda one: (one.kind in ("", "unknown"), names(one.kind).casefold(), one.name.casefold(), one.id))
    rows: Iterable[Sequence[str]] = (_cells(one, names, max(id_length, ID_MIN)) for one in devices)
    groups: Iterable[tuple[str, ...]] = ((title,) for title in COLUMNS)
    if width() < WIDE:
        groups = STACKED
        places = [[COLUMNS.index(title) for title in group] for group in STACKED]
        rows = (["\n".join([row[at] for at in group]) for group in places] for row in rows)
    table([Column(" / ".join(group).replace("Last ", ""), keep=group[0] in WHOLE) for group in groups], rows)
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


def _cells(one: Listed, names: Callable[[str], str], id_length: int) -> tuple[str, ...]:
    """In the order of the columns."""
    values = one.values
    named = values.get(MAKER) or values.get(NETWORK_MAKER, "")
    if named and not one.sure_of_maker:
        named = f"({named})"
    held = one.addresses
    if len(held) > 1:
        held = tuple(sorted(held, key=lambda tenure: (-tenure.until, tenure.ip)))
    ip = _first([tenure.ip for tenure in held])
    mac = one.interfaces[0] if one.interfaces else ""
    if one.parent and not ip and not mac:
        ip = f"behind {one.parent[:id_length]}"
    return (
        one.id[:id_length],
        names(one.kind) + ("" if one.is_certain else " ?"),
        named,
        values.get(MODEL, ""),
        values.get(SERIAL, ""),
        one.name,
        _first([name for name in one.applications if name != one.name]),
        ip,
        mac,
        day_of(one.last_seen),
    )


def _first(several: list[str]) -> str:
    if len(several) <= 1:
        return several[0] if several else ""
    distinct = list(dict.fromkeys(several))
    return distinct[0] + (f" +{len(distinct) - 1}" if len(distinct) > 1 else "")


def _hidden(count: int) -> str:
    return f" ({count} unconfirmed hidden: --unconfirmed)" if count else ""
