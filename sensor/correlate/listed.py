"""A device as lists show it, without the reasons: what people look for first, or all values with their sources."""

from __future__ import annotations

from msgspec import Struct

from sensor.correlate.device import DEVICE, Attribute, Device, Tenure

MAKER, NETWORK_MAKER, MODEL, SERIAL = "manufacturer", "network_maker", "model", "serial"
SHOWN = (MAKER, NETWORK_MAKER, MODEL, SERIAL)  # attributes of which the value believed is shown


class Named(Struct, frozen=True, order=True, gc=False):
    """A device as others are shown to be related to it."""

    id: str
    kind: str
    name: str


class Listed(Struct, frozen=True, gc=False):
    """One line. sure_of_maker: it is known from more than the block that the hardware address is in."""

    id: str
    kind: str
    name: str
    parent: str
    state: str
    last_seen: int
    interfaces: tuple[str, ...]
    addresses: tuple[Tenure, ...]
    applications: tuple[str, ...]
    values: dict[str, str]  # of the attributes that are shown
    sure_of_maker: bool

    @property
    def is_certain(self) -> bool:
        return self.state == DEVICE


def listed(device: Device) -> Listed:
    """The line of a device that is at hand."""
    shown = {each.name: each for each in device.attributes if each.name in SHOWN}
    maker = shown.get(MAKER)
    return Listed(
        device.id,
        device.kind,
        device.name,
        device.parent,
        device.state,
        device.last_seen,
        device.interfaces,
        device.addresses,
        device.applications,
        {name: each.believed.value for name, each in shown.items()},
        maker is not None and not maker.by_address_alone,
    )


class Value(Struct, frozen=True, gc=False, omit_defaults=True):
    """An attribute: what is believed, on whose word; what contradicts it, and what is as true."""

    value: str
    confidence: float
    sources: tuple[str, ...]
    others: tuple[str, ...]
    also: tuple[str, ...] = ()


class Summary(Struct, frozen=True, gc=False):
    """All that is believed of a device. attributes: in alphabetical order."""

    id: str
    kind: str
    name: str
    parent: str
    state: str
    first_seen: int
    last_seen: int
    interfaces: tuple[str, ...]
    addresses: tuple[Tenure, ...]
    applications: tuple[str, ...]
    attributes: dict[str, Value]


def summary(device: Device) -> Summary:
    """The summary of a device that is at hand."""
    return Summary(
        device.id,
        device.kind,
        device.name,
        device.parent,
        device.state,
        device.first_seen,
        device.last_seen,
        device.interfaces,
        device.addresses,
        device.applications,
        {each.name: value(each) for each in sorted(device.attributes, key=lambda each: each.name)},
    )


def value(attribute: Attribute) -> Value:
    """Without its reasons."""
    believed = attribute.believed
    others, also = (tuple(belief.value for belief in several) for several in (attribute.others, attribute.also))
    return Value(believed.value, believed.confidence, believed.sources, others, also)
