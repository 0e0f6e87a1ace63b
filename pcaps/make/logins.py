"""Records pcaps/http/ntlm.pcap: curl logs in with NTLM to a small server. Persons are made up: ZQCANARY.

Needs root, iproute2, tcpdump and curl with NTLM.
"""

from __future__ import annotations

import time

from lab import Lab

DESK, SERVER = ("00:50:56:63:00:21", "10.63.0.21"), ("00:50:56:63:00:10", "10.63.0.10")

# A web server that asks for NTLM as IIS does: its challenge is of a Windows Server 2019 (MS-NLMP 2.2.1.2)
SERVE = r"""
import base64, http.server, struct

def pair(kind, text):
    raw = text.encode("utf-16-le")
    return struct.pack("<HH", kind, len(raw)) + raw

names = pair(2, "WARDS") + pair(1, "RISWEB1") + pair(4, "wards.example") + pair(3, "risweb1.wards.example") + bytes(4)
head = struct.pack("<8sIHHII8s8xHHI", b"NTLMSSP\0", 2, 0, 0, 56, 0x02898205, b"ZQCANARY", len(names), len(names), 56)
CHALLENGE = base64.b64encode(head + struct.pack("<BBHxxxB", 10, 0, 17763, 15) + names).decode()

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "Microsoft-IIS/10.0", ""

    def do_GET(self):
        kind = base64.b64decode((self.headers.get("Authorization") or "NTLM ").split(" ", 1)[1])[8:9]
        body = b"<html><title>ZQCANARYMARTIN JEANNE</title></html>" if kind == b"\3" else b""
        self.send_response(200 if kind == b"\3" else 401)
        if kind != b"\3":
            self.send_header("WWW-Authenticate", f"NTLM {CHALLENGE}" if kind == b"\1" else "NTLM")
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

http.server.ThreadingHTTPServer(("10.63.0.10", 80), Handler).serve_forever()
"""


def main() -> None:
    with Lab() as lab:
        lab.host("desk")
        lab.host("server")
        lab.wire("desk", DESK[0], "server", SERVER[0])
        lab.address("desk", "server", f"{DESK[1]}/24")
        lab.address("server", "desk", f"{SERVER[1]}/24")
        lab.start("server", "python3", "-c", SERVE)
        time.sleep(1)
        recording = lab.record("desk", "server", "http/ntlm.pcap", "tcp port 80 or arp")
        user = "ZQCANARYDOM\\zqcanary.user:ZQCANARY-secret"
        lab.run("desk", "curl", "-sS", "--ntlm", "-u", user, f"http://{SERVER[1]}/patient/ZQCANARY4711")
        lab.finish(recording)


if __name__ == "__main__":
    main()
