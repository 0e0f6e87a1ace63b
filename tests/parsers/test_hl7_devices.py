"""HL7 v2: the devices behind a sender. Expected values are read off the messages by the standard's field numbers."""

from __future__ import annotations

import pytest

from tests.parsers.hl7_messages import LAB, PIV, PUMP_ROW, behinds, block, events, msh, obx18, of, prt


def test_an_analyser_by_model_and_serial_in_one_namespace() -> None:
    blob = block(msh(**LAB), obx18("c5800^Roche~c5800.2709^Roche"), obx18("c5800^Roche~c5800.2709^Roche"))
    who = (("obx18", "c5800.2709", "Roche"),)
    assert behinds(blob) == [who]
    assert of(blob, behind=who) == {
        "hl7.obx18_model": ["c5800"],
        "hl7.serial": ["2709"],
        "hl7.obx18": ["c5800^Roche", "c5800.2709^Roche"],
    }


@pytest.mark.parametrize(
    ("instances", "serial"),
    [
        ("XN-550^Sysmex~XN-550.11234^Sysmex", ["11234"]),
        ("AU5800^BC~AU5800.A1.7^BC", ["A1.7"]),
        ("XN-550^Sysmex~XN-5501.11234^Sysmex", None),  # of another model
        ("XN-550^Sysmex~11234^Sysmex", None),  # some other numbering
        ("XN-550^Sysmex~XN-550.^Sysmex", None),
        ("XN-550~XN-550.11234", None),  # without a namespace they are not known to be one device's
        ("XN-550.11234^Sysmex", None),  # the model alone tells where the number begins
    ],
)
def test_the_serial_after_the_model(instances: str, serial: list[str] | None) -> None:
    blob = block(msh(**LAB), obx18(instances))
    found = [value for who in behinds(blob) for value in of(blob, behind=who).get("hl7.serial", ())]
    assert found == (serial or [])


def test_repeats_in_other_namespaces_are_other_devices() -> None:
    blob = block(msh(**LAB), obx18("AN1^Acme~AN2^Bolt"))
    assert behinds(blob) == [(("obx18", "AN1", "Acme"),), (("obx18", "AN2", "Bolt"),)]


def test_results_of_several_analysers_in_one_message() -> None:
    blob = block(msh(**LAB), obx18("AN1^Acme"), obx18("AN2^Acme"), obx18("AN1^Acme"), "EQU|AN2^Acme|2026|ID")
    assert behinds(blob) == [(("obx18", "AN1", "Acme"),), (("obx18", "AN2", "Acme"),)]
    assert of(blob, behind=(("obx18", "AN2", "Acme"),)) == {
        "hl7.obx18": ["AN2^Acme"],
        "hl7.equipment": ["AN2^Acme"],
    }


def test_obx_18_before_further_fields() -> None:
    assert behinds(block(msh(**LAB), obx18("AN1^Acme|20260101||ZQCANARY|")))[0] == (("obx18", "AN1", "Acme"),)


def test_an_mds_and_its_system_id_are_one_device() -> None:
    blob = block(
        msh(),
        "OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X",
        "OBX|2|ST|67972^MDC_ATTR_SYS_ID^MDC|1.0.0.2|SN-4711||||||R",
        "OBX|3|ST|67880^MDC_ATTR_ID_MODEL^MDC|1.0.0.1|Perfusor Space||||||R",
        "OBX|4|NM|67996^MDC_ATTR_VAL_BATT_CHARGE^MDC|1.0.0.3|ZQCANARY||||||R",
    )
    who = (("serial", "SN-4711", ""),)
    assert behinds(blob) == [who]
    assert of(blob, behind=who) == {
        "hl7.mdc_device": ["69965"],
        "hl7.system_id": ["SN-4711"],
        "hl7.serial": ["SN-4711"],
        "hl7.model": ["Perfusor Space"],
    }


