"""Services that devices were seen to offer: where a client's request was answered in a protocol that was recognised."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from msgspec import Struct

from sensor.correlate.device import Device, Tenure
from sensor.model import Conversation

TRANSPORTS = frozenset({"tcp", "udp", "sctp"})
SERVICES_MAX = 32  # of a device, the lowest ports: more is a server that hands out ports as it goes
EPHEMERAL = 49152  # UDP ports from here on are a client's (RFC 6335, 6): nobody listens there for long


class Service(Struct, frozen=True, order=True):
    """name: the protocol, as people write it."""

    transport: str
    port: int
    name: str

    @property
    def key(self) -> str:
        """What it is known by on a device: tcp/104."""
        return f"{self.transport}/{self.port}"


def offered(
    conversations: Iterable[Conversation], devices: Iterable[Device], titles: Mapping[str, str]
) -> dict[str, tuple[Service, ...]]:
    """By id of the device. titles: protocols and what people call them; others are passed over.

    A service is a device's if only this device had its address then: what could be one of several devices' is none's.
    """
    holders: dict[str, list[tuple[Tenure, str]]] = defaultdict(list)
    for device in devices:
        for tenure in device.addresses:
            holders[tenure.ip].append((tenure, device.id))
    frames: dict[tuple[str, str, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in conversations:
        wanted = one.protocol in titles and one.transport in TRANSPORTS and one.port > 0 and one.server_frames
        if not wanted or (one.transport == "udp" and one.port >= EPHEMERAL):
            continue
        held = {
            id_
            for tenure, id_ in holders.get(one.server, ())
            if tenure.since <= one.last.time and one.first.time <= tenure.until
        }
        if len(held) == 1:
            frames[held.pop(), one.transport, one.port][one.protocol] += one.server_frames
    found: dict[str, list[Service]] = defaultdict(list)
    for (id_, transport, port), spoken in frames.items():
        protocol = min(spoken, key=lambda name: (-spoken[name], name))
        found[id_].append(Service(transport, port, titles[protocol]))
    return {id_: tuple(sorted(all_, key=_by_port)[:SERVICES_MAX]) for id_, all_ in found.items()}


def _by_port(service: Service) -> tuple[int, str]:
    return service.port, service.transport
