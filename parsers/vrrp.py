"""VRRP versions 2 and 3: which address several routers share, and who speaks for it. RFC 3768 and RFC 9568 section 5.

  0 version 4 bits, type 4 bits: 1   1 virtual router id 1   2 priority 1   3 count of addresses 1
  version 2: 4 authentication type 1   5 interval 1   6 checksum 2   8 addresses, 4 each   then 8 of authentication data
  version 3: 4 interval 2   6 checksum 2   8 addresses, 4 or 16 each

The speaker is the sender, and what it speaks for is nobody's for good: the address, and the hardware address that
belongs to it (section 7.3), go from router to router. Only priority 255 says that the addresses are the speaker's own.
CARP, which has the same protocol number, is told apart by its length.
"""

from __future__ import annotations

from collections.abc import Sequence

from parsers.api import SENDER, DatagramSpec, Event, Flag, Odd, Said
from parsers.reading import ip_text

HEAD = 8
AUTHENTICATION = 8  # bytes after the addresses of version 2
V2, V3 = 0x21, 0x31  # version and type
SIMPLE_TEXT = 1  # RFC 2338 section 5.3.6: a password in clear
OWNER = 255  # priority of the router whose own the addresses are
ADDRESSES_MAX = 20  # of one virtual router; products allow no more, and only the first ones matter
CLEARTEXT = Flag("vrrp.cleartext_password")


def probe(first: bytes) -> bool:
    """The count of addresses must fit the length; that is not so by chance."""
    return len(first) > HEAD and first[0] in (V2, V3) and first[1] > 0 and size_of_address(first) > 0


def size_of_address(data: bytes) -> int:
    """4 or 16, or 0 where the length fits neither. The IP header, which would tell, is not given here."""
    count, rest = data[3], len(data) - HEAD
    if data[0] == V2:
        return 4 if count and rest == 4 * count + AUTHENTICATION else 0
    return next((size for size in (4, 16) if count and rest == size * count), 0)


def read(data: bytes) -> Sequence[Event]:
    if not probe(data):
        return (Odd("vrrp.malformed"),)
    size = size_of_address(data)
    router, priority = data[1], data[2]
    family = 1 if size == 4 else 2
    fields = [
        ("vrrp.version", str(data[0] >> 4)),
        ("vrrp.router_id", str(router)),
        ("vrrp.priority", str(priority)),
        ("vrrp.virtual_mac", f"00:00:5e:00:{family:02x}:{router:02x}"),
    ]
    name = "vrrp.owned_address" if priority == OWNER else "vrrp.virtual_address"
    addresses = [data[at : at + size] for at in range(HEAD, HEAD + size * min(data[3], ADDRESSES_MAX), size)]
    fields += [(name, ip_text(address)) for address in addresses if any(address)]
    said = Said(SENDER, tuple(dict.fromkeys(fields)))
    return (said, CLEARTEXT) if data[0] == V2 and data[4] == SIMPLE_TEXT else (said,)


SPEC = DatagramSpec(
    name="vrrp",
    title="VRRP",
    carriers=frozenset({"ip:112"}),
    probe=probe,
    read=read,
    emits={
        "vrrp.version": 0.5,
        "vrrp.router_id": 0.7,
        "vrrp.priority": 0.5,
        "vrrp.virtual_mac": 0.8,
        "vrrp.virtual_address": 0.8,
        "vrrp.owned_address": 0.7,
    },
    findings={"vrrp.cleartext_password": "Routers that share an address prove it by a password in clear."},
    never_reads="authentication data",
)
