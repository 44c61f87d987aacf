"""CredentialVault on a bare page: what it says while time passes, how it looks, what it leaves behind."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_vault import FakeVault, Status, some_accounts
from pages import open_widget
from test_batch_progress_page import LOW_CONTRAST
from vault_page import NEW, button, full, of, show

from penstock.widgets._accounts import build_account
from penstock.widgets.credential_vault import CredentialVault

NASTY = "<img src=x onerror='window.hit=1'></script><script>window.hit=1</script>"
LOW_TEXTS = LOW_CONTRAST.replace(".ps-batch *", ".penstock *")
# Dots are graphics: 3 to 1 is enough (WCAG 2.2, 1.4.11). A ring's colour is its border's.
DOT_COLOUR = """const dotColour = (dot) => {
        const look = getComputedStyle(dot);
        return dot.matches('.ps-none') ? look.borderTopColor : look.backgroundColor;
    };
    const low = [];"""
LOW_DOTS = (
    LOW_TEXTS.replace("if (!text || ", "if (!node.matches('.ps-dot') || ")
    .replace("4.5", "3")
    .replace("[getComputedStyle(node).color, ", "[dotColour(node), ")
    .replace("let behind = node;", "let behind = node.parentElement;")
    .replace("const low = [];", DOT_COLOUR)
)


def test_where_nothing_is_kept_it_says_so(page: Any) -> None:
    """On a throw-away machine the vault and its recovery key are said to end with the session."""
    show(page, FakeVault(replace(NEW, is_kept=False)))
    assert "ends with this session" in page.locator(".ps-note").first.inner_text()


def test_time_runs_down_on_the_page(page: Any) -> None:
    """What is left of a credential and of the session counts down without a message from the kernel."""
    page.clock.install()
    show(page, full(idle_left_s=90.0))
    first = page.locator(".ps-vault").inner_text()
    assert re.search(r"locks in 1 min [23]\d s", first) and "renews itself, 1 h 30 min left" in first
    page.clock.run_for(61_000)
    later = page.locator(".ps-vault").inner_text()
    assert re.search(r"locks in [12]\d s", later) and "renews itself, 1 h 29 min left" in later


def test_a_busy_kernel_is_named(page: Any) -> None:
    """Without an answer within a second the hint says what to press."""
    account = build_account(some_accounts()[0])
    widget = CredentialVault(full(), integrations=[])  # type: ignore[arg-type]
    open_widget(
        page, "credential_vault", {"vault": {**widget.vault, "accounts": [account]}, "integrations": []}
    )
    page.evaluate("() => { window.model.answers = false; }")
    button(page, "Test").click()
    page.get_by_text("The kernel is busy: press ■ to interrupt").wait_for(timeout=3000)


def test_slow_work_is_no_busy_kernel(page: Any) -> None:
    """A question that was heard and takes two seconds brings no hint to interrupt."""
    widget = CredentialVault(full(), integrations=[])  # type: ignore[arg-type]
    open_widget(page, "credential_vault", {"vault": widget.vault, "integrations": []})
    page.evaluate(
        """() => {
            const begin = (content) => window.model.fire("msg:custom", { type: "begun", id: content.id });
            window.model.send = (content) => setTimeout(() => begin(content), 5);
        }"""
    )
    button(of(page, "stripe acme"), "Test").click()
    page.wait_for_timeout(1500)
    assert page.locator(".ps-busy").is_hidden() and button(page, "Testing…").is_visible()


def test_text_is_text(page: Any) -> None:
    """Markup in every field of an account, a way in and the vault is shown and not run."""
    face = FakeVault(replace(Status(), note=NASTY, path=NASTY))
    account = replace(
        some_accounts()[2],
        account=NASTY,
        label=NASTY,
        fix=NASTY,
        scopes=(NASTY,),
        last_used_by=NASTY,
        last_used_at=1.0,
        base={NASTY: NASTY},
    )
    face.held = {"one": account, "two": replace(account, integration=NASTY)}
    face.means = [{"name": NASTY, "kind": NASTY, "expires": None}]
    show(page, face)
    button(page, "Ways in").click()
    page.wait_for_timeout(100)
    assert page.evaluate("() => window.hit") is None
    assert page.locator(".ps-vault img, .ps-vault script").count() == 0


def test_leaving_takes_everything_along(page: Any) -> None:
    """With an open form and a running sign-in, leaving takes nodes, listeners and timers with it."""
    show(page, full())
    button(page, "Add account").click()
    button(of(page, "github bot"), "Sign in again").click()
    page.locator(".ps-code").wait_for()
    page.evaluate("() => { clearInterval(window.pull); window.leave(); window.model.sent = []; }")
    left = page.evaluate("() => [window.model.count(), document.querySelector('#place').childNodes.length]")
    page.wait_for_timeout(1300)
    assert left == [0, 0] and page.evaluate("() => window.model.sent") == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_can_be_read_in_both_themes(page: Any, theme: str, take: Callable[[Any, str], Path]) -> None:
    """Texts stand out by 4.5 to 1 and dots by 3 to 1, with forms open and a refusal shown; a planted grey is found."""
    show(page, full(), theme=theme)
    button(page, "Add account").click()
    page.get_by_label("Integration").fill("github")
    page.get_by_label("How").wait_for()
    button(page, "Save").click()
    button(page, "Ways in").click()
    button(of(page, "github bot"), "Sign in again").click()
    page.locator(".ps-code").wait_for()
    page.mouse.move(0, 0)
    page.wait_for_timeout(200)  # the buttons' own glide
    assert page.locator(".ps-dot").count() == 6
    assert page.evaluate(LOW_TEXTS) == [] and page.evaluate(LOW_DOTS) == []
    take(page, f"vault_{theme}")
    page.add_style_tag(
        content=".penstock .ps-dot, .penstock .ps-soft { color: #808080; background: #777; --ps-blue: #777; }"
    )
    page.evaluate(
        "() => { for (const dot of document.querySelectorAll('.ps-dot')) dot.style.background = 'var(--ps-line)'; }"
    )
    assert page.evaluate(LOW_TEXTS) != [] and page.evaluate(LOW_DOTS) != []


def test_a_narrow_place_keeps_it_whole(page: Any) -> None:
    """In 360 pixels nothing sticks out sideways."""
    page.set_viewport_size({"width": 408, "height": 900})
    show(page, full())
    button(page, "Add account").click()
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
