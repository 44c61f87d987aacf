"""Linear's sandbox judged by Linear's own schema, and used as a person would through Penstock."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from graphql import build_schema, get_named_type, is_introspection_type, parse, validate

from penstock.errors import Invalid, NotFound, SignInNeeded
from penstock.integrations.linear import integration
from penstock.redact import Secret
from penstock.sandbox.rest.graph import read_schema
from penstock.sandbox.vendors.linear.world import ISSUES
from penstock.testing import FakeClock

PACKAGE = "penstock.sandbox.vendors.linear"
SPEC = Path(__file__).resolve().parents[3].parent / "shared" / "specs" / "linear.json.gz"


@pytest.fixture
def linear(workbench: Any) -> Any:
    """Return a connection to the sandbox's Linear."""
    return workbench.connect("linear", sandbox=True)


def _team(linear: Any) -> str:
    return str(linear.teams.list().data["data"]["teams"]["nodes"][0]["id"])


@pytest.mark.parametrize("operation", integration.operations, ids=lambda operation: operation.name)
def test_every_document_fits_the_schema(operation: Any) -> None:
    """Each operation's document validates against the schema the sandbox plays."""
    assert validate(read_schema(PACKAGE), parse(operation.document)) == []


def test_the_schema_is_a_part_of_linears() -> None:
    """Every field and argument of the sandbox's schema is in Linear's own, with the same type."""
    if not SPEC.exists():
        pytest.skip("Linear's schema is not at hand: linear.json.gz would be in ../shared/specs.")
    theirs = build_schema(json.loads(gzip.decompress(SPEC.read_bytes()))["sdl"])
    found = 0
    for name, kind in read_schema(PACKAGE).type_map.items():
        if is_introspection_type(kind) or not hasattr(kind, "fields"):
            continue
        for field, ours in kind.fields.items():
            other = theirs.type_map[name].fields[field]
            assert str(ours.type) == str(other.type), f"{name}.{field}"
            assert set(getattr(ours, "args", ())) <= set(getattr(other, "args", ())), f"{name}.{field}"
            assert get_named_type(ours.type)
            found += 1
    assert found > 200


def test_issues_are_made_read_back_listed_over_pages_changed_and_archived(linear: Any) -> None:
    """A new issue is read by id and identifier, found, labelled, finished, commented, and hidden once it is archived."""
    team = _team(linear)
    made = linear.issues.create(teamId=team, title="It leaks", priority=1)["data"]["issueCreate"]["issue"]
    assert (made["identifier"], made["priorityLabel"], made["state"]["name"]) == (
        f"SAN-{ISSUES + 1}",
        "Urgent",
        "Backlog",
    )
    assert linear.issues.get(made["identifier"])["data"]["issue"]["id"] == made["id"]
    states = linear.workflow_states.list.frame()
    done = states.loc[states["name"] == "Done", "id"].iloc[0]
    linear.issues.update(made["id"], stateId=done)
    label = linear.labels.list.frame()["id"].iloc[0]
    assert linear.issues.add_label(made["id"], label)["data"]["issueAddLabel"]["issue"]["labelIds"] == [label]
    linear.comments.create(issueId=made["id"], body="Seen.")
    assert linear.comments.list.frame()["body"].tolist() == ["Seen."]
    pages = list(linear.issues.list.pages(first=100))
    assert [len(page.items) for page in pages] == [100, 100, 31]
    wanted = {"state": {"name": {"eq": "Done"}}}
    assert linear.issues.list.frame(filter=wanted)["identifier"].tolist() == [made["identifier"]]
    linear.issues.archive(made["id"])
    assert len(linear.issues.list.frame()) == ISSUES
    assert len(linear.issues.list.frame(includeArchived=True)) == ISSUES + 1


def test_a_client_made_id_is_made_once(linear: Any) -> None:
    """An issue with an id of one's own is refused the second time; a link to the same address is the same attachment."""
    own = "539068e2-ae88-4d09-bd75-22eb4a59612f"
    team = _team(linear)
    linear.issues.create(teamId=team, title="one", id=own)
    with pytest.raises(Invalid, match="already exists"):
        linear.issues.create(teamId=team, title="one", id=own)
    links = [linear.attachments.link_url(own, "https://example.com") for _ in range(2)]
    assert len({link["data"]["attachmentLinkURL"]["attachment"]["id"] for link in links}) == 1


def test_many_are_made_at_once_or_none(linear: Any) -> None:
    """Of a batch with one issue without a title nothing is made; without it all are."""
    team = _team(linear)
    with pytest.raises(Invalid, match="title"):
        linear.issues.batch_create(issues=[{"teamId": team, "title": "one"}, {"teamId": team}])
    assert len(linear.issues.list.frame()) == ISSUES
    made = linear.issues.batch_create(issues=[{"teamId": team, "title": f"{n}"} for n in range(3)])
    assert len(made["data"]["issueBatchCreate"]["issues"]) == 3


def test_wrong_ids_keys_and_queries_are_told_apart(linear: Any, workbench: Any, make_box: Any) -> None:
    """A wrong id is NotFound, a wrong key SignInNeeded, too large a query and a field there is not Invalid."""
    with pytest.raises(NotFound, match="Entity not found"):
        linear.issues.get("SAN-9999")
    teams = " ".join(f"t{number}: team {{ id }}" for number in range(40))  # 1.1 each, for 250 rows
    with pytest.raises(Invalid, match="too complex"):
        linear.graphql(f"{{ issues(first: 250) {{ nodes {{ {teams} }} }} }}")
    with pytest.raises(Invalid, match="Cannot query field"):
        linear.graphql("{ viewer { nonsense } }")
    box = make_box(names=["linear"])
    stranger = workbench.connect("linear", credential={"token": Secret("x")}, base_url=box.base_url("linear"))
    with pytest.raises(SignInNeeded):
        stranger.users.me()


def test_the_hour_runs_out_with_a_400_and_the_time_in_milliseconds(make_box: Any, call: Any) -> None:
    """With five requests an hour the sixth is a 400 RATELIMITED whose reset is in milliseconds; later all is well."""
    clock = FakeClock()
    box = make_box(names=["linear"], limits={"linear": 5}, clock=clock)
    signed = {"Authorization": box.credential("linear")["token"], "Content_Type": "application/json"}
    url, body = f"{box.base_url('linear')}/graphql", json.dumps({"query": "{ viewer { id } }"})
    answers = [call(url, "POST", body, **signed) for _ in range(6)]
    assert [answer.status for answer in answers] == [200] * 5 + [400]
    assert answers[-1].json()["errors"][0]["extensions"]["code"] == "RATELIMITED"
    headers = answers[-1].headers
    assert (headers["X-RateLimit-Requests-Remaining"], headers["X-Complexity"], headers["Retry-After"]) == (
        "0",
        "2",
        None,
    )
    assert int(headers["X-RateLimit-Requests-Reset"]) > clock.wall() * 1000
    clock.move(3600)
    assert call(url, "POST", body, **signed).status == 200


def test_a_bearer_before_a_personal_key_is_refused(make_box: Any, call: Any) -> None:
    """A personal key goes as it is: with Bearer before it the answer is a 401."""
    box = make_box(names=["linear"])
    token = box.credential("linear")["token"]
    answer = call(f"{box.base_url('linear')}/graphql", "POST", "{}", Authorization=f"Bearer {token}")
    assert answer.status == 401
