"""Options that many commands take, and the inventory they name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sensor.config import Settings
    from sensor.correlate.device import Device
    from sensor.store.reads import Wanted
    from sensor.store.store import Store


def settings() -> Settings:
    """The settings in use, read when first asked for."""
    from sensor.config import load

    root = click.get_current_context().find_root()
    if root.obj is None:
        root.obj = load(root.params.get("config"))
    found: Settings = root.obj
    return found


def setting(path: str) -> Callable[[], Any]:
    """A default that the settings give."""
    return lambda: attrgetter(path)(settings())


def _with_password(ctx: click.Context, param: click.Parameter, url: str) -> str:  # noqa: ARG001  # click's signature
    """A server's URL with the password of the settings, where it has none of its own."""
    scheme, found, rest = url.partition("://")
    user, at, place = rest.partition("@")
    if not (found and at and scheme.startswith("postgresql")) or ":" in user or not settings().database.password:
        return url
    from urllib.parse import quote

    return f"{scheme}://{user}:{quote(settings().database.password, safe='')}@{place}"


database = click.option(
    "--db",
    default=setting("database.url"),
    callback=_with_password,
    envvar="SENSOR_DB",
    show_default="database.url of the settings, else sqlite:///inventory.db",
    metavar="URL",
    help="The inventory.",
)
site = click.option(
    "--site",
    default=setting("site.name"),
    show_default="site.name of the settings, else main",
    help="The site that this is about.",
)
sensor = click.option(
    "--sensor",
    default=setting("sensor.name"),
    show_default="sensor.name of the settings, else sensor",
    help="The sensor that saw it.",
)
only_site = click.option("--site", default="", help="Only of this site.")
only_sensor = click.option("--sensor", default="", help="Only from this sensor.")
only_origin = click.option("--origin", default="", metavar="CAPTURE", help="Only from this capture: its name or id.")
only_day = click.option("--day", default="", metavar="YYYY-MM-DD", help="Only of this day (UTC).")
only_protocol = click.option("--protocol", default="", help="Only of this protocol.")
only_device = click.option("--device", metavar="ID", help="Only about this device.")
only_ip = click.option("--ip", default="", help="Only about this address.")
only_mac = click.option("--mac", default="", help="Only about this hardware address.")
as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


def all_of(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Several options as one decorator, shown in this order."""

    def decorate(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def listing(*filters: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """What every command that lists rows takes, behind filters of its own."""
    common = (only_protocol, only_origin, only_day, only_site, only_sensor, database, as_json)
    return all_of(*filters, *common)


@contextmanager
def inventory(db: str, *, write: bool = False) -> Iterator[Store]:
    """The inventory, which must be there. An id that names no device is wrong use."""
    from sensor.store.error import UnknownDecisionError, UnknownDeviceError
    from sensor.store.store import Store

    with Store.open(db, create=False, write=write) as store:
        try:
            yield store
        except (UnknownDeviceError, UnknownDecisionError) as error:
            raise click.UsageError(str(error)) from None


def wanted(store: Store, *, device: str | None = None, mac: str = "", **asked: Any) -> Wanted:
    """What was asked for; `device` may be an alias or the beginning of an id."""
    from sensor.store.reads import Wanted

    found: Device | None = None if device is None else store.device(device)
    return Wanted(device=found.id if found else "", mac=mac.lower().replace("-", ":"), **asked)


def _site_rules(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> None:  # noqa: ARG001  # click's signature
    """For this command the environment names the folders that were given."""
    from sensor.fingerprint.load import SITE_RULES

    if given:
        before = os.environ.get(SITE_RULES, "")
        os.environ[SITE_RULES] = os.pathsep.join(given)
        ctx.call_on_close(lambda: os.environ.update({SITE_RULES: before}))


site_rules = click.option(
    "--rules",
    multiple=True,
    envvar="SENSOR_RULES",
    metavar="DIR",
    type=click.Path(file_okay=False),
    callback=_site_rules,
    expose_value=False,
    help="A folder with rules of the site's own (repeat it; in the environment with a colon between).",
)


def _networks(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    from sensor.config import is_network

    for text in given:
        if not is_network(text):
            raise click.BadParameter(f"{text!r} is not a network; write it like 10.0.0.0/8", ctx, param)
    return given or settings().site.networks


networks = click.option(
    "--network",
    "networks",
    multiple=True,
    envvar="SENSOR_NETWORKS",
    metavar="CIDR",
    callback=_networks,
    help="A network of the site (repeat it; default: site.networks of the settings, else the private ranges)."
    " Addresses outside are never devices.",
)
