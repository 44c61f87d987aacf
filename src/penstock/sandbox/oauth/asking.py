"""What a request to a token end point says, and which client says it; read from bytes nobody vouches for."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from urllib.parse import parse_qsl, unquote_plus

from penstock.auth.oauth import ASSERTION_GRANT, DEVICE_GRANT
from penstock.auth.reading import merge_pairs
from penstock.sandbox.oauth.facts import CLIENT_ID, CLIENT_SECRET, Flow
from penstock.sandbox.wire import Incoming

LARGEST_BYTES = 64 * 1024
_MOST_FIELDS = 100
INSTALLATION = "app_jwt"  # GitHub's: no grant_type, the assertion stands in the header
_GRANT_TYPES = {
    "authorization_code", "refresh_token", "client_credentials", "account_credentials", ASSERTION_GRANT, DEVICE_GRANT,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refused(Exception):
    """Why nothing is given: the standard's code, what it was about ("code", "refresh", "client", …), and words."""

    code: str
    about: str
    text: str
    interval_s: float | None = None


def read_fields(request: Incoming, encoding: str | None = None) -> dict[str, str]:
    """Return the parameters in the body. Raises Refused where they are too many, twice there, or in the wrong encoding."""
    if len(request.body) > LARGEST_BYTES:
        raise Refused("invalid_request", "form", "The request is too large.")
    if encoding is not None and request.body and request.is_json() != (encoding == "json"):
        wanted = "application/json" if encoding == "json" else "application/x-www-form-urlencoded"
        raise Refused("invalid_request", "form", f"The body must be {wanted}.")
    try:
        if not request.is_json():
            pairs = parse_qsl(request.body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
            return merge_pairs(pairs)
        found = json.loads(request.body or b"{}", object_pairs_hook=merge_pairs)
        json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError):
        raise Refused("invalid_request", "form", "The body cannot be read.") from None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise Refused("invalid_request", "form", "The body is no object of texts.")
    return found


def read_grant_type(request: Incoming, fields: Mapping[str, str]) -> str:
    """Return the grant_type, INSTALLATION where a bearer token stands for it, "" where there is none."""
    is_bearer = request.headers.get("Authorization", "").lower().startswith("bearer ")
    return fields.get("grant_type", INSTALLATION if is_bearer else "")


def describe_request(request: Incoming) -> dict[str, str]:
    """Return what the log may keep of a token request: grant_type and client_id where they are known ones, no secret."""
    try:
        fields = read_fields(request)
    except Refused:
        fields = {}
    grant_type = read_grant_type(request, fields)
    basic = _read_basic(request)
    given = fields.get("client_id") or (basic[0] if basic else "")
    is_ours = given in (CLIENT_ID, CLIENT_SECRET)
    told = {
        "grant_type": grant_type if grant_type in (*_GRANT_TYPES, INSTALLATION) else "unknown",
        "client_id": CLIENT_ID if is_ours else "unknown" if given else "",
    }
    if grant_type in (ASSERTION_GRANT, INSTALLATION):
        told["note"] = "the assertion's signature is not checked"
    return told


def identify(request: Incoming, fields: Mapping[str, str], flow: Flow, *, can_be_public: bool) -> bool:
    """Return whether the client came without a secret. Raises Refused where it is not the one there is.

    The secret must come the way the scheme says: a service that takes it otherwise too is kinder than its pages.
    """
    way, basic = flow.scheme.token_auth, _read_basic(request)
    posted = fields.get("client_secret")
    if basic is not None and posted is not None:
        raise Refused("invalid_request", "client", "The client gives its secret in two ways.")
    if basic is not None:
        if way not in (None, "client_secret_basic", "secret_basic"):
            raise Refused("invalid_client", "client", "The client's secret must stand in the body.")
        wanted = (CLIENT_SECRET, "") if way == "secret_basic" else (CLIENT_ID, CLIENT_SECRET)
        if not all(_is_same(ours, theirs) for ours, theirs in zip(wanted, basic, strict=True)):
            raise Refused("invalid_client", "client", "There is no client of this id and secret.")
        return False
    if fields.get("client_id") != CLIENT_ID:
        raise Refused("invalid_client", "client", "There is no client of this id.")
    if posted is not None:
        if way not in (None, "client_secret_post", "none"):
            raise Refused(
                "invalid_client", "client", "The client's secret must stand in the Authorization field."
            )
        if not _is_same(CLIENT_SECRET, posted):
            raise Refused("invalid_client", "client", "There is no client of this id and secret.")
        return False
    if not can_be_public:
        raise Refused("invalid_client", "client", "The client gives no secret.")
    return True


def read_assertion(text: str, at: float, longest_s: float) -> Mapping[str, object]:
    """Return the claims of a signed assertion that holds now. The signature is not checked: the sandbox has no key.

    Raises Refused where it is none, has no issuer, or its time is over, not yet come, or longer than `longest_s`.
    """
    try:
        part = text.split(".")[1] if text.count(".") == 2 else ""
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        claims = None
    if not isinstance(claims, dict) or not isinstance(claims.get("iss"), str) or not claims["iss"]:
        raise Refused("invalid_grant", "assertion", "The assertion cannot be read.")
    until, since = claims.get("exp"), claims.get("iat", at)
    if not isinstance(until, int | float) or not isinstance(since, int | float):
        raise Refused("invalid_grant", "assertion", "The assertion does not say how long it holds.")
    if not since <= at + 1 or not at < until <= since + longest_s:
        raise Refused("invalid_grant", "assertion", "The assertion holds at another time, or for too long.")
    return claims


def _read_basic(request: Incoming) -> tuple[str, str] | None:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(text, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return unquote_plus(user), unquote_plus(password)


def _is_same(ours: str, theirs: str) -> bool:
    return compare_digest(ours.encode(), theirs.encode("utf-8", "replace"))
