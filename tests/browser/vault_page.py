"""What the tests of CredentialVault's page share: the widget on a bare page, its buttons, where the focus is."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from bridged import join
from fake_vault import FakeVault, Status, some_accounts

from penstock.widgets.credential_vault import CredentialVault

PHRASE = "kovif-hijan-tifat-rozox"
NEW = Status(exists=False, is_locked=True, idle_left_s=None, absolute_left_s=None)
FOCUSED = """(text) => {
    const at = document.activeElement;
    return at && (at.textContent === text || at.labels?.[0]?.textContent === text);
}"""


def show(page: Any, face: FakeVault, **options: Any) -> CredentialVault:
    widget = CredentialVault(face, integrations=["github", "shopify", "stripe"])  # type: ignore[arg-type]
    join(page, widget, "credential_vault", **options)
    return widget


def full(**changes: Any) -> FakeVault:
    return FakeVault(replace(Status(), **changes), some_accounts(time.time()))


def button(where: Any, name: str) -> Any:
    return where.get_by_role("button", name=name, exact=True)


def of(page: Any, account: str) -> Any:
    return page.get_by_role("group", name=account, exact=True)


def focused(page: Any, text: str) -> None:
    """Wait until what has the focus says `text`, or has a label that does."""
    page.wait_for_function(FOCUSED, arg=text)


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Any, text: str) -> None:
    """Press Tab until what says `text` has the focus."""
    for _ in range(25):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED, text):
            return
    raise AssertionError(f"Tab does not reach {text}")
