"""Accounts in the keeper: what is shown, put, removed and put back; bundles beside the vault, renewed in memory alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from token_service import CLIENT, LASTS_S, SCHEME, WHO, Bench, kept, page, refusal, run, standing, token
from vaults import CHEAP

from penstock.agent.grants import read_account
from penstock.agent.keeper import UNDO_S, Keeper
from penstock.auth.plans import write_plan
from penstock.auth.schemes import OAuth2
from penstock.errors import (
    ResponseUnreadable,
    SealExpired,
    SignInNeeded,
    UnknownName,
    UsageError,
    VaultLocked,
)
from penstock.redact import Secret
from penstock.vault.anchor import FileAnchor

STATIC = replace(SCHEME, refresh="static")
FOR_ITSELF = OAuth2(token="https://auth.example.com/token", grant="client_credentials")


async def put_key(keeper: Keeper, text: str = "typed-in-canary", **more: Any) -> int:
    """Store a key under the usual name."""
    given: dict[str, Any] = {
        "fields": {"token": Secret(text)}, "plan": None, "base": {"shop": "acme"}, "base_url": None,
        "label": None, "kind": "key", "replace": False,
    }  # fmt: skip
    version = (await keeper.put(**WHO, **{**given, **more}))["version"]
    assert isinstance(version, int)
    return version


async def headless(bench: Bench, sealed: dict[str, Any], home: Path) -> Keeper:
    """Return a keeper of an empty home that has opened a bundle."""
    keeper = Keeper(
        home, clock=bench.clock, send=bench.service.send, chance=lambda: 1.0, policy=CHEAP,
        anchor=FileAnchor(home / "seen"),
    )  # fmt: skip
    await keeper.open_sealed(text=sealed["text"], key=sealed["key"])
    return keeper


# Showing, putting


def test_what_is_shown_of_an_account_is_an_account(tmp_path: Path) -> None:
    """Each line of accounts() makes an Account, with no secret in it, and JSON carries it."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in()
        await bench.sign_in(keeper, integration="zenith", account="other")
        shown = await keeper.accounts()
        assert [read_account(one).name for one in shown] == ["acme/me", "zenith/other"]
        assert [one["account"] for one in await keeper.accounts(integration="zenith")] == ["other"]
        text = json.dumps(shown)
        for secret in (*kept(keeper).values(), "redirect"):
            assert secret not in text
        assert shown[0]["can_refresh"] and shown[0]["expires_at"] == bench.clock.wall() + LASTS_S

    run(work())


def test_putting_over_an_account_needs_to_be_said(tmp_path: Path) -> None:
    """Without replace=True a second put is refused and changes nothing; with it the number goes up by one."""

    async def work() -> None:
        keeper = await Bench(tmp_path).keeper()
        assert await put_key(keeper) == 1
        with pytest.raises(UsageError, match="already"):
            await put_key(keeper, "another-canary")
        assert kept(keeper) == {"token": "typed-in-canary"}
        assert await put_key(keeper, "another-canary", replace=True) == 2
        assert (await keeper.issue(**WHO))["version"] == 2 and kept(keeper) == {"token": "another-canary"}

    run(work())


def test_a_plan_that_is_none_is_refused_before_anything_is_stored(tmp_path: Path) -> None:
    """A plan with an address no secret may be sent to leaves no account behind."""

    async def work() -> None:
        keeper = await Bench(tmp_path).keeper()
        plan = json.dumps({**json.loads(write_plan(SCHEME)), "token": "http://evil.example/token"})
        with pytest.raises(UsageError):
            await put_key(keeper, plan=plan)
        assert await keeper.accounts() == []

    run(work())


def test_an_account_put_over_a_sign_in_has_nothing_of_it(tmp_path: Path) -> None:
    """A key in the place of a grant is issued as a key, without its plan, its expiry or its refresh token."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in()
        await put_key(keeper, replace=True)
        bench.clock.move(LASTS_S * 2)
        issued = await keeper.issue(**WHO)
        assert set(issued["fields"]) == {"token"} and issued["expires_at"] is None and issued["kind"] == "key"
        assert (await keeper.plan(**WHO))["plan"] is None and bench.service.count == 0
        assert kept(keeper) == {"token": "typed-in-canary"}

    run(work())


def test_a_refused_key_is_issued_again_and_asks_nobody(tmp_path: Path) -> None:
    """A 401 to a key changes nothing: the same version comes back, so that the caller knows there is no better one."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.keeper()
        await put_key(keeper)
        assert (await keeper.issue(**WHO, seen=1, is_refused=True))["version"] == 1
        assert bench.service.count == 0

    run(work())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("account_sid", "AC00000000000000000000000000000001"),
        ("installation_id", "4711234"),
        ("tenant", "0f1e2d3c-aaaa"),
    ],
)
def test_an_accounts_number_may_stand_in_its_address(tmp_path: Path, name: str, value: str) -> None:
    """A field that is no secret may be in the base as well; a secret there is refused, and so is another account's."""

    async def work() -> None:
        keeper = await Bench(tmp_path).keeper()
        number = Secret(value)
        await put_key(keeper, fields={name: number, "token": Secret("canary-123456")}, base={name: value})
        await keeper.describe(**WHO, label="Renamed")
        assert (await keeper.issue(**WHO))["base"] == {name: value}
        with pytest.raises(UsageError, match="holds the secret itself"):
            await put_key(
                keeper,
                base={"shop": "canary-123456"},
                fields={"token": Secret("canary-123456")},
                replace=True,
            )
        other = Secret("canary-of-another")
        with pytest.raises(UsageError, match="holds the secret itself"):
            await keeper.describe(**WHO, label=f"it is {other.reveal()}")

    run(work())


