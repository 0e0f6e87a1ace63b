"""TDS: host and program of a client."""

from __future__ import annotations

from tests.differential.table import Shown, Table

TABLE = Table(
    (
        Shown("tds.client_computer", ("tds.7login.clientname",)),
        Shown("tds.application", ("tds.7login.appname",)),
        Shown("tds.library", ("tds.7login.libraryname",)),
    ),
    decode_as={"tds": "tds"},
)
