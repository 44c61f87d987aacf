"""The face of a connection: what TAB and attributes lead to."""

from __future__ import annotations

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
