"""A real token end point that answers as it should not (npm's oauth2-mock-server, with forced answers): what becomes of it."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from oidc import run_program
from vaults import CHEAP

from penstock.agent.keeper import Keeper
from penstock.auth.plans import write_plan
from penstock.auth.schemes import OAuth2
from penstock.engine.transport import open_transport
from penstock.errors import PenstockError, ResponseUnreadable, ServerFailed, SignInNeeded
from penstock.model import Request, Response
from penstock.redact import Secret
from penstock.testing import FakeClock
from penstock.vault.anchor import FileAnchor

PROGRAM = Path(__file__).parent / "mock_server"
ACCOUNT = {"integration": "mock", "account": "me"}
GOOD = {
    "access_token": "new-access",
    "refresh_token": "new-refresh",
    "token_type": "Bearer",
    "expires_in": 3600,
}


class MockService:
    """The service, and what it is to answer next."""

    def __init__(self, address: str) -> None:
        self.address = address

    def answer_next(self, *answers: dict[str, Any]) -> None:
        """Force the next answers."""
        request = urllib.request.Request(f"{self.address}/__next", json.dumps(answers).encode())
        urllib.request.urlopen(request, timeout=10).read()

    def count(self) -> int:
        """Return how many token requests came."""
        return int(urllib.request.urlopen(f"{self.address}/__count", timeout=10).read())


@pytest.fixture(scope="module")
def service() -> Iterator[MockService]:
    with run_program(PROGRAM) as (address, _):
        yield MockService(address)


async def open_account(home: Path, service: MockService, timeout_s: float | None = None) -> Keeper:
    """Return a keeper with an account that has a refresh token and no access token yet."""
    transport = open_transport("httpx2")

    async def send(request: Request) -> Response:
        return await transport.send(request._replace(timeout_s=timeout_s or request.timeout_s))

    keeper = Keeper(home, policy=CHEAP, anchor=FileAnchor(home / "seen"), send=send)
    await keeper.create(password=Secret("correct horse battery staple"), recovery=False)
    plan = write_plan(
        OAuth2(authorize=f"{service.address}/authorize", token=f"{service.address}/token", refresh="rotates")
    )
    fields = {"client_id": Secret("notebook"), "refresh_token": Secret("first-refresh")}
    await keeper.put(
        **ACCOUNT, fields=fields, plan=plan, base={}, base_url=None, label=None, kind="oauth", replace=False
    )
    return keeper


def test_the_server_as_it_is_renews(tmp_path: Path, service: MockService) -> None:
    """Left alone, the server's own answer is taken."""

    async def work() -> None:
        keeper = await open_account(tmp_path, service)
        issued = await keeper.issue(**ACCOUNT)
        assert issued["fields"]["access_token"].reveal().count(".") == 2 and issued["expires_at"] is not None
        await keeper.aclose()

    asyncio.run(work())


