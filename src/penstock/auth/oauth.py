"""OAuth 2 without I/O: the requests to a token end point. What comes back is read in `tokens.py`.

Our own part instead of Authlib's (1.9, read 2026-11), for the promise is about secrets: there tokens, codes and client
secrets are plain strings in dicts whose repr and pickle show them, expiry asks the machine's clock, an answer's state is
compared with `!=`, and a request is sent by a session object that we would have to stand in for. What was left to borrow
is the spelling of a dozen parameters. Here a request keeps its secrets as Secrets until `reveal()`, the last step.

The parts: `sign_in.py` the browser's way there and back, `device.py` the way without a browser here, `assertions.py`
what a service account signs, `renewal.py` when to refresh and what a refused refresh means.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from urllib.parse import quote_plus, urlencode, urlsplit

from penstock.errors import UsageError
from penstock.model import Request
from penstock.redact import Secret

Pairs = tuple[tuple[str, "str | Secret"], ...]

TIMEOUT_S = 30.0
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
ASSERTION_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_WAYS = ("client_secret_post", "client_secret_basic", "none")


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """The app that signs people in, as the service registered it.

    client_id:     a Secret where the service takes a secret key for it (Stripe Apps).
    client_secret: None for a client without one; an empty Secret where Basic has the id alone (Stripe Apps again).
    token_auth:    "client_secret_post", "client_secret_basic" or "none"; without a secret always "none".
    """

    client_id: str | Secret
    client_secret: Secret | None = None
    token_auth: str = "client_secret_post"

    def __post_init__(self) -> None:
        if self.token_auth not in _WAYS:
            raise UsageError(
                f"Unknown token_auth {self.token_auth!r}.", hint=f"There are: {', '.join(_WAYS)}."
            )
        if not _text(self.client_id):
            raise UsageError(
                "The client has no id.", hint="Copy the client id from the app's page at the service."
            )


@dataclass(frozen=True, slots=True)
class TokenEndPoint:
    """Where tokens are asked for, as which client, and how this service wants to be asked.

    encoding:  "form", or "json" for the few that want it (Notion, Sentry).
    separator: what stands between scopes: a space, or a comma (Slack, Linear).
    """

    url: str
    client: OAuthClient
    encoding: str = "form"
    separator: str = " "

    def __post_init__(self) -> None:
        check_end_point(self.url)
        if self.encoding not in ("form", "json"):
            raise UsageError(f"Unknown encoding {self.encoding!r}.", hint='Use "form" or "json".')


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A request to a token end point, its secrets still hidden. It is sent once: a second time may end the grant."""

    url: str
    fields: Pairs
    basic: Secret | None = None  # "id:secret", as one, so that their base64 is known as a secret too
    bearer: Secret | None = None
    encoding: str = "form"

    def reveal(self) -> Request:
        """Return the request as it leaves, with every secret in clear; call it where the bytes leave, nowhere else."""
        fields = [(name, _text(value)) for name, value in self.fields]
        if self.encoding == "json":
            body, kind = json.dumps(dict(fields)).encode(), "application/json"
        else:
            body, kind = urlencode(fields).encode(), "application/x-www-form-urlencoded"
        # GitHub answers with a form unless it is asked for JSON.
        headers = [("Accept", "application/json"), ("Content-Type", kind)]
        if self.basic is not None:
            signed = base64.b64encode(self.basic.reveal().encode()).decode()
            headers.append(("Authorization", f"Basic {signed}"))
        elif self.bearer is not None:
            headers.append(("Authorization", f"Bearer {self.bearer.reveal()}"))
        return Request("POST", self.url, tuple(headers), body, TIMEOUT_S)


def build_code_request(
    end_point: TokenEndPoint,
    code: Secret,
    redirect_uri: str,
    verifier: Secret | None = None,
    extra: Pairs = (),
) -> TokenRequest:
    """Return the request that turns a sign-in's code into a grant."""
    proof: Pairs = (("code_verifier", verifier),) if verifier else ()
    fields: Pairs = (
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        *proof,
    )
    return _build(end_point, fields, extra)


