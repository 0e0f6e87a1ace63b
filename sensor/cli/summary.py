"""The end of `sensor read`, for people: how much, of what, and everything that was not read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sensor.names import shown
from sensor.service.reading import Report

WORDS = {  # counters worth a sentence; a name that is longer than its key is shown with the sentence of the key
    "capture.cut": "the file ends within a frame",
    "capture.damaged": "the file is damaged; read up to there",
    "capture.link_type": "frames of links that are not read",
    "wire.cut": "frames recorded only in part (snap length)",
    "wire.link_type": "frames of links that are not read",
    "wire.link_protocol": "frames whose link header names no known protocol",
    "wire.short": "frames that end within a header",
    "wire.depth": "frames with too many headers inside each other",
    "wire.ip_bad": "IP packets with a lying header",
    "wire.ip6_bad": "IPv6 packets with too many extension headers",
    "wire.tcp_bad": "TCP segments with a lying header",
    "wire.udp_bad": "UDP datagrams with a lying header",
    "wire.bad_record": "frames that the capture's index places outside it",
    "wire.group_source": "frames that a group claims to have sent",
    "fragments.": "IP fragments that could not be put together",
    "copies.exact": "frames that the mirror delivered twice; counted once",
    "copies.routed": "frames seen again behind a router; counted once",
    "flows.evicted": "connections dropped because the flow table was full",
    "flows.attempts_capped": "frames of connections that nobody answered, beyond the cap",
    "tcp.openings_dropped": "TCP openings that nothing answered, beyond the cap",
    "endpoints.unconfirmed_capped": "addresses that sent one unanswered frame, dropped because there was no room",
    "endpoints.overflow": "frames of senders for which there was no room",
    "endpoints.outside_site": "senders outside the site's networks: in conversations only",
    "stream.lost_bytes": "TCP bytes that the capture does not have",
    "dispatch.unrecognised": "flows that no parser knows",
    "dispatch.no_parser": "frames of protocols without a parser",
    "dispatch.refused": "frames that are not what their type says",
    "dispatch.budget": "connections given up: nothing learnt within the budget",
    "dispatch.fault": "faults of a parser, survived; please report them",
    "dispatch.connections_dropped": "connections of which too much would have been held; met again if they went on",
    "odd.": "broken or over a cap",
    "evidence.about_nobody": "statements about groups or no address",
    "evidence.outside_site": "names of hosts outside the site, not kept",
    "evidence.personal_names": "names of persons, not kept",
    "evidence.values_capped": "values beyond 64 for one subject and day",
    "evidence.sightings_capped": "values beyond 64 for one subject and day",
    "evidence.subjects_capped": "statements about more subjects than one capture may have",
    "evidence.conversations_capped": "conversations beyond what one capture may have",
    "evidence.identifiers_capped": "identifiers beyond what one device may have",
    "evidence.unconfirmed_capped": "addresses that sent one frame and got no answer, beyond the cap",
}
PROTOCOLS_SHOWN = 20


def lines(report: Report, seconds: float) -> Iterator[str]:
    """The summary, line by line."""
    totals: Counter[str] = Counter()
    protocols: Counter[str] = Counter()
    states: Counter[str] = Counter()
    caps: Counter[str] = Counter()
    for outcome in report.outcomes:
        totals.update(outcome.counters)
        protocols.update(outcome.protocols)
        caps.update(outcome.caps)
        states[outcome.state] += 1
    yield from _headline(report, totals, states, seconds)
    if protocols:
        yield ""
        yield "Frames by protocol"
        width = max(len(name) for name in protocols)
        for name, count in sorted(protocols.items(), key=lambda item: (-item[1], item[0]))[:PROTOCOLS_SHOWN]:
            yield f"  {name:{width}}  {count:>12,}"
        if len(protocols) > PROTOCOLS_SHOWN:
            yield f"  and {len(protocols) - PROTOCOLS_SHOWN} more"
    told = [(name, totals[name], words) for name in sorted(totals) if totals[name] and (words := meaning(name))]
    if told:
        yield ""
        yield "Not read, and why"
        width = max(len(name) for name, _, _ in told)
        for name, count, words in told:
            yield f"  {name:{width}}  {count:>12,}  {words}"
    for outcome in report.outcomes:
        for fault in outcome.faults:
            yield shown(f"{outcome.name}: {fault}")
    if report.passed_over:
        yield f"Passed over {len(report.passed_over)} files in folders that are no captures."
    if caps:
        yield f"A table was full ({', '.join(sorted(caps))}): what came first may decide what is in the inventory."


def _headline(report: Report, totals: Counter[str], states: Counter[str], seconds: float) -> Iterator[str]:
    parts = [f"{states[state]} {word}" for state, word in STATES.items() if states[state]]
    if report.refused:
        parts.append(f"{len(report.refused)} refused")
    count = len(report.outcomes) + len(report.refused)
    size = totals["wire.bytes"]
    yield (
        f"{count} capture{'s' if count != 1 else ''} ({', '.join(parts) or 'none'}): {totals['wire.frames']:,} frames, "
        f"{amount(size)} in {seconds:.1f} s ({amount(size / max(seconds, 0.001))}/s), "
        f"{totals['flows.new']:,} flows"
    )
    yield f"{report.devices:,} devices in the inventory"


STATES = {
    "complete": "read",
    "partial": "read in part",
    "interrupted": "interrupted",
    "known": "known already, left alone",
}


def meaning(counter: str) -> str:
    """What a counter says, or "" for one that tells of nothing lost."""
    best = max((key for key in WORDS if counter.startswith(key)), key=len, default="")
    return WORDS.get(best, "")


def amount(size: float) -> str:
    """Bytes as people read them."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:,.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"
        size /= 1000
    return f"{size:,.1f} TB"
