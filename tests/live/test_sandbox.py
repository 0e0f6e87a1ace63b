"""A worker asked from inside to send, open and run: refused by the kernel every time; what it must do still works."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import platform
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from parsers.api import installed
from sensor.capture.file import open_capture
from sensor.capture.live import Options, open_interface, receive
from sensor.capture.live_interface import look
from sensor.fingerprint.load import load
from sensor.rows import Origin
from sensor.service.inventory import policy
from sensor.service.messages import Inbox, Outbox, Part, Sent, State, Teller
from sensor.service.pipeline import Plan, Reading
from sensor.service.privileges import close_all_but, give_up, load_everything, worker_user
from sensor.service.processes import ended, start
from sensor.service.sandbox import MACHINES, program, shut_in
from tests.live.wire import FEED, MAY, TAP, WHY, namespace, send, transmitted

ROOT = Path(__file__).parents[2]
CAPTURES = sorted((ROOT / "pcaps").rglob("*.pcap*"))
FRAME = bytes.fromhex("ffffffffffff 020000000001 88b5") + bytes(46)
LIBC = ctypes.CDLL(None, use_errno=True)
X86 = platform.machine() == "x86_64"
NUMBERS = {  # asm/unistd.h: calls that the C library here may have no function for
    "io_uring_setup": 425,
    "pwritev2": 328 if X86 else 287,
    "clone3": 435,
    "pidfd_getfd": 438,
    "sendmmsg": 307 if X86 else 269,
    "bpf": 321 if X86 else 280,
    "execveat": 322 if X86 else 281,
    "userfaultfd": 323 if X86 else 282,
    "ptrace": 101 if X86 else 117,
}


def call(name: str, *arguments: object) -> None:
    """A system call by number; OSError as Python's own functions raise it."""
    if LIBC.syscall(NUMBERS[name], *arguments) < 0:
        raise OSError(ctypes.get_errno(), name)


def duplicate_and_write(fd: int) -> None:
    os.write(os.dup(fd), FRAME)


def splice(fd: int) -> None:
    os.splice(0, fd, len(FRAME))


def executable() -> None:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC)


def made_executable() -> None:
    page = mmap.mmap(-1, 4096)
    if LIBC.mprotect(ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(page))), 4096, mmap.PROT_EXEC) < 0:
        raise OSError(ctypes.get_errno(), "mprotect")


def mapped_file(fd: int) -> None:
    mmap.mmap(fd, 4096)


WAYS: dict[str, Callable[[socket.socket], object]] = {
    "send": lambda s: s.send(FRAME),
    "sendto": lambda s: s.sendto(FRAME, (TAP, 0x88B5)),
    "sendmsg": lambda s: s.sendmsg([FRAME]),
    "sendmmsg": lambda s: call("sendmmsg", s.fileno(), bytes(64), 1, 0),
    "write": lambda s: os.write(s.fileno(), FRAME),
    "writev": lambda s: os.writev(s.fileno(), [FRAME]),
    "pwrite": lambda s: os.pwrite(s.fileno(), FRAME, 0),
    "pwritev2": lambda s: call("pwritev2", s.fileno(), bytes(16), 1, -1, 0),
    "dup and write": lambda s: duplicate_and_write(s.fileno()),
    "dup2": lambda s: os.dup2(s.fileno(), 100),
    "sendfile": lambda s: os.sendfile(s.fileno(), 0, None, len(FRAME)),
    "splice": lambda s: splice(s.fileno()),
    "io_uring_setup": lambda s: call("io_uring_setup", 8, bytes(120)),
    "a new socket": lambda s: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "a new packet socket": lambda s: socket.socket(socket.AF_PACKET, socket.SOCK_RAW),
    "a socket pair": lambda s: socket.socketpair(),
    "connect": lambda s: s.connect_ex((TAP, 0)) and s.connect((TAP, 0)),
    "bind": lambda s: s.bind((TAP, 0)),
    "setsockopt": lambda s: s.setsockopt(263, 23, 0),
    "ioctl": lambda s: socket.if_nameindex(),
    "fork": lambda s: os.fork(),
    "clone3": lambda s: call("clone3", bytes(88), 88),
    "execve": lambda s: os.execv("/bin/true", ["true"]),
    "execveat": lambda s: call("execveat", -100, b"/bin/true", None, None, 0),
    "open to read": lambda s: os.open("/etc/passwd", os.O_RDONLY),
    "open to write": lambda s: os.open("/tmp/x", os.O_WRONLY | os.O_CREAT),
    "pipe": lambda s: os.pipe(),
    "memfd": lambda s: os.memfd_create("x"),
    "chmod": lambda s: os.chmod("/tmp", 0o700),
    "unlink": lambda s: os.unlink("/tmp/x"),
    "kill": lambda s: os.kill(os.getppid(), signal.SIGTERM),
    "ptrace": lambda s: call("ptrace", 0, 0, 0, 0),
    "pidfd_getfd": lambda s: call("pidfd_getfd", 0, 0, 0),
    "bpf": lambda s: call("bpf", 0, bytes(64), 64),
    "userfaultfd": lambda s: call("userfaultfd", 0),
    "executable memory": lambda s: executable(),
    "memory made executable": lambda s: made_executable(),
    "a mapped file": lambda s: mapped_file(s.fileno()),
    "setuid": lambda s: os.setresuid(0, 0, 0),
}


