"""A run's progress as one line of text and as static HTML: pure functions of a Progress, no display, no clock.

The words and the formats stand here once; the live widget is sent them ready made.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING

from penstock.redact import redact

if TYPE_CHECKING:
    from penstock.batch.progress import ErrorCount, Progress

STATE_WORDS = {
    "running": "running",
    "paused": "paused",
    "finished": "finished",
    "cancelled": "cancelled",
    "stopped": "stopped",
}
WAIT_WORDS = {
    "limit": "Waits for the rate limit",
    "breaker": "Waits: the service has been failing",
    "sign-in": "Waits for a sign-in: the credential is refused",
    "disk": "Waits for room on the disk",
}
ENDED = frozenset({"finished", "cancelled", "stopped"})
MOST_KINDS = 6  # kinds of error shown; the rest are counted
_LONGEST = 300  # characters of a message; the whole text is in run.failures()

_SQUARES = " ▏▎▍▌▋▊▉█"


# ---- numbers, spans and instants in words ------------------------------------------------------------------------


def format_count(number: float) -> str:
    """Return 12345 as "12,345"."""
    return f"{number:,.0f}"


def format_rate(rows_per_s: float) -> str:
    """Return rows per second as "24.8/s", per minute below one a second: "31/min"."""
    if rows_per_s >= 99.95:
        return f"{rows_per_s:,.0f}/s"
    if rows_per_s >= 1 or rows_per_s <= 0:
        return f"{rows_per_s:.1f}/s"
    return f"{rows_per_s * 60:.0f}/min" if rows_per_s * 60 >= 1 else f"{rows_per_s * 3600:.1f}/h"


def format_span(seconds: float) -> str:
    """Return seconds as "0.4 s", "24 s", "3 min 20 s", "2 h 05 min" or "3 d 4 h"."""
    if seconds < 9.95:
        return f"{max(0.0, seconds):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    minutes = round(seconds / 60)
    if minutes < 24 * 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    hours = round(seconds / 3600)
    return f"{hours // 24} d {hours % 24} h"


def format_instant(wall: float) -> str:
    """Return an instant (seconds since 1970) in this machine's zone as "14:32"."""
    return datetime.fromtimestamp(wall).astimezone().strftime("%H:%M")


def format_percent(share: float) -> str:
    """Return a share as whole percent; 100 only when nothing is missing."""
    return f"{int(share * 100 + 1e-9)} %"


def state_word(progress: Progress) -> str:
    """Return the run's state in a word."""
    return STATE_WORDS.get(progress.state, progress.state)


def wait_words(progress: Progress, *, has_instant: bool = True) -> str:
    """Return what the run waits on ("Waits for the rate limit; goes on at 14:32"), or "" when it does not."""
    if progress.waiting_on is None or progress.state in ENDED:
        return ""
    words = WAIT_WORDS.get(progress.waiting_on, f"Waits for {progress.waiting_on}")
    if has_instant and progress.resumes_at is not None:
        words += f"; goes on at {format_instant(progress.resumes_at)}"
    return words


def plain(text: str, longest: int = _LONGEST) -> str:
    """Return text fit to show on one line: secrets out, control characters replaced, cut at `longest`."""
    # Cut before the clean-up (a message may be megabytes), but only after the secrets are out of it.
    clean = " ".join(redact(text).split()) if len(text) < 100_000 else redact(text[:100_000])
    clean = "".join(mark if mark.isprintable() else "�" for mark in clean[: longest + 1])
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"


def worst_errors(progress: Progress) -> tuple[tuple[ErrorCount, ...], int, int]:
    """Return the commonest kinds of error, then how many kinds and how many rows are left out."""
    ordered = sorted(progress.errors, key=lambda error: -error.count)
    rest = ordered[MOST_KINDS:]
    return tuple(ordered[:MOST_KINDS]), len(rest), sum(error.count for error in rest)


# ---- one line for terminals and logs ---------------------------------------------------------------------------


