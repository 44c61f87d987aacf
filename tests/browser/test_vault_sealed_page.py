"""Opening a sealed bundle in CredentialVault, on a bare page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_vault import FakeVault, Status
from test_vault_looks_page import LOW_TEXTS
from vault_page import NEW, PHRASE, button, focused, full, of, press, show, tab_to

from penstock.redact import Secret

TEXT, KEY = "penstock-sealed-1.abc", "bundle-key-1234"
NOTE = "On Binder nothing is kept: this vault ends with the machine."


def fill(page: Any, key: str = KEY) -> None:
    page.get_by_label("Bundle", exact=True).fill(TEXT)
    page.get_by_label("Key of the bundle").fill(key)


@pytest.mark.parametrize("status", [NEW, Status(is_locked=True)], ids=["no vault", "locked"])
def test_a_bundle_opens_without_a_vault(page: Any, status: Status) -> None:
    """With the keyboard alone: its account is there, marked as sealed, and the vault's own door is still offered."""
    face = FakeVault(status)
    show(page, face)
    tab_to(page, "Open a sealed bundle")
    press(page, "Enter")
    focused(page, "Bundle")
    page.keyboard.insert_text(TEXT)
    tab_to(page, "Key of the bundle")
    page.keyboard.type(KEY)
    press(page, "Enter")
    of(page, "stripe ci").wait_for()
    said = page.locator(".ps-vault").inner_text()
    assert "from a sealed bundle" in said and "The bundle is open: 1 account." in said
    assert ("a sealed bundle is open" in said) == (not status.exists)
    assert button(page, "Add account").is_visible() == status.exists
    button(page, "Unlock the vault" if status.exists else "Create a vault").click()
    assert page.get_by_label("Password", exact=True).is_visible()
    assert KEY not in page.content() and face.asked == ["open_sealed"]


def test_where_there_is_no_vault_one_can_still_be_made(page: Any) -> None:
    """Beside an open bundle a vault is created, and what only a vault can do appears with it."""
    face = FakeVault(NEW)
    show(page, face)
    button(page, "Open a sealed bundle").click()
    fill(page)
    button(page, "Open bundle").click()
    button(page, "Create a vault").click()
    assert button(page, "Ways in").is_hidden()
    page.get_by_label("Password", exact=True).fill(PHRASE)
    page.get_by_label("Password again").fill(PHRASE)
    button(page, "Create vault").click()
    page.get_by_label("I have written it down").wait_for()
    assert button(page, "Ways in").is_visible() and button(page, "Create a vault").is_hidden()
    assert of(page, "stripe ci").is_visible() and page.get_by_label("Password", exact=True).count() == 0


def test_on_a_machine_that_keeps_nothing_the_bundle_is_first(page: Any) -> None:
    """On Binder the note and the bundle's form stand there at once; the vault's form comes on demand."""
    show(page, FakeVault(replace(NEW, is_kept=False, note=NOTE)))
    assert NOTE in page.locator(".ps-note").first.inner_text()
    assert page.get_by_label("Bundle", exact=True).is_visible()
    assert page.get_by_label("Password", exact=True).count() == 0
    button(page, "Create a vault").click()
    focused(page, "Password")
    fill(page)
    button(page, "Open bundle").click()
    of(page, "stripe ci").wait_for()
    focused(page, "Lock")


def test_elsewhere_the_vault_is_first(page: Any) -> None:
    """Where the vault is kept its own form stands there, and the bundle's after a click."""
    show(page, FakeVault(NEW))
    assert page.get_by_label("Bundle", exact=True).count() == 0
    assert page.get_by_label("Password", exact=True).is_visible()


def test_a_wrong_key_is_refused_in_the_form(page: Any) -> None:
    """The refusal repeats no key; the text stays to try again, the key's field is empty and has the focus."""
    show(page, FakeVault(NEW))
    button(page, "Open a sealed bundle").click()
    fill(page, "not-this-key-99")
    button(page, "Open bundle").click()
    page.get_by_role("alert").filter(has_text="does not open this bundle").wait_for()
    focused(page, "Key of the bundle")
    assert page.get_by_label("Bundle", exact=True).input_value() == TEXT
    assert page.get_by_label("Key of the bundle").input_value() == ""
    assert "not-this-key-99" not in page.content()


def test_a_long_bundle_is_taken_whole(page: Any) -> None:
    """A text of 50,000 characters reaches the vault as it was pasted; a label of that length is still refused."""
    face = full()
    face.bundle = (TEXT + "a" * 50_000, Secret(KEY))
    widget = show(page, face)
    button(page, "Ways in").click()
    button(page, "Open a sealed bundle").click()
    page.get_by_label("Bundle", exact=True).fill(face.bundle[0])
    page.get_by_label("Key of the bundle").fill(KEY)
    button(page, "Open bundle").click()
    of(page, "stripe ci").wait_for()
    assert widget.work()["describe"].longest == 2000 and "a" * 3000 not in str(widget.get_state())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_form_can_be_read_in_both_themes(page: Any, theme: str, take: Callable[[Any, str], Path]) -> None:
    """With the vault's own form open beneath, no text stands out too little, and nothing sticks out sideways."""
    show(page, FakeVault(replace(NEW, is_kept=False, note=NOTE)), theme=theme)
    button(page, "Create a vault").click()
    page.mouse.move(0, 0)
    page.wait_for_timeout(200)  # the buttons' own glide
    take(page, f"sealed_first_{theme}")
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate(LOW_TEXTS) == []
