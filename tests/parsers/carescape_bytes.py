"""Messages of a CARESCAPE network, put together as the Vocera page and mdpnp's GESerial.java describe their head."""

from __future__ import annotations


def message(place: bytes, address: str = "7e001b05", function: int = 1, tail: bytes = bytes(4)) -> bytes:
    """address: the IPv4 address of the sender in hexadecimal digits. tail: from byte 60 on."""
    head = b"\xff" * 6 + bytes.fromhex(address) + bytes(2) + function.to_bytes(2, "big") + b"\0\2" + b"\0\1" + bytes(6)
    return head + place.ljust(32, b"\0") + bytes(4) + tail


TIME = message(b"ICU|CENTRL", "7e001b01", tail=bytes.fromhex("ed003780"))  # 2026-01-01 in seconds since 1900
PRESENT = message(b"ICU|BED3", function=4, tail=b"ZQCANARYMARTIN JEANNE\0" + bytes(20))
