"""Requests as NetBox wants them: lists page by page, objects made and changed a hundred at a time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sensor.names import shown
from sensor.push.client import Client
from sensor.push.error import PushError, RefusedError

PAGE = 1000  # MAX_PAGE_SIZE of NetBox as it comes
PAGES_MAX = 10_000  # of one list: ten million objects
BULK = 100  # objects made or changed in one request
ASKED = 50  # values of one filter in a request: half of the line of 4,094 characters that gunicorn takes
OLDEST = (4, 2)  # MAC addresses are objects of their own since then
BEARER = "nbt_"  # how tokens of version 2 begin; since 4.5

T = TypeVar("T")
Json = dict[str, Any]


def authorization(token: str) -> str:
    """The header for a token of either version."""
    return f"{'Bearer' if token.startswith(BEARER) else 'Token'} {token}"


class Rest:
    """Talks to one NetBox. refused: a line for each object that it did not take."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.refused: list[str] = []

    def version(self) -> tuple[int, int]:
        """Of NetBox. Raises PushError for one that is too old, and for what is none."""
        status = self._client.ask("GET", "api/status/")
        text = status.get("netbox-version") if isinstance(status, dict) else None
        found = re.match(r"(\d+)\.(\d+)", text) if isinstance(text, str) else None
        if found is None:
            raise self.nonsense()
        version = int(found[1]), int(found[2])
        if version < OLDEST:
            raise PushError(f"{self._client.host} is NetBox {shown(found[0])}; 4.2 or later is needed")
        return version

    def all(self, path: str, **asked: str) -> Iterator[Json]:
        """Every object of a list."""
        query = "&".join(f"{name}={value}" for name, value in (*asked.items(), ("limit", str(PAGE))))
        following: str | None = f"api/{path}?{query}"
        left = PAGES_MAX
        while following:
            page = self._client.ask("GET", following)
            if not isinstance(page, dict) or not isinstance(page.get("results"), list):
                raise self.nonsense()
            if not all(isinstance(item, dict) and isinstance(item.get("id"), int) for item in page["results"]):
                raise self.nonsense()
            yield from page["results"]
            following, left = page.get("next"), left - 1
            if following is not None and not (isinstance(following, str) and page["results"] and left):
                raise self.nonsense()

    def among(self, path: str, name: str, values: Sequence[str]) -> Iterator[Json]:
        """Every object of a list whose `name` is one of the values."""
        for part in parts(values, ASKED):
            yield from self.all(path, **{name: f"&{name}=".join(part)})

    def make_one(self, path: str, body: Json) -> int:
        """Makes what nothing works without. Raises PushError."""
        made = self._client.ask("POST", f"api/{path}", body)
        if not isinstance(made, dict) or not isinstance(made.get("id"), int):
            raise self.nonsense()
        return int(made["id"])

    def make(self, path: str, bodies: Sequence[Json], about: Sequence[str] = ()) -> list[Json | None]:
        """What was made of each body; None where it was refused. about: whom each is about, for people."""
        return self._bulk("POST", path, bodies, about)

    def change(self, path: str, bodies: Sequence[Json], about: Sequence[str] = ()) -> list[Json | None]:
        """The same for objects that are there; each body has the id."""
        return self._bulk("PATCH", path, bodies, about)

    def nonsense(self) -> PushError:
        """What to raise for an answer of another shape."""
        return PushError(f"{self._client.host} answers with something that is not NetBox's; check the URL")

    def refuses(self, what: str) -> PushError:
        """What to raise where nothing works without what was just refused."""
        return PushError(f"{self._client.host} refuses {what}: {self.refused[-1]}")

    def _bulk(self, method: str, path: str, bodies: Sequence[Json], about: Sequence[str]) -> list[Json | None]:
        """A list at once; where NetBox refuses it, which it does as a whole, one after the other."""
        done: list[Json | None] = []
        for part in parts(bodies, BULK):
            try:
                done += self._answered(method, path, part)
            except RefusedError:
                for number, body in enumerate(part, len(done)):
                    done.append(self._one(method, path, body, about[number] if about else path.strip("/")))
        return done

    def _one(self, method: str, path: str, body: Json, whom: str) -> Json | None:
        try:
            return self._answered(method, path, [body])[0]
        except RefusedError as error:
            self.refused.append(f"{whom}: {error}")
            return None

    def _answered(self, method: str, path: str, bodies: Sequence[Json]) -> list[Json]:
        answer = self._client.ask(method, f"api/{path}", list(bodies))
        if not isinstance(answer, list) or len(answer) != len(bodies):
            raise self.nonsense()
        if not all(isinstance(one, dict) and isinstance(one.get("id"), int) for one in answer):
            raise self.nonsense()
        return answer


def parts(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items, `size` at a time."""
    return (items[at : at + size] for at in range(0, len(items), size))


def related(item: Mapping[str, Any], name: str) -> Json:
    """An object within an object; {} where there is none."""
    found = item.get(name)
    return found if isinstance(found, dict) else {}


def word(value: object) -> str:
    """A choice or a text as its word: NetBox gives choices as {"value": ..., "label": ...}."""
    if isinstance(value, dict):
        value = value.get("value")
    return "" if value is None else str(value)


def words(values: Iterable[str]) -> str:
    """A set of words as a record keeps it."""
    return " ".join(sorted(values))
