"""CredentialVault, the Python half: what the page is told, what it may ask, where a secret goes."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any

import pytest
from fake_vault import RECOVERY_KEY, FakeVault, Page, Status, some_accounts

from penstock.errors import UsageError
from penstock.redact import HIDDEN, Secret
from penstock.testing import FakeClock
from penstock.widgets.credential_vault import CredentialVault


def opened(face: FakeVault) -> tuple[CredentialVault, Page]:
    widget = CredentialVault(face, integrations=["github", "shopify", "stripe"], clock=FakeClock())  # type: ignore[arg-type]
    return widget, Page(widget)


def test_the_page_is_told_what_may_be_shown() -> None:
    """Every account is there with its health in a word, and what needs doing in a sentence."""
    widget, _ = opened(FakeVault(accounts=some_accounts()))
    words = {f"{one['integration']}/{one['account']}": one["word"] for one in widget.vault["accounts"]}
    assert words == {
        "stripe/acme": "healthy",
        "stripe/beta": "revoked",
        "github/me": "healthy",
        "github/bot": "sign-in needed",
        "shopify/tea-shop": "expiring",
        "shopify/test": "not tested",
    }
    assert widget.vault["accounts"][3]["fix"] == "The sign-in has ended: sign in again."
    assert json.loads(json.dumps(widget.vault)) == widget.vault


def test_a_locked_vault_shows_no_account() -> None:
    """Neither names nor ways to sign are in the state while the vault is locked."""
    widget, _ = opened(FakeVault(Status(is_locked=True), some_accounts()))
    assert widget.vault["accounts"] == [] and "acme" not in json.dumps(widget.vault)


def test_creating_gives_the_recovery_key_once() -> None:
    """The recovery key is in the answer alone; the password reaches the face as a Secret."""
    face = FakeVault(Status(exists=False, is_locked=True))
    widget, page = opened(face)
    answer = page.ask("create", {"password": "kovif-hijan-tifat"}, recovery=True)
    assert answer["ok"] and answer["value"] == {"recovery_key": RECOVERY_KEY}
    assert face.password == Secret("kovif-hijan-tifat")
    assert RECOVERY_KEY not in json.dumps(widget.get_state(), default=str)


@pytest.mark.parametrize(
    ("fields", "secrets", "called"),
    [
        ({"kind": "password"}, {"password": "right right right"}, "unlock"),
        ({"kind": "recovery_key"}, {"recovery_key": RECOVERY_KEY}, "unlock recovery_key"),
        ({"kind": "key_file", "path": "/keys/ci.key"}, {}, "unlock key_file"),
        ({"kind": "keyring"}, {}, "unlock keyring"),
    ],
)
def test_each_way_in_reaches_the_face(fields: dict[str, Any], secrets: dict[str, str], called: str) -> None:
    """Password, recovery key, key file and keyring each unlock as themselves, and the state follows."""
    face = FakeVault(Status(is_locked=True), some_accounts())
    face.password = Secret("right right right")
    widget, page = opened(face)
    assert page.ask("unlock", secrets, **fields)["ok"]
    assert face.asked == [called] and len(widget.vault["accounts"]) == 6


def test_a_wrong_password_is_refused_without_being_repeated() -> None:
    """A refusal says what to do next, names its kind, and hides the password even where the error had it."""
    face = FakeVault(Status(is_locked=True))
    answer = opened(face)[1].ask("unlock", {"password": "hunter2hunter2"}, kind="password")
    assert not answer["ok"] and answer["value"] == {"kind": "WrongPassword"}
    assert HIDDEN in answer["error"] and "hunter2" not in answer["error"] and "Try again" in answer["error"]


def test_an_older_file_is_used_only_when_told() -> None:
    """A rolled-back vault is refused by that name, and opens with restore."""
    face = FakeVault(Status(is_locked=True))
    face.is_rolled_back = True
    _, page = opened(face)
    assert page.ask("unlock", kind="keyring")["value"] == {"kind": "VaultRolledBack"}
    assert page.ask("unlock", kind="keyring", restore=True)["ok"]


def test_an_account_is_added_with_its_fields() -> None:
    """Secrets arrive as Secrets, parts of the address as text, empty ones not at all."""
    face = FakeVault()
    widget, page = opened(face)
    answer = page.ask(
        "add",
        {"token": "shpat_1234567"},
        integration="shopify",
        account="tea",
        base={"shop": "tea-shop", "plan": ""},
    )
    assert answer["ok"]
    assert face.credentials["shopify/tea"] == {"token": Secret("shpat_1234567"), "shop": "tea-shop"}
    assert [one["account"] for one in widget.vault["accounts"]] == ["tea"]


@pytest.mark.parametrize("name", ["replace", "via", "self", "integration", "api_key"])
def test_a_field_nobody_asked_for_is_refused(name: str) -> None:
    """A name the integration does not ask for cannot become an argument of the face."""
    face = FakeVault()
    _, page = opened(face)
    assert not page.ask("add", {name: "x"}, integration="shopify", account="tea", base={"shop": "s"})["ok"]
    assert face.asked == [] and face.held == {}


@pytest.mark.parametrize(
    ("kind", "fields", "called"),
    [
        ("check", {}, "check stripe/acme"),
        ("use", {}, "use stripe/acme"),
        ("describe", {"label": "Acme Ltd & Co"}, "describe stripe/acme"),
        ("remove", {}, "remove stripe/acme"),
    ],
)
def test_what_is_done_to_an_account(kind: str, fields: dict[str, str], called: str) -> None:
    """Each action asks the face for one thing and nothing else."""
    face = FakeVault(accounts=some_accounts())
    _, page = opened(face)
    assert page.ask(kind, integration="stripe", account="acme", **fields)["ok"]
    assert face.asked == [called]


def test_a_removed_account_comes_back() -> None:
    """The undo in the answer of a removal brings the account back."""
    face = FakeVault(accounts=some_accounts())
    widget, page = opened(face)
    undo = page.ask("remove", integration="stripe", account="beta")["value"]["undo"]
    assert len(widget.vault["accounts"]) == 5
    assert page.ask("undo", undo=undo)["ok"] and len(widget.vault["accounts"]) == 6


def test_a_sign_in_is_followed_to_its_end() -> None:
    """It begins with its code and address, waits, takes what is pasted as a Secret, and is over once it is finished."""
    face = FakeVault()
    _, page = opened(face)
    begun = page.ask(
        "begin_sign_in",
        {"client_id": "client-id-1"},
        integration="github",
        account="me",
        scheme=1,
        via="device",
    )["value"]
    assert begun["user_code"] == "WDJB-MJHT" and begun["via"] == "device"
    name = {"sign_in": begun["sign_in"]}
    assert page.ask("sign_in_state", **name)["value"] == {"state": "waiting", "message": ""}
    assert page.ask("answer_sign_in", {"answer": "http://127.0.0.1/?code=c"}, **name)["ok"]
    assert face.sign_ins[0].answers == [Secret("http://127.0.0.1/?code=c")]
    assert page.ask("sign_in_state", **name)["value"]["state"] == "finished"
    assert "over" in page.ask("sign_in_state", **name)["error"]


def test_what_a_sign_in_asks_for_reaches_the_face() -> None:
    """Scopes come apart at spaces and commas; left out, neither they nor the address to come back to are asked for."""
    face = FakeVault()
    _, page = opened(face)
    named = {"integration": "github", "account": "me", "scheme": 1}
    asked = {"scopes": "repo,  read:org", "redirect_uri": " https://hub.example.com/back "}
    assert page.ask("begin_sign_in", {"client_id": "client-id-1"}, **named, **asked)["ok"]
    assert page.ask("begin_sign_in", {"client_id": "client-id-1"}, **named)["ok"]
    first, second = face.given
    assert (first["scopes"], first["redirect_uri"]) == (["repo", "read:org"], "https://hub.example.com/back")
    assert (second["scopes"], second["redirect_uri"]) == (None, None) and first["scheme"] == 1


def test_a_cancelled_sign_in_is_cancelled() -> None:
    """Cancel reaches the sign-in, and it is known no longer."""
    face = FakeVault(accounts=some_accounts())
    _, page = opened(face)
    begun = page.ask("begin_sign_in", integration="github", account="bot")["value"]
    assert page.ask("cancel_sign_in", sign_in=begun["sign_in"])["ok"] and face.sign_ins[0].is_cancelled
    assert not page.ask("sign_in_state", sign_in=begun["sign_in"])["ok"]


def test_the_vault_as_a_whole() -> None:
    """Change of password, rotation, ways in, backup and lock each reach the face with what they need."""
    face = FakeVault()
    face.password = Secret("old old old old")
    widget, page = opened(face)
    assert page.ask("change_password", {"old": "old old old old", "new": "new new new new"})["ok"]
    assert page.ask("add_way", kind="recovery")["value"] == {"recovery_key": RECOVERY_KEY}
    rotated = page.ask("rotate", {"password": "new new new new"}, kind="password")
    assert rotated["value"] == {"kept": ["password"], "dropped": ["recovery"]}
    assert page.ask("remove_way", name="w1")["ok"] and widget.vault["ways"] == []
    assert page.ask("backup", path="/backups/v.psk")["ok"] and page.ask("lock")["ok"]
    assert face.asked == [
        "change_password",
        "add_way recovery",
        "rotate",
        "remove_way w1",
        "backup /backups/v.psk",
        "lock",
    ]
    assert widget.vault["is_locked"]


def test_a_hundred_changes_are_drawn_a_few_times() -> None:
    """A burst of changes in the vault becomes few messages, and the last state is the one that stays."""
    face = FakeVault(accounts=some_accounts())
    widget, page = opened(face)
    sent: list[dict[str, Any]] = []
    done = threading.Event()

    def send_state(key: Any = None) -> None:
        sent.append(widget.vault)
        if widget.vault["accounts"][0]["label"] == "name 99":
            done.set()

    widget.send_state = send_state
    for number in range(100):
        face.describe("stripe", "acme", f"name {number}")
    assert done.wait(20) and len(sent) < 20
    assert page.sent.empty()


def test_time_alone_is_no_news() -> None:
    """The same time left, asked a moment later, sends nothing; a minute more does."""
    face = FakeVault()
    widget, _ = opened(face)
    before = widget.vault
    face.shown = replace(face.shown, idle_left_s=3600.6)
    widget.draw()
    assert widget.vault is before
    face.shown = replace(face.shown, idle_left_s=3660.0)
    widget.draw()
    assert widget.vault["idle_ends_at"] == before["idle_ends_at"] + 60


def test_trouble_is_said_and_the_last_state_kept() -> None:
    """When the vault cannot be asked, its last state stays with the reason, without a secret in it."""
    face = FakeVault(accounts=some_accounts())
    widget, _ = opened(face)
    secret = Secret("s3cr3t-canary-7781")

    def fail() -> Status:
        raise UsageError("The agent is gone: s3cr3t-canary-7781.")

    face.status = fail  # type: ignore[method-assign]
    widget.draw()
    assert (
        widget.vault["trouble"].startswith("The agent is gone")
        and secret.reveal() not in widget.vault["trouble"]
    )
    assert len(widget.vault["accounts"]) == 6


def test_a_saved_notebook_keeps_the_facts() -> None:
    """Text and HTML name the accounts with their health in words, escaped, without a script."""
    account = replace(some_accounts()[0], label="<img src=x onerror=hit()>")
    widget, _ = opened(FakeVault(accounts=(account,)))
    bundle, _ = widget._repr_mimebundle_()
    assert bundle["text/plain"] == "Credential vault, unlocked: stripe/acme (healthy)"
    assert (
        "&lt;img" in bundle["text/html"]
        and "<img" not in bundle["text/html"]
        and "healthy" in bundle["text/html"]
    )


def test_the_repr_is_stable() -> None:
    """Two vaults have the same short repr."""
    assert repr(opened(FakeVault())[0]) == repr(opened(FakeVault())[0]) == "CredentialVault()"


def test_all_integrations_can_be_added() -> None:
    """Without a list of names the vault's own are offered, those registered later as well; a list stays as it is."""
    face = FakeVault()
    widget, fixed = CredentialVault(face), CredentialVault(face, integrations=["stripe"])  # type: ignore[arg-type]
    assert widget.integrations == ["stripe", "shopify", "github"]
    face.registered = ("acme",)
    for one in (widget, fixed):
        one.draw()
    assert widget.integrations[-1] == "acme" and fixed.integrations == ["stripe"]


def test_a_closed_widget_hears_nothing() -> None:
    """After close() the vault tells it nothing more."""
    face = FakeVault()
    widget, _ = opened(face)
    widget.close()
    assert face.watchers == []
