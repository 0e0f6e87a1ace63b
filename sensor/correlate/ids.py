"""Identifiers of devices that are spoken of: spelled one way, and told apart from fillers that name nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from parsers import udi
from parsers.api import Id
from sensor.correlate.networks import digits_to_mac
from sensor.model import Subject

GLOBAL = frozenset({"eui64", "uuid", "engine_id", "chassis"})  # the same wherever they are said
NAMED = frozenset({"serial", "obx18", "udi"})  # unique within their maker or namespace, which must be given
FILLER_WORDS = (
    "unknown none n/a na nil null default serial serialnumber sn s/n test demo notset undefined empty "
    "123 1234 12345 123456 1234567 12345678 123456789 0123456789 1234567890"
)
FILLERS = frozenset(FILLER_WORDS.split())
FILLER_UUIDS = frozenset(  # what a mainboard has whose maker wrote none, in both orders of bytes
    {"03000200-0400-0500-0006-000700080009", "00020003-0004-0005-0006-000700080009"}
)
UUID_DIGITS = 32
UDI_SERIALS = ("(21)", "/$$+7")  # before the serial number in the forms of `Udi.named`; without it a UDI names a model
MODEL_STATION = "model_station"  # model and station name, where an object has no serial number
SERIAL_MIN = 3  # characters: shorter numbers are counters


class Key(Struct, frozen=True, order=True, cache_hash=True):
    """An identifier as it is compared. maker: who numbered it, or the namespace; "" where none need be."""

    scheme: str
    value: str
    maker: str = ""

    @property
    def everywhere(self) -> bool:
        """Means the same device whoever says it; otherwise only within what one host says."""
        if self.scheme in GLOBAL:
            return True
        if self.scheme == "udi":
            return any(mark in self.value for mark in UDI_SERIALS)
        return self.scheme in NAMED and bool(self.maker)

    @property
    def mac(self) -> str:
        """The hardware address that an EUI-64 was made from, or ""."""
        return digits_to_mac(self.value) if self.scheme == "eui64" else ""

    def text(self) -> str:
        return spelled(self) + (f" of {self.maker}" if self.maker else "")


def parts_of(model_station: str) -> tuple[str, str]:
    """Model and station; either may be empty."""
    model, _, station = model_station.rpartition("|")
    return model.strip(), station.strip()


def spelled(id_: Id | Key) -> str:
    """An identifier as people read it."""
    if id_.scheme != MODEL_STATION:
        return f"{id_.scheme} {id_.value}"
    parts = zip(("model", "station"), parts_of(id_.value), strict=True)
    return ", ".join(f"{name} {part}" for name, part in parts if part)


def whom(subject: Subject) -> str:
    """A subject in one line."""
    parts = [subject.mac, subject.ip]
    if subject.vlan:
        parts.append(f"vlan {subject.vlan}")
    if subject.application:
        parts.append(f"application {subject.application}")
    parts += [f"{one.maker} {spelled(one)}".lstrip() for one in subject.behind]
    return " ".join(part for part in parts if part)


def key_of(id_: Id, maker: Callable[[str], str]) -> Key | None:
    """None for fillers. `maker` gives one spelling to the names that one maker is written with."""
    value = " ".join(id_.value.casefold().split())
    bare = "".join(c for c in value if c.isalnum())
    if not bare or bare in FILLERS or value in FILLERS or (len(set(bare)) == 1 and id_.scheme != "obx18"):
        return None
    if id_.scheme == "uuid" and len(bare.removeprefix("urn").removeprefix("uuid")) == UUID_DIGITS:
        value = uuid_of(value)
        if not value:
            return None
    if id_.scheme == "serial" and len(bare) < SERIAL_MIN:
        return None
    if id_.scheme == "eui64":
        return Key("eui64", bare)
    if id_.scheme == "udi" and (known := udi.read(id_.value)) is not None:
        if known.named:
            return Key("udi", known.named.casefold())
        if not known.sound:  # somebody's mistake may be made twice: it names a device only to whoever makes it
            return Key("udi", bare)
    if id_.scheme in ("serial", MODEL_STATION):
        return Key(id_.scheme, value, maker(id_.maker))
    return Key(id_.scheme, value, "" if id_.scheme in GLOBAL or id_.scheme == "udi" else id_.maker.casefold())


def is_filler(value: str) -> bool:
    """A text that people and programs write where there is no identifier."""
    bare = "".join(c for c in value if c.isalnum())
    return len(set(bare)) <= 1 or bare in FILLERS or value in FILLERS


def uuid_of(text: str) -> str:
    """A UUID as it is mostly written, whatever it is written like ("urn:uuid:...", braces, no hyphens); "" for what is
    none, or one that many have."""
    digits = text.casefold().removeprefix("urn:").removeprefix("uuid:").strip("{} ").replace("-", "")
    if len(digits) != UUID_DIGITS or any(c not in "0123456789abcdef" for c in digits) or len(set(digits)) <= 2:
        return ""
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    value = "-".join(parts)
    return "" if value in FILLER_UUIDS else value


def keys_of(ids: Iterable[Id], maker: Callable[[str], str]) -> frozenset[Key]:
    return frozenset(key for key in (key_of(id_, maker) for id_ in ids) if key is not None)


def contradict(one: Iterable[Key], other: Iterable[Key], schemes: Iterable[str]) -> bool:
    """Both carry identifiers of one of these schemes, and share none of it."""
    for scheme in schemes:
        mine = {key for key in one if key.scheme == scheme}
        theirs = {key for key in other if key.scheme == scheme}
        if mine and theirs and not mine & theirs:
            return True
    return False
