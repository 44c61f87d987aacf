"""Names the services themselves give their calls."""

from __future__ import annotations

import pytest

from penstock.catalog.described import DescribedCall
from penstock.catalog.own_names import read_own_name


@pytest.mark.parametrize(
    ("own_name", "found"),
    [
        ("repos/list-for-org", (["repos"], "list_for_org")),
        ("users.drafts.send", (["users", "drafts"], "send")),
        ("client.beta.files.retrieve", (["files"], "get")),
        ("users.calendar_ListEvents", (["users", "calendar"], "list_events")),
        ("users.outlook_supportedTimeZones-ee48", (["users", "outlook"], "supported_time_zones")),
        ("calendars.patch", (["calendars"], "patch")),
        ("events.insert", (["events"], "create")),
        ("beta_getThing", None),
        ("post-/crm/v3/objects", None),
        ("get/things", None),
        ("listThings", None),
        ("list_things", None),
        ("", None),
    ],
)
def test_a_name_with_groups_is_taken(own_name: str, found: tuple[list[str], str] | None) -> None:
    """Slashes and dots make groups, what only repeats method and path does not."""
    assert read_own_name(DescribedCall("GET", "/x", own_name=own_name)) == found


@pytest.mark.parametrize(
    ("field", "has_rows", "name"),
    [
        ("query:issues", True, "issues.list"),
        ("query:issue", False, "issues.get"),
        ("query:searchIssues", True, "issues.search"),
        ("mutation:issueCreate", False, "issues.create"),
        ("mutation:issueAddLabel", False, "issues.add_label"),
        ("mutation:releaseCreate", False, "release.create"),
        ("mutation:create_board", False, "board.create"),
        ("mutation:create_update", False, "update.create"),
        ("mutation:create_or_get_tag", False, "tag.create_or_get"),
        ("mutation:logout", False, "logout.run"),
    ],
)
def test_a_graphql_field_is_read_either_way_round(field: str, has_rows: bool, name: str) -> None:
    """Verb first or last, the group is what it is done to, in the plural where that can be listed."""
    rows = "data.x" if has_rows else None
    call = DescribedCall(
        "POST", "", own_name=field, tags=("issues", "search_issues"), items=rows, document="query x { x }"
    )
    found = read_own_name(call)
    assert found is not None and ".".join([*found[0], found[1]]) == name
