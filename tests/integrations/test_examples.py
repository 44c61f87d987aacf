"""What services really answer and want, example by example, through the corridor's own reading of it."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from examples_of import build_response, cases, load, read_examples

from penstock.auth.schemes import choose_scheme
from penstock.catalog.explain import explain
from penstock.catalog.operations import OperationIndex
from penstock.engine.answers import judge
from penstock.engine.paginate import read_page
from penstock.engine.prepare import Recipe
from penstock.errors import PenstockError, ResponseUnreadable
from penstock.model import Call
from penstock.redact import Secret

NOW = 1795399200.0  # Mon, 23 Nov 2026 02:00:00 GMT


def _judge(name: str, example: dict[str, Any], *, resendable: bool) -> tuple[str, Any, int | None]:
    desk = SimpleNamespace(integration=load(name), clock=SimpleNamespace(wall=lambda: NOW))
    request = SimpleNamespace(is_resendable=resendable)
    trip = SimpleNamespace(
        request=request, call=SimpleNamespace(idempotency_key=None), status=example["status"]
    )
    verdict, hint = judge(desk, trip, build_response(example))  # type: ignore[arg-type]
    return str(verdict), hint, trip.status


@pytest.mark.parametrize(("name", "example"), cases("ANSWERS"))
def test_an_answer_means_what_it_should(name: str, example: dict[str, Any]) -> None:
    """Each answer gets its verdict, for a call that may be sent twice and for one that may not."""
    wanted = example["verdict"]
    for kind, resendable in (("resendable", True), ("otherwise", False)):
        verdict, _, _ = _judge(name, example, resendable=resendable)
        assert verdict == (wanted[kind] if isinstance(wanted, dict) else wanted), kind


@pytest.mark.parametrize(("name", "example"), [case for case in cases("ANSWERS") if "hint" in case.values[1]])
def test_an_answer_says_what_it_says_of_limits(name: str, example: dict[str, Any]) -> None:
    """What an answer tells of the limits is read as stated."""
    _, hint, _ = _judge(name, example, resendable=True)
    assert hint is not None
    assert {field: getattr(hint, field) for field in example["hint"]} == example["hint"]


@pytest.mark.parametrize(
    ("name", "example"), [case for case in cases("ANSWERS") if case.values[1]["verdict"] != "success"]
)
def test_an_error_is_told_in_words(name: str, example: dict[str, Any]) -> None:
    """Message and code are found where the service keeps them, and the errors people meet most come with a hint."""
    _, _, means = _judge(name, example, resendable=True)
    assert means == example.get("means", means)
    response = build_response(example)
    try:
        data = response.data
    except ResponseUnreadable:
        data = None
    explained = explain(load(name), means or response.status, data)
    assert explained.code == example.get("code", explained.code)
    assert explained.message == example.get("message", explained.message)
    if isinstance(data, dict):
        assert explained.message, "an error body without a message"
    if example.get("has_hint"):
        assert explained.hint, f"no hint for {explained.code} / {explained.message}"


def _fill(name: str, example: dict[str, Any]) -> Any:
    integration = load(name)
    base = read_examples(name)["BASES"][0]
    index = OperationIndex(integration)
    operation = index.get(example["operation"])
    recipe = Recipe(integration, operation, base["url"], ())
    call = Call(operation.name, index.check(operation, example["given"]), "KEY")
    return recipe, recipe.fill(call)


@pytest.mark.parametrize(("name", "example"), cases("REQUESTS"))
def test_a_call_becomes_the_request_it_should(name: str, example: dict[str, Any]) -> None:
    """Method, address, body and header fields are what the service documents."""
    recipe, request = _fill(name, example)
    assert request.method == recipe.operation.method
    if "url" in example:
        assert (*urlsplit(request.url)[:3], parse_qsl(urlsplit(request.url).query)) == (
            *urlsplit(example["url"])[:3],
            parse_qsl(urlsplit(example["url"]).query),
        )
    if "variables" in example:
        sent = json.loads(request.body)
        assert sent["variables"] == example["variables"]
        assert f"{{ {example['root']}" in sent["query"]
        assert f"@{example.get('directive', '')}" in f"{sent['query']}@"
    elif isinstance(example.get("body"), str):
        assert request.body == example["body"].encode()
    elif "body" in example:
        assert json.loads(request.body) == example["body"]
    headers = dict(request.headers)
    assert headers.items() >= example.get("headers", {}).items()
    assert not headers.keys() & set(example.get("no_headers", ()))
    if "is_resendable" in example:
        assert request.is_resendable is example["is_resendable"]


@pytest.mark.parametrize(("name", "example"), cases("REFUSED"))
def test_a_call_that_cannot_succeed_is_not_sent(name: str, example: dict[str, Any]) -> None:
    """A missing, misspelt or unfit parameter is refused before sending, in words that name it."""
    with pytest.raises(PenstockError) as caught:
        _fill(name, example)
    assert example["says"] in str(caught.value)
    assert caught.value.operation == example["operation"] and caught.value.integration == name


@pytest.mark.parametrize(("name", "example"), cases("PAGES"))
def test_a_page_shows_its_rows_and_the_way_on(name: str, example: dict[str, Any]) -> None:
    """The rows of a page and the next page are found; the last page leads nowhere."""
    integration = load(name)
    operation = OperationIndex(integration).get(example["operation"])
    style = operation.pagination or integration.pagination
    page = read_page(operation, style, example.get("asked", {}), build_response(example))
    assert page.items == example["items"]
    assert page.next_parameters == example.get("next")
    assert page.next_url == example.get("next_url")


@pytest.mark.parametrize(("name", "example"), cases("BASES"))
def test_the_address_is_filled(name: str, example: dict[str, Any]) -> None:
    """Base URL and header fields are filled from what was given and the defaults."""
    integration = load(name)
    values = {p.name: p.default or "" for p in integration.base_parameters} | example["given"]
    assert integration.base_url.format_map(values) == example["url"]
    headers = integration.fill_headers(values)
    assert dict(headers).items() >= example["headers"].items()
    assert all(value for _, value in headers)


@pytest.mark.parametrize(("name", "example"), cases("CREDENTIALS"))
def test_a_credential_signs_and_tells_its_kind(name: str, example: dict[str, Any]) -> None:
    """A credential becomes the right header field, and says which limits and which host are its own."""
    integration = load(name)
    credential = example["credential"]
    chosen = choose_scheme(integration.auth, {field: Secret(value) for field, value in credential.items()})
    assert chosen is not None
    headers = chosen[0].headers(chosen[1])
    if "authorization" in example:
        assert headers == (("Authorization", example["authorization"]),)
    if "header" in example:
        assert headers == (example["header"],)
    derived = {p.name: p.derive(credential) for p in integration.base_parameters if p.derive}
    assert derived.items() >= {k: v for k, v in example.get("base", {}).items() if k in derived}.items()
    if integration.variant is not None:
        assert integration.variant(credential, example.get("base", {})) == example["variant"]
