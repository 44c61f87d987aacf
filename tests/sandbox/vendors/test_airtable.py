"""Airtable's sandbox judged by pyairtable, and by Penstock itself."""

from __future__ import annotations

from typing import Any

import pytest
from both_ways import run_both

import penstock as ps
from penstock.errors import Invalid, NotFound, SignInNeeded
from penstock.redact import Secret


@pytest.fixture
def airtable(make_box):
    """Return a sandbox, pyairtable on it, and the table of contacts."""
    sdk = pytest.importorskip("pyairtable")

    def make(key=None, **options):
        box = make_box(names=["airtable"], **options)
        address = box.base_url("airtable").removesuffix("/v0")
        api = sdk.Api(
            key or box.credential("airtable")["token"],
            endpoint_url=address,
            retry_strategy=None,
            timeout=(5, 5),
        )
        return box, api, api.bases()[0].table("Contacts") if key is None else None

    return make


def _refused(ask):
    requests = pytest.importorskip("requests")
    with pytest.raises(requests.exceptions.HTTPError) as caught:
        ask()
    answer = caught.value.response
    return answer.status_code, answer.json()


def test_records_are_made_read_changed_and_listed_over_pages(airtable):
    """Twenty-five records come over three pages; changes, emptied cells and deletions are seen."""
    box, api, table = airtable()
    assert api.whoami()["id"].startswith("usr")
    made = table.batch_create([{"Name": f"Row {n}", "Age": n} for n in range(25)])
    assert len({record["id"] for record in made}) == 25 and made[0]["id"].startswith("rec")
    assert [len(page) for page in table.iterate(page_size=10)] == [10, 10, 5]
    assert table.get(made[3]["id"])["fields"] == {"Name": "Row 3", "Age": 3}
    assert table.update(made[3]["id"], {"Age": None, "Email": "a@b.co"})["fields"] == {
        "Name": "Row 3",
        "Email": "a@b.co",
    }
    assert table.update(made[3]["id"], {"Name": "Only"}, replace=True)["fields"] == {"Name": "Only"}
    assert table.first(formula="{Name} = 'Row 7'")["id"] == made[7]["id"]
    assert table.delete(made[0]["id"]) == {"id": made[0]["id"], "deleted": True}
    table.batch_delete([record["id"] for record in made[1:12]])
    assert len(table.all(fields=["Name"])) == 13
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds[-1] == "records.delete" and len(kinds) >= 8


def test_an_upsert_makes_what_is_missing(airtable):
    """Those whose merge column is known are changed, the others made."""
    _, _, table = airtable()
    table.create({"Email": "ada@b.co", "Name": "Ada"})
    said = table.batch_upsert(
        [{"fields": {"Email": "ada@b.co", "Name": "Ada L."}}, {"fields": {"Email": "eve@b.co"}}],
        key_fields=["Email"],
    )
    assert len(said["createdRecords"]) == 1 and len(said["updatedRecords"]) == 1
    assert sorted(r["fields"].get("Name", "") for r in table.all()) == ["", "Ada L."]


def test_tables_and_columns_are_made(airtable):
    """A new table with a new column takes records."""
    _, api, _ = airtable()
    base = api.bases()[0]
    table = base.create_table("Orders", [{"name": "No", "type": "singleLineText"}])
    table.create_field("Total", "number", options={"precision": 2})
    assert [field.name for field in base.schema(force=True).table("Orders").fields] == ["No", "Total"]
    assert table.create({"No": "1", "Total": 9.5})["fields"]["Total"] == 9.5


def test_its_client_sees_airtables_refusals(airtable):
    """Each refusal has its status and its form: an object, a bare text, or a list."""
    box, api, table = airtable()
    base = api.bases()[0]
    assert _refused(lambda: table.get("rec00000000000000")) == (404, {"error": "NOT_FOUND"})
    assert (
        _refused(lambda: base.table("Nothing").all())[1]["error"]["type"]
        == "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND"
    )
    assert _refused(lambda: table.create({"Nmae": "Ada"}))[1]["error"]["type"] == "UNKNOWN_FIELD_NAME"
    assert _refused(lambda: table.create({"Age": "old"}))[1]["error"]["type"] == "INVALID_VALUE_FOR_COLUMN"
    assert table.create({"Age": "36"}, typecast=True)["fields"] == {"Age": 36.0}
    assert _refused(airtable(key="patStranger.x")[1].whoami)[0] == 401
    box.set_faults({"script": [{"match": "GET /airtable/v0/meta/whoami", "fault": "429"}]})
    assert _refused(api.whoami) == (
        429,
        {
            "errors": [
                {"error": "RATE_LIMIT_REACHED", "message": "Rate limit exceeded. Please try again later"}
            ]
        },
    )


