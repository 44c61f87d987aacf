"""AccountSwitcher, the Python half: which accounts are shown, and what a change says."""

from __future__ import annotations

from typing import Any

import pytest
from fake_vault import FakeVault, Page, some_accounts

from penstock.errors import VaultLocked
from penstock.widgets.account_switcher import AccountSwitcher, say_change


def opened(face: FakeVault, integration: str = "stripe") -> tuple[AccountSwitcher, Page]:
    widget = AccountSwitcher(integration, face)  # type: ignore[arg-type]
    return widget, Page(widget)


def test_only_its_own_accounts_are_shown() -> None:
    """A switcher for stripe has stripe's accounts, the active one marked."""
    widget, _ = opened(FakeVault(accounts=some_accounts()))
    assert [(one["account"], one["is_active"]) for one in widget.accounts] == [
        ("acme", True),
        ("beta", False),
    ]


def test_a_change_is_asked_and_said() -> None:
    """Taking an account makes it the active one, and the answer names the runs that keep theirs."""
    face = FakeVault(accounts=some_accounts())
    face.runs = (("july-import", "acme"),)
    widget, page = opened(face)
    answer = page.ask("use", account="beta")
    assert answer["value"] == {
        "says": "New calls go as beta. Running batches keep theirs: july-import (acme)."
    }
    assert face.asked == ["use stripe/beta"]
    assert [one["account"] for one in widget.accounts if one["is_active"]] == ["beta"]


@pytest.mark.parametrize(
    ("running", "said"),
    [
        ((), "New calls go as beta."),
        (tuple((f"r{n}", "acme") for n in range(7)), "r4 (acme) and 2 more."),
    ],
)
def test_what_is_said_fits_what_runs(running: Any, said: str) -> None:
    """With nothing running nothing is said of runs; with many the first five are named."""
    assert say_change("beta", running).endswith(said)


def test_a_locked_vault_is_named() -> None:
    """Where the accounts cannot be had the reason stands there instead."""
    face = FakeVault(accounts=some_accounts())

    def refuse(integration: str | None = None) -> Any:
        raise VaultLocked("The vault is locked.")

    face.list_accounts = refuse  # type: ignore[method-assign]
    widget, _ = opened(face)
    assert widget.accounts == [] and widget.trouble == "The vault is locked. Unlock it: vault.unlock()."


def test_text_and_repr_are_stable() -> None:
    """The text names each account's health; the repr is the line that makes the widget."""
    widget, _ = opened(FakeVault(accounts=some_accounts()))
    bundle, _ = widget._repr_mimebundle_()
    assert bundle["text/plain"] == "Accounts of stripe: stripe/acme (healthy), stripe/beta (revoked)"
    assert "revoked" in bundle["text/html"] and repr(widget) == "AccountSwitcher('stripe')"


def test_a_closed_switcher_hears_nothing() -> None:
    """After close() the vault tells it nothing more."""
    face = FakeVault()
    opened(face)[0].close()
    assert face.watchers == []
