"""IGMP and MLD messages written by hand from RFC 2236, 3376, 2710 and 3810; their captures are the Linux kernel's."""

from __future__ import annotations

import pytest

from parsers.igmp import RECORDS_MAX, SPEC
from tests.parsers.datagrams import Heard, about, heard, odd

SSDP, PTP = "effffffa", "e0000181"
MDNS_6, SOLICITED, ALL_NODES = "ff02" + "00" * 13 + "fb", "ff02" + "00" * 9 + "01ff000011", "ff02" + "00" * 13 + "01"


def member(version: str, *groups: str) -> Heard:
    return [about("sender", ("igmp.version", version), *(("igmp.group", group) for group in groups))]


QUERIER = [about("sender", ("igmp.querier", "yes"))]
CASES: dict[str, tuple[str, Heard]] = {
    "IGMP 1 report": ("12 00 beef" + SSDP, member("igmp 1", "239.255.255.250")),
    "IGMP 2 report": ("16 00 beef" + PTP, member("igmp 2", "224.0.1.129")),
    "a leave": ("17 00 beef" + PTP, []),
    "a query": ("11 64 beef 00000000", QUERIER),
    "a query of version 3, with sources": ("11 64 beef" + SSDP + "02 7d 0001 0a190001", QUERIER),
    "IGMP 3: joins by excluding nothing, by including a source; leaves by including nothing": (
        "22 00 beef 0000 0003" + "04 00 0000" + SSDP + "03 00 0001" + PTP + "0a190001" + "03 00 0000 e00000fb",
        member("igmp 3", "239.255.255.250", "224.0.1.129"),
    ),
    "auxiliary data are stepped over": (
        "22 00 beef 0000 0002" + "02 01 0000" + SSDP + "deadbeef" + "02 00 0000" + PTP,
        member("igmp 3", "239.255.255.250", "224.0.1.129"),
    ),
    "a record of a kind that is none": ("22 00 beef 0000 0001 09 00 0000" + SSDP, member("igmp 3")),
    "a group that is no group": ("16 00 beef 0a190001", member("igmp 2")),
    "cut in the second record": (
        "22 00 beef 0000 0002 02 00 0000" + SSDP + "02 00",
        [odd("igmp.cut"), *member("igmp 3", "239.255.255.250")],
    ),
    "MLD 2: what every host has is left out": (
        "8f 00 beef 0000 0003" + "".join("04 00 0000" + group for group in (SOLICITED, ALL_NODES, MDNS_6)),
        member("mld 2", "ff02::fb"),
    ),
    "MLD 1 report": ("83 00 beef 0000 0000" + MDNS_6, member("mld 1", "ff02::fb")),
    "MLD 1 done": ("84 00 beef 0000 0000" + MDNS_6, []),
    "MLD query": ("82 00 beef 2710 0000" + "00" * 16, QUERIER),
    "MLD report cut in its group": ("83 00 beef 0000 0000 ff02", [odd("igmp.malformed")]),
    "DVMRP": ("13 01 beef 00000000", [odd("igmp.malformed")]),
    "nothing": ("", [odd("igmp.malformed")]),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: str, expected: Heard) -> None:
    assert heard(SPEC, bytes.fromhex(data)) == expected
    assert SPEC.probe(bytes.fromhex(data)) is (expected != [odd("igmp.malformed")])


def test_the_number_of_records_is_capped() -> None:
    count = RECORDS_MAX + 1
    records = b"".join(bytes([2, 0, 0, 0, 239, 1, 1, n]) for n in range(count))
    said = heard(SPEC, bytes.fromhex(f"22 00 beef 0000 {count:04x}") + records)
    assert said == [odd("igmp.too_many_records"), *member("igmp 3", *(f"239.1.1.{n}" for n in range(RECORDS_MAX)))]


def test_neighbour_discovery_is_another_parser_s() -> None:
    assert SPEC.probe(bytes.fromhex("88 00 beef 60000000" + "fe80" + "00" * 14)) is False
