"""WooCommerce's sandbox judged by WooCommerce's own package, and by Penstock itself."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import pytest
from both_ways import run_both

import penstock as ps
from penstock.errors import Invalid, NotFound, SignInNeeded
from penstock.redact import Secret


@pytest.fixture
def shop(make_box):
    """Return a sandbox and WooCommerce's client on it."""
    sdk = pytest.importorskip("woocommerce")

    def make(key=None, **options):
        box = make_box(names=["woocommerce"], **options)
        root = box.base_url("woocommerce").removesuffix("/wp-json/wc/v3")
        credential = box.credential("woocommerce")
        client = sdk.API(
            root, key or credential["consumer_key"], credential["consumer_secret"], version="wc/v3"
        )
        client.is_ssl = True  # as over HTTPS, Basic instead of OAuth 1: loopback has no certificate
        return box, client

    return make


def test_products_are_made_changed_found_and_listed_over_pages(shop):
    """Twenty-five products come over three pages, counted in the header fields; a sku is taken once."""
    box, client = shop()
    made = [
        client.post("products", {"name": f"Tee {n}", "sku": f"T{n}", "regular_price": "9.50"})
        for n in range(25)
    ]
    assert {answer.status_code for answer in made} == {201} and made[0].json()["price"] == "9.50"
    pages = [client.get("products", params={"per_page": 10, "page": page}) for page in (1, 2, 3)]
    assert [row["sku"] for page in pages for row in page.json()] == [f"T{n}" for n in range(25)]
    assert (pages[0].headers["X-WP-Total"], pages[0].headers["X-WP-TotalPages"]) == ("25", "3")
    assert 'rel="next"' in pages[1].headers["Link"] and "Link" not in pages[2].headers
    first = made[0].json()["id"]
    assert client.put(f"products/{first}", {"sale_price": "7.00"}).json()["price"] == "7.00"
    assert [one["id"] for one in client.get("products", params={"sku": "T7"}).json()] == [
        made[7].json()["id"]
    ]
    again = client.post("products", {"name": "Other", "sku": "T7"})
    assert (again.status_code, again.json()["code"]) == (400, "product_invalid_sku")
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == ["products.create"] * 25 + ["products.update"]
    assert urlsplit(client.url).hostname == "127.0.0.1"


def test_an_order_adds_up_and_its_trash_is_not_its_end(shop):
    """Lines are sold at the product's price; a delete is the trash first, the second is refused, force is for good."""
    _, client = shop()
    product = client.post("products", {"name": "Tee", "regular_price": "9.50"}).json()
    lines = [{"product_id": product["id"], "quantity": 2}]
    order = client.post("orders", {"set_paid": True, "line_items": lines}).json()
    assert (order["status"], order["total"], order["line_items"][0]["name"]) == ("processing", "19.00", "Tee")
    note = client.post(f"orders/{order['id']}/notes", {"note": "Hello"})
    assert note.status_code == 201
    assert [one["note"] for one in client.get(f"orders/{order['id']}/notes").json()] == ["Hello"]
    path = f"orders/{order['id']}"
    assert client.delete(path).json()["status"] == "trash"
    assert client.get("orders").json() == []
    assert client.delete(path).status_code == 410
    assert client.delete(path, params={"force": True}).status_code == 200
    gone = client.get(path)
    assert (gone.status_code, gone.json()["code"]) == (404, "woocommerce_rest_shop_order_invalid_id")


def test_a_batch_answers_200_whatever_became_of_its_items(shop):
    """One item of three fails by itself; its error stands where its product would."""
    _, client = shop()
    items = [{"name": "A", "sku": "S"}, {"name": "B", "sku": "S"}, {"name": "C"}]
    answer = client.post("products/batch", {"create": items})
    assert answer.status_code == 200
    assert [one.get("error", {}).get("code") for one in answer.json()["create"]] == [
        None,
        "product_invalid_sku",
        None,
    ]
    assert client.post("products/batch", {"create": [{"name": "X"}] * 101}).status_code == 413


