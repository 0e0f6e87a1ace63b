"""Records pcaps/quic: client and server of aioquic, in both versions of QUIC.

Needs root, iproute2, tcpdump, openssl, and a Python with aioquic to run it.
"""

from __future__ import annotations

import sys
import time

from lab import Lab

SERVER_MAC, CLIENT_MAC = "02:a9:00:00:00:20", "02:a9:00:00:00:30"

SERVER = """
import asyncio, sys
from aioquic.asyncio import QuicConnectionProtocol, serve
from aioquic.quic.configuration import QuicConfiguration

async def main():
    version = int(sys.argv[2], 16)
    settings = QuicConfiguration(is_client=False, alpn_protocols=["h3"], supported_versions=[version])
    settings.load_cert_chain(sys.argv[1] + "/cert.pem", sys.argv[1] + "/key.pem")
    await serve("10.75.0.20", 443, configuration=settings)
    await asyncio.sleep(30)

asyncio.run(main())
"""

CLIENT = """
import asyncio, ssl, sys
from aioquic.asyncio import connect
from aioquic.quic.configuration import QuicConfiguration

async def main():
    version = int(sys.argv[1], 16)
    settings = QuicConfiguration(
        alpn_protocols=["h3"], supported_versions=[version], original_version=version,
        server_name="images.wards.example", verify_mode=ssl.CERT_NONE,
    )
    async with connect("10.75.0.20", 443, configuration=settings) as client:
        await client.ping()

asyncio.run(main())
"""


def quic(capture: str, version: str) -> None:
    with Lab() as lab:
        lab.host("server")
        lab.host("client")
        lab.wire("server", SERVER_MAC, "client", CLIENT_MAC)
        lab.address("server", "client", "10.75.0.20/24")
        lab.address("client", "server", "10.75.0.30/24")
        files = str(lab.files)
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{files}/key.pem")
        lab.run("server", "openssl", "req", "-x509", *key, "-subj", "/CN=images", "-out", f"{files}/cert.pem")
        recording = lab.record("client", "server", capture, "udp port 443")
        lab.start("server", sys.executable, "-c", SERVER, files, version)
        time.sleep(2)
        print(lab.run("client", sys.executable, "-c", CLIENT, version, check=False))
        lab.finish(recording)


if __name__ == "__main__":
    quic("quic/version1.pcap", "1")
    quic("quic/version2.pcap", "6b3343cf")
