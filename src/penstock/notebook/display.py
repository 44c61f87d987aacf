"""How records that know no HTML show themselves in a notebook: IPython is told which card to draw for which type.

Objects with HTML of their own (a connection, a run) need nothing from here. The types are named, not imported.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from penstock.cards import render_error, render_response

CARDS: dict[tuple[str, str], Callable[[Any], str]] = {
    ("penstock.model", "Response"): render_response,
    ("penstock.errors", "PenstockError"): render_error,
}


def install(shell: Any) -> None:
    """Tell an IPython shell how Penstock's records look as HTML; telling it twice does no harm."""
    formatter = shell.display_formatter.formatters["text/html"]
    for (module, name), render in CARDS.items():
        formatter.for_type_by_name(module, name, render)
