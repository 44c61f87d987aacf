"""Signing in for real in CredentialVault: the real vault behind it, the sandbox's consent page in a second page."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from bridged import join
from test_vault_looks_page import LOW_TEXTS
from vault_page import button, focused, of

import penstock as ps
from penstock.agent.loopback import HOST, PATH, PORT
from penstock.catalog.definition import OAuth2
from penstock.widgets.credential_vault import CredentialVault

NAME = "acme_git"  # registered by the user: a service that signs people in at the sandbox
USUAL = f"http://{HOST}:{PORT}{PATH}"
SCHEME = 2  # GitHub's App: in a browser or on a device, and its tokens are renewed


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ps.Workbench]:
    """Give a workbench with a vault of its own and a service whose sign-in is the sandbox's."""
    with ps.Workbench(home=tmp_path_factory.mktemp("home"), agent=False) as made:
        made.vault().create(ps.Secret("kovif-hijan-tifat-rozox"), recovery=False)
        yield made


@pytest.fixture
def widget(bench: ps.Workbench, page: Any, request: pytest.FixtureRequest) -> Iterator[CredentialVault]:
    """Give the vault's widget on the page, in a light theme or the one asked for; the service is registered later."""
    made = CredentialVault(bench.vault())
    join(page, made, "credential_vault", theme=getattr(request, "param", "light"))
    played = bench.sandbox().oauth("github", SCHEME)
    known = bench.registry.get("github")
    moved = replace(
        known.auth[SCHEME], **{name: played[name] for name in ("authorize", "token", "device")}, revoke=None
    )
    assert isinstance(moved, OAuth2)
    bench.register(replace(known, name=NAME, title="Acme Git", auth=(known.auth[0], moved)))
    made.draw()
    yield made
    made.close()


def begin(page: Any, account: str, via: str, **fields: str) -> Any:
    """Fill in the form and begin; return the panel that says where to go."""
    button(page, "Add account").click()
    page.get_by_label("Integration").fill(NAME)
    page.get_by_label("How").select_option(label="GitHub App, as a user")
    page.get_by_label("Account name").fill(account)
    page.get_by_label("Client ID").fill("sandbox-app")
    page.get_by_label("Client secret").fill("sandbox-app-secret")
    page.get_by_label("Sign in", exact=True).select_option(via)
    for label, value in fields.items():
        page.get_by_label(label).fill(value)
    button(page, "Sign in").click()
    panel = page.get_by_role("group", name=f"Sign in: {NAME}/{account}")
    panel.wait_for()
    return panel


def follow(page: Any, where: Any, answer: str) -> Any:
    """Follow the link into a second page, say Allow or Deny there, and return that page."""
    with page.context.expect_page() as caught:
        where.get_by_role("link", name="Open the sign-in page").click()
    other = caught.value
    button(other, answer).click()
    return other


