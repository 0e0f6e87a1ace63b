"""Streams and datagrams out of capture files, read with dpkt and put together in the simplest way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dpkt

Datagram = tuple[str, bytes]  # carrier, bytes
Direction = tuple[bytes, int, bytes, int]
LINKS = {
    1: dpkt.ethernet.Ethernet,
    113: dpkt.sll.SLL,
    0: dpkt.loopback.Loopback,
}
IP_LINKS = (101, 228, 229, 12)


def frames(path: Path) -> Iterator[tuple[bytes, object]]:
    """(frame, decoded link layer) of a capture, up to where dpkt cannot go on."""
    with path.open("rb") as file:
        try:
            reader = dpkt.pcap.UniversalReader(file)
            for _, frame in reader:
                yield from decoded(frame, reader.datalink())
        except (ValueError, dpkt.UnpackError, MemoryError):
            return


def decoded(frame: bytes, link: int) -> Iterator[tuple[bytes, object]]:
    try:
        if link in LINKS:
            yield frame, LINKS[link](frame)
        elif link in IP_LINKS and frame:
            yield frame, (dpkt.ip.IP if frame[0] >> 4 == 4 else dpkt.ip6.IP6)(frame)
    except (ValueError, IndexError, KeyError, AttributeError, dpkt.UnpackError):
        return


def network(layer: object) -> dpkt.ip.IP | dpkt.ip6.IP6 | None:
    while not isinstance(layer, dpkt.ip.IP | dpkt.ip6.IP6):
        layer = getattr(layer, "data", None)
        if layer is None or isinstance(layer, bytes):
            return None
    return layer


def streams(path: Path) -> list[tuple[bytes, bytes]]:
    """Both directions of each TCP connection, client first (the one that sent the SYN, else the higher port)."""
    found: dict[Direction, dict[int, bytes]] = {}
    starts: dict[Direction, int] = {}
    for _, layer in frames(path):
        ip = network(layer)
        if ip is None or not isinstance(ip.data, dpkt.tcp.TCP):
            continue
        tcp = ip.data
        key = (ip.src, tcp.sport, ip.dst, tcp.dport)
        if tcp.flags & dpkt.tcp.TH_SYN:
            starts.setdefault(key, tcp.seq + 1 if not tcp.flags & dpkt.tcp.TH_ACK else -tcp.seq - 1)
        if tcp.data:
            found.setdefault(key, {}).setdefault(tcp.seq, bytes(tcp.data))
    pairs: list[tuple[bytes, bytes]] = []
    for key in found:
        back = (key[2], key[3], key[0], key[1])
        start = starts.get(key)
        is_client = start > 0 if start is not None else key[1] > key[3]
        if is_client or back not in found:
            ways = (key, back) if is_client else (back, key)
            client, server = (joined(found.get(way, {}), starts.get(way)) for way in ways)
            pairs.append((client, server))
    return pairs


def joined(segments: dict[int, bytes], start: int | None) -> bytes:
    """The bytes from the start, or from the first that was seen, up to the first loss."""
    if not segments:
        return b""
    at = abs(start) if start is not None else min(segments)
    whole = bytearray()
    for seq in sorted(segments):
        if seq > at:
            break
        whole += segments[seq][at - seq :]
        at = max(at, seq + len(segments[seq]))
    return bytes(whole)


def datagrams(path: Path) -> Iterator[Datagram]:
    """Everything that a datagram parser may be given, with its carrier."""
    for frame, layer in frames(path):
        if isinstance(layer, dpkt.ethernet.Ethernet) and layer.type >= 0x600 and network(layer) is None:
            yield f"ethertype:{layer.type:04x}", frame[14:]
        elif isinstance(layer, dpkt.ethernet.Ethernet) and network(layer) is None and len(frame) > 17:
            yield f"llc:{frame[14]:02x}{frame[15]:02x}", frame[14:]
        ip = network(layer)
        if ip is None:
            continue
        inner = ip.data
        if isinstance(inner, dpkt.udp.UDP):
            yield "udp", bytes(inner.data)
        elif isinstance(inner, dpkt.tcp.TCP):
            if inner.flags & dpkt.tcp.TH_SYN:
                raw = bytes(ip)
                yield "syn", raw[: len(raw) - len(bytes(inner.data))]
        elif isinstance(ip, dpkt.ip.IP | dpkt.ip6.IP6):
            yield f"ip:{getattr(ip, 'nxt', None) or ip.p}", bytes(inner)
