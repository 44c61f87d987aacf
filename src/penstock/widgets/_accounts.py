"""Accounts and the vault as plain values for the page, and as a table for a saved notebook. Never a secret."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from penstock.batch.render import plain

if TYPE_CHECKING:
    from penstock.auth.accounts import Account
    from penstock.signing import SigningWay
    from penstock.unlocking import VaultStatus

# How an account is, as a word and as a look: the look's shape says the same without colour.
_HEALTH = {
    "healthy": ("healthy", "good"),
    "expiring": ("expiring", "warn"),
    "expired": ("expired", "bad"),
    "revoked": ("revoked", "bad"),
    "scope_missing": ("scope missing", "bad"),
    "offline": ("offline", "none"),
}
_KINDS = {"key": "API key", "oauth": "OAuth sign-in", "client": "client credentials"}
_LINE = "1px solid rgba(128,128,128,.3)"
_CELL = (
    f"text-align:left;vertical-align:top;padding:4px 16px 4px 0;border:0;border-top:{_LINE};background:none"
)


def health_words(account: Account) -> tuple[str, str]:
    """Return how an account is, as a word and as the name of a look (good, warn, bad, none)."""
    if account.needs_sign_in:
        return "sign-in needed", "bad"
    if account.health is None:
        return "not tested", "none"
    return _HEALTH.get(account.health, (plain(account.health, 40), "none"))


def build_account(account: Account) -> dict[str, Any]:
    """Return an account as the page wants it: names, words and instants (wall seconds)."""
    word, look = health_words(account)
    return {
        "integration": plain(account.integration, 60),
        "account": plain(account.account, 80),
        "label": plain(account.label or "", 120),
        "kind": account.kind,
        "kind_words": _KINDS.get(account.kind, plain(account.kind, 40)),
        "scopes": [plain(scope, 120) for scope in account.scopes][:60],
        "expires_at": account.expires_at,
        "can_refresh": account.can_refresh,
        "word": word,
        "look": look,
        "fix": plain((account.why if account.needs_sign_in else "") or account.fix or ""),
        "checked_at": account.checked_at,
        "used_at": account.last_used_at,
        "used_by": plain(account.last_used_by or "", 80),
        "address": [[plain(name, 60), plain(value, 120)] for name, value in account.base.items()]
        + ([["base_url", plain(account.base_url, 200)]] if account.base_url else []),
        "is_active": account.is_active,
        "is_sealed": account.is_sealed,
    }


def build_vault(
    status: VaultStatus, accounts: Iterable[Account], ways: Iterable[Mapping[str, Any]], now: float
) -> dict[str, Any]:
    """Return the vault's state as the page wants it; `now` is the wall time the status was asked at."""

    def ends(left_s: float | None) -> int | None:
        return None if left_s is None else round(now + left_s)

    return {
        "exists": status.exists,
        "is_locked": status.is_locked,
        "path": plain(str(status.path), 300),
        "where": status.where,
        "is_kept": status.is_kept,
        "note": plain(status.note or ""),
        "idle_ends_at": ends(status.idle_left_s),
        "ends_at": ends(status.absolute_left_s),
        "accounts": [build_account(account) for account in accounts],
        "ways": [build_way(way) for way in ways],
        "trouble": "",
    }


def build_way(way: Mapping[str, Any]) -> dict[str, Any]:
    """Return a way into the vault as the page wants it."""
    kind = str(way["kind"]).replace("_", " ")
    return {"name": plain(str(way["name"]), 80), "kind": kind, "expires_at": way.get("expires")}


def build_signing(way: SigningWay) -> dict[str, Any]:
    """Return a way to sign an integration's requests, with the fields a form has to ask for."""
    return {
        "kind": way.kind,
        "title": plain(way.title, 120),
        "note": plain(way.note or ""),
        "scheme": way.scheme_index,
        "can_browse": way.can_browse,
        "can_device": way.can_device,
        "fields": [
            {
                "name": field.name,
                "is_secret": field.is_secret,
                "help": plain(field.help or ""),
                "default": None if field.is_secret else field.default,
                "is_required": field.is_required,
            }
            for field in way.fields
        ],
    }


def is_still(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Say whether two states of the vault show the same; a second more or less in when it locks is no news."""
    clocks = ("idle_ends_at", "ends_at")
    if before.keys() != now.keys() or any(before[name] != now[name] for name in now if name not in clocks):
        return False
    pairs = [(before[name], now[name]) for name in clocks]
    return all(a == b or (None not in (a, b) and abs(a - b) < 2) for a, b in pairs)


def text_of(accounts: Iterable[Mapping[str, Any]], title: str) -> str:
    """Return accounts as one line: a title, then each with its health."""
    found = [f"{one['integration']}/{one['account']} ({one['word']})" for one in accounts]
    return f"{title}: {', '.join(found[:12])}{', …' if len(found) > 12 else ''}" if found else title


def html_of(accounts: Iterable[Mapping[str, Any]], title: str) -> str:
    """Return accounts as a static table that stands alone: no script, no style sheet, everything escaped."""
    head = "".join(
        f'<th style="{_CELL};border-top:0;font-weight:400;opacity:.72">{name}</th>'
        for name in ("Integration", "Account", "Kind", "Health", "Active")
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<td style="{_CELL}">{escape(text)}</td>'
            for text in (
                one["integration"],
                one["account"] + (f" · {one['label']}" if one["label"] else ""),
                one["kind_words"],
                one["word"],
                "active" if one["is_active"] else "",
            )
        )
        + "</tr>"
        for one in accounts
    )
    table = (
        f'<table style="border-collapse:collapse;font-size:13px;margin:6px 0 0">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
    return (
        f'<div class="penstock-static" style="box-sizing:border-box;max-width:50rem;padding:12px 16px 13px;'
        f'border:{_LINE};border-radius:8px;font-size:13px;line-height:1.45">'
        f'<b style="font-weight:600">{escape(title)}</b>{table if body else ""}</div>'
    )
