"""A live run in one line."""

from __future__ import annotations

from sensor.service.writing import Standing

LOST = {  # counter -> what it says, if it is not zero
    "live.kernel_dropped": "frames lost in the kernel",
    "live.ring_freezes": "times the ring was full",
    "live.unread": "frames left in the ring at the end",
    "live.misread": "frames misread",
    "live.rows_refused": "rows dropped: the writer was slow",
    "live.rows_lost": "rows lost: the database refused them",
    "live.workers_unheard": "workers not heard to the end: there was no time",
}


def sentence(standing: Standing) -> str:
    """What was seen, and what was lost."""
    counts = standing.counters
    seen = (
        f"{counts.get('wire.frames', 0):,} frames, {standing.devices:,} devices, {standing.batches:,} batches written"
    )
    lost = [f"{counts[name]:,} {says}" for name, says in LOST.items() if counts.get(name)]
    return f"{seen}; {'; '.join(lost) if lost else 'nothing lost'}"
