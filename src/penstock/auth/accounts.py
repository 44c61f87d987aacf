"""Accounts: who can be called as, which one is active, how well each is. Nothing here ever holds a secret at rest.

An account's credential lives in the vault. What is known about it and is no secret, and moves too often for the vault
(which is active, how it was found, when it was last used), lives in the AccountBook.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from penstock.auth.schemes import Credential
from penstock.clock import Clock
from penstock.errors import StoreError
from penstock.store import open_sqlite

HEALTHY, EXPIRING, EXPIRED = "healthy", "expiring", "expired"
REVOKED, SCOPE_MISSING, OFFLINE = "revoked", "scope_missing", "offline"


@dataclass(frozen=True, slots=True)
class Account:
    """What may be shown of an account.

    kind:      "key" (what was typed in), "oauth" (a person signed in) or "client" (the app asks for itself).
    expires_at, refresh_expires_at, checked_at, last_used_at: wall seconds, None where unknown or never.
    can_refresh: whether a new access token can be had without a person. needs_sign_in: whether one is needed now, `why`.
    base:      parts of the service's address. is_sealed: it comes from a sealed bundle, not from the vault.
    health:    as the last check found it: healthy, expiring, expired, revoked, scope_missing or offline; fix: what to do.
    last_used_by: the run's name, or "connection".
    """

    integration: str
    account: str
    kind: str = "key"
    label: str = ""
    scopes: tuple[str, ...] = ()
    expires_at: float | None = None
    refresh_expires_at: float | None = None
    can_refresh: bool = False
    needs_sign_in: bool = False
    why: str = ""
    base: Mapping[str, str] = field(default_factory=dict)
    base_url: str | None = None
    version: int = 0
    is_sealed: bool = False
    is_active: bool = False
    health: str | None = None
    fix: str = ""
    checked_at: float | None = None
    last_used_at: float | None = None
    last_used_by: str | None = None

    @property
    def name(self) -> str:
        """Return "stripe/acme"."""
        return f"{self.integration}/{self.account}"


@dataclass(frozen=True, slots=True)
class Issued:
    """What an account signs with now: the fields its requests need, never a refresh token or a client's secret.

    version: counts the credentials this account has had. refresh_at, expires_at: wall seconds, None where unknown.
    """

    fields: Credential
    version: int
    expires_at: float | None = None
    refresh_at: float | None = None
    base: Mapping[str, str] = field(default_factory=dict)
    base_url: str | None = None
    kind: str = "key"


@dataclass(frozen=True, slots=True)
class Health:
    """How an account was found, and what to do about it, in one sentence ("" where nothing is to be done)."""

    state: str
    fix: str = ""
    checked_at: float | None = None


_MIGRATIONS = (
    """
    CREATE TABLE active (integration TEXT PRIMARY KEY, account TEXT NOT NULL);
    CREATE TABLE standing (
        integration TEXT NOT NULL, account TEXT NOT NULL, health TEXT, fix TEXT NOT NULL DEFAULT '',
        checked_at REAL, used_at REAL, used_by TEXT, PRIMARY KEY (integration, account)
    );
    """,
)


class AccountBook:
    """Remember which account is active and how each was found; one small file for all processes of a home.

    Where the home cannot be written it remembers for this process alone.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path, self._clock = path, clock
        self._guard = threading.RLock()
        self._store: sqlite3.Connection | None = None
        self.chosen = 0  # how often an active account was chosen or forgotten here

    def _open(self) -> sqlite3.Connection:
        if self._store is None:
            try:
                self._store = open_sqlite(self.path, _MIGRATIONS, durable=False)
            except (StoreError, OSError):
                self._store = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
                self._store.executescript(_MIGRATIONS[0])
        return self._store

    def _ask(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._guard:
            try:
                return self._open().execute(text, values).fetchall()
            except sqlite3.Error as exc:
                raise StoreError(
                    f"{self.path} cannot be used: {exc}.",
                    hint="It holds no credential: move it away, and choose the active accounts again.",
                ) from exc

    def active(self, integration: str) -> str | None:
        """Return the account calls go as where none is named, None where none was chosen."""
        found = self._ask("SELECT account FROM active WHERE integration = ?", integration)
        return str(found[0][0]) if found else None

    def use(self, integration: str, account: str) -> None:
        """Make an account the active one."""
        self._ask(
            "INSERT INTO active VALUES (?, ?) ON CONFLICT (integration) DO UPDATE SET account = excluded.account",
            integration,
            account,
        )
        self.chosen += 1

    def forget(self, integration: str, account: str) -> bool:
        """Forget an account that was removed; say whether it was the active one. No other takes its place."""
        was_active = self.active(integration) == account
        self._ask("DELETE FROM active WHERE integration = ? AND account = ?", integration, account)
        self._ask("DELETE FROM standing WHERE integration = ? AND account = ?", integration, account)
        self.chosen += 1
        return was_active

    def found(self, integration: str, account: str, health: Health) -> None:
        """Note how an account was found."""
        self._ask(
            "INSERT INTO standing (integration, account, health, fix, checked_at) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (integration, account) DO UPDATE SET health = excluded.health, fix = excluded.fix, "
            "checked_at = excluded.checked_at",
            integration,
            account,
            health.state,
            health.fix,
            health.checked_at,
        )

    def unfound(self, integration: str, account: str) -> None:
        """Forget how an account was found: its credential is another one now."""
        self._ask(
            "UPDATE standing SET health = NULL, fix = '', checked_at = NULL WHERE integration = ? AND account = ?",
            integration,
            account,
        )

    def used(self, integration: str, account: str, by: str) -> None:
        """Note that an account is being used, and by what."""
        self._ask(
            "INSERT INTO standing (integration, account, used_at, used_by) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (integration, account) DO UPDATE SET used_at = excluded.used_at, used_by = excluded.used_by",
            integration,
            account,
            self._clock.wall(),
            by,
        )

    def complete(self, account: Account) -> Account:
        """Return an account with what the book knows of it."""
        found = self._ask(
            "SELECT health, fix, checked_at, used_at, used_by FROM standing WHERE integration = ? AND account = ?",
            account.integration,
            account.account,
        )
        health, fix, checked_at, used_at, used_by = found[0] if found else (None, "", None, None, None)
        return replace(
            account,
            is_active=self.active(account.integration) == account.account,
            health=health,
            fix=fix,
            checked_at=checked_at,
            last_used_at=used_at,
            last_used_by=used_by,
        )

    def close(self) -> None:
        """Close the file."""
        with self._guard:
            store, self._store = self._store, None
            if store is not None:
                store.close()
