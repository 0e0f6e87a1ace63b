"""A sample of the frames of an interface, taken like a live run: by a child that has no right but to read them."""

from __future__ import annotations

import os
import pwd
import select
import signal
import time

import msgspec
from msgspec import Struct

from sensor.capture.file import open_capture
from sensor.capture.health import Sample, Sampler
from sensor.capture.live import DownError, LiveError, Opened, Options, Receiver, open_interface, receive
from sensor.capture.live_interface import Interface
from sensor.service.privileges import close_all_but, give_up
from sensor.service.processes import ended, start
from sensor.service.sandbox import SandboxError, shut_in

RING = 64  # MiB
TICK = 0.1
PIECE = 1 << 16
PATIENCE = 5.0  # seconds that the child has to end beyond those of the sample


class Taken(Struct, frozen=True):
    """What came of it. receiver: by which the frames came. refused: why there is no sample, in one line."""

    sample: Sample | None = None
    receiver: str = ""
    sandboxed: bool = True
    refused: str = ""


def of_capture(path: str) -> Sample:
    """The first frames of a capture. Raises CaptureError."""
    sampler = Sampler()
    for block in open_capture(path).blocks():
        sampler.take(block)
        if sampler.sample.full:
            break
    return sampler.finish()


def of_interface(interface: Interface, seconds: float, user: pwd.struct_passwd | None) -> Taken:
    """What comes in so many seconds."""
    try:
        opened = open_interface(interface, Options(ring=RING), (), 0)
    except LiveError as error:
        return Taken(refused=str(error))
    reading, writing = os.pipe()
    child = start(lambda: _sample(opened, writing, seconds, user), close=[reading])
    os.close(writing)
    opened.close()
    try:
        said = _all_of(reading, time.monotonic() + seconds + PATIENCE)
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)  # if it still lives: it has nothing to tidy up
    ended(child, wait=True)
    try:
        return msgspec.msgpack.decode(said, type=Taken)
    except msgspec.MsgspecError:
        return Taken(refused=f"{interface.name}: listening failed; please report it")


def _all_of(pipe: int, deadline: float) -> bytes:
    said = b""
    waiting = select.poll()
    waiting.register(pipe, select.POLLIN | select.POLLHUP)
    while (left := deadline - time.monotonic()) > 0 and waiting.poll(1000 * left):
        piece = os.read(pipe, PIECE)
        if not piece:
            break
        said += piece
    return said


def _sample(opened: Opened, pipe: int, seconds: float, user: pwd.struct_passwd | None) -> None:
    """In the child."""
    receiver, sampler = receive(opened), Sampler()
    close_all_but({2, pipe, *receiver.descriptors})
    give_up(user)
    sandboxed = True
    try:
        shut_in({receiver.fileno()}, pipe)
    except SandboxError:
        sandboxed = False
    _listen(receiver, sampler, seconds)
    lost = receiver.lost()
    sample = sampler.finish()
    sample.dropped = lost.dropped
    sample.misread = getattr(receiver, "misread", 0)
    os.write(pipe, msgspec.msgpack.encode(Taken(sample, receiver.kind, sandboxed)))


def _listen(receiver: Receiver, sampler: Sampler, seconds: float) -> None:
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end and not sampler.sample.full:
            block = receiver.next(TICK)
            if block is not None:
                sampler.take(block, time.time_ns())
                receiver.done()
    except DownError:
        return
