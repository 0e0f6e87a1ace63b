"""Records pcaps/fhir: nginx answers with resources of FHIR R4 in JSON and in XML, curl asks. Persons: ZQCANARY.

`python pcaps/make/fhir.py [case ...]`. Needs what web.py needs. The resources are written after the examples of R4.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from lab import Lab
from web import curl, network, nginx

Resource = dict[str, Any]
CAPABILITIES: Resource = {
    "resourceType": "CapabilityStatement",
    "status": "active",
    "kind": "instance",
    "publisher": "ZQCANARY Hospital",
    "software": {"name": "HAPI FHIR Server", "version": "6.2.0"},
    "implementation": {"description": "ZQCANARY records"},
    "fhirVersion": "4.0.1",
    "format": ["application/fhir+json"],
    "rest": [{"mode": "server"}],
}
PATIENT = {
    "resourceType": "Patient",
    "id": "ZQCANARY4711",
    "name": [{"family": "ZQCANARYMARTIN", "given": ["Jeanne"]}],
}
VENTILATOR = {
    "resourceType": "Device",
    "id": "d1",
    "udiCarrier": [{"deviceIdentifier": "51022222233336", "carrierHRF": "(01)51022222233336(21)1234"}],
    "manufacturer": "Acme Medical",
    "serialNumber": "1234",
    "modelNumber": "Ventilo 5",
    "version": [{"value": "2.1.7"}],
    "owner": {"display": "ZQCANARY"},
}
IMPLANT = {
    "resourceType": "Device",
    "id": "d2",
    "manufacturer": "Implants SA",
    "serialNumber": "ZQCANARY77",
    "patient": {"reference": "Patient/ZQCANARY4711"},
}
BUNDLE: Resource = {
    "resourceType": "Bundle",
    "type": "searchset",
    "entry": [{"resource": each} for each in (PATIENT, VENTILATOR, IMPLANT)],
}

SITE = """
  default_type application/fhir+FORM;
  location = /fhir/metadata { alias FILES/metadata.FORM; }
  location = /fhir/Device { alias FILES/bundle.FORM; }
  types { application/fhir+FORM FORM; }
"""


def in_xml(kind: str, resource: Resource) -> str:
    """R4 section 2.6.1: elements by their names, primitive values as attributes, the elements of a list one by one."""
    inside = "".join(
        element(name, value)
        for name, values in resource.items()
        if name != "resourceType"
        for value in (values if isinstance(values, list) else [values])
    )
    space = ' xmlns="http://hl7.org/fhir"' if "resourceType" in resource else ""
    return f"<{kind}{space}>{inside}</{kind}>"


def element(name: str, value: Resource | str) -> str:
    if isinstance(value, str):
        return f'<{name} value="{value}"/>'
    if name == "resource":
        return f"<resource>{in_xml(value['resourceType'], value)}</resource>"
    return in_xml(name, value)


def recorded(capture: str, form: str, write: Callable[[Resource], str]) -> None:
    with Lab() as lab:
        network(lab, "viewer", "server")
        (lab.files / f"metadata.{form}").write_text(write(CAPABILITIES))
        (lab.files / f"bundle.{form}").write_text(write(BUNDLE))
        nginx(lab, "server", SITE.replace("FORM", form))
        recording = lab.record("switch", "all", capture, "tcp port 80 or arp")
        url = "http://10.40.0.80/fhir"
        accept = ("-H", f"Accept: application/fhir+{form}", "-A", "AcmeIntegrator/1.4")
        curl(lab, *accept, f"{url}/metadata")
        curl(lab, *accept, f"{url}/Device?patient.name=ZQCANARYMARTIN")
        lab.finish(recording)


def devices() -> None:
    recorded("fhir/devices.pcap", "json", json.dumps)


def xml() -> None:
    recorded("fhir/xml.pcap", "xml", lambda resource: in_xml(resource["resourceType"], resource))


CASES: dict[str, Callable[[], None]] = {"devices": devices, "xml": xml}

if __name__ == "__main__":
    for case in sys.argv[1:] or CASES:
        CASES[case]()
