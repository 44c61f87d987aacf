"""One shop in memory, and what every field does alike: ids, connections, searches, errors, keys."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from graphql import GraphQLError

from penstock.sandbox.state import Ids, Record, Table
from penstock.sandbox.vendors.shopify.search import read_search
from penstock.sandbox.wire import Effect, Incoming, iso_time

MOST_PER_PAGE = 250
CURRENCY = "USD"
KEY_LIFETIME_S = 86_400.0
Args = dict[str, Any]

# The kind in an id -> (first number, indexed fields). Shopify's numbers grow in steps.
KINDS: dict[str, tuple[int, tuple[str, ...]]] = {
    "Product": (8_000_000_000_001, ()),
    "ProductVariant": (44_000_000_000_001, ("product_id",)),
    "InventoryItem": (46_000_000_000_001, ()),
    "Location": (70_000_000_001, ()),
    "Customer": (7_000_000_000_001, ("email", "phone")),
    "Order": (5_000_000_000_001, ("customer_id",)),
    "DraftOrder": (1_100_000_000_001, ()),
    "Metafield": (30_000_000_000_001, ("owner_id",)),
    "WebhookSubscription": (1_500_000_000_001, ()),
    "BulkOperation": (4_000_000_000_001, ()),
    "Refund": (900_000_000_001, ("order_id",)),
    "Fulfillment": (4_800_000_000_001, ("order_id",)),
    "FulfillmentOrder": (6_500_000_000_001, ("order_id",)),
}


class World:
    """Hold everything one shop has."""

    def __init__(self, ids: Ids, shop: str) -> None:
        self.ids = ids
        self.shop = shop
        self.tables = {kind: Table(*indexed) for kind, (_, indexed) in KINDS.items()}
        self.stock: dict[tuple[str, str], int] = {}  # (inventory item, location) -> available
        self.keys: dict[str, Kept] = {}
        self.jobs: set[str] = set()

    def new_id(self, kind: str) -> str:
        """Return a fresh gid://shopify/Kind/number."""
        start = KINDS.get(kind, (1_000_000_001, ()))[0]
        return f"gid://shopify/{kind}/{self.ids.next(kind, start, 32_768)}"

    def find(self, id: str) -> Record | None:
        """Return what a gid names."""
        table = self.tables.get(id.removeprefix("gid://shopify/").partition("/")[0])
        return None if table is None else table.get(id)


@dataclass(slots=True)
class Kept:
    """What an idempotency key's first call came to; `is_open` until its answer has left."""

    fingerprint: str
    payload: Record
    expires_at: float
    is_open: bool = True


@dataclass(slots=True)
class Turn:
    """One request on its way: the shop, the time, what has changed, the keys it used."""

    world: World
    request: Incoming
    is_bulk: bool = False  # a bulk operation reads connections to their ends
    effects: list[Effect] = field(default_factory=list)
    keys: list[Kept] = field(default_factory=list)
    idempotency_key: str | None = None

    @property
    def now(self) -> str:
        """Return the time as Shopify writes it."""
        return iso_time(self.request.at)

    def changed(self, kind: str, id: str, **key: Any) -> None:
        """Note an effect."""
        self.effects.append(Effect(kind, id, {k: v for k, v in key.items() if v not in (None, "", [], {})}))

    def table(self, kind: str) -> Table:
        """Return the table of a kind."""
        return self.world.tables[kind]

    def add(self, kind: str, record: Record) -> Record:
        """Keep a record under a fresh id, with the fields every kind has, and return it."""
        id = self.world.new_id(kind)
        record = {"__typename": kind, "id": id, "legacyResourceId": id.rpartition("/")[2], **record}
        record.setdefault("createdAt", self.now)
        record.setdefault("updatedAt", self.now)
        return self.world.tables[kind].add(id, record)

    def connect(self, kind: str, args: Args, *, where: tuple[str, Any] | None = None) -> Record:
        """Return a connection over a table as first/after or last/before ask for it."""
        table = self.table(kind)
        keep, email = read_search(args.get("query"), kind)
        if email is not None and where is None:
            where = ("email", email)
        is_reverse = bool(args.get("reverse"))
        sort = args.get("sortKey")
        if sort in SORTS:
            found, _ = table.page(len(table), is_newest_first=False, where=where, keep=keep)
            found.sort(key=lambda record: str(record.get(SORTS[sort]) or "").lower(), reverse=is_reverse)
            return connect_list(found, args, is_bulk=self.is_bulk)
        size, is_backward = page_size(args, is_bulk=self.is_bulk)
        place = read_cursor(args.get("before" if is_backward else "after"), table)
        if not is_backward:
            found, more = table.page(size, after=place, is_newest_first=is_reverse, where=where, keep=keep)
            return connection(found, has_next=more, has_previous=place is not None)
        if place is None:
            found, more = table.page(size, is_newest_first=not is_reverse, where=where, keep=keep)
            found.reverse()
        else:
            found, more = table.page(size, before=place, is_newest_first=is_reverse, where=where, keep=keep)
        return connection(found, has_next=place is not None, has_previous=more)

    def count(self, kind: str, args: Args) -> Record:
        """Return how many there are, or how many a search finds."""
        keep, email = read_search(args.get("query"), kind)
        table = self.table(kind)
        if keep is None:
            number = len(table)
        else:
            where = None if email is None else ("email", email)
            number = len(table.page(len(table), where=where, keep=keep)[0])
        return {"count": number, "precision": "EXACT"}

    def once(self, field_name: str, key: str | None, args: Args, run: Callable[[], Record]) -> Record:
        """Return what `run` gives, once for each key (shopify.dev/docs/api/usage/idempotent-requests).

        A call that came to userErrors is not kept. Raises GraphQLError without a key.
        """
        if key is None:
            raise refuse(
                "The @idempotent directive is required for this mutation but was not provided.", "BAD_REQUEST"
            )
        self.idempotency_key = key
        print_ = hashlib.blake2b(repr((field_name, args)).encode(), digest_size=16).hexdigest()
        kept = self.world.keys.get(key)
        if kept is not None and kept.expires_at > self.request.at:
            if kept.fingerprint != print_:
                return complain(
                    "The request with this idempotency key has different parameters than the original "
                    "request.",
                    code="IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
                )
            if kept.is_open and not any(own is kept for own in self.keys):
                return complain(
                    "This request is currently in progress, please try again.",
                    code="IDEMPOTENCY_CONCURRENT_REQUEST",
                )
            return kept.payload
        payload = run()
        if not payload["userErrors"]:
            kept = self.world.keys[key] = Kept(print_, payload, self.request.at + KEY_LIFETIME_S)
            self.keys.append(kept)
        return payload


