"""When a token is renewed, by whom, and what becomes of an account whose renewal is refused, late, cut or not storable."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from token_service import (
    CLIENT,
    LASTS_S,
    SCHEME,
    TOKEN_URL,
    WHO,
    Bench,
    TokenService,
    answer,
    kept,
    page,
    refusal,
    run,
    silence,
    standing,
    token,
)

from penstock.agent import refreshing
from penstock.agent.grants import REAUTH
from penstock.agent.keeper import Keeper
from penstock.agent.locks import NoJournal
from penstock.errors import (
    DiskFull,
    ProviderError,
    ResponseUnreadable,
    ServerFailed,
    SignInNeeded,
    UnknownName,
)
from penstock.model import Request
from penstock.redact import Secret

STATIC = replace(SCHEME, refresh="static")


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("lasts_s", [3600.0, 300.0, 86_400.0])
def test_a_token_is_renewed_when_its_lead_begins_and_not_a_second_before(
    tmp_path: Path, lasts_s: float, chance: float
) -> None:
    """min(600 s, 20 %) × U(0.75, 1) before the end: the call a second before asks nobody, the call at that instant does."""

    async def work() -> None:
        bench = Bench(tmp_path, chance=chance)
        keeper = await bench.signed_in(lasts_s=lasts_s)
        lead_s = min(600.0, 0.2 * lasts_s) * (0.75 + 0.25 * chance)
        bench.clock.move(lasts_s - lead_s - 1)
        issued = await keeper.issue(**WHO)
        assert bench.service.count == 0 and issued["version"] == 1
        assert issued["refresh_at"] == pytest.approx(issued["expires_at"] - lead_s)
        bench.clock.move(1)
        assert (await token(keeper), bench.service.count) == ("at-2", 1)
        assert await token(keeper) == "at-2" and bench.service.count == 1

    run(work())


@pytest.mark.parametrize("is_joined", [True, False])
def test_fifty_callers_make_one_request(tmp_path: Path, is_joined: bool) -> None:
    """Fifty tasks that need a token make one request in all, and get the same token.

    The control: where none joins another's flight, there are more.
    """

    async def work() -> None:
        bench = Bench(tmp_path)
        bench.service.is_rotating = False
        keeper = await bench.signed_in(STATIC)
        if not is_joined:  # no flight is found, no lock held, and what is stored meanwhile is not looked at

            @asynccontextmanager
            async def open_to_all(*_: Any) -> Any:
                yield NoJournal()

            async def alone(stored: Any, is_refused: bool) -> Any:
                return await keeper._refresher._ask(stored, is_refused, NoJournal())

            keeper._refresher._alone = lambda flights, key, begin: asyncio.ensure_future(begin())  # type: ignore[method-assign, assignment]
            keeper._refresher._renew = alone  # type: ignore[method-assign]

        async def pause(request: Request) -> None:
            await asyncio.sleep(0)

        bench.service.hooks.append(pause)
        bench.clock.move(LASTS_S + 1)
        tokens = await asyncio.gather(*(token(keeper) for _ in range(50)))
        assert (bench.service.count == 1 and set(tokens) == {"at-2"}) is is_joined

    run(work())


@pytest.mark.parametrize("guard", ["", "re-read", "lock"])
def test_several_keepers_of_one_home_make_one_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, guard: str
) -> None:
    """Four keepers with a vault object each make one request for an expiry, and none kills a grant that rotates.

    The controls: without the re-read under the lock, and without the lock, the refresh token is used again.
    """

    async def work() -> None:
        bench = Bench(tmp_path)
        keepers = [await bench.signed_in(), *[await bench.keeper() for _ in range(3)]]
        used: set[str] = set()

        async def judge(request: Request) -> None:
            await asyncio.sleep(0.01)
            said = bench.service.bodies[bench.service.requests.index(request)]["refresh_token"]
            if said in used:
                bench.service.script.append(refusal())
            used.add(said)

        bench.service.hooks.append(judge)
        if guard == "lock":

            @asynccontextmanager
            async def open_to_all(*_: Any) -> Any:
                yield NoJournal()

            monkeypatch.setattr(refreshing, "refresh_lock", open_to_all)
        if guard == "re-read":
            monkeypatch.setattr(refreshing, "_is_same", lambda now, before: True)
        bench.clock.move(LASTS_S + 1)
        found = await asyncio.gather(
            *(token(keeper) for keeper in keepers for _ in range(5)), return_exceptions=True
        )
        assert (bench.service.count == 1 and set(found) == {"at-2"}) is (guard == "")

    run(work())


def test_a_caller_that_gives_up_does_not_cut_the_refresh(tmp_path: Path) -> None:
    """When every caller is cancelled while the service answers, the grant is in the vault all the same."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in()
        asked, go = asyncio.Event(), asyncio.Event()

        async def hold(request: Request) -> None:
            asked.set()
            await go.wait()

        bench.service.hooks.append(hold)
        bench.clock.move(LASTS_S + 1)
        callers = [asyncio.ensure_future(token(keeper)) for _ in range(3)]
        await asked.wait()
        for caller in callers:
            caller.cancel()
        await asyncio.gather(*callers, return_exceptions=True)
        assert all(caller.cancelled() for caller in callers) and kept(keeper)["refresh_token"] == "rt-1"
        go.set()
        await keeper._refresher.settle()
        assert kept(keeper)["refresh_token"] == "rt-2" and bench.service.count == 1

    run(work())


