"""DHCP messages written by hand from RFC 2131, 2132 and those named in the cases; dpkt and real captures as oracles."""

from __future__ import annotations

import random
import struct

import dpkt
import pytest

from parsers.api import TEXT_MAX
from parsers.dhcp import OPTIONS_MAX, ROUTERS_MAX, SPEC
from tests.parsers.datagrams import Heard, about, heard, odd

MAC = "02a000000001"
HOST = "02:a0:00:00:00:01"
NONE = "00000000"
END = "ff"


def bootp(
    op: str = "01",
    *,
    ciaddr: str = NONE,
    yiaddr: str = NONE,
    giaddr: str = NONE,
    chaddr: str = MAC,
    hardware: str = "0106",
    sname: str = "",
    file: str = "",
    vendor: str = "63825363" + END,
) -> bytes:
    """RFC 2131 figure 1; xid 0x12345678, nothing in secs, flags and siaddr."""
    head = op + hardware + "00" + "12345678" + "00000000" + ciaddr + yiaddr + NONE + giaddr
    return bytes.fromhex(head + chaddr.ljust(32, "0") + sname.ljust(128, "0") + file.ljust(256, "0") + vendor)


def option(code: int, data: bytes | str) -> str:
    raw = data.encode() if isinstance(data, str) else data
    return (bytes([code, len(raw)]) + raw).hex()


def kind(number: int) -> str:
    return option(53, bytes([number]))


def options(*parts: str) -> str:
    return "63825363" + "".join(parts) + END


def client(*fields: tuple[str, str]) -> tuple[object, ...]:
    return about(HOST, *fields)


DISCOVER, REQUEST, INFORM = (("dhcp.message", name) for name in ("discover", "request", "inform"))
SERVER = about("sender", ("dhcp.server", "yes"))

