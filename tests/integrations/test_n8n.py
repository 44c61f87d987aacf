"""What n8n's nodes do over the 45 services, and we: n8n/NAME.json says which of our operations does it, or why none does.

878 operations were counted in n8n, and 55 more in further nodes for Microsoft Graph; seven services have no such node.
A value is the name of an operation, "METHOD /path" of one in the catalogue, or {"missing": reason}.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from examples_of import NAMES, load

from penstock.catalog.operations import OperationIndex

FOLDER = Path(__file__).parent / "n8n"
PAIRS = Path(__file__).resolve().parents[2].parent / "shared" / "peers" / "n8n_operation_pairs.json"
SHARE = 0.98  # of n8n's operations that have one of ours


@cache
def read(name: str) -> dict[str, Any]:
    """Return what n8n/NAME.json says."""
    return dict(json.loads((FOLDER / f"{name}.json").read_text()))


@cache
def paths(name: str) -> frozenset[tuple[str, str]]:
    """Return (method, path without names) of every operation there is, the catalogue's too."""
    return frozenset((o.method, _erase(o.path)) for o in OperationIndex(load(name)))


def _erase(path: str) -> str:
    return re.sub(r"\{[^}]+\}", "{}", path)


def _is_ours(name: str, target: str) -> bool:
    method, space, path = target.partition(" ")
    return (method, _erase(path)) in paths(name) if space else target in OperationIndex(load(name))


def test_every_integration_is_compared() -> None:
    """Each integration has its file, and each file its integration."""
    assert sorted(path.stem for path in FOLDER.glob("*.json")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_what_n8n_does_is_done_here(name: str) -> None:
    """Each operation named for one of n8n's exists; where there is none, the reason is given."""
    wrong = [
        f"{pair}: {target}"
        for pair, target in read(name).items()
        if not (len(target["missing"]) > 15 if isinstance(target, dict) else _is_ours(name, target))
    ]
    assert wrong == []


def test_nearly_all_of_n8ns_operations_have_one_of_ours() -> None:
    """At least 98 % of n8n's operations over all services are mapped."""
    targets = [target for name in NAMES for target in read(name).values()]
    mapped = sum(isinstance(target, str) for target in targets)
    assert mapped >= SHARE * len(targets), f"{mapped} of {len(targets)}"


def test_the_pairs_are_n8ns() -> None:
    """The files hold exactly the pairs that were counted in n8n's nodes."""
    if not PAIRS.exists():
        pytest.skip("n8n's operations are not at hand: n8n_operation_pairs.json would be in ../shared/peers.")
    theirs = json.loads(PAIRS.read_text())
    for name in NAMES:
        nodes = {"": theirs.get(name, [])} | {
            f"{key.partition('.')[2]}/": pairs for key, pairs in theirs.items() if key.startswith(f"{name}.")
        }  # a service may have several nodes: "microsoftOutlook/message:send"
        assert sorted(read(name)) == sorted(
            f"{node}{pair}" for node, pairs in nodes.items() for pair in pairs
        ), name


def test_the_check_finds_what_is_wrong() -> None:
    """A name or a path there is not is noticed."""
    assert not _is_ours("stripe", "customers.befriend")
    assert not _is_ours("stripe", "POST /v1/custmers")
    assert _is_ours("stripe", "POST /v1/customers") and _is_ours("stripe", "customers.create")
