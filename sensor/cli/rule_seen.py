"""Where an inventory saw a text, for whoever writes a rule for it."""

from __future__ import annotations

from sensor.times import moment

OTHERS_MAX = 1000  # texts of the same observable that are looked at
UNSEEN = "say where this text was seen"


def seen(db: str, observable: str, text: str) -> tuple[str, list[str]]:
    """The capture, time and frame of the first time, and other texts of that observable; without an inventory a hint
    and none."""
    from sensor.store.error import StoreError
    from sensor.store.reads import Wanted
    from sensor.store.store import Store

    try:
        with Store.open(db, create=False, write=False) as store:
            first = min(
                (
                    (row.first, row.site, row.origin)
                    for row in store.evidence(Wanted(observable=observable, value=text))
                ),
                default=None,
            )
            others: dict[str, None] = {}
            for row in store.evidence(Wanted(observable=observable)):
                others[row.value] = None
                if len(others) >= OTHERS_MAX:
                    break
            names = {(origin.site, origin.id): origin.name for origin in store.origins()}
    except StoreError:
        return UNSEEN, []
    if first is None:
        return UNSEEN, list(others)
    place, site, origin = first
    name = names.get((site, origin), origin)
    return f"capture {name}, {moment(place.time)[:10]}, frame {place.frame}", list(others)
