"""LDAP over TCP: NTLMSSP in it. tshark shows an entry's attributes without which value is whose."""

from __future__ import annotations

from tests.differential.ntlm import shown
from tests.differential.table import Differs, Table

TABLE = Table(
    shown("ldap", ":tcp:ldap"),
    differs=(
        Differs(
            "arkime_arkime__tests_pcap_ntlm_synthetic.pcap",
            "ldap.ntlm_version",
            "a challenge in the credentials of a bind's answer, which tshark does not look into",
            ours=("10.0.19041",),
        ),
    ),
)
