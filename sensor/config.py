"""Settings: one TOML file, and environment variables over it, into one checked value.

A setting's path is its section and name (`database.url`); the variable that overrides it is that path in capitals
(`SENSOR_DATABASE_URL`). Unknown settings are refused with their path: a misspelt one must not be a silent default.
A secret stands in the environment, in a file that only its owner may read (`password_file`), or in a settings file that
only its owner may read; it is never shown.
"""

from __future__ import annotations

import ipaddress
import os
import re
import stat
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import msgspec
from msgspec import Meta, Struct, field

from sensor.correlate.networks import SITE

PLACE = Path("/etc/auscult/sensor.toml")  # read where no other file is named
SIZE_MAX = 1 << 20  # bytes of a settings or secret file: a capture named by mistake is not read whole
OTHERS = stat.S_IRWXG | stat.S_IRWXO

_PATH = re.compile(r"(.*?)(?: - at `\$\.?(.*?)`)?", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`")


class ConfigError(Exception):
    """The settings cannot be used: which, why, and what to do."""


class Secret(str):
    """A text that is never shown."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


Name = Annotated[str, Meta(min_length=1, max_length=64)]


class Section(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file."""


class Site(Section, frozen=True):
    """The place that is looked at."""

    name: Annotated[Name, Meta(description="Name of the site; part of every device's id.")] = "main"
    networks: Annotated[
        tuple[str, ...], Meta(description="Networks of the site. Addresses outside are never devices.")
    ] = SITE


class Sensor(Section, frozen=True):
    """This sensor."""

    name: Annotated[Name, Meta(description="Name of the sensor, as evidence shows it.")] = "sensor"


class Database(Section, frozen=True):
    """Where the inventory is kept."""

    url: Annotated[str, Meta(min_length=1, description="The inventory, as a URL without a password.")] = (
        "sqlite:///inventory.db"
    )
    password: Annotated[Secret, Meta(description="Password of the database's user.")] = Secret()


Days = Annotated[int, Meta(ge=0, le=36_500)]


class Retention(Section, frozen=True):
    """How long what was seen is kept, and how finely. Days are counted back from the last frame of the site."""

    compact_after: Annotated[
        Days, Meta(description="Days after which rows of several days are made one; 0: never.")
    ] = 90
    evidence: Annotated[
        Days, Meta(description="Days after which evidence and findings not seen again are forgotten; 0: never.")
    ] = 0
    conversations: Annotated[
        Days, Meta(description="Days after which conversations not seen again are forgotten; 0: never.")
    ] = 0


class Listen(Section, frozen=True):
    """How `sensor listen` listens."""

    interfaces: Annotated[tuple[str, ...], Meta(description="Interfaces to listen on.")] = ()
    receiver: Annotated[
        str, Meta(pattern="^(ring|socket|libpcap)$", description="How frames are received: ring, socket or libpcap.")
    ] = "ring"
    ring: Annotated[int, Meta(ge=4, le=16_384, description="MiB of the ring of one interface.")] = 256
    snap: Annotated[int, Meta(ge=0, le=262_144, description="Bytes kept of a frame; 0: all.")] = 0
    filter: Annotated[str, Meta(max_length=4096, description="What to hear, in the words of pcap-filter.")] = ""
    workers: Annotated[int, Meta(ge=1, le=64, description="Processes for one interface.")] = 1
    promiscuous: Annotated[bool, Meta(description="Hear frames that are for others: a mirror needs it.")] = True
    interval: Annotated[float, Meta(ge=0.5, le=3600, description="Seconds between two reports of a process.")] = 10.0
    user: Annotated[str, Meta(max_length=32, description="Who workers run as; default: auscult, else nobody.")] = ""
    metrics: Annotated[
        str, Meta(max_length=64, description="Where Prometheus asks, like 127.0.0.1:9464; empty: nowhere.")
    ] = ""
    spool: Annotated[
        str, Meta(description="Folder for what waits while the database is away; empty: beside its file.")
    ] = ""
    spool_max: Annotated[
        int, Meta(ge=1, le=1 << 20, description="MiB that may wait there; more is lost, and counted.")
    ] = 1024


Rate = Annotated[float, Meta(gt=0, le=1000, description="Requests a second, at most.")]
CaFile = Annotated[str, Meta(description="File of certificates to be trusted instead of the system's.")]
Proxy = Annotated[Secret, Meta(description="URL of a proxy to go through, with user and password where it wants them.")]
SilentAfter = Annotated[int, Meta(ge=1, le=3650, description="Days without a frame after which a device is silent.")]


class Netbox(Section, frozen=True):
    """A NetBox that devices are pushed to."""

    url: Annotated[str, Meta(description="Where it is, like https://netbox.example.")] = ""
    token: Annotated[Secret, Meta(description="API token of a user that may change devices.")] = Secret()
    site: Annotated[str, Meta(description="Name of the site there; empty: that of this site.")] = ""
    rate: Rate = 10.0
    ca_file: CaFile = ""
    proxy: Proxy = Secret()


class Glpi(Section, frozen=True):
    """A GLPI that devices are pushed to."""

    url: Annotated[str, Meta(description="Where it is, like https://glpi.example.")] = ""
    user: Annotated[str, Meta(description="User, where its inventory wants one.")] = ""
    password: Annotated[Secret, Meta(description="Password of that user.")] = Secret()
    item_type: Annotated[
        Literal["Unmanaged", "Computer", "NetworkEquipment", "Printer", "Phone"],
        Meta(description="What devices become there; it has no type for medical ones."),
    ] = "Unmanaged"
    tag: Annotated[str, Meta(description="Tag by which its rules choose an entity.")] = ""
    user_token: Annotated[Secret, Meta(description="Token of that user instead, to read the list from there.")] = (
        Secret()
    )
    app_token: Annotated[Secret, Meta(description="Token of an API client, where its API wants one.")] = Secret()
    list_types: Annotated[
        tuple[str, ...], Meta(min_length=1, description="Item types there that a list is read from.")
    ] = ("Computer", "NetworkEquipment", "Peripheral", "Phone", "Printer")
    rate: Rate = 10.0
    ca_file: CaFile = ""
    proxy: Proxy = Secret()


class Webhook(Section, frozen=True):
    """A URL that events are sent to."""

    url: Annotated[str, Meta(description="Where events go, as JSON.")] = ""
    secret: Annotated[Secret, Meta(description="Key of the signature (HMAC-SHA256).")] = Secret()
    silent_after: SilentAfter = 30
    rate: Rate = 5.0
    ca_file: CaFile = ""
    proxy: Proxy = Secret()


class Syslog(Section, frozen=True):
    """A receiver of syslog that events are sent to."""

    host: Annotated[str, Meta(description="Its name or address.")] = ""
    port: Annotated[int, Meta(ge=1, le=65535, description="Its port.")] = 6514
    transport: Annotated[Literal["udp", "tcp", "tls"], Meta(description="How it is reached.")] = "tls"
    format: Annotated[Literal["json", "cef"], Meta(description="Form of the message.")] = "json"
    silent_after: SilentAfter = 30
    ca_file: CaFile = ""


class Settings(Section, frozen=True):
    """All settings."""

    site: Site = field(default_factory=Site)
    sensor: Sensor = field(default_factory=Sensor)
    database: Database = field(default_factory=Database)
    netbox: Netbox = field(default_factory=Netbox)
    glpi: Glpi = field(default_factory=Glpi)
    webhook: Webhook = field(default_factory=Webhook)
    syslog: Syslog = field(default_factory=Syslog)
    listen: Listen = field(default_factory=Listen)
    retention: Retention = field(default_factory=Retention)


def source(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The file that holds where none is named: the one of SENSOR_CONFIG, else PLACE if it is there."""
    if named := environment.get("SENSOR_CONFIG"):
        return Path(named)
    return PLACE if PLACE.is_file() else None


def load(path: Path | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of a file, by default of `source`, and of the environment, which goes before it. Raises
    ConfigError."""
    path = path or source(environment)
    tables: dict[str, Any] = {}
    if path is not None:
        try:
            tables = tomllib.loads(_text(path))
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{path}: {error}") from None
        _secrets(tables, path)
    _override(tables, environment)
    try:
        found = msgspec.convert(tables, Settings, strict=False, dec_hook=_decoded)
    except msgspec.ValidationError as error:
        raise ConfigError(_says(str(error), path)) from None
    for network in found.site.networks:
        if not is_network(network):
            raise ConfigError(f"{path or 'environment'}: site.networks: {network!r} is no network like 10.0.0.0/8")
    return found


def is_network(text: str) -> bool:
    """Whether it is an address with a prefix length."""
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def shown(settings: Settings) -> dict[str, dict[str, Any]]:
    """All settings as plain values by section; a secret that is set as asterisks."""
    tables: dict[str, dict[str, Any]] = {}
    for section, name, _, _ in leaves():
        value = getattr(getattr(settings, section), name)
        if isinstance(value, Secret):
            value = "***" if value else ""
        tables.setdefault(section, {})[name] = value
    return tables


def leaves() -> Iterator[tuple[str, str, Any, str]]:
    """Every setting: section, name, default, what it is. In the order in which they are declared."""
    for section, kind in get_type_hints(Settings).items():
        hints = get_type_hints(kind, include_extras=True)
        default = kind()
        for name, hint in hints.items():
            says = next((m.description for m in getattr(hint, "__metadata__", ()) if m.description), "")
            yield section, name, getattr(default, name), says


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_MAX + 1)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    if len(data) > SIZE_MAX:
        raise ConfigError(f"{path}: more than {SIZE_MAX >> 20} MiB: not a settings file")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not a text in UTF-8") from None


def _secrets(tables: dict[str, Any], source: Path) -> None:
    """Takes secrets out of the files that hold them; one that others could read is refused."""
    for section, name, default, _ in leaves():
        table = tables.get(section)
        if not isinstance(default, Secret) or not isinstance(table, dict):
            continue
        place = table.pop(f"{name}_file", None)
        if place is not None:
            if not isinstance(place, str):
                raise ConfigError(f"{source}: {section}.{name}_file: expected the path of a file")
            _private(Path(place), f"{section}.{name}_file")
            table[name] = _text(Path(place)).strip()
        elif name in table:
            _private(source, f"{section}.{name}")


def _private(path: Path, setting: str) -> None:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise ConfigError(f"{setting}: {path}: {error.strerror}") from None
    if mode & OTHERS:
        raise ConfigError(f"{setting}: others may read {path}; run: chmod 600 {path}")


def _override(tables: dict[str, Any], environment: Mapping[str, str]) -> None:
    for section, name, default, _ in leaves():
        value = environment.get(f"SENSOR_{section}_{name}".upper())
        if value is None:
            continue
        table = tables.setdefault(section, {})
        if isinstance(table, dict):  # what is none is refused below, with its path
            table[name] = value.split() if isinstance(default, tuple) else value


def _decoded(kind: type, value: Any) -> Any:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise TypeError


def _says(error: str, path: Path | None) -> str:
    """What is wrong, with the setting's name in front."""
    matched = _PATH.fullmatch(error)
    what, setting = (matched[1], matched[2] or "") if matched else (error, "")
    unknown = _UNKNOWN.fullmatch(what)
    where = path or "environment"
    if unknown is None:
        return f"{where}: {setting}: {what[:1].lower()}{what[1:]}"
    names = [name for section, name, _, _ in leaves() if section == setting] or list(Settings.__struct_fields__)
    setting = f"{setting}.{unknown[1]}" if setting else unknown[1]
    return f"{where}: {setting}: there is no such setting; there are: {', '.join(names)}"
