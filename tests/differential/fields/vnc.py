"""VNC: versions, and how one logs in."""

from __future__ import annotations

from collections.abc import Iterable

from tests.differential.table import Shown, Table

KINDS = {"1": "none", "2": "vnc", "16": "tight", "18": "tls", "19": "vencrypt"}  # RFC 6143 section 8.1.2


def version(value: str) -> Iterable[str]:
    major, _, minor = value.partition(".")
    return (f"{int(major)}.{int(minor)}",)


def kind(value: str) -> Iterable[str]:
    return (KINDS.get(value, value),) if value != "0" else ()


TABLE = Table(
    (
        Shown("vnc.version", ("vnc.server_proto_ver", "vnc.client_proto_ver"), text=version),
        Shown("vnc.security", ("vnc.security_type", "vnc.server_security_type"), text=kind),
    ),
    decode_as={"vnc": "vnc"},
)
