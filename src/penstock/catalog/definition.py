"""The vocabulary in which an integration is written: what a service offers, and how it behaves.

Values only. What is done with them stands in the engine; what is odd about one service is a small function in
that service's file, named here in its declaration.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from penstock.auth.schemes import AddressKey, ApiKey, ApiKeys, Basic, Bearer, OAuth2, Scheme
from penstock.catalog.bulk import Bulk, BulkJob, JobItem, Part, in_order, traced
from penstock.catalog.pagination import (
    Cursor,
    GraphQLCursor,
    LinkHeader,
    NextCall,
    NextUrl,
    Offset,
    PageNumber,
    Pagination,
)
from penstock.catalog.parameters import Parameter, fields
from penstock.catalog.paths import dig, read
from penstock.catalog.webhooks import Signature, WebhookSource
from penstock.model import Headers, Json, Response, Verdict
from penstock.ratelimit.headers import RateHeaders, RateLimitHint
from penstock.ratelimit.instants import parse_duration
from penstock.ratelimit.limit import Limit

__all__ = [
    "AddressKey", "ApiKey", "ApiKeys", "BaseParameter", "Basic", "Bearer", "Bulk", "BulkJob", "Cursor", "ErrorShape",
    "GraphQLCursor", "Headers", "Idempotency", "Integration", "JobItem", "Json", "Limit", "LinkHeader", "NextCall",
    "NextUrl", "OAuth2", "Offset", "Operation", "PageNumber", "Pagination", "Parameter", "Part", "RateHeaders",
    "RateLimitHint", "Response", "Scheme", "Signature", "Verdict", "WebhookSource", "dig", "fields", "in_order",
    "parse_duration", "read", "traced",
]  # fmt: skip

_PLACEHOLDER = re.compile(r"\{([^}]+)\}")
_VARIABLE = re.compile(r"\$(\w+)\s*:")
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})


@dataclass(frozen=True, slots=True)
class Idempotency:
    """How the service recognises a call it has seen.

    name:  a dotted path where the body is wrapped: "data.attributes.unique_id".
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

    def covers(self, operation: Operation) -> bool:
        """Say whether the service knows a call of this operation again by its key."""
        return operation.method in self.methods and (not self.only or operation.name in self.only)


