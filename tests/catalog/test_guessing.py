"""What is guessed of a description: pages in every style people use, and ways to sign."""

from __future__ import annotations

from typing import Any

import pytest

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
)
from penstock.catalog.guessing import find_rows, guess_pagination, read_auth

LIST = {"type": "array"}


def thing(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


@pytest.mark.parametrize(
    ("parameters", "answer", "wanted"),
    [
        (("cursor", "limit"), thing(data=LIST, next_cursor={}),
         Cursor("cursor", "next_cursor", "data", None, "limit")),
        (("pageToken", "pageSize"), thing(files=LIST, nextPageToken={}),
         Cursor("pageToken", "nextPageToken", "files", None, "pageSize")),
        (("starting_after", "limit"), thing(data=LIST, has_more={}),
         Cursor("starting_after", "data.-1.id", "data", "has_more", "limit")),
        (("after", "limit"), thing(results=LIST, paging=thing(next=thing(after={}))),
         Cursor("after", "paging.next.after", "results", None, "limit")),
        (("limit",), thing(items=LIST, links=thing(next={"type": "string"})), NextUrl("links.next", "items", "limit")),
        (("$top",), {"properties": {"value": LIST, "@odata.nextLink": {"type": "string"}}},
         NextUrl("@odata.nextLink", "value", "$top")),
        (("page", "per_page"), thing(users=LIST, total_pages={}),
         PageNumber("page", "users", "per_page", total_pages="total_pages")),
        (("page",), thing(data=LIST), PageNumber("page", "data", None)),
        (("offset", "limit"), thing(data=LIST, total={}),
         Offset("offset", "data", "limit", total="total")),
        (("per_page",), LIST, LinkHeader("$", "per_page")),
        (("q",), LIST, None),
        (("page", "per_page"), thing(name={}), None),
        (("page", "per_page"), None, None),
    ],
)  # fmt: skip
def test_pages_are_recognised(parameters: tuple[str, ...], answer: Any, wanted: Pagination | None) -> None:
    """Names and the answer's form give the style; a call that gives no list has no pages."""
    assert guess_pagination({name: {} for name in parameters}, answer) == wanted


def test_the_largest_page_and_the_first_are_taken_from_the_schema() -> None:
    """A maximum is the page's size; a default of 0 means that pages are counted from there."""
    parameters = {"page": {"type": "integer", "default": 0}, "size": {"maximum": 50}}
    assert guess_pagination(parameters, LIST) == PageNumber("page", "$", "size", 50, first=0)


@pytest.mark.parametrize(
    "answer", [thing(a=LIST, b=LIST), thing(a=None), {"properties": 7}, {"properties": {"x": []}}]
)
def test_what_is_not_clear_is_no_list(answer: Any) -> None:
    """Two unknown lists, or a schema that is none, are not guessed at."""
    assert find_rows(answer) is None


def test_schemes_become_ways_to_sign() -> None:
    """Bearer, Basic, keys in header and query, two keys together, OAuth 2; what `security` asks for comes first."""
    schemes = {
        "bearerAuth": {"type": "http", "scheme": "bearer"},
        "basic": {"type": "http", "scheme": "basic"},
        "ApiKeyAuth": {"type": "apiKey", "in": "header", "name": "X-Key"},
        "appKey": {"type": "apiKey", "in": "query", "name": "app"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
        "oauth": {
            "type": "oauth2",
            "flows": {"clientCredentials": {"tokenUrl": "https://t", "scopes": {"read": ""}}},
        },
        "broken": None,
    }
    found = read_auth(schemes, [{"ApiKeyAuth": [], "appKey": []}, {"basic": []}, {"unknown": []}, 7])
    assert [type(one) for one in found] == [ApiKeys, Basic, Bearer, ApiKey, ApiKey, OAuth2]
    assert found[0].fields == ("api_key_auth", "app_key")
    assert (
        found[5].grant == "client_credentials"
        and found[5].token == "https://t"
        and found[5].scopes == ("read",)
    )


def test_swagger_2_says_it_otherwise() -> None:
    """basic, apiKey in the Authorization field, and an OAuth flow of its own."""
    schemes = {
        "b": {"type": "basic"},
        "k": {"type": "apiKey", "in": "header", "name": "Authorization"},
        "o": {
            "type": "oauth2",
            "flow": "accessCode",
            "authorizationUrl": "https://a",
            "tokenUrl": "https://t",
        },
    }
    basic, key, oauth = read_auth(schemes, [])
    assert isinstance(basic, Basic) and isinstance(key, Bearer) and key.prefix == ""
    assert isinstance(oauth, OAuth2) and oauth.authorize == "https://a"
