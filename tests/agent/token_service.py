"""What the judges of refreshing share: a token end point played by a script, that counts, and keepers of one home."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from vaults import CHEAP, PASSWORD

from penstock.agent.keeper import Keeper
from penstock.auth.plans import write_plan
from penstock.auth.schemes import OAuth2
from penstock.auth.tokens import Grant
from penstock.clock import utc
from penstock.errors import TransportFailed
from penstock.model import Headers, Request, Response
from penstock.redact import Secret
from penstock.testing import FakeClock
from penstock.vault.anchor import FileAnchor
from penstock.vault.disk import Disk

TOKEN_URL = "https://auth.example.com/token"
SCHEME = OAuth2(
    authorize="https://auth.example.com/authorize", token=TOKEN_URL, refresh="rotates", pkce=True, scopes=("read",)
)  # fmt: skip
WHO = {"integration": "acme", "account": "me"}
CLIENT = {"client_id": Secret("client-id-1"), "client_secret": Secret("client-secret-canary")}
LASTS_S = 3600.0

Answer = Response | Exception
Hook = Callable[[Request], Awaitable[None]]


def answer(status: int = 200, /, *, headers: dict[str, str] | None = None, **fields: Any) -> Response:
    """Return a JSON answer."""
    return Response(
        status, Headers({"content-type": "application/json", **(headers or {})}), json.dumps(fields).encode()
    )


def page(status: int = 200) -> Response:
    """Return what a proxy says instead of a service."""
    return Response(
        status, Headers({"content-type": "text/html"}), b"<html><body>Log in to the Wi-Fi</body></html>"
    )


def silence() -> TransportFailed:
    """Return what comes where nothing comes."""
    return TransportFailed("Nothing came back.")


def refusal(code: str = "invalid_grant") -> Response:
    """Return a refusal in the standard's words."""
    return answer(400, error=code)


def read_body(request: Request) -> dict[str, str]:
    """Return the fields a token request had."""
    kind = dict(request.headers)["Content-Type"]
    body = request.body or b""
    return json.loads(body) if kind.endswith("json") else dict(parse_qsl(body.decode()))


class TokenService:
    """Answer by the script, and where that is empty with the next grant; `hooks` run before each answer."""

    def __init__(self, lasts_s: float | None = LASTS_S) -> None:
        self.requests: list[Request] = []
        self.script: list[Answer] = []
        self.hooks: list[Hook] = []
        self.lasts_s = lasts_s
        self.is_rotating = True

    @property
    def count(self) -> int:
        """Return how many requests there were."""
        return len(self.requests)

    @property
    def bodies(self) -> list[dict[str, str]]:
        """Return the fields of every request."""
        return [read_body(request) for request in self.requests]

    def grant(self) -> Response:
        """Return the grant that answers the request counted last."""
        fields: dict[str, Any] = {"access_token": f"at-{self.count + 1}", "token_type": "Bearer"}
        if self.is_rotating:
            fields["refresh_token"] = f"rt-{self.count + 1}"
        if self.lasts_s is not None:
            fields["expires_in"] = self.lasts_s
        return answer(**fields)

    async def send(self, request: Request) -> Response:
        """Count, run the hooks, answer."""
        self.requests.append(request)
        for hook in list(self.hooks):
            await hook(request)
        said = self.script.pop(0) if self.script else self.grant()
        if isinstance(said, Exception):
            raise said
        return said


class FullDisk(Disk):
    """A disk that can be full."""

    is_full = False

    def write(self, descriptor: int, content: bytes) -> int:
        if self.is_full:
            raise OSError(28, "No space left on device")
        return super().write(descriptor, content)


@dataclass
class Bench:
    """One home, one service, one clock, and as many keepers as a test wants, each with a Vault of its own."""

    home: Path
    clock: FakeClock = field(default_factory=lambda: FakeClock(autojump=0.005))
    service: TokenService = field(default_factory=TokenService)
    disk: FullDisk = field(default_factory=FullDisk)
    chance: float = 1.0

    async def keeper(self) -> Keeper:
        """Return one more keeper of the home, unlocked."""
        keeper = Keeper(
            self.home, clock=self.clock, send=self.service.send, chance=lambda: self.chance,
            policy=CHEAP, anchor=FileAnchor(self.home / "seen"), disk=self.disk,
        )  # fmt: skip
        status = await keeper.status()
        if status["exists"]:
            await keeper.unlock(password=PASSWORD)
        else:
            await keeper.create(password=PASSWORD, recovery=False)
        return keeper

    async def signed_in(
        self, scheme: OAuth2 = SCHEME, *, lasts_s: float | None = LASTS_S, refresh_token: str | None = "rt-1"
    ) -> Keeper:
        """Return a keeper whose account has signed in just now: at-1, rt-1."""
        keeper = await self.keeper()
        await self.sign_in(keeper, scheme, lasts_s=lasts_s, refresh_token=refresh_token)
        return keeper

    async def sign_in(
        self,
        keeper: Keeper,
        scheme: OAuth2 = SCHEME,
        *,
        token: str = "at-1",
        lasts_s: float | None = LASTS_S,
        refresh_token: str | None = "rt-1",
        **who: str,
    ) -> None:
        """Store what a sign-in brings."""
        wall = self.clock.wall()
        grant = Grant(
            Secret(token),
            None if refresh_token is None else Secret(refresh_token),
            utc(wall),
            None if lasts_s is None else utc(wall + lasts_s),
        )
        await keeper._accounts.put(
            **(who or WHO), fields=CLIENT, plan=write_plan(scheme), base={}, base_url=None, label="Me",
            kind="oauth", replace=True, grant=grant, redirect_uri="http://127.0.0.1:8719/callback",
        )  # fmt: skip

    def lock_file(self) -> bytes:
        """Return what the account's lock file says."""
        (path,) = (self.home / "vault").glob("refresh-*.lock")
        return path.read_bytes()


async def token(keeper: Keeper, **more: Any) -> str:
    """Return the access token that is issued."""
    return (await keeper.issue(**WHO, **more))["fields"]["access_token"].reveal()


async def standing(keeper: Keeper) -> dict[str, Any]:
    """Return what is shown of the account."""
    (found,) = [one for one in await keeper.accounts() if one["account"] == WHO["account"]]
    return found


def kept(keeper: Keeper) -> dict[str, str]:
    """Return the fields in the vault, in clear."""
    credential = keeper._vault.get(**WHO)
    return {name: secret.reveal() for name, secret in credential.fields.items()}


def names_in(folder: Path) -> list[str]:
    """Return what lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a test's work, and let it take a minute at most."""
    asyncio.run(asyncio.wait_for(work, 60))
