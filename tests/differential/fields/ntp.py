"""NTP: times, not control messages."""

from __future__ import annotations

from collections.abc import Iterable

from tests.differential.table import Frame, Shown, Table

MODE = "ntp.flags.mode"
MODES = {"1": "peer", "2": "peer", "3": "client", "4": "server", "5": "broadcast"}


def mode(value: str) -> Iterable[str]:
    return (MODES[value],) if value in MODES else ()


def stratum(value: str) -> Iterable[str]:
    return (value,) if 0 < int(value) < 16 else ()


def of_time(frame: Frame) -> bool:
    return frame.last(MODE) in MODES


TABLE = Table(
    (
        Shown("ntp.mode", (MODE,), mode),
        Shown("ntp.version", ("ntp.flags.vn",), when=of_time, needs=(MODE,)),
        Shown("ntp.stratum", ("ntp.stratum",), stratum, when=of_time, needs=(MODE,)),
    )
)
