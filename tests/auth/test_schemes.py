"""How a credential becomes header fields, query parameters, or part of the address."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError, fields, replace

import pytest

from penstock.auth.schemes import AddressKey, ApiKeys, Bearer, OAuth2, choose_scheme
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


def test_the_facts_of_a_grant_are_values_a_text_can_keep() -> None:
    """OAuth2 is frozen, and each field is a text, a number, a truth value, or tuples of texts: never a dict or a function."""
    scheme = OAuth2(codes=(("gone", "invalid_grant"),))
    with pytest.raises(FrozenInstanceError):
        scheme.title = "another"  # type: ignore[misc]
    assert hash(scheme) == hash(replace(OAuth2(), codes=(("gone", "invalid_grant"),)))
    plain = re.compile(r"(str|bool|float|tuple\[(str|tuple\[str(, str)+\]), \.\.\.\])( \| None)?")
    assert [f.name for f in fields(OAuth2) if not plain.fullmatch(str(f.type))] == []
    assert plain.fullmatch("dict[str, str]") is None


def test_every_fact_of_a_grant_has_a_meaning_written_down() -> None:
    """The docstring names each field but the header field, its prefix and the note, which other schemes have too."""
    described = set(re.findall(r"\w+", OAuth2.__doc__ or ""))
    assert {f.name for f in fields(OAuth2)} - described <= {"header", "prefix", "note"}
    assert "lookup_prefix" in described


def test_an_oauth_token_signs_in_its_own_header_field() -> None:
    """The access token stands alone where the service wants no Bearer, and never in the query."""
    scheme = OAuth2(header="X-Access-Token", prefix="", refresh="rotates")
    credential = {"access_token": Secret("at-1"), "refresh_token": Secret("rt-1")}
    assert scheme.fields == ("access_token",) and scheme.query(credential) == ()
    assert scheme.headers(credential) == (("X-Access-Token", "at-1"),)
