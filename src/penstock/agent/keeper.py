"""The keeper of a vault: it has the keys, hands out what signs requests, and renews tokens. It knows no sockets.

It runs in the agent's process (server.py), or in this one where no agent can be had. Every operation of operations.py
is a method here. What leaves it: what signs requests, what may be shown, and the two secrets a person asks for by name
(a recovery key, a bundle's key).
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from penstock.agent.accounts import Accounts
from penstock.agent.grants import Stored, issue
from penstock.agent.operations import MOST_BUNDLE
from penstock.agent.refreshing import Refresher, Send
from penstock.agent.sign_ins import SignIns
from penstock.auth.oauth import OAuthClient
from penstock.auth.plans import read_plan
from penstock.auth.schemes import OPEN_FIELDS
from penstock.auth.tokens import Grant
from penstock.clock import Clock, SystemClock
from penstock.engine.transport import Transport, open_transport
from penstock.errors import UnknownName, UsageError, VaultError
from penstock.model import Request, Response
from penstock.redact import Secret
from penstock.vault.bundle import open_sealed
from penstock.vault.rekeying import SlotShown
from penstock.vault.vault import Vault

UNDO_S = 600.0  # how long a removed account can be put back


def vault_path(home: Path | str) -> Path:
    """Return where a home's vault is."""
    return Path(home).expanduser() / "vault" / "credentials.psk"


