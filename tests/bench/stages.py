"""Where the time of reading one capture goes, stage by stage, in CPU seconds of one process; as JSON.

    python -m tests.bench.stages CAPTURE

Each stage is timed by itself: what it calls of another stage counts there. The clock costs about a microsecond a call,
which is why the whole is a little slower than the same without it.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from functools import wraps
from time import process_time
from typing import Any

BEGAN = process_time()

NAMES = {
    "start": "start-up",
    "file": "file to frames",
    "kernel": "frames to rows (kernel)",
    "dispatch": "rows to parsers, parsers",
    "evidence": "utterances to evidence",
    "flows": "flows and senders to evidence",
    "database": "database",
    "devices": "devices",
    "rest": "the rest",
}


class Clock:
    """Exclusive times of nested stages."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._inner: list[float] = []

    @contextlib.contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        before = process_time()
        self._inner.append(0.0)
        try:
            yield
        finally:
            took = process_time() - before
            self.spent[name] += took - self._inner.pop()
            if self._inner:
                self._inner[-1] += took

    def calls(self, owner: Any, name: str, stage: str) -> None:
        """Times a method."""
        method = getattr(owner, name)

        @wraps(method)
        def timed(*args: Any, **more: Any) -> Any:
            with self._stage(stage):
                return method(*args, **more)

        setattr(owner, name, timed)

    def steps(self, owner: Any, name: str, stage: str) -> None:
        """Times what a generator does between two of its values."""
        method = getattr(owner, name)

        @wraps(method)
        def timed(*args: Any, **more: Any) -> Iterator[Any]:
            going = method(*args, **more)
            while True:
                with self._stage(stage):
                    value = next(going, self)
                if value is self:
                    return
                yield value

        setattr(owner, name, timed)


def count_rows(rows: Counter[str]) -> None:
    """Counts what the kernel hands on, and how much of it is of use: segments that bring what was not there before."""
    from sensor.connections import Connections
    from sensor.dispatch import Dispatcher
    from sensor.wire.tables import TCP

    take_batch, take = Dispatcher.take, Connections.take

    def counted_batch(self: Any, batch: Any) -> None:
        rows["rows"] += len(batch.rows)
        rows["wanted"] += sum(row[0] != TCP for row in batch.rows)
        take_batch(self, batch)

    def counted(self: Any, row: tuple[int, ...]) -> None:
        place = 2 * row[1] + row[3]
        side = self._sides[place] if place < len(self._sides) else None
        before = side and (side.number, side.next, len(side.held))
        take(self, row)
        side = self._sides[place] if place < len(self._sides) else None
        rows["wanted"] += bool(side) and before != (side.number, side.next, len(side.held))

    Dispatcher.take, Connections.take = counted_batch, counted


def measure(capture: str) -> dict[str, float]:
    from sensor.capture.file import Capture
    from sensor.cli.main import main
    from sensor.dispatch import Dispatcher
    from sensor.evidence import Ledger
    from sensor.service import reading
    from sensor.service.pipeline import Reading
    from sensor.store.store import Store
    from sensor.wire.engine import Engine

    clock = Clock()
    clock.steps(Capture, "blocks", "file")
    clock.steps(Engine, "feed", "kernel")
    clock.calls(Dispatcher, "take", "dispatch")
    clock.calls(Dispatcher, "ended", "dispatch")
    clock.calls(Dispatcher, "finish", "dispatch")
    clock.calls(Ledger, "said", "evidence")
    clock.calls(Ledger, "drain", "evidence")
    clock.calls(Reading, "_drain_day", "flows")
    clock.calls(Reading, "_account", "flows")
    for name in ("open", "begin", "fold", "finish", "save_devices"):
        clock.calls(Store, name, "database")
    clock.calls(reading, "rebuild", "devices")
    rows: Counter[str] = Counter()
    count_rows(rows)
    start = process_time() - BEGAN
    with tempfile.TemporaryDirectory() as scratch, contextlib.redirect_stdout(io.StringIO()):
        sys.argv = ["sensor", "read", "--workers", "1", capture, "--db", f"sqlite:///{scratch}/inventory.db"]
        with contextlib.suppress(SystemExit):
            main()
    found = {"start": start, **clock.spent}
    found["rest"] = process_time() - BEGAN - sum(found.values())
    return found | rows


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1])))
