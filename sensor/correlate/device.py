"""What correlation yields: a device, its attributes, and for each value the reasons to believe it."""

from __future__ import annotations

from msgspec import Struct

from sensor.model import Place, Subject

DEVICE = "device"
HARDWARE = "ethernet."  # observables of an interface's own address
UNCONFIRMED = "unconfirmed"  # an address that sent one frame and got no answer: counted, hidden by default


class Reason(Struct, frozen=True, gc=False):
    """One row of evidence that speaks for a value, and the rule that read the value out of it.

    value is what is claimed (a maker, a kind), text what was on the wire. rule is "" where the observable is the
    attribute itself. weight: how far the row may be believed about its subject, times how far the rule may be.
    counts_as: the independent source whose vote it is; reasons that count as one source convince no more than one.
    """

    observable: str
    text: str
    value: str
    weight: float
    rule: str
    protocol: str
    source: str
    subject: Subject
    origin: str
    count: int
    first: Place
    last: Place
    counts_as: str = ""


class Belief(Struct, frozen=True, gc=False):
    """A value, how far it is believed (0 to 1), and why: most weighty reason first, capped."""

    value: str
    confidence: float
    reasons: tuple[Reason, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """The independent sources that the confidence was computed from; each has a reason here."""
        return tuple(sorted({reason.counts_as or reason.source for reason in self.reasons}))


class Attribute(Struct, frozen=True, gc=False):
    """A property of a device: the value believed, the losing values that stay visible as contradictions, and those that
    are true also, where an attribute may have several."""

    name: str
    believed: Belief
    others: tuple[Belief, ...] = ()
    also: tuple[Belief, ...] = ()

    @property
    def by_address_alone(self) -> bool:
        """Known from nothing but whose block the hardware address is in."""
        said = {reason.observable.startswith(HARDWARE) for reason in self.believed.reasons}
        return said == {True}


class Tenure(Struct, frozen=True, order=True, gc=False):
    """An address held from `since` to `until` (ns since 1970 UTC), as far as was seen."""

    ip: str
    since: int
    until: int


class Device(Struct, frozen=True, kw_only=True, gc=False):
    """What is believed to exist: subjects that are one thing, and what they say together.

    parent: id of the host that speaks of it, or "". merges: one sentence for each reason why its subjects are one.
    aliases: ids that it would have if another of its subjects had been seen first; every command accepts them.
    """

    id: str
    site: str
    kind: str
    name: str
    parent: str = ""
    state: str = DEVICE
    attributes: tuple[Attribute, ...] = ()
    interfaces: tuple[str, ...] = ()
    addresses: tuple[Tenure, ...] = ()
    applications: tuple[str, ...] = ()
    subjects: tuple[Subject, ...] = ()
    merges: tuple[str, ...] = ()
    first_seen: int
    last_seen: int
    aliases: tuple[str, ...] = ()
