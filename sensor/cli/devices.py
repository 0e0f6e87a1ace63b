"""`sensor devices`: what is on the network, and why we think so."""

from __future__ import annotations

import click

from sensor.cli.options import as_json, database, inventory, networks, only_site, site


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
@only_site
@database
@as_json
def list_(kinds: tuple[str, ...], unconfirmed: bool, site: str, db: str, as_json: bool) -> None:
    """List the devices."""
    from sensor.cli import inventory_table
    from sensor.correlate.device import DEVICE, UNCONFIRMED

    states = (DEVICE, UNCONFIRMED) if unconfirmed else (DEVICE,)
    with inventory(db) as store:
        found = (one for one in store.devices(site or None, states) if not kinds or one.kind in kinds)
        if as_json:
            from sensor.cli.show import objects
            from sensor.export import jsonl

            objects(jsonl.device(one) for one in found)
        else:
            hidden = 0 if unconfirmed else store.count_devices(UNCONFIRMED, site or None)
            inventory_table.show(list(found), hidden=hidden, id_length=store.id_length())


@devices.command()
@click.argument("id_", metavar="ID")
@database
@as_json
def show(id_: str, db: str, as_json: bool) -> None:
    """Show all that is known of a device. ID may be an earlier id of it, or its beginning."""
    with inventory(db) as store:
        found = store.device(id_)
        behind = [one for one in store.devices(found.site) if one.parent == found.id]
    if as_json:
        from sensor.cli.show import objects
        from sensor.export import jsonl

        objects([jsonl.whole_device(found, (one.id for one in behind))])
    else:
        from sensor.cli import device_card

        device_card.show(found, behind)


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


@devices.command()
@site
@networks
@database
def rebuild(site: str, networks: tuple[str, ...], db: str) -> None:
    """Compute all devices of a site anew from the evidence, with the rules of today."""
    from sensor.cli.show import note
    from sensor.service.inventory import rebuild as run

    with inventory(db, write=True) as store:
        count = run(store, site, networks)
    note(f"{count} devices")
