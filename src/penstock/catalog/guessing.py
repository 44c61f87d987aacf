"""What a description does not say outright: how pages follow one another, and how to sign. Guesses, shown as such."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from penstock.catalog.definition import (
    ApiKey,
    ApiKeys,
    Basic,
    Bearer,
    Cursor,
    LinkHeader,
    NextUrl,
    OAuth2,
    Offset,
    PageNumber,
    Pagination,
    Scheme,
)

# Names services give the same thing, the usual ones first.
_CURSORS = (
    "cursor", "page_token", "pageToken", "next_token", "nextToken", "continuation_token", "continuationToken", "starting_after",
    "after", "start_cursor", "next_cursor", "page[cursor]", "page[after]", "marker", "offset_token",
)  # fmt: skip
_NEXT = (
    "next_cursor", "nextCursor", "next_page_token", "nextPageToken", "next_token", "nextToken", "cursor", "continuation_token",
    "continuationToken", "end_cursor", "endCursor", "after", "next_page", "marker",
)  # fmt: skip
_NEXT_URLS = (
    "next",
    "next_url",
    "nextUrl",
    "next_page_url",
    "next_page_uri",
    "@odata.nextLink",
    "nextLink",
    "next_link",
)
_PAGES = ("page", "page_number", "pageNumber", "page[number]", "pageIndex", "page_no")
_OFFSETS = ("offset", "start", "skip", "startAt", "start_index", "startIndex", "page[offset]", "from")
_SIZES = (
    "limit", "per_page", "perPage", "page_size", "pageSize", "size", "count", "max_results", "maxResults", "page[size]",
    "page[limit]", "top", "$top", "first",
)  # fmt: skip
_MORE = ("has_more", "hasMore", "has_next", "hasNext", "has_next_page", "hasNextPage", "more")
_TOTALS = ("total", "total_count", "totalCount", "total_items", "count")
_TOTAL_PAGES = ("total_pages", "totalPages", "pages", "last_page", "page_count", "pageCount")
_ROWS = (
    "data",
    "items",
    "results",
    "records",
    "entries",
    "values",
    "rows",
    "list",
    "objects",
    "content",
    "value",
)
_WRAPS = (
    "meta",
    "pagination",
    "paging",
    "page",
    "links",
    "_links",
    "response_metadata",
    "page_info",
    "pageInfo",
    "info",
)
_BESIDES = ("errors", "warnings", "messages", "links", "_links", "included")  # lists that are not the rows
_USUAL_SIZE = 100
_GRANTS = {
    "authorizationCode": "authorization_code", "accessCode": "authorization_code", "clientCredentials": "client_credentials",
    "application": "client_credentials", "password": "password", "implicit": "implicit",
}  # fmt: skip


def guess_pagination(parameters: Mapping[str, Any], answer: Mapping[str, Any] | None) -> Pagination | None:
    """Return how a list's pages seem to follow one another, None where nothing points to pages.

    parameters: name → its schema, of what the call takes in the query. answer: the schema of a success, resolved one
    level down, None where it is not described.
    """
    rows = find_rows(answer)
    if rows is None:
        return None
    size = _first(_SIZES, parameters)
    most = _largest(parameters.get(size)) if size else _USUAL_SIZE
    flat = flatten(answer)
    cursor = _first(_CURSORS, parameters)
    following = _first_path(_NEXT, flat)
    if cursor is not None and following is not None:
        return Cursor(cursor, following, rows, _first_path(_MORE, flat), size, most)
    if cursor in ("starting_after", "after") and rows != "$":
        return Cursor(cursor, f"{rows}.-1.id", rows, _first_path(_MORE, flat), size, most)
    url = _first_path(_NEXT_URLS, flat)
    if url is not None and flat[url].get("type", "string") in ("string", ["string", "null"]):
        return NextUrl(url, rows, size, most)
    page = _first(_PAGES, parameters)
    if page is not None:
        first = parameters[page].get("default", 1) if isinstance(parameters[page], Mapping) else 1
        return PageNumber(page, rows, size, most, 0 if first == 0 else 1, _first_path(_TOTAL_PAGES, flat))
    offset = _first(_OFFSETS, parameters)
    if offset is not None:
        return Offset(offset, rows, size, most, _first_path(_TOTALS, flat))
    return LinkHeader(rows, size, most) if size is not None else None


def find_rows(answer: Mapping[str, Any] | None) -> str | None:
    """Return the path to the rows of an answer, "$" where it is a list itself, None where it holds none."""
    if answer is None:
        return None
    if answer.get("type") == "array":
        return "$"
    properties = answer.get("properties")
    if not isinstance(properties, Mapping):
        return None
    lists = [
        name
        for name, one in properties.items()
        if isinstance(one, Mapping) and one.get("type") == "array" and name not in _BESIDES
    ]
    usual = [name for name in _ROWS if name in lists]
    return usual[0] if usual else lists[0] if len(lists) == 1 else None


def flatten(answer: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    """Return the fields of an answer's schema by their paths: its own, and those of the parts that speak of pages."""
    found: dict[str, Mapping[str, Any]] = {}
    properties = (answer or {}).get("properties")
    for name, one in properties.items() if isinstance(properties, Mapping) else ():
        if not isinstance(one, Mapping):
            continue
        found[name] = one
        inner = one.get("properties")
        if name in _WRAPS and isinstance(inner, Mapping):
            for below, deep in inner.items():
                if isinstance(deep, Mapping):
                    found[f"{name}.{below}"] = deep
                    deeper = deep.get("properties")
                    if below in (*_WRAPS, *_NEXT_URLS) and isinstance(deeper, Mapping):
                        found |= {
                            f"{name}.{below}.{last}": v
                            for last, v in deeper.items()
                            if isinstance(v, Mapping)
                        }
    return found


