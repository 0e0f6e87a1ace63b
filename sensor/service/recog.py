"""Brings a folder in Recog's XML format into a folder of rules of the site's own, and tells how well that went."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from msgspec import Struct

from sensor.fingerprint import recog, toml
from sensor.fingerprint.load import Fingerprints, RulesError
from sensor.fingerprint.rules import Rule

MADE_BY = "Made by `sensor rules import recog`"
HEAD = MADE_BY + " from {files}, whose licence holds for it.\nThe next such command makes it anew."


class Place(Struct, frozen=True):
    """A fingerprint, or an example of one, that could not be used as it is."""

    file: str
    line: int
    what: str  # pattern or text
    says: str


class Taken(Struct):
    """What came of it."""

    files: int = 0
    fingerprints: int = 0
    rules: int = 0
    silent: int = 0  # fingerprints that say nothing that devices have
    examples: int = 0
    passed: int = 0  # examples that match, with the values that they name
    refused: list[Place] = []
    failed: list[Place] = []
    observables: list[str] = []
    unsaid: list[str] = []  # of them, those that no parser says

    @property
    def share(self) -> float:
        """Percent of the examples."""
        return 100 * self.passed / self.examples if self.examples else 100.0


def take(folder: Path, output: Path, prints: Fingerprints, emitted: Collection[str]) -> Taken:
    """Reads every XML file of `folder` and writes <observable>.toml files into `output`. Raises RulesError."""
    names = recog.Names.of(prints.files[recog.TABLE])
    taken = Taken()
    found: dict[str, list[Rule]] = {}
    sources: dict[str, list[str]] = {}
    for name, content in _files(folder):
        try:
            file = recog.read(name, content)
        except recog.RecogError as error:
            raise RulesError(f"{folder / str(error)}") from None
        taken.files += 1
        taken.fingerprints += len(file.fingerprints) + len(file.refused)
        taken.refused += (Place(name, *each) for each in file.refused)
        for one in file.fingerprints:
            _tried(one, taken)
        rules = list(recog.rules(file, names, prints.words))
        taken.silent += len(file.fingerprints) - len(rules)
        if rules:
            observable = recog.observable(file, names)
            found.setdefault(observable, []).extend(rules)
            sources.setdefault(observable, []).append(name)
    taken.rules = sum(map(len, found.values()))
    taken.observables = sorted(found)
    taken.unsaid = [observable for observable in taken.observables if observable not in emitted]
    _write(output, {of: toml.written(rules, HEAD.format(files=", ".join(sources[of]))) for of, rules in found.items()})
    return taken


def _tried(one: recog.Fingerprint, taken: Taken) -> None:
    for sample in one.samples:
        taken.examples += 1
        if says := one.fails(sample):
            taken.failed.append(Place(one.file, one.line, sample.text, says))
        else:
            taken.passed += 1


def _files(folder: Path) -> list[tuple[str, bytes]]:
    try:
        found = [(path.name, path.read_bytes()) for path in sorted(folder.glob("*.xml"))]
    except OSError as error:
        raise RulesError(f"{error.filename or folder}: cannot be read ({error.strerror})") from None
    if not found:
        raise RulesError(f"{folder}: no XML files here; give the folder that holds files such as ssh_banners.xml")
    return found


def _write(output: Path, files: dict[str, str]) -> None:
    """Nothing is written where a file of another origin would be lost."""
    try:
        output.mkdir(parents=True, exist_ok=True)
        paths = {output / f"{observable}.toml": text for observable, text in files.items()}
        for path in paths:
            if path.exists() and MADE_BY not in path.read_text(encoding="utf-8", errors="replace").partition("\n")[0]:
                raise RulesError(f"{path}: was not made by this command and is left as it is; give another folder")
        for path, text in paths.items():
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RulesError(f"{error.filename or output}: cannot be written ({error.strerror})") from None
