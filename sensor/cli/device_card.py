"""One device: all that is known, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sensor.cli.inventory_table import kind_names
from sensor.cli.show import line
from sensor.correlate.decisions import DECIDED, PERSON
from sensor.correlate.device import Attribute, Belief, Device, Reason
from sensor.correlate.ids import spelled, whom
from sensor.correlate.listed import Named
from sensor.model import Subject
from sensor.names import shown
from sensor.times import moment

LABEL = 17  # columns of a card's left side
SUBJECTS_SHOWN = 20  # a router speaks for hundreds; the whole list is in the JSON


def show(device: Device, behind: Sequence[Named]) -> None:
    """A card: attributes with their contradictions, addresses, what it was joined from."""
    names = kind_names()
    title = ", ".join(part for part in (names(device.kind), device.name) if part) or "unknown device"
    line(shown(title), style="bold")
    entry("id", [device.id, *(f"also {alias}" for alias in device.aliases[:SUBJECTS_SHOWN])])
    entry("site", [device.site])
    entry("state", [device.state] if device.state != "device" else [])
    entry("behind", [f"{device.parent} (it speaks of this device)"] if device.parent else [])
    entry("seen", [f"{moment(device.first_seen)} to {moment(device.last_seen)}"])
    for attribute in device.attributes:
        values = [attribute.believed, *attribute.also]
        entry(attribute.name, [*map(_believed, values), *(f"not {_claimed(other)}" for other in attribute.others)])
    entry("interfaces", device.interfaces)
    entry("addresses", (f"{one.ip}  {moment(one.since)} to {moment(one.until)}" for one in device.addresses))
    entry("applications", device.applications)
    entry("components", (f"{one.id}  {names(one.kind)}  {one.name}".rstrip() for one in behind))
    entry("joined as", device.merges)
    subjects = [whom(one) for one in device.subjects[:SUBJECTS_SHOWN]]
    left = len(device.subjects) - len(subjects)
    entry("subjects", [*subjects, *([f"and {left} more: --json"] if left else [])])


def why(device: Device, attributes: Iterable[Attribute], labels: Mapping[tuple[str, str], str]) -> None:
    """Each value that was claimed, the evidence behind it, and where each piece was seen first and last."""
    line(shown(f"{device.id}  {device.name}".rstrip()), style="bold")
    for sentence in device.merges:
        if DECIDED in sentence:
            line(shown(f"  {sentence}"))
    for attribute in attributes:
        line("")
        line(shown(f"{attribute.name}: {_claimed(attribute.believed)}"), style="bold")
        _reasons("for", attribute.believed, device, labels)
        for one in attribute.also:
            line(shown(f"  and {_claimed(one)}"))
            _reasons("for", one, device, labels)
        for other in attribute.others:
            line(shown(f"  but {_claimed(other)}"))
            _reasons("against", other, device, labels)


def encrypted(sentences: Sequence[str]) -> None:
    """Below the reasons: why there are not more of them."""
    if sentences:
        line("")
        entry("encrypted", sentences)


def briefly(subject: Subject) -> str:
    """A subject in a table: its address, and who on it."""
    behind = [spelled(one) for one in subject.behind]
    return " ".join(part for part in (subject.ip or subject.mac, subject.application, *behind) if part)


def _reasons(side: str, belief: Belief, device: Device, labels: Mapping[tuple[str, str], str]) -> None:
    for reason in belief.reasons:
        for text in _reason(side, reason, labels.get((device.site, reason.origin), reason.origin)):
            line(shown(text))


def _reason(side: str, reason: Reason, origin: str) -> Iterator[str]:
    if reason.protocol == PERSON:
        who = reason.source.removeprefix(PERSON).strip()
        when = moment(reason.first.time)
        yield f"    {side:<8}{reason.weight:.2f}  {reason.text}, {DECIDED}{who} on {when} ({origin})"
        return
    rule = f"  rule {reason.rule}" if reason.rule else ""
    yield f"    {side:<8}{reason.weight:.2f}  {reason.observable} = {reason.text}{rule}"
    count = "once" if reason.count == 1 else f"{reason.count} times"
    counted = f", counted as {reason.counts_as}" if reason.counts_as not in ("", reason.source, reason.rule) else ""
    yield f"                  said by {reason.source} about {whom(reason.subject)}, {count}{counted}"
    first = f"{moment(reason.first.time)} frame {reason.first.frame}"
    last = f"{moment(reason.last.time)} frame {reason.last.frame}"
    yield f"                  {origin}: first {first}" + (f", last {last}" if reason.last != reason.first else "")


def _believed(belief: Belief) -> str:
    sources = len(belief.sources)
    return f"{_claimed(belief)}, {sources} {'source' if sources == 1 else 'sources'}"


def _claimed(belief: Belief) -> str:
    return f"{belief.value} ({int(belief.confidence * 100 + 1e-9)}%)"  # rounded down: 100% is said of nothing less


def entry(label: str, values: Iterable[str]) -> None:
    """One line of a card, or several under one label."""
    for at, value in enumerate(values):
        line(shown(f"{label if at == 0 else '':<{LABEL}} {value}"))
