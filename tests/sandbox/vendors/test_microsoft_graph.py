"""Microsoft Graph's sandbox judged by its documentation, through Penstock: its SDK is too large for a test."""

from __future__ import annotations

import json
from typing import Any

import pytest
from both_ways import run_both

import penstock as ps
from penstock.errors import Invalid, NotFound, SignInNeeded
from penstock.redact import Secret
from penstock.sandbox.vendors.microsoft_graph import CHANNEL, DRIVE, PLANNER_TASK, SIGN_INS, TEAM
from penstock.sandbox.vendors.microsoft_graph.directory import GROUP, ME, PEOPLE


@pytest.fixture
def graph(workbench: Any) -> Any:
    """Return a connection to the sandbox that is never throttled by itself."""
    return workbench.connect("microsoft_graph", sandbox=True, limit=())


def test_a_person_is_created_read_changed_and_found(graph: Any) -> None:
    """Somebody new is read by id and by address, changed, and passes a filter; the same address twice is refused."""
    given = {
        "displayName": "Ada", "mailNickname": "ada", "userPrincipalName": "ada@example.com", "accountEnabled": True,
        "passwordProfile": {"password": "not-a-real-one"},
    }  # fmt: skip
    made = graph.users.create(**given)
    assert made.status == 201 and "passwordProfile" not in made.data
    assert graph.users.update(user_id=made["id"], jobTitle="Analyst").status == 204
    found = graph.users.get("ada@example.com", select=["displayName", "jobTitle"])
    assert found.data == {"id": made["id"], "displayName": "Ada", "jobTitle": "Analyst"}
    listed = graph.users.list(filter="displayName eq 'Ada'", count=True)
    assert listed["@odata.count"] == 1 and listed.headers["x-ms-resource-unit"] == "2"
    with pytest.raises(Invalid, match="already exists"):
        graph.users.create(**given)


def test_people_come_over_pages_by_the_links_own_parameters(graph: Any, workbench: Any) -> None:
    """260 people are three pages of 100; what was selected is selected on every page."""
    workbench.sandbox().clear_log()
    frame = graph.users.list.frame(top=100, select=["displayName"])
    assert len(frame) == frame["id"].nunique() == PEOPLE and list(frame) == ["id", "displayName"]
    assert len(workbench.sandbox().log()) == 3


def test_an_empty_page_that_leads_on_is_not_the_end(graph: Any) -> None:
    """The sign-ins begin with an empty page, and are all there."""
    assert graph.sign_ins.list(top=10)["value"] == []
    assert len(graph.sign_ins.list.frame(top=10)) == SIGN_INS


def test_mail_is_sent_read_answered_and_deleted(graph: Any) -> None:
    """Plain addresses and text become what Graph wants; a message that is gone is told as such."""
    sent = graph.mail.send(
        user_id=ME, subject="Hello", body="<p>Hello</p>", toRecipients="b@example.com; c@example.com"
    )
    assert sent.status == 202
    (message,) = graph.messages.list(user_id=ME)["value"]
    assert [one["emailAddress"]["address"] for one in message["toRecipients"]] == [
        "b@example.com",
        "c@example.com",
    ]
    assert message["body"] == {"contentType": "html", "content": "<p>Hello</p>"}
    assert graph.messages.update(user_id=ME, message_id=message["id"], isRead=False)["isRead"] is False
    assert graph.messages.reply(user_id=ME, message_id=message["id"], comment="Hi").status == 202
    assert len(graph.messages.list.frame(user_id=ME, top=1)) == 2
    graph.messages.delete(user_id=ME, message_id=message["id"])
    with pytest.raises(NotFound) as caught:
        graph.messages.get(ME, message["id"])
    assert caught.value.code == "ErrorItemNotFound" and caught.value.hint


def test_an_event_whose_answer_was_lost_is_there_once(graph: Any, workbench: Any) -> None:
    """The transaction's id makes the repeated create the same event."""
    box = workbench.sandbox()
    box.set_faults({"script": [{"match": "POST *", "fault": "drop_after_effect", "times": 1}]})
    made = graph.events.create(
        user_id=ME, subject="Stand-up", start="2026-11-23T09:00:00", end="2026-11-23T09:15:00"
    )
    assert made.attempts == 2 and made["start"] == {"dateTime": "2026-11-23T09:00:00", "timeZone": "UTC"}
    assert len(graph.events.list(user_id=ME)["value"]) == 1
    within = {"startDateTime": "2026-11-23T00:00:00", "endDateTime": "2026-11-24T00:00:00"}
    assert len(graph.calendar_view.list.frame(user_id=ME, **within)) == 1
    with pytest.raises(NotFound):
        graph.events.update(user_id=ME, event_id="AAMkNothing=", subject="Other")


