"""What the keeper takes and hands out: its operations, locking, and the key ways; accounts: test_keeper_accounts.py."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest
from token_service import CLIENT, LASTS_S, SCHEME, WHO, Bench, names_in, refusal, run, token
from vaults import OTHER, PASSWORD

from penstock.agent.keeper import Keeper
from penstock.agent.operations import OPERATIONS
from penstock.auth.plans import write_plan
from penstock.errors import PenstockError, UsageError, VaultError, VaultLocked, WrongPassword
from penstock.redact import Secret
from penstock.testing import FakeClock
from penstock.vault.disk import Disk


def misfits(keeper: type, operations: Any) -> list[str]:
    """Return where a table of operations and a class's methods differ."""
    found = []
    for name, operation in operations.items():
        method = getattr(keeper, name, None)
        if method is None or not inspect.iscoroutinefunction(method):
            found.append(name)
            continue
        taken = {n: p for n, p in inspect.signature(method).parameters.items() if n != "self"}
        if taken.keys() != operation.arguments.keys():
            found.append(f"{name}: {sorted(taken.keys() ^ operation.arguments.keys())}")
            continue
        for argument, parameter in taken.items():
            is_needed = parameter.default is inspect.Parameter.empty
            is_keyword = parameter.kind is inspect.Parameter.KEYWORD_ONLY
            if is_needed is not operation.arguments[argument].is_required or not is_keyword:
                found.append(f"{name}.{argument}")
    return found


def test_the_table_of_operations_fits_the_keeper() -> None:
    """Every argument of every operation is a keyword of the keeper's method, needed in both or in neither; `stop` is the agent's.

    The control: a keeper with one argument renamed, one more needed and one method missing is found out.
    """
    table = {name: operation for name, operation in OPERATIONS.items() if name != "stop"}
    assert misfits(Keeper, table) == []

    class Wrong(Keeper):
        ways = None  # type: ignore[assignment]

        async def describe(self, *, integration: str, account: str, name: str | None) -> None:  # type: ignore[override]
            """Take another argument."""

        async def issue(  # type: ignore[override]
            self,
            *,
            integration: str,
            account: str,
            seen: int | None,
            is_refused: bool = False,
            is_use: bool = True,
        ) -> dict[str, Any]:
            """Need what the table does not."""
            return {}

    assert misfits(Wrong, table) == ["issue.seen", "describe: ['label', 'name']", "ways"]


def test_no_operation_that_reads_secrets_answers_while_locked(tmp_path: Path) -> None:
    """Locked, every operation on accounts raises VaultLocked, and a sign-in does not even begin."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in()
        await keeper.lock()
        place: dict[str, Any] = {"base": {}, "base_url": None, "label": None}
        asks = [
            keeper.accounts(),
            keeper.issue(**WHO),
            keeper.plan(**WHO),
            keeper.put(**WHO, fields=CLIENT, plan=None, **place, kind="key", replace=True),
            keeper.describe(**WHO, label="x"),
            keeper.remove(**WHO),
            keeper.begin_sign_in(
                **WHO, plan=write_plan(SCHEME), fields=CLIENT, **place, via="paste", redirect_uri=None
            ),
            keeper.backup(path=str(tmp_path / "copy")),
            keeper.seal(names=["acme/me"], expires_s=60.0),
        ]
        for ask in asks:
            with pytest.raises(VaultLocked):
                await ask
        assert (await keeper.status())["is_locked"] and not (tmp_path / "copy").exists()
        with pytest.raises(WrongPassword):
            await keeper.unlock(password=OTHER)
        await keeper.unlock(password=PASSWORD)
        assert await token(keeper) == "at-1"

    run(work())


def test_unlocking_what_is_not_there_says_so(tmp_path: Path) -> None:
    """Before a vault is made, unlock raises VaultError with how to make one, and makes none itself."""

    async def work() -> None:
        keeper = Keeper(tmp_path, clock=FakeClock())
        with pytest.raises(VaultError) as caught:
            await keeper.unlock(password=PASSWORD)
        assert caught.value.hint and "vault.create()" in caught.value.hint
        assert not (await keeper.status())["exists"] and names_in(tmp_path) == []

    run(work())


@pytest.mark.parametrize("kind", ["password", "key_file"])
def test_a_way_in_without_its_secret_is_refused(tmp_path: Path, kind: str) -> None:
    """A password's or a key file's way needs one, and the refusal leaves the ways as they were."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.keeper()
        with pytest.raises(UsageError):
            await keeper.add_way(kind=kind)
        assert [way["kind"] for way in await keeper.ways()] == ["password"]
        added = await keeper.add_way(kind="recovery")
        assert isinstance(added["recovery_key"], Secret)
        await keeper.remove_way(name=added["name"])
        assert len(await keeper.ways()) == 1

    run(work())


def test_new_keys_wait_for_a_grant_and_keep_every_account(tmp_path: Path) -> None:
    """After rotate the account is renewed as before, and the ways that were not given are told."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in()
        await keeper.add_way(kind="recovery")
        rotated = await keeper.rotate(password=PASSWORD)
        assert [way["kind"] for way in rotated["kept"]] == ["password"]
        assert [way["kind"] for way in rotated["dropped"]] == ["recovery key"]
        bench.clock.move(LASTS_S + 1)
        assert await token(keeper) == "at-2"

    run(work())


@pytest.mark.parametrize("trouble", ["refused", "full"])
def test_no_error_of_a_renewal_repeats_a_secret(tmp_path: Path, trouble: str) -> None:
    """However a renewal fails, its error, its hint and its repr hold no token and no client's secret."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in()
        if trouble == "refused":
            bench.service.script = [refusal("rt-1 at-1 client-secret-canary")]
        else:

            def full(descriptor: int, content: bytes) -> int:
                raise OSError(28, "No space left on device")

            assert isinstance(bench.disk, Disk)
            bench.service.script = [refusal()]
            bench.disk.write = full  # type: ignore[method-assign]
        bench.clock.move(LASTS_S + 1)
        with pytest.raises(PenstockError) as caught:
            await token(keeper)
        said = f"{caught.value} {caught.value!r} {caught.value.hint} {caught.value.__cause__!r}"
        assert "client-secret-canary" not in said

    run(work())
