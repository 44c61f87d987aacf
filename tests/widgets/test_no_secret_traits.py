"""No widget keeps a secret where a notebook would save it: names of traits, then canaries through every question."""

from __future__ import annotations

import base64
import importlib
import json
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import traitlets
from fake_runs import FakeRun
from fake_vault import FakeVault, Page, Status, some_accounts

import penstock.widgets
from penstock.errors import UsageError
from penstock.redact import Secret
from penstock.widgets._base import Question, Widget, Work
from penstock.widgets.account_switcher import AccountSwitcher
from penstock.widgets.batch_progress import BatchProgress
from penstock.widgets.credential_vault import CredentialVault

SECRET_WORDS = ("secret", "token", "key", "password", "credential", "passphrase")
CANARY = "c4n4ry-Kw7-zv9-Tq2"


def widget_classes() -> Iterator[type[Widget]]:
    """Give every widget class of the package."""
    for found in pkgutil.iter_modules(penstock.widgets.__path__, "penstock.widgets."):
        importlib.import_module(found.name)
    waiting: list[type[Widget]] = [Widget]
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        if kind.__module__.startswith("penstock."):
            yield kind


def secret_traits(kind: type[traitlets.HasTraits]) -> list[str]:
    """Return the synced traits of a class whose names are those of secrets."""
    synced = kind.class_traits(sync=True)
    return [name for name in synced if any(word in name.lower() for word in SECRET_WORDS)]


def spilt(widget: Widget, sent: list[Any]) -> list[str]:
    """Return where a canary stands: in the state, the repr, what a notebook saves, or what was sent."""
    places = {
        "state": json.dumps(widget.get_state(), default=str),
        "repr": repr(widget),
        "bundle": json.dumps(widget._repr_mimebundle_(), default=str),
        "sent": json.dumps(sent, default=str),
    }
    forms = [CANARY, CANARY.encode().hex(), base64.b64encode(CANARY.encode()).decode().rstrip("=")]
    return [name for name, text in places.items() if any(form in text for form in forms)]


def put_canaries_through(widget: Widget, fields: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Ask every question a widget knows, with a canary for every secret it takes; return the answers."""
    page = Page(widget)
    answers = []
    for kind, work in widget.work().items():
        chosen = dict(fields.get(kind, {}))
        names = chosen.pop("secret_names", ["token"]) if work.secrets is None else sorted(work.secrets)
        answers.append(page.ask(kind, dict.fromkeys(names, CANARY), **chosen))
    return answers


def test_no_widget_has_a_trait_for_a_secret() -> None:
    """No synced trait of any widget class is named like something secret."""
    kinds = list(widget_classes())
    assert {"BatchProgress", "CredentialVault", "AccountSwitcher"} <= {kind.__name__ for kind in kinds}
    assert {kind.__name__: secret_traits(kind) for kind in kinds if secret_traits(kind)} == {}


def test_a_trait_for_a_secret_would_be_found() -> None:
    """The control: a class with a synced trait api_token is reported, one with a private trait is not."""

    class Leaky(traitlets.HasTraits):
        api_token = traitlets.Unicode().tag(sync=True)
        passphrase_hint = traitlets.Unicode().tag(sync=True)
        password = traitlets.Unicode()

    assert sorted(secret_traits(Leaky)) == ["api_token", "passphrase_hint"]


NAMED = {"integration": "shopify", "account": "new"}
KNOWN = {"integration": "stripe", "account": "acme"}
FIELDS: dict[str, dict[str, Any]] = {
    "unlock": {"kind": "recovery_key"},
    "ways_to_sign": {"integration": "github"},
    "add": {**NAMED, "base": {"shop": "tea"}, "secret_names": ["token"]},
    "begin_sign_in": {
        "integration": "github",
        "account": "x",
        "secret_names": ["client_id", "client_secret"],
    },
    "answer_sign_in": {"sign_in": "s1"},
    "rotate": {"kind": "password"},
    "add_way": {"kind": "password"},
    "backup": {"path": "/b"},
    **{kind: dict(KNOWN) for kind in ("check", "use", "describe", "remove")},
}


def refuse(password: Secret, **options: Any) -> None:
    raise UsageError(f"There is a vault already; {password.reveal()} does not open it.")


@pytest.mark.parametrize("is_wrong", [False, True])
def test_no_canary_is_left_in_the_vault_widget(is_wrong: bool) -> None:
    """Every secret put through every question, taken or refused, is afterwards in no state, repr, bundle or answer."""
    face = FakeVault(Status(exists=True), some_accounts())
    if is_wrong:
        face.password = Secret("something else")
        face.create = refuse  # type: ignore[method-assign]
    widget = CredentialVault(face)  # type: ignore[arg-type]
    answers = put_canaries_through(widget, FIELDS)
    assert len(answers) == len(widget.work()) and sum(answer["ok"] for answer in answers) > len(answers) // 2
    assert is_wrong == any("is not the password" in answer["error"] for answer in answers)
    assert spilt(widget, answers) == []


def test_no_canary_is_left_in_the_other_widgets() -> None:
    """The widgets that take no secret refuse one, and keep nothing of it."""
    face = FakeVault(accounts=some_accounts())
    makers: list[Callable[[], Widget]] = [
        lambda: AccountSwitcher("stripe", face),  # type: ignore[arg-type]
        lambda: BatchProgress(FakeRun()),  # type: ignore[arg-type]
    ]
    for make in makers:
        widget = make()
        page = Page(widget)
        kinds = [*widget.work(), *widget.questions()]
        answers = [page.ask(kind, {"token": CANARY}) for kind in kinds]
        assert kinds and spilt(widget, answers) == []


def test_a_widget_that_keeps_a_secret_would_be_found() -> None:
    """The control: one that echoes its secret in a trait, in its repr and in an answer is reported for each."""

    class Keeps(Widget):
        _esm = "export default { render() {} }"
        mood = traitlets.Unicode().tag(sync=True)

        def work(self) -> dict[str, Work]:
            return {"put": Work(self.put, {}, frozenset({"token"}))}

        def put(self, question: Question) -> dict[str, str]:
            self.mood = question.secrets["token"].reveal()
            return {"echo": self.mood}

        def __repr__(self) -> str:
            return f"Keeps({self.mood})"

    widget = Keeps()
    answers = put_canaries_through(widget, {})
    assert spilt(widget, answers) == ["state", "repr", "bundle", "sent"]
