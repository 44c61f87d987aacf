"""How a credential becomes header fields, query parameters, or part of the address."""

from __future__ import annotations

from penstock.auth.schemes import AddressKey, ApiKeys, Bearer, choose_scheme
from penstock.auth.sessions import Session
from penstock.redact import Secret

KEYS = ApiKeys(header=(("api_key", "X-Key"), ("app_key", "X-App")), note="both")
PAIR = ApiKeys(parameter=(("key", "key"), ("token", "token")), note="both")


def test_several_keys_go_together() -> None:
    """Each field stands under its own name, in header fields or in the query; one alone is not enough."""
    credential = {"api_key": Secret("a"), "app_key": Secret("b")}
    assert KEYS.headers(credential) == (("X-Key", "a"), ("X-App", "b")) and KEYS.query(credential) == ()
    assert PAIR.query({"key": Secret("k"), "token": Secret("t")}) == (("key", "k"), ("token", "t"))
    assert choose_scheme((KEYS,), {"api_key": Secret("a")}) is None


def test_a_key_in_the_address_is_filled_in_last() -> None:
    """The mark in the address becomes the key when the request is signed, and what would end a path's part is quoted."""
    session = Session((AddressKey("token", note="n"),), {"token": Secret("123:a/b?c")})
    assert session.address("https://h/bot{token}/send") == "https://h/bot123:a%2Fb%3Fc/send"
    assert session.sign() == ((), ())


def test_other_schemes_leave_the_address_alone() -> None:
    """A bearer token never gets into an address, whatever stands there."""
    session = Session((Bearer("token"),), {"token": Secret("abc")})
    url = "https://h/x/{token}"
    assert session.address(url) is url
