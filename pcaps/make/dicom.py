"""Makes pcaps/dicom/*.pcap: real DICOM programs in network namespaces behind one bridge, recorded with tcpdump.

Needs root, iproute2, tcpdump, dcmtk, orthanc, pydicom, pynetdicom. Stand-alone: `python pcaps/make/dicom.py [case]`.
Every patient is made up and holds ZQCANARY. Namespaces and processes are its own and are removed at the end.
"""

from __future__ import annotations

import array
import contextlib
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

OUT = Path(__file__).resolve().parents[1] / "dicom"
MARK = f"dcmcap{os.getpid()}"

HOSTS = {  # name -> (MAC, IP): prefixes of the makers that the scenario names
    "ct": ("88:4b:39:10:20:11", "10.20.1.11"),  # Siemens
    "us": ("00:09:5c:10:20:12", "10.20.1.12"),  # Philips
    "cr": ("00:09:21:10:20:13", "10.20.1.13"),  # an imaging vendor
    "ris": ("00:14:22:10:20:21", "10.20.0.21"),  # Dell
    "archive": ("00:14:22:10:20:31", "10.20.0.31"),
    "workstation": ("00:14:22:10:20:41", "10.20.2.41"),
    "printer": ("00:80:92:10:20:51", "10.20.0.51"),
    "stranger": ("00:0c:29:10:20:99", "10.20.9.99"),
}

CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"
US_IMAGE = "1.2.840.10008.5.1.4.1.1.6.1"
CR_IMAGE = "1.2.840.10008.5.1.4.1.1.1"
ROOT = "1.2.826.0.1.3680043.8.498.4711"


# -- network


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, timeout=20)


def plain_frames() -> None:
    """Inside a namespace: no checksum or segmentation offload, so that frames look as on a cable (linux/ethtool.h)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for setting in (0x17, 0x1F, 0x24, 0x2C):  # STXCSUM, STSO, SGSO, SGRO
            value = array.array("B", struct.pack("II", setting, 0))
            request = struct.pack("16sP", b"eth0", value.buffer_info()[0])
            with contextlib.suppress(OSError):
                fcntl.ioctl(control.fileno(), 0x8946, request)


@contextlib.contextmanager
def network(names: tuple[str, ...]) -> Iterator[None]:
    switch = f"{MARK}-switch"
    made = [switch, *(f"{MARK}-{name}" for name in names)]
    for namespace in made:
        ip("netns", "add", namespace)
    try:
        inside(switch, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
        inside(switch, "ip", "link", "add", "br0", "type", "bridge")
        inside(switch, "ip", "link", "set", "br0", "up")
        for number, name in enumerate(names):
            namespace = f"{MARK}-{name}"
            mac, address = HOSTS[name]
            inside(namespace, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
            port = f"port{number}"
            inside(namespace, *f"ip link add eth0 address {mac} type veth peer name {port} netns {switch}".split())
            inside(namespace, "ip", "address", "add", f"{address}/16", "dev", "eth0")
            inside(namespace, "ip", "link", "set", "lo", "up")
            inside(namespace, "ip", "link", "set", "eth0", "up")
            inside(switch, "ip", "link", "set", port, "master", "br0", "up")
            inside(namespace, sys.executable, __file__, "--plain-frames")
        yield
    finally:
        for namespace in made:
            subprocess.run(["ip", "netns", "del", namespace], check=False, timeout=20)


def enter(namespace: str, words: tuple[str, ...]) -> list[str]:
    full = namespace if namespace.startswith(MARK) else f"{MARK}-{namespace}"
    return ["ip", "netns", "exec", full, *words]


def inside(namespace: str, *words: str, fails: bool = False, folder: Path | None = None) -> None:
    """Runs a program to its end. fails: it is meant to."""
    done = subprocess.run(enter(namespace, words), timeout=60, cwd=folder, capture_output=True, text=True, check=False)
    if (done.returncode != 0) != fails:
        raise SystemExit(f"{' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}")


@contextlib.contextmanager
def running(namespace: str, *words: str, port: int, folder: Path | None = None) -> Iterator[None]:
    """A server, until the block ends; waits until it listens without connecting to it."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(enter(namespace, words), cwd=folder, stdout=log, stderr=log)
        try:
            for _ in range(100):
                table = subprocess.run(
                    enter(namespace, ("cat", "/proc/net/tcp", "/proc/net/tcp6")),
                    capture_output=True,
                    text=True,
                    check=False,
                )
                if any(f":{port:04X} " in line and " 0A " in line for line in table.stdout.splitlines()):
                    break
                if process.poll() is not None:
                    log.seek(0)
                    raise SystemExit(f"{words[0]} ended: {log.read().decode(errors='replace')}")
                time.sleep(0.1)
            else:
                raise SystemExit(f"{words[0]} does not listen on {port}")
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


