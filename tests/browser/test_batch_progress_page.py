"""BatchProgress, the page's half, on a bare page with a made-up model: drawing, buttons, voice, leaving."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pages import open_widget

from penstock.batch.progress import ErrorCount, Progress
from penstock.widgets.batch_progress import build_state

sys.path.insert(0, str(Path(__file__).parents[1] / "widgets"))

from fake_runs import START

NASTY = "<img src=x onerror='window.hit=1'></script><script>window.hit=1</script>"

LISTEN = """() => {
    window.heard = [];
    const voice = document.querySelector('[aria-live]');
    const ear = new MutationObserver(() => window.heard.push(voice.textContent));
    ear.observe(voice, { childList: true, characterData: true, subtree: true });
}"""

# Texts whose colour stands out too little (WCAG 2.2: relative luminance, contrast ratio) from what is painted behind.
LOW_CONTRAST = """() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const rgba = (colour) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    const luminance = (colour) => {
        const [r, g, b] = rgba(colour).map((part) => linear(part / 255));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const low = [];
    for (const node of document.querySelectorAll('.ps-batch *')) {
        const text = [...node.childNodes].filter((one) => one.nodeType === 3).map((one) => one.data).join('').trim();
        if (!text || node.closest('[hidden], .ps-said')) continue;
        let behind = node;
        while (rgba(getComputedStyle(behind).backgroundColor)[3] < 255) behind = behind.parentElement;
        const [a, b] = [getComputedStyle(node).color, getComputedStyle(behind).backgroundColor].map(luminance);
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) low.push([text, ratio]);
    }
    return low;
}"""

MOVING = """() => {
    const nodes = [...document.querySelectorAll('.ps-batch, .ps-batch *')];
    const looks = nodes.flatMap((node) => [null, '::after'].map((part) => getComputedStyle(node, part)));
    const glides = (look) => look.transitionProperty !== 'none' && look.transitionDuration !== '0s';
    return looks.filter((look) => look.animationName !== 'none' || glides(look)).length;
}"""


def state(progress: Progress = START, **changes: Any) -> dict[str, Any]:
    """Return what Python sends for a progress."""
    shown = replace(progress, **changes)
    return build_state(shown, has_ended=shown.is_finished)


def show(page: Any, theme: str = "light", **changes: Any) -> None:
    open_widget(page, "batch_progress", {"progress": state(**changes)}, theme=theme)


def move(page: Any, **changes: Any) -> None:
    page.evaluate("(state) => window.model.set('progress', state)", state(**changes))


def button(page: Any, name: str) -> Any:
    return page.get_by_role("button", name=name, exact=True)


def sent(page: Any) -> list[str]:
    return [message["type"] for message in page.evaluate("() => window.model.sent")]


def test_the_notes_under_numbers_are_bare(page: Any) -> None:
    """No frame or wash of another widget's notes stands under a number; one planted is found."""
    frames = """() => [...document.querySelectorAll('.ps-batch .ps-note')].filter((node) => {
        const look = getComputedStyle(node);
        return look.borderLeftWidth !== '0px' || look.backgroundColor !== 'rgba(0, 0, 0, 0)';
    }).length"""
    show(page)
    assert page.locator(".ps-batch .ps-note").count() >= 6 and page.evaluate(frames) == 0
    page.add_style_tag(content=".penstock .ps-note { border-left: 3px solid; }")
    assert page.evaluate(frames) >= 6


def test_the_numbers_are_there(page: Any) -> None:
    """Name, state, counts, rate against the allowed rate, time left and errors with hint and row can be read."""
    show(page)
    text = page.locator(".ps-batch").inner_text()
    for part in (
        "july-import",
        "running · 41 % of 1,000 rows",
        "396",
        "588",
        "24.8/s",
        "of 25.0/s allowed",
        "24 s",
    ):
        assert part in text
    for part in (
        "10 in flight, 578 queued",
        "Invalid email address: anna@",
        "Correct the value",
        "row C-00412",
    ):
        assert part in text


def test_the_bar_is_a_progressbar(page: Any) -> None:
    """A screen reader is told the share and the counts; each part of the bar has its share and a look of its own."""
    show(page)
    bar = page.get_by_role("progressbar")
    assert bar.get_attribute("aria-valuenow") == "41"
    assert "396 done, 12 failed, 4 uncertain" in bar.get_attribute("aria-valuetext")
    width = bar.bounding_box()["width"]
    parts = {kind: page.locator(f".ps-bar .ps-{kind}") for kind in ("done", "failed", "uncertain")}
    page.wait_for_timeout(250)  # the bar's own glide
    assert parts["done"].bounding_box()["width"] == pytest.approx(width * 0.396, abs=3)
    looks = {
        kind: part.evaluate("(node) => getComputedStyle(node).backgroundImage")
        for kind, part in parts.items()
    }
    assert looks["done"] == "none" and "gradient" in looks["failed"] and looks["failed"] != looks["uncertain"]


