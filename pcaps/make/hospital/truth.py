"""What there is in the made-up hospital: one record for each thing, as `truth.jsonl` holds it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Truth:
    """One device.

    attributes: name -> values that are right, the usual one first; an empty list says that it has none, so that any
    value is wrong; an attribute that is not here is not judged. broader: name -> further values that are right but say
    less, such as a kind that stands for several. said: those whose value went over the wire in clear, in a way that a
    reader can know to be about this device. origins: name -> where the text was found.
    macs: its hardware addresses. borrowed: such as others use too (a docking station's). ids: (scheme, value) that name
    it where it is spoken of. loose: macs, ids and addresses that nothing on the wire joins with the rest of it.
    held: (address, from, until in ns; VLAN). parent: number of the device that speaks of it.
    distinguishable: whether what is on the wire suffices to tell it from all others, and `why` not.
    sent, answered: frames of its own that a mirror saw, and whether any frame to it was seen; told: complete messages
    of others that name it. medical: spoke (or was spoken of in) a medical protocol in clear.
    """

    number: int
    family: str
    name: str
    attributes: dict[str, list[str]] = field(default_factory=dict)
    broader: dict[str, list[str]] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    macs: list[str] = field(default_factory=list)
    borrowed: list[str] = field(default_factory=list)
    ids: list[tuple[str, str]] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)
    held: list[tuple[str, int, int, int]] = field(default_factory=list)
    parent: int | None = None
    distinguishable: bool = True
    why: str = ""
    sent: int = 0
    answered: bool = False
    told: int = 0
    medical: bool = False

    def say(self, *names: str) -> None:
        self.said += [name for name in names if self.attributes.get(name) and name not in self.said]

    def hide(self, why: str) -> None:
        """Not distinguishable."""
        self.distinguishable, self.why = False, why


def write(path: Path, head: dict[str, Any], devices: list[Truth]) -> None:
    """The first line says what was generated, each further one is a device."""
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps(head, ensure_ascii=False) + "\n")
        for device in devices:
            file.write(json.dumps(asdict(device), ensure_ascii=False) + "\n")
