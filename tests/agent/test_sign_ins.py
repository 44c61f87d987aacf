"""Sign-ins from beginning to end through the keeper: what ends one, what does not, and what is stored."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from test_grants import real
from test_loopback import get
from token_service import (
    CLIENT,
    SCHEME,
    WHO,
    Bench,
    answer,
    kept,
    page,
    refusal,
    run,
    silence,
    standing,
    token,
)

from penstock.agent.keeper import Keeper
from penstock.agent.loopback import HOST
from penstock.agent.sign_ins import LASTS_S
from penstock.auth.plans import write_plan
from penstock.auth.schemes import OAuth2
from penstock.auth.sign_in import build_challenge
from penstock.errors import SignInNeeded, UnknownName, UsageError
from penstock.redact import Secret
from penstock.testing import FakeClock

DEVICE = replace(SCHEME, device="https://auth.example.com/device")
AWAY = "https://hub.example.com/user/me/callback"


def bench_at(home: Path) -> Bench:
    """Return a bench whose time stands still unless a test moves it: nobody comes back late by accident."""
    return Bench(home, clock=FakeClock())


async def begin(
    keeper: Keeper,
    scheme: OAuth2 = SCHEME,
    via: str = "loopback",
    redirect_uri: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Begin a sign-in of the usual account."""
    given = {"fields": CLIENT, "base": {}, "base_url": None, "label": "Me", **WHO, **more}
    return await keeper.begin_sign_in(plan=write_plan(scheme), via=via, redirect_uri=redirect_uri, **given)


def asked(begun: dict[str, Any]) -> dict[str, str]:
    """Return the parameters of the address a person opens."""
    return {name: values[0] for name, values in parse_qs(urlsplit(begun["address"]).query).items()}


async def come_back(begun: dict[str, Any], **fields: str) -> bytes:
    """Bring the browser back with these fields."""
    back = urlsplit(asked(begun)["redirect_uri"])
    assert back.port is not None
    return await get(back.port, f"{back.path}?{urlencode(fields)}", f"{back.hostname}:{back.port}")


async def ended(keeper: Keeper, begun: dict[str, Any]) -> tuple[str, str]:
    """Return how a sign-in ended."""
    task = keeper._sign_ins._known[begun["id"]].task
    assert task is not None
    await asyncio.wait([task])
    found = await keeper.sign_in_state(id=begun["id"])
    return found["state"], found["message"]


async def is_waiting(keeper: Keeper, begun: dict[str, Any]) -> bool:
    """Say whether it still waits, after all that was under way."""
    for _ in range(20):
        await asyncio.sleep(0)
    return (await keeper.sign_in_state(id=begun["id"]))["state"] == "waiting"


# Through a browser on this machine


def test_a_sign_in_ends_with_a_grant_in_the_vault(tmp_path: Path) -> None:
    """The code is turned into a grant with the verifier of the challenge sent, and stored with where it came back to."""

    async def work() -> None:
        bench = bench_at(tmp_path)
        keeper = await bench.keeper()
        begun = await begin(keeper)
        sent = asked(begun)
        assert await keeper.accounts() == [] and sent["client_id"] == "client-id-1"
        assert (await come_back(begun, code="c-1", state=sent["state"])).startswith(b"HTTP/1.1 200 ")
        assert await ended(keeper, begun) == ("finished", "Signed in.")
        (said,) = bench.service.bodies
        assert (said["code"], said["redirect_uri"]) == ("c-1", sent["redirect_uri"])
        assert build_challenge(Secret(said["code_verifier"])) == sent["code_challenge"]
        assert kept(keeper)["refresh_token"] == "rt-2" and await token(keeper) == "at-2"
        assert keeper._accounts.read(**WHO).entry.notes["redirect_uri"] == sent["redirect_uri"]
        assert (await standing(keeper))["label"] == "Me"

    run(work())


