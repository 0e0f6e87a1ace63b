"""Records pcaps/dhcpv6 and igmp: dnsmasq's router advertisements and DHCPv6, dhclient, the kernel's multicast groups.

Needs root, iproute2, tcpdump, dnsmasq and dhclient. Persons are made up: ZQCANARY.
"""

from __future__ import annotations

import sys
import time

from lab import Lab

SERVER, CLIENT = "02:a5:00:00:00:01", "02:a5:00:00:00:11"

WORKSTATION = """
send fqdn.fqdn "ct-ws-01.wards.example.";
option dhcp6.vendor-class code 16 = string;
send dhcp6.vendor-class 00:00:01:37:00:08:4d:53:46:54:20:35:2e:30;
also request dhcp6.name-servers, dhcp6.domain-search, dhcp6.sntp-servers;
"""
OF_A_PERSON = """
send fqdn.fqdn "zqcanarymartin-jeanne-pc.wards.example.";
option dhcp6.user-class code 15 = string;
send dhcp6.user-class 00:1a:7a:71:63:61:6e:61:72:79:2e:75:73:65:72:40:77:61:72:64:73:2e:65:78:61:6d:70:6c;
"""

JOIN = """
import socket, struct, sys, time
four, six = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
index = socket.if_nametoindex(sys.argv[1])
for group in ("239.255.255.250", "224.0.1.129"):
    member = struct.pack("4s4si", socket.inet_aton(group), bytes(4), index)
    four.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
member = socket.inet_pton(socket.AF_INET6, "ff02::fb") + struct.pack("I", index)
six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, member)
time.sleep(float(sys.argv[2]))
"""


def stateful(capture: str, settings: str, identifier: str) -> None:
    """A router advertises the network and gives addresses; a client takes one and gives it back."""
    with Lab() as lab:
        lab.host("server")
        lab.host("client")
        lab.wire("server", SERVER, "client", CLIENT, ipv6=True)
        lab.address("server", "client", "2001:db8:25::1/64")
        time.sleep(1.5)
        recording = lab.record("server", "client", capture, "udp port 547 or udp port 546 or icmp6")
        pool = [
            "--dhcp-range=2001:db8:25::100,2001:db8:25::1ff,64,2h",
            "--enable-ra",
            "--ra-param=to-client,mtu:1400,10",
        ]
        names = ["--dhcp-option=option6:dns-server,[2001:db8:25::53]", "--domain=wards.example"]
        more = ["--dhcp-option=option6:domain-search,wards.example", f"--dhcp-leasefile={lab.files}/leases"]
        base = ["--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--user=root", "--port=0"]
        lab.start("server", "dnsmasq", *base, *pool, *names, *more, "--log-facility=-")
        time.sleep(3)
        file = lab.files / "dhclient.conf"
        file.write_text(settings)
        own = ["-cf", str(file), "-lf", f"{lab.files}/lease", "-pf", f"{lab.files}/pid"]
        common = ["dhclient", "-6", *own, "-sf", "/bin/true"]
        lab.run("client", *common, "-D", identifier, "-1", "to-server")
        lab.run("client", *common, "-r", "to-server", check=False)
        lab.finish(recording)


def groups() -> None:
    """A host joins groups of IPv4 and IPv6; a switch asks who wants what."""
    with Lab() as lab:
        lab.host("switch")
        lab.host("host")
        lab.wire("switch", SERVER, "host", CLIENT, ipv6=True)
        bridge = ["type", "bridge", "mcast_snooping", "1", "mcast_querier", "1", "mcast_query_use_ifaddr", "1"]
        lab.run("switch", "ip", "link", "add", "br0", *bridge)
        lab.run("switch", "ip", "addr", "add", "10.25.0.1/24", "dev", "br0")
        lab.run("switch", "ip", "link", "set", "to-host", "master", "br0")
        lab.address("host", "switch", "10.25.0.11/24")
        recording = lab.record("host", "switch", "igmp/groups.pcap", "igmp or (ip6 and ip6[6] == 0)")
        lab.run("switch", "ip", "link", "set", "br0", "up")
        time.sleep(1)
        lab.start("host", sys.executable, "-c", JOIN, "to-switch", "4")
        time.sleep(2)
        lab.run("host", "sysctl", "-qw", "net.ipv4.conf.to-switch.force_igmp_version=2")
        time.sleep(4)
        lab.finish(recording)


if __name__ == "__main__":
    stateful("dhcpv6/lease.pcap", WORKSTATION, "LL")
    stateful("dhcpv6/personal.pcap", OF_A_PERSON, "LLT")
    groups()
