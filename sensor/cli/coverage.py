"""`sensor coverage`: what could not be seen, and what would change that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from sensor.cli import options

if TYPE_CHECKING:
    from sensor.correlate.coverage import Coverage, Unsettled
    from sensor.store.store import Store

LISTED = 20  # devices and addresses shown; all are in the JSON

Losses = Sequence[tuple[str, int, str]]


@click.command()
@options.site
@options.database
@options.as_json
def coverage(site: str, db: str, as_json: bool) -> None:
    """What could not be seen: one-way VLANs, encryption, losses, uncertain addresses, unknown kinds."""
    with options.inventory(db) as store:
        found, ambiguous = _computed(store, site), store.ambiguous(site)
        lost = _lost(store, site)
    if as_json:
        from sensor.cli.show import objects

        objects([_object(site, found, ambiguous, lost)])
    else:
        _show(found, ambiguous, lost)


def _computed(store: Store, site: str) -> Coverage:
    from sensor.correlate.coverage import coverage as run
    from sensor.fingerprint.check import pattern_files
    from sensor.fingerprint.load import read, site_folders
    from sensor.fingerprint.rules import Rules
    from sensor.store.reads import Wanted

    prints = read(site=site_folders())
    readable = {*pattern_files(prints), *prints.like}
    devices = list(store.devices(site))
    conversations = store.conversations(Wanted(site=site))
    rules = Rules(prints)
    return run(devices, store.site_evidence(site), conversations, rules.apply, readable, rules.covers)


def _lost(store: Store, site: str) -> Losses:
    from sensor.cli.summary import meaning
    from sensor.correlate.coverage import losses
    from sensor.store.reads import Wanted

    return losses((origin.counters for origin in store.origins(Wanted(site=site))), meaning)


def _show(found: Coverage, ambiguous: int, lost: Losses) -> None:
    from sensor.cli.show import line, number, size
    from sensor.correlate.coverage import SETTLES
    from sensor.names import shown

    traffic = found.traffic
    line("Seen", style="bold")
    line(f"  {number(found.devices)} devices, {number(found.unconfirmed)} unconfirmed addresses")
    for vlan in found.vlans:
        name = f"VLAN {vlan.vlan}" if vlan.vlan else "untagged"
        way = "  one way only: nobody was ever answered; mirror both directions" if vlan.one_way else ""
        counts = f"{number(vlan.hosts)} senders, {number(vlan.answered)} answered"
        line(shown(f"  {vlan.sensor}  {name}: {counts}{way}"))
    line("Traffic", style="bold")
    line(f"  {size(traffic.total)}, {_share(traffic.encrypted, traffic.total)} encrypted{_top(traffic.by_protocol)}")
    line(f"  {_share(traffic.unrecognised, traffic.total)} of no protocol that is known here")
    line(f"  {number(traffic.one_sided)} of {number(traffic.conversations)} conversations lack a direction")
    line("Not read", style="bold")
    for name, count, says in lost:
        line(shown(f"  {number(count):>12}  {says} ({name})"))
    if not lost:
        line("  nothing was lost")
    line("Addresses", style="bold")
    line(f"  {number(ambiguous)} rows of evidence count for no device: it is not certain who had the address")
    hands = [*found.changed_hands[:LISTED], *(["..."] if len(found.changed_hands) > LISTED else [])]
    line(shown(f"  {number(len(found.changed_hands))} addresses changed hands  {' '.join(hands)}".rstrip()))
    line("Kinds unknown, or known in general only", style="bold")
    by_missing: dict[str, list[Unsettled]] = {}
    for one in found.unsettled:
        by_missing.setdefault(one.missing, []).append(one)
    for missing, devices in sorted(by_missing.items(), key=lambda item: (-len(item[1]), item[0])):
        line(f"  {number(len(devices))} would be settled by {SETTLES[missing]}")
        for one in devices[:LISTED]:
            line(shown(f"    {_told(one)}"))
        if len(devices) > LISTED:
            line(f"    and {number(len(devices) - LISTED)} more: --json")
    if not found.unsettled:
        line("  none")


def _told(one: Unsettled) -> str:
    texts = "".join(f"  {observable} = {text}" for observable, text in one.texts)
    kinds = "".join(f"  {kind} ({int(confidence * 100)}%)?" for kind, confidence in one.considered)
    return f"{one.id}  {one.name}{texts}{kinds}"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "0 %"


def _top(by_protocol: Counter[str]) -> str:
    names = [name or "unrecognised" for name, _ in by_protocol.most_common(5)]
    return f" ({', '.join(names)})" if names else ""


def _object(site: str, found: Coverage, ambiguous: int, lost: Losses) -> dict[str, Any]:
    from msgspec import structs

    from sensor.correlate.coverage import SETTLES

    traffic = found.traffic
    return {
        "site": site,
        "devices": found.devices,
        "unconfirmed": found.unconfirmed,
        "vlans": [structs.asdict(vlan) | {"one_way": vlan.one_way} for vlan in found.vlans],
        "bytes": traffic.total,
        "encrypted": traffic.encrypted,
        "encrypted_by_protocol": dict(sorted(traffic.by_protocol.items())),
        "unrecognised": traffic.unrecognised,
        "conversations": traffic.conversations,
        "one_sided": traffic.one_sided,
        "losses": [{"counter": name, "count": count, "means": says} for name, count, says in lost],
        "ambiguous_rows": ambiguous,
        "changed_hands": found.changed_hands,
        "unknown_kinds": [
            {
                "id": one.id,
                "name": one.name,
                "missing": one.missing,
                "settled_by": SETTLES[one.missing],
                "texts": [{"observable": observable, "text": text} for observable, text in one.texts],
                "considered": [{"kind": kind, "confidence": confidence} for kind, confidence in one.considered],
            }
            for one in found.unsettled
        ],
    }
