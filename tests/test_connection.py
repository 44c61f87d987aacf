"""The face of a connection: what TAB and attributes lead to."""

from __future__ import annotations

import inspect

import pytest

from penstock.catalog.operations import build_signature
from penstock.catalog.registry import Registry
from penstock.connection import BoundOperation
from penstock.workbench import Workbench


def test_search_is_a_question_and_a_group(workbench: Workbench) -> None:
    """connection.search("text") finds operations; a service's own search operations are below it as well."""
    github = workbench.connect("github", sandbox=True)
    assert "issues.create" in github.search("issues create")
    assert "issues" in dir(github.search)
    assert github.search.issues.operation.name == "search.issues"


def test_names_lead_through_groups_to_operations(workbench: Workbench) -> None:
    """Groups and operations of the catalogue are attributes like those the file names, and show themselves."""
    github = workbench.connect("github", sandbox=True)
    assert "repos" in dir(github) and "create" in dir(github.issues)
    assert "GET" in repr(github.repos.get) and "create" in repr(github.issues)


def test_a_signature_shows_what_an_operation_takes(workbench: Workbench) -> None:
    """Tools that ask Python for a signature get the operation's own: what must be given first, choices as a type."""
    github = workbench.connect("github", sandbox=True)
    signature = inspect.signature(github.issues.create)
    assert list(signature.parameters)[:3] == ["owner", "repo", "title"]
    assert signature.parameters["owner"].default is inspect.Parameter.empty
    assert signature.parameters["labels"].default is None and "others" in signature.parameters
    assert "'open'" in str(inspect.signature(github.issues.list).parameters["state"].annotation)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        github.issues.create.nothing  # noqa: B018
    assert inspect.signature(BoundOperation), "the class keeps its own"


@pytest.mark.parametrize("name", Registry().names())
def test_every_named_operation_has_a_signature(name: str) -> None:
    """No operation has parameters Python could not write down."""
    for operation in Registry().get(name).operations:
        typed = {name.rstrip("_") for name in build_signature(operation).parameters}
        assert {name.rstrip("_") for name in operation.required} <= typed, operation.name