def test_its_client_sees_the_shops_refusals(shop):
    """Customers have no trash; a wrong key, a wrong address and a refusal for rate have their codes."""
    box, client = shop()
    made = client.post("customers", {"email": "ada@example.com"}).json()
    assert made["username"] == "ada"
    said = [
        client.delete(f"customers/{made['id']}"),
        client.post("customers", {"email": "ada@example.com"}),
        client.get("nothing"),
        shop(key="ck_stranger")[1].get("products"),
        client.get("products", params={"per_page": 101}),
    ]
    assert [(one.status_code, one.json()["code"]) for one in said] == [
        (501, "woocommerce_rest_trash_not_supported"),
        (400, "registration-error-email-exists"),
        (404, "rest_no_route"),
        (401, "woocommerce_rest_authentication_error"),
        (400, "rest_invalid_param"),
    ]
    box.set_faults({"script": [{"match": "GET /woocommerce/wp-json/wc/v3/products", "fault": "429"}]})
    refused = client.get("products")
    assert refused.status_code == 429 and refused.headers["Retry-After"] == "1"
    assert client.get("products").status_code == 200


def test_penstock_makes_reads_and_lists(workbench):
    """Columns become products and come back as a frame over pages; refusals are told in words."""
    shop = workbench.connect("woocommerce", sandbox=True)
    for number in range(7):
        made = shop.products.create(name=f"Tee {number}", regular_price=9.5, sku=f"T{number}")
    assert shop.products.get(made["id"])["price"] == "9.5"
    assert list(shop.products.list.frame(per_page=3)["sku"]) == [f"T{n}" for n in range(7)]
    with pytest.raises(NotFound, match="Invalid ID"):
        shop.products.get(1)
    with pytest.raises(Invalid, match="SKU"):
        shop.products.create(name="Again", sku="T3")
    credential = {"consumer_key": Secret("ck_stranger"), "consumer_secret": Secret("cs_stranger")}
    stranger = workbench.connect("woocommerce", credential=credential, base_url=shop.client.base_url)
    with pytest.raises(SignInNeeded):
        stranger.orders.list()


def test_a_batch_goes_by_hundreds_and_each_row_has_its_own_answer(make_box, workbench):
    """Seven products leave in one call; the one whose sku is taken fails by itself; so it is with their changes."""
    box = make_box(names=["woocommerce"])
    shop = workbench.connect("woocommerce", sandbox=box)
    rows = [{"name": f"Tee {n}", "sku": "T0" if n == 3 else f"T{n}", "number": n} for n in range(7)]
    made = workbench.batch(shop.products.create, rows, key="number").wait().frame()
    assert sorted(made["status"]) == ["done"] * 6 + ["failed"]
    ids = [
        response["id"] for response in made["response"] if isinstance(response, dict) and "sku" in response
    ]
    changes = [{"id": id, "regular_price": "1.00"} for id in [*ids, 999]]
    changed = workbench.batch(shop.products.update, changes, key="id").wait().frame()
    assert sorted(changed["status"]) == ["done"] * 6 + ["failed"]
    posted = [entry["path"].rpartition("/")[2] for entry in box.log() if entry["method"] == "POST"]
    assert posted == ["batch", "batch"]


def test_products_are_deleted_a_hundred_at_a_time(make_box: Any) -> None:
    """120 products to be gone for good are two calls; those for the trash go by themselves, and one there is not fails."""

    def rows(connection: ps.Connection) -> list[dict[str, Any]]:
        ids = [connection.products.create(name=f"p{number}")["id"] for number in range(123)]
        given = [{"id": id, "force": place < 120} for place, id in enumerate(ids)]
        return [*given, {"id": 99999, "force": True}]

    frame, requests = run_both(make_box, "woocommerce", "products.delete", rows, key="id")
    assert list(frame["status"]) == [*["done"] * 123, "failed"] and "404" in frame["error"][123]
    assert [said["id"] for said in frame["response"][:123]] == list(frame["id"][:123])
    assert Counter(requests)[("POST", "batch")] == 2 and len(requests) == 5
