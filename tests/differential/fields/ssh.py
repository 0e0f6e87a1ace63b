"""SSH: identifications, HASSH and the kind of host key."""

from __future__ import annotations

from collections.abc import Iterable

from tests.differential.table import Differs, Shown, Table, plain


def software(value: str) -> Iterable[str]:
    return plain("-".join(value.split("-")[2:]))


TABLE = Table(
    (
        Shown("ssh.software", ("ssh.protocol",), text=software),
        Shown("ssh.hassh", ("ssh.kex.hassh",)),
        Shown("ssh.hassh_server", ("ssh.kex.hasshserver",)),
        Shown("ssh.host_key_type", ("ssh.host_key.type",)),
    ),
    differs=(
        Differs(
            "zeek_zeek__testing_btest_Traces_http_get-to-ssh-server.pcap",
            "ssh.software",
            "a browser asks an SSH server: both directions are read as HTTP, which was said first",
            theirs=("OpenSSH_8.7",),
        ),
    ),
    decode_as={"ssh": "ssh"},
)
