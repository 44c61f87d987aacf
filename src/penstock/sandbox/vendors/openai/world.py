"""One OpenAI organisation in memory, its errors, how it counts tokens, and what every end point does alike."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from penstock.sandbox.state import HEX, Ids, Record, Table
from penstock.sandbox.wire import Answer, Effect, Incoming, Json, json_answer, to_json

CHARACTERS_PER_TOKEN = 4  # help.openai.com, "What are tokens": about four characters of English

# id: what it can do. Their figures and answers are the sandbox's own.
MODELS = {
    "gpt-5-mini": "text",
    "gpt-5-nano": "text",
    "gpt-4o-mini": "text",
    "text-embedding-3-small": "vectors",
    "text-embedding-3-large": "vectors",
    "omni-moderation-latest": "moderation",
    "gpt-image-1": "images",
}
MODELS_SINCE = 1_754_425_777


class Refusal(Exception):
    """An answer other than success; `headers` go along with it."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        headers: Iterable[tuple[str, str]] = (),
    ) -> None:
        super().__init__(message)
        self.status, self.headers = status, list(headers)
        self.body = {"error": {"message": message, "type": type, "param": param, "code": code}}

    def answer(self) -> Answer:
        """Return the error as OpenAI writes it."""
        return json_answer(self.status, self.body, self.headers, content_type="application/json")


def missing(name: str) -> Refusal:
    """Return the 400 for a parameter that is not there."""
    return Refusal(
        400, f"Missing required parameter: '{name}'.", code="missing_required_parameter", param=name
    )


def wrong_type(name: str, wanted: str, value: Json) -> Refusal:
    """Return the 400 for a parameter of another type."""
    kinds = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", int: "an integer"}
    got = kinds.get(type(value), "null" if value is None else "a decimal number")
    message = f"Invalid type for '{name}': expected {wanted}, but got {got} instead."
    return Refusal(400, message, code="invalid_type", param=name)


def wrong_value(name: str, value: Json, known: Iterable[str]) -> Refusal:
    """Return the 400 for a value that is not one of those known."""
    said = ", ".join(repr(one) for one in known)
    return Refusal(
        400,
        f"Invalid value: {value!r}. Supported values are: {said}.",
        code="invalid_value",
        param=name,
    )


class World:
    """Hold everything one organisation has."""

    def __init__(self, ids: Ids) -> None:
        self.ids = ids
        self.files = Table("purpose")
        self.contents: dict[str, bytes] = {}
        self.batches = Table()
        self.responses = Table()

    def add_file(self, content: bytes, filename: str, purpose: str, at: float) -> Record:
        """Keep a new file and return its record."""
        id = f"file-{self.ids.text(22)}"
        self.contents[id] = content
        record: Record = {
            "id": id,
            "object": "file",
            "bytes": len(content),
            "created_at": int(at),
            "expires_at": None,
            "filename": filename,
            "purpose": purpose,
            "status": "processed",
            "status_details": None,
        }
        return self.files.add(id, record)


@dataclass(slots=True)
class Turn:
    """One call on its way: the organisation, the path's values, the query, the body, what has changed."""

    world: World
    request: Incoming
    at: float
    values: dict[str, str]
    query: dict[str, str]
    given: dict[str, Any] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)

    def id(self, prefix: str, length: int = 48) -> str:
        """Return a new id."""
        return f"{prefix}{self.world.ids.text(length, HEX)}"

    def changed(self, kind: str, id: str, **key: Any) -> None:
        """Note an effect."""
        self.effects.append(Effect(kind, id, {k: v for k, v in key.items() if v not in (None, "", [], {})}))

    def number(self, name: str, default: int, highest: int, lowest: int = 1) -> int:
        """Return a whole number of the body. Raises Refusal."""
        value = self.given.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong_type(name, "an integer", value)
        if not lowest <= value <= highest:
            edge = f"<= {highest}" if value > highest else f">= {lowest}"
            message = f"Invalid '{name}': integer out of bounds. Expected a value {edge}, but got {value}."
            raise Refusal(400, message, code="integer_out_of_bounds", param=name)
        return value

    def model(self, kind: str, default: str | None = None) -> str:
        """Return the model asked for. Raises Refusal where there is none, or where it does something else."""
        name = self.given.get("model", default)
        if name is None or name == "":
            raise Refusal(400, "you must provide a model parameter")
        if not isinstance(name, str):
            raise wrong_type("model", "a string", name)
        if name not in MODELS:
            raise no_model(name)
        if MODELS[name] != kind:
            raise Refusal(404, f"The model `{name}` is not supported with this endpoint.", param="model")
        return name

    def page(self, table: Table, *, most: int, default: int, where: tuple[str, Any] | None = None) -> Json:
        """Return a page of a table, newest first unless order=asc. Raises Refusal."""
        text, after = self.query.get("limit"), self.query.get("after") or None
        order = self.query.get("order", "desc")
        if text is not None and not (text.isdigit() and 1 <= int(text) <= most):
            message = f"Invalid 'limit': {text!r} is not a whole number from 1 to {most}."
            raise Refusal(400, message, code="invalid_value", param="limit")
        if order not in ("asc", "desc"):
            raise wrong_value("order", order, ("asc", "desc"))
        if after is not None and after not in table:
            raise Refusal(404, f"No such object: {after}", param="after")
        found, has_more = table.page(
            int(text or default), after=after, is_newest_first=order == "desc", where=where
        )
        first, last = (found[0]["id"], found[-1]["id"]) if found else (None, None)
        return {"object": "list", "data": found, "first_id": first, "last_id": last, "has_more": has_more}


def no_model(name: str) -> Refusal:
    """Return the 404 for a model nobody has."""
    message = f"The model `{name}` does not exist or you do not have access to it."
    return Refusal(404, message, code="model_not_found")


def read_body(request: Incoming) -> dict[str, Any]:
    """Return the JSON object of a body. Raises Refusal for what is none."""
    if not request.body.strip():
        return {}
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Refusal(400, "We could not parse the JSON body of your request.")
    return body


def count_tokens(text: str) -> int:
    """Return about how many tokens a text is."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def events(records: Iterable[Json], *, has_names: bool = False, is_ended: bool = False) -> Answer:
    """Return Server-Sent Events, one for each record; `is_ended` adds the [DONE] chat streams end with."""
    parts: list[bytes] = []
    for record in records:
        if has_names:
            parts.append(b"event: " + record["type"].encode() + b"\n")
        parts.append(b"data: " + to_json(record) + b"\n\n")
    if is_ended:
        parts.append(b"data: [DONE]\n\n")
    return Answer(200, b"".join(parts), [("Content-Type", "text/event-stream; charset=utf-8")])
