"""CredentialVault, both halves on a bare page; the vault behind it is a made-up one."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from fake_vault import RECOVERY_KEY, FakeVault, Needed, Way
from vault_page import NEW, PHRASE, button, focused, full, of, press, show, tab_to

from penstock.redact import Secret
from penstock.vault.passwords import estimate_strength


def test_the_keyboard_is_enough_from_nothing_to_an_account_and_back(page: Any) -> None:
    """Create, confirm the recovery key, add, test, remove and undo take Tab, Enter, Space and typing, nothing else."""
    face = FakeVault(NEW)
    show(page, face)
    tab_to(page, "Password")
    page.keyboard.type(PHRASE)
    tab_to(page, "Password again")
    page.keyboard.type(PHRASE)
    press(page, "Enter")
    focused(page, "I have written it down")
    assert page.locator(".ps-code").inner_text() == RECOVERY_KEY
    press(page, "Space")
    tab_to(page, "Done")
    press(page, "Enter")
    focused(page, "Add account")
    assert RECOVERY_KEY not in page.content()
    press(page, "Enter")
    focused(page, "Integration")
    page.keyboard.type("stripe")
    page.get_by_label("API key").wait_for()
    tab_to(page, "Account name")
    page.keyboard.type("acme")
    tab_to(page, "API key")
    page.keyboard.type("sk_test_1234567")
    press(page, "Enter")
    focused(page, "Test")
    press(page, "Enter")
    page.get_by_text("healthy").wait_for()
    tab_to(page, "Remove")
    press(page, "Enter")
    focused(page, "Undo")
    assert "acme was removed" in page.locator(".ps-vault").inner_text()
    press(page, "Enter")
    focused(page, "Remove")
    assert face.password == Secret(PHRASE)
    assert face.credentials == {"stripe/acme": {"api_key": Secret("sk_test_1234567")}}
    assert face.asked == [
        "create",
        "add stripe/acme",
        "check stripe/acme",
        "remove stripe/acme",
        "undo stripe/acme",
    ]


@pytest.mark.parametrize("drops_buffers", [False, True])
def test_what_was_typed_is_gone_at_once(page: Any, drops_buffers: bool) -> None:
    """The field is empty before the answer comes; the secret is in a buffer, in a message only where buffers are lost."""
    face = full(is_locked=True)
    face.password = Secret(PHRASE)
    show(page, face, drops_buffers=drops_buffers)
    field = page.get_by_label("Password")
    field.fill(PHRASE)
    after = page.evaluate(
        "() => { document.querySelector('form').requestSubmit(); return document.querySelector('input[type=password]').value; }"
    )
    assert after == ""
    button(page, "Add account").wait_for()
    sent = json.dumps(page.evaluate("() => window.model.sent"))
    assert (PHRASE in sent) == drops_buffers and PHRASE not in page.content()
    assert json.dumps(page.evaluate("() => window.model.traits")).count(PHRASE) == 0


def test_the_password_fields_are_left_alone(page: Any) -> None:
    """No browser completes, remembers or checks the spelling of a secret field."""
    show(page, FakeVault(NEW))
    for field in page.locator("input[type=password]").all():
        assert (field.get_attribute("autocomplete"), field.get_attribute("spellcheck")) == ("off", "false")
    assert page.locator("form").get_attribute("autocomplete") == "off"


def test_strength_is_counted_as_the_vault_counts_it(page: Any) -> None:
    """The words under the password are those of vault/passwords.py, and nothing is sent for them."""
    show(page, FakeVault(NEW))
    for password in (
        "aaaaaaaaaaaaaa",
        "correct horse battery",
        "Tr0ub4dor&3-x9",
        PHRASE + "-gemif",
        "ﬀéñüöä12345678",
    ):
        strength = estimate_strength(Secret(password))
        page.get_by_label("Password", exact=True).fill(password)
        assert (
            f"Strength: {strength.words}, about {int(strength.bits + 1e-6)} bits"
            in page.locator(".ps-aside").inner_text()
        )
    assert page.evaluate("() => window.model.sent") == []


def test_two_passwords_that_differ_are_not_sent(page: Any) -> None:
    """The second field is named and has the focus, both keep what was typed, and nothing was sent."""
    show(page, FakeVault(NEW))
    page.get_by_label("Password", exact=True).fill(PHRASE)
    page.get_by_label("Password again").fill(PHRASE + "x")
    button(page, "Create vault").click()
    focused(page, "Password again")
    again = page.get_by_label("Password again")
    assert page.get_by_role("alert").filter(has_text="not the same").is_visible()
    assert again.get_attribute("aria-invalid") == "true" and again.input_value()
    assert page.evaluate("() => window.model.sent") == []


def test_a_phrase_is_suggested_and_shown_on_demand(page: Any) -> None:
    """The phrase fills both fields unseen; Show, which then has the focus, makes it readable."""
    show(page, FakeVault(NEW))
    button(page, "Suggest a phrase").click()
    focused(page, "Show")
    assert page.locator("input[type=password]").count() == 2
    press(page, "Enter")
    values = [page.get_by_label(name, exact=True).input_value() for name in ("Password", "Password again")]
    assert re.fullmatch(r"([a-z]{5}-){4}[a-z]{5}", values[0]) and values[0] == values[1]
    assert page.locator("input[type=password]").count() == 0


def test_the_fields_are_those_the_integration_asks_for(page: Any) -> None:
    """Choosing an integration brings its fields, secret ones hidden, with their help and default; another takes them away."""
    face = FakeVault()
    show(page, face)
    button(page, "Add account").click()
    page.get_by_label("Integration").fill("shopify")
    page.get_by_label("Shop", exact=True).wait_for()
    assert page.get_by_label("Token").get_attribute("type") == "password"
    assert page.get_by_label("Plan").input_value() == "standard"
    assert "NAME.myshopify.com" in page.locator("form").inner_text()
    focused(page, "Integration")
    page.get_by_label("Integration").fill("stripe")
    page.get_by_label("API key").wait_for()
    assert page.get_by_label("Token").count() == 0


def test_escape_closes_a_form_and_the_focus_goes_back(page: Any) -> None:
    """Escape in a form takes it away unsent, and the button that opened it has the focus."""
    show(page, full())
    for name, where in (
        ("Add account", page),
        ("Ways in", page),
        ("Rotate keys", page),
        ("Rename", of(page, "stripe beta")),
    ):
        button(where, name).focus()
        press(page, "Enter")
        page.locator("form").wait_for()
        assert button(where, name).get_attribute("aria-expanded") == "true"
        page.wait_for_function("() => document.activeElement.closest('form')")
        press(page, "Escape")
        focused(page, name)
        assert page.locator("form").count() == 0


def test_a_name_that_is_taken_is_replaced_only_when_ticked(page: Any) -> None:
    """For an account that exists the form offers to replace it; unticked the refusal stands in the form."""
    face = full()
    show(page, face)
    button(page, "Add account").click()
    page.get_by_label("Integration").fill("stripe")
    page.get_by_label("Account name").fill("acme")
    page.get_by_label("API key").fill("sk_new_1234567")
    button(page, "Save").click()
    page.get_by_role("alert").filter(has_text="There is an account stripe/acme already").wait_for()
    page.get_by_label("Replace the credential").check()
    page.get_by_label("API key").fill("sk_new_1234567")
    button(page, "Save").click()
    focused(page, "Test")
    assert face.credentials["stripe/acme"] == {"api_key": Secret("sk_new_1234567")}


def test_undo_is_there_for_ten_seconds(page: Any) -> None:
    """Ten seconds after a removal the row's place is gone, and another button has the focus."""
    page.clock.install()
    show(page, full())
    button(of(page, "stripe beta"), "Remove").click()
    for _ in range(100):
        page.clock.run_for(20)
        if button(page, "Undo").count():
            break
    assert page.evaluate("() => document.activeElement.textContent") == "Undo"
    page.clock.run_for(7000)
    assert button(page, "Undo").count() == 1
    page.clock.run_for(5000)
    assert button(page, "Undo").count() == 0
    assert page.evaluate("() => document.activeElement.tagName") == "BUTTON"


