"""How a service's pages follow one another: the styles there are. Following them is the engine's (paginate.py).

`items` is the path to the rows in the answer ("$" is the answer itself); paths are dotted, -1 is the last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from penstock.model import Json


@dataclass(frozen=True, slots=True)
class Cursor:
    """The next page is asked for with a value from this one (a cursor, a token, or the last row's id).

    follow: the pages after the first are asked for at another address, relative to the first, with the cursor alone.
    """

    request: str
    next: str
    items: str = "data"
    more: str | None = None
    size: str | None = None
    max_size: int = 100
    follow: str | None = None


@dataclass(frozen=True, slots=True)
class PageNumber:
    """Pages are numbered; the last is the one with fewer rows than asked for, or the one `total_pages` names."""

    request: str = "page"
    items: str = "data"
    size: str | None = "per_page"
    max_size: int = 100
    first: int = 1
    total_pages: str | None = None


@dataclass(frozen=True, slots=True)
class Offset:
    """Pages begin at a row number."""

    request: str = "offset"
    items: str = "data"
    size: str | None = "limit"
    max_size: int = 100
    total: str | None = None


@dataclass(frozen=True, slots=True)
class LinkHeader:
    """The answer's Link field names the next page (RFC 8288).

    unless: a parameter of the link that says there is none after all: Sentry's `results="false"`.
    """

    items: str = "$"
    size: str | None = "per_page"
    max_size: int = 100
    unless: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class NextUrl:
    """The answer's body holds the address of the next page."""

    next: str
    items: str = "data"
    size: str | None = None
    max_size: int = 100


@dataclass(frozen=True, slots=True)
class GraphQLCursor:
    """A Relay connection: `pageInfo.endCursor` goes into the variable `request`."""

    connection: str  # path to the connection: "data.products"
    request: str = "after"
    size: str = "first"
    items: str = "nodes"
    max_size: int = 250


@dataclass(frozen=True, slots=True)
class NextCall:
    """A small function gives the next page's parameters from this one's, its answer and its rows; None at the end."""

    next: Callable[[Mapping[str, Any], Json, list[Any]], Mapping[str, Any] | None]
    items: str = "data"
    size: str | None = None
    max_size: int = 100


Pagination = Cursor | PageNumber | Offset | LinkHeader | NextUrl | GraphQLCursor | NextCall
