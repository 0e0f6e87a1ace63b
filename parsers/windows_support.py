"""Until when Microsoft supported which Windows, by the numbers that systems name on the wire.

Of all editions that share a number, the one that was supported longest; updates that are paid for beyond that are not
counted. endoflife-date/endoflife.date, products/windows.md and windows-server.md (MIT), which cite Microsoft's pages on
each product's life cycle. Releases of Windows 10 and 11 that differ by a switch alone say the number of the first of
them (19041, 22621).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from parsers.api import Flag

LAST_DAYS = {
    "5.0.2195": "2010-07-13",  # 2000
    "5.1.2600": "2014-04-08",  # XP
    "5.2.3790": "2015-07-14",  # Server 2003
    "6.0.6000": "2020-01-14",  # Vista, Server 2008
    "6.0.6001": "2020-01-14",
    "6.0.6002": "2020-01-14",
    "6.0.6003": "2020-01-14",
    "6.1.7600": "2020-01-14",  # 7, Server 2008 R2
    "6.1.7601": "2020-01-14",
    "6.2.9200": "2023-10-10",  # 8, Server 2012
    "6.3.9600": "2023-10-10",  # 8.1, Server 2012 R2
    "10.0.10240": "2025-10-14",  # 10, 1507 (LTSB 2015)
    "10.0.10586": "2017-10-10",  # 1511
    "10.0.14393": "2027-01-12",  # 1607, Server 2016
    "10.0.15063": "2019-10-08",  # 1703
    "10.0.16299": "2020-10-13",  # 1709
    "10.0.17134": "2021-05-11",  # 1803
    "10.0.17763": "2029-01-09",  # 1809, Server 2019
    "10.0.18362": "2022-05-10",  # 1903, 1909
    "10.0.18363": "2022-05-10",
    "10.0.19041": "2032-01-13",  # 2004 to 22H2, with 21H2 IoT LTSC
    "10.0.20348": "2031-10-14",  # Server 2022
    "10.0.22000": "2024-10-08",  # 11, 21H2
    "10.0.22621": "2026-11-10",  # 22H2, 23H2
    "10.0.22631": "2026-11-10",
}
DAY = 86_400  # seconds
ENDS = {
    build: int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) + DAY for build, day in LAST_DAYS.items()
}
OF_VERSION = {build.rpartition(".")[0]: end for build, end in ENDS.items() if not build.startswith("10.")}

# How versions before Windows 10 begin to call themselves in SMB1 (NativeOS, MS-CIFS 2.2.4.53)
OF_NAME = {
    "Windows 5.0": "5.0",
    "Windows 5.1": "5.1",
    "Windows XP": "5.1",
    "Windows 5.2": "5.2",
    "Windows Server 2003": "5.2",
    "Windows Vista": "6.0",
    "Windows Server 2008": "6.0",
    "Windows Server (R) 2008": "6.0",
    "Windows 7": "6.1",
    "Windows 8": "6.3",
    "Windows Server 2012": "6.3",
}
_AGENT = re.compile(r"\bWindows NT (\d\.\d)(?=[;)])")


def findings(protocol: str) -> dict[str, str]:
    """What a protocol that carries such numbers raises."""
    return {f"{protocol}.old_windows": "Says that it is a Windows that Microsoft no longer supported at that time."}


def by_build(protocol: str, version: str) -> tuple[Flag, ...]:
    """Major, minor and build, with points between them. Programs that are no Windows make up builds of their own."""
    return _flagged(protocol, ENDS.get(version))


def by_name(protocol: str, native_os: str) -> tuple[Flag, ...]:
    """What a system calls itself in SMB1."""
    version = next((version for name, version in OF_NAME.items() if native_os.startswith(name)), "")
    return _flagged(protocol, OF_VERSION.get(version))


def by_agent(protocol: str, user_agent: str) -> tuple[Flag, ...]:
    """What a browser says that it runs on; Windows 10 and all later ones are one number."""
    found = _AGENT.search(user_agent)
    return _flagged(protocol, OF_VERSION.get(found[1])) if found is not None else ()


def _flagged(protocol: str, end: int | None) -> tuple[Flag, ...]:
    return () if end is None else (Flag(f"{protocol}.old_windows", since=end),)
