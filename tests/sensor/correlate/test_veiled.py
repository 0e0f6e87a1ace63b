"""How much of a device is encrypted, and what is said of that."""

from __future__ import annotations

from pathlib import Path

from sensor.correlate.veiled import Veiled, veiled
from tests.observe import observe

PCAPS = Path(__file__).parents[3] / "pcaps"


def of(capture: str, *addresses: str) -> Veiled:
    rows = observe(PCAPS / capture).rows
    ends = frozenset(addresses)
    return veiled((each for each in rows.conversations if {each.client, each.server} & ends), ends)


def test_a_device_of_which_all_is_encrypted() -> None:
    found = of("tls/tls12.pcap", "10.20.0.41")
    assert found.encrypted == found.total > 0
    assert found.clear == ()
    first, second = found.sentences()
    assert first.startswith("100 % of what was seen of it: tls at port ")
    assert "less sure" in second


def test_a_device_in_clear_is_told_nothing_about() -> None:
    found = of("mindray/broadcast.pcap", "10.48.16.7")
    assert found.encrypted == 0
    assert found.clear == ("mindray",)
    assert found.sentences() == []


def test_the_usual_service_of_a_port_is_named_as_usual_and_no_more() -> None:
    rows = observe(PCAPS / "tls/tls12.pcap").rows
    from msgspec.structs import replace

    moved = [replace(each, port=2762) for each in rows.conversations]
    assert veiled(moved, frozenset({"10.20.0.41"})).services == ("tls at port 2762, as DICOM usually has",)


def test_of_both_the_share_and_what_can_be_read() -> None:
    assert Veiled(1000, 250, ("tls at port 443",), ("dhcp", "dicom")).sentences() == [
        "25 % of what was seen of it: tls at port 443",
        "its dhcp, dicom can be read",
    ]
