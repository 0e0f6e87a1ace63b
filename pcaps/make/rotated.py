"""Records pcaps/rotated: a CT stores an image while a monitor sends a long message; the file is cut amid both.

As a recorder does that starts a new file now and then: `sensor read --joined pcaps/rotated` reads both as one. Needs
root, iproute2, tcpdump, dcmtk, editcap (of Wireshark), pydicom and the `hl7` package. Patients are made up: ZQCANARY.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import dicom
from interfaces import SERVER
from lab import PCAPS, WAIT, Lab
from mini_hospital_plan import SCANNERS
from ward_messages import CLIENT, MONITOR_1, PATIENT, PCD_01

HOSTS = {
    "ct": ("88:4b:39:41:20:11", "10.10.20.11"),
    "monitor": ("08:00:19:10:20:21", "10.10.20.21"),
    "archive": ("00:14:22:10:20:35", "10.10.20.35"),
    "ehr": ("00:50:56:10:20:15", "10.10.20.15"),
}
SLOW = ("root", "tbf", "rate", "160kbit", "burst", "4000", "latency", "400ms")
WAVE = "^".join(str(1000 + n % 977) for n in range(4600))  # 23 kB in one field

MESSAGE = (
    "MSH|^~\\&|VSP^080019FFFE102021^EUI-64|GE Healthcare|EHR|HOSP|20260101120000||ORU^R01^ORU_R01|ZQCANARY1|P|2.6|||AL"
    f"|NE||UNICODE UTF-8|||{PCD_01}\n{PATIENT}\nOBR|1|ZQCANARY1|ZQCANARY1|182777000^monitoring of patient^SCT\n"
    f"OBX|1|NA|131329^MDC_ECG_ELEC_POTL_I^MDC|1.1.1.131329|{WAVE}||||||R|||||||{MONITOR_1[2]}\n"
    f"OBX|2|ST|67880^MDC_ATTR_ID_MODEL^MDC|1.0.0.1|{MONITOR_1[1]}||||||R|||||||{MONITOR_1[2]}"
)


def main() -> None:
    with Lab() as lab:
        lab.host("switch")
        lab.run("switch", "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
        lab.run("switch", "ip", "link", "add", "to-all", "type", "bridge")
        lab.run("switch", "ip", "link", "set", "to-all", "up")
        for number, (name, (mac, address)) in enumerate(HOSTS.items()):
            lab.host(name)
            lab.wire(name, mac, "switch", f"02:20:00:00:00:{number:02x}")
            lab.run("switch", "ip", "link", "set", f"to-{name}", "master", "to-all")
            lab.run(
                name, sys.executable, str(Path(__file__).with_name("mini_hospital.py")), "--plain-frames", "to-switch"
            )
            lab.address(name, "switch", f"{address}/24")
        for name in ("ct", "monitor"):
            lab.run(name, "tc", "qdisc", "add", "dev", "to-switch", *SLOW)
        alone = "mount --bind /dev/null /etc/resolv.conf; exec storescp -aet PACS1 --ignore 104"  # it asks for no names
        lab.start("archive", "sh", "-c", alone)
        lab.start("ehr", sys.executable, "-I", "-c", SERVER, HOSTS["ehr"][1], "2575")
        image, source = lab.files / "ct.dcm", lab.files / "messages"
        dicom.image(image, dicom.CT_IMAGE, 1, size=128, **SCANNERS["ct"]["equipment"])
        source.write_text(json.dumps([MESSAGE]))
        time.sleep(1.5)
        recording = lab.record("switch", "all", "rotated/whole.pcap", "ip or arp")
        monitor = lab.start("monitor", sys.executable, "-I", "-c", CLIENT, HOSTS["ehr"][1], "2575", str(source))
        time.sleep(0.3)
        store = ("storescu", "-R", "-aet", "CT001", "-aec", "PACS1", HOSTS["archive"][1], "104", str(image))
        lab.run("ct", *store)
        monitor.wait(WAIT)
        time.sleep(1.5)  # tcpdump is handed frames once a second
        lab.finish(recording)
    cut()


def cut() -> None:
    """In the middle: both transfers take as long and begin together."""
    whole = PCAPS / "rotated" / "whole.pcap"
    listed = subprocess.run(["tcpdump", "-nn", "-r", str(whole)], capture_output=True, check=True, timeout=WAIT)
    middle = listed.stdout.count(b"\n") // 2
    for name, frames in (("first", f"1-{middle}"), ("second", f"{middle + 1}-999999")):
        to = str(whole.with_name(f"{name}.pcap"))
        subprocess.run(["editcap", "-F", "pcap", "-r", str(whole), to, frames], check=True, timeout=WAIT)
    whole.unlink()


if __name__ == "__main__":
    main()
