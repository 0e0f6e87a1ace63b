"""Messages of a Capnostream, put together as mdpnp/mdpnp Capnostream.java reads and writes them."""

from __future__ import annotations

from functools import reduce
from operator import xor


def sent(code: int, payload: bytes = b"", padding: bytes = b"") -> bytes:
    plain = bytes((len(payload) + 1, code)) + payload
    plain += padding + bytes((reduce(xor, plain),))
    return b"\x85" + b"".join(bytes((0x80, byte & 0x7F)) if byte in (0x80, 0x85) else bytes((byte,)) for byte in plain)


ENABLE, ACTIVE = sent(1), sent(6)
IDENTITY = sent(4, b"V45.67 02/24/2008 B355987654  ")  # the program's own example
WAVE = sent(0, b"\x01\x85\x80\x00")
PATIENT = sent(2, b"ZQCANARY4711        ")
