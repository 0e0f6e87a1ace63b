"""The person filter: which free names are kept, and text from the wire made harmless to look at.

A name that people gave to a machine may be the name of a person. What can be decided is decided here, by structure
("Anna's iPhone", "iPhone de Marie", "jean.dupont@...", "Dr. Weber") and by a small list of common given and family
names beside a word for a personal computer or nothing at all ("ANNA-PC", "DUPONT-JEAN"). Where a word for a modality,
a system, a room, a saint or a maker stands in the name, it is the name of a system: CT_MARTIN is kept. A name that no
list knows, alone, cannot be decided and is kept: "XIOMARA". A wrong decision costs one name; the address and all else
that was seen stay.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from functools import lru_cache

from sensor.addresses import ipv4
from sensor.name_words import (
    COMPANIONS,
    COMPUTERS,
    FAMILY_NAMES,
    GIVEN_NAMES,
    NOUNS,
    SAINTS,
    SYSTEMS,
    TITLES,
    TOP_DOMAINS,
    UNSURE_TITLES,
)

PERSONAL = "<personal>"
REMEMBERED = 8192  # names decided lately: the same ones come again with every lease and association

# By the last part of an observable, so that a new protocol is covered if it calls its fields as the others do.
HOST_FIELDS = re.compile(
    r"[a-z0-9_]+\.(?:(?:\w+_)?(?:host_name|fqdn|friendly_name|sys_name|system_name|computer|computer_name|workstation|sni|san"
    r"|server_name|subject_cn|user_class|given_name|domain|forest|client_id|chassis_id)|name|alias|instance|host|title)"
)
SYSTEM_FIELDS = re.compile(
    r"[a-z0-9_]+\.(?:(?:\w+_)?(?:ae|ae_unconfirmed|application|facility|station_name|location|institution|department"
    r"|printer_name|realm|owner|room|supplier|maintenance|obx18|equipment|prt_device|device_id|port_id|port_description|asset_id)|(?:sending|receiving)_system|move_destination|move_originator|station|title|banner)|ssh\.software"
)
CERTIFICATE_FIELDS = frozenset({"tls.client_certificate_cn"})

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_WORD = re.compile(r"[A-Z]+(?![a-zß-ÿ])|[A-Z]?[a-zß-ÿ]+|[^\W\d_]+")
_COMPANION = "|".join(sorted(COMPANIONS, key=len, reverse=True))
_DEVICE = "|".join(sorted(COMPANIONS | COMPUTERS, key=len, reverse=True))
_END = r"(?![^\W\d_])"  # of a word; a number may follow at once ("iPhone336")
_OF = re.compile(
    rf"\b(?:{_DEVICE})s?\d*[\s_-]+(?:(?:de|di|von|van|of|do|da|d)[\s_-]+|d['’`])(?P<owner>\w+)", re.IGNORECASE
)
_GENITIVE = re.compile(
    rf"(?P<owner>[^\W\d_]+)(?:['’`][\s_-]?s?|[_-]s)[\s_-]+(?:\w+[\s_-]+){{0,2}}?(?:{_DEVICE}){_END}", re.IGNORECASE
)
_CONSUMER = re.compile(rf"(?P<owner>[^\W\d_]+s)[\s_-]+(?:\w+[\s_-]+)?(?:{_COMPANION}){_END}", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s_-]")
_TITLE = re.compile(r"(?<![^\W_])(?P<title>[A-Za-z]{2,9})(?P<dot>\.?)[\s_-]+(?P<name>[^\W\d_]{2,})")

# Not to be seen, or not where they stand: controls, bidirectional marks, joiners, separators, tags, surrogates
_UNSEEN = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\xad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u2028-\\u202e"
    "\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb\\ud800-\\udfff\\ue000-\\uf8ff"
    "\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U0010ffff]"
)


def keep(observable: str, value: str) -> str:
    """The value, or `<personal>` where it is a free name that names a person. Other observables pass."""
    kind = _kind(observable)
    if kind == "":
        return value
    return PERSONAL if _names_a_person(kind, value) else value


def is_free(observable: str) -> bool:
    """Whether an observable's values are free names, that may name a person."""
    return _kind(observable) != ""


