"""Which account a call goes as: the one it names, the connection's, or the active one; judged by the sandbox's log."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from workbench_vaults import keep, open_bench

import penstock as ps
from penstock.connection import Connection
from penstock.errors import AccountNeeded, CallRefused, CircuitOpen, PenstockError, ServerFailed, Throttled
from penstock.resilience.retry import RetryPolicy
from penstock.sandbox.server import Sandbox
from penstock.testing import FakeClock
from penstock.vaulting import BELIEVED_S


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(names=["stripe", "cloudflare"], limits=False) as server:
        yield server


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@contextmanager
def filled(folder: Path, box: Sandbox, clock: FakeClock | None = None) -> Iterator[ps.Workbench]:
    """Give a workbench with two accounts of stripe, which the sandbox knows as "default" and "second"; the first is active."""
    box.clear_log()
    box.set_faults({})
    with open_bench(folder, clock=clock) as bench:
        keep(bench, box, "stripe", "default")
        keep(bench, box, "stripe", "second", "second")
        yield bench


@pytest.fixture
def bench(tmp_path: Path, box: Sandbox) -> Iterator[ps.Workbench]:
    with filled(tmp_path, box) as bench:
        yield bench


@pytest.fixture
def still(tmp_path: Path, box: Sandbox, clock: FakeClock) -> Iterator[ps.Workbench]:
    """The same, where time stands still."""
    with filled(tmp_path, box, clock) as bench:
        yield bench


def callers(box: Sandbox) -> list[str]:
    """Return as whom the service was called since the last look, in order, one for each stretch of calls."""
    found = [str(entry["account"]) for entry in box.log()]
    box.clear_log()
    return [name for number, name in enumerate(found) if number == 0 or found[number - 1] != name]


# ---- one call as another -----------------------------------------------------------------------------------------

CALLS: dict[str, Callable[[Connection, dict[str, str]], Any]] = {
    "call": lambda stripe, how: stripe.customers.list(**how),
    "aio": lambda stripe, how: asyncio.run(_await(lambda: stripe.aio.customers.list(**how))),
    "frame": lambda stripe, how: stripe.customers.list.frame(**how),
    "aio frame": lambda stripe, how: asyncio.run(_await(lambda: stripe.aio.customers.list.frame(**how))),
    "pages": lambda stripe, how: list(stripe.customers.list.pages(max_items=1, **how)),
    "all": lambda stripe, how: list(stripe.customers.list.all(max_items=1, **how)),
    "batch": lambda stripe, how: stripe.customers.create.batch(
        [{"id": "1", "email": "a@b.example"}], key="id", **how
    ).frame(),
}


async def _await(start: Callable[[], Any]) -> Any:
    return await start()


@pytest.mark.parametrize("form", CALLS)
def test_a_call_goes_as_the_account_it_names(bench: ps.Workbench, box: Sandbox, form: str) -> None:
    """account= is for this call alone, in every form; without it (the control) and afterwards it is the connection's."""
    stripe = bench.connect("stripe")
    seen = []
    for how in ({}, {"account": "second"}, {}):
        CALLS[form](stripe, how)
        seen.append(callers(box))
    assert seen == [["default"], ["second"], ["default"]]
    assert bench.vault().active("stripe") == "default" and stripe.account == "default"


@pytest.mark.parametrize("form", CALLS)
def test_an_account_that_is_not_there_is_refused_before_anything_is_sent(
    bench: ps.Workbench, box: Sandbox, form: str
) -> None:
    """AccountNeeded lists the accounts, and no other is called as."""
    with pytest.raises(AccountNeeded) as caught:
        CALLS[form](bench.connect("stripe"), {"account": "secnd"})
    assert "default, second" in str(caught.value) and callers(box) == []


