"""Hosts that speak of others, and hosts that speak of themselves. Scenarios written by hand."""

from __future__ import annotations

from parsers.api import Id
from sensor.correlate.device import Device
from sensor.model import Conversation, Evidence, Place, Subject
from tests.sensor.correlate.scenes import (
    SITE,
    START,
    app,
    at_ip,
    host,
    known,
    monitor,
    object_of,
    others,
    parents,
    row,
    says,
    scanner,
    take,
    value,
    with_mac,
)

A, B, C = (f"00:11:22:00:00:0{x}" for x in "abc")

PIV = "1.3.6.1.4.1.19376.1.6.1.3.1"  # IHE PCD-03


def test_ct_with_worklist_is_its_own_component():
    (ct,) = known([*host(A, "10.0.0.5"), *scanner(A, "10.0.0.5", "CT001", "4711")])
    assert ct.kind == "ct_scanner"
    assert (value(ct, "manufacturer"), value(ct, "model"), value(ct, "serial")) == ("Siemens", "Somatom", "4711")
    assert (ct.interfaces, ct.applications, ct.name) == ((A,), ("CT001",), "CT001")
    assert any("worklist" in why and "4711" in why for why in ct.merges)


def test_a_sender_that_never_asks_for_a_worklist_stays_apart_from_what_it_sends():
    rows = [each for each in scanner(A, "10.0.0.5", "GW", "4711") if each.value != "worklist"]
    devices = known([*host(A, "10.0.0.5"), *rows])
    sender = at_ip(devices, "10.0.0.5")
    (made,) = parents(devices, sender)
    assert value(sender, "serial") == ""
    assert value(made, "serial") == "4711"
    assert (made.interfaces, made.addresses) == ((), ())


def test_a_sender_that_calls_itself_by_the_station_or_the_model_of_its_objects_is_their_maker():
    def sent(title: str) -> list[Device]:
        rows = [each for each in scanner(A, "10.0.0.5", title, "4711") if each.value != "worklist"]
        made = next(each.subject for each in rows if each.subject.behind)
        told = [row(made, "dicom.model", "BrightSpeed Elite"), row(made, "dicom.station_name", "CT_ROOM-1")]
        rows = [each for each in rows if each.observable not in ("dicom.model", "dicom.station_name")]
        return known([*host(A, "10.0.0.5"), *rows, *told])

    for title in ("CTROOM1", "BRIGHTSPEED01"):
        (one,) = sent(title)
        assert value(one, "serial") == "4711"
        assert any(f"calls itself {title} as they do" in why for why in one.merges)
    assert len(sent("GW")) == len(sent("BRIGHT")) == len(sent("BRIGHTSPEED_GW")) == 2


def test_worklist_sender_with_another_station_title_or_a_move_originator_stays_apart():
    ct = [*host(A, "10.0.0.5"), *scanner(A, "10.0.0.5", "CT001", "4711")]
    title = row(
        Subject(mac=A, ip="10.0.0.5", application="CT001", behind=(Id("serial", "4711", "Siemens"),)),
        "dicom.station_ae",
        "CT999",
    )
    moved = row(app(A, "10.0.0.5", "CT001"), "dicom.move_originator", "VIEWER")
    takes_in = row(app(A, "10.0.0.5", "CT001"), "dicom.role_provide", "store")
    for contrary in (title, moved, takes_in):
        assert len(known([*ct, contrary])) == 2
    agreeing = row(title.subject, "dicom.station_ae", "CT001")
    assert len(known([*ct, agreeing])) == 1


