"""What is installed with the product may be shipped with it, and the GPL tools stay with the tests."""

from __future__ import annotations

import ast
import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
ALLOWED = re.compile(r"\b(Apache|BSD|MIT|ISC|Python Software Foundation|PSF|MIT-CMU|0BSD)\b", re.IGNORECASE)
REFUSED = re.compile(r"\b(A?GPL|GNU General Public|SSPL|PolyForm|Commons Clause)\b", re.IGNORECASE)


SHIPPED = ("", "export", "push", "live")  # extras; psycopg (LGPL-3.0) is installed by whoever wants PostgreSQL


def closure(name: str) -> dict[str, Distribution]:
    """The distributions that installing `name` with the extras that are shipped brings along."""
    found: dict[str, Distribution] = {}
    waiting = [name]
    while waiting:
        wanted = waiting.pop()
        if wanted in found:
            continue
        try:
            found[wanted] = distribution(wanted)
        except PackageNotFoundError:
            continue
        for text in found[wanted].requires or ():
            needed = Requirement(text)
            extras = SHIPPED if wanted == name else ("",)
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(needed.name.lower())
    return found


def licence(package: Distribution) -> str:
    """All that its metadata says of its licence."""
    about = package.metadata
    classifiers = [line for line in about.get_all("Classifier") or () if line.startswith("License")]
    return " ".join([about.get("License-Expression") or "", (about.get("License") or "")[:200], *classifiers])


def test_the_runtime_closure_has_only_allowed_licences() -> None:
    packages = closure("auscult")
    assert len(packages) > 8, "the closure was not found"
    wrong = {
        name: licence(p) for name, p in packages.items() if not ALLOWED.search(licence(p)) or REFUSED.search(licence(p))
    }
    assert not wrong


def test_the_gpl_tools_are_not_in_the_closure() -> None:
    assert not {"scapy", "pyshark"} & set(closure("auscult"))


def imported(path: Path) -> set[str]:
    """Top-level names of all modules that a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("folder", ["sensor", "parsers"])
def test_the_product_imports_neither_scapy_nor_pyshark(folder: str) -> None:
    files = list((ROOT / folder).rglob("*.py"))
    assert files
    assert not {str(f): names for f in files if (names := imported(f) & {"scapy", "pyshark"})}


def test_scripts_with_scapy_stand_alone_and_say_their_licence() -> None:
    for path in (ROOT / "pcaps").rglob("*.py"):
        names = imported(path)
        assert not names & {"sensor", "fingerprints"}, path
        if "scapy" in names:
            assert "SPDX-License-Identifier: GPL-2.0-only" in path.read_text()[:300], path
            assert "parsers" not in names, path


def test_nothing_else_imports_scapy() -> None:
    everywhere = {p for p in ROOT.rglob("*.py") if not {".venv", "build"} & set(p.relative_to(ROOT).parts)}
    makers = set((ROOT / "pcaps" / "make").rglob("*.py"))
    assert not {str(p) for p in everywhere - makers if "scapy" in imported(p)}
