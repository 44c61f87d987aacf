"""What every object of PagerDuty's has: an id, a reference to it, its place in a list; and how values are refused."""

from __future__ import annotations

from collections.abc import Callable

from penstock.sandbox.rest.shape import Refusal
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import UPPER, Ids, Record
from penstock.sandbox.wire import Json, parse_pairs

_MOST_ROWS, _LAST_ROW = 100, 10_000


def new_id(ids: Ids, collection: str) -> str:
    """Return an id that looks like one of theirs."""
    return "P" + ids.text(6, UPPER)


def frame(turn: Turn, kind: str, id: str, summary: str) -> Record:
    """Return what every object of PagerDuty's begins with."""
    place = f"{kind}s/{id}"
    return {
        "id": id, "type": kind, "summary": summary, "self": f"{turn.request.base}/{place}",
        "html_url": f"https://sandbox.pagerduty.com/{place}",
    }  # fmt: skip


def refer(record: Record) -> Record:
    """Return the reference to an object."""
    return {
        **{name: record[name] for name in ("id", "summary", "self", "html_url")},
        "type": f"{record['type']}_reference",
    }


def refuse(turn: Turn, *errors: str) -> Refusal:
    """Return the refusal of values, with these words."""
    return turn.refuse("invalid", message="\n".join(errors))


def build_list(
    name: str, keep: Callable[[Turn, Record], bool] = lambda turn, record: True
) -> Callable[[Turn], Json]:
    """Return the handler of a list in pages that begin at an offset."""

    def answer(turn: Turn) -> Json:
        limit, offset = (
            int(turn.query.get(key, default)) for key, default in (("limit", "25"), ("offset", "0"))
        )
        limit = max(1, min(limit, _MOST_ROWS))
        if offset + limit > _LAST_ROW:
            raise refuse(turn, "Offset must be less than 10000.")
        kept = [record for record in turn.table(name) if keep(turn, record)]
        total = len(kept) if turn.query.get("total") == "true" else None
        more = offset + limit < len(kept)
        return {
            name: kept[offset : offset + limit],
            "limit": limit,
            "offset": offset,
            "total": total,
            "more": more,
        }

    return answer


def asked_for(turn: Turn, name: str) -> set[str]:
    return {value for key, value in parse_pairs(turn.request.query) if key == f"{name}[]"}


def has_words(turn: Turn, record: Record) -> bool:
    """Say whether a name or an address has the words a list asks for."""
    words = turn.query.get("query", "").lower()
    return words in f"{record.get('name', '')} {record.get('email', '')}".lower()
