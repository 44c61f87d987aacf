"""`penstock integrations`: the services there are with their counts, or everything known of one."""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from typing import Any

from penstock.catalog.definition import Integration, Limit
from penstock.catalog.operations import OperationIndex
from penstock.catalog.registry import Registry
from penstock.cli.terminal import mark
from penstock.errors import PenstockError


def run(given: argparse.Namespace) -> int:
    """Print the list, or one integration's card."""
    registry = Registry()
    if given.name is not None:
        card = describe(registry.get(given.name))
        print(json.dumps(card, ensure_ascii=False) if given.json else render(card))
        return 0
    counts, broken = [], {}
    for name in registry.names():
        try:
            counts.append(count(registry.get(name)))
        except PenstockError as exc:  # another package's: the others are listed all the same
            broken[name] = str(exc)
    if given.json:
        print(
            json.dumps(
                [*counts, *({"name": name, "error": why} for name, why in broken.items())], ensure_ascii=False
            )
        )
        return 1 if broken else 0
    for entry in counts:
        ours, keys = f"({entry['named']} named)", "keys" if entry["is_idempotent"] else ""
        print(
            f"{mark(True, sys.stdout)} {entry['name']:<17}{entry['title']:<18}{entry['operations']:>6,} operations {ours:<11}"
            f"{entry['limits']:>3} limits  {keys:<5} {entry['category']}".rstrip()
        )
    for name, why in broken.items():
        print(f"{mark(False, sys.stdout)} {name:<17}{why}")
    operations = sum(entry["operations"] for entry in counts)
    print(
        f"\n{len(counts)} integrations, {operations:,} operations. One of them in full: penstock integrations NAME"
    )
    return 1 if broken else 0


def count(integration: Integration) -> dict[str, Any]:
    """Return an integration's name and how much of everything it has."""
    return {
        "name": integration.name,
        "title": integration.title,
        "category": integration.category,
        "checked": integration.checked,
        "operations": len(OperationIndex(integration)),
        "named": len(integration.operations),
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
        "operations_in_all": len(OperationIndex(integration)),
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
    apart = [f"without {name}" for name in limit.apart]
    told = ", ".join(filter(None, [limit.when, *limit.methods, *limit.only, *apart]))
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
        lines += textwrap.wrap(
            said, 100, initial_indent=f"  {name:<12} ", subsequent_indent=" " * 15, break_long_words=False,
            break_on_hyphens=False,
        )  # fmt: skip
    more = card["operations_in_all"] - len(card["operations"])
    lines += ["", f"{len(card['operations'])} operations; ! is required"]
    for operation in card["operations"]:
        needed = " ".join(f"{name}!" for name in operation["required"])
        paged = "  (pages)" if operation["paginated"] else ""
        lines.append(
            f"  {operation['name']:<36} {operation['method']:<6} {operation['path']}  {needed}{paged}".rstrip()
        )
    if more:
        lines += [
            "",
            f"and {more:,} more of the service's catalogue: TAB completes them, connection.search(text) finds them",
        ]
    return "\n".join(lines)
