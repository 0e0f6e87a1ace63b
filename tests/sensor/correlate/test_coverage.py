"""What could not be seen. Scenarios written by hand."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from sensor.cli.main import main
from sensor.correlate.coverage import Vlan, coverage, losses
from sensor.model import Conversation, Place, Subject
from sensor.service.inventory import rebuild
from sensor.store.store import Store
from tests.sensor.correlate.scenes import SITE, START, arp, claims, host, known, lease, row, says, sends
from tests.sensor.store.rows import WARD, origin_row

A, B, C = (f"00:11:22:00:00:0{x}" for x in "abc")
ROUTER = "00:11:22:00:00:01"


def talk(client, server, protocol, size=100, *, encrypted=False, answered=True, transport="tcp"):
    return Conversation(
        site=SITE,
        sensor="tap1",
        origin="o",
        day="2026-01-05",
        client=client,
        server=server,
        port=443,
        transport=transport,
        protocol=protocol,
        encrypted=encrypted,
        client_frames=1,
        client_bytes=size,
        server_frames=int(answered),
        server_bytes=0,
        connections=1,
        first=Place(START, 1),
        last=Place(START, 1),
    )


def seen(evidence, conversations=(), general=(), readable=("http.server", "dhcp.vendor_class")):
    rows = list(evidence)
    return coverage(known(rows), rows, conversations, claims, readable, general)


def missing(evidence, conversations=()):
    (one,) = seen(evidence, conversations).unsettled
    return one


def test_a_vlan_in_which_nobody_was_answered_is_one_way():
    found = seen(
        [
            sends(A, "10.0.0.5", answered=False, vlan=7),
            sends(B, "10.0.0.6", answered=False, vlan=7),
            sends(A, "10.0.1.5", answered=True, vlan=8),
            sends(C, "10.0.1.6", answered=False, vlan=8),
            sends(C, "10.0.2.6", answered=False, vlan=9),
        ]
    )
    assert found.vlans == (Vlan("tap1", 7, 2, 0), Vlan("tap1", 8, 2, 1), Vlan("tap1", 9, 1, 0))
    assert [vlan.one_way for vlan in found.vlans] == [True, False, False]


def test_shares_of_traffic():
    traffic = seen(
        [],
        [
            talk("10.0.0.5", "10.0.0.9", "tls", 300, encrypted=True),
            talk("10.0.0.5", "10.0.0.9", "", 100),
            talk("10.0.0.5", "10.0.0.9", "dicom", 600, answered=False),
            talk("10.0.0.5", "10.0.0.9", "syslog", 1, answered=False, transport="udp"),
        ],
    ).traffic
    assert (traffic.total, traffic.encrypted, traffic.unrecognised) == (1001, 300, 100)
    assert (traffic.one_sided, traffic.conversations) == (1, 4)
    assert traffic.by_protocol == {"tls": 300}


def test_nothing_is_left_of_one_question_in_the_next():
    seen([], [talk("10.0.0.5", "10.0.0.9", "tls", encrypted=True)])
    assert seen([]).traffic.total == 0
    assert not seen([]).traffic.by_protocol
    assert not seen([]).traffic.veiled


def test_addresses_that_changed_hands():
    found = seen([arp(A, "10.0.0.5", 0, 10), arp(B, "10.0.0.5", 100, 110), *host(C, "10.0.0.7")])
    assert found.changed_hands == ("10.0.0.5",)


def test_unconfirmed_addresses_are_counted_apart():
    found = seen([*host(A, "10.0.0.5"), sends(B, "10.0.0.6", count=1, answered=False)])
    assert (found.devices, found.unconfirmed) == (1, 1)


def test_a_text_that_no_rule_reads_wants_a_rule():
    rows = [
        *host(A, "10.0.0.5"),
        *says(Subject(mac=A, ip="10.0.0.5"), ("http.server", "Toaster/1"), ("http.server", "Acme PACS")),
    ]
    one = missing(rows, [talk("10.0.0.9", "10.0.0.5", "tls", encrypted=True)])
    assert (one.missing, one.texts) == ("rule", (("http.server", "Toaster/1"),))


def test_a_kind_that_stands_for_several_is_settled_by_a_rule_for_the_model():
    subject = Subject(mac=A, ip="10.0.0.5")
    said = (("dicom.role_request", "mpps"), ("dicom.performed_modality", "XA"), ("dicom.model", "Azurion 7"))
    rows = [*host(A, "10.0.0.5"), *says(subject, *said)]
    assert seen(rows).unsettled == ()
    (one,) = seen(rows, general=["fluoroscopy_system"], readable=["dicom.model"]).unsettled
    assert (one.missing, one.texts) == ("rule", (("dicom.model", "Azurion 7"),))
    assert one.considered[0][0] == "fluoroscopy_system"


def test_who_only_encrypts_wants_something_in_clear():
    rows = host(A, "10.0.0.5")
    veiled = talk("10.0.0.9", "10.0.0.5", "tls", encrypted=True)
    assert missing(rows, [veiled]).missing == "clear"
    assert missing(rows, [veiled, talk("10.0.0.5", "10.0.0.9", "dns")]).missing == "more"


def test_who_said_nothing_wants_to_be_heard_and_who_is_far_a_mirror_that_is_closer():
    assert missing(host(A, "10.0.0.5")).missing == "speech"
    far = [arp(ROUTER, "10.9.0.1"), sends(ROUTER, "10.1.0.5"), sends(ROUTER, "10.2.0.5")]
    rows = [*far, *says(Subject(ip="10.1.0.5"), ("hl7.charset", "UTF-8"))]
    by_name = {one.name: one.missing for one in seen(rows).unsettled}
    assert by_name["10.1.0.5"] == "closer"
    assert by_name["10.2.0.5"] == "speech"


def test_kinds_that_are_hardly_believed_are_named():
    rows = [*lease(A, "10.0.0.5"), row(Subject(mac=A), "hl7.mdc_device", "69965", weight=0.3)]
    one = missing(rows)
    assert (one.missing, one.considered) == ("more", (("patient_monitor", 0.24),))


def test_losses_are_summed_and_told_in_words():
    words = {"stream.lost_bytes": "bytes lost"}
    counters = [{"stream.lost_bytes": 3, "wire.frames": 9}, {"stream.lost_bytes": 4}]
    assert losses(counters, lambda name: words.get(name, "")) == [("stream.lost_bytes", 7, "bytes lost")]


@pytest.fixture
def url(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'inventory.db'}"
    monkeypatch.setenv("SENSOR_DB", url)
    closed = [arp(A, "10.0.0.5", 0, 10), arp(B, "10.0.0.5", 100, 110), row(Subject(ip="10.0.0.5"), "dns.name", "x", 50)]
    with Store.open(url) as store:
        store.begin(origin_row())
        store.add(WARD, closed, [talk("10.0.0.5", "10.0.0.9", "tls", encrypted=True)])
        store.finish(origin_row(state="complete", counters={"stream.lost_bytes": 5}))
        rebuild(store, SITE)
    return url


def test_the_command_tells_it_to_people_and_to_programs(url):
    found = json.loads(CliRunner().invoke(main, ["coverage", "--json"]).stdout)
    assert (found["ambiguous_rows"], found["changed_hands"]) == (1, ["10.0.0.5"])
    assert (found["bytes"], found["encrypted"]) == (100, 100)
    assert [(each["counter"], each["count"]) for each in found["losses"]] == [("stream.lost_bytes", 5)]
    assert len(found["unknown_kinds"]) == 2
    text = CliRunner().invoke(main, ["coverage"]).stdout
    assert "100.0 % encrypted (tls)" in text
    assert "1 rows of evidence count for no device" in text
    assert found["unknown_kinds"][0]["id"] in text


def test_the_list_says_where_to_ask_what_would_settle_a_kind(url):
    result = CliRunner().invoke(main, ["devices"])
    assert "2 devices. 2 of unknown kind: sensor coverage says what would settle them." in result.stderr
