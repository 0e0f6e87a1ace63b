"""CPC Bernoulli, a gateway of bedside devices: the devices of a ward, as it tells subscribers of them. XML over TCP.

Written from a program that subscribes to one (mdpnp/mdpnp Bernoulli.java), not checked with a gateway. Documents come
one after the other:

  <cpc seq=".." datetime=".." type=".." bid=".." conntype="subscriber"><device bid="*"/></cpc>     from who subscribes
  <cpc seq=".." datetime=".." ..><device bid="bed" make=".." model=".."><s ..>, <m ..>, <mg ..>    from the gateway
  <cpc><device bid="bed"><cmd>..</cmd></device></cpc>                                    a command to a device

The devices stand behind the gateway, each told by model and bed. Settings (s), measurements (m, mg) and alarms are text
or lie between tags that are not looked into.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.api import RECEIVER, SENDER, TEXT_MAX, About, Event, Flag, Id, Odd, Said, StreamParser, StreamSpec
from parsers.tags import TAG_MAX, Tags, attribute, undeclared, value

DEVICES_MAX = 256  # of one direction; a gateway serves some dozens of beds
ANY = "*"  # in place of a bed

_NAME = re.compile(rb"<(cpc|device|cmd)(?=[\s/>])")
_BEGINS = re.compile(
    rb"""<cpc(?=\s[^<>]{0,400}\bseq\s*=\s*["']\d)(?=\s[^<>]{0,400}\bdatetime\s*=\s*["']\d)[^<>]{0,500}>"""
    rb"""|<cpc>\s{0,8}<device\s+bid\s*=\s*["']"""
)
_BED, _MAKE, _MODEL, _KIND = (attribute(name) for name in (b"bid", b"make", b"model", b"conntype"))


def probe(first: bytes) -> bool | None:
    begins = undeclared(first)
    if begins is None or not begins:
        return None if len(first) < TAG_MAX else False
    if not begins.startswith(b"<cpc"[: len(begins)]):
        return False
    if _BEGINS.match(begins):
        return True
    return None if len(begins) < 1024 else False


class Direction(Tags):
    """One direction of a connection. Holds which devices were told of."""

    protocol = "bernoulli"

    def __init__(self) -> None:
        super().__init__()
        self._told: set[Said] = set()
        self._said: set[str] = set()  # of the speaker himself

    def tag(self, tag: bytes, _: int) -> Iterator[Event]:
        found = _NAME.match(tag)
        if found is None:
            return
        if found[1] == b"device":
            yield from self._device(tag)
        elif found[1] == b"cmd":
            yield from self._once("commands", Flag("bernoulli.command", RECEIVER))
        elif value(tag, _KIND) == "subscriber":
            yield from self._once("subscriber", Said(SENDER, (("bernoulli.role", "subscriber"),)))

    def _device(self, tag: bytes) -> Iterator[Event]:
        bed, make, model = (value(tag, name) for name in (_BED, _MAKE, _MODEL))
        if bed in ("", ANY) or not model:
            return
        fields = (("bernoulli.manufacturer", make), ("bernoulli.model", model), ("bernoulli.bed", bed))
        device = About(SENDER.host, behind=(Id("model_station", f"{model}|{bed}"[:TEXT_MAX], make),))
        told = Said(device, tuple(field for field in fields if field[1]))
        if told in self._told:
            return
        if len(self._told) >= DEVICES_MAX:
            yield from self._once("many", Odd("bernoulli.too_many_devices"))
            return
        self._told.add(told)
        gateway = Said(SENDER, (("bernoulli.role", "gateway"),))
        yield from self._once("gateway", gateway, Flag("bernoulli.cleartext"))
        yield told

    def _once(self, what: str, *events: Event) -> Iterator[Event]:
        if what not in self._said:
            self._said.add(what)
            yield from events


def make() -> tuple[StreamParser, StreamParser]:
    return Direction(), Direction()


SPEC = StreamSpec(
    name="bernoulli",
    title="CPC Bernoulli gateway",
    ports=frozenset(),
    probe=probe,
    make=make,
    budget=None,  # a gateway names another device whenever one is plugged in
    emits={
        "bernoulli.role": 0.6,
        "bernoulli.manufacturer": 0.5,
        "bernoulli.model": 0.5,
        "bernoulli.bed": 0.4,
    },
    findings={
        "bernoulli.cleartext": "It gives measurements of patients to who subscribes, without encryption or log-in.",
        "bernoulli.command": "A bedside device was told to do something without encryption or log-in.",
    },
    never_reads="settings, measurements, waves, alarms, patients; the layout is from a program that reads it",
)