def tried(opened: socket.socket, sink: int) -> None:
    """In a child: each way, and what the kernel said."""
    for name, way in WAYS.items():
        try:
            way(opened)
        except OSError as error:
            said = errno.errorcode.get(error.errno or 0, "?")
        except (ValueError, OverflowError) as error:
            said = type(error).__name__
        else:
            said = "done"
        os.write(sink, f"{name}\t{said}\n".encode())


def all_of(fd: int) -> bytes:
    found = b""
    while piece := os.read(fd, 1 << 16):
        found += piece
    os.close(fd)
    return found


@pytest.mark.skipif(not MAY, reason=WHY)
def test_a_worker_can_send_in_no_way() -> None:
    with namespace():
        interface = look(TAP)
        assert interface is not None
        opened = open_interface(interface, Options(ring=4), [], 1)
        assert opened.socket is not None
        reading, writing = os.pipe()
        control, _ = os.pipe()

        def worker() -> None:
            assert opened.socket is not None
            receiver = receive(opened)
            close_all_but({writing, control, *receiver.descriptors})
            give_up(worker_user("nobody"))
            shut_in({control, receiver.fileno()}, writing)
            tried(opened.socket, writing)
            block = receiver.next(1.0)  # and it hears all the same
            os.write(writing, f"heard\t{block.count if block else 0}\n".encode())

        child = start(worker)
        os.close(writing)
        send([FRAME] * 7)
        told = dict(line.split("\t") for line in all_of(reading).decode().splitlines())
        assert ended(child, wait=True) == 0
        assert transmitted(TAP) == 0
        assert transmitted(FEED) == 7
        opened.close()
    assert int(told.pop("heard")) > 0
    assert told == dict.fromkeys(WAYS, "EPERM")


@pytest.mark.skipif(not MAY, reason=WHY)
def test_unfiltered_each_of_the_frames_would_have_gone_out() -> None:
    """So that the test above cannot pass because the ways were wrong."""
    sending = ("send", "sendto", "sendmsg", "write", "writev", "dup and write")
    with namespace():
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as free:
            free.bind((TAP, 0))
            for name in sending:
                WAYS[name](free)
        assert transmitted(TAP) == len(sending)


