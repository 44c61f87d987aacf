"""Square's sandbox judged by Square's own package, and by Penstock itself."""

from __future__ import annotations

from typing import Any

import pytest
from both_ways import run_both

import penstock as ps
from penstock.errors import Conflict, Invalid, NotFound, SignInNeeded
from penstock.redact import Secret

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:square")  # its own

ONCE = {"max_retries": 0}
TEN_EUROS = {"amount": 1000, "currency": "EUR"}


@pytest.fixture
def square(make_box):
    """Return a sandbox and Square's client on it."""
    sdk = pytest.importorskip("square")

    def make(key=None, **options):
        box = make_box(names=["square"], **options)
        root = box.base_url("square").removesuffix("/v2")
        return box, sdk.Square(base_url=root, token=key or box.credential("square")["token"])

    return make


def _refused(ask):
    errors = pytest.importorskip("square.core.api_error")
    with pytest.raises(errors.ApiError) as caught:
        ask()
    return caught.value.status_code, caught.value.body["errors"][0]["code"]


def test_customers_are_made_changed_found_and_listed_over_pages(square):
    """Twenty-five customers come over three pages; a version that is not the current one is refused."""
    box, client = square()
    made = [
        client.customers.create(given_name=f"No {n}", email_address=f"a{n}@b.co").customer for n in range(25)
    ]
    assert [one.given_name for one in client.customers.list(limit=10)] == [f"No {n}" for n in range(25)]
    assert sum(entry["method"] == "GET" for entry in box.log()) == 3
    changed = client.customers.update(made[0].id, note="good", version=0).customer
    assert (changed.note, changed.version) == ("good", 1)
    stale = _refused(lambda: client.customers.update(made[0].id, note="bad", version=0, request_options=ONCE))
    assert stale == (409, "VERSION_MISMATCH")
    found = client.customers.search(query={"filter": {"email_address": {"exact": "A7@b.co"}}}).customers
    assert [one.id for one in found] == [made[7].id]
    client.customers.delete(made[0].id)
    assert _refused(lambda: client.customers.get(made[0].id)) == (404, "NOT_FOUND")


def test_a_key_makes_one_payment_and_its_refund_is_no_more_than_it(square):
    """The same key gives the same payment, with another amount it is refused; so is more money back than was paid."""
    box, client = square()
    given = {"source_id": "cnon:card-nonce-ok", "idempotency_key": "row-1", "amount_money": TEN_EUROS}
    paid = [client.payments.create(**given).payment for _ in range(2)]
    assert paid[0].id == paid[1].id and paid[0].status == "COMPLETED"
    assert len(box.log(has_effect=True)) == 1
    other = given | {"amount_money": {"amount": 1, "currency": "EUR"}}
    assert _refused(lambda: client.payments.create(**other)) == (400, "IDEMPOTENCY_KEY_REUSED")
    declined = given | {"source_id": "cnon:card-nonce-declined", "idempotency_key": "row-2"}
    assert _refused(lambda: client.payments.create(**declined)) == (402, "GENERIC_DECLINE")
    back = {"payment_id": paid[0].id, "amount_money": TEN_EUROS}
    assert client.refunds.refund_payment(idempotency_key="back-1", **back).refund.status == "PENDING"
    more = _refused(lambda: client.refunds.refund_payment(idempotency_key="back-2", **back))
    assert more == (400, "REFUND_AMOUNT_INVALID")
    held = client.payments.create(**(given | {"idempotency_key": "row-3"}), autocomplete=False).payment
    assert held.status == "APPROVED" and client.payments.complete(held.id).payment.status == "COMPLETED"


