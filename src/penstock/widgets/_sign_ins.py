"""Sign-ins that a page follows: begun, asked after, answered, given up. The page knows each by a name of its own."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from penstock.errors import UsageError
from penstock.widgets._base import Question, Work

if TYPE_CHECKING:
    from penstock.credentials import Credentials
    from penstock.signing_in import SignInUnderWay

_VIA = ("loopback", "device", "paste")
_MOST = 16

Sorted = Callable[[Question], "tuple[tuple[str, str], Mapping[str, Any]]"]


class PageSignIns:
    """Keep the sign-ins of one page. `read` sorts a question; `draw` is called when one has ended."""

    def __init__(self, face: Credentials, read: Sorted, draw: Callable[[], None]) -> None:
        self._face, self._read, self._draw = face, read, draw
        self._guard = threading.Lock()
        self._known: dict[str, SignInUnderWay] = {}

    def work(self, details: Mapping[str, type]) -> Mapping[str, Work]:
        """Return what the page may ask for; `details` are the fields of an account."""
        named = {"sign_in": str}
        begins = {**details, "scheme": int, "via": str, "scopes": str, "redirect_uri": str}
        return {
            "begin_sign_in": Work(self._begin, begins, None),
            "sign_in_state": Work(self._state, named),
            "answer_sign_in": Work(self._answer, named, frozenset({"answer"})),
            "cancel_sign_in": Work(self._cancel, named),
        }

    def _begin(self, question: Question) -> dict[str, Any]:
        via = question.text("via") or None
        if via is not None and via not in _VIA:
            raise UsageError(f"A sign-in cannot go by {via!r}.")
        names, given = self._read(question)
        asked = [scope for scope in re.split(r"[\s,]+", question.text("scopes")) if scope]
        begun = self._face.begin_sign_in(
            *names,
            via=via,
            scheme=question.fields.get("scheme"),
            scopes=asked or None,
            redirect_uri=question.text("redirect_uri").strip() or None,
            **given,
        )
        name = os.urandom(8).hex()
        with self._guard:
            if len(self._known) >= _MOST:
                self._known.pop(next(iter(self._known)))
            self._known[name] = begun
        return {
            "sign_in": name,
            "via": begun.via,
            "address": begun.whole_address or begun.address,
            "short_address": begun.address,
            "user_code": begun.user_code,
            "expires_at": begun.expires_at,
        }

    def _under_way(self, question: Question) -> SignInUnderWay:
        with self._guard:
            begun = self._known.get(question.text("sign_in"))
        if begun is None:
            raise UsageError("This sign-in is over.", hint="Begin it again.")
        return begun

    def _state(self, question: Question) -> dict[str, Any]:
        state, message = self._under_way(question).state()
        if state != "waiting":
            self._forget(question)
            self._draw()
        return {"state": state, "message": message}

    def _answer(self, question: Question) -> None:
        self._under_way(question).answer(question.secret("answer"))

    def _cancel(self, question: Question) -> None:
        begun = self._under_way(question)
        self._forget(question)
        begun.cancel()

    def _forget(self, question: Question) -> None:
        with self._guard:
            self._known.pop(question.text("sign_in"), None)
