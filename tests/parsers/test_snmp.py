"""SNMP messages written by hand from RFC 1157, 3416, 3412 and 3414; object identifiers from their MIBs."""

from __future__ import annotations

import pytest

from parsers.snmp import BINDS_MAX, SPEC
from parsers.snmp_objects import dotted
from tests.parsers.ber_bytes import integer, tlv
from tests.parsers.ber_bytes import octets as text
from tests.parsers.datagrams import Heard, about, heard, odd

GET, RESPONSE, TRAP_1, BULK, INFORM, TRAP_2, REPORT = 0xA0, 0xA2, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8
SECRET = b"ZQCANARYcommunity"


def oid(dots: str) -> bytes:
    first, second, *rest = map(int, dots.split("."))
    out = b""
    for arc in (40 * first + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.insert(0, arc & 0x7F | 0x80)
        out += bytes(groups)
    return tlv(6, out)


def bind(name: str, value: bytes) -> bytes:
    return tlv(0x30, oid(name) + value)


def pdu(kind: int, *binds: bytes) -> bytes:
    return tlv(kind, integer(7) + integer(0) + integer(0) + tlv(0x30, b"".join(binds)))


def message(version: int, community: bytes, content: bytes) -> bytes:
    return tlv(0x30, tlv(2, bytes([version])) + tlv(4, community) + content)


def answer(*binds: bytes, kind: int = RESPONSE, community: bytes = SECRET) -> bytes:
    return message(1, community, pdu(kind, *binds))


def trap(enterprise: str, address: str, generic: int, *binds: bytes) -> bytes:
    head = oid(enterprise) + tlv(0x40, bytes.fromhex(address)) + integer(generic) + integer(0) + tlv(0x43, b"\7")
    return message(0, SECRET, tlv(TRAP_1, head + tlv(0x30, b"".join(binds))))


def secured(flags: int, engine: str, body: bytes) -> bytes:
    user = tlv(
        0x30, text(bytes.fromhex(engine)) + integer(1) + integer(9) + text("zqcanary.user") + text("") + text("")
    )
    head = tlv(0x30, integer(1) + integer(1400) + tlv(4, bytes([flags])) + integer(3))
    return tlv(0x30, tlv(2, b"\3") + head + tlv(4, user) + body)


def scoped(engine: str, content: bytes) -> bytes:
    return tlv(0x30, text(bytes.fromhex(engine)) + text("zqcanary") + content)


CLEAR = ("flag", ("sender", "", ()), "snmp.cleartext")
DEFAULT = ("flag", ("sender", "", ()), "snmp.default_community")
NO_LOGIN = ("flag", ("sender", "", ()), "snmp.no_authentication")
V1, V2C, V3 = (about("sender", ("snmp.version", version)) for version in ("1", "2c", "3"))
SYSTEM, ENTITY, PRINTER = "1.3.6.1.2.1.1", "1.3.6.1.2.1.47.1.1.1.1", "1.3.6.1.2.1.43.5.1.1"
FORWARDING, OF_VLANS, LLDP = "1.3.6.1.2.1.17.4.3.1.2", "1.3.6.1.2.1.17.7.1.2.2.1.2", "1.0.8802.1.1.2.1.3"
NEIGHBOURS = "1.0.8802.1.1.2.1.4.1.1"
MAC = bytes.fromhex("02a200000011")
PERSON = text("ZQCANARYMARTIN JEANNE")


def told(*fields: tuple[str, str]) -> Heard:
    return [CLEAR, V2C, about("sender", *fields)]


CASES: dict[str, tuple[bytes, Heard]] = {
    "what the system is; its contact is a person": (
        answer(
            bind(f"{SYSTEM}.1.0", text("Acme LP-400\r\nfirmware 7.3.1")),
            bind(f"{SYSTEM}.2.0", oid("1.3.6.1.4.1.9.1.516")),
            bind(f"{SYSTEM}.3.0", tlv(0x43, b"\x12\x34")),
            bind(f"{SYSTEM}.4.0", PERSON),
            bind(f"{SYSTEM}.5.0", text("lp-r104")),
            bind(f"{SYSTEM}.6.0", text("room R-104")),
        ),
        told(
            ("snmp.sys_object_id", "1.3.6.1.4.1.9.1.516"),
            ("snmp.enterprise", "9"),
            ("snmp.sys_descr", "Acme LP-400 firmware 7.3.1"),
            ("snmp.sys_name", "lp-r104"),
            ("snmp.sys_location", "room R-104"),
        ),
    ),
    "the same names elsewhere in the tree are something else": (
        answer(bind(f"{SYSTEM}.5.1", PERSON), bind(f"{SYSTEM}.9.1.5.0", PERSON), bind("1.3.6.1.2.1.5.0", PERSON)),
        [CLEAR, V2C],
    ),
    "the community that everybody knows": (answer(community=b"public"), [CLEAR, DEFAULT, V2C]),
    "and the other one, in version 1": (message(0, b"private", pdu(RESPONSE)), [CLEAR, DEFAULT, V1]),
    "whoever tries it is no agent": (message(1, b"public", pdu(GET, bind(f"{SYSTEM}.1.0", tlv(5, b"")))), []),
    "a physical entity that is told to be the outermost, and what is in it": (
        answer(
            bind(f"{ENTITY}.4.1001", integer(0)),
            bind(f"{ENTITY}.4.1002", integer(1001)),
            bind(f"{ENTITY}.11.1001", text("LP-004711")),
            bind(f"{ENTITY}.11.1002", text("FB-99")),
            bind(f"{ENTITY}.13.1001", text("LP-400")),
            bind(f"{ENTITY}.12.1002", text("Other Maker")),
        ),
        told(("snmp.serial", "LP-004711"), ("snmp.part_serial", "FB-99"), ("snmp.model", "LP-400")),
    ),
    "one that is a chassis": (
        answer(bind(f"{ENTITY}.5.149", integer(3)), bind(f"{ENTITY}.12.149", text("Acme"))),
        told(("snmp.manufacturer", "Acme")),
    ),
    "the first one is the outermost where nothing else is said": (
        answer(
            bind(f"{ENTITY}.9.1", text("boot 2.1")),
            bind(f"{ENTITY}.10.1", text("7.3")),
            bind(f"{ENTITY}.8.1", text("C")),
        ),
        told(("snmp.firmware", "boot 2.1"), ("snmp.software", "7.3"), ("snmp.hardware", "C")),
    ),
    "the first one is a module if that is said": (
        answer(bind(f"{ENTITY}.5.1", integer(9)), bind(f"{ENTITY}.11.1", text("FB-99"))),
        told(("snmp.part_serial", "FB-99")),
    ),
    "a printer's name and serial number": (
        answer(bind(f"{PRINTER}.16.1", text("LP-R104")), bind(f"{PRINTER}.17.1", text("LP-004711"))),
        told(("snmp.printer_name", "LP-R104"), ("snmp.serial", "LP-004711")),
    ),
    "hardware addresses; a loopback interface has none": (
        answer(
            bind("1.3.6.1.2.1.2.2.1.6.1", text("")),
            bind("1.3.6.1.2.1.2.2.1.6.2", text(MAC)),
            bind("1.3.6.1.2.1.17.1.1.0", text(MAC)),
            bind("1.3.6.1.2.1.25.3.2.1.3.1", text("Acme LP-400")),
        ),
        told(
            ("snmp.interface_mac", "02:a2:00:00:00:11"),
            ("snmp.bridge_mac", "02:a2:00:00:00:11"),
            ("snmp.device_description", "Acme LP-400"),
        ),
    ),
    "the chassis as LLDP names it": (
        answer(bind(f"{LLDP}.1.0", integer(4)), bind(f"{LLDP}.2.0", text(MAC)), bind(f"{LLDP}.3.0", text("sw-3"))),
        told(("snmp.chassis_id", "02:a2:00:00:00:11"), ("snmp.sys_name", "sw-3")),
    ),
    "a chassis that is named by hand": (
        answer(
            bind(f"{LLDP}.1.0", integer(7)), bind(f"{LLDP}.2.0", text(b"abcdef")), bind(f"{LLDP}.4.0", text("AS-48P"))
        ),
        told(("snmp.sys_descr", "AS-48P")),
    ),
    "who is behind which port of a switch; multicast is nobody, port 0 nowhere": (
        answer(
            bind(f"{FORWARDING}.2.162.0.0.0.33", integer(12)),
            bind(f"{FORWARDING}.1.0.94.0.0.1", integer(13)),
            bind(f"{FORWARDING}.2.162.0.0.0.34", integer(0)),
            bind(f"{OF_VLANS}.110.2.162.0.0.0.35", integer(14)),
        ),
        [
            CLEAR,
            V2C,
            about("02:a2:00:00:00:21", ("snmp.bridge_port", "12")),
            about("02:a2:00:00:00:23", ("snmp.bridge_port", "14")),
        ],
    ),
    "who is at the other end of a cable; a name of six letters is no address": (
        answer(
            bind(f"{NEIGHBOURS}.5.0.7.1", text(bytes.fromhex("02a200000021"))),
            bind(f"{NEIGHBOURS}.5.0.8.2", text(b"lab-01")),
            bind(f"{NEIGHBOURS}.4.0.9.3", integer(7)),
            bind(f"{NEIGHBOURS}.5.0.9.3", text(bytes.fromhex("02a200000022"))),
            bind(f"{NEIGHBOURS}.4.0.10.4", integer(4)),
            bind(f"{NEIGHBOURS}.5.0.10.4", text(bytes.fromhex("02444f434b31"))),
        ),
        [
            CLEAR,
            V2C,
            about("02:a2:00:00:00:21", ("snmp.lldp_port", "7")),
            about("02:44:4f:43:4b:31", ("snmp.lldp_port", "10")),
        ],
    ),
    "a trap of version 1 names the agent, and what it is": (
        trap("1.3.6.1.4.1.318.1.3.27", "0a47000b", 0, bind(f"{SYSTEM}.5.0", text("ups-1"))),
        [
            CLEAR,
            about("10.71.0.11", ("snmp.sys_object_id", "1.3.6.1.4.1.318.1.3.27"), ("snmp.enterprise", "318")),
            about("10.71.0.11", ("snmp.sys_name", "ups-1")),
        ],
    ),
    "a trap of an enterprise's own says not what the agent is": (trap("1.3.6.1.4.1.318.0.5", "0a47000b", 6), [CLEAR]),
    "an agent that does not know its address": (
        trap("1.3.6.1.4.1.318.1", "00000000", 4),
        [CLEAR, about("sender", ("snmp.sys_object_id", "1.3.6.1.4.1.318.1"), ("snmp.enterprise", "318"))],
    ),
    "a trap that was handed on (RFC 3584)": (
        answer(
            bind(f"{SYSTEM}.5.0", text("ups-1")),
            bind("1.3.6.1.6.3.18.1.3.0", tlv(0x40, bytes.fromhex("0a47000c"))),
            bind("1.3.6.1.6.3.18.1.4.0", text("ZQCANARYcommunity")),
            kind=TRAP_2,
        ),
        [CLEAR, about("10.71.0.12", ("snmp.sys_name", "ups-1"))],
    ),
    "version 3: an encrypted answer, by an engine id made of a hardware address": (
        secured(3, "80001f8803 02a200000011", text(b"\x9a" * 40)),
        [
            about(
                "sender",
                ("snmp.engine_id", "80001f880302a200000011"),
                ("snmp.enterprise", "8072"),
                ("snmp.engine_mac", "02:a2:00:00:00:11"),
            )
        ],
    ),
    "what wants an answer names the engine of the other side": (
        secured(7, "80001f880302a200000011", text(b"\x9a" * 40)),
        [],
    ),
    "version 3 without authentication": (
        secured(0, "800000090110000001", scoped("", pdu(RESPONSE, bind(f"{SYSTEM}.5.0", text("r1"))))),
        [
            about(
                "sender",
                ("snmp.engine_id", "800000090110000001"),
                ("snmp.enterprise", "9"),
                ("snmp.engine_address", "16.0.0.1"),
            ),
            NO_LOGIN,
            V3,
            about("sender", ("snmp.sys_name", "r1")),
        ],
    ),
    "an engine id that people thought up": (
        secured(0, "8000000904" + b"zqcanary".hex(), scoped("", pdu(REPORT))),
        [about("sender", ("snmp.enterprise", "9"))],
    ),
    "an engine id of before RFC 3411": (
        secured(0, "0000013e00a1000000000001", scoped("", pdu(REPORT))),
        [about("sender", ("snmp.engine_id", "0000013e00a1000000000001"), ("snmp.enterprise", "318"))],
    ),
    "text that is none": (answer(bind(f"{SYSTEM}.5.0", text(b"zqcanary\xff\xfe"))), [CLEAR, V2C]),
    "a variable that is cut off; those before it count": (
        answer(bind(f"{SYSTEM}.5.0", text("r1")), b"\x30\x20\x06"),
        [CLEAR, V2C, odd("snmp.cut"), about("sender", ("snmp.sys_name", "r1"))],
    ),
    "a variable without a name": (answer(tlv(0x30, integer(1))), [CLEAR, V2C, odd("snmp.malformed")]),
    "nothing": (b"", [odd("snmp.malformed")]),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: bytes, expected: Heard) -> None:
    assert heard(SPEC, data) == expected


@pytest.mark.parametrize("data", [data for data, _ in CASES.values()], ids=CASES)
def test_no_secret_and_no_person_is_told(data: bytes) -> None:
    for end in range(len(data) + 1):
        assert "zqcanary" not in str(heard(SPEC, data[:end])).lower()


def test_the_number_of_variables_is_capped() -> None:
    binds = [bind(f"{SYSTEM}.9.1.2.{n}", oid("1.3")) for n in range(BINDS_MAX)]
    assert heard(SPEC, answer(*binds, bind(f"{SYSTEM}.5.0", text("late")))) == [
        CLEAR,
        V2C,
        odd("snmp.too_many_variables"),
    ]


@pytest.mark.parametrize("dots", ["1.3.6.1.4.1.9.1.516", "2.999.3", "0.0", "1.3.6.1.4.1.4294967295"])
def test_object_identifiers(dots: str) -> None:
    assert dotted(oid(dots)[2:]) == dots


@pytest.mark.parametrize("raw", ["", "2b86", "2b9080808000"])
def test_what_is_no_object_identifier(raw: str) -> None:
    assert dotted(bytes.fromhex(raw)) == ""


@pytest.mark.parametrize(
    ("data", "yes"),
    [
        (answer(), True),
        (secured(0, "8000000904", scoped("", pdu(REPORT))), True),
        (tlv(0x30, tlv(2, b"\2") + text("public") + pdu(GET)), False),  # a version that nobody speaks
        (tlv(0x30, tlv(2, b"\1") + tlv(0x60, bytes(20))), False),  # LDAP
        (b"\x30\x84\0\0\0\x20\x02\x01\x01\x04" + bytes(40), True),
        (b"", False),
    ],
)
def test_probe(data: bytes, yes: bool) -> None:
    assert SPEC.probe(data) is yes