def test_what_a_person_sees_holds_no_secret(tmp_path: Path) -> None:
    """Neither what begin returns nor the state has the client's secret or the verifier; the address is there whole."""

    async def work() -> None:
        bench = bench_at(tmp_path)
        keeper = await bench.keeper()
        begun = await begin(keeper)
        await come_back(begun, code="c-1", state=asked(begun)["state"])
        await ended(keeper, begun)
        shown = json.dumps({**begun, **await keeper.sign_in_state(id=begun["id"])})
        for secret in ("client-secret-canary", bench.service.bodies[0]["code_verifier"], "at-2", "rt-2"):
            assert secret not in shown
        assert repr(keeper._sign_ins._known[begun["id"]]).find(asked(begun)["state"]) == -1

    run(work())


def test_an_answer_of_another_sign_in_is_not_taken(tmp_path: Path) -> None:
    """A wrong state, none, or another's goes on waiting, spends no code, and the right one still ends it."""

    async def work() -> None:
        bench = bench_at(tmp_path)
        keeper = await bench.keeper()
        begun = await begin(keeper)
        right = asked(begun)["state"]
        for fields in (
            {"code": "evil", "state": "x"},
            {"code": "evil"},
            {"error": "access_denied", "state": right[:-1]},
        ):
            assert (await come_back(begun, **fields)).startswith(b"HTTP/1.1 400 ")
            assert await is_waiting(keeper, begun)
        assert bench.service.count == 0
        await come_back(begun, code="c-1", state=right)
        assert (await ended(keeper, begun))[0] == "finished" and bench.service.bodies[0]["code"] == "c-1"

    run(work())


def test_a_code_is_used_once(tmp_path: Path) -> None:
    """A redirect that arrives twice, or with another code, makes one request: the first one's."""

    async def work() -> None:
        bench = bench_at(tmp_path)
        keeper = await bench.keeper()
        begun = await begin(keeper)
        state, gate = asked(begun)["state"], asyncio.Event()
        mishaps: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: mishaps.append(context))

        async def hold(request: Any) -> None:
            await gate.wait()

        bench.service.hooks.append(hold)
        answers = await asyncio.gather(
            *(come_back(begun, code=f"c-{n}", state=state) for n in range(3)), return_exceptions=True
        )
        assert sum(isinstance(one, bytes) and one.startswith(b"HTTP/1.1 200 ") for one in answers) == 1
        gate.set()
        assert (await ended(keeper, begun))[0] == "finished" and bench.service.count == 1
        assert mishaps == []

    run(work())


def test_a_no_ends_the_sign_in(tmp_path: Path) -> None:
    """access_denied with the right state fails it with what to do, stores nothing, and asks for no token."""

    async def work() -> None:
        bench = bench_at(tmp_path)
        keeper = await bench.keeper()
        begun = await begin(keeper)
        await come_back(begun, error="access_denied", state=asked(begun)["state"])
        state, message = await ended(keeper, begun)
        assert state == "failed" and "declined" in message
        assert await keeper.accounts() == [] and bench.service.count == 0

    run(work())


@pytest.mark.parametrize("said", ["refused", "silence", "html"])
def test_a_code_that_brings_no_grant_ends_the_sign_in(tmp_path: Path, said: str) -> None:
    """Refused, unanswered or answered by a proxy: it has failed, says so, and leaves no account."""

    async def work() -> None:
        bench = bench_at(tmp_path)
        keeper = await bench.keeper()
        begun = await begin(keeper)
        bench.service.script = [{"refused": refusal(), "silence": silence(), "html": page()}[said]]
        await come_back(begun, code="c-1", state=asked(begun)["state"])
        assert (await ended(keeper, begun))[0] == "failed" and await keeper.accounts() == []

    run(work())


