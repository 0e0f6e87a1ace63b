"""What the made-up hosts say but for DICOM: HL7, TLS, SMB, HTTP, DHCP, DNS, mDNS, SSDP. Every person is a canary."""

from __future__ import annotations

import struct
from random import Random

MAKERS = ("Northfield Imaging", "Aurelia Medical", "Kestrel Systems", "Hollin & Byrne")


# HL7 v2.6 chapters 2, 3, 7; device observations as IHE PCD-01; MLLP release 1.

OBSERVATIONS = (
    ("147842", "MDC_ECG_HEART_RATE", "264864^MDC_DIM_BEAT_PER_MIN"),
    ("150456", "MDC_PULS_OXIM_SAT_O2", "262688^MDC_DIM_PERCENT"),
    ("151562", "MDC_RESP_RATE", "264928^MDC_DIM_RESP_PER_MIN"),
    ("150021", "MDC_PRESS_BLD_NONINV_SYS", "266016^MDC_DIM_MMHG"),
    ("150022", "MDC_PRESS_BLD_NONINV_DIA", "266016^MDC_DIM_MMHG"),
    ("150344", "MDC_TEMP", "268192^MDC_DIM_DEGC"),
    ("149546", "MDC_PULS_RATE_NON_INV", "264864^MDC_DIM_BEAT_PER_MIN"),
)


def observation(number: int, message: int, random: Random) -> bytes:
    stamp = f"20260105{8 + message // 3600 % 16:02}{message // 60 % 60:02}{message % 60:02}"
    profile = "IHE_PCD_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1"
    header = (
        f"MSH|^~\\&|MONITOR{number % 40}^{number:016X}^EUI-64|WARD{number % 60}|ENGINE|EXAMPLE|{stamp}+0000||"
        f"ORU^R01^ORU_R01|M{number}X{message}|P|2.6|||NE|AL||UNICODE UTF-8|||{profile}"
    )
    lines = [
        header,
        f"PID|||ZQCANARY{number}^^^EXAMPLE^PI||ZQCANARYMARTIN^JEANNE^^^^^L||19700101|F",
        f"PV1||I|WARD{number % 60}^ROOM{number % 12}^BED{number % 4}",
        f"OBR|1|M{message}^MONITOR|M{message}^MONITOR|182777000^monitoring of patient^SCT|||{stamp}+0000",
    ]
    for row in range(random.randrange(5, 16)):
        code, name, unit = OBSERVATIONS[row % len(OBSERVATIONS)]
        value = random.randrange(50, 150)
        lines.append(
            f"OBX|{row + 1}|NM|{code}^{name}^MDC|1.{row // 7 + 1}.1.{code}|{value}|{unit}^MDC|||||R|||{stamp}+0000||||"
            f"{number:016X}^^{number:016X}^EUI-64"
        )
    return b"\x0b" + "\r".join(lines).encode() + b"\r\x1c\r"


def acknowledgement(number: int, message: int) -> bytes:
    device, ward = f"MONITOR{number % 40}", f"WARD{number % 60}"
    head = f"MSH|^~\\&|ENGINE|EXAMPLE|{device}|{ward}|20260105080000||ACK^R01^ACK|A{message}|P|2.6"
    return b"\x0b" + f"{head}\rMSA|AA|M{number}X{message}\r".encode() + b"\x1c\r"


# TLS: RFC 5246 and 8446; certificate: RFC 5280 in DER, with a key and a signature that nobody holds.


def vector(width: int, body: bytes) -> bytes:
    return len(body).to_bytes(width) + body


def extension(kind: int, body: bytes) -> bytes:
    return kind.to_bytes(2) + vector(2, body)


def record(kind: int, body: bytes) -> bytes:
    return struct.pack(">BHH", kind, 0x0303, len(body)) + body


