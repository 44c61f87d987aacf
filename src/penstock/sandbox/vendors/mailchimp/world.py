"""One Mailchimp account in memory, its errors as problem documents, and what every end point does alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from penstock.sandbox.state import HEX, Ids, Record, Table
from penstock.sandbox.wire import Answer, Effect, Incoming, Json, iso_time, json_answer

DOCS = "https://mailchimp.com/developer/marketing/docs/errors/"
PROBLEM_TYPE = "application/problem+json; charset=utf-8"
DEFAULT_PAGE, MOST_PER_PAGE = 10, 1000
STATUSES = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional")


class Problem(Exception):
    """An answer other than success (RFC 7807). `errors` name the fields that will not do."""

    def __init__(
        self, status: int, title: str, detail: str, errors: Iterable[tuple[str, str]] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail = status, title, detail
        self.errors = [{"field": name, "message": text} for name, text in errors or ()]

    def answer(self, instance: str) -> Answer:
        """Return the problem document."""
        body: dict[str, Any] = {
            "type": DOCS,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
        }
        if self.errors:
            body["errors"] = self.errors
        return json_answer(self.status, body, content_type=PROBLEM_TYPE)


def not_found() -> Problem:
    """Return the 404."""
    return Problem(404, "Resource Not Found", "The requested resource could not be found.")


def invalid(*errors: tuple[str, str]) -> Problem:
    """Return the 400 for fields that will not do."""
    detail = (
        "The resource submitted could not be validated. For field-specific details, see the 'errors' array."
    )
    return Problem(400, "Invalid Resource", detail, errors)


class Audience:
    """One list: its members, merge fields, segments, interest categories, webhooks."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.members = Table("status", "is_listed")
        self.forgotten: set[str] = set()  # hashes of addresses deleted for good
        self.tags: dict[str, int] = {}  # name -> id
        self.segments = Table()
        self.merge_fields = Table()
        self.interest_categories = Table()
        self.webhooks = Table()


class World:
    """Hold everything one account has."""

    def __init__(self, ids: Ids) -> None:
        self.ids = ids
        self.audiences: dict[str, Audience] = {}
        self.lists = Table()
        self.campaigns = Table("status")
        self.contents: dict[str, Record] = {}
        self.batches: dict[str, Record] = {}

    def add_list(self, given: dict[str, Any], at: float) -> Audience:
        """Keep a new list and return it."""
        id = self.ids.text(10, HEX)
        record: Record = {
            "id": id,
            "web_id": self.ids.next("web", 100_001),
            "name": given["name"],
            "contact": given.get("contact", {}),
            "permission_reminder": given.get("permission_reminder", ""),
            "use_archive_bar": given.get("use_archive_bar", True),
            "campaign_defaults": given.get("campaign_defaults", {}),
            "notify_on_subscribe": "",
            "notify_on_unsubscribe": "",
            "date_created": offset_time(at),
            "list_rating": 0,
            "email_type_option": given.get("email_type_option", False),
            "visibility": given.get("visibility", "prv"),
            "double_optin": given.get("double_optin", False),
            "has_welcome": False,
            "marketing_permissions": False,
            "modules": [],
        }
        audience = self.audiences[id] = Audience(record)
        self.lists.add(id, record)
        for number, (tag, name) in enumerate((("FNAME", "First Name"), ("LNAME", "Last Name")), 1):
            audience.merge_fields.add(str(number), merge_field(id, number, tag, name, "text"))
        return audience


def merge_field(list_id: str, number: int, tag: str, name: str, type: str) -> Record:
    """Return a merge field's record."""
    return {
        "merge_id": number,
        "tag": tag,
        "name": name,
        "type": type,
        "required": False,
        "default_value": "",
        "public": True,
        "display_order": number + 1,
        "options": {"size": 25} if type == "text" else {},
        "help_text": "",
        "list_id": list_id,
    }


@dataclass(slots=True)
class Turn:
    """One call on its way: the account, the path's values, the query, the body, what has changed."""

    world: World
    request: Incoming
    at: float
    values: dict[str, str]
    query: dict[str, str]
    given: dict[str, Any] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)
    status: int = 200

    def audience(self) -> Audience:
        """Return the list the path names. Raises Problem (404)."""
        found = self.world.audiences.get(self.values["list_id"])
        if found is None:
            raise not_found()
        return found

    def changed(self, kind: str, id: str, **key: Any) -> None:
        """Note an effect."""
        self.effects.append(Effect(kind, id, {k: v for k, v in key.items() if v not in (None, "", [], {})}))

    def page(
        self,
        name: str,
        table: Table,
        *,
        where: tuple[str, Any] | None = None,
        show: Callable[[Record], Json] = dict,
        **more: Any,
    ) -> Json:
        """Return a page of a table under its plural, with the total."""
        size = self._number("count", DEFAULT_PAGE, MOST_PER_PAGE)
        offset = self._number("offset", 0, 2**31)
        found, _ = table.page(size, offset=offset, is_newest_first=False, where=where)
        return {
            name: [show(record) for record in found],
            **more,
            "total_items": table.count(where),
            "_links": [],
        }

    def _number(self, name: str, default: int, highest: int) -> int:
        text = self.query.get(name)
        if text is None or text == "":
            return default
        if not text.isdigit():
            raise invalid((name, "Value is not a valid integer"))
        if int(text) > highest:
            raise invalid((name, f"Must be less than or equal to {highest}"))
        return int(text)


def read_body(request: Incoming) -> dict[str, Any]:
    """Return the JSON object of a body. Raises Problem for what is none."""
    if not request.body.strip():
        return {}
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as exc:
        raise Problem(
            400, "JSON Parse Error", f"We encountered an unspecified JSON parsing error: {exc}"
        ) from exc
    if not isinstance(body, dict):
        raise invalid(("", f"Schema describes object, {type(body).__name__} found instead"))
    return body


def select(value: Json, fields: str | None, excluded: str | None) -> Json:
    """Return what `fields` keeps of an answer, or what `exclude_fields` leaves: dotted names, commas between."""
    if fields:
        return _keep(value, [name.strip().split(".") for name in fields.split(",")])
    if excluded:
        return _drop(value, [name.strip().split(".") for name in excluded.split(",")])
    return value


def _keep(value: Json, paths: list[list[str]]) -> Json:
    if isinstance(value, list):
        return [_keep(element, paths) for element in value]
    if not isinstance(value, dict):
        return value
    kept: dict[str, Json] = {}
    for name in value:
        inner = [path[1:] for path in paths if path[0] == name]
        if inner:
            kept[name] = value[name] if any(not path for path in inner) else _keep(value[name], inner)
    return kept


def _drop(value: Json, paths: list[list[str]]) -> Json:
    if isinstance(value, list):
        return [_drop(element, paths) for element in value]
    if not isinstance(value, dict):
        return value
    left: dict[str, Json] = {}
    for name, inner_value in value.items():
        inner = [path[1:] for path in paths if path[0] == name]
        if any(not path for path in inner):
            continue
        left[name] = _drop(inner_value, inner) if inner else inner_value
    return left


def offset_time(at: float) -> str:
    """Return an instant as Mailchimp writes it: 2026-11-03T12:00:00+00:00."""
    return iso_time(at).replace("Z", "+00:00")


def subscriber_hash(email: str) -> str:
    """Return the id of an address within a list."""
    return hashlib.md5(email.strip().lower().encode(), usedforsecurity=False).hexdigest()