def test_a_file_goes_up_and_comes_down(graph: Any) -> None:
    """A file uploaded by its name is listed, replaced under the same id, and read."""
    given = {"drive_id": DRIVE, "item_id": "root", "filename": "a file.json"}
    made = graph.drive.upload(**given, content=b'{"a": 1}')
    assert made.status == 201
    assert graph.drive.upload(**given, content=b'{"a": 2}')["id"] == made["id"]
    assert [row["name"] for row in graph.drive.root.children.all(drive_id=DRIVE)] == ["a file.json"]
    assert graph.drive.download(drive_id=DRIVE, item_id=made["id"]).body == b'{"a": 2}'


def test_members_teams_subscriptions_and_batches_answer_as_documented(graph: Any) -> None:
    """Members are added by id, a channel is posted to, a subscription renewed; a batch is 200 with an error in it."""
    people = [row["id"] for row in graph.users.list.all(max_items=4)]
    assert graph.groups.members.add(group_id=GROUP, members=people[1]).status == 204
    assert graph.groups.update(group_id=GROUP, members=people[2:]).status == 204
    assert len(graph.groups.members.list.frame(group_id=GROUP)) == 4
    with pytest.raises(Invalid):
        graph.groups.members.add(group_id=GROUP, members=people[1])
    assert len(graph.teams.joined.frame(user_id=ME)) == 1
    posted = graph.channel_messages.create(team_id=TEAM, channel_id=CHANNEL, body="hello")
    assert posted["body"] == {"contentType": "text", "content": "hello"}
    asked = {
        "resource": "/me/messages",
        "expirationDateTime": "2026-11-29T00:00:00Z",
        "changeType": ["created", "updated"],
    }
    made = graph.subscriptions.create(**asked, notificationUrl="https://bot.example/hook")
    assert made["changeType"] == "created,updated"
    renewed = graph.subscriptions.renew(subscription_id=made["id"], expirationDateTime="2026-12-05T00:00:00Z")
    assert renewed["expirationDateTime"] == "2026-12-05T00:00:00Z"
    parts = [{"id": "1", "method": "GET", "url": "/me"}, {"id": "2", "method": "GET", "url": "/users/nobody"}]
    answers = graph.batch.send(requests=parts)["responses"]
    assert {one["id"]: one["status"] for one in answers} == {"1": 200, "2": 404}  # in no order


def test_refusals_are_told_apart(graph: Any, workbench: Any, call: Any) -> None:
    """Nobody of this name, an advanced query without its header, a wrong token, and a limit that names its wait."""
    with pytest.raises(NotFound) as missing:
        graph.users.get("nobody@example.com")
    assert missing.value.code == "Request_ResourceNotFound" and missing.value.hint
    with pytest.raises(Invalid) as advanced:
        graph.users.list(filter="endsWith(mail,'@example.com')")
    assert advanced.value.code == "Request_UnsupportedQuery" and advanced.value.hint
    graph.users.list(filter="endsWith(mail,'@example.com')", count=True, consistency_level="eventual")
    box = workbench.sandbox()
    url = box.base_url("microsoft_graph")
    credential = {"access_token": Secret("nobody")}
    with pytest.raises(SignInNeeded):
        workbench.connect("microsoft_graph", credential=credential, base_url=url).users.me()
    box.set_faults({"script": [{"match": "GET *", "fault": "429", "times": 1}]})
    key = box.credential("microsoft_graph")["access_token"]
    refused = call(f"{url}/me", Authorization=f"Bearer {key}")
    assert (refused.status, refused.headers["Retry-After"]) == (429, "1")
    assert json.loads(refused.body)["error"]["code"] == "TooManyRequests"


def test_people_are_changed_twenty_at_a_time(make_box: Any) -> None:
    """50 changes and one of nobody are three calls; nobody's fails alone, as not found."""

    def rows(connection: ps.Connection) -> list[dict[str, Any]]:
        people = connection.users.list.frame()["id"][:50]
        return [{"user_id": id, "jobTitle": f"job {place}"} for place, id in enumerate([*people, "nobody"])]

    frame, requests = run_both(make_box, "microsoft_graph", "users.update", rows, key="user_id")
    assert list(frame["status"]) == [*["done"] * 50, "failed"] and "404" in frame["error"][50]
    assert requests == [("POST", "$batch")] * 3