CASES: dict[str, tuple[bytes, Heard]] = {
    "a Windows client": (
        bootp(
            vendor=options(
                kind(1),
                option(61, bytes.fromhex("01" + MAC)),
                option(50, bytes([10, 0, 0, 5])),
                option(12, "CT-WS-01"),
                option(60, "MSFT 5.0"),
                option(55, bytes([1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252])),
            )
        ),
        [
            client(
                DISCOVER,
                ("dhcp.client_id", HOST),
                ("dhcp.requested_address", "10.0.0.5"),
                ("dhcp.host_name", "CT-WS-01"),
                ("dhcp.vendor_class", "MSFT 5.0"),
                ("dhcp.parameter_list", "1,3,6,15,31,33,43,44,46,47,119,121,249,252"),
            )
        ],
    ),
    "padding before and between options": (
        bootp(vendor=options("0000", kind(1), "00", option(57, b"\x05\xdc"), "00")),
        [client(DISCOVER, ("dhcp.max_size", "1500"))],
    ),
    "a name that ends in NUL, as some firmware sends": (
        bootp(vendor=options(kind(1), option(12, b"pump7\0"))),
        [client(DISCOVER, ("dhcp.host_name", "pump7"))],
    ),
    "fully qualified name in wire format, E flag (RFC 4702 section 2.1)": (
        bootp(vendor=options(kind(3), option(81, b"\x05\0\0\x03us1\x05wards\x00"))),
        [client(REQUEST, ("dhcp.fqdn", "us1.wards"))],
    ),
    "fully qualified name as text": (
        bootp(vendor=options(kind(3), option(81, b"\x00\0\0us1.wards"))),
        [client(REQUEST, ("dhcp.fqdn", "us1.wards"))],
    ),
    "a wire format name with a label that is longer than the option": (
        bootp(vendor=options(kind(3), option(81, b"\x05\0\0\x3fus1"))),
        [client(REQUEST)],
    ),
    "client id: DUID-LLT with a MAC (RFC 4361, RFC 8415 section 11.2)": (
        bootp(vendor=options(kind(1), option(61, bytes.fromhex("ff 00000001 0001 0001 2a2b2c2d 02a000000009")))),
        [
            client(
                DISCOVER,
                ("dhcp.client_id", "ff00000001000100012a2b2c2d02a000000009"),
                ("dhcp.duid_mac", "02:a0:00:00:00:09"),
            )
        ],
    ),
    "client id: DUID-LL (RFC 8415 section 11.4)": (
        bootp(vendor=options(kind(1), option(61, bytes.fromhex("ff 00000001 0003 0001 02a000000009")))),
        [
            client(
                DISCOVER, ("dhcp.client_id", "ff000000010003000102a000000009"), ("dhcp.duid_mac", "02:a0:00:00:00:09")
            )
        ],
    ),
    "client id: DUID-EN, enterprise 43793 is systemd's (RFC 8415 section 11.3)": (
        bootp(vendor=options(kind(1), option(61, bytes.fromhex("ff 00000001 0002 0000ab11 0011223344556677")))),
        [
            client(
                DISCOVER,
                ("dhcp.client_id", "ff0000000100020000ab110011223344556677"),
                ("dhcp.vendor_enterprise", "43793"),
            )
        ],
    ),
    "client id: text after type 0, as Cisco's": (
        bootp(vendor=options(kind(1), option(61, b"\0cisco-02a0.0000.0001-Vl1"))),
        [client(DISCOVER, ("dhcp.client_id", "cisco-02a0.0000.0001-Vl1"))],
    ),
    "user class as RFC 3004 counts it": (
        bootp(vendor=options(kind(1), option(77, b"\x04iPXE\x03ABC"))),
        [client(DISCOVER, ("dhcp.user_class", "iPXE,ABC"))],
    ),
    "user class without a count, as iPXE sends it": (
        bootp(vendor=options(kind(1), option(77, b"iPXE"))),
        [client(DISCOVER, ("dhcp.user_class", "iPXE"))],
    ),
    "vendor classes (RFC 3925 section 3): enterprise 4491, one text": (
        bootp(vendor=options(kind(1), option(124, struct.pack(">IB", 4491, 10) + b"\x09docsis3.0"))),
        [client(DISCOVER, ("dhcp.vendor_enterprise", "4491"), ("dhcp.vendor_data", "4491 docsis3.0"))],
    ),
    "vendor information (RFC 3925 section 4) of a TR-069 device: OUI 1, serial 2, product 3": (
        bootp(
            vendor=options(
                kind(1),
                option(125, struct.pack(">IB", 3561, 22) + b"\x01\x06001122" + b"\x02\x05SN-47" + b"\x03\x05BED-7"),
            )
        ),
        [
            client(
                DISCOVER,
                ("dhcp.vendor_enterprise", "3561"),
                ("dhcp.vendor_data", "3561.1 001122"),
                ("dhcp.vendor_data", "3561.2 SN-47"),
                ("dhcp.vendor_data", "3561.3 BED-7"),
            )
        ],
    ),
    "a PXE client (RFC 4578): architecture 7, UUID with SMBIOS byte order": (
        bootp(
            vendor=options(
                kind(1),
                option(60, "PXEClient:Arch:00007:UNDI:003016"),
                option(93, b"\0\x07"),
                option(97, bytes.fromhex("00 33221100 5544 7766 8899 aabbccddeeff")),
            )
        ),
        [
            client(
                DISCOVER,
                ("dhcp.vendor_class", "PXEClient:Arch:00007:UNDI:003016"),
                ("dhcp.pxe_architecture", "7"),
                ("dhcp.uuid", "00112233-4455-6677-8899-aabbccddeeff"),
            )
        ],
    ),
    "a UUID of a board that has none": (
        bootp(vendor=options(kind(1), option(97, b"\0" + b"\xff" * 16))),
        [client(DISCOVER)],
    ),
    "a renewal: the client already has ciaddr": (
        bootp(ciaddr="0a000005", vendor=options(kind(3))),
        [client(REQUEST, ("dhcp.client_address", "10.0.0.5"))],
    ),
    "an INFORM": (
        bootp(ciaddr="0a000005", vendor=options(kind(8), option(60, "MSFT 5.0"))),
        [client(INFORM, ("dhcp.client_address", "10.0.0.5"), ("dhcp.vendor_class", "MSFT 5.0"))],
    ),
    "a declined address is somebody else's (RFC 2131 section 3.1 step 5)": (
        bootp(vendor=options(kind(4), option(50, bytes([10, 0, 0, 5])))),
        [client(("dhcp.message", "decline"))],
    ),
    "through a relay that adds circuit and remote id (RFC 3046); the subscriber id is not read": (
        bootp(
            giaddr="0a000001",
            vendor=options(
                kind(1),
                option(82, b"\x01\x06\x00\x04\x00\x0a\x01\x05" + b"\x02\x09sw-ward-3" + b"\x06\x08ZQCANARY"),
            ),
        ),
        [
            about("10.0.0.1", ("dhcp.relay", "yes")),
            client(DISCOVER),
            client(
                ("dhcp.circuit_id", "0004000a0105"),
                ("dhcp.remote_id", "sw-ward-3"),
                ("dhcp.switch_port", "sw-ward-3 port 1/5"),
            ),
        ],
    ),
    "as Cisco and D-Link write a switch that has no name; a port that has one": (
        bootp(
            vendor=options(
                kind(1),
                option(82, b"\x01\x07\x01\x05Gi1/3" + b"\x02\x08\x00\x06" + bytes.fromhex("001b54a200ff")),
            ),
        ),
        [
            client(DISCOVER),
            client(
                ("dhcp.circuit_id", "01054769312f33"),
                ("dhcp.remote_id", "0006001b54a200ff"),
                ("dhcp.switch_port", "00:1b:54:a2:00:ff Gi1/3"),
            ),
        ],
    ),
    "an ACK binds yiaddr; routers, name and time servers; domain": (
        bootp(
            "02",
            yiaddr="0a000005",
            vendor=options(
                kind(5),
                option(54, bytes([10, 0, 0, 2])),
                option(51, struct.pack(">I", 3600)),
                option(1, b"\xff\xff\xff\0"),
                option(3, bytes([10, 0, 0, 1])),
                option(6, bytes([10, 0, 0, 2, 10, 0, 0, 3])),
                option(42, bytes([10, 0, 0, 4])),
                option(15, "wards.example"),
                option(12, "us1"),
            ),
        ),
        [
            about("10.0.0.2", ("dhcp.server", "yes")),  # not the sender, which may be a relay that cleared giaddr
            about("10.0.0.1", ("dhcp.router", "yes")),
            about("10.0.0.2", ("dhcp.dns_server", "yes")),
            about("10.0.0.3", ("dhcp.dns_server", "yes")),
            about("10.0.0.4", ("dhcp.ntp_server", "yes")),
            client(
                ("dhcp.lease", "10.0.0.5"),
                ("dhcp.lease_time", "3600"),
                ("dhcp.given_name", "us1"),
                ("dhcp.domain", "wards.example"),
            ),
        ],
    ),
    "an offer binds nothing": (
        bootp("02", yiaddr="0a000005", vendor=options(kind(2), option(51, struct.pack(">I", 3600)))),
        [SERVER],
    ),
    "a refusal binds nothing": (
        bootp("02", yiaddr="0a000005", vendor=options(kind(6), option(3, bytes([10, 0, 0, 1])))),
        [SERVER],
    ),
    "the ACK to an INFORM has no yiaddr: ciaddr is bound": (
        bootp("02", ciaddr="0a000005", vendor=options(kind(5))),
        [SERVER, client(("dhcp.lease", "10.0.0.5"))],
    ),
    "a relayed ACK: its sender may be the relay": (
        bootp("02", yiaddr="0a000005", giaddr="0a000001", vendor=options(kind(5), option(54, bytes([10, 9, 0, 2])))),
        [
            about("10.0.0.1", ("dhcp.relay", "yes")),
            about("10.9.0.2", ("dhcp.server", "yes")),
            client(("dhcp.lease", "10.0.0.5")),
        ],
    ),
    "an option in two parts is joined (RFC 3396)": (
        bootp(vendor=options(kind(1), option(12, "infusion-"), option(60, "udhcp"), option(12, "rack-2"))),
        [client(DISCOVER, ("dhcp.host_name", "infusion-rack-2"), ("dhcp.vendor_class", "udhcp"))],
    ),
    "overload: first the file field, then sname (RFC 3396 section 5)": (
        bootp(
            vendor=options(kind(1), option(52, b"\x03"), option(12, "a")),
            file=option(12, "b") + END,
            sname=option(12, "c") + END,
        ),
        [client(DISCOVER, ("dhcp.host_name", "abc"))],
    ),
    "without overload, file and sname are names and not read": (
        bootp(vendor=options(kind(1)), file=option(12, "b") + END, sname=option(12, "c") + END),
        [client(DISCOVER)],
    ),
    "a lease query is about another client (RFC 4388)": (bootp(vendor=options(kind(10), option(12, "other"))), []),
    "BOOTP without options: a request says nothing": (bootp(vendor="00" * 64), []),
    "BOOTP: the reply binds": (
        bootp("02", yiaddr="0a000005", vendor="00" * 64),
        [SERVER, client(("dhcp.lease", "10.0.0.5"))],
    ),
    "BOOTP that ends with its fixed fields": (
        bootp("02", yiaddr="0a000005", vendor=""),
        [SERVER, client(("dhcp.lease", "10.0.0.5"))],
    ),
    "no chaddr: the client id's MAC": (
        bootp(chaddr="", vendor=options(kind(1), option(61, bytes.fromhex("01" + MAC)))),
        [client(DISCOVER, ("dhcp.client_id", HOST))],
    ),
    "another link (RFC 4390, InfiniBand: hlen 0): the client id's MAC": (
        bootp(chaddr="", hardware="2000", vendor=options(kind(1), option(61, bytes.fromhex("01" + MAC)))),
        [client(DISCOVER, ("dhcp.client_id", HOST))],
    ),
    "no MAC at all: the sender": (
        bootp(chaddr="", vendor=options(kind(1), option(12, "x"))),
        [about("sender", DISCOVER, ("dhcp.host_name", "x"))],
    ),
    "no MAC at all, and the sender is a relay": (
        bootp(chaddr="", giaddr="0a000001", vendor=options(kind(1), option(12, "x"))),
        [about("10.0.0.1", ("dhcp.relay", "yes")), odd("dhcp.client_unknown")],
    ),
    "an ACK to nobody": (
        bootp("02", chaddr="", yiaddr="0a000005", vendor=options(kind(5))),
        [SERVER, odd("dhcp.client_unknown")],
    ),
    "an ACK in which the server echoes the relay's data (RFC 3046 section 2.2)": (
        bootp("02", giaddr="0a000001", yiaddr="0a000005", vendor=options(kind(5), option(82, b"\x01\x04ge-3"))),
        [
            about("10.0.0.1", ("dhcp.relay", "yes")),
            client(("dhcp.lease", "10.0.0.5")),
            client(("dhcp.circuit_id", "ge-3"), ("dhcp.switch_port", "ge-3")),
        ],
    ),
    "a client id of one byte, and a full name of two": (
        bootp(vendor=options(kind(1), option(61, b"\1"), option(81, b"\0\0"))),
        [client(DISCOVER)],
    ),
    "an option that is longer than the message: those before it are said": (
        bootp(vendor="63825363" + kind(1) + option(12, "us1") + "3c40414243"),
        [odd("dhcp.option_cut"), client(DISCOVER, ("dhcp.host_name", "us1"))],
    ),
    "options without an end": (
        bootp(vendor="63825363" + kind(1) + option(12, "us1")),
        [client(DISCOVER, ("dhcp.host_name", "us1"))],
    ),
    "values of a wrong size are not said": (
        bootp(vendor=options(kind(1), option(50, b"\x0a\0\0"), option(57, b"\1"), option(93, b"\1"), option(97, b"x"))),
        [client(DISCOVER)],
    ),
    "cut in the head": (bootp()[:200], [odd("dhcp.cut")]),
    "not DHCP": (b"\x05" + bootp()[1:], [odd("dhcp.malformed")]),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: bytes, expected: Heard) -> None:
    assert heard(SPEC, data) == expected