# Removing


@pytest.mark.parametrize(
    ("waits_s", "is_back"), [(0.0, True), (UNDO_S - 1, True), (UNDO_S, False), (86_400.0, False)]
)
def test_what_was_removed_can_be_put_back_for_ten_minutes(
    tmp_path: Path, waits_s: float, is_back: bool
) -> None:
    """Within ten minutes undo brings all of it back, grant and plan and label; afterwards it says that it cannot."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in()
        before, shown = kept(keeper), await standing(keeper)
        undo = (await keeper.remove(**WHO))["undo"]
        assert await keeper.accounts() == []
        with pytest.raises(UnknownName):
            await token(keeper)
        bench.clock.move(waits_s)
        if not is_back:
            with pytest.raises(UnknownName, match="no longer be put back"):
                await keeper.undo(undo=undo)
            assert await keeper.accounts() == []
            return
        await keeper.undo(undo=undo)
        assert kept(keeper) == before and await standing(keeper) == shown
        bench.clock.move(LASTS_S)
        assert await token(keeper) == "at-2"
        with pytest.raises(UnknownName):
            await keeper.undo(undo=undo)

    run(work())


def test_undo_does_not_write_over_an_account_made_meanwhile(tmp_path: Path) -> None:
    """Where a new one of the name is there by then, it stays, and the old one can still be put back later."""

    async def work() -> None:
        keeper = await Bench(tmp_path).keeper()
        await put_key(keeper)
        undo = (await keeper.remove(**WHO))["undo"]
        await put_key(keeper, "the-new-canary")
        with pytest.raises(Exception, match="meanwhile"):
            await keeper.undo(undo=undo)
        assert kept(keeper) == {"token": "the-new-canary"}
        await keeper.remove(**WHO)
        await keeper.undo(undo=undo)
        assert kept(keeper) == {"token": "typed-in-canary"}

    run(work())


def test_locking_forgets_what_was_removed(tmp_path: Path) -> None:
    """After a lock nothing can be put back: no secret outlives the keys."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in()
        undo = (await keeper.remove(**WHO))["undo"]
        await keeper.lock()
        assert keeper._removed == {}
        with pytest.raises(UnknownName):
            await (await bench.keeper()).undo(undo=undo)

    run(work())


# Bundles


def test_a_refresh_token_that_rotates_is_left_out_of_a_bundle(tmp_path: Path) -> None:
    """A rotating one stays at home with the client's secret, a static one and a client's own come along; can_refresh says so."""

    async def work() -> None:
        bench = Bench(tmp_path / "here")
        keeper = await bench.signed_in()
        await bench.sign_in(keeper, STATIC, integration="acme", account="static")
        await keeper.put(
            integration="acme", account="itself", fields=CLIENT, plan=write_plan(FOR_ITSELF), base={}, base_url=None,
            label=None, kind="client", replace=False,
        )  # fmt: skip
        sealed = await keeper.seal(names=["acme/me", "acme/static", "acme/itself"], expires_s=86_400.0)
        for secret in (*kept(keeper).values(), sealed["key"].reveal()):
            assert secret not in sealed["text"]
        other = await headless(bench, sealed, tmp_path / "there")
        shown = {one["account"]: one for one in await other.accounts()}
        assert {name: one["can_refresh"] for name, one in shown.items()} == {
            "me": False,
            "static": True,
            "itself": True,
        }
        assert all(one["is_sealed"] for one in shown.values())
        inside = {name: set(other._accounts.read("acme", name).fields) for name in shown}
        assert inside["me"] == {"access_token", "client_id"}
        assert {"refresh_token", "client_secret"} <= inside["static"] and "client_secret" in inside["itself"]

    run(work())


