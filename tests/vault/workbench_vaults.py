"""A workbench whose vault costs nothing to open (the cheap policy of vaults.py), and a token end point that says yes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vaults import CHEAP, PASSWORD

import penstock as ps
from penstock.agent.keeper import Keeper
from penstock.clock import Clock
from penstock.model import Headers, Request, Response
from penstock.sandbox.server import Sandbox
from penstock.vault.anchor import FileAnchor

MANY = ps.Limit(100_000, per=1.0)


def bench_at(
    folder: Path, *, clock: Clock | None = None, agent: bool | None = False, **keeper: Any
) -> ps.Workbench:
    """Return a workbench whose home is in `folder`. keeper: settings of the Keeper this process would use."""
    home = folder / "home"
    bench = ps.Workbench(home=home, clock=clock, agent=agent, share_limits=False)
    chosen = {"policy": CHEAP, "anchor": FileAnchor(folder / "marks"), **keeper}
    if clock is not None:
        chosen["clock"] = clock
    bench.vault()._keeping._keep = lambda: Keeper(home, **chosen)
    return bench


@contextmanager
def open_bench(folder: Path, **options: Any) -> Iterator[ps.Workbench]:
    """Give a workbench whose vault is there and unlocked; made where it is not there yet."""
    with bench_at(folder, **options) as bench:
        vault = bench.vault()
        if vault.status().exists:
            vault.unlock(PASSWORD)
        else:
            vault.create(PASSWORD, recovery=False)
        yield bench


def keep(bench: ps.Workbench, sandbox: Sandbox, name: str, account: str, key: str = "default") -> None:
    """Keep one of the sandbox's keys as an account, at the sandbox's address."""
    fields = {field: ps.Secret(text) for field, text in sandbox.credential(name, key).items()}
    bench.vault().add(
        name, account, base_url=sandbox.base_url(name), **fields, **sandbox.base_parameters(name)
    )


class YesService:
    """A token end point, a look-up and a device's page that answer any request with the same fields and a new token."""

    def __init__(self, **fields: Any) -> None:
        self.fields = fields
        self.requests: list[Request] = []

    async def send(self, request: Request) -> Response:
        """Answer."""
        self.requests.append(request)
        said = {
            "access_token": f"at-{len(self.requests)}-made-up",
            "refresh_token": f"rt-{len(self.requests)}-made-up",
            "token_type": "Bearer",
            "expires_in": 3600,
            **self.fields,
        }
        return Response(200, Headers({"content-type": "application/json"}), json.dumps(said).encode())
