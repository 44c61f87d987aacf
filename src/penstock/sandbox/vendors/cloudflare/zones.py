"""Zones: their settings, their cache, their certificates."""

from __future__ import annotations

from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import HEX, Record
from penstock.sandbox.vendors.cloudflare.answers import list_page, refuse, say, seek
from penstock.sandbox.wire import Json, iso_time

_MOST_FILES = 30


def seed(turn: Turn) -> None:
    """Begin with an account and a zone."""
    account = turn.ids.text(32, HEX)
    turn.table("accounts").add(
        account, {"id": account, "name": "Sandbox", "type": "standard", "settings": {}}
    )
    _add_zone(turn, "example.com", account, "full")


def _add_zone(turn: Turn, name: str, account: str, kind: str) -> Record:
    id = turn.ids.text(32, HEX)
    zone = {
        "id": id, "name": name, "status": "active", "type": kind, "paused": False, "created_on": iso_time(turn.now),
        "account": {"id": account, "name": "Sandbox"}, "name_servers": ["ada.ns.cloudflare.com", "eve.ns.cloudflare.com"],
    }  # fmt: skip
    return turn.table("zones").add(id, zone)


def list_zones(turn: Turn) -> Json:
    """Return the zones, or those of one name."""
    name = turn.query.get("name")
    return list_page(turn, [zone for zone in turn.table("zones") if name in (None, zone["name"])])


def create_zone(turn: Turn) -> Json:
    """Keep a new zone, unless there is one of its name."""
    name = turn.fields.get("name")
    account = str((turn.fields.get("account") or {}).get("id"))
    if not name or account not in turn.table("accounts"):
        raise refuse(turn, 400, 1068, "Permission denied" if name else "name is required")
    if any(zone["name"] == name for zone in turn.table("zones")):
        raise refuse(turn, 400, 1061, f"{name} already exists")
    zone = _add_zone(turn, name, account, turn.fields.get("type") or "full")
    turn.change("zones.create", zone["id"], zone)
    return say(zone)


def purge(turn: Turn) -> Json:
    """Note what is to be fetched anew."""
    zone = seek(turn, "zones", "zone_id")
    if not turn.fields:
        raise refuse(
            turn, 400, 1012, 'Request must contain one of "purge_everything", "files", "tags", "hosts"'
        )
    if len(turn.fields.get("files") or ()) > _MOST_FILES:
        raise refuse(turn, 400, 1094, f"You may only purge {_MOST_FILES} files at a time")
    turn.change("cache.purge", zone["id"])
    return say({"id": zone["id"]})


def set_zone(turn: Turn) -> Json:
    """Keep one setting of a zone."""
    zone, name = seek(turn, "zones", "zone_id"), turn.values["setting_id"]
    setting = {
        "id": name,
        "value": turn.fields.get("value"),
        "editable": True,
        "modified_on": iso_time(turn.now),
    }
    zone.setdefault("settings", {})[name] = setting
    turn.change("zone_settings.update", name, setting)
    return say(setting)


def write_certificate(turn: Turn) -> Json:
    """Make, return or delete a zone's certificates for its origin."""
    certificates = turn.table("certificates", seek(turn, "zones", "zone_id")["id"])
    if turn.request.method == "POST":
        if not turn.fields.get("certificate") or not turn.fields.get("private_key"):
            raise refuse(turn, 400, 1400, "certificate and private_key are required")
        id = turn.ids.text(32, HEX)
        made = {
            "id": id,
            "certificate": turn.fields["certificate"],
            "status": "active",
            "uploaded_on": iso_time(turn.now),
        }
        turn.change("zone_certificates.create", id, certificates.add(id, made))
        return say(made)
    if "certificate_id" not in turn.values:
        return say(list(certificates))
    found = certificates.get(turn.values["certificate_id"])
    if found is None:
        raise refuse(turn, 404, 1405, "Certificate not found")
    if turn.request.method == "DELETE":
        certificates.remove(found["id"])
        turn.change("zone_certificates.delete", found["id"], found)
    return say(found)
