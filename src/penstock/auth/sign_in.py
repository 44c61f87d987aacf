"""A sign-in through the browser: the address to send it to, and the answer it comes back with. No I/O.

The answer reaches us by a redirect to 127.0.0.1, or pasted by hand; either way it is compared with the sign-in that was
begun. UsageError: this is not its answer, go on waiting. SignInNeeded and ServerFailed: it is, and the service says no.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from penstock.auth.oauth import OAuthClient, check_end_point, join_fields
from penstock.auth.reading import clean, merge_pairs
from penstock.errors import ProviderError, ServerFailed, SignInNeeded, UsageError
from penstock.redact import Secret

_LONGEST = 16_384  # characters of an answer; codes have some hundred
_MOST_FIELDS = 100
_CODE = re.compile(r"[\x21-\x7e]+")
_QUERY = re.compile(r"(?:[^&]*&)*(?:code|error|state)=")
_START_AGAIN = "Start the sign-in again, and finish it in the tab that opens."
_PASTE_ALL = "Paste the whole address of the page the sign-in ended on, from https:// or http:// to its end."


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in that was begun: what its answer must fit, and the address that starts it.

    oauth_state: says that an answer belongs here. No Secret, though not shown: a Secret would be taken out of the
                 address that a person has to open.
    verifier:    the secret half of PKCE, None where the service has no PKCE.
    issuer:      the service's own name for itself, compared with an answer's `iss` where both are there (RFC 9207).
    """

    redirect_uri: str
    oauth_state: str = field(repr=False)
    verifier: Secret | None
    address: str = field(repr=False)
    issuer: str | None = None


@dataclass(frozen=True, slots=True)
class SignInAnswer:
    """What a browser brought back. `extras` is what else stood in the address (QuickBooks' realmId, Datadog's site)."""

    code: Secret
    extras: Mapping[str, str] = field(default_factory=dict, hash=False)


