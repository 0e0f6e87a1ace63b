"""What parsers say, taken down with where it was seen: the row at hand, the ledger, and the counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TypeVar

from parsers.api import Carried, Flag, Odd, Said, Spec
from parsers.reading import mac_text
from sensor.evidence import Ledger, sighted
from sensor.stream import Talk, Voice
from sensor.wire.engine import Batch, Flow
from sensor.wire.tables import R_FRAME, R_RECEIVER, R_SENDER, R_TIME, R_VLAN

VOICES_MAX = 65_536  # pairs of ends kept ready: those of a large hospital in an hour
NO_MAC = b"------"  # a group address by its first bit, so that no host has it

Utterance = Said | Flag | Odd | Carried
S = TypeVar("S", bound=Spec)
Verdict = Callable[[int, int, int, int, int], None]  # flow, side, connection, mode, offset


class Recorder:
    """Shared by all that feed parsers. `row` and `data` are the index row at hand and the buffer it points into."""

    def __init__(self, ledger: Ledger, flow: Callable[[int], Flow], verdict: Verdict) -> None:
        self.flow = flow
        self.verdict = verdict
        self.counts: Counter[str] = Counter()
        self.recognised: dict[int, tuple[str, bool]] = {}  # flow slot -> protocol, encrypted
        self.data: bytearray | memoryview | bytes = b""
        self.row: tuple[int, ...] = (0,) * 15
        self.ledger = ledger
        self.day = -1  # UTC day of the rows at hand
        self.carried: Callable[[Carried, Talk], None] = lambda *_: None  # who reads what others carry
        self._voices: dict[tuple[bytes, str, str, int], Voice] = {}

    def at(self, batch: Batch) -> None:
        """What follows is about rows of this batch."""
        self.data = batch.data
        if batch.day != self.day:
            self.day = batch.day
            self.ledger.regroup()

    def payload(self) -> bytes:
        """The bytes of the row at hand."""
        start, length = self.row[5], self.row[6]
        return bytes(self.data[start : start + length])

    def talk(self, ends: Flow | None, side: int) -> Talk:
        """Where the row at hand came from."""
        row = self.row
        sender, receiver, vlan = row[R_SENDER], row[R_RECEIVER], row[R_VLAN]
        macs = bytes(self.data[receiver : receiver + 12]) if sender == receiver + 6 else self._macs(sender, receiver)
        return Talk(row[R_TIME], row[R_FRAME], self.voice(macs, vlan, ends, side))

    def voice(self, macs: bytes, vlan: int, ends: Flow | None, side: int) -> Voice:
        """Who speaks to whom. macs: the receiver's, then the sender's."""
        if ends is None:
            sender_ip = receiver_ip = ""
        elif side == 0:
            sender_ip, receiver_ip = ends.ip0, ends.ip1
        else:
            sender_ip, receiver_ip = ends.ip1, ends.ip0
        key = (macs, sender_ip, receiver_ip, vlan)
        voice = self._voices.get(key)
        if voice is None:
            if len(self._voices) >= VOICES_MAX:
                self._voices.clear()
            to, of = macs[:6], macs[6:]
            voice = Voice(mac_text(of), sender_ip, "" if to == NO_MAC else mac_text(to), receiver_ip, vlan)
            self._voices[key] = voice
        return voice

    def record(self, event: Utterance, talk: Talk, spec: Spec) -> None:
        """Takes down one event."""
        if isinstance(event, Said):
            self.ledger.said(event, talk, spec)
        elif isinstance(event, Flag):
            self.ledger.flag(event, talk, spec)
        elif isinstance(event, Carried):
            self.carried(event, talk)
        else:
            self.counts[f"odd.{event.name}"] += 1

    def again(self, said: tuple[Utterance, ...], talk: Talk, spec: Spec) -> bool:
        """Takes down all of these at a glance, if they are for the ledger; they are the very same objects as before."""
        sightings = self.ledger.together(said, self.day, talk.voice, spec) if said else None
        if sightings is not None:
            sighted(sightings, talk.time, talk.frame)
        return sightings is not None

    def ask(self, spec: Spec, first: bytes) -> bool | None:
        """A probe's answer; a probe that fails means no."""
        try:
            return spec.probe(first)
        except Exception:  # noqa: BLE001 - a bug in one parser must not stop the sensor: counted, and shown
            self.fault(spec)
            return False

    def first(self, specs: Iterable[S], data: bytes) -> S | None:
        """The first of them whose probe says yes. A flow that nobody knows asks all of them, with each datagram."""
        spec: S | None = None
        asked = iter(specs)
        while True:
            try:
                for spec in asked:
                    if spec.probe(data):
                        return spec
            except Exception:  # noqa: BLE001 - as above
                if spec is not None:
                    self.fault(spec)
            else:
                return None

    def fault(self, spec: Spec) -> None:
        """A parser raised: a bug in it, survived."""
        self.counts[f"dispatch.fault.{spec.name}"] += 1

    def _macs(self, sender: int, receiver: int) -> bytes:
        """The receiver's and the sender's address where they do not stand together as in Ethernet."""
        to = bytes(self.data[receiver : receiver + 6]) if receiver >= 0 else NO_MAC
        return to + (bytes(self.data[sender : sender + 6]) if sender >= 0 else b"")
