"""What a vendor's answers look like where its integration does not say: the shape each vendor's module fills in.

Values and small functions only; vendor.py plays them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from penstock.catalog.definition import Limit
from penstock.sandbox.state import Ids, Record
from penstock.sandbox.wire import JSON_TYPE, Answer, Json

if TYPE_CHECKING:
    from penstock.sandbox.rest.turn import Turn


@dataclass(frozen=True, slots=True)
class Refusal(Exception):
    """What a vendor refuses, and why: kind, status, the vendor's code, its words, and seconds to wait where it says.

    kind: unauthorized, forbidden, not_found, no_route, invalid, key_reuse, throttled, failed.
    """

    kind: str
    status: int
    code: str
    message: str
    wait_s: float | None = None


# kind -> (status, code, message); {what} is what was sought or missing.
REFUSALS: Mapping[str, tuple[int, str, str]] = {
    "unauthorized": (401, "unauthorized", "The credential is not valid."),
    "forbidden": (403, "forbidden", "The credential may not do this."),
    "not_found": (404, "not_found", "There is no {what}."),
    "no_route": (404, "not_found", "There is nothing at {what}."),
    "invalid": (400, "invalid_request", "{what} is missing or not valid."),
    "key_reuse": (422, "idempotency_key_reused", "The key was used before with another request."),
    "throttled": (429, "rate_limited", "Too many requests."),
    "failed": (500, "internal_error", "Something went wrong on our side."),
}

Wrap = Callable[["Turn", Record], Json]


def _plain(turn: Turn, record: Record) -> Json:
    return record


@dataclass(frozen=True, slots=True)
class Shape:
    """State how one vendor answers.

    key:        how its keys are spelled; {name} is replaced by the key's name ("pat-na1-sandbox-{name}"). It is the
                value of the first field of the integration's first auth scheme, unless `key_field` names another.
    others:     the other fields of that scheme's credential, which are never checked beyond being there.
    parameters: the parts of the base URL its users give (a shop, a subdomain), for connect and describe.
    new_id:     makes an id for a new record of a collection. `id`: the field it stands in.
    build:      (turn, id, fields) → the record kept and served, from the fields of a create.
    merge:      (turn, record, fields): changes a record by the fields of an update; by default as `build` put them.
    one, row:   how a single record is answered ({"ticket": record}), and how it stands in a list.
    page:       (turn, body) → body: the last touch on a list's answer (counts, links, kinds).
    page_size:  rows of a page where the request does not say.
    next_parameter: what the next page's address says it with, where the service gives a whole address.
    statuses:   of successes by action: create 200, get 200, list 200, update 200, delete 204, act 200 unless said here.
    deleted:    what a delete answers besides its status; None for no body.
    refusals:   kinds whose (status, code, message) differ from REFUSALS. error: makes the whole answer of a refusal
                where the integration's ErrorShape does not give the vendor's true form.
    actions:    operation → "create", "get", "list", "update", "delete", "upsert", "act", where its name does not tell.
    collections: operation → the collection it works on, where that is not the name before the last dot.
    ids:        operation → the parameter that names the record, where that is not the last one in the path.
    handlers:   operation → a function that answers it whole: (turn) → JSON or an Answer.
    routes:     "METHOD /path" → operation: further ways an SDK goes to the same thing, as below the base URL.
    open_paths: "METHOD /path" → handler, for what is no operation (token end points, discovery, an SDK's handshake).
    keeps:      fields of a record by which the log's effects can be recognised ("email", "name").
    seed:       fills a new account's store, for vendors whose lists are never empty. now is seconds since 1970.
    headers:    (turn or None) → header fields on every answer (request ids, versions).
    content_type: what its JSON is called, where its SDK looks for the very text.
    wait_fields: (seconds) → header fields of a throttle answer, where the integration's rate headers do not say it.
    left_fields: (limit, left, seconds until it is whole, now) → header fields that say what is left, where the
                integration reads them itself (read_hint) and names none.
    told_per_s: the window whose rest the header fields tell, where the service has several and tells of one.
    penalty_s:  seconds in which everything is refused once a limit was overrun, for the account or for the value of the
                parameter the limit is for.
    service_s:  seconds the vendor takes over each answer where a limit on concurrency would else mean nothing.
    has_keys_once: an idempotency key that was used is refused (key_reuse), instead of getting the first answer again.
    """

    key: str = "sandbox-{name}"
    key_field: str | None = None
    others: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    new_id: Callable[[Ids, str], str] = lambda ids, collection: ids.text(20)
    id: str = "id"
    build: Callable[[Turn, str, Record], Record] | None = None
    merge: Callable[[Turn, Record, Record], None] | None = None
    one: Wrap = _plain
    row: Wrap = _plain
    page: Callable[[Turn, Json], Json] | None = None
    page_size: int = 20
    next_parameter: str = "page"
    statuses: Mapping[str, int] = field(default_factory=dict)
    deleted: Callable[[Turn, Record], Json] | None = None
    refusals: Mapping[str, tuple[int, str, str]] = field(default_factory=dict)
    error: Callable[[Refusal], Answer] | None = None
    actions: Mapping[str, str] = field(default_factory=dict)
    collections: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)
    handlers: Mapping[str, Callable[[Turn], Json | Answer]] = field(default_factory=dict)
    routes: Mapping[str, str] = field(default_factory=dict)
    open_paths: Mapping[str, Callable[[Turn], Json | Answer]] = field(default_factory=dict)
    keeps: tuple[str, ...] = ("email", "name", "title", "subject", "text")
    seed: Callable[[Turn], None] | None = None
    headers: Callable[[], list[tuple[str, str]]] | None = None
    content_type: str = JSON_TYPE
    wait_fields: Callable[[float], list[tuple[str, str]]] | None = None
    left_fields: Callable[[Limit, float, float, float], list[tuple[str, str]]] | None = None
    told_per_s: float | None = None
    penalty_s: float = 0.0
    service_s: float = 0.0
    has_keys_once: bool = False