def build_challenge(verifier: Secret) -> str:
    """Return the half of PKCE that is sent ahead, S256 (RFC 7636 §4.2)."""
    digest = hashlib.sha256(verifier.reveal().encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def begin_sign_in(
    authorize: str,
    client: OAuthClient,
    redirect_uri: str,
    scopes: tuple[str, ...] = (),
    *,
    separator: str = " ",
    pkce: bool = True,
    extra: tuple[tuple[str, str], ...] = (),
    issuer: str | None = None,
    draw: Callable[[int], bytes] = os.urandom,
) -> SignIn:
    """Return a new sign-in; open its `address` in a browser. `draw` gives random bytes."""
    check_end_point(authorize)
    if isinstance(client.client_id, Secret):
        raise UsageError(
            "This client's id is a secret, and would stand in the browser's address.",
            hint="Give the public client id for the sign-in.",
        )
    state = base64.urlsafe_b64encode(draw(32)).decode().rstrip("=")
    # 43 characters of A-Z a-z 0-9 - and _: Airtable refuses the tilde that RFC 7636 allows.
    verifier = Secret(base64.urlsafe_b64encode(draw(32)).decode().rstrip("=")) if pkce else None
    fields: list[tuple[str, str]] = [
        ("response_type", "code"),
        ("client_id", client.client_id),
        ("redirect_uri", redirect_uri),
        ("state", state),
    ]
    if scopes:
        fields.append(("scope", separator.join(scopes)))
    if verifier is not None:
        fields += [("code_challenge", build_challenge(verifier)), ("code_challenge_method", "S256")]
    scheme, host, path, query, _ = urlsplit(authorize)
    given = parse_qsl(query, keep_blank_values=True)
    joined = urlencode(join_fields(tuple(fields), (*given, *extra)), quote_via=quote)
    return SignIn(redirect_uri, state, verifier, urlunsplit((scheme, host, path, joined, "")), issuer)


def read_redirect(answer: str, sign_in: SignIn) -> SignInAnswer:
    """Return the code in the address (or its path and query) a browser came back to.

    Raises UsageError where it is not the answer to this sign-in, SignInNeeded or ServerFailed where the service refused.
    """
    fields = _read_query(answer)
    if "state" not in fields or not _is_same(fields["state"], sign_in.oauth_state):
        if "response_type" in fields:
            raise UsageError(
                "That is the address the sign-in starts from, not the one it ended on.", hint=_PASTE_ALL
            )
        raise UsageError(
            "This answer belongs to another sign-in: its oauth_state is not ours. Nothing was taken from it.",
            hint=_START_AGAIN,
        )
    if sign_in.issuer and "iss" in fields and not _is_same(fields["iss"], sign_in.issuer):
        raise UsageError(
            "This answer comes from another service than the one asked. Nothing was taken from it.",
            hint=_START_AGAIN,
        )
    if fields.get("error"):
        raise _build_error(fields["error"], fields.get("error_description", ""))
    if "response_type" in fields and "code" not in fields:
        raise UsageError(
            "That is the address the sign-in starts from, not the one it ended on.", hint=_PASTE_ALL
        )
    code = fields.get("code", "")
    if not _CODE.fullmatch(code):
        raise UsageError("There is no code in this answer.", hint=_PASTE_ALL)
    known = {"code", "state", "iss", "session_state", "response_type"}
    extras = {
        name: value for name, value in fields.items() if name not in known and clean(value, 2000) == value
    }
    return SignInAnswer(Secret(code), MappingProxyType(extras))


def read_pasted(text: str, sign_in: SignIn) -> SignInAnswer:
    """Return the code from what a person pasted: the whole address, its query, or the bare code.

    A bare code says nothing about where it comes from; it is taken only where PKCE binds it to this sign-in, for then
    the service refuses a code of another. Raises as `read_redirect` does.
    """
    if len(text) > _LONGEST:
        raise UsageError("What was pasted is too long to be an answer.", hint=_PASTE_ALL)
    text = "".join(text.split()).strip("<>\"'`")  # mail programs wrap and quote
    if not text:
        raise UsageError("Nothing was pasted.", hint=_PASTE_ALL)
    if any(mark in text for mark in ("://", "?", "#")) or _QUERY.match(text):
        return read_redirect(text, sign_in)
    if sign_in.verifier is None:
        raise UsageError(
            "A code alone does not say that it belongs to this sign-in, and this service has no PKCE that would.",
            hint=_PASTE_ALL,
        )
    code = unquote(text)  # copied from the address bar: 4%2F0Ab…
    if not _CODE.fullmatch(code):
        raise UsageError("That is neither an address nor a code.", hint=_PASTE_ALL)
    return SignInAnswer(Secret(code))


def _read_query(answer: str) -> dict[str, str]:
    """Return the parameters of an address, of its fragment where it has no query, or of a bare query."""
    if len(answer) > _LONGEST:
        raise UsageError("The answer is too long to be one.", hint=_PASTE_ALL)
    before, _, fragment = answer.partition("#")
    start, mark, query = before.partition("?")
    if not mark and "://" not in start and not start.startswith("/"):
        query = start
    try:
        return merge_pairs(parse_qsl(query or fragment, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise UsageError("The answer cannot be read: it says one thing twice.", hint=_PASTE_ALL) from None


def _is_same(theirs: str, ours: str) -> bool:
    return hmac.compare_digest(theirs.encode("utf-8", "replace"), ours.encode())


def _build_error(code: str, description: str) -> ProviderError:
    """Return the error for a redirect that says no (RFC 6749 §4.1.2.1)."""
    code, description = clean(code, 64), clean(description, 300)
    meaning, hint = _REFUSED.get(code, (f"The service refused the sign-in: {code}.", _CHECK_APP))
    kind = ServerFailed if code in ("server_error", "temporarily_unavailable") else SignInNeeded
    return kind(f"{meaning} It says: {description}" if description else meaning, hint=hint, code=code)


_CHECK_APP = "Compare the client id, the redirect address and the scopes with the app's page at the service."
_REFUSED = {
    "access_denied": (
        "The sign-in was declined, by you or by an administrator of the account.",
        "Start it again and allow the access, or ask the administrator to.",
    ),
    "invalid_scope": (
        "The service does not know, or does not give, one of the scopes asked for.",
        _CHECK_APP,
    ),
    "unauthorized_client": ("This client (app) may not sign people in this way.", _CHECK_APP),
    "unsupported_response_type": ("This client (app) may not ask for a code.", _CHECK_APP),
    "invalid_request": ("The service does not understand how it was asked to sign in.", _CHECK_APP),
    "login_required": (
        "Nobody is signed in to the service in that browser.",
        "Sign in there, then start again.",
    ),
    "consent_required": ("The access was not confirmed.", "Start again and confirm it."),
    "server_error": ("The service failed during the sign-in.", "It is theirs: try again later."),
    "temporarily_unavailable": ("The service cannot sign anybody in now.", "It is theirs: try again later."),
}
