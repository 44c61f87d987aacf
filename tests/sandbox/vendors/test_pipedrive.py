"""Pipedrive's sandbox judged by the api-pipedrive-python package (leads and notes, which are v1), and used through Penstock."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.errors import Invalid, NotFound, QuotaSpent, SignInNeeded
from penstock.redact import Secret
from penstock.testing import FakeClock

FIELD = "dcf558aac1ae4e8c4f849ba5e668430d8df9be12"


@pytest.fixture
def client(make_box: Any, call: Any) -> tuple[Any, Any, int]:
    """Return a sandbox, the package's client pointed at it, and the id of a person."""
    package = pytest.importorskip("pipedrive.client")
    box = make_box(names=["pipedrive"])
    pipedrive = package.Client(domain=box.base_url("pipedrive"))
    pipedrive.set_api_token(box.credential("pipedrive")["api_token"])
    made = call(
        f"{box.base_url('pipedrive')}/v2/persons", "POST", '{"name": "Ada"}', Content_Type="application/json",
        x_api_token=pipedrive.api_token,
    )  # fmt: skip
    return box, pipedrive, made.json()["data"]["id"]


def test_leads_and_notes_are_made_and_listed(client: tuple[Any, Any, int]) -> None:
    """A lead of a person and a note about it come back as the package reads them; the log shows both."""
    box, pipedrive, person = client
    lead = pipedrive.leads.create_lead({"title": "Big one", "person_id": person})["data"]
    assert lead["title"] == "Big one" and len(lead["id"]) == 36
    pipedrive.notes.create_note({"content": "Called", "lead_id": lead["id"]})
    assert pipedrive.leads.get_all_leads()["data"][0]["id"] == lead["id"]
    assert pipedrive.notes.get_all_notes(params={"lead_id": lead["id"]})["data"][0]["content"] == "Called"
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == ["persons.create", "leads.create", "notes.create"]


def test_pages_lead_to_the_end(client: tuple[Any, Any, int]) -> None:
    """Seven notes are four pages of two, by row number; a page behind the last holds null."""
    _, pipedrive, person = client
    for number in range(7):
        pipedrive.notes.create_note({"content": f"Note {number}", "person_id": person})
    read, start = [], 0
    for _ in range(5):
        page = pipedrive.notes.get_all_notes(params={"start": start, "limit": 2})
        read += [note["content"] for note in page["data"]]
        pages = page["additional_data"]["pagination"]
        if not pages["more_items_in_collection"]:
            break
        start = pages["next_start"]
    assert read == [f"Note {number}" for number in range(7)]
    assert pipedrive.notes.get_all_notes(params={"start": 10})["data"] is None


def test_refusals_are_the_packages_own_errors(client: tuple[Any, Any, int]) -> None:
    """A lead of nobody, an address there is not, too many calls and a revoked token are told apart."""
    from pipedrive import exceptions

    box, pipedrive, _ = client
    with pytest.raises(exceptions.BadRequestError, match="linked to a person"):
        pipedrive.leads.create_lead({"title": "Of nobody"})
    with pytest.raises(exceptions.NotFoundError):
        pipedrive.filters.get_all_filters()
    box.set_faults({"script": [{"match": "GET *", "fault": "429", "times": 1}]})
    with pytest.raises(exceptions.TooManyRequestsError, match="request over limit"):
        pipedrive.leads.get_all_leads()
    box.set_faults({"revoke": "pipedrive"})
    with pytest.raises(exceptions.UnauthorizedError):
        pipedrive.leads.get_all_leads()


def test_penstock_writes_reads_and_is_refused(workbench: Any) -> None:
    """Rows become persons and deals with their own fields, pages a frame; wrong ids, types and tokens are told apart."""
    pd = workbench.connect("pipedrive", sandbox=True)
    rows = [{"key": n, "name": f"Person {n}", "emails": f"p{n}@example.com"} for n in range(20)]
    run = workbench.batch(pd.persons.create, rows, key="key", parameters={"name": "name", "emails": "emails"})
    assert run.frame()["status"].eq("done").all()
    assert len(pd.persons.list.frame(limit=6)) == 20
    found = pd.persons.search(term="p7@example.com", exact_match=True).data["data"]["items"]
    assert [one["item"]["name"] for one in found] == ["Person 7"]
    deal = pd.deals.create(
        title="Big deal", value=1000, person_id=found[0]["item"]["id"], **{FIELD: "x"}
    ).data["data"]
    assert deal["custom_fields"] == {FIELD: "x"} and deal["status"] == "open"
    assert pd.deals.update(deal["id"], status="won").data["data"]["won_time"]
    assert len(pd.deals.list.frame(status="won")) == 1 and len(pd.deals.list.frame(status="lost")) == 0
    added = pd.deal_products.add(deal["id"], product_id=1, item_price=10, quantity=3).data["data"]
    assert added["sum"] == 30
    two = [{"product_id": number, "item_price": 1, "quantity": 1} for number in (1, 2)]
    assert len(pd.deal_products.bulk_add(deal["id"], data=two).data["data"]) == 2
    for number in range(5):
        pd.notes.create(content=f"Note {number}", deal_id=deal["id"])
    assert len(pd.notes.list.frame(limit=2)) == 5
    assert len(pd.stages.list.frame()) == 5 and pd.health().data["data"]["company_domain"] == "sandbox"
    assert pd.deals.delete(deal["id"]).data["data"] == {"id": deal["id"]}
    with pytest.raises(NotFound):
        pd.deals.get(deal["id"])
    with pytest.raises(Invalid, match="does not exist"):
        pd.deals.create(title="Of nobody", person_id=999)
    url = workbench.sandbox().base_url("pipedrive")
    wrong = {"api_token": Secret("wrong")}
    with pytest.raises(SignInNeeded):
        workbench.connect("pipedrive", base_url=url, credential=wrong).users.me()


def test_penstock_waits_out_a_refusal(workbench: Any) -> None:
    """A call that is refused once for rate succeeds at its second attempt."""
    pd = workbench.connect("pipedrive", sandbox=True)
    workbench.sandbox().set_faults({"script": [{"match": "GET *", "fault": "429", "times": 1}]})
    assert pd.users.me().attempts == 2


def test_twenty_calls_fit_into_two_seconds(make_box: Any, call: Any) -> None:
    """The 21st is refused, with fields that say when the next may come."""
    box = make_box(names=["pipedrive"], limits=True, clock=FakeClock())
    url, token = f"{box.base_url('pipedrive')}/v1/users/me", box.credential("pipedrive")["api_token"]
    answers = [call(url, x_api_token=token) for _ in range(21)]
    assert [answer.status for answer in answers] == [200] * 20 + [429]
    fields = answers[20].headers
    assert (fields["x-ratelimit-limit"], fields["x-ratelimit-remaining"]) == ("20", "0")
    assert fields["x-daily-ratelimit-token-remaining"] is None


def test_a_spent_day_is_told_and_not_waited_for(workbench: Any, make_box: Any) -> None:
    """A search costs 20 tokens: of a day of 40 the third is refused as a spent quota, at its first attempt."""
    box = make_box(names=["pipedrive"], limits={"pipedrive": {"tokens_per_86400s_1": 40}})
    credential = {name: Secret(value) for name, value in box.credential("pipedrive").items()}
    url = box.base_url("pipedrive")
    pd = workbench.connect("pipedrive", base_url=url, credential=credential, company_domain="sandbox")
    for _ in range(2):
        assert pd.deals.search(term="big").data["data"]["items"] == []
    with pytest.raises(QuotaSpent) as caught:
        pd.deals.search(term="big")
    assert caught.value.attempts == 1