def test_a_system_id_may_be_an_eui64() -> None:
    for value in ("080019FFFE134535", "X^^080019FFFE134535^EUI-64"):
        blob = block(msh(), f"OBX|2|ST|67972^^MDC|1.0.0.2|{value}||||||R")
        assert behinds(blob) == [(("eui64", "080019FFFE134535", ""),)]
        assert of(blob, behind=behinds(blob)[0])["hl7.device_mac"] == ["08:00:19:13:45:35"]
        assert "hl7.serial" not in of(blob, behind=behinds(blob)[0])
    assert behinds(block(msh(), "OBX|2|ST|67972^^MDC|1.0.0.2|1234567890123456||||||R")) == [
        (("serial", "1234567890123456", ""),)
    ]


def test_pumps_in_a_rack_are_devices_of_their_own() -> None:
    blob = block(
        msh(),
        "OBX|1||69985^MDC_DEV_PUMP_INFUS_MDS^MDC|1.0.0.0|||||||X|||||||RACK1^^00122118390000AA^EUI-64",
        "OBX|2||69986^MDC_DEV_PUMP_INFUS_VMD^MDC|1.1.0.0|||||||X",
        "OBX|3|ST|67972^MDC_ATTR_SYS_ID^MDC|1.1.0.2|PUMP-A||||||R",
        "OBX|4|ST|67880^MDC_ATTR_ID_MODEL^MDC|1.1.0.1|Infusomat||||||R",
        "OBX|5||69986^MDC_DEV_PUMP_INFUS_VMD^MDC|1.2.0.0|||||||X",
        "OBX|6|ST|67972^MDC_ATTR_SYS_ID^MDC|1.2.0.2|PUMP-B||||||R",
    )
    rack, a, b = (("eui64", "00122118390000AA", ""),), (("serial", "PUMP-A", ""),), (("serial", "PUMP-B", ""),)
    assert behinds(blob) == [rack, a, b]
    assert of(blob, behind=rack)["hl7.mdc_device"] == ["69985"]
    assert "hl7.model" not in of(blob, behind=rack)
    assert of(blob, behind=a)["hl7.model"] == ["Infusomat"]
    assert [of(blob, behind=who).get("hl7.serial") for who in (rack, a, b)] == [None, ["PUMP-A"], ["PUMP-B"]]
    assert of(blob, behind=b)["hl7.mdc_module"] == ["69986"]


def test_two_mds_in_one_message() -> None:
    blob = block(
        msh(),
        "OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X|||||||A^^080019FFFE000001^EUI-64",
        "OBX|2||70001^MDC_DEV_SYS_PT_VENT_MDS^MDC|2.0.0.0|||||||X|||||||B^^080019FFFE000002^EUI-64",
        "OBX|3|ST|67880^MDC_ATTR_ID_MODEL^MDC|2.0.0.1|Vent 9||||||R",
    )
    assert of(blob, behind=(("eui64", "080019FFFE000001", ""),))["hl7.mdc_device"] == ["69965"]
    second = of(blob, behind=(("eui64", "080019FFFE000002", ""),))
    assert (second["hl7.mdc_device"], second["hl7.model"]) == (["70001"], ["Vent 9"])


def test_a_device_without_a_name_is_said_of_the_sender_and_of_the_bed() -> None:
    rows = ("OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X",)
    nowhere = block(msh(), *rows)
    assert of(nowhere)["hl7.sends_device"] == ["69965"]
    assert behinds(nowhere) == []
    bed = block(msh(), "PV1|1|I|ICU^3^12", *rows)
    assert of(bed)["hl7.sends_device"] == ["69965"]
    assert behinds(bed) == [(("model_station", "69965 ICU^3^12", ""),)]


def test_a_device_in_an_order_is_behind_the_receiver() -> None:
    blob = block(msh(kind="RGV^O15^RGV_O15"), "PV1|1|I|ZQCANARY", obx18("P17^^001A010000000017^EUI-64", "1^X^MDC"))
    assert [(e[1][0], e[1][2]) for e in events(blob) if e[0] == "said" and e[1][2]] == [
        ("receiver", (("eui64", "001A010000000017", ""),))
    ]


