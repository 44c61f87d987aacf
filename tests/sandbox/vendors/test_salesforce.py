"""Salesforce's sandbox judged by simple-salesforce, and by Penstock itself."""

from __future__ import annotations

from typing import Any

import pytest
from both_ways import run_both

import penstock as ps
from penstock.errors import Invalid, NotFound, SignInNeeded
from penstock.redact import Secret

HOST = "https://penstock.my.salesforce.com"


@pytest.fixture
def salesforce(make_box):
    """Return a sandbox and simple-salesforce's client on it."""
    sdk = pytest.importorskip("simple_salesforce")
    requests = pytest.importorskip("requests")

    class Loopback(requests.adapters.HTTPAdapter):
        """Takes what is meant for the org's host to the sandbox."""

        def __init__(self, target):
            super().__init__()
            self.target = target

        def send(self, request, **options):
            path = request.url.removeprefix(HOST).removeprefix("/salesforce")
            request.url = self.target + path
            return super().send(request, **options)

    def make(key=None, **options):
        box = make_box(names=["salesforce"], **options)
        session = requests.Session()
        session.mount(HOST, Loopback(box.base_url("salesforce").partition("/services/")[0]))
        key = key or box.credential("salesforce")["access_token"]
        return box, sdk.Salesforce(instance_url=HOST, session_id=key, session=session, version="67.0")

    return make


def test_records_are_made_changed_upserted_and_deleted(salesforce):
    """An account goes through its life; an upsert knows its record again; each has one effect."""
    box, client = salesforce()
    made = client.Account.create({"Name": "Acme", "Industry": "Energy"})
    assert made["success"] is True and len(made["id"]) == 18 and made["id"].startswith("001")
    assert client.Account.get(made["id"][:15])["Name"] == "Acme"
    assert client.Account.update(made["id"], {"Phone": "1"}) == 204
    assert [client.Contact.upsert("Number__c/12", {"LastName": "Ada"}) for _ in range(2)] == [201, 200]
    assert client.Account.delete(made["id"]) == 204
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == ["Account.create", "Account.update", "Contact.create", "Contact.update", "Account.delete"]
    assert client.Account.describe()["fields"][0]["name"] == "Id"


def test_rows_come_by_soql_over_pages(salesforce):
    """Four thousand one hundred leads come over three pages; conditions, an order and a limit hold."""
    box, client = salesforce()
    for start in range(0, 4100, 200):
        records = [
            {"attributes": {"type": "Lead"}, "LastName": f"No {number:04d}", "Company": "Acme"}
            for number in range(start, min(start + 200, 4100))
        ]
        answer = client.restful("composite/sobjects", method="POST", json={"records": records})
        assert all(one["success"] for one in answer)
    found = client.query_all("SELECT Id, LastName FROM Lead ORDER BY LastName")
    assert found["totalSize"] == 4100 and len(found["records"]) == 4100
    assert sum("/query" in entry["path"] for entry in box.log()) == 3
    few = client.query("SELECT LastName FROM Lead WHERE LastName LIKE 'No 00%' AND Company = 'acme' LIMIT 3")
    assert [one["LastName"] for one in few["records"]] == ["No 0000", "No 0001", "No 0002"]
    assert client.query("SELECT COUNT() FROM Lead")["totalSize"] == 4100
    assert len(client.search("FIND {0007}")["searchRecords"]) == 1