def test_nobody_waits_longer_than_ten_minutes(tmp_path: Path) -> None:
    """A second before the end it still waits and its address answers; at the end it has failed, and the port is free."""

    async def work() -> None:
        bench = bench_at(tmp_path)
        keeper = await bench.keeper()
        begun = await begin(keeper)
        assert begun["expires_at"] == bench.clock.wall() + LASTS_S == bench.clock.wall() + 600
        await bench.clock.advance(LASTS_S - 1)
        assert await is_waiting(keeper, begun)
        await bench.clock.advance(1)
        state, message = await ended(keeper, begun)
        assert state == "failed" and "in time" in message
        with pytest.raises(OSError):
            await come_back(begun, code="c-1", state=asked(begun)["state"])

    run(work())


def test_giving_up_frees_the_port(tmp_path: Path) -> None:
    """After cancel nothing listens any more, the state says so, and nothing sleeps on for it."""

    async def work() -> None:
        bench = bench_at(tmp_path)
        keeper = await bench.keeper()
        begun = await begin(keeper)
        await keeper.cancel_sign_in(id=begun["id"])
        assert await keeper.sign_in_state(id=begun["id"]) == {
            "state": "failed",
            "message": "It was given up.",
        }
        with pytest.raises(OSError):
            await come_back(begun, code="c-1", state=asked(begun)["state"])
        assert bench.clock.sleeping == 0
        await keeper.cancel_sign_in(id=begun["id"])  # twice is as good

    run(work())


def test_two_sign_ins_at_once_do_not_take_each_others_answers(tmp_path: Path) -> None:
    """Each has a port and a state of its own; brought to the wrong one, an answer is refused there."""

    async def work() -> None:
        bench = bench_at(tmp_path)
        keeper = await bench.keeper()
        one, two = await begin(keeper), await begin(keeper, account="two")
        assert (
            asked(one)["redirect_uri"] != asked(two)["redirect_uri"]
            and asked(one)["state"] != asked(two)["state"]
        )
        assert (await come_back(one, code="c", state=asked(two)["state"])).startswith(b"HTTP/1.1 400 ")
        await come_back(two, code="c-two", state=asked(two)["state"])
        assert (await ended(keeper, two))[0] == "finished" and await is_waiting(keeper, one)
        await come_back(one, code="c-one", state=asked(one)["state"])
        assert (await ended(keeper, one))[0] == "finished"
        assert sorted(found["account"] for found in await keeper.accounts()) == ["me", "two"]

    run(work())


@pytest.mark.parametrize("host", [HOST, "localhost"])
def test_a_redirect_address_with_a_port_is_listened_on(tmp_path: Path, host: str) -> None:
    """The address registered to the letter is sent, listened on and repeated in the code's request."""

    async def work() -> None:
        bench = bench_at(tmp_path)
        keeper = await bench.keeper()
        free = await asyncio.start_server(lambda *_: None, HOST, 0)
        port = free.sockets[0].getsockname()[1]
        free.close()
        await free.wait_closed()
        uri = f"http://{host}:{port}/oauth/done"
        begun = await begin(keeper, redirect_uri=uri)
        assert asked(begun)["redirect_uri"] == uri
        with pytest.raises(UsageError, match=str(port)):
            await begin(keeper, redirect_uri=uri, account="two")
        assert (await get(port, f"/oauth/done?code=c&state={asked(begun)['state']}")).startswith(
            b"HTTP/1.1 200 "
        )
        assert (await ended(keeper, begun))[0] == "finished" and bench.service.bodies[0][
            "redirect_uri"
        ] == uri

    run(work())


def test_a_redirect_address_without_a_port_gets_the_one_listened_on(tmp_path: Path) -> None:
    """A browser sent to http://127.0.0.1/path would come back to port 80; the port listened on is put in."""

    async def work() -> None:
        bench = bench_at(tmp_path)
        keeper = await bench.keeper()
        begun = await begin(keeper, redirect_uri=f"http://{HOST}/back")
        assert (await come_back(begun, code="c", state=asked(begun)["state"])).startswith(b"HTTP/1.1 200 ")
        assert (await ended(keeper, begun))[0] == "finished"
        assert bench.service.bodies[0]["redirect_uri"] == asked(begun)["redirect_uri"]

    run(work())


