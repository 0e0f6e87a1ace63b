"""SSDP. tshark reads it with the fields of HTTP; a device is the host in its LOCATION."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from ipaddress import ip_address

from tests.differential.table import SENDER, Frame, Shown, Table, plain

LOCATION, SERVER, METHOD = "http.location", "http.server", "http.request.method"
LINES = ("http.unknown_header", "http.response.line")  # of an announcement, of an answer
PLACE = re.compile(r"https?://(\[[0-9a-f:]+\]|[0-9.]+)(?::\d+)?/", re.IGNORECASE)
TYPE = re.compile(r"(?:NT|ST): ?(urn:[^:\s]+:(device|service):[^:\s]+:[0-9.]+) *(?:\\r\\n)?", re.IGNORECASE)


def device(frame: Frame) -> str:
    place = PLACE.match(frame.last(LOCATION))
    return str(ip_address(place[1].strip("[]"))) if place else frame.host(SENDER)


def server(frame: Frame) -> Iterator[tuple[str, str]]:
    for text in plain(frame.last(SERVER)):
        yield device(frame), text


def kind(sort: str) -> Callable[[Frame], Iterator[tuple[str, str]]]:
    def read(frame: Frame) -> Iterator[tuple[str, str]]:
        for line in (line for field in LINES for line in frame.all(field)):
            if (found := TYPE.fullmatch(line)) and found[2] == sort and frame.last(METHOD) != "M-SEARCH":
                yield device(frame), found[1]

    return read


TABLE = Table(
    (
        Shown("ssdp.server", (SERVER,), needs=(LOCATION,), over=":ssdp", read=server),
        Shown("ssdp.device_type", LINES, needs=(LOCATION, METHOD), over=":ssdp", read=kind("device")),
        Shown("ssdp.service_type", LINES, needs=(LOCATION, METHOD), over=":ssdp", read=kind("service")),
        Shown("ssdp.user_agent", ("http.user_agent",), over=":ssdp"),
    )
)
