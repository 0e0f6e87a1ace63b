"""Resource records as tshark shows them: values stand in lists of their own, one for each type of record."""

from __future__ import annotations

from collections.abc import Iterator

from tests.differential.table import Frame

NAME, TYPE, TTL = "dns.resp.name", "dns.resp.type", "dns.resp.ttl"
SRV, OPT = 33, 41
VALUES = {1: "dns.a", 5: "dns.cname", 12: "dns.ptr.domain_name", 28: "dns.aaaa"}
ADDRESSES = (1, 28)
OPCODE, RCODE = "dns.flags.opcode", "dns.flags.rcode"
FIELDS = (NAME, TYPE, TTL, "dns.flags.response", OPCODE, RCODE, *VALUES.values())


def answers(frame: Frame) -> bool:
    """The answer to a plain query, with records or with the word that there are none."""
    return frame.last("dns.flags.response") == "1" and frame.last(OPCODE) == "0" and frame.last(RCODE) in ("0", "3")


def records(frame: Frame) -> Iterator[tuple[str, int, str, int]]:
    """(owner, type, value, time to live) of each record of an answer that has one of the types above; the types tell
    whose turn it is in each list."""
    if not answers(frame):
        return
    turn = {kind: iter(frame.all(field)) for kind, field in VALUES.items()}
    owners, ttls = iter(frame.all(NAME)), iter(frame.all(TTL))
    for number in frame.all(TYPE):
        kind = int(number, 0)
        owner = next(owners, "") if kind != SRV else ""  # its owner stands in dns.srv.*
        ttl = int(next(ttls, "0"), 0) if kind != OPT else 0  # OPT has none
        value = next(turn[kind], "") if kind in turn else ""
        if value:
            yield owner, kind, value, ttl
