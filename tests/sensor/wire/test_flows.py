"""The flow table, endpoints, copies made by mirrors, days: what is counted, once, for whom."""

from __future__ import annotations

import time as clock
from datetime import UTC, datetime

import pytest

from sensor.wire import tables as t
from sensor.wire.engine import Engine, Flow
from tests.sensor.wire.frames import (
    ACK,
    MAC_A,
    MAC_B,
    MILLISECOND,
    SECOND,
    START,
    Frame,
    Talk,
    block,
    blocks,
    ethernet,
    ip4,
    ip6,
    run,
    see,
    small,
    tcp,
    udp,
    vlan,
)

MAC_C = bytes.fromhex("0009fb000003")
TEXT_A, TEXT_B, TEXT_C = (mac.hex(":") for mac in (MAC_A, MAC_B, MAC_C))


def datagram(
    src: str = "10.0.0.1",
    dst: str = "10.0.0.2",
    payload: bytes = b"x",
    time: int = START,
    ident: int = 1,
    ttl: int = 64,
    sport: int = 1000,
    dport: int = 2000,
    mac: bytes = MAC_A,
) -> Frame:
    return Frame(ethernet(ip4(src, dst, 17, udp(sport, dport, payload), ident, ttl), src=mac), time)


# ---- flows ----


def test_both_directions_are_one_flow() -> None:
    seen = see([datagram(), datagram("10.0.0.2", "10.0.0.1", b"answer", sport=2000, dport=1000)])
    assert len(seen.accounts) == 1
    account = seen.accounts[0]
    assert account.flow == Flow("10.0.0.1", 1000, "10.0.0.2", 2000, 17, 0)
    assert account.frames == (1, 1)
    assert account.bytes == (14 + 20 + 8 + 1, 14 + 20 + 8 + 6)
    assert account.client is None
    assert account.opener == 0
    assert [r[t.R_SIDE] for r in seen.rows] == [0, 1]


def test_ipv6_flows_are_told_apart_by_all_their_bits() -> None:
    ends = ["2001:db8::1", "2001:db8:0:1::1", "2001:db8::1:0:0:1", "::1", "2001:db8:8000::1"]
    frames = [Frame(ethernet(ip6(end, "fd00::9", 17, udp(1, 2, b"x")), 0x86DD)) for end in ends]
    flows = {a.flow for a in see(frames).accounts}
    assert {(f.ip0 if f.port0 == 1 else f.ip1) for f in flows} == set(ends)
    assert {(f.ip0, f.ip1) for f in flows} >= {("::1", "fd00::9"), ("2001:db8::1", "fd00::9")}


def test_the_same_addresses_in_another_tunnel_are_another_flow() -> None:
    inner = ethernet(ip4("10.0.0.1", "10.0.0.2", 17, udp(1, 2, b"x")))
    frames = []
    for vni in (1, 2):
        envelope = udp(5, 4789, b"\x08\0\0\0" + (vni << 8).to_bytes(4, "big") + inner)
        frames.append(Frame(ethernet(ip4("192.168.0.1", "192.168.0.2", 17, envelope))))
    flows = [a.flow for a in see([*frames, Frame(inner)]).accounts if a.flow.ip0 == "10.0.0.1"]
    assert sorted(f.tunnel for f in flows) == [0, 1, 2]


def test_a_vlan_is_no_part_of_a_flow() -> None:
    tagged = Frame(ethernet(vlan(5, 0x0800, ip4("10.0.0.1", "10.0.0.2", 17, udp(1000, 2000, b"y"))), 0x8100))
    seen = see([datagram(), tagged])
    assert len(seen.accounts) == 1
    assert [r[t.R_VLAN] for r in seen.rows] == [0, 5]


def test_five_minutes_of_silence_end_what_is_not_tcp() -> None:
    limit = 300 * SECOND
    times = [START, START + limit, START + 2 * limit + 1]
    seen = see([datagram(time=time, ident=n) for n, time in enumerate(times, 1)])
    assert [r[t.R_CONNECTION] for r in seen.rows] == [1, 1, 2]
    assert seen.counters["flows.idle"] == 1
    assert seen.accounts[0].frames == (3, 0)


