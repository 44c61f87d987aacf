"""Shopify's metafields and tags: what can be put on anything."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.shopify.world import Args, Turn, complain, connect_list

MOST_AT_ONCE = 25
TYPES = frozenset(
    {
        "boolean", "color", "date", "date_time", "dimension", "id", "json", "link", "money", "multi_line_text_field",
        "number_decimal", "number_integer", "rating", "rich_text_field", "single_line_text_field", "url", "volume", "weight",
    }
)  # fmt: skip


def set_many(turn: Turn, source: Any, args: Args) -> Record:
    """Set up to 25 metafields, all of them or none."""
    given = args["metafields"]
    if len(given) > MOST_AT_ONCE:
        return complain(
            f"Exceeded the maximum metafields input limit of {MOST_AT_ONCE}.",
            "metafields",
            code="LESS_THAN_OR_EQUAL_TO",
        )
    errors: list[Record] = []
    for index, entry in enumerate(given):
        where = ["metafields", str(index)]
        if turn.world.find(entry["ownerId"]) is None:
            errors.append(
                {"field": [*where, "ownerId"], "message": "Owner does not exist.", "code": "INVALID"}
            )
        else:
            problem = _why_not(entry)
            if problem:
                field, message, code = problem
                errors.append({"field": [*where, field], "message": message, "code": code})
    if errors:
        return {"metafields": None, "userErrors": errors}
    made = [_put(turn, entry["ownerId"], entry) for entry in given]
    owners = sorted({entry["ownerId"] for entry in given})
    turn.changed(
        "metafields.set", made[0]["id"] if made else "", owners=owners, keys=[m["key"] for m in made]
    )
    return {"metafields": made, "userErrors": []}


def check_metafields(given: list[dict[str, Any]] | None) -> Record | None:
    """Return the payload that refuses metafields given with something else, None where they will do."""
    for index, entry in enumerate(given or []):
        problem = _why_not(entry)
        if problem:
            return complain(problem[1], "metafields", str(index), problem[0])
    return None


def put_metafields(turn: Turn, owner: str, given: list[dict[str, Any]]) -> None:
    """Set metafields on what has just been made or changed."""
    for entry in given:
        _put(turn, owner, entry)


def _why_not(entry: dict[str, Any]) -> tuple[str, str, str] | None:
    type = (entry.get("type") or "single_line_text_field").removeprefix("list.")
    value = entry.get("value")
    if not entry.get("key"):
        return "key", "Key can't be blank.", "BLANK"
    if len(entry["key"]) < 2 or len(entry["key"]) > 64:
        return "key", "Key must be from 2 to 64 characters.", "TOO_SHORT"
    if value in (None, ""):
        return "value", "Value can't be blank.", "BLANK"
    if type not in TYPES and "reference" not in type:
        return "type", f"Type '{type}' is not included in the list", "INCLUSION"
    if type == "number_integer" and not str(value).lstrip("-").isdigit():
        return "value", "Value must be an integer.", "INVALID_VALUE"
    if type == "json":
        try:
            json.loads(str(value))
        except ValueError:
            return "value", "Value is not a valid JSON.", "INVALID_VALUE"
    return None


def _put(turn: Turn, owner: str, entry: dict[str, Any]) -> Record:
    namespace, key = entry.get("namespace") or "$app", entry["key"]
    value = str(entry["value"])
    changes = {"value": value, "compareDigest": hashlib.blake2b(value.encode(), digest_size=16).hexdigest()}
    known = _find(turn, owner, namespace, key)
    if known is not None:
        return turn.table("Metafield").update(known["id"], **changes, updatedAt=turn.now)
    type = entry.get("type") or "single_line_text_field"
    kind = owner.removeprefix("gid://shopify/").partition("/")[0].upper()
    fields = {"owner_id": owner, "ownerType": kind, "namespace": namespace, "key": key, "type": type}
    return turn.add("Metafield", {**fields, **changes})


def _find(turn: Turn, owner: str, namespace: str, key: str) -> Record | None:
    for record in turn.table("Metafield").find("owner_id", owner):
        if (record["namespace"], record["key"]) == (namespace, key):
            return record
    return None


def one(turn: Turn, owner: Record, args: Args) -> Record | None:
    return _find(turn, owner["id"], args.get("namespace") or "$app", args["key"])


def several(turn: Turn, owner: Record, args: Args) -> Record:
    namespace = args.get("namespace")
    found = turn.table("Metafield").find("owner_id", owner["id"])
    kept = [record for record in found if namespace is None or record["namespace"] == namespace]
    return connect_list(kept, args, is_bulk=turn.is_bulk)


def json_value(turn: Turn, metafield: Record, args: Args) -> Any:
    type, value = metafield["type"], metafield["value"]
    if type == "json" or type.startswith(("list.", "number_integer", "boolean")):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def add_tags(turn: Turn, source: Any, args: Args) -> Record:
    return _tag(turn, args, is_adding=True)


def remove_tags(turn: Turn, source: Any, args: Args) -> Record:
    return _tag(turn, args, is_adding=False)


def _tag(turn: Turn, args: Args, *, is_adding: bool) -> Record:
    record = turn.world.find(args["id"])
    if record is None or "tags" not in record:
        return complain("Resource does not exist", "id")
    old, given = set(record["tags"]), set(args["tags"])
    record["tags"] = sorted(old | given if is_adding else old - given)
    turn.changed("tags.add" if is_adding else "tags.remove", record["id"], tags=sorted(given))
    return {"node": record, "userErrors": []}


RESOLVERS = {
    ("Mutation", "metafieldsSet"): set_many,
    ("Mutation", "tagsAdd"): add_tags,
    ("Mutation", "tagsRemove"): remove_tags,
    ("Metafield", "jsonValue"): json_value,
    **{(kind, "metafield"): one for kind in ("Product", "ProductVariant", "Customer", "Order")},
    **{(kind, "metafields"): several for kind in ("Product", "ProductVariant", "Customer", "Order")},
}
