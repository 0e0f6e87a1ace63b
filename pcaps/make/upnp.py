"""Records pcaps/ssdp: MiniDLNA announces itself, is searched for by gssdp-discover, and fetched from by curl.

`python pcaps/make/upnp.py`. Needs root, iproute2, tcpdump, minidlna, gupnp-tools, curl. Persons are made up: ZQCANARY.
"""

from __future__ import annotations

import time

from lab import Lab

SERVER, READER = ("02:a3:00:00:00:11", "10.72.0.11"), ("02:a3:00:00:00:05", "10.72.0.5")
SETTINGS = """
port=8200
network_interface=to-reader
media_dir={files}/media
db_dir={files}/db
log_dir={files}/log
friendly_name=iPad de ZQCANARYMARTIN
model_name=WP-5
model_number=2
serial=WP5-004711
uuid=4d696e69-444c-164e-9d41-02a300000011
notify_interval=900
inotify=no
"""
ROUTE = ("ip", "route", "add", "239.0.0.0/8", "dev")


def main() -> None:
    with Lab() as lab:
        lab.host("server")
        lab.host("reader")
        lab.wire("server", SERVER[0], "reader", READER[0])
        lab.address("server", "reader", f"{SERVER[1]}/24")
        lab.address("reader", "server", f"{READER[1]}/24")
        lab.run("server", *ROUTE, "to-reader")
        lab.run("reader", *ROUTE, "to-server")
        for folder in ("media", "db", "log"):
            (lab.files / folder).mkdir()
        (lab.files / "conf").write_text(SETTINGS.format(files=lab.files))
        recording = lab.record("reader", "server", "ssdp/media-server.pcap", "port 1900 or tcp or arp")
        lab.start("server", "minidlnad", "-S", "-f", str(lab.files / "conf"), "-P", str(lab.files / "pid"))
        time.sleep(4)
        root = "upnp:rootdevice"
        search = ["gssdp-discover", "-i", "to-server", "-t", root, "-n", "3", "--message-type=available"]
        print(lab.run("reader", *search, check=False))
        print(lab.run("reader", "curl", "-s", f"http://{SERVER[1]}:8200/rootDesc.xml", check=False)[:400])
        lab.finish(recording)


if __name__ == "__main__":
    main()
