"""What people decided, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sensor.cli.show import Column, note, objects, table
from sensor.correlate.decisions import LABEL, Decision
from sensor.times import instant, moment


def show(decisions: Sequence[Decision], *, as_json: bool) -> None:
    """The earliest first."""
    if as_json:
        objects(map(_object, decisions))
        return
    rows = [(str(one.number), moment(one.at), one.by, one.action, one.says()) for one in decisions]
    table([Column("No", keep=True, right=True), Column("When", keep=True), *map(Column, ("Who", "What", "Says"))], rows)
    note("take one back: sensor devices undo NO" if rows else "nobody decided anything yet")


def _object(one: Decision) -> dict[str, Any]:
    from sensor.export.jsonl import subject

    label = {"name": one.name, "value": one.value} if one.action == LABEL else {"other": subject(one.other)}
    return {
        "decision": one.number,
        "site": one.site,
        "action": one.action,
        "subject": subject(one.subject),
        **label,
        "by": one.by,
        "at": instant(one.at),
    }
