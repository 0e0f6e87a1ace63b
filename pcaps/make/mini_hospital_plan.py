"""The small hospital that `mini_hospital.py` records: its hosts, names, settings."""

from __future__ import annotations

from typing import Any

import dicom

CORE, CORE_ANNEX = "00:1b:54:10:20:01", "00:1b:54:10:30:01"  # Cisco

MIRRORED = {  # name -> MAC, address, whether it leases it
    "ehr": ("00:50:56:10:10:10", "10.10.10.10", False),  # VMware
    "gateway": ("00:a0:37:10:10:20", "10.10.10.20", False),  # Mindray
    "ris": ("00:14:22:10:10:21", "10.10.10.21", False),  # Dell
    "archive": ("00:14:22:10:10:31", "10.10.10.31", False),
    "engine": ("00:50:56:10:10:40", "10.10.10.40", False),
    "pumps": ("00:1a:01:10:10:50", "10.10.10.50", False),  # Smiths Medical, now ICU Medical
    "middleware": ("00:50:56:10:10:60", "10.10.10.60", False),
    "lis": ("00:50:56:10:10:61", "10.10.10.61", False),
    "ct": ("88:4b:39:41:20:11", "10.10.20.11", False),  # Siemens Healthcare
    "mr": ("3c:d9:2b:10:20:12", "10.10.20.12", False),  # HP: the host computer of a GE scanner
    "monitor1": ("08:00:19:10:20:21", "10.10.20.21", False),  # General Electric
    "monitor2": ("00:30:e6:10:20:22", "10.10.20.22", False),  # Dräger
    "film": ("00:1d:4a:10:20:51", "10.10.20.51", False),  # Carestream
    "analyser": ("00:60:19:10:20:61", "10.10.20.61", False),  # Roche
    "workstation": ("18:a9:05:10:20:41", "10.10.20.41", True),  # HP
    "printer": ("00:30:c1:10:20:71", "10.10.20.71", True),  # HP
    "mac": ("3c:22:fb:10:20:72", "10.10.20.72", True),  # Apple
    "ups": ("00:c0:b7:10:20:81", "10.10.20.81", True),  # APC
}
ANNEX = {
    "us": ("00:09:fb:10:30:12", "10.10.30.12"),  # Philips
    "cr": ("00:1d:4a:10:30:13", "10.10.30.13"),
    "annexrouter": ("00:14:22:10:30:33", "10.10.30.33"),
}
IP = {**{name: host[1] for name, host in MIRRORED.items()}, **{name: host[1] for name, host in ANNEX.items()}}
WINDOWS = ("workstation", "ct", "gateway")  # initial TTL and no timestamps, as Windows has it

NAMES = {
    "pacs": "archive", "ris": "ris", "lis": "lis", "ehr": "ehr", "engine": "engine", "egateway": "gateway",
}  # fmt: skip

DHCP = {  # host -> host name, vendor class, options asked for
    "workstation": ("RADIO-WS07", "MSFT 5.0", "1 3 6 15 31 33 43 44 46 47 119 121 249 252"),
    "printer": ("NPI102071", "Hewlett-Packard JetDirect", "6 3 1 15 66 67 13 44 12 81 252"),
    "mac": ("ZQCANARYMARTINs-MacBook-Air", "", "1 121 3 6 15 108 114 119 252 95 44 46"),
    "ups": ("ups-server-room", "APC", "1 3 6 12 15 42 43"),
}
OPTIONS = {  # dhclient's names of the options that it knows; the others are defined
    1: "subnet-mask", 3: "routers", 6: "domain-name-servers", 12: "host-name", 13: "boot-size", 15: "domain-name",
    31: "router-discovery", 33: "static-routes", 42: "ntp-servers", 43: "vendor-encapsulated-options",
    44: "netbios-name-servers", 46: "netbios-node-type", 47: "netbios-scope", 119: "domain-search",
}  # fmt: skip

AVAHI = """
[server]
host-name={name}
use-ipv4=yes
use-ipv6=no
enable-dbus=no
allow-interfaces=to-switch
[publish]
publish-hinfo=no
publish-workstation=no
"""
SERVICE = """<?xml version="1.0"?>
<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group><name>{name}</name>{services}</service-group>
"""
ANNOUNCED = {  # host -> host name, instance, service, port, TXT
    "printer": ("NPI102071", "HP LaserJet Pro M404dn (Radiology)", "_ipp._tcp", 631, (
        "txtvers=1", "ty=HP LaserJet Pro M404dn", "product=(HP LaserJet Pro M404dn)", "usb_MFG=Hewlett-Packard",
        "usb_MDL=HP LaserJet Pro M404dn", "note=Office of Dr ZQCANARYMARTIN",
    )),
    "mac": ("ZQCANARYMARTINs-MacBook-Air", "ZQCANARYMARTIN’s MacBook Air", "_device-info._tcp", 0, (
        "model=MacBookAir10,1", "osxvers=22",
    )),
}  # fmt: skip

