"""Operations by name."""

from __future__ import annotations

import subprocess
import sys

import pytest

from penstock.catalog.definition import Integration, Operation, fields
from penstock.catalog.operations import OperationIndex, describe, operations_frame, search
from penstock.catalog.registry import Registry
from penstock.errors import CallRefused, UnknownName

STRIPE, SLACK, SHOPIFY = (Registry().get(name) for name in ("stripe", "slack", "shopify"))
INDEX = OperationIndex(STRIPE)


def test_an_operation_is_found_by_its_name() -> None:
    """Looking up gives the operation itself, the file's and the catalogue's, and only names that are there."""
    assert INDEX.get("customers.create").path == "/v1/customers"
    assert INDEX.get("payouts.reverse").path == "/v1/payouts/{payout}/reverse"
    assert "customers.create" in INDEX and "payouts.reverse" in INDEX and "customers" not in INDEX
    assert len(INDEX) == len(list(INDEX)) == len(INDEX.names()) > len(STRIPE.operations)


def test_a_miss_names_the_nearest() -> None:
    """A name that is not there is answered with the nearest three."""
    with pytest.raises(UnknownName, match=r"customers\.create") as caught:
        INDEX.get("customer.create")
    assert caught.value.integration == "stripe"


@pytest.mark.parametrize(
    ("integration", "name", "ours"),
    [
        (SLACK, "chat.postMessage", "messages.post"),
        (SLACK, "users.lookupByEmail", "users.lookup_by_email"),
        (SHOPIFY, "customerCreate", "customers.create"),
        (SLACK, "chat.scheduledMessages.list", r"chat\.scheduled_messages\.list"),
    ],
)
def test_the_services_own_name_leads_to_ours(integration: Integration, name: str, ours: str) -> None:
    """Who types the vendor's name for a call is told ours."""
    with pytest.raises(UnknownName, match=ours):
        OperationIndex(integration).get(name)


def test_the_tree_branches_at_the_dots() -> None:
    """TAB sees groups, and in them operations."""
    tree = INDEX.tree()
    assert isinstance(tree["customers"], dict)
    assert tree["customers"]["create"] is INDEX.get("customers.create")
    assert "create" not in tree
    assert isinstance(tree["payouts"], dict) and tree["payouts"]["reverse"] is INDEX.get("payouts.reverse")


def test_names_and_groups_without_operations() -> None:
    """TAB asks for names alone: what is below a prefix, and whether a word is a group."""
    assert {"create", "list", "search"} <= set(INDEX.children("customers."))
    assert INDEX.children("") == sorted(set(INDEX.children(""))) and "payouts" in INDEX.children("")
    assert (
        INDEX.has_group("customers")
        and not INDEX.has_group("customers.create")
        and not INDEX.has_group("cust")
    )
    assert INDEX.children("nothing.") == []


def test_a_path_leads_to_its_operation() -> None:
    """Method and path find the operation, of the file and of the catalogue, the more particular first."""
    assert INDEX.match("GET", "/v1/customers/cus_1") is INDEX.get("customers.get")
    assert INDEX.match("GET", "/v1/customers/search") is INDEX.get("customers.search")
    assert INDEX.match("POST", "/v1/payouts/po_1/reverse") is INDEX.get("payouts.reverse")
    assert INDEX.match("PATCH", "/v1/customers") is None and INDEX.match("GET", "/v1/customers/") is None


def test_search_finds_every_word_and_puts_names_first() -> None:
    """All words must occur, in name, summary, path or the vendor's own name; names come first, the file's before others."""
    assert [o.name for o in search(STRIPE, "customers create")][:2] == [
        "customers.create",
        "customers.balance_transactions.create",
    ]
    assert [o.name for o in search(STRIPE, "payouts reverse")] == ["payouts.reverse"]
    assert [o.name for o in search(SLACK, "postmessage")] == ["messages.post"]
    assert search(STRIPE, "refund")[0].name == "refunds.create"
    assert search(STRIPE, "customers nonsense") == []


def test_the_check_belongs_to_the_operation_it_is_given() -> None:
    """Another operation under a known name is checked by its own parameters."""
    other = Operation("customers.create", "POST", "/v1/customers", fields("colour!"))
    assert INDEX.check(INDEX.get("customers.create"), {"email": "a@b.co"}) == {"email": "a@b.co"}
    with pytest.raises(CallRefused, match="needs colour"):
        INDEX.check(other, {"email": "a@b.co"})
    assert INDEX.check(INDEX.get("customers.create"), {}) == {}


def test_describe_shows_what_is_needed_first() -> None:
    """What must be given stands first and in the signature; types, choices and pages are said."""
    text = describe(INDEX.get("payment_intents.create"))
    assert text.startswith("payment_intents.create(amount, currency, ...)    POST /v1/payment_intents")
    assert "needs  amount: integer, currency" in text
    assert "capture_method (automatic | automatic_async | manual)" in text
    assert ".frame(max_items=...)" in describe(INDEX.get("customers.list"))
    assert max(map(len, describe(INDEX.get("checkout_sessions.create")).splitlines())) <= 110


def test_the_frame_has_a_row_for_each_operation() -> None:
    """The frame shows id, method, path, parameters, and whether it has pages, is idempotent, and goes in bulk."""
    frame = operations_frame(STRIPE).set_index("id")
    assert list(frame.columns) == ["method", "path", "parameters", "paginated", "idempotent", "bulk"]
    assert len(frame) == len(INDEX)
    assert frame.loc["payouts.reverse", "path"] == "/v1/payouts/{payout}/reverse"
    assert frame.loc["payment_intents.create", "parameters"].startswith("amount! currency! customer ")
    assert frame.loc["customers.create", "idempotent"]  # through its key
    slack = operations_frame(SLACK).set_index("id")
    assert not slack.loc["messages.post", "idempotent"]
    assert slack.loc["channels.invite", "bulk"] == "channels.invite"


def test_looking_up_loads_no_pandas() -> None:
    """Looking up, checking, searching and describing work without pandas being imported."""
    script = (
        "import sys\n"
        "from penstock.catalog.operations import OperationIndex, describe, search\n"
        "from penstock.catalog.registry import Registry\n"
        "index = OperationIndex(Registry().get('stripe'))\n"
        "index.check(index.get('customers.create'), {'email': 'a'}); describe(index.get('customers.create'))\n"
        "search(index.integration, 'refund')\n"
        "print([name for name in ('pandas', 'numpy', 'graphql', 'httpx2') if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
