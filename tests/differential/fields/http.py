"""HTTP/1 over TCP. SSDP and what else speaks it over UDP is compared elsewhere."""

from __future__ import annotations

from tests.differential.ntlm import shown
from tests.differential.table import Differs, Shown, Table

NOT_ALL = "an answer whose body is not all in the capture: tshark waits for its end"
TABLE = Table(
    (
        Shown("http.server", ("http.server",), over=":tcp:"),
        Shown("http.user_agent", ("http.user_agent",), over=":tcp:"),
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
