"""The command `sensor`. A group's module is imported only when that group is used, so that `--help` is quick."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import click

from sensor.cli.interrupting import never_swallowed
from sensor.service.collecting import COLLECT_EVERY

DONE, ASKED_TO_FAIL, WRONG_USE, NO_ACCESS, INTERRUPTED = 0, 1, 2, 3, 130

COMMANDS = {  # name -> what it does; the module and the command in it have that name too
    "read": "Read captures into the inventory.",
    "listen": "Listen on interfaces, and keep the inventory.",
    "devices": "What is on the network, and why we think so.",
    "evidence": "What was said on the wire, about whom, and where it was seen.",
    "conversations": "Who talks to whom, by which protocol, and how much.",
    "findings": "Security-relevant facts about devices.",
    "coverage": "What could not be seen, and what would change that.",
    "diff": "Compare two inventories, or two days of one.",
    "export": "Write the inventory to a file.",
    "push": "Push the inventory to NetBox, GLPI, a webhook or a SIEM.",
    "reconcile": "Compare a list of equipment with what was seen.",
    "rules": "Check, test and explain the fingerprint rules.",
    "doctor": "Is this a useful mirror, and is the rest in order?",
    "config": "Check and show the settings.",
    "db": "Look after the database.",
}


class Sensor(click.Group):
    """The commands by name, and what becomes of their errors."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """In the order in which they are used."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        """Imports the command's module."""
        if cmd_name not in COMMANDS:
            return None
        found = getattr(import_module(f"sensor.cli.{cmd_name}"), cmd_name)
        return found if isinstance(found, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's signature
        """Without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Two ends that click would deal with in its own way."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # who reads our output has seen enough
            _hush()
            ctx.exit(DONE)
        except KeyboardInterrupt:
            click.echo("sensor: interrupted", err=True)
            ctx.exit(INTERRUPTED)

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Runs a command and ends the program: one line for every error, and the exit codes that the documents name."""
        never_swallowed()
        gc.set_threshold(COLLECT_EVERY)  # modules that are being imported are no garbage
        atexit.register(gc.freeze)  # nor is what lives at the end: looking through it took a fifth of a short command
        try:
            code = super().main(*args, **extra | {"prog_name": "sensor", "standalone_mode": False})
        except click.ClickException as error:
            error.show()
            code = NO_ACCESS if isinstance(error, click.FileError) else max(error.exit_code, WRONG_USE)
        except click.Abort:
            code = INTERRUPTED
        except _wrong_settings() as error:
            click.echo(f"sensor: {error}", err=True)
            code = WRONG_USE
        except _no_access() as error:
            click.echo(f"sensor: {_line(error)}", err=True)
            _hush()
            code = NO_ACCESS
        sys.exit(code if isinstance(code, int) else DONE)


def _hush() -> None:
    """What standard output still holds and cannot get rid of is dropped, so that Python does not complain at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _wrong_settings() -> type[Exception]:
    from sensor.config import ConfigError

    return ConfigError


def _no_access() -> tuple[type[BaseException], ...]:
    """The errors that mean: could not read or write. Asked for only once something went wrong."""
    from sensor.capture.source import CaptureError
    from sensor.fingerprint.load import RulesError
    from sensor.push.error import PushError
    from sensor.reconcile.sheet import ListError
    from sensor.store.error import StoreError

    return StoreError, CaptureError, RulesError, PushError, ListError, OSError


def _line(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return " ".join(str(error).split())


def _version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        from sensor import __version__

        click.echo(f"sensor {__version__}")
        ctx.exit()


@click.group(cls=Sensor, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Show the version.")
@click.option(
    "--config",
    envvar="SENSOR_CONFIG",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The settings (TOML); default: /etc/auscult/sensor.toml if it is there.",
)
def main(config: Path | None) -> None:  # read when first asked for: most help needs no settings
    """A passive inventory of the medical devices on a hospital network.

    Begin with: sensor read CAPTURE, then: sensor devices
    """
