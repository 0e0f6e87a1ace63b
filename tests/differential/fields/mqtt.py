"""MQTT: who logs in to a broker."""

from __future__ import annotations

from tests.differential.table import Shown, Table

TABLE = Table(
    (Shown("mqtt.client_id", ("mqtt.clientid",)),),
    decode_as={"mqtt": "mqtt"},
)