def test_accounts_are_drained_once() -> None:
    engine = small()
    run(engine, blocks([datagram()]))
    assert engine.accounts() == []
    assert engine.endpoints() == []
    seen = run(engine, blocks([datagram(ident=2, time=START + SECOND)]))
    assert seen.accounts[0].frames == (1, 0)
    assert seen.accounts[0].first == (START + SECOND, 2)
    assert seen.endpoints[0].frames == 1


def test_first_and_last_are_by_time() -> None:
    times = [START + 5, START, START + 9, START + 7]
    seen = see([datagram(time=time, ident=n) for n, time in enumerate(times, 1)])
    assert seen.accounts[0].first == seen.endpoints[0].first == (START, 2)
    assert seen.accounts[0].last == seen.endpoints[0].last == (START + 9, 3)


def flood(count: int, step: int = 1000) -> list[Frame]:
    return [
        datagram(f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}", "10.255.0.1", time=START + n * step, sport=n & 0x7FFF)
        for n in range(count)
    ]


def test_a_full_table_gives_up_its_least_recently_seen_quarter() -> None:
    frames = flood(60)
    again = datagram("10.0.0.0", "10.255.0.1", time=frames[54].time, sport=0, ident=2)  # so it stays
    seen = see([*frames[:55], again, *frames[55:]], flows=64)
    # The table is full at 56: a frame may bring DEPTH_MAX envelopes and its own flow
    assert seen.ended == [(n, n + 1) for n in range(1, 17)]
    assert seen.counters["flows.evicted"] == 16
    assert "flows.expired" not in seen.counters
    assert seen.counters["flows.new"] == 60
    assert sum(sum(a.frames) for a in seen.accounts) == 61
    assert [a.slot for a in seen.accounts] == [-1] * 60


def test_what_is_idle_goes_first() -> None:
    old = flood(30)
    late = [frame._replace(time=frame.time + 301 * SECOND) for frame in flood(60)[30:]]
    seen = see([*old, *late], flows=64)
    assert seen.counters["flows.expired"] == 30
    assert "flows.evicted" not in seen.counters
    assert [slot for slot, _ in seen.ended] == list(range(30))


def test_attempts_are_summed_up_by_client_server_and_service() -> None:
    """Three questions to one service from three ports, and a flood that makes them give way."""
    asked = [datagram(sport=40_000 + n, dport=161, ident=n, time=START + n * MILLISECOND) for n in range(3)]
    mine = [a for a in see([*asked, *late_flood(100)], flows=64).accounts if a.flow.port1 == 161]
    assert [(a.slot, a.flow, a.client, a.frames, a.first, a.last) for a in mine] == [
        (-1, Flow("10.0.0.1", 0, "10.0.0.2", 161, 17, 0), 0, (3, 0), (START, 1), (START + 2 * MILLISECOND, 3))
    ]


def test_what_is_answered_or_known_is_no_attempt() -> None:
    answered = [datagram(), datagram("10.0.0.2", "10.0.0.1", b"answer", sport=2000, dport=1000)]
    known = datagram("10.0.0.3", sport=40_000, dport=514)
    engine = small(flows=64)
    engine.named = [1]
    seen = run(engine, blocks([*answered, known, *late_flood(1000)], 1 << 20))
    assert {Flow("10.0.0.2", 514, "10.0.0.3", 40_000, 17, 0), Flow("10.0.0.1", 1000, "10.0.0.2", 2000, 17, 0)} <= {
        a.flow for a in seen.accounts if a.slot >= 0
    }


def test_the_attempts_that_are_kept_do_not_depend_on_their_order() -> None:
    there, back = (
        see([f._replace(time=START + n * MILLISECOND) for n, f in enumerate(frames)], flows=64, attempts=32)
        for frames in (flood(1000), flood(1000)[::-1])
    )
    assert 0 < len(there.accounts) <= 32
    assert {a.flow for a in there.accounts} == {a.flow for a in back.accounts}
    assert len(there.accounts) + there.counters["flows.attempts_capped"] == 1000


def late_flood(count: int) -> list[Frame]:
    return [frame._replace(time=frame.time + SECOND) for frame in flood(count)]


