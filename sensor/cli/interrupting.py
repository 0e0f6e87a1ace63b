"""Ctrl-C, also where Python would swallow it."""

from __future__ import annotations

import signal
import sys

AGAIN_AFTER = 0.02  # seconds: by then the callback that swallowed it is over


def never_swallowed() -> None:
    """An interrupt that lands in a finaliser or in a callback of a weak reference cannot be raised there: Python prints
    it and goes on, and the program that was told to stop does not. Here it comes again a moment later."""
    print_it = sys.unraisablehook

    def swallowed(about: sys.UnraisableHookArgs) -> None:
        if about.exc_type is KeyboardInterrupt:
            signal.setitimer(signal.ITIMER_REAL, AGAIN_AFTER)
        else:
            print_it(about)

    sys.unraisablehook = swallowed
    signal.signal(signal.SIGALRM, signal.default_int_handler)
