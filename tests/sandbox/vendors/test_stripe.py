"""Stripe's sandbox judged by Stripe's own package, and by its documentation where the package does not look."""

from __future__ import annotations

import http.client
import threading
import time

import pytest
import stripe

from penstock.testing import FakeClock

HOUR_S = 3600.0


@pytest.fixture
def client(make_box):
    """Return a sandbox and the official client pointed at it, retries off."""

    def make(**options):
        box = make_box(names=["stripe"], **options)
        return box, _client(box)

    return make


def _client(box, key="default"):
    address = {"api": box.base_url("stripe")}
    return stripe.StripeClient(
        box.credential("stripe", key)["secret_key"], base_addresses=address, max_network_retries=0
    )


def test_what_is_created_reads_back_lists_over_pages_and_goes(client):
    """250 customers are created, listed over three pages newest first, one is changed and one deleted."""
    box, api = client()
    made = [
        api.v1.customers.create({"email": f"c{n}@b.co", "metadata": {"row": str(n)}}).id for n in range(250)
    ]
    pages, cursor = [], None
    while True:
        page = api.v1.customers.list({"limit": 100, **({"starting_after": cursor} if cursor else {})})
        pages.append([customer.id for customer in page.data])
        if not page.has_more:
            break
        cursor = pages[-1][-1]
    assert [len(page) for page in pages] == [100, 100, 50]
    assert [id for page in pages for id in page] == made[::-1]
    assert [c.id for c in api.v1.customers.list({"limit": 100}).auto_paging_iter()] == made[::-1]
    assert [c.id for c in api.v1.customers.list({"limit": 2, "ending_before": made[0]}).data] == [
        made[2],
        made[1],
    ]
    changed = api.v1.customers.update(made[0], {"name": "Zoë 🎉", "metadata": {"row": "", "kept": "1"}})
    assert (changed.name, changed.metadata.to_dict()) == ("Zoë 🎉", {"kept": "1"})
    assert api.v1.customers.delete(made[1]).deleted
    assert api.v1.customers.retrieve(made[1]).deleted
    assert made[1] not in [c.id for c in api.v1.customers.list({"limit": 100}).auto_paging_iter()]
    assert len(box.log(has_effect=True)) == 252


def test_lists_filter_by_email_and_by_time(client):
    """email= and created[gte]= leave out the rest."""
    _, api = client()
    for email in ("a@b.co", "c@d.co", "a@b.co"):
        last = api.v1.customers.create({"email": email})
    assert len(api.v1.customers.list({"email": "a@b.co"}).data) == 2
    assert len(api.v1.customers.list({"created": {"gte": last.created + 10}}).data) == 0
    found = api.v1.customers.search({"query": "email:'c@d.co'"})
    assert [c.email for c in found.data] == ["c@d.co"]


def test_customers_are_none_at_the_start_and_products_are_three(client):
    """A new account counts no customers, and has sample products with their prices."""
    _, api = client()
    assert api.v1.customers.list().data == []
    products = api.v1.products.list({"expand": ["data.default_price"]}).data
    assert len(products) == 3
    assert all(product.default_price.unit_amount > 0 for product in products)


def test_errors_are_the_packages_own_classes(client):
    """What Stripe refuses arrives as the class its package has for it."""
    box, api = client()
    with pytest.raises(stripe.InvalidRequestError) as missing:
        api.v1.customers.retrieve("cus_nobody")
    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")
    assert missing.value.user_message == "No such customer: 'cus_nobody'"
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        api.v1.customers.create({"emial": "a@b.co"})
    assert (unknown.value.http_status, unknown.value.code, unknown.value.param) == (
        400,
        "parameter_unknown",
        "emial",
    )
    with pytest.raises(stripe.InvalidRequestError) as wrong:
        api.v1.customers.create({"email": "nonsense"})
    assert (wrong.value.code, wrong.value.param) == ("email_invalid", "email")
    with pytest.raises(stripe.AuthenticationError) as stranger:
        stripe.StripeClient(
            "sk_test_stranger", base_addresses={"api": box.base_url("stripe")}
        ).v1.balance.retrieve()
    assert (stranger.value.http_status, stranger.value.user_message) == (
        401,
        "Invalid API Key provided: sk_test_****nger",
    )
    with pytest.raises(stripe.CardError) as declined:
        api.v1.payment_intents.create(
            {"amount": 900, "currency": "usd", "confirm": True, "payment_method": "pm_card_chargeDeclined"}
        )
    assert (declined.value.http_status, declined.value.code) == (402, "card_declined")
    box.set_faults({"500": 1.0})
    with pytest.raises(stripe.APIError):
        api.v1.balance.retrieve()
    box.set_faults({"drop": 1.0})
    with pytest.raises(stripe.APIConnectionError):
        api.v1.balance.retrieve()


