"""A vault that is moved by hand: the sync face widgets need, in memory, with three services and no encryption."""

from __future__ import annotations

import queue
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from penstock.auth.accounts import Account, Health
from penstock.errors import UsageError, VaultRolledBack, WrongPassword
from penstock.redact import Secret

NOW = 1_800_000_000.0
RECOVERY_KEY = "K7QW-2MXD-9HFR-T4VB-LZ8N"


@dataclass(frozen=True)
class Status:
    exists: bool = True
    is_locked: bool = False
    path: str = "/home/you/.local/share/penstock/vault/credentials.psk"
    where: str = "agent"
    is_kept: bool = True
    idle_left_s: float | None = 3600.0
    absolute_left_s: float | None = 12 * 3600.0
    note: str = ""


@dataclass(frozen=True)
class Needed:
    name: str
    is_secret: bool = True
    help: str = ""
    default: str | None = None
    is_required: bool = True


@dataclass(frozen=True)
class Way:
    kind: str
    fields: tuple[Needed, ...]
    title: str
    note: str = ""
    scheme_index: int = 0
    can_browse: bool = False
    can_device: bool = False


SIGNING = {
    "stripe": (Way("key", (Needed("api_key", help="Begins with sk_ or rk_."),), "Secret key"),),
    "shopify": (
        Way(
            "key",
            (
                Needed("token", help="Begins with shpat_."),
                Needed("shop", is_secret=False, help="The shop's name, as in NAME.myshopify.com."),
                Needed("plan", is_secret=False, help="standard, advanced, plus", default="standard"),
            ),
            "Admin API access token",
        ),
    ),
    "github": (
        Way("key", (Needed("token"),), "Personal access token"),
        Way(
            "oauth",
            (Needed("client_id"), Needed("client_secret", is_required=False)),
            "Sign in with OAuth",
            note="Register an OAuth app for yourself first.",
            scheme_index=1,
            can_browse=True,
            can_device=True,
        ),
    ),
}


@dataclass
class SignIn:
    via: str
    address: str = "https://github.com/login/device"
    whole_address: str = "https://github.com/login/device?code=WDJB-MJHT"
    user_code: str | None = None
    expires_at: float | None = None
    now: tuple[str, str] = ("waiting", "")
    answers: list[Secret] = field(default_factory=list)
    is_cancelled: bool = False

    def state(self) -> tuple[str, str]:
        return self.now

    def answer(self, text: Secret) -> None:
        self.answers.append(text)
        self.now = ("finished", "")

    def cancel(self) -> None:
        self.is_cancelled = True


