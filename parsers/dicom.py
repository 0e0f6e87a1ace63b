"""DICOM over TCP: which applications talk, what they offer, and which devices made the objects that they carry.

PS3.8 clause 9.3. `dicom_pdu` cuts the stream, `dicom_exchange` says what it means, `dicom_dimse`, `dicom_dataset` and
`dicom_equipment` read commands and heads of data sets.
"""

from __future__ import annotations

from parsers.api import StreamParser, StreamSpec
from parsers.dicom_dataset import sniff
from parsers.dicom_equipment import OBSERVABLES
from parsers.dicom_exchange import AC, RJ, RQ, Pair
from parsers.dicom_pdu import ABORT, COMMAND_BIT, DATA, Direction, length_fits, plausible
from parsers.reading import u32

APPLICATION_CONTEXT = b"1.2.840.10008.3.1.1.1"  # PS3.7 annex A.2.1


def probe(first: bytes) -> bool | None:
    """An association PDU with DICOM's application context, RJ, ABORT, or (mid-stream) P-DATA that adds up."""
    size = len(first)
    if size == 0:
        return None
    kind = first[0]
    if not RQ <= kind <= ABORT or (size > 1 and first[1]):
        return False
    if size < 12 and not (size >= 10 and kind != DATA):
        return None if size < 6 or length_fits(kind, u32(first, 2)) else False
    if not plausible(first, 0):
        return False
    length = u32(first, 2)
    if kind in (RQ, AC):
        if size < 78 + len(APPLICATION_CONTEXT):
            return None
        return first[74] == 0x10 and first[78:].startswith(APPLICATION_CONTEXT)
    if kind == DATA:
        return _probe_data(first)
    if kind == RJ:
        return first[7] in (1, 2) and 1 <= first[8] <= 3 and first[9] <= 10
    return length == 4 and first[6] == 0 and (size == 10 or 1 <= first[10] <= ABORT)


def _probe_data(first: bytes) -> bool | None:
    """Two PDUs in a row whose PDVs add up, or one whose first PDV begins a command set or a data set."""
    at, pdus = 0, 0
    while at + 12 <= len(first):
        if not plausible(first, at):
            return False
        end = at + 6 + u32(first, at + 2)
        begin = at + 12
        at += 6
        while at < end:
            if at + 6 > len(first):
                break
            inner = u32(first, at)
            if inner < 2 or at + 4 + inner > end or not first[at + 4] & 1 or first[at + 5] > 3:
                return False
            at += 4 + inner
        pdus += 1
        if pdus == 2 and at == end:
            return True
        if first[begin - 1] & COMMAND_BIT:
            # (0000,0000) of 4 bytes, then (0000,0002), (0000,0003) or (0000,0100): PS3.7 annex E
            if first[begin : begin + 8] == b"\0\0\0\0\4\0\0\0" and first[begin + 12 : begin + 14] == b"\0\0":
                return True
        elif begin + 8 <= len(first) and first[begin : begin + 2] == b"\x08\0" and sniff(first[begin : begin + 8]):
            return True
        if at != end:
            return None
    return None


def make() -> tuple[StreamParser, StreamParser]:
    pair = Pair()
    return Direction(pair, 0), Direction(pair, 1)


SPEC = StreamSpec(
    name="dicom",
    title="DICOM",
    ports=frozenset({104, 2761, 4242, 11112}),
    probe=probe,
    make=make,
    emits={
        **OBSERVABLES,
        "dicom.calling_ae": 0.9,
        "dicom.called_ae": 0.7,  # what the client believes; some servers answer to any title
        "dicom.called_ae_unconfirmed": 0.2,
        "dicom.implementation_uid": 0.9,
        "dicom.implementation_version": 0.9,
        "dicom.max_pdu": 0.3,
        "dicom.async_window": 0.3,
        "dicom.proposed_sop_class": 0.8,
        "dicom.proposed_count": 0.8,  # distinct SOP classes: an archive or router has many, a modality few
        "dicom.accepted_count": 0.9,
        "dicom.role_selection": 0.8,
        "dicom.accepted_sop_class": 0.9,
        "dicom.refused_sop_class": 0.6,
        "dicom.role_request": 0.9,
        "dicom.role_provide": 0.9,
        "dicom.move_destination": 0.5,  # names a third node
        "dicom.move_originator": 0.9,  # so the sender is an archive
        "dicom.user_identity": 0.9,
        "dicom.rejects": 0.9,
    },
    findings={
        "dicom.cleartext": "Images and patient data can be read on the way: the association is not encrypted.",
        "dicom.default_ae": "The application goes by the title that its software came with.",
        "dicom.any_ae": "It took an association with a title that nobody gave it: it takes whoever calls.",
        "dicom.passcode": "A user name and passcode were sent in clear when the association was opened.",
        "dicom.scanner": "The association request is the one that a network scanner sends.",
    },
    budget=None,
    shape="dicom",
    never_reads="Group 0010, persons, free text, dates, object identifiers, query answers, pixels, credentials.",
)
