"""What hosts are called, what they offer, and what they are: DNS, mDNS, NBNS, SSDP, LLDP, CDP, SNMP, syslog.

RFC 1035, 6762, 1002, IEEE 802.1AB, RFC 1157, 3164; UPnP Device Architecture 2.0. Persons are canaries.
"""

from __future__ import annotations

import struct


def vector(width: int, body: bytes) -> bytes:
    return len(body).to_bytes(width) + body


def labels(name: str) -> bytes:
    return b"".join(vector(1, label.encode()) for label in name.split(".")) + b"\0"


def dns(transaction: int, name: str, address: bytes | None) -> bytes:
    """A question for an address, or its answer."""
    head = struct.pack(">HHHHHH", transaction, 0x0100 if address is None else 0x8180, 1, address is not None, 0, 0)
    question = head + labels(name) + b"\0\x01\0\x01"
    return question if address is None else question + b"\xc0\x0c\0\x01\0\x01\0\0\x0e\x10\0\x04" + address


def mdns(host: str, address: bytes, service: str, instance: str, port: int, texts: list[str]) -> bytes:
    """An announcement: PTR, SRV, TXT, A. The instance may have dots and blanks."""
    owner = vector(1, instance.encode()) + labels(f"{service}.local")
    own = labels(f"{host}.local")

    def answer(name: bytes, kind: int, body: bytes) -> bytes:
        return name + struct.pack(">HHI", kind, 1 if kind == 12 else 0x8001, 120) + vector(2, body)

    out = answer(labels(f"{service}.local"), 12, owner) + answer(owner, 33, struct.pack(">HHH", 0, 0, port) + own)
    out += answer(owner, 16, b"".join(vector(1, text.encode()) for text in texts) or b"\0") + answer(own, 1, address)
    return struct.pack(">HHHHHH", 0, 0x8400, 0, 4, 0, 0) + out


def nbns(transaction: int, name: str, address: bytes) -> bytes:
    """Registration of a workstation's name (RFC 1002 section 4.2.2)."""
    padded = name.upper()[:15].ljust(15).encode() + b"\0"
    coded = b"".join(bytes((65 + (each >> 4), 65 + (each & 15))) for each in padded)
    head = struct.pack(">HHHHHH", transaction, 0x2910, 1, 0, 0, 1)
    question = vector(1, coded) + b"\0" + struct.pack(">HH", 0x20, 1)
    return head + question + b"\xc0\x0c" + struct.pack(">HHIHH", 0x20, 1, 300000, 6, 0) + address


def ssdp(server: str, location: str, uuid: str) -> bytes:
    return (
        "NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nCACHE-CONTROL: max-age=1800\r\n"
        f"LOCATION: {location}\r\nNT: upnp:rootdevice\r\nNTS: ssdp:alive\r\nSERVER: {server}\r\n"
        f"USN: uuid:{uuid}::upnp:rootdevice\r\n\r\n"
    ).encode()


def lldp(mac: bytes, port: str, name: str, description: str, address: bytes) -> bytes:
    """Chassis by MAC, port, time to live, name, description, capabilities of a bridge and router, address."""

    def tlv(kind: int, body: bytes) -> bytes:
        return (kind << 9 | len(body)).to_bytes(2) + body

    out = tlv(1, b"\x04" + mac) + tlv(2, b"\x05" + port.encode()) + tlv(3, b"\0\x78")
    out += tlv(5, name.encode()) + tlv(6, description.encode()) + tlv(7, b"\0\x14\0\x14")
    return out + tlv(8, b"\x05\x01" + address + b"\x02\0\0\0\x01\0") + tlv(0, b"")


def ber(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    return bytes((tag,)) + (bytes((size,)) if size < 128 else b"\x82" + size.to_bytes(2)) + body


OID_DESCRIPTION, OID_NAME = bytes.fromhex("2b06010201010100"), bytes.fromhex("2b06010201010500")


def snmp(request: int, texts: tuple[str, str] | None) -> bytes:
    """A question for sysDescr and sysName (RFC 1213), or the answer to it."""
    values = [ber(4, text.encode()) for text in texts] if texts else [b"\x05\0", b"\x05\0"]
    binds = b"".join(
        ber(0x30, ber(6, oid), value) for oid, value in zip((OID_DESCRIPTION, OID_NAME), values, strict=True)
    )
    pdu = ber(0xA2 if texts else 0xA0, ber(2, request.to_bytes(4)), b"\x02\x01\0", b"\x02\x01\0", ber(0x30, binds))
    return ber(0x30, b"\x02\x01\x01", ber(4, b"zqcanary"), pdu)


def syslog(host: str, program: str) -> bytes:
    return f"<134>Jan  5 12:00:00 {host} {program}[431]: session opened for zqcanary.user".encode()