def test_money_moves_through_intents_charges_and_refunds(client):
    """A confirmed intent charges, a refund takes back no more than was charged, the balance keeps count."""
    _, api = client()
    customer = api.v1.customers.create({"email": "a@b.co"})
    intent = api.v1.payment_intents.create({"amount": 1000, "currency": "eur", "customer": customer.id})
    assert intent.status == "requires_payment_method"
    intent = api.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert (intent.status, intent.amount_received) == ("succeeded", 1000)
    refund = api.v1.refunds.create({"payment_intent": intent.id, "amount": 400})
    assert refund.status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        api.v1.refunds.create({"payment_intent": intent.id, "amount": 601})
    assert api.v1.charges.list({"payment_intent": intent.id}).data[0].amount_refunded == 400
    assert api.v1.balance.retrieve().pending[0].amount == 600
    held = api.v1.payment_intents.create(
        {
            "amount": 500,
            "currency": "eur",
            "payment_method": "pm_card_visa",
            "confirm": True,
            "capture_method": "manual",
        }
    )
    assert held.status == "requires_capture"
    assert api.v1.payment_intents.capture(held.id, {"amount_to_capture": 300}).amount_received == 300
    cancelled = api.v1.payment_intents.create({"amount": 500, "currency": "eur"})
    assert api.v1.payment_intents.cancel(cancelled.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError) as late:
        api.v1.payment_intents.confirm(cancelled.id, {"payment_method": "pm_card_visa"})
    assert late.value.code == "payment_intent_unexpected_state"


