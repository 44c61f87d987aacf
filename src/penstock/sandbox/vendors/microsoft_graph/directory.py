"""Graph's directory: people and groups, by id or address."""

from __future__ import annotations

from typing import Any

from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import ALNUM, Record
from penstock.sandbox.vendors.microsoft_graph.odata import answer, answer_list, select
from penstock.sandbox.wire import Answer, Json

ME, GROUP = "87d349ed-44d7-43e1-9a83-5f2406dee5bd", "02bd9fd6-8f93-4758-87c3-1fb73740a315"
PEOPLE = 260


def seed(turn: Turn) -> None:
    """Fill a new tenant."""
    for number in range(PEOPLE):
        id = ME if number == 0 else f"{number:08x}-44d7-43e1-9a83-5f2406dee5bd"
        address = f"person{number:03}@example.com"
        turn.table("users").add(id, {
            "id": id, "displayName": f"Person {number}", "mail": address, "userPrincipalName": address, "givenName": "Person",
            "surname": str(number), "jobTitle": None, "mobilePhone": None, "officeLocation": None, "accountEnabled": True,
            "businessPhones": [], "preferredLanguage": None,
        })  # fmt: skip
    turn.table("groups").add(
        GROUP, {"id": GROUP, "displayName": "Sandbox", "mailEnabled": False, "groupTypes": []}
    )
    turn.store.notes["members"] = [ME]


def make_id(turn: Turn) -> str:
    """Return an id as the collection has them: a UUID, or what Exchange makes of one."""
    return (
        turn.ids.uuid()
        if turn.collection in ("users", "subscriptions")
        else f"AAMk{turn.ids.text(60, ALNUM)}="
    )


def find_person(turn: Turn) -> Record:
    """Return whom the path names, by id or address."""
    asked = turn.values["user_id"]
    found = turn.table("users").get(asked) or next(
        (one for one in turn.table("users") if one["userPrincipalName"] == asked), None
    )
    if found is None:
        raise turn.refuse("not_found", f"users {asked}")
    return found


def require(turn: Turn, *names: str) -> None:
    """Refuse a call that lacks one of these."""
    for name in names:
        if turn.fields.get(name) in (None, "", []):
            raise turn.refuse(
                "invalid", code="Request_BadRequest", message=f"A value must be present for '{name}'."
            )


def _show_me(turn: Turn) -> Json:
    me = turn.table("users").get(ME)
    assert me is not None
    return answer(turn, select(turn, me))


def _make_person(turn: Turn) -> Json:
    require(turn, "displayName", "mailNickname", "userPrincipalName", "passwordProfile")
    if any(one["userPrincipalName"] == turn.fields["userPrincipalName"] for one in turn.table("users")):
        words = "Another object with the same value for property userPrincipalName already exists."
        raise turn.refuse("invalid", code="Request_BadRequest", message=words)
    id = make_id(turn)
    kept = {name: value for name, value in turn.fields.items() if name != "passwordProfile"}
    record = turn.table("users").add(id, {"id": id, "mail": None, **kept})
    turn.change("users.create", id, record)
    return answer(turn, record, status=201)


def _change_person(turn: Turn) -> Answer:
    person = find_person(turn)
    person.update({name: value for name, value in turn.fields.items() if name != "passwordProfile"})
    turn.change("users.update", person["id"], person)
    return Answer(204)


def _members(turn: Turn) -> list[str]:
    if turn.values["group_id"] not in turn.table("groups"):
        raise turn.refuse("not_found", f"groups {turn.values['group_id']}")
    members: list[str] = turn.store.notes["members"]
    return members


def _list_members(turn: Turn) -> Answer:
    people = [turn.table("users").get(id) for id in _members(turn)]
    return answer_list(turn, [one for one in people if one is not None])


def _add_members(turn: Turn) -> Answer:
    """Add one or many by their addresses in the directory; one who is in already makes the whole call fail."""
    members = _members(turn)
    given: Any = turn.fields.get("members@odata.bind") or [turn.fields.get("@odata.id")]
    ids = [str(one).rpartition("/")[2] for one in given]
    for id in ids:
        if id not in turn.table("users"):
            raise turn.refuse("not_found", f"users {id}")
    if len(ids) > 20 or set(ids) & set(members):
        words = "One or more added object references already exist for the following modified properties: 'members'."
        raise turn.refuse("invalid", code="Request_BadRequest", message=words)
    for id in ids:
        members.append(id)
        turn.change("groups.members.add", id)
    return Answer(204)


def _change_group(turn: Turn) -> Answer:
    if turn.fields.get("members@odata.bind"):
        return _add_members(turn)
    _members(turn)
    group = turn.table("groups").get(turn.values["group_id"])
    assert group is not None
    group.update(turn.fields)
    turn.change("groups.update", group["id"], group)
    return Answer(204)


def _remove_member(turn: Turn) -> Answer:
    members, id = _members(turn), turn.values["member_id"]
    if id not in members:
        raise turn.refuse("not_found", f"users {id}")
    members.remove(id)
    turn.change("groups.members.remove", id)
    return Answer(204)


HANDLERS = {
    "users.me": _show_me, "users.list": lambda turn: answer_list(turn, turn.table("users")),
    "users.get": lambda turn: answer(turn, select(turn, find_person(turn))), "users.create": _make_person,
    "users.update": _change_person, "groups.list": lambda turn: answer_list(turn, turn.table("groups")),
    "groups.members.list": _list_members, "groups.members.add": _add_members, "groups.update": _change_group,
    "groups.members.remove": _remove_member,
}  # fmt: skip
