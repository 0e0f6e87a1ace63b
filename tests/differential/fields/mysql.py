"""MySQL: the version of the server."""

from __future__ import annotations

from tests.differential.table import Shown, Table

TABLE = Table((Shown("mysql.version", ("mysql.version",)),), decode_as={"mysql": "mysql"})
