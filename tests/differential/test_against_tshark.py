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


def tshark(path: Path) -> dict[str, set[str]]:
    """Field name -> all values that tshark gives, over the whole capture."""
    fields = [name for name, _ in FIELDS.values()] + list(EXTRA)
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "occurrence=a", "-E", f"aggregator={SEPARATOR}"]
    command += ["-E", "separator=\x1d", "--enable-heuristic", "dicom_tcp"]
    for name in fields:
        command += ["-e", name]
    done = subprocess.run(command, capture_output=True, timeout=300, check=False)
    found: dict[str, set[str]] = defaultdict(set)
    for line in done.stdout.decode("utf-8", "replace").split("\n"):
        cells = dict(zip(fields, line.split("\x1d"), strict=False))
        for name, cell in cells.items():
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


# (capture, observable) -> texts that only one of the two sees, and why.
KNOWN: dict[tuple[str, str], tuple[set[str], set[str], str]] = {}


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
    theirs = tshark(path)
    problems = [
        difference(path, observable, seen.values(observable), {t for v in theirs[field] for t in read(v)})
        for observable, (field, read) in FIELDS.items()
    ]
    problems.append(difference(path, "dhcp.parameter_list", seen.values("dhcp.parameter_list"), theirs["dhcp lists"]))
    problems.append(difference(path, "arp.address", arp_pairs(seen), stated(theirs["arp pairs"])))
    headers = {tuple(h.split(h[3])[i] for i in (2, 3, 8)) for h in theirs["hl7 headers"] if h.count(h[3]) > 8}
    problems.append(
        difference(path, "hl7.message_type", seen.values("hl7.message_type"), {t for _, _, t in headers if t})
    )
    problems.append(
        difference(path, "hl7.sending_facility", seen.values("hl7.sending_facility"), {f for _, f, _ in headers if f})
    )
    assert not [text for text in problems if text]


def arp_pairs(seen: Seen) -> set[str]:
    return {f"{e.subject.mac} {e.value}" for e in seen.rows.evidence if e.observable == "arp.address"}


def stated(pairs: set[str]) -> set[str]:
    """Without probes, which state no address (RFC 5227), and without groups, which have none."""
    return {
        p
        for p in pairs
        if not p.endswith(" 0.0.0.0") and not int(p[1], 16) & 1 and not p.startswith("00:00:00:00:00:00")
    }
