"""A run as text and as HTML: what fits, what is said, what is escaped."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.batch.progress import ErrorCount, Progress
from penstock.batch.render import (
    columns,
    format_rate,
    format_span,
    is_pacing,
    mean_rate,
    plain,
    render_html,
    render_text,
    wait_words,
)
from penstock.redact import HIDDEN, Secret

RUNNING = Progress("july-import", "running", 1000, 396, 12, 4, 0, 10, 578, 24.8, 25.0, 17.2, 24.1, None, None)
NASTY = "<img src=x onerror=alert(1)></script>\" ' \x1b[31m\r\n javascript:alert(1) 漢字 🦆"

texts = st.text(max_size=40)
counts = st.integers(0, 10**9)
numbers = st.floats(0, 1e9)


@st.composite
def progresses(draw: st.DrawFn) -> Progress:
    """Draw any state a run can be in, with any text in it."""
    done, failed, uncertain, skipped = (draw(counts) for _ in range(4))
    total = draw(
        st.none() | st.integers(0, 10**6).map(lambda more: done + failed + uncertain + skipped + more)
    )
    errors = draw(
        st.lists(
            st.builds(ErrorCount, texts, counts, texts, st.none() | texts, st.none() | texts), max_size=9
        )
    )
    return Progress(
        run=draw(texts),
        state=draw(st.sampled_from(["running", "paused", "finished", "cancelled", "stopped"])),
        total=total,
        done=done,
        failed=failed,
        uncertain=uncertain,
        skipped=skipped,
        in_flight=draw(counts),
        queued=None,
        rate=draw(numbers),
        allowed_rate=draw(st.none() | numbers),
        elapsed_s=draw(numbers),
        eta_s=draw(st.none() | numbers),
        waiting_on=draw(st.sampled_from([None, "limit", "breaker", "sign-in", "disk", "something new"])),
        resumes_at=draw(st.none() | st.floats(0, 4e9)),
        errors=tuple(errors),
        note=draw(st.none() | texts),
    )


class Reader(HTMLParser):
    """Collect the tags, the attributes and the text of HTML, and insist that tags are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


@given(progresses(), st.integers(10, 200), st.booleans())
def test_the_line_fits_and_is_one_line(progress: Progress, width: int, is_ascii: bool) -> None:
    """Whatever the run, the text is one printable line of at most the width asked for."""
    line = render_text(progress, width, is_ascii=is_ascii)
    assert columns(line) <= width
    assert line.isprintable()
    assert not is_ascii or line.rstrip("…").isascii()


@given(progresses())
def test_html_holds_no_more_than_its_own_tags(progress: Progress) -> None:
    """Whatever stands in names and messages, the HTML is well formed and has only tags and attributes of its own."""
    reader = read(render_html(progress, mark=progress.run))
    assert reader.tags <= {"div", "span", "b", "table", "tbody", "tr", "td"}
    assert reader.attributes <= {"class", "style", "data-penstock-run", "aria-label"}


def test_nasty_text_is_shown_and_not_run() -> None:
    """Markup in a run's name, an error and a note arrives as the text it is."""
    error = ErrorCount(NASTY, 3, NASTY, NASTY, NASTY)
    reader = read(render_html(replace(RUNNING, run=NASTY, errors=(error,), note=NASTY)))
    assert "img" not in reader.tags and "script" not in reader.tags
    assert reader.text.count("<img src=x onerror=alert(1)>") >= 5


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


def test_only_the_worst_kinds_are_listed() -> None:
    """Of many kinds of error the commonest are shown, and the rest is counted."""
    errors = tuple(ErrorCount(f"Kind{i:02}", i, "m", None, None) for i in range(1, 21))
    text = read(render_html(replace(RUNNING, errors=errors))).text
    assert "Kind20" in text and "Kind14" not in text
    assert "14 more kinds, 105 rows" in text


def test_rows_of_an_earlier_pass_are_no_speed_of_this_one() -> None:
    """A run taken up again says how much it found, and its mean rate is of the rows settled since."""
    ended = replace(RUNNING, state="finished", done=984, carried=900, elapsed_s=10.0)
    assert mean_rate(ended) == pytest.approx(10.0)
    text = read(render_html(ended)).text
    assert "10.0/s" in text and "900 from an earlier pass" in text
    for quick in (replace(ended, carried=1000), replace(ended, elapsed_s=0.2)):
        assert mean_rate(quick) is None and "Mean rate" not in render_html(quick)


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
