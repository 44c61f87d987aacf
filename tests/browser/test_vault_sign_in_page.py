"""Sign-ins in CredentialVault, on a bare page: at a made-up vault, and at the real one with the sandbox in a second page."""

from __future__ import annotations

from typing import Any

from fake_vault import FakeVault
from vault_page import button, focused, full, of, press, show

from penstock.redact import Secret


def test_a_sign_in_shows_its_code_and_ends_by_itself(page: Any) -> None:
    """Signing in again shows link and code; when it is finished the form goes and the focus is on Test."""
    face = full()
    show(page, face)
    button(of(page, "github bot"), "Sign in again").click()
    assert page.locator(".ps-code").inner_text() == "WDJB-MJHT"
    link = page.get_by_role("link", name="Open the sign-in page")
    assert "noopener" in link.get_attribute("rel") and link.get_attribute("href").startswith(
        "https://github.com/"
    )
    face.sign_ins[0].now = ("finished", "")
    page.locator(".ps-code").wait_for(state="detached")
    focused(page, "Test")


def test_a_sign_in_can_be_cancelled(page: Any) -> None:
    """Escape cancels the sign-in at the kernel too, and the focus goes back."""
    face = full()
    show(page, face)
    button(of(page, "github bot"), "Sign in again").click()
    page.locator(".ps-code").wait_for()
    press(page, "Escape")
    focused(page, "Sign in again")
    page.wait_for_timeout(100)
    assert face.sign_ins[0].is_cancelled


def test_an_address_that_is_no_page_is_no_link(page: Any) -> None:
    """A sign-in address with another scheme than http is shown as text."""
    face = full()
    begin = face.begin_sign_in

    def begin_badly(*names: str, **given: Any) -> Any:
        begun = begin(*names, **given)
        begun.whole_address = "javascript:window.hit=1"
        return begun

    face.begin_sign_in = begin_badly  # type: ignore[method-assign]
    show(page, face)
    button(of(page, "github bot"), "Sign in again").click()
    page.locator(".ps-code").wait_for()
    assert page.get_by_role("link").count() == 0 and "javascript:" in page.locator(".ps-vault").inner_text()


def test_a_sign_in_begins_with_the_defaults(page: Any) -> None:
    """Only what has to be typed is typed: the way that works here is found, and neither scopes nor address are asked for."""
    face = FakeVault()
    show(page, face)
    button(page, "Add account").click()
    page.get_by_label("Integration").fill("github")
    page.get_by_label("How").select_option(label="Sign in with OAuth")
    page.get_by_label("Account name").fill("me")
    page.get_by_label("Client ID").fill("client-id-1")
    button(page, "Sign in").click()
    page.locator(".ps-code").first.wait_for()
    (given,) = face.given
    assert (given["scopes"], given["redirect_uri"], given["scheme"]) == (None, None, 1)
    assert given["client_id"] == Secret("client-id-1")