def test_a_bundles_accounts_are_renewed_in_memory_alone(tmp_path: Path) -> None:
    """A headless keeper renews by the static refresh token, writes nothing at all, and what rotates ends with its token."""

    async def work() -> None:
        bench = Bench(tmp_path / "here")
        bench.service.is_rotating = False
        keeper = await bench.signed_in(STATIC)
        await bench.sign_in(keeper, integration="acme", account="rotates")
        sealed = await keeper.seal(names=["acme/me", "acme/rotates"], expires_s=86_400.0)
        before = keeper.path.read_bytes()
        home = tmp_path / "there"
        other = await headless(bench, sealed, home)
        assert await token(other) == "at-1"
        for n in (2, 3):
            bench.clock.move(LASTS_S + 1)
            assert await token(other) == f"at-{n}" and (await other.issue(**WHO))["version"] == n
        with pytest.raises(SignInNeeded, match="nothing to renew it with"):
            await other.issue(integration="acme", account="rotates")
        assert not home.exists() and keeper.path.read_bytes() == before and bench.service.count == 2
        assert other._accounts.read(**WHO).fields["access_token"].reveal() == "at-3"

    run(work())


def test_a_bundles_trouble_stays_in_memory_too(tmp_path: Path) -> None:
    """A failure for the moment is waited out, a dead grant is marked for this process, and nothing is written for either."""

    async def work() -> None:
        bench = Bench(tmp_path / "here")
        keeper = await bench.signed_in(STATIC)
        sealed = await keeper.seal(names=["acme/me"], expires_s=86_400.0)
        home = tmp_path / "there"
        other = await headless(bench, sealed, home)
        bench.clock.move(LASTS_S + 1)
        bench.service.script = [page(), refusal()]
        for _ in range(2):
            with pytest.raises(ResponseUnreadable):
                await token(other)
        bench.clock.move(1)
        for _ in range(2):
            with pytest.raises(SignInNeeded):
                await token(other)
        assert bench.service.count == 2 and not home.exists()
        assert (await standing(other))["needs_sign_in"] and not (await standing(keeper))["needs_sign_in"]

    run(work())


def test_a_bundle_ends_with_its_time(tmp_path: Path) -> None:
    """After the time it was sealed for nothing of it is issued, renewed in between or not."""

    async def work() -> None:
        bench = Bench(tmp_path / "here")
        keeper = await bench.signed_in(STATIC)
        sealed = await keeper.seal(names=["acme/me"], expires_s=2 * LASTS_S)
        other = await headless(bench, sealed, tmp_path / "there")
        bench.clock.move(LASTS_S + 1)
        assert await token(other) == "at-2"
        bench.clock.move(LASTS_S)
        with pytest.raises(SealExpired):
            await token(other)
        with pytest.raises(SealExpired):
            await other.open_sealed(text=sealed["text"], key=sealed["key"])

    run(work())


def test_the_vaults_account_counts_where_a_bundle_has_one_of_its_name(tmp_path: Path) -> None:
    """With both open the vault's is shown, issued and renewed on the disk; once locked, the bundle's name is gone as well."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in(STATIC)
        sealed = await keeper.seal(names=["acme/me"], expires_s=86_400.0)
        await bench.sign_in(keeper, token="at-of-the-vault")
        await keeper.open_sealed(text=sealed["text"], key=sealed["key"])
        assert await token(keeper) == "at-of-the-vault"
        assert [one["is_sealed"] for one in await keeper.accounts()] == [False]
        bench.clock.move(LASTS_S + 1)
        assert await token(keeper) == "at-2" and kept(keeper)["access_token"] == "at-2"
        await keeper.remove(**WHO)
        assert (await standing(keeper))["is_sealed"]
        await keeper.lock()
        with pytest.raises(VaultLocked):
            await keeper.accounts()

    run(work())


def test_a_sealed_token_is_a_fresh_one(tmp_path: Path) -> None:
    """Sealing an account whose token has ended renews it first, and seals the new one."""

    async def work() -> None:
        bench = Bench(tmp_path / "here")
        keeper = await bench.signed_in()
        bench.clock.move(LASTS_S + 1)
        sealed = await keeper.seal(names=["acme/me"], expires_s=600.0)
        other = await headless(bench, sealed, tmp_path / "there")
        assert await token(other) == "at-2" and bench.service.count == 1

    run(work())


def test_signing_in_beside_a_bundle_needs_the_vault(tmp_path: Path) -> None:
    """With a bundle open and the vault locked, a sign-in is refused before anybody goes anywhere."""

    async def work() -> None:
        bench = Bench(tmp_path / "here")
        keeper = await bench.signed_in(STATIC)
        sealed = await keeper.seal(names=["acme/me"], expires_s=600.0)
        await keeper.lock()
        await keeper.open_sealed(text=sealed["text"], key=sealed["key"])
        with pytest.raises(VaultLocked):
            await keeper.begin_sign_in(
                **WHO, plan=write_plan(SCHEME), fields=CLIENT, base={}, base_url=None, label=None, via="paste",
                redirect_uri=None,
            )  # fmt: skip

    run(work())
