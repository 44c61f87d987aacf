"""The bulk calls and jobs of the services that have them, on the sandbox: in few requests what single calls would have done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

import penstock as ps

FAST = ps.RetryPolicy(attempts=4, wait_initial=0.01, wait_max=0.05)
FAULTS = {"429": 0.1, "500": 0.1, "502_after_effect": 0.1, "drop_after_effect": 0.1}


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    sandbox = ps.Sandbox(limits=False, seed=3, names=["mailchimp", "openai", "slack"]).start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def connect(workbench: ps.Workbench, server: Any) -> Any:
    server.set_faults({})

    def connect(name: str) -> ps.Connection:
        return workbench.connect(name, sandbox=server, retry=FAST, limit=ps.Limit(100_000, per=1.0))

    return connect


def requests(server: Any) -> Counter[tuple[str, str]]:
    return Counter((record["method"], record["path"].rpartition("/")[2]) for record in server.log())


def members(prefix: str, count: int) -> pd.DataFrame:
    addresses = [f"{prefix}{number}@example.com" for number in range(count)]
    return pd.DataFrame({"email_address": [*addresses, "not an address"], "mood": "subscribed"})


def into(list_id: str, **more: str) -> dict[str, Any]:
    return {"email_address": "email_address", "status": "mood", "list_id": lambda row: list_id, **more}


def test_members_are_created_five_hundred_at_a_time(
    workbench: ps.Workbench, connect: Any, server: Any
) -> None:
    """1,200 members and a bad one are three requests; each row has its own record, and the bad one its reason."""
    mailchimp = connect("mailchimp")
    audience = mailchimp.lists.list.frame()["id"][0]
    server.clear_log()
    run = workbench.batch(
        mailchimp.members.create, members("new", 1200), key="email_address", parameters=into(audience)
    )
    frame = run.frame()
    assert requests(server) == {("POST", audience): 3}
    assert [said["email_address"] for said in frame["response"][:1200]] == list(frame["email_address"][:1200])
    assert run.failures()["key"].tolist() == ["not an address"]
    assert run.failures()["hint"][0].startswith("Mailchimp refused a field")
    again = workbench.batch(
        mailchimp.members.create, members("new", 3), key="email_address", parameters=into(audience)
    )
    assert set(again.wait().failures()["hint"][:3]) == {mailchimp.integration.hints["Member Exists"]}


def test_an_upsert_that_depends_on_who_is_there_goes_by_itself(
    workbench: ps.Workbench, connect: Any, server: Any
) -> None:
    """Members whose status is to be kept where they exist are single calls, the others go together; nobody's state differs."""
    mailchimp = connect("mailchimp")
    audience = mailchimp.lists.list.frame()["id"][0]
    rows = members("up", 30).iloc[:30].assign(new="subscribed")
    rows.loc[[3, 7], "mood"] = None
    server.clear_log()
    run = workbench.batch(
        mailchimp.members.upsert,
        rows,
        key="email_address",
        parameters=into(audience, status_if_new="new"),
    )
    frame = run.frame()
    assert set(frame["status"]) == {"done"}
    counted = requests(server)
    assert counted[("POST", audience)] == 1 and sum(counted.values()) == 3
    assert {said["status"] for said in frame["response"]} == {"subscribed"}


def test_faults_leave_no_member_out(workbench: ps.Workbench, connect: Any, server: Any) -> None:
    """Under faults every upserted member is there in the end, and every created one is there or listed."""
    mailchimp = connect("mailchimp")
    audience = mailchimp.lists.list.frame()["id"][0]
    server.set_faults(FAULTS)
    server.clear_log()
    parameters = into(audience, status_if_new="mood")
    rows = members("fault", 2000).iloc[:2000]
    run = workbench.batch(mailchimp.members.upsert, rows, key="email_address", parameters=parameters)
    run.wait()
    created = workbench.batch(
        mailchimp.members.create,
        members("once", 3000).iloc[:3000],
        key="email_address",
        parameters=into(audience),
    )
    frame = created.frame()
    server.set_faults({})
    assert set(run.retry_failed().frame()["status"]) == {"done"}
    effects = Counter(
        effect["key"]["email"]
        for record in server.log()
        for effect in record.get("effects", [record["effect"]])
        if effect and effect["kind"] == "members.create" and effect["key"]["email"].startswith("once")
    )
    assert max(effects.values()) == 1
    for address, status in zip(frame["email_address"], frame["status"], strict=True):
        if status == "done":
            assert effects[address] == 1
        if effects[address]:
            assert status in ("done", "uncertain")


