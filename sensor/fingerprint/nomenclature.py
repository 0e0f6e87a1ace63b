"""Device codes of IEEE 11073-10101 (MDC) as they stand in OBX-3 of HL7 messages: code to kind of device."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from sensor.fingerprint.claim import Claim

CODE = re.compile(r"^(\d{4,7})(?:\^|$)", re.ASCII)


class MdcDevice(Struct, frozen=True, forbid_unknown_fields=True):
    """level: MDS (the whole device), VMD (a module of it), CHAN, BASE or PROFILE. private: in one maker's own protocol
    only. A code without a kind names a module that many kinds of device have."""

    code: int
    refid: str
    level: str
    source: str
    kind: str = ""
    weight: float = 0.0
    private: bool = False


class MdcDevices:
    def __init__(self, rows: Iterable[MdcDevice]) -> None:
        self._rows = {row.code: row for row in rows}

    def find(self, code: int) -> MdcDevice | None:
        return self._rows.get(code)

    def claims(self, text: str) -> Iterator[Claim]:
        """`text` is the bare code or the coded element as sent, 69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC."""
        found = CODE.match(text)
        row = self._rows.get(int(found[1])) if found else None
        if row and row.kind and not row.private:
            yield Claim("kind", row.kind, row.weight, f"mdc:{row.code}")
