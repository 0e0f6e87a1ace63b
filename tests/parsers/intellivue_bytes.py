"""IntelliVue messages, put together from layouts in mdpnp/mdpnp and lnHealth (see parsers/intellivue_message.py)."""

from __future__ import annotations

MDC = bytes.fromhex("2a8648ce140201000000")
CANARIES = ("ZQCANARYMARTIN", "ZQCANARYJEANNE", "ZQCANARY4711")


def u16(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(2, "big") for number in numbers)


def sized(data: bytes) -> bytes:
    return u16(len(data)) + data


def text(string: str) -> bytes:
    return sized(string.encode("utf-16-be"))


def attribute(code: int, value: bytes) -> bytes:
    return u16(code) + sized(value)


def attributes(*several: bytes) -> bytes:
    return u16(len(several)) + sized(b"".join(several))


def event(code: int, body: bytes, command: int = 0) -> bytes:
    """An invocation that reports an event of the whole monitor (object class 21)."""
    report = u16(0x21, 0, 0) + bytes(4) + u16(code) + sized(body)
    return u16(1) + sized(u16(1, command) + sized(report))


def indication(*several: bytes) -> bytes:
    return bytes.fromhex("00000100") + event(0x0D17, attributes(*several))


def creation(*several: bytes) -> bytes:
    return bytes.fromhex("e1000002") + event(0x0D06, u16(0x21, 0, 0) + attributes(*several), command=1)


DATA = bytes.fromhex("e1000002")


def operation(kind: int, command: int, body: bytes) -> bytes:
    link = b"\1\1" if kind == 5 else b""
    return bytes.fromhex("e1000002") + u16(kind) + sized(link + u16(7, command) + sized(body))


def association(first: int, role: str, context: bytes = b"\x06\x0c" + MDC + b"\1\1\2\1\2") -> bytes:
    """first: 0D connect, 0E accept. role: the four bytes of the system type."""
    user = bytes.fromhex("80000000 40000000 00000000" + role + "20000000") + attributes() + attributes()
    body = (
        b"\x30\x80\x06\x0c" + MDC + b"\2\1\xbe\x80\x28\x80" + context + b"\x81" + bytes([len(user)]) + user + bytes(16)
    )
    return bytes([first, len(body)]) + body


ADDRESSES = bytes.fromhex("f100000e0009fb1122330a010203ffffff00")  # 00:09:FB:11:22:33, 10.1.2.3/24
SYSTEM_TYPE = attribute(0x0986, u16(1, 4429))  # 1 << 16 | 4429 = 69965, MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS
PROTOCOLS = attribute(0xF101, u16(2) + sized(u16(1, 1, 24105, 0x8000) + u16(5, 1, 24105, 0x8000)))
LOCALE = attribute(0x0937, bytes(8))
MODEL = attribute(0x0928, sized(b"Philips\0") + sized(b"M8007A\0\0"))
SYSTEM_ID = attribute(0x0984, sized(bytes.fromhex("0009fb112233")))
BED = attribute(0x091E, text("ICU-12\0"))
SPECIFICATION = attribute(
    0x092D,
    u16(6)
    + sized(
        u16(1, 0x50)
        + sized(b"BOARD777")
        + u16(1, 0x08)
        + sized(b"DE12345678")
        + u16(2, 0x08)
        + sized(b"M8007A")
        + u16(3, 0x50)
        + sized(b"A.01")
        + u16(4, 0x58)
        + sized(b"G.01.75")
        + u16(5, 0x18)
        + sized(b"B.02")
    ),
)
PATIENT = (
    attribute(0x095C, text(CANARIES[0])),
    attribute(0x095D, text(CANARIES[1])),
    attribute(0x095A, text(CANARIES[2])),
    attribute(0x0958, bytes.fromhex("1962031700000000")),
    attribute(0xF129, text("ZQCANARY note")),
    attribute(0xF12A, text("ZQCANARY note")),
    attribute(0xF001, b"ZQCANARY"),
)
POLL = operation(5, 7, u16(0x21, 0, 0) + u16(0x0C17) + sized(attributes(*PATIENT)))
ASK = operation(1, 7, u16(0x21, 0, 0) + bytes(6))


def framed(message: bytes) -> bytes:
    """As over a serial line: wlbaker/mdrepo serial_converter.cxx; the checksum bit by bit, as in ISO/IEC 13239."""
    plain = b"\x11\x01" + sized(message)
    register = 0xFFFF
    for byte in plain:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0x8408 if register & 1 else 0)
    plain += (register ^ 0xFFFF).to_bytes(2, "little")
    escaped = b"".join(bytes((0x7D, byte ^ 0x20)) if byte in b"\x7d\xc0\xc1" else bytes((byte,)) for byte in plain)
    return b"\xc0" + escaped + b"\xc1"
