"""What all widgets share: answers, names, and no secret in a trait."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
import traitlets

import penstock.widgets
from penstock.errors import UsageError
from penstock.redact import HIDDEN, Secret
from penstock.widgets._base import Widget, hear_while_busy

SECRET_WORDS = ("secret", "token", "key", "password", "credential")


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


def test_no_widget_has_a_trait_for_a_secret() -> None:
    """No synced trait of any widget class is named like something secret."""
    kinds = list(widget_classes())
    assert len(kinds) >= 2
    assert {kind.__name__: secret_traits(kind) for kind in kinds if secret_traits(kind)} == {}


def test_a_trait_for_a_secret_would_be_found() -> None:
    """The control: a class with a synced trait api_token is reported, one with a private trait is not."""

    class Leaky(traitlets.HasTraits):
        api_token = traitlets.Unicode().tag(sync=True)
        password = traitlets.Unicode()

    assert secret_traits(Leaky) == ["api_token"]


class Lamp(Widget):
    _esm = "export default { render() {} }"

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []
        self.lit = 0

    def questions(self) -> Any:
        return {"light": self.light, "refuse": self.refuse, "break": self.smash}

    def light(self) -> None:
        self.lit += 1

    def refuse(self) -> None:
        raise UsageError("No oil.", hint="Fill it.")

    def smash(self) -> None:
        raise RuntimeError("glass hunter2hunter2 everywhere")

    def send(self, content: Any, buffers: Any = None) -> None:
        self.sent.append(content)


def ask(lamp: Lamp, content: Any) -> list[dict[str, Any]]:
    lamp.sent.clear()
    lamp._handle_custom_msg(content, [])
    return lamp.sent


def test_a_question_is_done_and_answered() -> None:
    """A known question runs its action once and is acknowledged under its id."""
    lamp = Lamp()
    assert ask(lamp, {"id": "1", "type": "light"}) == [{"type": "ack", "id": "1", "ok": True, "error": ""}]
    assert lamp.lit == 1


@pytest.mark.parametrize("kind", ["no such", None, 7, "__init__"])
def test_an_unknown_question_is_answered_with_no(kind: object) -> None:
    """A question the widget does not know changes nothing and gets ok=False."""
    lamp = Lamp()
    (answer,) = ask(lamp, {"id": "1", "type": kind})
    assert not answer["ok"] and lamp.lit == 0


@pytest.mark.parametrize(
    "content", [None, "light", {"type": "light"}, {"id": 3, "type": "light"}, {"id": ["x"], "type": "light"}]
)
def test_a_message_without_an_id_is_ignored(content: object) -> None:
    """What is not a question does nothing and gets no answer."""
    lamp = Lamp()
    assert ask(lamp, content) == [] and lamp.lit == 0


def test_an_action_that_raises_is_answered_with_its_words() -> None:
    """The reason of a refused action reaches the page, without a secret in it."""
    lamp = Lamp()
    assert ask(lamp, {"id": "1", "type": "refuse"})[0]["error"] == "No oil. Fill it."
    secret = Secret("hunter2hunter2")
    (answer,) = ask(lamp, {"id": "2", "type": "break"})
    assert answer == {
        "type": "ack",
        "id": "2",
        "ok": False,
        "error": f"RuntimeError: glass {HIDDEN} everywhere",
    }
    assert secret


def test_a_widget_always_brings_text() -> None:
    """Beside its view a widget has text/plain that is the same each time, with no address in it."""
    data, _ = Lamp()._repr_mimebundle_()
    assert data["text/plain"] == "Lamp()" == repr(Lamp())
    assert "application/vnd.jupyter.widget-view+json" in data


def test_messages_go_where_the_page_sent_them() -> None:
    """A comm with ipykernel's private router is given one that keeps the page's choice; others stay as they are."""

    class Comm:
        def _reply_subshell_for(self, data: object, default: str) -> str:
            return "main"

    routed, plain = Comm(), object()
    hear_while_busy(routed)
    hear_while_busy(plain)
    hear_while_busy(None)
    assert routed._reply_subshell_for({}, "subshell-1") == "subshell-1"