def test_all_parsers_work_in_the_sandbox() -> None:
    """What a parser needs late (a codec, a module) would be missing there: the whole sample inventory, both ways."""
    plan = Plan("main", "tap1", installed(), policy(load()))
    blocks = [
        [(bytearray(b.data), memoryview(bytearray(b.records)).cast("q"), b) for b in open_capture(path).blocks()]
        for path in CAPTURES
    ]
    assert sum(len(one) for one in blocks) > 5

    def told(sandboxed: bool) -> list[object]:
        reading, writing = os.pipe()
        idle, other = os.pipe()

        def worker() -> None:
            if sandboxed:
                load_everything()
                close_all_but({writing, idle})
                shut_in({idle}, writing)
            outbox = Outbox(writing)
            for one in blocks:
                teller = Teller(outbox)
                stages = Reading(teller.rows, plan, Origin("main", "tap1", "x"), teller)
                for data, records, block in one:
                    block.data, block.records = data, records
                    stages.take(block)
                stages.finish()
                outbox.put(State(stages.counters()))

        child = start(worker, close=[reading])
        os.close(writing)
        inbox, found = Inbox(reading), []
        while not inbox.ended:
            inbox.fill()
            while (message := inbox.take()) is not None:
                found.append(message)
        for fd in (reading, idle, other):
            os.close(fd)
        assert ended(child, wait=True) == 0
        return found

    inside, outside = told(True), told(False)
    assert inside == outside
    assert sum(len(message.said) for message in outside if isinstance(message, Part)) > 500
    assert any(isinstance(message, Sent) for message in outside)
    faults = [n for m in outside if isinstance(m, State) for n in m.counters if n.startswith("dispatch.fault")]
    assert not faults


@pytest.mark.parametrize("machine", sorted(MACHINES))
def test_the_program_jumps_only_forward_and_ends(machine: str) -> None:
    """linux/filter.h: every path ends in a return within the program; offsets have 8 bits, 4096 steps are the most."""
    steps = program(MACHINES[machine], {5, 6}, 7)
    assert len(steps) < 4096
    for at, (code, yes, no, _) in enumerate(steps):
        assert 0 <= yes < 256
        assert 0 <= no < 256
        if code & 7 == 5:
            assert at + 1 + max(yes, no) < len(steps)
    assert steps[-1] == (6, 0, 0, 0x00050001)
    assert steps[2] == (6, 0, 0, 0x80000000)


def run(machine: str, number: int, *arguments: int, architecture: int | None = None) -> int:
    """The program, as the kernel would run it."""
    data = struct.pack("=IIQ", number, architecture or MACHINES[machine].architecture, 0)
    data += struct.pack("=6Q", *[*arguments, 0, 0, 0, 0, 0, 0][:6])
    steps, at, held = program(MACHINES[machine], {5, 6}, 7), 0, 0
    while True:
        code, yes, no, k = steps[at]
        at += 1
        match code:
            case 0x20:
                held = struct.unpack_from("=I", data, k)[0]
            case 0x15:
                at += yes if held == k else no
            case 0x35:
                at += yes if held >= k else no
            case 0x45:
                at += yes if held & k else no
            case 0x06:
                return k
            case _:
                raise AssertionError(code)


ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050001, 0x80000000


def test_what_the_programs_say() -> None:
    """By the tables of asm/unistd.h; aarch64 too, which is not run here."""
    for machine, (read, write, mmap_, openat, socket_, execve) in {
        "x86_64": (0, 1, 9, 257, 41, 59),
        "aarch64": (63, 64, 222, 56, 198, 221),
    }.items():
        assert run(machine, read, 5) == run(machine, read, 6) == ALLOW
        assert run(machine, read, 7) == run(machine, read, 0) == REFUSE
        assert run(machine, write, 7) == ALLOW
        assert run(machine, write, 5) == run(machine, write, 2) == REFUSE
        assert run(machine, mmap_, 0, 4096, 3, 0x22) == ALLOW
        assert run(machine, mmap_, 0, 4096, 7, 0x22) == REFUSE
        assert run(machine, mmap_, 0, 4096, 3, 1, 5) == REFUSE
        assert {run(machine, n) for n in (openat, socket_, execve)} == {REFUSE}
        assert run(machine, read, 5, architecture=0x40000003) == KILL
    assert run("x86_64", 0x40000000, 5) == REFUSE


def test_where_there_is_no_list_it_says_so() -> None:
    code = (
        "import platform; platform.machine = lambda: 'sparc64'\n"
        "from sensor.service.sandbox import SandboxError, shut_in\n"
        "try: shut_in([0], 1)\n"
        "except SandboxError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "sparc64" in done.stdout
