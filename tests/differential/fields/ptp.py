"""PTP. A description's texts are parts between semicolons."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tests.differential.table import Shown, Table, plain

PRODUCT, REVISION, USER = "ptp.v2.mm.productDescription", "ptp.v2.mm.revisionData", "ptp.v2.mm.userDescription"


def digits(value: str) -> Iterable[str]:
    return (value.removeprefix("0x"),)


def part(number: int) -> Callable[[str], Iterable[str]]:
    return lambda value: plain(value.split(";")[number]) if value.count(";") >= number else ()


TABLE = Table(
    (
        Shown("ptp.clock_identity", ("ptp.v2.clockidentity",), digits),
        Shown("ptp.domain", ("ptp.v2.domainnumber",)),
        Shown("ptp.grandmaster_identity", ("ptp.v2.an.grandmasterclockidentity",), digits),
        Shown("ptp.clock_class", ("ptp.v2.an.grandmasterclockclass",)),
        Shown("ptp.priority", ("ptp.v2.an.priority1",)),
        Shown("ptp.steps", ("ptp.v2.an.localstepsremoved",)),
        Shown("ptp.manufacturer", (PRODUCT,), part(0)),
        Shown("ptp.model", (PRODUCT,), part(1)),
        Shown("ptp.serial", (PRODUCT,), part(2)),
        Shown("ptp.software_revision", (REVISION,), part(2)),
        Shown("ptp.location", (USER,), part(1)),
    )
)
