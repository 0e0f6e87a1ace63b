"""CoAP: hosts that are meant."""

from __future__ import annotations

from tests.differential.table import RECEIVER, Shown, Table

TABLE = Table((Shown("coap.host", ("coap.opt.uri_host",), whose=RECEIVER),))
