"""What every integration promises, whoever wrote it: one suite over all of them, for yours too.

import pytest
from penstock.testing.conformance import PROMISES
from acme_penstock import integration

@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_it_keeps_its_promises(promise):
    assert list(promise(integration)) == []
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from penstock.auth.schemes import choose_scheme
from penstock.catalog.definition import GraphQLCursor, Integration
from penstock.catalog.operations import OperationIndex, describe
from penstock.errors import PenstockError
from penstock.redact import Secret

Promise = Callable[[Integration], Iterator[str]]

_SNAKE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_SOURCE = re.compile(r"https://\S+, 20\d\d-\d\d")
# Values that would lead the credential to another host, or to another path, if a part of the address could be one.
_ASTRAY = ("evil.example/", "a@b", "a:b@c", "a#b", "a?b", "a\nb", "a/../b", "xxx/")


def check(integration: Integration) -> list[str]:
    """Return every promise an integration breaks, in words; empty when it keeps them all."""
    return [f"{promise.__name__}: {complaint}" for promise in PROMISES for complaint in promise(integration)]


def introduces_itself(integration: Integration) -> Iterator[str]:
    """Its name can be typed, its documentation is at an address, and it says when it was checked against it."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", integration.name):
        yield f"the name {integration.name!r} is not lower-case letters, digits and underscores"
    if not integration.docs.startswith("https://"):
        yield "docs is no https address"
    if not re.fullmatch(r"20\d\d-\d\d(-\d\d)?", integration.checked):
        yield f"checked is {integration.checked!r}; it is a month, like 2026-11"


def names_operations_in_one_way(integration: Integration) -> Iterator[str]:
    """Operation names are dotted snake_case, unique, and never both an operation and a group."""
    names = [operation.name for operation in integration.operations]
    if not names:
        yield "there are no operations"
    for name in {name for name in names if names.count(name) > 1}:
        yield f"{name} is there twice"
    for name in names:
        if not _SNAKE.fullmatch(name):
            yield f"{name} is not dotted snake_case (group.action)"
        yield from (
            f"{other} lies below the operation {name}" for other in names if other.startswith(f"{name}.")
        )


def gives_each_parameter_one_place(integration: Integration) -> Iterator[str]:
    """Every parameter stands where its place says, once, and each name in a path is filled by one."""
    for operation in integration.operations:
        declared = [parameter.name for parameter in operation.parameters]
        in_path = operation.path_parameters
        if len(declared) != len(set(declared)) or len(in_path) != len(set(in_path)):
            yield f"{operation.name} takes a parameter twice"
        for parameter in operation.parameters:
            said = f"{operation.name}: {parameter.name}"
            if (parameter.place == "path") != (parameter.name in in_path):
                yield f"{said} is a path parameter that the path has not, or the other way round"
            if operation.method in ("GET", "HEAD") and parameter.place == "body":
                yield f"{said} would go into the body of a {operation.method}"


def stays_at_its_hosts(integration: Integration) -> Iterator[str]:
    """Every path is below the base URL, or a whole address at a host the integration names."""
    for operation in integration.operations:
        if operation.path.startswith("/"):
            continue
        parts = urlsplit(operation.path)
        if parts.scheme != "https" or not any(fnmatchcase(parts.netloc, host) for host in integration.hosts):
            yield f"{operation.name}: {operation.path} begins with no slash and is at none of {integration.hosts}"


def can_derive_what_it_does_not_ask_for(integration: Integration) -> Iterator[str]:
    """A name in a path that may be left out is one the file's `adjust` can make."""
    for operation in integration.operations:
        left_out = set(operation.path_parameters) - set(operation.required)
        if left_out and integration.adjust is None:
            yield f"{operation.name} does not ask for {', '.join(sorted(left_out))}, and nothing derives it"


def says_where_limits_come_from(integration: Integration) -> Iterator[str]:
    """Each limit has a source with a date, and speaks of operations, parameters and variants there are."""
    names = [operation.name for operation in integration.operations]
    taken = {p.name for o in integration.operations for p in o.parameters}
    taken |= {p for o in integration.operations for p in o.path_parameters}
    if not integration.limits:
        yield "no limit is declared"
    for limit in integration.limits:
        if not _SOURCE.fullmatch(limit.source):
            yield f"{limit.text}: source is {limit.source!r}; it is an address and a month"
        for pattern in (*limit.only, *limit.apart):
            if not any(fnmatchcase(name, pattern) for name in names):
                yield f"{limit.text}: no operation is called {pattern}"
        if limit.scope.startswith("parameter:") and limit.scope[10:] not in taken:
            yield f"{limit.text}: no operation takes {limit.scope[10:]}"
        if limit.when is not None and integration.variant is None:
            yield f"{limit.text}: nothing finds out whether {limit.when!r} holds"
        for operation in integration.operations:
            if not operation.units(limit, {}) > 0:
                yield f"{limit.text}: {operation.name} costs nothing"


