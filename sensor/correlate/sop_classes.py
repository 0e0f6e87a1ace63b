"""Storage SOP classes (DICOM PS3.6 table A-1) by the modality whose objects they hold, and kinds by modality.

Only the classes that a device uses for what it measures itself. Those that anybody writes (secondary capture, reports,
presentation states, raw data, encapsulated documents) say nothing of the sender.
"""

from __future__ import annotations

from collections.abc import Iterable

ROOT = "1.2.840.10008.5.1.4.1.1."
STORED = {  # the rest of the UID -> modality, PS3.4 table B.5-1 with PS3.3
    "1": "CR",
    "1.1": "DX",
    "1.1.1": "DX",
    "1.2": "MG",
    "1.2.1": "MG",
    "1.3": "IO",
    "1.3.1": "IO",
    "2": "CT",
    "2.1": "CT",
    "3": "US",  # retired
    "3.1": "US",
    "4": "MR",
    "4.1": "MR",
    "4.2": "MR",
    "4.3": "MR",
    "5": "NM",  # retired
    "6": "US",  # retired
    "6.1": "US",
    "6.2": "US",
    "9.1.1": "ECG",
    "9.1.2": "ECG",
    "9.1.3": "ECG",
    "9.2.1": "HD",
    "9.3.1": "EPS",
    "12.1": "XA",
    "12.1.1": "XA",
    "12.2": "RF",
    "12.2.1": "RF",
    "13.1.1": "XA",
    "13.1.3": "MG",
    "13.1.4": "MG",
    "13.1.5": "MG",
    "14.1": "IVOCT",
    "14.2": "IVOCT",
    "20": "NM",
    "77.1.1": "ES",
    "77.1.1.1": "ES",
    "77.1.3": "SM",
    "77.1.6": "SM",
    "77.1.5.1": "OP",
    "77.1.5.2": "OP",
    "77.1.5.4": "OPT",
    "78.2": "AR",
    "80.1": "OPV",
    "128": "PT",
    "130": "PT",
    "481.1": "RTIMAGE",
    "481.2": "RTDOSE",
    "481.3": "RTSTRUCT",
    "481.5": "RTPLAN",
}
KINDS = {  # the plain kind that makes objects of one modality
    "AR": "autorefractor",
    "BMD": "bone_densitometer",
    "CR": "cr_reader",
    "CT": "ct_scanner",
    "DX": "radiography_room",
    "ECG": "ecg_recorder",
    "EEG": "eeg_system",
    "EMG": "emg_system",
    "EPS": "electrophysiology_system",
    "ES": "endoscopy_processor",
    "HD": "haemodynamic_system",
    "IO": "dental_intraoral",
    "IVOCT": "intravascular_imaging",
    "IVUS": "intravascular_imaging",
    "MG": "mammography",
    "MR": "mri_scanner",
    "NM": "gamma_camera",
    "OP": "fundus_camera",
    "OPT": "ophthalmic_oct",
    "OPV": "visual_field_analyser",
    "PX": "dental_panoramic",
    "RF": "fluoroscopy_table",
    "SM": "slide_scanner",
    "US": "ultrasound_scanner",
    "XA": "angiography_system",
}
PAIRS = {  # machines that make objects of two modalities
    frozenset({"PT", "CT"}): "pet_ct",
    frozenset({"PT", "MR"}): "pet_mr",
    frozenset({"NM", "CT"}): "spect_ct",
    frozenset({"XA", "RF"}): "angiography_system",
    frozenset({"CR", "DX"}): "radiography_room",
    frozenset({"RTDOSE", "RTPLAN", "RTSTRUCT"}): "radiotherapy_planning",
}


def is_storage(uid: str) -> bool:
    """Whether objects are stored with this class, of whatever kind."""
    return uid.startswith(ROOT)


def modality_of(uid: str) -> str:
    return STORED.get(uid[len(ROOT) :], "") if uid.startswith(ROOT) else ""


def kind_of(modalities: Iterable[str]) -> str:
    """The kind of device that makes objects of exactly these modalities, or ""."""
    found = frozenset(modalities)
    if len(found) == 1:
        return KINDS.get(min(found), "")
    return PAIRS.get(found, "")
