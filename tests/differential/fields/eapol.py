"""EAP over LANs: versions and kinds of message. What an identity is, neither side is asked."""

from __future__ import annotations

from collections.abc import Iterable

from tests.differential.table import Shown, Table

KINDS = ("eap", "start", "logoff", "key", "alert", "macsec")
METHODS = {"4": "md5", "13": "tls", "17": "leap", "21": "ttls", "25": "peap"}


def kind(value: str) -> Iterable[str]:
    return KINDS[int(value) : int(value) + 1]


def method(value: str) -> Iterable[str]:
    return (METHODS[value],) if value in METHODS else ()


TABLE = Table(
    (
        Shown("eapol.version", ("eapol.version",)),
        Shown("eapol.message", ("eapol.type",), kind),
        Shown("eapol.method", ("eap.type",), method),
    )
)
