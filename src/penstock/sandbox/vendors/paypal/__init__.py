"""PayPal as the sandbox plays it: orders a buyer approves by visiting the link, captures, refunds, payouts.

Sources: the pages named in integrations/paypal.py; what paypal-server-sdk sends and reads. An order with a payment_source
needs no buyer; a payout to unclaimed@example.com is one nobody claims. Any client_id and client_secret get the token.
"""

from __future__ import annotations

from datetime import datetime

from penstock.integrations.paypal import integration
from penstock.sandbox.rest.acting import act, find
from penstock.sandbox.rest.paging import answer_rows, build_token, read_token
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.state import UPPER, Ids, Record
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.paypal import orders, payouts
from penstock.sandbox.wire import Answer, Json, iso_time, json_answer

KEY = "A21AAsandbox{name}"
_NAMES = {
    400: "INVALID_REQUEST",
    404: "RESOURCE_NOT_FOUND",
    409: "RESOURCE_CONFLICT",
    422: "UNPROCESSABLE_ENTITY",
}
_LONGEST_DAYS = 31
_DISPUTES = 5


def open_vendor(setup: Setup) -> Vendor:
    """Return PayPal."""
    return RestVendor(setup, integration, SHAPE)


def _new_id(ids: Ids, collection: str) -> str:
    match collection:
        case "products":
            return f"PROD-{ids.text(17, UPPER)}"
        case "plans":
            return f"P-{ids.text(24, UPPER)}"
        case "subscriptions":
            return f"I-{ids.text(12, UPPER)}"
        case "invoices":
            return "INV2-" + "-".join(ids.text(4, UPPER) for _ in range(4))
    return ids.text(17, UPPER)


def _build(turn: Turn, id: str, given: Record) -> Record:
    now = iso_time(turn.now)
    status = {
        "plans": given.get("status", "ACTIVE"),
        "subscriptions": "APPROVAL_PENDING",
        "invoices": "DRAFT",
    }
    links = [{"href": f"{turn.url}/{id}", "rel": "self", "method": "GET"}]
    record: Record = {"id": id, **given, "create_time": now, "links": links}
    if turn.collection in status:
        record["status"] = status[turn.collection]
    if turn.collection == "plans" and turn.table("products").get(str(given.get("product_id"))) is None:
        raise turn.refuse("not_found")
    if turn.collection == "subscriptions" and turn.table("plans").get(str(given.get("plan_id"))) is None:
        raise turn.refuse("not_found")
    return record


def _page(turn: Turn, body: Json) -> Json:
    """Leave the totals out where nobody asked for them."""
    operation = turn.operation
    is_told = turn.query.get("total_required") == "true" or (
        operation is not None and operation.name == "transactions.search"
    )
    kept = body if is_told else {name: value for name, value in body.items() if name != "total_pages"}
    return {**kept, "links": [{"href": turn.url, "rel": "self", "method": "GET"}]}


def _cancel_subscription(turn: Turn) -> Answer:
    record = find(turn, turn.values["id"])
    if not turn.fields.get("reason"):
        raise turn.refuse("invalid", "reason")
    if record["status"] == "CANCELLED":
        words = "Invalid subscription status for cancel action; subscription status should be active or suspended."
        raise turn.refuse("invalid", status=422, code="SUBSCRIPTION_STATUS_INVALID", message=words)
    record["status"] = "CANCELLED"
    turn.change("subscriptions.cancel", record["id"], record)
    return Answer(204)


def _send_invoice(turn: Turn) -> Json:
    orders.need_json(turn)
    record = find(turn, turn.values["invoice_id"])
    if record["status"] != "DRAFT":
        raise turn.refuse(
            "invalid", status=422, code="CANT_SEND_INVOICE", message="The invoice cannot be sent."
        )
    record["status"] = "SENT"
    turn.change("invoices.send", record["id"], record)
    return {"href": f"{turn.request.base}/invoice/p/#{record['id']}", "rel": "payer-view", "method": "GET"}


def _search_transactions(turn: Turn) -> Answer:
    try:
        start, end = (datetime.fromisoformat(turn.query.get(name, "")) for name in ("start_date", "end_date"))
    except ValueError:
        raise turn.refuse("invalid", "start_date") from None
    if (end - start).days > _LONGEST_DAYS:
        words = f"Date range is greater than {_LONGEST_DAYS} days"
        raise turn.refuse("invalid", code="INVALID_REQUEST", message=words)
    rows = (
        {
            "transaction_info": {
                "transaction_id": one["id"], "transaction_amount": one["amount"], "transaction_status": "S",
                "transaction_initiation_date": one["create_time"], "transaction_event_code": "T0006",
            },
        }
        for one in turn.table("captures")
    )  # fmt: skip
    return answer_rows(turn, rows)


