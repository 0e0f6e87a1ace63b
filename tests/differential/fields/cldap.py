"""CLDAP: what a domain controller answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tests.differential.table import RECEIVER, SENDER, Frame, Shown, Table, plain

ATTRIBUTE, VALUE = "ldap.attributeDesc", "ldap.assertionValue"
DIRECTORY = "mscldap.netlogon.flags.ds"


def of_a_domain(frame: Frame) -> bool:
    return frame.last(DIRECTORY) in ("1", "True")


def named(value: str) -> Iterable[str]:
    return () if value == "<Root>" else plain(value)  # tshark's word for an empty name


def asked(attribute: str) -> Callable[[Frame], Iterator[tuple[str, str]]]:
    """What a client gives in the filter; partitions of the directory are asked for like domains."""

    def read(frame: Frame) -> Iterator[tuple[str, str]]:
        for name, value in zip(frame.all(ATTRIBUTE), frame.all(VALUE), strict=False):
            text = value.strip(".\0")
            if name == attribute and not text.startswith(("DomainDnsZones.", "ForestDnsZones.")):
                yield frame.host(SENDER), text

    return read


TABLE = Table(
    (
        Shown("cldap.host_name", ("mscldap.hostname",)),
        Shown("cldap.computer", ("mscldap.nb_hostname",)),
        Shown("cldap.computer", (ATTRIBUTE, VALUE), over=":cldap", read=asked("Host")),
        Shown("cldap.domain", (ATTRIBUTE, VALUE), over=":cldap", read=asked("DnsDomain")),
        Shown("cldap.domain", ("mscldap.domain",), when=of_a_domain, needs=(DIRECTORY,)),
        Shown("cldap.netbios_domain", ("mscldap.nb_domain",), text=named),
        Shown("cldap.forest", ("mscldap.forest",)),
        Shown("cldap.site", ("mscldap.sitename",)),
        Shown("cldap.site", ("mscldap.clientsitename",), whose=RECEIVER),
    ),
)
