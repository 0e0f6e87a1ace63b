"""The devices of a site that grows, followed batch by batch: what is stored is what a rebuild would store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensor.correlate.networks import SITE as NETWORKS
from sensor.model import Evidence, Subject
from sensor.rows import Origin, Rows
from sensor.service.inventory import Following, rebuild
from sensor.store.origin import COMPLETE, LIVE, OriginRow
from sensor.store.store import Store
from tests.sensor.correlate.scenes import RULES, SITE, arp, lease, row, sends
from tests.sensor.correlate.test_incremental import tables

LIVE_RUN = OriginRow(site=SITE, sensor="tap1", id="live-1", name="tap1", kind=LIVE)
CAPTURE = OriginRow(site=SITE, sensor="tap1", id="ward.pcap#1", name="ward.pcap")


def rows_of(evidence: Sequence[Evidence], origin: Origin) -> Rows:
    """As a ledger gives them to the store."""
    subjects = list(dict.fromkeys(each.subject for each in evidence))
    numbers = {subject: at for at, subject in enumerate(subjects)}
    day = evidence[0].first.time // 86_400_000_000_000 if evidence else 0
    said = [
        (
            (day, numbers[each.subject], each.observable, each.value, each.protocol, each.source),
            [each.weight, each.count, each.first.time, each.first.frame, each.last.time, each.last.frame],
        )
        for each in evidence
    ]
    return Rows(origin, subjects, said, {}, {}, {})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path}/inventory.db") as opened:
        yield opened


def stored(store: Store) -> bytes:
    return msgspec.json.encode(list(store.devices(SITE)))


class Live:
    """A live run of which every batch is followed."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.number = 0
        self.following = Following(store, SITE, NETWORKS, RULES)
        store.begin(LIVE_RUN)

    def hears(self, evidence: Sequence[Evidence]) -> int:
        rows = rows_of(evidence, LIVE_RUN.key)
        self.number += 1
        self.store.fold(rows, self.number)
        self.following.changed(rows)
        return self.following.compute(LIVE_RUN.key)

    def is_as_rebuilt(self) -> bool:
        followed = stored(self.store)
        rebuild(self.store, SITE, NETWORKS, RULES)
        return stored(self.store) == followed


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(tables, min_size=2, max_size=3))
def test_batches_followed_are_as_good_as_a_rebuild(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[Evidence]]
) -> None:
    path = tmp_path_factory.mktemp("site") / "inventory.db"
    with Store.open(f"sqlite:///{path}") as store:
        live = Live(store)
        for batch in batches:
            live.hears(batch)
        assert live.is_as_rebuilt()


def test_only_what_changed_is_written(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    live = Live(store)
    hosts = [(f"00:11:22:00:01:{n:02x}", f"10.0.3.{n + 1}") for n in range(10)]
    assert live.hears([each for mac, ip in hosts for each in (arp(mac, ip), sends(mac, ip))]) == 10
    from sensor.store import devices

    kept = devices._device_row  # what makes a row of a device
    monkeypatch.setattr(devices, "_device_row", lambda *given: (written.append(1), kept(*given))[1])
    assert live.hears([row(Subject(mac=hosts[3][0]), "dhcp.host_name", "pc-3", 5)]) == 10
    assert len(written) == 1
    assert live.is_as_rebuilt()


def test_what_another_program_adds_is_seen(store: Store) -> None:
    live = Live(store)
    mac, ip = "00:11:22:00:01:07", "10.0.3.7"
    assert live.hears([arp(mac, ip), sends(mac, ip)]) == 1
    store.begin(CAPTURE)
    store.fold(rows_of([arp("00:11:22:00:01:08", "10.0.3.8"), sends("00:11:22:00:01:08", "10.0.3.8")], CAPTURE.key))
    store.finish(msgspec.structs.replace(CAPTURE, state=COMPLETE, finished=1))
    assert live.hears([sends(mac, ip, 7, 9)]) == 2
    assert live.is_as_rebuilt()


def test_an_address_that_changes_hands_is_looked_up_again(store: Store) -> None:
    """What was said of it before was folded, over two captures; now it is read again."""
    live = Live(store)
    one, other = "00:11:22:00:01:07", "00:11:22:00:01:08"
    name = Subject(ip="10.0.3.7")
    live.hears([*lease(one, "10.0.3.7", 0, 1), sends(one, "10.0.3.7", 0, 1), row(name, "dns.name", "pc-one", 1)])
    live.hears([row(name, "dns.name", "pc-two", 8)])
    live.hears([*lease(other, "10.0.3.7", 7, 9), sends(other, "10.0.3.7", 7, 9)])
    names = {
        device.interfaces: attribute.believed.value
        for device in store.devices(SITE)
        for attribute in device.attributes
        if attribute.name == "hostname"
    }
    assert names == {(one,): "pc-one", (other,): "pc-two"}
    assert live.is_as_rebuilt()
