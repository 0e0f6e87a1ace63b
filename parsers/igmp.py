"""IGMP and MLD: which multicast groups a host wants, and who asks for them. RFC 2236, 3376, 2710, 3810.

  IGMP 1 and 2: 0 type 1 (11 query, 12 and 16 report, 17 leave)   1 time 1   2 checksum 2   4 group 4
  IGMP 3 report: 0 type 22   2 checksum 2   6 count of records 2   8 records
  MLD 1: 0 type 1 (130 query, 131 report, 132 done)   2 checksum 2   4 time 2   8 group 16
  MLD 2 report: 0 type 143   2 checksum 2   6 count of records 2   8 records
  record: type 1, length of auxiliary data in words 1, count of sources 2, group, sources

A group tells of a service that the host uses or offers: weak, but hosts that say nothing else say this.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from parsers.api import SENDER, DatagramSpec, Event, Odd, Said
from parsers.reading import ip_text, u16

RECORDS_MAX = 64  # of one report; hosts are in a handful of groups
V4_QUERY, V4_REPORT_1, V4_REPORT_2, V4_LEAVE, V4_REPORT_3 = 0x11, 0x12, 0x16, 0x17, 0x22
V6_QUERY, V6_REPORT_1, V6_DONE, V6_REPORT_2 = 130, 131, 132, 143
V4, V6 = 4, 16  # bytes of a group
GROUP_AT = {V4_QUERY: 4, V4_REPORT_1: 4, V4_REPORT_2: 4, V4_LEAVE: 4, V6_QUERY: 8, V6_REPORT_1: 8, V6_DONE: 8}
LISTS = {V4_REPORT_3: V4, V6_REPORT_2: V6}  # reports that are lists of records
VERSIONS = {
    V4_REPORT_1: "igmp 1",
    V4_REPORT_2: "igmp 2",
    V4_REPORT_3: "igmp 3",
    V6_REPORT_1: "mld 1",
    V6_REPORT_2: "mld 2",
}
QUERIES, LEAVES = (V4_QUERY, V6_QUERY), (V4_LEAVE, V6_DONE)
INCLUDES, EXCLUDES = (
    (1, 3, 5),
    (2, 4),
)  # record types (RFC 3376 section 4.2.12): wanted from these, or from all but these
SOLICITED_NODE = bytes.fromhex("ff0200000000000000000001ff")  # RFC 4291 section 2.7.1: from an address, so no news
ALL_NODES = bytes.fromhex("ff02" + "00" * 13 + "01")
QUERIER = Said(SENDER, (("igmp.querier", "yes"),))


def probe(first: bytes) -> bool:
    if len(first) < 8 or first[0] in LISTS:
        return len(first) >= 8
    return first[0] in GROUP_AT and len(first) >= GROUP_AT[first[0]] + width(first[0])


def width(kind: int) -> int:
    return V6 if kind >= V6_QUERY else V4


def read(data: bytes) -> Sequence[Event]:
    if not probe(data):
        return (Odd("igmp.malformed"),)
    kind = data[0]
    if kind in QUERIES:
        return (QUERIER,)
    if kind in LEAVES:
        return ()
    out: list[Event] = []
    groups = records(data, LISTS[kind], out) if kind in LISTS else iter((data[GROUP_AT[kind] :][: width(kind)],))
    fields = [("igmp.group", ip_text(group)) for group in groups if is_service(group)]
    out.append(Said(SENDER, (("igmp.version", VERSIONS[kind]), *dict.fromkeys(fields))))
    return out


def records(data: bytes, size: int, out: list[Event]) -> Iterator[bytes]:
    """The groups of a report that are wanted: to leave one is to include nothing."""
    count = u16(data, 6)
    at = 8
    for _ in range(min(count, RECORDS_MAX)):
        if at + 4 + size > len(data):
            out.append(Odd("igmp.cut"))
            return
        sources = u16(data, at + 2)
        if data[at] in EXCLUDES or (data[at] in INCLUDES and sources):
            yield data[at + 4 : at + 4 + size]
        at += 4 + size * (1 + sources) + 4 * data[at + 1]
    if count > RECORDS_MAX:
        out.append(Odd("igmp.too_many_records"))


def is_service(group: bytes) -> bool:
    """A multicast address that not every host has."""
    if len(group) == V4:
        return 224 <= group[0] < 240
    return group[0] == 0xFF and group != ALL_NODES and not group.startswith(SOLICITED_NODE)


SPEC = DatagramSpec(
    name="igmp",
    title="Multicast groups (IGMP, MLD)",
    carriers=frozenset({"ip:2", "ip:58"}),
    probe=probe,
    read=read,
    emits={"igmp.group": 0.3, "igmp.version": 0.2, "igmp.querier": 0.6},
)
