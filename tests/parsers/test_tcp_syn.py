"""First segments written by hand from RFC 791, 8200, 9293 and 7323."""

from __future__ import annotations

import pytest

from parsers.tcp_syn import SPEC
from tests.parsers.datagrams import Heard, about, heard, odd

SYN, SYN_ACK = 0x02, 0x12
LINUX = "020405b4 0402 080a 11223344 00000000 01 030307"  # mss 1460, sok, ts, nop, ws 7
WINDOWS = "020405b4 01 030308 01 01 0402"  # mss 1460, nop, ws 8, nop, nop, sok


def ipv4(*, flags: int = 0x4000, ident: int = 0x1234, ttl: int = 64, tos: int = 0, options: str = "") -> bytes:
    more = bytes.fromhex(options)
    head = bytes([0x45 + len(more) // 4, tos]) + b"\0\0" + ident.to_bytes(2, "big") + flags.to_bytes(2, "big")
    return head + bytes([ttl, 6]) + b"\0\0" + bytes([10, 0, 0, 5, 10, 0, 0, 9]) + more


def ipv6(*, first_word: str = "60000000", hops: int = 64, following: int = 6, extension: str = "") -> bytes:
    return bytes.fromhex(first_word) + b"\0\0" + bytes([following, hops]) + bytes(32) + bytes.fromhex(extension)


def tcp(
    options: str = LINUX,
    *,
    flags: int = SYN,
    window: int = 64240,
    seq: int = 0x01020304,
    ack: int | None = None,
    urgent: int = 0,
) -> bytes:
    more = bytes.fromhex(options)
    answered = (0x05060708 if flags & 0x10 else 0) if ack is None else ack
    head = b"\xc3\x50\x00\x68" + seq.to_bytes(4, "big") + answered.to_bytes(4, "big")
    return head + bytes([(20 + len(more)) // 4 << 4, flags]) + window.to_bytes(2, "big") + b"\0\0" + bytes([
        urgent >> 8, urgent & 255
    ]) + more  # fmt: skip


def syn(text: str) -> Heard:
    return [about("sender", ("tcp.syn", text))]


def syn_ack(text: str) -> Heard:
    return [about("sender", ("tcp.syn_ack", text))]


CASES: dict[str, tuple[bytes, Heard]] = {
    "Linux: 64240 = 44 * 1460": (ipv4() + tcp(), syn("4:64:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+")),
    "Windows, 3 routers away": (
        ipv4(ttl=125) + tcp(WINDOWS, window=8192),
        syn("4:128:0:1460:8192,8:mss,nop,ws,nop,nop,sok:df,id+"),
    ),
    "a small embedded stack: no options, don't fragment clear, no id": (
        ipv4(flags=0, ident=0, ttl=255) + tcp("", window=2048),
        syn("4:255:0:0:2048,0::id-"),
    ),
    "a window of four packets of 1500 bytes": (
        ipv4() + tcp("020405b4", window=6000),
        syn("4:64:0:1460:mtu*4,0:mss:df,id+"),
    ),
    "IPv6: a packet is 60 bytes more than the MSS": (
        ipv6() + tcp("020405a0", window=6000),
        syn("6:64:0:1440:mtu*4,0:mss:"),
    ),
    "IPv6 with a flow label and ECN": (
        ipv6(first_word="60112345") + tcp("", window=100),
        syn("6:64:0:0:100,0::ecn,flow"),
    ),
    "IPv6 behind an extension header of 8 bytes": (
        ipv6(following=60, extension="06 00 01 04 00000000") + tcp("", window=100),
        syn("6:64:8:0:100,0::"),
    ),
    "the server's answer": (
        ipv4(ident=0) + tcp("020405b4 0402 0101", flags=SYN_ACK, window=65000),
        syn_ack("4:64:0:1460:65000,0:mss,sok,nop,nop:df"),
    ),
    "with time stamps, 45 segments of 1460 - 12 bytes": (
        ipv4(ident=0) + tcp(flags=SYN_ACK, window=65160),
        syn_ack("4:64:0:1460:mss-12*45,7:mss,sok,ts,nop,ws:df"),
    ),
    "an IP option (router alert)": (ipv4(options="94040000") + tcp("", window=1), syn("4:64:4:0:1,0::df,id+")),
    "ECN: negotiated in TCP, marked and reserved in IP": (
        ipv4(tos=1, flags=0xC000) + tcp("", flags=0xC2, window=1),
        syn("4:64:0:0:1,0::ecn,0+,df,id+,ece,cwr"),
    ),
    "odd fields of TCP": (
        ipv4() + tcp("", flags=0x0A, seq=0, ack=9, urgent=7, window=0),
        syn("4:64:0:0:0,0::df,id+,seq-,ack+,urg+,pushf"),
    ),
    "a SYN-ACK that acknowledges nothing, urgent": (
        ipv4() + tcp("", flags=0x32, ack=0, window=1),
        syn_ack("4:64:0:0:1,0::df,id+,ack-,urgf"),
    ),
    "time stamps: own is zero, and an echo in a first SYN": (
        ipv4() + tcp("0101 080a 00000000 00000001", window=1),
        syn("4:64:0:0:1,0:nop,nop,ts:df,id+,ts-,ts2+"),
    ),
    "an echo in an answer is as it should be": (
        ipv4() + tcp("0101 080a 00000001 00000001", flags=SYN_ACK, window=1),
        syn_ack("4:64:0:0:1,0:nop,nop,ts:df,id+"),
    ),
    "bytes after the end of the options": (
        ipv4() + tcp("020405b4 00 000001", window=1),
        syn("4:64:0:1460:1,0:mss,eol+3:df,id+,opt+"),
    ),
    "padding after the end of the options": (
        ipv4() + tcp("020405b4 00 000000", window=1),
        syn("4:64:0:1460:1,0:mss,eol+3:df,id+"),
    ),
    "a window scale that is too large; sack blocks; an unknown kind": (
        ipv4() + tcp("03030f 050a0000000100000002 fe03aa", window=1),
        syn("4:64:0:0:1,15:ws,sack,?254:df,id+,scale+"),
    ),
    "an option longer than the list": (
        ipv4() + tcp("020405b4 0408 0101", window=1),
        syn("4:64:0:1460:1,0:mss:df,id+,bad"),
    ),
    "options cut off by the capture": ((ipv4() + tcp())[:-1], [odd("tcp.cut")]),
    "the TCP header cut off": ((ipv4() + tcp(""))[:-1], [odd("tcp.cut")]),
    "a data offset under 5": (ipv4() + tcp("")[:12] + b"\x40\x02" + bytes(6), [odd("tcp.cut")]),
    "not TCP": (ipv4()[:9] + b"\x11" + ipv4()[10:] + tcp(), [odd("tcp.not_tcp")]),
    "not TCP over IPv6": (ipv6(following=17) + tcp(), [odd("tcp.not_tcp")]),
    "not IP": (b"\x75" + ipv4()[1:] + tcp(), [odd("tcp.not_tcp")]),
    "SYN and FIN": (ipv4() + tcp(flags=0x03), [odd("tcp.impossible_flags")]),
    "no SYN": (ipv4() + tcp(flags=0x10), [odd("tcp.impossible_flags")]),
    "nothing": (b"", [odd("tcp.not_tcp")]),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: bytes, expected: Heard) -> None:
    assert heard(SPEC, data) == expected


@pytest.mark.parametrize(("ttl", "initial"), [(1, 32), (32, 32), (33, 64), (64, 64), (65, 128), (129, 255), (255, 255)])
def test_initial_ttl(ttl: int, initial: int) -> None:
    assert heard(SPEC, ipv4(ttl=ttl) + tcp("", window=1)) == syn(f"4:{initial}:0:0:1,0::df,id+")


NUMBERS = ("00000000", "00000001", "080a080a")  # the last looks like the beginning of a time stamp


@pytest.mark.parametrize("own", NUMBERS)
@pytest.mark.parametrize("echo", NUMBERS)
def test_a_time_stamp_is_looked_at_for_being_zero_and_no_more(own: str, echo: str) -> None:
    """Segments of one stack are read once and remembered: what is not the same must not be taken for it."""
    quirks = "df,id+" + (",ts-" if own == NUMBERS[0] else "") + (",ts2+" if echo != NUMBERS[0] else "")
    options = f"020405b4 0402 080a {own} {echo} 01 030307"
    assert heard(SPEC, ipv4() + tcp(options)) == syn(f"4:64:0:1460:mss*44,7:mss,sok,ts,nop,ws:{quirks}")


@pytest.mark.parametrize("size", [2058, 2059])
def test_a_segment_size_is_not_taken_for_a_time_stamp(size: int) -> None:
    """2058 is written 08 0a, as the head of a time stamp; what follows it here is scale and window."""
    for scale in (1, 7):
        options = f"0204{size:04x} 01 0303{scale:02x} 01 01 0402"
        expected = syn(f"4:64:0:{size}:8192,{scale}:mss,nop,ws,nop,nop,sok:df,id+")
        assert heard(SPEC, ipv4() + tcp(options, window=8192)) == expected


def test_zero_numbers_are_told_from_others() -> None:
    for ident, seq, quirks in ((0, 0, "df,seq-"), (1, 0, "df,id+,seq-"), (0, 1 << 24, "df"), (1 << 8, 1, "df,id+")):
        data = ipv4(ident=ident) + tcp("", window=1, seq=seq)
        assert heard(SPEC, data) == syn(f"4:64:0:0:1,0::{quirks}")


def test_probe() -> None:
    assert SPEC.probe(ipv4() + tcp()) is True
    assert SPEC.probe(ipv4() + tcp(flags=0x10)) is False
    assert SPEC.probe(ipv4()) is False
