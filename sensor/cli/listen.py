"""`sensor listen`: interfaces into the inventory, until told to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sensor.cli.options import database, networks, sensor, setting, site

if TYPE_CHECKING:
    from sensor.service.supervisor import Listening, Reload


@click.command()
@click.option(
    "-i",
    "--interface",
    "interfaces",
    multiple=True,
    default=setting("listen.interfaces"),
    metavar="IFACE",
    help="The interface to listen on; repeat it for several.",
)
@click.option(
    "--receiver",
    type=click.Choice(["ring", "socket", "libpcap"]),
    default=setting("listen.receiver"),
    help="How frames are received; where a ring is refused, a plain socket is used.",
)
@click.option(
    "--ring",
    type=click.IntRange(4, 16_384),
    default=setting("listen.ring"),
    metavar="MIB",
    help="Memory for the frames of one interface that wait.",
)
@click.option(
    "--snap",
    type=click.IntRange(0, 262_144),
    default=setting("listen.snap"),
    metavar="BYTES",
    help="Keep only so much of a frame; 0: all of it.",
)
@click.option(
    "--filter", default=setting("listen.filter"), metavar="TEXT", help="What to hear, as pcap-filter(7) says."
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=setting("listen.workers"),
    metavar="N",
    help="Processes that share the flows of one interface.",
)
@click.option(
    "--interval",
    type=click.FloatRange(0.5, 3600),
    default=setting("listen.interval"),
    metavar="SECONDS",
    help="How often what was seen goes to the inventory.",
)
@click.option("--user", default=setting("listen.user"), help="Who the workers run as; default: auscult, else nobody.")
@click.option(
    "--metrics",
    default=setting("listen.metrics"),
    metavar="ADDRESS:PORT",
    help="Serve metrics for Prometheus there, on this machine only: 127.0.0.1:9464.",
)
@click.option("--no-sandbox", is_flag=True, help="Start even if system calls cannot be filtered.")
@click.option("--with-address", is_flag=True, help="Listen although the machine itself talks on the interface.")
@click.option("--no-promiscuous", is_flag=True, help="Hear only what is for this machine, and broadcasts.")
@click.option("--log-json", is_flag=True, help="Log as JSON Lines.")
@database
@site
@sensor
@networks
def listen(
    interfaces: tuple[str, ...],
    receiver: str,
    ring: int,
    snap: int,
    filter: str,  # noqa: A002 - the option's name
    workers: int,
    interval: float,
    user: str,
    metrics: str,
    no_sandbox: bool,
    with_address: bool,
    no_promiscuous: bool,
    log_json: bool,
    db: str,
    site: str,
    sensor: str,
    networks: tuple[str, ...],
) -> int:
    """Listen on interfaces, never sending, and keep the inventory. SIGTERM and Ctrl-C end it in order."""
    from sensor.capture.live import Options
    from sensor.capture.live_filter import FilterError
    from sensor.cli.options import settings
    from sensor.service.metrics import MetricsError
    from sensor.service.notify import Log
    from sensor.service.privileges import UserError
    from sensor.service.supervisor import Listening, Supervisor

    names = tuple(dict.fromkeys(interfaces))
    if not names:
        raise click.UsageError("no interface; name one with -i (see: ip link)")
    promiscuous = settings().listen.promiscuous and not no_promiscuous
    wanted = Listening(
        names,
        db,
        site,
        sensor,
        networks,
        Options(receiver, ring, snap, filter, workers, promiscuous),
        interval,
        user,
        not no_sandbox,
        with_address,
        settings().listen.spool,
        settings().listen.spool_max,
        settings().retention,
        metrics,
    )
    try:
        return Supervisor(wanted, Log(json=log_json), _reloader(click.get_current_context(), wanted)).run()
    except (FilterError, MetricsError, UserError) as error:
        raise click.UsageError(str(error)) from None


def _reloader(ctx: click.Context, wanted: Listening) -> Reload:
    """Reads the settings file again. What was said on the command line still goes before it."""
    from msgspec.structs import replace

    from sensor.config import load

    given = {name for name in ctx.params if ctx.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT}
    path = ctx.find_root().params.get("config")

    def reload() -> Listening:
        found = load(path)
        listening = found.listen
        new = {
            name: getattr(listening, name)
            for name in ("receiver", "ring", "snap", "filter", "workers", "promiscuous")
            if name not in given and not (name == "promiscuous" and "no_promiscuous" in given)
        }
        return replace(
            wanted,
            options=replace(wanted.options, **new),
            interval=wanted.interval if "interval" in given else listening.interval,
            interfaces=wanted.interfaces if "interfaces" in given else listening.interfaces,
            networks=wanted.networks if "networks" in given else found.site.networks,
        )

    return reload
