"""Calendly as the sandbox plays it: one organization, its people's event types, and what is booked.

Sources: the pages named in integrations/calendly.py; calendly-python's reading of answers. Everything is named by its address on
api.calendly.com, wherever it is really asked for. A booking makes an event with one invitee; a time is free unless booked.
"""

from __future__ import annotations

from urllib.parse import urlencode

from penstock.integrations.calendly import integration
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.state import Record
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.calendly import bookings
from penstock.sandbox.vendors.calendly.records import (
    API,
    ORGANIZATION,
    USER,
    create,
    find,
    get,
    keep,
    listed,
    need,
    show_user,
)
from penstock.sandbox.wire import Answer, Json, json_answer


def open_vendor(setup: Setup) -> Vendor:
    """Return Calendly."""
    return RestVendor(setup, integration, SHAPE)


def seed(turn: Turn) -> None:
    """Give a new account its person, three kinds of meetings and a routing form."""
    owner = {"type": "User", "owner": USER, "name": "Ada Sandbox"}
    for minutes in (15, 30, 60):
        fields = {
            "name": f"{minutes} Minute Meeting",
            "slug": f"{minutes}min",
            "active": True,
            "duration": minutes,
        }
        shown = {
            "scheduling_url": f"https://calendly.com/ada/{minutes}min",
            "color": "#fff200",
            "kind": "solo",
            "type": "StandardEventType",
        }
        keep(turn, "event_types", {**fields, **shown, "pooling_type": None, "profile": owner})
    keep(
        turn,
        "routing_forms",
        {"name": "Contact", "status": "published", "organization": ORGANIZATION, "questions": []},
    )
    member = {"role": "owner", "user": show_user(turn), "organization": ORGANIZATION}
    keep(turn, "organization_memberships", member)


def create_link(turn: Turn) -> Json:
    """Make a link that serves once."""
    need(turn, "max_event_count", "owner", "owner_type")
    url = f"https://calendly.com/d/{turn.ids.text(4)}-{turn.ids.text(3)}-{turn.ids.text(3)}"
    turn.change("scheduling_links.create", url)
    return {"resource": {"booking_url": url, "owner": turn.fields["owner"], "owner_type": "EventType"}}


def subscribe(turn: Turn) -> Json:
    """Register a webhook; the same one again is there already."""
    need(turn, "url", "events", "organization", "scope")
    if any(one["callback_url"] == turn.fields["url"] for one in turn.table("webhook_subscriptions")):
        raise turn.refuse(
            "invalid", status=409, code="Already Exists", message="Hook with this url already exists"
        )
    fields = {name: turn.fields.get(name) for name in ("events", "organization", "user", "scope")}
    made = keep(
        turn,
        "webhook_subscriptions",
        {"callback_url": turn.fields["url"], "state": "active", "creator": USER, **fields},
    )
    turn.change("webhook_subscriptions.create", made["uri"], made)
    return json_answer(201, {"resource": made})


def unsubscribe(turn: Turn) -> Answer:
    """Remove a webhook."""
    made = find(turn, "webhook_subscriptions", turn.values["uuid"])
    turn.table("webhook_subscriptions").remove(turn.values["uuid"])
    turn.change("webhook_subscriptions.delete", made["uri"])
    return Answer(204)


def _finish_list(turn: Turn, body: Json) -> Json:
    pages = {"next_page": None, "previous_page": None, "next_page_token": None, "previous_page_token": None}
    pages.update(body.get("pagination") or {})
    if pages["next_page_token"]:
        kept = [pair for pair in turn.request.query_pairs() if pair[0] != "page_token"]
        pages["next_page"] = f"{turn.url}?{urlencode([*kept, ('page_token', pages['next_page_token'])])}"
    return {"collection": body["collection"], "pagination": {"count": len(body["collection"]), **pages}}


def write_error(refusal: Refusal) -> Answer:
    """Return an error: a title, a message, and for what is not valid which parameter."""
    body: Record = {"title": refusal.code, "message": refusal.message}
    if refusal.kind == "invalid" and refusal.status == 400:
        body = {
            **body, "message": "The supplied parameters are invalid.",
            "details": [{"parameter": refusal.message.partition(" ")[0], "message": refusal.message}],
        }  # fmt: skip
    return json_answer(refusal.status, body)


SHAPE = Shape(
    key="eyJzYW5kYm94.{name}",
    id="uri",
    statuses={"create": 201},
    page=_finish_list,
    refusals={
        "unauthorized": (401, "Unauthenticated", "The access token is invalid"),
        "forbidden": (403, "Permission Denied", "You do not have permission"),
        "not_found": (404, "Resource Not Found", "The server could not find the requested resource."),
        "no_route": (404, "Resource Not Found", "The server could not find the requested resource."),
        "invalid": (400, "Invalid Argument", "{what} is missing or not valid"),
        "throttled": (429, "Too Many Requests", "You have exceeded the rate limit"),
        "failed": (500, "Internal Server Error", "The server encountered an unexpected condition"),
    },
    error=write_error,
    seed=seed,
    keeps=("email", "name", "callback_url"),
    handlers={
        "users.me": lambda turn: {"resource": show_user(turn)},
        "users.get": lambda turn: (
            {"resource": show_user(turn)} if USER.endswith(turn.values["uuid"]) else get("users")(turn)
        ),
        "event_types.list": bookings.list_types,
        "event_types.get": get("event_types"),
        "event_types.available_times": bookings.list_times,
        "event_types.create_one_off": create(
            "event_types", "name", "host", "duration", "date_setting", active=True, kind="one-off"
        ),
        "scheduled_events.list": bookings.list_events,
        "scheduled_events.get": get("scheduled_events"),
        "scheduled_events.cancel": bookings.cancel,
        "invitees.list": bookings.list_invitees,
        "invitees.get": get("invitees", "invitee_uuid"),
        "invitees.create": bookings.book,
        "invitee_no_shows.create": create("invitee_no_shows", "invitee"),
        "scheduling_links.create": create_link,
        "availability.schedules": lambda turn: {
            "collection": [{"uri": f"{API}/user_availability_schedules/1", "default": True, "user": USER}]
        },
        "availability.busy_times": bookings.list_busy,
        "organization_memberships.list": listed("organization_memberships", "organization"),
        "organization_invitations.create": create(
            "organization_invitations", "email", status="pending", organization=ORGANIZATION
        ),
        "routing_forms.list": listed("routing_forms", "organization"),
        "routing_form_submissions.list": listed("routing_form_submissions", "routing_form"),
        "webhook_subscriptions.list": listed("webhook_subscriptions", "organization", "scope"),
        "webhook_subscriptions.create": subscribe,
        "webhook_subscriptions.get": get("webhook_subscriptions"),
        "webhook_subscriptions.delete": unsubscribe,
    },
)