@contextlib.contextmanager
def recording(case: str) -> Iterator[None]:
    path = OUT / f"{case}.pcap"
    words = ("tcpdump", "--immediate-mode", "-i", "br0", "-s", "0", "-U", "-w", str(path), "-Z", "root", "tcp or arp")
    process = subprocess.Popen(enter("switch", words), stderr=subprocess.PIPE)
    try:
        assert process.stderr is not None
        process.stderr.readline()  # "listening on ..."
        time.sleep(0.5)
        yield
        time.sleep(1)
    finally:
        process.terminate()
        process.wait(10)
    print(f"{path.name}: {path.stat().st_size} bytes")


# -- objects


def patient(ds, number: int) -> None:
    ds.PatientName = f"ZQCANARYMARTIN{number}^JEANNE"
    ds.PatientID = f"ZQCANARY4711{number}"
    ds.PatientBirthDate = "19470811"
    ds.PatientSex = "F"
    ds.OtherPatientIDs = f"ZQCANARYOTHER{number}"
    ds.PatientAddress = "1 rue ZQCANARY"
    ds.PatientComments = "ZQCANARY comment"


def image(path: Path, sop_class: str, number: int, size: int = 64, **equipment: object) -> str:
    """A small object with the usual persons in it; returns its study."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = sop_class
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"{ROOT}.{number}.1.1"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = f"{ROOT}.{number}", f"{ROOT}.{number}.1"
    ds.SpecificCharacterSet = "ISO_IR 100"
    patient(ds, number)
    ds.AccessionNumber, ds.StudyID = f"ZQCANARYACC{number}", "ZQCANARYID"
    ds.ReferringPhysicianName = "ZQCANARYDOCTOR^PAUL"
    ds.PerformingPhysicianName, ds.OperatorsName = "ZQCANARYPERF", "ZQCANARYOPER"
    ds.PhysiciansOfRecord, ds.NameOfPhysiciansReadingStudy = "ZQCANARYREC", "ZQCANARYREAD"
    ds.StudyDescription, ds.SeriesDescription = "ZQCANARY chest", "ZQCANARY series"
    ds.ImageComments, ds.RequestedProcedureDescription = "ZQCANARY image", "ZQCANARY procedure"
    ds.StudyDate = ds.SeriesDate = ds.ContentDate = "20260105"
    ds.StudyTime = ds.SeriesTime = ds.ContentTime = "080000"
    ds.InstitutionName, ds.InstitutionalDepartmentName = "Hôpital Saint-Éloi", "Radiologie"
    ds.InstanceNumber = ds.SeriesNumber = 1
    ds.Rows = ds.Columns = size
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated = ds.BitsStored = 16
    ds.HighBit, ds.PixelRepresentation = 15, 0
    ds.PixelData = bytes(i * 7 & 0xFF for i in range(size * size * 2))
    for keyword, value in equipment.items():
        setattr(ds, keyword, value)
    ds.save_as(path, enforce_file_format=True)
    return ds.StudyInstanceUID


SOMATOM = {
    "Modality": "CT",
    "Manufacturer": "SIEMENS",
    "ManufacturerModelName": "SOMATOM Definition AS",
    "StationName": "CTAWP64123",
    "DeviceSerialNumber": "64123",
    "SoftwareVersions": "syngo CT VA48A",
}


def orthanc(folder: Path, **more: object) -> tuple[str, ...]:
    settings = {
        "Name": "archive",
        "StorageDirectory": str(folder / "db"),
        "IndexDirectory": str(folder / "db"),
        "HttpServerEnabled": False,
        "DicomAet": "PACS1",
        "DicomPort": 104,
        "DicomAlwaysAllowMove": True,
        "DicomAlwaysAllowGet": True,
        "DicomAlwaysAllowFind": True,
        "DicomModalities": {
            "ct": ["CT001", HOSTS["ct"][1], 104],
            "workstation": ["WS07", HOSTS["workstation"][1], 11112],
        },
        "StableAge": 600,
        **more,
    }
    path = folder / "orthanc.json"
    path.write_text(json.dumps(settings))
    return ("Orthanc", str(path))


# -- cases


def ct_to_archive(folder: Path) -> None:
    """A CT asks for its worklist, reports the procedure step, stores two images, asks for commitment, is told."""
    from pydicom.dataset import Dataset

    image(folder / "1.dcm", CT_IMAGE, 1, **SOMATOM)
    image(folder / "2.dcm", CT_IMAGE, 2, size=400, **SOMATOM)  # 320 kB: long enough to be walked
    lists = folder / "RIS_WL"
    lists.mkdir()
    (lists / "lockfile").touch()
    entry = Dataset()
    patient(entry, 1)
    entry.SpecificCharacterSet = "ISO_IR 100"
    entry.AccessionNumber, entry.RequestedProcedureID = "ZQCANARYACC1", "ZQCANARYRP"
    entry.RequestedProcedureDescription = "ZQCANARY procedure"
    entry.StudyInstanceUID = f"{ROOT}.1"
    step = Dataset()
    step.Modality, step.ScheduledStationAETitle = "CT", "CT001"
    step.ScheduledProcedureStepStartDate, step.ScheduledProcedureStepStartTime = "20260105", "080000"
    step.ScheduledPerformingPhysicianName = "ZQCANARYPERF"
    step.ScheduledProcedureStepDescription, step.ScheduledProcedureStepID = "ZQCANARY step", "1"
    entry.ScheduledProcedureStepSequence = [step]
    save(entry, lists / "1.wl")
    query = Dataset()
    query.PatientName = query.PatientID = query.AccessionNumber = query.StudyInstanceUID = ""
    asked = Dataset()
    asked.Modality, asked.ScheduledStationAETitle = "CT", "CT001"
    asked.ScheduledProcedureStepStartDate = "20260105"
    asked.ScheduledPerformingPhysicianName = asked.ScheduledProcedureStepID = ""
    query.ScheduledProcedureStepSequence = [asked]
    save(query, folder / "query.dcm")
    archive, ris = HOSTS["archive"][1], HOSTS["ris"][1]
    with (
        running("ris", "wlmscpfs", "-dfp", str(folder), "-s", "11112", port=11112),
        running("ris", *peer("mpps-scp", "RIS_MPPS", "11113"), port=11113),
        running("archive", *orthanc(folder), port=104),
        recording("ct-to-archive"),
    ):
        inside("ct", "findscu", "-W", "-aet", "CT001", "-aec", "RIS_WL", ris, "11112", str(folder / "query.dcm"))
        inside("ct", *peer("mpps-scu", "CT001", ris, "11113", "RIS_MPPS"))
        store = ("storescu", "-R", "-aet", "CT001", "-aec", "PACS1", archive, "104")
        inside("ct", *store, str(folder / "1.dcm"), str(folder / "2.dcm"))
        inside("ct", *peer("commit", "CT001", archive, "104", "PACS1", f"{ROOT}.1.1.1", f"{ROOT}.2.1.1"))


def archive_forward(folder: Path) -> None:
    """A workstation looks for studies and has the archive send them; their images come from four makers' devices."""
    from pydicom.dataset import Dataset

    router = Dataset()
    purpose = Dataset()
    purpose.CodeValue, purpose.CodingSchemeDesignator, purpose.CodeMeaning = "109103", "DCM", "Modifying Equipment"
    router.PurposeOfReferenceCodeSequence = [purpose]
    router.Manufacturer, router.ManufacturerModelName = "Laurel Bridge Software", "Compass"
    router.DeviceSerialNumber, router.StationName = "LB-0077", "COMPASS1"
    router.OperatorsName, router.ContributionDescription = "ZQCANARYOPER", "ZQCANARY contribution"
    udi = Dataset()
    udi.UniqueDeviceIdentifier = "(01)00884838000001(21)US1234"
    studies = [
        image(
            folder / "1.dcm", MR_IMAGE, 11,
            Modality="MR", Manufacturer="GE MEDICAL SYSTEMS", ManufacturerModelName="DISCOVERY MR750",
            StationName="GEMR3T", DeviceSerialNumber="0000000312MR3T",
            SoftwareVersions=["27", "LX", "MR Software release:DV26.0_R02_1810.b"],
        ),
        image(
            folder / "2.dcm", US_IMAGE, 12,
            Modality="US", Manufacturer="Philips Medical Systems", ManufacturerModelName="EPIQ 7C",
            StationName="EPIQ-US2", DeviceSerialNumber="US11700123", UDISequence=[udi],
            ContributingEquipmentSequence=[router],
        ),
        image(
            folder / "3.dcm", CR_IMAGE, 13,
            Modality="CR", Manufacturer="FUJIFILM Corporation", ManufacturerModelName="FCR Capsula XII",
            StationName="CR-ROOM1", PlateID="A31234567C",
        ),
    ]  # fmt: skip
    archive = HOSTS["archive"][1]
    load = ("storescu", "-aet", "LOADER", "-aec", "PACS1", archive, "104")
    move = ("movescu", "-S", "-aet", "WS07", "-aec", "PACS1", "-aem", "WS07", "+P", "11112", "-od", str(folder))
    find = ("findscu", "-S", "-aet", "WS07", "-aec", "PACS1", archive, "104")
    with running("archive", *orthanc(folder), port=104):
        inside("workstation", *load, *(str(folder / f"{n}.dcm") for n in (1, 2, 3)))
        with recording("archive-forward"):
            inside(
                "workstation", *find, "-k", "QueryRetrieveLevel=STUDY", "-k", "PatientName=ZQCANARY*",
                "-k", "StudyInstanceUID", "-k", "ModalitiesInStudy",
            )  # fmt: skip
            for study in studies:
                level = ("-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={study}")
                inside("workstation", *move, archive, "104", *level, folder=folder)


