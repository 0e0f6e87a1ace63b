"""MQTT 3.1, 3.1.1 and 5: who talks to a broker, and whether it lets everybody in. OASIS MQTT, chapters 2 and 3.

  0 kind 4 bits, flags 4 bits   length of the rest, in 1 to 4 bytes of 7 bits each, lowest first
  connect      name, counted 2   version 1   flags 1   keep alive 2   (5: properties, counted)   client id, counted 2
  acknowledge  flags 1   code 1   (5: properties, counted)

Behind the client id come will, user and password: never read, and nothing behind these two packets is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from parsers.api import RECEIVER, SENDER, Done, Event, Flag, Odd, Said, StreamParser, StreamSpec
from parsers.reading import printable, u16
from parsers.units import Units

CONNECT, ACKNOWLEDGE = 0x10, 0x20
LENGTH_MAX = 4  # bytes of a length (section 2.2.3)
OPENINGS = {
    b"\0\4MQTT\4": "3.1.1",
    b"\0\4MQTT\5": "5",
    b"\0\6MQIsdp\3": "3.1",
    b"\0\6MQIsdp\x83": "3.1",
    b"\0\4MQTT\x84": "3.1.1",
}
VERSION_5 = "5"
RESERVED, USER, PASSWORD = 0x01, 0x80, 0x40
ACCEPTED, REFUSALS = 0, 5  # codes of 3.1.1 (section 3.2.2.3); those of 5 are from 0x80 on
SERVER_REFERENCE, CLIENT_ID = 0x1C, 0x12  # properties of an acknowledgement in 5 (section 3.2.2.3)
# the other ones that may be there: bytes that each takes
FIXED = {0x11: 4, 0x21: 2, 0x24: 1, 0x25: 1, 0x27: 4, 0x22: 2, 0x28: 1, 0x29: 1, 0x2A: 1, 0x13: 2}
COUNTED = frozenset((SERVER_REFERENCE, CLIENT_ID, 0x1A, 0x15, 0x1F, 0x16))
PAIR = 0x26
PROPERTIES_MAX = 32


def length(head: bytes | bytearray) -> tuple[int, int]:
    """Of the rest, and where it begins; (0, 0): more bytes are needed; (-1, 0): it is none."""
    total = 0
    for at in range(1, min(len(head), 1 + LENGTH_MAX)):
        total |= (head[at] & 0x7F) << 7 * (at - 1)
        if not head[at] & 0x80:
            return total, at + 1
    return (-1, 0) if len(head) > LENGTH_MAX else (0, 0)


def probe(first: bytes) -> bool | None:
    """A client's first packet by the name of the protocol; a broker's by its few possible forms."""
    if not first:
        return None
    if first[0] not in (CONNECT, ACKNOWLEDGE):
        return False
    size, at = length(first)
    if size < 0:
        return False
    if at == 0:
        return None
    if first[0] == CONNECT:
        opening = first[at : at + 9]
        if any(opening.startswith(name) for name in OPENINGS):
            return True
        return None if any(name.startswith(opening) for name in OPENINGS) else False
    if size == 2:
        if len(first) < 4:
            return None
        return first[2] <= 1 and first[3] <= REFUSALS and first[2] * first[3] == 0
    if size < 3 or len(first) < 5:
        return None if size >= 3 else False
    return first[at] <= 1 and (first[at + 1] == 0 or first[at + 1] >= 0x80) and first[at + 2] == size - 3


class Opening(Units):
    protocol = "mqtt"
    kind = 0

    def measure(self, head: bytes | bytearray) -> int:
        if head[0] != self.kind:
            return -1
        size, at = length(head)
        return size + at if at else size

    def unit(self, data: bytes) -> Iterator[Event]:
        yield from self.opened(data, length(data)[1])
        yield Done()

    def opened(self, data: bytes, at: int) -> Iterable[Event]:
        raise NotImplementedError


class Client(Opening):
    kind = CONNECT

    def __init__(self) -> None:
        super().__init__()
        self.version = ""
        self.anonymous = False

    def opened(self, data: bytes, at: int) -> Iterator[Event]:
        name = next((name for name in OPENINGS if data.startswith(name, at)), b"")
        at += len(name)
        if not name or at + 3 > len(data) or data[at] & RESERVED:
            yield Odd("mqtt.malformed")
            return
        self.version = OPENINGS[name]
        flags = data[at]
        at += 3
        if self.version == VERSION_5:
            size, step = length(b"\0" + data[at : at + LENGTH_MAX])
            at += size + step - 1
        client_id = counted(data, at)
        if client_id is None:
            yield Odd("mqtt.malformed")
            return
        self.anonymous = not flags & (USER | PASSWORD)
        fields = [("mqtt.version", self.version), ("mqtt.role", "client")]
        if text := printable(client_id):
            fields.append(("mqtt.client_id", text))
        yield Said(SENDER, tuple(fields))
        if flags & PASSWORD:
            yield Flag("mqtt.password_in_clear", RECEIVER)


class Broker(Opening):
    kind = ACKNOWLEDGE

    def __init__(self, client: Client) -> None:
        super().__init__()
        self._client = client

    def opened(self, data: bytes, at: int) -> Iterator[Event]:
        if len(data) < at + 2:
            yield Odd("mqtt.malformed")
            return
        yield Said(SENDER, (("mqtt.role", "broker"),))
        if data[at + 1] == ACCEPTED and self._client.anonymous:
            yield Flag("mqtt.anonymous")
        if len(data) > at + 2:
            told = properties(data, at + 2)
            if server := printable(told.get(SERVER_REFERENCE, b"")):
                yield Said(SENDER, (("mqtt.server_reference", server),))
            if given := printable(told.get(CLIENT_ID, b"")):
                yield Said(RECEIVER, (("mqtt.assigned_client_id", given),))


def counted(data: bytes, at: int) -> bytes | None:
    if at + 2 > len(data) or at + 2 + u16(data, at) > len(data):
        return None
    return data[at + 2 : at + 2 + u16(data, at)]


def properties(data: bytes, at: int) -> dict[int, bytes]:
    """The texts among those of an acknowledgement, up to one that is not known."""
    found: dict[int, bytes] = {}
    at += length(b"\0" + data[at : at + LENGTH_MAX])[1] - 1
    for _ in range(PROPERTIES_MAX):
        kind = data[at] if at < len(data) else 0
        if kind in FIXED:
            at += 1 + FIXED[kind]
        elif kind in COUNTED or kind == PAIR:
            at += 1
            for _each in range(1 + (kind == PAIR)):
                text = counted(data, at)
                if text is None:
                    return found
                if kind in (SERVER_REFERENCE, CLIENT_ID):
                    found[kind] = text
                at += 2 + len(text)
        else:
            break
    return found


def make() -> tuple[StreamParser, StreamParser]:
    client = Client()
    return client, Broker(client)


SPEC = StreamSpec(
    name="mqtt",
    title="MQTT",
    ports=frozenset({1883}),
    probe=probe,
    make=make,
    emits={
        "mqtt.version": 0.5,
        "mqtt.role": 0.8,
        "mqtt.client_id": 0.5,
        "mqtt.assigned_client_id": 0.3,
        "mqtt.server_reference": 0.5,
    },
    findings={
        "mqtt.password_in_clear": "A password for this broker crosses the network in clear (MQTT).",
        "mqtt.anonymous": "Lets anybody in without a name and a password (MQTT).",
    },
    never_reads="topics, messages, wills, users, passwords",
)
