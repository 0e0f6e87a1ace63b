"""Feeds parsers as the sensor does, in any cut, with advice obeyed at once, late or never."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from parsers.api import CARRIED_MAX, About, Anew, Carried, Done, Event, Flag, Odd, Said, Skip, StreamParser, StreamSpec

Segment = tuple[int, int, bytes]  # side (0 client, 1 server), offset in that direction, bytes


def flat(event: Said | Flag | Odd | Carried) -> tuple[object, ...]:
    """An event as a plain tuple, so that sets of them compare well and failures read well."""
    if isinstance(event, Said):
        return ("said", _about(event.about), event.fields)
    if isinstance(event, Flag):
        return ("flag", _about(event.about), event.finding, *((event.since,) if event.since else ()))
    if isinstance(event, Carried):
        return ("carried", event.carrier, event.data)
    return ("odd", event.name)


def _about(about: About) -> tuple[object, ...]:
    return (about.host, about.application, tuple((i.scheme, i.value, i.maker) for i in about.behind))


def check(spec: StreamSpec, event: Event) -> None:
    """Nothing leaves a parser that its SPEC does not list."""
    if isinstance(event, Said):
        assert event.fields, "an empty utterance"
        for observable, value in event.fields:
            assert observable in spec.emits, f"{observable} is not in {spec.name}'s SPEC.emits"
            assert isinstance(value, str)
            assert 0 < len(value) <= 256, f"{observable}: {len(value)} characters"
    elif isinstance(event, Flag):
        assert event.finding in spec.findings, f"{event.finding} is not in {spec.name}'s SPEC.findings"
    elif isinstance(event, Odd):
        assert event.name.startswith(f"{spec.name}."), event.name
    elif isinstance(event, Carried):
        assert event.carrier.split(":")[0] == spec.name, event.carrier
        assert 0 < len(event.data) <= CARRIED_MAX


def said(spec: StreamSpec, segments: Iterable[Segment], obey: str = "never") -> list[tuple[object, ...]]:
    """What a pair of parsers says. obey: "at once" drops bytes before a `Skip`, "late" obeys one segment later, "never"
    hands everything over. `Done` and `Anew` end a direction in every mode: the sensor never feeds one that is done."""
    pair: tuple[StreamParser, StreamParser] = spec.make()
    skip = [0, 0]
    late = [0, 0]
    done = [False, False]
    out: list[tuple[object, ...]] = []

    def take(side: int, events: Iterable[Event]) -> None:
        for event in events:
            check(spec, event)
            if isinstance(event, Skip):
                late[side] = max(late[side], event.to)
                if obey == "at once":
                    skip[side] = late[side]
            elif isinstance(event, Done | Anew):
                done[side] = True
                if isinstance(event, Anew):
                    out.append(("anew", side, event.at))
            else:
                out.append(flat(event))

    for side, at, data in segments:
        if done[side]:
            continue
        start = max(at, skip[side])
        if start < at + len(data):
            take(side, pair[side].feed(data[start - at :], start))
        if obey == "late":
            skip[side] = late[side]
    for side in (0, 1):
        if not done[side]:
            take(side, pair[side].end())
    return out


def cut(segments: Sequence[Segment], size: int) -> list[Segment]:
    """The same streams in pieces of at most `size` bytes."""
    return [
        (side, at + start, data[start : start + size])
        for side, at, data in segments
        for start in range(0, len(data), size)
    ]


def one_way(blob: bytes, side: int = 0) -> list[Segment]:
    return [(side, 0, blob)]
