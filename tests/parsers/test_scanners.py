"""Programs that search networks: names as they were seen (nmap's sources, coreruleset's list), and their neighbours."""

from __future__ import annotations

import pytest

from parsers import http, sip, ssh
from parsers.scanners import is_scanner
from tests.parsers.harness import one_way, said

NSE = "Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)"


@pytest.mark.parametrize(
    "program",
    [
        NSE,
        "Mozilla/5.0 zgrab/0.x",
        "Nmap-SSH2-Hostkey",
        "NmapNSE_1.0",
        "masscan/1.3 (https://github.com/robertdavidgraham/masscan)",
        "Fuzz Faster U Fool v2.1.0-dev",
        "friendly-scanner",
    ],
)
def test_scanners(program: str) -> None:
    assert is_scanner(program)


@pytest.mark.parametrize(
    "program",
    [
        "OpenMap/4.6",
        "curl/7.88.1",
        "OpenSSH_9.2p1 Debian-2",
        "Mozilla/5.0 (Windows NT 10.0) Firefox/130.0",
        "",
        "x" * 256 + " nmap",
    ],
)
def test_others(program: str) -> None:
    assert not is_scanner(program)


def flags(events: list[tuple[object, ...]]) -> list[object]:
    return [event[1:] for event in events if event[0] == "flag"]


def test_whoever_asks_is_the_one_that_searches() -> None:
    request = b"GET / HTTP/1.1\r\nHost: ct1.example\r\nUser-Agent: " + NSE.encode() + b"\r\n\r\n"
    assert flags(said(http.SPEC, one_way(request))) == [(("sender", "", ()), "http.scanner")]
    proxied = request[:-2] + b"Via: 1.1 proxy1\r\n\r\n"
    assert flags(said(http.SPEC, one_way(proxied))) == []  # somebody behind the sender
    line = b"SSH-2.0-Nmap-SSH2-Hostkey\r\n"
    assert flags(said(ssh.SPEC, one_way(line))) == [(("sender", "", ()), "ssh.scanner")]
    assert flags(said(ssh.SPEC, one_way(line, side=1))) == []
    options = b"OPTIONS sip:100@10.0.0.5 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bK-1\r\n"
    events = list(sip.SPEC.read(options + b"User-Agent: friendly-scanner\r\n\r\n"))
    assert [event.finding for event in events if hasattr(event, "finding")] == ["sip.scanner"]
