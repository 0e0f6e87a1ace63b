"""The person filter, by cases: which names are kept, and why."""

from __future__ import annotations

import time

import pytest

from sensor.names import PERSONAL, host_shaped, keep, shown

HOST, AE = "dhcp.host_name", "dicom.calling_ae"

PERSONS = [
    ("dhcp.client_id", "Anna's iPhone"),
    ("hl7.obx18", "Dr. Weber"),
    ("lldp.chassis_id", "ANNA-PC"),
    ("lldp.port_description", "Office of Dr. Weber"),
    ("cdp.port_id", "Office of Dr. Weber"),
    # the owner and the device, as phones and computers name themselves
    (HOST, "Anna's iPhone"),
    (HOST, "Anna’s iPhone"),
    (HOST, "Annas-iPhone"),
    (HOST, "Xiomaras-iPhone336"),
    (HOST, "iPad2 von Zbigniew"),
    (HOST, "Anna-s-iPhone"),
    (HOST, "Xiomaras-iPhone"),
    (HOST, "annas-macbook-pro.local"),
    (HOST, "James' MacBook Pro"),
    (HOST, "iPhone de Marie"),
    (HOST, "iPhone-de-Marie"),
    (HOST, "iPad d'Anne-Sophie"),
    (HOST, "MacBook Pro de Jean Dupont"),
    (HOST, "Portable de Xavière"),
    (HOST, "Annas iPhone"),
    (HOST, "iPhone von Zbigniew"),
    (HOST, "Rechner von Peter"),
    (HOST, "iPhone de María"),
    (HOST, "iPad di Marco"),
    (HOST, "iPhone van Femke"),
    (HOST, "iPhone-van-Femke"),
    (HOST, "Sarah's Galaxy S21"),
    ("mdns.instance", "Hélène's AirPods"),
    ("mdns.name", "Peters-MacBook-Air.local"),
    # given names beside a word for a computer
    (HOST, "ANNA-PC"),
    (HOST, "PC-MARIE"),
    (HOST, "LAPTOP-THOMAS"),
    (HOST, "JeanLaptop"),
    (HOST, "hélène-pc"),
    (HOST, "martin-pc.hospital.example"),
    (HOST, "PC-DUPONT"),
    (HOST, "pc-jdupont"),
    (HOST, "jdupont"),
    # given and family name
    (HOST, "PC-DUPONT-JEAN"),
    (HOST, "DUPONT-JEAN"),
    (HOST, "JeanDupont"),
    (HOST, "jean.dupont"),
    (HOST, "MARIE"),
    (AE, "DUPONT_JEAN"),
    (AE, "MARIE-PC"),
    ("hl7.sending_application", "ZQCANARYMARTIN^JEANNE"),
    ("dicom.station_name", "Sabine Weber"),
    # titles
    (HOST, "Dr. Weber"),
    (HOST, "Dr-Szymborska"),
    (HOST, "Prof_Rossi"),
    ("dicom.station_name", "DR_MARTIN"),
    ("dicom.institution", "Praxis Dr. Abendroth"),
    ("hl7.sending_facility", "FRAU SCHMIDT"),
    # addresses of persons
    (HOST, "jean.dupont@chu.example"),
    ("http.realm", "ask x.y@hospital.example"),
    # client certificates
    ("tls.client_certificate_cn", "ZQCANARYMARTIN JEANNE"),
    ("tls.client_certificate_cn", "JeanDupont"),
    ("tls.client_certificate_cn", "jean.dupont"),
    ("tls.client_certificate_cn", "899700123456"),
    ("tls.client_certificate_cn", "anna-pc.wards.example"),
]

