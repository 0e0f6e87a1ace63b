"""Reads many captures into one inventory: each is a unit of its own, and devices are computed once at the end."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from msgspec import Struct

from parsers.api import installed
from sensor.capture.file import Capture, joined, open_capture
from sensor.capture.find import find
from sensor.capture.source import CaptureError
from sensor.correlate.networks import SITE
from sensor.fingerprint.load import load
from sensor.service.inventory import policy, rebuild
from sensor.service.pipeline import Outcome, Plan, read
from sensor.service.shards import Sharded, workers_for
from sensor.store.store import Store

LARGE = 500_000  # frames of a capture that leaves tens of megabytes behind

Watch = Callable[[Capture, int, int], None]  # capture, bytes of it read so far, hosts met so far


class Request(Struct, frozen=True):
    """What the caller asked for."""

    captures: Sequence[str]  # files, folders, "-"
    site: str
    sensor: str
    networks: Sequence[str] = SITE
    join: bool = False
    again: bool = False
    sha256: bool = False
    workers: int | None = None  # processes for one capture; None: as many as are worth it


class Report(Struct):
    """What came of it."""

    outcomes: list[Outcome] = []
    refused: list[str] = []  # sentences: captures that could not be read at all
    passed_over: list[str] = []  # files in folders that are no captures
    devices: int = 0


def read_all(request: Request, store: Store, report: Report, watch: Watch = lambda *_: None) -> None:
    """Fills `report` as it goes, so that what was done is known even when an error or an interruption ends it."""
    paths = _paths(request, report)
    rules = load()
    plan = Plan(request.site, request.sensor, installed(), policy(rules, request.networks), request.again)
    try:
        for capture in _opened(request, paths, report):
            try:
                workers = workers_for(capture, request.workers)
                reader = partial(Sharded, workers=workers) if workers > 1 else None
                report.outcomes.append(read(capture, store, plan, partial(watch, capture), reader))
            except CaptureError as error:
                report.refused.append(str(error))
    except KeyboardInterrupt:  # what was read stays, and shows
        rebuild(store, request.site, request.networks, rules)
        raise
    if any(outcome.counters.get("wire.frames", 0) > LARGE for outcome in report.outcomes):
        gc.collect()  # its tables and connections hold each other, and computing devices takes as much again
    report.devices = rebuild(store, request.site, request.networks, rules)


def _paths(request: Request, report: Report) -> list[str]:
    """The files that were meant. What names none is refused, but of files to be joined none may be missing."""
    paths: dict[str, None] = {}
    for arguments in [request.captures] if request.join else [[one] for one in request.captures]:
        try:
            found = find(arguments)
        except CaptureError as error:
            if request.join:
                raise
            report.refused.append(str(error))
            continue
        if request.join and found.refused:
            raise CaptureError(found.refused[0])
        report.refused += found.refused
        paths.update(dict.fromkeys(found.captures))
        report.passed_over += found.skipped
    return list(paths)


def _opened(request: Request, paths: Sequence[str], report: Report) -> Iterable[Capture]:
    if request.join:
        yield joined(paths, sha256=request.sha256)
        return
    for path in paths:
        try:
            yield open_capture(path, sha256=request.sha256)
        except CaptureError as error:
            report.refused.append(str(error))