def get(folder: Path) -> None:
    """A workstation fetches a study over its own association: the archive is the one that stores."""
    study = image(folder / "1.dcm", CT_IMAGE, 21, **SOMATOM)
    archive = HOSTS["archive"][1]
    with running("archive", *orthanc(folder), port=104):
        inside("workstation", "storescu", "-aet", "LOADER", "-aec", "PACS1", archive, "104", str(folder / "1.dcm"))
        with recording("get"):
            inside(
                "workstation", "getscu", "-S", "-aet", "WS07", "-aec", "PACS1", "-od", str(folder), archive, "104",
                "-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={study}",
            )  # fmt: skip


def echo_default(folder: Path) -> None:
    """Two programs with the titles they came with."""
    with running("archive", "storescp", "-od", str(folder), "11112", port=11112), recording("echo-default-titles"):
        inside("workstation", "echoscu", HOSTS["archive"][1], "11112")


def rejected(folder: Path) -> None:
    """One server refuses the title it is called by, the other the one that calls."""
    archive, ris = HOSTS["archive"][1], HOSTS["ris"][1]
    with (
        running("archive", *orthanc(folder, DicomCheckCalledAet=True), port=104),
        running("ris", *peer("picky", "RIS_MPPS", "11113"), port=11113),
        recording("rejected"),
    ):
        inside("ct", "echoscu", "-aet", "CT001", "-aec", "OLDPACS", archive, "104", fails=True)
        inside("ct", "echoscu", "-aet", "CT001", "-aec", "RIS_MPPS", ris, "11113", fails=True)