def test_an_unknown_total_has_no_value(page: Any) -> None:
    """Without a total the bar promises no percentage."""
    show(page, total=None, queued=None, eta_s=None)
    assert page.get_by_role("progressbar").get_attribute("aria-valuenow") is None
    assert "running · 412 rows" in page.locator(".ps-batch").inner_text()


def test_a_run_taken_up_again_says_what_it_found(page: Any) -> None:
    """Rows of an earlier pass are named as such, and are left out of the mean rate at the end."""
    show(page, carried=300)
    assert "300 from an earlier pass" in page.locator(".ps-batch").inner_text()
    move(page, state="finished", done=984, carried=900, elapsed_s=10.0)
    assert "10.0/s" in page.locator(".ps-batch").inner_text()


def test_a_short_wait_for_the_limit_is_no_news(page: Any) -> None:
    """Rows that go on within three seconds are at the limit, not waiting: nothing flickers."""
    show(page, waiting_on="limit", rate=0.0, resumes_at=time.time() + 1)
    status = page.locator(".ps-status").inner_text()
    assert status.startswith("At the rate limit") and "goes on" not in status


def test_a_new_state_is_drawn(page: Any) -> None:
    """Numbers follow the model, and kinds of error come and go."""
    show(page)
    move(page, done=700, errors=START.errors[:1])
    text = page.locator(".ps-batch").inner_text()
    assert "700" in text and "ServerFailed" not in text and "71 %" in text


@pytest.mark.parametrize(
    ("waiting_on", "said"),
    [("limit", "rate limit"), ("breaker", "failing"), ("sign-in", "sign-in"), ("disk", "disk")],
)
def test_a_wait_is_said_with_its_end(page: Any, waiting_on: str, said: str) -> None:
    """What the run waits on stands there with the time it goes on, and how long that is."""
    show(page, waiting_on=waiting_on, resumes_at=time.time() + 3605, rate=0.0)
    status = page.locator(".ps-status").inner_text()
    assert said in status and "goes on at" in status and "in 1 h 00 min" in status


def test_buttons_ask_and_wait_for_the_answer(page: Any) -> None:
    """Pause sends one question with an id, says so until the answer, and a second press adds none."""
    show(page)
    page.evaluate("() => { window.model.answers = false; }")
    button(page, "Pause").click()
    pausing = button(page, "Pausing…")
    assert pausing.get_attribute("aria-disabled") == "true"
    pausing.click(force=True)
    assert sent(page) == ["pause"]
    page.evaluate("() => window.model.answer(window.model.sent[0].id)")
    button(page, "Pause").wait_for()
    move(page, state="paused")
    button(page, "Resume").click()
    assert sent(page) == ["pause", "resume"]


def test_a_busy_kernel_is_named(page: Any) -> None:
    """Without an answer within a second the hint says what to press; the answer takes it away."""
    show(page)
    page.evaluate("() => { window.model.answers = false; }")
    button(page, "Pause").click()
    hint = page.locator(".ps-busy")
    assert not hint.is_visible()
    hint.wait_for(state="visible", timeout=3000)
    assert hint.inner_text() == "The kernel is busy: press ■ to interrupt"
    page.evaluate("() => window.model.answer(window.model.sent[0].id)")
    hint.wait_for(state="hidden", timeout=1000)


def test_a_refusal_is_shown(page: Any) -> None:
    """When the run refuses, its reason stands by the buttons."""
    show(page)
    page.evaluate("() => { window.model.answers = false; }")
    button(page, "Pause").click()
    page.evaluate("() => window.model.answer(window.model.sent[0].id, 'The run is not over yet.')")
    page.get_by_text("The run is not over yet.").wait_for()


def test_cancel_asks_for_a_second_click(page: Any) -> None:
    """One click changes the words only; the second within three seconds cancels."""
    show(page)
    button(page, "Cancel").click()
    assert sent(page) == []
    button(page, "Cancel? click again").click()
    assert sent(page) == ["cancel"]


def test_cancel_thinks_better_of_it(page: Any) -> None:
    """After three seconds, or on Escape, the armed button is itself again and nothing was sent."""
    show(page)
    button(page, "Cancel").click()
    page.keyboard.press("Escape")
    button(page, "Cancel").wait_for(timeout=500)
    button(page, "Cancel").click()
    button(page, "Cancel? click again").wait_for()
    button(page, "Cancel").wait_for(timeout=5000)
    assert sent(page) == []


