# ruff: noqa: E501 - the tables read better with one frame a line
"""Link types, envelopes, IP lengths: which bytes are delivered, as what, with which MAC, VLAN and tunnel."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import dpkt
import pytest

from sensor.wire import tables as t
from tests.sensor.wire.frames import (
    MAC_A,
    MAC_B,
    START,
    Frame,
    Seen,
    block,
    ethernet,
    ip4,
    ip6,
    run,
    see,
    small,
    tcp,
    udp,
    vlan,
)

PAYLOAD = b"sixteen bytes ok"
UDP4 = ip4("10.0.0.1", "10.0.0.2", 17, udp(1000, 2000, PAYLOAD))
UDP6 = ip6("fd00::1", "fd00::2", 17, udp(1000, 2000, PAYLOAD))
INNER_SRC = bytes.fromhex("020000000011")
INNER_DST = bytes.fromhex("020000000022")
INNER = ethernet(UDP4, src=INNER_SRC, dst=INNER_DST)
FAMILY_2_LE = struct.pack("<I", 2)


def gre(kind: int, payload: bytes, flags: int = 0, extra: bytes = b"") -> bytes:
    return struct.pack(">HH", flags, kind) + extra + payload


def outer(protocol: int, payload: bytes) -> bytes:
    return ethernet(ip4("192.168.0.1", "192.168.0.2", protocol, payload))


def label(value: int, bottom: bool) -> bytes:
    return struct.pack(">I", value << 12 | bottom << 8 | 64)


VXLAN = struct.pack(">II", 0x08000000, 77 << 8)
GENEVE = struct.pack(">BBHI", 1, 0, 0x6558, 88 << 8) + b"\x01\x02\x03\x00"  # one option of no data
ERSPAN_2 = struct.pack(">HHI", 0x1000 | 100, 5, 0)  # version 1, VLAN 100, session 5
ERSPAN_3 = struct.pack(">HHIHH", 0x2000 | 100, 5, 0, 0, 0)
PPPOE = struct.pack(">BBHHH", 0x11, 0, 9, len(UDP4) + 2, 0x21)

TSHARK_DIFFERS = {
    "mpls pseudo-wire": "guesses a control word by the first four bits alone, which many MACs have too",
    "mpls control word": "guesses none",
    "erspan 3 of ip": "does not read the frame type",
    "udp length 0": "shows no payload",
    "udp shorter than ip": "shows what follows the datagram too",
}

CASES: dict[str, tuple[int, bytes, bytes | None, int, int]] = {
    # name: link type, frame, sender MAC, VLAN, tunnel
    "ethernet": (1, ethernet(UDP4), MAC_A, 0, 0),
    "ethernet padded": (1, ethernet(UDP4) + bytes(20), MAC_A, 0, 0),
    "ipv6": (1, ethernet(UDP6, 0x86DD), MAC_A, 0, 0),
    "802.1q": (1, ethernet(vlan(0xE000 | 12, 0x0800, UDP4), 0x8100), MAC_A, 12, 0),
    "802.1ad": (1, ethernet(vlan(7, 0x8100, vlan(12, 0x0800, UDP4)), 0x88A8), MAC_A, 7, 0),
    "qinq 9100": (1, ethernet(vlan(7, 0x8100, vlan(12, 0x86DD, UDP6)), 0x9100), MAC_A, 7, 0),
    "priority tag, then vlan": (1, ethernet(vlan(0, 0x8100, vlan(12, 0x0800, UDP4)), 0x8100), MAC_A, 12, 0),
    "snap": (1, ethernet(b"\xaa\xaa\x03\0\0\0\x08\0" + UDP4, 8 + len(UDP4)), MAC_A, 0, 0),
    "mpls": (1, ethernet(label(16, False) + label(17, True) + UDP4, 0x8847), MAC_A, 0, 0),
    "mpls ipv6": (1, ethernet(label(2, True) + UDP6, 0x8847), MAC_A, 0, 0),
    "mpls pseudo-wire": (1, ethernet(label(16, True) + INNER, 0x8847), INNER_SRC, 0, 0),
    "mpls control word": (1, ethernet(label(16, True) + bytes(4) + INNER, 0x8847), INNER_SRC, 0, 0),
    "pppoe": (1, ethernet(PPPOE + UDP4, 0x8864), MAC_A, 0, 0),
    "gre": (1, outer(47, gre(0x0800, UDP4)), None, 0, 0),
    "gre checksum, key, sequence": (1, outer(47, gre(0x86DD, UDP6, 0xB000, struct.pack(">III", 0, 99, 1))), None, 0, 99),
    "gre bridged": (1, outer(47, gre(0x6558, INNER, 0x2000, struct.pack(">I", 5))), INNER_SRC, 0, 5),
    "erspan 1": (1, outer(47, gre(0x88BE, INNER)), INNER_SRC, 0, 0),
    "erspan 2": (1, outer(47, gre(0x88BE, ERSPAN_2 + INNER, 0x1000, bytes(4))), INNER_SRC, 0, 0),
    "erspan 3": (1, outer(47, gre(0x22EB, ERSPAN_3 + INNER, 0x1000, bytes(4))), INNER_SRC, 0, 0),
    "erspan 3, platform header": (
        1,
        outer(47, gre(0x22EB, ERSPAN_3[:11] + b"\x01" + bytes(8) + INNER, 0x1000, bytes(4))),
        INNER_SRC,
        0,
        0,
    ),
    "erspan 3 of ip": (1, outer(47, gre(0x22EB, ERSPAN_3[:10] + b"\x08\0" + UDP6, 0x1000, bytes(4))), None, 0, 0),
    "vxlan": (1, outer(17, udp(50000, 4789, VXLAN + INNER)), INNER_SRC, 0, 77),
    "vxlan with a tag inside": (
        1,
        ethernet(
            vlan(
                9,
                0x0800,
                ip4(
                    "192.168.0.1",
                    "192.168.0.2",
                    17,
                    udp(5, 4789, VXLAN + ethernet(vlan(12, 0x0800, UDP4), 0x8100, INNER_SRC, INNER_DST)),
                ),
            ),
            0x8100,
        ),
        INNER_SRC,
        12,
        77,
    ),
    "geneve": (1, outer(17, udp(50000, 6081, GENEVE + INNER)), INNER_SRC, 0, 88),
    "geneve of ipv4": (
        1,
        outer(17, udp(50000, 6081, struct.pack(">BBHI", 0, 0, 0x0800, 88 << 8) + UDP4)),
        None,
        0,
        88,
    ),
    "ip in ip": (1, outer(4, UDP4), None, 0, 0),
    "ipv6 in ip": (1, outer(41, UDP6), None, 0, 0),
    "gre in vxlan": (
        1,
        outer(17, udp(5, 4789, VXLAN + ethernet(ip4("1.1.1.1", "2.2.2.2", 47, gre(0x0800, UDP4)), src=INNER_SRC))),
        None,
        0,
        77,
    ),
    "cooked v1": (113, struct.pack(">HHH", 0, 1, 6) + MAC_A + bytes(2) + b"\x08\0" + UDP4, MAC_A, 0, 0),
    "cooked v1, no address": (113, struct.pack(">HHH", 0, 772, 0) + bytes(8) + b"\x86\xdd" + UDP6, None, 0, 0),
    "cooked v1, tagged": (
        113,
        struct.pack(">HHH", 0, 1, 6) + MAC_A + bytes(2) + b"\x81\0" + vlan(3, 0x0800, UDP4),
        MAC_A,
        3,
        0,
    ),
    "cooked v2": (276, struct.pack(">HHIHBB", 0x0800, 0, 3, 1, 0, 6) + MAC_A + bytes(2) + UDP4, MAC_A, 0, 0),
    "raw": (101, UDP6, None, 0, 0),
    "raw 12": (12, UDP4, None, 0, 0),
    "raw 14": (14, UDP4, None, 0, 0),
    "raw ipv4": (228, UDP4, None, 0, 0),
    "raw ipv6": (229, UDP6, None, 0, 0),
    "null, little-endian": (0, FAMILY_2_LE + UDP4, None, 0, 0),
    "null, big-endian": (0, struct.pack(">I", 24) + UDP6, None, 0, 0),
    "null, macOS": (0, struct.pack("<I", 30) + UDP6, None, 0, 0),
    "loop": (108, struct.pack(">I", 2) + UDP4, None, 0, 0),
    "null with an ethertype": (0, struct.pack(">I", 0x0800) + UDP4, None, 0, 0),
    "null with an ethertype, swapped": (0, struct.pack("<I", 0x0800) + UDP4, None, 0, 0),
    "options": (
        1,
        ethernet(ip4("10.0.0.1", "10.0.0.2", 17, udp(1000, 2000, PAYLOAD), options=b"\x94\x04\0\0")),
        MAC_A,
        0,
        0,
    ),
    "total length 0": (1, ethernet(ip4("10.0.0.1", "10.0.0.2", 17, udp(1000, 2000, PAYLOAD), total=0)), MAC_A, 0, 0),
    "udp length 0": (1, ethernet(ip4("10.0.0.1", "10.0.0.2", 17, udp(1000, 2000, PAYLOAD, 0))), MAC_A, 0, 0),
    "udp shorter than ip": (
        1,
        ethernet(ip4("10.0.0.1", "10.0.0.2", 17, udp(1000, 2000, PAYLOAD) + b"trailer")),
        MAC_A,
        0,
        0,
    ),
    "ipv4 ah": (1, ethernet(ip4("10.0.0.1", "10.0.0.2", 51, b"\x11\x04" + bytes(22) + udp(1000, 2000, PAYLOAD))), MAC_A, 0, 0),
    "extension headers": (
        1,
        ethernet(
            ip6(
                "fd00::1",
                "fd00::2",
                0,
                b"\x2b\0" + bytes(6) + b"\x3c\x01" + bytes(14) + b"\x33\0" + bytes(6)  # hop by hop, routing, destination
                + b"\x2c\x04" + bytes(22)  # authentication: (4 + 2) * 4 bytes
                + b"\x11\0" + bytes(6)  # an atomic fragment
                + udp(1000, 2000, PAYLOAD),
            ),
            0x86DD,
        ),
        MAC_A,
        0,
        0,
    ),
}  # fmt: skip


def one(link: int, data: bytes, **settings: Any) -> Seen:
    return see([Frame(data, link=link)], **settings)


@pytest.mark.parametrize(("link", "data", "sender", "tag", "tunnel"), CASES.values(), ids=CASES)
def test_the_innermost_payload_is_delivered(
    link: int, data: bytes, sender: bytes | None, tag: int, tunnel: int
) -> None:
    seen = one(link, data)
    assert len(seen.rows) == 1, seen.counters
    row = seen.rows[0]
    assert row[t.R_KIND] == t.UDP
    assert row[t.R_START] == PAYLOAD
    assert row[t.R_SENDER] == sender
    assert row[t.R_VLAN] == tag
    assert row[t.R_TIME] == START
    assert row[t.R_FRAME] == 1
    assert row[t.R_NOTE] == 0
    inner = [a for a in seen.accounts if a.slot == row[t.R_FLOW]]
    assert len(inner) == 1
    assert inner[0].flow.tunnel == tunnel
    assert inner[0].flow.port0 == 1000
    assert inner[0].flow.port1 == 2000
    assert inner[0].frames == (1, 0)
    assert inner[0].bytes == (len(data), 0)
    assert seen.counters["wire.udp"] == 1


def test_an_envelope_is_accounted_too() -> None:
    seen = one(1, outer(17, udp(50000, 4789, VXLAN + INNER)))
    flows = {(a.flow.ip0, a.flow.port0, a.flow.ip1, a.flow.port1, a.flow.tunnel) for a in seen.accounts}
    assert flows == {("192.168.0.1", 50000, "192.168.0.2", 4789, 0), ("10.0.0.1", 1000, "10.0.0.2", 2000, 77)}
    assert {(e.mac, e.ip) for e in seen.endpoints} == {
        ("00:09:fb:00:00:01", "192.168.0.1"),
        ("02:00:00:00:00:11", "10.0.0.1"),
    }


@pytest.mark.parametrize(
    ("data", "at", "payload"),
    [
        pytest.param(ethernet(b"arp", 0x0806), 0x0806, b"arp", id="ethertype"),
        pytest.param(ethernet(vlan(5, 0x88CC, b"lldp"), 0x8100), 0x88CC, b"lldp", id="tagged"),
        pytest.param(ethernet(b"\x42\x42\x03bpdu" + bytes(39), 7), 0x14242, b"\x42\x42\x03bpdu", id="llc"),
        pytest.param(
            ethernet(b"\xaa\xaa\x03\0\0\x0c\x20\0cdp", 11), 0x1AAAA, b"\xaa\xaa\x03\0\0\x0c\x20\0cdp", id="snap of cisco"
        ),
        pytest.param(ethernet(b"\x11\x09\0\0\0\0", 0x8863), 0x8863, b"\x11\x09\0\0\0\0", id="pppoe discovery"),
        pytest.param(
            ethernet(b"\x11\0\0\x01\0\x04\xc0\x21\1\1", 0x8864), 0x8864, b"\x11\0\0\x01\0\x04\xc0\x21\1\1", id="ppp lcp"
        ),
        pytest.param(
            outer(17, udp(5, 4789, VXLAN + ethernet(b"arp", 0x0806))), 0x0806, b"arp", id="arp in vxlan"
        ),
    ],
)  # fmt: skip
def test_frames_that_are_not_ip(data: bytes, at: int, payload: bytes) -> None:
    seen = one(1, data)
    row = seen.rows[0]
    assert (row[t.R_KIND], row[t.R_AT], row[t.R_START]) == (t.LINK, at, payload)
    assert (row[t.R_FLOW], row[t.R_CONNECTION], row[t.R_SIDE]) == (-1, -1, 0)
    assert (row[t.R_SENDER], row[t.R_RECEIVER]) == (MAC_A, MAC_B)
    assert ("00:09:fb:00:00:01", "") in {(e.mac, e.ip) for e in seen.endpoints}
    assert seen.counters["wire.not_ip"] == 1


def test_llc_in_a_cooked_capture() -> None:
    frame = Frame(struct.pack(">HHH", 0, 1, 6) + MAC_A + bytes(2) + b"\0\4\x42\x42\x03bpdu", link=113)
    row = see([frame]).rows[0]
    assert (row[t.R_KIND], row[t.R_AT], row[t.R_START]) == (t.LINK, 0x14242, b"\x42\x42\x03bpdu")
    assert (row[t.R_SENDER], row[t.R_RECEIVER]) == (MAC_A, None)


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_sees_the_same_in_these_frames(tmp_path: Path) -> None:
    """The frames above are built by hand: an independent program must find the payload in them too."""
    named = {name: case for name, case in CASES.items() if case[0] == 1 and name not in TSHARK_DIFFERS}
    with (tmp_path / "cases.pcap").open("wb") as file:
        writer = dpkt.pcap.Writer(file)
        for case in named.values():
            writer.writepkt(case[1], ts=1)
    fields = ["-e", "udp.payload", "-e", "udp.srcport", "-e", "vxlan.vni", "-e", "geneve.vni", "-e", "gre.key"]
    command = ["tshark", "-n", "-r", str(tmp_path / "cases.pcap"), "-T", "fields", *fields]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for (name, case), line in zip(named.items(), out.splitlines(), strict=True):
        payload, port, *tunnels = line.split("\t")
        assert payload.split(",")[-1] == PAYLOAD.hex(), name
        assert port.split(",")[-1] == "1000", name
        assert {int(value, 0) for value in tunnels if value} == ({case[4]} - {0}), name


def test_other_protocols_of_ip() -> None:
    echo = b"\x08\0\xf7\xff\0\0\0\0"
    seen = see(
        [
            Frame(ethernet(ip4("10.0.0.2", "10.0.0.1", 1, echo))),
            Frame(ethernet(ip4("10.0.0.1", "10.0.0.2", 50, b"esp"))),
        ]
    )
    assert [(r[t.R_KIND], r[t.R_AT], r[t.R_SIDE], r[t.R_START]) for r in seen.rows] == [
        (t.IP, 1, 1, echo),
        (t.IP, 50, 0, b"esp"),
    ]  # fmt: skip
    assert {(a.flow.protocol, a.flow.port0, a.flow.port1) for a in seen.accounts} == {(1, 0, 0), (50, 0, 0)}


PPTP = gre(0x880B, b"0123456789abcdef", 0x3001, struct.pack(">HHI", 4, 1, 2))


@pytest.mark.parametrize(
    ("protocol", "payload", "kind"),
    [
        pytest.param(47, PPTP, t.IP, id="gre version 1"),
        pytest.param(47, gre(0x0800, UDP4, 0x4000, bytes(8)), t.IP, id="gre with routing"),
        pytest.param(47, gre(0x1234, UDP4), t.IP, id="gre of something else"),
        pytest.param(17, udp(5, 4789, bytes(8) + INNER), t.UDP, id="vxlan without the I flag"),
        pytest.param(17, udp(5, 4789, VXLAN + b"short"), t.UDP, id="vxlan of nothing"),
        pytest.param(17, udp(4789, 5, VXLAN + INNER), t.UDP, id="answer to the vxlan port"),
        pytest.param(17, udp(5, 6081, b"\x80" + GENEVE[1:] + INNER), t.UDP, id="geneve version 2"),
    ],
)
def test_what_is_no_envelope_is_delivered_as_it_is(protocol: int, payload: bytes, kind: int) -> None:
    seen = one(1, outer(protocol, payload))
    row = seen.rows[0]
    assert row[t.R_KIND] == kind
    assert row[t.R_START] == (payload if kind == t.IP else payload[8:])
    assert "wire.tunnels" not in seen.counters


def deep(tags: int) -> bytes:
    payload, kind = UDP4, 0x0800
    for _ in range(tags):
        payload, kind = vlan(5, kind, payload), 0x8100
    return ethernet(payload, kind)


ODD = {
    "depth": (1, deep(9), "wire.depth"),
    "ip in ip for ever": (1, ethernet((b"\x45" + bytes(7) + b"\x40\x04" + bytes(10)) * 40), "wire.depth"),
    "empty": (1, b"", "wire.short"),
    "half a header": (1, ethernet(UDP4)[:20], "wire.short"),
    "half a tag": (1, ethernet(b"\0", 0x8100), "wire.short"),
    "cooked": (113, bytes(15), "wire.short"),
    "cooked v2": (276, bytes(19), "wire.short"),
    "cooked of nothing known": (113, struct.pack(">HHH", 0, 1, 6) + MAC_A + bytes(2) + b"\0\x0c" + UDP4, "wire.link_protocol"),
    "null of appletalk": (0, struct.pack("<I", 16) + UDP4, "wire.link_protocol"),
    "half a udp header": (1, ethernet(UDP4[:24]), "wire.short"),
    "half a tcp header": (1, ethernet(ip4("10.0.0.1", "10.0.0.2", 6, tcp(1, 2, 3)[:19])), "wire.short"),
    "version 5": (1, ethernet(b"\x55" + UDP4[1:]), "wire.ip_bad_version"),
    "version 4 as ipv6": (1, ethernet(UDP4 + bytes(20), 0x86DD), "wire.ip_bad_version"),
    "header of 16 bytes": (1, ethernet(b"\x44" + UDP4[1:]), "wire.ip_bad_length"),
    "total length 19": (1, ethernet(ip4("10.0.0.1", "10.0.0.2", 17, b"", total=19)), "wire.ip_bad_length"),
    "tcp offset 4": (1, ethernet(ip4("10.0.0.1", "10.0.0.2", 6, tcp(1, 2, 3)[:12] + b"\x40" + bytes(7))), "wire.tcp_bad_offset"),
    "udp length 7": (1, ethernet(ip4("10.0.0.1", "10.0.0.2", 17, udp(1, 2, b"", 7))), "wire.udp_bad_length"),
    "nine extensions": (1, ethernet(ip6("fd00::1", "fd00::2", 60, (b"\x3c\0" + bytes(6)) * 9), 0x86DD), "wire.ip6_bad_extensions"),
    "extension past the end": (1, ethernet(ip6("fd00::1", "fd00::2", 60, b"\x11\x09" + bytes(6)), 0x86DD), "wire.short"),
    "wireless": (127, bytes(64), "wire.link_type"),
}  # fmt: skip


@pytest.mark.parametrize(("link", "data", "counter"), ODD.values(), ids=ODD)
def test_odd_frames_are_counted_by_reason(link: int, data: bytes, counter: str) -> None:
    seen = one(link, data)
    assert seen.rows == []
    assert seen.counters[counter] == 1
    assert sum(seen.counters.get(name, 0) for name in t.FATES) == seen.counters["wire.frames"] == 1


def test_eight_headers_are_not_too_deep() -> None:
    assert one(1, deep(8)).rows[0][t.R_START] == PAYLOAD


def test_unsupported_link_types_are_told_apart() -> None:
    counters = see([Frame(b"x", link=127), Frame(b"x", link=127), Frame(b"x", link=195), Frame(b"x", link=-4)]).counters
    assert counters["wire.link_type"] == 4
    assert counters["wire.link_type.127"] == 2
    assert counters["wire.link_type.195"] == 1
    assert counters["wire.link_type.other"] == 1


def test_a_frame_cut_by_the_snap_length_says_so() -> None:
    whole = ethernet(ip4("10.0.0.1", "10.0.0.2", 6, tcp(1, 2, 3, b"x" * 1000)))
    seen = see([Frame(whole[:96], original=len(whole))])
    row = seen.rows[0]
    assert row[t.R_START] == b"x" * 42  # 96 - 14 - 20 - 20
    assert row[t.R_NOTE] & t.NOTE_CUT
    assert seen.counters["wire.cut"] == 1
    assert seen.counters["wire.bytes"] == len(whole)
    assert seen.accounts[0].bytes == (len(whole), 0)


def test_a_record_that_lies_is_not_followed() -> None:
    good = block([Frame(ethernet(UDP4)), Frame(ethernet(UDP4))])
    for column, value in ((t.RECORD_START, -1), (t.RECORD_CAPTURED, 1 << 40), (t.RECORD_START, 1 << 62)):
        bad = good._replace(records=memoryview(bytearray(good.records)).cast("q"))
        bad.records[column] = value
        seen = run(small(), [bad])
        assert seen.counters["wire.bad_record"] == 1
        assert len(seen.rows) == 1