def render_text(progress: Progress, width: int = 80, *, is_ascii: bool = False) -> str:
    """Return one line of at most `width` columns: name, bar, counts, rate, what is left or what it waits on."""
    facts = _facts(progress)
    name = plain(progress.run, 32)
    sign = " | " if is_ascii else " · "
    has_bar = progress.share is not None and progress.state not in ENDED
    percent = f" {format_percent(progress.share)}" if progress.share is not None and has_bar else ""
    while True:
        said = sign.join(facts)
        room = width - columns(f"{name}{percent} {said}") - 3
        if room >= 8 and has_bar or room >= -2 or len(facts) <= 1:
            break
        facts = facts[:-1]
    bar = f" {_bar(progress.share or 0.0, min(room, 30), is_ascii)}" if has_bar and room >= 8 else ""
    line = f"{name}{percent}{bar} {said}"
    if is_ascii:
        line = line.encode("ascii", "replace").decode()
    return _fit(line, width)


def columns(text: str) -> int:
    """Return how many columns of a terminal the text takes (East Asian wide characters take two)."""
    return sum(
        0 if unicodedata.combining(mark) else 2 if unicodedata.east_asian_width(mark) in "WF" else 1
        for mark in text
    )


def _facts(progress: Progress) -> list[str]:
    """Return the facts of the line, the ones to drop first last."""
    of = (
        f"{format_count(progress.settled)}/{format_count(progress.total)}"
        if progress.total is not None
        else ""
    )
    facts = [of or f"{format_count(progress.settled)} rows"]
    if progress.state in ENDED:
        facts = [
            f"{state_word(progress)}: {facts[0]}{' rows' if of else ''} in {format_span(progress.elapsed_s)}"
        ]
    elif progress.state != "running":
        facts.append(state_word(progress))
    if progress.failed:
        facts.append(f"{format_count(progress.failed)} failed")
    if progress.uncertain:
        facts.append(f"{format_count(progress.uncertain)} uncertain")
    if progress.state in ENDED:
        return facts
    waits = wait_words(progress)
    if waits:
        facts.append(waits[0].lower() + waits[1:])
    elif progress.eta_s is not None and progress.state == "running":
        facts.append(f"{format_span(progress.eta_s)} left")
    if progress.state == "running":
        facts.append(format_rate(progress.rate))
    return facts


def _bar(share: float, size: int, is_ascii: bool) -> str:
    inner = size - 2
    share = min(1.0, max(0.0, share))
    if is_ascii:
        full = int(share * inner)
        return f"[{'#' * full}{'.' * (inner - full)}]"
    eighths = int(share * inner * 8)
    full, part = divmod(eighths, 8)
    drawn = "█" * full + (_SQUARES[part] if part else "")
    return f"▕{drawn:<{inner}}▏"


def _fit(line: str, width: int) -> str:
    if columns(line) <= width:
        return line
    kept = ""
    for mark in line:
        if columns(kept + mark) > width - 1:
            break
        kept += mark
    return kept + "…" if width > 0 else ""


# ---- HTML that stands alone --------------------------------------------------------------------------------------

# Semi-transparent colours and currentColor suit a light and a dark page alike; a pattern says the same without colour.
_DONE = "background:rgb(66,133,160)"
_FAILED = "background:repeating-linear-gradient(135deg,rgb(190,84,72) 0 3px,rgb(222,140,128) 3px 5px)"
_UNCERTAIN = "background:repeating-linear-gradient(90deg,rgb(190,142,52) 0 2px,rgb(226,190,116) 2px 4px)"
_SKIPPED = "background:rgba(128,128,128,.55)"
_LINE = "1px solid rgba(128,128,128,.3)"
_SOFT = "opacity:.72"
_CELL = (
    f"text-align:left;vertical-align:top;padding:.3em .9em .3em 0;border:0;border-top:{_LINE};background:none"
)


def render_html(progress: Progress, *, mark: str = "") -> str:
    """Return static HTML with the facts of the live widget: no script, no style sheet, everything escaped.

    `mark` names the element (data-penstock-run), so that a page whose kernel still lives can find it.
    """
    parts = [_head(progress), _stack(progress), _counts(progress), _words(progress), _error_table(progress)]
    return (
        f'<div class="penstock-static" data-penstock-run="{escape(mark)}" style="max-width:46rem;padding:.7em 1em;'
        f'border:{_LINE};border-radius:6px;font-size:13px;line-height:1.45;font-variant-numeric:tabular-nums">'
        f"{''.join(part for part in parts if part)}</div>"
    )