def build_refresh_request(
    end_point: TokenEndPoint, refresh_token: Secret, scopes: tuple[str, ...] = (), extra: Pairs = ()
) -> TokenRequest:
    """Return the request for a new access token; without `scopes` it keeps those it has."""
    fields: Pairs = (("grant_type", "refresh_token"), ("refresh_token", refresh_token))
    return _build(end_point, fields + _scope(end_point, scopes), extra)


def build_client_request(
    end_point: TokenEndPoint,
    scopes: tuple[str, ...] = (),
    grant: str = "client_credentials",
    extra: Pairs = (),
) -> TokenRequest:
    """Return the request for a token of the client's own; Zoom's grant is "account_credentials", with an account_id."""
    if end_point.client.client_secret is None:
        raise UsageError(
            "A client that asks for itself needs a client_secret.",
            hint="Copy it from the app's page at the service.",
        )
    return _build(end_point, (("grant_type", grant), *_scope(end_point, scopes)), extra)


def build_device_request(
    end_point: TokenEndPoint, device_url: str, scopes: tuple[str, ...] = (), extra: Pairs = ()
) -> TokenRequest:
    """Return the request that starts a sign-in on another device (RFC 8628 §3.1)."""
    check_end_point(device_url)
    return _build(end_point, _scope(end_point, scopes), extra, url=device_url)


def build_poll_request(
    end_point: TokenEndPoint, device_code: Secret, grant: str = DEVICE_GRANT, extra: Pairs = ()
) -> TokenRequest:
    """Return the request that asks whether a sign-in on another device is finished (RFC 8628 §3.4)."""
    return _build(end_point, (("grant_type", grant), ("device_code", device_code)), extra)


def build_assertion_request(url: str, assertion: Secret, extra: Pairs = ()) -> TokenRequest:
    """Return the request that buys a token with a signed assertion (RFC 7523 §2.1): the signature says who asks."""
    check_end_point(url)
    fields: Pairs = (("grant_type", ASSERTION_GRANT), ("assertion", assertion))
    return TokenRequest(url, join_fields(fields, extra))


def build_installation_request(url: str, assertion: Secret) -> TokenRequest:
    """Return the request that buys a token with the assertion as its bearer token (GitHub Apps)."""
    check_end_point(url)
    return TokenRequest(url, (), bearer=assertion, encoding="json")


def _build(end_point: TokenEndPoint, fields: Pairs, extra: Pairs, url: str | None = None) -> TokenRequest:
    client = end_point.client
    is_basic = client.token_auth == "client_secret_basic" and client.client_secret is not None
    if not is_basic:  # Airtable too: without a secret the id stands in the body
        fields += (("client_id", client.client_id),)
        if client.token_auth == "client_secret_post" and client.client_secret is not None:
            fields += (("client_secret", client.client_secret),)
    return TokenRequest(
        url or end_point.url,
        join_fields(fields, extra),
        basic=_join_basic(client) if is_basic else None,
        encoding=end_point.encoding,
    )


def _join_basic(client: OAuthClient) -> Secret:
    """Return id and secret as Basic joins them: both form-encoded first (RFC 6749 §2.3.1)."""
    secret = client.client_secret.reveal() if client.client_secret else ""
    return Secret(f"{quote_plus(_text(client.client_id))}:{quote_plus(secret)}")


def _scope(end_point: TokenEndPoint, scopes: tuple[str, ...]) -> Pairs:
    return (("scope", end_point.separator.join(scopes)),) if scopes else ()


def join_fields(fields: Pairs, extra: Pairs) -> Pairs:
    """Return the fields with a service's own behind them; none may stand twice."""
    joined = (*fields, *extra)
    names = [name for name, _ in joined]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(
            f"{', '.join(twice)} would stand twice in the request.",
            hint="Leave it out of the extra parameters: the flow itself says it.",
        )
    return joined


def check_end_point(url: str) -> None:
    """Raise UsageError unless secrets may be sent there: https, or plain http to this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if not host or "{" in url or parts.username is not None or parts.fragment or not url.isprintable():
        raise UsageError(
            "The end point's address is not complete.",
            hint="Give the whole address, https://…, with every {part} filled in.",
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
        raise UsageError(
            f"Tokens are asked for over https only, not at {parts.scheme}://{host}.",
            hint="Use the https address; plain http is accepted on 127.0.0.1 alone.",
        )


def _text(value: str | Secret) -> str:
    return value.reveal() if isinstance(value, Secret) else value
