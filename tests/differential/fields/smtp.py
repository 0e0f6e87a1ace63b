"""SMTP: the name that a client gives. tshark shows greetings whole."""

from __future__ import annotations

from collections.abc import Iterable

from tests.differential.table import SENDER, Frame, Shown, Table

FIELDS = ("smtp.req.command", "smtp.req.parameter")


def helo(frame: Frame) -> Iterable[tuple[str, str]]:
    if frame.last("smtp.req.command").upper() not in ("EHLO", "HELO"):
        return ()
    return [(frame.host(SENDER), text.lower()) for text in frame.all("smtp.req.parameter") if not text.startswith("[")]


def greeting(frame: Frame) -> Iterable[tuple[str, str]]:
    name = frame.last("smtp.rsp.parameter").split(" ")[0]
    if frame.last("smtp.response.code") != "220" or "SMTP" not in frame.last("smtp.rsp.parameter") or "SMTP" in name:
        return ()
    return [(frame.host(SENDER), name.lower())]


TABLE = Table(
    (
        Shown("smtp.client_host_name", FIELDS, read=helo),
        Shown("smtp.host_name", ("smtp.response.code", "smtp.rsp.parameter"), read=greeting),
    ),
    decode_as={"smtp": "smtp"},
)
