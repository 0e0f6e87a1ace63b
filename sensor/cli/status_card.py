"""The state of the database, for people."""

from __future__ import annotations

from sensor.cli.show import Column, line, note, number, size, table
from sensor.names import shown
from sensor.store.upkeep import Status
from sensor.times import moment


def show(found: Status) -> None:
    """Schema and size, then the captures."""
    line(f"database  {shown(found.database)}")
    behind = "" if found.schema == found.needed else f", this program needs {found.needed}: sensor db upgrade"
    line(f"schema    {found.schema}{behind}")
    if found.size:
        line(f"size      {size(found.size)}")
    if found.waiting:
        line(f"waiting   {number(found.waiting)} batches ({size(found.waiting_size)}) in {shown(found.spool)}")
    if found.rows:
        line("rows      " + ", ".join(f"{number(count)} {name}" for name, count in found.rows.items() if count))
    if found.origins:
        line("")
        columns = [Column("Capture"), Column("Site"), Column("Sensor"), Column("State", keep=True)]
        columns += [Column("Frames", right=True), Column("First"), Column("Last"), Column("Trouble")]
        table(
            columns,
            [
                [
                    origin.label,
                    origin.site,
                    origin.sensor,
                    origin.state,
                    number(origin.frames),
                    moment(origin.first),
                    moment(origin.last),
                    ", ".join(f"{fault.name} {number(fault.count)}" for fault in origin.faults),
                ]
                for origin in found.origins
            ],
        )
        unfinished = sum(origin.state == "reading" for origin in found.origins)
        if unfinished:
            note(
                f"{unfinished} captures are being read, or their reading was killed; reading them again sets that right"
            )
