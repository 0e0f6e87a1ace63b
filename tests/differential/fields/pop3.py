"""POP3: the greeting, which is the first that a server says."""

from __future__ import annotations

from collections.abc import Iterator

from tests.differential.table import SENDER, Frame, Shown, Table

TEXT, FROM_SERVER = "pop.response.description", "tcp.seq"


def greeting(frame: Frame) -> Iterator[tuple[str, str]]:
    """The stamp for APOP that may end it is another one each time."""
    if frame.last(FROM_SERVER) == "1" and frame.last(TEXT):
        yield frame.host(SENDER), frame.last(TEXT).partition("<")[0].strip()


TABLE = Table((Shown("pop3.banner", (TEXT,), needs=(FROM_SERVER,), read=greeting),), decode_as={"pop3": "pop"})
