"""What the compiled modules need of the `cython` module where Cython is not installed."""

from __future__ import annotations

from struct import Struct
from types import SimpleNamespace
from typing import Any

i64 = u8 = u64 = Any


def _same(thing: Any) -> Any:
    return thing


cython: Any = SimpleNamespace(
    compiled=False,
    cclass=_same,
    cfunc=_same,
    final=_same,
    inline=_same,
    nogil=_same,
    bint=bool,
    exceptval=lambda value=None, *, check=True: _same,  # noqa: ARG005 - the names are Cython's
    declare=lambda kind, value: value,  # noqa: ARG005
)


_U16 = Struct(">H").unpack_from
_U32 = Struct(">I").unpack_from
_U64 = Struct(">Q").unpack_from


def u16(b: Any, at: int) -> Any:
    return _U16(b, at)[0]


def u32(b: Any, at: int) -> Any:
    return _U32(b, at)[0]


def u64_at(b: Any, at: int) -> Any:
    return _U64(b, at)[0]


_WORD = Struct("=I")


def load_acquire(b: Any, at: int = 0) -> Any:
    """Only where the processor keeps the order of loads by itself; see `sensor.wire.ring`."""
    return _WORD.unpack_from(b, at)[0]


def store_release(b: Any, at: int = 0) -> None:
    """Likewise, of stores."""
    _WORD.pack_into(b, at, 0)