NGINX = """
daemon off; user root; pid {files}/{host}.pid; error_log {files}/{host}.log;
events {{ worker_connections 16; }}
http {{
  access_log off; server_tokens off;
  client_body_temp_path {files}/{host}-1; proxy_temp_path {files}/{host}-2; fastcgi_temp_path {files}/{host}-3;
  uwsgi_temp_path {files}/{host}-4; scgi_temp_path {files}/{host}-5;
  server {{ {server} }}
}}
"""
UPS_PAGE = (
    "listen 80; root {files}/web; index page.html; "
    "auth_basic 'APC Management Card'; auth_basic_user_file {files}/users;"
)
WEB_PAGE = (
    "listen 443 ssl; ssl_protocols TLSv1.2; ssl_certificate {files}/gateway.pem; "
    "ssl_certificate_key {files}/gateway.key; return 200 ok;"
)
CERTIFICATE = "/C=CN/O=Shenzhen Mindray Bio-Medical Electronics Co., Ltd/OU=eGateway/CN=egateway.hospital.example"

FORWARD = """
function OnStoredInstance(instance, tags, metadata, origin)
  if origin["RemoteAet"] ~= "PACS1" then SendToModality(instance, "pacs") end
end
"""

SCANNERS: dict[str, dict[str, Any]] = {
    "ct": {
        "title": "CT001", "stack": ("1.3.12.2.1107.5.99.3.20080101", "SIEMENS"), "makes": dicom.CT_IMAGE,
        "commit": True,
        "step": {
            "PerformedStationName": "CTAWP64877", "PerformedLocation": "ROOM 3", "PerformedStationAETitle": "CT001",
        },
        "equipment": {**dicom.SOMATOM, "StationName": "CTAWP64877", "DeviceSerialNumber": "64877"},
    },
    "mr": {
        "title": "GEMR3T", "stack": ("1.2.840.113619.6.353", "ER_3_1"), "makes": dicom.MR_IMAGE, "step": {},
        "equipment": {
            "Modality": "MR", "Manufacturer": "GE MEDICAL SYSTEMS", "ManufacturerModelName": "DISCOVERY MR750",
            "StationName": "GEMR3T", "DeviceSerialNumber": "0000000418MR3T",
            "SoftwareVersions": ["27", "LX", "MR Software release:DV26.0_R02_1810.b"],
        },
    },
    "us": {
        "title": "EPIQ-US2", "stack": None, "makes": dicom.US_IMAGE, "step": {},
        "equipment": {
            "Modality": "US", "Manufacturer": "Philips Medical Systems", "ManufacturerModelName": "EPIQ 7C",
            "StationName": "EPIQ-US2", "DeviceSerialNumber": "US22000417", "SoftwareVersions": "EPIQ 7C_1.8.1",
        },
    },
}  # fmt: skip
ANNEX_OBJECTS = (  # title, equipment: both come to the archive through the DICOM router of the annex
    ("CR-ANNEX", {
        "Modality": "CR", "Manufacturer": "FUJIFILM Corporation", "ManufacturerModelName": "FCR Capsula XII",
        "StationName": "CR-ANNEX", "PlateID": "A39876543C",
    }),
    ("AMX-ANNEX", {
        "Modality": "DX", "Manufacturer": "GE MEDICAL SYSTEMS", "ManufacturerModelName": "AMX 700",
        "StationName": "AMX-ANNEX", "DeviceSerialNumber": "AMX20317",
    }),
)  # fmt: skip
DX_IMAGE = "1.2.840.10008.5.1.4.1.1.1.1"

FILM_PRINTER = """
import sys
from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import BasicGrayscalePrintManagementMeta

def about(event):
    ds = Dataset()
    ds.PrinterStatus, ds.PrinterStatusInfo, ds.PrinterName = "NORMAL", "NORMAL", "FILM-RADIO"
    ds.Manufacturer, ds.ManufacturerModelName = "Carestream Health", "DRYVIEW 5950"
    ds.DeviceSerialNumber, ds.SoftwareVersions = "5950-02468", "1.4.0"
    return 0x0000, ds

ae = AE("FILM1")
ae.add_supported_context(BasicGrayscalePrintManagementMeta)
ae.start_server(("", int(sys.argv[1])), evt_handlers=[(evt.EVT_N_GET, about)])
"""