def _first(names: Sequence[str], given: Iterable[str]) -> str | None:
    known = set(given)
    return next((name for name in names if name in known), None)


def _first_path(names: Sequence[str], flat: Mapping[str, Mapping[str, Any]]) -> str | None:
    outermost_last = reversed(list(flat))
    by_leaf = {path if path.startswith("@") else path.rpartition(".")[2]: path for path in outermost_last}
    holds_more = {path for path in flat if isinstance(flat[path].get("properties"), Mapping)}
    return next(
        (by_leaf[name] for name in names if name in by_leaf and by_leaf[name] not in holds_more), None
    )


def _largest(schema: Any) -> int:
    most = schema.get("maximum") if isinstance(schema, Mapping) else None
    return int(most) if isinstance(most, (int, float)) and 1 <= most <= 10_000 else _USUAL_SIZE


def read_auth(schemes: Mapping[str, Any], required: Sequence[Any]) -> tuple[Scheme, ...]:
    """Return the ways to sign a description names, those its `security` asks for first; those nobody can do left out.

    schemes: securitySchemes (OpenAPI 3) or securityDefinitions (Swagger 2). required: the document's `security`.
    """
    found: list[Scheme] = []
    asked = [tuple(one) for one in required if isinstance(one, Mapping)]
    for names in [*asked, *((name,) for name in schemes)]:
        parts = [schemes[name] for name in names if isinstance(schemes.get(name), Mapping)]
        scheme = None
        if len(parts) == 1:
            scheme = _scheme(names[0], parts[0])
        elif len(parts) > 1 and all(part.get("type") == "apiKey" for part in parts):
            scheme = _keys(names, parts)
        if scheme is not None and scheme not in found:
            found.append(scheme)
    return tuple(found)


def _scheme(name: str, facts: Mapping[str, Any]) -> Scheme | None:
    kind, note = facts.get("type"), f"As the description's {name!r}."
    if kind == "http":
        how = str(facts.get("scheme", "")).lower()
        if how == "bearer":
            return Bearer("token", note=note)
        return Basic(user="username", password="password", note=note) if how == "basic" else None
    if kind == "basic":  # Swagger 2
        return Basic(user="username", password="password", note=note)
    if kind == "apiKey":
        place, wire = facts.get("in"), str(facts.get("name", ""))
        if place == "header" and wire.lower() == "authorization":
            return Bearer("token", prefix="", note=f"{note} The whole field, with its prefix.")
        if place == "header" and wire:
            return ApiKey(_field(name), header=wire, note=note)
        return ApiKey(_field(name), parameter=wire, note=note) if place == "query" and wire else None
    if kind in ("oauth2", "openIdConnect"):
        return _oauth(facts, note)
    return None


def _keys(names: Sequence[str], parts: Sequence[Mapping[str, Any]]) -> Scheme:
    header = [
        (_field(n), str(p["name"])) for n, p in zip(names, parts, strict=True) if p.get("in") == "header"
    ]
    query = [(_field(n), str(p["name"])) for n, p in zip(names, parts, strict=True) if p.get("in") == "query"]
    return ApiKeys(tuple(header), tuple(query), note=f"As the description's {' and '.join(names)}.")


def _oauth(facts: Mapping[str, Any], note: str) -> Scheme:
    flows = facts.get("flows")
    named = flows if isinstance(flows, Mapping) else {str(facts.get("flow", "authorizationCode")): facts}
    flow_name = next((name for name in _GRANTS if name in named), next(iter(named), "authorizationCode"))
    flow = named.get(flow_name)
    flow = flow if isinstance(flow, Mapping) else {}
    scopes = flow.get("scopes")
    return OAuth2(
        authorize=_text(flow.get("authorizationUrl")),
        token=_text(flow.get("tokenUrl")),
        grant=_GRANTS.get(flow_name, "authorization_code"),
        scopes=tuple(map(str, scopes)) if isinstance(scopes, Mapping) else (),
        note=note,
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _field(name: str) -> str:
    """Return a field's name that can be typed, from the name of a security scheme."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_") or "api_key"
