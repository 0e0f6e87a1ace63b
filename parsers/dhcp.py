"""DHCPv4 and BOOTP: a client's names, traits and lease, its switch port, and who serves. RFC 2131, 2132, 3396.

  0 op 1   1 htype 1   2 hlen 1   3 hops 1   4 xid 4   8 secs 2   10 flags 2   12 ciaddr 4   16 yiaddr 4   20 siaddr 4
  24 giaddr 4   28 chaddr 16   44 sname 64   108 file 128   236 magic 63 82 53 63   240 options: code 1, length 1, data

What a client says is about its hardware address, never about the sender: a relay (giaddr) sends in its place. Only an
ACK binds an address; an offer is one of several. What a lease query asks for is about another client and is not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from parsers.api import SENDER, TEXT_MAX, About, DatagramSpec, Event, Odd, Said
from parsers.dhcp_fields import (
    ETHERNET,
    Field,
    client_id,
    enterprises,
    fqdn,
    mac_of_client_id,
    one_or_more_texts,
    relay_agent,
    uuid_text,
)
from parsers.reading import clean, ip_text, mac_text, text_or_hex, u16, u32

MAGIC = b"\x63\x82\x53\x63"
HEAD, OPTIONS_AT = 236, 240
SNAME, FILE = (44, 108), (108, 236)
REQUEST, REPLY = 1, 2
HOPS_MAX = 16  # RFC 1542 section 4.1.1
OPTIONS_MAX = 512  # instances; a datagram of 1500 bytes cannot hold more useful ones
ROUTERS_MAX = 8  # of one list; a client uses the first ones
OPTIONS_KEPT = 4096  # of clients, kept ready as fields: of a kind they are alike, and each sends its own again
LISTS_KEPT = 512  # of routers and servers: one or a few of a network
NO_ADDRESS, NO_MAC = bytes(4), bytes(6)
SERVER = Said(SENDER, (("dhcp.server", "yes"),))

DISCOVER, OFFER, CLIENT_REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM = range(1, 9)
MESSAGES = {
    DISCOVER: "discover",
    OFFER: "offer",
    CLIENT_REQUEST: "request",
    DECLINE: "decline",
    ACK: "ack",
    NAK: "nak",
    RELEASE: "release",
    INFORM: "inform",
}

# Option codes, RFC 2132 and as noted
ROUTER, DNS_SERVER, HOST_NAME, DOMAIN, NTP_SERVER = 3, 6, 12, 15, 42
REQUESTED_ADDRESS, LEASE_TIME, OVERLOAD, MESSAGE_TYPE, SERVER_ID, PARAMETER_LIST = 50, 51, 52, 53, 54, 55
MAX_SIZE, VENDOR_CLASS, CLIENT_ID = 57, 60, 61
USER_CLASS = 77  # RFC 3004
FQDN = 81  # RFC 4702
RELAY_AGENT = 82  # RFC 3046
ARCHITECTURE, UUID = 93, 97  # RFC 4578
VENDOR_CLASSES, VENDOR_INFORMATION = 124, 125  # RFC 3925

WANTED = frozenset(
    (
        *(MESSAGE_TYPE, OVERLOAD, CLIENT_ID, RELAY_AGENT, SERVER_ID, LEASE_TIME, DOMAIN),
        *(ROUTER, DNS_SERVER, NTP_SERVER),
        *(HOST_NAME, FQDN, VENDOR_CLASS, USER_CLASS, VENDOR_CLASSES, VENDOR_INFORMATION, ARCHITECTURE, UUID),
        *(PARAMETER_LIST, MAX_SIZE, REQUESTED_ADDRESS),
    )
)
OF_CLIENTS = (0, DISCOVER, CLIENT_REQUEST, DECLINE, RELEASE, INFORM)  # 0: BOOTP
OF_SERVERS = (0, OFFER, ACK, NAK)

Options = dict[int, bytes]


def probe(first: bytes) -> bool:
    """With the magic cookie the head need only be sane; without it (BOOTP, RFC 951) every constant part must fit."""
    if len(first) < HEAD or first[0] not in (REQUEST, REPLY) or first[3] > HOPS_MAX or first[2] > 16:
        return False
    if first[HEAD:OPTIONS_AT] == MAGIC:
        return True
    plain = first[1:3] == b"\x01\x06" and not any(first[34:44]) and any(first[28:34])
    return plain and u16(first, 10) & 0x7FFF == 0 and first[HEAD:OPTIONS_AT] in (b"", bytes(4))


def read(data: bytes) -> Sequence[Event]:
    if len(data) < HEAD:
        return (Odd("dhcp.cut"),)
    if not probe(data):
        return (Odd("dhcp.malformed"),)
    out: list[Event] = []
    options: Options = {}
    if data[HEAD:OPTIONS_AT] == MAGIC:
        all_options(data, options, out)
    kind = options[MESSAGE_TYPE][0] if options.get(MESSAGE_TYPE) else 0
    mac = client_mac(data, options)
    relay = data[24:28]
    if relay != NO_ADDRESS:
        out.append(Said(About(ip_text(relay)), (("dhcp.relay", "yes"),)))
    if data[0] == REQUEST:
        if kind in OF_CLIENTS:
            of_client(data, options, kind, mac, relay != NO_ADDRESS, out)
    elif kind in OF_SERVERS:
        of_server(data, options, kind, mac, relay != NO_ADDRESS, out)
    return out


def client_mac(data: bytes, options: Options) -> str:
    """The client's Ethernet address: chaddr, or the client id where chaddr is empty or of another kind, or ""."""
    chaddr = data[28:34] if data[1] == ETHERNET and data[2] == 6 else b""
    if is_station(chaddr):
        return mac_text(chaddr)
    other = mac_of_client_id(options.get(CLIENT_ID, b""))
    return mac_text(other) if is_station(other) else ""


