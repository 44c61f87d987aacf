"""The face of the vault, what `ps.vault()` returns: add, sign in, use, check. It holds no key and no secret."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.agent.grants import read_account
from penstock.agent.keeper import vault_path
from penstock.asking import ask
from penstock.auth.accounts import Account, AccountBook, Health
from penstock.auth.plans import read_plan, write_plan
from penstock.catalog.registry import Registry
from penstock.clock import utc
from penstock.errors import PenstockError, UnknownName, UsageError, nearest
from penstock.events import AccountSwitched, CredentialChecked, EventBus
from penstock.keeping import Keeping, has_person
from penstock.redact import Secret
from penstock.signing import (
    SigningWay,
    move_end_points,
    plan_account,
    plan_again,
    plan_sign_in,
    sort_given,
    ways_to_sign,
)
from penstock.signing_in import SignInUnderWay, choose_via, is_browser_elsewhere
from penstock.unlocking import Unlocking

if TYPE_CHECKING:
    import pandas as pd

    from penstock.importing import Import

Check = Callable[[Account], Health]
Running = Callable[[str], "tuple[tuple[str, str], ...]"]


class Credentials(Unlocking):
    """The vault of a home: credentials in one encrypted file, unlocked by a password, used by account name.

    In a notebook it shows itself as the CredentialVault widget. Everything may be called from any thread.
    """

    def __init__(
        self,
        home: Path,
        keeping: Keeping,
        book: AccountBook,
        registry: Registry,
        bus: EventBus,
        check: Check,
        running: Running,
        show: Callable[[Credentials], bool],
    ) -> None:
        super().__init__(keeping, (vault_path(home), book.path, book.path.with_name(f"{book.path.name}-wal")))
        self.home = home
        self._book, self._registry, self._bus = book, registry, bus
        self._check, self._running, self._show = check, running, show

    def integrations(self) -> tuple[str, ...]:
        """Return the name of every integration an account can be added for, those you registered as well."""
        return tuple(self._registry.names())

    def ways_to_sign(self, integration: str) -> tuple[SigningWay, ...]:
        """Return every way an integration's requests can be signed, with what is to be given for each."""
        return ways_to_sign(self._registry.get(integration))

    def add(
        self,
        integration: str,
        account: str,
        *,
        label: str | None = None,
        replace: bool = False,
        base_url: str | None = None,
        **fields: Secret | str,
    ) -> Account:
        """Store an account's credential and return the account; the first of an integration becomes its active one.

        fields: what `ways_to_sign` says: Secrets (`token=ps.ask()`), "env:NAME" or "file:PATH", and parts of the address
        (`shop="acme"`). `token=` serves for any service that takes one key. base_url: an installation of your own.
        """
        known = self._registry.get(integration)
        _check_name(account)
        entered = sort_given(known, fields)
        plan = plan_account(known, entered, base_url)
        self._keeping.ask(
            "put", integration=known.name, account=account, fields=dict(plan.fields), plan=plan.text,
            base=dict(entered.base), base_url=base_url, label=label, kind=plan.kind, replace=replace,
        )  # fmt: skip
        return self._is_new(known.name, account)

    def _is_new(self, integration: str, account: str) -> Account:
        self._book.unfound(integration, account)
        if len(self.list_accounts(integration)) == 1:
            self._book.use(integration, account)
        self.changed()
        return self.get(integration, account)

    def begin_sign_in(
        self,
        integration: str,
        account: str,
        *,
        via: str | None = None,
        scopes: Iterable[str] | None = None,
        scheme: int | None = None,
        redirect_uri: str | None = None,
        label: str | None = None,
        base_url: str | None = None,
        end_points: Mapping[str, str | None] | None = None,
        **fields: Secret | str,
    ) -> SignInUnderWay:
        """Begin a sign-in and return it: where to go, how it stands. The account is stored when it is finished.

        via: "loopback" (a browser on this machine), "device" (any other), "paste" (the address it ends on), or what can
        work here. scheme: which of the ways in `ways_to_sign`. fields: client_id=, client_secret= of the app, where no
        account of the service has them yet; parts of the address. end_points: other addresses to sign in at (authorize,
        token, device, lookup), for an installation of your own.
        """
        known = self._registry.get(integration)
        _check_name(account)
        entered = sort_given(known, fields)
        before = next((one for one in self._list(known.name) if one.account == account), None)
        asked = None if scopes is None else tuple(scopes)
        if (
            before is not None
        ):  # signed in again: it stays where it was, and as it was unless something else is said
            base_url = base_url or before.base_url
            entered = replace(entered, base={**before.base, **entered.base})
        plan = self._keeping.ask("plan", integration=known.name, account=account)["plan"] if before else None
        if plan is not None and scheme is None and not fields:
            way, filled = plan_again(known, read_plan(plan), asked)
        else:
            way, filled = plan_sign_in(known, entered, scheme, asked)
        if end_points is not None:
            filled = move_end_points(filled, end_points)
        via = choose_via(way, via, is_elsewhere=is_browser_elsewhere())
        name = f"{known.name}/{account}"
        place = {"base": dict(entered.base), "base_url": base_url, "label": label}
        account_is = {"integration": known.name, "account": account}
        given = {"fields": dict(entered.fields), "plan": write_plan(filled)}
        if via == "none" and not entered.fields:
            raise UsageError(
                f"{name} asks for its tokens by itself, with the app's own secret.",
                hint=f"Give what is new: ps.vault().add({known.name!r}, {account!r}, replace=True, client_id=…, …).",
            )
        if via == "none":
            self._keeping.ask("put", **account_is, **given, **place, kind="client", replace=True)
            begun = SignInUnderWay.ended(self._keeping, name, self._try(known.name, account))
            self._is_new(known.name, account)
            return begun
        begun_at = {one.account: one.version for one in self._list(known.name)}.get(account, 0)

        def end() -> None:
            if {one.account: one.version for one in self._list(known.name)}.get(account, 0) > begun_at:
                self._is_new(known.name, account)

        found = self._keeping.ask(
            "begin_sign_in", **account_is, **given, **place, via=via, redirect_uri=redirect_uri
        )
        return SignInUnderWay(self._keeping, name, found, end)

    def _try(self, integration: str, account: str) -> str:
        """Ask for a token, and return why there is none, "" where there is one."""
        try:
            self._keeping.ask("issue", integration=integration, account=account)
        except PenstockError as exc:
            return str(exc)
        return ""

    def sign_in(self, integration: str, account: str, **options: Any) -> Account:
        """Sign in, and return the account: says where to go, and waits until it is done (interrupt to give up).

        options: those of `begin_sign_in`. Raises SignInNeeded where the service said no, or nobody came back in time.
        """
        under_way = self.begin_sign_in(integration, account, **options)
        try:
            if under_way.via != "none":
                print(under_way.say(), flush=True)
            if under_way.via == "loopback" and has_person():
                import webbrowser

                webbrowser.open(under_way.whole_address or under_way.address)
            if under_way.via == "paste":
                under_way.answer(ask("The address you ended on: "))
            under_way.wait()
        except BaseException:
            under_way.cancel()
            raise
        return self.get(integration, account)

    def _list(self, integration: str | None) -> tuple[Account, ...]:
        return tuple(read_account(one) for one in self._keeping.ask("accounts", integration=integration))

    def list_accounts(self, integration: str | None = None) -> tuple[Account, ...]:
        """Return the accounts, with what is known of each; never a secret. Raises VaultLocked."""
        return tuple(self._book.complete(one) for one in self._list(integration))

    def get(self, integration: str, account: str) -> Account:
        """Return one account. Raises UnknownName with the nearest."""
        found = self.list_accounts(integration)
        for one in found:
            if one.account == account:
                return one
        raise UnknownName(
            f"The vault has no account {account!r} for {integration}.",
            hint=nearest(account, [one.account for one in found])
            or f"Add it: ps.vault().add({integration!r}, {account!r}, …).",
            integration=integration,
        )

    def accounts(self, integration: str | None = None) -> pd.DataFrame:
        """Return the accounts as a frame: kind, scopes, expires, health, last used; never a secret."""
        import pandas as pd

        columns = ["integration", "account", "is_active", "kind", "label", "scopes", "expires", "needs_sign_in",
                   "health", "fix", "checked_at", "last_used_at", "last_used_by"]  # fmt: skip
        rows = [
            [one.integration, one.account, one.is_active, one.kind, one.label, " ".join(one.scopes), _at(one.expires_at),
             one.needs_sign_in, one.health, one.why or one.fix, _at(one.checked_at), _at(one.last_used_at),
             one.last_used_by]
            for one in self.list_accounts(integration)
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=columns)

    def use(self, integration: str, account: str) -> Account:
        """Make an account the active one: connections that name none call as it from now on. Running batches keep theirs."""
        self.get(integration, account)
        self._book.use(integration, account)
        self._bus.emit(AccountSwitched(integration, account))
        self.changed()
        return self.get(integration, account)

    def active(self, integration: str) -> str | None:
        """Return the active account's name, None where none was chosen."""
        return self._book.active(integration)

    def running(self, integration: str) -> tuple[tuple[str, str], ...]:
        """Return the runs under way with this integration, and whose account each keeps."""
        return self._running(integration)

    def describe(self, integration: str, account: str, label: str | None) -> None:
        """Change an account's label."""
        self._keeping.ask("describe", integration=integration, account=account, label=label)
        self.changed()

    def remove(self, integration: str, account: str) -> str:
        """Take an account out, and return what `undo` takes for ten minutes. Where it was active, none is."""
        undo: str = self._keeping.ask("remove", integration=integration, account=account)["undo"]
        if self._book.forget(integration, account):
            undo = f"{undo}:{integration}/{account}"
        self.changed()
        return undo

    def undo(self, undo: str) -> None:
        """Put back what was removed."""
        name, _, active = undo.partition(":")
        self._keeping.ask("undo", undo=name)
        integration, _, account = active.partition("/")
        if account and self._book.active(integration) is None:
            self._book.use(integration, account)
        self.changed()

    def check_one(self, integration: str, account: str) -> Health:
        """Call the integration's health operation as this account, and return how it was found and what to do."""
        return self._look_at(self.get(integration, account))

    def _look_at(self, account: Account) -> Health:
        health = self._check(account)
        self._book.found(account.integration, account.account, health)
        self._bus.emit(CredentialChecked(account.integration, account.account, health.state, health.fix))
        self.changed()
        return health

    def check(self, integration: str | None = None, account: str | None = None) -> pd.DataFrame:
        """Check every account, or those named, by a call to each service; return a frame of health and what to do."""
        import pandas as pd

        wanted = (
            [self.get(integration, account)] if integration and account else self.list_accounts(integration)
        )
        rows = []
        for one in wanted:
            health = self._look_at(one)
            rows.append(
                [
                    one.integration,
                    one.account,
                    health.state,
                    health.fix,
                    _at(one.expires_at),
                    _at(health.checked_at),
                ]
            )
        return pd.DataFrame(
            rows, columns=["integration", "account", "health", "fix", "expires", "checked_at"]
        )

    def import_from(self, source: str | Path) -> Import:
        """Return what a .env file, "environment", "netrc" or "keyring:SERVICE" has, to look at; `.store()` stores it.

        Nothing is stored before that, the source is not changed, and no value is shown. There is no way back out.
        """
        from penstock.importing import look

        def put(
            integration: str, account: str, fields: Mapping[str, Secret], base: Mapping[str, str]
        ) -> None:
            given: dict[str, Any] = {**fields, **base}
            self.add(integration, account, **given)

        taken = {(one.integration, one.account) for one in self._list(None)}
        return look(source, self._registry, taken, put)

    # How it shows itself

    def __repr__(self) -> str:
        try:
            status = self.status()
        except PenstockError as exc:
            return f"<Credentials: {exc.message}>"
        state = ("locked" if status.is_locked else "unlocked") if status.exists else "not made yet"
        return f"<Credentials of {self.home}: {state}>"

    def _ipython_display_(self) -> None:
        if not self._show(self):
            print(repr(self))


def _check_name(account: str) -> None:
    if not isinstance(account, str) or not re.fullmatch(r"[^/\s\x00-\x1f][^/\x00-\x1f]{0,98}", account):
        raise UsageError(
            "An account's name is a short text without slashes.",
            hint='For example "acme" or "eu-production".',
        )


def _at(wall: float | None) -> Any:
    import pandas as pd

    return pd.NaT if wall is None else pd.Timestamp(utc(wall))
