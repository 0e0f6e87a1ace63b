"""Multicast groups of reports. A record that includes no source leaves, and every IPv6 host is in some groups."""

from __future__ import annotations

from collections.abc import Iterator

from tests.differential.table import SENDER, Frame, Shown, Table

TYPE, RECORD, GROUP, SOURCES = "igmp.type", "igmp.record_type", "igmp.maddr", "igmp.num_src"
REPORTS, LIST = ("0x12", "0x16"), "0x22"
TYPE_6, RECORD_6 = "icmpv6.type", "icmpv6.mldr.mar.record_type"
GROUP_6, SOURCES_6 = "icmpv6.mldr.mar.multicast_address", "icmpv6.mldr.mar.nb_sources"
EVERY_HOST = ("ff02::1:ff", "ff02::1")


def groups(frame: Frame) -> Iterator[tuple[str, str]]:
    kind = frame.last(TYPE)
    if kind in REPORTS:
        yield from ((frame.host(SENDER), group) for group in frame.all(GROUP))
    elif kind == LIST:
        yield from wanted(frame, RECORD, GROUP, SOURCES)
    for host, group in wanted(frame, RECORD_6, GROUP_6, SOURCES_6):
        if group != EVERY_HOST[1] and not group.startswith(EVERY_HOST[0]):
            yield host, group


def wanted(frame: Frame, record: str, group: str, sources: str) -> Iterator[tuple[str, str]]:
    for kind, address, count in zip(frame.all(record), frame.all(group), frame.all(sources), strict=False):
        if kind in ("2", "4") or (kind in ("1", "3", "5") and int(count)):
            yield frame.host(SENDER), address


TABLE = Table((Shown("igmp.group", (GROUP, GROUP_6), needs=(TYPE, RECORD, SOURCES, RECORD_6, SOURCES_6), read=groups),))
