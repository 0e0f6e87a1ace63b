"""BACnet: devices' numbers, and what they announce. tshark shows a property's text without whose property it is."""

from __future__ import annotations

from collections.abc import Iterator

from tests.differential.table import SENDER, Differs, Frame, Shown, Table

KIND, SERVICE, ANSWERED = "bacapp.type", "bacapp.unconfirmed_service", "bacapp.confirmed_service"
FORWARDED = "bvlc.fwd_ip"
OBJECT, INSTANCE, VENDOR = "bacapp.objectType", "bacapp.instance_number", "bacapp.vendor_identifier"
PROPERTY = "bacapp.property_identifier"
WITHOUT_ANSWER, ANSWER, I_AM, READ, DEVICE, UNKNOWN = "1", "3", "0", "12", "8", "4194303"
TOLD = frozenset(("77", "70", "44", "12", "58", "121", "372", "120"))
SERIAL_LINE = ":cimetrics:"  # recorded on the line itself, which carries no addresses that the sensor knows


def announces(frame: Frame) -> bool:
    return frame.last(KIND) == WITHOUT_ANSWER and frame.last(SERVICE) == I_AM and SERIAL_LINE not in frame.layers


def answers(frame: Frame) -> bool:
    one = frame.last(KIND) == ANSWER and frame.last(ANSWERED) == READ
    return one and frame.last(OBJECT) == DEVICE and frame.last(PROPERTY) in TOLD and SERIAL_LINE not in frame.layers


def device(frame: Frame) -> Iterator[tuple[str, str]]:
    if (announces(frame) or answers(frame)) and frame.last(INSTANCE) != UNKNOWN:
        yield frame.last(FORWARDED) or frame.host(SENDER), frame.last(INSTANCE)


def vendor(frame: Frame) -> Iterator[tuple[str, str]]:
    if announces(frame):
        yield frame.last(FORWARDED) or frame.host(SENDER), frame.last(VENDOR)


NEEDS = (KIND, SERVICE, ANSWERED, FORWARDED, OBJECT, PROPERTY)
TABLE = Table(
    (
        Shown("bacnet.device_instance", (INSTANCE,), needs=NEEDS, read=device),
        Shown("bacnet.vendor_id", (VENDOR,), needs=NEEDS, read=vendor),
    ),
    differs=(
        Differs(
            "cisagov_icsnpp-bacnet__testing_traces_bacnet_error_reject_abort.pcap",
            "bacnet.device_instance",
            "a device that says where an object is (I-Have), not compared",
            ours=("61",),
        ),
        Differs(
            "idaholab_Malcolm-Test-Artifacts__pcap_protocols_BACnet_device_control.pcap",
            "bacnet.vendor_id",
            "in the answer to a question, where tshark shows it as any number",
            ours=("86",),
        ),
    ),
)
