"""Identifiers as they are compared. Forms of a UUID: RFC 9562 section 4; systems also omit hyphens or add braces."""

from __future__ import annotations

import pytest

from parsers.api import Id
from sensor.correlate.ids import Key, key_of

UUID = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"


@pytest.mark.parametrize(
    "text",
    [UUID, UUID.upper(), f"urn:uuid:{UUID}", f"uuid:{UUID}", f"{{{UUID}}}", UUID.replace("-", "")],
)
def test_a_uuid_is_the_same_however_it_is_written(text: str) -> None:
    assert key_of(Id("uuid", text), str) == Key("uuid", UUID)


@pytest.mark.parametrize("text", ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"])
def test_a_uuid_that_many_have_names_nobody(text: str) -> None:
    """RFC 9562 sections 5.9 and 5.10: nil and max."""
    assert key_of(Id("uuid", text), str) is None


def test_a_serial_keeps_its_spelling_whatever_it_looks_like() -> None:
    one, other = (key_of(Id("serial", text, "Acme"), str) for text in (UUID, UUID.replace("-", "")))
    assert one != other
