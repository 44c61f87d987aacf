"""HubSpot's sandbox judged by the hubspot-api-client package, and used through Penstock."""

from __future__ import annotations

from typing import Any

import pytest
from both_ways import run_both

import penstock as ps
from penstock.errors import Conflict, Invalid, NotFound, SignInNeeded
from penstock.redact import Secret
from penstock.testing import FakeClock


@pytest.fixture
def client(make_box: Any) -> tuple[Any, Any]:
    """Return a sandbox and the package's client, pointed at it."""
    hubspot = pytest.importorskip("hubspot")
    box = make_box(names=["hubspot"])
    token = box.credential("hubspot")["token"]
    return box, hubspot.Client.create(access_token=token, host=box.base_url("hubspot"))


def _contact(**properties: str) -> Any:
    from hubspot.crm.contacts import SimplePublicObjectInputForCreate

    return SimplePublicObjectInputForCreate(properties=properties, associations=[])


def test_a_contact_lives(client: tuple[Any, Any]) -> None:
    """A contact is made, read by its address, changed, and archived; the log shows each effect."""
    from hubspot.crm.contacts import SimplePublicObjectInput

    box, hub = client
    contacts = hub.crm.contacts.basic_api
    made = contacts.create(_contact(email="Ada@example.com", firstname="Ada"))
    assert made.properties["email"] == "ada@example.com" and made.id.isdigit()
    found = contacts.get_by_id("ada@example.com", id_property="email", properties=["city", "firstname"])
    assert found.id == made.id and found.properties["city"] is None
    contacts.update(made.id, SimplePublicObjectInput(properties={"city": "Paris"}))
    assert contacts.get_by_id(made.id, properties=["city"]).properties["city"] == "Paris"
    contacts.archive(made.id)
    contacts.archive(made.id)  # what is gone stays gone
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == ["contacts.create", "contacts.update", "contacts.delete"]


def test_all_pages_are_read(client: tuple[Any, Any]) -> None:
    """The package's own get_all reads 250 contacts over three pages, and a page of two names the next."""
    _, hub = client
    for number in range(250):
        hub.crm.contacts.basic_api.create(_contact(email=f"p{number}@example.com"))
    assert len(hub.crm.contacts.get_all()) == 250
    page = hub.crm.contacts.basic_api.get_page(limit=2)
    assert len(page.results) == 2 and page.paging.next.after in page.paging.next.link


def test_refusals_are_told_apart(client: tuple[Any, Any]) -> None:
    """An unknown id, a known address, an unknown property, too many calls and a revoked token have HubSpot's own bodies."""
    from hubspot.crm.contacts import ApiException

    box, hub = client
    contacts = hub.crm.contacts.basic_api
    made = contacts.create(_contact(email="ada@example.com"))
    with pytest.raises(ApiException) as caught:
        contacts.get_by_id("999999")
    assert caught.value.status == 404 and "OBJECT_NOT_FOUND" in caught.value.body
    with pytest.raises(ApiException) as caught:
        contacts.create(_contact(email="ADA@example.com"))
    assert caught.value.status == 409 and f"Existing ID: {made.id}" in caught.value.body
    with pytest.raises(ApiException) as caught:
        contacts.create(_contact(emial="x"))
    assert caught.value.status == 400 and "PROPERTY_DOESNT_EXIST" in caught.value.body
    box.set_faults({"script": [{"match": "GET *", "fault": "429", "times": 1}]})
    with pytest.raises(ApiException) as caught:
        contacts.get_by_id(made.id)
    assert caught.value.status == 429 and "RATE_LIMIT" in caught.value.body
    box.set_faults({"revoke": "hubspot"})
    with pytest.raises(ApiException) as caught:
        contacts.get_by_id(made.id)
    assert caught.value.status == 401


def test_searches_find_and_page(client: tuple[Any, Any]) -> None:
    """Filters, a query, an order and a cursor do what they say."""
    from hubspot.crm.deals import PublicObjectSearchRequest, SimplePublicObjectInputForCreate

    _, hub = client
    for number in range(7):
        properties = {"dealname": f"Deal {number}", "amount": str(number * 100)}
        made = SimplePublicObjectInputForCreate(properties=properties, associations=[])
        hub.crm.deals.basic_api.create(made)
    names: list[str] = []
    after: str | None = None
    for _ in range(4):
        over = {"propertyName": "amount", "operator": "GTE", "value": "100"}
        asked = PublicObjectSearchRequest(
            filter_groups=[{"filters": [over]}], sorts=["-amount"], limit=2, properties=[], after=after
        )
        page = hub.crm.deals.search_api.do_search(asked)
        assert page.total == 6
        names += [one.properties["dealname"] for one in page.results]
        if page.paging is None:
            break
        after = page.paging.next.after
    assert names == [f"Deal {number}" for number in (6, 5, 4, 3, 2, 1)]