def test_a_sign_in_comes_back_by_itself(
    page: Any, widget: CredentialVault, bench: ps.Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After Allow in a second page the account stands there signed in, unasked; signing in again needs no field."""
    monkeypatch.setattr("penstock.credentials.is_browser_elsewhere", lambda: False)
    panel = begin(page, "me", "loopback", Scopes="repo, read:org")
    asked = parse_qs(
        urlsplit(panel.get_by_role("link", name="Open the sign-in page").get_attribute("href")).query
    )
    assert asked["scope"] == ["repo read:org"]
    follow(page, panel, "Allow").get_by_role("heading", name="Signed in").wait_for()
    row = of(page, f"{NAME} me")
    row.wait_for(timeout=10_000)
    focused(page, "Test")
    item = page.get_by_role("listitem").filter(has_text="me")
    assert "OAuth sign-in" in item.inner_text() and "renews itself" in item.inner_text()
    assert "Scopes: repo, read:org" in item.inner_text() and panel.count() == 0
    before = bench.vault().get(NAME, "me").version
    page.evaluate("() => { window.model.sent = []; }")
    button(row, "Sign in again").click()
    panel.wait_for()
    assert page.locator("input:visible").count() == 1  # to paste the address, where it does not come back
    follow(page, panel, "Allow")
    panel.wait_for(state="detached", timeout=10_000)
    first = page.evaluate("() => window.model.sent[0]")
    assert set(first) == {"id", "type", "integration", "account"}
    assert bench.vault().get(NAME, "me").version > before


def test_a_denial_is_said(page: Any, widget: CredentialVault, bench: ps.Workbench) -> None:
    """After Deny the panel says that it failed and why, and nothing was stored."""
    panel = begin(page, "denied", "loopback")
    follow(page, panel, "Deny").get_by_role("heading", name="Not signed in").wait_for()
    panel.get_by_text("The sign-in failed.").wait_for(timeout=10_000)
    assert "declined" in panel.get_by_role("alert").inner_text()
    assert "denied" not in [one.account for one in bench.vault().list_accounts(NAME)]
    button(panel, "Close").click()
    assert panel.count() == 0


def test_the_address_is_pasted(page: Any, widget: CredentialVault, bench: ps.Workbench) -> None:
    """By pasting nobody listens: the address the second page ends on, pasted, signs in; another's is refused before."""
    panel = begin(page, "pasted", "paste")
    other = follow_lost(page, panel)
    panel.get_by_label("The address you were sent to").fill(other + "x")
    button(panel, "Finish").click()
    alert = panel.get_by_role("alert").filter(visible=True)
    alert.wait_for()
    assert "Waits for you" in panel.inner_text()
    panel.get_by_label("The address you were sent to").fill(other)
    button(panel, "Finish").click()
    of(page, f"{NAME} pasted").wait_for(timeout=10_000)
    code = parse_qs(urlsplit(other).query)["code"][0]
    assert code not in page.content() and code not in str(widget.get_state())


def follow_lost(page: Any, panel: Any) -> str:
    """Allow in a second page, and return the address at which nobody is, as a person copies it."""
    page.context.route("**/callback?*", lambda route: route.fulfill(body="nobody is here"))
    other = follow(page, panel, "Allow")
    other.wait_for_url("**/callback?*")
    address = str(other.url)
    assert address.startswith(USUAL)
    return address


def test_a_device_signs_in(page: Any, widget: CredentialVault) -> None:
    """The code shown, typed into the second page and allowed there, signs in; no address is to be registered."""
    panel = begin(page, "device", "device")
    code = panel.locator(".ps-code").inner_text()
    other = page.context.new_page()
    other.goto(panel.get_by_role("link").get_attribute("href").partition("?")[0])
    other.get_by_label("The code your device shows").fill(code)
    button(other, "Go on").click()
    button(other, "Allow").click()
    of(page, f"{NAME} device").wait_for(timeout=20_000)


def test_the_address_to_register_is_shown_before(page: Any, widget: CredentialVault) -> None:
    """It stands in the form with Copy before anything is asked, follows one of your own, and is not there for a device."""
    button(page, "Add account").click()
    page.get_by_label("Integration").fill(NAME)
    address = page.get_by_label("Redirect address to register")
    page.get_by_label("How").wait_for()
    assert address.count() == 0 or address.is_hidden()
    page.get_by_label("How").select_option(label="GitHub App, as a user")
    assert address.inner_text() == USUAL and button(page, "Copy").is_visible()
    page.locator("summary").click()
    page.get_by_label("Redirect address", exact=False).last.fill("https://hub.example.com/back")
    assert address.inner_text() == "https://hub.example.com/back"
    page.get_by_label("Sign in", exact=True).select_option("device")
    assert address.is_hidden()


def test_another_port_is_said(page: Any, widget: CredentialVault) -> None:
    """Where the usual port is taken the panel names the address it comes back to; where it is not, it says nothing."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind((HOST, PORT))
        except OSError:
            pytest.skip("something else listens on the usual port")
        taken.listen()
        panel = begin(page, "elsewhere", "loopback")
        note = panel.locator(".ps-note")
        assert "The usual port is taken" in note.inner_text() and USUAL not in note.inner_text()
        button(panel, "Cancel sign-in").click()
    panel = begin(page, "elsewhere", "loopback")
    assert panel.locator(".ps-note").count() == 0


@pytest.mark.parametrize("widget", ["light", "dark"], indirect=True)
def test_the_form_can_be_read_in_both_themes(
    page: Any, widget: CredentialVault, request: pytest.FixtureRequest, take: Callable[[Any, str], Path]
) -> None:
    """With everything unfolded no text stands out too little, and nothing sticks out sideways; a planted grey is found."""
    page.set_viewport_size({"width": 900, "height": 1150})
    button(page, "Add account").click()
    page.get_by_label("Integration").fill(NAME)
    page.get_by_label("How").select_option(label="GitHub App, as a user")
    page.locator("summary").click()
    page.mouse.move(0, 0)
    page.wait_for_timeout(200)  # the buttons' own glide
    take(page, f"sign_in_form_{request.node.callspec.params['widget']}")
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate(LOW_TEXTS) == []
    page.add_style_tag(content=".penstock .ps-back { color: #808080; background: #777; }")
    assert page.evaluate(LOW_TEXTS) != []
