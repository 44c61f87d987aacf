"""A run in words and as one line: what fits, and what is said; what both text and HTML must say."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from drawn import RUNNING, progresses, read
from hypothesis import given
from hypothesis import strategies as st

from penstock.batch.progress import ErrorCount, Progress
from penstock.batch.render import (
    columns,
    format_rate,
    format_span,
    is_pacing,
    plain,
    render_text,
    wait_words,
)
from penstock.batch.render_html import render_html
from penstock.redact import HIDDEN, Secret


@given(progresses(), st.integers(10, 200), st.booleans())
def test_the_line_fits_and_is_one_line(progress: Progress, width: int, is_ascii: bool) -> None:
    """Whatever the run, the text is one printable line of at most the width asked for."""
    line = render_text(progress, width, is_ascii=is_ascii)
    assert columns(line) <= width
    assert line.isprintable()
    assert not is_ascii or line.rstrip("…").isascii()


def test_the_line_says_what_matters() -> None:
    """Running: share, counts, time left, rate; ended: the state and how long it took."""
    line = render_text(RUNNING, 120)
    for part in ("july-import", "41 %", "412/1,000", "12 failed", "4 uncertain", "24 s left", "24.8/s"):
        assert part in line
    ended = render_text(replace(RUNNING, state="finished", done=984, elapsed_s=42.0), 120)
    assert "finished: 1,000/1,000 rows in 42 s" in ended and "left" not in ended


def test_what_does_not_fit_is_left_out_last_first() -> None:
    """A narrow line keeps the counts and drops rate and time."""
    line = render_text(RUNNING, 44)
    assert "412/1,000" in line and "12 failed" in line and "24.8/s" not in line


@pytest.mark.parametrize(
    ("waiting_on", "said"),
    [
        ("limit", "rate limit"),
        ("breaker", "failing"),
        ("sign-in", "sign-in"),
        ("disk", "disk"),
        ("tide", "tide"),
    ],
)
def test_a_wait_is_named_with_its_end(waiting_on: str, said: str) -> None:
    """Text and HTML say what the run waits on and when it goes on; an ended run waits on nothing."""
    waits = replace(RUNNING, waiting_on=waiting_on, resumes_at=1_750_000_000.0, rate=0.0)
    for shown in (render_text(waits, 200), read(render_html(waits)).text):
        assert said in shown and re.search(r"goes on at \d\d:\d\d", shown)
    assert wait_words(replace(waits, state="finished")) == ""


def test_being_held_to_the_rate_is_no_wait() -> None:
    """A run whose rows queue for the limit while it goes at a tenth of the allowed rate or more is not said to wait."""
    assert is_pacing(replace(RUNNING, waiting_on="limit", rate=2.5))
    assert not is_pacing(replace(RUNNING, waiting_on="limit", rate=2.4))
    assert not is_pacing(replace(RUNNING, waiting_on="breaker"))
    assert not is_pacing(replace(RUNNING, waiting_on="limit", allowed_rate=None))


def test_an_unknown_total_has_no_bar_and_no_share() -> None:
    """Rows from a generator show a count, and no percentage."""
    line = render_text(replace(RUNNING, total=None, eta_s=None), 100)
    assert "412 rows" in line and "%" not in line and "▕" not in line
    assert "412 rows" in read(render_html(replace(RUNNING, total=None))).text


def test_the_whole_is_said_only_when_nothing_is_missing() -> None:
    """999 of 1,000 rows are 99 %."""
    assert "99 %" in render_text(replace(RUNNING, done=983), 100)


def test_secrets_are_taken_out() -> None:
    """A secret's value shows neither in the line nor in the HTML."""
    secret = Secret("canary-5521-canary")
    error = ErrorCount("ValueError", 1, f"no {secret.reveal()}", secret.reveal(), secret.reveal())
    shown = replace(RUNNING, run=f"x {secret.reveal()}", errors=(error,), note=secret.reveal())
    both = render_text(shown, 200) + render_html(shown)
    assert secret.reveal() not in both and HIDDEN in both


def test_a_megabyte_of_message_is_cut() -> None:
    """A huge message becomes a short one, and quickly."""
    assert len(plain("ab " * 500_000)) <= 300


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0.0 s"), (9.94, "9.9 s"), (24.1, "24 s"), (59.6, "1 min 00 s"), (200, "3 min 20 s"), (7500, "2 h 05 min"),
     (3599.7, "1 h 00 min"), (86399, "1 d 0 h"), (273600, "3 d 4 h")],
)  # fmt: skip
def test_spans_are_said_in_two_units_at_most(seconds: float, said: str) -> None:
    """A length of time reads as a person would say it."""
    assert format_span(seconds) == said


@pytest.mark.parametrize(
    ("rate", "said"),
    [(0, "0.0/s"), (24.83, "24.8/s"), (1234.5, "1,234/s"), (0.5, "30/min"), (0.001, "3.6/h")],
)
def test_rates_are_said_per_fitting_time(rate: float, said: str) -> None:
    """A rate below one a second is said per minute or hour."""
    assert format_rate(rate) == said
