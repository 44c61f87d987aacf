"""How Cloudflare answers: what stands around a result, numbered pages, and what a path names or does not."""

from __future__ import annotations

import math
from collections.abc import Iterable

from penstock.sandbox.rest.shape import Refusal
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.wire import Json


def say(result: Json, **info: Json) -> Json:
    """Return an answer as everything of Cloudflare's stands in one."""
    return {
        "success": True,
        "errors": [],
        "messages": [],
        "result": result,
        **({"result_info": info} if info else {}),
    }


def refuse(turn: Turn, status: int, code: int, message: str) -> Refusal:
    """Return the refusal with this code."""
    return turn.refuse("invalid", status=status, code=str(code), message=message)


def seek(turn: Turn, collection: str, name: str) -> Record:
    """Return the zone or account a path names. Raises the refusal of a name, and of what the token may not see."""
    id = turn.values[name]
    if len(id) != 32:
        raise refuse(
            turn,
            404,
            7003,
            f"Could not route to {turn.request.path}, perhaps your object identifier is invalid?",
        )
    record = turn.table(collection).get(id)
    if record is None:
        raise refuse(turn, 403, 9109, "Unauthorized to access requested resource")
    return record


def list_page(turn: Turn, records: Iterable[Record]) -> Json:
    """Return a numbered page."""
    rows = list(records)
    page, size = (
        max(1, int(turn.query.get(name, default))) for name, default in (("page", "1"), ("per_page", "20"))
    )
    shown = rows[(page - 1) * size : page * size]
    pages = math.ceil(len(rows) / size)
    return say(shown, page=page, per_page=size, count=len(shown), total_count=len(rows), total_pages=pages)