def test_the_keyboard_is_enough(page: Any) -> None:
    """Tab reaches each button in order with a visible ring; Space and Enter press them."""
    show(page)
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert focused.inner_text() == "Pause"
    assert focused.evaluate("(node) => getComputedStyle(node).outlineStyle") == "solid"
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert sent(page) == ["pause", "cancel"]


def test_the_focus_is_not_lost(page: Any) -> None:
    """When the focused button goes away because the run ended, its neighbour has the focus."""
    show(page)
    button(page, "Cancel").focus()
    move(page, state="finished", done=984)
    assert page.locator(":focus").inner_text() == "Retry 12 failed"


def test_an_ended_run_offers_retry_only(page: Any) -> None:
    """Pause and Cancel are gone at the end; Retry is there exactly when rows failed."""
    show(page, state="finished", done=984)
    names = [node.inner_text() for node in page.get_by_role("button").all()]
    assert names == ["Retry 12 failed"]
    button(page, "Retry 12 failed").click()
    assert sent(page) == ["retry_failed"]
    move(page, state="finished", failed=0, done=996)
    assert page.get_by_role("button").count() == 0


def test_one_polite_voice(page: Any) -> None:
    """Of a hundred updates in a moment a screen reader hears one sentence, and a new state within five seconds."""
    page.clock.install()
    show(page)
    page.evaluate(LISTEN)
    assert page.locator("[aria-live=polite]").count() == 1
    page.clock.run_for(6000)
    for done in range(400, 990, 6):
        move(page, done=done)
    page.clock.run_for(100)
    assert len(page.evaluate("() => window.heard")) <= 2
    move(page, done=984, state="finished")
    page.clock.run_for(5000)
    heard = page.evaluate("() => window.heard")
    assert "finished" in heard[-1] and "984 done" in heard[-1] and len(heard) <= 3


def test_the_seconds_run_on_between_messages(page: Any) -> None:
    """Without news the time goes on by itself, and after half a minute the silence is said."""
    page.clock.install()
    show(page)
    page.clock.run_for(5000)
    assert "22 s so far" in page.locator(".ps-batch").inner_text()
    page.clock.run_for(40_000)
    assert "no news for" in page.locator(".ps-batch").inner_text()


def test_text_is_text(page: Any) -> None:
    """Markup in a name, an error, a hint, a row and a note is shown and not run."""
    error = ErrorCount(NASTY, 1, NASTY, NASTY, NASTY)
    show(page, run=NASTY, errors=(error,), note=NASTY)
    page.wait_for_timeout(100)
    assert page.evaluate("() => window.hit") is None
    assert page.locator(".ps-batch img, .ps-batch script").count() == 0
    assert page.locator(".ps-message").inner_text() == NASTY


def test_leaving_takes_everything_along(page: Any) -> None:
    """When the view is taken away its nodes, listeners and timers go with it."""
    page.clock.install()
    show(page)
    button(page, "Pause").click()
    page.evaluate("() => window.leave()")
    assert page.evaluate(
        "() => [window.model.count(), document.querySelector('#place').childNodes.length]"
    ) == [0, 0]
    move(page, done=900)
    page.clock.run_for(10_000)


def test_static_html_gets_its_retry_button(page: Any) -> None:
    """The static HTML of an ended run is given a Retry button once, while the page's model lives."""
    show(page, state="finished", done=984)
    page.evaluate(
        "() => { const it = document.createElement('div'); it.dataset.penstockRun = 'm1'; document.body.append(it); }"
    )
    for _ in range(2):
        page.evaluate(
            "(state) => window.model.set('progress', { ...state, mark: 'm1' })",
            state(state="finished", done=984),
        )
    static = page.locator("[data-penstock-run=m1]")
    static.get_by_role("button", name="Retry 12 failed").click()
    assert static.get_by_role("button").count() == 1
    assert sent(page) == ["retry_failed"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_can_be_read_in_both_themes(page: Any, theme: str, take: Callable[[Any, str], Path]) -> None:
    """Every text has a contrast of at least 4.5 to 1 against what lies behind it."""
    show(page, theme=theme, note="on_progress raised ValueError. The run goes on without it.")
    low = page.evaluate(LOW_CONTRAST)
    assert low == []
    take(page, f"page_{theme}")


def test_a_narrow_place_keeps_it_whole(page: Any) -> None:
    """In 360 pixels nothing sticks out sideways."""
    page.set_viewport_size({"width": 408, "height": 800})
    show(page)
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")


def test_quiet_motion_is_respected(page: Any) -> None:
    """For people who asked for less motion nothing glides or drifts."""
    page.emulate_media(reduced_motion="reduce")
    show(page, total=None, queued=None, eta_s=None)
    moving = page.evaluate(MOVING)
    assert moving == 0