@pytest.mark.parametrize("uri", [AWAY, "http://[::1]:9123/callback", "https://127.0.0.1:9123/callback"])
def test_an_address_nobody_here_listens_on_is_refused(tmp_path: Path, uri: str) -> None:
    """A browser that would come back elsewhere is not waited for here; the hint names the way that works."""

    async def work() -> None:
        keeper = await bench_at(tmp_path).keeper()
        with pytest.raises(UsageError) as caught:
            await begin(keeper, redirect_uri=uri)
        assert caught.value.hint and "via='paste'" in caught.value.hint

    run(work())


# Pasted


@pytest.mark.parametrize("is_bare", [False, True])
def test_what_was_pasted_ends_the_sign_in(tmp_path: Path, is_bare: bool) -> None:
    """The whole address, or with PKCE the bare code, is taken; rubbish and another's answer are refused, and it waits on."""

    async def work() -> None:
        bench = bench_at(tmp_path)
        keeper = await bench.keeper()
        begun = await begin(keeper, via="paste", redirect_uri=AWAY)
        assert asked(begun)["redirect_uri"] == AWAY
        for text in ("", f"{AWAY}?code=evil&state=other", begun["address"]):
            with pytest.raises(UsageError):
                await keeper.answer_sign_in(id=begun["id"], answer=Secret(text))
            assert await is_waiting(keeper, begun)
        right = "c-1" if is_bare else f"{AWAY}?code=c-1&state={asked(begun)['state']}"
        await keeper.answer_sign_in(id=begun["id"], answer=Secret(right))
        assert (await ended(keeper, begun))[0] == "finished"
        assert bench.service.bodies[0]["code"] == "c-1" and bench.service.count == 1
        with pytest.raises(UsageError):
            await keeper.answer_sign_in(id=begun["id"], answer=Secret(right))
        assert bench.service.count == 1

    run(work())


def test_a_no_that_was_pasted_ends_the_sign_in(tmp_path: Path) -> None:
    """The address of a page that says access_denied fails the sign-in, and is no error of the paste."""

    async def work() -> None:
        bench = bench_at(tmp_path)
        keeper = await bench.keeper()
        begun = await begin(keeper, via="paste", redirect_uri=AWAY)
        said = f"{AWAY}?error=access_denied&state={asked(begun)['state']}"
        await keeper.answer_sign_in(id=begun["id"], answer=Secret(said))
        state, message = await ended(keeper, begun)
        assert state == "failed" and "declined" in message

    run(work())


# On another device


def device_answer(**more: Any) -> Any:
    """Return what a device end point says."""
    return answer(
        **{
            "device_code": "dc-canary", "user_code": "WDJB-MJHT", "verification_uri": "https://auth.example.com/d",
            "expires_in": 900, "interval": 5, **more,
        }
    )  # fmt: skip


def test_a_device_is_polled_as_slowly_as_it_is_told(tmp_path: Path) -> None:
    """Five seconds, pending, five seconds, slow_down, from then on ten: not one poll earlier, and then the grant is stored."""

    async def work() -> None:
        bench = bench_at(tmp_path)
        keeper = await bench.keeper()
        bench.service.script = [
            device_answer(),
            *map(refusal, ("authorization_pending", "slow_down", "authorization_pending")),
        ]
        begun = await begin(keeper, DEVICE, via="device")
        assert (begun["user_code"], begun["address"]) == ("WDJB-MJHT", "https://auth.example.com/d")
        assert "dc-canary" not in repr(begun) and begun["expires_at"] == bench.clock.wall() + 900
        polls = 1
        for wait_s in (5, 5, 10, 10):
            await bench.clock.advance(wait_s - 0.5)
            assert bench.service.count == polls
            await bench.clock.advance(0.5)
            polls += 1
            assert bench.service.count == polls
        assert (await ended(keeper, begun))[0] == "finished" and await token(keeper) == "at-6"
        assert bench.service.bodies[-1]["device_code"] == "dc-canary"

    run(work())


