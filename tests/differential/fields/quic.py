"""QUIC: the server that is meant, out of the client's first packets."""

from __future__ import annotations

from tests.differential.table import RECEIVER, Shown, Table, lower

TABLE = Table((Shown("quic.sni", ("tls.handshake.extensions_server_name",), lower, whose=RECEIVER, over=":quic"),))
