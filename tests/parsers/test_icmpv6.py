"""Neighbour discovery messages written by hand from RFC 4861 section 4."""

from __future__ import annotations

import pytest

from parsers.icmpv6 import OPTIONS_MAX, SPEC
from tests.parsers.datagrams import Heard, about, heard, odd

TARGET = "fe80000000000000 0000000000000005"
GLOBAL = "20010db800000000 0000000000000001"
SOURCE = "01 01 02a000000001 "  # source link-layer address, 1 * 8 bytes
TARGET_LINK = "02 01 02a000000001 "
PREFIX = "03 04 40 c0 00000e10 00000e10 00000000" + GLOBAL  # prefix information, 4 * 8 bytes
DNS = "19 05 0000 00000e10" + GLOBAL + TARGET  # RFC 8106 section 5.1: 5 * 8 bytes, two servers
SEARCH = "1f 03 0000 00000e10 05 7761726473 07 6578616d706c65 00 0000"  # section 5.2: "wards.example", padded
MTU = "05 01 0000 000005dc "
MAC = "02:a0:00:00:00:01"

CASES: dict[str, tuple[str, Heard]] = {
    "an advertisement binds its target": (
        "88 00 beef 60000000" + TARGET + TARGET_LINK,  # solicited, override
        [about(MAC, ("nd.address", "fe80::5"))],
    ),
    "an advertisement of a router": (
        "88 00 beef e0000000" + GLOBAL + TARGET_LINK,
        [about(MAC, ("nd.address", "2001:db8::1"), ("nd.router", "yes"))],
    ),
    "an advertisement without the link-layer address binds nothing": ("88 00 beef 60000000" + TARGET, []),
    "a solicitation speaks of its sender, not of the target": (
        "87 00 beef 00000000" + TARGET + SOURCE,
        [about("sender", ("nd.link_address", MAC))],
    ),
    "duplicate address detection: no source option, nothing bound (RFC 4862 section 5.4.2)": (
        "87 00 beef 00000000" + TARGET,
        [],
    ),
    "a router that advertises": (
        "86 00 beef 40 00 0708 00000000 00000000" + SOURCE + MTU + PREFIX,
        [
            about(
                "sender",
                ("nd.router", "yes"),
                ("nd.link_address", MAC),
                ("nd.router_lifetime", "1800"),
                ("nd.mtu", "1500"),
                ("nd.prefix", "2001:db8::/64"),
            )
        ],
    ),
    "a router that hides its link-layer address (section 4.2)": (
        "86 00 beef 40 00 0708 00000000 00000000" + PREFIX,
        [about("sender", ("nd.router", "yes"), ("nd.router_lifetime", "1800"), ("nd.prefix", "2001:db8::/64"))],
    ),
    "name servers and search list (RFC 8106), addresses from DHCPv6 (M flag), and no default router (lifetime 0)": (
        "86 00 beef 40 c0 0000 00000000 00000000" + DNS + SEARCH,
        [
            about(
                "sender",
                ("nd.router", "yes"),
                ("nd.router_lifetime", "0"),
                ("nd.dhcpv6", "addresses"),
                ("nd.domain", "wards.example"),
            ),
            about("2001:db8::1", ("nd.dns_server", "yes")),
            about("fe80::5", ("nd.dns_server", "yes")),
        ],
    ),
    "the rest from DHCPv6 (O flag); a search list without its end": (
        "86 00 beef 40 40 0708 00000000 00000000" + "1f 02 0000 00000e10 05 7761726473 7878",
        [about("sender", ("nd.router", "yes"), ("nd.router_lifetime", "1800"), ("nd.dhcpv6", "other"))],
    ),
    "a prefix that is withdrawn (valid lifetime 0)": (
        "86 00 beef 40 00 0708 00000000 00000000" + "03 04 40 c0 00000000 00000000 00000000" + GLOBAL,
        [about("sender", ("nd.router", "yes"), ("nd.router_lifetime", "1800"))],
    ),
    "a router solicitation": ("85 00 beef 00000000" + SOURCE, [about("sender", ("nd.link_address", MAC))]),
    "a link-layer address of 8 bytes (IEEE 802.15.4) is not Ethernet's": (
        "88 00 beef 60000000" + TARGET + "02 02 0011223344556677 000000000000",
        [],
    ),
    "the first of two link-layer addresses counts": (
        "88 00 beef 60000000" + TARGET + TARGET_LINK + "02 01 02a000000009",
        [about(MAC, ("nd.address", "fe80::5"))],
    ),
    "a group address holds nothing": (
        "88 00 beef 60000000" + TARGET + "02 01 333300000001",
        [odd("nd.impossible_link_address")],
    ),
    "a multicast target (section 7.1.2)": (
        "88 00 beef 60000000" + "ff02000000000000 0000000000000001" + TARGET_LINK,
        [odd("nd.impossible_address")],
    ),
    "an unspecified target": ("88 00 beef 60000000" + "00" * 16 + TARGET_LINK, [odd("nd.impossible_address")]),
    "an option without length ends the options (section 4.6)": (
        "88 00 beef 60000000" + TARGET + "05 00" + TARGET_LINK,
        [odd("nd.bad_option")],
    ),
    "an option that is longer than the message; those before it count": (
        "86 00 beef 40 00 0708 00000000 00000000" + SOURCE + "03 04 40c0",
        [
            odd("nd.bad_option"),
            about("sender", ("nd.router", "yes"), ("nd.link_address", MAC), ("nd.router_lifetime", "1800")),
        ],
    ),
    "cut in the target": ("88 00 beef 60000000 fe80", [odd("nd.malformed")]),
    "a code that is not 0": ("88 01 beef 60000000" + TARGET + TARGET_LINK, [odd("nd.malformed")]),
    "an echo request says nothing": ("80 00 beef 0001 0001 61626364", []),
    "a multicast listener report says nothing": ("8f 00 beef 0000 0000", []),
    "nothing": ("", []),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: str, expected: Heard) -> None:
    assert heard(SPEC, bytes.fromhex(data)) == expected


def test_the_number_of_options_is_capped() -> None:
    said = heard(SPEC, bytes.fromhex("86 00 beef 40 00 0708 00000000 00000000" + MTU * (OPTIONS_MAX + 1) + SOURCE))
    seen = (("nd.router", "yes"), ("nd.router_lifetime", "1800"), ("nd.mtu", "1500"))
    assert said == [odd("nd.too_many_options"), about("sender", *seen)]


def test_probe_takes_neighbour_discovery_alone() -> None:
    assert SPEC.probe(bytes.fromhex("88 00 beef 60000000" + TARGET)) is True
    assert SPEC.probe(bytes.fromhex("80 00 beef 0001 0001")) is False
