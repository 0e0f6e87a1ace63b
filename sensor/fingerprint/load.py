"""Reads the folder of fingerprints: the only part of this package that opens files.

All files are read at once, so that a run never sees half of an update; each is decoded when it is first needed, so that
a command that asks for no rule pays for none.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any, TypeVar

import msgspec
import re2

from sensor.fingerprint import udi
from sensor.fingerprint.dicom import (
    Implementation,
    Implementations,
    Modalities,
    Modality,
    SopClass,
    SopClasses,
    Together,
)
from sensor.fingerprint.nomenclature import MdcDevice, MdcDevices
from sensor.fingerprint.observables import Observables
from sensor.fingerprint.oui import Makers, Oui, OuiError
from sensor.fingerprint.rules import Direct, Reader, Rule, Rules, compiled
from sensor.fingerprint.words import Kind, Maker, Word, Words

PACKAGED = Path(__file__).parents[1] / "_fingerprints"
FOLDER = PACKAGED if PACKAGED.is_dir() else Path(__file__).parents[2] / "fingerprints"
OUI = "oui/oui.dat"
OBSERVABLES = "observables.toml"
CALIBRATION = "calibration.toml"
STATED_WEIGHT = 0.55  # an EUI-64 in a message is mostly of the device itself, but may be of the module that connects it
SITE_RULES = "SENSOR_RULES"  # environment: it reaches every process of a run

T = TypeVar("T")


class RulesError(ValueError):
    """The fingerprints cannot be used: says which file, which entry and what to do about it."""


def read(folder: Path = FOLDER, site: Iterable[Path] = ()) -> Fingerprints:
    """All files of the folder, by path inside it. site: folders with further rules, <observable>.toml each."""
    try:
        paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith((".", "__")))
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    except OSError as error:
        hint = "install auscult again or give another folder"
        raise RulesError(f"{folder}: cannot be read ({error.strerror}); {hint}") from None
    if "version.toml" not in files:
        raise RulesError(f"{folder}: no fingerprints here (version.toml is missing); install auscult again")
    further = {str(path): content for each in site for path, content in _further(each)}
    found = Fingerprints(files | further, tuple(further))
    found.check_site()
    return found


def load(folder: Path = FOLDER) -> Rules:
    """The rules of the folder, and those of the site, ready for `apply`."""
    return Rules(read(folder, site_folders()))


def site_folders(environment: Mapping[str, str] = os.environ) -> list[Path]:
    """The folders with a site's own rules: SITE_RULES names them, as PATH does programs."""
    return [Path(folder) for folder in environment.get(SITE_RULES, "").split(os.pathsep) if folder]


