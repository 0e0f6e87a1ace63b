"""Lantronix device servers: what they answer over UDP port 30718 (77FE). XPort and UDS-10 user guides, chapter on UDP.

  0 zero 3   3 command   4 what belongs to it
  F7 firmware    16 bytes of its image, with the software type at 4; 4 bytes of device information; newer ones: MAC 6
  F9 setup       a record of 120 bytes, which anybody may ask for: address 0, password at 8; the same to change it (FA)

The password is looked at only for whether there is one.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsers.api import RECEIVER, SENDER, DatagramSpec, Event, Flag, Odd, Said
from parsers.reading import mac_text

HEAD = 4
FIRMWARE_ASKED, FIRMWARE, SETUP_ASKED, SETUP, CONFIGURE, CONFIGURED = 0xF6, 0xF7, 0xF8, 0xF9, 0xFA, 0xFB
RECORD = 120  # the support of the maker also tells of 120 bytes with the head
SIZES = {
    FIRMWARE_ASKED: frozenset({HEAD}),
    FIRMWARE: frozenset({24, 30}),
    SETUP_ASKED: frozenset({HEAD}),
    SETUP: frozenset({RECORD, HEAD + RECORD}),
    CONFIGURE: frozenset({HEAD + RECORD}),
    CONFIGURED: frozenset({HEAD}),
}
TYPE = slice(HEAD + 4, HEAD + 6)
MAC = slice(24, 30)
PASSWORD = slice(HEAD + 8, HEAD + 12)


def probe(first: bytes) -> bool:
    if len(first) < HEAD or first[:3] != b"\0\0\0" or len(first) not in SIZES.get(first[3], ()):
        return False
    return first[3] != FIRMWARE or (first[TYPE].isalnum() and first[TYPE].isascii())


def read(data: bytes) -> Iterator[Event]:
    if not probe(data):
        yield Odd("lantronix.malformed")
    elif data[3] == FIRMWARE:
        mac = data[MAC]
        named = (("lantronix.mac", mac_text(mac)),) if any(mac) else ()
        yield Said(SENDER, (("lantronix.type", data[TYPE].decode("ascii")), *named))
    elif data[3] == SETUP:
        yield Said(SENDER, (("lantronix.answers", "setup"),))
        if any(data[PASSWORD]):
            yield Flag("lantronix.password_readable")
    elif data[3] == CONFIGURE:
        yield Flag("lantronix.configured", RECEIVER)


SPEC = DatagramSpec(
    name="lantronix",
    title="Lantronix setup",
    carriers=frozenset({"udp"}),
    ports=frozenset({30718}),
    probe=probe,
    read=read,
    emits={"lantronix.type": 0.9, "lantronix.mac": 0.9, "lantronix.answers": 0.8},
    findings={
        "lantronix.password_readable": "It tells its setup password to anybody who asks for its setup record.",
        "lantronix.configured": "Its setup was changed over the network by a protocol without authentication.",
    },
    never_reads="the password and the settings of the setup record",
)
