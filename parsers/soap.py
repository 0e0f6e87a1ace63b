"""XML of SOAP messages and device descriptions, read element by element. XML 1.0, Namespaces in XML 1.0, SOAP 1.2.

Only the text of elements that are asked for is kept; what lies between them is stepped over and never put together.
Nothing is fetched, no entity is resolved, and a message with a document type is refused (SOAP 1.2 part 1 section 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from parsers.api import TEXT_MAX

KEPT_MAX = 256  # elements of one message; a description of a device with all its services has some dozen
LIST_MAX = 4096  # characters of one element: a list of scopes or addresses is longer than one value
FORBIDDEN = (b"<!DOCTYPE", b"<!ENTITY")


class Element(Struct, frozen=True):
    """name and parents: {namespace}local, the outermost parent first. namespaces: by the prefixes that hold
    in it; the empty prefix is the default."""

    name: str
    parents: tuple[str, ...]
    text: str
    attributes: Mapping[str, str]
    namespaces: Mapping[str, str]

    def words(self) -> tuple[str, ...]:
        return tuple(self.text.split())

    def qualified(self) -> tuple[str, ...]:
        """The text as a list of qualified names, each {namespace}local: prefixes mean nothing outside."""
        found = (word.rpartition(":") for word in self.words())
        return tuple(f"{{{self.namespaces.get(prefix, '')}}}{local}" for prefix, _, local in found)

    def line(self) -> str:
        """The text as one value, white space as single blanks."""
        return " ".join(self.words())[:TEXT_MAX]


class Message(Struct, frozen=True):
    """Elements in the order of their ends: a container comes behind what is in it. whole: it was well-formed."""

    elements: tuple[Element, ...]
    whole: bool
    capped: bool


class _Keeper:
    """Takes the parser's events; keeps the elements whose names are wanted, and their text only."""

    def __init__(self, wanted: frozenset[str]) -> None:
        self._wanted = wanted
        self._path: list[str] = []
        self._scopes: list[Mapping[str, str]] = [{}]
        self._open: list[tuple[int, list[str], Mapping[str, str]]] = []  # depth, text, attributes
        self.kept: list[Element] = []
        self.capped = False

    def start(self, tag: str, attributes: Mapping[str, str], declared: Mapping[str, str]) -> None:
        self._path.append(tag)
        self._scopes.append({**self._scopes[-1], **declared} if declared else self._scopes[-1])
        if tag in self._wanted:
            self._open.append((len(self._path), [], dict(attributes)))

    def data(self, text: str) -> None:
        if self._open and self._open[-1][0] == len(self._path):
            self._open[-1][1].append(text)

    def end(self, tag: str) -> None:
        if self._open and self._open[-1][0] == len(self._path):
            _, parts, attributes = self._open.pop()
            if len(self.kept) < KEPT_MAX:
                text = "".join(parts)[:LIST_MAX].strip()
                self.kept.append(Element(tag, tuple(self._path[:-1]), text, attributes, self._scopes[-1]))
            else:
                self.capped = True
        self._path.pop()
        self._scopes.pop()

    def close(self) -> None:
        """The parser wants a target to have it."""


def looks_like_xml(first: bytes) -> bool:
    return first[:1] == b"<" or first[:4] == b"\xef\xbb\xbf<"


def read(data: bytes, wanted: Iterable[str]) -> Message | None:
    """The wanted elements of a message, up to where it is broken; None where it is no XML that may be read at all."""
    from lxml import etree

    if not looks_like_xml(data) or any(word in data for word in FORBIDDEN):
        return None
    keeper = _Keeper(frozenset(wanted))
    parser = etree.XMLParser(
        target=keeper,  # type: ignore[arg-type]  # the stubs say str | bytes; Python 3 gets str
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    try:
        parser.feed(data)
        parser.close()
        whole = True
    except etree.XMLSyntaxError:
        whole = False  # what ended before is kept
    return Message(tuple(keeper.kept), whole, keeper.capped)


def load_late() -> None:
    """See `parsers.api.load_late`."""
    read(b"<a/>", ())
