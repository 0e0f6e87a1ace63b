"""Records pcaps/vrrp: keepalived on two routers that share an address. Needs root, iproute2, tcpdump and keepalived."""

from __future__ import annotations

import time

from lab import Lab

ROUTERS = {"one": ("02:a2:00:00:00:01", "10.22.0.2"), "two": ("02:a2:00:00:00:02", "10.22.0.3")}

VERSION_2 = """
global_defs {{ vrrp_version 2 }}
vrrp_instance ward {{
    interface to-{peer}
    state {state}
    virtual_router_id 7
    priority {priority}
    advert_int 1
    use_vmac
    authentication {{
        auth_type PASS
        auth_pass ZQCANARY
    }}
    virtual_ipaddress {{
        10.22.0.1/24
    }}
}}
"""
VERSION_3 = """
global_defs {{ vrrp_version 3 }}
vrrp_instance four {{
    interface to-{peer}
    state {state}
    virtual_router_id 8
    priority {priority}
    advert_int 1
    use_vmac
    virtual_ipaddress {{
        10.22.0.1/24
        10.22.0.9/24
    }}
}}
vrrp_instance six {{
    interface to-{peer}
    state {state}
    virtual_router_id 8
    priority {priority}
    advert_int 1
    use_vmac
    virtual_ipaddress {{
        fe80::22:1/64
        2001:db8:22::1/64
    }}
}}
"""


def record(capture: str, settings: str) -> None:
    """The first router speaks for the address; then it stops, and the second takes over."""
    with Lab() as lab:
        for name in ROUTERS:
            lab.host(name)
        lab.wire("one", ROUTERS["one"][0], "two", ROUTERS["two"][0], ipv6=True)
        running = {}
        for name, peer in (("one", "two"), ("two", "one")):
            lab.address(name, peer, f"{ROUTERS[name][1]}/24")
        time.sleep(1)
        recording = lab.record("two", "one", capture, "proto 112 or arp or (ip6 and ip6[6] == 112)")
        for name, peer, state, priority in (("one", "two", "MASTER", 200), ("two", "one", "BACKUP", 100)):
            file = lab.files / f"{name}.conf"
            file.write_text(settings.format(peer=peer, state=state, priority=priority))
            own = [f"--{kind}={lab.files}/{name}.{kind}" for kind in ("pid", "vrrp_pid")]
            running[name] = lab.start(name, "keepalived", "-n", "-l", "-P", "-f", str(file), *own)
        time.sleep(6)  # three missed advertisements and a little more make a router take over
        lab.stop(running["one"])
        time.sleep(2.5)
        lab.finish(recording)


if __name__ == "__main__":
    record("vrrp/version-2.pcap", VERSION_2)
    record("vrrp/version-3.pcap", VERSION_3)
