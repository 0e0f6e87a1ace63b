"""Sends the frames of a capture at a steady rate: mapped, and handed to the kernel 64 at a time (sendmmsg(2)).

    python -m tests.live.feed CAPTURE INTERFACE RATE SECONDS

Prints one line of JSON: frames, bytes, seconds. The frames are read by the sensor's own reader; a capture that is too
short begins again.
"""

from __future__ import annotations

import array
import ctypes
import json
import socket
import sys
import time
from pathlib import Path

from sensor.capture.file import open_capture

BATCH = 64
HEADER = 64  # bytes of struct mmsghdr
VECTOR = 16  # and of struct iovec, on 64-bit machines
FRAME_MAX = 9014


def frames(path: Path) -> tuple[array.array[int], array.array[int], bytearray]:
    """Where each frame begins in one long buffer, and how long it is."""
    starts, lengths, data = array.array("q"), array.array("q"), bytearray()
    for block in open_capture(path).blocks():
        base = len(data)
        end = 0
        for at in range(block.count):
            _, start, captured, _, _ = block.records[5 * at : 5 * at + 5].tolist()
            end = max(end, start + captured)
            if 14 <= captured <= FRAME_MAX:
                starts.append(base + start)
                lengths.append(captured)
        data += block.data[:end]
    return starts, lengths, data


class Sender:
    """All message headers made beforehand, so that sending is one call for each batch."""

    def __init__(self, path: Path, interface: str) -> None:
        starts, lengths, self._data = frames(path)
        self.count = len(starts)
        base = ctypes.addressof(ctypes.c_char.from_buffer(self._data))
        vectors = array.array("q", [0]) * (2 * self.count)
        vectors[0::2] = array.array("q", [base + start for start in starts])
        vectors[1::2] = lengths
        self._vectors = vectors
        place = vectors.buffer_info()[0]
        headers = array.array("q", [0]) * (8 * self.count)  # name, its length, vectors, how many, 0, 0, flags, sent
        headers[2::8] = array.array("q", range(place, place + VECTOR * self.count, VECTOR))
        headers[3::8] = array.array("q", [1]) * self.count
        self._headers = headers
        self._place = headers.buffer_info()[0]
        self.sizes = lengths
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self._socket.bind((interface, 0))
        self._call = ctypes.CDLL(None, use_errno=True).sendmmsg
        self._call.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int)

    def send(self, first: int, count: int) -> int:
        """Frames from the given one on; how many went."""
        done = self._call(self._socket.fileno(), self._place + HEADER * first, count, 0)
        if done < 0:
            raise OSError(ctypes.get_errno(), "sendmmsg")
        return int(done)


def main(capture: str, interface: str, rate: str, seconds: str) -> None:
    sender = Sender(Path(capture), interface)
    wanted = int(float(rate) * float(seconds))
    sent = octets = at = 0
    began = time.monotonic()
    while sent < wanted:
        ahead = sent / float(rate) - (time.monotonic() - began)
        if ahead > 0:
            time.sleep(ahead)
        went = sender.send(at, min(BATCH, sender.count - at, wanted - sent))
        octets += sum(sender.sizes[at : at + went])
        sent += went
        at = (at + went) % sender.count
    took = time.monotonic() - began
    print(json.dumps({"frames": sent, "bytes": octets, "seconds": round(took, 3)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
