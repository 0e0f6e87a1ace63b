"""`sensor doctor`: is this a useful mirror, and is the rest in order?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sensor.cli.options import as_json, database, setting

if TYPE_CHECKING:
    from sensor.service.doctor import Examined

SIGNS = {"ok": "ok      ", "warning": "warning ", "problem": "PROBLEM "}


@click.command()
@click.argument("captures", nargs=-1, metavar="[CAPTURE]...")
@click.option(
    "-i",
    "--interface",
    "interfaces",
    multiple=True,
    metavar="IFACE",
    help="Look at what comes on this interface (repeat it); default: listen.interfaces of the settings.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(0.1, 600),
    default=10.0,
    show_default=True,
    help="How long to look at each interface.",
)
@click.option("--user", default=setting("listen.user"), help="Who workers are to run as.")
@database
@as_json
def doctor(
    captures: tuple[str, ...], interfaces: tuple[str, ...], seconds: float, user: str, db: str, as_json: bool
) -> int:
    """Is this a useful mirror? Judges a sample of an interface or of a capture, and what listening needs.

    Exit code 1 if there is a problem. Nothing is kept.
    """
    from sensor.capture.health import PROBLEM, worst
    from sensor.cli.options import settings
    from sensor.service.doctor import Request, examine

    names = interfaces or (() if captures else settings().listen.interfaces)
    request = Request(db, tuple(dict.fromkeys(names)), captures, seconds, user, settings().listen.spool)
    found = False
    for examined in examine(request):
        _show(examined, as_json=as_json)
        found = found or worst(examined.checks) == PROBLEM
    return int(found)


def _show(examined: Examined, *, as_json: bool) -> None:
    from sensor.cli.show import line, objects
    from sensor.names import shown

    if as_json:
        objects([_object(examined)])
        return
    line(shown(examined.what), style="bold")
    for check in examined.checks:
        line(f"  {SIGNS[check.level]}{shown(check.says)}")
        if check.do:
            line(f"            -> {shown(check.do)}")


def _object(examined: Examined) -> dict[str, Any]:
    from msgspec import structs

    return {
        "what": examined.what,
        "checks": [structs.asdict(check) for check in examined.checks],
        "sample": None if examined.sample is None else structs.asdict(examined.sample),
    }
