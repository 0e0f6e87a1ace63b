"""`sensor conversations`: who talks to whom, by which protocol, and how much."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from sensor.cli import options

if TYPE_CHECKING:
    from sensor.model import Conversation


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Only of this service.")
@options.listing(options.only_ip)
def conversations(db: str, as_json: bool, **asked: Any) -> None:
    """Who talks to whom, by which protocol, and how much.

    The table adds up days and captures; the JSON has a line for each.
    """
    from sensor.cli.show import objects

    with options.inventory(db) as store:
        found = store.conversations(options.wanted(store, **asked))
        if as_json:
            from sensor.export import jsonl

            labels = store.labels()
            objects(jsonl.conversation(row, labels) for row in found)
        else:
            _table(found)


def _table(found: Iterable[Conversation]) -> None:
    """Most bytes first."""
    from sensor.cli.show import Column, note, number, size, table
    from sensor.times import moment

    sums: dict[tuple[str, ...], list[int]] = {}
    for row in found:
        protocol = row.protocol + (" encrypted" if row.encrypted else "")
        total = sums.setdefault((row.client, row.server, _service(row), protocol), [0, 0, 0, 0, 0])
        total[0] += row.client_frames + row.server_frames
        total[1] += row.client_bytes
        total[2] += row.server_bytes
        total[3] += row.connections
        total[4] = max(total[4], row.last.time)
    rows = sorted(sums.items(), key=lambda item: (-item[1][1] - item[1][2], item[0]))
    columns = [Column("Client"), Column("Server"), Column("Service", keep=True), Column("Protocol")]
    columns += [Column(title, keep=True, right=True) for title in ("Opened", "Frames", "Sent", "Received")]
    table(
        [*columns, Column("Last seen", keep=True)],
        [
            [*key, number(opened), number(frames), size(sent), size(received), moment(last)[:10]]
            for key, (frames, sent, received, opened, last) in rows
        ],
    )
    note(f"{len(rows)} conversations; sent and received are the client's")


def _service(row: Conversation) -> str:
    return f"{row.transport}/{row.port}" if row.port else row.transport