def test_archive_that_forwards_images_of_three_makers():
    archive = app(A, "10.0.0.9", "PACS")
    makers = (
        ("Siemens", "Somatom", "4711"),
        ("GE MEDICAL SYSTEMS", "Revolution", "R100"),
        ("Philips", "Ingenia", "77001"),
    )
    evidence = [
        *host(A, "10.0.0.9"),
        *says(
            archive,
            ("dicom.role_provide", "store"),
            ("dicom.role_provide", "find"),
            ("dicom.role_provide", "move"),
            ("dicom.role_request", "store"),
        ),
        *(
            each
            for name, model, serial in makers
            for each in object_of(
                Subject(mac=A, ip="10.0.0.9", application="PACS", behind=(Id("serial", serial, name),)),
                name,
                model,
                serial,
            )
        ),
    ]
    devices = known(evidence)
    pacs = at_ip(devices, "10.0.0.9")
    assert pacs.kind == "pacs_archive"
    assert (value(pacs, "manufacturer"), value(pacs, "model"), value(pacs, "serial")) == ("", "", "")
    assert {value(each, "manufacturer") for each in parents(devices, pacs)} == {"Siemens", "GE HealthCare", "Philips"}
    assert any("3 devices" in why for why in pacs.merges)


def test_objects_without_a_serial_belong_to_the_scanner_of_that_station():
    bare = Subject(
        mac=A, ip="10.0.0.5", application="CT001", behind=(Id("model_station", "Somatom|CT-ROOM-1", "Siemens"),)
    )
    named = Subject(mac=A, ip="10.0.0.5", application="CT001", behind=(Id("serial", "4711", "Siemens"),))
    evidence = [
        *host(A, "10.0.0.5"),
        *scanner(A, "10.0.0.5", "CT001", "4711"),
        row(named, "dicom.station_name", "CT-ROOM-1"),
        *says(bare, ("dicom.manufacturer", "Siemens"), ("dicom.model", "Somatom"), ("dicom.station_name", "CT-ROOM-1")),
    ]
    assert len(known(evidence)) == 1
    other = [
        row(
            Subject(mac=A, ip="10.0.0.5", behind=(Id("model_station", "Ysio|DX-2", "Siemens"),)), "dicom.model", "Ysio"
        ),
        row(
            Subject(mac=A, ip="10.0.0.5", behind=(Id("model_station", "Ysio|DX-2", "Siemens"),)),
            "dicom.station_name",
            "DX-2",
        ),
    ]
    assert len(known([*evidence, *other])) == 3, "a second model makes the sender a relay: host and two components"


def test_gateway_with_four_monitors_behind():
    sender = app(A, "10.0.0.20", "GW")
    devices = known(
        [
            *host(A, "10.0.0.20"),
            *says(sender, ("hl7.sending_application", "GW"), ("hl7.message_type", "ORU^R01")),
            *(each for n in (1, 2, 3, 4) for each in monitor(A, "10.0.0.20", n)),
        ]
    )
    gateway = at_ip(devices, "10.0.0.20")
    monitors = parents(devices, gateway)
    assert gateway.kind == "device_integration_gateway"
    assert len(monitors) == 4
    assert {each.kind for each in monitors} == {"patient_monitor"}
    assert {each.interfaces for each in monitors} == {(f"00:09:fb:00:00:0{n}",) for n in (1, 2, 3, 4)}
    assert {value(each, "location") for each in monitors} == {f"ICU^R{n}^B1" for n in (1, 2, 3, 4)}
    assert value(gateway, "model") == ""


def test_gateway_that_writes_its_own_eui64_beside_each_monitor():
    own = Id("eui64", "001122FFFE00000A")
    devices = known(
        [
            *host(A, "10.0.0.20"),
            *(
                each
                for n in (1, 2)
                for each in says(
                    Subject(mac=A, ip="10.0.0.20", application="GW", behind=(own, Id("obx18", f"MON{n}", "ACME"))),
                    ("hl7.model", "MX800"),
                )
            ),
        ]
    )
    gateway = with_mac(devices, A)
    assert len(devices) == 3
    assert len(parents(devices, gateway)) == 2


def test_monitor_that_names_itself_by_eui64_is_the_host():
    (monitor_,) = known(
        [
            *host(A, "10.0.0.20"),
            *says(
                Subject(mac=A, ip="10.0.0.20", application="MON", behind=(Id("eui64", "001122FFFE00000A"),)),
                ("hl7.model", "B125"),
            ),
        ]
    )
    assert (monitor_.interfaces, value(monitor_, "model"), monitor_.parent) == ((A,), "B125", "")


