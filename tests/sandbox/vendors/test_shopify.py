"""Shopify's sandbox judged by GraphQL itself (graphql-core reads the schema) and by Shopify's documentation."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from graphql import build_client_schema, get_introspection_query, parse, validate

from penstock.testing import FakeClock

CREATE = "mutation($i: CustomerInput!) { customerCreate(input: $i) { customer { id email } userErrors { field message } } }"
REFUND = """mutation($i: RefundInput!, $k: String!) {
  refundCreate(input: $i) @idempotent(key: $k) { refund { id } userErrors { message } } }"""


@pytest.fixture
def client(make_box, call):
    """Return a sandbox and a way to ask it."""

    def make(**options):
        box = make_box(names=["shopify"], **options)
        token = box.credential("shopify")["token"]

        def ask(query, **variables):
            body = json.dumps({"query": query, "variables": variables})
            answer = call(
                f"{box.base_url('shopify')}/graphql.json", "POST", body, X_Shopify_Access_Token=token
            )
            assert answer.status == 200
            return answer.json()

        return box, ask

    return make


def _order(ask):
    made = ask(
        """mutation($o: OrderCreateOrderInput!) { orderCreate(order: $o) { order { id
             lineItems(first: 5) { nodes { id } } fulfillmentOrders(first: 1) { nodes { id } } } userErrors { message } } }""",
        o={
            "lineItems": [
                {
                    "title": "Cup",
                    "quantity": 2,
                    "priceSet": {"shopMoney": {"amount": "9.50", "currencyCode": "USD"}},
                }
            ]
        },
    )
    return made["data"]["orderCreate"]["order"]


def test_customers_are_made_read_back_and_listed_over_pages(client):
    """Twelve more than the sample's eight come over pages of seven, by cursors, each once."""
    box, ask = client()
    made = [
        ask(CREATE, i={"email": f"c{n}@b.co"})["data"]["customerCreate"]["customer"]["id"] for n in range(12)
    ]
    query = "query($a: String) { customers(first: 7, after: $a) { nodes { id } pageInfo { hasNextPage endCursor } } }"
    seen, cursor, pages = [], None, 0
    while True:
        page = ask(query, a=cursor)["data"]["customers"]
        seen += [node["id"] for node in page["nodes"]]
        pages += 1
        if not page["pageInfo"]["hasNextPage"]:
            break
        cursor = page["pageInfo"]["endCursor"]
    assert pages == 3
    assert len(seen) == len(set(seen)) == 20 and seen[8:] == made
    found = ask('{ customers(first: 5, query: "email:c3@b.co") { nodes { id email } } }')["data"][
        "customers"
    ]["nodes"]
    assert found == [{"id": made[3], "email": "c3@b.co"}]
    back = ask("{ customers(last: 2) { nodes { id } pageInfo { hasPreviousPage hasNextPage } } }")["data"][
        "customers"
    ]
    assert [node["id"] for node in back["nodes"]] == made[-2:]
    assert back["pageInfo"] == {"hasPreviousPage": True, "hasNextPage": False}
    assert len(box.log(has_effect=True)) == 12


def test_business_errors_are_user_errors_in_a_200_and_change_nothing(client):
    """A taken e-mail, an empty title and an unknown variant are said in userErrors."""
    box, ask = client()
    ask(CREATE, i={"email": "a@b.co"})
    taken = ask(CREATE, i={"email": "A@b.co"})["data"]["customerCreate"]
    assert taken == {
        "customer": None,
        "userErrors": [{"field": ["email"], "message": "Email has already been taken"}],
    }
    blank = ask(
        'mutation { productCreate(product: {title: " "}) { product { id } userErrors { field message } } }'
    )
    assert blank["data"]["productCreate"]["userErrors"] == [
        {"field": ["title"], "message": "Title can't be blank"}
    ]
    assert len(box.log(has_effect=True)) == 1


