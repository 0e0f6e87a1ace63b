"""DICOM identifiers. Expected values from the files named in fingerprints/dicom/implementation_uids.toml and PS3.4."""

from __future__ import annotations

import pytest
from pydicom.uid import UID

from sensor.fingerprint.dicom import Implementation, Implementations
from sensor.fingerprint.load import load, read

RULES = load()


def said(observable: str, text: str) -> dict[str, str]:
    return {claim.attribute: claim.value for claim in RULES.apply(observable, text)}


@pytest.mark.parametrize(
    ("uid", "expected"),
    [
        ("1.2.276.0.7230010.3.0.3.6.7", {"toolkit": "OFFIS DCMTK", "toolkit_maker": "OFFIS"}),
        # OsiriX exports under a root one digit away from DCMTK's
        ("1.2.276.0.7238010.5.0.3.5.4", {"product": "OsiriX", "kind": "diagnostic_workstation"}),
        ("1.2.826.0.1.3680043.9.3811.3.0.4", {"toolkit": "pynetdicom", "toolkit_version": "3.0.4"}),
        ("1.2.826.0.1.3680043.2.1143.107.104.103.115.2.8.4", {"toolkit": "GDCM", "toolkit_version": "2.8.4"}),
        ("1.2.40.0.13.1.3", {"toolkit": "dcm4che"}),
        ("1.2.40.0.13.1.31", {}),  # exact, not a prefix
        ("1.2.840.113619.6.475", {"manufacturer": "GE HealthCare", "model": "SIGNA Architect", "kind": "mri_scanner"}),
        ("1.2.840.113619.2.5", {"manufacturer": "GE HealthCare"}),  # only the root is known
        ("1.2.840.1136190.2.5", {}),
        ("1.3.46.670589.11.0.0.51.4.53.0", {"manufacturer": "Philips", "kind": "mri_scanner"}),  # the longer prefix
        ("1.3.46.670589.7", {"manufacturer": "Philips"}),
        ("1.2.840.113564.1", {}),  # sources contradict each other: left out
        ("", {}),
        ("1.2.3", {}),
    ],
)
def test_implementation_class_uids(uid: str, expected: dict[str, str]) -> None:
    assert said("dicom.implementation_uid", uid) == expected


def test_an_exact_identifier_weighs_more_than_a_root() -> None:
    weights = {
        uid: RULES.apply("dicom.implementation_uid", uid)[0].weight
        for uid in ("1.2.840.113619.6.44", "1.2.840.113619.1")
    }
    assert weights["1.2.840.113619.6.44"] > weights["1.2.840.113619.1"]


def test_the_rest_of_a_uid_is_a_release_only_if_it_looks_like_one() -> None:
    rows = [Implementation("1.2.", {"toolkit": "T"}, 0.9, "made up for a test", prefix=True, tail="toolkit_version")]
    claims = list(Implementations(rows).claims("1.2.3.4.5.6.7.8"))
    assert [claim.attribute for claim in claims] == ["toolkit"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("OFFIS_DCMTK_367", {"toolkit": "OFFIS DCMTK", "toolkit_version": "3.6.7", "toolkit_maker": "OFFIS"}),
        ("MR_VE11C", {"manufacturer": "Siemens Healthineers", "kind": "mri_scanner", "software": "syngo MR VE11C"}),
        ("NONSENSE", {}),
    ],
)
def test_implementation_version_names(name: str, expected: dict[str, str]) -> None:
    assert said("dicom.implementation_version", name) == expected


@pytest.mark.parametrize(
    ("uid", "name", "service", "modality", "kind", "acceptor"),
    [
        ("1.2.840.10008.1.1", "Verification SOP Class", "verification", "", "", ""),
        ("1.2.840.10008.5.1.4.1.1.2", "CT Image Storage", "storage", "CT", "ct_scanner", ""),
        ("1.2.840.10008.5.1.4.31", "Modality Worklist Information Model - FIND", "worklist", "", "", "worklist_broker"),
        ("1.2.840.10008.1.20.1", "Storage Commitment Push Model SOP Class", "commitment", "", "", "pacs_archive"),
        ("1.2.840.10008.5.1.1.9", "Basic Grayscale Print Management Meta SOP Class", "print", "HC", "", "film_printer"),
    ],
)
def test_sop_classes(uid: str, name: str, service: str, modality: str, kind: str, acceptor: str) -> None:
    found = RULES.sop_class(uid)
    assert found is not None
    assert (found.name, found.service, found.modality, found.kind, found.acceptor) == (
        name,
        service,
        modality,
        kind,
        acceptor,
    )


def test_only_a_private_sop_class_names_a_maker() -> None:
    assert said("dicom.proposed_sop_class", "1.3.12.2.1107.5.9.1") == {"manufacturer": "Siemens Healthineers"}
    assert said("dicom.proposed_sop_class", "1.2.840.113619.4.30") == {"manufacturer": "GE HealthCare"}
    assert said("dicom.proposed_sop_class", "1.2.840.10008.5.1.4.1.1.2") == {}
    assert RULES.sop_class("1.2.3") is None