def test_locking_waits_for_the_grant_that_is_under_way(tmp_path: Path) -> None:
    """lock() returns after the new grant is stored, never between the service's answer and the disk."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in()
        asked, go = asyncio.Event(), asyncio.Event()

        async def hold(request: Request) -> None:
            asked.set()
            await go.wait()

        bench.service.hooks.append(hold)
        bench.clock.move(LASTS_S + 1)
        caller = asyncio.ensure_future(token(keeper))
        await asked.wait()
        locking = asyncio.ensure_future(keeper.lock())
        for _ in range(20):
            await asyncio.sleep(0)
        assert not locking.done() and not keeper.is_locked
        go.set()
        await locking
        assert keeper.is_locked and await caller == "at-2"
        assert kept(await bench.keeper())["refresh_token"] == "rt-2"

    run(work())


def test_the_lock_file_says_that_a_refresh_began_before_it_leaves(tmp_path: Path) -> None:
    """Seen from inside the request, the file names the credential and the process; once stored it says nothing."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in()
        seen: list[bytes] = []

        async def look(request: Request) -> None:
            seen.append(bench.lock_file())

        bench.service.hooks.append(look)
        bench.clock.move(LASTS_S + 1)
        await token(keeper)
        said = json.loads(seen[0])
        assert said == {"serial": 1, "at": bench.clock.wall(), "pid": os.getpid()}
        assert bench.lock_file() == b"" and (bench.home / "vault").stat().st_mode & 0o077 == 0

    run(work())


class Killed(BaseException):
    """The process dies here."""


@pytest.mark.parametrize("between", [(), ("temporary",)])
@pytest.mark.parametrize("is_cut", [True, False])
def test_a_kill_between_answer_and_store_is_named_when_the_grant_is_refused(
    tmp_path: Path, is_cut: bool, between: tuple[str, ...]
) -> None:
    """The next owner whose refresh is refused says that one was under way, also with a failure between; else it does not."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in()
        bench.clock.move(LASTS_S + 1)
        if is_cut:

            async def die(stored: Any, grant: Any) -> Any:
                raise Killed

            keeper._refresher._keep = die  # type: ignore[method-assign]
            with pytest.raises(Killed):
                await token(keeper)
        other = await bench.keeper()
        if between:
            bench.service.script = [answer(503, error="temporarily_unavailable")]
            with pytest.raises(ServerFailed):
                await token(other)
            bench.clock.move(2)
        bench.service.script = [refusal()]
        with pytest.raises(SignInNeeded) as caught:
            await token(other)
        assert ("A refresh was under way" in caught.value.message) is is_cut
        assert ("A refresh was under way" in (await standing(other))["why"]) is is_cut

    with suppress(Killed):
        run(work())


def test_a_refused_grant_is_read_again_before_anything_is_said(tmp_path: Path) -> None:
    """When another program has stored a newer grant by the time ours is refused, that one is used and nothing is marked."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper, other = await bench.signed_in(), await bench.keeper()

        async def overtake(request: Request) -> None:
            await bench.sign_in(other, token="at-theirs", refresh_token="rt-theirs")

        bench.service.hooks.append(overtake)
        bench.service.script = [refusal()]
        bench.clock.move(LASTS_S + 1)
        assert await token(keeper) == "at-theirs" and bench.service.count == 1
        found = await standing(keeper)
        assert not found["needs_sign_in"] and found["why"] == ""

    run(work())


