"""Tests of hostile input at the sandbox's sign-ins: odd addresses, markup, bodies that are none, ends that are none."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from oauth_person import FORM, REDIRECT, App, send

from penstock.auth.tokens import Grant
from penstock.sandbox.oauth.facts import REGISTERED
from penstock.sandbox.server import Sandbox
from penstock.testing import FakeClock


@pytest.fixture
def open_app(make_box: Callable[..., Sandbox]) -> Callable[..., App]:
    """Open an app at a vendor of a sandbox of its own: open_app("github", 2)."""

    def open_one(name: str, index: int | None = None) -> App:
        clock = FakeClock()
        return App(make_box(names=[name], clock=clock), name, index, clock)

    return open_one


ODD = [
    "javascript:alert(1)", "data:text/html,x", "//evil.example/cb", "/callback", "", "http://127.0.0.1.evil.com/cb",
    "http://evil.com/cb", "https://127.0.0.1/cb", "http://127.0.0.1@evil.com/cb", "http://user:pw@127.0.0.1/cb",
    "http://127.0.0.1\\@evil.com/cb", "http://127.0.0.1/cb#part", "http://127.0.0.1:0/cb", "http://127.0.0.1:99999/cb",
    "http://127.0.0.1:port/cb", "http://127.0.0.1/\r\nSet-Cookie: a=b", "http://[::1/cb", "HTTP://EVIL.COM", "http:///cb",
    "http://localhost.evil.com/", f"{REGISTERED}/more", f"{REGISTERED}?a=b", REGISTERED.upper(), "http://127.0.0.1/" + "a" * 2000,
    "urn:ietf:wg:oauth:2.0:oob", "http://127.1/cb", "http://0.0.0.0/cb", "http://①27.0.0.1/cb",
]  # fmt: skip


@pytest.mark.parametrize("place", ODD)
def test_no_sign_in_ends_at_an_odd_address(open_app, place):
    """A redirect_uri that is neither on this machine nor registered is a page that says so, whatever else is asked."""
    app = open_app("github", 2)
    start, _, query = app.begin().address.partition("?")
    pairs = {key: values[0] for key, values in parse_qs(query).items()}
    for more in ({"approve": "1"}, {"state": ""}, {"response_type": "token"}):
        answer = send("GET", f"{start}?{urlencode({**pairs, 'redirect_uri': place, **more})}")
        assert answer.status == 400 and answer.headers.get("location") is None
        assert b"redirect_uri" in answer.body
    answer = send("POST", f"{start}?{urlencode({**pairs, 'redirect_uri': place})}", b"answer=allow", **FORM)
    assert answer.status == 400 and answer.headers.get("location") is None


@pytest.mark.parametrize(
    "place", [REDIRECT, "http://localhost/cb?a=b", "http://[::1]:8000/cb", "http://127.0.0.1", REGISTERED]
)
def test_a_sign_in_ends_on_this_machine_or_where_it_was_registered(open_app, place):
    """Loopback with any port, path and query, and the registered address, get the code; the query there stays."""
    app = open_app("github", 2)
    begun = app.begin(redirect_uri=place)
    back = app.allow(begun)
    assert back.startswith(place)
    assert isinstance(app.fetch(begun, back), Grant)


def test_hostile_words_come_back_as_text(open_app):
    """Markup in scopes, state, client ids and accounts is nowhere in a page as markup, and splits no header field."""
    app = open_app("github", 2)
    start, _, query = app.begin().address.partition("?")
    pairs = {key: values[0] for key, values in parse_qs(query).items()}
    evil = "\"'><script>alert(1)</script>"
    for changed in ({"scope": evil}, {"state": evil}, {"client_id": evil}, {"as": evil}, {evil: evil}):
        page = send("GET", f"{start}?{urlencode({**pairs, **changed})}")
        assert b"<script" not in page.body and b"alert(1)</" not in page.body
        assert "default-src 'none'" in str(page.headers["content-security-policy"])
    split = {**pairs, "state": "a\r\nSet-Cookie: b=c", "approve": "1"}
    back = send("GET", f"{start}?{urlencode(split)}")
    assert back.status == 302 and back.headers.get("set-cookie") is None
    assert parse_qs(urlsplit(str(back.headers["location"])).query)["state"] == [split["state"]]


def test_an_address_that_cannot_be_read_is_a_page(open_app):
    """One name with two values, 200 names and 100 kB are refused without a redirect; a missing state leads back."""
    app = open_app("github", 2)
    address = app.begin().address
    for more in (
        "&state=other",
        "&redirect_uri=http://127.0.0.1/b",
        "".join(f"&n{i}=1" for i in range(200)),
        "&a=" + "b" * 20_000,
    ):
        answer = send("GET", f"{address}&approve=1{more}")
        assert answer.status == 400 and answer.headers.get("location") is None
    start, _, query = address.partition("?")
    pairs = {key: values[0] for key, values in parse_qs(query).items()}
    for changed, code in (
        ({"state": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "a " * 3000}, "invalid_scope"),
        ({"scope": "a\x00b"}, "invalid_scope"),
    ):
        back = send("GET", f"{start}?{urlencode({**pairs, **changed, 'approve': '1'})}")
        assert back.status == 302 and f"error={code}" in str(back.headers["location"])


BODIES = [
    b"", b"=", b"&&&&", b"\xff\xfe=\x00", b"grant_type=refresh_token&grant_type=authorization_code", b"a=b&" * 50_000,
    b"grant_type=authorization_code&code=" + b"x" * 3_000_000, b"grant_type=%00%ff&code[]=1", b"grant_type=password&username=a",
    b"grant_type=refresh_token&refresh_token=%F0%9F%A6%86&client_id=sandbox-app&client_secret=%ED%A0%80",
]  # fmt: skip
OBJECTS = [
    b"", b"null", b"[]", b"[[[[", b"{" * 100_000, b'{"grant_type": null}', b'{"grant_type": {"a": 1}}', b'{"grant_type": 1e999}',
    b'{"grant_type": "refresh_token", "refresh_token": "\\ud800", "client_id": "\\udfff"}', b"NaN", b"\xff",
    b'{"grant_type": "authorization_code", "grant_type": "refresh_token"}',
]  # fmt: skip


@pytest.mark.parametrize("name", ["github", "notion", "slack", "hubspot", "zoom", "quickbooks"])
def test_no_body_breaks_a_token_end_point(open_app, name):
    """Whatever the bytes, the answer is a refusal in the vendor's shape, never a grant and never the sandbox's own 500."""
    app = open_app(name)
    for kind, bodies in (("application/x-www-form-urlencoded", BODIES), ("application/json", OBJECTS)):
        for body in bodies:
            for header in ("Basic !!!", "Basic /w==", "Bearer " + "a." * 9, "Basic " + "QQ" * 9000, ""):
                signed = {"Authorization": header} if header else {}
                for end in ("token", "revoke", "device"):
                    answer = send(
                        "POST", str(app.facts["token"]).replace("/token", f"/{end}"), body,
                        Content_Type=kind, Accept="application/json", **signed,
                    )  # fmt: skip
                    said = answer.data
                    assert answer.status < 500 and isinstance(said, dict)
                    assert {"error", "message"} & set(said) and "access_token" not in said
    assert isinstance(app.sign_in(), Grant)  # the control: it still answers


def test_other_ends_and_methods_are_no_grants(open_app):
    """What is no end point is 404, what is no method of one is 405, and the other vendor's sign-in stays closed."""
    app = open_app("github")
    below = str(app.facts["token"]).removesuffix("/token")
    for path in (
        "/",
        "/tokens",
        "/token/",
        "/0/token",
        "/99/token",
        "/1/2/token",
        "/-1/token",
        "/%2e/token",
    ):
        assert send("GET", below + path).status in (404, 405)
        assert send("POST", below + path, b"grant_type=refresh_token", **FORM).status in (404, 405)
    for method, end in (
        ("GET", "token"),
        ("PUT", "token"),
        ("GET", "revoke"),
        ("DELETE", "authorize"),
        ("POST", "lookup"),
    ):
        assert send(method, f"{below}/{end}").status in (404, 405)
