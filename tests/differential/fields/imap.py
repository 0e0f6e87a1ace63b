"""IMAP: the greeting, which is the first that a server says, without its list of capabilities."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.differential.table import SENDER, Frame, Shown, Table

LINE, FROM_SERVER = "imap.line", "tcp.seq"
GREETING = re.compile(r"\* (?:OK|PREAUTH) (?:\[[^\]]*\] )?(?P<text>[^\\]+)")


def greeting(frame: Frame) -> Iterator[tuple[str, str]]:
    found = GREETING.match(frame.last(LINE)) if frame.last(FROM_SERVER) == "1" else None
    if found is not None:
        yield frame.host(SENDER), found["text"].strip()


TABLE = Table((Shown("imap.banner", (LINE,), needs=(FROM_SERVER,), read=greeting),), decode_as={"imap": "imap"})