def test_a_flow_thrown_out_comes_back_as_another_connection() -> None:
    talk = Talk()
    syn = talk.opening()[0]
    frames = [syn, talk.segment(0, 0, b"hello"), *late_flood(100)]
    talk.time += 2 * SECOND
    frames.append(talk.segment(0, 5, b"again"))
    seen = see(frames, flows=64)
    assert (0, 1) in seen.ended
    row = seen.rows[-1]
    assert row[t.R_START] == b"again"
    assert row[t.R_AT] == 0
    assert row[t.R_CONNECTION] == 1 + 100 + 1
    mine = [a for a in seen.accounts if a.flow.protocol == 6]
    assert [(a.frames, a.flow) for a in mine] == [((3, 0), Flow("10.0.0.1", 0, "10.0.0.2", 104, 6, 0))]


def test_a_scan_does_not_push_out_a_conversation() -> None:
    talk = Talk()
    frames = [*talk.opening(), talk.segment(0, 0, b"hello"), *late_flood(1000)]
    talk.time += 2 * SECOND
    frames.append(talk.segment(0, 5, b"again"))
    seen = see(frames, flows=64)
    assert (seen.rows[-1][t.R_CONNECTION], seen.rows[-1][t.R_AT]) == (1, 5)


@pytest.mark.parametrize(("flows", "endpoints"), [(32, 64), (100, 64), (64, 63)])
def test_table_sizes_are_checked(flows: int, endpoints: int) -> None:
    with pytest.raises(ValueError, match="powers of two"):
        Engine(flows=flows, endpoints=endpoints)


def test_every_frame_of_a_flood_is_accounted_in_bounded_memory() -> None:
    count = 60_000
    engine = Engine(flows=4096, endpoints=1024)
    started = clock.process_time()
    frames = 0
    largest = 0
    for piece in blocks(flood(count), 1 << 16):
        for batch in engine.feed(piece):
            frames += sum(sum(a.frames) for a in batch.accounts)
            largest = max(largest, len(batch.ended), len(batch.rows))
    frames += sum(sum(a.frames) for a in engine.accounts())
    assert t.ATTEMPTS // 3 < frames <= t.ATTEMPTS
    assert largest <= 4096
    counters = engine.counters()
    assert counters["flows.new"] == count
    assert counters["flows.evicted"] >= count - 4096
    assert frames + counters["flows.attempts_capped"] == count
    assert len(engine.endpoints()) + counters["endpoints.unconfirmed_capped"] == count
    assert clock.process_time() - started < 20  # a sweep a frame would be hours


# ---- endpoints ----


def test_an_endpoint_is_a_mac_a_vlan_and_an_address() -> None:
    packet = ip4("10.0.0.1", "10.0.0.2", 17, udp(1000, 2000, b"x"))
    frames = [
        Frame(ethernet(packet)),
        Frame(ethernet(packet, src=MAC_C), START + SECOND),
        Frame(ethernet(vlan(7, 0x0800, packet), 0x8100), START + 2 * SECOND),
        Frame(ethernet(packet), START + 3 * SECOND),
        Frame(packet, START + 4 * SECOND, link=101),
    ]
    seen = see(frames)
    assert [(e.mac, e.vlan, e.ip, e.frames, e.first[1], e.last[1]) for e in seen.endpoints] == [
        (TEXT_A, 0, "10.0.0.1", 2, 1, 4),
        (TEXT_C, 0, "10.0.0.1", 1, 2, 2),
        (TEXT_A, 7, "10.0.0.1", 1, 3, 3),
        ("", 0, "10.0.0.1", 1, 5, 5),
    ]


def test_answered_says_that_a_flow_had_both_directions() -> None:
    frames = [
        datagram(),
        datagram("10.0.0.3", "10.0.0.2", mac=MAC_C),  # never answered
        datagram("10.0.0.2", "10.0.0.1", sport=2000, dport=1000, mac=MAC_B),
        datagram(ident=5, mac=MAC_C, time=START + SECOND),  # the answered address from another MAC
    ]
    assert {(e.mac, e.ip): e.answered for e in see(frames).endpoints} == {
        (TEXT_A, "10.0.0.1"): True,
        (TEXT_C, "10.0.0.3"): False,
        (TEXT_B, "10.0.0.2"): True,
        (TEXT_C, "10.0.0.1"): True,
    }


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        pytest.param(datagram(mac=bytes.fromhex("01005e000001")), [], id="group MAC"),
        pytest.param(datagram("224.0.0.1"), [], id="multicast"),
        pytest.param(datagram("255.255.255.255"), [], id="broadcast"),
        pytest.param(Frame(ethernet(ip6("ff02::1", "fd00::1", 17, udp(1, 2)), 0x86DD)), [], id="ipv6 multicast"),
        pytest.param(Frame(ethernet(b"arp", 0x0806, src=b"\xff" * 6)), [], id="broadcast MAC, not IP"),
        pytest.param(datagram("0.0.0.0"), [(TEXT_A, "")], id="unspecified"),
        pytest.param(Frame(ethernet(ip6("::", "ff02::1", 58, bytes(8)), 0x86DD)), [(TEXT_A, "")], id="unspecified, v6"),
    ],
)
def test_a_group_is_never_an_endpoint(frame: Frame, expected: list[tuple[str, str]]) -> None:
    seen = see([frame])
    assert [(e.mac, e.ip) for e in seen.endpoints] == expected
    assert seen.counters.get("wire.group_source", 0) == (not expected)


