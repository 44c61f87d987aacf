"""Data sources: the one there is from the start, their rows, and what is found by its title."""

from __future__ import annotations

from penstock.sandbox.rest.acting import find
from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.notion.objects import build_text, frame, read_title
from penstock.sandbox.wire import Answer, Json

_COLUMNS = {
    "Name": "title",
    "Email": "email",
    "Status": "select",
    "Age": "number",
    "Notes": "rich_text",
    "Done": "checkbox",
}


def seed(turn: Turn) -> None:
    """Begin with two users and a data source of contacts."""
    bot, person, database, source = (turn.ids.uuid() for _ in range(4))
    turn.store.notes["bot"] = bot
    users = turn.table("users")
    users.add(
        bot, {"object": "user", "id": bot, "name": "Penstock", "avatar_url": None, "type": "bot", "bot": {}}
    )
    users.add(
        person,
        {"object": "user", "id": person, "name": "Ada", "avatar_url": None, "type": "person",
         "person": {"email": "ada@example.com"}},
    )  # fmt: skip
    title = [build_text("Contacts")]
    turn.table("databases").add(
        database,
        {**frame(turn, "database", database), "title": title, "parent": {"type": "workspace", "workspace": True},
         "data_sources": [{"id": source, "name": "Contacts"}]},
    )  # fmt: skip
    add_source(turn, source, title, {name: {kind: {}} for name, kind in _COLUMNS.items()}, database)


def add_source(turn: Turn, id: str, title: Json, columns: Record, database: str) -> Record:
    """Keep a data source with these columns."""
    properties = {
        name: {
            "id": turn.ids.text(4),
            "name": name,
            "type": next(iter(column.keys() - {"name", "id", "type"}), ""),
            **column,
        }
        for name, column in columns.items()
    }
    record = {
        **frame(turn, "data_source", id), "title": title, "properties": properties,
        "parent": {"type": "database_id", "database_id": database},
    }  # fmt: skip
    return turn.table("data_sources").add(id, record)


def query(turn: Turn) -> Answer:
    """Return a data source's rows that are not in the trash, by a filter on one property."""
    source = find(turn, turn.values["data_source_id"], collection="data_sources")
    rows = [
        page for page in turn.table("pages")
        if page["parent"].get("data_source_id") == source["id"] and page["in_trash"] is bool(turn.fields.get("in_trash"))
    ]  # fmt: skip
    asked = turn.fields.get("filter")
    if isinstance(asked, dict) and "property" in asked:
        rows = [page for page in rows if _fits(page["properties"].get(asked["property"]), asked)]
    return answer_rows(turn, rows)


def _fits(value: Json, asked: Record) -> bool:
    held = value.get(value.get("type", "")) if isinstance(value, dict) else None
    if isinstance(held, list):
        held = "".join(part.get("plain_text", "") for part in held)
    if isinstance(held, dict):
        held = held.get("name")
    test = next(
        (inner for name, inner in asked.items() if name != "property" and isinstance(inner, dict)), {}
    )
    if "contains" in test:
        return str(test["contains"]).lower() in str(held or "").lower()
    return all(held == test[name] for name in ("equals",) if name in test)


def search(turn: Turn) -> Answer:
    """Return the pages and data sources whose title has the words."""
    words = str(turn.fields.get("query") or "").lower()
    kind = (turn.fields.get("filter") or {}).get("value")
    found = [
        record for collection in ("data_sources", "pages") for record in turn.table(collection)
        if kind in (None, record["object"]) and words in read_title(record).lower() and not record["in_trash"]
    ]  # fmt: skip
    return answer_rows(turn, found)


def create_source(turn: Turn) -> Json:
    """Keep a new data source."""
    parent = turn.fields.get("parent") or {}
    source = add_source(
        turn,
        turn.ids.uuid(),
        turn.fields.get("title") or [],
        turn.fields.get("properties") or {},
        parent.get("database_id", ""),
    )
    turn.change("data_sources.create", source["id"], {"name": read_title(source)})
    return source
