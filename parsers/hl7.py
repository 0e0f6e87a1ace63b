"""HL7 v2 over MLLP or HTTP: applications, their software, and the devices that messages speak of.

HL7 v2.5.1 chapter 2, MLLP release 1, IHE PCD TF-2. Read are MSH-3, 4, 5, 6, 9, 12, 18, 21, 24, 25, SFT-1 to 4, EQU-1,
the universal ids of OBR-2 and 3, OBX-3, 4 and 18, OBX-5 of two codes, PRT of equipment, and PV1-3 beside a device.
`hl7_blocks` finds the segments, `hl7_fields` and `hl7_devices` say what they mean.
"""

from __future__ import annotations

import re

from parsers.api import PROBE_MAX, Line, StreamParser, StreamSpec
from parsers.hl7_blocks import START, Blocks
from parsers.hl7_fields import good_separators

_BODY = re.compile(rb"[\r\n](?:PID|PV1|OBR|OBX|NTE|ORC|MSA|EVN|SPM|AL1|TQ1|IN1)\|")
_BINARY = re.compile(rb"[\0-\x08\x0e-\x1b\x1d-\x1f]")
_TEXT = re.compile(rb"[^\0-\x08\x0e-\x1f]+")
_HTTP = re.compile(rb"(?:[A-Z]{3,10} [^\r\n]{1,256} )?HTTP/1\.[01]")  # which hands on what its bodies hold


def probe(first: bytes) -> bool | None:
    """By structure: an MSH with its separators at the beginning or after 0B, CR or LF; an HL7 batch; in mid-stream two
    lines that begin as common segments do."""
    answer = _recognised(first)
    if answer is not False and _HTTP.match(first):
        return False
    return False if answer is None and len(first) >= PROBE_MAX else answer


def _recognised(first: bytes) -> bool | None:
    begins = first.lstrip(b"\x0b\r\n\x1c")
    if begins[:3] in (b"MSH", b"FHS", b"BHS"):
        return None if len(begins) < 10 else good_separators(begins)
    if len(begins) < 3 and (not begins or b"MSH".startswith(begins) or begins in (b"F", b"FH", b"B", b"BH")):
        return None
    found = START.search(first) if b"MSH" in first else None
    if found is not None:
        line = first[found.start() + 1 :]
        return None if len(line) < 10 else good_separators(line)
    if b"|" not in first or _BINARY.search(first[:64]):
        return False
    if len(_BODY.findall(first)) >= 2:
        return True
    return None if _TEXT.fullmatch(first[:64]) else False  # the middle of a long segment


# What `hl7_message` reads of each segment. MSH-7, 10, 13 and 14 differ with every message and say nothing.
LINES = {
    b"MSH": Line(fields=frozenset((1, 2, 3, 4, 5, 8, 11, *range(14, 63)))),
    b"PID": Line(),
    b"PV1": Line(fields=frozenset({3})),
    b"SFT": Line(fields=frozenset({1, 2, 3, 4})),
    b"EQU": Line(fields=frozenset({1})),
    b"PRT": Line(fields=frozenset({4, 9, 10, 16, 17, 18, 19, 20, 22})),
    b"OBR": Line(fields=frozenset({2, 3}), where=frozenset({2, 3}), marks=(b"EUI-64",), only_marked=True),
    b"OBX": Line(  # results tell nothing but whose they are; device rows and attributes do
        fields=frozenset({3, 4, 18}),
        also=frozenset({5}),
        where=frozenset({3}),
        marks=(b"_DEV_", b"MDC_IDC_", b"|67"),
        instance=18,
    ),
    **{head: Line(read=True) for head in (b"FHS", b"BHS", b"BTS", b"FTS")},
}


def make() -> tuple[StreamParser, StreamParser]:
    return Blocks(), Blocks()


SPEC = StreamSpec(
    name="hl7",
    title="HL7 v2",
    ports=frozenset({2575, 6661}),  # IANA; the usual port of a Mirth channel
    probe=probe,
    make=make,
    carriers=frozenset({"hl7_udp", "http:application/hl7-v2", "http:x-application/hl7-v2+er7"}),  # the last of HAPI
    anywhere=True,
    lines=LINES,
    budget=None,  # an interface engine names another sender years after it connected
    emits={
        # MSH of the sender. Site configuration changes names freely, an EUI-64 is burnt in.
        "hl7.sending_application": 0.7,
        "hl7.sending_facility": 0.5,
        "hl7.sending_system": 0.7,
        "hl7.sending_eui64": 0.9,
        "hl7.sending_mac": 0.9,
        "hl7.sending_address": 0.6,
        "hl7.message_type": 0.8,
        "hl7.version": 0.8,
        "hl7.charset": 0.5,
        "hl7.profile": 0.8,
        "hl7.control_serial": 0.9,
        "hl7.ack_application": 0.4,
        # what the sender expects at the other end
        "hl7.receiving_application": 0.5,
        "hl7.receiving_facility": 0.4,
        "hl7.receiving_eui64": 0.6,
        "hl7.receiving_mac": 0.6,
        "hl7.receiving_address": 0.4,
        "hl7.receives_type": 0.7,
        "hl7.receives_profile": 0.7,  # only that of orders to pumps
        # SFT
        "hl7.software_maker": 0.8,
        "hl7.software_version": 0.9,
        "hl7.software_product": 0.9,
        "hl7.software_build": 0.8,
        "hl7.relay_software_maker": 0.6,
        "hl7.relay_software_version": 0.6,
        "hl7.relay_software_product": 0.6,
        "hl7.relay_software_build": 0.6,
        # devices that are spoken of
        "hl7.obx18": 0.8,
        "hl7.obx18_model": 0.8,
        "hl7.equipment": 0.8,
        "hl7.equipment_model": 0.8,
        "hl7.prt_device": 0.8,
        "hl7.prt_device_model": 0.8,
        "hl7.eui64": 0.9,
        "hl7.device_mac": 0.9,
        "hl7.system_id": 0.9,
        "hl7.model": 0.9,
        "hl7.mdc_device": 0.9,
        "hl7.mdc_module": 0.5,
        "hl7.serial": 0.9,
        "hl7.udi": 0.95,
        "hl7.udi_device_identifier": 0.95,
        "hl7.manufacture_date": 0.9,
        "hl7.expiry_date": 0.9,
        "hl7.lot": 0.9,
        "hl7.device_type": 0.8,
        "hl7.location": 0.6,
        # devices without a name: the sender's own kind, or that of those behind it
        "hl7.sends_device": 0.5,
        "hl7.sends_module": 0.3,
        "hl7.sends_model": 0.5,
        "hl7.order_eui64": 0.5,
        "hl7.order_mac": 0.5,
    },
    findings={
        "hl7.cleartext": "Patient data crosses the network in HL7 messages without encryption.",
        "hl7.pump_order_cleartext": "Infusion orders to a pump cross the network without encryption or authentication.",
    },
    never_reads=(
        "PID, NK1, GT1, IN1, MRG, PV1 other than the place of a device, OBX-5 other than model and system id, "
        "OBX-16, OBR other than an EUI-64, ORC, NTE, QPD, SPM, orders, control ids, every segment not listed"
    ),
)
