"""Which parsers are asked, and in which order: those that a port hints at, then all the others; of a stream only those
that do not refuse its first byte, which for most is final however the stream is cut."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

from parsers.api import DatagramSpec, StreamSpec

ORDERS_MAX = 1024  # orders kept ready: few pairs of ports hint at anything, but a talker can try all of them

S = TypeVar("S", bound=StreamSpec | DatagramSpec)


class Candidates(Generic[S]):
    """The parsers for one transport in the order of their probes, made once for all flows with the same hints."""

    def __init__(self, specs: Iterable[S]) -> None:
        self._all: tuple[S, ...] = tuple(specs)
        self._hinted: dict[int, tuple[S, ...]] = {}
        for spec in self._all:
            for port in spec.ports:
                self._hinted[port] = (*self._hinted.get(port, ()), spec)
        self._orders: dict[tuple[int, int], tuple[S, ...]] = {}
        self._possible: dict[int, frozenset[str]] = {}  # by first byte

    def of(self, port0: int, port1: int) -> tuple[S, ...]:
        """For a flow between these ports."""
        hints = (port0 if port0 in self._hinted else 0, port1 if port1 in self._hinted else 0)
        order = self._orders.get(hints)
        if order is None:
            if len(self._orders) >= ORDERS_MAX:
                self._orders.clear()
            ports = {port0, port1}
            order = self._orders[hints] = tuple(sorted(self._all, key=lambda spec: ports.isdisjoint(spec.ports)))
        return order

    def beginning(self, specs: Iterable[S], first: int) -> list[S]:
        """Those of them whose streams may begin with this byte: of fifty, six or so."""
        possible = self._possible.get(first)
        if possible is None:
            head = bytes((first,))
            possible = self._possible[first] = frozenset(spec.name for spec in self._all if self._may(spec, head))
        return [spec for spec in specs if spec.name in possible]

    @staticmethod
    def _may(spec: S, head: bytes) -> bool:
        try:
            return (isinstance(spec, StreamSpec) and spec.anywhere) or spec.probe(head) is not False
        except Exception:  # noqa: BLE001 - a bug in a parser: it is asked again, and counted, with the stream
            return True
