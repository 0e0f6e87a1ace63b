"""SSH: identifications, HASSH and the kind of host key."""

from __future__ import annotations

from collections.abc import Iterable

from tests.differential.table import Differs, Shown, Table, plain


def software(value: str) -> Iterable[str]:
    return plain("-".join(value.split("-")[2:]))


def protocol(value: str) -> Iterable[str]:
    return plain(value.split("-")[1]) if value.count("-") > 1 else ()


SSL = "mmguero-dev_Malcolm-PCAP__pcaps_protocols_SSL.pcap"
ELSEWHERE = "on the port of TLS, where tshark sees nothing else"
GET = "zeek_zeek__testing_btest_Traces_http_get-to-ssh-server.pcap"
ASKED_BY_HTTP = "a browser asks an SSH server: both directions are read as HTTP, which was said first"
TABLE = Table(
    (
        Shown("ssh.software", ("ssh.protocol",), text=software),
        Shown("ssh.protocol", ("ssh.protocol",), text=protocol),
        Shown("ssh.hassh", ("ssh.kex.hassh",)),
        Shown("ssh.hassh_server", ("ssh.kex.hasshserver",)),
        Shown("ssh.host_key_type", ("ssh.host_key.type",)),
    ),
    differs=(
        Differs(
            GET,
            "ssh.software",
            ASKED_BY_HTTP,
            theirs=("OpenSSH_8.7",),
        ),
        Differs(
            GET,
            "ssh.protocol",
            ASKED_BY_HTTP,
            theirs=("2.0",),
        ),
        Differs(SSL, "ssh.protocol", ELSEWHERE, ours=("2.0",)),
        Differs(SSL, "ssh.software", ELSEWHERE, ours=("OpenSSH_6.9", "OpenSSH_6.7p1 Debian-5+deb8u1")),
        Differs(SSL, "ssh.hassh", ELSEWHERE, ours=("c7581746947234bcc2848dc9cc3838d5",)),
        Differs(SSL, "ssh.hassh_server", ELSEWHERE, ours=("3711ee816d3ea9975d96c39c31c54299",)),
        Differs(SSL, "ssh.host_key_type", ELSEWHERE, ours=("ecdsa-sha2-nistp256",)),
    ),
    decode_as={"ssh": "ssh"},
)