def test_a_dead_grant_is_marked_kept_and_not_asked_for_again(tmp_path: Path) -> None:
    """After invalid_grant the account says why, its fields are still in the vault, and no keeper asks a second time."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper, other = await bench.signed_in(), await bench.keeper()
        before = kept(keeper)
        bench.service.script = [refusal()]
        bench.clock.move(LASTS_S + 1)
        for asks in (keeper, keeper, other):
            with pytest.raises(SignInNeeded, match="no longer accepts this sign-in") as caught:
                await token(asks)
            assert caught.value.hint and "ps.sign_in('acme', account='me')" in caught.value.hint
        assert bench.service.count == 1 and kept(keeper) == before
        found = await standing(other)
        assert found["needs_sign_in"] and "no longer accepts" in found["why"]

    run(work())


def test_keepers_that_wait_for_the_lock_do_not_ask_for_a_grant_found_dead(tmp_path: Path) -> None:
    """Four keepers at once, one refusal: the three that waited for the lock raise it without a request of their own."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keepers = [await bench.signed_in(), *[await bench.keeper() for _ in range(3)]]

        async def refuse(request: Request) -> None:
            await asyncio.sleep(0.01)
            bench.service.script.append(refusal())

        bench.service.hooks.append(refuse)
        bench.clock.move(LASTS_S + 1)
        found = await asyncio.gather(*map(token, keepers), return_exceptions=True)
        assert all(isinstance(one, SignInNeeded) for one in found) and bench.service.count == 1

    run(work())


@pytest.mark.parametrize("way", ["sign in", "put"])
def test_signing_in_or_putting_clears_what_was_marked(tmp_path: Path, way: str) -> None:
    """A new credential takes the mark away, and is renewed again when it is due."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in()
        bench.service.script = [refusal()]
        bench.clock.move(LASTS_S + 1)
        with pytest.raises(SignInNeeded):
            await token(keeper)
        if way == "sign in":
            await bench.sign_in(keeper, token="at-anew")
            assert await token(keeper) == "at-anew"
        else:
            await keeper.put(
                **WHO, fields={**CLIENT, "refresh_token": Secret("rt-put")},
                plan=(await keeper.plan(**WHO))["plan"], base={}, base_url=None, label=None, kind="oauth", replace=True,
            )  # fmt: skip
            assert await token(keeper) == "at-3"
            assert bench.service.bodies[-1]["refresh_token"] == "rt-put"
        assert not (await standing(keeper))["needs_sign_in"]

    run(work())


def test_a_token_refused_before_its_end_leaves_its_dead_grant_alone_afterwards(tmp_path: Path) -> None:
    """Marked dead after a 401, a grant is not asked for again by a later call that knows nothing of the 401, due or not."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in()
        bench.service.script = [refusal()]
        with pytest.raises(SignInNeeded):
            await token(keeper, seen=1, is_refused=True)
        bench.clock.move(LASTS_S - 1)  # due, and by its date not over
        issued = await keeper.issue(**WHO)
        assert issued["refresh_at"] is None and bench.service.count == 1

    run(work())