@pytest.mark.parametrize("how", ["denied", "expired"])
def test_a_device_that_is_refused_or_too_late_ends_the_sign_in(tmp_path: Path, how: str) -> None:
    """access_denied, or the code's end, fails it; nothing is polled afterwards."""

    async def work() -> None:
        bench = bench_at(tmp_path)
        keeper = await bench.keeper()
        later = [refusal("access_denied")] if how == "denied" else [refusal("authorization_pending")] * 500
        bench.service.script = [device_answer(), *later]
        begun = await begin(keeper, DEVICE, via="device")
        await bench.clock.advance(900)
        state, _ = await ended(keeper, begun)
        count = bench.service.count
        assert state == "failed" and count == (2 if how == "denied" else 1 + 179)
        await bench.clock.advance(900)
        assert bench.service.count == count and await keeper.accounts() == []

    run(work())


def test_a_device_that_cannot_begin_is_no_sign_in(tmp_path: Path) -> None:
    """A device end point that refuses raises at once, and a service without one is told to paste."""

    async def work() -> None:
        bench = bench_at(tmp_path)
        keeper = await bench.keeper()
        bench.service.script = [refusal("unauthorized_client")]
        with pytest.raises(SignInNeeded):
            await begin(keeper, DEVICE, via="device")
        with pytest.raises(UsageError) as caught:
            await begin(keeper, SCHEME, via="device")
        assert caught.value.hint and "paste" in caught.value.hint
        bench.service.script = [device_answer()]
        begun = await begin(keeper, DEVICE, via="device")
        with pytest.raises(UsageError, match="Nothing is pasted"):
            await keeper.answer_sign_in(id=begun["id"], answer=Secret("c-1"))
        await keeper.lock()

    run(work())


# What is looked up afterwards


JIRA_ID = "11111111-2222-3333-4444-555555555555"
LOOK_UPS = [
    (
        "jira",
        [{"id": JIRA_ID, "url": "https://a.atlassian.net"}],
        {"site": f"api.atlassian.com/ex/jira/{JIRA_ID}"},
    ),
    ("jira", [{"id": JIRA_ID}, {"id": JIRA_ID}], {}),
    ("jira", [{"id": "evil.example/"}], {}),
    ("mailchimp", {"dc": "us21", "login_url": "x"}, {"dc": "us21"}),
    ("mailchimp", {"dc": "evil.example/"}, {}),
]


@pytest.mark.parametrize(("name", "found", "base"), LOOK_UPS)
def test_what_the_answer_lacks_is_looked_up(
    tmp_path: Path, name: str, found: Any, base: dict[str, str]
) -> None:
    """The service is asked once with the new token for its part of the address, which is issued if it is one."""

    async def work() -> None:
        bench = bench_at(tmp_path)
        keeper = await bench.keeper()
        scheme = real(name)
        begun = await begin(keeper, scheme)
        told = replace(answer(), body=json.dumps(found).encode())
        bench.service.script = [answer(access_token="new-token-1", refresh_token="rt"), told]
        await come_back(begun, code="c", state=asked(begun)["state"])
        assert await ended(keeper, begun) == ("finished", "Signed in.")
        look = bench.service.requests[1]
        assert (look.method, look.url) == ("GET", scheme.lookup)
        assert dict(look.headers)["Authorization"] == f"{scheme.lookup_prefix}new-token-1"
        assert (await keeper.issue(**WHO))["base"] == base

    run(work())


