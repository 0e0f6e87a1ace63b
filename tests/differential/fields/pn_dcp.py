"""PROFINET DCP: what devices answer."""

from __future__ import annotations

from collections.abc import Iterable

from tests.differential.table import Frame, Shown, Table

SERVICE, DIRECTION = "pn_dcp.service_id", "pn_dcp.service_type"
NEEDS = (SERVICE, DIRECTION)
SET, HELLO, SUCCESS = "4", "6", "1"


def tells(frame: Frame) -> bool:
    service = frame.last(SERVICE)
    return service == HELLO or (service != SET and frame.last(DIRECTION) == SUCCESS)


def digits(value: str) -> Iterable[str]:
    return (f"{int(value, 0):04x}",)


TABLE = Table(
    (
        Shown("pn_dcp.host_name", ("pn_dcp.suboption_device_nameofstation",), when=tells, needs=NEEDS),
        Shown("pn_dcp.model", ("pn_dcp.suboption_device_devicevendorvalue",), when=tells, needs=NEEDS),
        Shown("pn_dcp.address", ("pn_dcp.suboption_ip_ip",), when=tells, needs=NEEDS),
        Shown("pn_dcp.vendor_id", ("pn_dcp.suboption_vendor_id",), digits, when=tells, needs=NEEDS),
    )
)