@pytest.mark.parametrize(
    ("code", "kind"),
    [("CT", "ct_scanner"), ("MR", "mri_scanner"), ("US", "ultrasound_scanner"), ("SC", None), ("ct", None)],
)
def test_modalities_hint_at_kinds(code: str, kind: str | None) -> None:
    assert said("dicom.modality", code).get("kind") == kind
    assert said("dicom.modality", code)["modality"] == code


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("69965", "patient_monitor"),
        ("69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC", "patient_monitor"),
        ("70049", "infusion_pump"),
        ("70053", "syringe_pump"),
        ("2000", None),  # an example value of an early FHIR draft
        ("70667", None),  # claimed for ventilators by one generated file; they are 70001
        ("127369", None),  # Philips' own range: no meaning in HL7
        ("69965x", None),
        ("", None),
    ],
)
def test_mdc_codes_to_kinds(text: str, kind: str | None) -> None:
    assert said("hl7.mdc_device", text).get("kind") == kind


def test_a_whole_device_weighs_more_than_a_module() -> None:
    (whole,), (module,) = RULES.apply("hl7.mdc_device", "69797"), RULES.apply("hl7.mdc_module", "69798")
    assert (whole.value, module.value) == ("ecg_recorder", "ecg_recorder")
    assert whole.weight > 2 * module.weight


WORDS = {  # modality -> what the name of a storage class that the plain device of it uses has in it (PS3.6 table A-1)
    "AR": ["Autorefraction"],
    "CR": ["Computed Radiography"],
    "CT": ["CT Image", "CT Performed Procedure"],
    "DX": ["Digital X-Ray Image"],
    "ECG": ["ECG"],
    "EPS": ["Electrophysiology"],
    "ES": ["Endoscopic"],
    "HD": ["Hemodynamic"],
    "IO": ["Intra-Oral"],
    "IVOCT": ["Intravascular Optical Coherence"],
    "MG": ["Mammography", "Breast"],
    "MR": ["MR Image", "MR Spectroscopy", "MR Color"],
    "NM": ["Nuclear Medicine"],
    "OP": ["Ophthalmic Photography"],
    "OPT": ["Ophthalmic Tomography"],
    "OPV": ["Visual Field"],
    "PT": ["Positron", "PET"],
    "RF": ["Radiofluoroscopic", "XRF"],
    "RTDOSE": ["RT Dose"],
    "RTIMAGE": ["RT Image"],
    "RTPLAN": ["RT Plan", "RT Ion Plan"],
    "RTSTRUCT": ["RT Structure"],
    "SM": ["Slide"],
    "US": ["Ultrasound", "US Volume"],
    "XA": ["XA Performed Procedure", "X-Ray Angiographic", "XA Image", "X-Ray 3D Angiographic"],
}


def made() -> list[tuple[str, str]]:
    """Every SOP class that says what its sender makes, and what that is."""
    every = ((row.uid, RULES.modality(row.uid)) for row in read().sop_class_rows)
    return [(uid, modality) for uid, modality in every if modality]


@pytest.mark.parametrize(("uid", "modality"), made())
def test_storage_classes_are_what_an_independent_list_calls_them(uid: str, modality: str) -> None:
    name = UID(uid).name
    assert "Storage" in name
    assert any(word in name.replace("Whole Slide", "Slide") for word in WORDS[modality]), name


@pytest.mark.parametrize(
    ("rest", "modality"),
    [
        ("1.1", "DX"),
        ("1.1.1", "DX"),
        ("1.2", "MG"),
        ("1.2.1", "MG"),
        ("1.3", "IO"),
        ("1.3.1", "IO"),
        ("1", "CR"),
        ("6", "US"),  # retired
        ("7", ""),  # secondary capture: anybody writes it
        ("88.22", ""),  # report
        ("13.1.2", ""),  # a dental cone beam CT, though its objects are DX
        ("104.1", ""),  # encapsulated PDF
    ],
)
def test_what_is_stored_tells_who_stores(rest: str, modality: str) -> None:
    assert RULES.modality(f"1.2.840.10008.5.1.4.1.1.{rest}") == modality


def test_names_of_standard_sop_classes_are_those_of_the_standard() -> None:
    from pydicom._uid_dict import UID_dictionary

    named = {row.uid: row.name for row in read().sop_class_rows if row.uid in UID_dictionary}
    assert len(named) > 200
    assert named == {uid: UID_dictionary[uid][0].removesuffix(" (Retired)") for uid in named}


@pytest.mark.parametrize(
    ("codes", "kinds"),
    [
        ({"CT"}, ("ct_scanner",)),
        ({"PT", "CT"}, ("pet_ct",)),
        ({"PT"}, ()),  # PET alone is with CT or with MR
        ({"CT", "US"}, ()),  # no one machine makes both
        ({"XA"}, ("fluoroscopy_system",)),  # stands for angiography systems and mobile C-arms
        ((), ()),
    ],
)
def test_kinds_by_all_that_is_made(codes: set[str], kinds: tuple[str, ...]) -> None:
    assert RULES.kinds(codes) == kinds
