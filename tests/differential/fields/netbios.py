"""NetBIOS datagrams and announcements to browsers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.differential.table import SENDER, Differs, Frame, Shown, Table

COMMAND, SERVER, SOURCE = "browser.command", "browser.server", "nbdgm.source_name"
MAJOR, MINOR = "browser.os_major", "browser.os_minor"
UNIX, NT = "browser.server_type.xenix", ("ntw", "nts", "w95")
KINDS = (UNIX, *(f"browser.server_type.{kind}" for kind in NT))
COMPUTER = re.compile(r"([^<]+)<(?:00|20)>(?: \(.*\))?")
HOST, LOCAL_MASTER = 1, 15


def names(frame: Frame) -> Iterator[tuple[str, str]]:
    if found := COMPUTER.fullmatch(frame.last(SOURCE)):
        yield frame.host(SENDER), found[1]
    if announces(frame) and frame.last(SERVER):
        yield frame.host(SENDER), frame.last(SERVER)


def announces(frame: Frame) -> bool:
    return frame.last(COMMAND) != "" and int(frame.last(COMMAND), 0) in (HOST, LOCAL_MASTER)


def version(frame: Frame) -> Iterator[tuple[str, str]]:
    unix, *kinds = (frame.last(kind) in ("1", "True") for kind in KINDS)
    if announces(frame) and any(kinds) and not unix:
        yield frame.host(SENDER), f"{frame.last(MAJOR)}.{frame.last(MINOR)}"


LONG = "a name has 15 characters (RFC 1001 section 14.1), although the field has room for 16"
TABLE = Table(
    (
        Shown("netbios.name", (SOURCE,), needs=(COMMAND, SERVER), over=":udp:nbdgm", read=names),
        Shown("netbios.os_version", (MAJOR,), needs=(MINOR, COMMAND, *KINDS), over=":udp:nbdgm", read=version),
    ),
    differs=(
        Differs("nfstream_nfstream__tests_pcaps_1kxun.pcap", "netbios.name", LONG, theirs=("SANJI-LIFEBOOK-L",)),
        Differs("ntop_nDPI__tests_cfgs_default_pcap_1kxun.pcap", "netbios.name", LONG, theirs=("SANJI-LIFEBOOK-L",)),
    ),
)
