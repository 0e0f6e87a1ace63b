"""DHCPv6: a client's identity, names and traits, its lease, its switch port, and who serves. RFC 8415.

  0 type 1   1 transaction 3   4 options: code 2, length 2, data (section 8)
  12 and 13, to and from a relay: 1 hops 1   2 link address 16   18 peer address 16   34 options (section 9)

What a client says is about the sender. Through relays it is about the client that the innermost relay names: by the
hardware address in option 79 (RFC 6939), by that in its address, by the address, or by the one in its DUID. A Reply
binds, an Advertise does not.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from parsers.api import RECEIVER, SENDER, About, DatagramSpec, Event, Odd, Said
from parsers.dhcpv6_fields import (
    CLIENT_ID,
    DOMAINS,
    Field,
    Options,
    client_fields,
    delegations,
    domain,
    duid_mac,
    first,
    leases,
    read_options,
)
from parsers.reading import ip_text, mac_text, text_or_hex, u16

SOLICIT, ADVERTISE, REQUEST, CONFIRM, RENEW, REBIND, REPLY, RELEASE, DECLINE = range(1, 10)
RECONFIGURE, INFORMATION_REQUEST, RELAY_FORWARD, RELAY_REPLY = range(10, 14)
OF_CLIENTS = {
    SOLICIT: "solicit",
    REQUEST: "request",
    CONFIRM: "confirm",
    RENEW: "renew",
    REBIND: "rebind",
    RELEASE: "release",
    DECLINE: "decline",
    INFORMATION_REQUEST: "information-request",
}
HOLDING = (CONFIRM, RENEW, REBIND, RELEASE)  # the addresses in these are the client's; else wished for, or another's
OF_SERVERS = (ADVERTISE, REPLY, RECONFIGURE)
HEAD, RELAY_HEAD = 4, 34
HOPS_MAX = 8  # HOP_COUNT_LIMIT, section 7.6
PROBED_MAX = 4  # options that a probe looks at
CODE_MAX = 143  # the highest option that a client or server sends here: IANA's list goes on slowly
SERVERS_MAX = 8  # of one list; a client uses the first ones

RELAYED_MESSAGE, INTERFACE_ID, REMOTE_ID = 9, 18, 37  # RFC 4649
DNS_SERVERS, LINK_ADDRESS = 23, 79
SERVER, RELAY = Said(SENDER, (("dhcpv6.server", "yes"),)), Said(SENDER, (("dhcpv6.relay", "yes"),))


class Client(Struct):
    """What the relays on the way said about the client."""

    peer: bytes = b""  # the address that the innermost relay heard it from
    link: bytes = b""  # its hardware address
    place: tuple[Field, ...] = ()  # switch and port

    def about(self, options: Options) -> About | None:
        """The client, by what is surest of it."""
        if is_station(self.link):
            return About(mac_text(self.link))
        if self.peer[11:13] == b"\xff\xfe" and is_station(made_of := flipped(self.peer[8:11] + self.peer[13:])):
            return About(mac_text(made_of))
        if self.peer and self.peer[:2] != b"\xfe\x80" and any(self.peer):
            return About(ip_text(self.peer))
        made_of = duid_mac(first(options, CLIENT_ID))
        return About(mac_text(made_of)) if is_station(made_of) else None


def flipped(mac: bytes) -> bytes:
    """The hardware address that an interface identifier was made from (RFC 4291 appendix A)."""
    return bytes((mac[0] ^ 2, *mac[1:]))


def is_station(mac: bytes) -> bool:
    return len(mac) == 6 and not mac[0] & 1 and any(mac)


def probe(first: bytes) -> bool:
    """The first options have codes that there are, and the first is whole."""
    if len(first) < HEAD + 4 or not 0 < first[0] <= RELAY_REPLY:
        return False
    at = HEAD if first[0] < RELAY_FORWARD else RELAY_HEAD
    if at == RELAY_HEAD and first[1] > HOPS_MAX:
        return False
    for number in range(PROBED_MAX):
        if at + 4 > len(first):
            return number > 0
        if not 0 < u16(first, at) <= CODE_MAX:
            return False
        at += 4 + u16(first, at + 2)
        if number == 0 and at > len(first):
            return False
    return True


def read(data: bytes) -> Sequence[Event]:
    if not probe(data):
        return (Odd("dhcpv6.malformed"),)
    out: list[Event] = []
    client = Client()
    if data[0] == RELAY_FORWARD:
        out.append(RELAY)
    elif data[0] == RELAY_REPLY:
        out.append(SERVER)
    relayed = data[0] >= RELAY_FORWARD
    for _ in range(HOPS_MAX + 1):
        if not data or data[0] < RELAY_FORWARD:
            break
        data = unwrapped(data, client, out)
    else:
        out.append(Odd("dhcpv6.too_many_relays"))
        return out
    if len(data) < HEAD:
        out.append(Odd("dhcpv6.cut"))
        return out
    options = all_options(data, HEAD, out)
    about = client.about(options) if relayed else (SENDER if data[0] in OF_CLIENTS else RECEIVER)
    if about is None:
        out.append(Odd("dhcpv6.client_unknown"))
    if data[0] in OF_CLIENTS and about:
        of_client(data[0], options, about, out)
    elif data[0] in OF_SERVERS:
        of_server(data[0], options, about, relayed, out)
    if about and client.place:
        out.append(Said(about, client.place))
    return out


def unwrapped(data: bytes, client: Client, out: list[Event]) -> bytes:
    """The message within a relay's. What the relay nearest to the client says of it counts: the last one met."""
    if len(data) < RELAY_HEAD:
        return b""
    options = all_options(data, RELAY_HEAD, out)
    client.peer = data[18:RELAY_HEAD]
    link = first(options, LINK_ADDRESS)
    client.link = link[2:] if link[:2] == b"\0\1" else b""
    client.place = tuple(
        (name, text)
        for code, name, at in ((INTERFACE_ID, "dhcpv6.interface_id", 0), (REMOTE_ID, "dhcpv6.remote_id", 4))
        if (text := text_or_hex(first(options, code)[at:]))
    )
    return first(options, RELAYED_MESSAGE)


