"""What every integration file promises, whatever its service: one suite over all of them."""

from __future__ import annotations

import importlib
import re
from fnmatch import fnmatchcase
from importlib.resources import files

import pytest
from examples_of import FOLDER, NAMES, load, read_examples

from penstock.auth.schemes import choose_scheme
from penstock.catalog.definition import GraphQLCursor, Integration
from penstock.catalog.operations import OperationIndex, describe
from penstock.redact import Secret

every = pytest.mark.parametrize("name", NAMES)
_SNAKE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


def _files(integration: Integration) -> str:
    return importlib.import_module(f"penstock.integrations.{integration.name}").__doc__ or ""


def test_the_first_five_are_there() -> None:
    """Five services that differ are known by name."""
    assert {"github", "mailchimp", "shopify", "slack", "stripe"} <= set(NAMES)


def test_examples_and_integrations_belong_together() -> None:
    """Each integration has its examples, and each file of examples its integration."""
    assert sorted(path.stem for path in FOLDER.glob("*.py")) == NAMES


@every
def test_every_kind_of_example_is_given(name: str) -> None:
    """An integration shows answers, requests, refusals, pages, base URLs and credentials."""
    examples = read_examples(name)
    for kind in ("ANSWERS", "REQUESTS", "REFUSED", "PAGES", "BASES", "CREDENTIALS"):
        assert examples.get(kind), kind
    verdicts = str([example["verdict"] for example in examples["ANSWERS"]])
    for verdict in ("success", "throttled", "auth", "permanent", "transient", "uncertain"):
        assert verdict in verdicts, verdict


@every
def test_the_card_says_where_and_when(name: str) -> None:
    """The file opens with its title, the docs, the date, the quirks, and what nobody could verify."""
    integration, card = load(name), _files(load(name))
    assert integration.name == name
    assert card.startswith(f"{integration.title}: ")
    assert integration.docs in card and integration.docs.startswith("https://")
    assert re.search(rf"^checked +{integration.checked}", card, re.MULTILINE)
    assert re.fullmatch(r"20\d\d-\d\d", integration.checked)
    for heading in ("docs", "checked", "quirks", "unverified"):
        assert re.search(rf"^{heading} ", card, re.MULTILINE), heading
    assert integration.unverified, "nothing unverified is hard to believe"
    assert integration.category


@every
def test_operations_are_named_in_one_way(name: str) -> None:
    """Operation names are dotted snake_case, unique, and never both an operation and a group."""
    names = [operation.name for operation in load(name).operations]
    assert len(names) == len(set(names))
    assert 15 <= len(names) <= 30
    for one in names:
        assert _SNAKE.fullmatch(one), one
        assert not any(other.startswith(f"{one}.") for other in names), one


@every
def test_parameters_have_one_place_each(name: str) -> None:
    """Every parameter stands where its place says, once, and each name in a path is filled by one."""
    for operation in load(name).operations:
        declared = [parameter.name for parameter in operation.parameters]
        assert len(declared) == len(set(declared)), operation.name
        assert len(operation.path_parameters) == len(set(operation.path_parameters)), operation.name
        assert operation.path.startswith("/"), operation.name
        for parameter in operation.parameters:
            assert parameter.place in ("path", "query", "body", "header"), (
                f"{operation.name} {parameter.name}"
            )
            assert (parameter.place == "path") == (parameter.name in operation.path_parameters)
            if operation.method in ("GET", "HEAD"):
                assert parameter.place in ("path", "query"), f"{operation.name} {parameter.name}"


@every
def test_what_a_path_need_not_be_given_is_derived(name: str) -> None:
    """A name in a path that may be left out is one the file's `adjust` can make."""
    integration = load(name)
    for operation in integration.operations:
        left_out = set(operation.path_parameters) - set(operation.required)
        assert not left_out or integration.adjust is not None, f"{operation.name}: {left_out}"


@every
def test_limits_say_where_they_come_from(name: str) -> None:
    """Each limit has a source with a date, and speaks of operations, parameters and variants there are."""
    integration = load(name)
    names = [operation.name for operation in integration.operations]
    taken = {p.name for o in integration.operations for p in o.parameters}
    taken |= {p for o in integration.operations for p in o.path_parameters}
    assert integration.limits
    for limit in integration.limits:
        assert re.match(r"https://\S+, 20\d\d-\d\d$", limit.source), limit.text
        for pattern in limit.only:
            assert any(fnmatchcase(one, pattern) for one in names), f"{limit.text}: {pattern}"
        if limit.scope.startswith("parameter:"):
            assert limit.scope[10:] in taken, limit.text
        assert limit.when is None or integration.variant is not None, limit.text
        for operation in integration.operations:
            assert operation.units(limit, {}) > 0


@every
def test_every_variant_leaves_a_limit(name: str) -> None:
    """Whatever plan or mode is found, at least one limit holds, and each `when` is a variant some example finds or a plan."""
    integration = load(name)
    whens = {limit.when for limit in integration.limits if limit.when}
    allowed = {one for p in integration.base_parameters for one in p.pattern.split("|")}
    shown = {example.get("variant") for example in read_examples(name)["CREDENTIALS"]}
    assert whens <= shown | allowed
    for variant in shown:
        assert [limit for limit in integration.limits if limit.when in (None, variant)]


@every
def test_pages_can_be_walked(name: str) -> None:
    """A paginated operation knows its style and where its rows are, and takes the style's own parameters."""
    integration = load(name)
    for operation in integration.operations:
        style = operation.pagination or integration.pagination
        if not operation.is_paginated:
            continue
        assert style is not None, operation.name
        assert operation.items or getattr(style, "items", None), operation.name
        taken = {parameter.name for parameter in operation.parameters}
        wanted = {getattr(style, "request", None), style.size} - {None}
        assert wanted <= taken, f"{operation.name} does not take {wanted - taken}"
        assert operation.is_harmless_twice, operation.name
        if isinstance(style, GraphQLCursor):
            assert operation.document is not None and "pageInfo" in operation.document