def encodings(folder: Path) -> None:
    """The same kinds of object in deflated, big-endian and implicit transfer syntaxes."""
    image(
        folder / "us.dcm", US_IMAGE, 31,
        Modality="US", Manufacturer="Philips Medical Systems", ManufacturerModelName="EPIQ 7C",
        StationName="EPIQ-US2", DeviceSerialNumber="US11700123", SoftwareVersions="QLAB 10.8_EPIQ 7C_1.8.1",
    )  # fmt: skip
    image(
        folder / "cr.dcm", CR_IMAGE, 32,
        Modality="CR", Manufacturer="FUJIFILM Corporation", ManufacturerModelName="FCR Capsula XII",
        StationName="CR-ROOM1", PlateID="A31234567C",
    )  # fmt: skip
    image(folder / "ct.dcm", CT_IMAGE, 33, **SOMATOM)
    archive = HOSTS["archive"][1]
    common = ("-od", str(folder), "-aet", "DEST")
    with (
        running("archive", "storescp", "+xd", *common, "11112", port=11112),
        running("archive", "storescp", "+xb", *common, "11113", port=11113),
        running("archive", "storescp", "+xi", *common, "11114", port=11114),
        recording("encodings"),
    ):
        inside("us", "storescu", "-R", "-xd", "-aet", "EPIQ2", "-aec", "DEST", archive, "11112", str(folder / "us.dcm"))
        inside("cr", "storescu", "-R", "-xb", "-aet", "CR1", "-aec", "DEST", archive, "11113", str(folder / "cr.dcm"))
        inside("ct", "storescu", "-R", "-xi", "-aet", "CT001", "-aec", "DEST", archive, "11114", str(folder / "ct.dcm"))