@pytest.mark.parametrize("failure", ["silence", "500", "html", "deep"])
def test_a_look_up_that_fails_costs_no_sign_in(tmp_path: Path, failure: str) -> None:
    """Without what is looked up the grant is stored all the same: the part of the address can be given by hand."""

    async def work() -> None:
        bench = bench_at(tmp_path)
        keeper = await bench.keeper()
        begun = await begin(keeper, real("mailchimp"))
        told = {
            "silence": silence(), "500": answer(500, dc="us21"), "html": page(),
            "deep": replace(answer(), body=b"[" * 100_000),
        }  # fmt: skip
        bench.service.script = [answer(access_token="new-token-1"), told[failure]]
        await come_back(begun, code="c", state=asked(begun)["state"])
        assert await ended(keeper, begun) == ("finished", "Signed in.")
        issued = await keeper.issue(**WHO)
        assert issued["fields"]["access_token"].reveal() == "new-token-1" and issued["base"] == {}

    run(work())


def test_what_the_redirect_says_is_kept(tmp_path: Path) -> None:
    """QuickBooks' company comes in the redirect, and is part of the address from then on."""

    async def work() -> None:
        bench = bench_at(tmp_path)
        keeper = await bench.keeper()
        begun = await begin(keeper, real("quickbooks"))
        await come_back(begun, code="c", state=asked(begun)["state"], realmId="123456789")
        assert (await ended(keeper, begun))[0] == "finished"
        assert (await keeper.issue(**WHO))["base"] == {"realm_id": "123456789"}

    run(work())


# Who signs in


def test_a_person_who_signs_in_as_somebody_else_clears_the_old_standing(tmp_path: Path) -> None:
    """A second sign-in under the same name takes the first one's place under the next number, mark and all."""

    async def work() -> None:
        bench = bench_at(tmp_path)
        keeper = await bench.signed_in()
        bench.service.script = [refusal()]
        with pytest.raises(SignInNeeded):
            await token(keeper, seen=1, is_refused=True)
        begun = await begin(keeper, fields={})  # the client is known from the account
        await come_back(begun, code="c", state=asked(begun)["state"])
        assert (await ended(keeper, begun))[0] == "finished"
        issued = await keeper.issue(**WHO)
        assert issued["version"] == 2 and not (await standing(keeper))["needs_sign_in"]
        assert kept(keeper)["client_secret"] == "client-secret-canary"

    run(work())


def test_a_client_of_another_service_is_not_borrowed(tmp_path: Path) -> None:
    """The app of an account that asks at another end point is not used: its secret would go to the wrong place."""

    async def work() -> None:
        bench = bench_at(tmp_path)
        keeper = await bench.signed_in()
        elsewhere = replace(SCHEME, token="https://elsewhere.example/token")
        with pytest.raises(UsageError, match="client id"):
            await begin(keeper, elsewhere, account="two", fields={})
        begun = await begin(keeper, account="two", fields={})  # the same end point: the app is known
        assert asked(begun)["client_id"] == "client-id-1"
        await keeper.lock()

    run(work())


def test_locking_gives_every_sign_in_up(tmp_path: Path) -> None:
    """After lock no port listens and no sign-in is known any more."""

    async def work() -> None:
        bench = bench_at(tmp_path)
        keeper = await bench.keeper()
        begun = [await begin(keeper, account=f"a{n}") for n in range(3)]
        await keeper.lock()
        for one in begun:
            with pytest.raises(OSError):
                await come_back(one, code="c", state=asked(one)["state"])
            with pytest.raises(UnknownName):
                await keeper.sign_in_state(id=one["id"])
        assert bench.clock.sleeping == 0

    run(work())


def test_sign_ins_nobody_finishes_do_not_pile_up(tmp_path: Path) -> None:
    """Of forty begun at once the oldest are given up: thirty-two are known at most."""

    async def work() -> None:
        bench = bench_at(tmp_path)
        keeper = await bench.keeper()
        begun = [await begin(keeper, via="paste", redirect_uri=AWAY) for _ in range(40)]
        assert len(keeper._sign_ins._known) == 32 and bench.clock.sleeping <= 32
        with pytest.raises(UnknownName):
            await keeper.sign_in_state(id=begun[0]["id"])
        assert await is_waiting(keeper, begun[-1])
        await keeper.lock()

    run(work())
