"""What an error answer says: the service's own words, and what to do in plain ones. Not what it means (engine)."""

from __future__ import annotations

from typing import NamedTuple

from penstock.catalog.definition import Integration
from penstock.catalog.paths import dig
from penstock.model import Json


class Explanation(NamedTuple):
    """An error answer in words; None where it has none."""

    message: str | None
    code: str | None
    hint: str | None


def explain(integration: Integration, status: int, data: Json) -> Explanation:
    """Return the message, the code and the hint of an error answer with this body."""
    message = _first_text(data, integration.errors.message)
    code = _first_text(data, integration.errors.code)
    hints = integration.hints
    hint = next(
        (hints[said] for said in (code, message, str(status)) if said is not None and said in hints), None
    )
    return Explanation(message, code, hint)


def _first_text(data: Json, paths: tuple[str, ...]) -> str | None:
    for path in paths:
        found = dig(data, path)
        if isinstance(found, (str, int)) and not isinstance(found, bool) and found != "":
            return str(found)
    return None
