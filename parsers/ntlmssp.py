"""NTLMSSP, wherever it is carried: a host's names, its domain and the build of its system. MS-NLMP 2.2.1.

  all           0 "NTLMSSP\\0"   8 type 4
  negotiate 1   12 flags 4   16 domain 8   24 workstation 8   32 version 8
  challenge 2   12 target name 8   20 flags 4   24 challenge 8   40 target information 8   48 version 8
  authenticate 3   12, 20 responses   28 domain   36 user   44 workstation 8   52 key   60 flags 4   64 version 8
  a field of 8: length 2, room 2, offset 4; all little-endian

Who sends a challenge describes itself; who sends one of the others is the client. The user, its domain, the responses
and the challenge are never looked at.
"""

from __future__ import annotations

from parsers import windows_support
from parsers.api import SENDER, TEXT_MAX, Event, Odd, Said
from parsers.reading import clean, u16le, u32le

SIGNATURE = b"NTLMSSP\0"
NEGOTIATE, CHALLENGE, AUTHENTICATE = 1, 2, 3
UNICODE, HAS_WORKSTATION, HAS_VERSION = 0x1, 0x2000, 0x2000000  # flags, 2.2.2.5
FLAGS_AT = {NEGOTIATE: 12, CHALLENGE: 20, AUTHENTICATE: 60}
VERSION_AT = {NEGOTIATE: 32, CHALLENGE: 48, AUTHENTICATE: 64}
POINTERS_AT = {NEGOTIATE: (16, 24), CHALLENGE: (12, 40), AUTHENTICATE: (12, 20, 28, 36, 44, 52)}
WORKSTATION_AT = {NEGOTIATE: 24, AUTHENTICATE: 44}
TARGET_INFORMATION_AT = 40
OF_WINDOWS = frozenset({"smb", "msrpc"})  # of the clients of others many are libraries that call themselves Windows 7
PAIRS_MAX = 32  # 2.2.2.1 knows eleven
END, COMPUTER, DOMAIN, DNS_COMPUTER, DNS_DOMAIN, DNS_TREE = range(6)
PAIRS = {
    COMPUTER: "computer",
    DOMAIN: "domain",
    DNS_COMPUTER: "fqdn",
    DNS_DOMAIN: "dns_domain",
    DNS_TREE: "forest",
}
WEIGHTS = {
    "computer": 0.8,
    "fqdn": 0.8,
    "domain": 0.7,
    "dns_domain": 0.7,
    "forest": 0.6,
    "workstation": 0.6,  # clients that are no Windows write what they like
    "version": 0.8,
}


def emits(protocol: str) -> dict[str, float]:
    """What a protocol that carries these messages says through them."""
    return {f"{protocol}.ntlm_{field}": weight for field, weight in WEIGHTS.items()}


def read(carrying: bytes, protocol: str) -> tuple[Event, ...]:
    """What the first message in these bytes says of its sender."""
    at = carrying.find(SIGNATURE)
    if at < 0:
        return ()
    message = carrying[at:]
    kind = u32le(message, 8) if len(message) >= 12 else 0
    if kind not in FLAGS_AT or len(message) < FLAGS_AT[kind] + 4:
        # a message of the first versions ends before the flags, and so names nobody
        return () if kind == AUTHENTICATE else (Odd(f"{protocol}.ntlm_malformed"),)
    found = challenge(message) if kind == CHALLENGE else workstation(message, kind)
    flags = u32le(message, FLAGS_AT[kind])
    if flags & HAS_VERSION and (text := version(message, kind)):
        found["version"] = text
    if not found:
        return ()
    said = Said(SENDER, tuple([(f"{protocol}.ntlm_{field}", text) for field, text in found.items()]))
    believed = kind == CHALLENGE or protocol in OF_WINDOWS
    return (said, *windows_support.by_build(protocol, found.get("version", ""))) if believed else (said,)


def version(message: bytes, kind: int) -> str:
    """Major, minor and build (2.2.2.10), or "" where the flag is set and nothing is written, or something else."""
    at = VERSION_AT[kind]
    pointers = [each for each in POINTERS_AT[kind] if len(message) >= each + 8 and u16le(message, each)]
    if min([len(message), *(u32le(message, each + 4) for each in pointers)]) < at + 8 or not message[at]:
        return ""
    return f"{message[at]}.{message[at + 1]}.{u16le(message, at + 2)}"


def workstation(message: bytes, kind: int) -> dict[str, str]:
    flags = u32le(message, FLAGS_AT[kind])
    if kind == NEGOTIATE and not flags & HAS_WORKSTATION:
        return {}
    wide = kind == AUTHENTICATE and flags & UNICODE  # a negotiate is always in the OEM character set (2.2.1.1)
    text = clean(field(message, WORKSTATION_AT[kind]), "utf-16-le" if wide else "latin-1")
    return {"workstation": text.lstrip("\\")} if text.strip("\\") else {}


def challenge(message: bytes) -> dict[str, str]:
    """The names in the target information. A host in no domain gives its own name as the domain's."""
    found: dict[str, str] = {}
    pairs = field(message, TARGET_INFORMATION_AT) if len(message) >= TARGET_INFORMATION_AT + 8 else b""
    at = 0
    for _ in range(PAIRS_MAX):
        if at + 4 > len(pairs):
            break
        kind, size = u16le(pairs, at), u16le(pairs, at + 2)
        at += 4
        if kind == END or at + size > len(pairs):
            break
        if kind in PAIRS and (text := clean(pairs[at : at + size], "utf-16-le")):
            found.setdefault(PAIRS[kind], text)
        at += size
    for domain, host in (("domain", "computer"), ("dns_domain", "fqdn"), ("forest", "fqdn")):
        if found.get(domain, "").casefold() in (found.get(host, "").casefold(), found.get("computer", "").casefold()):
            found.pop(domain, None)
    if found.get("fqdn", "").casefold() == found.get("computer", "").casefold():
        found.pop("fqdn", None)
    return found


def field(message: bytes, at: int) -> bytes:
    """The bytes that a field points to, or none; only the names that are read are this short."""
    size, begin = u16le(message, at), u32le(message, at + 4)
    return message[begin : begin + size] if begin + size <= len(message) and size <= 16 * TEXT_MAX else b""
