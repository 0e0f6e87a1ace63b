"""What parsers say, taken down with where it was seen: the row at hand, the ledger, and the counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from parsers.api import Flag, Odd, Said, Spec
from parsers.reading import mac_text
from sensor.evidence import Ledger
from sensor.stream import Talk
from sensor.wire.engine import Batch, Flow

MACS_MAX = 65_536  # texts of MAC addresses kept ready

Verdict = Callable[[int, int, int, int, int], None]  # flow, side, connection, mode, offset


class Recorder:
    """Shared by all that feed parsers. `row` and `data` are the index row at hand and the buffer it points into."""

    def __init__(self, ledger: Ledger, flow: Callable[[int], Flow], verdict: Verdict) -> None:
        self.flow = flow
        self.verdict = verdict
        self.counts: Counter[str] = Counter()
        self.recognised: dict[int, tuple[str, bool]] = {}  # flow slot -> protocol, encrypted
        self.data: bytearray | memoryview | bytes = b""
        self.row: tuple[int, ...] = (0,) * 14
        self._ledger = ledger
        self._macs: dict[bytes, str] = {}

    def at(self, batch: Batch) -> None:
        """What follows is about rows of this batch."""
        self.data = batch.data

    def payload(self) -> bytes:
        """The bytes of the row at hand."""
        start, length = self.row[5], self.row[6]
        return bytes(self.data[start : start + length])

    def talk(self, ends: Flow | None, side: int) -> Talk:
        """Where the row at hand came from."""
        _, _, _, _, _, _, _, time, frame, sender, receiver, vlan, _, _ = self.row
        if ends is None:
            return Talk(time, frame, self._mac(sender), "", self._mac(receiver), "", vlan)
        sender_ip, receiver_ip = (ends.ip0, ends.ip1) if side == 0 else (ends.ip1, ends.ip0)
        return Talk(time, frame, self._mac(sender), sender_ip, self._mac(receiver), receiver_ip, vlan)

    def record(self, event: Said | Flag | Odd, talk: Talk, spec: Spec) -> None:
        """Takes down one event."""
        if isinstance(event, Said):
            self._ledger.said(event, talk, spec)
        elif isinstance(event, Flag):
            self._ledger.flag(event, talk, spec)
        else:
            self.counts[f"odd.{event.name}"] += 1

    def ask(self, spec: Spec, first: bytes) -> bool | None:
        """A probe's answer; a probe that fails means no."""
        try:
            return spec.probe(first)
        except Exception:  # noqa: BLE001 - a bug in one parser must not stop the sensor: counted, and shown
            self.fault(spec)
            return False

    def fault(self, spec: Spec) -> None:
        """A parser raised: a bug in it, survived."""
        self.counts[f"dispatch.fault.{spec.name}"] += 1

    def _mac(self, at: int) -> str:
        if at < 0:
            return ""
        raw = bytes(self.data[at : at + 6])
        text = self._macs.get(raw)
        if text is None:
            if len(self._macs) >= MACS_MAX:
                self._macs.clear()
            text = self._macs[raw] = mac_text(raw)
        return text