def test_people_are_read_twenty_at_a_time(make_box: Any) -> None:
    """40 people asked for with the columns wanted are two calls, and each row has its own person."""

    def rows(connection: ps.Connection) -> list[dict[str, Any]]:
        return [
            {"user_id": id, "select": ["id", "displayName"]}
            for id in connection.users.list.frame()["id"][:40]
        ]

    frame, requests = run_both(make_box, "microsoft_graph", "users.get", rows, key="user_id")
    assert [said["id"] for said in frame["response"]] == list(frame["user_id"])
    assert requests == [("POST", "$batch")] * 2


def test_mail_goes_twenty_at_a_time(make_box: Any) -> None:
    """21 mails are a batch and a call, with the same mails sent; one of nobody fails alone."""

    def rows(connection: ps.Connection) -> list[dict[str, Any]]:
        mail = {"user_id": ME, "body": "Hello", "toRecipients": "ada@example.com", "saveToSentItems": False}
        return [
            *({**mail, "subject": f"s{number}"} for number in range(20)),
            {**mail, "subject": "x", "user_id": "nobody"},
        ]

    frame, requests = run_both(make_box, "microsoft_graph", "mail.send", rows, key="subject", parameters=dict)
    assert list(frame["status"]) == [*["done"] * 20, "failed"]
    assert sorted(requests) == [("POST", "$batch"), ("POST", "sendMail")]


def test_members_are_added_twenty_at_a_time(make_box: Any) -> None:
    """Twenty members, one of them there already, are one call in which only that row fails."""

    def rows(connection: ps.Connection) -> list[dict[str, Any]]:
        people = list(connection.users.list.frame()["id"][:20])
        connection.groups.members.add(group_id=GROUP, members=people[4])
        return [{"group_id": GROUP, "members": id} for id in people]

    frame, requests = run_both(make_box, "microsoft_graph", "groups.members.add", rows, key="members")
    assert 4 in frame.index[frame["status"] == "failed"] and frame["status"].value_counts()["done"] >= 18
    assert requests == [("POST", "$batch")]


def test_a_workbook_keeps_its_cells_and_tables(graph: Any) -> None:
    """Cells written are read back, a table is made of them and grows; a range of another size is refused."""
    book = {"drive_id": DRIVE, "item_id": "01ABC"}
    sheet = graph.workbook.worksheets.create(**book, name="July")["id"]
    assert [one["name"] for one in graph.workbook.worksheets.list(**book)["value"]] == ["Sheet1", "July"]
    at = {**book, "worksheet_id": sheet}
    graph.workbook.ranges.update(**at, address="A1:B2", values=[["name", "amount"], ["Ada", 7]])
    assert graph.workbook.ranges.get(**at, address="A1:B2")["values"] == [["name", "amount"], ["Ada", 7]]
    with pytest.raises(Invalid, match="doesn't match the size"):
        graph.workbook.ranges.update(**at, address="A1:B3", values=[["x"]])
    table = graph.workbook.tables.create(**at, address="A1:B2", hasHeaders=True)["id"]
    graph.workbook.tables.add_rows(**book, table_id=table, values=[["Eve", 8]])
    rows = graph.workbook.tables.rows(**book, table_id=table)["value"]
    assert [row["values"][0] for row in rows] == [["Ada", 7], ["Eve", 8]]
    columns = graph.workbook.tables.columns(**book, table_id=table)["value"]
    assert [column["name"] for column in columns] == ["name", "amount"]
    graph.workbook.ranges.clear(**at, address="A1:B1")
    assert graph.workbook.ranges.get(**at, address="A1:B2")["values"] == [["", ""], ["Ada", 7]]
    graph.workbook.worksheets.delete(**at)
    with pytest.raises(NotFound):
        graph.workbook.ranges.get(**at, address="A1")


def test_folders_links_groups_and_tasks(graph: Any) -> None:
    """A folder is made once, a link is given again, a group changes, a task only where nobody changed it since."""
    folder = graph.drive.items.create_folder(drive_id=DRIVE, item_id="root", name="Reports")
    assert folder.status == 201 and "folder" in folder.data
    with pytest.raises(ps.PenstockError, match="same name"):
        graph.drive.items.create_folder(drive_id=DRIVE, item_id="root", name="Reports")
    asked = {"drive_id": DRIVE, "item_id": folder["id"], "type": "view"}
    links = [graph.drive.items.create_link(**asked) for _ in range(2)]
    assert [link.status for link in links] == [201, 200] and links[0]["id"] == links[1]["id"]
    assert graph.groups.update(GROUP, displayName="Renamed").status == 204
    assert graph.groups.list()["value"][0]["displayName"] == "Renamed"
    task = {"task_id": PLANNER_TASK, "title": "Again"}
    assert graph.planner_tasks.update(**task, if_match='W/"1"').status == 204
    with pytest.raises(ps.PenstockError, match="412"):
        graph.planner_tasks.update(**task, if_match='W/"1"')
