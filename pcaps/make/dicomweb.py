"""Records pcaps/dicomweb: Orthanc with its DICOMweb plug-in; curl stores, searches and fetches. Persons are made up:
ZQCANARY.

`python pcaps/make/dicomweb.py`. Needs what dicom.py needs, orthanc-dicomweb and curl.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import dicom

PLUGIN = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"
EDGE = "boundary42"


def orthanc(folder: Path) -> tuple[str, ...]:
    return dicom.orthanc(
        folder,
        HttpServerEnabled=True,
        HttpPort=8042,
        RemoteAccessAllowed=True,
        AuthenticationEnabled=False,
        HttpCompressionEnabled=False,
        Plugins=[PLUGIN],
        DicomWeb={"Enable": True, "Root": "/dicom-web/", "EnableWado": True, "WadoRoot": "/wado"},
    )


def curl(host: str, *words: str) -> None:
    dicom.inside(host, "curl", "-sS", "--max-time", "20", "-o", "/dev/null", *words)


def store_and_fetch(folder: Path) -> None:
    """A CT stores an image, a workstation searches for it by the patient's name and fetches its metadata and pixels."""
    path = folder / "1.dcm"
    dicom.image(path, dicom.CT_IMAGE, 1, size=32, **dicom.SOMATOM)
    part = f"--{EDGE}\r\nContent-Type: application/dicom\r\n\r\n".encode()
    (folder / "stow").write_bytes(part + path.read_bytes() + f"\r\n--{EDGE}--\r\n".encode())
    study, base = f"{dicom.ROOT}.1", f"http://{dicom.HOSTS['archive'][1]}:8042"
    with dicom.running("archive", *orthanc(folder), port=8042), dicom.recording("store-and-fetch"):
        kind = f'Content-Type: multipart/related; type="application/dicom"; boundary={EDGE}'
        agent = ["-A", "syngo-web-sender/2.1"]
        curl("ct", *agent, "-H", kind, "--data-binary", f"@{folder / 'stow'}", f"{base}/dicom-web/studies")
        json = ["-A", "AcmeViewer/3.1", "-H", "Accept: application/dicom+json"]
        curl("workstation", *json, f"{base}/dicom-web/studies?PatientName=ZQCANARYMARTIN*&PatientID=ZQCANARY4711")
        curl("workstation", *json, f"{base}/dicom-web/studies/{study}/metadata")
        wado = f"requestType=WADO&studyUID={study}&seriesUID={study}.1&objectUID={study}.1.1"
        curl("workstation", *json[:2], f"{base}/wado?{wado}&contentType=application/dicom")


if __name__ == "__main__":
    dicom.OUT = dicom.OUT.parent / "dicomweb"
    dicom.OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, dicom.network(("ct", "workstation", "archive")):
        store_and_fetch(Path(name))
    sys.exit(0)
