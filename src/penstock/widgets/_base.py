"""What all widgets share: questions from the page with an answer, text and HTML beside the live view.

A question is a custom message {id, type, ...fields}; its answer {type: "ack", id, ok, error, value}, and before it
{type: "begun", id} where it is put to work, so that slow work is not taken for a busy kernel. Traits never carry one,
and no trait ever holds a secret: notebooks may be saved with all of them. A secret comes as a buffer beside its
question (`secrets` names them in order), or, from a page that loses buffers, in the message's `values`.
"""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import anywidget

from penstock.errors import PenstockError, UsageError
from penstock.redact import Secret, redact

log = logging.getLogger("penstock.widgets")

LARGEST_BYTES = 64 * 1024  # of one question, its secrets counted
_LONGEST = 2000  # characters of one field
_AT_ONCE = 8  # questions at work for one widget
_DRAW_GAP_S = 0.1
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_ENVELOPE = ("id", "type", "secrets", "values")


@dataclass(frozen=True, slots=True)
class Question:
    """A question from the page, checked: its fields, and the secrets that came with it."""

    fields: Mapping[str, Any]
    secrets: Mapping[str, Secret]

    def text(self, name: str) -> str:
        """Return a field's text, "" where it was left out."""
        return str(self.fields.get(name, ""))

    def secret(self, name: str) -> Secret:
        """Return a secret. Raises UsageError where it was left out."""
        secret = self.secrets.get(name)
        if not secret:
            raise UsageError(f"The {name.replace('_', ' ')} is missing.")
        return secret

    def needed(self, name: str) -> str:
        """Return a field's text. Raises UsageError where it was left out."""
        text = self.text(name).strip()
        if not text:
            raise UsageError(f"The {name.replace('_', ' ')} is missing.")
        return text


@dataclass(frozen=True, slots=True)
class Work:
    """What a question does on a thread of its own, where it may take long; what it returns is sent with the answer.

    fields:   the fields it takes, with their types: str, bool, int, or dict (of texts by name).
    secrets:  the names of the secrets it takes, None for any.
    longest:  of one field, in characters.
    """

    do: Callable[[Question], Any]
    fields: Mapping[str, type] = field(default_factory=dict)
    secrets: frozenset[str] | None = frozenset()
    longest: int = _LONGEST


class Widget(anywidget.AnyWidget):
    """Draw something of Penstock's in a notebook."""

    def __init__(self, **traits: Any) -> None:
        self._places = threading.BoundedSemaphore(_AT_ONCE)
        super().__init__(**traits)
        self.on_msg(self._receive)

    def open(self) -> None:
        """Open the channel to the page, so that buttons are heard while a cell is busy."""
        super().open()
        hear_while_busy(self.comm)

    def questions(self) -> Mapping[str, Callable[[], object]]:
        """Return what each type of question does. It must be quick and may be called on any thread."""
        return {}

    def work(self) -> Mapping[str, Work]:
        """Return what each type of question does that has fields or secrets, or may take long."""
        return {}

    def say_text(self) -> str:
        """Return what is shown where there is only text."""
        return repr(self)

    def say_html(self) -> str | None:
        """Return what is shown where there are no widgets, None for the text alone."""
        return None

    def _receive(self, _widget: Any, content: Any, buffers: Any) -> None:
        """Answer a question. This may run on the main thread or on a subshell's, beside a busy cell."""
        if not isinstance(content, dict) or not isinstance(content.get("id"), str):
            return
        kind = content.get("type")
        work = self.work().get(kind) if isinstance(kind, str) else None
        if work is not None:
            self._begin(content, list(buffers or ()), work)
            return
        action = self.questions().get(kind) if isinstance(kind, str) else None
        error = f"This widget does not know {redact(repr(kind))[:80]}." if action is None else ""
        if action is not None:
            error, _ = self._attempt(action)
        self._answer(content["id"], error)

    def _begin(self, content: dict[str, Any], buffers: list[Any], work: Work) -> None:
        """Check a question and put it to work on a thread of its own, so that neither cell nor subshell waits."""
        try:
            question = read_question(content, buffers, work)
        except UsageError as exc:
            self._answer(
                content["id"], str(exc), {"needs_values": True} if isinstance(exc, BuffersLost) else None
            )
            return
        if not self._places.acquire(blocking=False):
            self._answer(content["id"], "Too many questions at once: wait for their answers.")
            return

        def run() -> None:
            try:
                error, value = self._attempt(lambda: work.do(question))
            finally:
                self._places.release()
            self._answer(content["id"], error, value)

        content = {"id": content["id"]}  # the thread keeps nothing else of the message
        self.send({"type": "begun", "id": content["id"]})
        threading.Thread(target=run, name="penstock-widget", daemon=True).start()

    def _attempt(self, action: Callable[[], Any]) -> tuple[str, Any]:
        """Return why an action failed, in plain words without a secret, and what it gave."""
        try:
            return "", action()
        except PenstockError as exc:
            return redact(str(exc)), {"kind": type(exc).__name__}
        except Exception as exc:
            log.exception("A button of %r failed.", self)
            return redact(f"{type(exc).__name__}: {exc}"), None

    def _answer(self, question_id: str, error: str, value: Any = None) -> None:
        answer = {"type": "ack", "id": question_id, "ok": not error, "error": redact(error)}
        # What a quick action returns is its own affair; an answer has a value where it is plain.
        self.send({**answer, "value": value} if isinstance(value, dict) else answer)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle = super()._repr_mimebundle_(**kwargs)
        views, metadata = bundle if bundle is not None else ({}, {})
        html = self.say_html()
        return {**views, "text/plain": self.say_text(), **({"text/html": html} if html else {})}, metadata

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class BuffersLost(UsageError):
    """The page named secrets and no buffers came; it sends them in the message itself."""


