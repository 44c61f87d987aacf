"""Whether a described operation has pages: it takes the parameters of the integration's own style, and answers with rows."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

from penstock.catalog.definition import GraphQLCursor, Integration, NextUrl, Pagination, Parameter
from penstock.catalog.lines import Line


class Pages(NamedTuple):
    """Where the rows are, and in which style, where either differs from the integration's own."""

    items: str | None
    pagination: Pagination | None


def detect_pages(integration: Integration, line: Line, parameters: tuple[Parameter, ...]) -> Pages | None:
    """Return how an operation's pages are read, None where it has none, or nothing says that it has."""
    style = integration.pagination
    names = {p.name for p in parameters} | {p.wire for p in parameters if p.wire}
    if line.document is not None and "pageInfo" in line.document:
        root = re.search(r"\{\s*(\w+)", line.document)
        is_whole = root is not None and {"first", "after"} <= names
        return Pages(None, GraphQLCursor(f"data.{root[1]}")) if root is not None and is_whole else None
    if style is None or isinstance(style, GraphQLCursor) or (line.method != "GET" and line.document is None):
        return None
    if isinstance(style, NextUrl) and line.items == style.items and style.size not in names:
        return Pages(None, replace(style, size=None))  # the answer says where the next page is, all the same
    request = getattr(style, "request", None)
    wanted = {request, style.size} - {None}
    if not wanted <= names:
        return None
    if line.items is None:
        return Pages(None, None) if request is not None and _is_uniform(integration) else None
    if line.items == style.items:
        return Pages(None, None)
    return Pages(line.items, None) if wanted else None


def _is_uniform(integration: Integration) -> bool:
    """Say whether every list the file itself names keeps its rows in the one place."""
    lists = [operation for operation in integration.operations if operation.is_paginated]
    return bool(lists) and all(o.items is None and o.pagination is None for o in lists)
