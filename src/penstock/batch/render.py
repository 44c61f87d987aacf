"""A run's progress in words, and as one line of text: pure functions of a Progress. Its HTML is render_html.py's.

The words and the formats stand here once; the live widget is sent them ready made.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime
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
    "sign-in": "Waits for a sign-in: the credential is refused; sign in again or put a new key into the vault, and it goes on",
    "job": "Waits for the service to work off what was handed in",
    "disk": "Waits for room on the disk; goes on by itself",
}
ENDED = frozenset({"finished", "cancelled", "stopped"})
MOST_KINDS = 6  # kinds of error shown; the rest are counted
_LONGEST = 300  # characters of a message; the whole text is in run.failures()

_SQUARES = " ▏▎▍▌▋▊▉█"


# Numbers, spans and instants in words


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


def is_pacing(progress: Progress) -> bool:
    """Say whether the run is merely kept to its rate: rows wait for the limit, and go on as fast as it allows."""
    allowed = progress.allowed_rate
    return progress.waiting_on == "limit" and bool(allowed) and progress.rate >= (allowed or 0.0) / 10


def wait_words(progress: Progress, *, has_instant: bool = True) -> str:
    """Return what the run waits on ("Waits for the rate limit; goes on at 14:32"), or "" when it does not."""
    if progress.waiting_on is None or progress.state in ENDED or is_pacing(progress):
        return ""
    words = WAIT_WORDS.get(progress.waiting_on, f"Waits for {progress.waiting_on}")
    if has_instant and progress.resumes_at is not None:
        words += f"; goes on at {format_instant(progress.resumes_at)}"
    return words


def share_words(progress: Progress) -> str:
    """Return how much is settled: "41 % of 1,000 rows", or "412 rows" while the total is unknown."""
    if progress.total is None or progress.share is None:
        return f"{format_count(progress.settled)} rows"
    return f"{format_percent(progress.share)} of {format_count(progress.total)} rows"


def mean_rate(progress: Progress) -> float | None:
    """Return the rows a second this pass has settled, None while that says nothing: no rows, or less than a second."""
    settled = progress.settled - progress.carried
    return settled / progress.elapsed_s if settled > 0 and progress.elapsed_s >= 1 else None


def carried_words(progress: Progress) -> str:
    """Return how many of the rows were settled in an earlier pass, or ""."""
    return f"{format_count(progress.carried)} from an earlier pass" if progress.carried else ""


def plain(text: str, longest: int = _LONGEST) -> str:
    """Return text fit to show on one line: secrets out, control characters replaced, cut at `longest`."""
    # Cut before the clean-up (a message may be megabytes), but only after the secrets are out of it.
    clean = " ".join(redact(text).split()) if len(text) < 100_000 else redact(text)[:100_000]
    clean = "".join(mark if mark.isprintable() else "�" for mark in clean[: longest + 1])
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"


def worst_errors(progress: Progress) -> tuple[tuple[ErrorCount, ...], int, int]:
    """Return the commonest kinds of error, then how many kinds and how many rows are left out."""
    ordered = sorted(progress.errors, key=lambda error: -error.count)
    rest = ordered[MOST_KINDS:]
    return tuple(ordered[:MOST_KINDS]), len(rest), sum(error.count for error in rest)


# One line for terminals and logs


def render_text(progress: Progress, width: int = 80, *, is_ascii: bool = False) -> str:
    """Return one line of at most `width` columns: name, bar, counts, time left or what it waits on, rate."""
    facts = _facts(progress)
    name = plain(progress.run, 32)
    sign = " | " if is_ascii else " · "
    has_bar = progress.share is not None and progress.state not in ENDED
    percent = f" {format_percent(progress.share)}" if progress.share is not None and has_bar else ""
    while True:
        said = sign.join(facts)
        room = width - columns(f"{name}{percent} {said}") - 3
        if room >= -2 or len(facts) <= 1:
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
