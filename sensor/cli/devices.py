"""`sensor devices`: what is on the network, and why we think so."""

from __future__ import annotations

import getpass
import time
from collections.abc import Callable
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

import click

from sensor.cli.options import all_of, as_json, database, inventory, networks, only_site, settings, site, site_rules

if TYPE_CHECKING:
    from sensor.correlate.decisions import Decision
    from sensor.correlate.device import Device
    from sensor.correlate.lifecycle import Life
    from sensor.correlate.veiled import Veiled
    from sensor.store.store import Store


DAY = click.DateTime(["%Y-%m-%d"])
ADDRESSES_MAX = 16  # of one device whose conversations are looked through for what is encrypted

deciding = all_of(
    click.option("--by", default=getpass.getuser, show_default="you", metavar="NAME", help="Who decides."),
    networks,
    database,
)


class Devices(click.Group):
    """`sensor devices` alone, or with options, lists them."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Puts `list` where no command is named."""
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args.insert(0, "list")
        return super().parse_args(ctx, args)


@click.group(cls=Devices)
def devices() -> None:
    """What is on the network, and why we think so. Without a command: list."""


@devices.command("list")
@click.option("--kind", "kinds", multiple=True, help="Only of this kind (ct_scanner); may be given several times.")
@click.option("--unconfirmed", is_flag=True, help="Also addresses that sent one frame and got no answer.")
@click.option("--at", "day", type=DAY, metavar="YYYY-MM-DD", help="As they were at the end of that day (UTC).")
@only_site
@networks
@database
@as_json
def list_(
    kinds: tuple[str, ...],
    unconfirmed: bool,
    day: datetime | None,
    site: str,
    networks: tuple[str, ...],
    db: str,
    as_json: bool,
) -> None:
    """List the devices."""
    from sensor.cli import inventory_table
    from sensor.correlate.device import DEVICE, UNCONFIRMED
    from sensor.correlate.listed import listed, summary
    from sensor.service.collecting import no_collections

    states = (DEVICE, UNCONFIRMED) if unconfirmed else (DEVICE,)
    with inventory(db) as store:
        past: list[Device] | None = None
        if day is not None:
            from sensor.service.history import at

            past = at(store, site or settings().site.name, day.date(), networks)
            past = [one for one in past if one.state in states and (not kinds or one.kind in kinds)]
        if as_json:
            from sensor.cli.show import objects
            from sensor.export import jsonl

            found = store.summaries(site or None, states, kinds) if past is None else map(summary, past)
            with no_collections():
                objects(map(jsonl.summary, found))
        elif past is not None:
            inventory_table.show([listed(one) for one in past], hidden=0, id_length=store.id_length())
        else:
            hidden = 0 if unconfirmed else store.count_devices(UNCONFIRMED, site or None)
            with no_collections():
                lines = store.listing(site or None, states, kinds)
                inventory_table.show(lines, hidden=hidden, id_length=store.id_length())


@devices.command()
@click.argument("id_", metavar="ID")
@database
@as_json
def show(id_: str, db: str, as_json: bool) -> None:
    """Show all that is known of a device. ID may be an earlier id of it, or its beginning."""
    with inventory(db) as store:
        found = store.device(id_)
        behind = store.behind(found.id)
        life = _life(store, found)
        veil = _veiled(store, found)
    if as_json:
        from sensor.cli import life_card
        from sensor.cli.show import objects
        from sensor.export import jsonl

        more = {"life": life_card.as_object(life), "encrypted": veil.sentences()}
        objects([jsonl.whole_device(found, (one.id for one in behind)) | more])
    else:
        from sensor.cli import device_card, life_card

        device_card.show(found, behind)
        device_card.entry("encrypted", veil.sentences())
        life_card.show(life)


