"""The catalogue's operations beside those the integrations' files name."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from keyword import iskeyword
from typing import Any
from urllib.parse import urlsplit

import pytest

from penstock.catalog import operations
from penstock.catalog.catalogue import Catalogue, find_folder, find_root, read_data
from penstock.catalog.check import Check
from penstock.catalog.definition import ApiKey, Idempotency, Integration, Operation, Parameter, fields
from penstock.catalog.described import erase
from penstock.catalog.operations import OperationIndex
from penstock.catalog.registry import Registry
from penstock.engine.prepare import Recipe
from penstock.errors import UnknownName
from penstock.model import Call

REGISTRY = Registry()
STRIPE = REGISTRY.get("stripe")
DATA = {path.name.removesuffix(".gz") for path in find_folder().iterdir() if path.name.endswith(".gz")}
NAMES = sorted(DATA & set(REGISTRY.names()))
LEAST = {
    "microsoft_graph": 5000,
    "cloudflare": 1300,
    "github": 1100,
    "twilio": 1300,
    "stripe": 400,
    "linear": 350,
}
every = pytest.mark.parametrize("name", NAMES)
VALUES: dict[str, Any] = {
    "string": "a text", "integer": 7, "number": 1.5, "boolean": True, "array": ["a"], "object": {"a": 1}, "csv": ["a", "b"],
    "path": "a/b", "any": "x",
}  # fmt: skip


def small(lines: list[str], *named: Operation, **more: Any) -> Catalogue:
    """Return the catalogue of an integration with these operations of its own."""
    integration = Integration(
        **{
            "name": "acme", "title": "Acme", "docs": "", "checked": "", "base_url": "https://api.acme.example/v1", "auth": (),
            "operations": named, "health": Operation("ping", "GET", "/ping"), **more,
        }
    )  # fmt: skip
    return Catalogue(integration, lines)


def line(name: str, method: str = "GET", path: str = "/v1/things", body: str = "", takes: str = "") -> str:
    """Return one line of data."""
    return "\t".join([name, method, path, body, "", takes])


# Every integration


@every
def test_every_operation_makes_a_request(name: str) -> None:
    """With a value for each parameter, each becomes a request, through the file's own `adjust`; no brace is left in it."""
    integration = REGISTRY.get(name)
    base = integration.base_url.replace("{{", "<").replace("}}", ">").replace("{", "").replace("}", "")
    named = {operation.name for operation in integration.operations}
    for operation in OperationIndex(integration):
        if operation.name in named:
            continue
        given: dict[str, Any] = dict.fromkeys(operation.path_parameters, "x1")
        given |= {p.name: p.choices[0] if p.choices else VALUES[p.type] for p in operation.parameters}
        recipe = Recipe(integration, operation, base, ())
        request = recipe.fill(
            Call(operation.name, Check(operation, name, integration.adjust)(given), "a-key")
        )
        assert "{" not in request.url and request.url.startswith("https://"), operation.name
        if operation.method in ("POST", "PUT", "PATCH"):
            assert request.body is not None, operation.name


@every
def test_what_the_file_names_comes_first(name: str) -> None:
    """No call is offered twice, no name is in another's way, and each can be typed."""
    integration = REGISTRY.get(name)
    index = OperationIndex(integration)
    named = {operation.name for operation in integration.operations}
    assert set(index.names()[: len(named)]) == named and len(set(index.names())) == len(index)
    known = {(o.method, erase(o.path), find_root(o.document)) for o in integration.operations}
    for one in index:
        if one.name in named:
            continue
        assert (one.method, erase(one.path), find_root(one.document)) not in known, one.name
        parts = one.name.split(".")
        assert 2 <= len(parts) <= 4, one.name
        assert all(part.isidentifier() and not iskeyword(part) and part[0] != "_" for part in parts), one.name
        names = [p.name for p in one.parameters]
        assert len(set(names)) == len(names), one.name
        assert all(word.isidentifier() and not iskeyword(word) for word in (*names, *one.path_parameters))
        if "://" in one.path:
            assert _is_own(integration, one.path), one.path
    index.tree()  # which says so where an operation is also a group