def test_subscriptions_invoice_and_invoices_are_finalised_paid_and_voided(client):
    """A subscription needs a card, makes a paid invoice, and a hand-made invoice walks through its states."""
    _, api = client()
    price = next(p for p in api.v1.prices.list().data if p.recurring)
    poor = api.v1.customers.create({"email": "poor@b.co"})
    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source"):
        api.v1.subscriptions.create({"customer": poor.id, "items": [{"price": price.id}]})
    card = {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
    customer = api.v1.customers.create(card)
    subscription = api.v1.subscriptions.create(
        {"customer": customer.id, "items": [{"price": price.id, "quantity": 2}], "expand": ["latest_invoice"]}
    )
    assert (subscription.status, subscription.latest_invoice.status) == ("active", "paid")
    assert subscription.latest_invoice.total == 2 * price.unit_amount
    assert api.v1.subscriptions.cancel(subscription.id).status == "canceled"
    assert api.v1.subscriptions.list().data == []
    assert len(api.v1.subscriptions.list({"status": "all"}).data) == 1
    invoice = api.v1.invoices.create({"customer": customer.id})
    api.v1.invoice_items.create(
        {"customer": customer.id, "invoice": invoice.id, "amount": 700, "currency": "usd"}
    )
    assert api.v1.invoices.finalize_invoice(invoice.id).status == "open"
    assert api.v1.invoices.pay(invoice.id).amount_paid == 700
    with pytest.raises(stripe.InvalidRequestError) as late:
        api.v1.invoices.void_invoice(invoice.id)
    assert late.value.code == "invoice_not_editable"


def test_events_tell_what_happened(client):
    """Every change leaves an event that holds the thing as it was then."""
    _, api = client()
    customer = api.v1.customers.create({"name": "Before"})
    api.v1.customers.update(customer.id, {"name": "After"})
    events = api.v1.events.list({"limit": 2}).data
    assert [event.type for event in events] == ["customer.updated", "customer.created"]
    assert [event.data.object.name for event in events] == ["After", "Before"]
    assert len(api.v1.events.list({"type": "customer.created"}).data) == 1


def test_a_key_replays_the_first_answer_and_its_effect_happens_once(client, stripe_call):
    """The same key and parameters give the same body with Idempotent-Replayed; the log has one effect."""
    box, _ = client()
    first = stripe_call(box, "POST", "/v1/customers", "email=a@b.co&name=A", key="k1")
    again = stripe_call(box, "POST", "/v1/customers", "name=A&email=a@b.co", key="k1")
    assert again.body == first.body
    assert first.headers["Idempotent-Replayed"] is None
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Original-Request"] == first.headers["Request-Id"] != again.headers["Request-Id"]
    assert len(box.log(has_effect=True)) == 1


def test_without_a_key_or_with_another_the_effect_happens_again(client, stripe_call):
    """The control: no key, or a new key per attempt, makes a second customer."""
    box, _ = client()
    for key in ("k1", "k2", None, None):
        stripe_call(box, "POST", "/v1/customers", "email=a@b.co", key=key)
    assert len(box.log(has_effect=True)) == 4


def test_a_key_with_other_parameters_is_an_idempotency_error(client):
    """Another e-mail under the same key is refused in the package's own class."""
    box, api = client()
    api.v1.customers.create({"email": "a@b.co"}, {"idempotency_key": "k1"})
    with pytest.raises(stripe.IdempotencyError) as refused:
        api.v1.customers.create({"email": "c@d.co"}, {"idempotency_key": "k1"})
    assert refused.value.http_status == 400
    assert len(box.log(has_effect=True)) == 1


@pytest.mark.parametrize(("fault", "effects"), [("500_stored", 0), ("500_after_effect", 1)])
def test_a_500_after_the_call_began_is_kept_and_replayed(client, stripe_call, fault, effects):
    """Once execution began, the key gives the same 500 again, whether or not there was an effect."""
    box, _ = client(faults={"script": [{"match": "POST *", "fault": fault}]})
    first = stripe_call(box, "POST", "/v1/customers", "email=a@b.co", key="k1")
    again = stripe_call(box, "POST", "/v1/customers", "email=a@b.co", key="k1")
    assert (first.status, again.status) == (500, 500)
    assert again.body == first.body
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(box.log(has_effect=True)) == effects


@pytest.mark.parametrize("fault", ["500", "429", "drop"])
def test_a_refusal_before_the_call_began_is_not_kept(client, stripe_call, fault):
    """The same key goes through once the fault is over."""
    box, _ = client(faults={"script": [{"match": "POST *", "fault": fault}]})
    try:
        stripe_call(box, "POST", "/v1/customers", "email=a@b.co", key="k1")
    except (http.client.RemoteDisconnected, ConnectionResetError):
        pass
    again = stripe_call(box, "POST", "/v1/customers", "email=a@b.co", key="k1")
    assert (again.status, again.headers["Idempotent-Replayed"]) == (200, None)
    assert len(box.log(has_effect=True)) == 1


@pytest.mark.parametrize("fault", ["drop_after_effect", "502_after_effect", "truncated"])
def test_an_answer_lost_on_the_way_is_had_again_by_its_key(client, stripe_call, fault):
    """The retry with the same key gets the answer the first one made, and makes nothing."""
    box, _ = client(faults={"script": [{"match": "POST *", "fault": fault}]})
    try:
        stripe_call(box, "POST", "/v1/customers", "email=a@b.co", key="k1")
    except (http.client.RemoteDisconnected, ConnectionResetError):
        pass
    again = stripe_call(box, "POST", "/v1/customers", "email=a@b.co", key="k1")
    (entry,) = box.log(has_effect=True)
    assert again.json()["id"] == entry["effect"]["id"]
    assert again.headers["Idempotent-Replayed"] == "true"


def test_refused_parameters_are_not_kept_and_a_declined_card_is(client, stripe_call):
    """A 400 leaves the key free for the corrected call; a 402 is the key's answer for good."""
    box, _ = client()
    assert stripe_call(box, "POST", "/v1/customers", "email=nonsense", key="k1").status == 400
    assert stripe_call(box, "POST", "/v1/customers", "email=a@b.co", key="k1").status == 200
    form = "amount=500&currency=usd&confirm=true&payment_method=pm_card_chargeDeclined"
    answers = [stripe_call(box, "POST", "/v1/payment_intents", form, key="k2") for _ in range(2)]
    assert [answer.status for answer in answers] == [402, 402]
    assert answers[1].headers["Idempotent-Replayed"] == "true"


def test_a_key_in_progress_is_a_409(client, stripe_call):
    """While the first call is still being answered, the same key is refused with idempotency_key_in_use."""
    script = [{"match": "POST *", "fault": "slow"}]
    box, _ = client(faults={"script": script, "slow_s": 30})

    def ask() -> None:
        with pytest.raises(OSError):  # stopped before its answer
            stripe_call(box, "POST", "/v1/customers", "email=a@b.co", key="k1")

    waiting = threading.Thread(target=ask)
    waiting.start()
    while not box.log(has_effect=True):
        time.sleep(0.005)
    refused = stripe_call(box, "POST", "/v1/customers", "email=a@b.co", key="k1")
    assert (refused.status, refused.json()["error"]["code"]) == (409, "idempotency_key_in_use")
    box.stop()
    waiting.join(timeout=10)
    assert not waiting.is_alive()


def test_a_key_is_forgotten_after_a_day(client, stripe_call):
    """23 hours on the key still replays; 24 hours on it makes a second customer."""
    clock = FakeClock()
    box, _ = client(clock=clock)
    ids = []
    for passed in (0, 23 * HOUR_S, HOUR_S + 1):
        clock.move(passed)
        ids.append(stripe_call(box, "POST", "/v1/customers", "email=a@b.co", key="k1").json()["id"])
    assert ids[0] == ids[1] != ids[2]


def test_the_account_and_each_end_point_take_25_a_second(client):
    """The 26th call of a second is a RateLimitError with its reason and no Retry-After; a second later it passes."""
    clock = FakeClock()
    box, api = client(limits=True, clock=clock)
    for _ in range(25):
        api.v1.balance.retrieve()
    with pytest.raises(stripe.RateLimitError) as refused:
        api.v1.balance.retrieve()
    assert refused.value.http_status == 429
    assert refused.value.headers["Stripe-Rate-Limited-Reason"] == "global-rate"
    assert "Retry-After" not in refused.value.headers
    assert _client(box, "second").v1.balance.retrieve().object == "balance"
    clock.move(1.0)
    assert api.v1.balance.retrieve().object == "balance"


def test_one_end_point_binds_before_the_account_where_it_is_the_narrower(client):
    """With 100 for the account and 3 for an end point, the fourth call of one end point is refused, another's is not."""
    _, api = client(limits={"stripe": {"account": 100, "endpoint": 3}}, clock=FakeClock())
    for _ in range(3):
        api.v1.balance.retrieve()
    with pytest.raises(stripe.RateLimitError) as refused:
        api.v1.balance.retrieve()
    assert refused.value.headers["Stripe-Rate-Limited-Reason"] == "endpoint-rate"
    assert api.v1.customers.list().data == []


def test_without_limits_nobody_is_refused(client):
    """The control: limits=False lets forty calls of one instant pass."""
    _, api = client(clock=FakeClock())
    for _ in range(40):
        api.v1.balance.retrieve()


def test_brackets_nest_and_other_bodies_are_refused(client, stripe_call, call):
    """items[0][price] and metadata[a b] are read; JSON to v1 is a 400."""
    box, _ = client()
    form = "metadata[a%20b]=1&metadata[2]=x&address[city]=K%C3%B6ln&preferred_locales[]=de&preferred_locales[]=fr"
    made = stripe_call(box, "POST", "/v1/customers", form).json()
    assert made["metadata"] == {"a b": "1", "2": "x"}
    assert made["address"] == {"city": "Köln"}
    assert made["preferred_locales"] == ["de", "fr"]
    auth = f"Bearer {box.credential('stripe')['secret_key']}"
    url = f"{box.base_url('stripe')}/v1/customers"
    refused = call(url, "POST", '{"email": "a@b.co"}', Authorization=auth, Content_Type="application/json")
    assert refused.status == 400
    assert "x-www-form-urlencoded" in refused.json()["error"]["message"]


def test_pages_are_a_hundred_at_most(client, stripe_call):
    """limit=101 is refused, and so is a cursor that names nothing."""
    box, _ = client()
    assert stripe_call(box, "GET", "/v1/customers?limit=101").json()["error"]["param"] == "limit"
    assert (
        stripe_call(box, "GET", "/v1/customers?starting_after=cus_x").json()["error"]["code"]
        == "resource_missing"
    )


def test_a_missing_key_is_a_401_that_says_how_to_send_one(client, call):
    """No Authorization at all is Stripe's own words and WWW-Authenticate."""
    box, _ = client()
    answer = call(f"{box.base_url('stripe')}/v1/balance")
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, 'Basic realm="Stripe"')
    assert answer.json()["error"]["message"].startswith("You did not provide an API key.")
    assert (
        call(
            f"{box.base_url('stripe')}/v1/nothing",
            Authorization=f"Bearer {box.credential('stripe')['secret_key']}",
        ).status
        == 404
    )
