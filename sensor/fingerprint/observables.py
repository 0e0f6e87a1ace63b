"""What observables are: which identify a device and how strongly, which prove an address, which are names."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

SCHEMES = frozenset({"uuid", "engine_id", "chassis", "install", "key"})


class Observables(Struct, frozen=True):
    """The table of fingerprints/observables.toml, without the attributes, which the rules read.

    identifiers: observable -> scheme. proofs: observable about an interface whose text is an address -> how it proves
    that the interface has it. virtual: observables that name an address which routers share. host_names, names:
    observables that two interfaces of one device have in common; the former are compared with each other. uses:
    observable, or observable and text, -> what one saying of it counts as.
    """

    identifiers: Mapping[str, str] = {}
    proofs: Mapping[str, str] = {}
    virtual: frozenset[str] = frozenset()
    host_names: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    uses: Mapping[str, str] = {}
