"""Cards: what a connection, a response or an error says of itself, as HTML that stands alone. Pure functions.

No script, no style sheet; half-transparent greys suit a light and a dark page alike. Every text from outside is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from penstock.errors import PenstockError, ResponseUnreadable
from penstock.model import Response
from penstock.redact import redact

Value = str | Sequence[str]

MOST_NODES = 400  # of an answer's tree; what is more is in response.data
MOST_CHILDREN = 60
MOST_LIMITS = 6
_LONGEST_TEXT = 240

_LINE = "1px solid rgba(128,128,128,.3)"
_SOFT = "opacity:.72"
_BOX = (
    f"box-sizing:border-box;max-width:50rem;padding:10px 16px 12px;border:{_LINE};border-radius:8px;"
    "font-size:13px;line-height:1.5;font-variant-numeric:tabular-nums"
)
_MONO = "font-family:var(--jp-code-font-family,ui-monospace,monospace);font-size:12px"


def card(
    title: str,
    rows: Iterable[tuple[str, Value]],
    sections: Iterable[tuple[str, str]] = (),
    *,
    subtitle: str = "",
) -> str:
    """Return a card: a title, lines of (name, value or values), and folded sections of (name, HTML).

    Names and values are text and are escaped; a section's HTML is taken as it is.
    """
    drawn = "".join(_row(name, value) for name, value in rows)
    table = f'<table style="{_table_look()}"><tbody>{drawn}</tbody></table>' if drawn else ""
    folded = "".join(fold(name, inner) for name, inner in sections)
    return f'<div class="penstock-static" style="{_BOX}">{_title(title, subtitle)}{table}{folded}</div>'


def render_connection(shown: Mapping[str, Any]) -> str:
    """Return a connection's card: account, credential, breaker, limits now, operations (from `Connection.card()`)."""
    breaker = " · ".join(str(part) for part in (shown["breaker"], shown.get("breaker_why")) if part)
    waiting = f"{shown['waiting']} calls wait" if shown.get("waiting") else ""
    known = list(dict.fromkeys(str(limit) for limit in shown["limits"]))
    if len(known) > MOST_LIMITS:
        known = [*known[:MOST_LIMITS], f"and {len(known) - MOST_LIMITS} more: .limits"]
    limits = [*known, *(str(part) for part in (shown.get("closed"), waiting) if part)]
    rows: list[tuple[str, Value]] = [
        ("Credential", str(shown["credential"])),
        ("Breaker", breaker),
        ("Limits now", limits or "none known"),
        ("Operations", f"{shown['operations']}: .operations lists them, TAB completes them"),
        ("Address", str(shown["base_url"])),
    ]
    if str(shown.get("docs", "")).startswith("https://"):
        rows.append(("Documentation", str(shown["docs"])))
    return card(str(shown["title"]), rows, subtitle=f"account {shown['account']}")


def render_response(response: Response) -> str:
    """Return a response: what was called and how it went, then the answer as a tree that unfolds."""
    try:
        body = render_tree(response.data)
    except ResponseUnreadable as exc:
        body = f'<div style="{_SOFT}">{escape(exc.message[:300])}</div>{_pre(redact(response.text)[:2000])}'
    called = f"{response.integration} {response.operation}".strip() or "response"
    facts = [f"{len(response.body):,} bytes in {response.elapsed:.3f} s"]
    if response.attempts > 1:
        facts.append(f"{response.attempts} attempts")
    if response.request_id:
        facts.append(f"request {response.request_id}")
    title = _title(f"{response.status} · {called}", " · ".join(facts))
    return f'<div class="penstock-static" style="{_BOX}">{title}{body}</div>'


def render_error(error: PenstockError, sections: Iterable[tuple[str, str]] = ()) -> str:
    """Return an error: what happened, where, what to do next."""
    rows: list[tuple[str, Value]] = [("What", error.message)]
    if error.where:
        rows.append(("Where", error.where))
    if error.hint:
        rows.append(("Next", error.hint))
    return card(type(error).__name__, rows, sections)


