"""HL7 v2 over MLLP: what the headers say, as the sensor files it.

An acknowledgement is written by whoever relays, so its application is evidence of another kind, and its facility none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.differential.table import SENDER, Differs, Frame, Shown, Table

SEGMENT = "hl7.segment"


def header(of: Callable[[list[str], str, str], str]) -> Callable[[Frame], Iterator[tuple[str, str]]]:
    """Reads one thing out of each MSH: `of` is given its fields, its component separator and the kind of message."""

    def read(frame: Frame) -> Iterator[tuple[str, str]]:
        for segment in frame.all(SEGMENT):
            if not segment.startswith("MSH") or len(segment) < 9:
                continue
            fields, component = segment.split(segment[3]), segment[4]
            if len(fields) < 9:
                continue
            kind = "^".join(fields[8].split(component)[:2])
            if text := of(fields, component, kind):
                yield frame.host(SENDER), text

    return read


def application(fields: list[str], _component: str, kind: str) -> str:
    return "" if kind.startswith("ACK") else fields[2]


def facility(fields: list[str], component: str, kind: str) -> str:
    return "" if kind.startswith("ACK") else fields[3].split(component)[0]


ROTATED = "the message goes on in the next file: tshark waits for its end, the sensor says what it has"
NO_MLLP = "HL7 text without MLLP: tshark's dissector wants the framing"
OVER_HTTP = "a message in the body of HTTP, which tshark shows as it is"
HTTP = "hl7/over-http.pcap"
IN_DATAGRAMS = "HL7 in datagrams: tshark knows it over TCP alone"
DATAGRAMS = "hl7/datagrams.pcap"
SPIKE = "Mohamed-Habak_Medical-Packet-Analyzer__demo_pcaps_traffic_spike.pcap"
PLAIN = "Mohamed-Habak_Medical-Packet-Analyzer__demo_pcaps_unencrypted_hl7.pcap"
TABLE = Table(
    (
        Shown("hl7.message_type", (SEGMENT,), read=header(lambda fields, component, kind: kind)),
        Shown("hl7.sending_application", (SEGMENT,), read=header(application)),
        Shown("hl7.sending_facility", (SEGMENT,), read=header(facility)),
    ),
    differs=(
        Differs(DATAGRAMS, "hl7.message_type", IN_DATAGRAMS, ours=("ORU^R01",)),
        Differs(DATAGRAMS, "hl7.sending_application", IN_DATAGRAMS, ours=("DELTA22^0030E6FFFE102022^EUI-64",)),
        Differs(DATAGRAMS, "hl7.sending_facility", IN_DATAGRAMS, ours=("DRAEGER",)),
        Differs("first.pcap", "hl7.message_type", ROTATED, ours=("ORU^R01",)),
        Differs("first.pcap", "hl7.sending_application", ROTATED, ours=("VSP^080019FFFE102021^EUI-64",)),
        Differs("first.pcap", "hl7.sending_facility", ROTATED, ours=("GE Healthcare",)),
        Differs(HTTP, "hl7.message_type", OVER_HTTP, ours=("ORU^R01", "ACK^R01")),
        Differs(HTTP, "hl7.sending_application", OVER_HTTP, ours=("MINDRAY_EGATEWAY^00A037FFFE401041^EUI-64",)),
        Differs(HTTP, "hl7.sending_facility", OVER_HTTP, ours=("MINDRAY",)),
        Differs(SPIKE, "hl7.message_type", NO_MLLP, ours=("ORM^O01",)),
        Differs(SPIKE, "hl7.sending_application", NO_MLLP, ours=("SRC",)),
        Differs(SPIKE, "hl7.sending_facility", NO_MLLP, ours=("HOSP",)),
        Differs(PLAIN, "hl7.message_type", NO_MLLP, ours=("ORU^R01",)),
        Differs(PLAIN, "hl7.sending_application", NO_MLLP, ours=("DEVICE",)),
        Differs(PLAIN, "hl7.sending_facility", NO_MLLP, ours=("HOSP",)),
    ),
    decode_as={"hl7": "hl7"},
)