def test_monitor_that_speaks_of_what_is_plugged_into_it_stays_a_monitor():
    itself = Subject(mac=A, ip="10.0.0.20", application="MON", behind=(Id("eui64", "001122FFFE00000A"),))
    plugged = Subject(mac=A, ip="10.0.0.20", application="MON", behind=(Id("serial", "VENT-7", ""),))
    devices = known(
        [*host(A, "10.0.0.20"), *says(itself, ("hl7.mdc_device", "69965")), *says(plugged, ("hl7.model", "Vent"))]
    )
    monitor_ = with_mac(devices, A)
    assert monitor_.kind == "patient_monitor"
    (ventilator,) = parents(devices, monitor_)
    assert ventilator.name == "Vent (VENT-7)"


def test_interface_engine_takes_nothing_of_the_applications_it_speaks_for():
    rows = []
    for name in ("EPIC", "LAB", "RIS"):
        rows += says(app(A, "10.0.0.30", name), ("hl7.sending_application", name), ("hl7.message_type", "ADT^A01"))
        rows += says(app(A, "10.0.0.30", name), ("hl7.receives_type", "ADT^A01"), source="hl7 10.0.0.31")
    engine = at_ip(known([*host(A, "10.0.0.30"), *rows]), "10.0.0.30")
    assert engine.kind == "interface_engine"
    assert value(engine, "manufacturer") == ""
    assert engine.applications == ("EPIC", "LAB", "RIS")


def test_film_printer_says_itself_what_it_is():
    printer = app(A, "10.0.0.40", "FILM1")
    (device,) = known(
        [
            *host(A, "10.0.0.40"),
            *says(
                printer,
                ("dicom.role_provide", "print"),
                ("dicom.manufacturer", "Agfa"),
                ("dicom.model", "Drystar"),
                ("dicom.serial", "P-99"),
            ),
        ]
    )
    assert (device.kind, value(device, "model"), value(device, "serial")) == ("film_printer", "Drystar", "P-99")


def test_an_engine_has_no_serial_of_what_it_hands_on():
    behind = (Id("serial", "E-100", "Philips"),)
    rows = [row(app(A, "10.0.0.30", name), "hl7.sending_application", name) for name in ("ONE", "TWO", "THREE")]
    rows += says(app(A, "10.0.0.30", "ONE"), ("hl7.control_serial", "E-100"), ("hl7.software_maker", "Philips"))
    rows += [*host(B, "10.0.0.31"), row(Subject(mac=B, ip="10.0.0.31", behind=behind), "hl7.model", "CM120")]
    devices = known([*host(A, "10.0.0.30"), *rows])
    assert len(devices) == 3
    assert value(at_ip(devices, "10.0.0.30"), "model") == ""


def test_an_archive_is_not_made_by_the_makers_whose_private_classes_it_takes():
    private = ("dicom.proposed_sop_class", "1.3.46.670589.2.3.1.1")
    accepted = [("dicom.accepted_sop_class", f"1.2.840.10008.5.1.4.1.1.{n}") for n in range(200, 230)]
    (alone,) = known([*host(A, "10.0.0.9"), *says(app(A, "10.0.0.9", "MR"), private)])
    (archive,) = known([*host(A, "10.0.0.9"), *says(app(A, "10.0.0.9", "PACS"), private, *accepted)])
    assert (value(alone, "manufacturer"), value(archive, "manufacturer")) == ("Philips", "")


def test_what_a_gateway_sends_without_a_name_is_not_its_own_kind():
    unnamed = row(app(A, "10.0.0.20", "GW"), "hl7.sends_device", "69965")
    alone = known([*host(A, "10.0.0.20"), unnamed])
    behind = known([*host(A, "10.0.0.20"), unnamed, *monitor(A, "10.0.0.20", 1), *monitor(A, "10.0.0.20", 2)])
    assert at_ip(alone, "10.0.0.20").kind == "patient_monitor"
    assert at_ip(behind, "10.0.0.20").kind == "device_integration_gateway"


