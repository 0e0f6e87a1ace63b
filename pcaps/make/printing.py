"""Records printers and a print server: CUPS and its virtual printer. People and documents are made up: ZQCANARY.

`python pcaps/make/printing.py [case ...]`. Needs root, iproute2, tcpdump, cups, cups-client, cups-ipp-utils, cups-bsd,
socat.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from lab import Lab
from services import SERVER, USER, pair

DOCUMENT = b"%!PS ZQCANARYMARTIN^JEANNE wristband\n"
ATTRIBUTES = """\
ATTR text printer-make-and-model "Acme Ward 3000"
ATTR mimeMediaType document-format-supported "application/octet-stream","application/postscript"
ATTR text printer-device-id "MFG:Acme;MDL:Ward 3000;SERN:AC3000-0815;CMD:PS;"
ATTR text printer-firmware-string-version "4.11.2"
"""


def announcer(lab: Lab) -> str:
    """Avahi on a bus of its own, without which the virtual printer does not start."""
    bus = f"unix:path={lab.files}/bus"
    rules = "".join(
        f"<allow {what}/>" for what in ('own="*"', 'user="*"', 'send_destination="*"', 'receive_sender="*"')
    )
    rules = f'<policy context="default">{rules}</policy>'
    (lab.files / "bus.conf").write_text(f"<busconfig><listen>{bus}</listen><auth>EXTERNAL</auth>{rules}</busconfig>")
    lab.start("server", "dbus-daemon", "--nofork", f"--config-file={lab.files}/bus.conf")
    time.sleep(1)
    (lab.files / "avahi.conf").write_text("[server]\nhost-name=ward7\n[rlimits]\n")
    quiet = "mkdir -p /run/avahi-daemon; mount -t tmpfs none /run/avahi-daemon"
    start = f"{quiet}; exec avahi-daemon --no-drop-root --no-chroot -f {lab.files}/avahi.conf"
    lab.start("server", "env", f"DBUS_SYSTEM_BUS_ADDRESS={bus}", "unshare", "-m", "sh", "-c", start)
    time.sleep(2)
    return bus


def printer() -> None:
    """CUPS' virtual printer is asked what it is, and prints."""
    with Lab() as lab:
        pair(lab)
        attributes = lab.files / "printer.conf"
        attributes.write_text(ATTRIBUTES)
        spool = lab.files / "spool"
        spool.mkdir()
        options = ["-a", str(attributes), "-l", "Ward 7", "-p", "631"]
        options += ["-d", str(spool), "-c", "/bin/true"]
        bus = announcer(lab)
        lab.start("server", "env", f"DBUS_SYSTEM_BUS_ADDRESS={bus}", "ippeveprinter", *options, "Ward 7 printer")
        time.sleep(2)
        recording = lab.record("client", "server", "ipp/printer.pcap", "tcp port 631 or arp")
        document = lab.files / "document.ps"
        document.write_bytes(DOCUMENT)
        uri = f"ipp://{SERVER[1]}:631/ipp/print"
        asked = lab.files / "ask.test"
        names = "printer-make-and-model,printer-device-id,printer-uuid,printer-name,printer-location,printer-info"
        names += ",printer-firmware-string-version,media-supported"
        asked.write_text(request("Get-Printer-Attributes", f"ATTR keyword requested-attributes {names}"))
        print(lab.run("client", "ipptool", "-tv", uri, str(asked), check=False)[-900:])
        job = lab.files / "job.test"
        told = "ATTR name job-name ZQCANARYMARTIN\nATTR mimeMediaType document-format application/postscript"
        job.write_text(request("Print-Job", told + f"\nFILE {document}"))
        print(lab.run("client", "ipptool", "-t", "-f", str(document), uri, str(job), check=False)[-300:])
        lab.finish(recording)


def request(operation: str, more: str) -> str:
    return f"""{{
    OPERATION {operation}
    GROUP operation-attributes-tag
    ATTR charset attributes-charset utf-8
    ATTR naturalLanguage attributes-natural-language en
    ATTR uri printer-uri $uri
    ATTR name requesting-user-name {USER}
    {more}
}}
"""


def print_server(lab: Lab) -> str:
    """CUPS with two queues, and where they are."""
    for name in ("spool", "cache", "state", "log"):
        (lab.files / name).mkdir()
    lab.files.chmod(0o755)
    (lab.files / "cupsd.conf").write_text(
        f"Listen {SERVER[1]}:631\nBrowsing Off\nWebInterface No\nServerAlias *\nAccessLogLevel all\n"
        "<Location />\nOrder allow,deny\nAllow all\n</Location>\n<Policy default>\n<Limit All>\nOrder deny,allow\n"
        "</Limit>\n</Policy>\n"
    )
    (lab.files / "cups-files.conf").write_text(
        f"ServerRoot {lab.files}\nRequestRoot {lab.files}/spool\nCacheDir {lab.files}/cache\n"
        f"StateDir {lab.files}/state\nErrorLog {lab.files}/log/error\nAccessLog {lab.files}/log/access\nPageLog -\n"
    )
    uri = f"ipp://{SERVER[1]}/printers"
    (lab.files / "printers.conf").write_text(
        "".join(
            f"<Printer {name}>\nInfo {name}\nMakeModel Acme Ward 3000\nDeviceURI socket://10.63.0.{last}:9100\n"
            "State Idle\nAccepting Yes\n</Printer>\n"
            for name, last in (("ward7", 77), ("ward8", 78))
        )
    )
    lab.start("server", "cupsd", "-f", "-c", f"{lab.files}/cupsd.conf", "-s", f"{lab.files}/cups-files.conf")
    time.sleep(2)
    return uri


def server() -> None:
    """A print server is asked for its queues."""
    with Lab() as lab:
        pair(lab)
        uri = print_server(lab)
        recording = lab.record("client", "server", "ipp/server.pcap", "tcp port 631 or arp")
        asked = lab.files / "ask.test"
        asked.write_text(request("Get-Printer-Attributes", "ATTR keyword requested-attributes all"))
        print(lab.run("client", "ipptool", "-t", f"{uri}/ward7", str(asked), check=False)[-300:])
        print(lab.run("client", "lpstat", "-h", SERVER[1], "-v", check=False)[-300:])
        lab.finish(recording)


def queue() -> None:
    """A document goes to a print server by LPD, and the queue is asked for: CUPS at both ends."""
    with Lab() as lab:
        pair(lab)
        print_server(lab)
        daemon = f"EXEC:env CUPS_SERVER={SERVER[1]} /usr/lib/cups/daemon/cups-lpd"
        lab.start("server", "socat", "TCP-LISTEN:515,fork,reuseaddr", daemon)
        time.sleep(1)
        recording = lab.record("client", "server", "lpd/queue.pcap", "tcp port 515 or arp")
        document = lab.files / "document.ps"
        document.write_bytes(DOCUMENT)
        send = ("env", f"DEVICE_URI=lpd://{SERVER[1]}/ward7", "/usr/lib/cups/backend/lpd", "1", USER)
        print(lab.run("client", *send, "ZQCANARYMARTIN", "1", "", str(document), check=False)[-300:])
        ask = f"printf '\\003ward8 {USER}\\n' | socat -t 5 - TCP:{SERVER[1]}:515"
        print(lab.run("client", "sh", "-c", ask, check=False)[-300:])
        lab.finish(recording)


CASES: dict[str, Callable[[], None]] = {"printer": printer, "server": server, "queue": queue}

if __name__ == "__main__":
    for case in sys.argv[1:] or CASES:
        CASES[case]()