def fold(name: str, inner: str) -> str:
    """Return HTML that is shown on a click. `inner` is HTML."""
    look = f"cursor:pointer;{_SOFT}"
    return (
        f'<details style="margin-top:8px"><summary style="{look}">{escape(name)}</summary>{inner}</details>'
    )


def render_tree(value: Any) -> str:
    """Return JSON as a tree: the first level open, the others folded, long ones cut with what was left out said."""
    left = [MOST_NODES]
    drawn = _node(value, left, depth=0)
    return f'<div style="{_MONO};margin-top:6px;overflow-x:auto">{drawn}</div>'


def _node(value: Any, left: list[int], depth: int) -> str:
    is_mapping = isinstance(value, Mapping)
    if not is_mapping and not isinstance(value, list):
        return f"<span>{escape(_scalar(value))}</span>"
    if not value:
        return "<span>{}</span>" if is_mapping else "<span>[]</span>"
    pairs = list(value.items() if is_mapping else enumerate(value))
    drawn = []
    for name, child in pairs[:MOST_CHILDREN]:
        if left[0] <= 0:
            break
        left[0] -= 1
        drawn.append(_branch(str(name), child, left, depth))
    missing = len(pairs) - len(drawn)
    if missing:
        drawn.append(f'<div style="{_SOFT}">… {missing:,} more: response.data has all</div>')
    return f'<div style="padding-left:{0 if depth == 0 else 18}px">{"".join(drawn)}</div>'


def _branch(name: str, child: Any, left: list[int], depth: int) -> str:
    label = f'<span style="{_SOFT}">{escape(_cut(name))}</span>'
    if not isinstance(child, Mapping | list) or not child:
        return f"<div>{label}: {_node(child, left, depth + 1)}</div>"
    unit = "field" if isinstance(child, Mapping) else "item"
    size = f"{len(child):,} {unit}{'' if len(child) == 1 else 's'}"
    if depth >= 8:
        return f"<div>{label}: {size}</div>"
    inner = _node(child, left, depth + 1)
    summary = f'{label} <span style="{_SOFT}">· {size}</span>'
    return f'<details><summary style="cursor:pointer">{summary}</summary>{inner}</details>'


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return f'"{_cut(value)}"'
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return _cut(str(value))


def _cut(text: str) -> str:
    clean = redact(text)
    if len(clean) <= _LONGEST_TEXT:
        return clean
    return f"{clean[:_LONGEST_TEXT]}… ({len(clean):,} characters)"


def _row(name: str, value: Value) -> str:
    values = [value] if isinstance(value, str) else list(value)
    drawn = "".join(f"<div>{_linked(_cut(one))}</div>" for one in values)
    cell = f"padding:3px 18px 3px 0;border:0;border-top:{_LINE};background:none;text-align:left;vertical-align:top"
    return (
        f'<tr style="background:none"><td style="{cell};width:1%;white-space:nowrap">'
        f'<span style="{_SOFT}">{escape(name)}</span></td>'
        f'<td style="{cell};white-space:normal;overflow-wrap:anywhere">{drawn}</td></tr>'
    )


def _linked(text: str) -> str:
    safe = escape(text)
    if text.startswith("https://") and not any(mark.isspace() for mark in text):
        return f'<a href="{safe}" target="_blank" rel="noopener">{safe}</a>'
    return safe


def _title(title: str, subtitle: str) -> str:
    soft = f' <span style="margin-left:6px;{_SOFT}">{escape(_cut(subtitle))}</span>' if subtitle else ""
    return f'<div style="margin-bottom:6px"><b style="font-size:14px;font-weight:600">{escape(_cut(title))}</b>{soft}</div>'


def _table_look() -> str:
    return "width:100%;margin:0;border:0;border-collapse:collapse;table-layout:auto;font-size:13px"


def _pre(text: str) -> str:
    look = f"{_MONO};margin:6px 0 0;white-space:pre-wrap;overflow-wrap:anywhere;background:none"
    return f'<pre style="{look}">{escape(redact(text))}</pre>'
