"""One request on its way through a vendor: what it asks, of whose store, and what it has changed so far."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from penstock.catalog.definition import Integration, Operation, dig
from penstock.sandbox.rest.shape import REFUSALS, Refusal, Shape
from penstock.sandbox.state import Ids, Record, Table
from penstock.sandbox.wire import Effect, Incoming, Json, Pairs, parse_pairs


class Store:
    """Everything one account has: a table for each collection and what it lies below."""

    def __init__(self) -> None:
        self._tables: dict[tuple[str, ...], Table] = {}
        self.notes: dict[str, Any] = {}  # whatever a handler has to remember

    def table(self, collection: str, *within: str) -> Table:
        """Return a collection's table, of those below one parent where it lies below one."""
        return self._tables.setdefault((collection, *within), Table())


@dataclass(slots=True)
class Turn:
    """What a handler is given.

    values: from the path. query: from the address. body: as it came, parsed. fields: the body's parameters, out of
    what the operation wraps them in; of a call whose parameters travel in the query, those.
    """

    shape: Shape
    integration: Integration
    request: Incoming
    operation: Operation | None
    action: str
    collection: str
    account: str
    store: Store
    ids: Ids
    values: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: Json = None
    fields: Record = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)

    @property
    def now(self) -> float:
        """Return the request's time in seconds since 1970."""
        return self.request.at

    @property
    def url(self) -> str:
        """Return the address asked, as the client sees it."""
        return f"{self.request.base}{self.request.path}"

    def table(self, collection: str | None = None, *within: str) -> Table:
        """Return a table: the operation's own, or another."""
        return (
            self.store.table(collection, *within)
            if collection
            else self.store.table(self.collection, *self.parents)
        )

    @property
    def parents(self) -> tuple[str, ...]:
        """Return the ids of what the collection lies below."""
        return tuple(value for name, value in self.values.items() if name != self.id_name)

    @property
    def id_name(self) -> str | None:
        """Return the parameter that names the record, None where the operation names none."""
        operation = self.operation
        if operation is None:
            return None
        named = self.shape.ids.get(operation.name)
        if named is not None:
            return named
        if self.action in ("create", "list") or not operation.path_parameters:
            return None
        return operation.path_parameters[-1]

    @property
    def id(self) -> str | None:
        """Return the id the request names."""
        name = self.id_name
        if name is None:
            return None
        found = self.values.get(name, self.query.get(name, self.fields.get(name)))
        return None if found is None else str(found)

    def change(self, kind: str, id: str, record: Mapping[str, Json] | None = None) -> None:
        """Note an effect; the log shows of the record what a person would know it by."""
        known = {name: _find(record, name) for name in self.shape.keeps} if record else {}
        self.effects.append(
            Effect(kind, id, {name: value for name, value in known.items() if value is not None})
        )

    def refuse(self, kind: str, what: str = "", **changes: Any) -> Refusal:
        """Return the refusal to raise: raise turn.refuse("not_found", "contact 7")."""
        return refuse(self.shape, kind, what, **changes)


def refuse(shape: Shape, kind: str, what: str = "", **changes: Any) -> Refusal:
    """Return a refusal in the vendor's own words; `changes` replace its status, code, message or wait_s."""
    status, code, message = {**REFUSALS, **shape.refusals}[kind]
    facts: dict[str, Any] = {
        "status": status,
        "code": code,
        "message": message.replace("{what}", what),
        **changes,
    }
    return Refusal(kind, **facts)


def _find(record: Mapping[str, Json], name: str) -> Json:
    """Return a field of a record, or of a record's inner parts one step down."""
    if name in record:
        return record[name]
    return next((part[name] for part in record.values() if isinstance(part, dict) and name in part), None)


def read_body(request: Incoming) -> Json:
    """Return a body as it says it is: JSON, a form, multipart, or bytes. Raises ValueError where it is not that."""
    kind = request.headers.get("Content-Type", "")
    if not request.body:
        return None
    is_plain = not kind.startswith(("multipart", "application/octet-stream"))
    if "json" in kind or (request.body[:1] in (b"{", b"[") and is_plain):
        return json.loads(request.body)
    if kind.startswith("multipart/form-data"):
        return _gather((name, _part(part)) for name, part in _split_parts(request))
    if "x-www-form-urlencoded" in kind:
        return nest(parse_pairs(request.body.decode(errors="replace")))
    return request.body


def read_files(request: Incoming) -> dict[str, bytes]:
    """Return the contents of a multipart body's parts by their names: of its files and of its fields."""
    return {name: part.get_payload(decode=True) or b"" for name, part in _split_parts(request)}


def _split_parts(request: Incoming) -> list[tuple[str, Any]]:
    head = f"Content-Type: {request.headers.get('Content-Type', '')}\r\n\r\n".encode()
    parsed = BytesParser(policy=HTTP).parsebytes(head + request.body)
    return [(str(part.get_param("name", header="content-disposition")), part) for part in parsed.iter_parts()]


def _part(part: Any) -> Json:
    content = part.get_payload(decode=True) or b""
    if part.get_filename():
        return {"filename": part.get_filename(), "size": len(content)}
    return content.decode(errors="replace")


def _gather(pairs: Iterable[tuple[str, Json]]) -> Record:
    """Return the parts of a multipart body; a name that is there twice has a list."""
    found: dict[str, list[Json]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def nest(pairs: Pairs) -> Record:
    """Return a form's fields: a name given twice becomes a list, "a[b]" a dict, "a[]" and "a[0]" a list."""
    found: Record = {}
    for name, value in pairs:
        first, *steps = name.replace("]", "").split("[")
        target, key = found, first
        for step in steps:
            if step == "" or step.isdigit():
                break
            inner = target.setdefault(key, {})
            if not isinstance(inner, dict):
                break
            target, key = inner, step
        if key in target or name.endswith(("[]", "[0]")):
            before = target.get(key, [])
            target[key] = [*(before if isinstance(before, list) else [before]), value]
        else:
            target[key] = value
    return found


def read_fields(operation: Operation | None, body: Json, query: Mapping[str, str]) -> Record:
    """Return a call's parameters, out of what its operation wraps them in."""
    if operation is not None and operation.into and not operation.document and isinstance(body, dict):
        inner = dig(body, operation.into)
        last = operation.into.partition(".")[0]
        outside = {name: value for name, value in body.items() if name != last}
        return {**outside, **inner} if isinstance(inner, dict) else dict(body)
    if isinstance(body, dict):
        return dict(body)
    return dict(query) if body is None else {}
