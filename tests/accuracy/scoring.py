"""Compares what the product says there is with what there is. Pure; knows neither the generator nor the product.

A device found belongs to a truth by what identifies it: its hardware addresses, and the identifiers under which others
speak of it; by its addresses only where it has neither. What belongs to two truths is blended, what belongs to none is
invented; a truth that several devices belong to is split.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct, field

UNKNOWN = "unknown"
ENOUGH = 3  # frames of its own that a device must have sent, if nothing was sent to it, to be looked for
MEDICAL = "medical protocol"
EXACTLY = "exactly"  # a kind that stands for several does not count


class Truth(Struct):
    """One line of truth.jsonl; see pcaps/make/hospital/truth.py for what the fields mean."""

    number: int
    family: str
    name: str
    attributes: dict[str, list[str]] = {}
    broader: dict[str, list[str]] = {}
    origins: dict[str, str] = {}
    said: list[str] = []
    macs: list[str] = []
    borrowed: list[str] = []
    ids: list[tuple[str, str]] = []
    loose: list[str] = []
    held: list[tuple[str, int, int, int]] = []
    parent: int | None = None
    distinguishable: bool = True
    why: str = ""
    sent: int = 0
    answered: bool = False
    told: int = 0
    medical: bool = False

    @property
    def looked_for(self) -> bool:
        """Whether it must be found: it can be told from others, and was heard often enough."""
        return self.distinguishable and (self.sent >= ENOUGH or self.answered or self.told > 0)


class Value(Struct):
    """What is believed of one attribute. computed: the confidence before any calibration."""

    text: str
    confidence: float
    computed: float = 0.0


class Found(Struct):
    """One device that the product says there is. ids: (scheme, value) under which others speak of it."""

    id: str
    attributes: dict[str, Value] = {}
    macs: Sequence[str] = ()
    addresses: Sequence[tuple[str, int, int]] = ()
    ids: Sequence[tuple[str, str]] = ()
    parent: str = ""


class Wrong(Struct):
    """One error, with what it takes to look it up."""

    what: str  # missed, split, blended, invented, or the name of an attribute
    family: str
    truths: list[int]
    found: list[str]
    text: str


class Share(Struct):
    """right of all."""

    right: int = 0
    all: int = 0

    def add(self, *, right: bool) -> None:
        self.right += right
        self.all += 1

    @property
    def value(self) -> float:
        return self.right / self.all if self.all else 1.0


class Judged(Struct):
    """One value that the product gave, and whether it is right."""

    family: str
    attribute: str
    confidence: float
    right: bool
    computed: float


class Score(Struct):
    """Everything that was counted. precision and recall are by attribute and by (attribute, "unseen")."""

    truths: int = 0
    looked_for: int = 0
    there: int = 0  # devices the product says there are
    found: int = 0
    missed: int = 0
    split: int = 0
    blended: int = 0
    invented: int = 0
    apart: int = 0  # parts of devices that nothing on the wire joins to them
    precision: dict[str, Share] = {}
    recall: dict[str, Share] = {}
    parents: Share = field(default_factory=Share)
    judged: list[Judged] = []
    wrong: list[Wrong] = []


def plain(text: str) -> str:
    return " ".join(text.casefold().split())


def is_right(attribute: str, value: str, right: Iterable[str]) -> bool:
    """Case and blanks mean nothing, nor does the domain after a host name; a release may be told more exactly."""
    forms = {plain(each) for each in right}
    mine = plain(value)
    if attribute == "os":
        return mine in forms or any(form[-1].isdigit() and mine.startswith(f"{form} ") for form in forms)
    if attribute == "hostname":
        return mine in forms or mine.partition(".")[0] in {form.partition(".")[0] for form in forms}
    return mine in forms


class Owners:
    """Whose a hardware address, an identifier or an address is."""

    def __init__(self, truths: Sequence[Truth]) -> None:
        self.truths = {truth.number: truth for truth in truths}
        self.macs: dict[str, set[int]] = defaultdict(set)
        self.ids: dict[tuple[str, str], set[int]] = defaultdict(set)
        self.held: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
        for truth in truths:
            for mac in truth.macs:
                self.macs[mac].add(truth.number)
            for scheme, value in truth.ids:
                self.ids[sort_of(scheme), plain(value)].add(truth.number)
            for ip, since, until, _ in truth.held:
                self.held[ip].append((since, until, truth.number))
            for mac in truth.borrowed:
                self.macs.setdefault(mac, set())

    def firmly(self, found: Found) -> tuple[set[int], set[int]]:
        """By what identifies it: truths by what holds them together, and truths by what nothing joins to them."""
        firm: set[int] = set()
        loose: set[int] = set()
        for mac in found.macs:
            for number in self.macs.get(mac, ()):
                (loose if mac in self.truths[number].loose else firm).add(number)
        candidates = [owners for scheme, value in found.ids if (owners := self._spoken(scheme, value))]
        for number in {min(owners) for owners in candidates if len(owners) == 1}:
            values = {plain(value) for _, value in found.ids}
            apart = any(plain(each) in value for each in self.truths[number].loose for value in values)
            (loose if apart else firm).add(number)
        if not firm and not loose and candidates:
            firm = set.intersection(*candidates) or set.union(*candidates)
            firm = {min(firm)} if firm else firm
        return firm, loose

    def _spoken(self, scheme: str, value: str) -> set[int]:
        text = plain(value)
        found = self.ids.get((sort_of(scheme), text))
        if found or scheme != "model_station":
            return found or set()
        station = text.rpartition("|")[2].strip()
        if named := self.ids.get(("station", station)):
            return named
        return next((owners for (sort, bed), owners in self.ids.items() if sort == "bed" and text.endswith(bed)), set())

    def by_address(self, found: Found) -> tuple[set[int], set[int]]:
        """Who held its addresses while it had them; the one who held most of that time where hands changed."""
        share: Counter[int] = Counter()
        joined: set[int] = set()
        for ip, since, until in found.addresses:
            for start, end, number in self.held.get(ip, ()):
                both = min(until, end) - max(since, start)
                if both >= 0:
                    share[number] += both + 1
                    if ip not in self.truths[number].loose:
                        joined.add(number)
        most = max(share.values(), default=0)
        mine = {number for number, time in share.items() if time * 2 > most}
        return mine & joined, mine - joined


def sort_of(scheme: str) -> str:
    """Serial numbers come under several schemes: a system id in one message is an instance in the next."""
    return {"obx18": "serial", "udi": "serial", "uuid": "serial"}.get(scheme, scheme)


def score(
    truths: Sequence[Truth],
    found: Sequence[Found],
    *,
    never: frozenset[str] = frozenset(),
    unseen: Callable[[str, str], bool] = lambda origin, text: False,
) -> Score:
    """never: addresses that no device has (of routers that stand in for each other). unseen: whether no rule knows a
    text from its origin."""
    owners = Owners(truths)
    out = Score(truths=len(truths), looked_for=sum(truth.looked_for for truth in truths), there=len(found))
    belongs: dict[int, list[Found]] = defaultdict(list)  # truth -> devices that are it
    apart: dict[int, list[Found]] = defaultdict(list)  # truth -> devices that are a part that nothing joins to it
    whose: dict[str, int] = {}
    for each in found:
        firm, loose = owners.firmly(each)
        told_apart = {number for number in firm | loose if owners.truths[number].distinguishable}
        if len(told_apart) > 1:
            out.blended += 1
            names = ", ".join(owners.truths[number].name for number in sorted(told_apart))
            family = owners.truths[min(told_apart)].family
            out.wrong.append(Wrong("blended", family, sorted(told_apart), [each.id], names))
        if not firm and not loose:
            firm, loose = owners.by_address(each)
            borrowed = any(mac in owners.macs for mac in each.macs)
            if not firm and not loose and not borrowed:
                out.invented += 1
                text = " ".join((*each.macs, *(ip for ip, _, _ in each.addresses), *(f"{s}={v}" for s, v in each.ids)))
                shared = " (shared by routers)" if any(ip in never for ip, _, _ in each.addresses) else ""
                out.wrong.append(Wrong("invented", "", [], [each.id], text + shared))
        for number in firm:
            belongs[number].append(each)
        for number in loose - firm:
            apart[number].append(each)
        out.apart += bool(loose and not firm)
        if len(firm | loose) == 1:
            whose[each.id] = min(firm | loose)
    for truth in truths:
        if truth.looked_for:
            count(out, truth, belongs[truth.number], apart[truth.number])
    for each in found:
        if each.id in whose:
            judge(out, owners.truths[whose[each.id]], each, unseen)
            parent(out, owners, owners.truths[whose[each.id]], each, whose)
    for truth in truths:
        if truth.looked_for:
            mine = [e for e in (*belongs[truth.number], *apart[truth.number]) if whose.get(e.id) == truth.number]
            remember(out, truth, mine, unseen)
    return out


def count(out: Score, truth: Truth, whole: list[Found], parts: list[Found]) -> None:
    ids = [each.id for each in (*whole, *parts)]
    if not ids:
        out.missed += 1
        out.wrong.append(Wrong("missed", truth.family, [truth.number], [], truth.name))
        return
    out.found += 1
    if len(whole) > 1:
        out.split += 1
        out.wrong.append(Wrong("split", truth.family, [truth.number], ids, truth.name))


def judge(out: Score, truth: Truth, found: Found, unseen: Callable[[str, str], bool]) -> None:
    """Every value given of an attribute of which the truth is known."""
    for attribute, value in found.attributes.items():
        right = truth.attributes.get(attribute)
        if right is None or (attribute == "kind" and value.text == UNKNOWN):
            continue
        good = is_right(attribute, value.text, [*right, *truth.broader.get(attribute, ())])
        for name in counted_under(truth, attribute, unseen):
            out.precision.setdefault(name, Share()).add(right=good)
        out.judged.append(Judged(truth.family, attribute, value.confidence, good, value.computed))
        if not good:
            said = f"{value.text!r} ({value.confidence:.2f}), not {', '.join(right[:2]) or 'any'}"
            out.wrong.append(Wrong(attribute, truth.family, [truth.number], [found.id], said))


def remember(out: Score, truth: Truth, found: list[Found], unseen: Callable[[str, str], bool]) -> None:
    """Every attribute that was said in clear of a device that is looked for. A value that is right but says less is
    known, and counted apart: whether it is known exactly."""
    for attribute in truth.said:
        right, less = truth.attributes[attribute], truth.broader.get(attribute, ())
        given = [each.attributes[attribute].text for each in found if attribute in each.attributes]
        exact = any(is_right(attribute, text, right) for text in given)
        known = exact or any(is_right(attribute, text, less) for text in given)
        for name in counted_under(truth, attribute, unseen):
            out.recall.setdefault(name, Share()).add(right=known)
            if attribute == "kind":
                out.recall.setdefault(f"{name}, {EXACTLY}", Share()).add(right=exact)
        if not known and found and not given:
            out.wrong.append(Wrong(f"no {attribute}", truth.family, [truth.number], [e.id for e in found], right[0]))


def counted_under(truth: Truth, attribute: str, unseen: Callable[[str, str], bool]) -> list[str]:
    names = [attribute]
    if attribute in truth.origins:
        text = (truth.attributes.get("model") or truth.attributes[attribute] or [""])[0]
        if unseen(truth.origins[attribute], text):
            names.append(f"{attribute}, unseen texts")
    if attribute == "kind" and truth.medical:
        names.append(f"kind, {MEDICAL}")
    return names


def parent(out: Score, owners: Owners, truth: Truth, found: Found, whose: Mapping[str, int]) -> None:
    """Whether a device behind another is behind the right one. Seen itself it has none, which is right as well."""
    if truth.parent is None or not truth.distinguishable or not found.parent or found.macs:
        return
    right = whose.get(found.parent) == truth.parent
    out.parents.add(right=right)
    if not right:
        theirs = owners.truths.get(whose.get(found.parent, -1))
        text = f"behind {theirs.name if theirs else 'nobody'}, not {owners.truths[truth.parent].name}"
        out.wrong.append(Wrong("parent", truth.family, [truth.number], [found.id, found.parent], text))