def _further(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """The files of rules in a folder of a site."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".toml")
        found = [(path, path.read_bytes()) for path in paths]
    except OSError as error:
        raise RulesError(f"{error.filename or folder}: cannot be read ({error.strerror})") from None
    if not found:
        raise RulesError(f"{folder}: no rules here; a file is named by its observable, such as http.server.toml")
    yield from found


class Fingerprints:
    """The content of the folder, decoded part by part; a `sensor.fingerprint.rules.Source`."""

    def __init__(self, files: Mapping[str, bytes], site: Sequence[str] = ()) -> None:
        """site: names of those files that are a site's own, each with further rules of one observable."""
        self.files = files
        self.site = site
        self._tables: dict[str, Reader] = {}
        self._sections: dict[str, dict[str, Any]] = {}  # by file; those that are asked for one section after the other

    @cached_property
    def version(self) -> str:
        """The date of the rules and a mark of their text, so that an edited rule too is another version."""
        sum_ = hashlib.sha256()
        for name, content in self.files.items():
            sum_.update(f"{PurePath(name).name if name in self.site else name}\n{len(content)}\n".encode())
            sum_.update(content if name != OUI else content[:256])
        date = self._toml("version.toml").get("date", "undated")
        return f"{date}+{sum_.hexdigest()[:8]}"

    @cached_property
    def words(self) -> Words:
        return Words(
            self._rows("words/kinds.toml", "kind", Kind),
            self._rows("words/makers.toml", "maker", Maker),
            self._rows("words/attributes.toml", "attribute", Word),
        )

    @cached_property
    def implementations(self) -> Implementations:
        return Implementations(self.implementation_rows)

    @cached_property
    def implementation_rows(self) -> tuple[Implementation, ...]:
        return self._rows("dicom/implementation_uids.toml", "implementation", Implementation)

    @cached_property
    def sop_class_rows(self) -> tuple[SopClass, ...]:
        return self._rows("dicom/sop_classes.toml", "sop_class", SopClass)

    @cached_property
    def sop_classes(self) -> SopClasses:
        return SopClasses(self.sop_class_rows)

    @cached_property
    def modality_rows(self) -> tuple[Modality, ...]:
        return self._rows("dicom/modalities.toml", "modality", Modality)

    @cached_property
    def together_rows(self) -> tuple[Together, ...]:
        return self._rows("dicom/modalities.toml", "together", Together)

    @cached_property
    def modalities(self) -> Modalities:
        return Modalities(self.modality_rows, self.together_rows, self.words.general)

    @cached_property
    def mdc_rows(self) -> tuple[MdcDevice, ...]:
        return self._rows("nomenclature/mdc_devices.toml", "mdc_device", MdcDevice)

    @cached_property
    def mdc_sources(self) -> dict[str, str]:
        found: dict[str, str] = self._toml("nomenclature/mdc_devices.toml").get("sources", {})
        return found

    @cached_property
    def mdc_devices(self) -> MdcDevices:
        return MdcDevices(self.mdc_rows)

    @cached_property
    def oui(self) -> Oui:
        try:
            return Oui(self.files.get(OUI, b""))
        except OuiError as error:
            raise RulesError(f"{OUI}: {error}") from None

    @cached_property
    def directs(self) -> tuple[Direct, ...]:
        """Observables whose text is an attribute as it stands."""
        found = list(self._rows("rules/direct.toml", "direct", Direct))
        for observable, sets in self._section("attribute", dict[str, dict[str, float]]).items():
            found += (Direct(observable, attribute, weight) for attribute, weight in sets.items())
        return tuple(found)

    @cached_property
    def known(self) -> Observables:
        """What observables are, beside what the rules read out of their texts."""
        many = dict[str, frozenset[str]]
        return Observables(
            identifiers=self._section("identifier", dict[str, str]),
            proofs=self._section("proof", dict[str, str]),
            virtual=self._section("virtual", many).get("observables", frozenset()),
            host_names=frozenset(direct.observable for direct in self.directs if direct.attribute == "hostname"),
            names=self._section("name", many).get("observables", frozenset()),
            uses=self._section("use", dict[str, str]),
        )

    @cached_property
    def holds(self) -> dict[str, tuple[tuple[float, float], ...]]:
        """How far a computed confidence was measured to hold, by attribute."""
        return self._section("holds", dict[str, tuple[tuple[float, float], ...]], CALIBRATION)

    def _section(self, name: str, type_: type[T], file: str = OBSERVABLES) -> T:
        if file not in self._sections:
            self._sections[file] = self._toml(file)
        try:
            return msgspec.convert(self._sections[file].get(name, {}), type_)
        except msgspec.ValidationError as error:
            raise RulesError(f"{file}: {name}: {error}; correct it, then run: sensor rules check") from None

    @cached_property
    def empty(self) -> frozenset[str]:
        return frozenset(self._direct_toml.get("empty", ()))

    @cached_property
    def table_of(self) -> dict[str, str]:
        """Observable to the name of the table that reads it."""
        found: dict[str, str] = self._direct_toml.get("table", {})
        return found

    @cached_property
    def like(self) -> dict[str, str]:
        """Observable to the one whose patterns it shares."""
        found: dict[str, str] = self._direct_toml.get("like", {})
        return found

    @cached_property
    def _direct_toml(self) -> dict[str, Any]:
        return self._toml("rules/direct.toml")

    @property
    def observables(self) -> list[str]:
        """Every observable that anything here reads."""
        files = (name.split("/") for name in self.files)
        patterns = {parts[1].removesuffix(".toml") for parts in files if len(parts) == 2 and parts[0] == "rules"}
        direct = {direct.observable for direct in self.directs}
        return sorted((patterns - {"direct"}) | direct | set(self.table_of) | set(self.like) | set(self._site_files))

    def shares(self, observable: str) -> str:
        return self.like.get(observable, observable)

    def patterns(self, observable: str) -> Sequence[Rule]:
        shipped = self._rows(f"rules/{observable}.toml", "rule", Rule)
        return sum((self.site_rules(name) for name in self._site_files.get(observable, ())), shipped)

    def site_rules(self, name: str) -> tuple[Rule, ...]:
        """Those of one of the site's files."""
        return self._rows(name, "rule", Rule)

    def check_site(self) -> None:
        """Raises RulesError for the first thing in a site's files that could not be used."""
        ids: set[str] = set()
        for name in self.site:
            observable = PurePath(name).stem
            shipped = {rule.id for rule in self._rows(f"rules/{observable}.toml", "rule", Rule)}
            for number, rule in enumerate(self.site_rules(name), 1):
                if says := self._unusable(rule, observable, shipped | ids):
                    raise RulesError(f"{name}:{self.line(name, 'rule', number)}: rule {rule.id}: {says}")
                ids.add(rule.id)

    def _unusable(self, rule: Rule, observable: str, taken: Collection[str]) -> str:
        if rule.observable != observable:
            return f"observable: {rule.observable!r} belongs in a file of its own, {rule.observable}.toml"
        if self.shares(observable) != observable:
            return f"observable: {observable!r} is read with the patterns of {self.shares(observable)!r}; put it there"
        if rule.id in taken:
            return "id: another rule has it"
        if unknown := set(rule.sets) - set(self.words.attributes):
            return f"sets: there is no attribute {min(unknown)!r}"
        try:
            compiled(rule.match)
        except re2.error as error:
            return f"match: RE2 refuses it: {error}"
        return ""

    def line(self, name: str, key: str, number: int) -> int:
        """The line on which the entry of this number begins."""
        lines = self.files[name].decode("utf-8", "replace").splitlines()
        heads = [at for at, line in enumerate(lines, 1) if line.strip().replace(" ", "") == f"[[{key}]]"]
        return heads[number - 1] if number <= len(heads) else 1

    @cached_property
    def _site_files(self) -> dict[str, tuple[str, ...]]:
        """Observable to the site's files of it."""
        by: dict[str, tuple[str, ...]] = {}
        for name in self.site:
            observable = PurePath(name).stem
            by[observable] = (*by.get(observable, ()), name)
        return by

    def direct(self, observable: str) -> Sequence[Direct]:
        return self._direct_by.get(observable, ())

    def tables(self, observable: str) -> Sequence[Reader]:
        name = self.table_of.get(observable)
        if name is None:
            return ()
        if name not in self._tables:
            self._tables[name] = self._table(name)
        return (self._tables[name],)

    def _table(self, name: str) -> Reader:
        if name == "implementation_uids":
            return self.implementations.claims
        if name == "sop_classes":
            return self.sop_classes.claims
        if name == "modalities":
            return self.modalities.claims
        if name == "mdc_devices":
            return self.mdc_devices.claims
        if name == "addresses":
            return Makers(self.oui, self.words).claims
        if name == "stated_addresses":
            return Makers(self.oui, self.words, STATED_WEIGHT).claims
        if name == "makers":
            return self.words.claims
        if name == "udi":
            return udi.claims
        raise RulesError(f"rules/direct.toml: there is no table {name!r}")

    @cached_property
    def _direct_by(self) -> dict[str, tuple[Direct, ...]]:
        by: dict[str, tuple[Direct, ...]] = {}
        for direct in self.directs:
            by[direct.observable] = (*by.get(direct.observable, ()), direct)
        return by

    def _toml(self, name: str) -> dict[str, Any]:
        content = self.files.get(name)
        if content is None:
            return {}
        try:
            return tomllib.loads(content.decode())
        except ValueError as error:  # TOMLDecodeError and UnicodeDecodeError
            raise RulesError(f"{name}: {error}; correct the file, then run: sensor rules check") from None

    def entries(self, name: str, key: str) -> list[Any]:
        """The entries of a file as they stand in it."""
        entries = self._toml(name).get(key, [])
        if not isinstance(entries, list):
            raise RulesError(f"{name}: {key} is not a list of tables; correct the file, then run: sensor rules check")
        return entries

    def _rows(self, name: str, key: str, row: type[T]) -> tuple[T, ...]:
        found = []
        for number, entry in enumerate(self.entries(name, key), 1):
            try:
                found.append(msgspec.convert(entry, row))
            except msgspec.ValidationError as error:
                label = entry.get("id", f"number {number}") if isinstance(entry, dict) else f"number {number}"
                place = f"{name}:{self.line(name, key, number)}"
                raise RulesError(f"{place}: {key} {label}: {error}; correct it, then run: sensor rules check") from None
        return tuple(found)
