"""Union-find whose every union carries a sentence, and in which people may keep nodes apart."""

from __future__ import annotations

from collections.abc import Iterable


class Groups:
    """Nodes are texts. What was never joined is a group of its own."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}
        self._why: dict[str, list[str]] = {}  # root -> sentences
        self._alone: set[str] = set()  # nodes that only people join
        self._apart: dict[str, set[str]] = {}  # root -> roots that it is never joined with

    def root(self, node: str) -> str:
        parent = self._parent
        if node not in parent:
            return node
        top = node
        while (above := parent.get(top, top)) != top:
            top = above
        while (above := parent.get(node, node)) != top:
            parent[node] = top
            node = above
        return top

    def keep_apart(self, node: str, other: str) -> None:
        """A person said that the node is not the other: from now on it is joined by people alone, and with that one by
        nobody."""
        self._alone.add(node)
        one, two = self.root(node), self.root(other)
        if one != two:
            self._apart.setdefault(one, set()).add(two)
            self._apart.setdefault(two, set()).add(one)

    def alone(self, node: str) -> bool:
        return node in self._alone

    def join(self, one: str, other: str, why: str, *, decided: bool = False) -> bool:
        """Makes two nodes one device, and keeps the sentence even where they already were. False where people keep them
        apart. decided: by a person."""
        a, b = sorted((self.root(one), self.root(other)))
        if a != b and self._alone:
            if not decided and (one in self._alone or other in self._alone):
                return False
            if b in self._apart.get(a, ()):
                return False
            self._unite_apart(a, b)
        sentences = self._why.setdefault(a, [])
        sentences.append(why)
        if a != b:
            self._parent[b] = a
            sentences.extend(self._why.pop(b, ()))
        return True

    def note(self, node: str, why: str) -> None:
        """A sentence about a group."""
        self._why.setdefault(self.root(node), []).append(why)

    def same(self, one: str, other: str) -> bool:
        return self.root(one) == self.root(other)

    def sentences(self, node: str) -> tuple[str, ...]:
        why = self._why.get(self.root(node))
        return tuple(sorted(set(why))) if why else ()

    def members(self, nodes: Iterable[str]) -> dict[str, list[str]]:
        """Root -> nodes, both sorted."""
        found: dict[str, list[str]] = {}
        for node in sorted(set(nodes)):
            found.setdefault(self.root(node), []).append(node)
        return found

    def _unite_apart(self, kept: str, gone: str) -> None:
        """What was kept apart from one root is from now on kept apart from the other."""
        for other in self._apart.pop(gone, ()):
            self._apart[other].discard(gone)
            self._apart[other].add(kept)
            self._apart.setdefault(kept, set()).add(other)
