"""A scanner's examination, for `mini_hospital.py`: worklist, procedure step, image, commitment, printer.

`python scanner.py JSON` inside the scanner's namespace. All of it goes by the scanner's own title and implementation.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import Any

from pydicom import dcmread
from pydicom.dataset import Dataset
from pynetdicom import AE, build_context, evt, sop_class
from pynetdicom.association import Association
from pynetdicom.pdu_primitives import UserIdentityNegotiation

EXPLICIT = "1.2.840.10008.1.2.1"
ROOT = "1.2.826.0.1.3680043.8.498.4711"


class Scanner:
    def __init__(self, about: dict[str, Any]) -> None:
        self.about = about
        self.ae = AE(about["title"])
        if about["stack"]:
            self.ae.implementation_class_uid, self.ae.implementation_version_name = about["stack"]

    def open(self, peer: str, sop: str, **more: Any) -> Association:
        host, port, title = self.about["peers"][peer]
        link = self.ae.associate(host, port, [build_context(sop, EXPLICIT)], title, **more)
        if not link.is_established:
            raise SystemExit(f"no association with {title}")
        return link

    def worklist(self) -> None:
        query, asked = Dataset(), Dataset()
        query.PatientName = query.PatientID = query.AccessionNumber = query.StudyInstanceUID = ""
        asked.Modality, asked.ScheduledStationAETitle = self.about["equipment"]["Modality"], self.about["title"]
        asked.ScheduledProcedureStepStartDate, asked.ScheduledPerformingPhysicianName = "20260105", ""
        query.ScheduledProcedureStepSequence = [asked]
        link = self.open("worklist", sop_class.ModalityWorklistInformationFind)
        found = [status.Status for status, _ in link.send_c_find(query, sop_class.ModalityWorklistInformationFind)]
        link.release()
        if found != [0xFF00, 0x0000]:
            raise SystemExit(f"worklist: {found}")

    def step(self) -> None:
        step, done = Dataset(), Dataset()
        step.PatientName, step.PatientID = "ZQCANARYMARTIN1^JEANNE", "ZQCANARY47111"
        step.Modality, step.PerformedProcedureStepID = self.about["equipment"]["Modality"], "ZQCANARYPPS"
        step.PerformedProcedureStepStartDate, step.PerformedProcedureStepStartTime = "20260105", "080000"
        step.PerformedProcedureStepStatus, done.PerformedProcedureStepStatus = "IN PROGRESS", "COMPLETED"
        for keyword, value in self.about["step"].items():
            setattr(step, keyword, value)
        link = self.open("mpps", sop_class.ModalityPerformedProcedureStep)
        link.send_n_create(step, sop_class.ModalityPerformedProcedureStep, f"{ROOT}.7")
        link.send_n_set(done, sop_class.ModalityPerformedProcedureStep, f"{ROOT}.7")
        link.release()

    def store(self) -> None:
        link = self.open("archive", self.about["makes"])
        if link.send_c_store(dcmread(self.about["path"])).Status != 0:
            raise SystemExit("not stored")
        link.release()

    def commit(self) -> None:
        """Asks for commitment and waits for the archive to call back."""
        told = threading.Event()

        def report(_: Any) -> tuple[int, None]:
            told.set()
            return 0x0000, None

        self.ae.add_supported_context(sop_class.StorageCommitmentPushModel, scu_role=True, scp_role=True)
        server = self.ae.start_server(("", 104), block=False, evt_handlers=[(evt.EVT_N_EVENT_REPORT, report)])
        image = dcmread(self.about["path"], stop_before_pixels=True)
        item, asked = Dataset(), Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = image.SOPClassUID, image.SOPInstanceUID
        asked.TransactionUID, asked.ReferencedSOPSequence = f"{ROOT}.8", [item]
        link = self.open("archive", sop_class.StorageCommitmentPushModel)
        link.send_n_action(asked, 1, sop_class.StorageCommitmentPushModel, sop_class.StorageCommitmentPushModelInstance)
        link.release()
        if not told.wait(20):
            raise SystemExit("the archive never reported")
        time.sleep(0.5)
        server.shutdown()

    def ask_printer(self) -> None:
        """Who it is, with a user name and passcode."""
        who = UserIdentityNegotiation()
        who.user_identity_type = 2
        who.primary_field, who.secondary_field = b"ZQCANARYUSER", b"ZQCANARYPASS"
        meta = sop_class.BasicGrayscalePrintManagementMeta
        link = self.open("film", meta, ext_neg=[who])
        status, _ = link.send_n_get([], sop_class.Printer, sop_class.PrinterInstance, meta_uid=meta)
        if status.Status != 0:
            raise SystemExit(f"printer: {status.Status:04X}")
        link.release()


def main() -> None:
    scanner = Scanner(json.loads(sys.argv[1]))
    scanner.worklist()
    if scanner.about["step"]:
        scanner.step()
    scanner.store()
    if scanner.about.get("commit"):
        scanner.commit()
        scanner.ask_printer()


if __name__ == "__main__":
    main()
