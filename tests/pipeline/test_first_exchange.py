"""Protocols of medicine find their device at once, on any port, and mid-stream where they allow it.

`by` is the last turn (a datagram, or what one end sends until the other does; from 0) that it takes, and what each
protocol says in those turns stands beside it. `lost` turns at the beginning were not captured: the device is found all
the same.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import Struct

from parsers.api import installed
from tests.observe import observe
from tests.pipeline.turns import frames, kept, on_other_ports, write

PCAPS = Path(__file__).parents[2] / "pcaps"
FREE = 50000  # ports from here on hint at nothing


class Case(Struct, frozen=True):
    capture: str
    observable: str
    by: int
    lost: int = 0

    def __str__(self) -> str:
        return f"{self.capture} {self.observable}"


CASES = (
    # imaging
    Case("dicom/ct-to-archive", "dicom.calling_ae", by=0),  # the request of an association
    Case("dicom/ct-to-archive", "dicom.called_ae", by=1),  # and its answer
    Case("dicom/ct-to-archive", "dicom.serial", by=2, lost=2),  # an object
    Case("dicom/ct-to-archive", "dicom.performed_station_name", by=2, lost=2),  # a procedure step
    Case("dicom/print", "dicom.printer_name", by=3, lost=3),  # a printer is asked what it is, and says it
    Case("dicomweb/store-and-fetch", "dicomweb.requests", by=0),
    Case("dicomweb/store-and-fetch", "dicomweb.serial", by=0, lost=1),  # what is stored; what is fetched
    Case("atna/transferred", "atna.ae", by=0),
    # values and results
    Case("hl7/monitor", "hl7.model", by=0, lost=1),  # any message
    Case("hl7/device-gateway", "hl7.eui64", by=0, lost=2),
    Case("hl7/analyser", "hl7.obx18", by=0, lost=2),
    Case("hl7/device-management", "hl7.serial", by=0, lost=2),
    Case("hl7/pump-order", "hl7.obx18", by=0),
    Case("hl7/over-http", "hl7.model", by=0),
    Case("hl7/datagrams", "hl7.model", by=0),
    Case("fhir/devices", "fhir.software", by=1, lost=1),  # asked for and answered
    Case("fhir/xml", "fhir.device_serial", by=1, lost=1),
    Case("mindray/broadcast", "mindray.name", by=0, lost=1),
    # the bedside
    Case("intellivue/monitor", "intellivue.mdc_device", by=0),  # the indication that it looks for a client
    Case("intellivue/monitor", "intellivue.serial", by=2, lost=2),  # association and its answer, then it is described
    Case("carescape/ward", "carescape.location", by=0, lost=1),
    Case("infinity/monitor", "infinity.serial", by=0, lost=1),  # an announcement
    Case("infinity/monitor", "infinity.role", by=0, lost=1),  # or any of its data
    Case("bernoulli/gateway", "bernoulli.model", by=1, lost=1),  # subscribed to; any update
    Case("datex/network", "datex.plug", by=0, lost=1),
    Case("datex_serial/converter", "datex_serial.plug", by=1, lost=1),  # asked for and answered
    Case(
        "intellivue_serial/converter", "intellivue_serial.serial", by=1, lost=1
    ),  # asked for data; it says which it is
    Case("medibus/serial-server", "medibus.model", by=3, lost=3),  # line initialised, agreed; asked who it is, and told
    Case("puritan_bennett/converter", "puritan_bennett.serial", by=1, lost=3),
    Case("capnostream/converter", "capnostream.serial", by=2, lost=1),  # what it says is proved by the next command
    Case("phd/scale", "phd.system_id", by=0),  # the request of an association
    Case("phd/scale", "phd.serial", by=2, lost=2),  # accepted and asked for; its attributes
    Case("sdc/discovery", "sdc.endpoint_uuid", by=0, lost=1),  # Hello, or the answer to a probe
    Case("sdc/long", "sdc.serial", by=1, lost=1),  # asked for its description, and described
    # the laboratory
    Case("astm/analyser", "astm.sending_system", by=2, lost=2),  # enquiry, acknowledged; the header
    Case("astm/unframed", "astm.sending_system", by=0),
    Case("poct1a/meter", "poct1a.serial", by=0),  # HELLO, which comes once
    # serial servers
    Case("addp/search", "addp.mac", by=1, lost=1),  # searched for and answered
    Case("moxa/search", "moxa.mac", by=1, lost=1),
    Case("lantronix/setup", "lantronix.mac", by=1, lost=1),
    Case("console/screen", "console.serial", by=0),  # the screen
    Case("comport/lines", "comport.role", by=0),
    Case("gateway/ventilators", "medibus.model", by=3, lost=3),
    Case("gateway/ventilators", "puritan_bennett.serial", by=1, lost=3),
    # power
    Case("nut/list", "nut.serial", by=3, lost=2),  # TLS refused; asked for a list, and told
    Case("apcupsd/status", "apcupsd.serial", by=1, lost=1),
)
FOLDERS = sorted({case.capture.partition("/")[0] for case in CASES})
CAPTURES = [path for folder in FOLDERS for path in sorted((PCAPS / folder).glob("*.pcap"))]


def observables(path: Path) -> set[str]:
    return {row.observable for row in observe(path).rows.evidence}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_first_exchange_is_enough(case: Case, tmp_path: Path) -> None:
    everything = frames(PCAPS / f"{case.capture}.pcap")
    early = write(tmp_path / "early.pcap", kept(everything, lambda frame: frame.turn <= case.by))
    assert case.observable in observables(early)
    if case.by:
        too_early = write(tmp_path / "too-early.pcap", kept(everything, lambda frame: frame.turn < case.by))
        assert case.observable not in observables(too_early), "it takes fewer turns than it says here"


@pytest.mark.parametrize("case", [case for case in CASES if case.lost], ids=str)
def test_what_began_before_the_capture(case: Case, tmp_path: Path) -> None:
    """Neither the handshake nor the first turns of any connection were captured."""
    everything = frames(PCAPS / f"{case.capture}.pcap")
    begun: set[int] = set()
    late = []
    for frame in everything:
        if frame.turn >= case.lost:
            begun.add(frame.flow)
        if frame.flow < 0 or frame.flow in begun:
            late.append(frame)
    assert len(late) < len(everything)
    assert case.observable in observables(write(tmp_path / "late.pcap", late))


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_ports_only_hint(capture: Path, tmp_path: Path) -> None:
    hints = sorted({port for spec in installed().values() for port in spec.ports})
    moved = on_other_ports(frames(capture), {port: FREE + number for number, port in enumerate(hints)})

    def said(path: Path) -> set[tuple[str, str, str]]:
        return {(repr(row.subject), row.observable, row.value) for row in observe(path).rows.evidence}

    there = said(capture)
    assert there
    assert said(write(tmp_path / "moved.pcap", moved)) == there
