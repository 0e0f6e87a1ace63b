"""What became of a device, and how much it was used: below its card, and in its JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sensor.cli.device_card import entry
from sensor.correlate.lifecycle import NEW, Change, Life
from sensor.times import instant, moment

DAYS_SHOWN = 14  # the last ones; all are in the JSON
CHANGES_SHOWN = 20


def show(life: Life) -> None:
    """State, changes, and the last days."""
    entry("life", [life.state])
    told = [change for change in life.changes if change.what != NEW]
    entry("history", [f"{moment(change.time)}  {_told(change)}" for change in told[-CHANGES_SHOWN:]])
    entry("use", [_day(day.day, day.hours, day.uses) for day in life.days[-DAYS_SHOWN:]])


def as_object(life: Life) -> dict[str, Any]:
    """For JSON."""
    return {
        "state": life.state,
        "changes": [
            {
                "time": instant(change.time),
                "what": change.what,
                "device": change.device,
                "attribute": change.attribute,
                "before": change.before,
                "after": change.after,
            }
            for change in life.changes
        ],
        "days": [
            {"day": day.day, "first": instant(day.first), "last": instant(day.last), "hours": day.hours, **day.uses}
            for day in life.days
        ],
    }


def _told(change: Change) -> str:
    what = f"{change.what} {change.attribute}".rstrip()
    return f"{what}: {change.before} -> {change.after}" if change.attribute else what


def _day(day: str, hours: int, uses: Mapping[str, int]) -> str:
    counts = "".join(f", {count} {word}" for word, count in uses.items())
    return f"{day}  {hours} {'hour' if hours == 1 else 'hours'}{counts}"
