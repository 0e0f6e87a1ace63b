"""What the compiled modules need of `cython` where Cython is not installed: they then run as plain Python."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

i64 = u8 = u64 = Any


def _same(thing: Any) -> Any:
    return thing


def _any(*_: Any, **__: Any) -> Any:
    return _same


def _declare(_: Any, value: Any) -> Any:
    return value


cython: Any = SimpleNamespace(
    compiled=False,
    cclass=_same,
    cfunc=_same,
    final=_same,
    inline=_same,
    nogil=_same,
    bint=bool,
    exceptval=_any,
    declare=_declare,
)
