"""SNMP: strings by their place among the names; engine ids where the sender is the authoritative one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.differential.table import SENDER, TEXT_MAX, Frame, Shown, Table

NAME, OCTETS, ENGINE, FLAGS = "snmp.name", "snmp.value.octets", "snmp.msgAuthoritativeEngineID", "snmp.msgFlags"
SYSTEM = "1.3.6.1.2.1.1"
NO_STRINGS = (f"{SYSTEM}.2.0", f"{SYSTEM}.3.0", f"{SYSTEM}.7.0", "1.3.6.1.6.3.1.1.4.1.0")
AGENT = "snmp.agent_addr"


def text(octets: str) -> str:
    try:
        return " ".join(bytes.fromhex(octets.replace(":", "")).decode().split())[:TEXT_MAX]
    except ValueError:
        return ""


def string(*names: str) -> Callable[[Frame], Iterator[tuple[str, str]]]:
    """tshark gives the values of each type by themselves, so that strings are told by what is known to be none."""

    def read(frame: Frame) -> Iterator[tuple[str, str]]:
        asked, values = [name for name in frame.all(NAME) if name not in NO_STRINGS], frame.all(OCTETS)
        if len(asked) != len(values):
            return
        host = frame.last(AGENT) or frame.host(SENDER)
        for name, value in zip(asked, values, strict=True):
            if name in names and (shown := text(value)).isprintable() and shown:
                yield host, shown

    return read


def object_id(frame: Frame) -> Iterator[tuple[str, str]]:
    """Of the values that are object ids, where sysObjectID is the only one."""
    ids = frame.all("snmp.value.oid")
    if f"{SYSTEM}.2.0" in frame.all(NAME) and len(ids) == 1:
        yield frame.last(AGENT) or frame.host(SENDER), ids[0]


def engine(frame: Frame) -> Iterator[tuple[str, str]]:
    """Not of what wants an answer (flag 4), where it is the receiver's; no texts that people thought up (format 4)."""
    raw = frame.last(ENGINE).replace(":", "")
    if not int(frame.last(FLAGS) or "4", 16) & 4 and len(raw) >= 10 and raw[8:10] != "04":
        yield frame.host(SENDER), raw


TABLE = Table(
    (
        Shown("snmp.sys_name", (NAME, OCTETS), needs=(AGENT,), read=string(f"{SYSTEM}.5.0")),
        Shown("snmp.sys_descr", (NAME, OCTETS), needs=(AGENT,), read=string(f"{SYSTEM}.1.0")),
        Shown("snmp.sys_object_id", ("snmp.value.oid",), needs=(NAME, AGENT), read=object_id),
        Shown("snmp.sys_location", (NAME, OCTETS), needs=(AGENT,), read=string(f"{SYSTEM}.6.0")),
        Shown("snmp.engine_id", (ENGINE,), needs=(FLAGS,), read=engine),
    )
)
