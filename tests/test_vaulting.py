"""The accounts of a workbench over time: checks by themselves, what counts as use, machines without a person."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from vaults import CHEAP, PASSWORD
from workbench_vaults import bench_at, keep, open_bench

import penstock as ps
from penstock.agent.keeper import Keeper
from penstock.auth.accounts import Health
from penstock.events import CredentialChecked
from penstock.redact import Secret
from penstock.sandbox.server import Sandbox
from penstock.testing import FakeClock
from penstock.vault.anchor import FileAnchor
from penstock.vaulting import CHECK_EVERY_S


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(names=["stripe"], limits=False) as server:
        yield server


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def bench(tmp_path: Path, box: Sandbox, clock: FakeClock) -> Iterator[ps.Workbench]:
    box.clear_log()
    with open_bench(tmp_path, clock=clock) as bench:
        keep(bench, box, "stripe", "acme")
        keep(bench, box, "stripe", "beta", "second")
        yield bench


class Checks:
    """Wait for checks to have happened, without sleeping."""

    def __init__(self, bench: ps.Workbench) -> None:
        self.said: list[CredentialChecked] = []
        self._more = threading.Condition()
        bench.bus.subscribe(CredentialChecked, self._take)

    def _take(self, event: CredentialChecked) -> None:
        with self._more:
            self.said.append(event)
            self._more.notify_all()

    def wait(self, count: int) -> list[tuple[str, str]]:
        """Return what was checked, once it is so many."""
        with self._more:
            assert self._more.wait_for(lambda: len(self.said) >= count, 30), self.said
            return [(one.account, one.health) for one in self.said]


def rest(bench: ps.Workbench) -> None:
    """Return once the engine has nothing left to do but sleep: what is going to happen has happened."""

    async def turns() -> None:
        for _ in range(200):
            await asyncio.sleep(0.001)

    bench._engine.run(turns())


def begin(bench: ps.Workbench, clock: FakeClock) -> Checks:
    """Use an account, so that the schedule begins, and return what sees its checks."""
    checks = Checks(bench)
    rest(bench)
    before = clock.sleeping
    bench.connect("stripe")
    rest(bench)
    assert clock.sleeping == before + 1
    return checks


def test_every_account_is_checked_once_in_half_an_hour(bench: ps.Workbench, clock: FakeClock) -> None:
    """From the first use on: nothing before half an hour, each account once then, and once again half an hour later."""
    checks = begin(bench, clock)
    clock.move(CHECK_EVERY_S - 1)
    rest(bench)
    assert checks.said == []
    clock.move(1)
    assert checks.wait(2) == [("acme", "healthy"), ("beta", "healthy")]
    assert bench.vault().get("stripe", "beta").health == "healthy"
    rest(bench)
    assert len(checks.said) == 2
    clock.move(CHECK_EVERY_S)
    assert len(checks.wait(4)) == 4


def test_nobody_checks_before_an_account_is_used(bench: ps.Workbench, clock: FakeClock) -> None:
    """A workbench that only looks at the vault calls no service, however long it is open."""
    checks = Checks(bench)
    bench.vault().accounts()
    clock.move(10 * CHECK_EVERY_S)
    rest(bench)
    assert checks.said == []


def test_what_another_process_checked_is_not_checked_again(
    bench: ps.Workbench, clock: FakeClock, box: Sandbox
) -> None:
    """One checked by somebody else within the half hour is left out; the other is checked."""
    checks = begin(bench, clock)
    clock.move(CHECK_EVERY_S - 60)
    bench._vaulting.book.found("stripe", "acme", Health("healthy", "", clock.wall()))
    box.clear_log()
    clock.move(60)
    assert checks.wait(1) == [("beta", "healthy")]
    rest(bench)
    assert len(checks.said) == 1 and len(box.log()) == 1


def test_locked_nothing_is_checked_and_unlocked_it_goes_on(
    bench: ps.Workbench, clock: FakeClock, box: Sandbox
) -> None:
    """While the vault is locked no service is called; after unlocking the next half hour checks again."""
    checks = begin(bench, clock)
    bench.vault().lock()
    box.clear_log()
    for _ in range(3):
        clock.move(CHECK_EVERY_S)
        rest(bench)
    assert checks.said == [] and box.log() == []
    bench.vault().unlock(PASSWORD)
    clock.move(CHECK_EVERY_S)
    assert len(checks.wait(2)) == 2


def test_a_check_is_no_use_of_the_vault(
    bench: ps.Workbench, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything the schedule asks the keeper says is_use=False, so that an agent still ends when nobody uses it; a call of
    a person's (the control) says it is.
    """
    checks = begin(bench, clock)
    asked: list[tuple[str, Any]] = []
    for name in ("ask", "aask"):
        real: Callable[..., Any] = getattr(bench.vault()._keeping, name)

        def note(op: str, real: Callable[..., Any] = real, **arguments: Any) -> Any:
            asked.append((op, arguments.get("is_use")))
            return real(op, **arguments)

        monkeypatch.setattr(bench.vault()._keeping, name, note)
    clock.move(CHECK_EVERY_S)
    checks.wait(2)
    rest(bench)
    uses = [(op, is_use) for op, is_use in asked if op not in ("status",) and is_use is not False]
    assert {op for op, _ in asked} >= {"accounts", "issue"} and uses == []
    asked.clear()
    bench.connect("stripe", account="beta")
    assert ("issue", True) in asked