def test_orders_invoices_and_the_catalogue_have_versions(square):
    """An order's total is its lines'; an object of the catalogue is new under #, and changed by its version."""
    _, client = square()
    place = client.locations.list().locations[0].id
    lines = [{"name": "Tee", "quantity": "2", "base_price_money": TEN_EUROS}]
    order = client.orders.create(order={"location_id": place, "line_items": lines}).order
    assert (order.total_money.amount, order.version) == (2000, 1)
    changed = client.orders.update(
        order.id, order={"location_id": place, "version": 1, "state": "COMPLETED"}
    ).order
    assert (changed.state, changed.version) == ("COMPLETED", 2)
    assert [one.id for one in client.orders.search(location_ids=[place]).orders] == [order.id]
    item = {"type": "ITEM", "id": "#tee", "item_data": {"name": "Tee"}}
    kept = client.catalog.object.upsert(idempotency_key="a", object=item)
    assert kept.id_mappings[0].object_id == kept.catalog_object.id
    stale = {**item, "id": kept.catalog_object.id, "version": 1}
    refused = _refused(
        lambda: client.catalog.object.upsert(idempotency_key="b", object=stale, request_options=ONCE)
    )
    assert refused == (409, "VERSION_MISMATCH")
    assert [one.id for one in client.catalog.list(types="ITEM")] == [kept.catalog_object.id]
    invoice = client.invoices.create(invoice={"location_id": place, "order_id": order.id}).invoice
    assert client.invoices.publish(invoice.id, version=0).invoice.status == "UNPAID"


def test_its_client_sees_squares_refusals(square):
    """What is missing, a wrong token and a refusal for rate have Square's codes."""
    box, client = square()
    assert _refused(lambda: client.customers.create(note="nobody"))[0] == 400
    assert _refused(square(key="stranger")[1].locations.list) == (401, "UNAUTHORIZED")
    box.set_faults({"script": [{"match": "GET /square/v2/locations", "fault": "429"}]})
    assert _refused(lambda: client.locations.list(request_options=ONCE)) == (429, "RATE_LIMITED")
    answers = client.customers.batch_create(
        customers={"a": {"given_name": "Ada"}, "b": {"note": "nobody"}}
    ).responses
    assert (
        answers["a"].customer.given_name == "Ada"
        and answers["b"].errors[0].code == "MISSING_REQUIRED_PARAMETER"
    )


def test_penstock_makes_reads_and_lists(workbench):
    """Columns become customers and come back as a frame over pages; the key is filled in; refusals are told in words."""
    square = workbench.connect("square", sandbox=True)
    for number in range(5):
        made = square.customers.create(given_name=f"No {number}")["customer"]
    assert square.customers.get(made["id"])["customer"]["given_name"] == "No 4"
    assert list(square.customers.list.frame(limit=2)["given_name"]) == [f"No {n}" for n in range(5)]
    assert len(square.customers.search.frame(limit=2)) == 5
    paid = square.payments.create(source_id="cnon:card-nonce-ok", amount_money=TEN_EUROS)["payment"]
    assert paid["status"] == "COMPLETED"
    with pytest.raises(NotFound):
        square.customers.get("NOTHING")
    with pytest.raises(Conflict, match="version"):
        square.customers.update(made["id"], note="x", version=7)
    with pytest.raises(Invalid, match="required"):
        square.customers.bulk_create(customers={"a": {"note": "nobody"}})
    stranger = workbench.connect(
        "square", credential={"token": Secret("stranger")}, base_url=square.client.base_url
    )
    with pytest.raises(SignInNeeded):
        stranger.locations.list()


def test_orders_are_read_a_hundred_at_a_time(make_box: Any) -> None:
    """110 orders and one there is not are two calls and one; each row has its own order."""

    def rows(connection: ps.Connection) -> list[dict[str, Any]]:
        location = connection.locations.list()["locations"][0]["id"]
        line = {"name": "x", "quantity": "1", "base_price_money": {"amount": 100, "currency": "EUR"}}
        order = {"location_id": location, "line_items": [line]}
        ids = [
            connection.orders.create(order={**order, "reference_id": f"r{n}"})["order"]["id"]
            for n in range(110)
        ]
        return [{"order_id": id} for id in [*ids, "nobody"]]

    frame, requests = run_both(make_box, "square", "orders.get", rows, key="order_id")
    assert list(frame["status"]) == [*["done"] * 110, "failed"]
    assert [said["order"]["reference_id"] for said in frame["response"][:110]] == [
        f"r{number}" for number in range(110)
    ]
    assert len(requests) == 3
