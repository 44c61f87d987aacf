"""What a token end point answers: a Grant or a Refusal, read from bytes nobody vouches for. No I/O, no clock.

Whatever the bytes, `parse_token_answer` gives one of the two and never raises; neither shows a token. A refusal says
in a code what it was about; what to do about it is decided in `renewal.py` and `device.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, NoReturn

from penstock.auth.reading import (
    clean,
    find,
    read_lifetime_s,
    read_number,
    read_object,
    read_refresh_lifetime_s,
    read_scopes,
    read_text,
)
from penstock.clock import utc
from penstock.errors import ProviderError, ResponseUnreadable, ServerFailed, SignInNeeded
from penstock.model import Headers, Response
from penstock.redact import Secret, redact

UNREADABLE = "unreadable"  # not what a token end point answers
NO_ANSWER = "no_answer"  # the connection broke: nobody knows whether the request arrived

_TOKEN = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")  # VSCHAR of RFC 6749, appendix A.12
_TEMPORARY = {"temporarily_unavailable", "server_error", "slow_down", NO_ANSWER}
_TEMPORARY_STATUS = {408, 429}
_LONGEST_EXTRA = 2000
_DIGITS = re.compile(r"[0-9]{1,6}")


@dataclass(frozen=True, slots=True, repr=False)
class Grant:
    """What an account may do, and until when. Its repr shows no token, and it cannot be pickled or copied.

    refresh_token: None where there is nothing to refresh with; then one asks, or signs in, again.
    issued_at:     when the request for it left, so that a slow answer never makes a token look younger.
    expires_at:    None where the service does not say: refresh it when a call answers 401.
    kind:          the answer's token_type in small letters.
    extras:        what else the integration keeps (instance_url, api_domain), by its path in the answer.
    """

    access_token: Secret
    refresh_token: Secret | None
    issued_at: datetime
    expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None
    scopes: tuple[str, ...] = ()
    kind: str = "bearer"
    extras: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def lifetime_s(self) -> float | None:
        """Return how long it holds from the day it was issued, None where the service does not say."""
        return None if self.expires_at is None else (self.expires_at - self.issued_at).total_seconds()

    def is_valid(self, wall: float) -> bool:
        """Say whether it has not expired at `wall`, as far as is known."""
        return self.expires_at is None or wall < self.expires_at.timestamp()

    def __repr__(self) -> str:
        parts = [
            self.kind,
            f"scopes {' '.join(self.scopes) or 'unknown'}",
            f"expires {self.expires_at.isoformat(timespec='seconds')}"
            if self.expires_at
            else "expiry unknown",
            "refreshable" if self.refresh_token else "not refreshable",
            *([f"with {', '.join(self.extras)}"] if self.extras else []),
        ]
        return f"<Grant {', '.join(parts)}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A Grant cannot be pickled or copied: pass the account's name and look it up there.")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no grant. `code` is the standard's word (RFC 6749 §5.2, RFC 8628 §3.5), or "unreadable", "no_answer".

    status is 0 where nothing came back; interval_s is what a device's poll was told to wait.
    """

    code: str
    description: str = ""
    status: int = 0
    retry_after_s: float | None = None
    interval_s: float | None = None

    @property
    def is_temporary(self) -> bool:
        """Say whether the same request may well succeed later: the service is busy, broken, or not reached."""
        if self.code in _MEANINGS:  # a code it has a word for counts more than the status beside it
            return self.code in _TEMPORARY
        if self.code == UNREADABLE and self.status < 400:
            return True  # a portal or a proxy stands between
        return self.status >= 500 or self.status in _TEMPORARY_STATUS

    def to_error(self, integration: str | None = None, account: str | None = None) -> ProviderError:
        """Return it as an error to raise, in plain words."""
        says = f" It says: {self.description}" if self.description else ""
        if self.code == UNREADABLE:
            return ResponseUnreadable(
                f"The token end point's answer ({self.status}) is not what one answers: {self.description}",
                hint="Check the token address, and whether a proxy or a sign-in page stands between.",
                status=self.status,
                integration=integration,
                account=account,
            )
        meaning, hint = _MEANINGS.get(self.code, (f"The token end point refused: {self.code}.", _REPORT))
        kind = ServerFailed if self.is_temporary else SignInNeeded
        return kind(
            meaning + says,
            hint=hint,
            status=self.status or None,
            code=self.code,
            retry_after_s=self.retry_after_s,
            integration=integration,
            account=account,
        )


_AGAIN = "Sign in again; the account's other settings stay."
_CLIENT = "Compare the client's id, secret and redirect address with the app's page at the service."
_REPORT = "Sign in again; if it comes back, the app's settings at the service do not fit what is asked."
_LATER = "It is theirs: try again later."
_MEANINGS = {
    "invalid_grant": ("The service no longer accepts this sign-in.", _AGAIN),
    "invalid_client": ("The service does not accept the client's id or secret.", _CLIENT),
    "unauthorized_client": ("This client (app) may not sign in this way.", _CLIENT),
    "unsupported_grant_type": ("The service does not offer this way of signing in.", _CLIENT),
    "invalid_scope": ("The service does not give one of the scopes asked for.", "Ask for fewer scopes."),
    "invalid_request": ("The service does not understand the request for a token.", _REPORT),
    "access_denied": ("The sign-in was declined.", "Start it again and allow the access."),
    "expired_token": ("The sign-in was not finished in time.", "Start it again for a new code."),
    "authorization_pending": ("The sign-in is not finished yet.", "Enter the code at the address shown."),
    "slow_down": ("The service wants to be asked less often.", _LATER),
    "temporarily_unavailable": ("The service cannot give tokens now.", _LATER),
    "server_error": ("The service failed while it made a token.", _LATER),
    NO_ANSWER: ("Nothing came back from the token end point.", "Check the network and the token address."),
}


