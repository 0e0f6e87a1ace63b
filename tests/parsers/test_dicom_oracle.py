"""Associations that pynetdicom encodes, as we read them."""

from __future__ import annotations

import random

from pynetdicom.pdu import A_ASSOCIATE_AC, A_ASSOCIATE_RQ
from pynetdicom.pdu_primitives import (
    A_ASSOCIATE,
    AsynchronousOperationsWindowNegotiation,
    ImplementationClassUIDNotification,
    ImplementationVersionNameNotification,
    MaximumLengthNotification,
    SCP_SCU_RoleSelectionNegotiation,
    SOPClassCommonExtendedNegotiation,
    SOPClassExtendedNegotiation,
    UserIdentityNegotiation,
)
from pynetdicom.presentation import PresentationContext

from parsers.dicom import probe
from parsers.dicom_association import read_association
from tests.parsers.dicom_bytes import (
    BIG,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
)

# -- second opinion


def a_primitive(rng: random.Random) -> A_ASSOCIATE:
    made = A_ASSOCIATE()
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
    made.calling_ae_title = "".join(rng.choice(letters) for _ in range(rng.randrange(1, 17)))
    made.called_ae_title = "".join(rng.choice(letters) for _ in range(rng.randrange(1, 17)))
    made.application_context_name = "1.2.840.10008.3.1.1.1"
    contexts = []
    for number in range(rng.randrange(1, 129)):
        context = PresentationContext()
        context.context_id = 2 * number + 1
        context.abstract_syntax = f"1.2.840.10008.5.1.4.1.1.{rng.randrange(99)}"
        context.transfer_syntax = rng.sample([IMPLICIT, EXPLICIT, DEFLATED, BIG], rng.randrange(1, 5))
        contexts.append(context)
    made.presentation_context_definition_list = contexts
    for kind, name, value in (
        (MaximumLengthNotification, "maximum_length_received", rng.choice((0, 16384, 131072))),
        (ImplementationClassUIDNotification, "implementation_class_uid", f"1.2.276.0.{rng.randrange(10**6)}"),
        (ImplementationVersionNameNotification, "implementation_version_name", f"V_{rng.randrange(10**6)}"),
    ):
        if kind is ImplementationVersionNameNotification and rng.random() < 0.2:
            continue
        notification = kind()
        setattr(notification, name, value)
        made.user_information.append(notification)
    if rng.random() < 0.5:
        window = AsynchronousOperationsWindowNegotiation()
        window.maximum_number_operations_invoked = rng.randrange(9)
        window.maximum_number_operations_performed = rng.randrange(9)
        made.user_information.append(window)
    for n in range(rng.randrange(3)):
        selection = SCP_SCU_RoleSelectionNegotiation()
        selection.sop_class_uid = f"1.2.840.10008.5.1.4.1.1.{n}"
        selection.scu_role, selection.scp_role = True, rng.random() < 0.5
        made.user_information.append(selection)
    if rng.random() < 0.3:
        extended = SOPClassExtendedNegotiation()
        extended.sop_class_uid = "1.2.840.10008.5.1.4.1.2.2.1"
        extended.service_class_application_information = b"\1\1\1"
        made.user_information.append(extended)
        common = SOPClassCommonExtendedNegotiation()
        common.sop_class_uid = "1.2.840.10008.5.1.4.1.1.2"
        common.service_class_uid = "1.2.840.10008.4.2"
        made.user_information.append(common)
    if rng.random() < 0.5:
        identity = UserIdentityNegotiation()
        identity.user_identity_type = rng.randrange(1, 6)
        identity.primary_field = b"ZQCANARY"
        if identity.user_identity_type == 2:
            identity.secondary_field = b"ZQCANARYPW"
        made.user_information.append(identity)
    return made


def test_pynetdicom_writes_what_we_read() -> None:
    rng = random.Random(23)
    for _ in range(80):
        made = a_primitive(rng)
        written = A_ASSOCIATE_RQ()
        written.from_primitive(made)
        raw = written.encode()
        ours = read_association(raw[6:])
        assert probe(raw) is True
        assert ours.odd == ""
        assert (ours.calling, ours.called) == (made.calling_ae_title, made.called_ae_title)
        assert ours.abstract == {
            c.context_id: str(c.abstract_syntax) for c in made.presentation_context_definition_list
        }
        assert ours.max_pdu == made.maximum_length_received
        assert ours.implementation_uid == str(made.implementation_class_uid)
        theirs = written.user_information
        assert ours.implementation_version == (theirs.implementation_version_name or "")
        assert ours.identity == (theirs.user_identity.id_type if theirs.user_identity else 0)
        assert ours.provides == any(selection.scp for selection in theirs.role_selection.values())
        window = theirs.async_ops_window
        expected = f"{window.max_operations_invoked}/{window.max_operations_performed}" if window else ""
        assert ours.window == expected


def test_pynetdicom_answers_what_we_read() -> None:
    rng = random.Random(29)
    for _ in range(80):
        made = a_primitive(rng)
        results = []
        for context in made.presentation_context_definition_list:
            context.transfer_syntax = context.transfer_syntax[:1]
            context.result = rng.choice((0, 0, 1, 2, 3, 4))
            results.append(context)
        made.presentation_context_definition_results_list = results
        made.result = 0
        written = A_ASSOCIATE_AC()
        written.from_primitive(made)
        ours = read_association(written.encode()[6:])
        assert ours.results == {c.context_id: (c.result, str(c.transfer_syntax[0])) for c in results}
        assert ours.implementation_uid == str(made.implementation_class_uid)
