"""Find an operation by method and path, among thousands: a step for each part of the path, the most particular first."""

from __future__ import annotations

import re
from collections.abc import Iterable

from penstock.catalog.described import erase


class Shapes:
    """Know operations by (name, method, path): "/v1/customers/{customer}" is the shape of "/v1/customers/cus_1"."""

    def __init__(self, entries: Iterable[tuple[str, str, str]]) -> None:
        self._roots: dict[str, _Node] = {}
        for name, method, path in entries:
            node = self._roots.setdefault(method, _Node())
            for segment in path.split("/"):
                node = node.step(segment)
            node.name = node.name or name

    def find(self, method: str, path: str) -> str | None:
        """Return the name of the operation whose path this is, None where there is none."""
        root = self._roots.get(method)
        return root.find(path.split("/"), 0) if root is not None else None


class _Node:
    """A place in the tree: what is reached by a word, by a word with a parameter in it, by a parameter alone."""

    __slots__ = ("_any", "_mixed", "_words", "name")

    def __init__(self) -> None:
        self.name: str | None = None
        self._words: dict[str, _Node] = {}
        self._mixed: dict[str, tuple[re.Pattern[str], _Node]] = {}
        self._any: _Node | None = None

    def step(self, segment: str) -> _Node:
        if "{" not in segment:
            return self._words.setdefault(segment, _Node())
        shape = erase(segment)
        if shape == "{}":
            self._any = self._any or _Node()
            return self._any
        if shape not in self._mixed:
            pattern = re.compile("[^/]+".join(map(re.escape, shape.split("{}"))))
            self._mixed[shape] = (pattern, _Node())
        return self._mixed[shape][1]

    def find(self, segments: list[str], at: int) -> str | None:
        if at == len(segments):
            return self.name
        segment = segments[at]
        word = self._words.get(segment)
        if word is not None and (found := word.find(segments, at + 1)) is not None:
            return found
        for pattern, node in self._mixed.values():
            if pattern.fullmatch(segment) and (found := node.find(segments, at + 1)) is not None:
                return found
        return self._any.find(segments, at + 1) if self._any is not None and segment else None