def test_a_collection_answers_200_whatever_became_of_its_records(salesforce):
    """One record of three fails by itself; with allOrNone all of them do, and nothing stays."""
    box, client = salesforce()
    given = [{"attributes": {"type": "Contact"}, **one} for one in ({"LastName": "A"}, {}, {"LastName": "C"})]
    answer = client.restful("composite/sobjects", method="POST", json={"records": given})
    assert [one["success"] for one in answer] == [True, False, True]
    assert answer[1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    answer = client.restful("composite/sobjects", method="POST", json={"allOrNone": True, "records": given})
    assert [one["success"] for one in answer] == [False, False, False]
    assert client.query("SELECT COUNT() FROM Contact")["totalSize"] == 2
    assert len(box.log(has_effect=True)) == 1


def test_its_client_sees_salesforces_refusals(salesforce):
    """What is missing, malformed, misnamed or gone, a wrong session and a spent limit are the client's own errors."""
    sdk = pytest.importorskip("simple_salesforce.exceptions")
    box, client = salesforce()
    with pytest.raises(sdk.SalesforceMalformedRequest, match="REQUIRED_FIELD_MISSING"):
        client.Lead.create({"LastName": "Ada"})
    with pytest.raises(sdk.SalesforceMalformedRequest, match="MALFORMED_QUERY"):
        client.query("SELECT * FROM Lead")
    with pytest.raises(sdk.SalesforceResourceNotFound, match="NOT_FOUND"):
        client.Account.get("001xx0000000000AAA")
    with pytest.raises(sdk.SalesforceExpiredSession, match="INVALID_SESSION_ID"):
        salesforce(key="stranger")[1].limits()
    assert client.limits()["DailyApiRequests"]["Max"] == 100_000
    box.set_faults({"script": [{"match": "GET /salesforce/services/data/v67.0/limits/", "fault": "429"}]})
    with pytest.raises(sdk.SalesforceRefusedRequest, match="REQUEST_LIMIT_EXCEEDED"):
        client.limits()


def test_the_days_use_is_told_by_every_answer(salesforce):
    """The header field counts up as simple-salesforce reads it; beyond the limit it is a 403 for the day."""
    sdk = pytest.importorskip("simple_salesforce.exceptions")
    _, client = salesforce(limits=True)
    for used in (1, 2, 3):
        client.limits()
        assert client.api_usage["api-usage"].used == used
    _, client = salesforce(limits={"salesforce": {"api-usage_per_86400s_0": 1}})
    client.limits()
    with pytest.raises(sdk.SalesforceRefusedRequest, match="TotalRequests"):
        client.limits()


def test_a_bulk_job_is_worked_off(salesforce):
    """A job of three rows makes two records and tells of the third."""
    _, client = salesforce()
    answers = client.bulk2.Contact.insert(
        records=[{"LastName": "A"}, {"LastName": ""}, {"LastName": "C"}], wait=0
    )
    assert (answers[0]["numberRecordsProcessed"], answers[0]["numberRecordsFailed"]) == (3, 1)
    assert "REQUIRED_FIELD_MISSING" in client.bulk2.Contact.get_failed_records(answers[0]["job_id"])


def test_penstock_makes_reads_and_lists(workbench):
    """Columns become contacts and come back as a frame by SOQL; refusals are told in words."""
    salesforce = workbench.connect("salesforce", sandbox=True)
    for number in range(3):
        made = salesforce.contacts.create(LastName=f"No {number}", Email=f"a{number}@b.co")
    assert salesforce.contacts.get(made["id"])["LastName"] == "No 2"
    frame = salesforce.contacts.list.frame(
        fields=["Id", "LastName"], where="LastName > 'No 0'", order_by="LastName"
    )
    assert list(frame["LastName"]) == ["No 1", "No 2"]
    records = [
        {"attributes": {"type": "Lead"}, "LastName": f"No {n}", "Company": "Acme"} for n in range(4100)
    ]
    for start in range(0, 4100, 200):
        salesforce.collections.create(records=records[start : start + 200])
    assert len(salesforce.leads.list.frame(fields=["Id"])) == 4100
    with pytest.raises(NotFound):
        salesforce.contacts.get("003xx0000000000AAA")
    with pytest.raises(Invalid, match="LastName"):
        salesforce.records.create(object="Contact", FirstName="Ada")
    credential = {"access_token": Secret("stranger")}
    stranger = workbench.connect("salesforce", credential=credential, base_url=salesforce.client.base_url)
    with pytest.raises(SignInNeeded):
        stranger.org_limits.get()


def test_a_batch_goes_by_collections_and_each_row_has_its_own_answer(make_box, workbench):
    """Seven rows leave in one call; the one without a name fails by itself, and the others are done."""
    box = make_box(names=["salesforce"])
    salesforce = workbench.connect("salesforce", sandbox=box)
    rows = [{"LastName": f"No {n}" if n != 3 else "x" * 300, "number": n} for n in range(7)]
    run = workbench.batch(salesforce.contacts.create, rows, key="number").wait()
    assert sorted(run.frame()["status"]) == ["done"] * 6 + ["failed"]
    posted = [entry for entry in box.log() if entry["method"] == "POST"]
    assert [entry["path"].rpartition("/")[2] for entry in posted] == ["sobjects"]


def test_records_are_deleted_two_hundred_at_a_time(make_box: Any) -> None:
    """250 leads and one there is not are two calls; that one fails alone, and a second sending of it is never tried."""

    def rows(connection: ps.Connection) -> list[dict[str, Any]]:
        records = [{"attributes": {"type": "Lead"}, "LastName": f"l{n}", "Company": "c"} for n in range(125)]
        made = [one["id"] for _ in range(2) for one in connection.collections.create(records=records).data]
        return [{"id": id} for id in [*made, "00Q000000000404AAA"]]

    frame, requests = run_both(make_box, "salesforce", "leads.delete", rows, key="id")
    assert list(frame["status"]) == [*["done"] * 250, "failed"]
    assert [said["id"] for said in frame["response"][:250]] == list(frame["id"][:250])
    assert requests == [("DELETE", "sobjects")] * 2
