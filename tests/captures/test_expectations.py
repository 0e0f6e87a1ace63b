"""Each sample capture against its scenario: what was said about whom, which devices come out, what is found.

An expectation names only what it is about: more may be there. `absent = true` says that it must not. `networks` lists
the site's where they are not the default ones; `behind` says how many devices a host speaks for, no more and no fewer.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from sensor.capture.find import find
from sensor.correlate.device import Device
from sensor.correlate.inventory import devices
from sensor.correlate.networks import SITE, Networks
from sensor.fingerprint.load import load
from sensor.fingerprint.rules import Rules
from sensor.model import Subject
from sensor.service.inventory import knowledge, policy
from tests.observe import Seen, observe

PCAPS = Path(__file__).parents[2] / "pcaps"
SIZE_MAX = 8 << 20


def sample() -> list[Path]:
    return [Path(p) for p in find([str(PCAPS)]).captures]


@lru_cache
def rules() -> Rules:
    return load()


@lru_cache(maxsize=1)
def seen(capture: Path) -> Seen:
    return observe(capture, rules=policy(rules(), networks(capture)))


@lru_cache(maxsize=1)
def inventory(capture: Path) -> list[Device]:
    rows = seen(capture).rows
    site = Networks(networks(capture))
    return devices(rows.evidence, rows.conversations, knowledge(rules()), site, "main")


def expected(capture: Path) -> dict[str, Any]:
    return tomllib.loads(capture.with_suffix(".expect.toml").read_text())


def networks(capture: Path) -> tuple[str, ...]:
    return (*SITE, *expected(capture).get("networks", ()))


def is_about(subject: Subject, about: dict[str, str]) -> bool:
    """Whether a subject is the one that an expectation describes by some of its parts."""
    ids = [(i.scheme, i.value, i.maker) for i in subject.behind]
    wanted = tuple(about.get(f"behind_{part}") for part in ("scheme", "value", "maker"))
    plain = all(getattr(subject, part) == about[part] for part in ("mac", "ip", "application") if part in about)
    if not any(wanted):
        return plain and not subject.behind
    return plain and any(all(w in (None, part) for w, part in zip(wanted, i, strict=True)) for i in ids)


@pytest.mark.parametrize("capture", sample(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_was_said(capture: Path) -> None:
    rows = seen(capture).rows.evidence
    for said in expected(capture).get("said", []):
        hits = [r for r in rows if r.observable == said["observable"] and r.value == said["value"]]
        hits = [r for r in hits if is_about(r.subject, said["about"])]
        assert bool(hits) != said.get("absent", False), said


def value(device: Device, name: str) -> object:
    if name == "kind":
        return device.kind
    if name == "name":
        return device.name
    return next((a.believed.value for a in device.attributes if a.name == name), None)


@pytest.mark.parametrize("capture", sample(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_which_devices(capture: Path) -> None:
    for wanted in expected(capture).get("device", []):
        wanted = dict(wanted)
        found = inventory(capture)
        if ip := wanted.pop("ip", None):
            found = [d for d in found if ip in {tenure.ip for tenure in d.addresses} and not d.parent]
        if mac := wanted.pop("mac", None):
            found = [d for d in found if mac in d.interfaces]
        if behind := wanted.pop("behind_ip", None):
            hosts = {d.id for d in inventory(capture) if behind in {t.ip for t in d.addresses}}
            found = [d for d in found if d.parent in hosts]
        matching = [d for d in found if all(value(d, name) == want for name, want in wanted.items())]
        assert len(matching) == 1, (wanted, [{n: value(d, n) for n in wanted} for d in found])


@pytest.mark.parametrize("capture", sample(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_how_many_devices_are_behind_a_host(capture: Path) -> None:
    for wanted in expected(capture).get("behind", []):
        hosts = [d.id for d in inventory(capture) if wanted["ip"] in {tenure.ip for tenure in d.addresses}]
        assert len(hosts) == 1, wanted
        assert sum(d.parent == hosts[0] for d in inventory(capture)) == wanted["devices"]


@pytest.mark.parametrize("capture", sample(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_is_found(capture: Path) -> None:
    rows = seen(capture).rows.findings
    for wanted in expected(capture).get("finding", []):
        hits = [r for r in rows if r.finding == wanted["name"] and wanted.get("ip", r.subject.ip) == r.subject.ip]
        assert bool(hits) != wanted.get("absent", False), wanted


@pytest.mark.parametrize("capture", sample(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_parser_failed(capture: Path) -> None:
    assert not {name: n for name, n in seen(capture).counters.items() if name.startswith("dispatch.fault")}


def test_every_capture_has_its_scenario_and_its_entry() -> None:
    entries = tomllib.loads((PCAPS / "MANIFEST.toml").read_text())["capture"]
    listed = {entry["file"] for entry in entries}
    there = {str(path.relative_to(PCAPS)) for path in sample()}
    assert listed == there
    for entry in entries:
        assert (PCAPS / entry["made_by"]).is_file(), entry
        assert entry["programs"]
        assert entry["says"]
    for path in sample():
        assert expected(path), path


def test_the_captures_are_small() -> None:
    assert sum(path.stat().st_size for path in PCAPS.rglob("*") if path.is_file()) <= SIZE_MAX
