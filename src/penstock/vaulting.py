"""The vault's accounts as a workbench uses them: who is called as, the live session of each, how well each is."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from penstock.agent.grants import read_account, read_issued
from penstock.auth.accounts import Account, AccountBook, Health, Issued
from penstock.auth.sessions import Session
from penstock.catalog.definition import Integration
from penstock.catalog.registry import Registry
from penstock.checking import judge
from penstock.clock import Clock
from penstock.connecting import refuse_without_account
from penstock.credentials import Credentials, Running
from penstock.engine.client import Client
from penstock.errors import AccountNeeded, PenstockError, UnknownName, VaultLocked
from penstock.events import CredentialChecked, EventBus
from penstock.keeping import Keeping
from penstock.loop import EngineLoop
from penstock.model import Call
from penstock.resilience.retry import RetryPolicy

log = logging.getLogger("penstock.vault")

CHECK_EVERY_S = 1800.0  # one call for each account, half an hourly limit away from the next
CHECK_WITHIN_S = 30.0
BELIEVED_S = 1.0  # for how long the active account is believed before the book is asked again

ClientFor = Callable[[str, str], Client]


class Vaulting:
    """Keep a workbench and its vault together. `client_for(integration, account)` makes what a check calls with."""

    def __init__(
        self,
        home: Path,
        engine: EngineLoop,
        clock: Clock,
        bus: EventBus,
        registry: Registry,
        agent: bool | None,
        client_for: ClientFor,
        running: Running,
        show: Callable[[Credentials], bool],
    ) -> None:
        self._home, self._engine, self._clock, self._bus = home, engine, clock, bus
        self._client_for = client_for
        self.keeping = Keeping(home, engine, clock, agent)
        self.book = AccountBook(home / "accounts.db", clock)
        self.credentials = Credentials(
            home, self.keeping, self.book, registry, bus, self.check, running, show
        )
        self._actives: dict[str, tuple[str | None, float, int]] = {}
        self._guard = threading.Lock()
        self._schedule: asyncio.Task[None] | None = None

    # Who is called as

    def account_for(self, integration: Integration, account: str | None) -> str:
        """Return the account to call as: the one named, else the active one. Raises AccountNeeded; never another one."""
        if account is not None:
            return account
        active = self.active(integration.name)
        if active is None:
            self._refuse(integration, None)
        return active

    def active(self, integration: str) -> str | None:
        """Return the active account: what this process chose at once, what another did after a second at most."""
        now, chosen = self._clock.monotonic(), self.book.chosen
        known = self._actives.get(integration)
        if known is None or now - known[1] > BELIEVED_S or known[2] != chosen:
            known = self._actives[integration] = (self.book.active(integration), now, chosen)
        return known[0]

    def issue(self, integration: Integration, account: str, *, is_use: bool = True) -> Issued:
        """Return what an account signs with now. Raises AccountNeeded, VaultLocked, SignInNeeded.

        is_use: somebody wants to call; a check does not count, neither for the agent nor in what is shown.
        """
        try:
            try:
                found = self._ask_issue(integration.name, account, is_use)
            except VaultLocked:
                if not self._open_unattended():
                    raise
                found = self._ask_issue(integration.name, account, is_use)
        except UnknownName:
            self._refuse(integration, account)
        except VaultLocked:
            if not self.credentials.status().exists:
                self._refuse(integration, account)
            raise VaultLocked(
                "The vault is locked, and the account's credential is in it.",
                hint="Unlock it: ps.vault().unlock().",
                integration=integration.name,
                account=account,
            ) from None
        if is_use:
            self.book.used(integration.name, account, "connection")
            self._begin_schedule()
        return read_issued(found)

    def _ask_issue(self, integration: str, account: str, is_use: bool) -> Any:
        return self.keeping.ask("issue", integration=integration, account=account, is_use=is_use)

    def _open_unattended(self) -> bool:
        """Unlock by what the environment names for machines without a person; say whether there was such a thing."""
        if os.environ.get("PENSTOCK_KEY_FILE") and self.credentials.status().exists:
            self.credentials.unlock()
            return True
        if os.environ.get("PENSTOCK_BUNDLE"):
            self.credentials.open_sealed()
            return True
        return False

    def _refuse(self, integration: Integration, account: str | None) -> NoReturn:
        """Raise AccountNeeded, saying which accounts there are and how one is added or chosen."""
        try:
            there = [one.account for one in self.credentials.list_accounts(integration.name)]
        except PenstockError:
            refuse_without_account(integration, account)
        if not there:
            refuse_without_account(integration, account)
        listed = ", ".join(there[:12]) + (", …" if len(there) > 12 else "")
        what = "no account is active" if account is None else f"there is no account {account!r}"
        raise AccountNeeded(
            f"For {integration.title} {what}; the vault has {listed}.",
            hint=f"Name one: ps.connect({integration.name!r}, account={there[0]!r}), or make one active: "
            f"ps.vault().use({integration.name!r}, {there[0]!r}).",
            integration=integration.name,
            account=account,
        )

    def session(self, integration: Integration, account: str, issued: Issued) -> Session:
        """Return the live session of an account: its token is renewed by the vault's keeper."""

        async def issue(seen: int | None, is_refused: bool) -> Issued:
            found = await self.keeping.aask(
                "issue",
                integration=integration.name,
                account=account,
                seen=seen,
                is_refused=is_refused,
                is_use=not is_refused,  # a run that waits for a sign-in all night must not keep the vault open
            )
            return read_issued(found)

        return Session.of(integration.auth, issued, issue, self._clock)

    # How well each is

    def check(self, account: Account) -> Health:
        """Return how an account is found by one call to its service, in half a minute at most."""
        return self._engine.run(self._acheck(account))

    async def _acheck(self, account: Account) -> Health:
        error: PenstockError | None = None
        try:
            client = await asyncio.to_thread(self._client_for, account.integration, account.account)
            desk = replace(client.desk, policy=RetryPolicy(attempts=1))
            once = Client(desk, client.base_url, client.index, client.limits, client.headers)
            health = client.desk.integration.health
            deadline_at = self._clock.monotonic() + CHECK_WITHIN_S
            await once.call(Call(health.name, {}, None, "health", None, deadline_at), operation=health)
        except PenstockError as exc:
            error = exc
        return judge(await self._again(account), error, self._clock.wall())

    async def _again(self, account: Account) -> Account:
        """Return an account as it is now: the check may have renewed its token."""
        try:
            shown = await self.keeping.aask("accounts", integration=account.integration, is_use=False)
        except PenstockError:
            return account
        return next((now for now in map(read_account, shown) if now.account == account.account), account)

    def _begin_schedule(self) -> None:
        """Check every account now and then, from the first that is used on, as long as the workbench is open."""
        with self._guard:
            if self._schedule is None:
                self._schedule = self._engine.run(_start(self._check_now_and_then()))

    async def _check_now_and_then(self) -> None:
        while True:
            await self._clock.sleep(CHECK_EVERY_S)
            try:
                await self._check_all()
            except PenstockError as exc:
                log.info("The accounts could not be checked: %s", exc)
            except Exception:
                log.exception("The accounts could not be checked; it is tried again.")

    async def _check_all(self) -> None:
        """Check what no process of this home has checked since the last time."""
        for shown in await self.keeping.aask("accounts", is_use=False):
            account = self.book.complete(read_account(shown))
            if self._clock.wall() - (account.checked_at or 0.0) < CHECK_EVERY_S * 0.9:
                continue
            health = await self._acheck(account)
            self.book.found(account.integration, account.account, health)
            self._bus.emit(CredentialChecked(account.integration, account.account, health.state, health.fix))
            self.credentials.changed()

    def close(self) -> None:
        """Let go of keys that are in this process, and of the book."""
        schedule, self._schedule = self._schedule, None
        if schedule is not None:
            self._engine.call_soon(schedule.cancel)
        self.keeping.release()
        self.book.close()


async def _start(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    return asyncio.get_running_loop().create_task(work)
