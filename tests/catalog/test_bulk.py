"""The vocabulary of bulk calls: where items go, whose answer is whose, and that what integrations declare fits together."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.catalog.bulk import Bulk, Part, in_order, traced
from penstock.catalog.definition import Integration, Operation
from penstock.catalog.registry import Registry

NAMES = Registry().names()


def load(name: str) -> Integration:
    return Registry().get(name)


def test_items_go_where_the_path_leads() -> None:
    """A plain name takes the list; a dotted one wraps it step by step."""
    assert Bulk("a.b", into="inputs", max_items=2).place([1, 2]) == {"inputs": [1, 2]}
    assert Bulk("a.b", into="data.profiles.data", max_items=2).place([1]) == {
        "data": {"profiles": {"data": [1]}}
    }


def test_results_in_order_are_told_by_their_flag() -> None:
    """Salesforce's flags: what is not done is an error with its own words; without a flag all are done."""
    answer = [{"id": "1", "success": True}, {"success": False, "errors": [{"message": "no"}]}]
    split = in_order(is_done="success", error="errors")
    assert split(answer, ["a", "b"]) == [Part(answer[0]), Part([{"message": "no"}], 400)]
    assert in_order("records")({"records": [1, 2]}, ["a", "b"]) == [Part(1), Part(2)]


@pytest.mark.parametrize("answer", [None, {}, [], [1], [1, 2, 3], "text", {"records": 1}])
def test_an_answer_of_another_length_says_nothing(answer: Any) -> None:
    """Where results and items do not match in number, nobody is said to be done."""
    for path in ("$", "records"):
        assert in_order(path)(answer, ["a", "b"]) == [None, None]


@given(st.permutations(range(6)), st.sets(st.integers(0, 5)), st.sets(st.integers(0, 5)))
def test_traced_answers_are_known_in_any_order(order: list[int], bad: set[int], lost: set[int]) -> None:
    """HubSpot's 207: each result and each error finds its item by what was written into it; the unnamed stay unknown."""
    split = traced("results", "trace", error_trace="context.trace")
    results = [{"trace": str(n), "id": n} for n in order if n not in bad | lost]
    errors = [{"context": {"trace": [str(n)]}, "id": n} for n in order if n in bad - lost]
    parts = split({"results": results, "errors": [*errors, {"message": "of nobody"}]}, list(range(6)))
    for number, part in enumerate(parts):
        if number in lost:
            assert part is None
        else:
            assert part is not None and part.data["id"] == number and (part.status == 400) == (number in bad)


@pytest.mark.parametrize("trace", ["7", "-1", "x", "", None, {}, "٣", 10**30])
def test_a_strange_trace_is_nobodys(trace: Any) -> None:
    """A place outside the call, or none at all, is passed over."""
    assert traced("results", "trace")({"results": [{"trace": trace}]}, ["a", "b"]) == [None, None]


def test_an_operation_names_its_bulk_call() -> None:
    """bulk_name is the operation's name, whether it stands alone or in a Bulk."""
    bulk = Bulk("a.many", into="inputs", max_items=2)
    made = [Operation("a.one", "POST", "/a", bulk=value) for value in (bulk, "a.many", None)]
    assert [operation.bulk_name for operation in made] == ["a.many", "a.many", None]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_declared_fits_together(name: str) -> None:
    """Bulk calls and jobs name operations there are, with the parameters they are given; sizes are positive."""
    integration = load(name)
    known = {operation.name: operation for operation in integration.operations}
    for operation in integration.operations:
        bulk, job = operation.bulk, operation.bulk_job
        taken = {*operation.path_parameters, *(parameter.name for parameter in operation.parameters)}
        if isinstance(bulk, Bulk):
            many = known[bulk.operation]
            takes = {*many.path_parameters, *(parameter.name for parameter in many.parameters)}
            given = {bulk.into.partition(".")[0], *bulk.shared, *bulk.fixed}
            assert set(bulk.shared) <= taken and given <= takes, operation.name
            assert set(many.required) <= given, operation.name
            assert bulk.max_items > 1
        if job is not None:
            names = [job.submit, job.poll, *filter(None, [job.upload, job.find])]
            assert set(names) <= set(known), operation.name
            assert job.poll_by in {p.name for p in known[job.poll].parameters} | set(
                known[job.poll].path_parameters
            )
            assert (job.upload is None) == (job.link is None) and (job.find is None) == (job.is_found is None)
            assert job.max_items > 1 and set(job.shared) <= taken
