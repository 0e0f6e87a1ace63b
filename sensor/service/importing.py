"""What a list of equipment says of the devices that it was matched with, taken into the inventory."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence

from sensor import __version__
from sensor.names import keep
from sensor.reconcile.listed import evidence
from sensor.reconcile.outcome import Finding
from sensor.rows import Origin
from sensor.service.inventory import rebuild
from sensor.store.origin import COMPLETE, LIST, OriginRow
from sensor.store.store import Store

SENSOR = "list"  # who says it: no sensor


def take_in(store: Store, site: str, name: str, found: Sequence[Finding], networks: Sequence[str]) -> int:
    """Takes in a list and computes the devices of the site anew; gives the number of statements.

    name: the list's; one of the same name that was taken in before gives way, so that a corrected list corrects.
    """
    origin = Origin(site, SENSOR, hashlib.sha256(f"list {name}".encode()).hexdigest())
    now = time.time_ns()
    row = OriginRow(
        site=site, sensor=SENSOR, id=origin.id, name=name, kind=LIST, started=now, finished=now, version=__version__
    )
    rows = list(evidence(found, origin, keep))
    store.begin(row)
    store.add(origin, rows)
    times = [each.first.time for each in rows]
    store.finish(
        OriginRow(
            site=site,
            sensor=SENSOR,
            id=origin.id,
            name=name,
            kind=LIST,
            state=COMPLETE,
            started=now,
            finished=time.time_ns(),
            first=min(times, default=0),
            last=max(times, default=0),
            counters={"list.statements": len(rows)},
            version=__version__,
        )
    )
    rebuild(store, site, networks)
    return len(rows)
