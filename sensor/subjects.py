"""Whom an utterance describes: subjects by number, and how many of them there may be.

A subject is what was on the wire (an address, an application, a device that is spoken of), never a judgement. One
talker can make up only a part of those there is room for, and all talkers together leave room for who sent a frame.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from functools import lru_cache

from parsers.api import TEXT_MAX, About, Id
from sensor.addresses import ipv4
from sensor.model import Subject
from sensor.policy import Policy
from sensor.stream import Voice

BEHIND_MAX = 8  # identifiers of one component; no message here gives more than four
SUBJECTS_MAX = 1 << 17  # subjects of one origin: five times a university hospital, applications and components included
NAMED_MAX = SUBJECTS_MAX // 4  # of them that one talker may name: a hospital's DHCP server names half that
SPOKEN_MAX = 3 * NAMED_MAX  # of them that all talkers may name, so that there is room for whoever sent a frame
NOBODY, CROWDED = -1, -2  # a group or no address; one subject too many

GROUPS, RESERVED, BROADCAST = 224, 240, 0xFFFFFFFF  # first numbers of multicast addresses (RFC 1112), and after them
NO_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, never bound to


class Subjects:
    """The subjects of one origin."""

    def __init__(self, policy: Policy, counts: Counter[str]) -> None:
        """counts: where it is counted what had no room."""
        self.all: list[Subject] = []  # by number
        self.hosts = 0  # endpoints met so far
        self._policy = policy
        self._counts = counts
        self._numbers: dict[Subject, int] = {}
        self._known: dict[tuple[object, ...], int] = {}  # whom an `About` means, by whom to whom -> number, or NOBODY
        self._named: Counter[tuple[str, str]] = Counter()  # talker, by MAC and IP -> subjects that it was first to name

    def forget(self) -> None:
        """Where an origin goes on for ever: they are numbered and capped anew."""
        self.all, self._numbers = [], {}
        self._known.clear()
        self._named.clear()

    def whom(self, about: About, voice: Voice, protocol: str) -> int:
        """The number of the subject that an `About` means, or NOBODY."""
        if about.host == "sender":
            mac, ip, vlan = voice.sender_mac, voice.sender_ip, voice.vlan
        elif about.host == "receiver":
            mac, ip, vlan = voice.receiver_mac, voice.receiver_ip, voice.vlan
        elif len(about.host) == 17 and about.host.count(":") == 5:
            mac, ip, vlan = about.host, "", 0
        else:
            mac, ip, vlan = "", about.host, 0
        key = (about, mac, ip, vlan, protocol) if about.application or about.behind else (mac, ip, vlan)
        number = self._known.get(key)
        if number is None:
            if len(self._known) >= SUBJECTS_MAX:
                self._known.clear()
            number = self._known[key] = self._new(about, mac, ip, vlan, voice, protocol)
        if number < 0:
            self._counts["evidence.about_nobody" if number == NOBODY else "evidence.subjects_capped"] += 1
            return NOBODY
        return number

    def _new(self, about: About, mac: str, ip: str, vlan: int, voice: Voice, protocol: str) -> int:
        if not is_one_host(mac, ip):
            return NOBODY
        application = about.application[:TEXT_MAX]
        if application:
            application = self._policy.keep(f"{protocol}.application", application)
        if len(about.behind) > BEHIND_MAX:
            self._counts["evidence.identifiers_capped"] += 1
        behind = tuple(
            Id(i.scheme, i.value[:TEXT_MAX], i.maker[:TEXT_MAX])
            for i in about.behind[:BEHIND_MAX]
            if self._policy.keep(f"{protocol}.{i.scheme}", i.value) == i.value  # or it would be many devices' id
        )
        if about.behind and not behind:
            return NOBODY
        subject = Subject(mac, "" if ip in NO_ADDRESS else ip, vlan, application, behind)
        before, talker = len(self.all), (voice.sender_mac, voice.sender_ip)
        number = self.number(subject, SPOKEN_MAX if self._named[talker] < NAMED_MAX else 0)
        if len(self.all) > before:
            self._named[talker] += 1
        return number

    def number(self, subject: Subject, most: int = SUBJECTS_MAX) -> int:
        """The number of a subject; a new one gets one if there are fewer than `most`, else `CROWDED`."""
        number = self._numbers.get(subject)
        if number is None:
            if len(self.all) >= most:
                return CROWDED
            number = self._numbers[subject] = len(self.all)
            self.all.append(subject)
            self.hosts += subject.type == "endpoint"
        return number


@lru_cache(maxsize=16_384)
def is_one_host(mac: str, ip: str) -> bool:
    """False for groups and for nobody: multicast and broadcast are never a device."""
    if mac and int(mac[:2], 16) & 1:
        return False
    if ip in NO_ADDRESS or not ip:
        return bool(mac)
    number = ipv4(ip)
    if number >= 0:
        return not GROUPS <= number >> 24 < RESERVED and number != BROADCAST
    try:
        return not ipaddress.ip_address(ip).is_multicast
    except ValueError:
        return False
