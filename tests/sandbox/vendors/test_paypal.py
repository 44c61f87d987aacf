"""PayPal's sandbox judged by PayPal's own package, and by Penstock itself."""

from __future__ import annotations

import pytest

from penstock.errors import Invalid, NotFound, SignInNeeded
from penstock.redact import Secret

UNITS = [{"amount": {"currency_code": "EUR", "value": "10.00"}}]


@pytest.fixture
def paypal(make_box):
    """Return a sandbox and PayPal's client on it, signed in with a client's id and secret."""
    sdk = pytest.importorskip("paypalserversdk.paypal_serversdk_client")
    configuration = pytest.importorskip("paypalserversdk.configuration")
    auth = pytest.importorskip("paypalserversdk.http.auth.o_auth_2")

    def make(**options):
        box = make_box(names=["paypal"], **options)
        credentials = auth.ClientCredentialsAuthCredentials(
            o_auth_client_id="id", o_auth_client_secret="secret"
        )
        config = configuration.Configuration(client_credentials_auth_credentials=credentials)
        server = configuration.Server.DEFAULT
        config.environments = {configuration.Environment.SANDBOX: {server: box.base_url("paypal")}}
        return box, sdk.PaypalServersdkClient(config=config)

    return make


def _refused(ask, *given):
    errors = pytest.importorskip("paypalserversdk.exceptions.error_exception")
    with pytest.raises(errors.ErrorException) as caught:
        ask(*given)
    details = caught.value.details
    return caught.value.response_code, details[0].issue if details else caught.value.name


def test_an_order_is_approved_captured_and_given_back(paypal, call):
    """Nobody's money is taken before the buyer agrees; a capture is made once, and no more given back than it was."""
    box, client = paypal()
    order = client.orders.create_order({"body": {"intent": "CAPTURE", "purchase_units": UNITS}}).body
    assert order.status == "CREATED" and not hasattr(
        order, "purchase_units"
    )  # minimal, as nobody preferred more
    assert _refused(client.orders.capture_order, {"id": order.id}) == (422, "ORDER_NOT_APPROVED")
    approval = next(link.href for link in order.links if link.rel == "approve")
    assert call(approval).status == 200
    whole = {"id": order.id, "prefer": "return=representation"}
    done = client.orders.capture_order(whole).body
    taken = done.purchase_units[0].payments.captures[0]
    assert done.status == "COMPLETED" and taken.amount.value == "10.00"
    assert _refused(client.orders.capture_order, whole) == (422, "ORDER_ALREADY_CAPTURED")
    back = {"capture_id": taken.id, "body": {"amount": {"currency_code": "EUR", "value": "4.00"}}}
    assert client.payments.refund_captured_payment(back).body.status == "COMPLETED"
    assert client.payments.get_captured_payment({"capture_id": taken.id}).body.status == "PARTIALLY_REFUNDED"
    back["body"]["amount"]["value"] = "6.01"
    assert _refused(client.payments.refund_captured_payment, back) == (422, "REFUND_AMOUNT_EXCEEDED")
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == ["orders.create", "orders.capture", "refunds.create"]


def test_a_key_makes_one_order(paypal):
    """The same PayPal-Request-Id gives the same order; with other parameters it is refused."""
    box, client = paypal()
    given = {"paypal_request_id": "row-1", "body": {"intent": "CAPTURE", "purchase_units": UNITS}}
    assert client.orders.create_order(given).body.id == client.orders.create_order(given).body.id
    assert len(box.log(has_effect=True)) == 1
    given["body"] = {"intent": "AUTHORIZE", "purchase_units": UNITS}
    assert _refused(client.orders.create_order, given) == (422, "DUPLICATE_REQUEST_ID")