def shown(text: str) -> str:
    """The text with everything in it visible and in its place: control characters (so no terminal sequences),
    bidirectional and zero-width characters, separators and tags as \\x1b, \\u202e, \\U000e0041."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSEEN.sub(_written, text)


def host_shaped(text: str) -> bool:
    """Whether a text can only be meant as the name of a host: an address, a name in a domain, or one label with a digit
    and a hyphen in it. "jdupont2", "JeanDupont" and "jean.dupont" are not."""
    if not 0 < len(text) <= 253 or not text.isascii():
        return False
    if ipv4(text) >= 0 or (":" in text and _is_ipv6(text)):
        return True
    labels = text.removesuffix(".").lower().split(".")
    if labels[0] == "*" and len(labels) > 2:
        labels = labels[1:]
    if not all(re.fullmatch(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?", label) for label in labels):
        return False
    if len(labels) == 1:
        return any(c.isdigit() for c in text) and any(c.isalpha() for c in text) and "-" in text
    return labels[-1] in TOP_DOMAINS or (len(labels[-1]) == 2 and labels[-1].isalpha() and len(labels) > 2)


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=512)  # observables there are; about 300
def _kind(observable: str) -> str:
    if observable in CERTIFICATE_FIELDS:
        return "certificate"
    if SYSTEM_FIELDS.fullmatch(observable):
        return "system"
    return "host" if HOST_FIELDS.fullmatch(observable) else ""


@lru_cache(maxsize=REMEMBERED)
def _names_a_person(kind: str, value: str) -> bool:
    if kind == "certificate" and not host_shaped(value):
        return True
    several = _BETWEEN.search(value) is not None  # words, without which there is neither an owner nor a title
    return _emailed(value) or (several and (_owned(value) or _titled(value))) or _listed(value, host=kind != "system")


def _written(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def plain(word: str) -> str:
    """Lower case, without accents: "Hélène" and "HELENE" are one name."""
    if word.isascii():
        return word.lower()
    return "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(c))


def _emailed(value: str) -> bool:
    return "@" in value and _EMAIL.search(value) is not None


def _owned(value: str) -> bool:
    """A personal device and its owner: "Anna's iPhone", "Annas-MacBook-Pro", "iPad de Marie", "PC von Peter"."""
    for found in _OF.finditer(value):
        if plain(found["owner"]) not in NOUNS | SYSTEMS | SAINTS:
            return True
    for found in _GENITIVE.finditer(value):
        if plain(found["owner"]) not in NOUNS | SYSTEMS:
            return True
    for found in _CONSUMER.finditer(value):
        owner = plain(found["owner"])
        if not {owner, owner[:-1]} & (NOUNS | SYSTEMS | COMPUTERS):
            return True
    return False


def _titled(value: str) -> bool:
    """A title and a name: "Dr. Weber", "Prof Rossi", "FRAU_SCHMIDT". DR, MR, MS and PR in capitals are modalities and
    much else, so they need a full stop or a name from the lists beside them."""
    at = 0
    while found := _TITLE.search(value, at):
        at = found.end("title")
        title, name = found["title"], plain(found["name"])
        if plain(title) not in TITLES or name in SYSTEMS | NOUNS | COMPUTERS:
            continue
        sure = plain(title) not in UNSURE_TITLES or bool(found["dot"]) or (title.istitle() and found["name"].istitle())
        if sure or name in GIVEN_NAMES | FAMILY_NAMES:
            return True
    return False


def _listed(value: str, *, host: bool) -> bool:
    """Names from the lists, and nothing in the name that says what system it is."""
    label = value.split(".", 1)[0] if host and host_shaped(value) else value
    lower = label.lower()
    for word in COMPANIONS:  # "iPhone" would fall apart at its capital
        if word in lower:
            label = re.sub(word, f" {word} ", label, flags=re.IGNORECASE)
    words = [plain(word) for word in _WORD.findall(label)]
    words = [word for word in words if len(word) > 1]
    if any(word in SYSTEMS or word in SAINTS for word in words):
        return False
    own = [word for word in words if word not in COMPUTERS and word not in COMPANIONS and word not in NOUNS]
    given = [word for word in own if word in GIVEN_NAMES]
    if not own or len(own) > 3:  # a person's name has two words, or three
        return False
    if given and (len(own) > 1 or len(words) > len(own)):
        return True
    if len(own) != 1 or not (host or len(words) > 1):
        return False
    initial = len(own[0]) > 5 and own[0][1:] in FAMILY_NAMES  # jdupont
    if len(words) > 1:
        return initial or own[0] in FAMILY_NAMES
    return bool(given) or initial
