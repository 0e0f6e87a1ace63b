"""PostgreSQL: names and values of the opening, and of settings."""

from __future__ import annotations

from collections.abc import Iterable

from tests.differential.table import SENDER, Frame, Shown, Table

FIELDS = ("pgsql.parameter_name", "pgsql.parameter_value")


def named(frame: Frame, wanted: str) -> Iterable[tuple[str, str]]:
    pairs = zip(frame.all(FIELDS[0]), frame.all(FIELDS[1]), strict=False)
    return [(frame.host(SENDER), value) for name, value in pairs if name == wanted]


def version(frame: Frame) -> Iterable[tuple[str, str]]:
    return named(frame, "server_version")


def program(frame: Frame) -> Iterable[tuple[str, str]]:
    """Of the opening: a server repeats it as a setting."""
    return named(frame, "application_name") if "server_version" not in frame.all(FIELDS[0]) else ()


TABLE = Table(
    (
        Shown("postgresql.version", FIELDS, read=version),
        Shown("postgresql.application", FIELDS, read=program),
    ),
    decode_as={"postgresql": "pgsql"},
)
