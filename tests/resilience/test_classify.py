"""What each status and each lost connection means, row by row as the table promises it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.errors import ConnectFailed, ReceiveFailed, SendFailed, TimedOut, TransportFailed
from penstock.model import Verdict
from penstock.resilience.classify import classify_failure, classify_status, is_breaker_failure

S, T, H, A, P, U = (
    Verdict.SUCCESS,
    Verdict.TRANSIENT,
    Verdict.THROTTLED,
    Verdict.AUTH,
    Verdict.PERMANENT,
    Verdict.UNCERTAIN,
)

# status: (resendable, not resendable)
PROMISED = {
    200: (S, S), 201: (S, S), 202: (S, S), 204: (S, S), 207: (S, S), 299: (S, S),
    303: (S, S), 304: (S, S),
    300: (P, P), 301: (P, P), 302: (P, U), 307: (P, P), 308: (P, P),
    400: (P, P), 402: (P, P), 403: (P, P), 404: (P, P), 405: (P, P), 409: (P, P), 410: (P, P), 413: (P, P),
    418: (P, P), 422: (P, P), 425: (P, P), 451: (P, P), 499: (P, P),
    401: (A, A),
    408: (T, U),
    429: (H, H),
    500: (T, U), 502: (T, U), 503: (T, U), 504: (T, U), 520: (T, U), 529: (T, U), 599: (T, U),
    501: (P, P), 505: (P, P), 511: (P, P),
    100: (T, U), 101: (T, U), 0: (T, U), 600: (T, U), 999: (T, U),
}  # fmt: skip


@pytest.mark.parametrize("status", PROMISED)
def test_a_status_means_what_the_table_says(status: int) -> None:
    """Each status has the promised verdict, with and without leave to send again."""
    got = tuple(
        classify_status(status, is_resendable=is_resendable, has_retry_after=False)
        for is_resendable in (True, False)
    )
    assert got == PROMISED[status]


@pytest.mark.parametrize(
    ("is_resendable", "has_retry_after", "safe_503", "verdict"),
    [
        (True, True, False, H),
        (True, False, False, T),
        (False, True, False, U),
        (False, False, False, U),
        (False, True, True, H),
        (False, False, True, T),
        (True, True, True, H),
    ],
)
def test_a_503_is_retried_only_where_that_is_safe(
    is_resendable: bool, has_retry_after: bool, safe_503: bool, verdict: Verdict
) -> None:
    """A 503 to a POST without key is uncertain, Retry-After or not, unless the integration calls it safe."""
    assert verdict is classify_status(
        503, is_resendable=is_resendable, has_retry_after=has_retry_after, safe_503=safe_503
    )


def test_a_409_to_a_keyed_call_is_waited_for() -> None:
    """A 409 to a call with a key may be its own first attempt at work: retried; without a key it is a no."""
    told = {"is_resendable": True, "has_retry_after": False}
    assert classify_status(409, **told, has_key=True) is T
    assert classify_status(409, **told, has_key=False) is P
    assert classify_status(422, **told, has_key=True) is P
    # A key that this service does not know makes nothing resendable.
    assert classify_status(409, is_resendable=False, has_retry_after=False, has_key=True) is P


@given(status=st.integers(), has_retry_after=st.booleans(), safe_503=st.booleans())
def test_a_call_that_cannot_be_resent_is_retried_only_when_refused(
    status: int, has_retry_after: bool, safe_503: bool
) -> None:
    """Of all numbers a server may send, only 429 and a safe 503 let a POST without key go again."""
    verdict = classify_status(status, is_resendable=False, has_retry_after=has_retry_after, safe_503=safe_503)
    if verdict in (T, H):
        assert status == 429 or (status == 503 and safe_503)


@pytest.mark.parametrize("kind", [SendFailed, ReceiveFailed, TimedOut, TransportFailed])
def test_a_connection_lost_after_sending_is_uncertain(kind: type[TransportFailed]) -> None:
    """Once bytes may have arrived, only a resendable call is retried."""
    error = kind("cut")
    assert classify_failure(error, is_resendable=True) is T
    assert classify_failure(error, is_resendable=False) is U


def test_nothing_sent_is_always_retried() -> None:
    """A connection never made, or a time-out before one was, harms no call."""
    assert classify_failure(ConnectFailed("refused"), is_resendable=False) is T
    assert classify_failure(TimedOut("no free connection", is_sent=False), is_resendable=False) is T


def test_only_the_services_own_failures_speak_against_it() -> None:
    """5xx and 408 count for the breaker; no other 4xx, no success, and no definite 501 does."""
    counting = {status for status in range(100, 600) if is_breaker_failure(status)}
    assert counting == ({408} | set(range(500, 600))) - {501, 505, 511}