class FakeVault:
    """Keep accounts in memory, tell watchers of each change, and write down what was asked."""

    def __init__(self, status: Status = Status(), accounts: tuple[Account, ...] = ()) -> None:
        self.shown = status
        self.held = {account.name: account for account in accounts}
        self.credentials: dict[str, dict[str, Any]] = {}
        self.password: Secret | None = None
        self.found = "healthy"
        self.is_rolled_back = False
        self.asked: list[str] = []
        self.sign_ins: list[SignIn] = []
        self.in_wait: dict[str, Account] = {}
        self.means = [{"name": "w1", "kind": "password", "expires": None}]
        self.runs: tuple[tuple[str, str], ...] = ()
        self.registered: tuple[str, ...] = ()
        self.bundle = ("penstock-sealed-1.abc", Secret("bundle-key-1234"))
        self.sealed: tuple[Account, ...] = (Account("stripe", "ci"),)
        self.given: list[dict[str, Any]] = []
        self.watchers: list[Callable[[], None]] = []

    def _change(self, what: str) -> None:
        self.asked.append(what)
        for watcher in list(self.watchers):
            watcher()

    def watch(self, watcher: Callable[[], None]) -> Callable[[], None]:
        self.watchers.append(watcher)
        return lambda: self.watchers.remove(watcher)

    def status(self) -> Status:
        return self.shown

    def create(self, password: Secret, *, recovery: bool = True) -> Secret | None:
        self.password = password
        self.shown = replace(self.shown, exists=True, is_locked=False)
        if recovery:
            self.means.append({"name": "w2", "kind": "recovery key", "expires": None})
        self._change("create")
        return Secret(RECOVERY_KEY) if recovery else None

    def unlock(self, password: Secret | None = None, **ways: Any) -> None:
        if password is not None and password != self.password:
            raise WrongPassword(f"The password {password.reveal()} opens nothing here.")
        if self.is_rolled_back and not ways["restore"]:
            raise VaultRolledBack("This file is older than the last one seen here.")
        self.shown = replace(self.shown, is_locked=False)
        self._change("unlock" + "".join(f" {name}" for name, value in sorted(ways.items()) if value))

    def lock(self) -> None:
        self.shown = replace(self.shown, is_locked=True)
        self._change("lock")

    def list_accounts(self, integration: str | None = None) -> tuple[Account, ...]:
        return tuple(one for one in self.held.values() if integration in (None, one.integration))

    def integrations(self) -> tuple[str, ...]:
        return (*SIGNING, *self.registered)

    def open_sealed(self, text: str, key: Secret) -> list[str]:
        if (text, key) != self.bundle:
            raise WrongPassword(f"The key {key.reveal()} does not open this bundle.")
        self.shown = replace(self.shown, is_locked=False)
        for account in self.sealed:
            self.held[account.name] = replace(account, is_sealed=True)
        self._change("open_sealed")
        return [account.name for account in self.sealed]

    def ways_to_sign(self, integration: str) -> tuple[Way, ...]:
        if integration not in SIGNING:
            raise UsageError(f"There is no integration {integration!r}.")
        return SIGNING[integration]

    def add(
        self,
        integration: str,
        account: str,
        *,
        label: str | None = None,
        replace: bool = False,
        base_url: str | None = None,
        **given: Any,
    ) -> None:
        name = f"{integration}/{account}"
        if name in self.held and not replace:
            raise UsageError(f"There is an account {name} already.", hint="Replace it, or take another name.")
        self.credentials[name] = given
        base = {key: value for key, value in given.items() if isinstance(value, str)}
        self.held[name] = Account(integration, account, label=label or "", base=base, base_url=base_url)
        self._change(f"add {name}")

    def begin_sign_in(
        self, integration: str, account: str, *, via: str | None = None, **given: Any
    ) -> SignIn:
        known = f"{integration}/{account}" in self.held
        if not known and "client_id" not in given:
            raise UsageError("The client id is missing.")
        begun = SignIn(via or "device", user_code="WDJB-MJHT" if via in (None, "device") else None)
        self.sign_ins.append(begun)
        self.given.append(given)
        self.asked.append(f"begin_sign_in {integration}/{account}")
        return begun

    def check_one(self, integration: str, account: str) -> Health:
        name = f"{integration}/{account}"
        fix = "" if self.found == "healthy" else "Make a new key in the dashboard, and replace this one."
        self.held[name] = replace(self.held[name], health=self.found, fix=fix, checked_at=NOW)
        self._change(f"check {name}")
        return Health(self.found, fix, NOW)

    def use(self, integration: str, account: str) -> None:
        for name, one in self.held.items():
            if one.integration == integration:
                self.held[name] = replace(one, is_active=one.account == account)
        self._change(f"use {integration}/{account}")

    def running(self, integration: str) -> tuple[tuple[str, str], ...]:
        return self.runs

    def describe(self, integration: str, account: str, label: str) -> None:
        name = f"{integration}/{account}"
        self.held[name] = replace(self.held[name], label=label)
        self._change(f"describe {name}")

    def remove(self, integration: str, account: str) -> str:
        undo = f"u{len(self.in_wait)}"
        self.in_wait[undo] = self.held.pop(f"{integration}/{account}")
        self._change(f"remove {integration}/{account}")
        return undo

    def undo(self, undo: str) -> None:
        if undo not in self.in_wait:
            raise UsageError("It cannot be undone any more.")
        account = self.in_wait.pop(undo)
        self.held[account.name] = account
        self._change(f"undo {account.name}")

    def change_password(self, old: Secret, new: Secret) -> None:
        if old != self.password:
            raise WrongPassword(f"{old.reveal()} is not the password.")
        self.password = new
        self._change("change_password")

    def rotate(self, **ways: Any) -> dict[str, Any]:
        kept = [way for way in self.means if way["kind"].replace(" ", "_") in ways]
        dropped = [way for way in self.means if way not in kept]
        self.means = kept
        self._change("rotate")
        return {"kept": kept, "dropped": dropped}

    def ways(self) -> list[dict[str, Any]]:
        return list(self.means)

    def add_way(self, kind: str, **options: Any) -> dict[str, Any]:
        name = f"w{len(self.means) + 1}"
        self.means.append({"name": name, "kind": kind, "expires": None})
        self._change(f"add_way {kind}")
        return {"name": name, "recovery_key": Secret(RECOVERY_KEY) if kind == "recovery" else None}

    def remove_way(self, name: str) -> None:
        self.means = [way for way in self.means if way["name"] != name]
        self._change(f"remove_way {name}")

    def backup(self, path: str) -> None:
        self._change(f"backup {path}")


def some_accounts(now: float = NOW) -> tuple[Account, ...]:
    """Return accounts in every state a row can show."""
    return (
        Account("stripe", "acme", label="Acme Ltd", is_active=True, health="healthy", checked_at=now - 900,
                last_used_at=now - 300, last_used_by="july-import"),
        Account("stripe", "beta", label="", health="revoked", fix="Make a new key in the dashboard, and replace this one."),
        Account("github", "me", kind="oauth", scopes=("repo", "read:user"), expires_at=now + 5400, can_refresh=True,
                health="healthy", is_active=True),
        Account("github", "bot", kind="oauth", needs_sign_in=True, why="The sign-in has ended: sign in again."),
        Account("shopify", "tea-shop", base={"shop": "tea-shop"}, expires_at=now + 86400 * 3, health="expiring",
                fix="It ends in three days: make a new token.", is_active=True),
        Account("shopify", "test", base={"shop": "tea-test"}, is_sealed=True),
    )  # fmt: skip


class Page:
    """Ask a widget as the page does, and wait for the answer."""

    def __init__(self, widget: Any) -> None:
        self.widget, self.sent, self.begun = widget, queue.Queue[dict[str, Any]](), 0
        widget.send = lambda content, buffers=None: self.sent.put(content)

    def ask(self, what: str, secrets: dict[str, str] | None = None, /, **fields: Any) -> dict[str, Any]:
        """Return the kernel's answer to one question."""
        content = {"id": "q", "type": what, **fields}
        if secrets:
            content["secrets"] = list(secrets)
        self.widget._handle_custom_msg(
            content, [memoryview(one.encode()) for one in (secrets or {}).values()]
        )
        while (answer := self.sent.get(timeout=20))["type"] != "ack":
            self.begun += 1
        return answer