def is_station(mac: bytes) -> bool:
    return mac != b"" and not mac[0] & 1 and mac != NO_MAC


def of_client(data: bytes, options: Options, kind: int, mac: str, relayed: bool, out: list[Event]) -> None:
    if not mac and relayed:
        out.append(Odd("dhcp.client_unknown"))  # the sender is the relay
        return
    fields: list[Field] = [("dhcp.message", MESSAGES[kind])] if kind else []
    if kind in (CLIENT_REQUEST, INFORM) and data[12:16] != NO_ADDRESS:
        fields.append(("dhcp.client_address", ip_text(data[12:16])))
    for code, value in options.items():
        if code != REQUESTED_ADDRESS or kind != DECLINE:  # declined: it is somebody else's (RFC 2131 section 3.1)
            fields += remembered(code, value) if len(value) < 256 else client_field(code, value)
    about = About(mac) if mac else SENDER
    if fields:
        out.append(Said(about, tuple(dict.fromkeys(fields))))
    if RELAY_AGENT in options and (places := relay_agent(options[RELAY_AGENT])):
        out.append(Said(about, places))


def client_field(code: int, value: bytes) -> tuple[Field, ...]:
    """What one option of a client says of it."""
    return tuple([field for field in written(code, value) if field[1]])


remembered = lru_cache(maxsize=OPTIONS_KEPT)(client_field)


def written(code: int, value: bytes) -> list[Field]:
    """The fields of one option; the text may be empty. Options that are not named here are not decoded."""
    if code == HOST_NAME:
        return [("dhcp.host_name", clean(value))]
    if code == VENDOR_CLASS:
        return [("dhcp.vendor_class", text_or_hex(value))]
    if code == PARAMETER_LIST:
        return [("dhcp.parameter_list", ",".join(map(str, value))[:TEXT_MAX])]
    if code == CLIENT_ID:
        return client_id(value)
    if code == FQDN:
        return [("dhcp.fqdn", fqdn(value))]
    if code == USER_CLASS:
        return [("dhcp.user_class", one_or_more_texts(value))]
    if code == REQUESTED_ADDRESS and len(value) == 4 and value != NO_ADDRESS:
        return [("dhcp.requested_address", ip_text(value))]
    if code == MAX_SIZE and len(value) == 2:
        return [("dhcp.max_size", str(u16(value, 0)))]
    if code == ARCHITECTURE and len(value) % 2 == 0:
        return [("dhcp.pxe_architecture", ",".join(str(u16(value, i)) for i in range(0, len(value), 2))[:TEXT_MAX])]
    if code == UUID:
        return [("dhcp.uuid", uuid_text(value))]
    if code in (VENDOR_CLASSES, VENDOR_INFORMATION):
        return enterprises(value, suboptions=code == VENDOR_INFORMATION)
    return []


def of_server(data: bytes, options: Options, kind: int, mac: str, relayed: bool, out: list[Event]) -> None:
    server = options.get(SERVER_ID, b"")
    if len(server) == 4 and server != NO_ADDRESS:  # whoever sent it: a relay hands replies on, and may clear giaddr
        out.append(Said(About(ip_text(server)), SERVER.fields))
    elif not relayed:
        out.append(SERVER)
    if kind == NAK:
        return
    for code, name in ((ROUTER, "dhcp.router"), (DNS_SERVER, "dhcp.dns_server"), (NTP_SERVER, "dhcp.ntp_server")):
        if code in options:
            out += hosts(name, options[code][: 4 * ROUTERS_MAX])
    if kind != OFFER:
        lease(data, options, mac, out)


