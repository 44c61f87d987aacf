from __future__ import annotations

import importlib.util
import inspect
import math
from typing import Any

import pytest

from penstock.agent.client import AgentClient
from penstock.agent.operations import OPERATIONS, check_arguments
from penstock.errors import UsageError
from penstock.redact import Secret


def signature(kind: type, op: str) -> dict[str, bool]:
    """Return a method's arguments by name, and whether each must be given; all must be given by name."""
    parameters = list(inspect.signature(getattr(kind, op)).parameters.values())[1:]
    assert all(each.kind is inspect.Parameter.KEYWORD_ONLY for each in parameters)
    return {each.name: each.default is inspect.Parameter.empty for each in parameters}


@pytest.mark.parametrize("op", OPERATIONS)
def test_the_client_has_each_operation_as_the_table_has_it(op: str) -> None:
    """Every operation is an async method with exactly the table's arguments."""
    assert inspect.iscoroutinefunction(getattr(AgentClient, op))
    table = {name: argument.is_required for name, argument in OPERATIONS[op].arguments.items()}
    assert signature(AgentClient, op) == table


def test_the_client_has_no_other_operations() -> None:
    """Nothing public of the client is missing from the table."""
    public = {name for name, each in vars(AgentClient).items() if not name.startswith("_") and callable(each)}
    assert public == set(OPERATIONS)


@pytest.mark.skipif(
    importlib.util.find_spec("penstock.agent.keeper") is None, reason="there is no Keeper yet"
)
@pytest.mark.parametrize("op", sorted(OPERATIONS.keys() - {"stop"}))
def test_the_keeper_has_each_operation_as_the_table_has_it(op: str) -> None:
    """What the table lets through is what the Keeper takes."""
    from penstock.agent.keeper import Keeper

    assert inspect.iscoroutinefunction(getattr(Keeper, op))
    assert signature(Keeper, op) == signature(AgentClient, op)


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("status", {"more": 1}),
    ("describe", {"integration": "", "account": "a", "label": None}),
    ("describe", {"integration": "x" * 300, "account": "a", "label": None}),
    ("describe", {"integration": "a", "account": None, "label": None}),
    ("issue", {"integration": "a", "account": "b", "seen": -1}),
    ("issue", {"integration": "a", "account": "b", "seen": 1.0}),
    ("issue", {"integration": "a", "account": "b", "is_refused": None}),
    ("add_way", {"kind": "other"}),
    ("add_way", {"kind": "keyring", "expires_s": math.inf}),
    ("add_way", {"kind": "keyring", "expires_s": 0}),
    ("unlock", {"key_file": ""}),
    ("seal", {"names": "stripe/acme", "expires_s": 1}),
    ("seal", {"names": ["a", 1], "expires_s": 1}),
]


@pytest.mark.parametrize(("op", "arguments"), WRONG, ids=lambda value: str(value)[:50])
def test_an_argument_that_does_not_fit_is_refused(op: str, arguments: dict[str, Any]) -> None:
    """The refusal is a UsageError that names the operation."""
    with pytest.raises(UsageError, match=op):
        check_arguments(op, arguments)


def test_a_key_file_is_a_path_or_a_secret() -> None:
    """Both are taken, and nothing at all too."""
    for key_file in ("/home/me/key", Secret("its text"), None):
        check_arguments("unlock", {"key_file": key_file})
