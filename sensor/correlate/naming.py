"""What a device is called: the best of what it is known by, and what it is seen as where nobody named it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from parsers.api import Id
from sensor.correlate.device import Attribute, Tenure
from sensor.correlate.ids import MODEL_STATION, SERIAL_MIN, parts_of
from sensor.correlate.networks import digits_to_mac
from sensor.names import PERSONAL

UNKNOWN = "unknown"
NUMBERED = ("serial", "obx18", "udi", "uuid", "eui64")  # schemes of identifiers, the most readable first
OWN_PART = 8  # characters at the end of a MAC that its maker numbers: the rest is the same on all that it makes


def name_of(
    attributes: Mapping[str, Attribute],
    applications: Sequence[str],
    addresses: Sequence[Tenure],
    interfaces: Sequence[str],
    ids: Iterable[Id],
    kind: str,
) -> str:
    """What people call it; host name; AE title or HL7 application, or station; model or kind, with its place or what
    tells it from others of that model; address, identifier, hardware address."""
    believed = {name: found.believed.value for name, found in attributes.items() if found.believed.value != PERSONAL}
    for given in ("name", "hostname"):
        if given in believed:
            return believed[given]
    for application in applications:
        if application != PERSONAL:
            return application
    if "station" in believed:
        return believed["station"]
    ip = addresses[0].ip if addresses else ""
    what = believed.get("model", "") or ("" if kind == UNKNOWN else kind.replace("_", " "))
    found = sorted(ids)
    number = believed.get("serial") or number_of(found)
    mac = min(interfaces, default="")
    if not what:
        return ip or number or mac or " ".join(model_and_station(found)).strip()
    which = believed.get("location") or ip or without(number, what) or mac[-OWN_PART:] or model_and_station(found)[1]
    return f"{what} ({which})" if which else what


def number_of(ids: Sequence[Id]) -> str:
    """The identifier that a component is best told apart by, as it was written; "" where it is a MAC in disguise."""
    for scheme in NUMBERED:
        for id_ in ids:
            if id_.scheme == scheme and not (scheme == "eui64" and digits_to_mac(id_.value)):
                return id_.value
    return ""


def model_and_station(ids: Sequence[Id]) -> tuple[str, str]:
    """Of a component that is told apart by nothing else."""
    return next((parts_of(id_.value) for id_ in ids if id_.scheme == MODEL_STATION), ("", ""))


def without(number: str, model: str) -> str:
    """A number without the model that it begins with ("XN-550.11234" of an XN-550), which is in the name already."""
    head, rest = number[: len(model)], number[len(model) :].lstrip(" .-_/#")
    return rest if len(rest) >= SERIAL_MIN and head.casefold() == model.casefold() else number