def test_a_full_endpoint_table_counts_what_it_cannot_hold() -> None:
    twice = [copy for f in flood(64) for copy in (f, f._replace(time=f.time + 2 * MILLISECOND))]
    seen = see([*twice, *flood(100)[64:]], endpoints=64)
    assert [e.frames for e in seen.endpoints] == [2] * 64
    assert seen.counters["endpoints.overflow"] == 36


def test_senders_of_one_frame_make_room_for_others() -> None:
    late = [frame._replace(time=frame.time + 2 * MILLISECOND) for frame in flood(100)[90:]]
    seen = see([*flood(100), *late], endpoints=64)
    assert "endpoints.overflow" not in seen.counters
    assert len(seen.endpoints) + seen.counters["endpoints.unconfirmed_capped"] == 100
    assert sum(e.frames for e in seen.endpoints if e.frames == 2) == 20


# ---- copies ----


def copies(first: Frame, second: Frame) -> tuple[int, int, int]:
    """Rows, exact copies, routed copies; a copy is not accounted."""
    seen = see([first, second])
    exact, routed = seen.counters.get("copies.exact", 0), seen.counters.get("copies.routed", 0)
    assert sum(sum(a.frames) for a in seen.accounts) == 2 - exact - routed
    assert sum(e.frames for e in seen.endpoints) == 2 - exact - routed
    return len(seen.rows), exact, routed


def later(
    ns: int, ident: int = 1, ttl: int = 64, payload: bytes = b"twenty bytes of text", mac: bytes = MAC_A
) -> Frame:
    return datagram(time=START + ns, ident=ident, ttl=ttl, payload=payload, mac=mac)


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        pytest.param(later(0), (1, 1, 0), id="at once"),
        pytest.param(later(MILLISECOND), (1, 1, 0), id="within the window"),
        pytest.param(later(-MILLISECOND), (1, 1, 0), id="a clock behind"),
        pytest.param(later(MILLISECOND + 1), (2, 0, 0), id="after it"),
        pytest.param(later(0, ident=2), (2, 0, 0), id="another IP id"),
        pytest.param(later(0, payload=b"twenty bytes of tixt"), (2, 0, 0), id="another checksum"),
        pytest.param(later(0, ttl=63, mac=MAC_C), (1, 0, 1), id="routed"),
        pytest.param(later(10 * MILLISECOND, ttl=60), (1, 0, 1), id="routed, within its window"),
        pytest.param(later(10 * MILLISECOND + 1, ttl=63), (2, 0, 0), id="routed, after it"),
        pytest.param(later(0, ttl=65), (2, 0, 0), id="a TTL does not grow"),
    ],
)
def test_copies_made_by_mirrors(second: Frame, expected: tuple[int, int, int]) -> None:
    assert copies(later(0), second) == expected


@pytest.mark.parametrize(("gap", "expected"), [(100_000, (1, 1, 0)), (100_001, (2, 0, 0))])
def test_without_an_ip_id_the_window_is_shorter(gap: int, expected: tuple[int, int, int]) -> None:
    assert copies(later(0, ident=0), later(gap, ident=0)) == expected
    packet = ethernet(ip6("fd00::1", "fd00::2", 17, udp(1, 2, b"x")), 0x86DD)
    assert copies(Frame(packet), Frame(packet, START + gap)) == expected


