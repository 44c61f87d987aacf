"""One Stripe account in memory: its tables, its events, and what every operation does alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from penstock.sandbox.state import Ids, Record, Table
from penstock.sandbox.vendors.stripe.errors import invalid, missing
from penstock.sandbox.vendors.stripe.idempotency import KeyStore
from penstock.sandbox.wire import Effect

API_VERSION = "2026-09-30.endive"
MOST_EVENTS = 10_000  # Stripe keeps 30 days of them

# kind -> (prefix of its ids, characters after it, indexed fields); the kind is the word in the path
KINDS: dict[str, tuple[str, int, tuple[str, ...]]] = {
    "customers": ("cus_", 14, ("email",)),
    "payment_intents": ("pi_3", 23, ("customer",)),
    "payment_methods": ("pm_1", 23, ("customer",)),
    "charges": ("ch_3", 23, ("customer", "payment_intent")),
    "refunds": ("re_3", 23, ("charge", "payment_intent")),
    "products": ("prod_", 14, ()),
    "prices": ("price_1", 23, ("product",)),
    "coupons": ("", 8, ()),
    "invoices": ("in_1", 23, ("customer", "subscription")),
    "invoiceitems": ("ii_1", 23, ("customer", "invoice")),
    "subscriptions": ("sub_1", 23, ("customer",)),
    "checkout.sessions": ("cs_test_a1", 56, ("customer",)),
    "files": ("file_1", 23, ("purpose",)),  # made at another host, files.stripe.com
    "events": ("evt_1", 23, ("type",)),
}
_PREFIXES = sorted(
    ((prefix, kind) for kind, (prefix, _, _) in KINDS.items() if prefix), key=lambda p: -len(p[0])
)


class World:
    """Hold everything one account has."""

    def __init__(self, ids: Ids) -> None:
        self.ids = ids
        self.tables = {kind: Table(*indexed) for kind, (_, _, indexed) in KINDS.items()}
        self.keys = KeyStore()
        self.deleted: dict[str, str] = {}  # id -> object: a deleted thing is still shown as a stub
        self.balance: dict[str, int] = {}

    def new_id(self, kind: str) -> str:
        """Return a fresh id of a kind."""
        prefix, length, _ = KINDS[kind]
        return prefix + self.ids.text(length)

    def look_up(self, id: str) -> Record | None:
        """Return what an id names, by its prefix."""
        for prefix, kind in _PREFIXES:
            if id.startswith(prefix):
                return self.tables[kind].get(id)
        return None


@dataclass(slots=True)
class Turn:
    """One call on its way: the account, the path's values, the parameters read, what has changed."""

    world: World
    at: int
    values: dict[str, str]
    given: dict[str, Any]
    route: str
    request_id: str
    idempotency_key: str | None = None
    effects: list[Effect] = field(default_factory=list)

    def table(self, kind: str) -> Table:
        """Return the table of a kind."""
        return self.world.tables[kind]

    def path_record(self, kind: str, value: str = "id") -> Record:
        """Return the record the path names. Raises StripeError (404)."""
        id = self.values[value]
        record = self.table(kind).get(id)
        if record is None:
            raise missing(_noun(kind), id, "id" if kind != "payment_intents" else "intent", status=404)
        return record

    def referred(self, kind: str, param: str) -> Record | None:
        """Return the record a parameter names, None where it is absent. Raises StripeError (400)."""
        id = self.given.get(param)
        if id is None:
            return None
        record = self.table(kind).get(id)
        if record is None:
            raise missing(_noun(kind), id, param)
        return record

    def changed(self, action: str, record: Record, **key: Any) -> Record:
        """Note that a record was created, updated, …: in the log, and as an event of the account."""
        kind = record["object"].replace("checkout.session", "checkout_session") + "s"
        known = {name: value for name, value in key.items() if value not in (None, {}, [])}
        self.effects.append(Effect(f"{kind}.{action}", str(record["id"]), known))
        self.emit(f"{_EVENT.get(record['object'], record['object'])}.{_PAST.get(action, action)}", record)
        return record

    def emit(self, type: str, record: Record) -> None:
        """Add an event; the oldest goes when there are too many."""
        events, id = self.table("events"), self.world.new_id("events")
        events.add(
            id,
            {
                "id": id,
                "object": "event",
                "api_version": API_VERSION,
                "created": self.at,
                "data": {"object": dict(record)},
                "livemode": False,
                "pending_webhooks": 0,
                "request": {"id": self.request_id, "idempotency_key": self.idempotency_key},
                "type": type,
            },
        )
        if len(events) > MOST_EVENTS:
            oldest, _ = events.page(1, is_newest_first=False)
            events.remove(oldest[0]["id"])

    def list(
        self, kind: str, url: str, *, by: tuple[str, ...] = (), keep: Callable[[Record], bool] | None = None
    ) -> Record:
        """Return a page of a kind, newest first. `by`: indexed fields the list can be asked by."""
        table, given = self.table(kind), self.given
        for name in ("starting_after", "ending_before"):
            if name in given and given[name] not in table:
                raise missing(_noun(kind), given[name], name)
        asked = [(name, given[name]) for name in by if name in given]
        tests = [_is(name, value) for name, value in asked[1:]]
        if "created" in given:
            tests.append(_created(given["created"]))
        if keep is not None:
            tests.append(keep)
        found, more = table.page(
            given.get("limit", 10),
            after=given.get("starting_after"),
            before=given.get("ending_before"),
            where=asked[0] if asked else None,
            keep=(lambda record: all(test(record) for test in tests)) if tests else None,
        )
        return {"object": "list", "url": url, "has_more": more, "data": found}


