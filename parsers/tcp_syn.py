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

from collections.abc import Iterator

from parsers.api import SENDER, TEXT_MAX, DatagramSpec, Event, Odd, Said
from parsers.reading import u16, u32

TCP = 6
EXTENSIONS = (0, 43, 60)  # hop-by-hop, routing, destination options (RFC 8200 section 4)
EXTENSIONS_MAX = 4
TTLS = (32, 64, 128, 255)  # initial values in use; a path is shorter than the distance between them
SCALE_MAX = 14  # RFC 7323 section 2.3
STAMP = 12  # bytes that the time stamp option takes of every segment, padded (RFC 7323 appendix A)
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
    found = ip(first)
    return found is not None and len(first) >= found[0] + 20 and bool(first[found[0] + 13] & SYN)


def read(data: bytes) -> Iterator[Event]:
    found = ip(data)
    if found is None or len(data) < found[0] + 20:
        yield Odd("tcp.cut" if found else "tcp.not_tcp")
        return
    at, network, headers, quirks = found
    flags = data[at + 13]
    if flags & (SYN | FIN | RST) != SYN:
        yield Odd("tcp.impossible_flags")
        return
    end = at + (data[at + 12] >> 4) * 4
    if end < at + 20 or end > len(data):
        yield Odd("tcp.cut")
        return
    tcp(data, at, quirks)
    layout, mss, scale = options(data[at + 20 : end], not flags & ACK, quirks)
    window = window_text(u16(data, at + 14), mss, headers, "ts" in layout)
    text = f"{network}:{mss}:{window},{scale}:{','.join(layout)}:{','.join(quirks)}"
    yield Said(SENDER, (("tcp.syn_ack" if flags & ACK else "tcp.syn", text[:TEXT_MAX]),))


SPEC = DatagramSpec(
    name="tcp",
    title="TCP first segments",
    carriers=frozenset({"syn"}),
    probe=probe,
    read=read,
    emits={"tcp.syn": 0.3, "tcp.syn_ack": 0.3},
)
