"""The vocabulary in which an integration is written: what a service offers, and how it behaves.

Values only. What is done with them stands in the engine; what is odd about one service is a small function in
that service's file, named here in its declaration.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from penstock.auth.schemes import ApiKey, Basic, Bearer, OAuth2, Scheme
from penstock.model import Headers, Json, Response, Verdict
from penstock.ratelimit.headers import RateHeaders, RateLimitHint
from penstock.ratelimit.limit import Limit

__all__ = [
    "ApiKey", "BaseParameter", "Basic", "Bearer", "Cursor", "ErrorShape", "GraphQLCursor", "Headers", "Idempotency",
    "Integration", "Json", "Limit", "LinkHeader", "NextUrl", "OAuth2", "Offset", "Operation", "PageNumber", "Pagination",
    "Parameter", "RateHeaders", "RateLimitHint", "Response", "Scheme", "Verdict",
]  # fmt: skip

_PLACEHOLDER = re.compile(r"\{([^}]+)\}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation. `place`: path, query, body or header; `wire` is its name there when it differs."""

    name: str
    place: str = "body"
    type: str = "string"  # string, integer, number, boolean, array, object
    is_required: bool = False
    choices: tuple[str, ...] = ()
    wire: str | None = None


# Pagination. `items` is the path to the rows in the answer ("$" is the answer itself); paths are dotted, -1 is the last.


@dataclass(frozen=True, slots=True)
class Cursor:
    """The next page is asked for with a value from this one (a cursor, a token, or the last row's id)."""

    request: str
    next: str
    items: str = "data"
    more: str | None = None
    size: str | None = None
    max_size: int = 100


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
    """The answer's Link field names the next page (RFC 8288)."""

    items: str = "$"
    size: str | None = "per_page"
    max_size: int = 100


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


Pagination = Cursor | PageNumber | Offset | LinkHeader | NextUrl | GraphQLCursor


@dataclass(frozen=True, slots=True)
class Idempotency:
    """How the service recognises a call it has seen.

    place: header, body, query, or "graphql" (a directive's argument, passed as the variable `name`).
    lifetime_s: how long a key is remembered; a row first sent longer ago is never sent again by itself.
    replays_errors: a stored 5xx is given again for the same key.
    """

    name: str
    place: str = "header"
    methods: tuple[str, ...] = ("POST",)
    only: tuple[str, ...] = ()
    lifetime_s: float | None = None
    replays_errors: bool = False


@dataclass(frozen=True, slots=True)
class ErrorShape:
    """Where an error answer keeps its message and its code."""

    message: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class BaseParameter:
    """A part of the base URL. `derive` finds it in the credential's fields (a data centre in the key) when not given."""

    name: str
    default: str | None = None
    derive: Callable[[Mapping[str, str]], str | None] | None = None
    help: str = ""
    pattern: str = (
        r"[A-Za-z0-9][A-Za-z0-9._-]*"  # a value outside it could lead the credential to another host
    )


@dataclass(frozen=True, slots=True)
class Operation:
    """One call a service offers: `name` is what a person types, method and path what is sent.

    parameters:  all it takes besides those in the path; `is_open` accepts others as well (services add them).
    items:       path to the rows of a list when it differs from the pagination's own; `pagination` replaces it.
    body:        json, form, query or none, where it differs from the integration's.
    is_idempotent: sending it twice does no harm, where the method does not already say so.
    document:    the GraphQL text; parameters become its variables.
    """

    name: str
    method: str
    path: str
    parameters: tuple[Parameter, ...] = ()
    is_paginated: bool = False
    items: str | None = None
    pagination: Pagination | None = None
    body: str | None = None
    is_idempotent: bool | None = None
    is_open: bool = True
    document: str | None = None
    summary: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def path_parameters(self) -> tuple[str, ...]:
        """Return the names in the path's braces, in order."""
        return tuple(_PLACEHOLDER.findall(self.path))


@dataclass(frozen=True, slots=True)
class Integration:
    """A service Penstock can call, as its file in `integrations/` states it.

    classify:  reads an answer where the status does not tell (Slack's 200 with ok=false); None leaves it to the status.
    read_hint: what an answer says about the limits, where that is not in header fields `rate_headers` names.
    variant:   (credential fields, base parameters) → the plan or mode that picks among limits with `when`.
    adjust:    (operation name, parameters) → parameters, for what a service wants derived (an e-mail's hash).
    hints:     error code → what to do, in plain words.
    unverified: facts no source could be found for.
    """

    name: str
    title: str
    docs: str
    checked: str
    base_url: str
    auth: tuple[Scheme, ...]
    operations: tuple[Operation, ...]
    health: Operation
    base_parameters: tuple[BaseParameter, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: str = "json"
    limits: tuple[Limit, ...] = ()
    rate_headers: RateHeaders | None = None
    read_hint: Callable[[Response], RateLimitHint | None] | None = None
    classify: Callable[[Response], Verdict | None] | None = None
    idempotency: Idempotency | None = None
    pagination: Pagination | None = None
    errors: ErrorShape = ErrorShape()
    hints: Mapping[str, str] = field(default_factory=dict)
    variant: Callable[[Mapping[str, str], Mapping[str, str]], str | None] | None = None
    adjust: Callable[[str, dict[str, Any]], dict[str, Any]] | None = None
    safe_503: bool = False  # a 503 certainly had no effect
    timeout_s: float = 60.0
    category: str = ""
    graphql_path: str | None = None
    sandbox_base: Mapping[str, str] = field(default_factory=dict)
    unverified: tuple[str, ...] = ()