_PAST = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "cancel": "canceled",
    "capture": "captured",
}
_EVENT = {"subscription": "customer.subscription"}


def _noun(kind: str) -> str:
    if kind == "invoiceitems":
        return "invoiceitem"
    return kind[:-1]


def _is(name: str, value: Any) -> Callable[[Record], bool]:
    return lambda record: bool(record.get(name) == value)


def _created(value: Any) -> Callable[[Record], bool]:
    """Return the test for created=1, or created[gte]=1 and its like."""
    bounds = value if isinstance(value, dict) else {"gte": value, "lte": value}
    try:
        read = {name: int(bound) for name, bound in bounds.items()}
    except (TypeError, ValueError):
        raise invalid(f"Invalid integer: {value}", "created", "parameter_invalid_integer") from None
    if not read.keys() <= {"gt", "gte", "lt", "lte"}:
        raise invalid("Invalid object", "created")
    low = max(read.get("gte", 0), read.get("gt", -1) + 1)
    high = min(read.get("lte", 2**62), read.get("lt", 2**62) - 1)
    return lambda record: low <= record["created"] <= high


def expand(world: World, answer: Record, paths: list[Any]) -> Record:
    """Return the answer with the ids at `paths` ("data.customer" in a list) replaced by what they name."""
    for path in paths:
        if not isinstance(path, str):
            raise invalid("Invalid string", "expand")
        answer = _expand(world, answer, path.split("."), path)
    return answer


def _expand(world: World, value: Any, parts: list[str], path: str) -> Any:
    if isinstance(value, list):
        return [_expand(world, element, parts, path) for element in value]
    if not isinstance(value, dict) or parts[0] not in value:
        raise invalid(f"This property cannot be expanded ({path}).", "expand")
    inner = value[parts[0]]
    if isinstance(inner, str):
        inner = world.look_up(inner) or inner
    if len(parts) > 1 and inner is not None:
        inner = _expand(world, inner, parts[1:], path)
    return {**value, parts[0]: inner}


def merge_metadata(old: dict[str, str], given: dict[str, str] | None) -> dict[str, str]:
    """Return metadata after an update: an empty value unsets its key, None unsets all."""
    if given is None:
        return {}
    return {key: value for key, value in {**old, **given}.items() if value != ""}
