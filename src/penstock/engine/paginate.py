"""From one page to the next: which rows an answer holds, and how to ask for those after them. Pure, but for `walk`.

A page that leads back to one already read ends the walk with PageLoop; whatever was read is kept.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from penstock.catalog.definition import (
    Cursor,
    GraphQLCursor,
    LinkHeader,
    NextCall,
    NextUrl,
    Offset,
    Operation,
    PageNumber,
    Pagination,
)
from penstock.catalog.paths import dig
from penstock.errors import CallRefused, PageLoop, PenstockError
from penstock.model import Response

_LINK = re.compile(r"<([^<>]{1,4096})>((?:\s*;\s*[^,;<>]{1,512}){0,20})")
_REL = re.compile(r"""rel\s*=\s*(?:"([^"]*)"|([^\s;"]+))""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its rows, and how to ask for the next (parameters or an address); neither at the end."""

    items: list[Any]
    response: Response
    next_parameters: Mapping[str, Any] | None = None
    next_url: str | None = None

    @property
    def is_last(self) -> bool:
        """Say whether nothing follows."""
        return self.next_parameters is None and self.next_url is None


Fetch = Callable[[Mapping[str, Any], str | None], Awaitable[Response]]


async def walk(
    fetch: Fetch,
    operation: Operation,
    style: Pagination | None,
    parameters: Mapping[str, Any],
    max_items: int | None = None,
) -> AsyncIterator[Page]:
    """Yield page after page, asking for the largest the service gives.

    Raises PageLoop when a page leads back to one already read, and whatever a call raises; the error's `.items`
    has every row read so far, `.next_parameters` what to ask for to go on.
    """
    parameters = with_size(style, parameters, max_items)
    items: list[Any] = []
    url: str | None = None
    seen: set[str] = set()
    while True:
        try:
            response = await fetch(parameters, url)
        except PenstockError as exc:
            vars(exc).update(items=items, next_parameters=dict(parameters))
            if items:
                exc.hint = (
                    f"{exc.hint or ''} The {len(items)} rows read before are in the error's .items.".strip()
                )
            raise
        page = read_page(operation, style, parameters, response, url)
        if max_items is not None and len(items) + len(page.items) >= max_items:
            yield Page(page.items[: max_items - len(items)], response)
            return
        items.extend(page.items)
        yield page
        if page.is_last:
            return
        asked = page.next_parameters
        mark = f"{page.next_url} {sorted(asked.items(), key=str) if asked is not None else ''}"
        if mark in seen or (asked is not None and asked == parameters):
            raise PageLoop(
                "The pages come round again: this one leads back to a page already read.",
                hint=f"The {len(items)} rows read so far are in the error's .items.",
                operation=operation.name,
                items=items,
            )
        seen.add(mark)
        url = page.next_url
        parameters = page.next_parameters if page.next_parameters is not None else parameters


def with_size(
    style: Pagination | None, parameters: Mapping[str, Any], max_items: int | None
) -> dict[str, Any]:
    """Return the parameters with the page size: the user's own, else the largest that is of use."""
    asked = dict(parameters)
    size = getattr(style, "size", None)
    if style is not None and size and size not in asked:
        asked[size] = min(style.max_size, max_items) if max_items else style.max_size
    return asked


def read_page(
    operation: Operation,
    style: Pagination | None,
    parameters: Mapping[str, Any],
    response: Response,
    url: str | None = None,
) -> Page:
    """Return the rows of an answer and how the next page is asked for."""
    data = response.data
    items = _rows(operation, style, data)
    if style is None or items is None:
        return Page(items if items is not None else [data], response)
    if isinstance(style, LinkHeader):
        link = parse_link(response.headers.get("link", ""), style.unless)
        return Page(items, response, next_url=_same_origin(operation, url, link))
    if isinstance(style, NextUrl):
        return Page(
            items, response, next_url=_same_origin(operation, url, dig(data, style.next)) if items else None
        )
    asked = _next_parameters(operation, style, parameters, data, items)
    follow = style.follow if isinstance(style, Cursor) and asked is not None else None
    return Page(items, response, asked, follow)


def _rows(operation: Operation, style: Pagination | None, data: Any) -> list[Any] | None:
    if isinstance(style, GraphQLCursor):
        connection = dig(data, operation.items or style.connection)
        if isinstance(connection, dict):
            rows = connection.get(style.items)
            if rows is None and isinstance(connection.get("edges"), list):
                rows = [edge.get("node") for edge in connection["edges"] if isinstance(edge, dict)]
            return rows if isinstance(rows, list) else []
        return []
    path = operation.items or (style.items if style is not None else None)
    rows = dig(data, path) if path else None
    if isinstance(rows, list):
        return rows
    if isinstance(data, list):
        return data
    return [] if style is not None else None


def _next_parameters(
    operation: Operation, style: Pagination, parameters: Mapping[str, Any], data: Any, items: list[Any]
) -> dict[str, Any] | None:
    if isinstance(style, Cursor):
        cursor = dig(data, style.next)
        if not cursor or (style.more is not None and not dig(data, style.more)):
            return None
        return {style.request: cursor} if style.follow else {**parameters, style.request: cursor}
    if isinstance(style, NextCall):
        asked_next = style.next(parameters, data, items)
        return None if asked_next is None else dict(asked_next)
    if isinstance(style, GraphQLCursor):
        info = dig(data, f"{operation.items or style.connection}.pageInfo") or {}
        if not info.get("hasNextPage") or not info.get("endCursor"):
            return None
        return {**parameters, style.request: info["endCursor"]}
    asked = int(parameters.get(style.size or "", 0) or 0) if isinstance(style, (PageNumber, Offset)) else 0
    if isinstance(style, PageNumber):
        number = int(parameters.get(style.request, style.first))
        last = dig(data, style.total_pages)
        if not items or (number >= int(last) if last is not None else (asked and len(items) < asked)):
            return None
        return {**parameters, style.request: number + 1}
    if isinstance(style, Offset):
        start = int(parameters.get(style.request, 0)) + len(items)
        total = dig(data, style.total)
        if not items or (start >= int(total) if total is not None else (asked and len(items) < asked)):
            return None
        return {**parameters, style.request: start}
    return None


def parse_link(value: str, unless: tuple[str, str] | None = None) -> str | None:
    """Return the address a Link field gives for the next page (RFC 8288), None where it gives none.

    unless: (name, value) of a link's parameter that takes it back.
    """
    for match in _LINK.finditer(value[:16_384]):
        rel = _REL.search(match.group(2))
        if rel and "next" in (rel.group(1) or rel.group(2) or "").lower().split():
            is_taken_back = unless is not None and f'{unless[0]}="{unless[1]}"' in match.group(2)
            return None if is_taken_back else match.group(1)
    return None


def _same_origin(operation: Operation, url: str | None, target: Any) -> str | None:
    """Return the next address; whether it may carry the credential is decided where it is sent."""
    if not target:
        return None
    if not isinstance(target, str):
        raise CallRefused(
            f"The next page of {operation.name} is not an address: {target!r:.80}.", operation=operation.name
        )
    return urljoin(url, target) if url else target
