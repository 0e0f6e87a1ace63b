"""LDAP over TCP: what a directory says of itself, and how one logs in to it. RFC 4511; MS-ADTS 3.1.1.3.2, 5.1.1.

Read are the entry of the server's root, NTLMSSP in a bind, and whether a password goes in clear; no other name, filter
or entry. The first operation on an entry of the directory ends the direction, and StartTLS begins another protocol.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from parsers import ber, ldap_message, ntlmssp, windows_support
from parsers.api import RECEIVER, SENDER, Anew, Done, Event, Flag, Odd, Said, StreamParser, StreamSpec
from parsers.ldap_message import BIND, BIND_RESPONSE, ENTRY, EXTENDED, EXTENDED_RESPONSE, SEARCH, SEARCH_DONE, probe
from parsers.reading import clean
from parsers.units import Units

SIMPLE, SASL = 0x80, 0xA3  # a bind's authentication; Windows adds 0x89 to 0x8B for NTLMSSP (MS-ADTS 5.1.1.1.3)
CLEAR_MECHANISMS = frozenset({b"PLAIN", b"LOGIN"})
UNBIND, ABANDON = 0x42, 0x50
OPENING = frozenset({BIND, BIND_RESPONSE, SEARCH_DONE, EXTENDED, EXTENDED_RESPONSE, UNBIND, ABANDON})
TLS_HANDSHAKE = 0x16
TEXTS = {
    "dnshostname": "ldap.host_name",
    "vendorname": "ldap.vendor",
    "vendorversion": "ldap.vendor_version",
    "domaincontrollerfunctionality": "ldap.functional_level",
}
DOMAINS = {"defaultnamingcontext": "ldap.domain", "rootdomainnamingcontext": "ldap.forest"}
CONTEXTS, CLASSES = "namingcontexts", "objectclass"
ROOT_CLASSES = frozenset({"OpenLDAProotDSE"})  # names the program
WANTED = frozenset({*TEXTS, *DOMAINS, CONTEXTS, CLASSES})


class Opening(Units):
    protocol = "ldap"

    def __init__(self) -> None:
        super().__init__()
        self._bound = False
        self._extended = False  # the last operation may have been StartTLS

    def measure(self, head: bytes | bytearray) -> int:
        return ber.extent(head) if head[0] == ber.SEQUENCE else -1

    def stranger(self) -> Iterable[Event]:
        if self._extended and self.head[0] == TLS_HANDSHAKE:
            return (Anew(self.here),)
        # behind a bind, what a security layer has sealed
        return (Done(),) if self._bound else super().stranger()

    def unit(self, data: bytes) -> Iterator[Event]:
        operation = ldap_message.operation(data)
        if operation is None:
            yield Odd("ldap.malformed")
            yield Done()
            return
        kind = operation[0]
        self._extended = kind in (EXTENDED, EXTENDED_RESPONSE)
        self._bound = self._bound or kind in (BIND, BIND_RESPONSE)
        if kind == BIND:
            yield from bind(data, operation)
        elif kind == BIND_RESPONSE:
            yield from ntlmssp.read(data[operation[1] : operation[2]], "ldap")
        elif kind == ENTRY and ldap_message.is_root(data, operation):
            yield from root(data, operation)
        elif kind not in OPENING and not (kind == SEARCH and ldap_message.is_root(data, operation)):
            yield Done()


def bind(data: bytes, operation: ber.Element) -> Iterator[Event]:
    """Version, name, authentication. The name and a password are stepped over."""
    parts = list(ber.elements(data, operation[1], operation[2]))[:3]
    if len(parts) < 3:
        yield Odd("ldap.malformed")
        return
    kind, begin, stop = parts[2]
    mechanism = ber.element(data, begin, stop) if kind == SASL else None
    if kind == SIMPLE:
        in_clear = begin < stop  # without a password it is anonymous
    else:
        in_clear = mechanism is not None and data[mechanism[1] : mechanism[2]].upper() in CLEAR_MECHANISMS
    if in_clear:
        yield Flag("ldap.password_in_clear", RECEIVER)
    elif kind != SIMPLE:
        yield from ntlmssp.read(data[begin:stop], "ldap")


def root(data: bytes, entry: ber.Element) -> Iterator[Event]:
    fields: list[tuple[str, str]] = []
    found = dict(ldap_message.attributes(data, entry, WANTED))
    if "defaultnamingcontext" in found:
        found.pop(CONTEXTS, None)  # among which are partitions that are no domains
    for name, values in found.items():
        if name in TEXTS:
            fields += [(TEXTS[name], text) for value in values[:1] if (text := clean(value))]
        elif name == CLASSES:
            fields += [("ldap.root_class", text) for value in values if (text := clean(value)) in ROOT_CLASSES]
        else:
            written = DOMAINS.get(name, "ldap.domain")
            fields += [(written, domain) for value in values if (domain := ldap_message.domain_of(value))]
    yield Said(SENDER, (("ldap.directory", "yes"), *dict.fromkeys(fields)))


def make() -> tuple[StreamParser, StreamParser]:
    return Opening(), Opening()


SPEC = StreamSpec(
    name="ldap",
    title="LDAP",
    ports=frozenset({389, 3268}),
    probe=probe,
    make=make,
    emits={
        "ldap.directory": 0.9,
        "ldap.host_name": 0.9,
        "ldap.domain": 0.8,
        "ldap.forest": 0.7,
        "ldap.vendor": 0.9,
        "ldap.vendor_version": 0.9,
        "ldap.functional_level": 0.8,
        "ldap.root_class": 0.9,
        **ntlmssp.emits("ldap"),
    },
    findings={
        "ldap.password_in_clear": "A password for this directory crosses the network in clear (LDAP bind).",
        **windows_support.findings("ldap"),
    },
    never_reads="names one logs in by, passwords, filters, entries of the directory",
)
