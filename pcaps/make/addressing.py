"""Records pcaps/arp, pcaps/dhcp and pcaps/dns: Linux's ARP and ND, dnsmasq, dhclient, the C library's resolver."""

from __future__ import annotations

import time

from lab import Lab

SERVER, CLIENT, RELAY_IN, RELAY_OUT = "02:a0:00:00:00:01", "02:a0:00:00:00:11", "02:a0:00:00:00:21", "02:a0:00:00:00:22"

DHCLIENT = """
send host-name "ct-ws-01";
send vendor-class-identifier "Acme CT Console 4.2";
send user-class "modality";
send dhcp-client-identifier = hardware;
request subnet-mask, routers, domain-name-servers, domain-name, host-name, ntp-servers;
timeout 15;
"""
POOL = [
    "--keep-in-foreground",
    "--conf-file=/dev/null",
    "--no-resolv",
    "--no-hosts",
    "--user=root",
    "--no-ping",
    "--dhcp-authoritative",
    "--dhcp-option=option:ntp-server,10.20.0.9",
    "--domain=wards.example",
    "--log-facility=-",
]


def neighbours() -> None:
    """Two hosts ping each other over IPv4 and IPv6; one announces its address."""
    with Lab() as lab:
        lab.host("a")
        lab.host("b")
        lab.wire("a", SERVER, "b", CLIENT, ipv6=True)
        time.sleep(1.5)
        recording = lab.record("a", "b", "arp/neighbours.pcap", "arp or icmp or icmp6")
        lab.address("a", "b", "10.20.0.1/24", "2001:db8:20::1/64")
        lab.address("b", "a", "10.20.0.11/24", "2001:db8:20::11/64")
        time.sleep(0.5)
        lab.run("b", "arping", "-U", "-c", "1", "-I", "to-a", "10.20.0.11", check=False)
        lab.run("b", "ping", "-c", "1", "10.20.0.1", check=False)
        lab.run("b", "ping", "-6", "-c", "1", "2001:db8:20::1", check=False)
        lab.run("a", "ping", "-c", "1", "10.20.0.99", check=False)  # nobody
        lab.run("a", "ping", "-6", "-c", "1", "2001:db8:20::11", check=False)
        lab.finish(recording)


def dhclient(lab: Lab, peer: str) -> None:
    configuration = lab.files / "dhclient.conf"
    configuration.write_text(DHCLIENT)
    lease, pid = str(lab.files / "lease"), str(lab.files / "pid")
    common = ["dhclient", "-4", "-cf", str(configuration), "-lf", lease, "-pf", pid, "-sf", "/bin/true"]
    lab.run("client", *common, "-1", f"to-{peer}")
    lab.run("client", *common, "-r", f"to-{peer}", check=False)  # releases, and ends the one above


def lease() -> None:
    """Discover, offer, request, ack, release."""
    with Lab() as lab:
        lab.host("server")
        lab.host("client")
        lab.wire("server", SERVER, "client", CLIENT)
        lab.address("server", "client", "10.20.0.1/24")
        recording = lab.record("server", "client", "dhcp/lease.pcap", "udp")
        pool = ["--dhcp-range=10.20.0.50,10.20.0.60,2h", f"--dhcp-host={CLIENT},10.20.0.51"]
        lab.start("server", "dnsmasq", *POOL, *pool, "--port=0", f"--dhcp-leasefile={lab.files}/leases")
        time.sleep(1)
        dhclient(lab, "server")
        lab.finish(recording)


def relayed() -> None:
    """The same through a relay, seen between relay and server: the client's frames are the relay's."""
    with Lab() as lab:
        for name in ("server", "relay", "client"):
            lab.host(name)
        lab.wire("server", SERVER, "relay", RELAY_OUT)
        lab.wire("relay", RELAY_IN, "client", CLIENT)
        lab.address("server", "relay", "10.20.9.1/24")
        lab.address("relay", "server", "10.20.9.2/24")
        lab.address("relay", "client", "10.20.0.2/24")
        lab.run("relay", "sysctl", "-qw", "net.ipv4.ip_forward=1")
        lab.run("server", "ip", "route", "add", "10.20.0.0/24", "via", "10.20.9.2")
        recording = lab.record("server", "relay", "dhcp/relayed.pcap", "udp")
        leases = f"--dhcp-leasefile={lab.files}/leases"
        pool = ["--dhcp-range=10.20.0.50,10.20.0.60,255.255.255.0,2h", f"--dhcp-host={CLIENT},10.20.0.51"]
        lab.start("server", "dnsmasq", *POOL, *pool, "--port=0", leases)
        relay = ["--dhcp-relay=10.20.0.2,10.20.9.1", "--port=0", "--keep-in-foreground", "--conf-file=/dev/null"]
        lab.start("relay", "dnsmasq", *relay, "--user=root", "--log-facility=-")
        time.sleep(1)
        dhclient(lab, "relay")
        lab.finish(recording)


def names() -> None:
    """A resolver asks for an address, an alias, a reverse name and one that is not there."""
    with Lab() as lab:
        lab.host("server")
        lab.host("client")
        lab.wire("server", SERVER, "client", CLIENT)
        lab.address("server", "client", "10.20.0.1/24")
        lab.address("client", "server", "10.20.0.11/24")
        lab.run("client", "ip", "addr", "add", "2001:db8:20::11/128", "dev", "lo")  # else it asks for no AAAA
        resolver = lab.files / "resolv.conf"
        resolver.write_text("nameserver 10.20.0.1\n")
        zone = [
            "--host-record=pacs.wards.example,10.20.0.5,2001:db8:20::5",
            "--cname=archive.wards.example,pacs.wards.example",
        ]
        lab.start("server", "dnsmasq", *POOL, *zone, "--local=/wards.example/", "--auth-ttl=60")
        time.sleep(1)
        recording = lab.record("client", "server", "dns/answers.pcap", "udp port 53")
        asks = [
            "getent ahostsv4 pacs.wards.example",
            "getent ahostsv6 pacs.wards.example",
            "getent ahostsv4 archive.wards.example",
            "getent hosts 10.20.0.5",
            "getent ahostsv4 ZQCANARY.wards.example",
        ]
        script = f"mount --bind {resolver} /etc/resolv.conf; {'; '.join(asks)}"
        lab.run("client", "unshare", "-m", "sh", "-c", script, check=False)
        lab.finish(recording)


if __name__ == "__main__":
    neighbours()
    lease()
    relayed()
    names()
