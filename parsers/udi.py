"""Unique device identifiers of the three issuing agencies, taken apart: device, lot, serial number, dates, check.

GS1 General Specifications (application identifiers 01, 10, 11, 17, 21; read by biip); ANSI/HIBC 2.6 (primary and
secondary data, modulo 43); ISBT 128 of ICCBBA (ST-011); the delimiters as in "UDI formats by FDA-accredited issuing
agency". A wrong check character is told and never mended. The donation number of ISBT 128 leads to a person and is left
out.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from msgspec import Struct

TEXT_MAX = 128  # characters: the longest UDI of the three agencies has 87
CENTURY = 2000  # two-digit years: no device was marked before 2013

_HIBC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"  # value of a character: its place, ANSI/HIBC 2.6 appendix B
_PRIMARY = re.compile(r"\+([A-Z][A-Z0-9]{4,21}[0-9])(?:/(.*))?", re.DOTALL)  # labeler 4, product 1 to 18, unit 1
_TWO_SYMBOLS = re.compile(
    r"(\+[A-Z][A-Z0-9]{5,22}.)(\+[$0-9].*)", re.DOTALL
)  # primary and secondary, each with a check
_REFERENCE = re.compile(r"(\$\$?)(\+?)(.*)", re.DOTALL)
_QUANTITY = re.compile(r"8[0-9]{2}|9[0-9]{5}")
_EXPIRY = {"2": "MDY", "3": "YMD", "4": "YMDH", "5": "YJ", "6": "YJH", "7": ""}  # how a date is written; else MMYY
_WIDTH = {"M": 2, "D": 2, "Y": 2, "H": 2, "J": 3}

_DONATION = re.compile(r"=[A-NP-Z1-9][A-Z0-9]{4}[0-9]{8}..")  # ISBT 128 data structure 001
_ISBT = (  # data structures 034, 032, 031, 032, 035 and those of blood bags, with the fields of Udi that they are
    (re.compile(r"=/([A-Z0-9]{16})|=\)([A-Z0-9]{10})"), "di"),
    (re.compile(r"=,([A-Z0-9]{6})"), "serial"),
    (re.compile(r"=>([0-9]{6})"), "expires"),
    (re.compile(r"=\}([0-9]{6})"), "made"),
    (re.compile(r"&,1([A-Z0-9]{1,18})|&\)([A-Z0-9]{10})"), "lot"),
)


class Udi(Struct, frozen=True):
    """Parts that are not there are "". Dates are year-month-day, or year-month. sound: the check character, where the
    form has one, is right."""

    agency: str
    di: str
    serial: str = ""
    lot: str = ""
    made: str = ""
    expires: str = ""
    sound: bool = True

    @property
    def named(self) -> str:
        """The device identifier and serial number in the form of the agency, which is one device's, or ""; lots and
        dates, and the form in which it was sent, do not count."""
        if not self.serial or not self.sound:
            return ""
        if self.agency == "GS1":
            return f"(01){self.di}(21){self.serial}"
        # that of ICCBBA is one of a divided donation, and names one thing only with the donation
        return f"+{self.di}/$$+7{self.serial}" if self.agency == "HIBCC" else ""


def read(text: str) -> Udi | None:
    """None: it is none of the three, or holds no device identifier."""
    text = text.strip("\r\n\t *")[:TEXT_MAX]
    if text[:1] == "+":
        return _hibcc(text)
    if text[:2] in ("=/", "=)", "=+"):
        return _iccbba(text)
    return _gs1(text) if text[:4] == "(01)" or text[:2] == "01" or (len(text) == 14 and text.isdecimal()) else None


def without_donation(text: str) -> str:
    """The same text without the donation number that one of ICCBBA may hold."""
    return _DONATION.sub("", text) if text[:2] in ("=/", "=+") else text


def _gs1(text: str) -> Udi | None:
    # Here, because few sites ever see a UDI and its tables take a tenth of a second to come
    from biip import ParseError
    from biip.gs1_messages import GS1Message

    written = text[:1] == "("
    if len(text) == 14:
        text = f"01{text}"
    try:
        message = (GS1Message.parse_hri if written else GS1Message.parse)(text)
    except ParseError:
        return None
    if written and message.as_hri() != text:
        return None  # brackets inside a value
    found = {element.ai.ai: element.value for element in message.element_strings}
    sound = not any(element.gtin_error for element in message.element_strings)
    if "01" not in found or len(found) != len(message.element_strings):
        return None  # one identifier twice
    made, expires = (_dated("YMD", found.get(ai, "")) for ai in ("11", "17"))
    return Udi("GS1", found["01"], found.get("21", ""), found.get("10", ""), made, expires, sound)


def _hibcc(text: str) -> Udi | None:
    if two := _TWO_SYMBOLS.fullmatch(text):
        primary, secondary = _checked(two[1]), _checked(two[2])
        head = _PRIMARY.fullmatch(primary[0])
        # before its own check character the second repeats that of the first, which links them
        sound = primary[1] and secondary[1] and two[1][-1] == secondary[0][-1:]
        parts = [secondary[0][1:-1]]
    else:
        whole, sound = _checked(text)
        head = _PRIMARY.fullmatch(whole)
        parts = (head[2] or "").split("/") if head else []
    if head is None:
        return None
    found: dict[str, str] = {}
    for part in parts:
        found |= _secondary(part)
    serial, lot, made, expires = (found.get(name, "") for name in ("serial", "lot", "made", "expires"))
    return Udi("HIBCC", head[1], serial, lot, made, expires, sound)


def _checked(text: str) -> tuple[str, bool]:
    """The text without its check character, and whether that is right. A blank may have been stripped or, for people,
    written as a line."""
    if any(c not in _HIBC for c in text[:-1]):
        return text[:-1], False
    values = [_HIBC.index(c) for c in text[:-1]]
    want = _HIBC[sum(values) % 43]
    if text[-1] == want or (want == " " and text[-1] == "_"):
        return text[:-1], True
    if text[-1] in _HIBC and _HIBC[(sum(values) + _HIBC.index(text[-1])) % 43] == " ":
        return text, True
    return text[:-1], False


def _secondary(part: str) -> dict[str, str]:
    """ANSI/HIBC 2.6 section 2.2: a date and a lot or serial number; supplements with identifiers of their own."""
    if part[:1] == "S":
        return {"serial": part[1:]}
    if part[:3] in ("16D", "14D"):
        return {"made" if part[1] == "6" else "expires": _day(part[3:7], part[7:9], part[9:11])}
    found = _REFERENCE.fullmatch(part)
    if found is None:
        return {"expires": _dated("YJ", part[:5]), "lot": part[5:]} if part[:5].isdecimal() else {}
    number = "serial" if found[2] else "lot"
    if found[1] == "$":
        return {number: found[3]}
    rest = found[3]
    if quantity := _QUANTITY.match(rest):
        rest = rest[quantity.end() :]
    form = _EXPIRY.get(rest[:1], "MY")
    rest = rest[1:] if rest[:1] in _EXPIRY else rest
    size = sum(_WIDTH[letter] for letter in form)
    said = {"expires": _dated(form, rest[:size])} if form else {}
    return said | {number: rest[size:]}


def _iccbba(text: str) -> Udi | None:
    parts = dict.fromkeys(("di", "serial", "lot", "made", "expires"), "")
    text = without_donation(text)
    for pattern, name in _ISBT:
        if found := pattern.search(text):
            parts[name] = found[1] or found[2] if found.lastindex else ""
    for name in ("made", "expires"):
        parts[name] = _ordinal(CENTURY + int(parts[name][:3]), parts[name][3:]) if parts[name] else ""
    di, serial, lot, made, expires = parts.values()
    return Udi("ICCBBA", di, serial, lot, made, expires) if di else None


def _dated(form: str, digits: str) -> str:
    if not digits.isdecimal() or len(digits) != sum(_WIDTH[letter] for letter in form):
        return ""
    at, parts = 0, {"M": "", "D": "", "Y": "", "J": ""}
    for letter in form:
        parts[letter] = digits[at : at + _WIDTH[letter]]
        at += _WIDTH[letter]
    year = CENTURY + int(parts["Y"])
    return _ordinal(year, parts["J"]) if parts["J"] else _day(str(year), parts["M"], parts["D"])


def _day(year: str, month: str, day: str) -> str:
    """Day 00 or none: the month (GS1 General Specifications section 3.4). "" where there is no such day."""
    try:
        if day in ("", "00"):
            return date(int(year), int(month), 1).isoformat()[:7]
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""


def _ordinal(year: int, day: str) -> str:
    """The day of a year, counted from 1."""
    number = int(day)
    found = date(year, 1, 1) + timedelta(days=number - 1)
    return found.isoformat() if found.year == year else ""


def load_late() -> None:
    """See `parsers.api.load_late`. The library itself puts off a part of its work until it first reads something."""
    read("(01)09506000134352")
