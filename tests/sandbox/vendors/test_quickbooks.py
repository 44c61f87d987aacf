"""QuickBooks' sandbox judged by python-quickbooks, and by Penstock itself."""

from __future__ import annotations

import pytest

from penstock.errors import Invalid, SignInNeeded
from penstock.redact import Secret


@pytest.fixture
def quickbooks(make_box):
    """Return a sandbox and python-quickbooks' client on it."""
    sdk = pytest.importorskip("quickbooks.client")
    requests = pytest.importorskip("requests")

    def make(key=None, **options):
        box = make_box(names=["quickbooks"], **options)
        session = requests.Session()
        session.access_token = key or box.credential("quickbooks")["access_token"]
        client = sdk.QuickBooks(company_id=box.base_parameters("quickbooks")["realm_id"], minorversion=75)
        client.session = session
        client.api_url_v3 = box.base_url("quickbooks").partition("/company/")[0]
        return box, client

    return make


def _customer(number):
    objects = pytest.importorskip("quickbooks.objects")
    customer = objects.Customer()
    customer.DisplayName = f"No {number:02d}"
    return customer


def test_customers_are_made_changed_and_listed_over_pages(quickbooks):
    """Twenty-five customers come over three pages of the SQL; a name is taken once, a SyncToken good once."""
    objects = pytest.importorskip("quickbooks.objects")
    errors = pytest.importorskip("quickbooks.exceptions")
    box, client = quickbooks()
    made = [_customer(number).save(qb=client) for number in range(25)]
    assert made[0].Id == "1" and made[0].SyncToken == "0"
    pages = [objects.Customer.all(qb=client, start_position=start, max_results=10) for start in (1, 11, 21)]
    assert [one.DisplayName for page in pages for one in page] == [f"No {n:02d}" for n in range(25)]
    found = objects.Customer.where(
        "DisplayName LIKE 'No 0%' AND Active = true", order_by="DisplayName DESC", qb=client
    )
    assert len(found) == 10 and found[0].DisplayName == "No 09"
    assert objects.Customer.count(qb=client) == 25
    with pytest.raises(errors.QuickbooksException, match="Duplicate"):
        _customer(3).save(qb=client)
    stale, fresh = (objects.Customer.get(1, qb=client) for _ in range(2))
    fresh.Notes = "good"
    fresh.save(qb=client)
    stale.Notes = "bad"
    with pytest.raises(errors.QuickbooksException, match="Stale"):
        stale.save(qb=client)
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == ["Customer.create"] * 25 + ["Customer.update"]


def test_an_invoice_adds_up_is_sent_paid_voided_and_deleted(quickbooks):
    """Its total is that of its lines; a payment linked to it is taken off; void and delete end it."""
    objects = pytest.importorskip("quickbooks.objects")
    errors = pytest.importorskip("quickbooks.exceptions")
    _, client = quickbooks()
    customer = _customer(1).save(qb=client)
    invoice, line = objects.Invoice(), objects.SalesItemLine()
    line.Amount, line.SalesItemLineDetail = 100, objects.SalesItemLineDetail()
    invoice.CustomerRef = customer.to_ref()
    invoice.Line.append(line)
    invoice = invoice.save(qb=client)
    assert (invoice.TotalAmt, invoice.DocNumber) == (100, "1001")
    assert invoice.send(qb=client, send_to="ada@example.com")["Invoice"]["EmailStatus"] == "EmailSent"
    payment, paid = objects.Payment(), objects.PaymentLine()
    paid.Amount, paid.LinkedTxn = 40, [invoice.to_linked_txn()]
    payment.CustomerRef, payment.TotalAmt = customer.to_ref(), 40
    payment.Line.append(paid)
    payment.save(qb=client)
    assert objects.Invoice.get(invoice.Id, qb=client).Balance == 60
    assert invoice.download_pdf(qb=client).startswith(b"%PDF")
    invoice.void(qb=client)
    voided = objects.Invoice.get(invoice.Id, qb=client)
    assert voided.TotalAmt == 0
    voided.delete(qb=client)
    with pytest.raises(errors.ObjectNotFoundException):
        objects.Invoice.get(invoice.Id, qb=client)


