"""Requests of the catalogue before somebody else's judges: openapi-schema-validator for the vendor's schemas, Werkzeug's routing.

Parameters get values the vendor's own schemas let through; the request built from them is taken apart again and judged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random

import pytest
from judging import REGISTRY, Unjudged, body_of, find, judge
from vendors import SPECS, documents

from penstock.catalog.catalogue import find_folder
from penstock.catalog.definition import Integration, Operation, Parameter
from penstock.catalog.operations import OperationIndex

CALLS, SERVICES, SHARE, MOST = 3000, 30, 0.25, 500  # most of one service


def _services() -> list[str]:
    described = {
        path.name.removesuffix(".gz") for path in find_folder().iterdir() if path.name.endswith(".gz")
    }
    return sorted(name for name in described & set(REGISTRY.names()) if documents(name))


def _sample(service: str, share: float, random: Random) -> Iterator[tuple[Integration, Operation]]:
    """Yield a share of everything the catalogue has for a service, what its file names itself included."""
    integration = replace(REGISTRY.get(service), operations=())
    index = OperationIndex(integration)
    names = index.names()
    for name in sorted(random.sample(names, min(len(names), MOST, max(40, int(len(names) * share))))):
        yield integration, index.get(name)


@pytest.fixture(autouse=True)
def _needs() -> None:
    if not SPECS.exists():
        pytest.skip("The vendors' descriptions are not at hand: they would be in ../shared/specs.")
    pytest.importorskip("openapi_schema_validator")
    pytest.importorskip("werkzeug")


def test_requests_are_what_the_vendors_describe() -> None:
    """Of 3,000 sampled calls of 30 services none breaks the vendor's own schema, and nearly all can be judged."""
    random, counts, wrong, unjudged = Random(17), Counter[str](), [], 0
    for service in _services():
        for integration, operation in _sample(service, SHARE, random):
            try:
                complaints = judge(service, integration, operation, random)
            except Unjudged:
                unjudged += 1
                continue
            counts[service] += 1
            where = f"{service} {operation.name} ({operation.method} {operation.path})"
            wrong += [f"{where}: {one}" for one in complaints]
    print(
        f"{counts.total()} calls of {len(counts)} services judged, {unjudged} could not be; {len(wrong)} wrong"
    )
    assert wrong == []
    assert counts.total() >= CALLS and len(counts) >= SERVICES
    assert unjudged < counts.total() / 50


def _without(operation: Operation, name: str) -> tuple[Parameter, ...]:
    return tuple(parameter for parameter in operation.parameters if parameter.name != name)


_CHANGES: dict[str, Callable[[Operation], Operation]] = {
    "no such call": lambda o: replace(o, path="/v1/custmers"),
    "the vendor describes no such": lambda o: replace(o, method="PATCH"),
    "query amount is not described": lambda o: replace(
        o, parameters=(*o.parameters, Parameter("amount", "query"))
    ),
    "body emial is not described": lambda o: replace(
        o, parameters=(*o.parameters, Parameter("emial", "body"))
    ),
    "body customer is required here": lambda o: replace(
        o, parameters=(*_without(o, "customer"), Parameter("customer", "body", is_required=True))
    ),
    "body currency is not offered": lambda o: replace(o, parameters=_without(o, "currency")),
    "application/json for a form": lambda o: replace(o, body="json"),
}


@pytest.mark.parametrize("complaint", _CHANGES)
def test_the_judges_notice_what_is_wrong(complaint: str) -> None:
    """The control: a wrong path, method, place, name, need or body is a complaint, and without it there is none."""
    integration = REGISTRY.get("stripe")
    good = OperationIndex(replace(integration, operations=())).get("payment_intents.create")
    assert [one for seed in range(9) for one in judge("stripe", integration, good, Random(seed))] == []
    bad = _CHANGES[complaint](good)
    found = [one for seed in range(9) for one in judge("stripe", integration, bad, Random(seed))]
    assert any(one.startswith(complaint) or complaint in one for one in found), found


def test_the_validator_notices_a_wrong_type() -> None:
    """The control: a text for a number is no valid body."""
    call = find("github", REGISTRY.get("github"), Operation("a", "POST", "/repos/{a}/{b}/milestones"))
    assert call is not None
    _, schema = body_of(call)
    assert call.document.errors(schema, {"title": 7}) and not call.document.errors(schema, {"title": "v1"})
    assert call.document.errors(schema, {})
