"""Shopify's webhook subscriptions and bulk operations, and the shop itself."""

from __future__ import annotations

import json
from typing import Any

from graphql import FieldNode, GraphQLError, OperationDefinitionNode, SelectionSetNode, parse

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.shopify.world import CURRENCY, Args, Turn, complain

MOST_RUNNING = 5  # bulk queries of a shop at a time, since 2026-01


def create_webhook(turn: Turn, source: Any, args: Args) -> Record:
    given, topic = args["webhookSubscription"], args["topic"]
    uri = given.get("uri") or given.get("callbackUrl") or ""
    if not uri.startswith(("https://", "arn:aws:events:", "pubsub://")):
        text = (
            "Address protocol http:// is not supported" if uri.startswith("http://") else "Address is invalid"
        )
        return complain(text, "webhookSubscription", "callbackUrl")
    if any((known["topic"], known["uri"]) == (topic, uri) for known in turn.table("WebhookSubscription")):
        return complain("Address for this topic has already been taken", "webhookSubscription", "callbackUrl")
    record = turn.add(
        "WebhookSubscription",
        {
            "topic": topic,
            "uri": uri,
            "format": given.get("format") or "JSON",
            "filter": given.get("filter"),
            "includeFields": given.get("includeFields") or [],
            "metafieldNamespaces": given.get("metafieldNamespaces") or [],
        },
    )
    turn.changed("webhook_subscriptions.create", record["id"], topic=topic, uri=uri)
    return {"webhookSubscription": record, "userErrors": []}


def delete_webhook(turn: Turn, source: Any, args: Args) -> Record:
    record = turn.table("WebhookSubscription").remove(args["id"])
    if record is None:
        return complain("Webhook subscription does not exist", "id")
    turn.changed("webhook_subscriptions.delete", record["id"], topic=record["topic"])
    return {"deletedWebhookSubscriptionId": record["id"], "userErrors": []}


def get_bulk(turn: Turn, source: Any, args: Args) -> Record | None:
    """Return a bulk operation; one that was created is found completed."""
    id = args.get("id")
    if id is not None:
        record = turn.table("BulkOperation").get(id)
    else:
        found, _ = turn.table("BulkOperation").page(1)
        record = found[0] if found else None
    if record is not None and record["status"] == "CREATED":
        record |= {"status": "COMPLETED", "completedAt": turn.now}
    return record


def keep_bulk(turn: Turn, query: str, lines: list[str], root_count: int) -> Record:
    """Keep a bulk operation with its result, and return its record."""
    content = "\n".join(lines)
    record = turn.add(
        "BulkOperation",
        {
            "status": "CREATED",
            "type": "QUERY",
            "query": query,
            "objectCount": str(len(lines)),
            "rootObjectCount": str(root_count),
            "fileSize": str(len(content.encode())) if lines else None,
            "errorCode": None,
            "partialDataUrl": None,
            "completedAt": None,
            "content": content,
        },
    )
    turn.changed("bulk_operations.run_query", record["id"], objects=len(lines))
    return record


def bulk_url(turn: Turn, record: Record, args: Args) -> str | None:
    if record["status"] != "COMPLETED" or not record["content"]:
        return None
    return f"{turn.request.base}/bulk/{record['legacyResourceId']}.jsonl"


def read_bulk_query(query: str) -> OperationDefinitionNode | Record:
    """Return a bulk query's operation, or the payload that refuses it."""
    try:
        document = parse(query)
    except GraphQLError as exc:
        return complain(f"Invalid bulk query: {exc.message}", "query", code="INVALID")
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if len(operations) != 1 or operations[0].operation.value != "query":
        return complain("Invalid bulk query: one query is needed.", "query", code="INVALID")
    if not any(_rows_of(node) is not None for node in _fields(operations[0].selection_set)):
        return complain("Bulk queries must contain at least one connection.", "query", code="INVALID")
    return operations[0]


def flatten(operation: OperationDefinitionNode, data: dict[str, Any]) -> tuple[list[str], int]:
    """Return a bulk result as lines of JSON, children after their parents, and the number of roots."""
    lines: list[str] = []
    roots = 0
    for node in _fields(operation.selection_set):
        found = _rows_of(node)
        if found is None:
            continue
        rows = _given_rows(data.get(_key(node)), found[0])
        roots += len(rows)
        for row in rows:
            _write(found[1], row, None, lines)
    return lines, roots


