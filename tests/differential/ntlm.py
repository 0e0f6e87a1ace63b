"""NTLMSSP as tshark shows it, for the protocols that carry it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tests.differential.table import SENDER, Frame, Shown, plain

TARGET = "ntlmssp.challenge.target_info"
COMPUTER, FQDN = f"{TARGET}.nb_computer_name", f"{TARGET}.dns_computer_name"
VERSION = ("ntlmssp.version.major", "ntlmssp.version.minor", "ntlmssp.version.build_number")
Pairs = Iterator[tuple[str, str]]


def versions(frame: Frame) -> Pairs:
    for major, minor, build in zip(*(frame.all(field) for field in VERSION), strict=False):
        if major != "0":
            yield frame.host(SENDER), f"{major}.{minor}.{build}"


def domains(field: str, *hosts: str) -> Callable[[Frame], Pairs]:
    """A domain that is not the host itself."""

    def read(frame: Frame) -> Pairs:
        own = {value.casefold() for host in hosts for value in frame.all(host)}
        for value in frame.all(field):
            if value.casefold() not in own:
                yield frame.host(SENDER), value

    return read


def workstations(value: str) -> Iterable[str]:
    return () if value == "NULL" else plain(value.lstrip("\\"))  # tshark's word for none


def shown(protocol: str, over: str) -> tuple[Shown, ...]:
    return (
        Shown(f"{protocol}.ntlm_computer", (COMPUTER,), over=over),
        Shown(f"{protocol}.ntlm_fqdn", (FQDN,), over=over, needs=(COMPUTER,), read=domains(FQDN, COMPUTER)),
        *(
            Shown(
                f"{protocol}.ntlm_{name}",
                (field,),
                over=over,
                needs=(COMPUTER, FQDN),
                read=domains(field, COMPUTER, FQDN),
            )
            for name, field in (
                ("domain", f"{TARGET}.nb_domain_name"),
                ("dns_domain", f"{TARGET}.dns_domain_name"),
                ("forest", f"{TARGET}.dns_tree_name"),
            )
        ),
        Shown(f"{protocol}.ntlm_workstation", ("ntlmssp.auth.hostname",), text=workstations, over=over),
        Shown(f"{protocol}.ntlm_version", VERSION, over=over, read=versions),
    )
