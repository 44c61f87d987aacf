"""From a command's words to an operation of a connection; shared by `call` and `batch`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from penstock.connection import BoundOperation
    from penstock.workbench import Workbench


def open_operation(bench: Workbench, given: argparse.Namespace) -> BoundOperation:
    """Return the operation the words name, on a connection as they ask for.

    Raises UnknownName with the nearest names, AccountNeeded where there is nobody to call as.
    """
    options: dict[str, Any] = dict(given.base)
    if given.account is not None:
        options["account"] = given.account
    if given.credential:
        options["credential"] = dict(given.credential)
    if given.base_url is not None:
        options["base_url"] = given.base_url
    return bench.connect(given.integration, sandbox=given.sandbox, **options)[given.operation]
