"""Makes pcaps/sdc: an SDC device, and a consumer that finds it and reads it.

  bench  without TLS as on a test bench, in discovery.pcap and bench.pcap
  long   without TLS, compressed: a description with hundreds of alarms before the metadata; then another patient
  tls    with TLS and certificates of both, as the standard wants it

Needs root, iproute2, tcpdump, openssl and the package sdc11073 (MIT) in the Python that runs this: `sdc.py [case ...]`.
The device stands at a bed, with a patient and an operator in its contexts, whose names hold ZQCANARY.
"""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from lab import Lab

if TYPE_CHECKING:
    from sdc11073.certloader import SSLContextContainer

DEVICE, CONSUMER = ("02:a6:00:00:00:01", "10.26.0.11"), ("02:a6:00:00:00:02", "10.26.0.12")
UUID = "6f9619ff-8b86-4d01-b42d-00cf4fc964f1"
PARTICIPANT = "http://standards.ieee.org/downloads/11073/11073-10207-2017/participant"
MESSAGE = "http://standards.ieee.org/downloads/11073/11073-10207-2017/message"

MDIB = f"""<?xml version="1.0" encoding="UTF-8"?>
<msg:GetMdibResponse xmlns:msg="{MESSAGE}" xmlns:pm="{PARTICIPANT}" SequenceId="urn:uuid:{UUID}" MdibVersion="1"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<msg:Mdib SequenceId="urn:uuid:{UUID}" MdibVersion="1"><pm:MdDescription DescriptionVersion="1">
<pm:Mds Handle="mds0" DescriptorVersion="0" SafetyClassification="MedA">
<pm:Type Code="70001"/>
<pm:MetaData><pm:Udi><pm:DeviceIdentifier>(01)04012345678901</pm:DeviceIdentifier>
<pm:HumanReadableForm>(01)04012345678901(21)ASKB-0042</pm:HumanReadableForm><pm:Issuer Root="2.51.1.1"/></pm:Udi>
<pm:LotNumber>L-77</pm:LotNumber><pm:Manufacturer>Acme Respiration</pm:Manufacturer>
<pm:ModelName>Acme Vent 5</pm:ModelName><pm:ModelNumber>AV5-200</pm:ModelNumber>
<pm:SerialNumber>ASKB-0042</pm:SerialNumber></pm:MetaData>
<pm:SystemContext Handle="sc0" DescriptorVersion="0">
<pm:PatientContext Handle="pat0" DescriptorVersion="0"/><pm:LocationContext Handle="loc0" DescriptorVersion="0"/>
<pm:OperatorContext Handle="opr0" DescriptorVersion="0"/></pm:SystemContext>
</pm:Mds></pm:MdDescription><pm:MdState StateVersion="1">
<pm:State xsi:type="pm:MdsState" DescriptorHandle="mds0" ActivationState="On"/>
<pm:State xsi:type="pm:SystemContextState" DescriptorHandle="sc0"/>
<pm:State xsi:type="pm:PatientContextState" DescriptorHandle="pat0" Handle="pat1" ContextAssociation="Assoc">
<pm:Identification Root="acme" Extension="ZQCANARY4711"/>
<pm:CoreData><pm:Givenname>ZQCANARYJEANNE</pm:Givenname><pm:Familyname>ZQCANARYMARTIN</pm:Familyname></pm:CoreData>
</pm:State>
<pm:State xsi:type="pm:LocationContextState" DescriptorHandle="loc0" Handle="loc1" ContextAssociation="Assoc">
<pm:Identification Root="sdc.ctxt.loc.detail" Extension="HOSP1//2/ICU A/12/Bed 3"/>
<pm:LocationDetail PoC="ICU A" Room="12" Bed="Bed 3" Floor="2" Facility="HOSP1"/></pm:State>
<pm:State xsi:type="pm:OperatorContextState" DescriptorHandle="opr0" Handle="opr1" ContextAssociation="Assoc">
<pm:Identification Root="acme" Extension="zqcanary.nurse"/></pm:State>
</pm:MdState></msg:Mdib></msg:GetMdibResponse>"""


ALARMS = 600
ALARM_SYSTEM = "".join(
    (
        '<pm:AlertSystem Handle="as0" DescriptorVersion="0">',
        *(
            f'<pm:AlertCondition Handle="ac{n}" DescriptorVersion="0" Kind="Tec" Priority="Lo">'
            f'<pm:Type Code="{n + 1}"/><pm:Source>mds0</pm:Source></pm:AlertCondition>'
            for n in range(ALARMS)
        ),
        "</pm:AlertSystem>",
    )
)
ALARM_STATES = "".join(
    (
        '<pm:State xsi:type="pm:AlertSystemState" DescriptorHandle="as0" ActivationState="On"/>',
        *(
            f'<pm:State xsi:type="pm:AlertConditionState" DescriptorHandle="ac{n}" ActivationState="On"/>'
            for n in range(ALARMS)
        ),
    )
)


def described(case: str) -> bytes:
    """With alarms between the type of the system and its metadata, as the schema orders them."""
    if case != "long":
        return MDIB.encode()
    text = MDIB.replace('<pm:Type Code="70001"/>', '<pm:Type Code="70001"/>' + ALARM_SYSTEM)
    return text.replace("</pm:MdState>", ALARM_STATES + "</pm:MdState>").encode()


