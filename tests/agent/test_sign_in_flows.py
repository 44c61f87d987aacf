"""Signing in through the keeper at a real OAuth server: a browser here, another device, a pasted address; and again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from oidc import PERSON, OidcServer, browse_to, serve
from refresh_soaks import ACCOUNT, PASSWORD, plan_for, sign_in
from vaults import CHEAP

from penstock.agent.keeper import Keeper
from penstock.errors import SignInNeeded, UsageError
from penstock.redact import Secret
from penstock.vault.anchor import FileAnchor


@pytest.fixture(scope="module")
def server() -> Iterator[OidcServer]:
    with serve(3600) as running:
        yield running


async def open_vault(home: Path) -> Keeper:
    keeper = Keeper(home, policy=CHEAP, anchor=FileAnchor(home / "seen"))
    await keeper.create(password=Secret(PASSWORD), recovery=False)
    return keeper


async def begin(keeper: Keeper, server: OidcServer, via: str) -> dict[str, Any]:
    return await keeper.begin_sign_in(
        **ACCOUNT, plan=plan_for(server.issuer), fields={"client_id": Secret("notebook")}, base={}, base_url=None,
        label=None, via=via, redirect_uri=None,
    )  # fmt: skip


async def browse(address: str, answers: dict[str, str], back: str = "http://never.invalid") -> str:
    with httpx2.Client(timeout=20) as http:
        return await asyncio.to_thread(browse_to, back, http, address, answers)


async def end(keeper: Keeper, name: str) -> dict[str, Any]:
    for _ in range(1000):
        state = await keeper.sign_in_state(id=name)
        if state["state"] != "waiting":
            return state
        await asyncio.sleep(0.01)
    raise AssertionError("the sign-in does not end")


async def works(keeper: Keeper, server: OidcServer) -> bool:
    """Say whether what is issued opens the server's protected page."""
    token = (await keeper.issue(**ACCOUNT))["fields"]["access_token"].reveal()
    async with httpx2.AsyncClient(timeout=20) as http:
        answer = await http.get(f"{server.issuer}/me", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code == 200


def test_through_a_browser_here(tmp_path: Path, server: OidcServer) -> None:
    """The browser comes back to 127.0.0.1, the account is stored, its token opens a page, and it is renewed."""

    async def work() -> None:
        keeper = await open_vault(tmp_path)
        await sign_in(keeper, server.issuer)
        assert await works(keeper, server)
        account = (await keeper.accounts())[0]
        assert account["can_refresh"] and "read" in account["scopes"] and account["kind"] == "oauth"
        first = await keeper.issue(**ACCOUNT)
        second = await keeper.issue(**ACCOUNT, seen=first["version"], is_refused=True)
        assert second["version"] == first["version"] + 1 and await works(keeper, server)
        await keeper.aclose()

    asyncio.run(work())


def test_on_another_device(tmp_path: Path, server: OidcServer) -> None:
    """The code typed at the service's page finishes the sign-in; the poll waits until then."""

    async def work() -> None:
        keeper = await open_vault(tmp_path)
        begun = await begin(keeper, server, "device")
        assert begun["user_code"] and (await keeper.sign_in_state(id=begun["id"]))["state"] == "waiting"
        await browse(begun["address"], {**PERSON, "user_code": begun["user_code"]})
        assert (await end(keeper, begun["id"]))["state"] == "finished" and await works(keeper, server)
        await keeper.aclose()

    asyncio.run(work())


def test_a_pasted_address(tmp_path: Path, server: OidcServer) -> None:
    """Another sign-in's address is not taken and the sign-in goes on waiting; its own finishes it."""

    async def work() -> None:
        keeper = await open_vault(tmp_path)
        begun, other = await begin(keeper, server, "paste"), await begin(keeper, server, "paste")
        back = parse_qs(urlsplit(begun["address"]).query)["redirect_uri"][0]
        foreign = await browse(other["address"], PERSON, back)
        with pytest.raises(UsageError, match="another sign-in"):
            await keeper.answer_sign_in(id=begun["id"], answer=Secret(foreign))
        assert (await keeper.sign_in_state(id=begun["id"]))["state"] == "waiting"
        own = await browse(begun["address"], PERSON, back)
        await keeper.answer_sign_in(id=begun["id"], answer=Secret(f" <{own}>\n"))
        assert (await end(keeper, begun["id"]))["state"] == "finished" and await works(keeper, server)
        await keeper.aclose()

    asyncio.run(work())


def test_a_grant_ended_elsewhere_and_a_new_one(tmp_path: Path, server: OidcServer) -> None:
    """A refresh token used outside ends the grant at the server; the account says so, and signing in again mends it."""

    async def work() -> None:
        keeper = await open_vault(tmp_path)
        await sign_in(keeper, server.issuer)
        first = await keeper.issue(**ACCOUNT)
        stolen = keeper._accounts.read(**ACCOUNT).fields["refresh_token"].reveal()
        form = {"grant_type": "refresh_token", "refresh_token": stolen, "client_id": "notebook"}
        async with httpx2.AsyncClient(timeout=20) as http:
            assert (await http.post(f"{server.issuer}/token", data=form)).status_code == 200
        with pytest.raises(SignInNeeded, match="no longer accepts"):
            await keeper.issue(**ACCOUNT, seen=first["version"], is_refused=True)
        assert (await keeper.accounts())[0]["needs_sign_in"]
        await sign_in(keeper, server.issuer)
        assert not (await keeper.accounts())[0]["needs_sign_in"] and await works(keeper, server)
        await keeper.aclose()

    asyncio.run(work())


def test_another_state_at_the_loopback_is_not_taken(tmp_path: Path, server: OidcServer) -> None:
    """A redirect with a real code and another sign-in's state is refused and brings nothing; its own finishes the sign-in."""

    async def work() -> None:
        keeper = await open_vault(tmp_path)
        begun, other = await begin(keeper, server, "loopback"), await begin(keeper, server, "paste")
        back, foreign_back = (
            parse_qs(urlsplit(one["address"]).query)["redirect_uri"][0] for one in (begun, other)
        )
        foreign = await browse(other["address"], PERSON, foreign_back)
        own = await browse(begun["address"], PERSON, back)
        async with httpx2.AsyncClient(timeout=20) as http:
            assert (await http.get(f"{back}?{urlsplit(foreign).query}")).status_code == 400
            assert (await keeper.sign_in_state(id=begun["id"]))["state"] == "waiting"
            assert await keeper.accounts() == []
            assert (await http.get(own)).status_code == 200
        assert (await end(keeper, begun["id"]))["state"] == "finished" and await works(keeper, server)
        await keeper.aclose()

    asyncio.run(work())


@pytest.mark.parametrize("is_revoked", [True, False])
def test_access_taken_away_at_the_service(tmp_path: Path, server: OidcServer, is_revoked: bool) -> None:
    """Revoked at the service, the renewal asks for a person, once; a new sign-in goes on. The control is not revoked."""

    async def work() -> None:
        keeper = await open_vault(tmp_path)
        await sign_in(keeper, server.issuer)
        first = await keeper.issue(**ACCOUNT)
        token = keeper._accounts.read(**ACCOUNT).fields["refresh_token"].reveal()
        form = {"token": token, "client_id": "notebook"}
        async with httpx2.AsyncClient(timeout=20) as http:
            if is_revoked:
                assert (await http.post(f"{server.issuer}/token/revocation", data=form)).status_code == 200
        if not is_revoked:
            second = await keeper.issue(**ACCOUNT, seen=first["version"], is_refused=True)
            assert second["version"] == first["version"] + 1 and await works(keeper, server)
        else:
            for _ in range(2):
                asked = len(server.refreshes())
                with pytest.raises(SignInNeeded, match="no longer accepts"):
                    await keeper.issue(**ACCOUNT, seen=first["version"], is_refused=True)
            assert len(server.refreshes()) == asked  # the second time nobody was asked
            assert (await keeper.accounts())[0]["needs_sign_in"]
            await sign_in(keeper, server.issuer)
            assert not (await keeper.accounts())[0]["needs_sign_in"] and await works(keeper, server)
        await keeper.aclose()

    asyncio.run(work())
