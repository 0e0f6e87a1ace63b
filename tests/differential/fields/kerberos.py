"""Kerberos, over UDP and TCP, with its key server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.differential.table import RECEIVER, SENDER, Frame, Shown, Table

KIND, CLIENT = "kerberos.msg_type", "kerberos.CNameString"
AS_REQUEST, TGS_REQUEST = "10", "12"
ANSWERS = ("11", "13", "30")


def computers(frame: Frame) -> Iterator[tuple[str, str]]:
    """A request is of its sender; tickets and what they are asked with are within it, so the last name need not do."""
    kinds = frame.all(KIND)
    host = frame.host(SENDER if kinds and kinds[0] in (AS_REQUEST, TGS_REQUEST) else RECEIVER)
    for name in frame.all(CLIENT):
        if name.endswith("$") and kinds and kinds[0] in (AS_REQUEST, *ANSWERS):
            yield host, name.removesuffix("$").upper()


def at_its_server(frame: Frame) -> bool:
    """Not within another protocol."""
    return frame.layers.endswith((":udp:kerberos", ":tcp:kerberos"))


def netbios(value: str) -> Iterable[str]:
    text = value.partition("<")[0].strip()
    return (text,) if text else ()


def realms(frame: Frame) -> Iterator[tuple[str, str]]:
    """A request's own stands behind that of the ticket that it shows; a reply and an error have one."""
    yield frame.host(SENDER), frame.last("kerberos.realm").lower()


TABLE = Table(
    (
        Shown("kerberos.computer", (CLIENT,), needs=(KIND,), when=at_its_server, read=computers),
        Shown("kerberos.realm", ("kerberos.realm",), when=at_its_server, read=realms),
        Shown("kerberos.workstation", ("kerberos.addr_nb",), text=netbios, when=at_its_server),
    ),
)