def _is_own(integration: Integration, path: str) -> bool:
    host = urlsplit(path).netloc
    own = urlsplit(integration.base_url).netloc
    return host == own or any(fnmatchcase(host, pattern) for pattern in integration.hosts)


@every
def test_what_has_pages_can_be_walked(name: str) -> None:
    """A list in pages takes what its style asks with, knows where its rows are, and does no harm twice."""
    integration = REGISTRY.get(name)
    for operation in OperationIndex(integration):
        if operation.is_paginated:
            style = operation.pagination or integration.pagination
            assert style is not None and (operation.items or getattr(style, "items", None)), operation.name
            assert operation.is_harmless_twice, operation.name


@pytest.mark.parametrize("name", sorted(set(LEAST) & set(NAMES)))
def test_the_large_ones_are_there(name: str) -> None:
    """Services that can do a thousand things offer a thousand."""
    assert len(OperationIndex(REGISTRY.get(name))) >= LEAST[name]


# How lines become operations


def test_a_call_the_file_names_is_not_offered_again() -> None:
    """Whatever its parameters are called, and wherever the base URL begins; another method is another call."""
    own = Operation("things.fetch", "GET", "/things/{id}")
    found = small(
        [line("things.get", path="/v1/things/{thing_id}"), line("things.delete", "DELETE", "/v1/things/{x}")],
        own,
    )
    assert found.names == ("things.delete",)
    account = {"base_url": "https://api.acme.example/v1/accounts/{account}"}
    found = small(
        [line("a.get", path="/v1/accounts/{Sid}/things/{x}"), line("a.list", path="/v1/accounts/{Sid}/all")],
        own,
        **account,
    )
    assert [found.build(name).path for name in found.names] == ["/all"]


def test_names_in_the_files_way_change() -> None:
    """Equal to a name, a group of it, or below it: the catalogue's gives way, and no other of its own changes."""
    own = [
        Operation("things.list", "GET", "/all"),
        Operation("files.copy", "POST", "/copy"),
        Operation("a.b.get", "GET", "/a"),
    ]
    lines = [
        line("things.list"), line("files.copy.check", path="/v1/files/check"), line("a.b", "POST", "/v1/a/b"),
        line("things.other", path="/v1/other"),
    ]  # fmt: skip
    found = small(lines, *own)
    assert found.names == ("things.other", "things.list_get", "files.copy_check", "a.b_post")
    assert found.build("things.list_get").path == "/things"


def test_only_hosts_the_credential_is_for() -> None:
    """A call on another host is offered where the file names the host; above the base URL it has its whole address."""
    lines = [line("a.b", path="https://files.acme.example/v1/x"), line("a.c", path="/oauth/token")]
    assert small(lines).names == ("a.c",)
    assert small(lines).build("a.c").path == "https://api.acme.example/oauth/token"
    assert small(lines, hosts=("*.acme.example",)).names == ("a.b", "a.c")
    assert small(lines, base_url="https://{shop}.acme.example/v1").names == ()


def test_what_signing_gives_is_no_parameter() -> None:
    """Keys, the integration's header fields and the idempotency key are put in by themselves."""
    lines = [
        line("a.b", "POST", takes="?key! @x_version~X-Version! request_id! name!"),
        line("a.c", "PUT", takes="request_id!"),
    ]
    found = small(
        lines,
        auth=(ApiKey(parameter="key"),),
        headers=(("x-version", "7"),),
        idempotency=Idempotency("request_id", place="body"),
    )
    assert found.build("a.b").parameters == (Parameter("name", "body", is_required=True),)
    assert found.build("a.c").required == ("request_id",)  # a call the key does not cover


