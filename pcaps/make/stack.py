"""Records pcaps/tcp/linux.pcap: connections between two Linux hosts, with parts of TCP switched off one after another.

Needs root, iproute2, tcpdump and python3.
"""

from __future__ import annotations

import itertools

from lab import Lab

CLIENT, SERVER = "02:a5:00:00:00:01", "02:a5:00:00:00:02"
PARTS = ("tcp_timestamps", "tcp_sack", "tcp_window_scaling")
SERVE = "import http.server as h; h.HTTPServer(('10.25.0.2', 8080), h.BaseHTTPRequestHandler).serve_forever()"
CONNECT = "import socket; socket.create_connection(('10.25.0.2', 8080), 5).close()"

if __name__ == "__main__":
    with Lab() as lab:
        lab.host("client")
        lab.host("server")
        lab.wire("client", CLIENT, "server", SERVER)
        lab.address("client", "server", "10.25.0.1/24")
        lab.address("server", "client", "10.25.0.2/24")
        lab.start("server", "python3", "-c", SERVE)
        recording = lab.record("client", "server", "tcp/linux.pcap", "tcp[tcpflags] & tcp-syn != 0")
        for setting in itertools.product("10", repeat=len(PARTS)):
            for host in ("client", "server"):
                for part, on in zip(PARTS, setting, strict=True):
                    lab.run(host, "sysctl", "-qw", f"net.ipv4.{part}={on}")
            lab.run("client", "python3", "-c", CONNECT)
        lab.finish(recording)
