"""What the import contracts cannot say: parsers stand alone, the pure stages do no IO, nobody edits a central list."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from pathlib import Path

import parsers

ROOT = Path(__file__).parents[2]
PURE = ("wire", "correlate", "fingerprint", "reconcile", *(path.name for path in (ROOT / "sensor").glob("*.py")))
EDGES = {"sensor/config.py", "sensor/fingerprint/load.py", "sensor/reconcile/sheet.py"}  # they read files
IO = {"os", "io", "pathlib", "socket", "subprocess", "sqlite3", "logging", "random", "time", "tempfile", "threading"}


def imports(path: Path) -> set[str]:
    """Full names of the modules that a file imports, and of what it takes out of them."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def protocols() -> set[str]:
    names = [module.name for module in pkgutil.iter_modules(parsers.__path__, "parsers.")]
    specs = {name for name in names if hasattr(importlib.import_module(name), "SPEC")}
    assert len(specs) > 5
    return specs


def test_no_parser_imports_another() -> None:
    """Shared readers, which have no SPEC, may be imported by any."""
    specs = protocols()
    wrong = {name: imports(ROOT / "parsers" / f"{name.partition('.')[2]}.py") & (specs - {name}) for name in specs}
    assert not {name: others for name, others in wrong.items() if others}


def test_the_sensor_knows_no_protocol_by_name() -> None:
    specs = protocols()
    wrong = {str(path): imports(path) & specs for path in (ROOT / "sensor").rglob("*.py")}
    assert not {path: names for path, names in wrong.items() if names}


def test_export_formats_stand_alone() -> None:
    shared = ("__init__", "cells", "output")
    files = [path for path in (ROOT / "sensor" / "export").glob("*.py") if path.stem not in shared]
    formats = {f"sensor.export.{path.stem}" for path in files}
    assert len(formats) > 1
    assert not {str(path): imports(path) & formats for path in files if imports(path) & formats}


def test_the_pure_stages_do_no_io() -> None:
    files = [
        f
        for part in PURE
        for f in ((ROOT / "sensor" / part).rglob("*.py") if "." not in part else [ROOT / "sensor" / part])
    ]
    assert len(files) > 60
    assert {str(f.relative_to(ROOT)) for f in files if imports(f) & IO} == EDGES


def test_parsers_import_little() -> None:
    """The standard library without IO, msgspec, the interface, shared readers, and the libraries named here."""
    allowed = {"biip", "cryptography", "lxml", "msgspec", "parsers"}
    files = list((ROOT / "parsers").rglob("*.py"))
    tops = {f: {name.partition(".")[0] for name in imports(f)} for f in files}
    assert not {str(f): names for f, t in tops.items() if (names := t & IO)}
    outside = {
        f: {
            n
            for n in t
            if n not in allowed
            and importlib.util.find_spec(n).origin
            and "site-packages" in str(importlib.util.find_spec(n).origin)
        }
        for f, t in tops.items()
    }
    assert not {str(f): names for f, names in outside.items() if names}


def test_what_parsers_import_late_can_be_loaded_early() -> None:
    """A sandboxed worker can open no file, so a module that imports inside a function says how to do it before."""
    late = {
        path.relative_to(ROOT)
        for path in (ROOT / "parsers").rglob("*.py")
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef)
        and any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(function))
    }
    names = [str(path.with_suffix("")).replace("/", ".") for path in late]
    assert names
    assert not [name for name in names if not hasattr(importlib.import_module(name), "load_late")]
