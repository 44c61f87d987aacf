"""A Description → Operations: named, and with paths below its base URL. For descriptions from anywhere (openapi.py)."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from penstock.catalog.definition import Operation
from penstock.catalog.described import DescribedCall, Description
from penstock.catalog.names import Key, give_names, key_of


def build_operations(description: Description, base_url: str | None = None) -> tuple[Operation, ...]:
    """Return what a description says can be called, sorted by name; `base_url` replaces the description's own.

    `items` says where rows were seen in an answer. Whether there are pages a description does not say, so none has any.
    """
    base = (base_url or description.base_url).rstrip("/")
    host = urlsplit(description.base_url).netloc
    calls: dict[Key, tuple[DescribedCall, str]] = {}
    for call in description.calls:
        path = _place(call, description.base_url, base)
        there = urlsplit(call.server)
        named = (
            call if there.netloc != host else replace(call, server=there.path)
        )  # what is here need not say where
        calls.setdefault(key_of(named), (named, path))
    names = give_names(call for call, _ in calls.values())
    found = [
        Operation(
            names[key],
            call.method,
            path,
            call.parameters,
            items=call.items,
            body=call.body,
            document=call.document,
            into=call.into,
            is_idempotent=True if (call.document or "").startswith("query") else None,
        )
        for key, (call, path) in calls.items()
    ]
    return tuple(sorted(found, key=lambda operation: operation.name))


def _place(call: DescribedCall, described: str, base: str) -> str:
    """Return the path below the base URL, or the whole address of a call that lives somewhere else."""
    if call.server == described:
        return call.path
    whole = f"{call.server}{call.path}"
    below = whole.removeprefix(base) if base else whole
    return below if below.startswith("/") or "://" in whole else call.path
