"""When a grant is refreshed, and what a refused refresh leads to."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.auth.renewal import STEPS, About, Step, judge, lead_s, next_step, refresh_at
from penstock.auth.tokens import NO_ANSWER, UNREADABLE, Grant, Refusal
from penstock.clock import utc
from penstock.redact import Secret

WALL = 1_800_000_000.0
BOTH = (True, False)


def grant(lifetime_s: float | None) -> Grant:
    expires_at = None if lifetime_s is None else utc(WALL + lifetime_s)
    return Grant(Secret("at"), Secret("rt"), utc(WALL), expires_at)


@pytest.mark.parametrize(
    ("lifetime_s", "chance", "lead"),
    [
        (3600, 1, 600),
        (3600, 0, 450),
        (86_400, 1, 600),
        (300, 1, 60),
        (300, 0, 45),
        (3, 1, 0.6),
        (3000, 0.5, 525),
        (0, 1, 0),
    ],
)
def test_the_lead_is_ten_minutes_or_a_fifth_of_the_life(
    lifetime_s: float, chance: float, lead: float
) -> None:
    """min(600 s, 20 % of the lifetime) × U(0.75, 1), to the digit."""
    assert lead_s(lifetime_s, chance) == pytest.approx(lead)
    assert refresh_at(grant(lifetime_s), chance) == utc(WALL + lifetime_s) - timedelta(seconds=lead)


@settings(max_examples=200, deadline=None)
@given(st.floats(0.01, 4e9), st.floats(0, 1))
def test_a_token_is_used_for_most_of_its_life(lifetime_s: float, chance: float) -> None:
    """However short its life, a token is not refreshed in its first four fifths, and always before its end."""
    lead = lead_s(lifetime_s, chance)
    assert 0 < lead <= lifetime_s * 0.2 * (1 + 1e-9) and lead <= 600


def test_a_fixed_lead_would_refresh_a_short_token_for_every_call() -> None:
    """The control: with ten minutes for all, a token of five would be due before it was issued."""
    due = refresh_at(grant(300), 1.0)
    assert due is not None and due > utc(WALL)
    assert utc(WALL + 300) - timedelta(seconds=600) < utc(WALL)


def test_an_unknown_expiry_has_no_time_to_refresh() -> None:
    """Where the service does not say, there is nothing to reckon with."""
    assert refresh_at(grant(None), 1.0) is None


@pytest.mark.parametrize(
    ("refusal", "about"),
    [
        (Refusal("invalid_grant", status=400), About.GRANT),
        (Refusal("invalid_grant", status=503), About.GRANT),
        (Refusal("invalid_client", status=401), About.CLIENT),
        (Refusal("unauthorized_client", status=400), About.CLIENT),
        (Refusal("invalid_scope", status=400), About.CLIENT),
        (Refusal("never_heard_of", status=400), About.CLIENT),
        (Refusal("http_401", status=401), About.CLIENT),
        (Refusal("temporarily_unavailable", status=400), About.TEMPORARY),
        (Refusal("server_error", status=200), About.TEMPORARY),
        (Refusal("http_500", status=500), About.TEMPORARY),
        (Refusal("http_429", status=429), About.TEMPORARY),
        (Refusal(NO_ANSWER), About.TEMPORARY),
        (Refusal(UNREADABLE, status=200), About.TEMPORARY),
        (Refusal(UNREADABLE, status=502), About.TEMPORARY),
        (Refusal(UNREADABLE, status=404), About.CLIENT),
    ],
)
def test_a_refusal_is_judged_by_its_code_and_then_by_its_status(refusal: Refusal, about: About) -> None:
    """A code of the standard counts more than the status; without one the status decides."""
    assert judge(refusal) is about


def test_the_table_has_a_step_for_everything() -> None:
    """Every combination stands in the table, once."""
    assert set(STEPS) == set(itertools.product(About, BOTH, BOTH))


def breaks_the_promise(steps: dict[tuple[About, bool, bool], Step]) -> bool:
    ends = {Step.REAUTH, Step.CORRECT}
    return any(
        (step in ends and is_valid)
        or (step is Step.REAUTH and not is_reread)
        or (about is About.TEMPORARY and step is not Step.RETRY)
        for (about, is_reread, is_valid), step in steps.items()
    )


def test_a_refused_early_refresh_never_ends_a_valid_token() -> None:
    """No refusal asks for anybody while the token holds, nor for a sign-in before the stored grant was read again."""
    assert not breaks_the_promise(STEPS)
    assert breaks_the_promise({**STEPS, (About.GRANT, True, True): Step.REAUTH})  # the controls
    assert breaks_the_promise({**STEPS, (About.GRANT, False, False): Step.REAUTH})
    assert breaks_the_promise({**STEPS, (About.TEMPORARY, False, False): Step.CORRECT})


def test_an_invalid_grant_is_reread_then_used_up_then_signed_in_again() -> None:
    """The walk of one dead refresh token: re-read, call on with what holds, and only at its end ask somebody."""
    dead = Refusal("invalid_grant", status=400)
    assert next_step(dead, is_reread=False, is_valid=True) is Step.REREAD
    assert next_step(dead, is_reread=True, is_valid=True) is Step.USE
    assert next_step(dead, is_reread=True, is_valid=False) is Step.REAUTH
    assert next_step(Refusal("http_500", status=500), is_reread=True, is_valid=False) is Step.RETRY
    assert next_step(Refusal("invalid_client"), is_reread=True, is_valid=False) is Step.CORRECT
