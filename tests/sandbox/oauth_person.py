"""A person and an app at a sandbox's sign-in: Penstock's own words of OAuth, sent over http to the sandbox's addresses."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

import penstock as ps
from penstock.auth.answers import add_extras, parse_answer, read_lookup
from penstock.auth.oauth import (
    OAuthClient,
    Pairs,
    TokenRequest,
    build_client_request,
    build_code_request,
    build_refresh_request,
)
from penstock.auth.plans import ask_for, end_point, fill_scheme
from penstock.auth.schemes import OAuth2
from penstock.auth.sign_in import SignIn, begin_sign_in, read_redirect
from penstock.auth.tokens import Grant, Refusal
from penstock.catalog.registry import Registry
from penstock.errors import PermissionMissing, SignInNeeded
from penstock.model import Headers, Response
from penstock.redact import Secret
from penstock.sandbox.oauth.facts import choose_flow, read_flows
from penstock.sandbox.server import Sandbox
from penstock.testing import FakeClock

REGISTRY = Registry()
REDIRECT = "http://127.0.0.1:43210/callback"
FORM = {"Content_Type": "application/x-www-form-urlencoded"}


def schemes(grant: str = "authorization_code") -> list[tuple[str, int]]:
    """Return every scheme of a grant that the integrations offer, as (vendor, its place)."""
    return [
        (name, index)
        for name in REGISTRY.names()
        for index, scheme in enumerate(REGISTRY.get(name).auth)
        if isinstance(scheme, OAuth2) and scheme.is_offered and scheme.token and scheme.grant == grant
    ]


def send(method: str, url: str, body: bytes | None = None, **headers: str) -> Response:
    """Return the answer to one request, redirects not followed."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=10)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body, {n.replace("_", "-"): value for n, value in headers.items()})
        answer = connection.getresponse()
        return Response(answer.status, Headers(answer.getheaders()), answer.read())
    finally:
        connection.close()


def named(pairs: list[tuple[str, int]]) -> pytest.MarkDecorator:
    """Run a test for each (vendor, place of its scheme)."""
    return pytest.mark.parametrize(("name", "index"), pairs, ids=[f"{name} {index}" for name, index in pairs])


class App:
    """One app that signs people in at one vendor of a sandbox, by one of the vendor's schemes."""

    def __init__(self, box: Sandbox, name: str, index: int | None, clock: FakeClock) -> None:
        self.box, self.name, self.clock = box, name, clock
        self.facts = box.oauth(name, index)
        integration = REGISTRY.get(name)
        scheme = self.scheme_of(name, index)
        base = {p.name: p.default or "" for p in integration.base_parameters} | box.base_parameters(name)
        own = {"client_id": "sandbox-app", **dict.fromkeys(scheme.fields_needed, "demo")}
        filled = fill_scheme(scheme, {**own, **base})
        known = {key: self.facts[key] for key in ("authorize", "token", "device", "revoke", "lookup")}
        self.scheme = replace(filled, **known)
        secret = None if self.facts["client_secret"] is None else Secret(self.facts["client_secret"])
        self.client = OAuthClient(str(self.facts["client_id"]), secret)

    @staticmethod
    def scheme_of(name: str, index: int | None) -> OAuth2:
        """Return an integration's scheme; without `index` the one its sandbox plays by default."""
        scheme = choose_flow(read_flows(REGISTRY.get(name)), name, index).scheme
        assert isinstance(scheme, OAuth2)
        return scheme

    def with_scheme(self, **changed: Any) -> OAuth2:
        """Return the app's scheme with something else in it."""
        return replace(self.scheme, **changed)

    def begin(self, redirect_uri: str = REDIRECT, asked: tuple[str, ...] = ()) -> SignIn:
        """Return a sign-in that was begun."""
        scopes, extra = ask_for(self.scheme, asked or self.scheme.scopes)
        return begin_sign_in(
            str(self.scheme.authorize),
            self.client,
            redirect_uri,
            scopes,
            separator=self.scheme.separator,
            pkce=self.scheme.pkce is not False,
            extra=extra,
        )

    def allow(self, begun: SignIn, more: str = "") -> str:
        """Return the address the browser is sent back to."""
        answer = send("GET", f"{begun.address}&approve=1{more}")
        assert answer.status == 302, answer.body
        return str(answer.headers["location"])

    def ask(self, request: TokenRequest, previous: Grant | None = None) -> Grant | Refusal:
        """Return what the token end point answers."""
        method, url, headers, body, *_ = request.reveal()
        answer = send(method, url, body, **dict(headers))
        return parse_answer(self.scheme, answer, wall=self.clock.wall(), previous=previous)

    def fetch(self, begun: SignIn, place: str, **changed: Any) -> Grant | Refusal:
        """Return what is given for the code an address carries."""
        came = read_redirect(place, begun)
        values = {"redirect_uri": begun.redirect_uri, "verifier": begun.verifier, **changed}
        request = build_code_request(
            end_point(self.scheme, self.client), came.code, extra=self.scheme.code_extra, **values
        )
        grant = self.ask(request)
        return add_extras(self.scheme, grant, came.extras) if isinstance(grant, Grant) else grant

    def sign_in(self, more: str = "", asked: tuple[str, ...] = ()) -> Grant:
        """Return a person's grant, with what had to be looked up."""
        begun = self.begin(asked=asked)
        grant = self.fetch(begun, self.allow(begun, more))
        assert isinstance(grant, Grant), grant
        if self.scheme.lookup is not None:
            signed = f"{self.scheme.lookup_prefix}{grant.access_token.reveal()}"
            answer = send("GET", self.scheme.lookup, Authorization=signed)
            grant = add_extras(self.scheme, grant, read_lookup(self.scheme, answer))
        return grant

    def for_itself(self) -> Grant | Refusal:
        """Return a grant of the client's own."""
        return self.ask(
            build_client_request(
                end_point(self.scheme, self.client),
                self.scheme.scopes,
                self.scheme.grant,
                self.scheme.code_extra,
            )
        )

    def refresh(self, grant: Grant, **changed: Any) -> Grant | Refusal:
        """Return what a grant's refresh token gives."""
        assert grant.refresh_token is not None, f"{self.name} gave no refresh token"
        extra: Pairs = self.scheme.refresh_extra
        if self.scheme.refresh_repeats_redirect:
            extra = (*extra, ("redirect_uri", REDIRECT))
        end = end_point(self.scheme, self.client)
        request = build_refresh_request(end, grant.refresh_token, **{"extra": extra, **changed})
        return self.ask(request, grant)

    def is_let_in(self, grant: Grant, bench: ps.Workbench) -> bool:
        """Say whether the vendor's health operation takes the access token; any other failure is raised."""
        return is_let_in(self.box, self.name, grant.access_token, bench)


def is_let_in(box: Sandbox, name: str, token: Secret, bench: ps.Workbench) -> bool:
    """Say whether a vendor's health operation takes an access token, through Penstock's own engine."""
    parameters: Mapping[str, str] = box.base_parameters(name)
    connection = bench.connect(
        name,
        credential={"access_token": token},
        base_url=box.base_url(name),
        limit=ps.Limit(100_000, per=1.0),  # some health operations are let through once a second
        **parameters,
    )
    try:
        connection.health()
    except (SignInNeeded, PermissionMissing):  # Datadog's word for a wrong key is 403
        return False
    return True