def test_mailchimp_works_a_job_off(workbench: ps.Workbench, connect: Any, server: Any) -> None:
    """bulk="job" makes one batch of all rows, and its packed results give each row the answer its own call would have had."""
    mailchimp = connect("mailchimp")
    audience = mailchimp.lists.list.frame()["id"][0]
    server.clear_log()
    run = workbench.batch(
        mailchimp.members.create,
        members("job", 20),
        key="email_address",
        parameters=into(audience),
        bulk="job",
    )
    frame = run.frame()
    assert list(frame["status"]) == [*["done"] * 20, "failed"]
    assert [said["email_address"] for said in frame["response"][:20]] == list(frame["email_address"][:20])
    assert requests(server)[("POST", "batches")] == 1


def test_embeddings_go_together_and_come_back_alone(
    workbench: ps.Workbench, connect: Any, server: Any
) -> None:
    """3,000 texts are two requests; each row's response is read as that of its own call, with the same numbers."""
    openai = connect("openai")
    server.clear_log()
    rows = [{"id": n, "input": f"text {n}", "model": "text-embedding-3-small"} for n in range(3000)]
    frame = workbench.batch(openai.embeddings.create, rows, key="id").frame(
        {"vector": "response.data.0.embedding"}
    )
    assert requests(server) == {("POST", "embeddings"): 2}
    for number in (0, 7, 2999):
        single = openai.embeddings.create(input=f"text {number}", model="text-embedding-3-small")
        assert frame["vector"][number] == single["data"][0]["embedding"]


def test_chats_go_as_a_job_of_each_model(workbench: ps.Workbench, connect: Any, server: Any) -> None:
    """A batch file holds one model, so rows of two models are two jobs; a wrong model fails its own rows only."""
    openai = connect("openai")
    server.clear_log()
    rows = [
        {
            "id": number,
            "model": ("gpt-4o-mini", "no-such-model")[number % 2],
            "messages": [{"role": "user", "content": f"hello {number}"}],
        }
        for number in range(10)
    ]
    run = workbench.batch(openai.chat_completions.create, rows, key="id", bulk="job")
    frame = run.frame({"said": "response.choices.0.message.content"})
    assert list(frame["status"]) == ["done", "failed"] * 5
    assert frame["said"][8] == "You said: hello 8" and "no-such-model" in frame["error"][9]
    assert requests(server)[("POST", "batches")] == 2


def test_one_who_cannot_be_invited_keeps_nobody_out(
    workbench: ps.Workbench, connect: Any, server: Any
) -> None:
    """Slack invites all or nobody: all but the unknown user are in, in fewer calls than users."""
    slack = connect("slack")
    myself = slack.auth.test()["user_id"]
    users = [member["id"] for member in slack.users.list.all() if member["id"] != myself]
    channel = slack.channels.create(name="bulk-invited")["channel"]["id"]
    server.clear_log()
    rows = [{"users": user, "channel": channel} for user in [*users, "UNOBODY"]]
    run = workbench.batch(slack.channels.invite, rows, key="users")
    run.wait()
    assert run.failures()["key"].tolist() == ["UNOBODY"] and run.progress.done == len(users)
    assert set(slack.channels.members.all(channel=channel)) == {myself, *users}
    assert requests(server)[("POST", "conversations.invite")] < len(users) / 2
