"""What correlation is told about texts and codes; it opens no file and knows no table of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from sensor.fingerprint.claim import Claim
from sensor.fingerprint.observables import Observables


class Knowledge(Struct, frozen=True):
    """The rules, as far as correlation asks them.

    claims(observable, text): what a text means. maker(mac): who holds the block of an interface's address.
    modality(uid): what the plain device of a storage SOP class makes, or "". kinds(modalities): the kinds that make
    just these. several: attributes of which several values may be true at once. observables: which of them identify a
    device, prove an address, or are names. holds: attribute -> how far its confidence was measured to hold. covers:
    general kinds -> the kinds that each stands for.
    """

    claims: Callable[[str, str], tuple[Claim, ...]]
    maker: Callable[[str], str]
    modality: Callable[[str], str]
    kinds: Callable[[Iterable[str]], Sequence[str]]
    several: frozenset[str] = frozenset()
    observables: Observables = Observables()
    holds: Mapping[str, Sequence[tuple[float, float]]] = {}
    covers: Mapping[str, frozenset[str]] = {}
