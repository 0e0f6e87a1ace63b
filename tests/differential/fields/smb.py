"""SMB over TCP, and NTLMSSP in it."""

from __future__ import annotations

from collections.abc import Iterable

from tests.differential.ntlm import shown
from tests.differential.table import Frame, Shown, Table

RESPONSE, COMMAND = "smb2.flags.response", "smb2.cmd"
WORDS, NT_LM = "smb.wct", "NT LM 0.12"
DIALECTS = {0x202: "2.0.2", 0x210: "2.1", 0x300: "3.0", 0x302: "3.0.2", 0x311: "3.1.1"}


def chosen(value: str) -> Iterable[str]:
    number = int(value, 0)
    return (DIALECTS[number],) if number in DIALECTS else ()


def answers(frame: Frame) -> bool:
    """The answer to a negotiation."""
    return frame.last(RESPONSE) in ("1", "True") and frame.last(COMMAND) == "0"


def first(frame: Frame) -> bool:
    """An answer in the words of NT LM 0.12 (MS-CIFS 2.2.4.52.2)."""
    return frame.last(WORDS) == "17"


TABLE = Table(
    (
        Shown("smb.dialect", ("smb2.dialect",), text=chosen, when=answers, needs=(RESPONSE, COMMAND)),
        Shown("smb.dialect", ("smb.dialect.index",), text=lambda _: (NT_LM,), when=first, needs=(WORDS,)),
        Shown("smb.native_os", ("smb.native_os",)),
        Shown("smb.native_lan_manager", ("smb.native_lanman",)),
        *shown("smb", ":nbss:"),
    ),
)