class Keeper:
    """Keep one home's vault.

    send:   how a token end point is asked; by default a transport of its own. settings: the Vault's (policy, keyring,
    anchor, disk). chance: random numbers from 0 to 1.
    """

    def __init__(
        self,
        home: Path | str,
        *,
        clock: Clock | None = None,
        send: Send | None = None,
        chance: Callable[[], float] = random.random,
        **settings: Any,
    ) -> None:
        self.path = vault_path(home)
        self._clock = clock or SystemClock()
        self._send, self._transport = send, None if send else _Late()
        self._settings = {"clock": self._clock, "open_fields": OPEN_FIELDS, **settings}
        self._vault = Vault(self.path, **self._settings)
        self._started_at = self._clock.wall()
        self._accounts = Accounts(self._vault)
        self._refresher = Refresher(self._accounts, self.path.parent, self._ask, self._clock, chance)
        self._sign_ins = SignIns(self._ask, self._clock)
        self._removed: dict[str, tuple[float, Stored]] = {}

    @property
    def _exists(self) -> bool:
        return os.path.lexists(self.path)

    @property
    def is_locked(self) -> bool:
        """Say whether there is nothing to hand out: no keys, and no bundle."""
        return self._vault.is_locked and self._accounts.bundle is None

    async def _ask(self, request: Request) -> Response:
        if self._send is not None:
            return await self._send(request)
        assert self._transport is not None
        return await self._transport.send(request)

    # The vault

    async def status(self) -> dict[str, Any]:
        """Return how the vault is."""
        return {
            "exists": self._exists,
            "is_locked": self.is_locked,
            "path": str(self.path),
            "where": "here",
            "pid": os.getpid(),
            "started_at": self._started_at,
            "idle_left_s": None,
            "absolute_left_s": None,
            "is_kept": True,
        }

    async def create(self, *, password: Secret, recovery: bool = True) -> dict[str, Any]:
        """Make the vault, leave it unlocked, and return its recovery key this once."""
        made = await asyncio.to_thread(lambda: Vault.create(self.path, password=password, **self._settings))
        self._vault = made
        self._accounts.take(made)
        if not recovery:
            return {"recovery_key": None}
        added = await asyncio.to_thread(made.add_slot, recovery=True)
        return {"recovery_key": added.recovery_key}

    async def unlock(
        self,
        *,
        password: Secret | None = None,
        key_file: Secret | str | None = None,
        recovery_key: Secret | None = None,
        keyring: bool = False,
        restore: bool = False,
    ) -> dict[str, Any]:
        """Open the vault by one way in. Raises WrongPassword, UnlockDelayed, VaultDamaged, VaultRolledBack, VaultExposed."""
        if not self._exists:
            raise VaultError(f"There is no vault at {self.path} yet.", hint="Make one: vault.create().")
        await asyncio.to_thread(
            lambda: self._vault.unlock(
                password=password,
                key_file=key_file,
                recovery_key=recovery_key,
                keyring=keyring,
                restore=restore,
            )
        )
        return await self.status()

    async def lock(self) -> None:
        """Forget the keys, once no token is being renewed."""
        await self._sign_ins.aclose()
        await self._refresher.settle()
        self._vault.lock()
        self._accounts.close()
        self._removed.clear()

    async def aclose(self) -> None:
        """Lock, and close every connection."""
        await self.lock()
        if self._transport is not None:
            await self._transport.aclose()

    # Accounts

    async def accounts(self, *, integration: str | None = None, is_use: bool = True) -> list[dict[str, Any]]:
        """Return what may be shown of the accounts. `is_use` is for the agent, which ends when it is not used."""
        return self._accounts.list(integration)

    async def plan(self, *, integration: str, account: str) -> dict[str, Any]:
        """Return the plan of an account's tokens, None for one of a key; no secret."""
        return {"plan": self._accounts.read(integration, account).entry.notes.get("plan")}

    async def issue(
        self,
        *,
        integration: str,
        account: str,
        seen: int | None = None,
        is_refused: bool = False,
        is_use: bool = True,
    ) -> dict[str, Any]:
        """Return what signs requests now. `is_refused`: the service answered 401 to the credential number `seen`."""
        stored = self._accounts.read(integration, account)
        if stored.plan is not None:
            stored = await self._refresher.fresh(stored, seen=seen, is_refused=is_refused)
        return issue(stored, self._refresher.due_at(stored))

    async def put(
        self,
        *,
        integration: str,
        account: str,
        fields: dict[str, Secret],
        plan: str | None,
        base: dict[str, str],
        base_url: str | None,
        label: str | None,
        kind: str,
        replace: bool,
    ) -> dict[str, Any]:
        """Store an account, and return its version."""
        if plan is not None:
            read_plan(plan)
        await self._refresher.flush((integration, account))
        version = await self._accounts.put(
            integration, account, fields,
            plan=plan, base=base, base_url=base_url, label=label, kind=kind, replace=replace,
        )  # fmt: skip
        self._refresher.forget((integration, account))
        return {"version": version}

    async def describe(self, *, integration: str, account: str, label: str | None) -> None:
        """Change an account's label."""
        self._accounts.read(integration, account)
        await asyncio.to_thread(self._vault.put, integration, account, None, {"label": label or ""})

    async def remove(self, *, integration: str, account: str) -> dict[str, Any]:
        """Take an account out, and return what `undo` takes for ten minutes."""
        await self._refresher.flush((integration, account))
        stored = self._accounts.read(integration, account)
        await asyncio.to_thread(self._vault.remove, integration, account)
        self._refresher.forget((integration, account))
        now = self._clock.monotonic()
        self._removed = {name: kept for name, kept in self._removed.items() if now - kept[0] < UNDO_S}
        name = os.urandom(8).hex()
        self._removed[name] = now, stored
        return {"undo": name}

    async def undo(self, *, undo: str) -> None:
        """Put back what was removed."""
        at, stored = self._removed.get(undo, (0.0, None))
        if stored is None or self._clock.monotonic() - at >= UNDO_S:
            raise UnknownName(
                "It can no longer be put back.", hint="Add the account again; a backup may have it as well."
            )
        entry = stored.entry
        meta = {"label": entry.label, "expiry": entry.expiry, **entry.notes}
        await asyncio.to_thread(self._vault.put, *stored.key, stored.fields, meta, expect=0)
        del self._removed[undo]

    # Signing in

    async def begin_sign_in(
        self,
        *,
        integration: str,
        account: str,
        plan: str,
        fields: dict[str, Secret],
        base: dict[str, str],
        base_url: str | None,
        label: str | None,
        via: str,
        redirect_uri: str | None,
    ) -> dict[str, Any]:
        """Begin a sign-in, and return where the person goes; the account is stored when it is finished."""
        scheme = read_plan(plan)
        fields = {**self._known_client(integration, account, scheme.token), **fields}
        named, secret = fields.get("client_id"), fields.get("client_secret")
        client = named.reveal() if named is not None else secret  # the id stands in the browser's address
        if client is None:
            raise UsageError(
                "No account of this service has a client id yet.",
                hint="Give client_id= (and client_secret=) from the app's page at the service.",
                integration=integration,
            )

        async def store(grant: Grant, came_back_to: str | None) -> None:
            await self._refresher.flush((integration, account))
            await self._accounts.put(
                integration, account, fields, plan=plan, base=base, base_url=base_url, label=label,
                kind="oauth", replace=True, grant=grant, redirect_uri=came_back_to,
            )  # fmt: skip
            self._refresher.forget((integration, account))

        self._vault.list()  # raises where nothing could be stored in the end
        return await self._sign_ins.begin(scheme, OAuthClient(client, secret), via, store, redirect_uri)

    def _known_client(self, integration: str, account: str, token: str | None) -> dict[str, Secret]:
        """Return the client of this account, or of another one that asks at the same place."""
        names = [facts["account"] for facts in self._accounts.list(integration)]
        for name in sorted(names, key=lambda name: name != account):
            stored = self._accounts.read(integration, name)
            if stored.plan is not None and stored.plan.token == token:
                return {
                    field: secret
                    for field, secret in stored.fields.items()
                    if field not in ("access_token", "refresh_token")
                }
        return {}

    async def answer_sign_in(self, *, id: str, answer: Secret) -> None:
        """Take what the person pasted."""
        await self._sign_ins.take(id, answer)

    async def sign_in_state(self, *, id: str) -> dict[str, Any]:
        """Return how a sign-in stands."""
        return self._sign_ins.state(id)

    async def cancel_sign_in(self, *, id: str) -> None:
        """Give a sign-in up."""
        await self._sign_ins.cancel(id)

    # Keys

    async def change_password(self, *, old: Secret, new: Secret) -> None:
        """Let another password open the vault."""
        await asyncio.to_thread(self._vault.change_password, old, new)

    async def rotate(
        self,
        *,
        password: Secret | None = None,
        key_file: Secret | str | None = None,
        recovery_key: Secret | None = None,
        keyring: bool = False,
    ) -> dict[str, Any]:
        """Encrypt everything under new keys; the ways in that are not given here are dropped, and returned."""
        await self._refresher.settle()
        rotated = await asyncio.to_thread(
            lambda: self._vault.rotate(
                password=password, key_file=key_file, recovery_key=recovery_key, keyring=keyring
            )
        )
        return {
            "kept": [_show(slot) for slot in rotated.kept],
            "dropped": [_show(slot) for slot in rotated.dropped],
        }

    async def ways(self) -> list[dict[str, Any]]:
        """Return the ways in."""
        return [_show(slot) for slot in self._vault.slots()]

    async def add_way(
        self,
        *,
        kind: str,
        password: Secret | None = None,
        path: str | None = None,
        expires_s: float | None = None,
    ) -> dict[str, Any]:
        """Add a way in; a recovery key is returned this once."""
        ways: dict[str, dict[str, Any]] = {
            "password": {"password": password},
            "key_file": {"key_file": path},
            "recovery": {"recovery": True},
            "keyring": {"keyring": True},
        }
        given = ways[kind]
        if None in given.values():
            raise UsageError(f"A {kind.replace('_', ' ')} is needed for this way in.")
        added = await asyncio.to_thread(lambda: self._vault.add_slot(**given, expires_s=expires_s))
        return {**_show(added.slot), "recovery_key": added.recovery_key}

    async def remove_way(self, *, name: str) -> None:
        """Remove a way in."""
        await asyncio.to_thread(self._vault.remove_slot, name)

    async def backup(self, *, path: str) -> None:
        """Write the vault as it is now to a new file."""
        await asyncio.to_thread(self._vault.backup, path)

    async def seal(self, *, names: list[str], expires_s: float) -> dict[str, Any]:
        """Return a bundle of some accounts, each with a fresh token.

        A refresh token that is used up by each refresh does not come along: two that use one would end the grant for
        both. Such an account works from the bundle as long as its access token holds.
        """
        left: dict[str, list[str]] = {}
        for name in names:
            integration, _, account = name.partition("/")
            stored = self._accounts.read(integration, account)
            if stored.plan is not None:
                stored = await self._refresher.fresh(stored, seen=None, is_refused=False)
                if stored.plan is not None and stored.plan.refresh == "rotates":
                    left[name] = ["refresh_token", "client_secret"]
        sealed = await asyncio.to_thread(lambda: self._vault.seal(names, expires_s=expires_s, leave_out=left))
        if len(sealed.text) > MOST_BUNDLE:
            raise UsageError(
                f"The bundle has {len(sealed.text):,} characters, more than an agent takes ({MOST_BUNDLE:,}).",
                hint="Seal fewer accounts at once.",
            )
        return {"text": sealed.text, "key": sealed.key, "expires": sealed.expires}

    async def open_sealed(self, *, text: str, key: Secret) -> dict[str, Any]:
        """Take a bundle's accounts in, for this process and as long as it lasts; nothing is written."""
        return {"accounts": self._accounts.open(open_sealed(text, key, clock=self._clock))}


def _show(slot: SlotShown) -> dict[str, Any]:
    return {"name": slot.name, "kind": slot.kind, "expires": slot.expires}


class _Late:
    """A transport that is opened when it is first needed: most credentials are never renewed."""

    def __init__(self) -> None:
        self._transport: Transport | None = None

    async def send(self, request: Request) -> Response:
        if self._transport is None:
            self._transport = open_transport()
        return await self._transport.send(request)

    async def aclose(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            with suppress(Exception):
                await transport.aclose()