def scanner(folder: Path) -> None:
    """What nmap's dicom.lua sends: an association request and nothing else."""
    with running("archive", "storescp", "-od", str(folder), "104", port=104), recording("scanner"):
        inside("stranger", *peer("scan", HOSTS["archive"][1], "104"))


def mid_stream(folder: Path) -> None:
    """The sensor was switched on while an association was open: no RQ, no AC, only messages."""
    image(folder / "1.dcm", CT_IMAGE, 41, **SOMATOM)
    archive = HOSTS["archive"][1]
    with running("archive", "storescp", "-od", str(folder), "-aet", "DEST", "11112", port=11112):
        words = enter("ct", peer("late-store", "CT001", archive, "11112", "DEST", str(folder / "1.dcm")))
        process = subprocess.Popen(words)
        try:
            time.sleep(3)
            with recording("mid-stream"):
                process.wait(30)
        finally:
            process.terminate()


def printing(folder: Path) -> None:
    """A CT asks a film printer who it is, with a user name and passcode."""
    with running("printer", *peer("printer", "FILM1", "10104"), port=10104), recording("print"):
        inside("ct", *peer("print", "CT001", HOSTS["printer"][1], "10104", "FILM1"))


CASES: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "ct-to-archive": (ct_to_archive, ("ct", "ris", "archive")),
    "archive-forward": (archive_forward, ("archive", "workstation")),
    "get": (get, ("archive", "workstation")),
    "echo-default-titles": (echo_default, ("archive", "workstation")),
    "rejected": (rejected, ("ct", "ris", "archive")),
    "encodings": (encodings, ("us", "cr", "ct", "archive")),
    "scanner": (scanner, ("stranger", "archive")),
    "print": (printing, ("ct", "printer")),
    "mid-stream": (mid_stream, ("ct", "archive")),
}


