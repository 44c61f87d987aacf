"""Twilio as the sandbox plays it: messages that are queued, calls, numbers, verifications with the code 123456.

Sources: the pages named in integrations/twilio.py; what the twilio package reads of resources, pages and errors.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from penstock.integrations.twilio import integration
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.state import HEX, Ids
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.twilio import calling, products
from penstock.sandbox.vendors.twilio.kept import ACCOUNT, seed
from penstock.sandbox.wire import Answer, Json, json_answer

_PREFIXES = {"messages": "SM", "calls": "CA", "recordings": "RE", "phone_numbers": "PN", "conversations": "CH",
             "conversations.messages": "IM", "verify": "VE"}  # fmt: skip


def open_vendor(setup: Setup) -> Vendor:
    """Return Twilio."""
    return RestVendor(setup, integration, SHAPE)


def _build_error(refusal: Refusal) -> Answer:
    code = int(refusal.code)
    body = {
        "code": code, "message": refusal.message, "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": refusal.status,
    }  # fmt: skip
    return json_answer(refusal.status, body)


def _sid(ids: Ids, collection: str) -> str:
    return _PREFIXES.get(collection, "XX") + ids.text(32, HEX)


def _finish_page(turn: Turn, body: Json) -> Json:
    """Write a page as the product does: addresses without their host, or whole ones under meta."""
    path, size = urlsplit(turn.url).path, int(turn.query.get("PageSize", "50"))
    if "conversations" in body:
        told = {
            "page": int(turn.query.get("Page", "0")),
            "page_size": size,
            "key": "conversations",
            "url": turn.url,
        }
        return {
            **body,
            "meta": {"next_page_url": None, "previous_page_url": None, **told, **body.get("meta", {})},
        }
    following = urlsplit(body.pop("next_page_uri", ""))
    return {
        **body, "page": int(turn.query.get("Page", "0")), "page_size": size, "uri": path,
        "first_page_uri": f"{path}?PageSize={size}&Page=0", "previous_page_uri": None,
        "next_page_uri": f"{following.path}?{following.query}" if following.path else None,
    }  # fmt: skip


SHAPE = Shape(
    key="sandbox{name}authtoken",
    key_field="auth_token",
    others={"account_sid": ACCOUNT},
    parameters={"account_sid": ACCOUNT},
    new_id=_sid,
    id="sid",
    page=_finish_page,
    page_size=50,
    next_parameter="PageToken",
    refusals={
        "unauthorized": (401, "20003", "Authenticate"),
        "forbidden": (403, "20003", "Permission Denied"),
        "not_found": (404, "20404", "The requested resource {what} was not found"),
        "no_route": (404, "20404", "The requested resource {what} was not found"),
        "invalid": (400, "20001", "Invalid parameter: {what}"),
        "throttled": (429, "20429", "Too Many Requests"),
        "failed": (500, "20500", "Internal Server Error"),
    },
    error=_build_error,
    content_type="application/json",
    keeps=("to", "body", "friendly_name"),
    service_s=0.005,
    seed=seed,
    collections={"messages.latest": "messages"},
    handlers={**calling.HANDLERS, **products.HANDLERS},
)