@dataclass(frozen=True, slots=True)
class ErrorShape:
    """Where an error answer keeps its message and its code: paths, tried in order until one leads to a text."""

    message: tuple[str, ...] = ()
    code: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BaseParameter:
    """A part of the base URL or of a header field, or a fact the limits depend on (the plan a shop is on).

    `derive` finds it in the credential's fields (a data centre in the key) when it is not given. A value that
    does not match `pattern` is refused.
    """

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

    parameters:  all it takes; those in the path need no mention unless they have a type or can be derived.
                 `is_open` accepts others as well (services add them).
    items:       path to the rows of a list when it differs from the pagination's own; `pagination` replaces it.
    is_idempotent: sending it twice does no harm, where the method does not already say so; False where the method
                 says so and a second sending would be refused, so that a success would look like a failure.
    path:        below the base URL; or a whole address, where the call lives on another of the service's hosts.
    body:        json, form, query, multipart, raw (the parameter with wire "$" is the body's bytes) or none, where it
                 differs from the integration's.
    document:    the GraphQL text; parameters become its variables.
    into:        of a GraphQL text, the variable whose fields those parameters become that are no variables themselves;
                 of a JSON body, the dotted path below which the parameters go ("properties", "data.attributes"),
                 without those whose wire begins with "/".
    fixed:       what a JSON body always holds besides: {"data": {"type": "profile"}}.
    cost:        units it takes of limits that are not counted in requests: a number, or a function of the parameters.
    bulk:        the operation that does many of these in one call: how, as a Bulk, so that batches use it by themselves;
                 or its name alone, where it is for a person to see.
    bulk_job:    how many of these are handed in as one job, for batches that ask for it.
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
    into: str | None = None
    fixed: Mapping[str, Json] | None = None
    cost: float | Callable[[Mapping[str, Any]], float] | None = None
    bulk: Bulk | str | None = None
    bulk_job: BulkJob | None = None

    def __post_init__(self) -> None:
        rest = "query" if self.method in ("GET", "HEAD", "DELETE") else "body"
        in_path = self.path_parameters
        placed = tuple(
            parameter
            if parameter.place
            else replace(parameter, place="path" if parameter.name in in_path else rest)
            for parameter in self.parameters
        )
        object.__setattr__(self, "parameters", placed)

    @property
    def path_parameters(self) -> tuple[str, ...]:
        """Return the names in the path's braces, in order."""
        return tuple(_PLACEHOLDER.findall(self.path))

    @property
    def required(self) -> tuple[str, ...]:
        """Return what must be given: names in the path first, without those the service's file derives."""
        derived = {p.name for p in self.parameters if p.place == "path" and not p.is_required}
        named = [name for name in self.path_parameters if name not in derived]
        return tuple(dict.fromkeys([*named, *(p.name for p in self.parameters if p.is_required)]))

    @property
    def positional(self) -> tuple[str, ...]:
        """Return what values without a name mean: the names in the path, or what a GraphQL text must be given.

        Those in the path that may be left out come last: messages.get("18c") names the message, not whose it is.
        """
        required = self.required
        if self.document:
            return required
        return tuple(sorted(self.path_parameters, key=lambda name: name not in required))

    @property
    def bulk_name(self) -> str | None:
        """Return the name of the operation that does many of these, None where there is none."""
        return None if self.bulk is None else str(self.bulk)

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the names of the variables the GraphQL text declares."""
        declared = (self.document or "").partition("{")[0]
        return tuple(_VARIABLE.findall(declared))

    @property
    def is_harmless_twice(self) -> bool:
        """Say whether it is idempotent by nature: by what its method means (RFC 9110 §9.2.2), or as declared."""
        return self.method in _IDEMPOTENT if self.is_idempotent is None else self.is_idempotent

    def units(self, limit: Limit, parameters: Mapping[str, Any]) -> float:
        """Return how many units of a limit one call takes."""
        if self.cost is not None and limit.unit != "requests":
            return self.cost(parameters) if callable(self.cost) else self.cost
        return limit.cost(self.method, parameters) if limit.cost is not None else 1.0


@dataclass(frozen=True, slots=True)
class Integration:
    """A service Penstock can call, as its file in `integrations/` states it.

    headers:   sent with every request; a value may hold base parameters in braces, and one left empty is not sent.
    classify:  reads an answer where the status does not tell (Slack's 200 with ok=false). Returns the status it should
               have had, from which verdict and error follow as from any status; a Verdict, where no status says it;
               or None, which leaves it to the status it has.
    read_hint: what an answer says about the limits, where that is not in header fields `rate_headers` names; None
               leaves it to the header fields.
    variant:   (credential fields, base parameters) → the plan or mode that picks among limits with `when`.
    adjust:    (operation name, parameters) → parameters, for what a service wants derived (an e-mail's hash); it
               comes before the parameters are checked.
    hosts:     other hosts its operations live on; the credential goes there as well. `*.example.com` is any below.
    form_lists: how a form writes a list: "indexed" (a[0]=x), "brackets" (a[]=x) or "repeated" (a=x&a=y).
    hints:     error code, message or status ("404") → what to do, in plain words.
    removed:   calls the vendor's description still has and the service has not, "GET /wiki/*"; they are not offered.
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
    classify: Callable[[Response], Verdict | int | None] | None = None
    idempotency: Idempotency | None = None
    pagination: Pagination | None = None
    errors: ErrorShape = ErrorShape()
    hints: Mapping[str, str] = field(default_factory=dict)
    variant: Callable[[Mapping[str, str], Mapping[str, str]], str | None] | None = None
    adjust: Callable[[str, dict[str, Any]], dict[str, Any]] | None = None
    safe_503: bool = False  # a 503 certainly had no effect
    timeout_s: float = 60.0
    hosts: tuple[str, ...] = ()
    form_lists: str = "indexed"
    category: str = ""
    graphql_path: str | None = None
    sandbox_base: Mapping[str, str] = field(default_factory=dict)
    webhooks: WebhookSource | None = None
    removed: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()

    def fill_headers(self, base_parameters: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """Return the header fields with the base parameters filled in, without those that are empty."""
        filled = ((name, value.format_map(base_parameters)) for name, value in self.headers)
        return tuple((name, value) for name, value in filled if value)
