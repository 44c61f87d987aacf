"""A run's progress as static HTML that stands alone: what a saved notebook shows. Pure functions of a Progress."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from penstock.batch.render import (
    ENDED,
    carried_words,
    format_count,
    format_rate,
    format_span,
    mean_rate,
    plain,
    share_words,
    state_word,
    wait_words,
    worst_errors,
)

if TYPE_CHECKING:
    from penstock.batch.progress import ErrorCount, Progress

# Half-transparent greys suit a light and a dark page alike; a pattern says the same without colour.
_DONE = "background:rgb(66,140,166)"
_FAILED = "background:repeating-linear-gradient(135deg,rgb(196,92,78) 0 3px,rgb(226,152,140) 3px 5px)"
_UNCERTAIN = "background:repeating-linear-gradient(90deg,rgb(190,142,52) 0 2px,rgb(226,190,116) 2px 4px)"
_SKIPPED = "background:rgba(128,128,128,.55)"
_LEFT = "border:1px solid rgba(128,128,128,.6)"
_LINE = "1px solid rgba(128,128,128,.3)"
_SOFT = "opacity:.72"
_CELL = (
    f"text-align:left;vertical-align:top;padding:5px 14px 5px 0;border:0;border-top:{_LINE};background:none"
)


def render_html(progress: Progress, *, mark: str = "") -> str:
    """Return static HTML with the facts of the live widget: no script, no style sheet, everything escaped.

    `mark` names the element (data-penstock-run), so that a page whose kernel still lives can find it.
    """
    parts = [_head(progress), _stack(progress), _tiles(progress), _words(progress), _error_table(progress)]
    return (
        f'<div class="penstock-static" data-penstock-run="{escape(mark)}" style="box-sizing:border-box;'
        f"max-width:50rem;padding:12px 16px 13px;border:{_LINE};border-radius:8px;font-size:13px;"
        f'line-height:1.45;font-variant-numeric:tabular-nums">{"".join(parts)}</div>'
    )


def _head(progress: Progress) -> str:
    return (
        '<div style="line-height:28px"><b style="font-size:14px;font-weight:600">'
        f'{escape(plain(progress.run, 80))}</b> <span style="margin-left:6px;{_SOFT}">'
        f"{escape(state_word(progress))} · {escape(share_words(progress))}</span></div>"
    )


def _stack(progress: Progress) -> str:
    known = progress.settled if progress.state in ENDED else 0  # an unknown total leaves the bar empty
    whole = max(progress.total or known, 1)
    parts = ((progress.done, _DONE), (progress.failed, _FAILED), (progress.uncertain, _UNCERTAIN))
    drawn = "".join(
        f'<div style="width:{count * 100 / whole:.3f}%;min-width:3px;{look}"></div>'
        for count, look in (*parts, (progress.skipped, _SKIPPED))
        if count and (progress.total or known)
    )
    return (
        '<div style="display:flex;height:10px;margin:11px 0 13px;border-radius:5px;overflow:hidden;'
        f'background:rgba(128,128,128,.2)">{drawn}</div>'
    )


def _tiles(progress: Progress) -> str:
    left = None if progress.total is None else max(0, progress.total - progress.settled)
    rate = mean_rate(progress)
    has_ended = progress.state in ENDED
    tiles = [
        ("Done", format_count(progress.done), _DONE),
        ("Failed", format_count(progress.failed), _FAILED),
        ("Uncertain", format_count(progress.uncertain), _UNCERTAIN),
        ("Skipped", format_count(progress.skipped), _SKIPPED) if progress.skipped else None,
        ("Left", "?" if left is None else format_count(left), _LEFT) if left or not has_ended else None,
        ("Mean rate", format_rate(rate), "") if rate is not None else None,
        ("Time", format_span(progress.elapsed_s), ""),
    ]
    drawn = "".join(_tile(*tile) for tile in tiles if tile is not None)
    return f'<div style="display:flex;flex-wrap:wrap;gap:8px 14px">{drawn}</div>'


def _tile(name: str, number: str, look: str) -> str:
    swatch = (
        "display:inline-block;box-sizing:border-box;width:9px;height:9px;border-radius:2px;margin-right:6px"
    )
    mark = f'<span style="{swatch};{look}"></span>' if look else ""
    return (
        f'<div style="flex:1 1 5.5em;white-space:nowrap"><div style="font-size:12px">'
        f'{mark}<span style="{_SOFT}">{name}</span></div> '
        f'<div style="font-size:17px;font-weight:500;line-height:1.35">{number}</div></div> '
    )


def _words(progress: Progress) -> str:
    said = [wait_words(progress), carried_words(progress), plain(progress.note) if progress.note else ""]
    text = " · ".join(part for part in said if part)
    look = "margin-top:11px;padding:4px 10px;border-left:3px solid rgba(128,128,128,.6)"
    return f'<div style="{look};background:rgba(128,128,128,.1)">{escape(text)}</div>' if text else ""


def _error_table(progress: Progress) -> str:
    shown, more_kinds, more_rows = worst_errors(progress)
    if not shown:
        return ""
    rows = "".join(
        f'<tr style="background:none"><td style="{_CELL};text-align:right;width:1%;white-space:nowrap">'
        f'<b style="font-weight:600">{format_count(error.count)}</b></td>'
        f'<td style="{_CELL};width:1%;white-space:nowrap">{escape(plain(error.kind, 60))}</td>'
        f'<td style="{_CELL};padding-right:0;white-space:normal">'
        f"{escape(plain(error.message))}{_example(error)}{_hint(error)}</td></tr>"
        for error in shown
    )
    more = ""
    if more_kinds:
        more = f"and {format_count(more_kinds)} more kinds, {format_count(more_rows)} rows: run.summary()"
        more = f'<div style="margin-top:4px;font-size:12px;{_SOFT}">{more}</div>'
    return (
        '<table aria-label="Errors by kind" style="width:100%;margin:12px 0 0;border:0;border-collapse:collapse;'
        f'table-layout:auto;font-size:13px"><tbody>{rows}</tbody></table>{more}'
    )


def _example(error: ErrorCount) -> str:
    if error.example_row is None:
        return ""
    row = escape(plain(str(error.example_row), 60))
    return f' <span style="font-size:12px;white-space:nowrap;{_SOFT}">row {row}</span>'


def _hint(error: ErrorCount) -> str:
    return f'<div style="{_SOFT}">{escape(plain(error.hint))}</div>' if error.hint else ""