def test_neither_id_nor_checksum_is_no_ground() -> None:
    bare = udp(1000, 2000, b"x" * 12 + b"a")[:6] + b"\0\0" + b"x" * 12
    one, two = (ethernet(ip4("10.0.0.1", "10.0.0.2", 17, bare + tail, 0)) for tail in (b"a", b"b"))
    assert copies(Frame(one), Frame(two)) == (2, 0, 0)


def test_a_retransmission_is_not_a_copy() -> None:
    talk = Talk()
    first = talk.segment(0, 0, b"hello")
    again = talk.segment(0, 0, b"hello")._replace(time=first.time + 300_000)  # a fast one: another IP id
    assert copies(first, again) == (2, 0, 0)
    same_id = first._replace(time=first.time + 200 * MILLISECOND)
    assert copies(first, same_id) == (2, 0, 0)


def test_acknowledgements_are_known_apart() -> None:
    one, two = (
        Frame(ethernet(ip4("10.0.0.1", "10.0.0.2", 6, tcp(1, 2, 3, flags=ACK, ack=ack), 0))) for ack in (100, 200)
    )
    assert copies(one, two)[1:] == (0, 0)
    assert copies(one, one)[1:] == (1, 0)


def test_a_copied_envelope_is_not_accounted_twice() -> None:
    inner = ethernet(ip4("10.0.0.1", "10.0.0.2", 17, udp(1, 2, b"x")))
    frame = Frame(ethernet(ip4("192.168.0.1", "192.168.0.2", 17, udp(5, 4789, b"\x08" + bytes(7) + inner))))
    seen = see([frame, frame])
    assert [a.frames for a in seen.accounts] == [(1, 0), (1, 0)]


# ---- days ----


def day_of(time: int) -> int:
    return (datetime.fromtimestamp(time // SECOND, UTC).date() - datetime(1970, 1, 1, tzinfo=UTC).date()).days


def test_a_day_ends_before_the_first_frame_of_the_next() -> None:
    midnight = int(datetime(2026, 1, 6, tzinfo=UTC).timestamp()) * SECOND
    talk = Talk(time=midnight - 5 * MILLISECOND)
    frames = [*talk.opening(), talk.segment(0, 0, b"late"), talk.segment(1, 0, b"early"), talk.segment(0, 4, b"riser")]
    assert frames[4].time == midnight
    engine = small()
    days: list[tuple[int, int, list[bytes]]] = []
    accounts = []
    for batch in engine.feed(block(frames)):
        if batch.day_ends:
            assert not batch.rows
            accounts.append((batch.day, engine.accounts(), engine.endpoints()))
        days.append((batch.day, batch.day_ends, [r[t.R_FRAME] for r in batch.rows]))
    accounts.append((batch.day, engine.accounts(), engine.endpoints()))
    first, second = day_of(midnight) - 1, day_of(midnight)
    assert days == [(first, False, [1, 2, 4]), (first, True, []), (second, False, [5, 6])]
    assert [day for day, _, _ in accounts] == [first, second]
    assert [[a.frames for a in rows] for _, rows, _ in accounts] == [[(3, 1)], [(1, 1)]]
    assert [[a.connections for a in rows] for _, rows, _ in accounts] == [[1], [0]]
    assert accounts[1][1][0].first == (midnight, 5)
    assert {(e.ip, e.frames, e.answered) for e in accounts[1][2]} == {("10.0.0.1", 1, True), ("10.0.0.2", 1, True)}
    assert see(frames).rows[-1][t.R_AT] == 4  # the stream went on


def test_days_may_alternate() -> None:
    midnight = int(datetime(2026, 1, 6, tzinfo=UTC).timestamp()) * SECOND
    frames = [datagram(time=midnight - (n & 1), ident=n + 1) for n in range(50)]
    seen = see(frames, endpoints=1)
    assert sum(row[0] == "day" for row in seen.rows) == 49
    assert [a.frames for a in seen.accounts] == [(1, 0)] * 50
    assert sum(e.frames for e in seen.endpoints) == 50


def test_a_time_that_cannot_be_is_the_nearest_that_can() -> None:
    seen = see([datagram(time=-5), datagram(time=2**63 - 1, ident=2)])
    assert [r[t.R_TIME] for r in seen.rows if r[0] != "day"] == [0, 1 << 62]
    assert seen.counters["wire.odd_time"] == 2