def can_walk_its_pages(integration: Integration) -> Iterator[str]:
    """A paginated operation knows its style and where its rows are, and takes the style's own parameters."""
    for operation in integration.operations:
        style = operation.pagination or integration.pagination
        if not operation.is_paginated:
            continue
        if style is None:
            yield f"{operation.name} is paginated, and nobody says how"
            continue
        if not (operation.items or getattr(style, "items", None)):
            yield f"{operation.name} does not say where its rows are"
        taken = {parameter.name for parameter in operation.parameters}
        is_elsewhere = getattr(style, "follow", None) is not None  # the cursor goes to another call
        wanted = {None if is_elsewhere else getattr(style, "request", None), style.size} - {None}
        if wanted - taken:
            yield f"{operation.name} does not take {', '.join(sorted(map(str, wanted - taken)))}"
        if not operation.is_harmless_twice:
            yield f"{operation.name} is a list and not idempotent"
        if isinstance(style, GraphQLCursor) and "pageInfo" not in (operation.document or ""):
            yield f"{operation.name} does not ask for pageInfo"


def has_a_harmless_health_call(integration: Integration) -> Iterator[str]:
    """The health call needs nothing, and may be sent as often as one likes."""
    health = integration.health
    if health.required:
        yield f"it needs {', '.join(health.required)}"
    if not health.is_harmless_twice:
        yield "it is not idempotent"
    try:
        OperationIndex(integration).check(health, {})
    except PenstockError as exc:
        yield str(exc)


def gives_hints_that_help(integration: Integration) -> Iterator[str]:
    """At least five errors come with a hint: a sentence that begins with a capital and ends with a full stop."""
    if len(integration.hints) < 5:
        yield f"{len(integration.hints)} hints; the five errors its users meet most have one"
    for code, hint in integration.hints.items():
        if not (re.fullmatch(r"[A-Z`].{15,}\.", hint) or hint.endswith("ps.Limit(n, per=1.0).")):
            yield f"{code}: {hint!r} is no sentence"


def finds_the_words_of_an_error(integration: Integration) -> Iterator[str]:
    """It says where an error answer keeps its message and its code."""
    if not integration.errors.message:
        yield "errors has no path to the message"
    if not integration.errors.code:
        yield "errors has no path to the code"


def can_sign(integration: Integration) -> Iterator[str]:
    """Every auth kind names its fields and has a note; a credential of one `token` signs wherever one field is enough."""
    if not integration.auth:
        yield "there is no way to sign"
    for scheme in integration.auth:
        if not scheme.fields:
            yield f"{type(scheme).__name__} has no fields"
        if not getattr(scheme, "note", ""):
            yield f"{type(scheme).__name__} has no note"
    is_enough = any(len(scheme.fields) == 1 for scheme in integration.auth)
    if is_enough and choose_scheme(integration.auth, {"token": Secret("abc")}) is None:
        yield "a credential of one token does not sign"


def speaks_of_real_operations_in_its_keys(integration: Integration) -> Iterator[str]:
    """A service's idempotency keys cover at least one of its operations."""
    key = integration.idempotency
    if key is None:
        return
    unknown = set(key.only) - {operation.name for operation in integration.operations}
    if unknown:
        yield f"it knows no {', '.join(sorted(unknown))}"
    if not any(key.covers(operation) for operation in integration.operations):
        yield "the keys cover none of its operations"
    for operation in integration.operations:
        has_variable = f"${key.name}" in (operation.document or "")
        if key.place == "graphql" and key.covers(operation) != has_variable:
            yield f"{operation.name} and its document disagree about the key"


def keeps_its_address(integration: Integration) -> Iterator[str]:
    """No base parameter accepts what would make another host of the address, and all those in it are declared."""
    declared = {parameter.name for parameter in integration.base_parameters}
    texts = [integration.base_url, *(value for _, value in integration.headers)]
    found = {name for text in texts for name in re.findall(r"(?<!\{)\{(\w+)\}(?!\})", text)}
    if found - declared:
        yield f"{', '.join(sorted(found - declared))} is in the address and not declared"
    for parameter in integration.base_parameters:
        if not parameter.help:
            yield f"{parameter.name} has no help"
        for bad in _ASTRAY:
            if re.fullmatch(parameter.pattern, bad):
                yield f"{parameter.name} accepts {bad!r}"
        for given in (parameter.default, integration.sandbox_base.get(parameter.name)):
            if given is not None and not re.fullmatch(parameter.pattern, given):
                yield f"{parameter.name} refuses its own {given!r}"


def describes_its_operations(integration: Integration) -> Iterator[str]:
    """`?` shows an operation's name, method, path and everything it takes."""
    for operation in integration.operations:
        shown = describe(operation)
        names = [operation.method, operation.path, *(parameter.name for parameter in operation.parameters)]
        yield from (f"{operation.name} does not show {name}" for name in names if name not in shown)


PROMISES: tuple[Promise, ...] = (
    introduces_itself,
    names_operations_in_one_way,
    gives_each_parameter_one_place,
    stays_at_its_hosts,
    can_derive_what_it_does_not_ask_for,
    says_where_limits_come_from,
    can_walk_its_pages,
    has_a_harmless_health_call,
    gives_hints_that_help,
    finds_the_words_of_an_error,
    can_sign,
    speaks_of_real_operations_in_its_keys,
    keeps_its_address,
    describes_its_operations,
)
