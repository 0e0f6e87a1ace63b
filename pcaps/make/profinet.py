"""Makes pcaps/pn_dcp byte by byte: no program that is to be had speaks PROFINET DCP as a device.

A controller asks who is there and a drive answers; then somebody gives the drive another name.
"""

from __future__ import annotations

import struct
from pathlib import Path

import dpkt

DRIVE, CONTROLLER, ALL = "02ab00000020", "02ab00000030", "010ecf000000"
START = 1_767_600_000


def frame(target: str, source: str, kind: int, service: int, direction: int, blocks: bytes) -> bytes:
    head = struct.pack(">HBBIHH", kind, service, direction, 7, 1, len(blocks))
    made = bytes.fromhex(target + source) + b"\x88\x92" + head + blocks
    return made.ljust(60, b"\0")


def block(option: int, part: int, data: bytes, information: bytes = b"\0\0") -> bytes:
    told = information + data
    return struct.pack(">BBH", option, part, len(told)) + told + b"\0" * (len(told) % 2)


def main() -> None:
    ask = struct.pack(">BBH", 255, 255, 0)
    drive = (
        block(2, 3, struct.pack(">HH", 0x002A, 0x0501))
        + block(2, 1, b"SINAMICS G120")
        + block(2, 2, b"ahu-drive-3")
        + block(2, 4, b"\1\0")
        + block(1, 2, bytes((10, 81, 0, 20, 255, 255, 255, 0, 0, 0, 0, 0)), b"\0\1")
    )
    frames = (
        frame(ALL, CONTROLLER, 0xFEFE, 5, 0, ask),
        frame(CONTROLLER, DRIVE, 0xFEFF, 5, 1, drive),
        frame(DRIVE, CONTROLLER, 0xFEFD, 4, 0, block(2, 2, b"zqcanary")),
    )
    path = Path(__file__).resolve().parents[1] / "pn_dcp" / "drive.pcap"
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        writer = dpkt.pcap.Writer(file)
        for number, raw in enumerate(frames):
            writer.writepkt(raw, ts=START + number)


if __name__ == "__main__":
    main()
