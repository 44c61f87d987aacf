"""How Trello keeps things: ids that grow, parameters from everywhere, actions that tell what happened; and its lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from penstock.sandbox.rest.acting import find
from penstock.sandbox.rest.shape import Refusal
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import HEX, Record
from penstock.sandbox.wire import Json, iso_time

_MOST_ROWS = 1000
_LISTED = ("idMembers", "idLabels")


def new_id(turn: Turn) -> str:
    """Return an id that is greater than those before it: the time, the account, a number."""
    notes = turn.store.notes
    account = notes.setdefault("account", turn.ids.text(10, HEX))
    notes["last"] = notes.get("last", 0) + 1
    return f"{int(turn.now):08x}{account}{notes['last']:06x}"


def read_given(turn: Turn) -> Record:
    """Return the parameters, which Trello takes from the address as well as from the body."""
    given = {**turn.query, **turn.fields}
    words = {"true": True, "false": False}
    plain = {
        name: words.get(value, value) if isinstance(value, str) else value for name, value in given.items()
    }
    return {name: value for name, value in plain.items() if name not in ("key", "token")}


def refuse(turn: Turn, text: str) -> Refusal:
    """Return the refusal of a value, in these words."""
    return turn.refuse("invalid", message=text)


def seek(turn: Turn, collection: str, id: Any, name: str = "id") -> Record:
    """Return what an id names. Raises the bare texts in which Trello refuses others."""
    text = str(id or "")
    if not text.isalnum() or (len(text) not in (8, 24) and text != "demo"):
        raise refuse(turn, f"invalid {name}" if name != "id" else "invalid id")
    return find(turn, text, collection=collection)


def keep(turn: Turn, collection: str, record: Record) -> Record:
    """Keep a new record, and note the effect."""
    turn.table(collection).add(record["id"], record)
    turn.change(f"{collection}.create", record["id"], record)
    return record


def note(turn: Turn, kind: str, board: str, about: Record, **data: Json) -> Record:
    """Keep an action: what happened, on which board."""
    action = {
        "id": new_id(turn), "type": kind, "date": f"{iso_time(turn.now)[:-1]}.000Z", "idMemberCreator": turn.store.notes["me"],
        "data": {"board": {"id": board}, "card": {"id": about["id"], "name": about.get("name")}, **data},
    }  # fmt: skip
    return turn.table("actions").add(action["id"], action)


def write(turn: Turn, record: Record, given: Record) -> None:
    """Put fields into a record, lists out of texts with commas, and the time."""
    for name, value in given.items():
        if name in _LISTED and isinstance(value, str):
            value = [part for part in value.split(",") if part]
        if name in record and name not in ("id", "url", "idShort", "pos"):
            record[name] = None if value == "null" else value
    if "dueComplete" in record:
        record["dateLastActivity"] = f"{iso_time(turn.now)[:-1]}.000Z"


def build_change(collection: str) -> Callable[[Turn], Json]:
    """Return the handler that changes a record."""

    def change(turn: Turn) -> Json:
        record, given = seek(turn, collection, turn.values["id"]), read_given(turn)
        write(turn, record, {"closed": given["value"]} if "value" in given else given)
        turn.change(f"{collection}.update", record["id"], {**record, "closed": record["closed"]})
        if collection == "cards":
            note(turn, "updateCard", record["idBoard"], record)
        return record

    return change


def build_read(collection: str) -> Callable[[Turn], Json]:
    """Return the handler that gives a record back."""
    return lambda turn: seek(turn, collection, turn.values["id"])


def build_drop(collection: str) -> Callable[[Turn], Json]:
    """Return the handler that takes a record out."""

    def drop(turn: Turn) -> Json:
        record = seek(turn, collection, turn.values["id"])
        turn.table(collection).remove(record["id"])
        turn.change(f"{collection}.delete", record["id"], record)
        return {"limits": {}} if collection == "cards" else {"_value": None}

    return drop


def build_rows(collection: str, place: str, *, is_newest_first: bool = False) -> Callable[[Turn], Json]:
    """Return the handler of what lies on a board or in a list, the newest of it where there is a limit."""

    def rows(turn: Turn) -> Json:
        holder = seek(turn, "boards" if place == "idBoard" else "lists", turn.values["id"])
        wanted, before = turn.query.get("filter", "open"), turn.query.get("before", "g")
        found = [
            record for record in turn.table(collection)
            if _lies(record, place) == holder["id"] and record["id"] < before
            and (wanted not in ("open", "closed") or bool(record.get("closed")) is (wanted == "closed"))
        ]  # fmt: skip
        found.sort(key=lambda record: str(record["id"]))
        if "limit" in turn.query:
            found = found[-min(int(turn.query["limit"]), _MOST_ROWS) :]
        return found[::-1] if is_newest_first else found

    return rows


def _lies(record: Record, place: str) -> str:
    return str(record[place] if place in record else record["data"]["board"]["id"])
