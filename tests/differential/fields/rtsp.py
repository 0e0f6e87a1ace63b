"""RTSP: what describes a stream. tshark shows the headers that name programs only as text of a line."""

from __future__ import annotations

from collections.abc import Iterable

from tests.differential.table import Shown, Table


def tool(value: str) -> Iterable[str]:
    field, _, text = value.partition(":")
    return (text,) if field == "tool" else ()


TABLE = Table(
    (
        Shown("rtsp.session_name", ("sdp.session_name",), over=":rtsp"),
        Shown("rtsp.tool", ("sdp.session_attr",), text=tool, over=":rtsp"),
    ),
    decode_as={"rtsp": "rtsp"},
)