def test_only_the_fields_asked_for_are_answered_under_the_names_asked_for(client):
    """Selections, aliases, fragments and __typename are honoured."""
    _, ask = client()
    data = ask(
        """query($n: Int!) { list: products(first: $n) { edges { cursor node { ...Short } } } shop { __typename name } }
           fragment Short on Product { called: title variants(first: 1) { nodes { price } } }""",
        n=2,
    )["data"]
    assert list(data) == ["list", "shop"]
    assert data["shop"] == {"__typename": "Shop", "name": "Penstock sandbox"}
    assert set(data["list"]["edges"][0]) == {"cursor", "node"}
    assert data["list"]["edges"][0]["node"] == {
        "called": "Tea tin",
        "variants": {"nodes": [{"price": "12.00"}]},
    }


def test_what_graphql_refuses_is_refused_in_shopifys_words(client):
    """Unknown fields, wrong variables, broken syntax, missing sizes and dear queries are errors in a 200."""
    box, ask = client()
    unknown = ask("{ prodcts(first: 1) { nodes { id } } }")["errors"][0]
    assert unknown["message"] == "Field 'prodcts' doesn't exist on type 'Query'"
    assert unknown["extensions"]["code"] == "undefinedField"
    assert ask(CREATE, i={"emial": "a@b.co"})["errors"][0]["extensions"]["code"] == "INVALID_VARIABLE"
    assert "syntax error" in ask("{ shop { ")["errors"][0]["message"]
    assert (
        ask("{ products { nodes { id } } }")["errors"][0]["message"]
        == "you must provide one of first or last"
    )
    dear = ask("{ products(first: 250) { nodes { id variants(first: 100) { nodes { id } } } } }")["errors"][0]
    assert (dear["extensions"]["code"], dear["extensions"]["cost"]) == ("MAX_COST_EXCEEDED", 25_752)
    assert box.log(has_effect=True) == []


def test_a_wrong_token_and_a_wrong_path_are_not_graphql(client, call):
    """401 and 404 have Shopify's errors text; the version used is told, and an old one falls forward."""
    box, _ = client()
    base = box.base_url("shopify")
    refused = call(f"{base}/graphql.json", "POST", "{}", X_Shopify_Access_Token="stranger")
    assert refused.status == 401 and refused.json()["errors"].startswith(
        "[API] Invalid API key or access token"
    )
    assert call(f"{base}/nothing.json", "POST").json() == {"errors": "Not Found"}
    token = box.credential("shopify")["token"]
    old = base.replace("2026-10", "2024-01")
    answer = call(f"{old}/graphql.json", "POST", '{"query": "{ shop { id } }"}', X_Shopify_Access_Token=token)
    assert (answer.status, answer.headers["X-Shopify-API-Version"]) == (200, "2026-01")


def test_cost_is_told_and_what_was_not_used_comes_back(client):
    """An empty page costs less than was asked for, and the bucket shows it."""
    _, ask = client(limits=True, clock=FakeClock())
    cost = ask('{ orders(first: 100, query: "name:nothing") { nodes { id customer { id } } } }')[
        "extensions"
    ]["cost"]
    assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (202, 2)
    assert cost["throttleStatus"] == {
        "maximumAvailable": 2000.0,
        "currentlyAvailable": 1998,
        "restoreRate": 100.0,
    }
    assert ask(CREATE, i={"email": "a@b.co"})["extensions"]["cost"]["actualQueryCost"] == 10


