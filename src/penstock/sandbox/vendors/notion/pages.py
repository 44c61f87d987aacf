"""Pages, and the properties they have: in Notion's own form, and no others than their data source's."""

from __future__ import annotations

from penstock.sandbox.rest.acting import find
from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.notion.blocks import append
from penstock.sandbox.vendors.notion.objects import build_text, fail, frame, read_title, tell_time
from penstock.sandbox.wire import Json

_MOST_CHARACTERS = 2000


def _fill_properties(turn: Turn, given: Json, columns: Record | None) -> Record:
    """Return properties as Notion gives them back. Raises its refusal for a form or a name that is not its own."""
    filled: Record = {}
    for name, value in (given or {}).items():
        if not isinstance(value, dict | list):
            raise fail(
                turn,
                f"body failed validation: body.properties.{name} should be an object, instead was `{value!r}`.",
            )
        if columns is not None and name not in columns:
            raise fail(turn, f"{name} is not a property that exists.")
        kind = columns[name]["type"] if columns is not None else "title"
        inner = value.get(kind) if isinstance(value, dict) else value
        if kind in ("title", "rich_text") and isinstance(inner, list):
            contents = [(part.get("text") or {}).get("content", "") for part in inner]
            longest = max(map(len, contents), default=0)
            if longest > _MOST_CHARACTERS:
                where = f"body.properties.{name}.{kind}[0].text.content.length"
                raise fail(
                    turn,
                    f"body failed validation: {where} should be ≤ `{_MOST_CHARACTERS}`, instead was `{longest}`.",
                )
            inner = [build_text(content) for content in contents]
        filled[name] = {"id": "title" if kind == "title" else name.lower(), "type": kind, kind: inner}
    return filled


def _columns_of(turn: Turn, parent: Json) -> Record | None:
    """Return the columns a page's parent has, None below another page. Raises the refusal where the parent is not there."""
    if not isinstance(parent, dict) or not {"data_source_id", "page_id", "database_id", "workspace"} & set(
        parent
    ):
        raise fail(turn, "body failed validation: body.parent should be defined, instead was `undefined`.")
    for kind, collection in (
        ("data_source_id", "data_sources"),
        ("page_id", "pages"),
        ("database_id", "databases"),
    ):
        if kind in parent:
            record = find(turn, str(parent[kind]), collection=collection)
            if kind == "database_id":
                record = find(turn, record["data_sources"][0]["id"], collection="data_sources")
            return record.get("properties") if kind != "page_id" else None
    return None


def create_page(turn: Turn) -> Json:
    """Keep a new page, and the blocks that come with it."""
    body = turn.body if isinstance(turn.body, dict) else {}
    parent = body.get("parent")
    columns = _columns_of(turn, parent)
    assert isinstance(parent, dict)
    properties = _fill_properties(turn, body.get("properties"), columns)
    id = turn.ids.uuid()
    parent = {"type": next(iter(set(parent) - {"type"})), **parent}
    page = {
        **frame(turn, "page", id), "parent": parent, "icon": body.get("icon"), "cover": body.get("cover"),
        "properties": properties, "url": f"https://www.notion.so/{id.replace('-', '')}", "public_url": None,
    }  # fmt: skip
    turn.table("pages").add(id, page)
    turn.store.notes[f"markdown {id}"] = body.get("markdown") or ""
    if body.get("children"):
        append(turn, id, body["children"])
    turn.change("pages.create", id, {**page, "name": read_title(page)})
    return page


def change_page(turn: Turn) -> Json:
    """Change a page's properties, or move it to the trash and back."""
    page, body = find(turn, collection="pages"), turn.body if isinstance(turn.body, dict) else {}
    source = page["parent"].get("data_source_id")
    columns = find(turn, source, collection="data_sources")["properties"] if source else None
    page["properties"] |= _fill_properties(turn, body.get("properties"), columns)
    page |= {name: body[name] for name in ("in_trash", "icon", "cover", "is_locked") if name in body}
    page["last_edited_time"] = tell_time(turn)
    turn.change("pages.update", page["id"], {"name": read_title(page), "in_trash": page["in_trash"]})
    return page


def move_page(turn: Turn) -> Json:
    """Put a page below another parent."""
    page = find(turn, collection="pages")
    _columns_of(turn, turn.fields.get("parent"))
    page["parent"] = turn.fields["parent"]
    turn.change("pages.move", page["id"], {"name": read_title(page)})
    return page


def read_markdown(turn: Turn) -> Json:
    """Return a page as text, or take a new one."""
    page = find(turn, collection="pages")
    key = f"markdown {page['id']}"
    change = turn.fields.get(str(turn.fields.get("type"))) if turn.fields else None
    if isinstance(change, dict):
        text = str(change.get("new_str", change.get("content", "")))
        is_more = turn.fields["type"] == "insert_content"
        turn.store.notes[key] = turn.store.notes[key] + text if is_more else text
        turn.change("pages.update_markdown", page["id"], {"name": read_title(page)})
    return {
        "object": "page_markdown",
        "id": page["id"],
        "markdown": turn.store.notes[key],
        "truncated": False,
    }


def read_property(turn: Turn) -> Json:
    """Return one property of a page: a list for texts, the value itself for others."""
    page = find(turn, turn.values["page_id"], collection="pages")
    wanted = turn.values["property_id"]
    value = next((v for name, v in page["properties"].items() if wanted in (name, v["id"])), None)
    if value is None:
        raise turn.refuse("not_found", f"property {wanted}")
    kind = value["type"]
    if kind not in ("title", "rich_text"):
        return {"object": "property_item", **value}
    return answer_rows(turn, [{"object": "property_item", "type": kind, kind: part} for part in value[kind]])
