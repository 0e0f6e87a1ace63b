"""Opens the first packets of QUIC, whose keys anybody can derive. RFC 9001 section 5, RFC 9369 clause 3.3."""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

from msgspec import Struct

SAMPLE, TAG, NONCE = 16, 16, 12
SAMPLE_AT = 4  # behind where the packet number begins, as if that took four bytes
KEPT = 64  # keys kept ready: a client says its hello in two or three datagrams


class Version(Struct, frozen=True):
    salt: bytes
    prefix: str  # of the labels
    initial: int  # the two bits that say "initial"


VERSIONS = {
    0x00000001: Version(bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"), "quic ", 0),
    0x6B3343CF: Version(bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9"), "quicv2 ", 1),
}


class Keys(Struct, frozen=True):
    key: bytes
    iv: bytes
    head: bytes


@lru_cache(maxsize=KEPT)
def keys(number: int, destination: bytes) -> Keys:
    """Of the client, for the connection id that it chose for its server."""
    version = VERSIONS[number]
    initial = hmac.new(version.salt, destination, "sha256").digest()
    client = expanded(initial, "client in", 32)
    prefix = version.prefix
    return Keys(
        expanded(client, prefix + "key", 16),
        expanded(client, prefix + "iv", NONCE),
        expanded(client, prefix + "hp", 16),
    )


def expanded(secret: bytes, label: str, size: int) -> bytes:
    """HKDF-Expand-Label without context, of at most one hash (RFC 8446 section 7.1)."""
    name = b"tls13 " + label.encode()
    info = size.to_bytes(2, "big") + bytes((len(name),)) + name + b"\0\1"
    return hmac.new(secret, info, hashlib.sha256).digest()[:size]


def opened(packet: bytes, number_at: int, own: Keys) -> bytes | None:
    """The frames of a protected packet whose number begins there; None: somebody else's, or broken."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    sample = packet[number_at + SAMPLE_AT : number_at + SAMPLE_AT + SAMPLE]
    if len(sample) < SAMPLE:
        return None
    mask = masking(own.head, sample)
    first = packet[0] ^ mask[0] & 0x0F
    size = (first & 3) + 1
    number = bytes(a ^ b for a, b in zip(packet[number_at : number_at + size], mask[1:], strict=False))
    begin = number_at + size
    head = bytes((first,)) + packet[1:number_at] + number
    nonce = bytes(a ^ b for a, b in zip(own.iv, number.rjust(NONCE, b"\0"), strict=True))
    try:
        return AESGCM(own.key).decrypt(nonce, packet[begin:], head)
    except InvalidTag:
        return None


def masking(key: bytes, sample: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(sample)  # noqa: S305 - RFC 9001 section 5.4.3


def load_late() -> None:
    """See `parsers.api.load_late`."""
    opened(bytes(SAMPLE_AT + SAMPLE + TAG), 0, keys(1, b""))
