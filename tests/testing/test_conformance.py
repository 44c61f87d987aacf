"""The suite for everybody's integrations notices what it promises to notice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from toy import TOY

from penstock.catalog.definition import (
    BaseParameter,
    Bearer,
    ErrorShape,
    Idempotency,
    Integration,
    Limit,
    Operation,
    Parameter,
    fields,
)
from penstock.testing import conformance

HINTS = {str(number): "Ask again in a moment, it will work." for number in range(5)}
GOOD = replace(
    TOY,
    hints=HINTS,
    limits=(Limit(5, per=10.0, source="https://toy.example/limits, 2026-11"),),
    operations=tuple(o for o in TOY.operations if not o.is_paginated),
)


def operations(*more: Operation) -> Callable[[], Integration]:
    return lambda: replace(GOOD, operations=(*GOOD.operations, *more))


def changed(**facts: Any) -> Callable[[], Integration]:
    return lambda: replace(GOOD, **facts)


def test_a_good_one_has_nothing_to_complain_of() -> None:
    """An integration that keeps every promise gets no complaint."""
    assert conformance.check(GOOD) == []


@pytest.mark.parametrize(
    ("promise", "build"),
    [
        ("introduces_itself", changed(name="To y")),
        ("introduces_itself", changed(checked="yesterday")),
        ("names_operations_in_one_way", operations(Operation("ducks.create.many", "POST", "/m"))),
        ("names_operations_in_one_way", operations(Operation("Ducks", "GET", "/m"))),
        ("gives_each_parameter_one_place", operations(Operation("a.b", "GET", "/m", fields("/name")))),
        ("stays_at_its_hosts", operations(Operation("a.b", "GET", "https://evil.example/m"))),
        (
            "can_derive_what_it_does_not_ask_for",
            operations(Operation("a.b", "GET", "/m/{id}", (Parameter("id", "path"),))),
        ),
        ("says_where_limits_come_from", changed(limits=())),
        ("says_where_limits_come_from", changed(limits=(Limit(5, per=1.0, source="a friend"),))),
        ("says_where_limits_come_from", changed(limits=(Limit(5, per=1.0, only=("x.y",), source="https://a, 2026-11"),))),
        ("can_walk_its_pages", operations(Operation("a.list", "GET", "/m", is_paginated=True))),
        ("has_a_harmless_health_call", changed(health=Operation("a.b", "POST", "/m"))),
        ("has_a_harmless_health_call", changed(health=Operation("a.b", "GET", "/m/{id}"))),
        ("gives_hints_that_help", changed(hints={**HINTS, "x": "no"})),
        ("finds_the_words_of_an_error", changed(errors=ErrorShape())),
        ("can_sign", changed(auth=(Bearer("token"),))),
        ("speaks_of_real_operations_in_its_keys", changed(idempotency=Idempotency("K", only=("x.y",)))),
        ("keeps_its_address", changed(base_url="https://{host}/v2")),
        ("keeps_its_address", changed(base_parameters=(BaseParameter("host", pattern=".*", help="h"),))),
    ],
)  # fmt: skip
def test_a_broken_promise_is_noticed(promise: str, build: Callable[[], Integration]) -> None:
    """Each promise complains of an integration that breaks it, and the suite says which promise it was."""
    integration = build()
    assert list(getattr(conformance, promise)(integration))
    assert any(complaint.startswith(f"{promise}: ") for complaint in conformance.check(integration))


def test_an_operation_that_does_not_describe_itself_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where `?` would show nothing, every operation is complained of."""
    monkeypatch.setattr(conformance, "describe", lambda operation: "")
    complaints = list(conformance.describes_its_operations(GOOD))
    assert {complaint.split()[0] for complaint in complaints} == {
        operation.name for operation in GOOD.operations
    }


def test_every_promise_has_something_that_breaks_it() -> None:
    """No promise of the suite is without a control here."""
    (marked,) = (mark for mark in test_a_broken_promise_is_noticed.pytestmark if mark.name == "parametrize")
    broken = {case[0] for case in marked.args[1]} | {"describes_its_operations"}
    assert broken == {promise.__name__ for promise in conformance.PROMISES}
