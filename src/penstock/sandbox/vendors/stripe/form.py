"""Bracketed form text, as Stripe reads it: metadata[a]=1, items[0][price]=p, expand[]=customer. Not JSON."""

from __future__ import annotations

import re
from typing import Any

from penstock.sandbox.wire import Pairs

_BRACKET = re.compile(r"\[([^\[\]]*)\]")
DEEPEST = 20


def parse_form(pairs: Pairs) -> dict[str, Any]:
    """Return nested dicts; a list is still a dict whose keys are its numbers: `as_list` reads it."""
    parsed: dict[str, Any] = {}
    for name, value in pairs:
        head, bracket, _ = name.partition("[")
        parts = [head, *_BRACKET.findall(name)][:DEEPEST] if bracket else [name]
        _put(parsed, parts, value)
    return parsed


def _put(place: dict[str, Any], parts: list[str], value: str) -> None:
    for index, part in enumerate(parts[:-1]):
        if part == "":
            part = _next_number(place, parts[index + 1])
        inner = place.get(part)
        if not isinstance(inner, dict):
            inner = place[part] = {}
        place = inner
    last = parts[-1]
    place[str(len(place)) if last == "" else last] = value


def _next_number(place: dict[str, Any], following: str) -> str:
    """Return the number of a list's open element: the last one, until it already has what follows."""
    last = str(len(place) - 1)
    element = place.get(last)
    return last if isinstance(element, dict) and following not in element else str(len(place))


def as_list(value: Any) -> list[Any] | None:
    """Return a numbered dict as a list, None for what is no list."""
    if isinstance(value, list):
        return value
    if value == "":
        return []
    if isinstance(value, dict) and all(key.isdigit() for key in value):
        return [value[key] for key in sorted(value, key=int)]
    return None
