"""What a file in fields/ is made of: which of tshark's fields shows the same as an observable of the sensor."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path, PurePath

from msgspec import Struct

TEXT_MAX = 256  # characters; where the sensor cuts
SENDER, RECEIVER = "sender", "receiver"
NO_ADDRESS = ("", "0.0.0.0", "::")


class Frame(Struct, frozen=True):
    """One frame as tshark shows it: the values of each field that was asked for, in their order."""

    values: Mapping[str, Sequence[str]]

    def all(self, field: str) -> Sequence[str]:
        return self.values.get(field, ())

    def last(self, *fields: str) -> str:
        """The last value (that of the innermost layer) of the first field that has one, or ""."""
        return next((self.values[field][-1] for field in fields if self.values.get(field)), "")

    @property
    def layers(self) -> str:
        """As frame.protocols: "eth:ethertype:ip:udp:dhcp"."""
        return self.last("frame.protocols")

    def host(self, whose: str) -> str:
        """The IP address of the sender or receiver, without one its MAC; or what the field says that `whose` names."""
        if whose not in (SENDER, RECEIVER):
            return self.last(whose).lower()
        end = "src" if whose == SENDER else "dst"
        address = self.last(f"ip.{end}", f"ipv6.{end}")
        return address if address not in NO_ADDRESS else self.last(f"eth.{end}", f"sll.{end}.eth")


def plain(value: str) -> Iterable[str]:
    """As it stands, without what is around it, cut where the sensor cuts."""
    text = value.strip("\0 \t\r\n")[:TEXT_MAX]
    return (text,) if text else ()


def lower(value: str) -> Iterable[str]:
    return [text.lower() for text in plain(value)]


def always(_frame: Frame) -> bool:
    return True


class Shown(Struct, frozen=True):
    """An observable and how tshark shows it.

    fields: tshark's; each value of each is one. text: makes the sensor's texts of it. whose: "sender", "receiver", or
    the field that names the host. over: must stand in frame.protocols. when: must be true of the frame; `needs` are the
    fields that it looks at. read: instead of all these, where fields mean something only together: gives (host, text).
    """

    observable: str
    fields: tuple[str, ...]
    text: Callable[[str], Iterable[str]] = plain
    whose: str = SENDER
    over: str = ""
    when: Callable[[Frame], bool] = always
    needs: tuple[str, ...] = ()
    read: Callable[[Frame], Iterable[tuple[str, str]]] | None = None

    @property
    def asks(self) -> set[str]:
        """All fields of tshark that this looks at."""
        return {*self.fields, *self.needs, *({self.whose} - {SENDER, RECEIVER})}

    def told(self, frame: Frame) -> Iterable[tuple[str, str]]:
        """(host, text) pairs."""
        if not any(field in frame.values for field in self.fields):
            return ()
        if (self.over and self.over not in frame.layers) or not self.when(frame):
            return ()
        if self.read is not None:
            return self.read(frame)
        host = frame.host(self.whose)
        return [(host, text) for field in self.fields for value in frame.all(field) for text in self.text(value)]


class Differs(Struct, frozen=True):
    """Texts of one capture that only one of the two sees, and why. A text may end with *: all that begin so.

    The capture is named by the end of its path: "first.pcap", or "dhcp/lease.pcap" where several have that name.
    """

    capture: str
    observable: str
    reason: str
    ours: tuple[str, ...] = ()
    theirs: tuple[str, ...] = ()

    def of(self, path: PurePath) -> bool:
        return f"/{path.as_posix()}".endswith(f"/{self.capture}")


class Table(Struct, frozen=True):
    """All of one protocol. arguments: for tshark. decode_as: our name of a protocol -> tshark's, for connections that
    the sensor recognised and tshark, which goes by the port, might not."""

    shown: tuple[Shown, ...]
    differs: tuple[Differs, ...] = ()
    arguments: tuple[str, ...] = ()
    decode_as: Mapping[str, str] = {}


def tables() -> dict[str, Table]:
    """Every file in fields/ by its name."""
    names = sorted(path.stem for path in (Path(__file__).parent / "fields").glob("[a-z]*.py"))
    return {name: importlib.import_module(f"tests.differential.fields.{name}").TABLE for name in names}