def test_bulk_calls_tell_what_failed(client: tuple[Any, Any]) -> None:
    """One bad input refuses a create of many, unless traces tell them apart; an upsert knows old from new."""
    from hubspot.crm.contacts import ApiException, BatchInputSimplePublicObjectBatchInputUpsert

    box, hub = client
    hub.crm.contacts.basic_api.create(_contact(email="ada@example.com"))
    both = [{"properties": {"email": email}} for email in ("ada@example.com", "eve@example.com")]
    with pytest.raises(ApiException) as caught:
        hub.crm.contacts.batch_api.create({"inputs": both})
    assert caught.value.status == 409
    traced = [{**one, "objectWriteTraceId": str(number)} for number, one in enumerate(both)]
    told = hub.crm.contacts.batch_api.create({"inputs": traced})
    assert told.num_errors == 1 and [one.properties["email"] for one in told.results] == ["eve@example.com"]
    assert told.errors[0].context["objectWriteTraceId"] == ["0"]
    inputs = [
        {"id": email, "idProperty": "email", "properties": {"firstname": "X"}}
        for email in ("eve@example.com", "new@example.com")
    ]
    upserted = hub.crm.contacts.batch_api.upsert(BatchInputSimplePublicObjectBatchInputUpsert(inputs=inputs))
    assert [one.new for one in upserted.results] == [False, True]
    assert len(box.log(has_effect=True)) == 3


def test_penstock_writes_reads_and_is_refused(workbench: Any) -> None:
    """Rows become contacts, pages a frame; a known address, a wrong id and a wrong token are told apart."""
    hub = workbench.connect("hubspot", sandbox=True)
    rows = [{"key": n, "email": f"p{n}@example.com", "firstname": f"P{n}", "city": None} for n in range(30)]
    parameters = {name: name for name in ("email", "firstname", "city")}
    run = workbench.batch(hub.contacts.create, rows, key="key", parameters=parameters)
    assert run.frame()["status"].eq("done").all()
    assert len(hub.contacts.list.frame(limit=8)) == 30
    person = hub.contacts.get("p3@example.com", idProperty="email").data
    assert person["properties"]["firstname"] == "P3"
    assert hub.contacts.upsert(email="p3@example.com", city="Paris").data["results"][0]["new"] is False
    assert hub.contacts.update(person["id"], lastname="Three").data["properties"]["lastname"] == "Three"
    equal = [{"filters": [{"propertyName": "city", "operator": "EQ", "value": "Paris"}]}]
    assert len(hub.contacts.search.frame(filterGroups=equal)) == 1
    company = hub.companies.create(name="Acme", domain="acme.example").data
    linked = hub.associations.create_default("contacts", person["id"], "companies", company["id"]).data
    assert linked["results"][0]["to"]["id"] == company["id"]
    assert hub.lists.add_members("7", record_ids=[person["id"], "9"]).data["recordIdsMissing"] == ["9"]
    with pytest.raises(Conflict, match="Existing ID"):
        hub.contacts.create(email="p3@example.com")
    with pytest.raises(Invalid, match="PROPERTY_DOESNT_EXIST"):
        hub.contacts.create(email="x@example.com", shoe_size=38)
    with pytest.raises(NotFound):
        hub.deals.get("999999")
    url = workbench.sandbox().base_url("hubspot")
    with pytest.raises(SignInNeeded):
        workbench.connect(
            "hubspot", base_url=url, credential={"token": Secret("pat-wrong")}
        ).account_info.get()


def test_a_hundred_calls_fit_into_ten_seconds(make_box: Any, call: Any) -> None:
    """The 101st is refused with the policy's name; the fields say how long the window is, and a search nothing."""
    box = make_box(names=["hubspot"], limits=True, clock=FakeClock())
    url, bearer = box.base_url("hubspot"), f"Bearer {box.credential('hubspot')['token']}"
    answers = [call(f"{url}/account-info/v3/details", Authorization=bearer) for _ in range(101)]
    assert [answer.status for answer in answers] == [200] * 100 + [429]
    assert answers[0].headers["X-HubSpot-RateLimit-Interval-Milliseconds"] == "10000"
    assert answers[100].json()["policyName"] == "TEN_SECONDLY_ROLLING"