# -- peers, run inside a namespace


def save(ds, path: Path) -> None:
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.31"
    ds.file_meta.MediaStorageSOPInstanceUID = f"{ROOT}.9"
    ds.save_as(path, enforce_file_format=True)


def peer(*words: str) -> tuple[str, ...]:
    return (sys.executable, __file__, "--peer", *words)


def be_peer(what: str, *words: str) -> None:
    {
        "mpps-scp": mpps_scp,
        "mpps-scu": mpps_scu,
        "commit": commit,
        "picky": picky,
        "printer": printer,
        "print": print_scu,
        "scan": scan,
        "late-store": late_store,
    }[what](*words)


def mpps_scp(title: str, port: str) -> None:
    from pynetdicom import AE, evt
    from pynetdicom.sop_class import ModalityPerformedProcedureStep

    ae = AE(title)
    ae.add_supported_context(ModalityPerformedProcedureStep)
    handlers = [
        (evt.EVT_N_CREATE, lambda event: (0x0000, event.attribute_list)),
        (evt.EVT_N_SET, lambda event: (0x0000, event.modification_list)),
    ]
    ae.start_server(("", int(port)), evt_handlers=handlers)


def mpps_scu(title: str, host: str, port: str, called: str) -> None:
    from pydicom.dataset import Dataset
    from pynetdicom import AE
    from pynetdicom.sop_class import ModalityPerformedProcedureStep

    ae = AE(title)
    ae.add_requested_context(ModalityPerformedProcedureStep)
    link = ae.associate(host, int(port), ae_title=called)
    ds = Dataset()
    patient(ds, 1)
    ds.Modality = "CT"
    ds.PerformedProcedureStepID = "ZQCANARYPPS"
    ds.PerformedStationAETitle, ds.PerformedStationName, ds.PerformedLocation = "CT001", "CTAWP64123", "ROOM 3"
    ds.PerformedProcedureStepStartDate, ds.PerformedProcedureStepStartTime = "20260105", "080000"
    ds.PerformedProcedureStepStatus = "IN PROGRESS"
    ds.PerformedProcedureStepDescription = "ZQCANARY step"
    link.send_n_create(ds, ModalityPerformedProcedureStep, f"{ROOT}.7")
    done = Dataset()
    done.PerformedProcedureStepStatus = "COMPLETED"
    link.send_n_set(done, ModalityPerformedProcedureStep, f"{ROOT}.7")
    link.release()


def commit(title: str, host: str, port: str, called: str, *instances: str) -> None:
    """Asks for commitment and waits for the archive to call back."""
    import threading

    from pydicom.dataset import Dataset
    from pynetdicom import AE, evt
    from pynetdicom.sop_class import StorageCommitmentPushModel

    told = threading.Event()

    def report(event):
        told.set()
        return 0x0000, None

    ae = AE(title)
    ae.add_requested_context(StorageCommitmentPushModel)
    ae.add_supported_context(StorageCommitmentPushModel, scu_role=True, scp_role=True)
    server = ae.start_server(("", 104), block=False, evt_handlers=[(evt.EVT_N_EVENT_REPORT, report)])
    link = ae.associate(host, int(port), ae_title=called)
    ds = Dataset()
    ds.TransactionUID = f"{ROOT}.8"
    ds.ReferencedSOPSequence = []
    for instance in instances:
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = CT_IMAGE, instance
        ds.ReferencedSOPSequence.append(item)
    link.send_n_action(ds, 1, StorageCommitmentPushModel, "1.2.840.10008.1.20.1.1")
    link.release()
    if not told.wait(20):
        raise SystemExit("the archive never reported")
    time.sleep(1)
    server.shutdown()