KEPT = [
    ("dhcp.client_id", "00:09:fb:11:22:33"),
    ("hl7.obx18", "c5800.2709^Roche"),
    ("hl7.equipment", "XN-550^Sysmex"),
    # modalities, rooms, systems
    (AE, "CT01"),
    (AE, "CT001"),
    (AE, "US_ROOM2"),
    (AE, "MARTIN_CT"),
    (AE, "CT_MARTIN"),
    (AE, "MARTIN"),
    (AE, "VICTORIA"),
    (AE, "ST_MARTIN"),
    (AE, "SAINT-LOUIS"),
    (AE, "ANY-SCP"),
    (AE, "STORESCU"),
    (AE, "DR_PORTABLE"),
    (AE, "DR_SIEMENS"),
    (AE, "DR1"),
    (AE, "MR_NORD"),
    (AE, "MR-SCAN-2"),
    (AE, "PACS_MARIE_CURIE"),
    (AE, "JEAN_PACS"),
    (AE, "PHILIPPE_GE_CT"),
    (AE, "AE@HOST"),
    (AE, "ORTHANC"),
    (AE, "dcm4chee"),
    (AE, "CARL_ZEISS"),
    ("dicom.station_name", "AWP65123"),
    ("dicom.station_name", "Mammo Hôpital Saint-Antoine"),
    ("dicom.institution", "Hôpital Jean Minjoz"),
    ("hl7.sending_application", "VSP^080019FFFE134535^EUI-64"),
    ("hl7.sending_application", "MIRTH"),
    ("hl7.sending_application", "PAT_DEVICE_BBRAUN^0012211839000001^EUI-64"),
    ("hl7.sending_facility", "Roche Diagnostics"),
    ("hl7.location", "ICU^R3^B12"),
    # hosts
    (HOST, "ct-ws-01"),
    (HOST, "DESKTOP-AB12CD3"),
    (HOST, "WIN-4J2K9"),
    (HOST, "PC-0042"),
    (HOST, "PC de la pharmacie"),
    (HOST, "PC-de-garde"),
    (HOST, "iPad du bloc"),
    (HOST, "iPad de service"),
    (HOST, "Nurses-iPad"),
    (HOST, "Ward's iPad"),
    (HOST, "iPhone"),
    (HOST, "Galaxy-S21"),
    (HOST, "android-3f2a9c"),
    (HOST, "xiomara"),
    (HOST, "printer-3.wards.example"),
    ("mdns.instance", "LaserJet OR 3"),
    ("mdns.instance", "HP LaserJet M404 [A1B2C3]"),
    ("mdns.name", "laserjet-or3.local"),
    ("dns.name", "pacs.wards.example"),
    ("tls.client_certificate_cn", "gw7.wards.example"),
    ("tls.client_certificate_cn", "10.20.0.7"),
    ("tls.client_certificate_cn", "mon-0042"),
    # not free names
    ("dicom.model", "Marie's Model"),
    ("hl7.software_product", "Anna's iPhone"),
    ("http.user_agent", "jean.dupont@chu.example"),
    ("dhcp.vendor_class", "ANNA-PC"),
    ("dicom.manufacturer", "Dr. Weber"),
]


@pytest.mark.parametrize(("observable", "value"), PERSONS)
def test_names_of_persons_are_replaced(observable: str, value: str) -> None:
    assert keep(observable, value) == PERSONAL


@pytest.mark.parametrize(("observable", "value"), KEPT)
def test_other_names_are_kept(observable: str, value: str) -> None:
    assert keep(observable, value) == value


@pytest.mark.parametrize(
    "value", ["", "a", "'s iPhone", "iPhone de", "Dr.", "@", ".", "-" * 256, "é" * 256, "\0\ud800"]
)
def test_odd_names_are_decided_without_harm(value: str) -> None:
    assert keep(HOST, value) in (value, PERSONAL)


@pytest.mark.parametrize(
    "value", ["a" * 256, "a-" * 128, "dr-" * 85, "as " * 85, "a's " * 64, "iphone-de-" * 25, "x@" * 128, "a.b@" * 64]
)
def test_no_name_takes_long(value: str) -> None:
    start = time.process_time()
    for observable in (HOST, AE, "tls.client_certificate_cn"):
        keep(observable, value)
    assert time.process_time() - start < 0.05


def test_the_application_of_a_subject_is_filtered_as_its_observables_are() -> None:
    assert keep("dicom.application", "DUPONT_JEAN") == PERSONAL
    assert keep("hl7.application", "VSP") == "VSP"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CT01 (Salle 3) [a] <b> 50%", "CT01 (Salle 3) [a] <b> 50%"),
        ("Réanimation Łódź 東京", "Réanimation Łódź 東京"),
        ("a\x1b[31mred", "a\\x1b[31mred"),
        ("a\rb\nc\td\0", "a\\x0db\\x0ac\\x09d\\x00"),
        ("\x9b31m", "\\x9b31m"),
        ("abc\u202etxt.exe", "abc\\u202etxt.exe"),
        ("a\u2066b\u2069", "a\\u2066b\\u2069"),
        ("a\u200bb\u200d\ufeff", "a\\u200bb\\u200d\\ufeff"),
        ("a\u2028b", "a\\u2028b"),
        ("a\U000e0041", "a\\U000e0041"),
        ("soft\xadhyphen", "soft\\xadhyphen"),
        ("\udc80", "\\udc80"),
        ("\ufffd", "\ufffd"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text: str, expected: str) -> None:
    assert shown(text) == expected
    assert shown(expected) == expected


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("gw7.wards.example", True),
        ("gw7.wards.example.", True),
        ("*.wards.example", True),
        ("pacs.chu-lyon.fr", True),
        ("a.b.xy", True),
        ("10.20.0.7", True),
        ("2001:db8::1", True),
        ("mon-0042", True),
        ("jean.dupont", False),
        ("JeanDupont", False),
        ("jdupont2", False),
        ("Jean Dupont", False),
        ("899700123456", False),
        ("jean@dupont.fr", False),
        ("-a.example", False),
        ("a..example", False),
        ("", False),
        ("hôte.example", False),
        ("a" * 300, False),
    ],
)
def test_host_shaped(text: str, answer: bool) -> None:
    assert host_shaped(text) is answer
