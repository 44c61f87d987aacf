"""A run as static HTML: well formed, escaped, with the facts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from drawn import NASTY, RUNNING, progresses, read
from hypothesis import given

from penstock.batch.progress import ErrorCount, Progress
from penstock.batch.render import mean_rate
from penstock.batch.render_html import render_html


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
