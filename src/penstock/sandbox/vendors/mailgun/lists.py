"""Mailgun's mailing lists and their members, addresses that must not be written to, domains and their webhooks, routes."""

from __future__ import annotations

from collections.abc import Callable

from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import HEX, Record
from penstock.sandbox.vendors.mailgun.records import (
    answer_pages,
    find_domain,
    gone,
    is_yes,
    read_json,
    read_list,
    refuse,
    write,
)
from penstock.sandbox.wire import Answer, Json, http_date, json_answer

MOST_AT_ONCE, MOST_URLS = 1000, 3
_ROLES = ("admin", "info", "postmaster", "sales", "support")


def build_domain(turn: Turn, name: str, state: str) -> Record:
    """Return a domain as it is shown."""
    return {
        "id": turn.ids.text(24, HEX), "name": name, "state": state, "type": "custom", "created_at": http_date(turn.now),
        "smtp_login": f"postmaster@{name}", "spam_action": "disabled", "wildcard": False, "web_prefix": "email",
        "web_scheme": "https", "is_disabled": False, "require_tls": False, "skip_verification": False,
    }  # fmt: skip


def get_domain(turn: Turn) -> Json:
    """Return a domain with its records."""
    found = turn.table("domains").get(find_domain(turn))
    return {"domain": found, "receiving_dns_records": [], "sending_dns_records": []}


def create_domain(turn: Turn) -> Json:
    """Make a domain, which must be verified before it may send."""
    name = str(turn.fields.get("name") or "").lower()
    if "." not in name:
        raise refuse(turn, "'name' parameter is missing" if not name else "Domain name is invalid")
    if turn.table("domains").get(name) is not None:
        raise refuse(turn, "This domain name is already taken")
    domain = build_domain(turn, name, "unverified")
    turn.table("domains").add(name, domain)
    turn.change("domains.create", name, domain)
    return {
        "message": "Domain has been created",
        "domain": domain,
        "receiving_dns_records": [],
        "sending_dns_records": [],
    }


def list_webhooks(turn: Turn) -> Json:
    """Return a domain's webhooks by what they are told."""
    return {
        "webhooks": {one["id"]: {"urls": one["urls"]} for one in turn.table("webhooks", find_domain(turn))}
    }


def write_webhook(turn: Turn) -> Json:
    """Keep where an event is told, or change it; nothing is ever delivered."""
    table = turn.table("webhooks", find_domain(turn))
    is_new = turn.request.method == "POST"
    name, urls = str(turn.values.get("webhook_name") or turn.fields.get("id") or ""), read_list(turn, "url")
    if not name or not 1 <= len(urls) <= MOST_URLS:
        raise refuse(turn, "'id' and one to three 'url' parameters are needed")
    if (table.get(name) is not None) is is_new:
        raise refuse(turn, "Webhook already exists") if is_new else gone(turn, "Webhook not found")
    write(table, name, {"id": name, "urls": urls})
    turn.change(f"webhooks.{'create' if is_new else 'update'}", name)
    return {"message": f"Webhook has been {'created' if is_new else 'updated'}", "webhook": {"urls": urls}}


def create_route(turn: Turn) -> Json:
    """Make a route."""
    actions = turn.fields.get("action") or []
    if not turn.fields.get("expression") or not actions:
        raise refuse(turn, "'expression' and 'action' parameters are needed")
    id = turn.ids.text(24, HEX)
    route = {
        "id": id, "priority": int(turn.fields.get("priority") or 0), "description": turn.fields.get("description") or "",
        "expression": turn.fields["expression"], "actions": actions if isinstance(actions, list) else [actions],
        "created_at": http_date(turn.now),
    }  # fmt: skip
    turn.table("routes").add(id, route)
    turn.change("routes.create", id, {"name": route["expression"]})
    return {"message": "Route has been created", "route": route}


def list_suppressed(kind: str) -> Callable[[Turn], Json]:
    """Return what lists the addresses of one kind that are not written to."""

    def answer(turn: Turn) -> Json:
        rows, term = turn.table(kind, find_domain(turn)), turn.query.get("term", "").lower()
        return answer_pages(turn, (row for row in rows if row["address"].startswith(term)), "address")

    return answer


def add_suppressed(kind: str) -> Callable[[Turn], Json]:
    """Return what adds addresses: one of a form, or up to a thousand of a JSON list; who is there is changed."""

    def answer(turn: Turn) -> Json:
        table = turn.table(kind, find_domain(turn))
        rows = turn.body if isinstance(turn.body, list) else [turn.fields]
        if not 1 <= len(rows) <= MOST_AT_ONCE:
            raise refuse(turn, "Batch size should be between 1 and 1000")
        if not all("@" in str(row.get("address")) for row in rows):
            raise refuse(turn, "Address is missing or not valid")
        defaults = {"code": "550", "error": ""} if kind == "bounces" else {"tags": ["*"]}
        for row in rows:
            address = row["address"].lower()
            fields = {**defaults, "created_at": http_date(turn.now), **row, "address": address}
            write(table, address, fields)
            turn.change(f"{kind}.create", address, {"email": address})
        if isinstance(turn.body, list):
            return {"message": f"{len(rows)} addresses have been added to the {kind} table"}
        return {"message": f"Address has been added to the {kind} table", "address": rows[0]["address"]}

    return answer