def test_an_order_says_what_its_receiver_takes_in() -> None:
    """IHE PCD-03. What is given by a person has no profile."""
    order = block(msh(kind="RGV^O15^RGV_O15", profile=PIV), PUMP_ROW)
    assert of(order, "receiver")["hl7.receives_profile"] == ["1.3.6.1.4.1.19376.1.6.1.3.1"]
    assert "hl7.receives_profile" not in of(block(msh(kind="RGV^O15^RGV_O15")), "receiver")


def test_an_infusion_event() -> None:
    """IHE PCD-10, after the sample message of the IPEC supplement, revision 1.5, X.1.2.2 (its persons replaced)."""
    blob = block(
        "MSH|^~\\&|PAT_DEVICE_PUMPVENDOR^9999990000000000^EUI-64|PUMPVENDOR|DOC_VENDOR|DOC_VENDOR|20151015132107-0500"
        "||ORU^R42^ORU_R01|6358051206735492253|P|2.6|||AL|NE||ASCII|en^English^ISO639"
        "||IHE_PCD_010^IHE PCD^ 1.3.6.1.4.1.19376.1.6.4.10^ISO",
        "PID|||ZQCANARY4711^^^IHE^PI||ZQCANARYMARTIN^JEANNE^^^^^L",
        "PV1||I|3 West ICU^3002^1",
        "OBR|1|AB12345^PCD-03|CD12345^HL7^ACDE48234567ABCD^EUI-64|2222^ZQCANARY|||20151015132106-0500",
        "OBX|1||70049^MDC_DEV_PUMP_INFUS_LVP_MDS^MDC|1.0.0.0|||||||X|||||ZQCANARY||E0002^^0012210000000000^EUI-64",
        "OBX|2|ST|184517^MDC_PUMP_DRUG_LIBRARY_VERSION^MDC|1.0.0.1|DL1||||||R",
        "OBX|3|CWE|0^MDC_ATTR_EVT_COND^MDC|1.0.0.2|197288^MDC_EVT_PUMP_DELIV_START^MDC||||||R",
        "OBX|5||70050^MDC_DEV_PUMP_INFUS_LVP_VMD^MDC|1.1.0.0|||||||X",
        "OBX|6||0^MDC_DEV_PUMP_DELIVERY_INFO^MDC|1.1.1.0|||||||X",
        "OBX|20|ST|184514^MDC_DRUG_NAME_LABEL^MDC|1.1.2.10|ZQCANARY||||||R",
    )
    pump = (("eui64", "0012210000000000", ""),)
    assert behinds(blob) == [pump]
    said = of(blob, behind=pump)
    assert (said["hl7.mdc_device"], said["hl7.location"]) == (["70049"], ["3 West ICU^3002^1"])
    assert "70050" in said["hl7.mdc_module"]
    assert of(blob)["hl7.profile"] == ["1.3.6.1.4.1.19376.1.6.4.10"]
    assert of(blob)["hl7.order_eui64"] == ["ACDE48234567ABCD"]
    assert "ZQCANARY" not in repr(events(blob))


def test_an_alarm() -> None:
    """IHE PCD-04, after PCD TF-2 3.4: the device row, then the alarm and its attributes as facets of it."""
    rows = (
        "OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X|||||||MON7^^080019FFFE134535^EUI-64",
        "OBX|2|ST|196652^MDC_EVT_HI^MDC|1.1.1.1.1|ZQCANARY alarm text|||A~PM~SA|||R|||||ZQCANARYNURSE",
        "OBX|3|ST|68165^MDC_ATTR_EVENT_PHASE^MDC|1.1.1.1.3|start|||A~PM~SA|||R",
    )
    header = msh(kind="ORU^R40^ORU_R40", profile="PCD_ACM_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.4.1^ISO")
    blob = block(header, "PV1||I|ICU^R3^B12", "OBR|1|||196616^MDC_EVT_ALARM^MDC", *rows)
    monitor = (("eui64", "080019FFFE134535", ""),)
    assert behinds(blob) == [monitor]
    assert of(blob, behind=monitor)["hl7.location"] == ["ICU^R3^B12"]
    assert of(blob, "receiver")["hl7.receives_type"] == ["ORU^R40"]
    assert [event[2] for event in events(blob) if event[0] == "flag"] == ["hl7.cleartext"]
    assert "ZQCANARY" not in repr(events(blob))


