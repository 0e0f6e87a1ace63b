"""HSRP versions 1 and 2: which address several Cisco routers share, and who speaks for it. RFC 2281 section 5.

  version 1: 0 version 1: 0   1 operation 1   2 state 1   3 hello 1   4 hold 1   5 priority 1   6 group 1   7 zero 1
             8 authentication 8   16 virtual address 4
  version 2: type 1, length 1, value
  type 1, 40 bytes: 0 version 1: 2   1 operation 1   2 state 1   3 IP version 1   4 group 2   6 sender's MAC 6
             12 priority 4   16 hello 4   20 hold 4   24 virtual address 16
  type 3, 8 bytes: a password in clear       type 4, 28 bytes: MD5, also after a message of version 1

Version 2 is not published; its layout is as Wireshark reads it. The virtual address is nobody's for good, nor is the
hardware address that goes with it. The active router sends from that, so it is known by its IP address.
"""

from __future__ import annotations

from collections.abc import Sequence

from parsers.api import SENDER, DatagramSpec, Event, Flag, Odd, Said
from parsers.reading import ip_text, mac_text, u16, u32

Field = tuple[str, str]

V1_SIZE, AUTHENTICATION = 20, slice(8, 16)
V1_STATES = {0: "initial", 1: "learn", 2: "listen", 4: "speak", 8: "standby", 16: "active"}
V2_STATES = {0: "disabled", 1: "initial", 2: "learn", 3: "listen", 4: "speak", 5: "standby", 6: "active"}
HELLO, COUP, RESIGN = range(3)
GROUP_STATE, GROUP_STATE_SIZE, TEXT_AUTHENTICATION = 1, 40, 3
PARTS_MAX = 8  # of a message; one group and its authentication are two
DEFAULT = b"cisco\0\0\0"  # RFC 2281 section 5.1: recommended, so it stands where nobody set one
FLAG_DEFAULT, FLAG_CLEARTEXT = Flag("hsrp.default_password"), Flag("hsrp.cleartext_password")


def probe(first: bytes) -> bool:
    return is_version_1(first) or is_version_2(first)


def is_version_1(data: bytes) -> bool:
    """Hold time is longer than hello, and neither is zero; so nothing but zeros is no message."""
    if len(data) < V1_SIZE or data[0] or data[1] > RESIGN or data[2] not in V1_STATES or data[7]:
        return False
    return 0 < data[3] <= data[4] and data[16] < 224


def is_version_2(data: bytes) -> bool:
    if len(data) < 2 + GROUP_STATE_SIZE or data[:3] != b"\x01\x28\x02":
        return False
    return data[3] <= RESIGN and data[4] in V2_STATES and data[5] in (4, 6)


def read(data: bytes) -> Sequence[Event]:
    if is_version_1(data):
        return version_1(data)
    return version_2(data) if is_version_2(data) else (Odd("hsrp.malformed"),)


def version_1(data: bytes) -> list[Event]:
    group = data[6]
    fields: list[Field] = [
        ("hsrp.version", "1"),
        ("hsrp.state", V1_STATES[data[2]]),
        ("hsrp.group", str(group)),
        ("hsrp.priority", str(data[5])),
        ("hsrp.virtual_mac", f"00:00:0c:07:ac:{group:02x}"),
    ]
    if any(data[16:20]):  # not learnt yet
        fields.append(("hsrp.virtual_address", ip_text(data[16:20])))
    return [Said(SENDER, tuple(fields)), *judged(data[AUTHENTICATION])]


def version_2(data: bytes) -> list[Event]:
    out: list[Event] = []
    at = 0
    for _ in range(PARTS_MAX):
        if at + 2 > len(data):
            return out
        kind, size = data[at], data[at + 1]
        at += 2
        if at + size > len(data):
            out.append(Odd("hsrp.cut"))
            return out
        if kind == GROUP_STATE and size == GROUP_STATE_SIZE:
            out.append(Said(SENDER, group_state(data[at : at + size])))
        elif kind == TEXT_AUTHENTICATION:
            out += judged(data[at : at + size])
        at += size
    out.append(Odd("hsrp.too_many_parts"))
    return out


def group_state(value: bytes) -> tuple[Field, ...]:
    group = u16(value, 4) & 0x0FFF
    v6 = value[3] == 6
    # the blocks of hardware addresses that Cisco gives to the 4096 groups of version 2
    mac = f"00:05:73:a0:{group >> 8:02x}:{group & 255:02x}" if v6 else f"00:00:0c:9f:f{group >> 8:x}:{group & 255:02x}"
    fields = [
        ("hsrp.version", "2"),
        ("hsrp.state", V2_STATES.get(value[2], "unknown")),
        ("hsrp.group", str(group)),
        ("hsrp.priority", str(u32(value, 12))),
        ("hsrp.virtual_mac", mac),
    ]
    if any(value[6:12]) and not value[6] & 1:
        fields.append(("hsrp.interface_mac", mac_text(value[6:12])))
    if any(address := value[24:40] if v6 else value[24:28]):
        fields.append(("hsrp.virtual_address", ip_text(address)))
    return tuple(fields)


def judged(authentication: bytes) -> tuple[Flag, ...]:
    """What is wrong with a password; it is compared, and not kept."""
    if authentication == DEFAULT:
        return (FLAG_DEFAULT,)
    return (FLAG_CLEARTEXT,) if any(authentication) else ()  # zeros: MD5 follows


SPEC = DatagramSpec(
    name="hsrp",
    title="HSRP",
    carriers=frozenset({"udp"}),
    ports=frozenset({1985, 2029}),  # 2029: over IPv6
    probe=probe,
    read=read,
    emits={
        "hsrp.version": 0.6,
        "hsrp.state": 0.4,
        "hsrp.group": 0.6,
        "hsrp.priority": 0.5,
        "hsrp.virtual_mac": 0.8,
        "hsrp.virtual_address": 0.8,
        "hsrp.interface_mac": 0.8,
    },
    findings={
        "hsrp.default_password": "Routers that share an address prove it by the password that everybody knows.",
        "hsrp.cleartext_password": "Routers that share an address prove it by a password in clear.",
    },
    never_reads="passwords and keys",
)
