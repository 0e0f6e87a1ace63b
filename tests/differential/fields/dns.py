"""DNS: names of addresses. Names are in lower case, since case does not matter in them (RFC 4343)."""

from __future__ import annotations

from collections.abc import Iterator

from tests.differential.records import ADDRESSES, FIELDS, answers, records
from tests.differential.table import SENDER, TEXT_MAX, Differs, Frame, Shown, Table

RECURSION, AUTHORITY = "dns.flags.recavail", "dns.flags.authoritative"


def names(frame: Frame) -> Iterator[tuple[str, str]]:
    for owner, kind, value, _ in records(frame):
        if kind in ADDRESSES:
            yield value, owner.lower()[:TEXT_MAX]


def serves(frame: Frame) -> Iterator[tuple[str, str]]:
    """Who answers a plain query, for others or with authority."""
    if answers(frame) and "1" in (frame.last(RECURSION), frame.last(AUTHORITY)):
        yield frame.host(SENDER), "yes"


ODD_NULL = "a null link header with an Ethernet type where an address family belongs: not read"
NULL = "seladb_PcapPlusPlus__Tests_Pcap_Test_PcapExamples_null_loopback.pcap"
TABLE = Table(
    (
        Shown("dns.name", FIELDS, over=":udp:dns", read=names),
        Shown("dns.name", FIELDS, over=":tcp:dns", read=names),
        Shown("dns.server", (RECURSION, AUTHORITY), over=":udp:dns", needs=FIELDS, read=serves),
        Shown("dns.server", (RECURSION, AUTHORITY), over=":tcp:dns", needs=FIELDS, read=serves),
    ),
    differs=(
        Differs(NULL, "dns.name", ODD_NULL, theirs=("www-google-analytics.l.google.com",)),
        Differs(NULL, "dns.server", ODD_NULL, theirs=("yes",)),
        Differs(
            "zeek_zeek__testing_btest_Traces_tunnels_geneve-vxlan-dns-truncated.pcap",
            "dns.server",
            "an answer that is cut in the middle of a record: nothing in it is believed",
            theirs=("yes",),
        ),
    ),
)
