"""Child processes that share what their parent has loaded, and talk to it through one pipe."""

from __future__ import annotations

import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable, Collection
from contextlib import suppress

FAILED = 70  # os.EX_SOFTWARE
LEFT_TO_THE_PARENT = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # a terminal sends them to all at once


def start(work: Callable[[], None], *, close: Collection[int] = ()) -> int:
    """Runs `work` in a child, without the descriptors `close`; its process id. When the work is done, so is the child:
    what the parent would do at its own end (write a database's last page, say) is not done twice."""
    sys.stdout.flush()
    sys.stderr.flush()
    gc.freeze()  # what is there now is left alone, so that memory stays shared
    child = os.fork()
    if child:
        gc.unfreeze()
        return child
    code = FAILED
    try:
        for number in LEFT_TO_THE_PARENT:
            signal.signal(number, signal.SIG_IGN)
        for fd in close:
            with suppress(OSError):
                os.close(fd)
        work()
        code = 0
    except BrokenPipeError:  # nobody listens any more
        code = 0
    except BaseException:  # noqa: BLE001 - whatever it is: said, and then the child is over
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def ended(child: int, *, wait: bool = False) -> int | None:
    """The exit code of a child of ours (negative: the signal that ended it), None while it runs."""
    found, status = os.waitpid(child, 0 if wait else os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None
