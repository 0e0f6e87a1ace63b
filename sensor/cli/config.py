"""`sensor config`: are the settings right, and what are they?"""

from __future__ import annotations

from pathlib import Path

import click

from sensor.cli.options import as_json


@click.group()
def config() -> None:
    """Check and show the settings."""


@config.command()
@click.argument("file", required=False, type=click.Path(path_type=Path), metavar="[FILE]")
def check(file: Path | None) -> None:
    """Say whether the settings can be used, and from where they are taken. Without FILE: those in use."""
    from sensor.cli.show import note
    from sensor.config import load, source

    file = file or click.get_current_context().find_root().params.get("config") or source()
    load(file)
    note(f"{file or 'no file, only defaults'}: in order")


@config.command()
@as_json
def show(as_json: bool) -> None:
    """Show every setting in use, but no secret."""
    from sensor.cli.options import settings
    from sensor.config import shown

    if as_json:
        from sensor.cli.show import objects

        objects([shown(settings())])
        return
    import msgspec

    for section, table in shown(settings()).items():
        click.echo(f"[{section}]")
        for name, value in table.items():
            click.echo(f"{name} = {msgspec.json.encode(value).decode()}")
        click.echo()
