"""Events to a URL as JSON, signed with HMAC-SHA256 so that the receiver knows who sent them (RFC 2104)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

import msgspec

from sensor.push.client import Client
from sensor.push.events import Event

SIGNATURE = "X-Auscult-Signature"  # sha256=<hex of the body's HMAC>


class Webhook:
    """Sends a batch of events in one request: {"events": [...]}."""

    def __init__(self, client: Client, secret: str) -> None:
        self._client = client
        self._secret = secret.encode()

    def send(self, events: Iterable[Event]) -> None:
        """Raises PushError; then none of these was taken, or the receiver must know them by their content."""
        body = msgspec.json.encode({"events": [event.as_object() for event in events]})
        headers = {SIGNATURE: signature(body, self._secret)} if self._secret else {}
        self._client.ask("POST", self._client.base.rstrip("/"), body, headers=headers)


def signature(body: bytes, secret: bytes) -> str:
    """As the header has it."""
    return f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}"
