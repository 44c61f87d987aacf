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
    """The facts of an OAuth 2 grant; requests are signed with its `access_token`.

    refresh: "none", "static" (the refresh token stays) or "rotates" (each refresh gives a new one).
    access_token_lifetime_s: None when it does not expire.
    """

    authorize: str | None = None
    token: str | None = None
    revoke: str | None = None
    grant: str = "authorization_code"
    scopes: tuple[str, ...] = ()
    pkce: bool | None = None
    token_auth: str | None = None
    refresh: str = "none"
    access_token_lifetime_s: float | None = None
    refresh_token_lifetime_s: float | None = None
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
