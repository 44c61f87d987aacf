"""`penstock integrations`: the services there are with their counts, or everything known of one."""

from __future__ import annotations

import argparse
import json
import textwrap
from typing import Any

from penstock.catalog.definition import Integration, Limit
from penstock.catalog.registry import Registry


def run(given: argparse.Namespace) -> int:
    """Print the list, or one integration's card."""
    registry = Registry()
    if given.name is not None:
        card = describe(registry.get(given.name))
        print(json.dumps(card, ensure_ascii=False) if given.json else render(card))
        return 0
    counts = [count(registry.get(name)) for name in registry.names()]
    if given.json:
        print(json.dumps(counts, ensure_ascii=False))
        return 0
    for entry in counts:
        paged = f"{entry['paginated']} of them in pages"
        print(f"{entry['name']:<16} {entry['title']:<16} {entry['operations']:>4} operations, {paged}")
    print("\nOne of them in full: penstock integrations NAME")
    return 0


def count(integration: Integration) -> dict[str, Any]:
    """Return an integration's name and how much of everything it has."""
    return {
        "name": integration.name,
        "title": integration.title,
        "category": integration.category,
        "checked": integration.checked,
        "operations": len(integration.operations),
        "paginated": sum(operation.is_paginated for operation in integration.operations),
        "limits": len(integration.limits),
        "is_idempotent": integration.idempotency is not None,
    }


def describe(integration: Integration) -> dict[str, Any]:
    """Return everything a person would want to know before connecting."""
    return {
        "name": integration.name,
        "title": integration.title,
        "docs": integration.docs,
        "checked": integration.checked,
        "base_url": integration.base_url,
        "base_parameters": {parameter.name: parameter.help for parameter in integration.base_parameters},
        "credential": [
            list(fields) for fields in dict.fromkeys(scheme.fields for scheme in integration.auth)
        ],
        "limits": [_say_limit(limit) for limit in integration.limits],
        "idempotency_key": integration.idempotency.name if integration.idempotency else None,
        "operations": [
            {
                "name": operation.name,
                "method": operation.method,
                "path": operation.path,
                "required": list(operation.required),
                "parameters": [parameter.name for parameter in operation.parameters],
                "paginated": operation.is_paginated,
                "summary": operation.summary,
            }
            for operation in integration.operations
        ],
        "unverified": list(integration.unverified),
    }


def _say_limit(limit: Limit) -> str:
    """Return a limit with what it holds for: "20 requests / 1 s (live, GET, files.*)"."""
    told = ", ".join(filter(None, [limit.when, *limit.methods, *limit.only]))
    return f"{limit.text} ({told})" if told else limit.text


def render(card: dict[str, Any]) -> str:
    """Return the card as text."""
    parts = [f"{name} ({help})" if help else name for name, help in card["base_parameters"].items()]
    needs = f"   needs {', '.join(parts)}" if parts else ""
    facts = {
        "docs": f"{card['docs']}  (checked {card['checked']})",
        "address": f"{card['base_url']}{needs}",
        "credential": " or ".join(" and ".join(fields) for fields in card["credential"] if fields),
        "limits": "; ".join(card["limits"]),
        "idempotency": card["idempotency_key"]
        or "none: a row that may have happened is never sent again by itself",
    }
    lines = [f"{card['title']}  ({card['name']})"]
    for name, said in facts.items():
        lines += textwrap.wrap(said, 100, initial_indent=f"  {name:<12} ", subsequent_indent=" " * 15)
    lines += ["", f"{len(card['operations'])} operations; ! is required"]
    for operation in card["operations"]:
        needed = " ".join(f"{name}!" for name in operation["required"])
        paged = "  (pages)" if operation["paginated"] else ""
        lines.append(
            f"  {operation['name']:<36} {operation['method']:<6} {operation['path']}  {needed}{paged}".rstrip()
        )
    return "\n".join(lines)