def test_a_listener_that_fails_stops_no_check(bench: ps.Workbench, clock: FakeClock) -> None:
    """Somebody's listener raises at the first account: the second is checked all the same, and so is the next round."""

    def fail() -> None:
        raise RuntimeError("a listener of somebody else")

    bench.vault().watch(fail)
    checks = begin(bench, clock)
    clock.move(CHECK_EVERY_S)
    assert len(checks.wait(2)) == 2


def test_a_workbench_that_is_closed_checks_nothing(tmp_path: Path, box: Sandbox, clock: FakeClock) -> None:
    """close() ends the schedule: time goes on and no service is called."""
    with open_bench(tmp_path, clock=clock) as bench:
        keep(bench, box, "stripe", "acme")
        begin(bench, clock)
    box.clear_log()
    clock.move(2 * CHECK_EVERY_S)
    assert box.log() == []


# ---- what counts as use ------------------------------------------------------------------------------------------


def test_last_used_says_when_and_by_what(bench: ps.Workbench, clock: FakeClock) -> None:
    """A connection and a run leave their time and name; an account nobody used has neither."""
    stripe = bench.connect("stripe")
    first = bench.vault().get("stripe", "acme")
    assert (first.last_used_at, first.last_used_by) == (clock.wall(), "connection")
    clock.move(5)
    bench.batch(stripe.customers.create, [], key="id", name="july").cancel()
    used = bench.vault().get("stripe", "acme")
    assert (used.last_used_at, used.last_used_by) == (clock.wall(), "july")
    assert bench.vault().get("stripe", "beta").last_used_at is None


# ---- machines without a person -----------------------------------------------------------------------------------


def test_connecting_opens_the_vault_by_the_key_file_that_is_named(
    tmp_path: Path, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With PENSTOCK_KEY_FILE a script connects without a word about the vault; without it (the control) it is locked."""
    key = tmp_path / "key"
    with open_bench(tmp_path) as bench:
        keep(bench, box, "stripe", "acme")
        bench.vault().add_way("key_file", path=key)
    with bench_at(tmp_path) as script:
        with pytest.raises(ps.errors.VaultLocked, match="locked"):
            script.connect("stripe")
        monkeypatch.setenv("PENSTOCK_KEY_FILE", str(key))
        assert script.connect("stripe").health().status == 200


def test_connecting_opens_the_bundle_that_is_named(
    tmp_path: Path, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With PENSTOCK_BUNDLE and its key a machine without a vault connects, and a name that is not in it is refused."""
    with open_bench(tmp_path) as bench:
        keep(bench, box, "stripe", "acme")
        sealed = bench.vault().seal("stripe/acme")
    (tmp_path / "bundle").write_text(sealed.text)
    (tmp_path / "bundle.key").write_text(sealed.key.reveal() + "\n")
    monkeypatch.setenv("PENSTOCK_BUNDLE", str(tmp_path / "bundle"))
    monkeypatch.setenv("PENSTOCK_BUNDLE_KEY_FILE", str(tmp_path / "bundle.key"))
    with ps.Workbench(home=tmp_path / "runner", agent=False) as runner:
        assert runner.connect("stripe", account="acme").health().status == 200
        with pytest.raises(ps.errors.AccountNeeded, match="acme"):
            runner.connect("stripe", account="beta")
    assert not (tmp_path / "runner" / "vault").exists()


def test_two_processes_of_one_home_see_each_other_s_accounts(tmp_path: Path, box: Sandbox) -> None:
    """What one adds, relabels and removes the other has at the next look, with no unlocking in between."""
    with open_bench(tmp_path) as mine, bench_at(tmp_path) as theirs:
        theirs.vault().unlock(PASSWORD)
        mine.vault().add("stripe", "acme", token=Secret("k" * 20))
        assert [one.account for one in theirs.vault().list_accounts()] == ["acme"]
        theirs.vault().describe("stripe", "acme", "ours")
        assert mine.vault().get("stripe", "acme").label == "ours"
        theirs.vault().remove("stripe", "acme")
        assert mine.vault().list_accounts() == ()


def test_a_keeper_of_its_own_says_where_it_is(tmp_path: Path) -> None:
    """status() names the file and that the keys are here; a keeper asked beside it agrees on the file."""
    with open_bench(tmp_path) as bench:
        status = bench.vault().status()
        assert (status.where, status.exists, status.is_locked, status.idle_left_s) == (
            "here",
            True,
            False,
            None,
        )
        other = Keeper(bench.home, policy=CHEAP, anchor=FileAnchor(tmp_path / "marks"))
        assert str(other.path) == status.path