def lease(data: bytes, options: Options, mac: str, out: list[Event]) -> None:
    """An ACK, or BOOTP's only reply, binds the address to the client. That of an INFORM confirms its own (ciaddr)."""
    address = data[16:20] if data[16:20] != NO_ADDRESS else data[12:16]
    if not mac:
        out.append(Odd("dhcp.client_unknown"))
        return
    fields: list[Field] = []
    if address != NO_ADDRESS:
        fields.append(("dhcp.lease", ip_text(address)))
        if len(options.get(LEASE_TIME, b"")) == 4:
            fields.append(("dhcp.lease_time", str(u32(options[LEASE_TIME], 0))))
    for code, name in ((HOST_NAME, "dhcp.given_name"), (DOMAIN, "dhcp.domain")):
        if code in options and (text := clean(options[code])):
            fields.append((name, text))
    if fields:
        out.append(Said(About(mac), tuple(fields)))
    if RELAY_AGENT in options and (places := relay_agent(options[RELAY_AGENT])):
        out.append(Said(About(mac), places))  # the server echoes it (RFC 3046 section 2.2)


@lru_cache(maxsize=LISTS_KEPT)
def hosts(name: str, value: bytes) -> tuple[Said, ...]:
    """A list of IPv4 addresses, without those that no host can have."""
    found = [value[at : at + 4] for at in range(0, len(value) // 4 * 4, 4)]
    return tuple(
        [Said(About(ip_text(host)), ((name, "yes"),)) for host in found if 0 < host[0] < 224 and host[0] != 127]
    )


def all_options(data: bytes, options: Options, out: list[Event]) -> None:
    """The options, then those in the file and sname fields where option 52 says so (RFC 2131 section 4.1)."""
    some_options(data, OPTIONS_AT, len(data), options, out)
    overload = options.get(OVERLOAD, b"")
    if overload in (b"\1", b"\3"):
        some_options(data, *FILE, options, out)
    if overload in (b"\2", b"\3"):
        some_options(data, *SNAME, options, out)


def some_options(data: bytes, at: int, stop: int, options: Options, out: list[Event]) -> None:
    """Adds the wanted options of one area; parts of a long one are joined in order (RFC 3396 section 5)."""
    for _ in range(OPTIONS_MAX):
        while at < stop and data[at] == 0:  # padding
            at += 1
        if at >= stop or data[at] == 255:
            return
        code = data[at]
        end = at + 2 + data[at + 1] if at + 1 < stop else stop + 1
        if end > stop:
            out.append(Odd("dhcp.option_cut"))
            return
        if code in WANTED:
            value = data[at + 2 : end]
            options[code] = options[code] + value if code in options else value
        at = end
    out.append(Odd("dhcp.too_many_options"))


SPEC = DatagramSpec(
    name="dhcp",
    title="DHCP",
    carriers=frozenset({"udp"}),
    ports=frozenset({67, 68, 4011}),  # 4011: a PXE boot server, the same messages
    probe=probe,
    read=read,
    emits={
        "dhcp.message": 0.1,
        "dhcp.host_name": 0.8,
        "dhcp.fqdn": 0.8,
        "dhcp.given_name": 0.6,
        "dhcp.domain": 0.5,
        "dhcp.vendor_class": 0.8,
        "dhcp.user_class": 0.5,
        "dhcp.parameter_list": 0.6,
        "dhcp.max_size": 0.2,
        "dhcp.client_id": 0.7,
        "dhcp.duid_mac": 0.6,
        "dhcp.vendor_enterprise": 0.7,
        "dhcp.vendor_data": 0.7,
        "dhcp.pxe_architecture": 0.5,
        "dhcp.uuid": 0.8,
        "dhcp.requested_address": 0.3,
        "dhcp.client_address": 0.7,
        "dhcp.lease": 0.95,
        "dhcp.lease_time": 0.9,
        "dhcp.circuit_id": 0.8,
        "dhcp.remote_id": 0.8,
        "dhcp.switch_port": 0.8,
        "dhcp.relay": 0.8,
        "dhcp.server": 0.9,
        "dhcp.router": 0.8,
        "dhcp.dns_server": 0.7,
        "dhcp.ntp_server": 0.7,
    },
    never_reads="authentication (90), user authentication (98), boot file and server names, vendor specific data (43)",
)