@pytest.mark.parametrize(
    ("answer", "lasts_s", "refresh_token"),
    [
        ({"body": {**GOOD, "expires_in": "3600"}}, 3600, "new-refresh"),
        (
            {"body": {name: value for name, value in GOOD.items() if name != "expires_in"}},
            None,
            "new-refresh",
        ),
        ({"body": {**GOOD, "expires_in": 0}}, None, "new-refresh"),
        ({"body": {**GOOD, "token_type": "bEaReR"}}, 3600, "new-refresh"),
        (
            {"body": {name: value for name, value in GOOD.items() if name != "refresh_token"}},
            3600,
            "first-refresh",
        ),
        (
            {
                "body": "access_token=new-access&token_type=bearer",
                "type": "application/x-www-form-urlencoded",
            },
            None,
            "first-refresh",
        ),
    ],
    ids=["text-expiry", "no-expiry", "zero-expiry", "odd-type", "no-refresh", "form"],
)
def test_an_odd_answer_is_still_a_token(
    tmp_path: Path, service: MockService, answer: dict[str, Any], lasts_s: float | None, refresh_token: str
) -> None:
    """Expiry as text, none or 0, odd spellings, no new refresh token, a form: the token is used and the refresh token kept."""

    async def work() -> None:
        keeper = await open_account(tmp_path, service)
        service.answer_next(answer)
        issued = await keeper.issue(**ACCOUNT)
        assert issued["fields"]["access_token"].reveal() == "new-access"
        stored = keeper._accounts.read(**ACCOUNT)
        assert stored.fields["refresh_token"].reveal() == refresh_token
        assert (stored.grant.lifetime_s if stored.grant else 0) == lasts_s
        assert (issued["expires_at"] is None) is (lasts_s is None)
        refreshed = await keeper.issue(
            **ACCOUNT, seen=issued["version"], is_refused=True
        )  # it can be renewed again
        assert refreshed["version"] == issued["version"] + 1
        await keeper.aclose()

    asyncio.run(work())


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"status": 500, "body": "oops", "type": "text/plain"}, ResponseUnreadable),
        ({"status": 503, "body": {"error": "temporarily_unavailable"}}, ServerFailed),
        (
            {"status": 200, "body": "<html>sign in to the network</html>", "type": "text/html"},
            ResponseUnreadable,
        ),
        ({"status": 200, "body": '{"access_token": "new-acc'}, ResponseUnreadable),
        ({"status": 200, "body": {"access_token": 7}}, ResponseUnreadable),
        ({"status": 200, "body": GOOD, "delay_ms": 1500}, ServerFailed),
    ],
    ids=["500", "503", "html", "cut", "no-token", "late"],
)
def test_what_is_no_answer_ends_no_grant(
    tmp_path: Path, service: MockService, answer: dict[str, Any], kind: type[PenstockError]
) -> None:
    """A broken, late or foreign answer is an error of the moment: nobody has to sign in, and the next refresh is well."""

    async def work() -> None:
        keeper = await open_account(tmp_path, service, timeout_s=0.4)
        service.answer_next(answer)
        with pytest.raises(kind):
            await keeper.issue(**ACCOUNT)
        assert not (await keeper.accounts())[0]["needs_sign_in"]
        again = Keeper(
            tmp_path, policy=CHEAP, anchor=FileAnchor(tmp_path / "seen")
        )  # without the pause of the first
        await again.unlock(password=Secret("correct horse battery staple"))
        assert (await again.issue(**ACCOUNT))["fields"]
        await again.aclose()
        await keeper.aclose()

    asyncio.run(work())


def test_invalid_grant_is_the_end_and_nothing_is_deleted(tmp_path: Path, service: MockService) -> None:
    """Refused for good, the account says so, is not asked for again, and its refresh token is still in the vault."""

    async def work() -> None:
        keeper = await open_account(tmp_path, service)
        service.answer_next(
            {"status": 400, "body": {"error": "invalid_grant", "error_description": "first-refresh is used"}}
        )
        with pytest.raises(SignInNeeded, match="no longer accepts") as caught:
            await keeper.issue(**ACCOUNT)
        assert "first-refresh" not in str(caught.value)
        asked = service.count()
        with pytest.raises(SignInNeeded):
            await keeper.issue(**ACCOUNT)
        assert service.count() == asked
        account = (await keeper.accounts())[0]
        assert account["needs_sign_in"] and "no longer accepts" in account["why"]
        assert keeper._accounts.read("mock", "me").fields["refresh_token"].reveal() == "first-refresh"
        await keeper.aclose()

    asyncio.run(work())


def test_a_grant_refused_once_ahead_of_time_costs_nothing(tmp_path: Path, service: MockService) -> None:
    """A renewal ahead of the end that is refused leaves the token in use, unasked for; at its end it is asked, and is well."""

    async def work() -> None:
        keeper = await open_account(tmp_path, service)
        service.answer_next({"body": GOOD})
        first = await keeper.issue(**ACCOUNT)
        clock = FakeClock(wall=first["expires_at"] - 300)  # inside the lead, before the end
        later = Keeper(
            tmp_path, clock=clock, policy=CHEAP, anchor=FileAnchor(tmp_path / "seen"), chance=lambda: 1.0
        )
        await later.unlock(password=Secret("correct horse battery staple"))
        service.answer_next({"status": 400, "body": {"error": "invalid_grant"}})
        asked = service.count()
        for _ in range(3):
            assert (await later.issue(**ACCOUNT))["version"] == first["version"]
        assert service.count() == asked + 1 and not (await later.accounts())[0]["needs_sign_in"]
        clock.move(600)
        assert (await later.issue(**ACCOUNT))["version"] == first["version"] + 1
        assert service.count() == asked + 2
        await later.aclose()
        await keeper.aclose()

    asyncio.run(work())
