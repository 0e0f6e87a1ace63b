"""How lines are styled for a terminal."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from sensor.cli.show import line


@pytest.mark.parametrize(
    ("environment", "styled"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "dumb"}, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),  # no-color.org: empty is as if it were not there
    ],
)
def test_style_only_where_it_is_wanted(
    environment: dict[str, str], styled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with CliRunner().isolation(color=True) as (out, *_):
        line("Device", style="bold")
    assert out.getvalue() == (b"\x1b[1mDevice\x1b[0m\n" if styled else b"Device\n")
