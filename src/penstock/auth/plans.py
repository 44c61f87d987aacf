"""What becomes of an OAuth 2 scheme: filled in for one account, and kept as a text. No I/O; answers: `answers.py`.

A plan is a filled-in scheme as JSON, kept beside an account's tokens: whoever renews them needs no integration's file.
It holds no secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from penstock.auth.oauth import OAuthClient, TokenEndPoint, check_end_point
from penstock.auth.reading import LONGEST_S, merge_pairs
from penstock.auth.schemes import OAuth2
from penstock.errors import UsageError
from penstock.redact import Secret

LONGEST_PLAN_BYTES = 16 * 1024
ASSERTIONS = ("jwt_bearer", "app_jwt")
GRANTS = ("authorization_code", "client_credentials", "account_credentials", *ASSERTIONS)

_ADDRESSES = ("authorize", "token", "revoke", "device", "lookup", "audience")
_EXTRAS = ("authorize_extra", "code_extra", "refresh_extra")
_WORDS = {
    "grant": GRANTS,
    "refresh": ("none", "static", "rotates"),
    "encoding": ("form", "json"),
    "token_auth": ("client_secret_post", "client_secret_basic", "none", "secret_basic", "private_key_jwt", None),
}  # fmt: skip
_MARK = re.compile(r"\{(\w+)\}")
_LETTERS = re.compile(r"[A-Za-z0-9._-]+")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")  # inside an address
_HOST = re.compile(rf"{_NAME.pattern}(?::[0-9]{{1,5}})?")
_PATH = re.compile(r"(?:/[A-Za-z0-9_-]+)*")  # behind a host that is filled in too: only a slash ends that


def marks(scheme: OAuth2) -> tuple[str, ...]:
    """Return the names in braces, in order: what `fill_scheme` puts values for."""
    pairs = [value for name in _EXTRAS for _, value in getattr(scheme, name)]
    texts = [*(getattr(scheme, name) or "" for name in _ADDRESSES), *scheme.scopes, *pairs]
    return tuple(dict.fromkeys(name for text in texts for name in _MARK.findall(text)))


def client_fields(scheme: OAuth2) -> tuple[str, ...]:
    """Return all a person must give, base parameters apart; what may be left out is in `fields_optional`."""
    own: tuple[str, ...] = () if scheme.grant in ASSERTIONS else ("client_id", "client_secret")
    if scheme.token_auth == "none":
        own = own[:1]
    optional = dict(scheme.fields_optional)
    return tuple(dict.fromkeys(name for name in (*own, *scheme.fields_needed) if name not in optional))


def fill_scheme(scheme: OAuth2, base: Mapping[str, str]) -> OAuth2:
    """Return the scheme without names in braces. `base` has base parameters, and fields that are no secrets.

    Raises UsageError for what is missing, what would lead to another host, and a grant that is not offered.
    """
    is_whole = scheme.token and (scheme.authorize or scheme.grant != "authorization_code")
    if not scheme.is_offered or scheme.grant not in GRANTS or not is_whole:
        raise UsageError(
            "Penstock cannot sign in this way.",
            hint="Sign in at the service, or with its own tools, and give the access_token.",
        )
    values = {name: value for name, value in (*scheme.fields_optional, *base.items()) if value}
    behind = {name for key in _ADDRESSES for name in re.findall(r"\}\{(\w+)\}", getattr(scheme, key) or "")}
    missing = [name for name in marks(scheme) if name not in values and name not in behind]
    if missing:
        raise UsageError(
            f"For this sign-in {', '.join(missing)} is missing.",
            hint=f"Give it beside the others: {', '.join(f'{name}=...' for name in missing)}.",
        )
    filled: dict[str, Any] = {
        key: address if (address := getattr(scheme, key)) is None else _fill(address, values, is_address=True)
        for key in _ADDRESSES
    }
    filled |= {
        key: tuple((n, _fill(value, values, is_address=False)) for n, value in getattr(scheme, key))
        for key in _EXTRAS
    }
    return replace(
        scheme, scopes=tuple(_fill(one, values, is_address=False) for one in scheme.scopes), **filled
    )


def _fill(text: str, values: Mapping[str, str], *, is_address: bool) -> str:
    def put(mark: re.Match[str]) -> str:
        before, value = text[: mark.start()], values.get(mark[1], "")
        allowed = _NAME if is_address else _LETTERS
        if is_address and before.endswith(("//", "}")):
            allowed = _HOST if before.endswith("//") else _PATH
        if not allowed.fullmatch(value):
            raise UsageError(
                f"{mark[1]} cannot be part of a sign-in's address.",
                hint="Give letters, digits, dots and dashes.",
            )
        return value

    return _MARK.sub(put, text)


def write_plan(scheme: OAuth2) -> str:
    """Return a filled-in scheme as JSON: every field, sorted. Raises UsageError for what could not be read back."""
    found = {field.name: getattr(scheme, field.name) for field in fields(OAuth2)}
    text = json.dumps(found, sort_keys=True, separators=(",", ":"))
    read_plan(text)
    return text


def read_plan(text: str) -> OAuth2:
    """Return the scheme in a plan. A key that is not there has its default, so that old plans stay good.

    Raises UsageError for an unknown key, a value of another kind, and an address no secret may be sent to.
    """
    if len(text.encode(errors="replace")) > LONGEST_PLAN_BYTES:
        raise _refuse("it is too long")
    try:
        found = json.loads(text, object_pairs_hook=merge_pairs)
    except (ValueError, RecursionError):
        raise _refuse("it is no JSON") from None
    kinds = {field.name: str(field.type) for field in fields(OAuth2)}
    if not isinstance(found, dict) or not found.keys() <= kinds.keys():
        raise _refuse("it has a key nobody here knows; a newer Penstock may have written it")
    given = {name: _freeze(value) for name, value in found.items()}
    for name, value in given.items():
        if not _fits(value, kinds[name]) or value not in _WORDS.get(name, (value,)):
            raise _refuse(f"its {name} is none")
    scheme = OAuth2(**given)
    for address in (getattr(scheme, name) for name in _ADDRESSES):
        if address is not None:
            check_end_point(address)
    for _, _, pattern, shape in scheme.base:
        try:
            re.sub(pattern, shape, "")
        except (re.error, IndexError, RecursionError, OverflowError):
            raise _refuse("its base is none") from None
    return scheme


def _refuse(why: str) -> UsageError:
    return UsageError(f"The plan of a sign-in cannot be read: {why}.", hint="Sign in again: that makes a new plan.")  # fmt: skip


def _freeze(value: Any) -> Any:
    return tuple(_freeze(one) for one in value) if isinstance(value, list) else value


def _fits(value: Any, kind: str) -> bool:
    """Say whether a value is of the kind a field of OAuth2 is annotated with."""
    if kind.endswith(" | None"):
        return value is None or _fits(value, kind.removesuffix(" | None"))
    if kind.endswith(", ...]"):
        inner = kind.removeprefix("tuple[").removesuffix(", ...]")
        return isinstance(value, tuple) and all(_fits(one, inner) for one in value)
    if kind.startswith("tuple["):
        kinds = kind.removeprefix("tuple[").removesuffix("]").split(", ")
        return isinstance(value, tuple) and len(value) == len(kinds) and all(map(_fits, value, kinds))
    if kind == "float":
        return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= LONGEST_S
    return isinstance(value, str) and value.isprintable() if kind == "str" else isinstance(value, bool)


def end_point(scheme: OAuth2, client: OAuthClient) -> TokenEndPoint:
    """Return where the scheme's tokens are asked for, by this client in the way the service wants."""
    if scheme.token is None or scheme.grant in ASSERTIONS:
        raise UsageError("No client asks for these tokens.", hint="They are bought with a signed assertion.")
    way = scheme.token_auth or "client_secret_post"
    if way == "secret_basic":
        if client.client_secret is None:
            raise UsageError("The client_secret is missing.", hint="Give the service's secret key as client_secret.")  # fmt: skip
        client = OAuthClient(client.client_secret, Secret(""), "client_secret_basic")
    else:
        client = replace(client, token_auth=way)
    return TokenEndPoint(scheme.token, client, scheme.encoding, scheme.separator)


def ask_for(scheme: OAuth2, scopes: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Return the `scopes` and the `extra` with which a sign-in begins."""
    if scheme.scope_field == "scope" or not scopes:
        return scopes, scheme.authorize_extra
    return (), (*scheme.authorize_extra, (scheme.scope_field, scheme.separator.join(scopes)))


def base_from(scheme: OAuth2, extras: Mapping[str, str]) -> dict[str, str]:
    """Return the base parameters found in a grant's extras; what does not match its pattern is not taken."""
    found: dict[str, str] = {}
    for name, path, pattern, shape in scheme.base:
        match = re.fullmatch(pattern, extras.get(path, ""))
        if match is not None and match[0]:
            found[name] = match.expand(shape)
    return found
