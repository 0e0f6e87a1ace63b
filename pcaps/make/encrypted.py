"""Records pcaps/encrypted: medical devices that say nothing in clear but what precedes and surrounds TLS.

A CT takes an address by DHCP (dnsmasq, dhclient) and stores images over TLS (dcmtk, both ends with certificates). A
gateway of monitors sends HL7 over MLLP inside TLS (openssl). What is in TLS is full of persons: ZQCANARY.
`python pcaps/make/encrypted.py [case ...]`. Needs root, iproute2, tcpdump, dcmtk, openssl, dnsmasq, dhclient, pydicom.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import dicom
from addressing import POOL
from lab import Lab
from tls import certificate
from ward_messages import BEDSIDE, reports

ARCHIVE = "10.50.0.31"
CT, CT_MAC = "10.50.0.64", "88:4b:39:50:00:64"  # Siemens Healthineers
GATEWAY, GATEWAY_MAC, EHR = "10.50.1.20", "00:09:fb:50:01:20", "10.50.1.10"  # Philips Patient Monitoring

DHCLIENT = 'send host-name "ct64";\nsend dhcp-client-identifier = hardware;\n'
SEND = """
import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
context.maximum_version = ssl.TLSVersion.TLSv1_2
context.load_cert_chain(sys.argv[1] + ".pem", sys.argv[1] + ".key")
with context.wrap_socket(socket.create_connection((sys.argv[2], 2575))) as out:
    for message in open(sys.argv[3], "rb").read().split(b"\\n\\n"):
        out.sendall(b"\\x0b" + message.replace(b"\\n", b"\\r") + b"\\r\\x1c\\r")
"""


def ct() -> None:
    with Lab() as lab:
        lab.host("archive")
        lab.host("ct")
        lab.wire("archive", "00:14:22:50:00:31", "ct", CT_MAC)
        lab.address("archive", "ct", f"{ARCHIVE}/24")
        certificate(lab.files, "ct", "/O=Siemens Healthineers/OU=Computed Tomography/CN=ct64.wards.example")
        certificate(lab.files, "archive", "/O=Wards Hospital/CN=pacs.wards.example")
        configuration, image = lab.files / "dhclient.conf", lab.files / "1.dcm"
        configuration.write_text(DHCLIENT)
        dicom.image(image, dicom.CT_IMAGE, 1, size=32, **dicom.SOMATOM)
        options = [f"--dhcp-range={CT},{CT},2h", "--dhcp-option=3", "--port=0", f"--dhcp-leasefile={lab.files}/leases"]
        lab.start("archive", "dnsmasq", *POOL, *options)
        keys = {name: [str(lab.files / f"{name}.key"), str(lab.files / f"{name}.pem")] for name in ("ct", "archive")}
        lab.start("archive", "storescp", "+tls", *keys["archive"], "-ic", "-od", str(lab.files), "2762")
        time.sleep(1)
        recording = lab.record("archive", "ct", "encrypted/ct.pcap", "udp or tcp or arp")
        files = [part for name in ("lease", "pid") for part in (f"-{name[0]}f", str(lab.files / name))]
        lab.run("ct", "dhclient", "-4", "-cf", str(configuration), *files, "-sf", "/bin/true", "-1", "to-archive")
        lab.address("ct", "archive", f"{CT}/24")
        lab.run(
            "ct", "storescu", "+tls", *keys["ct"], "-ic", "-aet", "CT001", "-aec", "PACS1", ARCHIVE, "2762", str(image)
        )
        lab.run("ct", "dhclient", "-4", "-cf", str(configuration), *files, "-sf", "/bin/true", "-x", check=False)
        lab.finish(recording)


def gateway() -> None:
    with Lab() as lab:
        lab.host("gateway")
        lab.host("ehr")
        lab.wire("gateway", GATEWAY_MAC, "ehr", "00:50:56:50:01:10")
        lab.address("gateway", "ehr", f"{GATEWAY}/24")
        lab.address("ehr", "gateway", f"{EHR}/24")
        certificate(lab.files, "gateway", "/O=Philips/OU=Patient Monitoring/CN=piic2.wards.example")
        certificate(lab.files, "ehr", "/O=Wards Hospital/CN=ehr.wards.example")
        messages = lab.files / "messages"
        sender = "PIIC2^0009FBFFFE500120^EUI-64"
        messages.write_text("\n\n".join(reports(sender, "PHILIPS", BEDSIDE[:2], 2)))
        keys = ["-key", str(lab.files / "ehr.key"), "-cert", str(lab.files / "ehr.pem")]
        lab.start("ehr", "openssl", "s_server", "-accept", f"{EHR}:2575", *keys, "-verify", "1", "-quiet")
        time.sleep(1)
        recording = lab.record("ehr", "gateway", "encrypted/gateway.pcap", "tcp or arp")
        lab.run("gateway", sys.executable, "-c", SEND, str(lab.files / "gateway"), EHR, str(messages))
        lab.finish(recording)


CASES: dict[str, Callable[[], None]] = {"ct": ct, "gateway": gateway}

if __name__ == "__main__":
    for case in sys.argv[1:] or CASES:
        CASES[case]()
