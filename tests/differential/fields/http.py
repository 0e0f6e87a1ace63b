"""HTTP/1 over TCP. SSDP and what else speaks it over UDP is compared elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tests.differential.ntlm import shown
from tests.differential.table import RECEIVER, Differs, Frame, Shown, Table

LINE, CHALLENGE, HOST, URI = "http.response.line", "http.www_authenticate", "http.host", "http.request.uri"
REALM = re.compile(r'\brealm="([^"\\]+)"')


def powered_by(value: str) -> Iterable[str]:
    name, _, text = value.partition(":")
    return (text.replace("\\r\\n", "").strip(),) if name.lower() == "x-powered-by" and text.strip() else ()


def realm(value: str) -> Iterable[str]:
    return REALM.findall(value)[:1]


def host(frame: Frame) -> Iterator[tuple[str, str]]:
    """Whom a request is for, where it does not go to a proxy. An address is no name."""
    name = re.sub(r":\d+$", "", frame.last(HOST)).lower().removesuffix(".")
    asked = frame.last(URI)
    if asked.startswith("/") and re.search("[a-z]", name) and re.fullmatch(r"[a-z0-9_.-]+", name):
        yield frame.host(RECEIVER), name


NOT_ALL = "an answer whose body is not all in the capture: tshark waits for its end"
TABLE = Table(
    (
        Shown("http.server", ("http.server",), over=":tcp:"),
        Shown("http.user_agent", ("http.user_agent",), over=":tcp:"),
        Shown("http.powered_by", (LINE,), text=powered_by, over=":tcp:"),
        Shown("http.realm", (CHALLENGE,), text=realm, over=":tcp:"),
        Shown("http.host", (HOST,), over=":tcp:", needs=(URI,), read=host),
        *shown("http", ":tcp:http"),
    ),
    differs=(
        Differs("ntop_nDPI__tests_cfgs_default_pcap_1kxun.pcap", "http.server", NOT_ALL, ours=("AmazonS3",)),
        Differs(
            "seladb_PcapPlusPlus__Tests_ExamplesTest_pcap_examples_many-protocols.pcap",
            "http.server",
            NOT_ALL,
            ours=("Apache/2.2.25 (Unix)",),
        ),
        Differs(
            "zeek_zeek__testing_btest_Traces_http_get-to-ssh-server.pcap",
            "http.user_agent",
            "an HTTP request sent to port 22: tshark goes by the port",
            ours=("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36*",),
        ),
    ),
)
