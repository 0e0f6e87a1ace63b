"""Ends of support as Microsoft's pages give them, quoted by endoflife.date."""

from __future__ import annotations

import datetime as dt

import pytest

from parsers import windows_support
from parsers.api import SENDER, Flag

XP, SERVER_2003, WINDOWS_7, SERVER_2012 = "2014-04-08", "2015-07-14", "2020-01-14", "2023-10-10"
CHROME_ON_7 = "Mozilla/5.0 (Windows NT 6.1; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/86.0"


def after(day: str) -> tuple[Flag, ...]:
    """From the midnight on that follows the last day."""
    end = dt.datetime.fromisoformat(f"{day}T00:00:00+00:00") + dt.timedelta(days=1)
    return (Flag("x.old_windows", SENDER, int(end.timestamp())),)


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        ("5.1.2600", after(XP)),
        ("6.1.7601", after(WINDOWS_7)),
        ("6.3.9600", after(SERVER_2012)),
        ("10.0.17134", after("2021-05-11")),
        ("10.0.17763", after("2029-01-09")),  # Server 2019 has the number of a client that is older than it looks
        ("6.1.0", ()),  # Samba
        ("10.0.12345", ()),
        ("", ()),
    ],
)
def test_builds(build: str, expected: tuple[Flag, ...]) -> None:
    assert windows_support.by_build("x", build) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Windows 5.1", after(XP)),
        ("Windows XP 2600 Service Pack 1", after(XP)),
        ("Windows Server 2003 R2 3790 Service Pack 2", after(SERVER_2003)),
        ("Windows 7 Professional 7601 Service Pack 1", after(WINDOWS_7)),
        ("Windows Server (R) 2008 Enterprise 6002 Service Pack 2, v.275", after(WINDOWS_7)),  # the same day
        ("Windows 8.1 Pro 9600", after(SERVER_2012)),
        ("Windows 10 Pro 19045", ()),
        ("Windows 6.1", ()),  # which Samba says that it is
        ("Unix", ()),
    ],
)
def test_names_in_smb(text: str, expected: tuple[Flag, ...]) -> None:
    assert windows_support.by_name("x", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CHROME_ON_7, after(WINDOWS_7)),
        ("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; Trident/4.0)", after(XP)),
        ("Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 5.2)", after(SERVER_2003)),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0", ()),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0", ()),
        ("about Windows NT 5.1", ()),
    ],
)
def test_browsers(text: str, expected: tuple[Flag, ...]) -> None:
    assert windows_support.by_agent("x", text) == expected
