"""Klaviyo's profiles: made, changed, imported by jobs, subscribed, and put into lists."""

from __future__ import annotations

from penstock.sandbox.rest.shape import Refusal
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.klaviyo.records import (
    answer_list,
    attributes,
    find,
    keep,
    refuse,
    show,
    single,
    write_time,
)
from penstock.sandbox.wire import Answer, Json, json_answer

KEYS = ("email", "phone_number", "external_id")
MOST_IN_A_JOB, MOST_TO_A_LIST = 10_000, 1000
_FIELDS = (
    *KEYS, "first_name", "last_name", "organization", "locale", "title", "image",
)  # fmt: skip


def find_profile(turn: Turn, given: Record) -> Record | None:
    """Return the profile that has one of these addresses, numbers or ids."""
    named = {name: given[name] for name in KEYS if given.get(name)}
    if given.get("id"):
        return turn.table("profile").get(given["id"])
    return next(
        (
            one
            for one in turn.table("profile")
            if any(one["attributes"].get(k) == v for k, v in named.items())
        ),
        None,
    )


def check_profile(turn: Turn, given: Record, pointer: str = "/data/attributes") -> None:
    """Refuse a profile nobody could know again, and an address or number that is none."""
    if not any(given.get(name) for name in (*KEYS, "id", "_kx")):
        raise refuse(
            turn,
            "One of email, phone_number, external_id, or anonymous_id must be provided.",
            pointer=pointer,
        )
    email, number = given.get("email"), given.get("phone_number")
    if email and "@" not in str(email):
        raise refuse(turn, "Invalid email address", pointer=f"{pointer}/email")
    if number and not str(number).startswith("+"):
        raise refuse(turn, "Invalid phone number format", pointer=f"{pointer}/phone_number")


def write_profile(turn: Turn, given: Record) -> tuple[Record, bool]:
    """Return the profile, changed or made, and whether it is new."""
    there = find_profile(turn, given)
    if there is None:
        return _make(turn, given), True
    _merge(turn, there, given)
    return there, False


def _make(turn: Turn, given: Record) -> Record:
    now = write_time(turn.now)
    fields: Record = {
        **dict.fromkeys(_FIELDS),
        "location": {},
        "properties": {},
        "created": now,
        "updated": now,
    }
    named = {name: value for name, value in given.items() if name not in ("id", "subscriptions", "_kx")}
    return keep(turn, "profile", {**fields, **named})


def _merge(turn: Turn, profile: Record, given: Record) -> None:
    known = profile["attributes"]
    named = {name: value for name, value in given.items() if name not in ("id", "subscriptions", "_kx")}
    inner = {name: {**known[name], **named[name]} for name in ("properties", "location") if named.get(name)}
    known.update({**named, **inner, "updated": write_time(turn.now)})
    turn.change("profiles.update", profile["id"], known)


def create_profile(turn: Turn) -> Answer:
    """Make a profile; one there is already is refused, with its id."""
    given = attributes(turn)
    check_profile(turn, given)
    there = find_profile(turn, given)
    if there is not None:
        raise turn.refuse(
            "invalid", status=409, code="duplicate_profile", message=f"{there['id']}|/data/attributes"
        )
    return single(201, _make(turn, given))


def update_profile(turn: Turn) -> Answer:
    """Change a profile, which the body names once more."""
    profile = find(turn, "profile", turn.values["id"])
    data = turn.body.get("data") if isinstance(turn.body, dict) else None
    if not isinstance(data, dict) or data.get("id") != profile["id"]:
        raise refuse(turn, "The id in the body must be the id in the path.", pointer="/data/id")
    _merge(turn, profile, attributes(turn))
    return single(200, profile)


def upsert_profile(turn: Turn) -> Answer:
    """Change a profile, or make it, which the status tells."""
    given = attributes(turn)
    check_profile(turn, given)
    profile, is_new = write_profile(turn, given)
    return single(201 if is_new else 200, profile)


def import_profiles(turn: Turn) -> Answer:
    """Take a job: its profiles are written one by one, and what is wrong with some is told by the job alone."""
    given, data = (
        attributes(turn),
        turn.body["data"] if isinstance(turn.body, dict) and "data" in turn.body else {},
    )
    rows = (given.get("profiles") or {}).get("data") or []
    if not 1 <= len(rows) <= MOST_IN_A_JOB:
        raise refuse(turn, "A job has 1 to 10,000 profiles.", pointer="/data/attributes/profiles")
    failed = []
    for number, row in enumerate(rows):
        profile = row.get("attributes") or {}
        try:
            check_profile(turn, profile, f"/data/attributes/profiles/data/{number}/attributes")
        except Refusal as exc:
            failed.append((profile, exc.message))
            continue
        written, _ = write_profile(turn, profile)
        _join(turn, written, _ids(data.get("relationships"), "lists"))
    now = write_time(turn.now)
    job = show(turn, "profile-bulk-import-job", f"job-{turn.ids.text(24)}", {
        "status": "complete", "created_at": now, "started_at": now, "completed_at": now, "expires_at": now,
        "total_count": len(rows), "completed_count": len(rows) - len(failed), "failed_count": len(failed),
    })  # fmt: skip
    turn.table("profile-bulk-import-job").add(job["id"], job)
    for profile, said in failed:
        detail, _, pointer = said.partition("|")
        error = {
            "code": "invalid",
            "title": "Invalid input.",
            "detail": detail,
            "source": {"pointer": pointer},
        }
        id = turn.ids.uuid()
        turn.table("import-error", job["id"]).add(
            id, show(turn, "import-error", id, {**error, "original_payload": profile})
        )
    queued = {
        **job["attributes"],
        "status": "queued",
        "started_at": None,
        "completed_at": None,
        "completed_count": 0,
        "failed_count": 0,
    }
    return single(202, {**job, "attributes": queued})