def delete_bounce(turn: Turn) -> Json:
    """Forget that an address bounced."""
    address = turn.values["address"].lower()
    if turn.table("bounces", find_domain(turn)).remove(address) is None:
        raise gone(turn, "Address not found in bounces table")
    turn.change("bounces.delete", address, {"email": address})
    return {"message": "Bounced address has been removed", "address": address}


def list_lists(turn: Turn) -> Json:
    """Return the mailing lists with how many are in each."""
    return answer_pages(turn, [_count(turn, one) for one in turn.table("lists")], "address", most=100)


def _count(turn: Turn, one: Record) -> Record:
    return {**one, "members_count": len(turn.table("members", one["address"]))}


def create_list(turn: Turn) -> Answer:
    """Make a mailing list."""
    address = str(turn.fields.get("address") or "").lower()
    if "@" not in address:
        raise refuse(turn, "'address' parameter is missing" if not address else "Invalid list address")
    if turn.table("lists").get(address) is not None:
        raise refuse(turn, "Duplicate object")
    defaults = {"name": "", "description": "", "access_level": "readonly", "reply_preference": "list"}
    made = {**defaults, **turn.fields, "address": address, "created_at": http_date(turn.now)}
    turn.table("lists").add(address, made)
    turn.change("lists.create", address, {"email": address, "name": made["name"]})
    return json_answer(201, {"message": "Mailing list has been created", "list": _count(turn, made)})


def _find_list(turn: Turn) -> str:
    address = turn.values["list_address"].lower()
    if turn.table("lists").get(address) is None:
        raise gone(turn, f"Mailing list {address} not found")
    return address


def list_members(turn: Turn) -> Json:
    """Return who is in a list."""
    rows = [*turn.table("members", _find_list(turn))]
    if "subscribed" in turn.query:
        rows = [one for one in rows if one["subscribed"] is is_yes(turn, "subscribed")]
    return answer_pages(turn, rows, "address", most=100)


def add_member(turn: Turn) -> Json:
    """Put somebody into a list; who is in it already is changed with upsert, and refused without."""
    listed, address = _find_list(turn), str(turn.fields.get("address") or "").lower()
    if "@" not in address:
        raise refuse(turn, "'address' parameter is missing")
    if turn.table("members", listed).get(address) is not None and not is_yes(turn, "upsert"):
        raise refuse(turn, f"Address already exists '{address}'")
    fields = {"name": turn.fields.get("name") or "", "vars": read_json(turn, "vars", {})}
    member = _write_member(
        turn, listed, {"address": address, "subscribed": is_yes(turn, "subscribed", True), **fields}
    )
    return {"message": "Mailing list member has been created", "member": member}


def add_members(turn: Turn) -> Json:
    """Put up to a thousand into a list, in the background; who is in it already is passed over without upsert."""
    listed, rows = _find_list(turn), read_json(turn, "members", [])
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_AT_ONCE:
        raise refuse(turn, "'members' parameter must hold 1 to 1000 members")
    for row in rows:
        one = {"address": row} if isinstance(row, str) else dict(row)
        address = str(one.get("address") or "").lower()
        if turn.table("members", listed).get(address) is None or is_yes(turn, "upsert"):
            _write_member(
                turn, listed, {"name": "", "vars": {}, "subscribed": True, **one, "address": address}
            )
    found = turn.table("lists").get(listed) or {}
    return {
        "message": "Mailing list has been updated",
        "task-id": turn.ids.uuid(),
        "list": _count(turn, found),
    }


def _write_member(turn: Turn, listed: str, member: Record) -> Record:
    table, address = turn.table("members", listed), member["address"]
    write(table, address, member)
    turn.change("list_members.add", f"{listed}/{address}", {"email": address, "name": member["name"]})
    return member


def _find_member(turn: Turn) -> tuple[str, Record]:
    listed, address = _find_list(turn), turn.values["member_address"].lower()
    found = turn.table("members", listed).get(address)
    if found is None:
        raise gone(turn, f"Member {address} of mailing list {listed} not found")
    return listed, found


def update_member(turn: Turn) -> Json:
    """Change who is in a list."""
    listed, member = _find_member(turn)
    changes = {name: turn.fields[name] for name in ("name",) if name in turn.fields}
    if "vars" in turn.fields:
        changes["vars"] = read_json(turn, "vars", {})
    if "subscribed" in turn.fields:
        changes["subscribed"] = is_yes(turn, "subscribed")
    member.update(changes)
    turn.change("list_members.update", f"{listed}/{member['address']}", {"email": member["address"]})
    return {"message": "Mailing list member has been updated", "member": member}


def delete_member(turn: Turn) -> Json:
    """Take somebody out of a list."""
    listed, member = _find_member(turn)
    turn.table("members", listed).remove(member["address"])
    turn.change("list_members.delete", f"{listed}/{member['address']}", {"email": member["address"]})
    return {"message": "Mailing list member has been deleted", "member": {"address": member["address"]}}


def validate(turn: Turn) -> Json:
    """Say whether an address looks as if mail could reach it."""
    address = turn.query.get("address", "")
    if not address:
        raise refuse(turn, "'address' parameter is missing")
    name, _, domain = address.rpartition("@")
    is_good = bool(name) and "." in domain
    return {
        "address": address, "is_disposable_address": False, "is_role_address": name.lower() in _ROLES,
        "reason": [] if is_good else ["malformed address"], "result": "deliverable" if is_good else "undeliverable",
        "risk": "low" if is_good else "high",
    }  # fmt: skip
