"""MEDIBUS messages, put together from mdpnp/mdpnp Medibus.java and the manual's example (see parsers/medibus.py)."""

from __future__ import annotations


def sealed(text: bytes) -> bytes:
    """With checksum and end."""
    return text + f"{sum(text) & 0xFF:02X}".encode() + b"\r"


def command(code: int, arguments: bytes = b"") -> bytes:
    return sealed(bytes((0x1B, code)) + arguments)


def answer(code: int, data: bytes = b"") -> bytes:
    return sealed(bytes((0x01, code)) + data)


EVITA = answer(0x52, b"8210'Evita XL'06.00:04.00")
BABYLOG = answer(0x52, b"8200'Babylog VN800'01.10:06.00")
COLLECTOR = answer(0x52, b"0161'DataGrabber'01.20:03.00")
INITIALISE, WHO, MEASURED, TEXTS = command(0x51), command(0x52), command(0x24), command(0x2A)
INITIALISED = answer(0x51)
VALUES = answer(0x24, b"06  12.07  3.1E1  38")
PATIENT = answer(0x2A, b"012\x32ZQCANARYMARTIN JEANNE\x03")
REALTIME = bytes.fromhex("d0c08182a0b1c0d0")
