"""Cards: what they say, what they escape, how much they take."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from penstock.cards import card, render_connection, render_error, render_response, render_tree
from penstock.errors import NotFound
from penstock.model import Headers, Response
from penstock.redact import Secret

NASTY = "<img src=x onerror=alert(1)></script>\"'"
SHOWN: dict[str, Any] = {
    "title": "Stripe",
    "account": "acme (sandbox)",
    "base_url": "https://api.stripe.com",
    "credential": "in place",
    "breaker": "closed",
    "breaker_why": None,
    "limits": ["25 requests / 1 s (24 left)", "100 at once (100 left)"],
    "closed": None,
    "waiting": 0,
    "operations": 57,
    "docs": "https://docs.stripe.com/api",
}


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str | None] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href"]
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


def response(body: Any, **changes: Any) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {"elapsed": 0.0834, "operation": "customers.create", "integration": "stripe", **changes}
    return Response(200, Headers({"request-id": "req_7"}), raw, **given)


def test_a_connection_says_what_it_is() -> None:
    """The card has account, credential, breaker, every limit, the number of operations and a link to the docs."""
    shown = read(render_connection(SHOWN))
    for part in ("Stripe", "acme (sandbox)", "in place", "closed", "24 left", "100 at once", "57"):
        assert part in shown.text
    assert "https://docs.stripe.com/api" in shown.links


def test_many_limits_are_told_briefly() -> None:
    """Limits that read alike stand once, and of many the first six with the number of the others."""
    limits = [f"{n} requests / 1 s" for n in range(9)] * 2
    text = read(render_connection({**SHOWN, "limits": limits})).text
    assert text.count("requests / 1 s") == 6 and "and 3 more: .limits" in text


def test_trouble_is_on_the_card() -> None:
    """An open breaker with its reason, a closed limit and waiting calls are said."""
    trouble = {
        "breaker": "open",
        "breaker_why": "8 of 10 calls failed",
        "closed": "closed for 12 s",
        "waiting": 3,
    }
    text = read(render_connection({**SHOWN, **trouble})).text
    assert "open · 8 of 10 calls failed" in text and "closed for 12 s" in text and "3 calls wait" in text


def test_nothing_from_outside_becomes_markup() -> None:
    """Markup in every field of a connection, a response and an error arrives as text; only https links are links."""
    nasty = {name: NASTY if isinstance(value, str) else value for name, value in SHOWN.items()}
    drawn = [
        render_connection({**nasty, "limits": [NASTY], "docs": "javascript:alert(1)"}),
        render_response(response({NASTY: [NASTY, {NASTY: NASTY}]}, operation=NASTY)),
        render_response(response(f"<html>{NASTY}".encode())),
        render_error(NotFound(NASTY, hint=NASTY, integration=NASTY, row=NASTY)),
        card(NASTY, [(NASTY, NASTY)], [(NASTY, "")], subtitle=NASTY),
    ]
    for html in drawn:
        shown = read(html)
        assert {"img", "script"} & set(shown.tags) == set()
        assert [link for link in shown.links if not str(link).startswith("https://")] == []
        assert "<img" in shown.text


def test_a_response_says_how_it_went() -> None:
    """Status, operation, size, time, attempts and the request's id stand above the answer."""
    text = read(render_response(response({"id": "cus_1", "live": False, "note": None}, attempts=3))).text
    for part in (
        "200",
        "stripe customers.create",
        "0.083 s",
        "3 attempts",
        "req_7",
        'id: "cus_1"',
        "live: false",
        "note: null",
    ):
        assert part in text


def test_an_answer_that_is_not_json_is_shown_as_text() -> None:
    """An HTML page instead of JSON is shown as what it is, with the reason."""
    text = read(render_response(response(b"<html><h1>502 Bad Gateway</h1>"))).text
    assert "not JSON" in text and "502 Bad Gateway" in text


def test_inner_levels_are_folded() -> None:
    """The first level is open, each level below it is a <details> that says how much it holds."""
    shown = read(render_tree({"a": {"b": {"c": 1}}, "list": [1, 2, 3]}))
    assert shown.tags.count("details") == 3
    assert "list · 3 items" in shown.text and "a · 1 field" in shown.text


def test_a_huge_answer_makes_a_small_card() -> None:
    """A hundred thousand rows, long texts and deep nesting stay under 200 kB, and what is left out is said."""
    deep: Any = 1
    for _ in range(500):
        deep = {"deeper": deep}
    html = render_tree({"rows": [{"n": n, "text": "x" * 5000} for n in range(100_000)], "deep": deep})
    assert len(html) < 200_000
    assert re.search(r"… 99,9\d\d more", read(html).text)


def test_secrets_are_taken_out() -> None:
    """A secret that comes back in an answer is hidden on its card."""
    secret = Secret("canary-3141-canary")
    assert secret.reveal() not in render_response(
        response({"echo": f"Bearer {secret.reveal()}", secret.reveal(): 1})
    )


@pytest.mark.parametrize("value", [None, True, 0, 1, 1.5, "", [], {}, "é漢🦆"])
def test_any_json_can_be_drawn(value: Any) -> None:
    """A bare JSON value of any kind has a tree."""
    assert read(render_tree(value)).text
