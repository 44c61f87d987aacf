"""CredentialVault, both halves on a bare page, and once in a busy JupyterLab; the vault behind it is a made-up one."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bridged import join
from fake_vault import RECOVERY_KEY, FakeVault, Needed, Status, Way, some_accounts
from labs import Lab, Notebook
from pages import open_widget
from test_batch_progress_page import LOW_CONTRAST

from penstock.redact import Secret
from penstock.vault.passwords import estimate_strength
from penstock.widgets._accounts import build_account
from penstock.widgets.credential_vault import CredentialVault

NASTY = "<img src=x onerror='window.hit=1'></script><script>window.hit=1</script>"
PHRASE = "kovif-hijan-tifat-rozox"
NEW = Status(exists=False, idle_left_s=None, absolute_left_s=None)
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


def test_where_nothing_is_kept_it_says_so(page: Any) -> None:
    """On a throw-away machine the vault and its recovery key are said to end with the session."""
    show(page, FakeVault(replace(NEW, is_kept=False)))
    assert "ends with this session" in page.locator(".ps-note").first.inner_text()


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


SETUP = f"""
import sys, time
sys.path.insert(0, {str(Path(__file__).parents[1] / "widgets")!r})
from fake_vault import FakeVault, some_accounts
from penstock.widgets.credential_vault import CredentialVault
face = FakeVault(accounts=some_accounts(time.time()))
face.found = "expired"
widget = CredentialVault(face)
"""
BUSY = """
end = time.monotonic() + 15
while "check stripe/acme" not in face.asked and time.monotonic() < end:
    time.sleep(0.02)
time.sleep(0.5)
print("saw", face.asked)
"""


def test_it_acts_while_a_cell_is_busy(
    notebook: Callable[..., Notebook], take: Callable[[Any, str], Path]
) -> None:
    """In JupyterLab a test asked for while a cell blocks is done and drawn before the cell ends; typed keys stay in the form."""
    book = notebook(SETUP, "widget", BUSY)
    book.run(0)
    book.run(1)
    view = book.output(1)
    view.locator(".ps-vault").wait_for()
    cells = book.page.locator(".jp-Notebook .jp-Cell").count()
    book.run(2, is_awaited=False)
    button(of(view, "stripe acme"), "Test").click()
    book.output(2).get_by_text("saw ['check stripe/acme']").wait_for(timeout=20_000)
    view.get_by_text("expired", exact=True).wait_for(timeout=5000)
    button(view, "Add account").click()
    take(book.page, "lab_vault")
    view.get_by_label("Account name").focus()
    book.page.keyboard.type("dd-abx")
    assert view.get_by_label("Account name").input_value() == "dd-abx"
    press(book.page, "Escape")
    assert view.locator("form").count() == 0 and book.page.locator(".jp-Notebook .jp-Cell").count() == cells


CANARY = "c4n4ry-Kw7-zv9-Tq2"
NO_VAULT = """
from fake_vault import Status
face.shown = Status(exists=False)
widget.draw()
"""


def places(root: Path) -> list[str]:
    """Return the files below a folder in which the canary stands, in UTF-8 or UTF-16."""
    forms = (CANARY.encode(), CANARY.encode("utf-16-le"))
    files = [path for path in root.rglob("*") if path.is_file() and path.suffix != ".ttf"]
    return [str(path.relative_to(root)) for path in files if any(form in path.read_bytes() for form in forms)]


def test_what_is_typed_is_in_no_file(lab: Lab, notebook: Callable[..., Notebook]) -> None:
    """Typed with the widgets' state being saved, a password is in no file of the server; ipywidgets.Password's is found."""
    plugin = "@jupyter-widgets/jupyterlab-manager:plugin"
    lab.set(plugin, {"saveState": True})
    try:
        book = notebook(SETUP + NO_VAULT, "widget", "import ipywidgets\nfield = ipywidgets.Password()\nfield")
        book.run(0)
        book.run(1)
        view = book.output(1)
        view.get_by_label("Password", exact=True).fill(CANARY)
        view.get_by_label("Password again").fill(CANARY)
        press(book.page, "Enter")
        view.get_by_text(RECOVERY_KEY).wait_for(timeout=20_000)
        for _ in range(2):
            saved = json.loads(book.save())
        assert saved["metadata"]["widgets"] and "july-import" in json.dumps(saved["metadata"]["widgets"])
        assert places(lab.root) == []
        assert RECOVERY_KEY not in json.dumps(saved)
        book.run(2)
        book.output(2).locator("input").fill(CANARY)
        book.output(2).locator("input").blur()
        book.page.wait_for_timeout(300)
        book.save()
        assert places(lab.root) != []
    finally:
        lab.set(plugin, {})
