"""CredentialVault over the real vault: the same questions, with a keeper in this process and a file on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_vault import Page
from vaults import CHEAP

from penstock.agent.keeper import Keeper
from penstock.auth.accounts import Account, AccountBook, Health
from penstock.catalog.registry import Registry
from penstock.clock import SystemClock
from penstock.credentials import Credentials
from penstock.events import EventBus
from penstock.keeping import Keeping
from penstock.loop import EngineLoop
from penstock.redact import Secret
from penstock.widgets.account_switcher import AccountSwitcher
from penstock.widgets.credential_vault import CredentialVault

PASSWORD = "kovif-hijan-tifat-rozox"
KEY = "sk_test_c4n4ryKw7zv9"


@pytest.fixture
def face(tmp_path: Path) -> Iterator[Credentials]:
    """Give the real face over a home of its own; a check finds every account healthy."""
    engine, clock = EngineLoop(), SystemClock()

    def keep() -> Keeper:
        return Keeper(tmp_path, clock=clock, policy=CHEAP)

    def check(account: Account) -> Health:
        return Health("healthy", "", clock.wall())

    made = Credentials(
        tmp_path,
        Keeping(tmp_path, engine, clock, False, keep),
        AccountBook(tmp_path / "accounts.db", clock),
        Registry(),
        EventBus(),
        check,
        lambda integration: (("july-import", "acme"),),
        lambda face: False,
    )
    yield made
    engine.close()


def test_a_vault_is_made_filled_and_opened_again(face: Credentials, tmp_path: Path) -> None:
    """Create, add, test, use, rename, remove, undo, ways, lock and unlock do at the real vault what the page shows."""
    widget = CredentialVault(face)
    page = Page(widget)

    def ask(*what: Any, **fields: Any) -> Any:
        answer = page.ask(*what, **fields)
        assert answer["ok"], answer
        return answer.get("value")

    assert not widget.vault["exists"]
    recovery_key = ask("create", {"password": PASSWORD}, recovery=True)["recovery_key"]
    assert widget.vault["exists"] and not widget.vault["is_locked"] and len(widget.vault["ways"]) == 2
    (way,) = ask("ways_to_sign", integration="stripe")["ways"][:1]
    secret = way["fields"][0]["name"]
    for account in ("acme", "beta"):
        ask("add", {secret: KEY}, integration="stripe", account=account, base={})
    named = {"integration": "stripe", "account": "beta"}
    assert ask("check", **named) == {"state": "healthy", "fix": ""}
    ask("describe", **named, label="Beta & Co")
    ask("use", **named)
    shown = {one["account"]: one for one in widget.vault["accounts"]}
    assert shown["beta"]["is_active"] and shown["beta"]["label"] == "Beta & Co"
    assert shown["beta"]["word"] == "healthy" and not shown["acme"]["is_active"]
    undo = ask("remove", **named)["undo"]
    assert [one["account"] for one in widget.vault["accounts"]] == ["acme"]
    ask("undo", undo=undo)
    assert len(widget.vault["accounts"]) == 2
    ask("backup", path=str(tmp_path / "copy.psk"))
    ask("lock")
    assert widget.vault["is_locked"] and widget.vault["accounts"] == []
    assert page.ask("unlock", {"password": PASSWORD + "x"}, kind="password")["value"] == {
        "kind": "WrongPassword"
    }
    ask("unlock", {"recovery_key": recovery_key}, kind="recovery_key")
    ask("change_password", {"old": PASSWORD, "new": PASSWORD + "-gemif"})
    assert ask("rotate", {"password": PASSWORD + "-gemif"}, kind="password") == {
        "kept": ["password"],
        "dropped": ["recovery key"],
    }
    assert widget.vault["trouble"] == "" and len(widget.vault["accounts"]) == 2
    assert KEY not in str(widget.get_state()) and recovery_key not in str(widget.get_state())
    widget.close()


def test_the_switcher_moves_the_real_active_account(face: Credentials) -> None:
    """A change in the switcher is the face's active account, and the runs it knows are named."""
    vault = Page(CredentialVault(face))
    vault.ask("create", {"password": PASSWORD}, recovery=False)
    secret = vault.ask("ways_to_sign", integration="stripe")["value"]["ways"][0]["fields"][0]["name"]
    for account in ("acme", "beta"):
        vault.ask("add", {secret: KEY}, integration="stripe", account=account, base={})
    widget = AccountSwitcher("stripe", face)
    said = Page(widget).ask("use", account="beta")["value"]["says"]
    assert face.active("stripe") == "beta" and said.endswith("keep theirs: july-import (acme).")


def test_a_bundle_opens_where_there_is_no_vault(face: Credentials, tmp_path: Path) -> None:
    """Pasted with line ends, a real bundle's account is shown without a vault; locked, it is gone; a wrong key opens nothing."""
    face.create(Secret(PASSWORD), recovery=False)
    face.add("stripe", "ci", token=Secret(KEY))
    sealed = face.seal("stripe/ci")
    face.lock()
    (tmp_path / "vault" / "credentials.psk").unlink()
    widget = CredentialVault(face)
    page = Page(widget)
    assert not widget.vault["exists"] and widget.vault["accounts"] == []
    text = sealed.text[:100] + "\n" + sealed.text[100:]
    face_key = sealed.key.reveal()
    wrong = ("A" if face_key[0] != "A" else "B") + face_key[1:]
    assert page.ask("open_sealed", {"key": wrong}, text=text)["value"] == {"kind": "WrongPassword"}
    assert page.ask("open_sealed", {"key": face_key}, text=text)["value"] == {"accounts": ["stripe/ci"]}
    (shown,) = widget.vault["accounts"]
    assert shown["is_sealed"] and not widget.vault["exists"]
    assert widget.say_text() == "Credential vault, a sealed bundle is open: stripe/ci (not tested)"
    assert KEY not in str(widget.get_state()) and face_key not in str(widget.get_state())
    assert page.ask("lock")["ok"] and widget.vault["accounts"] == []
    widget.close()


def test_what_you_registered_can_be_added(face: Credentials) -> None:
    """An integration of your own is offered beside the built-in ones, registered before the widget was made or after."""
    widget = CredentialVault(face)
    assert "stripe" in widget.integrations and "acme_crm" not in widget.integrations
    face._registry.register(replace(face._registry.get("stripe"), name="acme_crm"))
    widget.draw()
    assert "acme_crm" in widget.integrations and "acme_crm" in CredentialVault(face).integrations
    ways = Page(widget).ask("ways_to_sign", integration="acme_crm")["value"]
    assert ways["ways"] and ways["redirect_uri"] == "http://127.0.0.1:8719/callback"
    widget.close()
