"""What a worker gives up: user, rights, descriptors, core dumps. What it will need is loaded before."""

from __future__ import annotations

import ctypes
import encodings
import os
import pkgutil
import pwd
import resource
import struct
from collections.abc import Collection
from contextlib import suppress
from importlib import import_module

from parsers.api import load_late

USERS = ("auscult", "nobody")  # who a worker becomes if nobody was named: the service's own user, if there is one

# sys/prctl.h, linux/capability.h
PR_SET_DUMPABLE = 4
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
CAPABILITY_VERSION = 0x20080522
FILES = 0b1111  # CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER: root's way to its own files
NO_CODEC_FOR = frozenset({"mbcs", "oem", "cp65001"})  # Windows alone has these


class UserError(Exception):
    """The user that workers are to become is not there."""


def worker_user(name: str) -> pwd.struct_passwd:
    """Who workers run as."""
    for candidate in [name] if name else USERS:
        with suppress(KeyError):
            found = pwd.getpwnam(candidate)
            if found.pw_uid == 0:
                raise UserError(f"--user {candidate}: a worker must not be root")
            return found
    raise UserError(f"--user {name or USERS[0]}: no such user; make one, or name another")


def load_everything() -> None:
    """Codecs are modules that Python would look for when a text first needs one, and by then no file can be opened."""
    for module in pkgutil.iter_modules(encodings.__path__):
        if module.name not in NO_CODEC_FOR:
            with suppress(ImportError):
                import_module(f"encodings.{module.name}")
    for name in ("unicodedata", "stringprep", "ipaddress", "zlib"):
        import_module(name)
    load_late()


def no_core_dumps() -> None:
    """Memory holds what was on the wire."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def close_all_but(kept: Collection[int]) -> None:
    """Descriptors that were inherited: database, other workers' sockets, terminal."""
    last = 0
    for fd in sorted(kept):
        os.closerange(last, fd)
        last = fd + 1
    os.closerange(last, max(1 << 16, resource.getrlimit(resource.RLIMIT_NOFILE)[0]))


def give_up(user: pwd.struct_passwd | None, keep: int = 0) -> None:
    """Becomes that user, if we are root; in any case without a capability but `keep`, a set of bits."""
    if os.geteuid() == 0 and user is not None:
        os.setgroups([])
        os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
        os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    sets = struct.pack("=6I", keep, keep, 0, 0, 0, 0)  # effective, permitted, inheritable; the upper halves
    if libc.capset(struct.pack("=Ii", CAPABILITY_VERSION, 0), sets):
        raise OSError(ctypes.get_errno(), "capabilities cannot be given up")
    no_core_dumps()  # changing the user makes a process dumpable again
