"""Syslog. tshark takes for the host of an old message what the sensor does; the program it does not show."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address

from tests.differential.table import Shown, Table


def is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def names(value: str) -> Iterable[str]:
    return () if value in ("", "-") or is_address(value) else (value,)


TABLE = Table((Shown("syslog.host", ("syslog.hostname",), names),), decode_as={"syslog_tcp": "syslog"})
