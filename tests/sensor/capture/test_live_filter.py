"""Filters in words become programs for the kernel; expected ones as `tcpdump -ddd` prints them."""

from __future__ import annotations

import ctypes.util
import shutil
import subprocess

import pytest

from sensor.capture import live_filter
from sensor.capture.live_filter import FilterError, compile_filter

NEEDS = pytest.mark.skipif(not ctypes.util.find_library("pcap"), reason="needs libpcap")


def test_nothing_asked_is_no_program() -> None:
    assert compile_filter("", 1, 0) == []
    assert compile_filter("  ", 1, 96) == [(6, 0, 0, 96)]


@NEEDS
@pytest.mark.skipif(not shutil.which("tcpdump"), reason="needs tcpdump")
@pytest.mark.parametrize("text", ["tcp", "udp port 53 or arp", "net 10.0.0.0/8 and not host 10.1.2.3", "ip6"])
def test_the_same_as_tcpdump(text: str) -> None:
    told = subprocess.run(["tcpdump", "-ddd", "-s", "262144", "-y", "EN10MB", text], capture_output=True, check=True)
    lines = [tuple(map(int, line.split())) for line in told.stdout.splitlines()[1:]]
    assert compile_filter(text, 1, 0) == lines


@NEEDS
def test_a_snap_length_is_what_is_let_through() -> None:
    returned = {k for code, _, _, k in compile_filter("tcp", 1, 128) if code == 6}
    assert returned == {0, 128}


@NEEDS
@pytest.mark.parametrize(("text", "says"), [("tcp and and", "syntax error"), ("vlan 3", "VLAN tag")])
def test_what_cannot_be_compiled_is_refused(text: str, says: str) -> None:
    with pytest.raises(FilterError, match=says):
        compile_filter(text, 1, 0)


def test_without_libpcap_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_filter.ctypes.util, "find_library", lambda name: "libpcap.so.none")
    with pytest.raises(FilterError, match="install it"):
        compile_filter("tcp", 1, 0)
