"""Names of operations: readable, typeable, never in one another's way, and not changed by what comes later."""

from __future__ import annotations

import re
from keyword import iskeyword
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.catalog.described import DescribedCall
from penstock.catalog.names import RESERVED, NameTree, derive_name, find_room, give_names, key_of
from penstock.connection import Connection


def call(method: str, path: str, own_name: str = "", **more: object) -> DescribedCall:
    """Return a call with nothing but what names are made of."""
    return DescribedCall(method, path, own_name=own_name, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("method", "path", "own_name", "name"),
    [
        ("POST", "/v1/customers", "PostCustomers", "customers.create"),
        ("POST", "/v1/customers/{customer}", "PostCustomersCustomer", "customers.update"),
        ("GET", "/v1/customers/{customer}", "GetCustomersCustomer", "customers.get"),
        ("GET", "/v1/customers", "GetCustomers", "customers.list"),
        ("DELETE", "/v1/customers/{customer}", "", "customers.delete"),
        ("POST", "/v1/charges/{charge}/refund", "PostChargesChargeRefund", "charges.refund"),
        ("GET", "/v1/customers/search", "", "customers.search"),
        ("GET", "/orgs/{org}/repos", "repos/list-for-org", "repos.list_for_org"),
        ("GET", "/v1/messages/batches/{id}", "client.messages.batches.retrieve", "messages.batches.get"),
        ("GET", "/applications", "applications.application_ListApplication", "applications.list"),
        ("GET", "/users/{id}/todo/lists", "users.todo_ListLists", "users.todo.list_lists"),
        ("POST", "/chat.postMessage", "chat_postMessage", "chat.post_message"),
        ("POST", "/crm/v3/objects/contacts/batch/create", "post-/crm/v3/objects/contacts/batch/create",
         "crm.objects.contacts.batch_create"),
        ("POST", "/sendMessage", "sendMessage", "message.send"),
        ("POST", "/v4/sheets/{id}/values/{range}:append", "", "sheets.values.append"),
        ("GET", "/{base}/{table}", "listRecords", "records.list"),
        ("POST", "/list/{list_id}/task", "createTask", "list.task.create"),
        ("GET", "/folder/{id}/list", "getLists", "folder.list.get"),
        ("GET", "/users/@me/guilds", "", "users.me.guilds.list"),
        ("PUT", "/issues/{id}/lock", "", "issues.lock"),
        ("POST", "/contacts/import", "", "contacts.import_"),
        ("GET", "/", "getRoot", "root.get"),
        ("GET", "/2010-04-01/Accounts/{Sid}.json", "FetchAccount", "accounts.get"),
        ("GET", "/a/{a}/b/{b}/c/{c}/d/{d}/e/{e}", "", "a.b.c_d_e.get"),
        ("GET", "/v1/account", "GetAccount", "account_.get"),
    ],
)  # fmt: skip
def test_names_read_well(method: str, path: str, own_name: str, name: str) -> None:
    """The service's own name is taken where it has groups; else method and path tell what is done to what."""
    assert derive_name(call(method, path, own_name)) == name


def test_what_lives_elsewhere_says_where() -> None:
    """Services of the same name on several hosts are told apart by the host."""
    there = call("GET", "/v2/Services", server="https://verify.twilio.com")
    assert derive_name(there) == "verify.services.list"


def test_the_taken_names_of_a_connection_are_known() -> None:
    """No group hides behind an attribute of a connection; `search`, which limits name, is reached by its name in brackets."""
    public = {name for name in vars(Connection) if not name.startswith("_")}
    given = {"client", "engine", "account", "is_sandbox", "start_batch"}  # set when one is made
    assert (public | given) - {"search", "use_credential"} <= RESERVED


def test_collisions_are_told_apart_by_what_the_calls_are() -> None:
    """Version, method, last parameter: something of the call's own, never a number that depends on the others."""
    names = give_names(
        [
            call("GET", "/v1/events"), call("GET", "/v2/events"), call("PATCH", "/v1/events/{id}"),
            call("PUT", "/v1/events/{id}"),
            call("GET", "/cards/{id}"), call("GET", "/cards/{id}/{field}"), call("DELETE", "/tags/{id}"), call("DELETE", "/tags"),
        ]
    )  # fmt: skip
    assert {f"{method} {path}": name for (method, path), name in names.items()} == {
        "GET /v2/events": "events.list", "GET /v1/events": "events.list_v1", "PATCH /v1/events/{}": "events.update",
        "PUT /v1/events/{}": "events.update_v1", "GET /cards/{}": "cards.get", "GET /cards/{}/{}": "cards.get_by_field",
        "DELETE /tags/{}": "tags.delete", "DELETE /tags": "tags.delete_all",
    }  # fmt: skip


def test_no_operation_is_a_group() -> None:
    """What would be below an operation stands beside it."""
    names = give_names([call("POST", "/files/{id}/copy"), call("GET", "/files/{id}/copy/status")])
    assert sorted(names.values()) == ["files.copy", "files.copy_status.get"]
    tree = NameTree(["files.copy"])
    assert (
        not tree.has_room("files") and not tree.has_room("files.copy.check") and tree.has_room("files.move")
    )
    assert find_room(tree, "files.copy", ("POST", "/copy"), "/copy") == "files.copy_post"


_SEGMENT = st.sampled_from(
    ["users", "user", "{id}", "{name}", "copy", "v1", "v2", "list", "status", "import", "class", "batch", "a.b", "{x}:run",
     "search", "$ref", "0-1", "api"]
)  # fmt: skip
_CALLS = st.lists(
    st.builds(
        call,
        st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]),
        st.lists(_SEGMENT, min_size=1, max_size=6).map(lambda parts: "/" + "/".join(parts)),
        st.sampled_from(
            ["", "listUsers", "users/list", "users.copy", "users_Copy", "getThing", "import", "x"]
        ),
        server=st.sampled_from(["", "https://files.example.com"]),
        tags=st.sampled_from([(), ("Users",)]),
    ),
    max_size=40,
)


@settings(max_examples=200, deadline=None)
@given(_CALLS)
def test_names_hold_for_any_calls(calls: list[DescribedCall]) -> None:
    """Each call has its own name of two to four parts, each can be typed, and none is a group of another."""
    names = give_names(calls)
    assert names.keys() == {key_of(one) for one in calls}
    assert len(set(names.values())) == len(names)
    groups = {name.rsplit(".", cut)[0] for name in names.values() for cut in range(1, name.count(".") + 1)}
    assert groups & set(names.values()) == set()
    for name in names.values():
        parts = name.split(".")
        assert 2 <= len(parts) <= 4 and parts[0] not in RESERVED
        assert all(part.isidentifier() and not iskeyword(part) and not part.startswith("_") for part in parts)
        assert re.fullmatch(r"[a-z0-9_.]+", name)


@settings(max_examples=150, deadline=None)
@given(_CALLS, st.integers(0, 40), st.randoms(use_true_random=False))
def test_a_name_once_given_stays(calls: list[DescribedCall], cut: int, random: Random) -> None:
    """The order of a description does not matter, and what a vendor adds later renames nothing."""
    unique = list({key_of(one): one for one in reversed(calls)}.values())
    shuffled = random.sample(unique, len(unique))
    assert give_names(shuffled) == give_names(unique)
    before = give_names(shuffled[:cut])
    after = give_names(shuffled, before)
    assert {key: after[key] for key in before} == before
    assert len(set(after.values())) == len(after) == len(unique)
