"""Patient data never enters: after reading captures full of made-up patients, no trace of one is anywhere."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from sensor.capture.find import find
from sensor.cli.main import main
from sensor.rows import Rows
from sensor.service.reading import Report, Request, read_all
from sensor.store.origin import OriginRow
from sensor.store.spool import Spool, batch_of
from sensor.store.store import Store
from tests import postgresql

ROOT = Path(__file__).parents[2]
CANARY = "ZQCANARY"
ENCODINGS = ("ascii", "utf-16-le", "utf-16-be", "utf-32-le")
COMMANDS = (
    ["devices", "list"],
    ["devices", "list", "--json", "--unconfirmed"],
    ["evidence"],
    ["evidence", "--json"],
    ["conversations"],
    ["conversations", "--json"],
    ["findings"],
    ["findings", "--json"],
    ["db", "status"],
    ["export", "csv"],
    ["export", "jsonl"],
    ["export", "gmao"],
    ["export", "cyclonedx"],
)


PERSONAL = ("dicom", "hl7", "http", "tls", "mini-hospital.pcap")  # captures with many persons in them


def forms() -> Iterator[bytes]:
    """The canary as it may lie in bytes: in any case, in each encoding, and in hexadecimal."""
    for text in (CANARY, CANARY.lower(), CANARY.title()):
        for encoding in ENCODINGS:
            yield text.encode(encoding)
        yield text.encode().hex().encode()


def found(data: bytes) -> list[bytes]:
    return [form for form in forms() if form in data]


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all captures in it; also looked at half-way, when its journal is full."""
    folder = tmp_path_factory.mktemp("canaries")
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-m", "sensor", "read", "pcaps", "--db", f"sqlite:///{folder}/x.db"],
        cwd=ROOT,
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not found(done.stdout + done.stderr)
    return folder


def test_the_captures_are_full_of_canaries() -> None:
    """Otherwise the rest would prove nothing: each protocol that carries persons has them on the wire."""
    per_folder: dict[str, int] = {}
    for name in find([str(ROOT / "pcaps")]).captures:
        path = Path(name)
        per_folder[path.parent.name] = per_folder.get(path.parent.name, 0) + path.read_bytes().count(CANARY.encode())
    assert per_folder.get("dicom", 0) > 20
    assert per_folder.get("hl7", 0) > 20
    assert per_folder.get("http", 0) > 3
    assert per_folder.get("tls", 0) > 0


def test_no_canary_in_any_file(inventory: Path) -> None:
    files = [path for path in inventory.rglob("*") if path.is_file()]
    assert any(path.stat().st_size > 50_000 for path in files)
    assert not {path.name: forms for path in files if (forms := found(path.read_bytes()))}


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_canary_in_any_output(command: list[str], inventory: Path) -> None:
    done = CliRunner().invoke(main, [*command, "--db", f"sqlite:///{inventory}/x.db"])
    assert done.exit_code == 0, done.output
    assert done.stdout_bytes
    assert not found(done.stdout_bytes)


def test_no_canary_in_a_workbook(inventory: Path) -> None:
    done = CliRunner().invoke(main, ["export", "xlsx", "--db", f"sqlite:///{inventory}/x.db"])
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile(io.BytesIO(done.stdout_bytes)) as parts:
        assert not any(found(parts.read(name)) for name in parts.namelist())


def test_no_canary_in_what_explains_a_device(inventory: Path) -> None:
    db = f"sqlite:///{inventory}/x.db"
    listed = CliRunner().invoke(main, ["devices", "list", "--json", "--db", db]).stdout
    ids = [line.partition('"id":"')[2].partition('"')[0] for line in listed.replace('": "', '":"').splitlines()]
    assert len(ids) > 5
    for device in ids:
        for command in ("show", "why"):
            done = CliRunner().invoke(main, ["devices", command, device, "--db", db])
            assert done.exit_code == 0, done.output
            assert not found(done.stdout_bytes)


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.8])
def test_no_canary_in_the_messages_about_damaged_captures(cut: float, tmp_path: Path) -> None:
    for name in find([str(ROOT / "pcaps")]).captures:
        raw = bytearray(Path(name).read_bytes())
        at = int(len(raw) * cut)
        raw[at : at + 40] = b"\xff" * 40
        (tmp_path / Path(name).name).write_bytes(raw)
    done = CliRunner().invoke(main, ["read", str(tmp_path), "--db", f"sqlite:///{tmp_path}/x.db"])
    assert done.exit_code in (0, 3)
    assert not found(done.output.encode())
    assert not found((tmp_path / "x.db").read_bytes())


class Copying(Store):
    """A store that keeps each batch on disk as well, as if the database were away."""

    waiting: Spool

    def fold(self, rows: Rows, batch: int = 0) -> None:
        row = OriginRow(site=rows.origin.site, sensor=rows.origin.sensor, id=rows.origin.id, name="x", started=batch)
        assert self.waiting.put(batch_of(batch, row, rows))
        super().fold(rows, batch)


def test_no_canary_in_journal_or_spool(tmp_path: Path) -> None:
    store = Copying.open(f"sqlite:///{tmp_path}/x.db")
    assert isinstance(store, Copying)
    store.waiting = Spool(tmp_path / "spool")
    with store:
        read_all(Request([str(ROOT / "pcaps" / name) for name in PERSONAL], "main", "tap1"), store, Report())
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert {path.suffix for path in files} == {".db", ".db-wal", ".db-shm", ".batch"}
        assert sum(path.stat().st_size for path in files if path.suffix in (".db-wal", ".batch")) > 500_000
        assert not {path.name: forms for path in files if (forms := found(path.read_bytes()))}


def test_no_canary_in_a_dump_of_postgresql() -> None:
    if reason := postgresql.missing():
        pytest.skip(reason)
    with postgresql.server() as server:
        db = server.database()
        done = CliRunner().invoke(main, ["read", *(str(ROOT / "pcaps" / name) for name in PERSONAL), "--db", db])
        assert done.exit_code == 0, done.output
        dump = subprocess.run(["pg_dump", "--inserts", db], check=True, capture_output=True).stdout
        assert dump.count(b"INSERT INTO public.evidence") > 1000
        assert not found(dump)
        files = [path for path in server.folder.rglob("*") if path.is_file()]  # its journal among them
        assert any("pg_wal" in path.parts for path in files)
        assert not {path.name: forms for path in files if (forms := found(path.read_bytes()))}
