"""DHCPv6 messages written by hand from RFC 8415 and those that are named in the cases."""

from __future__ import annotations

import pytest

from parsers.dhcpv6 import HOPS_MAX, SERVERS_MAX, SPEC
from parsers.dhcpv6_fields import OPTIONS_MAX
from tests.parsers.datagrams import Heard, about, heard, odd

MAC = "02a500000011"
LL = "0003 0001" + MAC
ADDRESS = "20010db8002500000000000000000149"
DNS = "20010db8002500000000000000000053"
LINK_LOCAL = "fe80000000000000 00a500fffe000011"


def option(code: int, value: str | bytes) -> str:
    raw = bytes.fromhex(value) if isinstance(value, str) else value
    return f"{code:04x}{len(raw):04x}" + raw.hex()


def message(kind: int, *options: str) -> str:
    return f"{kind:02x} a1b2c3" + "".join(options)


def relayed(kind: int, peer: str, *options: str, hops: int = 0) -> str:
    return f"{kind:02x} {hops:02x} 20010db8002600000000000000000001" + peer + "".join(options)


def ia(*addresses: tuple[str, int], status: str = "") -> str:
    """IA_NA: IAID, T1, T2, then each address with preferred and valid lifetime."""
    inner = "".join(option(5, f"{ip}{valid:08x}{valid:08x}") for ip, valid in addresses)
    return option(3, "00000001 00000000 00000000" + inner + (option(13, status) if status else ""))


CLIENT = option(1, LL)
DUID = (
    ("dhcpv6.duid", LL.replace(" ", "")),
    ("dhcpv6.duid_type", "link-layer"),
    ("dhcpv6.duid_mac", "02:a5:00:00:00:11"),
)
SERVER, RELAY = about("sender", ("dhcpv6.server", "yes")), about("sender", ("dhcpv6.relay", "yes"))
SOLICIT, REQUEST = ("dhcpv6.message", "solicit"), ("dhcpv6.message", "request")
NAME = b"\x05ct-ws\x05wards\x07example\0"


def client(*fields: tuple[str, str], host: str = "sender") -> tuple[object, ...]:
    return about(host, *fields)


