"""ClickUp's sandbox judged by clickup-python-sdk (ClickUp itself has no Python package), and used through Penstock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from penstock.errors import NotFound, SignInNeeded
from penstock.redact import Secret
from penstock.sandbox.vendors.clickup.world import FOLDER, LIST, TEAM


@pytest.fixture
def client(make_box: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any, Any]:
    """Return a sandbox, an SDK client of it, and the SDK's list that is there from the start."""
    pytest.importorskip("clickup_python_sdk")
    from clickup_python_sdk.api import ClickupClient
    from clickup_python_sdk.clickupobjects.list import List

    box = make_box(names=["clickup"])

    class Local(ClickupClient):  # type: ignore[misc]
        """The SDK's client, elsewhere."""

        API = box.base_url("clickup").removesuffix("v2")

    monkeypatch.setattr(ClickupClient, "DEFAULT_API", None, raising=False)  # where the SDK's objects look
    api = Local.init(user_token=box.credential("clickup")["token"])
    ClickupClient.DEFAULT_API = api
    found = List(id=LIST["id"])
    found.api = api
    return box, api, found


def test_tasks_are_made_read_changed_and_listed_over_pages(client: Any) -> None:
    """250 tasks come in pages of a hundred, the newest first; one is changed, tagged, and finished."""
    box, api, orders = client
    assert api.TOKEN_USER["email"] == "ada@sandbox.example"
    made = [orders.create_task(f"Order {number}", priority=2)["id"] for number in range(250)]
    assert [task["id"] for task in orders.get_tasks()] == made[::-1]
    pages = [api.make_request("GET", f"list/{LIST['id']}/task?page={page}") for page in range(3)]
    assert [(len(page["tasks"]), page["last_page"]) for page in pages] == [
        (100, False),
        (100, False),
        (50, True),
    ]
    task = api.get_task(task_id=made[0])
    task.api = api
    task.update(name="Paid", due_date=1795399200000, status="complete", assignees_add=[183])
    read = api.get_task(task_id=made[0])
    assert (read["name"], read["due_date"], read["status"]["type"]) == ("Paid", "1795399200000", "closed")
    assert read["assignees"][0]["id"] == 183 and len(orders.get_tasks()) == 249
    assert len(orders.get_tasks({"include_closed": "true"})) == 250
    task.add_tag("vip")
    assert [one["name"] for one in api.get_task(task_id=made[0])["tags"]] == ["vip"]
    assert [one["id"] for one in orders.get_tasks({"tags[]": "vip", "include_closed": "true"})] == [made[0]]
    assert api.make_request("DELETE", f"task/{made[1]}") is None
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == ["tasks.create"] * 250 + ["tasks.update", "tasks.tag", "tasks.delete"]


def test_comments_checklists_and_fields_hang_on_a_task(client: Any) -> None:
    """Thirty comments come in pages of 25 by date and id; a checklist and a field's value show on the task."""
    _, api, orders = client
    task = orders.create_task("Order")
    task.api = api
    for number in range(30):
        task.create_comment(f"Comment {number}")
    page = task.get_comments()
    assert len(page) == 25 and page[0]["comment_text"] == "Comment 29"
    last = f"start={page[-1]['date']}&start_id={page[-1]['id']}"
    rest = api.make_request("GET", f"task/{task['id']}/comment?{last}")["comments"]
    assert [one["comment_text"] for one in rest] == [f"Comment {number}" for number in range(4, -1, -1)]
    checklist = task.create_checklist("To do")["checklist"]
    api.make_request("POST", f"checklist/{checklist['id']}/checklist_item", values={"name": "First"})
    field = orders.get_custom_fields()[0]["id"]
    changed = task.update_custom_field(field, 7)
    assert changed["custom_fields"][0]["value"] == 7
    assert changed["checklists"][0]["items"][0]["name"] == "First"


def test_refusals_are_its_own_errors(client: Any) -> None:
    """No such task, a wrong status, a refusal for rate and a wrong token come with ClickUp's codes."""
    from clickup_python_sdk.exceptions import ClickupRequestException

    box, api, orders = client

    def refused(call: Any) -> tuple[int, str]:
        with pytest.raises(ClickupRequestException) as caught:
            call()
        return caught.value.http_status(), caught.value.body()["ECODE"]

    assert refused(lambda: api.get_task(task_id="86nothing")) == (404, "ITEM_013")
    assert refused(lambda: orders.create_task("a", status="odd")) == (400, "ITEM_114")
    assert refused(lambda: orders.create_task("")) == (400, "INPUT_005")
    box.set_faults({"script": [{"match": "GET *", "fault": "429", "times": 1}]})
    assert refused(orders.get_tasks) == (429, "APP_002")
    box.set_faults({"revoke": "clickup"})
    assert refused(orders.get_tasks) == (401, "OAUTH_025")


def test_a_minute_has_a_hundred_calls(make_box: Any, call: Any) -> None:
    """The fields count down; the hundred and first is refused, and the fields say until when."""
    box = make_box(names=["clickup"], limits=True)
    stranger = call(
        f"{box.base_url('clickup')}/user", Authorization=f"Bearer {box.credential('clickup')['token']}"
    )
    assert stranger.status == 401  # a personal token stands alone
    url, key = f"{box.base_url('clickup')}/user", box.credential("clickup")["token"]
    answers = [call(url, Authorization=key) for _ in range(101)]
    assert [answer.status for answer in answers] == [200] * 100 + [429]
    assert [answers[at].headers["x-ratelimit-remaining"] for at in (0, 99, 100)] == ["99", "0", "0"]
    assert int(answers[100].headers["x-ratelimit-reset"]) > 1_700_000_000


def test_penstock_makes_reads_and_lists(workbench: Any, make_box: Any) -> None:
    """Dates become milliseconds; lists come over pages; a custom id is found; what is refused is told apart."""
    box = make_box(names=["clickup"])
    clickup = workbench.connect("clickup", sandbox=box, limit=())
    due = datetime(2026, 11, 23, 2, tzinfo=UTC)
    made = [clickup.tasks.create(list_id=LIST["id"], name=f"Order {n}", due_date=due) for n in range(120)]
    assert made[0]["due_date"] == "1795399200000"
    assert len(clickup.tasks.list.frame(list_id=LIST["id"])) == 120
    assert len(clickup.tasks.list_filtered.frame(team_id=TEAM["id"], due_date_lt=due)) == 0
    for number in range(30):
        clickup.comments.create(task_id=made[0]["id"], comment_text=f"Comment {number}")
    assert len(clickup.comments.list.frame(task_id=made[0]["id"])) == 30
    own = clickup.tasks.get(task_id=made[0]["custom_id"], custom_task_ids=True, team_id=TEAM["id"])
    assert own["id"] == made[0]["id"]
    assert clickup.tasks.add_attachment(task_id=own["id"], attachment=("a.txt", b"Hei"))["title"] == "a.txt"
    entry = clickup.time_entries.create(
        team_id=TEAM["id"], start=datetime.now(UTC), duration=60_000, tid=own["id"]
    )
    assert clickup.time_entries.list(team_id=TEAM["id"])["data"][0]["id"] == entry["data"]["id"]
    assert clickup.lists.list(folder_id=FOLDER["id"])["lists"][0]["id"] == LIST["id"]
    with pytest.raises(NotFound) as caught:
        clickup.tasks.get(task_id="86nothing")
    assert caught.value.hint
    stranger = workbench.connect(
        "clickup", credential={"token": Secret("pk_wrong")}, base_url=box.base_url("clickup")
    )
    with pytest.raises(SignInNeeded):
        stranger.teams.list()