def test_an_empty_bucket_is_throttled_in_a_200_until_points_come_back(client):
    """Two hundred mutations empty the bucket of 2,000; a tenth of a second brings back ten points."""
    clock = FakeClock()
    box, ask = client(limits=True, clock=clock)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: ask(CREATE, i={"email": f"c{n}@b.co"}), range(200)))
    assert not any("errors" in answer for answer in answers)
    refused = ask(CREATE, i={"email": "late@b.co"})
    assert refused["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert "data" not in refused
    assert refused["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] == 0
    clock.move(0.1)
    assert ask(CREATE, i={"email": "late@b.co"})["data"]["customerCreate"]["userErrors"] == []
    assert len(box.log(has_effect=True)) == 201


def test_without_limits_the_bucket_stays_full(client):
    """The control: limits=False never throttles."""
    _, ask = client(clock=FakeClock())
    for number in range(5):
        cost = ask("{ orders(first: 250) { nodes { id name customer { id } } } }")["extensions"]["cost"]
        assert cost["throttleStatus"]["currentlyAvailable"] == 2000, number


def test_an_idempotent_mutation_needs_its_key_and_happens_once(client):
    """refundCreate without @idempotent is refused; with a key it is done once, and other input under it is refused."""
    box, ask = client()
    order = _order(ask)
    given = {
        "orderId": order["id"],
        "refundLineItems": [{"lineItemId": order["lineItems"]["nodes"][0]["id"], "quantity": 1}],
    }
    bare = ask(
        "mutation($i: RefundInput!) { refundCreate(input: $i) { refund { id } userErrors { message } } }",
        i=given,
    )
    assert bare["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    first, again = (ask(REFUND, i=given, k="key-1")["data"]["refundCreate"] for _ in range(2))
    assert first == again and first["userErrors"] == []
    other = ask(REFUND, i={**given, "note": "x"}, k="key-1")["data"]["refundCreate"]
    assert "different parameters" in other["userErrors"][0]["message"]
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == ["orders.create", "refunds.create"]
    assert box.log(has_effect=True)[-1]["idempotency_key"] == "key-1"
    assert ask(REFUND, i=given, k="key-2")["data"]["refundCreate"]["refund"]["id"] != first["refund"]["id"]


def test_stock_is_set_only_from_what_it_was(client):
    """inventorySetQuantities compares with changeFromQuantity, which has to be there."""
    _, ask = client()
    seen = ask(
        "{ locations(first: 1) { nodes { id } } productVariants(first: 1) { nodes { inventoryQuantity "
        "inventoryItem { id } } } }"
    )
    location = seen["data"]["locations"]["nodes"][0]["id"]
    item = seen["data"]["productVariants"]["nodes"][0]["inventoryItem"]["id"]
    query = """mutation($i: InventorySetQuantitiesInput!, $k: String!) { inventorySetQuantities(input: $i)
      @idempotent(key: $k) { inventoryAdjustmentGroup { changes { name delta } } userErrors { code } } }"""

    def put(key, **entry):
        quantity = {"inventoryItemId": item, "locationId": location, "quantity": 60, **entry}
        return ask(query, i={"name": "available", "reason": "correction", "quantities": [quantity]}, k=key)

    assert "must include the following argument: changeFromQuantity" in put("a")["errors"][0]["message"]
    done = put("b", changeFromQuantity=100)["data"]["inventorySetQuantities"]
    assert done["inventoryAdjustmentGroup"]["changes"][0] == {"name": "available", "delta": -40}
    stale = put("c", changeFromQuantity=100)["data"]["inventorySetQuantities"]
    assert stale["userErrors"] == [{"code": "CHANGE_FROM_QUANTITY_STALE"}]
    assert put("d", changeFromQuantity=None)["data"]["inventorySetQuantities"]["userErrors"] == []


def test_orders_are_fulfilled_cancelled_and_drafts_completed(client):
    """An order goes through fulfilment, another is cancelled by a job, a draft becomes an order."""
    _, ask = client()
    order = _order(ask)
    parts = [{"fulfillmentOrderId": order["fulfillmentOrders"]["nodes"][0]["id"]}]
    query = """mutation($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f)
      { fulfillment { status trackingInfo { number } order { displayFulfillmentStatus } } userErrors { message } } }"""
    fulfilled = ask(query, f={"lineItemsByFulfillmentOrder": parts, "trackingInfo": {"number": "T1"}})[
        "data"
    ]["fulfillmentCreate"]
    assert fulfilled["fulfillment"]["order"]["displayFulfillmentStatus"] == "FULFILLED"
    assert (
        "unfulfillable"
        in ask(query, f={"lineItemsByFulfillmentOrder": parts})["data"]["fulfillmentCreate"]["userErrors"][0][
            "message"
        ]
    )
    cancel = """mutation($o: ID!) { orderCancel(orderId: $o, reason: OTHER, restock: false)
      { job { id done } orderCancelUserErrors { code } } }"""
    job = ask(cancel, o=order["id"])["data"]["orderCancel"]["job"]
    assert ask("query($j: ID!) { job(id: $j) { done } }", j=job["id"])["data"]["job"]["done"] is True
    assert ask(cancel, o=order["id"])["data"]["orderCancel"]["orderCancelUserErrors"] == [{"code": "INVALID"}]
    draft = ask(
        """mutation { draftOrderCreate(input: {lineItems: [{title: "Custom", quantity: 3, originalUnitPrice: "2.50"}]})
           { draftOrder { id totalPriceSet { shopMoney { amount } } } userErrors { message } } }"""
    )["data"]["draftOrderCreate"]["draftOrder"]
    assert draft["totalPriceSet"]["shopMoney"]["amount"] == "7.50"
    done = ask(
        "mutation($d: ID!) { draftOrderComplete(id: $d) { draftOrder { status order { name } } userErrors { "
        "message } } }",
        d=draft["id"],
    )
    assert done["data"]["draftOrderComplete"]["draftOrder"]["status"] == "COMPLETED"


def test_a_bulk_query_is_fetched_as_lines(client, call):
    """Every product and variant stands on a line of its own, children after their parent."""
    _, ask = client()
    inner = "{ products { edges { node { id variants { edges { node { id } } } } } } }"
    query = "mutation($q: String!) { bulkOperationRunQuery(query: $q) { bulkOperation { id status } userErrors { message } } }"
    started = ask(query, q=inner)["data"]["bulkOperationRunQuery"]["bulkOperation"]
    assert started["status"] == "CREATED"
    done = ask("query($i: ID!) { bulkOperation(id: $i) { status url objectCount } }", i=started["id"])[
        "data"
    ]["bulkOperation"]
    assert (done["status"], done["objectCount"]) == ("COMPLETED", "8")
    lines = [json.loads(line) for line in call(done["url"]).body.decode().splitlines()]
    assert len(lines) == 8
    parents = {line["id"] for line in lines if "__parentId" not in line}
    assert len(parents) == 3 and {line["__parentId"] for line in lines if "__parentId" in line} == parents
    assert ask(query, q="{ shop { id } }")["data"]["bulkOperationRunQuery"]["userErrors"]


def test_metafields_tags_and_webhooks_are_set_and_read(client):
    """A metafield is set twice and read once, tags are added, a topic takes an address once."""
    _, ask = client()
    product = ask("{ products(first: 1) { nodes { id } } }")["data"]["products"]["nodes"][0]["id"]
    put = "mutation($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) { metafields { id } userErrors { code } } }"
    for value in ("1", "2"):
        entry = {
            "ownerId": product,
            "namespace": "tea",
            "key": "steep",
            "type": "number_integer",
            "value": value,
        }
        assert ask(put, m=[entry])["data"]["metafieldsSet"]["userErrors"] == []
    assert ask(put, m=[{**entry, "value": "x"}])["data"]["metafieldsSet"]["userErrors"] == [
        {"code": "INVALID_VALUE"}
    ]
    read = 'query($p: ID!) { product(id: $p) { metafield(namespace: "tea", key: "steep") { value jsonValue } tags } }'
    assert ask(read, p=product)["data"]["product"]["metafield"] == {"value": "2", "jsonValue": 2}
    ask(
        'mutation($p: ID!) { tagsAdd(id: $p, tags: ["new"]) { node { id } userErrors { message } } }',
        p=product,
    )
    assert "new" in ask(read, p=product)["data"]["product"]["tags"]
    hook = """mutation { webhookSubscriptionCreate(topic: ORDERS_CREATE, webhookSubscription: {uri: "https://example.org/h"})
      { webhookSubscription { topic } userErrors { message } } }"""
    assert ask(hook)["data"]["webhookSubscriptionCreate"]["webhookSubscription"] == {"topic": "ORDERS_CREATE"}
    assert "already been taken" in ask(hook)["data"]["webhookSubscriptionCreate"]["userErrors"][0]["message"]


def test_the_schema_can_be_read_by_a_client(client):
    """Introspection gives a schema against which a client's own documents validate."""
    _, ask = client()
    schema = build_client_schema(ask(get_introspection_query())["data"])
    assert validate(schema, parse(CREATE)) == []
    assert validate(schema, parse("{ shop { nothing } }")) != []
