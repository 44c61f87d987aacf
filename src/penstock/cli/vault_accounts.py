"""`penstock vault list|add|remove|undo|use|check|import`: the accounts a vault holds; never what their secrets are."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from penstock.asking import Asking
from penstock.cli.vault import part, say_json, when
from penstock.errors import UsageError
from penstock.redact import redact

if TYPE_CHECKING:
    from penstock.auth.accounts import Account
    from penstock.credentials import Credentials

_SHOWN = (
    "integration", "account", "kind", "label", "scopes", "expires_at", "can_refresh", "needs_sign_in", "why", "base",
    "base_url", "version", "is_sealed", "is_active", "health", "fix", "checked_at", "last_used_at", "last_used_by",
)  # fmt: skip
_WELL = ("healthy", "expiring")


def _list(vault: Credentials, given: argparse.Namespace, asking: Asking) -> None:
    accounts = vault.list_accounts(given.integration)
    if given.json:
        say_json([_as_json(account) for account in accounts])
        return
    for one in accounts:
        how = "sign in again" if one.needs_sign_in else (one.health or "not checked")
        told = f"until {when(one.expires_at)}" if one.expires_at and not one.can_refresh else ""
        mark = "*" if one.is_active else " "
        print(
            f"{mark} {one.integration + '/' + one.account:<32} {one.kind:<7} {how:<14} {told} {one.label or ''}".rstrip()
        )
    if not accounts:
        print("No accounts. penstock vault add NAME ACCOUNT, or penstock sign-in NAME", file=sys.stderr)


def _as_json(account: Account) -> dict[str, Any]:
    shown = {name: part(account, name) for name in _SHOWN}
    return {**shown, "scopes": list(account.scopes), "base": dict(account.base)}


def _add(vault: Credentials, given: argparse.Namespace, asking: Asking) -> None:
    values = fill_fields(vault, given, asking, ("key",))
    options = {"label": given.label, "base_url": given.base_url, "replace": given.replace}
    account = vault.add(given.integration, given.account, **{**values, **options})
    print(f"Stored: {part(account, 'integration')}/{part(account, 'account')}", file=sys.stderr)


def fill_fields(
    vault: Credentials, given: argparse.Namespace, asking: Asking, kinds: tuple[str, ...]
) -> dict[str, Any]:
    """Return what --field and --base gave, and what the way to sign needs besides, asked for.

    Raises UsageError before anything is asked where a way of these kinds does not exist.
    """
    values: dict[str, Any] = {**dict(given.base), **dict(given.field)}
    secrets = {name for name, _ in given.field}
    ways = [way for way in vault.ways_to_sign(given.integration) if way.kind in kinds]
    fitting = [way for way in ways if secrets <= {field.name for field in way.fields}]
    if not fitting:
        if secrets:
            return values  # the vault says what is wrong with them
        raise UsageError(
            f"{given.integration} has no key to be typed in.", hint=f"penstock sign-in {given.integration}"
        )
    wanted = [
        field
        for field in fitting[0].fields
        if field.name not in values and field.is_required and field.default is None
    ]
    plain = [field for field in wanted if not field.is_secret]
    if plain and not sys.stdin.isatty():
        first = plain[0]
        raise UsageError(
            f"{first.name} is needed{f': {first.help}' if first.help else ''}.",
            hint=f"Give it: --base {first.name}=VALUE, or --field {first.name}=env:NAME.",
        )
    for field in wanted:
        told = f"{field.name} ({field.help})" if field.help else field.name
        values[field.name] = asking(told) if field.is_secret else _ask_openly(told)
    return values


def _ask_openly(told: str) -> str:
    print(f"{told}: ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline().strip()
    if not answer:
        raise UsageError("The answer was empty.", hint="Nothing was stored; run it again.")
    return answer


def _remove(vault: Credentials, given: argparse.Namespace, asking: Asking) -> None:
    undo = vault.remove(given.integration, given.account)
    print(f"Removed: {given.integration}/{given.account}", file=sys.stderr)
    if vault.status().where == "agent":
        print(f"For ten minutes it can be put back: penstock vault undo {undo}", file=sys.stderr)


def _undo(vault: Credentials, given: argparse.Namespace, asking: Asking) -> None:
    vault.undo(given.undo)
    print("It is back.", file=sys.stderr)


def _use(vault: Credentials, given: argparse.Namespace, asking: Asking) -> None:
    vault.use(given.integration, given.account)
    print(f"Calls to {given.integration} go as {given.account}, unless they name another.", file=sys.stderr)


def _check(vault: Credentials, given: argparse.Namespace, asking: Asking) -> int:
    frame = vault.check(given.integration, given.account)
    rows = [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
    if given.json:
        say_json([{name: _plain(value) for name, value in row.items()} for row in rows])
    for row in () if given.json else rows:
        print(
            f"{row['integration']}/{row['account']}: {row['health']}  {redact(str(row['fix'] or ''))}".rstrip()
        )
    return 0 if all(row["health"] in _WELL for row in rows) else 1


def _plain(value: Any) -> Any:
    """Return a frame's cell as JSON has it: NaN and NaT are null."""
    return None if value is None or value != value else value


def _import(vault: Credentials, given: argparse.Namespace, asking: Asking) -> int:
    found = vault.import_from(given.source)
    print(found)
    if not given.store:
        if found.candidates:
            print(
                "Nothing was stored: --store stores them; --only NAME some, --as NAME=ACCOUNT under other names."
            )
        return 0
    stored = found.store(only=given.only or None, names=dict(given.names))
    print(stored)
    return 0 if stored.is_whole else 1


ACTIONS: Mapping[str, Callable[[Credentials, argparse.Namespace, Asking], int | None]] = {
    "list": _list,
    "add": _add,
    "remove": _remove,
    "undo": _undo,
    "use": _use,
    "check": _check,
    "import": _import,
}
