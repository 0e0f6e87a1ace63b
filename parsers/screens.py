"""Screens of serial servers, with which their setup begins: what they say of the device.

Moxa       Model name : NPort 5650-8-DT-J    MAC address : 00:90:E8:38:0A:28    Serial No. : 7137
           Firmware version : 2.2 Build 11090613    (a session in public notes, and Greenbone's detection)
Lantronix  *** Lantronix Universal Device Server ***    Serial Number 1234567  MAC address 00204A123456
           Software version 05.8 (030509) LTX    (nmap's service probes, OpenVAS' and Nessus' detection)
"""

from __future__ import annotations

import re
from collections.abc import Iterable

LINE_MAX = 256
FIELDS = ("model", "mac", "serial", "firmware")
ENOUGH = 3  # fields that make it the screen of a device; prose has one of the words

_PATTERNS = (
    ("model", re.compile(r"Model name *: *(\S.{0,60})")),
    ("model", re.compile(r"\*{3} (Lantronix \S.{0,60}?) \*{3}")),
    ("mac", re.compile(r"(?:Serial Number \S+ +)?MAC address *:? *((?:[0-9A-Fa-f]{2}:?){5}[0-9A-Fa-f]{2})")),
    ("serial", re.compile(r"Serial (?:No\.|Number) *:? *([0-9A-Za-z-]{3,20})(?: +MAC address .*)?")),
    ("firmware", re.compile(r"(?:Firmware|Software) version *:? *(\S.{0,60})")),
)


def device(lines: Iterable[str], protocol: str) -> list[tuple[str, str]]:
    """What a screen says of its device, as observables of a protocol; nothing where it is no such screen."""
    found: dict[str, str] = {}
    for line in lines:
        for name, pattern in _PATTERNS:
            match = pattern.fullmatch(line)
            if match is not None:
                found.setdefault(name, match[1])
    if len(found) < ENOUGH or "mac" not in found:
        return []
    digits = found["mac"].replace(":", "").lower()
    found["mac"] = ":".join(digits[at : at + 2] for at in range(0, 12, 2))
    return [(f"{protocol}.{name}", found[name]) for name in FIELDS if name in found]