def _list_disputes(turn: Turn) -> Json:
    size, start = (
        int(turn.query.get("page_size") or 10),
        read_token(turn.query.get("next_page_token", "")) or 0,
    )
    rows = list(turn.table())
    links = [{"href": turn.url, "rel": "self", "method": "GET"}]
    if start + size < len(rows):
        address = f"{turn.url}?page_size={size}&next_page_token={build_token(start + size)}"
        links.append({"href": address, "rel": "next", "method": "GET"})
    return {"items": rows[start : start + size], "links": links}


def _track(turn: Turn) -> Json:
    given = turn.fields.get("trackers")
    if not isinstance(given, list) or not 0 < len(given) <= 20:
        raise turn.refuse("invalid", "trackers")
    for one in given:
        turn.change("trackers.create", str(one.get("transaction_id")), one)
    return {
        "tracker_identifiers": [{"transaction_id": one.get("transaction_id")} for one in given],
        "errors": [],
    }


def _verify(turn: Turn) -> Json:
    is_known = turn.table().get(str(turn.fields.get("webhook_id"))) is not None
    return {
        "verification_status": "SUCCESS" if is_known and turn.fields.get("transmission_sig") else "FAILURE"
    }


def _give_token(turn: Turn) -> Json:
    if not turn.request.headers.get("Authorization", "").startswith("Basic "):
        body = {"error": "invalid_client", "error_description": "Client Authentication failed"}
        return json_answer(401, body)
    return {"scope": "https://uri.paypal.com/services/payments/payment", "access_token": KEY.replace("{name}", "default"),
            "token_type": "Bearer", "app_id": "APP-80W284485P519543T", "expires_in": 32400}  # fmt: skip


def _seed(turn: Turn) -> None:
    for number in range(_DISPUTES):
        id = f"PP-D-{turn.ids.next('dispute', 27801)}"
        turn.table("disputes").add(id, {"dispute_id": id, "reason": "MERCHANDISE_OR_SERVICE_NOT_RECEIVED", "status": "OPEN",
                                        "dispute_amount": {"currency_code": "EUR", "value": f"{number + 1}.00"}})  # fmt: skip


def _error(refusal: Refusal) -> Answer:
    if refusal.kind == "unauthorized":
        return json_answer(401, {"error": refusal.code, "error_description": refusal.message})
    name = _NAMES.get(refusal.status, refusal.code)
    details = [] if name == refusal.code else [{"issue": refusal.code, "description": refusal.message}]
    body = {
        "name": name,
        "message": refusal.message,
        "debug_id": "f9504d3a8d8d1",
        "details": details,
        "links": [],
    }
    return json_answer(refusal.status, body)


SHAPE = Shape(
    key=KEY,
    new_id=_new_id,
    build=_build,
    page=_page,
    page_size=10,
    statuses={"create": 201},
    seed=_seed,
    error=_error,
    keeps=("status", "name", "reference_id", "invoice_id", "sender_batch_id", "receiver"),
    service_s=0.01,
    headers=lambda: [("Paypal-Debug-Id", "f9504d3a8d8d1")],
    refusals={
        "unauthorized": (401, "invalid_token", "Token signature verification failed"),
        "forbidden": (403, "NOT_AUTHORIZED", "Authorization failed due to insufficient permissions."),
        "not_found": (404, "INVALID_RESOURCE_ID", "Specified resource ID does not exist. Please check the resource ID."),
        "no_route": (404, "RESOURCE_NOT_FOUND", "The specified resource does not exist."),
        "invalid": (400, "MISSING_REQUIRED_PARAMETER", "A required field / parameter is missing: {what}"),
        "key_reuse": (422, "DUPLICATE_REQUEST_ID", "The value of PayPal-Request-Id header has already been used."),
        "throttled": (429, "RATE_LIMIT_REACHED", "Too many requests. Blocked due to rate limiting."),
        "failed": (500, "INTERNAL_SERVER_ERROR", "An internal server error has occurred."),
    },
    handlers={
        "orders.create": orders.create_order,
        "orders.update": orders.patch_order,
        "orders.capture": orders.settle_order,
        "orders.authorize": orders.settle_order,
        "authorizations.capture": orders.capture,
        "authorizations.void": orders.void,
        "captures.refund": orders.refund,
        "payouts.create": payouts.create_payout,
        "payouts.get": payouts.read_payout,
        "payout_items.cancel": payouts.cancel_item,
        "subscriptions.cancel": _cancel_subscription,
        "invoices.send": _send_invoice,
        "transactions.search": _search_transactions,
        "disputes.list": _list_disputes,
        "trackers.create": _track,
        "webhooks.list": lambda turn: {"webhooks": list(turn.table())},
        "webhooks.verify_signature": _verify,
        "plans.list": lambda turn: act(turn, turn.operation.pagination if turn.operation else None),
    },
    open_paths={"POST /v1/oauth2/token": _give_token, "GET /checkoutnow": orders.approve},
)  # fmt: skip
