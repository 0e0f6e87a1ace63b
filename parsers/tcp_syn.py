"""The traits of a TCP stack in the first segment of a connection: weak, but every host has them.

RFC 791, 8200, 9293, 7323, 2018. Our own signature, seven parts:

    ip version : initial TTL : length of IP options : MSS : window,scale : options : quirks
    4:64:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+

    window    mss*N, mss-12*N or mtu*N where it is a whole multiple of the MSS, of what time stamps leave of it, or of
              MSS + 40 (60 over IPv6); else its number
    options   mss nop ws sok sack ts eol+N (N bytes after the end of the list) ?N (another kind N)
    quirks    of IP: df id+ (an id although DF) id- (none, DF clear) ecn flow (IPv6 flow label) 0+ (reserved bit);
              of TCP: cwr ece seq- (zero) ack- (zero) ack+ (a number without the flag) urg+ (likewise) urgf pushf;
              of the options: ts- (own time stamp zero) ts2+ (an echo in a first SYN) opt+ (bytes after the end of the
              list) scale+ (over 14) bad (a length that cannot be)

Time stamps and sequence numbers are looked at for being zero and not kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from parsers.api import SENDER, TEXT_MAX, DatagramSpec, Event, Odd, Said
from parsers.reading import u16, u32

TCP = 6
EXTENSIONS = (0, 43, 60)  # hop-by-hop, routing, destination options (RFC 8200 section 4)
EXTENSIONS_MAX = 4
TTLS = (32, 64, 128, 255)  # initial values in use; a path is shorter than the distance between them
SCALE_MAX = 14  # RFC 7323 section 2.3
STAMP = 12  # bytes that the time stamp option takes of every segment, padded (RFC 7323 appendix A)
SIGNATURES_KEPT = 4096  # a network has some hundred stacks, over a few distances
BEGINNINGS_KEPT = 256  # what stands before the time stamp: mostly an MSS, of which there are a few
PLAIN_IPV4 = b"\x45"
NONE = bytes(4)
SOME_OR_NONE = (NONE, b"\0\0\0\1")
UNREAD = bytes(14)  # checksum, addresses, ports
FIN, SYN, RST, PUSH, ACK, URG, ECE, CWR = 1, 2, 4, 8, 16, 32, 64, 128


def ip(data: bytes) -> tuple[int, str, int, list[str]] | None:
    """Offset of the TCP header, "version:ttl:options", bytes of a header without options, quirks; None: not TCP."""
    if len(data) < 20:
        return None
    quirks = []
    if data[0] >> 4 == 4:
        header = (data[0] & 15) * 4
        if header < 20 or data[9] != TCP:
            return None
        flags = data[6] >> 5
        if data[1] & 3:
            quirks.append("ecn")
        if flags & 4:
            quirks.append("0+")
        if flags & 2:
            quirks.append("df")
            if u16(data, 4):
                quirks.append("id+")
        elif not u16(data, 4):
            quirks.append("id-")
        return header, f"4:{initial(data[8])}:{header - 20}", 40, quirks
    if data[0] >> 4 != 6 or len(data) < 40:
        return None
    following, header = data[6], 40
    for _ in range(EXTENSIONS_MAX):
        if following not in EXTENSIONS or header + 2 > len(data):
            break
        following, header = data[header], header + (data[header + 1] + 1) * 8
    if following != TCP:
        return None
    if data[1] & 0x30:
        quirks.append("ecn")
    if u32(data, 0) & 0xFFFFF:
        quirks.append("flow")
    return header, f"6:{initial(data[7])}:{header - 40}", 60, quirks


def initial(ttl: int) -> int:
    return next((known for known in TTLS if ttl <= known), 255)


def tcp(data: bytes, at: int, quirks: list[str]) -> None:
    """Quirks of the fixed part of the TCP header at `at`."""
    flags = data[at + 13]
    if flags & ECE:
        quirks.append("ece")
    if flags & CWR:
        quirks.append("cwr")
    if not u32(data, at + 4):
        quirks.append("seq-")
    answered = u32(data, at + 8)
    if flags & ACK and not answered:
        quirks.append("ack-")
    elif answered and not flags & ACK:
        quirks.append("ack+")
    if flags & URG:
        quirks.append("urgf")
    elif u16(data, at + 18):
        quirks.append("urg+")
    if flags & PUSH:
        quirks.append("pushf")


def options(raw: bytes, first: bool, quirks: list[str]) -> tuple[list[str], int, int]:
    """Layout of the options, MSS, window scale. `first`: a SYN without ACK, which has nothing to echo."""
    layout: list[str] = []
    mss = scale = at = 0
    while at < len(raw):
        kind = raw[at]
        if kind == 0:
            rest = raw[at + 1 :]
            layout.append(f"eol+{len(rest)}")
            if any(rest):
                quirks.append("opt+")
            break
        if kind == 1:
            layout.append("nop")
            at += 1
            continue
        size = raw[at + 1] if at + 1 < len(raw) else 0
        if size < 2 or at + size > len(raw):
            quirks.append("bad")
            break
        if kind == 2 and size == 4:
            layout.append("mss")
            mss = u16(raw, at + 2)
        elif kind == 3 and size == 3:
            layout.append("ws")
            scale = raw[at + 2]
            if scale > SCALE_MAX:
                quirks.append("scale+")
        elif kind == 4 and size == 2:
            layout.append("sok")
        elif kind == 5:
            layout.append("sack")
        elif kind == 8 and size == 10:
            layout.append("ts")
            if not u32(raw, at + 2):
                quirks.append("ts-")
            if first and u32(raw, at + 6):
                quirks.append("ts2+")
        else:
            layout.append(f"?{kind}")
        at += size
    return layout, mss, scale


def window_text(window: int, mss: int, headers: int, stamped: bool) -> str:
    if window and mss > STAMP:
        if window % mss == 0:
            return f"mss*{window // mss}"
        if stamped and window % (mss - STAMP) == 0:
            return f"mss-{STAMP}*{window // (mss - STAMP)}"
        if window % (mss + headers) == 0:
            return f"mtu*{window // (mss + headers)}"
    return str(window)


def probe(first: bytes) -> bool:
    if first[:1] == PLAIN_IPV4:
        return first[9:10] == b"\6" and len(first) >= 40 and bool(first[33] & SYN)
    found = ip(first)
    return found is not None and len(first) >= found[0] + 20 and bool(first[found[0] + 13] & SYN)


def read(data: bytes) -> Sequence[Event]:
    if data[:1] == PLAIN_IPV4 and data[9:10] == b"\6" and len(data) >= 40:
        return remembered(uniform(data))
    return (signature(data),)


def uniform(data: bytes) -> bytes:
    """IPv4 without options, and TCP: what differs from one segment to the next of the same stack is made the same.

    That are lengths, checksums, addresses and ports, and numbers that are only looked at for being zero.
    """
    options = data[40:]
    stamp = options.find(b"\x08\x0a")
    if 0 <= stamp <= len(options) - 10 and ends_options(options[:stamp]):
        own, echo = options[stamp + 2 : stamp + 6], options[stamp + 6 : stamp + 10]
        stamps = SOME_OR_NONE[own != NONE] + SOME_OR_NONE[echo != NONE]
        options = options[: stamp + 2] + stamps + options[stamp + 10 :]
    return b"".join(
        (
            data[:2],
            SOME_OR_NONE[data[4:6] != b"\0\0"],  # length, id
            data[6:10],
            UNREAD,
            SOME_OR_NONE[data[24:28] != NONE],  # sequence number
            SOME_OR_NONE[data[28:32] != NONE],  # acknowledgement
            data[32:36],
            b"\0\0",  # checksum
            data[38:40],
            options,
        )
    )


@lru_cache(maxsize=BEGINNINGS_KEPT)
def ends_options(raw: bytes) -> bool:
    """Another option may begin after these bytes of options."""
    at = 0
    while at < len(raw) and raw[at]:
        size = 1 if raw[at] == 1 else raw[at + 1] if at + 1 < len(raw) else 0
        if size < 1 + (raw[at] != 1):
            return False
        at += size
    return at == len(raw)


def signature(data: bytes) -> Event:
    found = ip(data)
    if found is None or len(data) < found[0] + 20:
        return Odd("tcp.cut" if found else "tcp.not_tcp")
    at, network, headers, quirks = found
    flags = data[at + 13]
    if flags & (SYN | FIN | RST) != SYN:
        return Odd("tcp.impossible_flags")
    end = at + (data[at + 12] >> 4) * 4
    if end < at + 20 or end > len(data):
        return Odd("tcp.cut")
    tcp(data, at, quirks)
    layout, mss, scale = options(data[at + 20 : end], not flags & ACK, quirks)
    window = window_text(u16(data, at + 14), mss, headers, "ts" in layout)
    text = f"{network}:{mss}:{window},{scale}:{','.join(layout)}:{','.join(quirks)}"
    return Said(SENDER, (("tcp.syn_ack" if flags & ACK else "tcp.syn", text[:TEXT_MAX]),))


@lru_cache(maxsize=SIGNATURES_KEPT)
def remembered(data: bytes) -> tuple[Event]:
    return (signature(data),)


SPEC = DatagramSpec(
    name="tcp",
    title="TCP first segments",
    carriers=frozenset({"syn"}),
    probe=probe,
    read=read,
    emits={"tcp.syn": 0.3, "tcp.syn_ack": 0.3},
)
