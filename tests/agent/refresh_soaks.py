"""A vault with one account, signed in at a real OAuth server: what the soaks and the kills start from."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from oidc import PERSON, browse_to
from vaults import CHEAP

from penstock.agent.keeper import Keeper
from penstock.auth.plans import write_plan
from penstock.auth.schemes import OAuth2
from penstock.redact import Secret
from penstock.vault.anchor import FileAnchor

PASSWORD = "correct horse battery staple"
ACCOUNT = {"integration": "oidc", "account": "me"}


def plan_for(issuer: str) -> str:
    """Return the plan of an account there."""
    return write_plan(
        OAuth2(
            authorize=f"{issuer}/auth",
            token=f"{issuer}/token",
            device=f"{issuer}/device/auth",
            scopes=("openid", "offline_access", "read"),
            pkce=True,
            token_auth="none",
            refresh="rotates",
            authorize_extra=(("prompt", "consent"),),
        )
    )


async def sign_in(keeper: Any, issuer: str) -> None:
    """Sign in through the browser, as a person would, and wait until the account is stored."""
    begun = await keeper.begin_sign_in(
        **ACCOUNT, plan=plan_for(issuer), fields={"client_id": Secret("notebook")}, base={}, base_url=None,
        label=None, via="loopback", redirect_uri=None,
    )  # fmt: skip
    with httpx2.Client(timeout=20) as http:
        back = parse_qs(urlsplit(begun["address"]).query)["redirect_uri"][0]
        address = await asyncio.to_thread(browse_to, back, http, begun["address"], PERSON)
        await asyncio.to_thread(http.get, address)
    for _ in range(200):
        state = await keeper.sign_in_state(id=begun["id"])
        if state["state"] != "waiting":
            break
        await asyncio.sleep(0.02)
    assert state["state"] == "finished", state


def prepare(home: Path, issuer: str) -> None:
    """Make a vault with one account, signed in."""

    async def work() -> None:
        keeper = Keeper(home, policy=CHEAP, anchor=FileAnchor(home / "seen"))
        await keeper.create(password=Secret(PASSWORD), recovery=False)
        await sign_in(keeper, issuer)
        await keeper.aclose()

    asyncio.run(work())