def keys(case: str) -> SSLContextContainer | None:
    """Contexts of TLS 1.2, which shows the certificates of both; None without TLS."""
    from sdc11073.certloader import mk_ssl_contexts_from_folder

    if case != "tls":
        return None
    contexts = mk_ssl_contexts_from_folder(os.environ["SDC_KEYS"], f"{sys.argv[1]}.key", f"{sys.argv[1]}.pem", "ca.pem")
    for context in (contexts.client_context, contexts.server_context):
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    return contexts


def uncompressed(case: str) -> None:
    from sdc11073.httpserver.compression import CompressionHandler

    if case == "bench":
        CompressionHandler.available_encodings.clear()


def device(case: str) -> None:
    from sdc11073.mdib import ProviderMdib
    from sdc11073.provider import SdcProvider
    from sdc11073.wsdiscovery import WSDiscovery
    from sdc11073.xml_types.dpws_types import ThisDeviceType, ThisModelType

    uncompressed(case)
    discovery = WSDiscovery(DEVICE[1])
    discovery.start()
    model = ThisModelType("Acme Respiration", "www.acme.example", "Acme Vent 5", "AV5-200")
    this = ThisDeviceType("Vent Bed 3", "5.2.1", "ASKB-0042")
    mdib = ProviderMdib.from_string(described(case))
    provider = SdcProvider(discovery, model, this, mdib, epr=f"urn:uuid:{UUID}", ssl_context_container=keys(case))
    provider.start_all(start_rtsample_loop=False)
    provider.publish()
    time.sleep(8)
    if case == "long":
        with mdib.context_state_transaction() as transaction:
            transaction.get_context_state("pat1").CoreData.Familyname = "ZQCANARYDUPONT"
    time.sleep(4)
    provider.stop_all()
    discovery.stop()


def consumer(case: str) -> None:
    from sdc11073.consumer.consumerimpl import HostedServiceDescription, SdcConsumer
    from sdc11073.definitions_sdc import SdcV1Definitions
    from sdc11073.wsdiscovery import WSDiscovery

    uncompressed(case)
    HostedServiceDescription.read_metadata = lambda *_: None  # 400 KiB that are the same for every device
    with WSDiscovery(CONSUMER[1]) as discovery:
        found = discovery.search_services(types=SdcV1Definitions.MedicalDeviceTypesFilter, timeout=2)
        reader = SdcConsumer.from_wsd_service(found[0], ssl_context_container=keys(case), validate=False)
        reader.start_all(check_get_service=False)
        reader.get_service_client.get_mdib()
        time.sleep(4 if case == "long" else 0)
        reader.stop_all()


def certificates(folder: Path) -> None:
    """An authority, and what it signed for the device and the consumer."""

    def openssl(*command: str | Path) -> None:
        subprocess.run(["openssl", *command], check=True, capture_output=True, cwd=folder)

    new = ("req", "-newkey", "rsa:2048", "-nodes", "-keyout")
    openssl(*new, "ca.key", "-x509", "-days", "7300", "-subj", "/O=Wards Hospital/CN=SDC CA", "-out", "ca.pem")
    for name, subject in (
        ("device", "/O=Acme Respiration/CN=av5-0042.wards.example"),
        ("consumer", "/O=Wards Hospital/OU=ICU/CN=central1.wards.example"),
    ):
        openssl(*new, f"{name}.key", "-subj", subject, "-out", f"{name}.csr")
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", f"{name}.pem")
        openssl("x509", "-req", "-in", f"{name}.csr", "-days", "7300", *signed)


RECORDINGS = {
    "bench": {"discovery": "udp", "bench": "tcp"},
    "long": {"long": "tcp"},
    "tls": {"tls": "tcp or (udp and not multicast)"},
}


def record(case: str) -> None:
    with Lab() as lab:
        certificates(lab.files)
        os.environ["SDC_KEYS"] = str(lab.files)
        for host in ("device", "consumer"):
            lab.host(host)
        lab.wire("device", DEVICE[0], "consumer", CONSUMER[0])
        lab.address("device", "consumer", f"{DEVICE[1]}/24")
        lab.address("consumer", "device", f"{CONSUMER[1]}/24")
        for host, peer in (("device", "consumer"), ("consumer", "device")):
            lab.run(host, "ip", "route", "add", "239.0.0.0/8", "dev", f"to-{peer}")
        recordings = [
            lab.record("device", "consumer", f"sdc/{name}.pcap", expression)
            for name, expression in RECORDINGS[case].items()
        ]
        here = str(Path(__file__).resolve())
        provider = lab.start("device", sys.executable, here, "device", case)
        time.sleep(4)
        print(lab.run("consumer", sys.executable, here, "consumer", case), end="")
        provider.wait(20)
        for recording in recordings:
            lab.finish(recording)


if __name__ == "__main__":
    roles = {"device": device, "consumer": consumer}
    if sys.argv[1:] and sys.argv[1] in roles:
        roles[sys.argv[1]](sys.argv[2])
    else:
        for wanted in sys.argv[1:] or RECORDINGS:
            record(wanted)