def list_import_errors(turn: Turn) -> Answer:
    """Return what a job refused."""
    job = find(turn, "profile-bulk-import-job", turn.values["id"])
    return answer_list(turn, turn.table("import-error", job["id"]))


def subscribe(turn: Turn) -> Answer:
    """Write or take back consent, in the background, and put who consents into a list."""
    given = attributes(turn)
    rows = (given.get("profiles") or {}).get("data") or []
    if not 1 <= len(rows) <= MOST_TO_A_LIST:
        raise refuse(turn, "A job has 1 to 1,000 profiles.", pointer="/data/attributes/profiles")
    is_given = turn.operation is not None and turn.operation.name == "profiles.subscribe"
    lists = _ids(turn.body["data"].get("relationships"), "list")
    for number, row in enumerate(rows):
        check_profile(
            turn, row.get("attributes") or {}, f"/data/attributes/profiles/data/{number}/attributes"
        )
    for row in rows:
        profile, _ = write_profile(turn, row["attributes"])
        if is_given:
            _join(turn, profile, lists)
    for row in rows:
        turn.change("profiles.subscribe" if is_given else "profiles.unsubscribe", "", row["attributes"])
    return Answer(202)


def _ids(relationships: Json, name: str) -> list[str]:
    data = ((relationships or {}).get(name) or {}).get("data") or []
    return [one["id"] for one in (data if isinstance(data, list) else [data])]


def _join(turn: Turn, profile: Record, lists: list[str]) -> None:
    for id in lists:
        members = turn.table("members", find(turn, "list", id)["id"])
        if profile["id"] not in members:
            members.add(profile["id"], {"id": profile["id"], "joined_group_at": write_time(turn.now)})
            turn.change("lists.add", f"{id}/{profile['id']}", profile["attributes"])


def create_list(turn: Turn) -> Answer:
    """Make a list."""
    given, now = attributes(turn), write_time(turn.now)
    if not given.get("name"):
        raise refuse(
            turn, "'name' is a required field for the resource 'list'.", pointer="/data/attributes/name"
        )
    fields = {
        "name": given["name"],
        "created": now,
        "updated": now,
        "opt_in_process": given.get("opt_in_process", "double_opt_in"),
    }
    return single(201, keep(turn, "list", fields))


def list_members(turn: Turn) -> Answer:
    """Return who is in a list, each with when they came into it."""
    rows = []
    for member in turn.table("members", find(turn, "list", turn.values["id"])["id"]):
        profile = find(turn, "profile", member["id"])
        joined = {"joined_group_at": member["joined_group_at"]}
        rows.append({**profile, "attributes": {**profile["attributes"], **joined}})
    return answer_list(turn, rows)


def change_members(turn: Turn) -> Answer:
    """Put profiles into a list, or take them out; those there are not are refused together."""
    id = find(turn, "list", turn.values["id"])["id"]
    named = turn.body.get("data") if isinstance(turn.body, dict) else None
    if not isinstance(named, list) or not 1 <= len(named) <= MOST_TO_A_LIST:
        raise refuse(turn, "A call has 1 to 1,000 profiles.", pointer="/data")
    profiles = [find(turn, "profile", one.get("id", "")) for one in named]
    for profile in profiles:
        if turn.request.method == "POST":
            _join(turn, profile, [id])
        elif turn.table("members", id).remove(profile["id"]) is not None:
            turn.change("lists.remove", f"{id}/{profile['id']}", profile["attributes"])
    return Answer(204)


def list_accounts(turn: Turn) -> Answer:
    """Return the one account a key is for."""
    account = show(turn, "account", "AbC123", {
        "test_account": True, "industry": "Software / SaaS", "timezone": "US/Eastern", "preferred_currency": "USD",
        "public_api_key": "AbC123", "locale": "en-US",
        "contact_information": {
            "default_sender_name": "Shop", "default_sender_email": "shop@example.com", "website_url": "https://example.com",
            "organization_name": "Shop",
            "street_address": {"address1": "1 Sand Street", "address2": "", "city": "Boston", "region": "MA",
                               "country": "United States", "zip": "02201"},
        },
    })  # fmt: skip
    return json_answer(200, {"data": [account], "links": {"self": turn.url, "next": None, "prev": None}})
