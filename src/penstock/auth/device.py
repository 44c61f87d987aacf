"""A sign-in on another device (RFC 8628): the code to type there, and what the next poll does. No I/O, no clock."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from penstock.auth.reading import clean, read_lifetime_s, read_number, read_object, read_text
from penstock.auth.tokens import UNREADABLE, Grant, Refusal, parse_refusal
from penstock.model import Response
from penstock.redact import Secret

USUAL_INTERVAL_S = 5.0  # RFC 8628 §3.2, where the service does not say
SLOWER_BY_S = 5.0  # RFC 8628 §3.5
LONGEST_INTERVAL_S = 60.0
USUAL_LIFETIME_S = 600.0  # the RFC requires expires_in; where it is missing all the same

_PRINTABLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class DeviceSignIn:
    """What a person needs to sign in elsewhere: open `address` and type `user_code`.

    whole_address: has the code in it already, for a link or a QR code; None where the service gives none.
    expires_at:    wall seconds.
    """

    device_code: Secret
    user_code: str
    address: str
    whole_address: str | None = field(repr=False)
    interval_s: float
    expires_at: float


@dataclass(frozen=True, slots=True)
class PollAgain:
    """Ask again after `interval_s` seconds, and no sooner from then on."""

    interval_s: float


def parse_device_answer(response: Response, *, wall: float) -> DeviceSignIn | Refusal:
    """Return what the device end point answered; never raises. `wall` is when the request left."""
    found = read_object(response)
    if found is None or not 200 <= response.status < 300 or read_text(found.get("error")):
        if found is None:
            return Refusal(
                UNREADABLE, f"{len(response.body)} bytes that are no JSON object.", response.status
            )
        return parse_refusal(response)
    device_code, user_code = read_text(found.get("device_code")), read_text(found.get("user_code"))
    address = _read_link(found.get("verification_uri") or found.get("verification_url"))  # Google's word
    if not device_code or not _PRINTABLE.fullmatch(device_code) or not user_code or not address:
        return Refusal(
            UNREADABLE, "it lacks a device_code, a user_code or a verification_uri.", response.status
        )
    interval_s = read_number(found.get("interval")) or 0.0
    return DeviceSignIn(
        device_code=Secret(device_code),
        user_code=clean(user_code, 64),
        address=address,
        whole_address=_read_link(
            found.get("verification_uri_complete") or found.get("verification_url_complete")
        ),
        interval_s=min(interval_s, LONGEST_INTERVAL_S) if interval_s > 0 else USUAL_INTERVAL_S,
        expires_at=wall + (read_lifetime_s(found, response.headers, wall) or USUAL_LIFETIME_S),
    )


def _read_link(value: object) -> str | None:
    """Return an address that may be shown as a link: http or https, nothing that runs."""
    text = read_text(value)
    if text is None or len(text) > 2000 or not _PRINTABLE.fullmatch(text):
        return None
    try:
        parts = urlsplit(text)
        return text if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


# What the next poll does (RFC 8628 §3.5), read from top to bottom:
#   1. a grant ends the sign-in, late as it may come;
#   2. authorization_pending: again after the same interval;
#   3. slow_down: again, from now on 5 s slower, or as slow as the answer says;
#   4. the service is busy, broken or not reached: again, from now on at twice the interval, to a minute at most;
#   5. whatever else it says (access_denied, expired_token) ends the sign-in;
#   6. and so does a next poll that would come after the code has expired.
def decide_poll(
    answer: Grant | Refusal, sign_in: DeviceSignIn, interval_s: float, *, wall: float
) -> Grant | PollAgain | Refusal:
    """Return the grant, when to ask again, or the refusal that ends the sign-in. `interval_s` is the one so far."""
    if isinstance(answer, Grant):
        return answer
    if answer.code == "authorization_pending":
        longer_s = interval_s
    elif answer.code == "slow_down":
        longer_s = max(interval_s + SLOWER_BY_S, answer.interval_s or 0.0)
    elif answer.is_temporary:
        longer_s = max(min(interval_s * 2, LONGEST_INTERVAL_S), interval_s, answer.retry_after_s or 0.0)
    else:
        return answer
    if wall + longer_s >= sign_in.expires_at:
        return Refusal("expired_token", status=answer.status)
    return PollAgain(longer_s)
