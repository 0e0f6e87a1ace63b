"""What could not be seen, and what would change that: one-way VLANs, encryption, uncertain addresses, unknown kinds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from msgspec import Struct, field

from sensor.correlate.device import DEVICE, UNCONFIRMED, Device
from sensor.correlate.heard import ANSWERED
from sensor.correlate.naming import UNKNOWN
from sensor.correlate.told import ADDRESS
from sensor.fingerprint.claim import Claim
from sensor.model import Conversation, Evidence, Subject

HOSTS_MIN = 2  # senders of a VLAN from which on it is odd that none was ever answered
TEXTS_MAX = 5  # of one device that are named
WIRE = ("ip", "ethernet", "arp", "nd", "tcp")  # protocols that say no more than that a host is there

RULE, CLEAR, SPEECH, CLOSER, MORE = "rule", "clear", "speech", "closer", "more"
SETTLES = {  # what is missing -> what would settle the kind
    RULE: "a rule for what it says of itself: sensor rules new OBSERVABLE TEXT",
    CLEAR: "what it says in clear (DHCP, discovery, names), or somebody who knows: it encrypts all that was seen",
    SPEECH: "anything that it says: nothing but its addresses was seen; mirror the ports where it works",
    CLOSER: "a mirror of its own VLAN: it was seen behind a router only, without hardware address and DHCP",
    MORE: "more of its traffic, or somebody who knows: what it said so far fits several kinds, or none for certain",
}

Claims = Callable[[str, str], tuple[Claim, ...]]


class Vlan(Struct, frozen=True, order=True):
    """One VLAN as one sensor sees it. answered: hosts of which an answer was ever seen."""

    sensor: str
    vlan: int
    hosts: int
    answered: int

    @property
    def one_way(self) -> bool:
        return self.hosts >= HOSTS_MIN and self.answered == 0


class Unsettled(Struct, frozen=True):
    """A device of unknown kind. texts: (observable, text) that no rule reads. considered: kinds that are hardly
    believed, with their confidence."""

    id: str
    name: str
    missing: str
    texts: tuple[tuple[str, str], ...] = ()
    considered: tuple[tuple[str, float], ...] = ()


class Traffic(Struct):
    """What conversations tell of what could be read."""

    total: int = 0  # bytes
    encrypted: int = 0
    unrecognised: int = 0
    conversations: int = 0
    one_sided: int = 0  # TCP conversations of which one direction was never seen
    by_protocol: Counter[str] = field(default_factory=Counter)  # encrypted bytes
    clear: set[str] = set()  # addresses that said something that is not encrypted
    veiled: set[str] = set()  # addresses that said something that is


class Coverage(Struct, frozen=True):
    """All of it. changed_hands: addresses that several devices held in turn."""

    vlans: tuple[Vlan, ...]
    traffic: Traffic
    devices: int
    unconfirmed: int
    changed_hands: tuple[str, ...]
    unsettled: tuple[Unsettled, ...]


def coverage(
    devices: Collection[Device],
    evidence: Iterable[Evidence],
    conversations: Iterable[Conversation],
    claims: Claims,
    readable: Collection[str],
    general: Collection[str] = (),
) -> Coverage:
    """readable: observables for which there are rules, so that a text that none of them reads lacks one. general: kinds
    that stand for several, so that a device of such a kind is not settled."""
    traffic = traffic_of(conversations)
    unknown = {
        subject: device
        for device in devices
        if device.state == DEVICE and device.kind in ("", UNKNOWN, *general)
        for subject in device.subjects
    }
    heard: dict[tuple[str, int], dict[Subject, bool]] = {}
    texts: dict[str, set[tuple[str, str]]] = {}
    spoke: set[str] = set()
    for row in evidence:
        subject = row.subject
        if row.observable == ADDRESS:
            hosts = heard.setdefault((row.sensor, subject.vlan), {})
            hosts[subject] = hosts.get(subject, False) or row.weight >= ANSWERED
        device = unknown.get(subject)
        if device is not None and row.protocol not in WIRE:
            spoke.add(device.id)
            if row.observable in readable and not tells(claims(row.observable, row.value)):
                texts.setdefault(device.id, set()).add((row.observable, row.value))
    vlans = (Vlan(*key, len(hosts), sum(hosts.values())) for key, hosts in heard.items())
    by_id = {device.id: device for device in unknown.values()}
    return Coverage(
        tuple(sorted(vlans)),
        traffic,
        sum(device.state == DEVICE for device in devices),
        sum(device.state == UNCONFIRMED for device in devices),
        tuple(sorted(changed_hands(devices))),
        tuple(settle(by_id[id_], texts.get(id_, ()), traffic, spoke=id_ in spoke) for id_ in sorted(by_id)),
    )


def tells(claims: Iterable[Claim]) -> bool:
    """Whether a text is read as far as it could be: a model of which no rule says what it is, is not."""
    said = {claim.attribute for claim in claims}
    return bool(said) and ("model" not in said or "kind" in said)


def traffic_of(conversations: Iterable[Conversation]) -> Traffic:
    found = Traffic()
    for each in conversations:
        size = each.client_bytes + each.server_bytes
        found.total += size
        found.conversations += 1
        found.one_sided += each.transport == "tcp" and not (each.client_frames and each.server_frames)
        ends = [ip for ip, frames in ((each.client, each.client_frames), (each.server, each.server_frames)) if frames]
        if each.encrypted:
            found.encrypted += size
            found.by_protocol[each.protocol] += size
            found.veiled.update(ends)
        elif each.protocol:
            found.clear.update(ends)
        else:
            found.unrecognised += size
    return found


def changed_hands(devices: Iterable[Device]) -> Iterator[str]:
    """Addresses that more than one device held."""
    holders: dict[str, set[str]] = {}
    for device in devices:
        for tenure in device.addresses:
            holders.setdefault(tenure.ip, set()).add(device.id)
    return (ip for ip, ids in holders.items() if len(ids) > 1)


def settle(device: Device, texts: Iterable[tuple[str, str]], traffic: Traffic, *, spoke: bool) -> Unsettled:
    """What is missing to know the kind of a device: the first of these that would help."""
    ips = {tenure.ip for tenure in device.addresses}
    kinds = [each for each in device.attributes if each.name == "kind"]
    considered = tuple((one.value, one.confidence) for each in kinds for one in (each.believed, *each.others))
    unread = tuple(sorted(set(texts))[:TEXTS_MAX])
    if unread:
        missing = RULE
    elif ips & traffic.veiled and not ips & traffic.clear:
        missing = CLEAR
    elif considered:
        missing = MORE
    elif not spoke and not ips & traffic.clear:
        missing = SPEECH
    elif not device.interfaces and not device.parent:
        missing = CLOSER
    else:
        missing = MORE
    return Unsettled(device.id, device.name, missing, unread, considered)


def losses(counters: Iterable[Mapping[str, int]], meaning: Callable[[str], str]) -> list[tuple[str, int, str]]:
    """Counters of captures that tell of something not read: name, how many, what it means; the largest first."""
    sums: Counter[str] = Counter()
    for each in counters:
        sums.update(each)
    told = [(name, count, meaning(name)) for name, count in sums.items() if count]
    return sorted(((name, count, says) for name, count, says in told if says), key=lambda one: (-one[1], one[0]))
