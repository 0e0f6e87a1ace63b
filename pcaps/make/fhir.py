"""Records pcaps/fhir: nginx answers with resources of FHIR R4, curl asks. Persons are made up: ZQCANARY.

`python pcaps/make/fhir.py`. Needs what web.py needs. The resources are written after the examples of HL7 FHIR R4.
"""

from __future__ import annotations

import json

from lab import Lab
from web import curl, network, nginx

CAPABILITIES = {
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
BUNDLE = {
    "resourceType": "Bundle",
    "type": "searchset",
    "entry": [{"resource": each} for each in (PATIENT, VENTILATOR, IMPLANT)],
}

SITE = """
  default_type application/fhir+json;
  location = /fhir/metadata { alias FILES/metadata.json; }
  location = /fhir/Device { alias FILES/bundle.json; }
  types { application/fhir+json json; }
"""


def main() -> None:
    with Lab() as lab:
        network(lab, "viewer", "server")
        (lab.files / "metadata.json").write_text(json.dumps(CAPABILITIES))
        (lab.files / "bundle.json").write_text(json.dumps(BUNDLE))
        nginx(lab, "server", SITE)
        recording = lab.record("switch", "all", "fhir/devices.pcap", "tcp port 80 or arp")
        url = "http://10.40.0.80/fhir"
        accept = ("-H", "Accept: application/fhir+json", "-A", "AcmeIntegrator/1.4")
        curl(lab, *accept, f"{url}/metadata")
        curl(lab, *accept, f"{url}/Device?patient.name=ZQCANARYMARTIN")
        lab.finish(recording)


if __name__ == "__main__":
    main()