def test_rotating_names_what_is_lost(page: Any) -> None:
    """Before keys are rotated the ways in that will be dropped are named, and follow the choice."""
    face = full()
    face.password = Secret(PHRASE)
    face.means += [{"name": "w2", "kind": "recovery key", "expires": None}]
    show(page, face)
    button(page, "Rotate keys").click()
    form = page.locator("form")
    assert "No longer: recovery key" in form.inner_text()
    form.get_by_label("With").select_option("recovery_key")
    assert "No longer: password" in form.inner_text()


def test_what_stands_there_by_itself_is_not_kept(page: Any) -> None:
    """A default left as it is does not become part of the account; another value does."""
    face = FakeVault()
    show(page, face)
    for account, plan in (("usual", "standard"), ("other", "plus")):
        button(page, "Add account").click()
        page.get_by_label("Integration").fill("shopify")
        page.get_by_label("Account name").fill(account)
        page.get_by_label("Token").fill("shpat_1234567")
        page.get_by_label("Shop", exact=True).fill("tea-shop")
        page.get_by_label("Plan").fill(plan)
        button(page, "Save").click()
        of(page, f"shopify {account}").wait_for()
    token = {"token": Secret("shpat_1234567"), "shop": "tea-shop"}
    assert face.credentials == {"shopify/usual": token, "shopify/other": {**token, "plan": "plus"}}


def test_a_private_key_keeps_its_lines(page: Any) -> None:
    """A field for a private key takes several lines, unreadable on the screen, and hands them over as they are."""
    face = FakeVault()
    face.ways_to_sign = lambda integration: (Way("key", (Needed("private_key"),), "Key"),)  # type: ignore[method-assign]
    show(page, face)
    button(page, "Add account").click()
    page.get_by_label("Integration").fill("stripe")
    page.get_by_label("Account name").fill("bot")
    field = page.get_by_label("Private key")
    field.fill("-----BEGIN KEY-----\nabc\n-----END KEY-----\n")
    assert field.evaluate("(node) => getComputedStyle(node).webkitTextSecurity") == "disc"
    button(page, "Save").click()
    focused(page, "Test")
    assert face.credentials["stripe/bot"] == {
        "private_key": Secret("-----BEGIN KEY-----\nabc\n-----END KEY-----")
    }
