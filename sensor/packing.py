"""Values as msgpack, whatever stands in their texts."""

from __future__ import annotations

from typing import Any

import msgspec

_ENCODER = msgspec.msgpack.Encoder()


def packed(item: Any) -> bytes:
    """The bytes. A lone surrogate, which UTF-8 has no form for, becomes a question mark: text from the wire may hold
    one, and must not stop whoever hands it on."""
    try:
        return _ENCODER.encode(item)
    except UnicodeEncodeError:
        return _ENCODER.encode(_without_surrogates(msgspec.to_builtins(item)))


def _without_surrogates(item: Any) -> Any:
    if isinstance(item, str):
        return item.encode("utf-8", "replace").decode()
    if isinstance(item, list | tuple):
        return [_without_surrogates(each) for each in item]
    if isinstance(item, dict):
        return {_without_surrogates(key): _without_surrogates(value) for key, value in item.items()}
    return item
