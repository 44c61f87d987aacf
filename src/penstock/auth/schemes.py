"""How a request is signed: API keys, bearer token, Basic, and the facts of an OAuth 2 sign-in. No I/O.

A scheme says which fields a credential needs and what they become on the wire; it never keeps a value.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

from penstock.redact import Secret

Credential = Mapping[str, Secret]

# Fields of a credential that are no secrets: a form shows them, and a script may write them out.
OPEN_FIELDS = frozenset(
    (
        "account_id", "account_sid", "api_key_sid", "app_id", "client_email", "client_id", "email", "installation_id",
        "key_id", "login", "service_region", "sign_in_host", "subdomain", "subject", "tenant", "user", "username",
    )
)  # fmt: skip


class Scheme(Protocol):
    """Turn a credential into header fields, query parameters, or a part of the address."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the names of the credential's fields this scheme needs."""
        ...

    def headers(self, credential: Credential) -> tuple[tuple[str, str], ...]:
        """Return the header fields that sign a request."""
        ...

    def query(self, credential: Credential) -> tuple[tuple[str, str], ...]:
        """Return the query parameters that sign a request."""
        ...

    def address(self, credential: Credential) -> tuple[tuple[str, str], ...]:
        """Return what stands for what in the address: (the mark in it, the secret)."""
        ...