@devices.command()
@click.argument("id_", metavar="ID")
@click.argument("attribute", required=False, default="", metavar="[ATTR]")
@database
@as_json
def why(id_: str, attribute: str, db: str, as_json: bool) -> None:
    """Show the evidence for and against each value of a device, or of one attribute of it."""
    with inventory(db) as store:
        found = store.device(id_)
        labels = store.labels()
        veil = _veiled(store, found)
    asked = [one for one in found.attributes if attribute in ("", one.name)]
    if attribute and not asked:
        names = " ".join(one.name for one in found.attributes)
        raise click.UsageError(f"nothing is known of {attribute!r} of {found.id}; it has: {names or 'no attributes'}")
    if as_json:
        from sensor.cli.show import objects
        from sensor.export import jsonl

        objects(line for one in asked for line in jsonl.reasons(found, one, labels))
    else:
        from sensor.cli import device_card

        device_card.why(found, asked, labels)
        device_card.encrypted(veil.sentences())


@devices.command()
@click.argument("one", metavar="ID")
@click.argument("other", metavar="ID")
@deciding
def merge(one: str, other: str, by: str, networks: tuple[str, ...], db: str) -> None:
    """Say that two devices are one. It stays so, whatever is read later."""
    from sensor.correlate.decisions import merge as decide

    with inventory(db, write=True) as store:
        first = store.device(one)
        decision = _decided(decide, first, store.device(other), store.decisions(first.site), by)
        number = _followed(store, decision, networks)
        now, then = store.device(first.id), store.device(other)
    _tell(number, f"one device now, {now.id}" if now == then else f"not followed: see sensor devices show {now.id}")


@devices.command()
@click.argument("id_", metavar="ID")
@click.argument("part", metavar="PART")
@deciding
def split(id_: str, part: str, by: str, networks: tuple[str, ...], db: str) -> None:
    """Say that PART of a device is another one: a hardware address, an IP address, or an identifier of a component,
    as `show` writes them. From then on nothing but `merge` joins it with others."""
    from sensor.correlate.decisions import concerns
    from sensor.correlate.decisions import split as decide

    with inventory(db, write=True) as store:
        device = store.device(id_)
        decision = _decided(decide, device, part, store.decisions(device.site), by)
        number = _followed(store, decision, networks)
        found = [one.id for one in store.devices(device.site) if concerns(one, decision.subject, decision.seen)]
        _tell(number, f"{part} is {' '.join(found) or 'no device'}")


@devices.command()
@click.argument("id_", metavar="ID")
@click.argument("values", nargs=-1, required=True, metavar="NAME=VALUE...")
@deciding
def label(id_: str, values: tuple[str, ...], by: str, networks: tuple[str, ...], db: str) -> None:
    """Say what an attribute of a device is: name, kind, location, asset, or any other that `show` lists. It goes before
    all that was seen; what was seen stays visible. A later label of the same name takes its place."""
    from sensor.correlate.decisions import label as decide
    from sensor.correlate.decisions import replaced

    pairs = [_pair(text) for text in values]
    with inventory(db, write=True) as store:
        device = store.device(id_)
        known = store.decisions(device.site)
        for name, value in pairs:
            decision = decide(device, name, value, by, time.time_ns())
            before = replaced(device, name, known)
            number = store.decide(decision, (one.number for one in before))
            _tell(number, decision.says() + "".join(f", no longer {one.value}" for one in before))
        _rebuilt(store, device.site, networks)


@devices.command()
@click.argument("number", type=int)
@networks
@database
def undo(number: int, networks: tuple[str, ...], db: str) -> None:
    """Take a decision back, by its number."""
    with inventory(db, write=True) as store:
        gone = store.undo(number)
        _rebuilt(store, gone.site, networks)
    _tell(number, f"taken back: {gone.says()}")


@devices.command()
@only_site
@database
@as_json
def decisions(site: str, db: str, as_json: bool) -> None:
    """List what people decided by merge, split and label."""
    from sensor.cli import decision_list

    with inventory(db) as store:
        found = store.decisions(site)
    decision_list.show(found, as_json=as_json)