def test_a_batch_answers_200_whatever_became_of_its_items(quickbooks):
    """Of three customers in a batch one fails by itself; what has changed since is told."""
    batch = pytest.importorskip("quickbooks.batch")
    _, client = quickbooks()
    done = batch.batch_create([_customer(1), _customer(1), _customer(2)], qb=client)
    assert (len(done.successes), len(done.faults)) == (2, 1)
    changed = client.change_data_capture("Customer,Invoice", "2000-01-01T00:00:00+00:00")
    assert len(changed["CDCResponse"][0]["QueryResponse"][0]["Customer"]) == 2


def test_its_client_sees_quickbooks_refusals(quickbooks):
    """A wrong token, what is not there, a query that cannot be read and a refusal for rate are its own errors."""
    objects = pytest.importorskip("quickbooks.objects")
    errors = pytest.importorskip("quickbooks.exceptions")
    box, client = quickbooks()
    with pytest.raises(errors.AuthorizationException, match="authentication failed"):
        objects.Customer.all(qb=quickbooks(key="stranger")[1])
    with pytest.raises(errors.ObjectNotFoundException):
        objects.Customer.get(99, qb=client)
    with pytest.raises(errors.ValidationException, match="parsing"):
        objects.Customer.query("select from Customer", qb=client)
    box.set_faults({"script": [{"match": "GET /quickbooks/*", "fault": "429"}]})
    with pytest.raises(errors.QuickbooksException, match="ThrottleExceeded"):
        objects.Customer.get(1, qb=client)


def test_penstock_makes_reads_and_lists(workbench):
    """Columns become customers, each once under its requestid, and a frame comes over pages of the SQL."""
    books = workbench.connect("quickbooks", sandbox=True)
    for number in range(5):
        made = books.customers.create(DisplayName=f"No {number}", PrimaryEmailAddr=f"a{number}@b.co")[
            "Customer"
        ]
    once = [
        books.customers.create(DisplayName="Once", idempotency_key="row-1")["Customer"]["Id"]
        for _ in range(2)
    ]
    assert once[0] == once[1]
    got = books.customers.get(made["Id"])["Customer"]
    assert got["PrimaryEmailAddr"] == {"Address": "a4@b.co"}
    query = "select * from Customer startposition 1 maxresults 2"
    assert len(books.customers.query.frame(query=query)) == 6
    changed = books.customers.update(Id=made["Id"], SyncToken=0, Notes="x")["Customer"]
    assert (changed["DisplayName"], changed["Notes"], changed["SyncToken"]) == ("No 4", "x", "1")
    line = {
        "Amount": 10,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": "1"}},
    }
    invoice = books.invoices.create(CustomerRef=made["Id"], Line=[line])["Invoice"]
    assert (
        books.invoices.send(invoice["Id"], sendTo="ada@example.com")["Invoice"]["EmailStatus"] == "EmailSent"
    )
    assert books.invoices.pdf(invoice["Id"]).body.startswith(b"%PDF")
    assert books.invoices.void(Id=invoice["Id"], SyncToken=0)["Invoice"]["TotalAmt"] == 0
    assert books.company.get()["QueryResponse"]["CompanyInfo"][0]["CompanyName"] == "Penstock"
    with pytest.raises(Invalid, match="made inactive"):
        books.customers.get(99)
    with pytest.raises(Invalid, match="Stale"):
        books.customers.update(Id=made["Id"], SyncToken=0, Notes="y")
    stranger = workbench.connect(
        "quickbooks",
        credential={"access_token": Secret("stranger")},
        base_url=books.client.base_url,
        realm_id="4620816365291273090",
    )
    with pytest.raises(SignInNeeded):
        stranger.customers.get(1)