def test_order_numbers_give_only_the_eui64_beside_them() -> None:
    blob = block(msh(), "OBR|1|ZQCANARY7^EG^00A037FFFE000143^EUI-64|ZQCANARY8^EG^00A037FFFE000143^EUI-64|x")
    assert of(blob)["hl7.order_eui64"][0] == "00A037FFFE000143"
    assert of(blob)["hl7.order_mac"][0] == "00:a0:37:00:01:43"


def test_prt_of_equipment() -> None:
    blob = block(
        msh(version="2.8.2"),
        "OBX|1|NM|147842^MDC_ECG_HEART_RATE^MDC|1.1.1.1|80",
        prt(
            p5="ZQCANARYMARTIN^JEANNE",
            p9="OR^1^A",
            p10="MON9^Acme",
            p16="09506000117843",
            p17="20240501",
            p18="20300501",
            p19="LOT7",
            p20="SN99",
            p21="ZQCANARYDONATION",
            p22="12345^monitor^L",
        ),
    )
    who = (("obx18", "MON9", "Acme"), ("serial", "SN99", ""), ("udi", "(01)09506000117843(21)SN99", ""))
    assert behinds(blob) == [who]
    assert of(blob, behind=who) == {
        "hl7.prt_device": ["MON9^Acme"],
        "hl7.serial": ["SN99"],
        "hl7.udi_device_identifier": ["09506000117843"],
        "hl7.manufacture_date": ["20240501"],
        "hl7.expiry_date": ["20300501"],
        "hl7.lot": ["LOT7"],
        "hl7.device_type": ["12345^monitor^L"],
        "hl7.location": ["OR^1^A"],
    }


@pytest.mark.parametrize(
    ("udi", "scheme"),
    [
        ("(01)09506000117843(11)240501(21)SN99", "udi"),
        ("0109506000117843112405012199887", "udi"),
        ("(01)09506000117843(10)LOT7", "model_station"),
        ("(01)09506000117844(21)SN99", "udi"),  # a wrong check digit is kept as it stands
        ("+A999ABC123DE0/$+1234567Y", "udi"),  # ANSI/HIBC 2.6
        ("+A99912345/$$52001510X33", "model_station"),
    ],
    ids=["serial", "serial-without-brackets", "only-a-lot", "wrong-check-digit", "hibcc", "hibcc-lot"],
)
def test_a_udi_names_one_device_only_with_a_serial(udi: str, scheme: str) -> None:
    assert behinds(block(msh(), prt(p10=f"{udi}^AGENCY"))) == [((scheme, udi, ""),)]


def test_the_number_of_a_donation_is_left_out_of_a_udi() -> None:
    """ST-011 of ICCBBA: it leads to the donor."""
    blob = block(msh(), prt(p10="=/A9999XYZ100T0944=,000025=A99971312345600=>014032^ICCBBA"))
    assert behinds(blob) == [(("udi", "=/A9999XYZ100T0944=,000025=>014032", ""),)]
    assert "A99971312345600" not in repr(events(blob))


def test_what_only_begins_like_a_udi_is_an_instance() -> None:
    assert behinds(block(msh(), prt(p10="+MON7^Acme"))) == [(("obx18", "+MON7", "Acme"),)]


@pytest.mark.parametrize("kind", ["PP", "", "EQUIPMENT", "RO^EQUIP"])
def test_prt_of_anybody_else_is_not_read(kind: str) -> None:
    assert behinds(block(msh(), prt(kind, p10="ZQCANARY^X", p20="ZQCANARY9"))) == []
