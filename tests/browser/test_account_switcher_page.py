"""AccountSwitcher, both halves on a bare page: a radio group that asks, and says what changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bridged import join
from fake_vault import FakeVault, some_accounts
from test_vault_looks_page import LOW_DOTS, LOW_TEXTS

from penstock.widgets.account_switcher import AccountSwitcher


def show(page: Any, **options: Any) -> FakeVault:
    face = FakeVault(accounts=some_accounts())
    face.runs = (("july-import", "acme"),)
    join(page, AccountSwitcher("stripe", face), "account_switcher", **options)  # type: ignore[arg-type]
    return face


def checked(page: Any) -> list[bool]:
    return [radio.is_checked() for radio in page.get_by_role("radio").all()]


def test_a_click_takes_an_account_and_says_so(page: Any) -> None:
    """The mark moves when the kernel has answered, and the answer names the run that keeps its account."""
    face = show(page)
    assert checked(page) == [True, False]
    page.get_by_label("beta").click()
    page.get_by_text("New calls go as beta. Running batches keep theirs: july-import (acme).").wait_for()
    assert checked(page) == [False, True] and face.asked == ["use stripe/beta"]


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_arrows_move_and_a_key_takes(page: Any, key: str) -> None:
    """Tab reaches the active account, an arrow the next without taking it, Enter or Space takes it."""
    face = show(page)
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.value") == "acme"
    page.keyboard.press("ArrowDown")
    assert page.evaluate("() => document.activeElement.value") == "beta"
    assert face.asked == [] and checked(page) == [True, False]
    page.keyboard.press(key)
    page.get_by_text("New calls go as beta").wait_for()
    assert face.asked == ["use stripe/beta"] and checked(page) == [False, True]


def test_a_refusal_leaves_the_mark_where_it_was(page: Any) -> None:
    """When the face refuses, its reason is shown and the active account stays marked."""
    face = show(page)

    def refuse(integration: str, account: str) -> None:
        raise ValueError("not today")

    face.use = refuse  # type: ignore[method-assign]
    page.get_by_label("beta").click()
    page.get_by_role("alert").filter(has_text="not today").wait_for()
    assert checked(page) == [True, False]


def test_a_change_elsewhere_is_drawn(page: Any) -> None:
    """An account made active by other code is marked here, without a click."""
    face = show(page)
    face.use("stripe", "beta")
    page.wait_for_function(
        "() => [...document.querySelectorAll('input')].map((one) => one.checked).join() === 'false,true'"
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_can_be_read_in_both_themes(page: Any, theme: str, take: Callable[[Any, str], Path]) -> None:
    """Texts stand out by 4.5 to 1 and dots by 3 to 1."""
    show(page, theme=theme)
    page.get_by_label("beta").click()
    page.get_by_text("New calls go as beta").wait_for()
    page.mouse.move(0, 0)
    assert page.evaluate(LOW_TEXTS) == [] and page.evaluate(LOW_DOTS) == []
    take(page, f"switcher_{theme}")


def test_leaving_takes_everything_along(page: Any) -> None:
    """When the view is taken away its nodes and listeners go with it."""
    show(page)
    page.evaluate("() => { clearInterval(window.pull); window.leave(); }")
    assert page.evaluate(
        "() => [window.model.count(), document.querySelector('#place').childNodes.length]"
    ) == [0, 0]
