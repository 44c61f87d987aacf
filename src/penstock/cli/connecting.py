"""From a command's words to a connection and one of its operations; shared by `call` and `batch`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from penstock.cli.arguments import convert

if TYPE_CHECKING:
    from penstock.catalog.definition import Operation
    from penstock.connection import BoundOperation, Connection


def open_connection(given: argparse.Namespace) -> Connection:
    """Return the connection the words ask for. Raises UsageError or AccountNeeded where there can be none."""
    import penstock as ps

    options: dict[str, Any] = dict(given.base)
    if given.account is not None:
        options["account"] = given.account
    if given.credential:
        options["credential"] = dict(given.credential)
    if given.base_url is not None:
        options["base_url"] = given.base_url
    connection: Connection = ps.connect(given.name, sandbox=given.sandbox, **options)
    return connection


def open_operation(given: argparse.Namespace) -> BoundOperation:
    """Return the operation the words name, on a connection of its own. Raises UnknownName with the nearest names."""
    return open_connection(given)[given.operation]


def types_of(operation: Operation) -> dict[str, str]:
    """Return the declared type of each parameter by its name."""
    return {parameter.name: parameter.type for parameter in operation.parameters}


def typed(pairs: list[tuple[str, Any, bool]], operation: Operation) -> dict[str, Any]:
    """Return parameters with text converted to the declared types; what was given as JSON stays as it is."""
    types = types_of(operation)
    return {
        name: value if is_json else convert(value, types.get(name, "string"))
        for name, value, is_json in pairs
    }
