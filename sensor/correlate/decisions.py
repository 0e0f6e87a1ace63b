"""What people decided: which devices are one, what is no part of a device, what it is.

A decision is about subjects, never about ids, since ids come and go with the evidence. It is followed as long as the
subject is there. A person's word goes before every reason that was computed; between two decisions that contradict each
other the one that keeps apart is followed, and the other is shown as not followed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from sensor.correlate.believe import spelling
from sensor.correlate.device import Attribute, Belief, Device, Reason
from sensor.correlate.ids import whom
from sensor.model import Place, Subject
from sensor.times import moment

MERGE, SPLIT, LABEL = "merge", "split", "label"
DECIDED = "decided by "  # how the sentences begin that tell of a decision
PERSON = "person"  # protocol of a reason that is a person's word
CERTAIN = 1.0


class Decision(Struct, frozen=True, kw_only=True):
    """One decision of one person.

    subject: whom it is about. other: what a merge joins it with, or a split takes it from. seen, other_seen: a time
    (ns) at which these subjects were the devices that were meant, for addresses change hands. name, value: of a label.
    by, at: who decided, and when (ns).
    """

    site: str
    action: str
    subject: Subject
    seen: int
    other: Subject = Subject()
    other_seen: int = 0
    name: str = ""
    value: str = ""
    by: str
    at: int
    number: int = 0  # given by the store

    @property
    def signed(self) -> str:
        return f"{DECIDED}{self.by} on {moment(self.at)} (decision {self.number})"

    def says(self) -> str:
        """What was decided, in one line."""
        if self.action == MERGE:
            return f"{whom(self.subject)} and {whom(self.other)} are one device"
        if self.action == SPLIT:
            return f"{whom(self.subject)} is no part of {whom(self.other)}"
        return f"{self.name} of {whom(self.subject)} is {self.value}"

    def sentence(self) -> str:
        """As it stands among the reasons of a device."""
        return f"{self.signed}: {self.says()}"


class ContradictionError(ValueError):
    """A decision that would contradict another one, or change nothing; says what to do."""


def anchor(device: Device) -> tuple[Subject, int]:
    """The subject that a decision about a device is attached to, and when it was that device: a hardware address stays,
    an address does not."""
    if device.interfaces:
        return Subject(mac=min(device.interfaces)), device.last_seen
    if device.addresses:
        latest = max(device.addresses, key=lambda tenure: (tenure.until, tenure.ip))
        return Subject(ip=latest.ip), latest.until
    return next((subject for subject in device.subjects if subject.behind), device.subjects[0]), device.last_seen


def concerns(device: Device, subject: Subject, seen: int) -> bool:
    """Whether a device is the one that a decision's subject means."""
    if subject in device.subjects:
        return subject.mac != "" or bool(subject.behind) or held(device, subject.ip, seen)
    if subject.behind:
        return False
    if subject.mac:
        return subject.mac in device.interfaces
    return held(device, subject.ip, seen)


def held(device: Device, ip: str, seen: int) -> bool:
    return any(tenure.ip == ip and tenure.since <= seen <= tenure.until for tenure in device.addresses)


def part(device: Device, text: str) -> tuple[Subject, int]:
    """The part of a device that a text names: a hardware address, an address, or what it says of itself as a component
    (an identifier, as `show` writes it). ContradictionError where there is none."""
    wanted = " ".join(text.casefold().split())
    found: tuple[Subject, int] | None = None
    if wanted in device.interfaces:
        found = Subject(mac=wanted), device.last_seen
    for tenure in device.addresses:
        if wanted == tenure.ip:
            found = Subject(ip=tenure.ip), tenure.until
    for subject in device.subjects:
        if subject.behind and wanted in named_by(subject):
            found = subject, device.last_seen
            break
    if found is None:
        names = [*device.interfaces, *dict.fromkeys(tenure.ip for tenure in device.addresses)]
        names += dict.fromkeys(f"{one.scheme} {one.value}" for subject in device.subjects for one in subject.behind)
        raise ContradictionError(
            f"{text!r} is no part of {device.id} that can be split off; it has: {', '.join(names)}"
        )
    return found


def named_by(subject: Subject) -> set[str]:
    """The texts by which people may name a component."""
    names = {whom(subject).casefold()}
    for one in subject.behind:
        names |= {text.casefold() for text in (one.value, f"{one.scheme} {one.value}")}
    return names


