"""Mailgun as the sandbox plays it: forms, messages with their events, lists by address, pages that always name a next one.

Events are there at once; Mailgun's come late. The only limit is the one its file declares, of domains and webhooks.
Sources: the pages named in integrations/mailgun.py; Mailgun's own description; what the mailgun package asks for.
"""

from __future__ import annotations

import math

from penstock.integrations.mailgun import integration
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.state import Record
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.mailgun import lists, sending
from penstock.sandbox.vendors.mailgun.records import answer_pages, find_domain
from penstock.sandbox.wire import Answer, http_date, json_answer

DOMAIN, TEMPLATES, COMPLAINTS = "mg.example.com", 12, 3


def open_vendor(setup: Setup) -> Vendor:
    """Return Mailgun."""
    return RestVendor(setup, integration, SHAPE)


def _error(refusal: Refusal) -> Answer:
    """Return a message; of a wrong key the one word Mailgun has for it, which is no JSON."""
    if refusal.kind == "unauthorized":
        return Answer(
            401, b"Forbidden", [("Content-Type", "text/plain"), ("WWW-Authenticate", 'Basic realm="MG API"')]
        )
    body: Record = {"message": refusal.message}
    if refusal.kind == "throttled" and refusal.wait_s is not None:
        body["retry-seconds"] = math.ceil(refusal.wait_s)
    return json_answer(refusal.status, body)


def _seed(turn: Turn) -> None:
    turn.table("domains").add(DOMAIN, lists.build_domain(turn, DOMAIN, "active"))
    for number in range(TEMPLATES):
        name = f"template-{number:02}"
        template = {
            "name": name,
            "description": "",
            "createdAt": http_date(turn.now),
            "createdBy": "",
            "id": turn.ids.uuid(),
        }
        turn.table("templates", DOMAIN).add(name, template)
    for number in range(COMPLAINTS):
        address = f"complained{number}@example.com"
        turn.table("complaints", DOMAIN).add(address, {"address": address, "created_at": http_date(turn.now)})


SHAPE = Shape(
    key="key-5a6978879605b4c3d2e1f0{name}",
    page_size=100,
    content_type="application/json",
    refusals={
        "not_found": (404, "", "{what} not found"),
        "no_route": (404, "", "Mailgun Magnificent API"),
        "invalid": (400, "", "'{what}' parameter is missing"),
        "throttled": (429, "", "rate limit exceeded"),
        "failed": (500, "", "Internal Server Error"),
    },
    error=_error,
    keeps=("email", "name", "subject"),
    seed=_seed,
    routes={
        "GET /v3/{domain_name}/events/{page}": "events.list",
        "GET /v3/domains": "domains.list",
        "GET /v3/domains/{name}": "domains.get",
        "POST /v3/domains": "domains.create",
    },
    handlers={
        "domains.get": lists.get_domain,
        "domains.create": lists.create_domain,
        "messages.send": sending.send,
        "messages.send_mime": sending.send_mime,
        "messages.get_stored": sending.get_stored,
        "events.list": sending.list_events,
        "domain_webhooks.list": lists.list_webhooks,
        "domain_webhooks.create": lists.write_webhook,
        "domain_webhooks.update": lists.write_webhook,
        "bounces.list": lists.list_suppressed("bounces"),
        "bounces.bulk_add": lists.add_suppressed("bounces"),
        "bounces.delete": lists.delete_bounce,
        "complaints.list": lists.list_suppressed("complaints"),
        "unsubscribes.list": lists.list_suppressed("unsubscribes"),
        "unsubscribes.create": lists.add_suppressed("unsubscribes"),
        "routes.create": lists.create_route,
        "lists.list": lists.list_lists,
        "lists.create": lists.create_list,
        "list_members.list": lists.list_members,
        "list_members.add": lists.add_member,
        "list_members.bulk_add": lists.add_members,
        "list_members.update": lists.update_member,
        "list_members.delete": lists.delete_member,
        "templates.list": lambda turn: answer_pages(
            turn, turn.table("templates", find_domain(turn)), "name", most=100, pivot="p"
        ),
        "analytics.metrics": sending.measure,
        "addresses.validate": lists.validate,
    },
)
