"""FTP: what a server says it is. tshark shows each reply whole; a host before the program stands by itself."""

from __future__ import annotations

from collections.abc import Iterator

from tests.differential.table import SENDER, Differs, Frame, Shown, Table

CODE, TEXT = "ftp.response.code", "ftp.response.arg"
GREETING, SYSTEM = "220", "215"


def greeting(frame: Frame) -> tuple[str, str]:
    """The host, where the first word is a name in a domain, and the rest."""
    text = frame.last(TEXT).strip()
    first, _, rest = text.partition(" ")
    return (first.lower(), rest) if "." in first and rest.startswith("FTP") else ("", text)


def banner(frame: Frame) -> Iterator[tuple[str, str]]:
    if frame.last(CODE) == GREETING and greeting(frame)[1]:
        yield frame.host(SENDER), greeting(frame)[1]


def host(frame: Frame) -> Iterator[tuple[str, str]]:
    if frame.last(CODE) == GREETING and greeting(frame)[0]:
        yield frame.host(SENDER), greeting(frame)[0]


def system(frame: Frame) -> Iterator[tuple[str, str]]:
    if frame.last(CODE) == SYSTEM:
        yield frame.host(SENDER), frame.last(TEXT).strip()


TABLE = Table(
    (
        Shown("ftp.banner", (CODE,), needs=(TEXT,), read=banner),
        Shown("ftp.host_name", (CODE,), needs=(TEXT,), read=host),
        Shown("ftp.system", (CODE,), needs=(TEXT,), read=system),
    ),
    differs=(
        Differs(
            "zeek_zeek__testing_btest_Traces_ftp_ipv6.pcap",
            "ftp.system",
            "asked for behind a log-in, which ends what is read",
            theirs=("UNIX Type: L8 Version: NetBSD-ftpd 20100320",),
        ),
    ),
    decode_as={"ftp": "ftp"},
)