def _head(progress: Progress) -> str:
    settled = format_count(progress.settled)
    of = f" of {format_count(progress.total)}" if progress.total is not None else ""
    share = f", {format_percent(progress.share)}" if progress.share is not None and progress.share < 1 else ""
    return (
        '<div style="display:flex;justify-content:space-between;gap:1em;margin-bottom:.45em">'
        f"<span><b>{escape(plain(progress.run, 80))}</b> "
        f'<span style="{_SOFT}">{escape(state_word(progress))}</span></span> '
        f'<span style="{_SOFT}">{settled}{of} rows{share} in {escape(format_span(progress.elapsed_s))}</span></div>'
    )


def _stack(progress: Progress) -> str:
    whole = max(progress.total or progress.settled, 1)
    parts = ((progress.done, _DONE), (progress.failed, _FAILED), (progress.uncertain, _UNCERTAIN))
    drawn = "".join(
        f'<div style="width:{count * 100 / whole:.3f}%;min-width:3px;{look}"></div>'
        for count, look in (*parts, (progress.skipped, _SKIPPED))
        if count
    )
    return (
        '<div style="display:flex;height:8px;border-radius:4px;overflow:hidden;background:rgba(128,128,128,.2)" '
        f'role="img" aria-label="{escape(_said(progress))}">{drawn}</div>'
    )


def _said(progress: Progress) -> str:
    parts = [("done", progress.done), ("failed", progress.failed), ("uncertain", progress.uncertain)]
    return ", ".join(
        f"{format_count(count)} {word}" for word, count in (*parts, ("skipped", progress.skipped))
    )


def _counts(progress: Progress) -> str:
    counts: list[tuple[str, int, str]] = [
        ("done", progress.done, _DONE),
        ("failed", progress.failed, _FAILED),
        ("uncertain", progress.uncertain, _UNCERTAIN),
        ("skipped", progress.skipped, _SKIPPED),
    ]
    left = None if progress.total is None else progress.total - progress.settled
    if left:
        counts.append(("left", left, f"border:{_LINE}"))
    drawn = "".join(
        '<span style="white-space:nowrap;margin-right:1.4em">'
        f'<span style="display:inline-block;width:.7em;height:.7em;border-radius:2px;margin-right:.45em;{look}"></span>'
        f'<b>{format_count(count)}</b> <span style="{_SOFT}">{word}</span></span> '
        for word, count, look in counts
        if count or word in ("done", "failed")
    )
    return f'<div style="margin-top:.5em">{drawn}</div>'


def _words(progress: Progress) -> str:
    said = [wait_words(progress), plain(progress.note) if progress.note else ""]
    text = " · ".join(part for part in said if part)
    return f'<div style="margin-top:.4em">{escape(text)}</div>' if text else ""


def _error_table(progress: Progress) -> str:
    shown, more_kinds, more_rows = worst_errors(progress)
    if not shown:
        return ""
    rows = "".join(
        f'<tr style="background:none"><td style="{_CELL};text-align:right;white-space:nowrap">'
        f"<b>{format_count(error.count)}</b></td>"
        f'<td style="{_CELL};white-space:nowrap">{escape(plain(error.kind, 60))}</td>'
        f'<td style="{_CELL};padding-right:0">{escape(plain(error.message))}{_example(error)}{_hint(error)}</td></tr>'
        for error in shown
    )
    more = ""
    if more_kinds:
        more = (
            f'<div style="{_SOFT}">and {format_count(more_kinds)} more kinds, {format_count(more_rows)} rows: '
            "run.summary()</div>"
        )
    return (
        '<table aria-label="Errors by kind" style="border-collapse:collapse;margin:.7em 0 0;border:0;'
        f'width:100%;font-size:inherit"><tbody>{rows}</tbody></table>{more}'
    )


def _example(error: ErrorCount) -> str:
    if error.example_row is None:
        return ""
    return f' <span style="{_SOFT}">(row {escape(plain(str(error.example_row), 60))})</span>'


def _hint(error: ErrorCount) -> str:
    return f'<div style="{_SOFT}">{escape(plain(error.hint))}</div>' if error.hint else ""
