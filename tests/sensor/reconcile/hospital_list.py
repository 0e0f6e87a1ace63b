"""A hospital: devices and their list as lists are: typing errors, exchanged columns, old serials, old addresses,
shared names."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

from sensor.correlate.device import Attribute, Belief, Device, Tenure
from sensor.reconcile.entry import Entry, plain

MORNING = 1_767_600_000_000_000_000
PRODUCTS = [
    ("Philips", "IntelliVue MX700"),
    ("GE HealthCare", "CARESCAPE B650"),
    ("Siemens Healthineers", "SOMATOM go.Top"),
    ("B. Braun", "Infusomat Space"),
    ("Dräger", "Evita V500"),
    ("Roche Diagnostics", "cobas b 123"),
]
SHARED_NAMES = ("WORKSTATION", "CT", "MONITOR1")  # left at what they were delivered with
UNLISTED, UNSEEN = 0.06, 0.06  # devices that nobody wrote down, lines whose device is gone


def hospital(size: int, seed: int) -> tuple[list[Entry], list[Device], dict[int, str], set[int]]:
    """Lines, devices, the truth (number of the line -> id of the device), and the lines of which a person could tell
    it: a number of its own is in both, or two of its names and addresses."""
    chance = random.Random(seed)
    devices: list[Device] = []
    lines: list[tuple[Mapping[str, str], str, bool]] = []
    for number in range(size):
        maker, model = chance.choice(PRODUCTS)
        serial = "".join(chance.choices("0123456789", k=8)) if chance.random() < 0.5 else f"DE{number:07}"
        own = {
            "manufacturer": maker,
            "model": model,
            "serial": serial,
            "hostname": f"HOST-{number:05}" if chance.random() < 0.9 else chance.choice(SHARED_NAMES),
            "ip": address(number),
            "mac": f"00:09:fb:{number >> 16:02x}:{number >> 8 & 255:02x}:{number & 255:02x}",
            "ae_title": f"AE{number}" if "SOMATOM" in model else "",
        }
        id_ = f"d-{number:08x}"
        seen: dict[str, str] = {}
        if chance.random() >= UNSEEN:
            hidden = {name for name in own if chance.random() < 0.1}  # nobody said it; a MAC is always seen
            seen = {name: text for name, text in own.items() if name == "mac" or name not in hidden}
            devices.append(device(id_, seen))
        else:
            id_ = ""
        if chance.random() >= UNLISTED:
            cells = dict(written(own, size, chance))
            lines.append((cells, id_, tellable(cells, seen)))
    chance.shuffle(lines)
    numbered = list(enumerate(lines, 2))
    entries = [Entry(at, {name: text for name, text in cells.items() if text}) for at, (cells, _, _) in numbered]
    truth = {at: id_ for at, (_, id_, _) in numbered if id_}
    return entries, devices, truth, {at for at, (_, _, can_be_told) in numbered if can_be_told}


def tellable(cells: Mapping[str, str], seen: Mapping[str, str]) -> bool:
    def same(name: str) -> bool:
        return name in seen and plain(cells[name]).replace(" ", "") == plain(seen[name]).replace(" ", "") != ""

    names = [same("hostname") and seen["hostname"] not in SHARED_NAMES, same("ip"), same("ae_title")]
    return same("mac") or same("serial") or sum(names) >= 2


def device(id_: str, seen: Mapping[str, str]) -> Device:
    """As it would be in the inventory."""
    attributes = tuple(
        Attribute(name, Belief(seen[name], 0.9, ()))
        for name in ("manufacturer", "model", "serial", "hostname")
        if name in seen
    )
    return Device(
        id=id_,
        site="main",
        kind="unknown",
        name=seen.get("hostname", ""),
        attributes=attributes,
        interfaces=(seen["mac"],) if "mac" in seen else (),
        addresses=(Tenure(seen["ip"], MORNING, MORNING),) if "ip" in seen else (),
        applications=(seen["ae_title"],) if seen.get("ae_title") else (),
        first_seen=MORNING,
        last_seen=MORNING,
    )


def written(own: Mapping[str, str], size: int, chance: random.Random) -> Iterator[tuple[str, str]]:
    """What somebody typed into the list of so many devices."""
    cells = {**own, "asset": f"INV{chance.randrange(10**8):08}"}
    if chance.random() < 0.3:
        cells["mac"] = ""
    if chance.random() < 0.2:
        cells["ip"] = ""
    elif chance.random() < 0.02:  # an old address, which another device has by now
        cells["ip"] = address(chance.randrange(size))
    if chance.random() < 0.05:
        cells["serial"] = mistyped(cells["serial"], chance)
    elif chance.random() < 0.03:  # an exchanged device: nobody changed the list
        cells["serial"] = "".join(chance.choices("0123456789", k=8))
    elif chance.random() < 0.03:
        cells["model"], cells["serial"] = cells["serial"], cells["model"]
    if chance.random() < 0.1:
        cells["serial"] = f" {cells['serial'][:2]}-{cells['serial'][2:]} "
    if chance.random() < 0.2:
        cells["mac"] = cells["mac"].replace(":", "-").upper()
    yield from cells.items()


def address(number: int) -> str:
    """That of a device."""
    return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"


def mistyped(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text))
    match chance.randrange(3):
        case 0:
            return text[:at] + chance.choice("0123456789") + text[at + 1 :]
        case 1:
            return text[:at] + text[at + 1 :]
    return text[:at] + chance.choice("0123456789") + text[at:]