def test_searches_have_a_limit_of_their_own(make_box: Any, call: Any) -> None:
    """The sixth search of a second is refused, and its answer tells nothing of what is left."""
    box = make_box(names=["hubspot"], limits=True, clock=FakeClock())
    url, bearer = box.base_url("hubspot"), f"Bearer {box.credential('hubspot')['token']}"
    target = f"{url}/crm/v3/objects/contacts/search"
    answers = [
        call(target, "POST", "{}", Authorization=bearer, Content_Type="application/json") for _ in range(6)
    ]
    assert [answer.status for answer in answers] == [200] * 5 + [429]
    assert answers[5].json()["policyName"] == "SECONDLY"
    assert "X-HubSpot-RateLimit-Max" not in answers[0].headers


def test_penstock_waits_out_a_refusal(workbench: Any) -> None:
    """A call that is refused once for rate succeeds at its second attempt."""
    hub = workbench.connect("hubspot", sandbox=True)
    workbench.sandbox().set_faults({"script": [{"match": "GET *", "fault": "429", "times": 1}]})
    answer = hub.owners.list()
    assert answer.attempts == 2 and len(answer.data["results"]) == 3


@pytest.mark.parametrize(
    ("group", "column", "unknown"),
    [("contacts", "email", "emial"), ("companies", "name", "nmae"), ("deals", "dealname", "delname"),
     ("tickets", "subject", "sbject"), ("notes", "hs_note_body", "hs_note")],
)  # fmt: skip
def test_records_are_created_a_hundred_at_a_time(
    make_box: Any, group: str, column: str, unknown: str
) -> None:
    """250 records and one with an unknown property are three calls; each row has its own record, and the odd one fails alone."""

    def rows(connection: ps.Connection) -> list[dict[str, Any]]:
        given = [{column: f"r{number}@example.com", "place": number} for number in range(250)]
        return [*given, {column: "odd@example.com", "place": 250, "odd": "x"}]

    def parameters(row: dict[str, Any]) -> dict[str, Any]:
        fixed = {"hs_timestamp": "2026-11-24T00:00:00Z"} if group == "notes" else {}
        more = {"properties": {unknown: "x"}} if row.get("odd") else {}
        return {column: row[column], **fixed, **more}

    frame, requests = run_both(
        make_box, "hubspot", f"{group}.create", rows, key="place", parameters=parameters
    )
    assert list(frame["status"]) == [*["done"] * 250, "failed"]
    assert requests == [("POST", "create")] * 3
    for said, given in zip(frame["response"][:250], frame[column], strict=False):
        assert said["properties"][column] == given
    assert "PROPERTY_DOESNT_EXIST" in frame["error"][250] or unknown in frame["error"][250]


@pytest.mark.parametrize(
    ("group", "id"),
    [("contacts", "contactId"), ("companies", "companyId"), ("deals", "dealId"), ("tickets", "ticketId")],
)
def test_records_are_changed_a_hundred_at_a_time(make_box: Any, group: str, id: str) -> None:
    """120 changes and one of a record that is not there are two calls; that one fails alone, as not found."""
    column = {"contacts": "city", "companies": "city", "deals": "amount", "tickets": "content"}[group]

    def rows(connection: ps.Connection) -> list[dict[str, Any]]:
        create = connection.objects.batch_create
        made = [create(objectType=group, inputs=[{"properties": {}}] * 60) for _ in range(2)]
        ids = [one["id"] for many in made for one in many["results"]]
        return [{"of": one, "value": str(place)} for place, one in enumerate([*ids, "999999"])]

    frame, requests = run_both(
        make_box, "hubspot", f"{group}.update", rows, key="of", parameters={id: "of", column: "value"}
    )
    assert list(frame["status"]) == [*["done"] * 120, "failed"]
    assert requests == [("POST", "update")] * 2
    assert [said["properties"][column] for said in frame["response"][:120]] == [str(n) for n in range(120)]
    assert "404" in frame["error"][120] and "999999" in frame["error"][120]


def test_contacts_are_upserted_a_hundred_at_a_time(make_box: Any) -> None:
    """150 contacts, half of them there already, are two calls, and each row says whether its own was new."""

    def rows(connection: ps.Connection) -> list[dict[str, Any]]:
        for number in range(0, 150, 2):
            connection.contacts.create(email=f"u{number}@example.com")
        return [{"email": f"u{number}@example.com", "city": f"c{number}"} for number in range(150)]

    frame, requests = run_both(make_box, "hubspot", "contacts.upsert", rows, key="email")
    assert requests == [("POST", "upsert")] * 2
    assert [said.get("new", said.get("results", [{}])[0].get("new")) for said in frame["response"]] == [
        False,
        True,
    ] * 75
