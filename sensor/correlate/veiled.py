"""How much of what a device says is encrypted, and by what: the reason why little is known of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from sensor.model import Conversation

SERVICES_MAX = 6  # that are named, the busiest first
# What usually speaks at a port, with TLS or without (IANA)
USUAL = {
    443: "HTTP",
    636: "LDAP",
    2575: "HL7",
    2762: "DICOM",
    6514: "syslog",
    8883: "MQTT",
    11112: "DICOM",
}


class Veiled(Struct, frozen=True):
    """Bytes of all conversations of a device, and of those that are encrypted; with which services. clear: protocols in
    which it said something that can be read."""

    total: int = 0
    encrypted: int = 0
    services: tuple[str, ...] = ()
    clear: tuple[str, ...] = ()

    def sentences(self) -> list[str]:
        """For people; none where nothing is encrypted."""
        if not self.encrypted:
            return []
        share = f"{100 * self.encrypted / self.total:.0f} % of what was seen of it: {', '.join(self.services)}"
        if self.clear:
            return [share, f"its {', '.join(self.clear)} can be read"]
        return [
            share,
            "only its addresses, names, certificates and habits can be read: what is said of it is less sure",
        ]


def veiled(conversations: Iterable[Conversation], addresses: frozenset[str]) -> Veiled:
    """conversations: those in which one of these addresses is an end."""
    total = encrypted = 0
    services: Counter[str] = Counter()
    clear: set[str] = set()
    for each in conversations:
        size = each.client_bytes + each.server_bytes
        spoke = each.server_frames if each.server in addresses else each.client_frames
        total += size
        if each.encrypted:
            encrypted += size
            services[service(each)] += size
        elif each.protocol and spoke:
            clear.add(each.protocol)
    ranked = sorted(services, key=lambda name: (-services[name], name))
    return Veiled(total, encrypted, tuple(ranked[:SERVICES_MAX]), tuple(sorted(clear)))


def service(each: Conversation) -> str:
    usual = f", as {USUAL[each.port]} usually has" if each.port in USUAL else ""
    return f"{each.protocol} at port {each.port}{usual}"
