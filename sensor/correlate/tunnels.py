"""Analysers that one host speaks for: a middleware, a base station, or a serial server with several of them.

An analyser names itself in its messages. Where one host sends under several such names, or is known as a serial server,
it is none of them, and each stands behind it. Where there is one name, the host is that analyser.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from parsers.api import Id
from sensor.correlate.ids import MODEL_STATION
from sensor.correlate.sorting import joined
from sensor.model import Evidence, Subject

# What shows that an application is a device: observable, and its text or any. A laboratory system sends no results.
DEVICES = {"astm.sends": "results", "poct1a.serial": ""}
CONVERTERS = frozenset({"addp", "console", "lantronix", "moxa"})  # protocols that serial servers alone answer in
LINES = ("comport.role", "server")  # and what shows that a host serves a serial line by a common one
SERIAL, MAKERS = "poct1a.serial", ("poct1a.manufacturer", "poct1a.vendor")

NOTHING: Mapping[Subject, list[Evidence]] = {}


def set_apart(*lists: list[Evidence]) -> tuple[list[Evidence], Mapping[Subject, list[Evidence]]]:
    """What a host said itself, and what it said in the name of analysers, as of components behind it."""
    rows = joined(*lists)
    speaking = systems(rows)
    alone = bool(speaking) and converts(rows)
    protocols = {name for name, of in speaking.items() if alone or len(of) > 1}
    if not protocols:
        return rows, NOTHING
    moved: dict[Subject, list[Evidence]] = {}
    kept: list[Evidence] = []
    for row in rows:
        if row.protocol in protocols and row.subject.application in speaking[row.protocol]:
            moved.setdefault(row.subject, []).append(row)
        else:
            kept.append(row)
    apart: dict[Subject, list[Evidence]] = {}
    for subject, its in moved.items():
        apart.setdefault(component(subject, its), []).extend(its)
    return kept, apart


def converts(rows: Iterable[Evidence]) -> bool:
    """Whether a host is known as a serial server."""
    return any(row.protocol in CONVERTERS or (row.observable, row.value) == LINES for row in rows)


def systems(rows: Iterable[Evidence]) -> Mapping[str, set[str]]:
    """Protocol -> names under which analysers spoke."""
    found: dict[str, set[str]] = {}
    for row in rows:
        if row.subject.application and DEVICES.get(row.observable) in ("", row.value):
            found.setdefault(row.protocol, set()).add(row.subject.application)
    return found


def component(subject: Subject, rows: Iterable[Evidence]) -> Subject:
    """An analyser behind the host that spoke in its name: by its serial number, or else by the name."""
    said = {row.observable: row.value for row in rows}
    if serial := said.get(SERIAL):
        id_ = Id("serial", serial, next((said[name] for name in MAKERS if name in said), ""))
    else:
        id_ = Id(MODEL_STATION, f"|{subject.application}")
    return Subject(subject.mac, subject.ip, subject.vlan, "", (id_,))