@devices.command()
@click.option("--since", type=DAY, required=True, metavar="YYYY-MM-DD", help="From the end of that day (UTC) on.")
@click.option("--until", type=DAY, metavar="YYYY-MM-DD", help="To the end of that day; default: now.")
@site
@networks
@database
@as_json
def changes(
    since: datetime, until: datetime | None, site: str, networks: tuple[str, ...], db: str, as_json: bool
) -> None:
    """Show what became of the devices: new, gone, changed, moved, replaced."""
    from sensor.cli.diff import tell
    from sensor.service.history import changes as run

    with inventory(db) as store:
        found = run(store, site, since.date(), until.date() if until else None, networks)
        tell(found, list(store.devices(site)), as_json=as_json)


@devices.command()
@site
@networks
@site_rules
@database
def rebuild(site: str, networks: tuple[str, ...], db: str) -> None:
    """Compute all devices of a site anew from the evidence, with the rules of today."""
    from sensor.cli.show import note
    from sensor.service.inventory import rebuild as run

    with inventory(db, write=True) as store:
        count = run(store, site, networks)
    note(f"{count} devices")


def _veiled(store: Store, device: Device) -> Veiled:
    """How much of what was seen of a device is encrypted, which is why little may be known of it."""
    from sensor.correlate.veiled import veiled
    from sensor.store.reads import Wanted

    addresses = frozenset(tenure.ip for tenure in device.addresses)
    said = (store.conversations(Wanted(site=device.site, ip=ip)) for ip in sorted(addresses)[:ADDRESSES_MAX])
    return veiled(chain.from_iterable(said), addresses)


def _life(store: Store, device: Device) -> Life:
    """What became of a device until the last frame of its site."""
    from msgspec.structs import replace

    from sensor.correlate.lifecycle import life, replacements, value
    from sensor.fingerprint.load import read
    from sensor.store.reads import Wanted

    now = max((origin.last for origin in store.origins(Wanted(site=device.site))), default=device.last_seen)
    rows, earlier = store.evidence(Wanted(device=device.id, apart=True)), store.sightings(device.id)
    found = life(device, rows, now, read().known.uses, earlier=earlier)
    near = store.near(device) if value(device, "serial") else ()
    replaced = (
        change for change in replacements(near) if device.id in (change.device, change.after.split("(")[-1][:-1])
    )
    return replace(found, changes=tuple(sorted((*found.changes, *replaced))))


def _decided(decide: Callable[..., Decision], *about: Any) -> Decision:
    """The decision, of now. One that contradicts another is wrong use."""
    from sensor.correlate.decisions import ContradictionError

    try:
        return decide(*about, time.time_ns())
    except ContradictionError as error:
        raise click.UsageError(str(error)) from None


def _followed(store: Store, decision: Decision, networks: tuple[str, ...]) -> int:
    """Keeps a decision and computes the devices anew; gives its number."""
    number = store.decide(decision)
    _rebuilt(store, decision.site, networks)
    return number


def _rebuilt(store: Store, site: str, networks: tuple[str, ...]) -> None:
    from sensor.service.inventory import rebuild as run

    run(store, site, networks)


def _tell(number: int, text: str) -> None:
    from sensor.cli.show import note
    from sensor.names import shown

    note(shown(f"decision {number}: {text}"))


def _pair(text: str) -> tuple[str, str]:
    """NAME=VALUE, where NAME is an attribute and VALUE one that it may have."""
    from sensor.fingerprint.load import read

    name, equals, value = text.partition("=")
    words = read().words
    word = words.attributes.get(name)
    if not equals or not value.strip():
        raise click.UsageError(f"{text!r}: write NAME=VALUE, such as location='Room 3'")
    if word is None:
        raise click.UsageError(f"there is no attribute {name!r}; there are: {' '.join(sorted(words.attributes))}")
    if word.words == "makers":
        value = words.maker_named(value) or value
    allowed = {"kinds": words.kinds, "values": word.values}.get(word.words)
    if allowed is not None and value not in allowed:
        near = [one for one in allowed if value.casefold() in one] or sorted(allowed)
        raise click.UsageError(f"{value!r} is no {name}; there are: {' '.join(near)}")
    return name, value.strip()
