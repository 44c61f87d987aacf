"""Tests of finding what answers a method and a path."""

from __future__ import annotations

from penstock.sandbox.routes import Routes

ROUTES: Routes[str] = Routes(
    {
        "GET /v1/customers": "list",
        "POST /v1/customers": "create",
        "GET /v1/customers/search": "search",
        "GET /v1/customers/{customer}": "get",
        "GET /repos/{owner}/{repo}/contents/{path*}": "contents",
        "GET /repos/{owner}/{repo}/contents": "root",
        "POST /cells/{range}": "write",
        "POST /cells/{range}:append": "append",
        "POST /cells/{range}:clear": "clear",
    }
)


def test_fixed_parts_win_over_values():
    """/customers/search is the search, every other /customers/x a customer."""
    assert ROUTES.find("GET", "/v1/customers/search") == ("GET /v1/customers/search", "search", {})
    assert ROUTES.find("GET", "/v1/customers/cus_1") == (
        "GET /v1/customers/{customer}",
        "get",
        {"customer": "cus_1"},
    )


def test_values_are_decoded_once_and_may_not_be_empty():
    """A percent-encoded slash stays inside its value; an empty value is no match."""
    found = ROUTES.find("GET", "/v1/customers/a%2Fb%2520")
    assert found is not None and found[2] == {"customer": "a/b%20"}
    assert ROUTES.find("GET", "/v1//customers") is None


def test_the_rest_of_a_path_keeps_its_slashes():
    """{path*} takes everything that follows."""
    found = ROUTES.find("GET", "/repos/o/r/contents/docs/a%20b.md")
    assert found is not None
    assert found[1:] == ("contents", {"owner": "o", "repo": "r", "path": "docs/a b.md"})


def test_another_method_is_no_match_but_is_known():
    """A path that answers other methods says which."""
    assert ROUTES.find("DELETE", "/v1/customers") is None
    assert ROUTES.methods("/v1/customers") == ["GET", "POST"]


def test_a_value_may_end_in_fixed_text():
    """/cells/A1:append appends to A1, whatever else is there, and /cells/A1%3AB2 writes to A1:B2."""
    found = [ROUTES.find("POST", f"/cells/{text}") for text in ("A1:append", "A1%3AB2:clear", "A1%3AB2")]
    assert [one and one[1:] for one in found] == [
        ("append", {"range": "A1"}),
        ("clear", {"range": "A1:B2"}),
        ("write", {"range": "A1:B2"}),
    ]


def test_a_part_may_begin_and_end_in_fixed_text() -> None:
    """The value is what stands between; without the text around it nothing is found."""
    routes = Routes({"GET /range(address='{address}')": "range", "GET /{other}": "other"})
    assert routes.find("GET", "/range(address='A1%3AB2')") == (
        "GET /range(address='{address}')",
        "range",
        {"address": "A1:B2"},
    )
    assert routes.find("GET", "/range(A1)")[1] == "other"
