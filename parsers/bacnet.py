"""BACnet, what controls a building: devices and what they say of themselves. ASHRAE 135 clauses 6, 15, 16, 20, annex J.

  BVLC     0 type 0x81 1   function 1   2 length 2   forwarded: 4 the address it comes from 4, port 2     (annex J.2)
  on Ethernet instead: 0 0x82 0x82 0x03                                                                   (clause 7)
  network  0 version 1   1 control 1   where control says so: to: network 2, length 1, address   from: likewise
           hops 1, where there is a "to"   kind 1, of a message of the network layer                      (clause 6.2)
  request  0 kind 4 bits, flags   1 sizes 1   2 number 1   3 service 1   values      (clause 20.1.2; segmented ones: 5)
  without answer: 0 kind   1 service 1   values            answer: 0 kind, flags   1 number 1   2 service 1   values

A message that comes "from" a network is a device's behind a router, one that was forwarded the one's it comes from.
Values of points are never read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from parsers import bacnet_values as values
from parsers.api import About, DatagramSpec, Event, Flag, Id, Odd, Said
from parsers.bacnet_values import CLOSES, ENUMERATED, OPENS, TEXT, UNSIGNED, Tag, context
from parsers.reading import ip_text, u16

Field = tuple[str, str]

BVLC, ON_ETHERNET, VERSION = 0x81, b"\x82\x82\x03", 1
FORWARDED, REGISTER, TABLE_ANSWER, FOREIGN_ANSWER = 4, 5, 3, 7
CARRYING = {FORWARDED: 10, 9: 4, 10: 4, 11: 4}  # function -> where the network layer begins (9: to be distributed)
LAST_FUNCTION = 12
OF_NETWORK, HAS_TO, HAS_FROM = 0x80, 0x20, 0x08
ADDRESS_MAX = 18  # bytes of an address behind a router; MS/TP has 1, Ethernet 6, LonTalk 7
IP_AND_PORT, PORT = 6, b"\xba\xc0"  # an address on a network of BACnet/IP (annex J.1.2)
I_AM_ROUTER, NETWORKS_MAX = 1, 32  # networks behind one router: a building has a dozen
REQUEST, UNANSWERED, ANSWER = 0, 1, 3
SEGMENTED = 0x08
I_AM, I_HAVE, WHO_HAS, WHO_IS = 0, 1, 7, 8
READ, READ_MULTIPLE = 12, 14
# changes something: files, lists, objects, properties, communication, restart (clause 21, BACnetConfirmedServiceChoice)
CHANGING = frozenset((7, 8, 9, 10, 11, 15, 16, 17, 20))
DEVICE = 8  # kind of object (clause 21, BACnetObjectType)
UNKNOWN = 0x3FFFFF  # number of a device that has none yet
PROPERTIES = {
    77: "name",
    70: "model",
    44: "firmware",
    12: "application_software",
    58: "location",
    121: "vendor_name",
    372: "serial",
}
VENDOR_ID = 120


def probe(first: bytes) -> bool:
    at = network_at(first)
    if at < 0:
        return False
    return at == 0 or first[at : at + 1] == b"\1"


def network_at(data: bytes) -> int:
    """Where the network layer begins; 0: a message of the BVLC alone; -1: not BACnet."""
    if data[:3] == ON_ETHERNET:
        return 3
    if len(data) < 4 or data[0] != BVLC or data[1] > LAST_FUNCTION or u16(data, 2) != len(data):
        return -1
    return CARRYING.get(data[1], 0)


def read(data: bytes) -> Sequence[Event]:
    at = network_at(data)
    if at < 0:
        return (Odd("bacnet.malformed"),)
    sender = "sender"
    out: list[Event] = []
    if data[0] == BVLC:
        if data[1] in (FORWARDED, TABLE_ANSWER, FOREIGN_ANSWER):
            out.append(role("broadcast_manager"))
        elif data[1] == REGISTER:
            out.append(role("foreign_device"))
        if data[1] == FORWARDED and len(data) >= at:
            sender = ip_text(data[4:8])
    if at:
        out += network(data, at, sender)
    return out


def role(name: str, about: About | None = None) -> Said:
    return Said(about or About("sender"), (("bacnet.role", name),))


def network(data: bytes, at: int, sender: str) -> list[Event]:
    """The network layer: who speaks, and what they carry."""
    if at + 2 > len(data) or data[at] != VERSION:
        return [Odd("bacnet.malformed")]
    control = data[at + 1]
    at += 2
    about = About(sender)
    for part in (HAS_TO, HAS_FROM):
        if control & part:
            if at + 3 > len(data) or data[at + 2] > ADDRESS_MAX:
                return [Odd("bacnet.malformed")]
            after = at + 3 + data[at + 2]
            if part == HAS_FROM:
                about = source(sender, u16(data, at), data[at + 3 : after])
            at = after
    at += bool(control & HAS_TO)
    if control & OF_NETWORK:
        return router(data, at, about)
    return list(service(data, at, about))


def source(sender: str, network: int, address: bytes) -> About:
    """Who speaks from another network: an IP address where it can only be one, else a device behind the sender."""
    if len(address) == IP_AND_PORT and address.endswith(PORT):
        return About(ip_text(address[:4]))
    place = str(address[0]) if len(address) == 1 else address.hex(":")  # MS/TP and ARCNET number their stations
    return About(sender, behind=(Id("model_station", f"BACnet address {place} on network {network}"),))


def router(data: bytes, at: int, about: About) -> list[Event]:
    """Networks behind a router, in its own words (clause 6.4.2)."""
    if data[at : at + 1] != bytes((I_AM_ROUTER,)):
        return []
    ends = range(at + 1, min(len(data) - 1, at + 1 + 2 * NETWORKS_MAX), 2)
    networks = ",".join(str(u16(data, each)) for each in ends)
    return [Said(about, (("bacnet.role", "router"), *((("bacnet.networks", networks),) if networks else ())))]


def service(data: bytes, at: int, about: About) -> Iterator[Event]:
    """The application layer."""
    if at + 2 > len(data):
        yield Odd("bacnet.malformed")
        return
    kind, segmented = data[at] >> 4, data[at] & SEGMENTED
    if kind == UNANSWERED:
        yield from unanswered(data[at + 1], list(values.tags(data, at + 2)), about)
    elif kind == REQUEST:
        place = at + (5 if segmented else 3)
        yield role("client", about)
        if place < len(data) and data[place] in CHANGING:
            yield Flag("bacnet.writes", about)
    elif kind == ANSWER:
        place = at + (4 if segmented else 2)
        if segmented and data[at + 2 : at + 3] != b"\0":
            return  # the rest of an answer: what it begins in the middle of is not known
        which = data[place] if place < len(data) else -1
        if which in (READ, READ_MULTIPLE) and (fields := properties(values.tags(data, place + 1))):
            yield Said(about, tuple(dict.fromkeys(fields)))


def unanswered(which: int, told: list[Tag], about: About) -> Iterator[Event]:
    if which == I_AM and len(told) >= 4:
        fields = [("bacnet.role", "device"), *numbered(told[0])]
        if (vendor := values.number(told[3], UNSIGNED)) >= 0:
            fields.append(("bacnet.vendor_id", str(vendor)))
        if values.instance(told[0], DEVICE) >= 0 and values.number(told[2], ENUMERATED) >= 0:
            yield Said(about, tuple(fields))
        else:
            yield Odd("bacnet.malformed")
    elif which == I_HAVE and len(told) >= 3:
        fields = numbered(told[0])
        if values.instance(told[1], DEVICE) >= 0 and (name := values.text(told[2])):  # the object is the device
            fields.append(("bacnet.name", name))
        yield Said(about, (("bacnet.role", "device"), *fields))
    elif which in (WHO_IS, WHO_HAS):
        yield role("client", about)


def numbered(tag: Tag, tag_number: int = values.OBJECT) -> list[Field]:
    instance = values.instance(tag, DEVICE, tag_number)
    return [("bacnet.device_instance", str(instance))] if 0 <= instance < UNKNOWN else []


def properties(told: Iterator[Tag]) -> list[Field]:
    """Of the device itself, out of the answer to one or several questions (clauses 15.5, 15.7): object [0], then
    property [1] or, within [1], property [2]; each with its value within [3] or [4]."""
    fields: list[Field] = []
    device: list[Field] | None = None  # its number, of which what follows is told
    which, depth = -1, 0
    for tag in told:
        depth += (tag.edge == OPENS) - (tag.edge == CLOSES)
        if tag.number == context(0) and depth == 0 and not tag.edge:
            device = numbered(tag, context(0)) if values.instance(tag, DEVICE, context(0)) >= 0 else None
        elif tag.number in (context(1), context(2)) and not tag.edge and depth < 2:
            which = values.number(tag, tag.number)
        elif device is not None and tag.number == TEXT and which in PROPERTIES:
            if value := values.text(tag):
                fields += [*device, (f"bacnet.{PROPERTIES[which]}", value)]
            which = -1  # a list of values is none of these
        elif device is not None and tag.number == UNSIGNED and which == VENDOR_ID:
            if (vendor := values.number(tag, UNSIGNED)) >= 0:
                fields += [*device, ("bacnet.vendor_id", str(vendor))]
            which = -1
    return fields


SPEC = DatagramSpec(
    name="bacnet",
    title="BACnet/IP and BACnet on Ethernet",
    carriers=frozenset({"udp", "llc:8282"}),
    ports=frozenset({47808}),
    probe=probe,
    read=read,
    emits={
        "bacnet.role": 0.7,
        "bacnet.device_instance": 0.8,
        "bacnet.vendor_id": 0.9,
        "bacnet.vendor_name": 0.8,
        "bacnet.model": 0.9,
        "bacnet.serial": 0.9,
        "bacnet.firmware": 0.9,
        "bacnet.application_software": 0.8,
        "bacnet.name": 0.6,
        "bacnet.location": 0.6,
        "bacnet.networks": 0.7,
    },
    findings={"bacnet.writes": "Changes settings of building controllers, which ask nobody who they are (BACnet)."},
    never_reads="values of points, descriptions, files, messages for people",
)