SORTS = {
    "TITLE": "title",
    "VENDOR": "vendor",
    "PRODUCT_TYPE": "productType",
    "UPDATED_AT": "updatedAt",
    "NAME": "displayName",
    "PROCESSED_AT": "processedAt",
}


def connection(found: list[Record], *, has_next: bool, has_previous: bool) -> Record:
    """Return a connection of these records."""
    edges = [{"cursor": write_cursor(record["id"]), "node": record} for record in found]
    return {
        "nodes": found,
        "edges": edges,
        "pageInfo": {
            "hasNextPage": has_next,
            "hasPreviousPage": has_previous,
            "startCursor": edges[0]["cursor"] if edges else None,
            "endCursor": edges[-1]["cursor"] if edges else None,
        },
    }


def connect_list(records: list[Record], args: Args, *, is_bulk: bool = False) -> Record:
    """Return a connection over a list as first/after or last/before ask for it."""
    size, is_backward = page_size(args, is_bulk=is_bulk)
    cursor = args.get("before" if is_backward else "after")
    if is_backward:
        end = _position(records, cursor) if cursor else len(records)
        start = max(0, end - size)
    else:
        start = _position(records, cursor) + 1 if cursor else 0
        end = min(len(records), start + size)
    return connection(records[start:end], has_next=end < len(records), has_previous=start > 0)


def _position(records: list[Record], cursor: str) -> int:
    id = _decode(cursor)
    for index, record in enumerate(records):
        if record["id"] == id:
            return index
    raise refuse(f"Invalid cursor: {cursor}", "BAD_REQUEST")


def page_size(args: Args, *, is_bulk: bool = False) -> tuple[int, bool]:
    """Return how many are asked for, and whether from the end. Raises GraphQLError."""
    if is_bulk:
        return 2**31, False
    first, last = args.get("first"), args.get("last")
    if first is None and last is None:
        raise refuse("you must provide one of first or last", "BAD_REQUEST")
    if first is not None and last is not None:
        raise refuse("providing both first and last is not supported", "BAD_REQUEST")
    size = first if first is not None else last
    if not isinstance(size, int) or not 0 <= size <= MOST_PER_PAGE:
        name = "first" if first is not None else "last"
        raise refuse(f"{name} must be from 0 to {MOST_PER_PAGE}, not {size}", "BAD_REQUEST")
    return size, first is None


def write_cursor(id: str) -> str:
    """Return an edge's cursor: base64 of JSON, as Shopify's are."""
    number = id.rpartition("/")[2]
    text = json.dumps({"last_id": number, "last_value": id}, separators=(",", ":"))
    return base64.b64encode(text.encode()).decode()


def read_cursor(cursor: str | None, table: Table) -> str | None:
    """Return the id a cursor names, None for none. Raises GraphQLError for one that names nothing."""
    if not cursor:
        return None
    id = _decode(cursor)
    if id not in table:
        raise refuse(f"Invalid cursor: {cursor}", "BAD_REQUEST")
    return id


def _decode(cursor: str) -> str:
    try:
        return str(json.loads(base64.b64decode(cursor, validate=True))["last_value"])
    except (ValueError, KeyError, TypeError):
        raise refuse(f"Invalid cursor: {cursor}", "BAD_REQUEST") from None


def refuse(message: str, code: str) -> GraphQLError:
    """Return a top-level error with its code."""
    return GraphQLError(message, extensions={"code": code})


def complain(message: str, *field: str, code: str | None = None) -> Record:
    """Return a payload that changed nothing but says why: userErrors."""
    return {"userErrors": [{"field": list(field) or None, "message": message, "code": code}]}


def money(amount: Any, currency: str = CURRENCY) -> Record:
    """Return an amount as a MoneyBag."""
    value = {"amount": f"{to_decimal(amount):.2f}", "currencyCode": currency}
    return {"shopMoney": value, "presentmentMoney": value}


def to_decimal(amount: Any) -> Decimal:
    """Return an amount as a number. Raises GraphQLError for what is none."""
    try:
        return Decimal(str(amount))
    except InvalidOperation:
        raise refuse(f"{amount!r} is not a valid Decimal", "INVALID_VARIABLE") from None
