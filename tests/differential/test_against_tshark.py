"""A second opinion: tshark reads every capture too, and what both can see must be the same text by text.

Captures: those in pcaps/, and where AUSCULT_CAPTURES names a folder, all in it. Every difference that remains is listed
below with its reason, and the list is checked too: a reason that no longer holds fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from sensor.capture.find import find
from sensor.capture.source import CaptureError
from tests.observe import Seen, observe

ROOT = Path(__file__).parents[2]
MORE = os.environ.get("AUSCULT_CAPTURES", "")
SEPARATOR = "\x1e"


def texts(value: str) -> list[str]:
    return [value.strip(" \0")] if value.strip(" \0") else []


def plain(value: str) -> list[str]:
    """As tshark prints it, cut where the sensor cuts."""
    return [value.strip("\0 \t\r\n")[:256]] if value.strip("\0 \t\r\n") else []


FIELDS: dict[str, tuple[str, Callable[[str], list[str]]]] = {
    "dicom.calling_ae": ("dicom.assoc.ae.calling", texts),
    "dicom.implementation_uid": ("dicom.userinfo.uid", texts),
    "dicom.implementation_version": ("dicom.userinfo.version", texts),
    "dhcp.host_name": ("dhcp.option.hostname", plain),
    "dhcp.vendor_class": ("dhcp.option.vendor_class_id", plain),
    "tls.sni": ("tls.handshake.extensions_server_name", lambda v: [v.lower()] if v else []),
    "tls.ja3": ("tls.handshake.ja3", texts),
    "tls.ja3s": ("tls.handshake.ja3s", texts),
    "http.server": ("http.server", plain),
    "http.user_agent": ("http.user_agent", plain),
}
EXTRA = (
    "frame.protocols",
    "hl7.segment",
    "arp.src.hw_mac",
    "arp.src.proto_ipv4",
    "eth.src",
    "dns.a",
    "dhcp.option.request_list_item",
    "dhcp.type",
)


def captures() -> list[Path]:
    found: list[Path] = []
    for folder in (str(ROOT / "pcaps"), MORE):
        try:
            found += [Path(p) for p in find([folder]).captures] if folder else []
        except CaptureError:
            continue
    return found


def tshark(path: Path, hl7_ports: set[int]) -> dict[str, set[str]]:
    """Field name -> all values that tshark gives, over the whole capture. hl7_ports: where to look for HL7, which
    tshark by itself often takes up only from the second message of a conversation on."""
    fields = [name for name, _ in FIELDS.values()] + list(EXTRA)
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "occurrence=a", "-E", f"aggregator={SEPARATOR}"]
    command += ["-E", "separator=\x1d", "--enable-heuristic", "dicom_tcp"]
    for name in fields:
        command += ["-e", name]
    for port in sorted(hl7_ports):
        command += ["-d", f"tcp.port=={port},hl7"]
    done = subprocess.run(command, capture_output=True, timeout=300, check=False)
    found: dict[str, set[str]] = defaultdict(set)
    for line in done.stdout.decode("utf-8", "replace").split("\n"):
        cells = dict(zip(fields, line.split("\x1d"), strict=False))
        for name, cell in cells.items():
            layers = cells.get("frame.protocols", "")
            over_tcp = ":tcp:" in layers and ":capwap" not in layers
            if over_tcp or not name.startswith(("http.", "tls.")):  # SSDP and QUIC are other parsers' business
                found[name].update(cell.split(SEPARATOR))
        if cells.get("arp.src.hw_mac") and cells.get("arp.src.proto_ipv4"):
            pairs = zip(
                cells["arp.src.hw_mac"].split(SEPARATOR), cells["arp.src.proto_ipv4"].split(SEPARATOR), strict=False
            )
            found["arp pairs"].update(f"{mac} {ip}" for mac, ip in pairs)
        if cells.get("dhcp.option.request_list_item"):
            found["dhcp lists"].add(cells["dhcp.option.request_list_item"].replace(SEPARATOR, ","))
        for segment in cells.get("hl7.segment", "").split(SEPARATOR):
            if segment.startswith("MSH") and len(segment) > 8:
                found["hl7 headers"].add(segment)
    return found


# (capture, observable) -> texts that only the sensor, and only tshark sees, and why.
NO_MLLP = "HL7 text without MLLP: tshark's dissector wants the framing"
STARTTLS = "TLS that begins inside another protocol (MySQL, SMTP, XMPP, SOCKS, an HTTP tunnel): not followed"
DRAFTS = (
    "also drafts 14 to 19 of TLS 1.3, whose ServerHello is not that of RFC 8446, and TLS inside other protocols; the "
)
DRAFTS += "two of ours are answers whose beginning tshark takes for a retransmission"
SPIKE = "Mohamed-Habak_Medical-Packet-Analyzer__demo_pcaps_traffic_spike.pcap"
PLAIN = "Mohamed-Habak_Medical-Packet-Analyzer__demo_pcaps_unencrypted_hl7.pcap"
SSL = "mmguero-dev_Malcolm-PCAP__pcaps_protocols_SSL.pcap"
TUNNEL = "zeek_zeek__testing_btest_Traces_http_connect-with-header.pcap"
ROTATED = "the message goes on in the next file: tshark waits for its end, the sensor says what it has"
KNOWN: dict[tuple[str, str], tuple[set[str], set[str], str]] = {
    ("virtalabs_tapirxl__tests_fixtures_ct_to_pacs_scenario.pcap", "dicom.calling_ae"): (
        set(),
        {"CENTRICITY001"},
        "bytes of an A-ASSOCIATE-AC that PS3.8 9.3.3 declares to be without significance",
    ),
    ("first.pcap", "hl7.message_type"): ({"ORU^R01"}, set(), ROTATED),
    ("first.pcap", "hl7.sending_application"): ({"VSP^080019FFFE102021^EUI-64"}, set(), ROTATED),
    ("first.pcap", "hl7.sending_facility"): ({"GE Healthcare"}, set(), ROTATED),
    (SPIKE, "hl7.message_type"): ({"ORM^O01"}, set(), NO_MLLP),
    (SPIKE, "hl7.sending_application"): ({"SRC"}, set(), NO_MLLP),
    (SPIKE, "hl7.sending_facility"): ({"HOSP"}, set(), NO_MLLP),
    (PLAIN, "hl7.message_type"): ({"ORU^R01"}, set(), NO_MLLP),
    (PLAIN, "hl7.sending_application"): ({"DEVICE"}, set(), NO_MLLP),
    (PLAIN, "hl7.sending_facility"): ({"HOSP"}, set(), NO_MLLP),
    ("seladb_PcapPlusPlus__Tests_Pcap_Test_PcapExamples_pcapng-example.pcapng", "tls.ja3s"): (
        set(),
        {"7a2f70a16da750662fc0291d88ebddf8"},
        STARTTLS,
    ),
    (TUNNEL, "tls.sni"): (set(), {"secure.newegg.com"}, STARTTLS),
    (TUNNEL, "tls.ja3"): (set(), {"07b4162d4db57554961824a21c4a0fde"}, STARTTLS),
    (TUNNEL, "tls.ja3s"): (set(), {"66a6571ef756b3c9e82b3fd802bbcac2"}, STARTTLS),
    ("zeek_zeek__testing_btest_Traces_http_get-to-ssh-server.pcap", "http.user_agent"): (
        {
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
        },
        set(),
        "an HTTP request sent to port 22: tshark goes by the port",
    ),
    ("arkime_arkime__tests_pcap_mysql-tls.pcap", "tls.ja3"): (set(), {"3509fd9d38bde48d8abc69cd321c0ba0"}, STARTTLS),
    ("arkime_arkime__tests_pcap_mysql-tls.pcap", "tls.ja3s"): (set(), {"e05da289b42d4cf4dcd64a1e6152aed6"}, STARTTLS),
    (SSL, "tls.sni"): (set(), {"ads1.msads.net", "mail02.cyberdyne.local"}, STARTTLS),
    (SSL, "tls.ja3"): (
        set(),
        {
            "13020a4ccb11b2d3c9c0e6c285c3c415",
            "2aef69b4ba1938c3a400de4188743185",
            "37f41521d2ec51e91e9c74649f591954",
            "bfec402cadff3c0ba444a4724f2e407b",
        },
        STARTTLS,
    ),
    (SSL, "tls.ja3s"): (
        {"82cf931f45acd5e7e3aedbc069be2807", "9aeeb84942a46257594025306635f0ff"},
        {
            "07fc50eea7f1460e44a13b3e9893dccc",
            "873bc234a06e363e550fcfe0dd382a6c",
            "98608fd44e22395cd5b24412b9b24ba7",
            "9ce213de238ed8aea57e81e02c0e4882",
            "ccc514751b175866924439bdbb5bba34",
            "cd05e941742c0d4f628a68716ca021f9",
            "ddc938d7dbdf21719feb5ed34c1d267d",
        },
        DRAFTS,
    ),
}


def difference(path: Path, observable: str, ours: set[str], theirs: set[str]) -> str:
    """ "" where both agree, or where the difference is the one that is listed."""
    only_ours, only_theirs = ours - theirs, theirs - ours
    known_ours, known_theirs, _ = KNOWN.get((path.name, observable), (set(), set(), ""))
    if (only_ours, only_theirs) == (known_ours, known_theirs):
        return ""
    return f"{observable}: only the sensor {sorted(only_ours)}, only tshark {sorted(only_theirs)}"


@pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed")
@pytest.mark.parametrize("path", captures(), ids=lambda path: path.name[-60:])
def test_the_same_texts(path: Path) -> None:
    try:
        seen = observe(path)
    except CaptureError as error:
        pytest.skip(str(error)[-80:])
    theirs = tshark(path, {c.port for c in seen.rows.conversations if c.protocol == "hl7" and c.transport == "tcp"})
    problems = [
        difference(path, observable, seen.values(observable), {t for v in theirs[field] for t in read(v)})
        for observable, (field, read) in FIELDS.items()
    ]
    problems.append(difference(path, "dhcp.parameter_list", seen.values("dhcp.parameter_list"), theirs["dhcp lists"]))
    problems.append(difference(path, "arp.address", arp_pairs(seen), stated(theirs["arp pairs"])))
    for observable, value in hl7(theirs["hl7 headers"]).items():
        problems.append(difference(path, observable, seen.values(observable), value))
    assert not [text for text in problems if text]


def hl7(headers: set[str]) -> dict[str, set[str]]:
    """MSH-3, MSH-4.1 and MSH-9.1-2 as the sensor files them: an acknowledgement is written by whoever relays, so its
    application is evidence of another kind, and its facility is none."""
    found: dict[str, set[str]] = {
        "hl7.message_type": set(),
        "hl7.sending_application": set(),
        "hl7.sending_facility": set(),
    }
    for header in headers:
        fields = header.split(header[3])
        if len(fields) < 9:
            continue
        component = header[4]
        kind = component.join(fields[8].split(component)[:2]).replace(component, "^")
        found["hl7.message_type"].add(kind)
        if not kind.startswith("ACK"):
            found["hl7.sending_application"].add(fields[2])
            found["hl7.sending_facility"].add(fields[3].split(component)[0])
    return {name: values - {""} for name, values in found.items()}


def arp_pairs(seen: Seen) -> set[str]:
    return {f"{e.subject.mac} {e.value}" for e in seen.rows.evidence if e.observable == "arp.address"}


def stated(pairs: set[str]) -> set[str]:
    """Without probes, which state no address (RFC 5227), and without groups, which have none."""
    return {
        p
        for p in pairs
        if not p.endswith(" 0.0.0.0") and not int(p[1], 16) & 1 and not p.startswith("00:00:00:00:00:00")
    }