def test_a_base_asked_too_often_refuses_everything(airtable):
    """With two calls a second allowed for a base the third is refused, and so is what comes after it; others go on."""
    _, api, table = airtable(limits={"airtable": 2})
    table.all()
    table.all()
    assert _refused(table.all)[0] == 429
    assert _refused(table.all)[0] == 429
    assert api.whoami()["id"]


def test_penstock_makes_reads_and_lists(workbench):
    """Columns become cells and come back as a frame; refusals are told in words; a wrong key asks for a sign-in."""
    airtable = workbench.connect("airtable", sandbox=True)
    where = {"baseId": airtable.bases.list()["bases"][0]["id"], "tableIdOrName": "Contacts"}
    for number in range(5):
        made = airtable.records.create(**where, Name=f"Row {number}", Age=number)
    assert airtable.records.get(**where, recordId=made["id"])["fields"] == {"Name": "Row 4", "Age": 4}
    assert len(airtable.records.list.frame(**where, pageSize=2)) == 5
    with pytest.raises(NotFound, match="recordId"):
        airtable.records.get(**where, recordId="rec00000000000000")
    with pytest.raises(Invalid, match="no such column"):
        airtable.records.create(**where, Nmae="Ada")
    stranger = workbench.connect(
        "airtable", credential={"token": Secret("patStranger.x")}, base_url=airtable.client.base_url
    )
    with pytest.raises(SignInNeeded):
        stranger.whoami.get()


def _table(connection: ps.Connection) -> dict[str, str]:
    """Return which base and table there is to write into."""
    base = connection.bases.list.frame()["id"][0]
    return {"baseId": base, "tableIdOrName": "Contacts"}


def test_records_go_ten_at_a_time(make_box: Any) -> None:
    """35 new records and one with a text for a number: the good ones go in company, and only the other fails."""

    def rows(connection: ps.Connection) -> list[dict[str, Any]]:
        given = [{**_table(connection), "Name": f"p{number}", "Age": number} for number in range(35)]
        return [*given[:7], {**given[0], "Name": "odd", "Age": "many"}, *given[7:]]

    frame, requests = run_both(make_box, "airtable", "records.create", rows, key="Name", parameters=dict)
    assert list(frame["status"]) == [*["done"] * 7, "failed", *["done"] * 28]
    assert len(requests) < 36 / 3 and set(requests) == {("POST", "Contacts")}
    for name, status, said in zip(frame["Name"], frame["status"], frame["response"], strict=True):
        assert status == "failed" or said["fields"]["Name"] == name


@pytest.mark.parametrize("operation", ["records.update", "records.delete"])
def test_records_are_changed_and_deleted_ten_at_a_time(make_box: Any, operation: str) -> None:
    """30 records are three calls, each row with its own record; one that is not there fails alone."""

    def rows(connection: ps.Connection) -> list[dict[str, Any]]:
        place = _table(connection)
        ids = [connection.records.create(**place, Name=f"p{number}")["id"] for number in range(30)]
        change = {"Age": 7} if operation == "records.update" else {}
        return [{**place, "recordId": id, **change} for id in [*ids, "recNOBODY"]]

    frame, requests = run_both(make_box, "airtable", operation, rows, key="recordId", parameters=dict)
    assert list(frame["status"]) == [*["done"] * 30, "failed"]
    assert [said["id"] for said in frame["response"][:30]] == list(frame["recordId"][:30])
    method = "PATCH" if operation == "records.update" else "DELETE"
    assert sorted(requests) == [*[(method, "Contacts")] * 3, (method, "recNOBODY")]


def test_records_are_upserted_ten_at_a_time(make_box: Any) -> None:
    """30 records known by their names, half of them there already, are three calls, and no name is there twice."""

    def rows(connection: ps.Connection) -> list[dict[str, Any]]:
        place = _table(connection)
        for number in range(0, 30, 2):
            connection.records.create(**place, Name=f"p{number}")
        return [
            {**place, "Name": f"p{number}", "Age": number, "fieldsToMergeOn": "Name"} for number in range(30)
        ]

    frame, requests = run_both(make_box, "airtable", "records.upsert", rows, key="Name", parameters=dict)
    assert set(frame["status"]) == {"done"} and requests == [("PATCH", "Contacts")] * 3
    for name, said in zip(frame["Name"], frame["response"], strict=True):
        assert said["fields"]["Name"] == name
