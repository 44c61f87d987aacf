"""What all widgets share: questions from the page with an answer, text and HTML beside the live view.

A question is a custom message {id, type}; its answer {type: "ack", id, ok, error}. Traits never carry one,
and no trait ever holds a secret: notebooks may be saved with all of them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import anywidget

from penstock.errors import PenstockError
from penstock.redact import redact

log = logging.getLogger("penstock.widgets")


class Widget(anywidget.AnyWidget):
    """Draw something of Penstock's in a notebook."""

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.on_msg(self._receive)

    def open(self) -> None:
        """Open the channel to the page, so that buttons are heard while a cell is busy."""
        super().open()
        hear_while_busy(self.comm)

    def questions(self) -> Mapping[str, Callable[[], object]]:
        """Return what each type of question does. It must be quick and may be called on any thread."""
        return {}

    def say_text(self) -> str:
        """Return what is shown where there is only text."""
        return repr(self)

    def say_html(self) -> str | None:
        """Return what is shown where there are no widgets, None for the text alone."""
        return None

    def _receive(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Answer a question. This may run on the main thread or on a subshell's, beside a busy cell."""
        if not isinstance(content, dict) or not isinstance(content.get("id"), str):
            return
        kind = content.get("type")
        action = self.questions().get(kind) if isinstance(kind, str) else None
        error = None if action is not None else f"This widget does not know {kind!r}."
        if action is not None:
            try:
                action()
            except PenstockError as exc:
                error = str(exc)
            except Exception as exc:
                log.exception("A button of %r failed.", self)
                error = f"{type(exc).__name__}: {exc}"
        self.send({"type": "ack", "id": content["id"], "ok": error is None, "error": redact(error or "")})

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle = super()._repr_mimebundle_(**kwargs)
        views, metadata = bundle if bundle is not None else ({}, {})
        html = self.say_html()
        return {**views, "text/plain": self.say_text(), **({"text/html": html} if html else {})}, metadata

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


def hear_while_busy(comm: Any) -> None:
    """Let messages from the page reach the thread the page chose for them.

    ipykernel 7.4.0 sends a comm's messages to where that comm last published from; one update from an
    engine's thread counts as the main thread, and a Cancel button would wait for the cell to end. The name is
    private to ipykernel: where it is not there, nothing is changed (others route by the message itself).
    """
    if comm is not None and hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda data, default: default