@every
def test_health_is_harmless(name: str) -> None:
    """The health call exists, needs nothing, and may be sent as often as one likes."""
    integration = load(name)
    assert integration.health.required == ()
    assert integration.health.is_harmless_twice
    assert OperationIndex(integration).check(integration.health, {}) == {}


@every
def test_hints_are_sentences_that_help(name: str) -> None:
    """At least five errors come with a hint: a sentence that begins with a capital and ends with a full stop."""
    hints = load(name).hints
    assert len(hints) >= 5
    for code, hint in hints.items():
        assert re.fullmatch(r"[A-Z].{15,}\.", hint) or hint.endswith("ps.Limit(n, per=1.0)."), (
            f"{code}: {hint}"
        )


@every
def test_errors_have_a_message(name: str) -> None:
    """The file says where an error answer keeps its message and its code."""
    errors = load(name).errors
    assert errors.message and errors.code


@every
def test_each_way_to_sign_needs_fields(name: str) -> None:
    """Every auth kind names the fields it needs, and a credential of one `token` finds a way to sign."""
    integration = load(name)
    for scheme in integration.auth:
        assert scheme.fields
        assert getattr(scheme, "note", "")
    assert choose_scheme(integration.auth, {"token": Secret("abc")}) is not None


@every
def test_idempotency_speaks_of_real_operations(name: str) -> None:
    """A service's keys cover at least one of its operations, and none that is idempotent by itself."""
    integration = load(name)
    key = integration.idempotency
    if key is None:
        return
    names = {operation.name for operation in integration.operations}
    assert set(key.only) <= names
    assert any(key.covers(operation) for operation in integration.operations)
    for operation in integration.operations:
        if key.place == "graphql":
            assert key.covers(operation) == (f"${key.name}" in (operation.document or "")), operation.name


@every
def test_base_parameters_cannot_lead_elsewhere(name: str) -> None:
    """No base parameter accepts what would make another host of the address, and all those in it are declared."""
    integration = load(name)
    declared = {parameter.name for parameter in integration.base_parameters}
    texts = [integration.base_url, *(value for _, value in integration.headers)]
    assert {found for text in texts for found in re.findall(r"\{(\w+)\}", text)} <= declared
    for parameter in integration.base_parameters:
        assert parameter.help
        for bad in ("evil.example/", "a@b", "a:b@c", "a#b", "a?b", "a\nb", "a/../b", "x" * 3 + "/"):
            assert not re.fullmatch(parameter.pattern, bad), f"{parameter.name} accepts {bad!r}"
        for given in (parameter.default, integration.sandbox_base.get(parameter.name)):
            assert given is None or re.fullmatch(parameter.pattern, given), parameter.name


@every
def test_every_operation_describes_itself(name: str) -> None:
    """`?` shows an operation's name, method, path and everything it takes."""
    for operation in load(name).operations:
        shown = describe(operation)
        assert operation.method in shown and operation.path in shown
        for parameter in operation.parameters:
            assert parameter.name in shown, f"{operation.name} {parameter.name}"


def test_graphql_documents_are_graphql() -> None:
    """Every document parses, declares each variable it uses, and takes each parameter in one of them."""
    graphql = pytest.importorskip("graphql")
    found = [(o, load(name)) for name in NAMES for o in load(name).operations if o.document]
    assert len(found) >= 20
    for operation, integration in found:
        parsed = graphql.parse(operation.document)
        (definition,) = parsed.definitions
        variables = definition.variable_definitions or ()
        declared = {variable.variable.name.value for variable in variables}
        assert declared == set(operation.variables), operation.name
        used = set(re.findall(r"\$(\w+)", operation.document.partition("{")[2]))
        assert used == declared, operation.name
        assert operation.into is None or operation.into in declared, operation.name
        key = integration.idempotency
        own = {key.name} if key and key.covers(operation) else set()
        for parameter in operation.parameters:
            assert operation.into or parameter.name in declared, f"{operation.name} {parameter.name}"
        required = {v.variable.name.value for v in variables if v.type.kind == "non_null_type"}
        filled = set(operation.required) | own | ({operation.into} if operation.into else set())
        assert required <= filled, f"{operation.name}: {required - filled}"
        is_query = definition.operation.value == "query"
        assert not is_query or operation.is_harmless_twice, operation.name


def test_shopifys_documents_fit_the_schema() -> None:
    """Every document is valid by the schema the sandbox plays, and every parameter is a field of its input there."""
    graphql = pytest.importorskip("graphql")
    text = files("penstock.sandbox").joinpath("vendors", "shopify", "schema.graphql").read_text()
    schema = graphql.build_schema(text)
    assert graphql.validate(schema, graphql.parse("query { shop { nonsense } }"))
    for operation in load("shopify").operations:
        parsed = graphql.parse(operation.document)
        assert graphql.validate(schema, parsed) == [], operation.name
        for variable in parsed.definitions[0].variable_definitions or ():
            if variable.variable.name.value == operation.into:
                fields = graphql.get_named_type(graphql.type_from_ast(schema, variable.type)).fields
                assert {p.name for p in operation.parameters} - set(operation.variables) <= set(fields), (
                    operation.name
                )
                required = {name for name, field in fields.items() if graphql.is_required_input_field(field)}
                assert required <= set(operation.required), operation.name