CASES: dict[str, tuple[str, Heard]] = {
    "a Windows client: name, wishes, class of enterprise 311": (
        message(
            1,
            CLIENT,
            option(8, "0000"),
            option(39, b"\0" + NAME),
            option(16, b"\0\0\x01\x37\0\x08MSFT 5.0"),
            option(6, "0017 0018 0011 0027"),
        ),
        [
            client(
                SOLICIT,
                *DUID,
                ("dhcpv6.fqdn", "ct-ws.wards.example"),
                ("dhcpv6.option_request", "23,24,17,39"),
                ("dhcpv6.vendor_enterprise", "311"),
                ("dhcpv6.vendor_class", "MSFT 5.0"),
            )
        ],
    ),
    "a name that is not fully qualified (RFC 4704 section 4.2)": (
        message(1, CLIENT, option(39, b"\0\x05ct-ws")),
        [client(SOLICIT, *DUID, ("dhcpv6.fqdn", "ct-ws"))],
    ),
    "a name with a label longer than the option": (
        message(1, CLIENT, option(39, b"\0\x3fct-ws")),
        [client(SOLICIT, *DUID)],
    ),
    "DUID-LLT": (
        message(1, option(1, "0001 0001 2a2b2c2d" + MAC)),
        [
            client(
                SOLICIT,
                ("dhcpv6.duid", "000100012a2b2c2d02a500000011"),
                ("dhcpv6.duid_type", "link-layer and time"),
                ("dhcpv6.duid_mac", "02:a5:00:00:00:11"),
            )
        ],
    ),
    "DUID-EN of enterprise 43793, systemd's": (
        message(1, option(1, "0002 0000ab11 0011223344556677")),
        [
            client(
                SOLICIT,
                ("dhcpv6.duid", "00020000ab110011223344556677"),
                ("dhcpv6.duid_type", "enterprise"),
                ("dhcpv6.duid_enterprise", "43793"),
            )
        ],
    ),
    "DUID-UUID (RFC 6355)": (
        message(1, option(1, "0004 00112233445566778899aabbccddeeff")),
        [
            client(
                SOLICIT,
                ("dhcpv6.duid", "000400112233445566778899aabbccddeeff"),
                ("dhcpv6.duid_type", "uuid"),
                ("dhcpv6.uuid", "00112233-4455-6677-8899-aabbccddeeff"),
            )
        ],
    ),
    "a DUID on InfiniBand has no Ethernet address": (
        message(1, option(1, "0003 0020" + MAC)),
        [client(SOLICIT, ("dhcpv6.duid", "00030020" + MAC), ("dhcpv6.duid_type", "link-layer"))],
    ),
    "vendor options, user class, boot architecture": (
        message(
            11,
            CLIENT,
            option(17, b"\0\0\x75\x71" + b"\0\x01\0\x06Arista" + b"\0\x02\0\x02\xff\xfe"),
            option(15, b"\0\x08modality\0\x01x"),
            option(61, "0007 0009"),
        ),
        [
            client(
                ("dhcpv6.message", "information-request"),
                *DUID,
                ("dhcpv6.user_class", "modality,x"),
                ("dhcpv6.pxe_architecture", "7,9"),
                ("dhcpv6.vendor_enterprise", "30065"),
                ("dhcpv6.vendor_data", "30065.1 Arista"),
            )
        ],
    ),
    "an address that is wished for is not the client's": (
        message(3, CLIENT, ia((ADDRESS, 0))),
        [client(REQUEST, *DUID)],
    ),
    "one that is renewed is": (
        message(5, CLIENT, ia((ADDRESS, 0))),
        [client(("dhcpv6.message", "renew"), *DUID, ("dhcpv6.client_address", "2001:db8:25::149"))],
    ),
    "one that is declined is another's": (
        message(9, CLIENT, ia((ADDRESS, 0))),
        [client(("dhcpv6.message", "decline"), *DUID)],
    ),
    "authentication, subscriber and boot file are not read": (
        message(1, CLIENT, option(11, b"ZQCANARY"), option(38, b"ZQCANARY"), option(59, b"ZQCANARY")),
        [client(SOLICIT, *DUID)],
    ),
    "a reply binds; its client id is the receiver's": (
        message(7, CLIENT, option(2, LL), ia((ADDRESS, 7200)), option(23, DNS), option(24, NAME)),
        [
            SERVER,
            about("2001:db8:25::53", ("dhcpv6.dns_server", "yes")),
            client(
                ("dhcpv6.lease", "2001:db8:25::149"),
                ("dhcpv6.lease_time", "7200"),
                ("dhcpv6.domain", "ct-ws.wards.example"),
                host="receiver",
            ),
        ],
    ),
    "an advertisement binds nothing": (message(2, CLIENT, ia((ADDRESS, 7200))), [SERVER]),
    "a reply that takes the address back (lifetime 0)": (message(7, CLIENT, ia((ADDRESS, 0))), [SERVER]),
    "a reply that refuses (NoBinding, 3)": (message(7, CLIENT, ia((ADDRESS, 7200), status="0003")), [SERVER]),
    "a prefix for what is behind a router": (
        message(
            7,
            CLIENT,
            option(25, "00000001 00000000 00000000" + option(26, "00000e10 00000e10 38" + ADDRESS[:14] + "00" * 9)),
        ),
        [SERVER, client(("dhcpv6.delegated_prefix", "2001:db8:25::/56"), host="receiver")],
    ),
    "through a relay that tells the hardware address (RFC 6939), port and switch (RFC 4649)": (
        relayed(
            12,
            "fe80000000000000 1122334455667788",
            option(79, "0001" + MAC),
            option(18, b"ge-0/0/7"),
            option(37, b"\0\0\0\x09sw-ward-3"),
            option(9, message(1, CLIENT)),
        ),
        [
            RELAY,
            client(SOLICIT, *DUID, host="02:a5:00:00:00:11"),
            client(("dhcpv6.interface_id", "ge-0/0/7"), ("dhcpv6.remote_id", "sw-ward-3"), host="02:a5:00:00:00:11"),
        ],
    ),
    "through a relay: the address that it heard was made from the hardware address": (
        relayed(12, LINK_LOCAL, option(9, message(1, option(1, "0002 0000ab11 00")))),
        [
            RELAY,
            client(
                SOLICIT,
                ("dhcpv6.duid", "00020000ab1100"),
                ("dhcpv6.duid_type", "enterprise"),
                ("dhcpv6.duid_enterprise", "43793"),
                host="02:a5:00:00:00:11",
            ),
        ],
    ),
    "through a relay: by its global address": (
        relayed(12, ADDRESS, option(9, message(5, option(8, "0000")))),
        [RELAY, client(("dhcpv6.message", "renew"), host="2001:db8:25::149")],
    ),
    "through two relays the one nearest to the client counts": (
        relayed(
            12,
            "20010db8002700000000000000000002",
            option(18, b"uplink"),
            option(9, relayed(12, LINK_LOCAL, option(18, b"ge-0/0/7"), option(9, message(1, CLIENT)))),
            hops=1,
        ),
        [
            RELAY,
            client(SOLICIT, *DUID, host="02:a5:00:00:00:11"),
            client(("dhcpv6.interface_id", "ge-0/0/7"), host="02:a5:00:00:00:11"),
        ],
    ),
    "through a relay that names no client": (
        relayed(12, "fe80000000000000 1122334455667788", option(9, message(1, option(8, "0000")))),
        [RELAY, odd("dhcpv6.client_unknown")],
    ),
    "a reply to a relay: the client is the one that the relay heard": (
        relayed(13, LINK_LOCAL, option(9, message(7, CLIENT, ia((ADDRESS, 3600))))),
        [
            SERVER,
            client(("dhcpv6.lease", "2001:db8:25::149"), ("dhcpv6.lease_time", "3600"), host="02:a5:00:00:00:11"),
        ],
    ),
    "a relay without a message": (relayed(12, LINK_LOCAL, option(18, b"x")), [RELAY, odd("dhcpv6.cut")]),
    "cut in the second option": (
        message(1, CLIENT, "0006 0008 0017"),
        [odd("dhcpv6.option_cut"), client(SOLICIT, *DUID)],
    ),
    "an option that there is not": (message(1, option(0x7A51, b"ZQCANARY")), [odd("dhcpv6.malformed")]),
    "a message of DHCPv4 over DHCPv6": (message(20, CLIENT), [odd("dhcpv6.malformed")]),
    "nothing": ("", [odd("dhcpv6.malformed")]),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: str, expected: Heard) -> None:
    assert heard(SPEC, bytes.fromhex(data)) == expected


