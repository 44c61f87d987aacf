"""Writes notebooks/integrations.md, what each integration offers in one table: python tests/integrations/page.py

The test beside it says when the page is older than the integrations.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from penstock.catalog.definition import Integration, Limit, OAuth2
from penstock.catalog.operations import OperationIndex
from penstock.catalog.registry import Registry

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "notebooks" / "integrations.md"
PAIRS = Path(__file__).parent / "n8n"
_STYLES = {
    "Cursor": "cursor", "PageNumber": "page numbers", "Offset": "offset", "LinkHeader": "Link header", "NextUrl": "next URL",
    "GraphQLCursor": "GraphQL cursor", "NextCall": "a way of its own", "NoneType": "none",
}  # fmt: skip

HEAD = """\
# What each integration offers

Made from the integrations' own files by `make page`. *Operations*: those with names of our own, and all that are offered,
those of the vendor's description included where there is one (some are old or partial).
*n8n*: the operations its nodes have, and for how many of them one of ours does the work.
*Keys*: how the service recognises a call it has seen, so that a row can be sent again without harm; where there is none,
a row that may have happened is never sent again by itself. `penstock integrations NAME` tells the rest of one.

| integration | operations | n8n | sign with | limits | keys | pages | webhooks | bulk | checked |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""


def build_page() -> str:
    """Return the whole page."""
    registry = Registry()
    rows = [_row(registry.get(name)) for name in registry.names()]
    named, total = (sum(row[place] for row in rows) for place in (1, 2))
    theirs, ours = (sum(row[place] for row in rows) for place in (3, 4))
    lines = [row[0] for row in rows]
    operations = f"{total:,} operations ({named:,} with names of our own)"
    sums = f"\n{len(rows)} integrations, {operations}; of n8n's {theirs} operations {ours} are here.\n"
    return HEAD + "\n".join(lines) + "\n" + sums


def _row(integration: Integration) -> tuple[str, int, int, int, int]:
    named, total = len(integration.operations), len(OperationIndex(integration))
    path = PAIRS / f"{integration.name}.json"
    pairs = json.loads(path.read_text()) if path.exists() else {}
    ours = sum(isinstance(target, str) for target in pairs.values())
    key, hooks = integration.idempotency, integration.webhooks
    signature = hooks.signature.algorithm if hooks and hooks.signature else "unsigned"
    bulk = sum(operation.bulk is not None for operation in integration.operations)
    cells = [
        f"[{integration.title}]({integration.docs})",
        f"{named} / {total:,}",
        f"{ours} of {len(pairs)}" if pairs else "no node",
        ", ".join(dict.fromkeys(_signs(integration))),
        "; ".join(_limits(integration.limits)),
        f"`{key.name}` ({key.place})" if key else "none",
        _STYLES[type(integration.pagination).__name__],
        signature if hooks else "none",
        f"{bulk} operations" if bulk else "none",
        integration.checked,
    ]
    return f"| {' | '.join(cells)} |", named, total, len(pairs), ours


def _signs(integration: Integration) -> Iterator[str]:
    for scheme in integration.auth:
        yield (
            f"OAuth 2 {scheme.grant.replace('_', ' ')}"
            if isinstance(scheme, OAuth2)
            else " + ".join(scheme.fields)
        )


def _limits(limits: tuple[Limit, ...]) -> Iterator[str]:
    shown = [f"{limit.text}{f' ({limit.when})' if limit.when else ''}" for limit in limits]
    yield from list(dict.fromkeys(shown))[:3]
    if len(set(shown)) > 3:
        yield f"and {len(set(shown)) - 3} more"


if __name__ == "__main__":
    PAGE.write_text(build_page(), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)} is written.", file=sys.stderr)
