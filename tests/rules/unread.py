"""Texts that no rule reads, of observables that may name a maker, model, product, version or operating system.

  .venv/bin/python -m tests.rules.unread [OBSERVABLE ...]

Over pcaps/ and the folder that AUSCULT_CAPTURES names: what to write rules for next. A text that observables.toml takes
as it stands counts as read. What sites name themselves (titles, hosts, places) is left out.
"""

from __future__ import annotations

import sys
from collections import defaultdict

from parsers.api import installed
from sensor.capture.source import CaptureError
from sensor.fingerprint.load import load, read
from tests.differential.comparing import captures
from tests.observe import observe, product_policy

NAMING = frozenset(
    (
        *("agent", "banner", "comment", "descr", "description", "edition", "firmware", "hardware", "hassh", "maker"),
        *("manufacturer", "model", "os", "osxvers", "platform", "product", "program", "release", "server", "software"),
        *("syn", "title", "vendor", "version", "lan_manager", "native_os", "object_id", "parameter_list", "powered_by"),
        *("syn_ack", "user_agent", "vendor_class", "vendor_data", "realm"),
    )
)
NOTHING_MADE = frozenset(  # roles, versions of protocols, names that sites give
    (
        *("dhcp.server", "dns.server", "dhcpv6.server", "ntp.server", "dhcp.dns_server", "dhcp.ntp_server"),
        *(
            "dicom.calling_ae",
            "dhcp.host_name",
            "hl7.location",
            "hl7.obx18",
            "hl7.sending_application",
            "hl7.system_id",
        ),
        *("hl7.sending_facility", "hl7.sending_system", "kerberos.realm", "mdns.instance", "smb.server_guid"),
        *("eapol.version", "hl7.version", "igmp.version", "ntp.version", "rdp.client_version", "rdp.server_version"),
        *("snmp.version", "tls.version", "vrrp.version", "igmp.group", "tls.certificate_subject_cn", "lldp.chassis_id"),
        *("lldp.port_description", "tls.client_certificate_cn"),
    )
)


def wanted(observable: str) -> bool:
    """Whether a word of its name, or its last two, stand for something that somebody made."""
    words = observable.partition(".")[2].split("_")
    return not NAMING.isdisjoint({*words, "_".join(words[-2:])})


def unread(asked: set[str]) -> dict[str, dict[str, set[str]]]:
    """Observable -> text -> captures."""
    rules, policy = load(), product_policy()
    files = read().files
    emitted = {name for spec in installed().values() for name in spec.emits}
    names = asked or {name for name in emitted if f"rules/{name}.toml" in files or wanted(name)} - NOTHING_MADE
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for path in captures():
        try:
            rows = observe(path, rules=policy).rows
        except CaptureError:
            continue
        for row in rows.evidence:
            if row.observable in names and not rules.apply(row.observable, row.value):
                found[row.observable][row.value].add(path.name)
    return found


def run(arguments: list[str]) -> int:
    found = unread(set(arguments))
    for observable in sorted(found):
        print(observable)
        for text, paths in sorted(found[observable].items()):
            print(f"    {text!r}  ({len(paths)}: {min(paths)})")
    print(f"{sum(map(len, found.values()))} texts of {len(found)} observables that no rule reads")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
