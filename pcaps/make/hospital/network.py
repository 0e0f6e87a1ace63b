"""The network of the made-up hospital: VLANs, routers in pairs, mirrors with their faults, and what hosts send over it.

A packet between two VLANs passes the router: a mirror that sees both VLANs sees it twice, the second time from the
router's hardware address with a TTL that is less by one. Each mirror writes a capture of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from pcaps.make.hospital import addressing, wire
from pcaps.make.hospital.truth import Truth

SECOND = 1_000_000_000
START = 1_767_592_800 * SECOND  # 2026-01-05T06:00:00Z
HOURS = 14
END = START + HOURS * 3600 * SECOND
HOP = 120_000  # ns that a router takes
HALF_TRIP = 300_000  # ns from what one side says to the answer: longer than the way through the router

Frames = list[tuple[int, int, bytes]]


@dataclass
class Mirror:
    """A port that gets copies. loss: share of the frames that it drops. twice: share of the VLANs it copies both on
    the way in and on the way out, so that their frames come twice."""

    name: str
    loss: float = 0.0
    frames: Frames = field(default_factory=list)


@dataclass
class Vlan:
    """A subnet of 256 addresses. mirror: None where nobody sees it. one_way: only what its own hosts send is seen.
    accelerated: behind a WAN accelerator, which opens connections in its hosts' place, with its own Linux."""

    number: int
    subnet: bytes
    mirror: Mirror | None
    router: Router
    tagged: bool = True
    one_way: bool = False
    twice: bool = False
    accelerated: bool = False
    used: int = 20

    @property
    def gateway(self) -> bytes:
        return self.subnet + b"\x01"

    @property
    def virtual_mac(self) -> bytes:
        return b"\x00\x00\x5e\x00\x01" + bytes((self.number % 255 + 1,))  # RFC 9568 section 7.3


@dataclass
class Router:
    """One of a pair that stand in for each other, or one alone; the same hardware address in all its VLANs."""

    truth: Truth
    mac: bytes
    place: int  # last number of its address in each VLAN
    second: Router | None = None


@dataclass(frozen=True)
class Card:
    """A network interface with the address that it has just now."""

    truth: Truth
    mac: bytes
    ip: bytes
    vlan: Vlan
    stack: str = "linux"
    inside: Truth | None = None  # who speaks through it, where that is not the device whose card it is
    hops: int = 0  # routers that its packets have passed before they come to the link

    @property
    def shown(self) -> wire.Stack:
        """The stack that others see."""
        return wire.STACKS["linux" if self.vlan.accelerated else self.stack]

    @property
    def ttl(self) -> int:
        return self.shown[0] - self.hops


