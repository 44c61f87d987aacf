"""Records and their addresses: how one is kept, found, listed, and whose everything is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.wire import Answer, Json

API = "https://api.calendly.com"
USER = f"{API}/users/SANDBOXADA"
ORGANIZATION = f"{API}/organizations/SANDBOXORG"


def time_text(at: float | datetime) -> str:
    """Return an instant as Calendly writes it."""
    instant = at if isinstance(at, datetime) else datetime.fromtimestamp(at, UTC)
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def keep(turn: Turn, collection: str, record: Record, within: str = "") -> Record:
    """Keep a record under an id of its own, and give it its address."""
    id = turn.ids.uuid()
    now = time_text(turn.now)
    made = {"uri": f"{API}{within}/{collection}/{id}", **record, "created_at": now, "updated_at": now}
    turn.table(collection).add(id, made)
    return made


def show_user(turn: Turn) -> Record:
    """Return the one person there is."""
    return {
        "uri": USER, "name": "Ada Sandbox", "slug": "ada", "email": "ada@sandbox.example", "timezone": "Europe/Berlin",
        "scheduling_url": "https://calendly.com/ada", "avatar_url": None, "current_organization": ORGANIZATION,
        "resource_type": "User", "created_at": "2026-01-01T00:00:00.000000Z", "updated_at": "2026-01-01T00:00:00.000000Z",
    }  # fmt: skip


def find(turn: Turn, collection: str, id: str | None) -> Record:
    """Return a record by its id or its address."""
    record = turn.table(collection).get((id or "").rpartition("/")[2])
    if record is None:
        raise turn.refuse("not_found")
    return record


def get(collection: str, name: str = "uuid") -> Callable[[Turn], Json]:
    """Return a handler that answers the record the path names."""
    return lambda turn: {"resource": find(turn, collection, turn.values[name])}


def need(turn: Turn, *names: str) -> None:
    """Refuse a request that lacks a field it needs."""
    for name in names:
        if turn.fields.get(name, turn.query.get(name)) in (None, "", []):
            raise turn.refuse("invalid", name)


def owned(turn: Turn) -> None:
    """Refuse a list that does not say whose, or names somebody else."""
    user, organization = turn.query.get("user"), turn.query.get("organization")
    if not (user or organization or turn.query.get("group")):
        raise turn.refuse("invalid", "organization")
    if (user and user != USER) or (organization and organization != ORGANIZATION):
        raise turn.refuse("forbidden")


def instant(turn: Turn, name: str) -> datetime:
    """Return the instant a field names."""
    text = str(turn.fields.get(name, turn.query.get(name, "")))
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise turn.refuse("invalid", name) from None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def create(collection: str, *names: str, **fixed: Any) -> Callable[[Turn], Json]:
    """Return a handler that makes a record of the fields given."""

    def answer(turn: Turn) -> Json:
        need(turn, *names)
        made = keep(turn, collection, {**fixed, **turn.fields})
        turn.change(f"{collection}.create", made["uri"], made)
        return {"resource": made}

    return answer


def listed(collection: str, *names: str) -> Callable[[Turn], Json | Answer]:
    """Return a handler that lists a collection."""

    def list_records(turn: Turn) -> Json | Answer:
        need(turn, *names)
        return answer_rows(turn, turn.table(collection))

    return list_records
