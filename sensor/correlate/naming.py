"""What a device is called: the best of what it is known by, and what it is seen as where nobody named it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sensor.correlate.device import Attribute, Tenure

UNKNOWN = "unknown"
PERSONAL = "<personal>"  # what stands where a person's name was


def name_of(
    attributes: Mapping[str, Attribute],
    applications: Sequence[str],
    addresses: Sequence[Tenure],
    interfaces: Sequence[str],
    spoken: str,
    kind: str,
) -> str:
    """Host name, AE title or HL7 application, station, model or kind with an address, address, MAC, identifier."""
    for name in ("hostname", "station"):
        found = attributes.get(name)
        if found and found.believed.value != PERSONAL:
            if name == "station" and applications:
                break
            return found.believed.value
    for application in applications:
        if application != PERSONAL:
            return application
    where = addresses[0].ip if addresses else interfaces[0] if interfaces else ""
    what = attributes["model"].believed.value if "model" in attributes else "" if kind == UNKNOWN else kind
    if what:
        return f"{what} {where or spoken}".rstrip()
    return where or spoken