class Site:
    """Everything there is, and the clock. Every random choice comes from the one seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.devices: list[Truth] = []
        self.mirrors: dict[str, Mirror] = {}
        self.vlans: list[Vlan] = []
        self._order = 0
        self._cards = 0
        self._ports = 32768

    # -- what there is

    def device(self, family: str, name: str, **attributes: object) -> Truth:
        truth = Truth(len(self.devices), family, name)
        for attribute, values in attributes.items():
            truth.attributes[attribute] = [values] if isinstance(values, str) else list(values)  # type: ignore[call-overload]
        self.devices.append(truth)
        return truth

    def mac(self, block: str) -> bytes:
        """A new hardware address in a block of a maker."""
        self._cards += 1
        raw = bytes.fromhex(block)
        return raw + (self._cards * 7919 % (1 << 8 * (6 - len(raw)))).to_bytes(6 - len(raw))

    def card(
        self, truth: Truth, vlan: Vlan, block: str | bytes, stack: str = "linux", since: int = START, until: int = END
    ) -> Card:
        """A new interface, or (given as bytes) one that moves here, with an address that nobody has had."""
        return self.settle(truth, block, self.address(vlan), vlan, stack, since, until)

    def address(self, vlan: Vlan) -> bytes:
        if vlan.used > 250:
            raise ValueError(f"VLAN {vlan.number} is full")
        vlan.used += 1
        return vlan.subnet + bytes((vlan.used,))

    def settle(
        self, truth: Truth, block: str | bytes, ip: bytes, vlan: Vlan, stack: str, since: int = START, until: int = END
    ) -> Card:
        raw = block if isinstance(block, bytes) else self.mac(block)
        text = wire.mac_text(raw)
        if vlan.mirror is not None and text not in truth.macs and text not in truth.borrowed:
            truth.macs.append(text)
        truth.held.append((wire.ip_text(ip), since, until, vlan.number))
        return Card(truth, raw, ip, vlan, stack)

    def when(self, since: int = START, until: int = END) -> int:
        return self.random.randrange(since, until)

    def times(self, count: int, since: int = START, until: int = END) -> list[int]:
        """Times spread over a span, in order."""
        part = (until - since) // count
        return [since + part * i + self.random.randrange(part) for i in range(count)]

    # -- what is seen

    def capture(self, time: int, vlan: Vlan, frame: bytes, sender: Truth | None, *, from_host: bool) -> bool:
        """One frame on a VLAN; whether its mirror got it."""
        mirror = vlan.mirror
        if mirror is None or (vlan.one_way and not from_host):
            return False
        if mirror.loss and self.random.random() < mirror.loss:
            return False
        self._order += 1
        mirror.frames.append((time, self._order, frame))
        if vlan.twice:
            self._order += 1
            mirror.frames.append((time + 4_000, self._order, frame))
        if sender is not None:
            sender.sent += 1
        return True

    def send(self, time: int, source: Card, target: Card, protocol: int, payload: bytes) -> bool:
        """A packet from card to card, through the router where they are in different VLANs; whether a mirror got it."""
        packet = wire.packet(source.ip, target.ip, source.ttl, protocol, payload, self.random.getrandbits(16))
        here, there = source.vlan, target.vlan
        speaker, hearer = source.inside or source.truth, target.inside or target.truth
        if here is there:
            seen = self._frame(time, here, source.mac, target.mac, packet, source.truth, from_host=True)
        else:
            seen = self._frame(time, here, source.mac, self.next_hop(here), packet, source.truth, from_host=True)
            routed = wire.hop(packet)
            again = self._frame(time + HOP, there, there.router.mac, target.mac, routed, None, from_host=False)
            if again and not seen and here.mirror is None:
                speaker.sent += 1
            seen = seen or again
        if seen:
            hearer.answered = True
        return seen

    def _frame(
        self,
        time: int,
        vlan: Vlan,
        source: bytes,
        target: bytes,
        packet: bytes,
        sender: Truth | None,
        *,
        from_host: bool,
    ) -> bool:
        number = vlan.number if vlan.tagged else 0
        return self.capture(
            time, vlan, wire.ethernet(source, target, number, 0x0800, packet), sender, from_host=from_host
        )

    def next_hop(self, vlan: Vlan) -> bytes:
        return vlan.virtual_mac if vlan.router.second else vlan.router.mac

    def link(self, time: int, card: Card, target: bytes, kind: int, payload: bytes) -> bool:
        """A frame that no router hands on."""
        number = card.vlan.number if card.vlan.tagged else 0
        frame = wire.ethernet(card.mac, target, number, kind, payload)
        return self.capture(time, card.vlan, frame, card.truth, from_host=True)

    def multicast(self, time: int, card: Card, group: str, port: int, payload: bytes, source_port: int = 0) -> bool:
        address = bytes(map(int, group.split(".")))
        target = b"\x01\x00\x5e" + bytes((address[1] & 127,)) + address[2:]
        body = wire.udp(card.ip, address, (source_port or port, port), payload)
        return self.link(time, card, target, 0x0800, wire.packet(card.ip, address, 255, 17, body))

    def broadcast(self, time: int, card: Card, ports: tuple[int, int], payload: bytes, source: bytes = b"") -> bool:
        source = source or card.ip
        body = wire.udp(source, b"\xff" * 4, ports, payload)
        return self.link(time, card, wire.BROADCAST, 0x0800, wire.packet(source, b"\xff" * 4, card.ttl, 17, body))

    def datagram(self, time: int, source: Card, target: Card, ports: tuple[int, int], payload: bytes) -> bool:
        return self.send(time, source, target, 17, wire.udp(source.ip, target.ip, ports, payload))

    def ask(self, time: int, client: Card, server: Card, port: int, question: bytes, answer: bytes) -> bool:
        """A question and its answer over UDP; whether the answer was seen."""
        ports = self.port(), port
        self.datagram(time, client, server, ports, question)
        return self.datagram(time + 900_000, server, client, (port, ports[0]), answer)

    def port(self) -> int:
        self._ports = self._ports + 1 if self._ports < 60999 else 32768
        return self._ports

    def tcp(
        self, time: int, client: Card, server: Card, port: int, said: Iterable[tuple[int, bytes]]
    ) -> tuple[int, bool]:
        """A connection in which the sides (0 client, 1 server) say things in turn. When it ended, and whether one
        mirror saw all of it, so that everything in it can be read."""
        ends, ports = (client, server), (self.port(), port)
        pairs = (ports, ports[::-1])
        number = [self.random.getrandbits(32), self.random.getrandbits(32)]
        whole = True
        opening, agreed = (card.shown[2] for card in ends)
        out = [(0, wire.SYN, b"", opening), (1, wire.SYN | wire.ACK, b"", agreed), (0, wire.ACK, b"", b"")]
        for side, data in said:
            pieces = (data[at : at + wire.MSS] for at in range(0, len(data), wire.MSS))
            out += [(side, wire.ACK | wire.PUSH, piece, b"") for piece in pieces]
            out.append((1 - side, wire.ACK, b"", b""))
        out += [
            (side, flags, b"", b"")
            for side, flags in ((0, wire.FIN | wire.ACK), (1, wire.FIN | wire.ACK), (0, wire.ACK))
        ]
        for side, flags, data, opts in out:
            source, target = ends[side], ends[1 - side]
            numbers = number[side], number[1 - side] if flags & wire.ACK else 0
            window = source.shown[1]
            body = wire.segment(source.ip, target.ip, pairs[side], numbers, flags, window, data, opts)
            whole = self.send(time, source, target, 6, body) and whole
            number[side] += len(data) + bool(flags & (wire.SYN | wire.FIN))
            time += HALF_TRIP
        return time, whole and not (client.vlan.one_way or server.vlan.one_way)

    # -- what every host does

    def arp(self, time: int, card: Card, target: bytes, mac: bytes, holder: Truth | None = None) -> None:
        """Asks for an address in its VLAN, and is answered."""
        number = card.vlan.number if card.vlan.tagged else 0
        asked = addressing.arp(1, card.mac, card.ip, bytes(6), target)
        self.link(time, card, wire.BROADCAST, 0x0806, asked)
        reply = addressing.arp(2, mac, target, card.mac, card.ip)
        frame = wire.ethernet(mac, card.mac, number, 0x0806, reply)
        if self.capture(time + HALF_TRIP, card.vlan, frame, holder, from_host=holder is not card.vlan.router.truth):
            card.truth.answered = True

    def arrive(self, time: int, card: Card) -> int:
        """Says which address it has, and looks for its router."""
        self.link(time, card, wire.BROADCAST, 0x0806, addressing.arp(1, card.mac, card.ip, bytes(6), card.ip))
        self.arp(time + HALF_TRIP, card, card.vlan.gateway, self.next_hop(card.vlan), card.vlan.router.truth)
        return time + SECOND

    def lease(self, time: int, card: Card, server: Card, asks: addressing.Client) -> int:
        """DHCP through the router, which relays it to the server (RFC 2131, RFC 1542), then ARP. What the router relays
        shows the hardware address also of a client that no mirror sees."""
        if (text := wire.mac_text(card.mac)) not in card.truth.macs and text not in card.truth.borrowed:
            card.truth.macs.append(text)
        router = self.router_card(card.vlan)
        given = False
        transaction = self.random.getrandbits(32)
        for step in (1, 2, 3, 5):
            reply = step in (2, 5)
            payload = addressing.dhcp(step, card.mac, card.ip, transaction, asks, card.vlan.gateway, server.ip)
            if not reply:
                self.broadcast(time, card, (68, 67), payload, source=bytes(4))
                relayed = addressing.relayed(payload, router.ip)
                self.datagram(time + HOP, self.router_card(server.vlan, ip=router.ip), server, (67, 67), relayed)
            else:
                relayed = addressing.relayed(payload, router.ip)
                given = self.datagram(time, server, self.router_card(server.vlan, ip=router.ip), (67, 67), relayed)
                number = card.vlan.number if card.vlan.tagged else 0
                body = wire.udp(router.ip, card.ip, (67, 68), payload)
                packet = wire.packet(router.ip, card.ip, 64, 17, body)
                frame = wire.ethernet(router.mac, card.mac, number, 0x0800, packet)
                if self.capture(time + HOP, card.vlan, frame, router.truth, from_host=False):
                    card.truth.answered = True
            time += 4_000_000
        if card.vlan.mirror is None and not given:
            card.truth.loose.append(wire.ip_text(card.ip))  # the mirror lost the one frame that says whose it is
        return self.arrive(time, card)

    def router_card(self, vlan: Vlan, router: Router | None = None, ip: bytes = b"") -> Card:
        router = router or vlan.router
        return Card(router.truth, router.mac, ip or vlan.subnet + bytes((router.place,)), vlan, "embedded")


def spread(vlans: Sequence[Vlan], random: Random) -> Iterator[Vlan]:
    """VLANs with room in them, evenly."""
    while True:
        open_ = [vlan for vlan in vlans if vlan.used < 235]
        if not open_:
            raise ValueError("all VLANs are full")
        yield min(open_, key=lambda vlan: (vlan.used // 8, random.random()))