def picky(title: str, port: str) -> None:
    from pynetdicom import AE
    from pynetdicom.sop_class import Verification

    ae = AE(title)
    ae.add_supported_context(Verification)
    ae.require_calling_aet = ["CT009"]
    ae.start_server(("", int(port)))


def printer(title: str, port: str) -> None:
    from pydicom.dataset import Dataset
    from pynetdicom import AE, evt
    from pynetdicom.sop_class import BasicGrayscalePrintManagementMeta

    def about(event):
        ds = Dataset()
        ds.PrinterStatus, ds.PrinterStatusInfo, ds.PrinterName = "NORMAL", "NORMAL", "FILM-ROOM1"
        ds.Manufacturer, ds.ManufacturerModelName = "Carestream Health", "DRYVIEW 5950"
        ds.DeviceSerialNumber, ds.SoftwareVersions = "5950-01234", "1.4.0"
        return 0x0000, ds

    ae = AE(title)
    ae.add_supported_context(BasicGrayscalePrintManagementMeta)
    ae.start_server(("", int(port)), evt_handlers=[(evt.EVT_N_GET, about)])


def print_scu(title: str, host: str, port: str, called: str) -> None:
    from pynetdicom import AE
    from pynetdicom.pdu_primitives import UserIdentityNegotiation
    from pynetdicom.sop_class import BasicGrayscalePrintManagementMeta, Printer, PrinterInstance

    ae = AE(title)
    ae.add_requested_context(BasicGrayscalePrintManagementMeta)
    who = UserIdentityNegotiation()
    who.user_identity_type = 2
    who.primary_field, who.secondary_field = b"ZQCANARYUSER", b"ZQCANARYPASS"
    link = ae.associate(host, int(port), ae_title=called, ext_neg=[who])
    status, _ = link.send_n_get([], Printer, PrinterInstance, meta_uid=BasicGrayscalePrintManagementMeta)
    if status.Status != 0:
        raise SystemExit(f"printer: {status.Status:04X}")
    link.release()


def late_store(title: str, host: str, port: str, called: str, path: str) -> None:
    from pydicom import dcmread
    from pynetdicom import AE
    from pynetdicom.sop_class import CTImageStorage

    ae = AE(title)
    ae.add_requested_context(CTImageStorage)
    link = ae.associate(host, int(port), ae_title=called)
    time.sleep(6)
    link.send_c_store(dcmread(path))
    time.sleep(1)
    link.release()


def scan(host: str, port: str) -> None:
    """Byte for byte the request that nmap's nselib/dicom.lua builds by default; no echo, no release."""

    def item(kind: int, value: bytes) -> bytes:
        return struct.pack(">BBH", kind, 0, len(value)) + value

    context = struct.pack(">L", 0x01000000) + item(0x30, b"1.2.840.10008.1.1") + item(0x40, b"1.2.840.10008.1.2")
    stack = item(0x51, struct.pack(">L", 0x4000)) + item(0x52, b"1.2.276.0.7230010.3.0.3.6.2")
    stack += item(0x55, b"OFFIS_DCMTK_362")
    body = struct.pack(">HH16s16s32s", 1, 0, b"ANY-SCP".ljust(16), b"ECHOSCU".ljust(16), bytes(32))
    body += item(0x10, b"1.2.840.10008.3.1.1.1") + item(0x20, context) + item(0x50, stack)
    with socket.create_connection((host, int(port)), timeout=10) as link:
        link.sendall(struct.pack(">BBL", 1, 0, len(body)) + body)
        link.recv(4096)


def main() -> None:
    if sys.argv[1:2] == ["--plain-frames"]:
        plain_frames()
    elif sys.argv[1:2] == ["--peer"]:
        be_peer(*sys.argv[2:])
    else:
        OUT.mkdir(parents=True, exist_ok=True)
        for case in sys.argv[1:] or CASES:
            make, names = CASES[case]
            with tempfile.TemporaryDirectory(prefix="dicom-") as folder, network(names):
                make(Path(folder))


if __name__ == "__main__":
    main()
