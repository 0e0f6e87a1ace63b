"""The inventory of a past day, and what became of it: from captures of two days."""

from __future__ import annotations

import json
from pathlib import Path

import dpkt
import pytest
from click.testing import CliRunner

from sensor.cli.main import main

OLD, NEW = 1_767_600_000, 1_768_204_800  # 2026-01-05 08:00 and 2026-01-12 08:00 UTC
GATEWAY = bytes.fromhex("02aa00000001")


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, words)
    return done.exit_code, done.stdout, done.stderr


def rows(*words: str) -> list[dict[str, object]]:
    code, out, err = run(*words, "--json")
    assert code == 0, err
    return [json.loads(line) for line in out.splitlines()]


def arp(mac: str, ip: str) -> bytes:
    """An answer to the gateway: who has this address."""
    own = bytes.fromhex(mac.replace(":", ""))
    address = bytes(int(part) for part in ip.split("."))
    body = dpkt.arp.ARP(op=dpkt.arp.ARP_OP_REPLY, sha=own, spa=address, tha=GATEWAY, tpa=bytes((10, 0, 0, 1)))
    return bytes(dpkt.ethernet.Ethernet(src=own, dst=GATEWAY, type=dpkt.ethernet.ETH_TYPE_ARP, data=body))


def capture(path: Path, second: int, *frames: bytes) -> str:
    with path.open("wb") as file:
        writer = dpkt.pcap.Writer(file)
        for number, frame in enumerate(frames):
            writer.writepkt(frame, second + number)
            writer.writepkt(frame, second + number + 0.5)
    return str(path)


@pytest.fixture
def db(tmp_path: Path) -> str:
    """Two devices on the first day; a week later one has another address, one is not seen, one is new."""
    url = f"sqlite:///{tmp_path}/x.db"
    monday = capture(
        tmp_path / "a.pcap", OLD, arp("00:09:fb:00:00:01", "10.0.0.11"), arp("00:09:fb:00:00:02", "10.0.0.12")
    )
    next_one = capture(
        tmp_path / "b.pcap", NEW, arp("00:09:fb:00:00:01", "10.0.0.21"), arp("00:09:fb:00:00:03", "10.0.0.13")
    )
    assert run("read", monday, next_one, "--db", url)[0] == 0
    return url


def macs(found: list[dict[str, object]]) -> set[str]:
    return {mac for one in found for mac in one["interfaces"]}  # type: ignore[attr-defined]  # JSON


def test_the_devices_of_a_past_day(db: str) -> None:
    assert len(macs(rows("devices", "--db", db))) == 3
    past = rows("devices", "list", "--at", "2026-01-05", "--db", db)
    assert macs(past) == {"00:09:fb:00:00:01", "00:09:fb:00:00:02"}
    assert {a["ip"] for one in past for a in one["addresses"]} == {"10.0.0.11", "10.0.0.12"}  # type: ignore[attr-defined]  # JSON
    assert rows("devices", "list", "--at", "2026-01-12", "--db", db) == rows("devices", "--db", db)
    assert rows("devices", "list", "--at", "2026-01-04", "--db", db) == []


def test_what_became_of_them(db: str) -> None:
    found = rows("devices", "changes", "--since", "2026-01-05", "--db", db)
    ids = {one["interfaces"][0]: one["id"] for one in rows("devices", "--db", db)}  # type: ignore[index]  # JSON
    said = {(one["change"], one["device"], one["before"], one["after"]) for one in found}
    assert ("new", ids["00:09:fb:00:00:03"], None, None) in said
    assert ("moved", ids["00:09:fb:00:00:01"], "10.0.0.11", "10.0.0.21") in said
    assert rows("devices", "changes", "--since", "2026-01-12", "--db", db) == []
    assert rows("devices", "changes", "--since", "2026-01-05", "--until", "2026-01-11", "--db", db) == []


def test_two_inventories(db: str, tmp_path: Path) -> None:
    path = db.removeprefix("sqlite:///")
    forward = rows("diff", f"{path}@2026-01-05", path)
    assert {one["change"] for one in forward} == {"new", "moved"}
    back = rows("diff", path, f"{path}@2026-01-05")
    assert {one["change"] for one in back} == {"gone"}
    assert run("diff", path, path, "--fail-on", "new")[0] == 0
    assert run("diff", f"{path}@2026-01-05", path, "--fail-on", "new")[0] == 1
    code, out, err = run("diff", f"{path}@2026-01-05", path)
    assert code == 0
    assert "10.0.0.21" in out
    assert err.strip() == f"{len(forward)} changes"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("diff", "@2026-01-05", "x.db"), 2, "names no database"),
        (("diff", "nowhere.db", "x.db"), 3, "there is no inventory at nowhere.db"),
        (("devices", "list", "--at", "yesterday"), 2, "does not match the format"),
        (("devices", "changes"), 2, "Missing option '--since'"),
    ],
)
def test_wrong_use(words: tuple[str, ...], code: int, says: str) -> None:
    done = run(*words)
    assert done[0] == code
    assert says in done[2]