@pytest.mark.parametrize("code", ["invalid_grant", "invalid_client", "what_is_this"])
def test_a_refused_early_refresh_leaves_the_token_to_its_end(tmp_path: Path, code: str) -> None:
    """The token goes on to be used, unmarked and not asked for again, until it ends; then it is asked once more, and marked."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in()
        bench.service.script = [refusal(code), refusal(code)]
        bench.clock.move(LASTS_S - 600)
        for _ in range(10):
            bench.clock.move(59)
            assert await token(keeper) == "at-1"
        assert bench.service.count == 1 and not (await standing(keeper))["needs_sign_in"]
        bench.clock.move(11)
        with pytest.raises(SignInNeeded):
            await token(keeper)
        with pytest.raises(SignInNeeded):
            await token(keeper)
        assert bench.service.count == 2 and (await standing(keeper))["needs_sign_in"]

    run(work())


def test_a_refused_client_is_not_told_to_sign_in(tmp_path: Path) -> None:
    """invalid_client asks for the app's id and secret, for a new sign-in would fail in the same way."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in()
        bench.service.script = [refusal("invalid_client")]
        bench.clock.move(LASTS_S + 1)
        with pytest.raises(SignInNeeded, match="client's id or secret") as caught:
            await token(keeper)
        assert (
            caught.value.hint and "vault.add(" in caught.value.hint and "ps.sign_in" not in caught.value.hint
        )

    run(work())