def test_a_relay_of_two_scanners_is_called_no_scanner():
    sender = app(A, "10.0.0.9", "ROUTE")
    evidence = [*host(A, "10.0.0.9"), row(sender, "dicom.proposed_sop_class", "1.2.840.10008.5.1.4.1.1.2")]
    one, two = (
        Subject(mac=A, ip="10.0.0.9", application="ROUTE", behind=(Id("serial", n, "Siemens"),))
        for n in ("4711", "4712")
    )
    assert at_ip(known([*evidence, row(one, "dicom.model", "Somatom")]), "10.0.0.9").kind == "ct_scanner"
    both = known([*evidence, row(one, "dicom.model", "Somatom"), row(two, "dicom.model", "Somatom")])
    assert at_ip(both, "10.0.0.9").kind == "unknown"


def test_objects_without_a_serial_that_fit_two_scanners_are_given_to_neither():
    bare = Subject(mac=A, ip="10.0.0.9", behind=(Id("model_station", "Somatom|", "Siemens"),))
    numbered = [Subject(mac=A, ip="10.0.0.9", behind=(Id("serial", n, "Siemens"),)) for n in ("4711", "4712")]
    first = [*host(A, "10.0.0.9"), row(bare, "dicom.model", "Somatom"), row(numbered[0], "dicom.model", "Somatom")]
    assert len(known(first)) == 2
    assert len(known([*first, row(numbered[1], "dicom.model", "Somatom")])) == 4


def test_who_had_a_hand_in_an_object_does_not_make_its_sender_a_relay():
    hand = Subject(mac=A, ip="10.0.0.5", application="CT001", behind=(Id("serial", "LB-0077", "Laurel"),))
    chain = says(hand, ("dicom.model", "Compass"), ("dicom.contribution", "109103"))
    devices = known([*host(A, "10.0.0.5"), *scanner(A, "10.0.0.5", "CT001", "4711"), *chain])
    ct = at_ip(devices, "10.0.0.5")
    assert (value(ct, "serial"), value(ct, "model"), value(ct, "role")) == ("4711", "Somatom", "")
    assert [value(each, "model") for each in parents(devices, ct)] == ["Compass"]


def test_who_takes_the_orders_to_the_pumps_behind_it_is_their_server():
    def behind(n: int, *pairs: tuple[str, str]) -> list[Evidence]:
        serial = Id("serial", f"PUMP-{n}", "Acme")
        return says(Subject(mac=A, ip="10.0.0.50", application="PUMPS", behind=(serial,)), *pairs)

    pumps = [*behind(1, ("hl7.mdc_device", "69985")), *behind(2, ("hl7.mdc_device", "69985"))]
    ordered = behind(3, ("hl7.obx18", "P3^Acme"))  # only in an order, which does not say what it is
    order = says(app(A, "10.0.0.50", "PUMPS"), ("hl7.receives_type", "RGV^O15"), source="hl7 10.0.0.31")
    reports = [*host(A, "10.0.0.50"), *pumps]
    assert at_ip(known(reports), "10.0.0.50").kind == "device_integration_gateway"
    server = at_ip(known([*reports, *ordered, *order]), "10.0.0.50")
    assert (server.kind, value(server, "role")) == ("infusion_server", "device_gateway")
    of_all = [*reports, *order, *monitor(A, "10.0.0.50", 4)]
    assert at_ip(known(of_all), "10.0.0.50").kind == "device_integration_gateway"


def test_who_takes_in_orders_is_no_infusion_server_unless_they_are_pumps() -> None:
    """Cabinets are told in the same messages what a nurse gives (RGV^O15)."""
    given = ("hl7.receives_type", "RGV^O15")
    cabinet = says(app(A, "10.0.0.50", "CABINET"), given, source="hl7 10.0.0.31")
    pump = says(app(A, "10.0.0.50", "PUMPS"), given, ("hl7.receives_profile", PIV), source="hl7 10.0.0.31")
    frames = host(A, "10.0.0.50")
    assert at_ip(known([*frames, *cabinet]), "10.0.0.50").kind == "unknown"
    assert at_ip(known([*frames, *pump]), "10.0.0.50").kind == "infusion_server"


