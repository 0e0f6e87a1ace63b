"""Site facts, first: which hardware addresses carry other hosts' packets.

A frame tells only who put it on this wire. What a router forwards is a fact about the IP address, not about the
router's interface, and to blend every host behind a router into one device is the worst mistake a passive inventory can
make. So an interface is believed to be a router early; what is proved its own (ARP, ND, a lease) stays its own then.

The weights stay below that of a device that acts as a modality or an archive does: such a machine may forward as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from sensor.correlate.networks import EXTERNAL, INSIDE, LOOPBACK, Networks, is_link_local, mac_of_eui64

CARRIED_MAX = 8  # addresses that one host uses without ever proving one of them; more are other hosts'
PROVED_MAX = 15  # addresses beside the first of each subnet, claimed by ARP in a day; more is a proxy (RFC 1027)
ONLY_ARP = "ARP"  # how an address is proved that nothing but ARP says
OUTSIDE_MIN = 4  # packets from outside the site that make a router; fewer may be stray, or forged
PRIVACY_MAX = 16  # temporary addresses of one host in one /64: seven days of one a day (RFC 8981 section 3.8), doubled


class Carried(Struct):
    """What one interface was seen with, over all rows."""

    mac: str
    proved: dict[str, str] = {}  # IP -> how: "ARP", "ND", "DHCP" ...
    proved_in_a_day: int = 0  # most IPv4 addresses claimed by ARP in one UTC day, the first of each subnet not counted
    carried: dict[str, bool] = {}  # IP that it sent from, or was sent to -> somebody answered
    spans: dict[str, tuple[int, int]] = {}  # IP -> first and last time that they were seen together, in whatever way
    outside: int = 0  # packets that it sent whose IPv4 source is outside the site, and which one was not kept
    advertises: bool = False  # says by ND that it is a router
    gateway: str = ""  # an own address that DHCP hands out as the router


MOVE = 60 * 10**9  # ns; to move to another subnet takes a new lease, and the old address is silent meanwhile

Holding = dict[str, dict[str, tuple[int, int]]]  # IP -> who proved it, and when they were seen with it


class Router(Struct, frozen=True):
    """An interface whose frames say nothing about itself. sure: its kind is claimed too, with this weight."""

    mac: str
    why: str
    rule: str
    weight: float
    example: str = ""  # an address it carried for another


def idle_claims(interfaces: Iterable[Carried]) -> list[tuple[str, str, str]]:
    """(address, interface, holder): the interface only claims by ARP an address that the holder proved before, and no
    packet shows that it ever had it. But packets show that the holder had it before and after, or that the interface
    went on with another address: an address given twice, or somebody who wants to be taken for the holder."""
    by_ip: dict[str, list[Carried]] = {}
    for each in interfaces:
        for ip in each.proved:
            by_ip.setdefault(ip, []).append(each)
    found = []
    for ip, claimers in by_ip.items():
        for each in claimers if len(claimers) > 1 else []:
            if ip in each.carried or each.proved[ip] != ONLY_ARP:
                continue
            first, last = each.spans[ip]
            went_on = any(each.spans[other][1] > last for other in each.carried)
            holders = [
                holder.mac
                for holder in claimers
                if holder.spans[ip][0] < first and (went_on or (ip in holder.carried and last < holder.spans[ip][1]))
            ]
            if holders:
                found.append((ip, each.mac, min(holders)))
    return found


def proxies(interfaces: Iterable[Carried]) -> set[str]:
    return {each.mac for each in interfaces if each.proved_in_a_day > PROVED_MAX}


def find_routers(interfaces: Mapping[str, Carried], networks: Networks) -> dict[str, Router]:
    """Every interface that carries for others, with the sentence that says why."""
    answering = proxies(interfaces.values())
    holders: Holding = {}
    for mac, each in interfaces.items():
        if mac not in answering:
            for ip in each.proved:
                holders.setdefault(ip, {})[mac] = each.spans[ip]
    found = {}
    for mac in sorted(interfaces):
        router = judge(interfaces[mac], mac in answering, holders, networks)
        if router:
            found[mac] = router
    return found


def judge(each: Carried, proxy: bool, holders: Holding, networks: Networks) -> Router | None:
    """The first rule that fires, the surest first."""
    mac = each.mac
    own = {} if proxy else {ip: how for ip, how in each.proved.items() if networks.standing(ip) in (INSIDE, EXTERNAL)}
    foreign = sorted(ip for ip in each.carried if ip not in own and is_foreign(ip, mac, networks))
    if each.advertises:
        return Router(mac, f"{mac} says by neighbour discovery that it routes", "router:nd", 0.7)
    if each.gateway:
        return Router(mac, f"DHCP hands out {each.gateway}, which {mac} proved its own, as router", "router:dhcp", 0.7)
    if proxy:
        why = f"{mac} answered ARP for more than {PROVED_MAX + 1} addresses of a subnet in a day, so for others"
        return Router(mac, why, "carrier:proxy", 0.0)
    outside = [ip for ip in foreign if networks.standing(ip) == EXTERNAL]
    if outside and (len(outside) > 1 or len(each.carried) > 1 or own):
        why = f"{mac} carries packets of {counted(outside)} outside the site, first {outside[0]}"
        return Router(mac, why, "router:external", 0.8, outside[0])
    if outside:
        return Router(
            mac, f"{mac} carries {outside[0]}, which is outside the site", "carrier:external", 0.0, outside[0]
        )
    elsewhere = each.outside and not any(networks.standing(ip) == EXTERNAL for ip in own)  # its own would explain them
    if elsewhere and each.outside >= OUTSIDE_MIN and (own or each.carried):
        why = f"{mac} carries packets of addresses outside the site, {each.outside} of them"
        return Router(mac, why, "router:external", 0.8)
    found = of_version(each, own, foreign, holders, networks, 4) or of_version(each, own, foreign, holders, networks, 6)
    if found or not elsewhere:
        return found
    count = "one packet" if each.outside == 1 else f"{each.outside} packets"
    return Router(mac, f"{mac} carries {count} of addresses outside the site", "carrier:external", 0.0)


def is_foreign(ip: str, mac: str, networks: Networks) -> bool:
    """Could be somebody else's: neither bound to this link nor made from the interface's own address."""
    return networks.standing(ip) in (INSIDE, EXTERNAL) and not is_link_local(ip) and mac_of_eui64(ip) != mac


def of_version(
    each: Carried,
    own: Mapping[str, str],
    foreign: list[str],
    holders: Holding,
    networks: Networks,
    version: int,
) -> Router | None:
    """The rules that compare what is carried with what is proved, within one IP version."""
    mac = each.mac
    others = [ip for ip in foreign if (":" in ip) == (version == 6)]
    if not others:
        return None
    mine = {networks.subnet(ip) for ip in own if (":" in ip) == (version == 6) and not is_link_local(ip)}
    held = [ip for ip in others if holders.get(ip, {}).keys() - {mac}]
    if held and (own or len(others) > 1 or overlaps(each.spans[held[0]], holders[held[0]])):
        holder = min(holders[held[0]].keys() - {mac})
        why = f"{mac} carries {held[0]}, which {holder} proved its own"
        return Router(mac, why, "router:held" if own else "carrier:held", 0.7 if own else 0.0, held[0])
    away = [ip for ip in others if networks.subnet(ip) not in mine]
    if mine and away:
        why = f"{mac} proved addresses of its own, and carries {counted(away)} of other subnets, first {away[0]}"
        if at_once(each, [ip for ip in [*away, *own] if (":" in ip) == (version == 6)]):
            return Router(mac, why, "router:subnets", 0.7 if len(away) > 1 else 0.5, away[0])
        return Router(mac, why, "carrier:subnets", 0.0, away[0])
    if version == 4 and len(others) > CARRIED_MAX:
        why = f"{mac} carries {counted(others)} that it never proved its own"
        return Router(mac, why, "router:many", 0.6, others[0])
    if mine:
        return None
    subnets = {networks.subnet(ip) for ip in others}
    if len(subnets) > 1:
        why = f"{mac} carries {counted(others)} of {len(subnets)} subnets and proved none its own"
        if at_once(each, others):
            return Router(mac, why, "router:unproved", 0.6, others[0])
        return Router(mac, f"{why}: a router, or a host that moved", "carrier:unproved", 0.0, others[0])
    if len(others) > (1 if version == 4 else PRIVACY_MAX):
        why = f"{mac} carries {counted(others)} and proved none its own: a router, or a host with several"
        return Router(mac, why, "carrier:unproved", 0.0, others[0])
    return None


def overlaps(span: tuple[int, int], others: Mapping[str, tuple[int, int]]) -> bool:
    """Seen while another had it. An interface that came only after the other had gone, and with nothing else, may have
    taken the address over without a word."""
    return any(first <= span[1] and span[0] <= last for first, last in others.values())


def at_once(each: Carried, addresses: Iterable[str]) -> bool:
    """Two of the addresses were in use at the same time, or nearly: a host that moves uses one after the other."""
    spans = sorted(each.spans[ip] for ip in set(addresses) if ip in each.spans)
    until = -MOVE - 1
    for first, last in spans:
        if first <= until + MOVE:
            return True
        until = max(until, last)
    return False


def own_addresses(each: Carried, router: Router | None, networks: Networks) -> dict[str, str]:
    """The addresses that belong to the interface itself, and how that is known.

    A host that nothing speaks against also owns what it was answered on, and the only address that it ever used.
    """
    own: dict[str, str] = {}
    if router is None or router.rule != "carrier:proxy":
        own = dict(each.proved)
    else:
        own = {ip: how for ip, how in each.proved.items() if "ARP" not in how}
    candidates = [ip for ip in each.carried if ip not in own and networks.standing(ip) in (INSIDE, LOOPBACK)]
    sole = {version: sum((":" in ip) == version for ip in candidates) == 1 for version in (False, True)}
    for ip in candidates:
        if is_link_local(ip):
            own[ip] = "a link-local source"
        elif mac_of_eui64(ip) == each.mac:
            own[ip] = "made from its hardware address"
        elif router is None and each.carried[ip]:
            own[ip] = "answered traffic"
        elif router is None and sole[":" in ip]:
            own[ip] = "all its traffic"
    return own


def counted(addresses: list[str]) -> str:
    return "1 address" if len(addresses) == 1 else f"{len(addresses)} addresses"
