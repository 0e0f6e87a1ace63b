"""What a worker tells the writer: rows in pieces, senders, ends of days, how it stands; framed with their length.

A worker reads frames that anybody may have written, so what comes from it is checked like any other input: types by
msgspec, lengths by `FRAME_MAX`.
"""

from __future__ import annotations

import os
import struct
from collections import deque

import msgspec
from msgspec import Struct

from sensor.model import Subject
from sensor.packing import packed
from sensor.rows import Ends, Finds, Key, Rows
from sensor.wire.engine import Endpoint

PIECE = 10_000  # rows or senders in one message: some 2 MB
FRAME_MAX = 64 << 20  # bytes of one message; pieces with values of the longest kind are well below
WAITING_MAX = 32 << 20  # bytes that wait for a writer before rows are refused
READ = 1 << 20  # bytes read from a pipe at a time

Numbers = list[int | float]  # a `Row`, whose times must stay integers: a float has too few digits

_LENGTH = struct.Struct("<I")


class Part(Struct, tag="p", array_like=True):
    """Rows that a ledger held. Subjects are numbered as they came since the last `Day(anew=True)`."""

    subjects: list[Subject]  # those not told of before
    said: list[tuple[Key, Numbers]]
    traffic: list[tuple[Ends, list[int]]]
    flags: list[tuple[Finds, Numbers]]


class Sent(Struct, tag="s", array_like=True):
    """What was counted of senders, not judged yet."""

    endpoints: list[Endpoint]


class Day(Struct, tag="d", array_like=True):
    """No more senders of this day. anew: subjects are numbered anew."""

    anew: bool = False


class State(Struct, tag="n", array_like=True):
    """How the worker stands: all that it counted since it began."""

    counters: dict[str, int]
    protocols: dict[str, int] = {}
    first: int = 0  # time of the frames
    last: int = 0
    read: int = 0  # bytes of a capture
    hosts: int = 0


class End(Struct, tag="e", array_like=True):
    """The last message. `State` came before. of a capture: what was counted in reading it, and what was wrong."""

    counters: dict[str, int] = {}
    faults: list[str] = []
    refused: str = ""  # why it could not be read at all


Message = Part | Sent | Day | State | End
_DECODER = msgspec.msgpack.Decoder(Message)


class BrokenError(Exception):
    """What came is no message."""


def frame(message: Message) -> bytes:
    """A message as it goes down the pipe."""
    body = packed(message)
    return _LENGTH.pack(len(body)) + body


class Inbox:
    """The reading end of a pipe."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.ended = False  # no more comes
        self._held = bytearray()

    def fileno(self) -> int:
        """For a selector."""
        return self.fd

    def fill(self) -> None:
        """Reads once; waits if nothing is there."""
        piece = os.read(self.fd, READ)
        self.ended = not piece
        self._held += piece

    def take(self) -> Message | None:
        """The next message, None if it is not whole yet. `BrokenError` if it is none of ours."""
        if len(self._held) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._held)
        if length > FRAME_MAX:
            raise BrokenError("a message is too long")
        end = _LENGTH.size + length
        if len(self._held) < end:
            return None
        try:
            with memoryview(self._held) as view:
                message: Message = _DECODER.decode(view[_LENGTH.size : end])
                return message
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BrokenError(str(error)) from None
        finally:
            del self._held[:end]

    def close(self) -> None:
        """Lets go of the pipe."""
        os.close(self.fd)


class Outbox:
    """The writing end: what cannot be written at once waits. A capture can wait for its writer, the wire cannot: on a
    pipe that does not block, rows are refused while too much waits."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._queue: deque[memoryview] = deque()
        self._waiting = 0

    @property
    def full(self) -> bool:
        """Rows would be refused."""
        return self._waiting > WAITING_MAX

    @property
    def empty(self) -> bool:
        """All was written."""
        return not self._queue

    def put(self, message: Message) -> None:
        """Takes a message; writes what can be written."""
        framed = frame(message)
        self._queue.append(memoryview(framed))
        self._waiting += len(framed)
        self.flush()

    def flush(self) -> None:
        """Writes what can be written without waiting; all of it, where the pipe blocks."""
        while self._queue:
            try:
                done = os.write(self._fd, self._queue[0])
            except BlockingIOError:
                return
            self._waiting -= done
            if done < len(self._queue[0]):
                self._queue[0] = self._queue[0][done:]
            else:
                self._queue.popleft()


class Teller:
    """Turns what a `Reading` gives into messages: the `add` of its rows, and the judge of its senders."""

    def __init__(self, outbox: Outbox, *, live: bool = False) -> None:
        self.outbox = outbox
        self.refused = 0  # rows, because the writer was slow
        self.refusals = 0  # batches of them
        self.day_ended = False
        self._live = live
        self._told = 0  # subjects
        self._sent: list[Endpoint] = []

    def rows(self, rows: Rows) -> None:
        """What a ledger held."""
        self._tell_sent()
        if self._live and self.outbox.full:
            self.refused += len(rows.said) + len(rows.traffic) + len(rows.flags)
            self.refusals += 1
            return
        said, traffic, flags = list(rows.said), list(rows.traffic.items()), list(rows.flags.items())
        while said or traffic or flags or self._told < len(rows.subjects):
            new = rows.subjects[self._told : self._told + PIECE]
            self._told += len(new)
            ready = self._told == len(rows.subjects)  # rows come behind all subjects that they may name
            part = Part(new, [], [], [])
            if ready:
                part = Part(new, said[:PIECE], traffic[:PIECE], flags[:PIECE])
                del said[:PIECE], traffic[:PIECE], flags[:PIECE]
            self.outbox.put(part)

    def add(self, endpoint: Endpoint) -> None:
        """What one sender sent."""
        self._sent.append(endpoint)
        if len(self._sent) >= PIECE:
            self._tell_sent()

    def end_day(self) -> None:
        """Nothing more comes of this day."""
        self._tell_sent()
        self.day_ended = True
        if not self._live:
            self.outbox.put(Day())

    def begin_day(self) -> None:
        """In a live run, when all rows of the day before were told: subjects are numbered anew."""
        self.day_ended = False
        self._told = 0
        self.outbox.put(Day(anew=True))

    def _tell_sent(self) -> None:
        if not self._sent:
            return
        if self._live and self.outbox.full:
            self.refused += len(self._sent)
        else:
            self.outbox.put(Sent(self._sent))
        self._sent = []