def parse_token_answer(
    response: Response,
    *,
    wall: float,
    asked: tuple[str, ...] = (),
    previous: Grant | None = None,
    within: str | None = None,
    token_field: str = "access_token",
    keep: tuple[str, ...] = (),
    codes: Mapping[str, str] | None = None,
) -> Grant | Refusal:
    """Return what a token end point answered; never raises.

    wall:     this machine's time when the request left, seconds since 1970.
    asked:    the scopes asked for, where some were; they hold where the answer names none (RFC 6749 §5.1).
    previous: the grant that was refreshed: its refresh token, scopes and extras stay where the answer has no new ones.
    within:   the part that has the token, where it is not the whole (Slack's authed_user).
    keep:     paths of further fields to keep as extras ("instance_url", "team.id").
    codes:    the service's own words for the standard's codes ({"bad_refresh_token": "invalid_grant"}).
    """
    found = read_object(response)
    if found is None:
        kind = clean(str(response.headers.get("content-type", "no content type")), 60)
        return Refusal(UNREADABLE, f"{kind}, {len(response.body)} bytes.", response.status)
    if not 200 <= response.status < 300 or read_text(found.get("error")) or found.get("ok") is False:
        return _read_refusal(found, response, codes or {})
    if isinstance(found.get("error"), dict):
        return _read_refusal(found, response, codes or {})
    part = found if within is None else found.get(within)
    fields: dict[str, Any] = part if isinstance(part, dict) else {}
    if not _is_token(fields.get(token_field)):
        missing = f"{within}.{token_field}" if within else token_field
        names = ", ".join(clean(name, 40) for name in list(found)[:12]) or "nothing"
        return Refusal(UNREADABLE, f"it has no usable {missing}; it has {names}.", response.status)
    renewed = fields.get("refresh_token")
    if renewed not in (None, "") and not _is_token(renewed):
        return Refusal(UNREADABLE, "its refresh_token is not one.", response.status)
    return _build_grant(found, fields, response.headers, wall, asked, previous, token_field, keep)


def _build_grant(
    found: dict[str, Any],
    fields: dict[str, Any],
    headers: Headers,
    wall: float,
    asked: tuple[str, ...],
    previous: Grant | None,
    token_field: str,
    keep: tuple[str, ...],
) -> Grant:
    renewed = fields.get("refresh_token")
    refresh_token = Secret(renewed) if renewed else previous.refresh_token if previous else None
    lifetime_s = read_lifetime_s(fields, headers, wall)
    refresh_lifetime_s = read_refresh_lifetime_s(fields, headers, wall)
    refresh_expires_at = None if refresh_lifetime_s is None else utc(wall + refresh_lifetime_s)
    if refresh_expires_at is None and previous is not None and not renewed:
        refresh_expires_at = previous.refresh_expires_at
    scopes = read_scopes(fields)
    if scopes is None:
        scopes = asked or (previous.scopes if previous is not None else ())
    extras = dict(previous.extras) if previous is not None else {}
    for path in keep:
        value = find(found, path)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = repr(value)
        if isinstance(value, str) and value and clean(value, _LONGEST_EXTRA) == value:  # whole, or not at all
            extras[path] = value
    return Grant(
        access_token=Secret(fields[token_field]),
        refresh_token=refresh_token,
        issued_at=utc(wall),
        expires_at=None if lifetime_s is None else utc(wall + lifetime_s),
        refresh_expires_at=refresh_expires_at,
        scopes=scopes,
        kind=clean(read_text(fields.get("token_type")) or "bearer", 40).lower(),
        extras=MappingProxyType(extras),
    )


def _is_token(value: object) -> bool:
    return isinstance(value, str) and _TOKEN.fullmatch(value) is not None


def parse_refusal(response: Response, codes: Mapping[str, str] | None = None) -> Refusal:
    """Return what an answer without a grant says; never raises."""
    return _read_refusal(read_object(response) or {}, response, codes or {})


def _read_refusal(found: dict[str, Any], response: Response, codes: Mapping[str, str]) -> Refusal:
    code = next(
        (text for path in _CODE_PATHS if (text := read_text(find(found, path)))), f"http_{response.status}"
    )
    description = next((text for path in _TEXT_PATHS if (text := read_text(find(found, path)))), "")
    code = codes.get(description) or codes.get(code) or code
    retry_after = str(response.headers.get("retry-after", ""))
    interval_s = read_number(found.get("interval"))
    return Refusal(
        code=clean(redact(code), 64),
        description=clean(redact(description), 300),  # some repeat the token they refuse
        status=response.status,
        retry_after_s=float(retry_after) if _DIGITS.fullmatch(retry_after) else None,
        interval_s=interval_s if interval_s and 0 < interval_s <= 3600 else None,
    )


_CODE_PATHS = ("error", "error.code", "error.type", "error_code", "errorCode", "code", "status")
_TEXT_PATHS = ("error_description", "error.message", "message", "reason", "error_summary")
