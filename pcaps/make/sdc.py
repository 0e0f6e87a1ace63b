"""Makes pcaps/sdc: an SDC device, and a consumer that finds it and reads it, without TLS as on a test bench.

Needs root, iproute2, tcpdump and the package sdc11073 (MIT) in the Python that runs this. The device stands at a bed,
with a patient and an operator in its contexts, whose names hold ZQCANARY.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from lab import Lab

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


def device() -> None:
    from sdc11073.httpserver.compression import CompressionHandler
    from sdc11073.mdib import ProviderMdib
    from sdc11073.provider import SdcProvider
    from sdc11073.wsdiscovery import WSDiscovery
    from sdc11073.xml_types.dpws_types import ThisDeviceType, ThisModelType

    CompressionHandler.available_encodings.clear()
    discovery = WSDiscovery(DEVICE[1])
    discovery.start()
    model = ThisModelType("Acme Respiration", "www.acme.example", "Acme Vent 5", "AV5-200")
    this = ThisDeviceType("Vent Bed 3", "5.2.1", "ASKB-0042")
    mdib = ProviderMdib.from_string(MDIB.encode())
    provider = SdcProvider(discovery, model, this, mdib, epr=f"urn:uuid:{UUID}")
    provider.start_all(start_rtsample_loop=False)
    provider.publish()
    time.sleep(12)
    provider.stop_all()
    discovery.stop()


def consumer() -> None:
    from sdc11073.consumer.consumerimpl import HostedServiceDescription, SdcConsumer
    from sdc11073.definitions_sdc import SdcV1Definitions
    from sdc11073.httpserver.compression import CompressionHandler
    from sdc11073.wsdiscovery import WSDiscovery

    CompressionHandler.available_encodings.clear()
    HostedServiceDescription.read_metadata = lambda *_: None  # 400 KiB that are the same for every device
    with WSDiscovery(CONSUMER[1]) as discovery:
        found = discovery.search_services(types=SdcV1Definitions.MedicalDeviceTypesFilter, timeout=2)
        reader = SdcConsumer.from_wsd_service(found[0], ssl_context_container=None, validate=False)
        reader.start_all(check_get_service=False)
        reader.get_service_client.get_mdib()
        reader.stop_all()


def record() -> None:
    with Lab() as lab:
        for host in ("device", "consumer"):
            lab.host(host)
        lab.wire("device", DEVICE[0], "consumer", CONSUMER[0])
        lab.address("device", "consumer", f"{DEVICE[1]}/24")
        lab.address("consumer", "device", f"{CONSUMER[1]}/24")
        for host, peer in (("device", "consumer"), ("consumer", "device")):
            lab.run(host, "ip", "route", "add", "239.0.0.0/8", "dev", f"to-{peer}")
        recordings = [
            lab.record("device", "consumer", f"sdc/{name}.pcap", expression)
            for name, expression in (("discovery", "udp"), ("bench", "tcp"))
        ]
        here = str(Path(__file__).resolve())
        provider = lab.start("device", sys.executable, here, "device")
        time.sleep(4)
        lab.run("consumer", sys.executable, here, "consumer")
        provider.wait(20)
        for recording in recordings:
            lab.finish(recording)


if __name__ == "__main__":
    {"device": device, "consumer": consumer}.get("".join(sys.argv[1:2]), record)()
