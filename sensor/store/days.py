"""Days as the tables have them: one, or, written with dots, the first of several of which the rows were made one."""

from __future__ import annotations

from sqlalchemy import String, func
from sqlalchemy.sql.elements import ColumnElement

SEPARATOR, COMPACTED = "-", "."


def is_apart(day: ColumnElement[str]) -> ColumnElement[bool]:
    """The row is of one day, and was counted nowhere else."""
    return func.substr(day, 5, 1) == SEPARATOR


def plain(day: ColumnElement[str]) -> ColumnElement[str]:
    """As everybody else writes it, in SQL."""
    return func.replace(day, COMPACTED, SEPARATOR, type_=String)


def compacted(day: str) -> str:
    """As the first of several."""
    return day.replace(SEPARATOR, COMPACTED)


def shown(day: str) -> str:
    """As everybody else writes it."""
    return day.replace(COMPACTED, SEPARATOR)
