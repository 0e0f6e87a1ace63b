"""DIMSE commands: which service is asked for or provided, by whom, and which data set heads are worth reading.

PS3.7 annex E (command dictionary), clauses 9 and 10; SOP classes by PS3.6 table A-1. Message and instance identifiers
and error comments are stepped over.
"""

from __future__ import annotations

import struct
from functools import lru_cache

from msgspec import Struct

from parsers.dicom_association import uid
from parsers.reading import clean, u16le

C_STORE, C_GET, C_FIND, C_MOVE, C_ECHO = 0x0001, 0x0010, 0x0020, 0x0021, 0x0030
N_EVENT_REPORT, N_GET, N_SET, N_ACTION, N_CREATE, N_DELETE = 0x0100, 0x0110, 0x0120, 0x0130, 0x0140, 0x0150
RESPONSE = 0x8000
C_CANCEL = 0x0FFF
NO_DATA_SET = 0x0101

_FIELDS = frozenset(
    field | answer
    for field in (
        *(C_STORE, C_GET, C_FIND, C_MOVE, C_ECHO),
        *(N_EVENT_REPORT, N_GET, N_SET, N_ACTION, N_CREATE, N_DELETE),
    )
    for answer in (0, RESPONSE)
) | {C_CANCEL}

WORKLIST = "1.2.840.10008.5.1.4.31"
MPPS = "1.2.840.10008.3.1.2.3.3"
MPPS_FAMILY = "1.2.840.10008.3.1.2.3."
COMMITMENT_FAMILY = "1.2.840.10008.1.20."
PRINTER = "1.2.840.10008.5.1.1.16"
UPS_FAMILY = "1.2.840.10008.5.1.4.34.6."
MEDIA = "1.2.840.10008.5.1.1.33"
DISPLAY = "1.2.840.10008.5.1.1.40"
PRINT_FAMILY = "1.2.840.10008.5.1.1."
AVAILABILITY = "1.2.840.10008.5.1.4.33"

_ELEMENT = struct.Struct("<HHL").unpack_from
ROLES_KEPT = 1024  # answers of `role` that are kept ready: services, SOP classes and statuses in use are some hundred

_COMPOSITE = {C_STORE: "store", C_GET: "get", C_FIND: "find", C_MOVE: "move", C_ECHO: "echo"}


class Command(Struct, frozen=True):
    """What is read of a command set."""

    field: int
    sop_class: str
    has_data: bool
    status: int
    move_destination: str
    move_originator: str

    @property
    def service(self) -> int:
        """The command field of the request, of which this may be the answer."""
        return self.field & ~RESPONSE

    @property
    def is_answer(self) -> bool:
        return bool(self.field & RESPONSE)


def read_command(data: bytes) -> Command | None:
    """A whole command set: implicit VR, little-endian, group 0000 only (PS3.7 6.3.1). None: it is none."""
    field = -1
    sop_class = destination = originator = ""
    kind = status = 0
    at, size = 0, len(data)
    while at < size:
        if size - at < 8:
            return None
        group, element, length = _ELEMENT(data, at)
        start = at + 8
        at = start + length
        if group or at > size:
            return None
        if element in (0x0002, 0x0003):
            sop_class = sop_class or uid(data[start:at])
        elif length == 2:
            if element == 0x0100:
                field = u16le(data, start)
            elif element == 0x0800:
                kind = u16le(data, start)
            elif element == 0x0900:
                status = u16le(data, start)
        elif element == 0x0600:
            destination = clean(data[start : min(at, start + 16)], "ascii")
        elif element == 0x1030:
            originator = clean(data[start : min(at, start + 16)], "ascii")
    if field not in _FIELDS:
        return None
    return Command(field, sop_class, kind != NO_DATA_SET, status, destination, originator)


def service_name(service: int, sop_class: str) -> str:
    """The role word of a service, or "" for those that tell nothing about a device."""
    if service == C_FIND and sop_class == WORKLIST:
        return "worklist"
    if sop_class.startswith(UPS_FAMILY):
        return "ups"
    if service in _COMPOSITE:
        return _COMPOSITE[service]
    if sop_class.startswith(MPPS_FAMILY):
        return "mpps"
    if sop_class.startswith(COMMITMENT_FAMILY):
        return "commit"
    if sop_class == MEDIA:
        return "media"
    if sop_class == DISPLAY:
        return "display"
    if sop_class == AVAILABILITY:
        return "availability"
    if sop_class.startswith(PRINT_FAMILY):
        return "print"
    return ""


@lru_cache(maxsize=ROLES_KEPT)
def role(field: int, status: int, sop_class: str) -> tuple[str, str]:
    """(observable, role word) of whoever sent a command, or ("", "").

    A request makes its sender the user of the service, an answer that is no failure makes its sender the provider. An
    event report goes the other way: the provider sends it, the user answers (PS3.7 10.1.1).
    """
    service, is_answer = field & ~RESPONSE, bool(field & RESPONSE)
    name = service_name(service, sop_class)
    if not name or field == C_CANCEL:
        return "", ""
    if is_answer and not (status in (0x0000, 0x0001, 0x0107, 0x0116) or status >> 12 == 0xB or status >> 8 == 0xFF):
        return "", ""  # status: success, warnings and pending only, PS3.7 annex C
    asks = is_answer if service == N_EVENT_REPORT else not is_answer
    return ("dicom.role_request" if asks else "dicom.role_provide"), name
