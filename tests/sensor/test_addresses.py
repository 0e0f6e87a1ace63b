"""The quick look at an address agrees with the library, whatever the text."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sensor.addresses import ipv4
from sensor.correlate.networks import Networks


@given(st.one_of(st.ip_addresses().map(str), st.from_regex(r"[0-9.]{1,16}"), st.text(max_size=20)))
@example("010.1.2.3")
@example("1.2.3.4\n")
@example("1.2.3.٤")
@example("255.255.255.256")
def test_an_address_is_one_where_the_library_says_so(text: str) -> None:
    try:
        expected = int(ipaddress.IPv4Address(text))
    except ValueError:
        expected = -1
    assert ipv4(text) == expected


@pytest.mark.parametrize(
    ("ip", "standing"),
    [
        ("10.1.2.3", "inside"),
        ("9.255.255.255", "external"),
        ("172.31.255.255", "inside"),
        ("172.32.0.0", "external"),
        ("127.9.9.9", "loopback"),
        ("0.1.2.3", "never"),
        ("224.0.0.1", "never"),
        ("239.255.255.255", "never"),
        ("240.0.0.1", "never"),
        ("255.255.255.255", "never"),
        ("1.2.3", "never"),
    ],
)
def test_where_an_address_stands(ip: str, standing: str) -> None:
    assert Networks().standing(ip) == standing
