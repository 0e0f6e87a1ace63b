"""The options of DHCPv6 messages. RFC 8415 section 21, RFC 4704 (names), RFC 5970 (network boot)."""

from __future__ import annotations

from collections.abc import Iterator

from parsers.api import TEXT_MAX
from parsers.reading import ip_text, mac_text, printable, text_or_hex, u16, u32

Field = tuple[str, str]
Options = dict[int, list[bytes]]

OPTIONS_MAX = 128  # of one message or of what an option holds; clients send a dozen
PARTS_MAX = 16  # texts of one option

CLIENT_ID, IA_NA, IA_TA, IA_ADDRESS, OPTION_REQUEST = 1, 3, 4, 5, 6
STATUS, USER_CLASS, VENDOR_CLASS, VENDOR_OPTIONS = 13, 15, 16, 17
DOMAINS, IA_PD, IA_PREFIX, FQDN, ARCHITECTURE = 24, 25, 26, 39, 61

DUID_LLT, DUID_EN, DUID_LL, DUID_UUID = 1, 2, 3, 4  # section 11
DUID_TYPES = {DUID_LLT: "link-layer and time", DUID_EN: "enterprise", DUID_LL: "link-layer", DUID_UUID: "uuid"}
ETHERNET = 1


def read_options(data: bytes, at: int) -> tuple[Options, bool]:
    """All options from there on, and whether the last one was whole."""
    options: Options = {}
    for _ in range(OPTIONS_MAX):
        if at == len(data):
            return options, True
        if at + 4 > len(data) or at + 4 + u16(data, at + 2) > len(data):
            return options, False
        end = at + 4 + u16(data, at + 2)
        options.setdefault(u16(data, at), []).append(data[at + 4 : end])
        at = end
    return options, False


def first(options: Options, code: int) -> bytes:
    return options[code][0] if code in options else b""


def client_fields(options: Options) -> Iterator[Field]:
    """What a client's options say of it. Options that are not named here are not decoded."""
    yield from duid(first(options, CLIENT_ID))
    yield from (("dhcpv6.fqdn", domain(value[1:])) for value in options.get(FQDN, ()))
    wanted = first(options, OPTION_REQUEST)
    yield "dhcpv6.option_request", numbers(wanted)
    yield "dhcpv6.user_class", ",".join(map(text_or_hex, texts(first(options, USER_CLASS))))[:TEXT_MAX]
    yield "dhcpv6.pxe_architecture", numbers(first(options, ARCHITECTURE))
    for value in options.get(VENDOR_CLASS, ()):
        if len(value) >= 4:
            yield "dhcpv6.vendor_enterprise", str(u32(value, 0))
            yield from (("dhcpv6.vendor_class", text_or_hex(text)) for text in texts(value[4:]))
    for value in options.get(VENDOR_OPTIONS, ()):
        if len(value) >= 4:
            yield from vendor_options(u32(value, 0), value)


def numbers(value: bytes) -> str:
    """16-bit numbers in the order in which they stand."""
    return ",".join(str(u16(value, at)) for at in range(0, len(value) // 2 * 2, 2))[:TEXT_MAX]


def texts(value: bytes) -> list[bytes]:
    """Parts that are each led by their length in two bytes, up to one that is cut."""
    parts: list[bytes] = []
    at = 0
    while at + 2 <= len(value) and at + 2 + u16(value, at) <= len(value) and len(parts) < PARTS_MAX:
        parts.append(value[at + 2 : at + 2 + u16(value, at)])
        at += 2 + len(parts[-1])
    return parts


def vendor_options(enterprise: int, value: bytes) -> Iterator[Field]:
    """As "enterprise.code text"; what is not text is left out."""
    yield "dhcpv6.vendor_enterprise", str(enterprise)
    suboptions, _ = read_options(value, 4)
    for code, parts in list(suboptions.items())[:PARTS_MAX]:
        if text := printable(parts[0]):
            yield "dhcpv6.vendor_data", f"{enterprise}.{code} {text}"[:TEXT_MAX]


def duid(value: bytes) -> Iterator[Field]:
    """The identifier that a client keeps (section 11), and what it is made of: a hardware address of any one of its
    interfaces, a number under its maker's enterprise number, or the UUID of its board (RFC 6355)."""
    if len(value) < 3:
        return
    kind = u16(value, 0)
    yield "dhcpv6.duid", value[: TEXT_MAX // 2].hex()
    yield "dhcpv6.duid_type", DUID_TYPES.get(kind, str(kind))
    if mac := duid_mac(value):
        yield "dhcpv6.duid_mac", mac_text(mac)
    elif kind == DUID_EN and len(value) > 6:
        yield "dhcpv6.duid_enterprise", str(u32(value, 2))
    elif kind == DUID_UUID and len(value) == 18 and len(set(value[2:])) > 1:
        digits = value[2:].hex()
        yield "dhcpv6.uuid", "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def duid_mac(value: bytes) -> bytes:
    """The Ethernet address in a DUID, or nothing."""
    kind = u16(value, 0) if len(value) >= 4 and u16(value, 2) == ETHERNET else 0
    at = {DUID_LLT: 8, DUID_LL: 4}.get(kind, len(value))
    return value[at:] if len(value) == at + 6 else b""


def domain(value: bytes) -> str:
    """The first name in DNS wire format (section 10); one that is not fully qualified may stop short of the root."""
    labels: list[str] = []
    at = 0
    while at < len(value) and 0 < value[at] < 64 and at + 1 + value[at] <= len(value):
        labels.append(printable(value[at + 1 : at + 1 + value[at]]))
        at += 1 + value[at]
    whole = at >= len(value) or value[at] == 0
    return ".".join(labels)[:TEXT_MAX] if whole and all(labels) else ""


def leases(options: Options) -> Iterator[tuple[str, int]]:
    """The addresses of all associations, with the seconds for which they are valid: a client leaves it at 0."""
    for code, head in ((IA_NA, 12), (IA_TA, 4)):
        for value in options.get(code, ()):
            inner, _ = read_options(value, head)
            for each in inner.get(IA_ADDRESS, ()):
                if len(each) >= 24 and each[0] != 0xFF and any(each[:16]) and not refused(inner):
                    yield ip_text(each[:16]), u32(each, 20)


def delegations(options: Options) -> Iterator[str]:
    """Prefixes that a router is given for what is behind it (section 6.3)."""
    for value in options.get(IA_PD, ()):
        inner, _ = read_options(value, 12)
        for each in inner.get(IA_PREFIX, ()):
            if len(each) >= 25 and u32(each, 4) and each[8] <= 128 and not refused(inner):
                yield f"{ip_text(each[9:25])}/{each[8]}"


def refused(options: Options) -> bool:
    """A status code that is not Success (section 21.13)."""
    return any(first(options, STATUS)[:2])