def test_a_parameter_of_that_name_stays_the_operation_s(bench: ps.Workbench, box: Sandbox) -> None:
    """Cloudflare's zones.create has a parameter `account`: it is sent, and using() names the account instead."""
    keep(bench, box, "cloudflare", "default")
    keep(bench, box, "cloudflare", "second", "second")
    cloudflare = bench.connect("cloudflare")
    for connection, who in ((cloudflare, "default"), (cloudflare.using("second"), "second")):
        there = connection.accounts.list.frame()["id"][0]
        connection.zones.create(name=f"{who}.example", account={"id": there})
        assert callers(box) == [who]
    with pytest.raises(AccountNeeded):
        cloudflare.using("third")


def test_a_connection_with_its_own_credential_has_no_other_accounts(
    bench: ps.Workbench, box: Sandbox
) -> None:
    """account= beside a credential that was given is AccountNeeded with the call that connects as it."""
    stripe = bench.connect("stripe", sandbox=box)
    with pytest.raises(AccountNeeded) as caught:
        stripe.customers.list(account="second")
    assert "ps.connect('stripe', account='second')" in (caught.value.hint or "")


def test_a_wrong_parameter_is_still_found(bench: ps.Workbench) -> None:
    """Beside account= the others are checked as ever."""
    with pytest.raises(CallRefused):
        bench.connect("stripe").customers.list.pages(account="second", max_items=0)


# ---- the active one changes --------------------------------------------------------------------------------------


def test_a_switch_counts_for_new_calls_at_once(bench: ps.Workbench, box: Sandbox) -> None:
    """A connection that named no account calls as the new one from the next call on; one that named one, and one by using(),
    never change.
    """
    follows, named = bench.connect("stripe"), bench.connect("stripe", account="default")
    bound, fixed = follows.customers.list, follows.using("default")
    bench.vault().use("stripe", "second")
    follows.customers.list()
    bound()
    assert callers(box) == ["second"] and follows.account == "second"
    named.customers.list()
    fixed.customers.list()
    assert callers(box) == ["default"]


def test_a_switch_of_another_process_counts_within_a_second(
    still: ps.Workbench, box: Sandbox, clock: FakeClock, tmp_path: Path
) -> None:
    """Chosen by another process, the account is called as once a second has passed; a moment before it may be the old one."""
    stripe = still.connect("stripe")
    stripe.customers.list()
    program = (
        "import sys; from pathlib import Path; from penstock.auth.accounts import AccountBook;"
        "from penstock.clock import SystemClock;"
        "AccountBook(Path(sys.argv[1]), SystemClock()).use('stripe', 'second')"
    )
    subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "home" / "accounts.db")], check=True, timeout=60
    )
    stripe.customers.list()  # believed still: no file is read for each call
    assert callers(box) == ["default"]
    clock.move(BELIEVED_S + 0.01)
    stripe.customers.list()
    assert callers(box) == ["second"]


def test_without_an_active_one_a_following_connection_is_refused(bench: ps.Workbench, box: Sandbox) -> None:
    """Where the active account was removed, calls of a connection that named none are AccountNeeded; nothing is sent."""
    stripe = bench.connect("stripe")
    bench.vault().remove("stripe", "default")
    with pytest.raises(AccountNeeded, match="second"):
        stripe.customers.list()
    assert callers(box) == []


def test_a_batch_keeps_its_account(bench: ps.Workbench, box: Sandbox) -> None:
    """Rows sent after the switch go as the account the run began with, and running() says whose it is; the next run is the
    new one's.
    """
    go_on, has_begun = threading.Event(), threading.Event()

    def rows() -> Iterator[dict[str, str]]:
        yield {"id": "1", "email": "a@b.example"}
        has_begun.set()
        assert go_on.wait(30)
        for number in range(2, 6):
            yield {"id": str(number), "email": "a@b.example"}

    stripe = bench.connect("stripe")
    run = bench.batch(stripe.customers.create, rows(), key="id", name="first", chunk_size=1)
    assert has_begun.wait(30)
    assert bench.vault().running("stripe") == (("first", "default"),)
    bench.vault().use("stripe", "second")
    go_on.set()
    assert len(run.frame()) == 5 and run.account == "default"
    assert [entry["account"] for entry in box.log(has_effect=True)] == ["default"] * 5
    box.clear_log()
    assert bench.vault().running("stripe") == ()
    after = bench.batch(stripe.customers.create, [{"id": "9", "email": "a@b.example"}], key="id", name="next")
    after.frame()
    assert after.account == "second" and callers(box) == ["second"]
    assert bench.vault().get("stripe", "second").last_used_by == "next"


