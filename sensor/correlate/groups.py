"""Union-find whose every union carries a sentence."""

from __future__ import annotations

from collections.abc import Iterable


class Groups:
    """Nodes are texts. What was never joined is a group of its own."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}
        self._why: dict[str, list[str]] = {}  # root -> sentences

    def root(self, node: str) -> str:
        parent = self._parent
        top = node
        while (above := parent.get(top, top)) != top:
            top = above
        while (above := parent.get(node, node)) != top:
            parent[node] = top
            node = above
        return top

    def join(self, one: str, other: str, why: str) -> None:
        """Makes two nodes one device, and keeps the sentence even where they already were."""
        a, b = sorted((self.root(one), self.root(other)))
        sentences = self._why.setdefault(a, [])
        sentences.append(why)
        if a != b:
            self._parent[b] = a
            sentences.extend(self._why.pop(b, ()))

    def same(self, one: str, other: str) -> bool:
        return self.root(one) == self.root(other)

    def sentences(self, node: str) -> tuple[str, ...]:
        return tuple(sorted(set(self._why.get(self.root(node), ()))))

    def members(self, nodes: Iterable[str]) -> dict[str, list[str]]:
        """Root -> nodes, both sorted."""
        found: dict[str, list[str]] = {}
        for node in sorted(set(nodes)):
            found.setdefault(self.root(node), []).append(node)
        return found