def _write(node: FieldNode, row: dict[str, Any], parent: str | None, lines: list[str]) -> None:
    plain = dict(row)
    nested: list[tuple[FieldNode, dict[str, Any]]] = []
    for field in _fields(node.selection_set):
        found = _rows_of(field)
        if found is not None:
            rows = _given_rows(plain.pop(_key(field), None), found[0])
            nested += [(found[1], inner) for inner in rows]
    if parent is not None:
        plain["__parentId"] = parent
    lines.append(json.dumps(plain, ensure_ascii=False, separators=(",", ":")))
    for field, inner in nested:
        _write(field, inner, row.get("id"), lines)


def _fields(selected: SelectionSetNode | None) -> list[FieldNode]:
    return [node for node in (selected.selections if selected else ()) if isinstance(node, FieldNode)]


def _rows_of(node: FieldNode) -> tuple[str, FieldNode] | None:
    """Return how a connection's rows are asked for ("nodes" or "edges") and the row's own node, None for no connection."""
    for field in _fields(node.selection_set):
        if field.name.value == "nodes":
            return "nodes", field
        if field.name.value == "edges":
            inner = next((n for n in _fields(field.selection_set) if n.name.value == "node"), None)
            return ("edges", inner) if inner is not None else None
    return None


def _given_rows(given: Any, how: str) -> list[dict[str, Any]]:
    if not isinstance(given, dict):
        return []
    rows = given.get(how) or []
    return [row["node"] for row in rows] if how == "edges" else rows


def _key(node: FieldNode) -> str:
    return node.alias.value if node.alias else node.name.value


def shop(turn: Turn, source: Any, args: Args) -> Record:
    name = turn.world.shop
    domain = f"{name}.myshopify.com"
    return {
        "__typename": "Shop",
        "id": "gid://shopify/Shop/60000000001",
        "name": "Penstock sandbox",
        "email": "owner@example.org",
        "contactEmail": "owner@example.org",
        "myshopifyDomain": domain,
        "currencyCode": CURRENCY,
        "ianaTimezone": "Europe/Berlin",
        "timezoneAbbreviation": "CET",
        "createdAt": "2024-01-01T00:00:00Z",
        "url": f"https://{domain}",
        "plan": {
            "displayName": "Basic",
            "publicDisplayName": "Basic",
            "partnerDevelopment": False,
            "shopifyPlus": False,
        },
        "primaryDomain": {"id": "gid://shopify/Domain/1", "host": domain, "url": f"https://{domain}"},
        "weightUnit": "KILOGRAMS",
    }


def installation(turn: Turn, source: Any, args: Args) -> Record:
    scopes = ("products", "orders", "customers", "draft_orders", "inventory", "fulfillments")
    handles = [f"{action}_{scope}" for scope in scopes for action in ("read", "write")]
    shown = [{"handle": handle, "description": handle.replace("_", " ").capitalize()} for handle in handles]
    return {"__typename": "AppInstallation", "id": "gid://shopify/AppInstallation/1", "accessScopes": shown}


RESOLVERS = {
    ("Query", "shop"): shop,
    ("ProductCreatePayload", "shop"): shop,
    ("ProductDeletePayload", "shop"): shop,
    ("CustomerDeletePayload", "shop"): shop,
    ("Query", "currentAppInstallation"): installation,
    ("Query", "node"): lambda turn, _, args: turn.world.find(args["id"]),
    ("Query", "nodes"): lambda turn, _, args: [turn.world.find(id) for id in args["ids"]],
    ("Query", "webhookSubscription"): lambda turn, _, args: turn.table("WebhookSubscription").get(args["id"]),
    ("Query", "webhookSubscriptions"): lambda turn, _, args: turn.connect("WebhookSubscription", args),
    ("Mutation", "webhookSubscriptionCreate"): create_webhook,
    ("Mutation", "webhookSubscriptionDelete"): delete_webhook,
    ("Query", "bulkOperation"): get_bulk,
    ("Query", "currentBulkOperation"): get_bulk,
    ("BulkOperation", "url"): bulk_url,
}
