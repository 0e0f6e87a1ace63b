"""The product's side: captures read with `sensor read`, devices as the scorer takes them, texts of the rules."""

from __future__ import annotations

import math
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path

from sensor.correlate.believe import SURE, shared
from sensor.correlate.device import DEVICE, Attribute, Belief, Device
from sensor.store.store import Store
from tests.accuracy.scoring import UNKNOWN, Found, Value

RULES = Path(__file__).parents[2] / "fingerprints" / "rules"
ADVISORY = re.compile(r"ICSMA-\d\d-\d{3}-\d\d")
CANARY = "zqcanary"


def read(captures: Iterable[Path], database: Path) -> None:
    """Each capture is what one mirror saw, so each is another sensor's."""
    for capture in captures:
        command = (
            sys.executable,
            "-m",
            "sensor",
            "read",
            str(capture),
            "--db",
            url(database),
            "--sensor",
            capture.stem,
        )
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"sensor read {capture}: {done.returncode}\n{done.stderr[-2000:]}")


def url(database: Path) -> str:
    return f"sqlite:///{database.resolve()}"


def devices(database: Path) -> list[Device]:
    with Store.open(url(database)) as store:
        return list(store.devices(states=(DEVICE,)))


def as_found(device: Device) -> Found:
    attributes = {
        one.name: Value(one.believed.value, one.believed.confidence, computed(one)) for one in device.attributes
    }
    if device.kind == UNKNOWN:
        attributes.pop("kind", None)
    ids = {(id_.scheme, id_.value) for subject in device.subjects for id_ in subject.behind}
    return Found(
        id=device.id,
        attributes=attributes,
        macs=device.interfaces,
        addresses=[(held.ip, held.since, held.until) for held in device.addresses],
        ids=sorted(ids),
        parent=device.parent,
    )


def computed(attribute: Attribute) -> float:
    """The confidence before calibration, which what contradicts it has lowered."""
    beliefs = (attribute.believed, *attribute.others)
    return round(shared([sum_of(each) for each in beliefs])[0], 3)


def sum_of(belief: Belief) -> float:
    """Doubts multiply over sources, and the weightiest reason of each counts."""
    best: dict[str, float] = {}
    for reason in belief.reasons:
        source = reason.counts_as or reason.source
        best[source] = max(best.get(source, 0.0), min(reason.weight, SURE))
    return 1 - math.prod(1 - weight for weight in best.values())


def persons(found: Iterable[Device]) -> int:
    """Devices in which something of a made-up person was kept."""
    return sum(CANARY in repr(device).casefold() for device in found)


def unseen_texts() -> Callable[[str, str], bool]:
    """Whether no rule was written from an origin, and no rule has the text for an example."""
    origins: list[str] = []
    examples: set[str] = set()
    for path in sorted(RULES.glob("*.toml")):
        for rule in tomllib.loads(path.read_text(encoding="utf-8")).get("rule", []):
            origins.append(rule.get("origin", ""))
            examples |= {example["text"] for example in rule.get("example", [])}
    together = "\n".join(origins)

    def unseen(origin: str, text: str) -> bool:
        advisory = ADVISORY.search(origin)
        return (advisory[0] if advisory else origin) not in together and text not in examples

    return unseen
