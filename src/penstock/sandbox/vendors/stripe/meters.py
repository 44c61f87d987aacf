"""Stripe's meter events: usage that is told, and counted in the background."""

from __future__ import annotations

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.stripe.errors import invalid
from penstock.sandbox.vendors.stripe.world import Turn


def create_event(turn: Turn) -> Record:
    given = turn.given
    identifier = given.get("identifier") or turn.world.ids.uuid()
    if turn.table("meter_events").get(identifier) is not None:
        raise invalid(f"An event already exists with identifier {identifier}.", "identifier")
    record: Record = {
        "object": "billing.meter_event",
        "id": identifier,
        "created": turn.at,
        "event_name": given["event_name"],
        "identifier": identifier,
        "livemode": False,
        "payload": given["payload"],
        "timestamp": given.get("timestamp", turn.at),
    }
    turn.table("meter_events").add(identifier, record)
    turn.changed("create", record, event_name=record["event_name"])
    return {name: value for name, value in record.items() if name != "id"}


ROUTES = {
    "POST /v1/billing/meter_events": (
        "event_name:str! payload:hash! identifier:str timestamp:int",
        create_event,
    ),
}