def read_question(content: Mapping[str, Any], buffers: Sequence[Any], work: Work) -> Question:
    """Return a question whose every part is of the kind its work takes. Raises UsageError."""
    if len(content["id"]) > 100 or sum(memoryview(buffer).nbytes for buffer in buffers) > LARGEST_BYTES:
        raise UsageError("The question is too large.", hint=f"At most {LARGEST_BYTES:,} bytes are read.")
    texts = _read_secrets(content.get("secrets", []), buffers, content.get("values"))
    fields = {name: value for name, value in content.items() if name not in _ENVELOPE}
    try:
        size = len(json.dumps(fields)) + sum(len(text.reveal()) for text in texts.values())
    except (TypeError, ValueError, RecursionError):
        raise UsageError("The question is not plain JSON.") from None
    if size > LARGEST_BYTES:
        raise UsageError("The question is too large.", hint=f"At most {LARGEST_BYTES:,} bytes are read.")
    for name, value in fields.items():
        wanted = work.fields.get(name)
        if wanted is None or type(value) is not wanted:
            raise UsageError(f"The question has a field {name[:40]!r} that does not belong there.")
        texts_in = [*value.keys(), *value.values()] if isinstance(value, dict) else [value]
        if any(isinstance(one, str) and len(one) > work.longest for one in texts_in):
            raise UsageError(f"{name} is too long.", hint=f"At most {work.longest:,} characters.")
        if isinstance(value, dict) and not all(isinstance(one, str) for one in texts_in):
            raise UsageError(f"The question has a field {name[:40]!r} that does not belong there.")
    strange = [name for name in texts if work.secrets is not None and name not in work.secrets]
    if strange:
        raise UsageError(f"The question has a secret {strange[0]!r} that does not belong there.")
    return Question(fields, texts)


def _read_secrets(names: Any, buffers: Sequence[Any], values: Any) -> dict[str, Secret]:
    is_list = isinstance(names, list) and len(names) <= 32
    if not is_list or not all(isinstance(name, str) and _NAME.fullmatch(name) for name in names):
        raise UsageError("The names of the secrets cannot be read.")
    if values is not None:
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise UsageError("The secrets cannot be read.")
        found = [Secret(value) for value in values]
    elif names and not buffers:
        raise BuffersLost("The secrets did not arrive with the question.")
    else:
        try:
            found = [Secret(bytes(buffer).decode()) for buffer in buffers]
        except (TypeError, ValueError):
            raise UsageError("A secret is not text.") from None
    if len(found) != len(names) or len(set(names)) != len(names):
        raise UsageError("The secrets and their names do not fit together.")
    return dict(zip(names, found, strict=True))


class Redraw:
    """Draw at most ten times a second, however often it is asked, and always after the last time.

    `draw` runs on a thread that ends when nothing more is asked: it may talk to another process.
    """

    def __init__(self, draw: Callable[[], None]) -> None:
        self._draw = draw
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._is_wanted = self._is_at_work = False

    def ask(self) -> None:
        """Have it drawn soon; returns at once and may be called on any thread."""
        with self._lock:
            self._is_wanted = True
            if self._is_at_work or self._closed.is_set():
                return
            self._is_at_work = True
        threading.Thread(target=self._serve, name="penstock-redraw", daemon=True).start()

    def close(self) -> None:
        """Draw nothing more."""
        self._closed.set()

    def _serve(self) -> None:
        while True:
            with self._lock:
                if not self._is_wanted or self._closed.is_set():
                    self._is_at_work = False
                    return
                self._is_wanted = False
            try:
                self._draw()
            except Exception:
                log.exception("A widget could not be drawn.")
            self._closed.wait(_DRAW_GAP_S)


def hear_while_busy(comm: Any) -> None:
    """Let messages from the page reach the thread the page chose for them.

    ipykernel 7.4.0 sends a comm's messages to where that comm last published from; one update from an
    engine's thread counts as the main thread, and a Cancel button would wait for the cell to end. The name is
    private to ipykernel: where it is not there, nothing is changed (others route by the message itself).
    """
    if comm is not None and hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda data, default: default
