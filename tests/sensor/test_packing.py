"""A text that UTF-8 has no form for stops nobody."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from sensor.model import Subject
from sensor.packing import packed
from sensor.service.messages import Part, frame


class Item(Struct, tag="i", array_like=True):
    texts: dict[str, tuple[str, int]]


def test_texts_come_back() -> None:
    item = Item({"é\u202e": ("\U0001f600", 1 << 60)})
    assert msgspec.msgpack.decode(packed(item), type=Item) == item


def test_lone_surrogates_do_not() -> None:
    found = msgspec.msgpack.decode(packed(Item({"a\ud83d": ("\udc00b", 2)})), type=Item)
    assert found == Item({"a?": ("?b", 2)})


def test_what_a_worker_tells() -> None:
    part = Part(
        [Subject(ip="10.0.0.1", application="A\ud83d")], [((1, 0, "x.y", "\ud83d", "x", "x"), [0.5, 1])], [], []
    )
    body = frame(part)[4:]
    found = msgspec.msgpack.decode(body, type=Part)
    assert found.subjects[0].application == "A?"
    assert found.said[0][0][3] == "?"
