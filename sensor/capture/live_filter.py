"""A filter in the words of pcap-filter(7), compiled by libpcap, as a program for the kernel (linux/filter.h).

Done by the supervisor, before the workers are shut in: libpcap is a large parser of a text that a person gave.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import re
import socket
import struct
from collections.abc import Sequence

SO_ATTACH_FILTER = 26  # asm-generic/socket.h
NETMASK_UNKNOWN = 0xFFFFFFFF  # pcap/pcap.h
RETURN = 0x06  # BPF_RET | BPF_K
NO_LIBPCAP = "libpcap is not installed; install it (Debian: apt-get install libpcap0.8), or listen without --filter"
WHOLE = 0x40000  # libpcap's longest frame: nothing is cut

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, constant


class FilterError(Exception):
    """A filter that cannot be used; the text is one line that says why."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint), ("instructions", ctypes.c_void_p))


def compile_filter(text: str, link: int, snap: int) -> list[Instruction]:
    """The program for frames of a link type. What it lets through is cut at `snap` bytes; 0: not at all."""
    snap = snap or WHOLE
    if not text.strip():
        return [] if snap >= WHOLE else [(RETURN, 0, 0, snap)]
    if re.search(r"\bvlan\b", text):
        raise FilterError(
            "--filter: the kernel takes the VLAN tag off before a filter sees the frame; leave `vlan` out"
        )
    pcap = _libpcap()
    handle = pcap.pcap_open_dead(link, snap)
    if not handle:
        raise FilterError("--filter: libpcap could not make room for a filter")
    program = _Program()
    try:
        if pcap.pcap_compile(handle, ctypes.byref(program), text.encode(), 1, NETMASK_UNKNOWN):
            raise FilterError(f"--filter {text!r}: {pcap.pcap_geterr(handle).decode(errors='replace')}")
        try:
            raw = ctypes.string_at(program.instructions or 0, program.length * 8)
        finally:
            pcap.pcap_freecode(ctypes.byref(program))
    finally:
        pcap.pcap_close(handle)
    return [(code, yes, no, k) for code, yes, no, k in struct.iter_unpack("=HBBI", raw)]


def attach(receiver: socket.socket, program: Sequence[Instruction]) -> None:
    """From now on the socket gets only what the program lets through."""
    if not program:
        return
    packed = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in program))
    receiver.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("@HP", len(program), ctypes.addressof(packed)))


def _libpcap() -> ctypes.CDLL:
    name = ctypes.util.find_library("pcap") or "libpcap.so.0.8"
    try:
        pcap = ctypes.CDLL(name)
    except OSError:
        raise FilterError(NO_LIBPCAP) from None
    pcap.pcap_open_dead.restype = ctypes.c_void_p
    pcap.pcap_geterr.restype = ctypes.c_char_p
    pcap.pcap_geterr.argtypes = pcap.pcap_close.argtypes = (ctypes.c_void_p,)
    pcap.pcap_compile.argtypes = (
        ctypes.c_void_p,
        ctypes.POINTER(_Program),
        ctypes.c_char_p,
        ctypes.c_int,
        ctypes.c_uint32,
    )
    return pcap
