"""XML of SOAP messages and device descriptions, read element by element. XML 1.0, Namespaces in XML 1.0, SOAP 1.2.

Only the text of elements that are asked for is kept; what lies between them is stepped over and never put together.
Nothing is fetched, no entity is resolved, and a message with a document type is refused (SOAP 1.2 part 1 section 5).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from parsers.api import TEXT_MAX

if TYPE_CHECKING:
    from lxml import etree

KEPT_MAX = 256  # elements of one message; a description of a device with all its services has some dozen
LIST_MAX = 4096  # characters of one element: a list of scopes or addresses is longer than one value
FORBIDDEN = (b"<!DOCTYPE", b"<!ENTITY")
BLOCK = 4096  # bytes of an excerpt's message that are read at a time, so that pieces of any size come to the same
XML = "http://www.w3.org/XML/1998/namespace"  # whose prefix is xml, everywhere
OWN = "own"  # prefix of each element's own namespace in an excerpt
ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})  # XML 1.0 section 2.4


class Wanted(Struct, frozen=True):
    """Names of elements, each {namespace}local. under: of some of them, the only parents that they may have."""

    names: frozenset[str]
    under: Mapping[str, frozenset[str]] = {}

    def has(self, name: str, parent: str) -> bool:
        return name in self.names and (name not in self.under or parent in self.under[name])


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
        """The text as a list of qualified names."""
        return qualified(self.text, self.namespaces)

    def line(self) -> str:
        """The text as one value, white space as single blanks."""
        return " ".join(self.words())[:TEXT_MAX]


def qualified(text: str, namespaces: Mapping[str, str]) -> tuple[str, ...]:
    """Qualified names, each {namespace}local: prefixes mean nothing outside."""
    found = (word.rpartition(":") for word in text.split())
    return tuple(f"{{{namespaces.get(prefix, '')}}}{local}" for prefix, _, local in found)


class Message(Struct, frozen=True):
    """Elements in the order of their ends: a container comes behind what is in it. whole: it was well-formed."""

    elements: tuple[Element, ...]
    whole: bool
    capped: bool


class _Keeper:
    """Takes the parser's events; keeps the elements whose names are wanted, and their text only."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._path: list[str] = []
        self._scopes: list[Mapping[str, str]] = [{}]
        self._open: list[tuple[int, list[str], Mapping[str, str]]] = []  # depth, text, attributes
        self.kept: list[Element] = []
        self.capped = False

    def start(self, tag: str, attributes: Mapping[str, str], declared: Mapping[str, str]) -> None:
        wanted = self._wanted.has(tag, self._path[-1] if self._path else "")
        self._path.append(tag)
        self._scopes.append({**self._scopes[-1], **declared} if declared else self._scopes[-1])
        if wanted:
            self._open.append((len(self._path), [], plain(attributes)))

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


class _Open(Struct):
    """An element whose end has not come. tag: {namespace}local. written: whether its beginning was."""

    tag: str
    begin: str
    end: str
    wanted: bool
    written: bool = False


class _Writer:
    """Takes the parser's events; writes the elements whose names are wanted and those around them, and the text of the
    former only, up to a size. Each declares its own namespace, and those that it declared."""

    def __init__(self, wanted: Wanted, most: int) -> None:
        self._wanted = wanted
        self._room = most
        self._path: list[_Open] = []
        self.written: list[bytes] = []

    def start(self, tag: str, attributes: Mapping[str, str], declared: Mapping[str | None, str]) -> None:
        wanted = self._wanted.has(tag, self._path[-1].tag if self._path else "")
        inside = {f"xmlns:{prefix}" if prefix else "xmlns": space for prefix, space in declared.items()}
        name = renamed(tag, OWN, inside)
        for at, (key, value) in enumerate(plain(attributes).items() if wanted else ()):
            inside[renamed(key, f"{OWN}{at}", inside)] = value
        begin = "".join(f' {key}="{value.translate(ESCAPES)}"' for key, value in inside.items())
        self._path.append(_Open(tag, f"<{name}{begin}>", f"</{name}>", wanted))
        if wanted:
            for element in self._path:
                if not element.written:
                    element.written = True
                    self._write(element.begin)

    def data(self, text: str) -> None:
        if self._path[-1].wanted:
            self._write(text.translate(ESCAPES))

    def end(self, _: str) -> None:
        element = self._path.pop()
        if element.written:
            self._write(element.end)

    def close(self) -> None:
        """The parser wants a target to have it."""

    def _write(self, text: str) -> None:
        raw = text.encode()
        self._room -= len(raw)
        if self._room >= 0:
            self.written.append(raw)


def plain(attributes: Mapping[str, str]) -> dict[str, str]:
    """Without the reference that libxml2 leaves in them for an ampersand where it resolves no entities."""
    return {name: value.replace("&#38;", "&") for name, value in attributes.items()}


def renamed(name: str, prefix: str, inside: dict[str, str]) -> str:
    """A name {namespace}local with a prefix of its own, which is declared inside."""
    space, _, local = name.removeprefix("{").rpartition("}")
    if not space:
        return local
    if space == XML:
        return f"xml:{local}"
    inside[f"xmlns:{prefix}"] = space
    return f"{prefix}:{local}"


class Excerpt:
    """A message that is too long to be held, while it comes: a shorter one, with the wanted elements and those around
    them alone. Where the message or the room ends early, so does the excerpt."""

    def __init__(self, wanted: Wanted, most: int) -> None:
        self._writer = _Writer(wanted, most)
        self._parser = _parser(self._writer)
        self._held = bytearray()  # of the block at hand, behind the end of the one before
        self._tail = b""
        self._refused = False

    def take(self, data: bytes) -> None:
        if self._refused:
            return
        self._held += data
        at = 0
        while at + BLOCK <= len(self._held) and not self._refused:
            self._feed(bytes(self._held[at : at + BLOCK]))
            at += BLOCK
        del self._held[:at]

    def whole(self) -> bytes:
        """The excerpt, now that the message has ended."""
        if not self._refused:
            self._feed(bytes(self._held))
        return b"".join(self._writer.written)

    def _feed(self, block: bytes) -> None:
        from lxml import etree

        seen = self._tail + block
        self._tail = seen[1 - max(map(len, FORBIDDEN)) :]
        self._refused = any(word in seen for word in FORBIDDEN)
        if not self._refused:
            try:
                self._parser.feed(block)
            except etree.XMLSyntaxError:
                self._refused = True


def looks_like_xml(first: bytes) -> bool:
    return first[:1] == b"<" or first[:4] == b"\xef\xbb\xbf<"


def read(data: bytes, wanted: Wanted) -> Message | None:
    """The wanted elements of a message, up to where it is broken; None where it is no XML that may be read at all."""
    from lxml import etree

    if not looks_like_xml(data) or any(word in data for word in FORBIDDEN):
        return None
    keeper = _Keeper(wanted)
    parser = _parser(keeper)
    try:
        parser.feed(data)
        parser.close()
        whole = True
    except etree.XMLSyntaxError:
        whole = False  # what ended before is kept
    return Message(tuple(keeper.kept), whole, keeper.capped)


def _parser(target: _Keeper | _Writer) -> etree.XMLParser:
    from lxml import etree

    return etree.XMLParser(
        target=target,  # type: ignore[arg-type]  # the stubs say str | bytes; Python 3 gets str
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )


def load_late() -> None:
    """See `parsers.api.load_late`."""
    read(b"<a/>", Wanted(frozenset()))