def left_without(device: Device, gone: Subject) -> tuple[Subject, int] | None:
    """Where a device is anchored once a part of it is gone; None where nothing is left."""
    if gone.mac and not gone.behind:
        others = tuple(mac for mac in device.interfaces if mac != gone.mac)
        with_it = {subject.ip for subject in device.subjects if subject.mac == gone.mac}
        addresses = tuple(tenure for tenure in device.addresses if tenure.ip not in with_it)
        subjects = tuple(each for each in device.subjects if each.behind)
    elif gone.behind:
        others, addresses = device.interfaces, device.addresses
        subjects = tuple(each for each in device.subjects if each.behind and not set(each.behind) & set(gone.behind))
    else:
        others = device.interfaces
        addresses = tuple(tenure for tenure in device.addresses if tenure.ip != gone.ip)
        subjects = tuple(each for each in device.subjects if each.behind)
    if not others and not addresses and not subjects:
        return None
    rest = Device(
        id=device.id,
        site=device.site,
        kind="",
        name="",
        interfaces=others,
        addresses=addresses,
        subjects=subjects,
        first_seen=device.first_seen,
        last_seen=device.last_seen,
    )
    return anchor(rest)


def merge(one: Device, other: Device, known: Iterable[Decision], by: str, at: int) -> Decision:
    """The decision that two devices are one. ContradictionError where they are, or where somebody said they are not."""
    if one.id == other.id:
        raise ContradictionError(f"{one.id} is already one device")
    if one.site != other.site:
        raise ContradictionError(f"{one.id} is of site {one.site}, {other.id} of site {other.site}")
    for each in known:
        if each.action == SPLIT:
            ends = ((one, other), (other, one))
            if any(concerns(a, each.subject, each.seen) and concerns(b, each.other, each.other_seen) for a, b in ends):
                raise ContradictionError(f"{each.sentence()}; undo that first: sensor devices undo {each.number}")
    subject, seen = anchor(one)
    second, second_seen = anchor(other)
    return Decision(
        site=one.site,
        action=MERGE,
        subject=subject,
        seen=seen,
        other=second,
        other_seen=second_seen,
        by=by,
        at=at,
    )


def split(device: Device, text: str, known: Iterable[Decision], by: str, at: int) -> Decision:
    """The decision that a part of a device is another one. ContradictionError where somebody merged that part."""
    subject, seen = part(device, text)
    rest = left_without(device, subject)
    if rest is None:
        raise ContradictionError(f"{text!r} is all that {device.id} is known by; there is nothing to split it from")
    holders = [each.mac for each in device.subjects if each.ip == subject.ip and each.mac in device.interfaces]
    if not subject.mac and not subject.behind and holders:  # an address is taken from the interface that has it
        rest = Subject(mac=min(holders)), device.last_seen
    for each in known:
        if each.action == MERGE and subject in (each.subject, each.other):
            raise ContradictionError(f"{each.sentence()}; undo that first: sensor devices undo {each.number}")
    return Decision(
        site=device.site,
        action=SPLIT,
        subject=subject,
        seen=seen,
        other=rest[0],
        other_seen=rest[1],
        by=by,
        at=at,
    )


def label(device: Device, name: str, value: str, by: str, at: int) -> Decision:
    """The decision that an attribute of a device has a value."""
    subject, seen = anchor(device)
    return Decision(site=device.site, action=LABEL, subject=subject, seen=seen, name=name, value=value, by=by, at=at)


def taken(decisions: Iterable[Decision]) -> frozenset[tuple[str, str]]:
    """The addresses that people took from interfaces: (interface, address)."""
    return frozenset(
        (each.other.mac, each.subject.ip)
        for each in decisions
        if each.action == SPLIT and not each.subject.mac and not each.subject.behind
    )


def replaced(device: Device, name: str, known: Iterable[Decision]) -> list[Decision]:
    """The labels of that name which a new one takes the place of."""
    return [
        each
        for each in known
        if each.action == LABEL and each.name == name and concerns(device, each.subject, each.seen)
    ]


def labelled(attributes: Sequence[Attribute], labels: Iterable[Decision]) -> tuple[Attribute, ...]:
    """Attributes with people's labels in the first place: of several for one attribute the latest; what was computed
    stays visible."""
    by_name = {attribute.name: attribute for attribute in attributes}
    for each in sorted(labels, key=lambda one: (one.at, one.number)):
        known = by_name.get(each.name)
        beliefs = [known.believed, *known.also, *known.others] if known else []
        alike = [one for one in beliefs if spelling(each.name, one.value) == spelling(each.name, each.value)]
        rest = tuple(one for one in beliefs if one not in alike)
        reasons = (reason(each), *(why for one in alike for why in one.reasons))
        by_name[each.name] = Attribute(each.name, Belief(each.value, CERTAIN, reasons), rest)
    return tuple(by_name[name] for name in sorted(by_name))


def reason(each: Decision) -> Reason:
    """A label as the reason to believe its value."""
    at = Place(each.at, 0)
    return Reason(
        observable=f"label.{each.name}",
        text=each.value,
        value=each.value,
        weight=CERTAIN,
        rule=f"decision:{each.number}",
        protocol=PERSON,
        source=f"{PERSON} {each.by}",
        subject=each.subject,
        origin=f"decision {each.number}",
        count=1,
        first=at,
        last=at,
        counts_as=PERSON,
    )
