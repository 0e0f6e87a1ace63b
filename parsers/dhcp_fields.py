"""Text of the structured DHCP options: client ids, names, vendor and relay data. RFC 2132, 3004, 3046, 3925, 4702."""

from __future__ import annotations

from parsers.api import TEXT_MAX
from parsers.reading import mac_text, printable, text_or_hex, u16, u32

Field = tuple[str, str]

PARTS_MAX = 16  # items of one structured option that are read
MAC_SIZE = 6
FQDN_WIRE = 0x04  # E flag: the name is in DNS wire format (RFC 4702 section 2.1)
DUID = 255  # RFC 4361
DUID_LLT, DUID_EN, DUID_LL = 1, 2, 3  # RFC 8415 section 11
ETHERNET = 1


def mac_of_client_id(value: bytes) -> bytes:
    """The Ethernet address of a client id of type 1 (RFC 2132 section 9.14), or nothing."""
    return value[1:] if len(value) == 7 and value[0] == ETHERNET else b""


def client_id(value: bytes) -> list[Field]:
    """Option 61: a MAC, a text (type 0), or IAID and DUID, whose MAC is of an interface of the client, any one."""
    if len(value) < 2:
        return []
    mac = mac_of_client_id(value)
    if mac:
        return [("dhcp.client_id", mac_text(mac))]
    if value[0] != DUID or len(value) < 7:
        return [("dhcp.client_id", (printable(value[1:]) if value[0] == 0 else "") or text_or_hex(value))]
    fields = [("dhcp.client_id", value[: TEXT_MAX // 2].hex())]
    duid = value[5:]
    kind = u16(duid, 0)
    link = {DUID_LLT: 8, DUID_LL: 4}.get(kind)  # after type and hardware type, with LLT also a time
    if link and len(duid) == link + 6 and u16(duid, 2) == ETHERNET:
        fields.append(("dhcp.duid_mac", mac_text(duid[link:])))
    elif kind == DUID_EN and len(duid) >= 6:
        fields.append(("dhcp.vendor_enterprise", str(u32(duid, 2))))
    return fields


def fqdn(value: bytes) -> str:
    """Option 81: flags, two unused codes, a name in DNS wire format or, deprecated, as text."""
    if len(value) < 4:
        return ""
    if not value[0] & FQDN_WIRE:
        return printable(value[3:])
    labels = []
    at = 3
    while at < len(value) and 0 < value[at] < 64 and at + 1 + value[at] <= len(value):
        labels.append(printable(value[at + 1 : at + 1 + value[at]]))
        at += 1 + value[at]
    whole = at >= len(value) or value[at] == 0  # a name may stop short of the root
    return ".".join(labels)[:TEXT_MAX] if whole and all(labels) else ""


def one_or_more_texts(value: bytes) -> str:
    """Option 77: counted texts (RFC 3004), or as many clients send it, one text without a count."""
    parts = counted(value)
    return ",".join(filter(None, map(printable, parts)))[:TEXT_MAX] if parts else text_or_hex(value)


def counted(value: bytes) -> list[bytes]:
    """Parts that are each led by their length, if they fill the value exactly; else nothing."""
    parts: list[bytes] = []
    at = 0
    while at < len(value) and len(parts) < PARTS_MAX:
        end = at + 1 + value[at]
        if end > len(value) or end == at + 1:
            return []
        parts.append(value[at + 1 : end])
        at = end
    return parts


def uuid_text(value: bytes) -> str:
    """Option 97: type 0, then 16 bytes of which the first three groups are little-endian, as SMBIOS has them."""
    if len(value) != 17 or value[0] != 0 or len(set(value[1:])) == 1:  # all equal: a firmware that has none
        return ""
    groups = (value[4:0:-1], value[6:4:-1], value[8:6:-1], value[9:11], value[11:17])
    return "-".join(group.hex() for group in groups)


def enterprises(value: bytes, *, suboptions: bool) -> list[Field]:
    """Options 124 and 125: enterprise number, length, and under it texts (124) or coded suboptions (125).

    Data are said as "number text" and "number.code text"; what is not text is left out.
    """
    fields: list[Field] = []
    at = 0
    for _ in range(PARTS_MAX):
        if at + 5 > len(value) or at + 5 + value[at + 4] > len(value):
            break
        number = u32(value, at)
        inner = value[at + 5 : at + 5 + value[at + 4]]
        at += 5 + len(inner)
        fields.append(("dhcp.vendor_enterprise", str(number)))
        if suboptions:
            named = [(f"{number}.{code}", part) for code, part in coded(inner)]
        else:
            named = [(str(number), part) for part in counted(inner) or [inner]]
        fields += [
            ("dhcp.vendor_data", f"{name} {text}"[:TEXT_MAX]) for name, part in named if (text := printable(part))
        ]
    return fields


def coded(value: bytes) -> list[tuple[int, bytes]]:
    """Suboptions: code, length, data."""
    parts: list[tuple[int, bytes]] = []
    at = 0
    while at + 2 <= len(value) and at + 2 + value[at + 1] <= len(value) and len(parts) < PARTS_MAX:
        parts.append((value[at], value[at + 2 : at + 2 + value[at + 1]]))
        at += 2 + value[at + 1]
    return parts


def relay_agent(value: bytes) -> tuple[Field, ...]:
    """Option 82: the circuit (1) and remote (2) ids that a switch or relay adds; a subscriber id is not read."""
    names = {1: "dhcp.circuit_id", 2: "dhcp.remote_id"}
    parts = dict(part for part in reversed(coded(value)) if part[0] in names)
    said = [(name, text) for code, name in names.items() if (text := text_or_hex(parts.get(code, b"")))]
    port = " ".join(text for text in (switch(parts.get(2, b"")), circuit(parts.get(1, b""))) if text)
    return (*said, ("dhcp.switch_port", port[:TEXT_MAX])) if 1 in parts and port else tuple(said)


def typed(value: bytes) -> tuple[int, bytes]:
    """Most switches write a type (0 numbers, 1 text) and a length before either id (manuals of D-Link and Cisco); -1
    where these are not there."""
    framed = len(value) > 2 and value[0] < 2 and value[1] == len(value) - 2
    return (value[0], value[2:]) if framed else (-1, value)


def circuit(value: bytes) -> str:
    """Numbers are VLAN, module and port."""
    kind, rest = typed(value)
    return f"port {rest[2]}/{rest[3]}" if kind == 0 and len(rest) == 4 else text_or_hex(rest)


def switch(value: bytes) -> str:
    """Its name, or its hardware address."""
    _, rest = typed(value)
    return mac_text(rest) if len(rest) == MAC_SIZE and not rest.isascii() else text_or_hex(rest)
