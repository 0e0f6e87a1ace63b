"""The allow-list of system calls of a worker: seccomp(2), as a program for the kernel written here.

What is not named is refused with EPERM, so that a worker can neither send nor open nor run anything, whatever it was
made to do by what it reads. Reading is possible from the descriptors it was given, writing to its pipe; no call that
makes a descriptor is allowed, so these numbers stay what they are. Numbers: asm/unistd.h of each machine.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from collections.abc import Collection

from msgspec import Struct

from sensor.service.processes import ended, start

# linux/filter.h, linux/bpf_common.h
LOAD = 0x20  # a word of the data below
EQUAL = 0x15
AT_LEAST = 0x35
ANY_BIT = 0x45
RETURN = 0x06

# linux/seccomp.h: struct seccomp_data is nr, arch, instruction pointer, six arguments of 64 bits
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16
ALLOW = 0x7FFF0000
REFUSE = 0x00050000 | 1  # errno EPERM
KILL = 0x80000000  # the process: of another architecture the numbers mean something else

# sys/prctl.h
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 22, 38
SECCOMP_MODE_FILTER = 2

PROT_EXEC = 4
MAP_ANONYMOUS = 0x20
X32 = 0x40000000  # x86: another way to number the same calls

Step = tuple[int, int, int, int]  # code, jump if true, jump if false, constant


class SandboxError(OSError):
    """The filter cannot be set; the text is one line that says why."""


class Machine(Struct, frozen=True):
    """How a processor's Linux numbers its calls."""

    architecture: int  # linux/audit.h
    free: dict[str, int]  # allowed whatever the arguments
    read: tuple[int, ...]  # allowed on the sources: the packet socket, the control pipe
    write: int  # allowed on the pipe
    mmap: int  # allowed without a file, and not executable
    mprotect: int  # allowed, but not to make something executable


MACHINES = {
    "x86_64": Machine(
        0xC000003E,
        {
            "close": 3,
            "poll": 7,
            "munmap": 11,
            "brk": 12,
            "rt_sigprocmask": 14,
            "rt_sigreturn": 15,
            "sched_yield": 24,
            "mremap": 25,
            "madvise": 28,
            "nanosleep": 35,
            "getpid": 39,
            "exit": 60,
            "gettid": 186,
            "futex": 202,
            "restart_syscall": 219,
            "clock_gettime": 228,
            "clock_nanosleep": 230,
            "exit_group": 231,
            "ppoll": 271,
            "getrandom": 318,
        },
        (0, 45, 47, 55),  # read, recvfrom, recvmsg, getsockopt
        1,
        9,
        10,
    ),
    "aarch64": Machine(
        0xC00000B7,
        {
            "close": 57,
            "ppoll": 73,
            "exit": 93,
            "exit_group": 94,
            "futex": 98,
            "nanosleep": 101,
            "clock_gettime": 113,
            "clock_nanosleep": 115,
            "sched_yield": 124,
            "restart_syscall": 128,
            "rt_sigprocmask": 135,
            "rt_sigreturn": 139,
            "getpid": 172,
            "gettid": 178,
            "brk": 214,
            "munmap": 215,
            "mremap": 216,
            "madvise": 233,
            "getrandom": 278,
        },
        (63, 207, 212, 209),
        64,
        222,
        226,
    ),
}


def program(machine: Machine, sources: Collection[int], sink: int) -> list[Step]:
    """What the kernel runs at every system call."""
    steps: list[Step] = [(LOAD, 0, 0, ARCHITECTURE), (EQUAL, 1, 0, machine.architecture), _returns(KILL)]
    steps.append((LOAD, 0, 0, NUMBER))
    if machine is MACHINES["x86_64"]:
        steps += [(AT_LEAST, 0, 1, X32), _returns(REFUSE)]
    for number in machine.free.values():
        steps += [(EQUAL, 0, 1, number), _returns(ALLOW)]
    for number in machine.read:
        steps += _if_called(number, _argument(0, *((EQUAL, fd) for fd in sources)))
    steps += _if_called(machine.write, _argument(0, (EQUAL, sink)))
    anonymous = _argument(3, (ANY_BIT, MAP_ANONYMOUS))
    steps += _if_called(machine.mmap, [*_argument(2, (ANY_BIT, PROT_EXEC), then=REFUSE, other=None), *anonymous])
    steps += _if_called(machine.mprotect, _argument(2, (ANY_BIT, PROT_EXEC), then=REFUSE, other=ALLOW))
    return [*steps, _returns(REFUSE)]


def shut_in(sources: Collection[int], sink: int) -> None:
    """From now on, for good: reading from `sources`, writing to `sink`, and nothing else."""
    machine = MACHINES.get(platform.machine())
    if machine is None:
        raise SandboxError(f"no list of system calls for {platform.machine()}")
    steps = program(machine, sources, sink)
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    packed = ctypes.create_string_buffer(struct.pack("@HP", len(steps), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise SandboxError("the kernel refuses no_new_privs")
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.c_void_p(ctypes.addressof(packed)), 0, 0):
        raise SandboxError("the kernel refuses a filter of system calls (CONFIG_SECCOMP_FILTER)")


def possible() -> bool:
    """Whether `shut_in` works here: a child tries it, whose exit code tells."""
    return not ended(start(_try), wait=True)


def _try() -> None:
    try:
        shut_in([0], 1)
    except SandboxError:
        os._exit(1)


def _returns(what: int) -> Step:
    return RETURN, 0, 0, what


def _if_called(number: int, body: list[Step]) -> list[Step]:
    """The body decides if this is the call; it ends with a return, and so loads nothing that others need."""
    return [(EQUAL, 0, len(body), number), *body]


def _argument(at: int, *tests: tuple[int, int], then: int = ALLOW, other: int | None = REFUSE) -> list[Step]:
    """Looks at the lower half of an argument (descriptors and flags have 32 bits): `then` if a test holds."""
    steps: list[Step] = [(LOAD, 0, 0, ARGUMENTS + 8 * at)]
    for test, value in tests:
        steps += [(test, 0, 1, value), _returns(then)]
    return steps if other is None else [*steps, _returns(other)]
