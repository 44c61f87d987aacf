"""Where the keeper's accounts are: the vault's, and those of a sealed bundle beside it. Vault work is done on a thread."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from penstock.agent.grants import Stored, grant_changes, read_stored, show, with_grant
from penstock.auth.tokens import Grant
from penstock.errors import RecordChanged, UnknownName, UsageError
from penstock.redact import Secret
from penstock.vault.bundle import SealedBundle
from penstock.vault.vault import Vault


class Accounts:
    """Read and write accounts; where one name is in both, the vault's counts."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self.bundle: SealedBundle | None = None
        self._renewed: dict[tuple[str, str], Stored] = {}  # a bundle's, in memory alone

    def take(self, vault: Vault) -> None:
        """Read and write in this vault from now on."""
        self._vault = vault

    def close(self) -> None:
        """Forget the bundle and what was renewed of it."""
        self.bundle = None
        self._renewed.clear()

    def open(self, bundle: SealedBundle) -> list[str]:
        """Take a bundle in, in place of another, and return the names in it."""
        self.close()
        self.bundle = bundle
        return [f"{entry.integration}/{entry.account}" for entry in bundle.list()]

    def list(self, integration: str | None) -> list[dict[str, Any]]:
        """Return what may be shown of the accounts. Raises VaultLocked where there is neither vault nor bundle."""
        shown: dict[tuple[str, str], dict[str, Any]] = {}
        if self.bundle is not None:
            for entry in self.bundle.list():
                stored = self._sealed(entry.integration, entry.account)
                facts = show(stored.entry, is_sealed=True) | {"can_refresh": stored.can_renew}
                shown[entry.integration, entry.account] = facts
        if self.bundle is None or not self._vault.is_locked:
            for entry in self._vault.list():
                shown[entry.integration, entry.account] = show(entry)
        return [
            facts for (name, _), facts in sorted(shown.items()) if integration is None or name == integration
        ]

    def read(self, integration: str, account: str) -> Stored:
        """Return an account as it is now. Raises UnknownName, VaultLocked."""
        if self._is_sealed(integration, account):
            return self._sealed(integration, account)
        return read_stored(self._vault.get(integration, account))

    def find(self, integration: str, account: str) -> Stored | None:
        """Return an account as it is now, None where there is none."""
        try:
            return self.read(integration, account)
        except UnknownName:
            return None

    def _sealed(self, integration: str, account: str) -> Stored:
        assert self.bundle is not None
        renewed = self._renewed.get((integration, account))
        opened = self.bundle.get(integration, account)  # also where renewed: its time may be over
        return renewed or read_stored(opened)

    def _is_sealed(self, integration: str, account: str) -> bool:
        if self.bundle is None:
            return False
        if not self._vault.is_locked and any(
            (entry.integration, entry.account) == (integration, account) for entry in self._vault.list()
        ):
            return False
        return self._vault.is_locked or any(
            (entry.integration, entry.account) == (integration, account) for entry in self.bundle.list()
        )

    def is_kept(self, integration: str, account: str) -> bool:
        """Say whether it is in the vault, not in a bundle alone."""
        return not self._is_sealed(integration, account)

    async def write_grant(self, stored: Stored, grant: Grant) -> Stored:
        """Store a new grant; on the disk when this returns. Raises RecordChanged."""
        fields, meta = grant_changes(grant, stored.serial + 1)
        return await self._write(stored, {**stored.fields, **fields}, meta, with_grant(stored, grant))

    async def write_state(self, stored: Stored, state: str, why: str) -> Stored:
        """Note that somebody is needed for this account, and why; the grant itself stays."""
        meta = {"state": state, "why": why[:1000]}
        while True:
            try:
                return await self._write(stored, None, meta, stored.with_notes(meta))
            except RecordChanged:
                now = self.read(*stored.key)
                if now.serial != stored.serial:
                    return now
                stored = now  # renamed, or the like

    async def _write(
        self, stored: Stored, fields: Mapping[str, Secret] | None, meta: Mapping[str, Any], after: Stored
    ) -> Stored:
        integration, account = stored.key
        if self._is_sealed(integration, account):
            self._renewed[stored.key] = after
            return after
        await asyncio.to_thread(
            self._vault.put, integration, account, fields, meta, expect=stored.entry.version
        )
        return self.read(integration, account)

    async def put(
        self,
        integration: str,
        account: str,
        fields: Mapping[str, Secret],
        *,
        plan: str | None,
        base: Mapping[str, str],
        base_url: str | None,
        label: str | None,
        kind: str,
        replace: bool,
        grant: Grant | None = None,
        redirect_uri: str | None = None,
    ) -> int:
        """Store an account, and return the number of its credential."""
        while True:
            try:
                return await self._put(
                    integration, account, fields, plan=plan, base=base, base_url=base_url, label=label,
                    kind=kind, replace=replace, grant=grant, redirect_uri=redirect_uri,
                )  # fmt: skip
            except RecordChanged:
                continue  # a refresh ended meanwhile: what is put here counts

    async def _put(
        self,
        integration: str,
        account: str,
        fields: Mapping[str, Secret],
        *,
        plan: str | None,
        base: Mapping[str, str],
        base_url: str | None,
        label: str | None,
        kind: str,
        replace: bool,
        grant: Grant | None,
        redirect_uri: str | None,
    ) -> int:
        before = self.find(integration, account)
        if before is not None and not replace:
            raise UsageError(
                f"There is an account {account!r} already; it is left as it is.",
                hint="Name another, or say replace=True.",
                integration=integration,
                account=account,
            )
        serial = before.serial + 1 if before is not None else 1
        meta: dict[str, Any] = {
            "expiry": None,
            "kind": kind,
            "plan": plan,
            "base": json.dumps(dict(base), sort_keys=True) if base else None,
            "base_url": base_url,
            "redirect_uri": redirect_uri,
            "issued_at": None,
            "refresh_expires_at": None,
            "scopes": None,
            "extras": None,
            "renews": None,
            "serial": serial,
            "state": None,
            "why": None,
        }
        if label is not None or before is None:
            meta["label"] = label or ""
        if grant is not None:
            granted, facts = grant_changes(grant, serial)
            fields, meta = {**fields, **granted}, {**meta, **facts}
        version = before.entry.version if before is not None and not self._is_sealed(*before.key) else 0
        await asyncio.to_thread(self._vault.put, integration, account, fields, meta, expect=version)
        return serial
