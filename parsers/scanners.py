"""Programs that search networks for hosts and their weaknesses, by what they call themselves.

nmap: nselib/http.lua and scripts/ssh-hostkey.nse ("... Nmap Scripting Engine ...", "Nmap-SSH2-Hostkey"); SIPVicious:
svmap ("friendly-scanner"); the others: coreruleset/coreruleset, rules/scanners-user-agents.data (Apache-2.0). Who hides
is not found so, and who does not need not be hostile.
"""

from __future__ import annotations

import re

from parsers.api import TEXT_MAX

_NAMES = re.compile(
    r"\b(?:nmap|zgrab|masscan|nessus|openvas|qualysguard|nikto|sqlmap|gobuster|dirbuster|feroxbuster|fuzz faster|wfuzz"
    r"|wpscan|nuclei|acunetix|netsparker|arachni|appscan|wapiti|w3af|skipfish|whatweb|friendly-scanner|sipvicious)",
    re.IGNORECASE,
)


def is_scanner(program: str) -> bool:
    return _NAMES.search(program[:TEXT_MAX]) is not None
