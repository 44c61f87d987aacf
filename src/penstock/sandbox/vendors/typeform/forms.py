"""Forms: made with responses in them, replaced, patched, listed; and the webhooks that hang on them."""

from __future__ import annotations

from typing import Any

from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import HEX, Record
from penstock.sandbox.wire import Answer, Json, iso_time, json_answer

RESPONSES = 5
WORKSPACE = "Wsandbx"


def find(turn: Turn, collection: str, id: str, code: str) -> Record:
    """Return a record. Raises the refusal with this code where there is none."""
    record = turn.table(collection).get(id)
    if record is None:
        raise turn.refuse("not_found", id, code=code)
    return record


def find_form(turn: Turn) -> Record:
    """Return the form the path names."""
    return find(turn, "forms", turn.values["form_id"], "FORM_NOT_FOUND")


def _fill(turn: Turn, id: str, fields: Record) -> Record:
    if not fields.get("title"):
        raise turn.refuse("invalid", "title")
    questions = [
        {
            **question,
            "id": question.get("id") or turn.ids.text(12),
            "ref": question.get("ref") or turn.ids.uuid(),
        }
        for question in fields.get("fields") or []
    ]
    workspace = fields.get("workspace") or {"href": f"{turn.request.base}/workspaces/{WORKSPACE}"}
    return {
        "type": "quiz", "settings": {"is_public": True, "language": "en"}, **fields, "id": id, "fields": questions,
        "workspace": workspace, "_links": {"display": f"https://form.typeform.com/to/{id}"},
        "last_updated_at": iso_time(turn.now),
    }  # fmt: skip


def create_form(turn: Turn) -> Answer:
    """Make a form, with responses to read."""
    id = turn.ids.text(8)
    form = _fill(turn, id, turn.fields)
    turn.table("forms").add(id, form)
    for number in range(RESPONSES):
        token = turn.ids.text(32, HEX)
        at = iso_time(turn.now - 3600 - (RESPONSES - number) * 60)
        answers = [
            {"type": "text", "text": f"Answer {number}", "field": {"id": one["id"], "ref": one["ref"]}}
            for one in form["fields"]
        ]
        response = {
            "landing_id": token,
            "token": token,
            "response_id": token,
            "landed_at": at,
            "submitted_at": at,
        }
        turn.table("responses", id).add(
            token, {**response, "hidden": {}, "calculated": {"score": 0}, "answers": answers}
        )
    turn.change("forms.create", id, form)
    return json_answer(201, form)


def replace_form(turn: Turn) -> Json:
    """Put another form in the place of one: what is not given is gone."""
    form = find_form(turn)
    changed = _fill(turn, form["id"], turn.fields)
    form.clear()
    form.update(changed)
    turn.change("forms.update", form["id"], form)
    return form


def patch_form(turn: Turn) -> Answer:
    """Change single fields of a form (JSON Patch)."""
    form = find_form(turn)
    changes = turn.body if isinstance(turn.body, list) else []
    if not changes or any(
        one.get("op") != "replace" or not str(one.get("path", "")).startswith("/") for one in changes
    ):
        raise turn.refuse("invalid", "op")
    for one in changes:
        *steps, last = one["path"].strip("/").split("/")
        target: Any = form
        for step in steps:
            target = target.setdefault(step, {})
        target[last] = one.get("value")
    turn.change("forms.patch", form["id"], form)
    return Answer(204)


def delete_form(turn: Turn) -> Answer:
    """Delete a form."""
    form = find_form(turn)
    turn.table("forms").remove(form["id"])
    turn.change("forms.delete", form["id"], form)
    return Answer(204)


def list_forms(turn: Turn) -> Answer:
    """List forms, as short as lists have them."""
    text, workspace = turn.query.get("search", "").lower(), turn.query.get("workspace_id")
    rows = [
        {
            **{name: form[name] for name in ("id", "title", "type", "last_updated_at", "_links")},
            "self": {"href": f"{turn.request.base}/forms/{form['id']}"},
        }
        for form in reversed(list(turn.table("forms")))
        if text in form["title"].lower() and (workspace is None or form["workspace"]["href"].endswith(f"/{workspace}"))
    ]  # fmt: skip
    return answer_rows(turn, rows)


def put_webhook(turn: Turn) -> Json:
    """Put a webhook under a tag, new or in the place of the one there is."""
    form, tag = find_form(turn), turn.values["tag"]
    if not turn.fields.get("url"):
        raise turn.refuse("invalid", "url")
    table = turn.table("webhooks", form["id"])
    now = iso_time(turn.now)
    known: Record = table.remove(tag) or {
        "id": turn.ids.text(26, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"),
        "created_at": now,
    }
    fields: Record = {
        name: turn.fields[name]
        for name in ("url", "enabled", "verify_ssl", "event_types")
        if name in turn.fields
    }
    hook: Record = {
        "enabled": False,
        "verify_ssl": True,
        **known,
        **fields,
        "form_id": form["id"],
        "tag": tag,
        "updated_at": now,
    }
    table.add(tag, hook)
    turn.change("webhooks.upsert", tag, hook)
    return hook


def get_webhook(turn: Turn) -> Record:
    """Return the webhook with a tag."""
    hook = turn.table("webhooks", find_form(turn)["id"]).get(turn.values["tag"])
    if hook is None:
        raise turn.refuse("not_found", turn.values["tag"])
    return hook


def delete_webhook(turn: Turn) -> Answer:
    """Delete the webhook with a tag."""
    hook = get_webhook(turn)
    turn.table("webhooks", hook["form_id"]).remove(hook["tag"])
    turn.change("webhooks.delete", hook["tag"])
    return Answer(204)