def of_client(kind: int, options: Options, about: About, out: list[Event]) -> None:
    fields: list[Field] = [("dhcpv6.message", OF_CLIENTS[kind]), *client_fields(options)]
    if kind in HOLDING:
        fields += [("dhcpv6.client_address", address) for address, _ in leases(options)]
    out.append(Said(about, tuple(dict.fromkeys(field for field in fields if field[1]))))


def of_server(kind: int, options: Options, about: About | None, relayed: bool, out: list[Event]) -> None:
    """relayed: the sender of what reaches the client may be a relay, but what reaches the relay is a server's."""
    if not relayed:
        out.append(SERVER)
    out += [Said(About(host), (("dhcpv6.dns_server", "yes"),)) for host in hosts(first(options, DNS_SERVERS))]
    if kind != REPLY or about is None:
        return
    fields: list[Field] = []
    for address, seconds in leases(options):
        if seconds:  # 0: no longer
            fields += [("dhcpv6.lease", address), ("dhcpv6.lease_time", str(seconds))]
    fields += [("dhcpv6.delegated_prefix", prefix) for prefix in delegations(options)]
    fields.append(("dhcpv6.domain", domain(first(options, DOMAINS))))
    if said := tuple(dict.fromkeys(field for field in fields if field[1])):
        out.append(Said(about, said))


def hosts(value: bytes) -> list[str]:
    """A list of addresses, without groups and loopback."""
    found = [value[at : at + 16] for at in range(0, min(len(value) // 16, SERVERS_MAX) * 16, 16)]
    return [ip_text(host) for host in found if host[0] != 0xFF and any(host[:15])]


def all_options(data: bytes, at: int, out: list[Event]) -> Options:
    options, whole = read_options(data, at)
    if not whole:
        out.append(Odd("dhcpv6.option_cut"))
    return options


SPEC = DatagramSpec(
    name="dhcpv6",
    title="DHCPv6",
    carriers=frozenset({"udp"}),
    ports=frozenset({546, 547}),
    probe=probe,
    read=read,
    emits={
        "dhcpv6.message": 0.1,
        "dhcpv6.duid": 0.7,
        "dhcpv6.duid_type": 0.3,
        "dhcpv6.duid_mac": 0.6,
        "dhcpv6.duid_enterprise": 0.6,
        "dhcpv6.uuid": 0.8,
        "dhcpv6.fqdn": 0.8,
        "dhcpv6.option_request": 0.6,
        "dhcpv6.user_class": 0.5,
        "dhcpv6.vendor_class": 0.8,
        "dhcpv6.vendor_enterprise": 0.7,
        "dhcpv6.vendor_data": 0.7,
        "dhcpv6.pxe_architecture": 0.5,
        "dhcpv6.client_address": 0.7,
        "dhcpv6.lease": 0.9,
        "dhcpv6.lease_time": 0.9,
        "dhcpv6.delegated_prefix": 0.9,
        "dhcpv6.domain": 0.5,
        "dhcpv6.interface_id": 0.8,
        "dhcpv6.remote_id": 0.8,
        "dhcpv6.relay": 0.8,
        "dhcpv6.server": 0.9,
        "dhcpv6.dns_server": 0.7,
    },
    never_reads="authentication (11), subscriber id (38), boot file addresses and parameters (59, 60)",
)
