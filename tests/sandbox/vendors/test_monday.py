"""monday.com's sandbox judged by monday.com's own client and schema, and used as a person would through Penstock."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from graphql import build_schema, is_introspection_type, parse, validate

from penstock.errors import Invalid, NotFound, QuotaSpent, SignInNeeded
from penstock.integrations.monday import integration
from penstock.redact import Secret
from penstock.sandbox.rest.graph import read_schema
from penstock.sandbox.vendors.monday.world import BOARD, ITEMS
from penstock.testing import FakeClock

PACKAGE = "penstock.sandbox.vendors.monday"
SPEC = Path(__file__).resolve().parents[3].parent / "shared" / "specs" / "monday.json.gz"


@pytest.fixture
def client(make_box: Any) -> Callable[..., tuple[Any, Any]]:
    """Return a sandbox and monday.com's client pointed at it: client(token=..., **options of the sandbox)."""
    sdk = pytest.importorskip("monday_sdk")

    def make(token: str | None = None, **options: Any) -> tuple[Any, Any]:
        box = make_box(names=["monday"], **options)
        api = sdk.MondayClient(token or box.credential("monday")["token"], max_retry_attempts=1)
        api._graphql_client.endpoint = f"{box.base_url('monday')}/v2"
        return box, api

    return make


@pytest.fixture
def monday(workbench: Any) -> Any:
    """Return a connection to the sandbox's monday.com."""
    return workbench.connect("monday", sandbox=True)


@pytest.mark.parametrize("operation", integration.operations, ids=lambda operation: operation.name)
def test_every_document_fits_the_schema(operation: Any) -> None:
    """Each operation's document validates against the schema the sandbox plays."""
    assert validate(read_schema(PACKAGE), parse(operation.document)) == []


def test_the_schema_is_a_part_of_mondays() -> None:
    """Every field and argument of the sandbox's schema is in monday.com's own, with the same type."""
    if not SPEC.exists():
        pytest.skip("monday.com's schema is not at hand: monday.json.gz would be in ../shared/specs.")
    described = next(iter(json.loads(gzip.decompress(SPEC.read_bytes()))["specs"].values()))
    theirs = build_schema(described if isinstance(described, str) else described["sdl"])
    found = 0
    for name, kind in read_schema(PACKAGE).type_map.items():
        if is_introspection_type(kind) or not hasattr(kind, "fields"):
            continue
        for field, ours in kind.fields.items():
            other = theirs.type_map[name].fields[field]
            assert str(ours.type) == str(other.type), f"{name}.{field}"
            assert set(getattr(ours, "args", ())) <= set(getattr(other, "args", ())), f"{name}.{field}"
            found += 1
    assert found > 100


def test_items_are_made_listed_over_pages_changed_and_deleted(client: Any) -> None:
    """Its client walks 230 items over three pages; a new one is changed, moved, commented, found by its status, deleted."""
    box, api = client()
    items = api.boards.fetch_all_items_by_board_id(BOARD, limit=100)
    assert [item.name for item in items] == [f"Item {number}" for number in range(1, ITEMS + 1)]
    assert len(box.log()) == 3
    made = api.items.create_item(BOARD, "topics", "Zoe", {"status": {"label": "Stuck"}}).data.create_item
    api.items.change_multiple_column_values(BOARD, made.id, {"text": "hello"})
    api.items.move_item_to_group(made.id, "done")
    api.updates.create_update(made.id, "first")
    (found,) = api.items.fetch_items_by_id([made.id])
    assert (found.name, found.group.id) == ("Zoe", "done")
    assert {one.column.id: one.text for one in found.column_values}["text"] == "hello"
    api.items.delete_item_by_id(made.id)
    assert len(api.boards.fetch_all_items_by_board_id(BOARD)) == ITEMS
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == [
        "items.create", "items.change_columns", "items.move_to_group", "updates.create", "items.delete",
    ]  # fmt: skip


def test_refusals_reach_its_client(client: Any, capsys: Any) -> None:
    """A column there is not, an item there is not, a wrong token and too much at once end in the client's errors."""
    box, api = client()
    with pytest.raises(Exception, match="doesn't exist for the board"):
        api.items.create_item(BOARD, "topics", "Zoe", {"nonsense": "x"})
    with pytest.raises(Exception, match="Item not found"):
        api.items.delete_item_by_id(7)
    box.set_faults({"script": [{"match": "POST /monday/*", "fault": "429", "times": 1}]})
    with pytest.raises(Exception, match="Complexity budget exhausted"):
        api.boards.fetch_boards()
    with pytest.raises(Exception, match="HTTP 401"):
        client(token="stranger")[1].boards.fetch_boards()


