"""What every integration file promises, whatever its service: one suite over all of them."""

from __future__ import annotations

import importlib
import re
from importlib.resources import files

import pytest
from described import UNDESCRIBED
from examples_of import FOLDER, NAMES, load, read_examples

from penstock.catalog.definition import Integration
from penstock.testing.conformance import PROMISES, Promise

every = pytest.mark.parametrize("name", NAMES)


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


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
@every
def test_it_keeps_the_promises_of_all(name: str, promise: Promise) -> None:
    """Each promise of the conformance suite that is shipped for everybody's integrations is kept by ours."""
    assert list(promise(load(name))) == []


@every
def test_it_names_what_people_use_most(name: str) -> None:
    """A handful more or less than the operations people use most; more where the vendor's description lacks them."""
    assert 15 <= len(load(name).operations) <= (90 if name in (*UNDESCRIBED, "microsoft_graph") else 35)


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