def test_lists_and_texts_are_capped() -> None:
    routers = b"".join(bytes([10, 0, 1, n]) for n in range(1, 40))
    said = heard(SPEC, bootp("02", vendor=options(kind(2), option(3, routers))))
    assert said == [SERVER, *(about(f"10.0.1.{n}", ("dhcp.router", "yes")) for n in range(1, ROUTERS_MAX + 1))]
    long = heard(SPEC, bootp(vendor=options(kind(1), option(12, "n" * 255), option(12, "n" * 255))))
    assert long == [client(DISCOVER, ("dhcp.host_name", "n" * TEXT_MAX))]


def test_endless_options_stop() -> None:
    data = bootp(vendor="63825363" + kind(1) + option(200, b"") * OPTIONS_MAX + option(12, "late"))
    assert heard(SPEC, data) == [odd("dhcp.too_many_options"), client(DISCOVER)]


@pytest.mark.parametrize(
    ("data", "is_dhcp"),
    [
        (bootp(vendor=options(kind(1))), True),
        (bootp("02", vendor=options(kind(5))), True),
        (bootp(vendor="00" * 64), True),
        (bootp(vendor="00" * 64, chaddr=""), False),
        (bootp(vendor="de" * 64), False),
        (bootp()[:200], False),
        (bytes(300), False),
        (b"\x01" * 300, False),
    ],
)
def test_probe(data: bytes, is_dhcp: bool) -> None:
    assert SPEC.probe(data) is is_dhcp


def test_dpkt_reads_the_same_lease() -> None:
    rng = random.Random(7)
    for _ in range(200):
        ip, server = rng.randbytes(4), bytes([10, *rng.randbytes(3)])
        made = dpkt.dhcp.DHCP(op=2, yiaddr=int.from_bytes(ip, "big"), chaddr=bytes.fromhex(MAC), opts=())
        made.opts = ((53, b"\5"), (54, server), (51, rng.randbytes(4)))
        said = heard(SPEC, bytes(made))
        lease = (
            ("dhcp.lease", ".".join(map(str, ip))),
            ("dhcp.lease_time", str(int.from_bytes(made.opts[2][1], "big"))),
        )
        assert said == [about(".".join(map(str, server)), ("dhcp.server", "yes")), client(*lease)]
