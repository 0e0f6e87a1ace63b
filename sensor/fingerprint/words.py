"""The controlled words: kinds of device, makers and the spellings they go by, attributes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from msgspec import Struct

from sensor.fingerprint.claim import Claim

LEGAL = (
    "ab ag aps as asa bv co company corp corporate corporation gmbh inc incorporated kg kgaa kk limited llc ltd ltda",
    "nv oy oyj plc pty pvt sa sas sarl spa srl sro",
)
LEGAL_FORMS = frozenset(word for line in LEGAL for word in line.split())
NAMED_WEIGHT = 0.6  # an organisation that is a maker of devices: mostly of this one, now and then only of what it runs
REMEMBERED = 4096  # names; makers are some hundreds, and each is met with every device of it
NOT_WORD = re.compile(r"[^\w&+]+")


class Kind(Struct, frozen=True, forbid_unknown_fields=True):
    """What a device is. A code that no source gives is empty."""

    kind: str
    family: str
    en: str
    fr: str
    emdn: str = ""  # European Medical Device Nomenclature
    emdn_term: str = ""
    eu_class: str = ""  # usual class under Regulation (EU) 2017/745 or 2017/746
    us_class: str = ""
    fda_code: str = ""  # FDA product code
    modality: tuple[str, ...] = ()  # DICOM modality codes of what it makes
    life_supporting: str = ""  # yes, no or depends: a judgement, not a regulatory status
    covers: tuple[str, ...] = ()  # kinds of which it is one, where it is not known which


class Past(Struct, frozen=True, forbid_unknown_fields=True):
    """What became of a maker: renamed, bought, split off."""

    year: int
    what: str
    origin: str


class Maker(Struct, frozen=True, forbid_unknown_fields=True):
    """A maker and what it is called: `names` anywhere, the other lists only in texts of that protocol."""

    maker: str
    names: tuple[str, ...] = ()
    dicom: tuple[str, ...] = ()
    hl7: tuple[str, ...] = ()
    oui: tuple[str, ...] = ()  # as the address registry writes it
    advisory: tuple[str, ...] = ()  # as security advisories write it
    medical: bool = False
    module: bool = False  # makes network modules that sit in other makers' devices
    typical: str = ""  # kind, where the holder of the address block makes hardly anything else
    part_of: str = ""  # the maker that it belongs to now
    history: tuple[Past, ...] = ()


class Word(Struct, frozen=True, forbid_unknown_fields=True):
    """An attribute. words: the list that its values come from ("makers", "kinds", or "values" for `values`), or "".

    many: several values may be true at once, so that they do not contradict each other.
    """

    attribute: str
    en: str
    fr: str
    says: str
    words: str = ""
    values: tuple[str, ...] = ()
    many: bool = False


@lru_cache(maxsize=REMEMBERED)
def plain(name: str) -> str:
    """A maker's name without case, punctuation and legal form, for comparison."""
    words = NOT_WORD.sub(" ", name.casefold().replace(".", "")).split()
    while len(words) > 1 and words[-1] in LEGAL_FORMS:
        words.pop()
    return " ".join(words)


class Words:
    """The lists, and the look-ups in them."""

    def __init__(self, kinds: Iterable[Kind], makers: Iterable[Maker], attributes: Iterable[Word]) -> None:
        self.kinds: Mapping[str, Kind] = {kind.kind: kind for kind in kinds}
        self.makers: Mapping[str, Maker] = {maker.maker: maker for maker in makers}
        self.attributes: Mapping[str, Word] = {word.attribute: word for word in attributes}
        self.maker_attributes = frozenset(word.attribute for word in self.attributes.values() if word.words == "makers")
        self._named: dict[str, dict[str, str]] = {"": {}, "dicom": {}, "hl7": {}, "oui": {}, "advisory": {}}
        for maker in self.makers.values():
            for name in (maker.maker, *maker.names):
                self._named[""][plain(name)] = maker.maker
            for context in ("dicom", "hl7", "oui", "advisory"):
                for name in getattr(maker, context):
                    self._named[context][plain(name)] = maker.maker

    def claims(self, text: str) -> Iterator[Claim]:
        """The maker, where a text that may be a maker's name is one."""
        if name := self.maker_named(text):
            yield Claim("manufacturer", name, NAMED_WEIGHT, "maker")

    def general(self, kinds: Iterable[str]) -> str:
        """The kind that stands for all of these where it is not known which, or ""."""
        wanted = set(kinds)
        return next((kind.kind for kind in self.kinds.values() if wanted <= set(kind.covers)), "")

    def past(self, maker: str) -> tuple[Past, ...]:
        """What became of a maker, the earliest first."""
        return self.makers[maker].history if maker in self.makers else ()

    def house(self, maker: str) -> str:
        """The maker that this one belongs to now, over as many steps as it takes; itself where it is nobody's."""
        seen = {maker}
        while (known := self.makers.get(maker)) and known.part_of and known.part_of not in seen:
            maker = known.part_of
            seen.add(maker)
        return maker

    def maker_named(self, text: str, context: str = "") -> str:
        """The maker that a text of this protocol names, as we write it; "" where the text is no known name of one."""
        name = plain(text)
        return self._named.get(context, {}).get(name) or self._named[""].get(name, "")
