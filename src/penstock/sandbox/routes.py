"""Which function answers which method and path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar
from urllib.parse import unquote

T = TypeVar("T")


class Routes(Generic[T]):
    """Find what belongs to "POST /v1/customers/{customer}"; "{path*}" takes the rest, slashes and all.

    A part may begin and end in fixed text: "{range}:append", "range(address='{address}')".
    """

    def __init__(self, routes: Mapping[str, T]) -> None:
        self._exact: dict[tuple[str, str], tuple[str, T]] = {}
        self._shaped: dict[tuple[str, int], list[tuple[list[str], str, T]]] = {}
        self._open: list[tuple[str, list[str], str, T]] = []
        for text, target in routes.items():
            method, _, path = text.partition(" ")
            parts = path.strip("/").split("/")
            if path.endswith("*}"):
                self._open.append((method, parts, text, target))
            elif "{" in path:
                self._shaped.setdefault((method, len(parts)), []).append((parts, text, target))
            else:
                self._exact[method, path.strip("/")] = (text, target)
        for (
            found
        ) in self._shaped.values():  # more fixed parts first: /customers/search before /customers/{customer}
            found.sort(key=lambda route: sum(1 + _is_all(part) for part in route[0] if "{" in part))

    def find(self, method: str, path: str) -> tuple[str, T, dict[str, str]] | None:
        """Return the route's text, its target and the path's values, None when there is no such route."""
        trimmed = path.strip("/")
        exact = self._exact.get((method, trimmed))
        if exact is not None:
            return *exact, {}
        given = trimmed.split("/")
        for parts, text, target in self._shaped.get((method, len(given)), ()):
            values = _match(parts, given)
            if values is not None:
                return text, target, values
        for open_method, parts, text, target in self._open:
            fixed = len(parts) - 1
            if open_method == method and len(given) >= fixed:
                values = _match(parts[:-1], given[:fixed])
                if values is not None:
                    return text, target, {**values, parts[-1][1:-2]: unquote("/".join(given[fixed:]))}
        return None

    def methods(self, path: str) -> list[str]:
        """Return the methods this path answers to."""
        return [m for m in ("GET", "POST", "PUT", "PATCH", "DELETE") if self.find(m, path) is not None]


def _is_all(part: str) -> bool:
    return part[:1] == "{" and part.endswith("}")


def _match(parts: list[str], given: list[str]) -> dict[str, str] | None:
    values: dict[str, str] = {}
    for part, text in zip(parts, given, strict=True):
        begin, brace, rest = part.partition("{")
        if brace:
            name, _, end = rest.partition("}")
            value = text[len(begin) : len(text) - len(end)]
            if not value or text != f"{begin}{value}{end}":
                return None
            values[name] = unquote(value)
        elif part != text:
            return None
    return values
