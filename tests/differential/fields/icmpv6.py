"""Router advertisements."""

from __future__ import annotations

from collections.abc import Iterator

from tests.differential.table import SENDER, Frame, Shown, Table

LIFETIME, PREFIX, LENGTH = "icmpv6.nd.ra.router_lifetime", "icmpv6.opt.prefix", "icmpv6.opt.prefix.length"
VALID, DNS = "icmpv6.opt.prefix.valid_lifetime", "icmpv6.opt.rdnss"


def prefixes(frame: Frame) -> Iterator[tuple[str, str]]:
    for prefix, length, seconds in zip(frame.all(PREFIX), frame.all(LENGTH), frame.all(VALID), strict=False):
        if int(seconds):
            yield frame.host(SENDER), f"{prefix}/{length}"


def servers(frame: Frame) -> Iterator[tuple[str, str]]:
    yield from ((address, "yes") for address in frame.all(DNS))


TABLE = Table(
    (
        Shown("nd.router_lifetime", (LIFETIME,)),
        Shown("nd.prefix", (PREFIX,), needs=(LENGTH, VALID), read=prefixes),
        Shown("nd.dns_server", (DNS,), read=servers),
    )
)