# ---- each account has its own ------------------------------------------------------------------------------------


def test_a_spent_limit_is_one_account_s_own(still: ps.Workbench, box: Sandbox) -> None:
    """Two calls spend the budget of two of one account; the other has its own two still, and its call does not wait."""
    stripe = still.connect("stripe", account="default", limit=ps.Limit(2, per=3600.0))
    other = stripe.using("second")
    stripe.customers.list()
    stripe.customers.list()
    assert list(stripe.limits["available"].astype(int)) == [0]
    assert list(other.limits["available"].astype(int)) == [2]
    other.customers.list()
    assert callers(box) == ["default", "second"]
    assert list(other.limits["available"].astype(int)) == [1]


def test_a_throttled_account_holds_up_no_other(still: ps.Workbench, box: Sandbox) -> None:
    """A 429 to one account empties its budget; the other's is as full as before, and its call goes at once."""
    stripe = still.connect("stripe", account="default", retry=RetryPolicy(attempts=1))
    other = stripe.using("second")
    box.set_faults({"script": [{"match": "GET /stripe/v1/customers", "fault": "429", "times": 1}]})
    with pytest.raises(Throttled):
        stripe.customers.list()
    left = [one.limits.iloc[0] for one in (stripe, other)]
    assert left[0]["available"] == 0 and left[1]["available"] == left[1]["capacity"]
    assert other.customers.list().status == 200


def test_a_breaker_is_one_account_s_own(bench: ps.Workbench, box: Sandbox) -> None:
    """Failures of one account open its breaker alone: its next call is not sent, the other's is."""
    stripe = bench.connect("stripe", account="default", retry=RetryPolicy(attempts=1))
    other = stripe.using("second")
    box.set_faults({"stripe": {"500": 1.0}})
    for _ in range(20):
        with pytest.raises((ServerFailed, CircuitOpen)):
            stripe.customers.list()
    box.set_faults({})
    callers(box)
    with pytest.raises(CircuitOpen):
        stripe.customers.list()
    assert other.customers.list().status == 200
    assert callers(box) == ["second"] and (stripe.breaker.state.name, other.breaker.state.name) == (
        "OPEN",
        "CLOSED",
    )


def test_two_connections_of_one_account_share_what_it_has(bench: ps.Workbench) -> None:
    """The control: limiter, breaker and retry budget are the same for one account, and others for another."""
    first, second = bench.connect("stripe"), bench.connect("stripe", account="default")
    other = first.using("second")
    for part in ("limiter", "breaker", "budget"):
        mine, same, theirs = (getattr(one.client.desk, part) for one in (first, second, other))
        assert mine is same and mine is not theirs, part


def test_one_run_name_is_one_account_s(bench: ps.Workbench, box: Sandbox, tmp_path: Path) -> None:
    """A run taken up as another account is refused, or its rows stay done: they are not sent a second time as somebody else."""
    rows = [{"id": "1", "email": "a@b.example"}]
    stripe = bench.connect("stripe")
    bench.batch(stripe.customers.create, rows, key="id", name="july").frame()
    callers(box)
    facts = json.loads(json.dumps(bench.runs().to_dict("records"), default=str))
    assert [(one["name"], one["account"]) for one in facts] == [("july", "default")]
    try:
        bench.batch(stripe.using("second").customers.create, rows, key="id", name="july").frame()
    except PenstockError as exc:
        assert "default" in str(exc)
    assert callers(box) == []