def test_penstock_takes_columns_as_they_are(monday: Any) -> None:
    """Columns of a frame become column_values; lists come over pages; what is there none of is left out or refused."""
    made = monday.items.create(board_id=BOARD, item_name="Ada", status="Done", numbers=3, text=float("nan"))
    id = made["data"]["create_item"]["id"]
    values = {one["id"]: one["text"] for one in monday.items.get(id)["data"]["items"][0]["column_values"]}
    assert values == {"status": "Done", "date4": None, "text": None, "numbers": "3"}
    monday.items.change_columns(board_id=BOARD, item_id=id, date4={"date": "2026-11-23"})
    frame = monday.items.list.frame(board_id=BOARD, limit=100)
    assert len(frame) == ITEMS + 1
    rules = {"rules": [{"column_id": "status", "compare_value": ["Done"]}]}
    assert len(monday.items.list.frame(board_id=BOARD, limit=10, query_params=rules)) == ITEMS // 10 + 1
    found = monday.items.find_by_column.frame(
        board_id=BOARD, columns=[{"column_id": "name", "column_values": ["Ada"]}]
    )
    assert found["id"].tolist() == [id]
    group = monday.groups.create(board_id=BOARD, group_name="Next")["data"]["create_group"]["id"]
    monday.items.move_to_group(item_id=id, group_id=group)
    assert len(monday.groups.list(BOARD).data["data"]["boards"][0]["groups"]) == 3
    monday.items.delete(item_id=id)
    with pytest.raises(NotFound):
        monday.items.delete(item_id="7")
    with pytest.raises(Invalid, match="column ID"):
        monday.items.create(board_id=BOARD, item_name="Ada", nonsense="x")


def test_a_cursor_lives_an_hour(make_box: Any, workbench: Any, call: Any) -> None:
    """A cursor leads on within the hour; afterwards it is refused with CursorExpiredError."""
    clock = FakeClock()
    box = make_box(names=["monday"], clock=clock)
    signed = {"Authorization": box.credential("monday")["token"], "Content_Type": "application/json"}

    def ask(query: str) -> Any:
        return call(f"{box.base_url('monday')}/v2", "POST", json.dumps({"query": query}), **signed).json()

    first = ask(f"{{ boards(ids: {BOARD}) {{ items_page(limit: 100) {{ cursor }} }} }}")
    cursor = first["data"]["boards"][0]["items_page"]["cursor"]
    onward = f'{{ next_items_page(limit: 100, cursor: "{cursor}") {{ items {{ id }} }} }}'
    assert len(ask(onward)["data"]["next_items_page"]["items"]) == 100
    clock.move(3600)
    assert ask(onward)["errors"][0]["extensions"]["code"] == "CursorExpiredError"


def test_points_of_a_minute_and_calls_of_a_day_run_out(make_box: Any, call: Any) -> None:
    """The third change of 25,000 points a minute is refused in a 200 with its wait; a day's calls with a 429 without one."""
    clock = FakeClock()
    box = make_box(names=["monday"], limits={"monday": {"complexity": 25_000, "day": 4}}, clock=clock)
    signed = {"Authorization": box.credential("monday")["token"], "Content_Type": "application/json"}
    body = json.dumps({"query": f'mutation {{ create_item(board_id: {BOARD}, item_name: "a") {{ id }} }}'})

    def make() -> Any:
        return call(f"{box.base_url('monday')}/v2", "POST", body, **signed)

    answers = [make() for _ in range(3)]
    assert [answer.status for answer in answers] == [200] * 3
    refused = answers[-1].json()["errors"][0]["extensions"]
    assert (refused["code"], refused["retry_in_seconds"] > 50) == ("COMPLEXITY_BUDGET_EXHAUSTED", True)
    clock.move(60)
    assert [make().status for _ in range(2)] == [200, 200]
    clock.move(60)
    spent = make()
    assert (spent.status, spent.json()["errors"][0]["extensions"]["code"]) == (429, "DAILY_LIMIT_EXCEEDED")


def test_a_spent_day_and_a_wrong_key_are_told_apart(workbench: Any, make_box: Any) -> None:
    """A spent day is QuotaSpent and not asked again, a wrong key SignInNeeded."""
    box = make_box(names=["monday"], limits={"monday": {"day": 1}})
    own = {"token": Secret(box.credential("monday")["token"])}
    monday = workbench.connect("monday", credential=own, base_url=box.base_url("monday"), plan="pro")
    monday.me.get()
    with pytest.raises(QuotaSpent):
        monday.me.get()
    assert len(box.log()) == 2
    with pytest.raises(SignInNeeded):
        workbench.connect(
            "monday", credential={"token": Secret("x")}, base_url=box.base_url("monday")
        ).me.get()
