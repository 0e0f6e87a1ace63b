"""The made-up hospital as captures and their truth: the same bytes for the same seed and size.

    python -m pcaps.make.hospital.build --devices 300 --seed 7 OUT

writes OUT/core.pcap and OUT/ward.pcap, one for each mirror, and OUT/truth.jsonl. Imports nothing of the product.
"""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pcaps.make.hospital import imaging, office, recorded, truth, ward, wire
from pcaps.make.hospital.core import Hospital

LEAST, MOST = 50, 25_000
Family = Callable[[Hospital], None]
FAMILIES: tuple[tuple[Family, float], ...] = (*imaging.FAMILIES, *ward.FAMILIES, *office.FAMILIES, *recorded.FAMILIES)


def hospital(seed: int, size: int) -> Hospital:
    """Every family once, then by their weights, until there are enough devices."""
    if not LEAST <= size <= MOST:
        raise ValueError(f"a hospital has {LEAST} to {MOST} devices, not {size}")
    made = Hospital(seed, size)
    families, weights = zip(*FAMILIES, strict=True)
    for family in families if size >= 200 else made.random.sample(families, len(families)):
        if len(made.devices) < size:
            family(made)
    while len(made.devices) < size:
        made.random.choices(families, weights)[0](made)
    imaging.archived(made)
    ward.engine(made)
    made.background()
    return made


def generate(out: Path, *, devices: int, seed: int) -> dict[str, Any]:
    """Writes the captures and the truth; what was written."""
    made = hospital(seed, devices)
    out.mkdir(parents=True, exist_ok=True)
    sizes = {}
    frames = 0
    for name, mirror in sorted(made.mirrors.items()):
        frames += len(mirror.frames)
        sizes[name] = wire.write(out / f"{name}.pcap", mirror.frames)
    head = {"seed": seed, "devices": len(made.devices), "captures": sorted(sizes), "frames": frames}
    head["virtual"] = [wire.ip_text(vlan.gateway) for vlan in made.vlans]
    truth.write(out / "truth.jsonl", head, made.devices)
    return head | {"bytes": sum(sizes.values())}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--devices", type=int, default=300)
    arguments.add_argument("--seed", type=int, default=None)
    given = arguments.parse_args()
    seed = secrets.randbelow(1 << 31) if given.seed is None else given.seed
    print(
        {key: value for key, value in generate(given.out, devices=given.devices, seed=seed).items() if key != "virtual"}
    )


if __name__ == "__main__":
    main()