def handshake(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + vector(3, body)


def client_hello(server: str, random: Random, *, modern: bool) -> bytes:
    suites = [0x1301, 0x1302, 0x1303] * modern + [0xC02F, 0xC030, 0xC02B, 0xC02C, 0x009E, 0xC013, 0x009C, 0x002F]
    name = b"\0" + vector(2, server.encode())
    extensions = extension(0, vector(2, name)) + extension(10, vector(2, bytes.fromhex("001d00170018")))
    extensions += extension(11, b"\x01\0") + extension(13, vector(2, bytes.fromhex("040308040401050308050501")))
    extensions += extension(16, vector(2, vector(1, b"h2") + vector(1, b"http/1.1"))) + extension(23, b"")
    if modern:
        extensions += extension(43, vector(1, bytes.fromhex("03040303")))
        extensions += extension(51, vector(2, b"\0\x1d" + vector(2, random.randbytes(32)))) + extension(45, b"\x01\x01")
    body = b"\x03\x03" + random.randbytes(32) + vector(1, random.randbytes(32))
    body += vector(2, b"".join(suite.to_bytes(2) for suite in suites)) + b"\x01\0" + vector(2, extensions)
    return record(22, handshake(1, body))


def server_flight(server: str, random: Random, *, modern: bool) -> bytes:
    body = b"\x03\x03" + random.randbytes(32) + vector(1, random.randbytes(32))
    if modern:
        keys = extension(51, b"\0\x1d" + vector(2, random.randbytes(32))) + extension(43, b"\x03\x04")
        hello = record(22, handshake(2, body + b"\x13\x01\0" + vector(2, keys)))
        return hello + record(20, b"\x01") + record(23, random.randbytes(2200))
    hello = handshake(2, body + b"\xc0\x2f\0" + vector(2, extension(0xFF01, b"\0") + extension(11, b"\x01\0")))
    chain = handshake(11, vector(3, vector(3, certificate(server, random))))
    key = handshake(
        12, b"\x03\0\x1d" + vector(1, random.randbytes(32)) + b"\x04\x01" + vector(2, random.randbytes(256))
    )
    return record(22, hello) + record(22, chain) + record(22, key) + record(22, handshake(14, b""))


def client_finish(random: Random, *, modern: bool) -> bytes:
    if modern:
        return record(20, b"\x01") + record(23, random.randbytes(53))
    key = record(22, handshake(16, vector(1, random.randbytes(32))))
    return key + record(20, b"\x01") + record(22, random.randbytes(40))


def server_finish(random: Random, *, modern: bool) -> bytes:
    return record(23, random.randbytes(250)) if modern else record(20, b"\x01") + record(22, random.randbytes(40))


def der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    length = bytes((size,)) if size < 128 else bytes((0x80 | (size.bit_length() + 7) // 8,))
    return bytes((tag,)) + length + (b"" if size < 128 else size.to_bytes((size.bit_length() + 7) // 8)) + body


def certificate(server: str, random: Random) -> bytes:
    def name(common: str) -> bytes:
        maker = der(0x30, bytes.fromhex("060355040a"), der(0x0C, MAKERS[len(common) % len(MAKERS)].encode()))
        return der(
            0x30, der(0x31, maker), der(0x31, der(0x30, bytes.fromhex("0603550403"), der(0x0C, common.encode())))
        )

    def number(size: int) -> bytes:
        return der(0x02, b"\x5a" + random.randbytes(size - 1))

    signed = der(0x30, bytes.fromhex("06092a864886f70d01010b0500"))
    key = der(0x30, number(256), der(0x02, b"\x01\0\x01"))
    public = der(0x30, der(0x30, bytes.fromhex("06092a864886f70d0101010500")), der(0x03, b"\0", key))
    until = der(0x30, der(0x17, b"250101000000Z"), der(0x17, b"350101000000Z"))
    names = der(0x30, bytes.fromhex("0603551d11"), der(0x04, der(0x30, der(0x82, server.encode()))))
    version, extensions = der(0xA0, der(0x02, b"\x02")), der(0xA3, der(0x30, names))
    issuer = name("Example Hospital CA")
    body = der(0x30, version, number(8), signed, issuer, until, name(server), public, extensions)
    return der(0x30, body, signed, der(0x03, b"\0", random.randbytes(256)))


# SMB 2: MS-SMB2 sections 2.2.1, 2.2.3, 2.2.4, 2.2.19, 2.2.20.


def smb(command_code: int, message: int, body: bytes, *, reply: bool) -> bytes:
    head = struct.pack("<4sHHIHHIIQIIQ16x", b"\xfeSMB", 64, 1, 0, command_code, 1, int(reply), 0, message, 0, 1, 77)
    return vector(4, head + body)


def smb_negotiate(*, reply: bool) -> bytes:
    if reply:
        return smb(
            0,
            0,
            struct.pack(
                "<HHHH16sIIIIQQHHI", 65, 1, 0x0210, 0, b"g" * 16, 1, 1 << 20, 1 << 20, 1 << 20, 0, 0, 128, 0, 0
            ),
            reply=True,
        )
    return smb(0, 0, struct.pack("<HHHHI16sQHH", 36, 2, 1, 0, 0, b"c" * 16, 0, 0x0202, 0x0210), reply=False)


def smb_read(message: int, data: bytes | None) -> bytes:
    if data is None:
        return smb(
            8,
            message,
            struct.pack("<HBBIQ16sIIIHHB", 49, 80, 0, 65536, message << 16, b"f" * 16, 0, 0, 0, 0, 0, 0),
            reply=False,
        )
    return smb(8, message, struct.pack("<HBBIII", 17, 80, 0, len(data), 0, 0) + data, reply=True)


# HTTP (RFC 9112), SSDP (UPnP device architecture 2.0), DHCP (RFC 2131, 2132), DNS (RFC 1035), mDNS (RFC 6762).


def http(number: int, size: int) -> tuple[bytes, bytes]:
    agent, server = f"BenchAgent/1.{number % 9}", f"BenchServer/2.{number % 7}"
    request = f"GET /status HTTP/1.1\r\nHost: device{number}.example\r\nUser-Agent: {agent}\r\nAccept: */*\r\n\r\n"
    head = f"HTTP/1.1 200 OK\r\nServer: {server}\r\nContent-Type: text/plain\r\nContent-Length: {size}\r\n\r\n"
    return request.encode(), head.encode() + b"status ok\n" * (size // 10) + b"." * (size % 10)


def ssdp(number: int) -> bytes:
    text = (
        "NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nCACHE-CONTROL: max-age=1800\r\n"
        f"LOCATION: http://device{number}.example/d.xml\r\nNT: upnp:rootdevice\r\nNTS: ssdp:alive\r\n"
        f"SERVER: BenchOS/{number % 5}.0 UPnP/1.0 Kestrel/{number % 7}.2\r\n"
        f"USN: uuid:{number:08x}-0000-1000-8000-00000000beef::upnp:rootdevice\r\n\r\n"
    )
    return text.encode()


def dhcp(step: int, mac: bytes, address: bytes, transaction: int, name: str, kind: int) -> bytes:
    """step: 1 discover, 2 offer, 3 request, 5 acknowledge. Transaction, host name and class tell devices apart."""
    reply = step in (2, 5)
    given = address if reply else bytes(4)
    head = struct.pack(
        ">BBBBIHH4s4s4s4s16s192x",
        2 if reply else 1,
        1,
        6,
        0,
        transaction,
        0,
        0,
        bytes(4),
        given,
        bytes(4),
        bytes(4),
        mac,
    )
    options = b"\x63\x82\x53\x63\x35\x01" + bytes((step,))
    if reply:
        server = address[:3] + b"\x01"
        options += b"\x36\x04" + server + b"\x33\x04\0\0\x0e\x10\x01\x04\xff\xff\xff\0\x03\x04" + server
    else:
        options += b"\x3d\x07\x01" + mac + b"\x0c" + vector(1, name.encode()) + b"\x3c"
        options += vector(1, (b"MSFT 5.0", b"udhcp 1.24.1", b"dhcpcd-5.5.6", b"Kestrel-Monitor-3")[kind % 4])
        options += b"\x37" + vector(
            1, (b"\1\3\6\x0f\x1f\x21\x2b\x2c", b"\1\3\6\x0c\x0f\x1c\x2a", b"\1\x21\3\6\x0f\x1c")[kind % 3]
        )
        if step == 3:
            options += b"\x32\x04" + address
    return (head + options + b"\xff").ljust(300, b"\0")


def dns_name(name: str) -> bytes:
    return b"".join(vector(1, label.encode()) for label in name.split(".")) + b"\0"


def dns(transaction: int, name: str, answer: bytes | None) -> bytes:
    head = struct.pack(">HHHHHH", transaction, 0x0100 if answer is None else 0x8180, 1, answer is not None, 0, 0)
    question = dns_name(name) + b"\0\x01\0\x01"
    return head + question + (b"" if answer is None else b"\xc0\x0c\0\x01\0\x01\0\0\x0e\x10\0\x04" + answer)


def mdns(name: str, number: int, address: bytes) -> bytes:
    """An announcement: PTR, SRV, TXT and A of one service."""
    service = ("_http._tcp.local", "_ipp._tcp.local", "_dicom._tcp.local", "_workstation._tcp.local")[number % 4]
    instance, host = dns_name(f"{name}.{service}"), dns_name(f"{name}.local")

    def answer(owner: bytes, kind: int, data: bytes) -> bytes:
        return owner + struct.pack(">HHI", kind, 1 if kind == 12 else 0x8001, 120) + vector(2, data)

    text = vector(1, f"model=M{number % 23}".encode()) + vector(1, f"sw={number % 7}.{number % 5}".encode())
    answers = answer(dns_name(service), 12, instance) + answer(instance, 33, struct.pack(">HHH", 0, 0, 80) + host)
    return (
        struct.pack(">HHHHHH", 0, 0x8400, 0, 4, 0, 0) + answers + answer(instance, 16, text) + answer(host, 1, address)
    )


def arp(operation: int, mac: bytes, ip: bytes, target_mac: bytes, target_ip: bytes) -> bytes:
    return struct.pack(">HHBBH", 1, 0x0800, 6, 4, operation) + mac + ip + target_mac + target_ip