FAILURES: dict[str, Any] = {
    "503": lambda: answer(503, error="temporarily_unavailable"),
    "plain 502": lambda: page(502),
    "HTML": page,
    "silence": silence,
    "429": lambda: answer(429, message="slow down"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_for_the_moment_leaves_a_token_that_holds(tmp_path: Path, failure: str) -> None:
    """With 1, 2, 4 … 60 s between them the refreshes are tried again, and every call meanwhile has the old token."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in(lasts_s=86_400)
        bench.service.script = [FAILURES[failure]() for _ in range(9)]
        bench.clock.move(86_400 - 600)
        for n, pause_s in enumerate([1, 2, 4, 8, 16, 32, 60, 60], 1):
            assert await token(keeper) == "at-1" and bench.service.count == n
            bench.clock.move(pause_s - 0.5)
            assert await token(keeper) == "at-1" and bench.service.count == n
            bench.clock.move(0.5)
        bench.service.script.clear()
        assert await token(keeper) == "at-10" and not (await standing(keeper))["needs_sign_in"]

    run(work())


@pytest.mark.parametrize("failure", FAILURES)
def test_nobody_hammers_a_service_that_fails_when_the_token_has_ended(tmp_path: Path, failure: str) -> None:
    """A second caller within the pause gets the same error without a request, and the first after it asks again."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in()
        bench.service.script = [FAILURES[failure](), FAILURES[failure]()]
        kind: type[ProviderError] = ResponseUnreadable if failure == "HTML" else ServerFailed
        if failure == "plain 502":
            kind = ProviderError
        bench.clock.move(LASTS_S + 1)
        for _ in range(5):
            with pytest.raises(kind) as caught:
                await token(keeper)
            assert not isinstance(caught.value, SignInNeeded)
        assert bench.service.count == 1
        if kind is ServerFailed:
            assert caught.value.retry_after_s == pytest.approx(1)
        bench.clock.move(1)
        for _ in range(5):
            with pytest.raises(kind):
                await token(keeper)
        assert bench.service.count == 2
        bench.clock.move(2)
        assert await token(keeper) == "at-4" and bench.service.count == 3

    run(work())


def test_what_the_service_asks_to_wait_is_waited(tmp_path: Path) -> None:
    """Retry-After counts where it is longer than the pause."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in()
        bench.service.script = [answer(503, headers={"Retry-After": "300"}, error="temporarily_unavailable")]
        bench.clock.move(LASTS_S + 1)
        for _ in range(3):
            with pytest.raises(ServerFailed):
                await token(keeper)
            bench.clock.move(99)
        assert bench.service.count == 1
        bench.clock.move(4)
        assert await token(keeper) == "at-3"

    run(work())


def test_a_new_sign_in_does_not_wait_for_the_pause_of_the_old_one(tmp_path: Path) -> None:
    """A pause belongs to the credential that failed: one signed in by another process meanwhile is used at once."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper, other = await bench.signed_in(), await bench.keeper()
        bench.service.script = [answer(503, error="temporarily_unavailable")]
        bench.clock.move(LASTS_S + 1)
        with pytest.raises(ServerFailed):
            await token(keeper)
        await bench.sign_in(other, token="at-anew", lasts_s=0.0001)
        bench.clock.move(0.001)
        assert await token(keeper) == "at-3"

    run(work())


@pytest.mark.parametrize("is_rotating", [True, False])
def test_the_refresh_token_there_is_stays_where_the_answer_has_none(
    tmp_path: Path, is_rotating: bool
) -> None:
    """A static refresh token serves for every renewal; one that rotates is replaced by each."""

    async def work() -> None:
        bench = Bench(tmp_path)
        bench.service.is_rotating = is_rotating
        keeper = await bench.signed_in()
        for n in (1, 2, 3):
            bench.clock.move(LASTS_S + 1)
            assert await token(keeper) == f"at-{n + 1}"
            assert bench.service.bodies[-1]["refresh_token"] == (f"rt-{n}" if is_rotating else "rt-1")
        assert kept(keeper)["refresh_token"] == ("rt-4" if is_rotating else "rt-1")

    run(work())


def test_a_token_without_an_expiry_is_renewed_by_a_401_alone(tmp_path: Path) -> None:
    """After a year nobody has asked for it; a 401 of that version asks once, one of an older version not at all."""

    async def work() -> None:
        bench = Bench(tmp_path)
        bench.service.lasts_s = None
        keeper = await bench.signed_in(lasts_s=None)
        bench.clock.move(365 * 86_400)
        issued = await keeper.issue(**WHO)
        assert (issued["refresh_at"], issued["expires_at"], bench.service.count) == (None, None, 0)
        found = await asyncio.gather(*(token(keeper, seen=1, is_refused=True) for _ in range(20)))
        assert set(found) == {"at-2"} and bench.service.count == 1
        assert await token(keeper, seen=1, is_refused=True) == "at-2" and bench.service.count == 1
        assert await token(keeper, seen=2, is_refused=True) == "at-3" and bench.service.count == 2

    run(work())


@pytest.mark.parametrize("lasts_s", [None, LASTS_S])
def test_a_token_with_nothing_to_renew_it_needs_a_person(tmp_path: Path, lasts_s: float | None) -> None:
    """Without a refresh token a 401, or the end, marks the account at once, and no service is asked."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in(lasts_s=lasts_s, refresh_token=None)
        bench.clock.move(LASTS_S - 1)
        assert await token(keeper) == "at-1" and not (await standing(keeper))["can_refresh"]
        bench.clock.move(2)
        with pytest.raises(SignInNeeded, match="nothing to renew it with"):
            await token(keeper, seen=1, is_refused=lasts_s is None)
        assert (await standing(keeper))["needs_sign_in"] and bench.service.count == 0

    run(work())


def test_a_401_does_not_mark_an_account_that_was_signed_in_anew(tmp_path: Path) -> None:
    """Where another process has signed in while the mark was on its way to the disk, its token is issued instead."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper, other = await bench.signed_in(lasts_s=None, refresh_token=None), await bench.keeper()
        write = keeper._accounts._write

        async def late(*given: Any) -> Any:
            await bench.sign_in(other, token="at-anew")
            return await write(*given)

        keeper._accounts._write = late  # type: ignore[method-assign]
        assert await token(keeper, seen=1, is_refused=True) == "at-anew"
        assert not (await standing(keeper))["needs_sign_in"]

    run(work())


def test_a_rename_does_not_lose_the_mark(tmp_path: Path) -> None:
    """Where the label changes while the mark is on its way, both are there in the end."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper, other = await bench.signed_in(), await bench.keeper()

        async def rename(request: Request) -> None:
            await other.describe(**WHO, label="Renamed")

        bench.service.hooks.append(rename)
        bench.service.script = [refusal()]
        bench.clock.move(LASTS_S + 1)
        with pytest.raises(SignInNeeded):
            await token(keeper)
        found = await standing(keeper)
        assert found["needs_sign_in"] and found["label"] == "Renamed"

    run(work())


def test_a_service_that_repeats_the_token_gives_a_credential_of_its_own(tmp_path: Path) -> None:
    """The same token again counts as the next credential: one request for each 401, and no endless round."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in()
        for n in (1, 2):
            bench.service.script = [answer(access_token="at-1", expires_in=3600)]
            issued = await keeper.issue(**WHO, seen=n, is_refused=True)
            assert issued["version"] == n + 1 and issued["fields"]["access_token"].reveal() == "at-1"
            await keeper.issue(**WHO, seen=n, is_refused=True)
            assert bench.service.count == n

    run(work())


@pytest.mark.parametrize("ahead_s", [-600, 600])
def test_an_expiry_is_counted_from_our_own_clock(tmp_path: Path, ahead_s: float) -> None:
    """However wrong the server's clock is, a token of an hour holds an hour from when it was asked for."""

    async def work() -> None:
        from email.utils import formatdate

        bench = Bench(tmp_path)
        keeper = await bench.signed_in()
        bench.clock.move(LASTS_S + 1)
        date = formatdate(bench.clock.wall() + ahead_s, usegmt=True)
        bench.service.script = [
            answer(headers={"Date": date}, access_token="at-2", refresh_token="rt-2", expires_in=3600)
        ]
        issued = await keeper.issue(**WHO)
        assert issued["expires_at"] == pytest.approx(bench.clock.wall() + 3600)

    run(work())


def test_a_rename_during_the_refresh_keeps_both(tmp_path: Path) -> None:
    """The new grant and the new label are in the vault, after one request."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper, other = await bench.signed_in(), await bench.keeper()

        async def rename(request: Request) -> None:
            await other.describe(**WHO, label="Renamed")

        bench.service.hooks.append(rename)
        bench.clock.move(LASTS_S + 1)
        assert await token(keeper) == "at-2" and bench.service.count == 1
        assert kept(other)["refresh_token"] == "rt-2" and (await standing(other))["label"] == "Renamed"

    run(work())


@pytest.mark.parametrize("is_answered", [True, False])
def test_a_sign_in_during_a_refresh_wins(tmp_path: Path, is_answered: bool) -> None:
    """What a person brought meanwhile stays, whether the refresh that was under way is granted or refused."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper, other = await bench.signed_in(), await bench.keeper()

        async def sign_in(request: Request) -> None:
            await bench.sign_in(other, token="at-person", refresh_token="rt-person")

        bench.service.hooks.append(sign_in)
        bench.service.script = [] if is_answered else [refusal("invalid_client")]
        bench.clock.move(LASTS_S + 1)
        assert await token(keeper) == "at-person"
        assert kept(keeper)["refresh_token"] == "rt-person" and not (await standing(keeper))["needs_sign_in"]

    run(work())


def test_a_refresh_that_ends_while_an_account_is_put_loses_to_it(tmp_path: Path) -> None:
    """A put that meets a change it did not see is made again on top of it, and does not fail."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper, other = await bench.signed_in(), await bench.keeper()
        find, finds = keeper._accounts.find, 0

        def late(*who: str) -> Any:
            nonlocal finds
            found, finds = find(*who), finds + 1
            if finds == 1:
                other._vault.put(*WHO.values(), None, {"label": "Changed"})
            return found

        keeper._accounts.find = late  # type: ignore[method-assign]
        await bench.sign_in(keeper, token="at-anew")
        assert finds == 2 and await token(keeper) == "at-anew"

    run(work())


def test_an_account_made_anew_does_not_get_the_grant_of_the_one_removed(tmp_path: Path) -> None:
    """Removed and put again during a refresh, an account has what was put, though both are its first credential."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper, other = await bench.signed_in(), await bench.keeper()

        async def swap(request: Request) -> None:
            await other.remove(**WHO)
            await bench.sign_in(other, token="at-somebody-else", refresh_token="rt-somebody-else")

        bench.service.hooks.append(swap)
        bench.clock.move(LASTS_S + 1)
        assert await token(keeper) == "at-somebody-else"
        assert kept(other)["access_token"] == "at-somebody-else"

    run(work())


# The disk that is full


async def fill_up(bench: Bench) -> None:
    async def fill(request: Request) -> None:
        bench.disk.is_full = True

    bench.service.hooks[:] = [fill]


def test_a_grant_the_disk_refuses_is_used_and_stored_later(tmp_path: Path) -> None:
    """The token is issued from memory while the disk is full, and stored with the next call after: one request in all."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in()
        await fill_up(bench)
        bench.clock.move(LASTS_S + 1)
        for _ in range(3):
            issued = await asyncio.gather(*(keeper.issue(**WHO) for _ in range(5)))
            assert {one["fields"]["access_token"].reveal() for one in issued} == {"at-2"}
            assert {one["version"] for one in issued} == {2}
            assert kept(keeper)["refresh_token"] == "rt-1"
        assert json.loads(bench.lock_file())["serial"] == 1  # whoever finds it like this knows
        bench.disk.is_full = False
        assert await token(keeper) == "at-2" and bench.service.count == 1
        assert kept(await bench.keeper())["refresh_token"] == "rt-2"

    run(work())


@pytest.mark.parametrize("is_renamed", [False, True])
def test_a_second_grant_the_disk_refuses_follows_the_first(tmp_path: Path, is_renamed: bool) -> None:
    """Through two expiries on a full disk each refresh uses the token before it, and the last one is stored, renamed or not."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper, other = await bench.signed_in(), await bench.keeper()
        await fill_up(bench)
        for n in (1, 2, 3):
            bench.clock.move(LASTS_S + 1)
            issued = await keeper.issue(**WHO)
            assert issued["fields"]["access_token"].reveal() == f"at-{n + 1}" and issued["version"] == n + 1
            assert bench.service.bodies[-1]["refresh_token"] == f"rt-{n}"
            assert await token(keeper) == f"at-{n + 1}" and bench.service.count == n
        bench.disk.is_full = False
        if is_renamed:
            await other.describe(**WHO, label="Renamed")
        issued = await keeper.issue(**WHO)
        assert issued["version"] == 4 and bench.service.count == 3
        assert kept(other)["refresh_token"] == "rt-4"
        assert (await standing(other))["version"] == 4
        assert (await standing(other))["label"] == ("Renamed" if is_renamed else "Me")

    run(work())


def test_a_grant_that_waits_for_the_disk_is_stored_by_the_refresh_after_it(tmp_path: Path) -> None:
    """A rename during the second refresh loses neither: the disk is free again, and has the newest of both."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper, other = await bench.signed_in(), await bench.keeper()
        await fill_up(bench)
        bench.clock.move(LASTS_S + 1)
        await token(keeper)

        async def rename(request: Request) -> None:
            bench.disk.is_full = False
            await other.describe(**WHO, label="Renamed")

        bench.service.hooks[:] = [rename]
        bench.clock.move(LASTS_S + 1)
        issued = await keeper.issue(**WHO)
        assert issued["fields"]["access_token"].reveal() == "at-3" and bench.service.count == 2
        assert issued["version"] == 3  # the number of the one before was issued already, with another token
        assert kept(other)["refresh_token"] == "rt-3" and (await standing(other))["label"] == "Renamed"

    run(work())


@pytest.mark.parametrize("how", ["lock", "put", "remove"])
def test_a_grant_that_waits_for_the_disk_is_stored_by_what_comes_next(tmp_path: Path, how: str) -> None:
    """Locking and removing store it first, so that neither loses it; a put takes its place under a number of its own."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in()
        await fill_up(bench)
        bench.clock.move(LASTS_S + 1)
        await token(keeper)
        bench.disk.is_full = False
        if how == "lock":
            await keeper.lock()
            assert kept(await bench.keeper())["refresh_token"] == "rt-2"
        elif how == "remove":
            await keeper.undo(undo=(await keeper.remove(**WHO))["undo"])
            assert kept(keeper)["refresh_token"] == "rt-2"
        else:
            await bench.sign_in(keeper, token="at-not-by-the-keeper")  # as another process would
            assert await token(keeper) == "at-not-by-the-keeper"
            await keeper.put(
                **WHO, fields={"token": Secret("typed-in")}, plan=None, base={}, base_url=None, label=None, kind="key",
                replace=True,
            )  # fmt: skip
            issued = await keeper.issue(**WHO)
            assert issued["fields"]["token"].reveal() == "typed-in" and issued["version"] > 2

    run(work())


def test_a_token_that_holds_is_used_where_the_lock_file_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no room to note that a refresh begins, none is sent: the old token is issued while it holds, then DiskFull."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in()

        def full(*_: Any) -> int:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "pwrite", full)
        bench.clock.move(LASTS_S - 1)
        assert await token(keeper) == "at-1"
        bench.clock.move(2)
        with pytest.raises(DiskFull):
            await token(keeper)
        assert bench.service.count == 0
        monkeypatch.undo()
        assert await token(keeper) == "at-2"

    run(work())


def test_a_dead_grant_is_not_asked_for_again_where_the_mark_cannot_be_written(tmp_path: Path) -> None:
    """On a full disk the refusal is remembered in memory, and marked in the vault once there is room."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in()
        await fill_up(bench)
        bench.service.script = [refusal()]
        bench.clock.move(LASTS_S + 1)
        for _ in range(3):
            with pytest.raises(SignInNeeded, match="no longer accepts this sign-in"):
                await token(keeper)
        assert not (await standing(keeper))["needs_sign_in"]
        bench.disk.is_full = False
        with pytest.raises(SignInNeeded):
            await token(keeper)
        assert (await standing(keeper))["needs_sign_in"] and bench.service.count == 1

    run(work())


def test_an_account_removed_during_a_refresh_is_told_as_removed(tmp_path: Path) -> None:
    """Whoever asks afterwards hears that there is no such account; put back, it has the grant that came meanwhile."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper, other = await bench.signed_in(), await bench.keeper()
        undo: list[str] = []

        async def remove(request: Request) -> None:
            undo.append((await other.remove(**WHO))["undo"])

        bench.service.hooks.append(remove)
        bench.clock.move(LASTS_S + 1)
        assert await token(keeper) == "at-2"
        with pytest.raises(UnknownName):
            await token(keeper)
        bench.service.hooks.clear()
        await other.undo(undo=undo[0])
        assert await token(keeper) == "at-2" and bench.service.count == 1
        assert kept(other)["refresh_token"] == "rt-2"

    run(work())


def test_what_is_marked_survives_the_process(tmp_path: Path) -> None:
    """A keeper started later knows the state and why, and raises both without a request."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in()
        bench.service.script = [refusal()]
        bench.clock.move(LASTS_S + 1)
        with pytest.raises(SignInNeeded):
            await token(keeper)
        later: Keeper = await bench.keeper()
        assert later._accounts.read(**WHO).state == REAUTH
        with pytest.raises(SignInNeeded, match="no longer accepts"):
            await token(later)
        assert bench.service.count == 1 and bench.service.requests[0].url == TOKEN_URL

    run(work())


def test_the_service_of_these_tests_can_be_hammered() -> None:
    """The control of the counts: two requests are counted as two."""

    async def work() -> None:
        service = TokenService()
        request = Request("POST", TOKEN_URL, (("Content-Type", "application/json"),), b"{}")
        await service.send(request)
        await service.send(request)
        assert service.count == 2

    run(work())