@dataclass(frozen=True, slots=True)
class Bearer:
    """`Authorization: Bearer TOKEN`, or the same under another name and prefix."""

    field: str = "token"
    header: str = "Authorization"
    prefix: str = "Bearer "
    note: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.field,)

    def headers(self, credential: Credential) -> tuple[tuple[str, str], ...]:
        return ((self.header, f"{self.prefix}{credential[self.field].reveal()}"),)

    def query(self, credential: Credential) -> tuple[tuple[str, str], ...]:
        return ()

    def address(self, credential: Credential) -> tuple[tuple[str, str], ...]:
        return ()


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key in a header field, or in the query where the service wants it there."""

    field: str = "api_key"
    header: str | None = None
    parameter: str | None = None
    note: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.field,)

    def headers(self, credential: Credential) -> tuple[tuple[str, str], ...]:
        return ((self.header, credential[self.field].reveal()),) if self.header else ()

    def query(self, credential: Credential) -> tuple[tuple[str, str], ...]:
        return ((self.parameter, credential[self.field].reveal()),) if self.parameter else ()

    def address(self, credential: Credential) -> tuple[tuple[str, str], ...]:
        return ()


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """Several keys at once, each (field of the credential, its name on the wire), in header fields or in the query."""

    header: tuple[tuple[str, str], ...] = ()
    parameter: tuple[tuple[str, str], ...] = ()
    note: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(field for field, _ in (*self.header, *self.parameter))

    def headers(self, credential: Credential) -> tuple[tuple[str, str], ...]:
        return tuple((name, credential[field].reveal()) for field, name in self.header)

    def query(self, credential: Credential) -> tuple[tuple[str, str], ...]:
        return tuple((name, credential[field].reveal()) for field, name in self.parameter)

    def address(self, credential: Credential) -> tuple[tuple[str, str], ...]:
        return ()


@dataclass(frozen=True, slots=True)
class AddressKey:
    """A key that is part of the address: `{field}` in the base URL stands for it, and is filled in last."""

    field: str = "token"
    note: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.field,)

    def headers(self, credential: Credential) -> tuple[tuple[str, str], ...]:
        return ()

    def query(self, credential: Credential) -> tuple[tuple[str, str], ...]:
        return ()

    def address(self, credential: Credential) -> tuple[tuple[str, str], ...]:
        return ((f"{{{self.field}}}", quote(credential[self.field].reveal(), safe=":")),)


@dataclass(frozen=True, slots=True)
class Basic:
    """HTTP Basic. `user` and `password` name fields of the credential; `fixed_user` is a user name that is no secret."""

    user: str | None = None
    password: str | None = None
    fixed_user: str = ""
    note: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(name for name in (self.user, self.password) if name)

    def headers(self, credential: Credential) -> tuple[tuple[str, str], ...]:
        user = credential[self.user].reveal() if self.user else self.fixed_user
        password = credential[self.password].reveal() if self.password else ""
        return (("Authorization", "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()),)

    def query(self, credential: Credential) -> tuple[tuple[str, str], ...]:
        return ()

    def address(self, credential: Credential) -> tuple[tuple[str, str], ...]:
        return ()


@dataclass(frozen=True, slots=True)
class OAuth2:
    """The facts of an OAuth 2 grant; requests are signed with its `access_token`. How they are used: `plans.py`.

    Addresses, scopes, audience and the extra fields may hold names in braces; `fill_scheme` puts values there.

    title:      which of a service's several grants it is: "GitHub App, as a user".
    authorize, token, revoke: the end points; device: where a sign-in on another device starts (RFC 8628).
    grant:      "authorization_code", "client_credentials", "account_credentials" (Zoom), "jwt_bearer" (RFC 7523) or
                "app_jwt" (GitHub Apps); anything else has is_offered=False: it is signed with, and got elsewhere.
    scopes, separator, scope_field: what is asked for unless a person says otherwise, what stands between, and the name
                it has in the sign-in's address (Slack's user_scope).
    pkce:       None where nobody knows; the challenge is sent where it is True.
    token_auth: "client_secret_post", "client_secret_basic", "none", "secret_basic" (Stripe Apps: the secret is Basic's
                user name) or "private_key_jwt" (the signature says who asks); None where nobody knows.
    encoding:   of the token end point's requests, "form" or "json".
    authorize_extra, code_extra, refresh_extra: more fields of the sign-in's address, of the first token's request (of
                any grant) and of each refresh.
    refresh_repeats_redirect: a refresh names the sign-in's redirect_uri again.
    refresh:    "none", "static" (the refresh token stays) or "rotates" (each refresh gives a new one).
    ends_old:   a new token ends the access token before it at once.
    access_token_lifetime_s, refresh_token_lifetime_s: None when it does not expire, or the service alone knows.
    within, token_field: where the first answer has the token ("authed_user"), and its name; a refresh's is on top.
    keep:       what else of the answer, the redirect or the look-up is kept: dotted paths.
    lookup, lookup_prefix: an address asked once with the new token for what the answer lacks, and what stands before
                the token there; of a list the only element counts.
    base:       (base parameter, what was kept, pattern it must match as a whole, what becomes of the match: r"\\1").
    codes:      (the service's own code or text, the standard's code).
    fields_needed: what a person must give besides client_id and client_secret, base parameters apart. A grant with an
                assertion needs these alone.
    fields_optional: (what a person may give or leave out, what stands there then; "" is nothing).
    issuer, subject, audience, assertion_lifetime_s: of an assertion: the fields whose values are `iss` and `sub`, the
                `aud` (None is the token end point), and for how long it holds.
    """

    title: str = ""
    authorize: str | None = None
    token: str | None = None
    revoke: str | None = None
    device: str | None = None
    grant: str = "authorization_code"
    is_offered: bool = True
    scopes: tuple[str, ...] = ()
    separator: str = " "
    scope_field: str = "scope"
    pkce: bool | None = None
    token_auth: str | None = None
    encoding: str = "form"
    authorize_extra: tuple[tuple[str, str], ...] = ()
    code_extra: tuple[tuple[str, str], ...] = ()
    refresh_extra: tuple[tuple[str, str], ...] = ()
    refresh_repeats_redirect: bool = False
    refresh: str = "none"
    ends_old: bool = False
    access_token_lifetime_s: float | None = None
    refresh_token_lifetime_s: float | None = None
    within: str | None = None
    token_field: str = "access_token"
    keep: tuple[str, ...] = ()
    lookup: str | None = None
    lookup_prefix: str = "Bearer "
    base: tuple[tuple[str, str, str, str], ...] = ()
    codes: tuple[tuple[str, str], ...] = ()
    fields_needed: tuple[str, ...] = ()
    fields_optional: tuple[tuple[str, str], ...] = ()
    issuer: str | None = None
    subject: str | None = None
    audience: str | None = None
    assertion_lifetime_s: float | None = None
    header: str = "Authorization"
    prefix: str = "Bearer "
    note: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        return ("access_token",)

    def headers(self, credential: Credential) -> tuple[tuple[str, str], ...]:
        return ((self.header, f"{self.prefix}{credential['access_token'].reveal()}"),)

    def query(self, credential: Credential) -> tuple[tuple[str, str], ...]:
        return ()

    def address(self, credential: Credential) -> tuple[tuple[str, str], ...]:
        return ()


def choose_scheme(schemes: tuple[Scheme, ...], credential: Credential) -> tuple[Scheme, Credential] | None:
    """Return the first scheme whose fields the credential has, with the credential under the scheme's names.

    A credential of one field called `token` serves any scheme that needs one field.
    """
    for scheme in schemes:
        if scheme.fields and all(name in credential for name in scheme.fields):
            return scheme, credential
    if "token" in credential:
        for scheme in schemes:
            if len(scheme.fields) == 1:
                return scheme, {**credential, scheme.fields[0]: credential["token"]}
    return None