def test_money_set_aside_is_captured_or_let_go(paypal):
    """An authorization is captured once, and one that was let go cannot be."""
    _, client = paypal()
    body = {
        "intent": "AUTHORIZE",
        "purchase_units": UNITS,
        "payment_source": {"token": {"id": "1", "type": "BILLING_AGREEMENT"}},
    }
    held = []
    for _ in range(2):
        order = client.orders.create_order({"body": body}).body
        answer = client.orders.authorize_order({"id": order.id, "prefer": "return=representation"}).body
        held.append(answer.purchase_units[0].payments.authorizations[0].id)
    taken = client.payments.capture_authorized_payment({"authorization_id": held[0]}).body
    assert taken.status == "COMPLETED"
    again = _refused(client.payments.capture_authorized_payment, {"authorization_id": held[0]})
    assert again == (422, "AUTHORIZATION_ALREADY_CAPTURED")
    client.payments.void_payment({"authorization_id": held[1]})
    assert _refused(client.payments.void_payment, {"authorization_id": held[1]}) == (422, "PREVIOUSLY_VOIDED")


def test_its_client_sees_paypals_refusals(paypal):
    """What is not there, what is not said, and a refusal for rate are the client's own errors."""
    box, client = paypal()
    assert _refused(client.orders.get_order, {"id": "NOTHING"}) == (404, "INVALID_RESOURCE_ID")
    precise = [{"amount": {"currency_code": "JPY", "value": "10.50"}}]
    body = {"intent": "CAPTURE", "purchase_units": precise}
    assert _refused(client.orders.create_order, {"body": body}) == (422, "DECIMAL_PRECISION")
    box.set_faults({"script": [{"match": "GET /paypal/v2/*", "fault": "429"}]})
    error = pytest.importorskip("paypalserversdk.exceptions.api_exception")
    with pytest.raises(error.ApiException) as caught:
        client.orders.get_order({"id": "NOTHING"})
    assert caught.value.response_code == 429 and "RATE_LIMIT_REACHED" in caught.value.response.text


def test_penstock_makes_reads_and_lists(workbench):
    """Plans come as a frame over pages, payouts are taken once, and an empty capture is sent as {}."""
    paypal = workbench.connect("paypal", sandbox=True)
    product = paypal.products.create(name="Tee", type="PHYSICAL")
    cycle = [{"tenure_type": "REGULAR", "sequence": 1, "frequency": {"interval_unit": "MONTH"}}]
    for number in range(5):
        paypal.plans.create(
            product_id=product["id"],
            name=f"No {number}",
            billing_cycles=cycle,
            payment_preferences={"setup_fee": None},
        )
    assert list(paypal.plans.list.frame(page_size=2)["name"]) == [f"No {n}" for n in range(5)]
    assert len(paypal.disputes.list.frame(page_size=2)) == 5
    order = paypal.orders.create(
        intent="CAPTURE", purchase_units=UNITS, payment_source={"card": {"number": "4111"}}
    )
    assert paypal.orders.capture(order["id"])["status"] == "COMPLETED"
    found = paypal.transactions.search(start_date="2026-11-01T00:00:00Z", end_date="2026-11-30T00:00:00Z")
    assert len(found["transaction_details"]) == 1
    with pytest.raises(Invalid, match="31 days"):
        paypal.transactions.search(start_date="2026-09-01T00:00:00Z", end_date="2026-11-30T00:00:00Z")
    items = [
        {"recipient_type": "EMAIL", "receiver": f"a{n}@b.co", "amount": {"currency": "EUR", "value": "1.00"}}
        for n in range(5)
    ]
    batch = {"sender_batch_header": {"sender_batch_id": "run-1"}, "items": items}
    made = paypal.payouts.create(**batch)["batch_header"]
    assert len(paypal.payouts.get.frame(made["payout_batch_id"], page_size=2)) == 5
    with pytest.raises(Invalid, match="sender_batch_id"):
        paypal.payouts.create(**batch)
    with pytest.raises(NotFound):
        paypal.orders.get("NOTHING")
    stranger = workbench.connect(
        "paypal", credential={"access_token": Secret("stranger")}, base_url=paypal.client.base_url
    )
    with pytest.raises(SignInNeeded):
        stranger.webhooks.list()
