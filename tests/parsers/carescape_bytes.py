"""Messages of a CARESCAPE network: heads as the Vocera page and mdpnp's GESerial.java describe them, presences as the
program of J. Scholtyssek for a Dash 4000 sends them (DiscoveryMessageGenerator: 88 bytes, with these services)."""

from __future__ import annotations


def message(place: bytes, address: str = "7e001b05", function: int = 1, tail: bytes = bytes(4)) -> bytes:
    """address: the IPv4 address of the sender in hexadecimal digits. tail: from byte 60 on."""
    head = b"\xff" * 6 + bytes.fromhex(address) + bytes(2) + function.to_bytes(2, "big") + b"\0\2" + b"\0\1" + bytes(6)
    return head + place.ljust(32, b"\0") + bytes(4) + tail


TIME = message(b"ICU|CENTRL", "7e001b01", tail=bytes.fromhex("ed003780"))  # 2026-01-01 in seconds since 1900
PRESENT = message(b"ICU|BED3", function=4, tail=b"ZQCANARYMARTIN JEANNE\0" + bytes(20))

SERVICES = bytes.fromhex("000307d0 00110020 000907d0 00130bb8 001c0bb9 000d07d0 000c07d0")


def presence(place: bytes, address: str = "7e001b05", patient: bytes = b"", size: int = 88, kind: int = 4) -> bytes:
    """size: 88 where the program sends it, or 84 as another finds it on a network, too."""
    head = bytes((1, kind, 0, 0)) + bytes.fromhex(address) + (1_514_196_416).to_bytes(4, "big")
    return (head + place.ljust(16, b"\0") + patient.ljust(15, b"\0") + b"\7" + SERVICES).ljust(size, b"\0")


WHO = presence(b"ICU|BED3", patient=b"ZQCANARY,JEANNE")
EMPTY_BED = presence(b"HOME|B-02", "7e001b06")


def values(address: str = "7e001b05", function: str = "00c90014", second: str = "00c90014") -> bytes:
    """As that program answers for a monitor (VitalSignMessageBuilder): two heads, then sensors of 70 bytes."""
    ends = bytes.fromhex(address) + bytes(2)
    heads = (2 * ends + bytes.fromhex(function) + b"\0\1" + bytes(40) + b"\0\x42", 2 * ends + bytes.fromhex(second))
    rest = (0x00010001).to_bytes(4, "big") + bytes(38) + b"\0\6" + bytes.fromhex("0006060101")
    return b"".join(heads) + rest + b"ZQCANARY".ljust(70, b"\0") + b"\0"


VALUES = values()