def test_an_analyser_that_speaks_of_its_own_modules_is_no_middleware():
    def sends_results(name: str, *makers: str) -> Device:
        sender = app(A, "10.0.0.61", name)
        rows = says(sender, ("hl7.sending_application", name), ("hl7.message_type", "OUL^R22"))
        for n, maker in enumerate(makers):
            behind = (Id("obx18", f"c{n}.314{n}", maker),)
            subject = Subject(mac=A, ip="10.0.0.61", application=name, behind=behind)
            rows += says(subject, ("hl7.software_maker", maker), ("hl7.model", f"c{n}"))
        return at_ip(known([*host(A, "10.0.0.61"), *rows]), "10.0.0.61")

    line = sends_results("Line 8", "Acme", "Acme")
    assert (line.kind, value(line, "role")) == ("chemistry_immuno_system", "laboratory_middleware")
    assert sends_results("Line 8", "Acme", "Bolt").kind == "lab_middleware", "it speaks of another maker's too"
    assert sends_results("LABLINK", "Acme", "Acme").kind == "lab_middleware", "it does not call itself an analyser"
    assert sends_results("OTHER", "Acme", "Acme").kind == "lab_middleware"


def test_what_a_laboratory_host_speaks_of_is_an_analyser_and_what_an_engine_speaks_of_is_not():
    node, unnamed = app(A, "10.0.0.9", "LABLINK"), Id("obx18", "A400.1701", "Acme")
    subject = Subject(mac=A, ip="10.0.0.9", behind=(unnamed,))
    rows = [*host(A, "10.0.0.9"), row(subject, "hl7.obx18", "A400.1701^Acme")]

    def behind(*types: str) -> str:
        told = [row(node, "hl7.message_type", each) for each in types]
        (device,) = [device for device in known([*rows, *told]) if device.parent]
        return device.kind

    assert behind("OUL^R22", "ACK^R22") == "laboratory_analyser"
    assert behind("OUL^R22", "ORU^R01") == "unknown"


def test_an_analyser_that_sends_its_own_results_is_one_device():
    node = app(A, "10.0.0.9", "XN-550")
    sender = row(node, "hl7.sending_application", "XN-550")

    def spoken(number: str) -> list[Evidence]:
        subject = Subject(mac=A, ip="10.0.0.9", behind=(Id("obx18", f"XN-550.{number}", "Acme"),))
        return [row(subject, "hl7.obx18_model", "XN-550"), row(subject, "hl7.serial", number)]

    (alone,) = known([*host(A, "10.0.0.9"), sender, *spoken("11234")])
    assert (value(alone, "serial"), alone.interfaces) == ("11234", (A,))
    assert any("calls itself that" in why for why in alone.merges)
    assert len(known([*host(A, "10.0.0.9"), sender, *spoken("11234"), *spoken("11235")])) == 3, "one of two"
    other = row(node, "hl7.sending_application", "LABLINK")
    assert len(known([*host(A, "10.0.0.9"), other, *spoken("11234")])) == 2, "a middleware with one analyser"
    takes_in = row(node, "hl7.receives_type", "OUL^R22")
    assert len(known([*host(A, "10.0.0.9"), sender, takes_in, *spoken("11234")])) == 2, "it hands on"


