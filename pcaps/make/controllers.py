"""Records pcaps/dns/controllers.pcap: a member looks for the controllers of its domain, by UDP and by TCP.

`python pcaps/make/controllers.py`. Needs root, iproute2, tcpdump, dnsmasq, bind9-host. Persons are made up: ZQCANARY.
"""

from __future__ import annotations

import time

from lab import Lab

SERVER, MEMBER = ("02:a7:00:00:00:01", "10.76.0.1"), ("02:a7:00:00:00:21", "10.76.0.21")
CONTROLLERS = "_ldap._tcp.dc._msdcs.wards.example"
ZONE = (
    "--host-record=dc1.wards.example,10.76.0.10",
    f"--srv-host={CONTROLLERS},dc1.wards.example,389",
    f"--srv-host={CONTROLLERS.replace('_tcp', '_tcp.Main._sites')},dc1.wards.example,389",
)


def main() -> None:
    with Lab() as lab:
        lab.host("server")
        lab.host("member")
        lab.wire("server", SERVER[0], "member", MEMBER[0])
        lab.address("server", "member", f"{SERVER[1]}/24")
        lab.address("member", "server", f"{MEMBER[1]}/24")
        recording = lab.record("member", "server", "dns/controllers.pcap", "port 53 or arp")
        lab.start("server", "dnsmasq", "-k", "-C", "/dev/null", "--no-resolv", "--no-hosts", "--user=root", *ZONE)
        time.sleep(1)
        look = ["host", "-W", "2", "-t", "SRV"]
        print(lab.run("member", *look, CONTROLLERS, SERVER[1], check=False))
        print(lab.run("member", *look, "-T", CONTROLLERS.replace("_tcp", "_tcp.Main._sites"), SERVER[1], check=False))
        print(lab.run("member", "host", "-W", "2", "-T", "-t", "A", "zqcanary.example", SERVER[1], check=False))
        lab.finish(recording)


if __name__ == "__main__":
    main()
