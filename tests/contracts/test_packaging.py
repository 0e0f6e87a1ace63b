"""What is shipped: whole, nothing more, and working with a compiler or without; what it stands on is locked."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CAPTURE = ROOT / "pcaps" / "arp" / "neighbours.pcap"
HAS_COMPILER = any(shutil.which(name) for name in ("cc", "gcc", "clang"))
LOCKS = sorted((ROOT / "deploy" / "requirements").glob("*.txt"))


def tracked() -> list[Path]:
    """What git would put into a copy: tracked files, and new ones that are not ignored."""
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("not a git work tree")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def wheel(folder: Path, compiler: str = "") -> zipfile.ZipFile:
    """Built in a copy of what git knows, so that the tree stays as it is."""
    source = folder / "source"
    for path in tracked():
        copy = source / path.relative_to(ROOT)
        if copy.relative_to(source).parts[0] not in ("pcaps", "docs", "bench-out"):
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    built = subprocess.run(
        [*pip, "--disable-pip-version-check", "-w", str(folder), "."],
        cwd=source,
        env={**os.environ, "CFLAGS": "-O0", **({"CC": compiler} if compiler else {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert built.returncode == 0, built.stderr
    (found,) = folder.glob("*.whl")
    return zipfile.ZipFile(found)


def holds_what_it_must(names: set[str]) -> None:
    for folder in ("sensor", "parsers"):
        ours = {str(path.relative_to(ROOT)) for path in tracked() if path.is_relative_to(ROOT / folder)}
        assert len(ours) > 15
        assert ours <= names
    for path in tracked():
        if path.is_relative_to(ROOT / "fingerprints"):
            assert f"sensor/_fingerprints/{path.relative_to(ROOT / 'fingerprints')}" in names
    assert any(name.startswith("sensor/_fingerprints/rules/") for name in names)
    assert any(re.fullmatch(r"sensor/store/migrations/versions/\w+_\w+\.py", name) for name in names)
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"sensor", "parsers"}
    assert not [name for name in names if name.endswith((".c", ".pyx", ".pcap", ".pyc")) or "test" in name.lower()]


def inventory(at: Path, folder: Path) -> tuple[bool, str]:
    """Whether the package at a place is compiled, and what it makes of a capture."""
    env = {**os.environ, "PYTHONPATH": str(at), "SENSOR_DB": f"sqlite:///{folder}/{at.name}.db"}

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words], cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    asked = "import sensor; from sensor.wire import kernel, pressure, records; "
    said = run("-c", asked + "print(sensor.__file__, kernel.COMPILED, pressure.COMPILED, records.COMPILED)").split()
    place, kernel = said[:2]
    assert Path(place).is_relative_to(at)
    assert said[1:] == [kernel] * 3
    run("-m", "sensor", "read", str(CAPTURE))
    devices, evidence = (run("-m", "sensor", what, "--json") for what in ("devices", "evidence"))
    assert len(devices.splitlines()) > 1
    return kernel == "True", devices + evidence


@pytest.mark.slow
@pytest.mark.skipif(not HAS_COMPILER, reason="needs a compiler")
def test_a_wheel_made_with_a_compiler(tmp_path: Path) -> None:
    with wheel(tmp_path) as made:
        names = set(made.namelist())
        holds_what_it_must(names)
        assert {name for name in names if name.endswith(".so")} == {
            f"sensor/wire/{module}.abi3.so" for module in ("folding", "kernel", "pressure", "records", "ring")
        }
        made.extractall(tmp_path / "installed")
    compiled, found = inventory(tmp_path / "installed", tmp_path)
    assert compiled
    for library in (tmp_path / "installed").rglob("*.so"):
        library.unlink()
    (tmp_path / "installed").rename(tmp_path / "hidden")
    assert inventory(tmp_path / "hidden", tmp_path) == (False, found)


@pytest.mark.slow
def test_a_wheel_made_without_a_compiler(tmp_path: Path) -> None:
    with wheel(tmp_path, compiler="/bin/false") as made:
        names = set(made.namelist())
        holds_what_it_must(names)
        assert not [name for name in names if name.endswith(".so")]
        made.extractall(tmp_path / "installed")
    compiled, found = inventory(tmp_path / "installed", tmp_path)
    assert not compiled
    assert inventory(ROOT, tmp_path)[1] == found


@pytest.mark.skipif(not HAS_COMPILER, reason="needs a compiler")
def test_the_tests_run_with_the_kernel_compiled() -> None:
    """Otherwise they would say nothing about what most people run."""
    from sensor.wire import kernel, pressure, records

    assert [module.COMPILED for module in (kernel, pressure, records)] == [True] * 3


def modules(*words: str) -> set[str]:
    code = "import json, sys\nsys.argv[1:] = %r\ntry:\n import sensor.__main__\nexcept SystemExit: pass\n"
    code += "print('\\n' + json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code % (list(words),)], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_help_imports_little() -> None:
    """Counted, not timed: the command line library, the names of the commands, and nothing that does the work."""
    loaded = modules("--help")
    ours = {name for name in loaded if name.split(".")[0] in ("sensor", "parsers")}
    small = {"sensor.cli.interrupting", "sensor.service", "sensor.service.collecting"}  # how it starts and is stopped
    assert ours == {"sensor", "sensor.cli", "sensor.cli.main"} | small
    third_party = {name.split(".")[0] for name in loaded} - set(sys.stdlib_module_names) - {"sensor", "__main__"}
    assert {name for name in third_party if not name.startswith(("_", "pywin"))} <= {"click"} | started_with()


def started_with() -> set[str]:
    """What this environment imports before any program: .pth files of packages that are installed for development."""
    code = "import sys; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("words", [("read", "--help"), ("devices", "--help"), ("--version",)], ids=" ".join)
def test_what_need_not_work_imports_no_library(words: tuple[str, ...]) -> None:
    heavy = {"sqlalchemy", "alembic", "rich", "cryptography", "zstandard", "re2", "dpkt"}
    assert not heavy & {name.split(".")[0] for name in modules(*words)}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_locks(lock: Path) -> None:
    """Each package in one version, each with hashes, from wherever pip is told to look."""
    text = lock.read_text()
    entries = re.sub(r"\\\n\s*", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    entries = [entry for entry in entries if entry.strip()]
    assert len(entries) > 1
    for entry in entries:
        package = r"[a-z0-9][a-z0-9._-]*(\[[a-z,]+\])?==[0-9][\w.!+]*( ; [^#]+?)?"
        assert re.fullmatch(package + r"(\s+--hash=sha256:[0-9a-f]{64})+", entry.strip()), entry[:100]
    assert "://" not in text
    assert not re.search(r"--(extra-)?index-url|--find-links|--trusted-host", text)


def test_there_are_locks() -> None:
    assert [lock.stem for lock in LOCKS] == ["build", "dev", "runtime"]


def test_no_file_names_a_place_on_the_machine_of_its_author() -> None:
    own = re.compile(r"/(?:home|Users)/\w+/|/root/\w|/work/\w|/tmp/\w{1,3}/\w|[A-Z]:\\Users\\")
    found = {}
    for path in tracked():
        if path.suffix in (".pcap", ".pcapng", ".gz", ".zst"):
            continue
        text = path.read_bytes().decode("utf-8", "ignore")
        if match := own.search(text):
            found[str(path.relative_to(ROOT))] = match[0]
    assert not found