def test_who_hands_on_objects_of_every_kind_and_answers_no_query_is_a_router():
    accepted = [("dicom.accepted_sop_class", f"1.2.840.10008.5.1.4.1.1.{n}") for n in range(200, 280)]
    node = app(A, "10.0.0.9", "NODE")
    takes_in = [*host(A, "10.0.0.9"), *says(node, ("dicom.role_provide", "store"), *accepted)]
    sends_on = [row(node, "dicom.role_request", "store")]
    for n in ("4711", "4712"):
        behind = Subject(mac=A, ip="10.0.0.9", application="NODE", behind=(Id("serial", n, "Siemens"),))
        sends_on += object_of(behind, "Siemens", "Somatom", n)
    assert at_ip(known(takes_in), "10.0.0.9").kind == "pacs_archive"
    router = at_ip(known([*takes_in, *sends_on]), "10.0.0.9")
    assert (router.kind, others(router, "kind")) == ("dicom_router", {"pacs_archive"})
    for answers in ("find", "move", "get", "commit"):
        asked = row(node, "dicom.role_provide", answers)
        assert at_ip(known([*takes_in, *sends_on, asked]), "10.0.0.9").kind == "pacs_archive"


def test_of_two_that_speak_of_a_device_equally_often_it_is_behind_the_one_that_spoke_first():
    def spoken_of(first: str, second: str, more: int = 0) -> str:
        rows = []
        for at, (mac, ip) in enumerate(((first, f"10.0.0.{first[-1]}"), (second, f"10.0.0.{second[-1]}"))):
            subject = Subject(mac=mac, ip=ip, behind=(Id("eui64", "0009FBFFFE000001"),))
            count = 3 + more * at
            rows += [*host(mac, ip), row(subject, "hl7.model", "MX800", 10 + at, count=count)]
        devices = known(rows)
        parent = with_mac(devices, "00:09:fb:00:00:01").parent
        return next(device.interfaces[0] for device in devices if device.id == parent)

    one, other = "00:11:22:00:00:01", "00:11:22:00:00:02"
    assert (spoken_of(one, other), spoken_of(other, one)) == (one, other)
    assert (spoken_of(one, other, 1), spoken_of(other, one, 1)) == (other, one), (
        "who speaks of it more often comes first"
    )


def test_a_device_is_behind_who_handed_it_on_to_the_archive_and_not_behind_the_archive():
    router, archive = "00:11:22:00:00:01", "00:11:22:00:00:02"
    rows = []
    for mac, count in ((router, 1), (archive, 9)):
        subject = Subject(mac=mac, ip=f"10.0.0.{mac[-1]}", behind=(Id("serial", "S4711", "Acme"),))
        rows += [*host(mac, subject.ip), row(subject, "dicom.model", "CR1", count=count)]

    def parent(*connected: tuple[str, str]) -> str:
        devices = take(rows, [connects(client, server) for client, server in connected]).devices
        (behind,) = [device for device in devices if device.parent]
        return next(device.interfaces[0] for device in devices if device.id == behind.parent)

    one, other = "10.0.0.1", "10.0.0.2"
    assert parent() == archive, "who speaks of it most"
    assert parent((one, other)) == router
    assert parent((one, other), (other, one)) == archive, "each hands on to the other"


def test_a_device_is_behind_who_speaks_of_others_too_and_not_behind_a_pc_with_copies_of_its_objects():
    router, pc = "00:11:22:00:00:01", "00:11:22:00:00:02"
    rows = []
    for mac, serial, count in ((router, "S4711", 1), (router, "S4712", 1), (pc, "S4711", 9)):
        subject = Subject(mac=mac, ip=f"10.0.0.{mac[-1]}", behind=(Id("serial", serial, "Acme"),))
        rows += [*host(mac, subject.ip), row(subject, "dicom.serial", serial, count=count)]
    devices = known(rows)
    parents = {device.parent for device in devices if device.parent}
    assert parents == {with_mac(devices, router).id}


def connects(client: str, server: str) -> Conversation:
    return Conversation(
        site=SITE,
        sensor="tap1",
        origin="ward.pcap#1",
        day="2026-01-05",
        client=client,
        server=server,
        port=104,
        transport="tcp",
        protocol="dicom",
        encrypted=False,
        client_frames=9,
        client_bytes=900,
        server_frames=9,
        server_bytes=900,
        connections=1,
        first=Place(START, 1),
        last=Place(START, 9),
    )