def test_graphql_calls_go_to_the_integrations_path() -> None:
    """They are known by the field they ask for, and there are none where the service has no such path."""
    lines = [
        "\t".join(
            [
                "issues.get",
                "POST",
                "",
                "",
                "",
                "id!",
                "",
                "query issue($id: String!) { issue(id: $id) { id } }",
            ]
        ),
        "\t".join(["viewer.get", "POST", "", "", "", "", "", "query viewer { viewer { id } }"]),
    ]
    own = Operation(
        "issues.one",
        "POST",
        "/graphql",
        fields("id!"),
        document="query issue($id: String!) { issue(id: $id) { id } }",
    )
    assert small(lines).names == ()
    found = small(lines, own, graphql_path="/graphql")
    assert found.names == ("viewer.get",)
    viewer = found.build("viewer.get")
    assert (
        viewer.path == "/graphql"
        and viewer.is_harmless_twice
        and list(found.roots()) == [("viewer.get", "viewer")]
    )


# When the data is read


def test_nothing_is_read_for_what_the_file_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking up, checking and calling named operations reads no data; asking for more does, once: the control."""
    read: list[str] = []

    def spy(name: str) -> list[str]:
        read.append(name)
        return read_data(name)

    monkeypatch.setattr(operations, "read_data", spy)
    index = OperationIndex(STRIPE)
    assert index.check(index.get("customers.create"), {"email": "a@b.co"}) == {"email": "a@b.co"}
    assert "customers.create" in index
    assert read == []
    assert "payouts.reverse" in index and "customers.befriend" not in index
    assert index.get("payouts.reverse") is index.get("payouts.reverse")
    index.children(""), index.names(), index.search("payout"), index.match("GET", "/v1/payouts"), len(index)
    assert read == ["stripe"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda index: index.names(), lambda index: index.children("customers."), lambda index: index.has_group("payouts"),
        lambda index: index.search("payout"), lambda index: index.match("GET", "/v1/x"), lambda index: index.tree(), len, list,
    ],
)  # fmt: skip
def test_listing_looks_further_than_the_file(monkeypatch: pytest.MonkeyPatch, ask: Any) -> None:
    """Names, groups, search, paths and counts take in the catalogue: each would fail with it."""

    def fail(name: str) -> list[str]:
        raise OSError(name)

    monkeypatch.setattr(operations, "read_data", fail)
    with pytest.raises(OSError, match="stripe"):
        ask(OperationIndex(STRIPE))


def test_names_alone_build_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """TAB, completions and searches of thousands make no Operation but those they return."""
    built: list[str] = []
    build = Catalogue.build

    def spy(self: Catalogue, name: str) -> Operation:
        built.append(name)
        return build(self, name)

    monkeypatch.setattr(Catalogue, "build", spy)
    index = OperationIndex(STRIPE)
    assert (
        "payouts" in index.children("")
        and "reverse" in index.children("payouts.")
        and index.has_group("payouts")
    )
    assert len(index.names()) > 400 and index.match("GET", "/v1/nothing/here") is None
    with pytest.raises(UnknownName, match=r"payouts\.reverse"):
        index.get("payouts.revers")
    assert built == []
    assert index.match("POST", "/v1/payouts/po_1/reverse") is index.get("payouts.reverse")
    assert built == ["payouts.reverse"]


def test_an_integration_without_data_has_its_file() -> None:
    """Other people's services, and those nobody describes, offer what their file names."""
    other = replace(STRIPE, name="stripe_of_theirs")
    assert OperationIndex(other).names() == tuple(operation.name for operation in STRIPE.operations)
    with pytest.raises(UnknownName):
        OperationIndex(other).get("payouts.reverse")


def test_what_a_service_has_removed_is_not_offered() -> None:
    """A call the description still has is left out where the file says that it is gone, by its very path."""
    lines = [line("geese.list", path="/v1/geese"), line("swans.list", path="/v1/swans")]
    assert set(small(lines).names) == {"geese.list", "swans.list"}
    assert set(small(lines, removed=("GET /swans",)).names) == {"geese.list"}
    paths = [operation.path for operation in OperationIndex(REGISTRY.get("bitbucket"))]
    assert paths and not any("/issues" in path for path in paths)