def test_relays_options_and_servers_are_capped() -> None:
    nested = message(1, CLIENT)
    for hops in range(HOPS_MAX + 1):
        nested = relayed(12, LINK_LOCAL, option(9, nested), hops=min(hops, HOPS_MAX))
    assert heard(SPEC, bytes.fromhex(nested)) == [RELAY, odd("dhcpv6.too_many_relays")]
    many = message(1, CLIENT, *[option(8, "0000")] * OPTIONS_MAX)
    assert heard(SPEC, bytes.fromhex(many)) == [odd("dhcpv6.option_cut"), client(SOLICIT, *DUID)]
    servers = option(23, "".join(f"20010db8{n:024x}" for n in range(1, SERVERS_MAX + 3)))
    named = [event for event in heard(SPEC, bytes.fromhex(message(2, CLIENT, servers))) if event != SERVER]
    assert named == [about(f"2001:db8::{n:x}", ("dhcpv6.dns_server", "yes")) for n in range(1, SERVERS_MAX + 1)]


def test_probe_looks_at_the_options() -> None:
    assert SPEC.probe(bytes.fromhex(message(1, CLIENT))) is True
    assert SPEC.probe(bytes.fromhex(message(1, "0001 00ff 0003"))) is False  # the first is not whole
    assert SPEC.probe(bytes.fromhex(message(1, CLIENT, "ffff 0000"))) is False
    assert SPEC.probe(bytes.fromhex(relayed(12, LINK_LOCAL, option(9, message(1, CLIENT)), hops=40))) is False
    assert SPEC.probe(b"\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x00") is False
