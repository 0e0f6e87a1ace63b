"""SIP: programs, hosts of contacts."""

from __future__ import annotations

from collections.abc import Iterable

from tests.differential.table import SENDER, Frame, Shown, Table, plain

NEEDS = ("sip.Via", "sip.Record-Route", "sip.Method", "sip.Status-Code")


def own(frame: Frame) -> bool:
    """Whether no proxy stands between: one Via, and in an answer no route."""
    hops = [hop for via in frame.all("sip.Via") for hop in via.split(",")]
    if frame.last("sip.Status-Code") == "100":
        return True
    return len(hops) == 1 and not (frame.all("sip.Record-Route") and not frame.all("sip.Method"))


def contact(frame: Frame) -> Iterable[tuple[str, str]]:
    if frame.last("sip.Method") != "REGISTER" or not own(frame):
        return ()
    return [(frame.host(SENDER), text.lower()) for text in frame.all("sip.contact.host")[:1]]


TABLE = Table(
    (
        Shown("sip.user_agent", ("sip.User-Agent",), text=plain, when=own, needs=NEEDS),
        Shown("sip.server", ("sip.Server",), text=plain, when=own, needs=NEEDS),
        Shown("sip.host", ("sip.contact.host", *NEEDS), read=contact),
    ),
    decode_as={"sip_tcp": "sip"},
)
