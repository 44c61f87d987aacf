"""CredentialVault: the vault in a notebook; create, unlock, accounts, ways in. It hands every action to the face."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import traitlets

from penstock.clock import Clock, SystemClock
from penstock.errors import PenstockError, UsageError
from penstock.redact import Secret
from penstock.vault.passwords import suggest_password
from penstock.widgets._accounts import build_signing, build_vault, build_way, html_of, is_still, text_of
from penstock.widgets._assets import read_module, read_style
from penstock.widgets._base import Question, Redraw, Widget, Work

if TYPE_CHECKING:
    from penstock.credentials import Credentials
    from penstock.signing_in import SignInUnderWay

_NAMED = {"integration": str, "account": str}
_DETAILS = {**_NAMED, "label": str, "base_url": str, "base": dict}
_WAY_IN = frozenset({"password", "recovery_key"})
_VIA = ("loopback", "device", "paste")
_MOST_SIGN_INS = 16


class CredentialVault(Widget):
    """Show the vault and work it: create, unlock, add, sign in, test, rename, remove, ways in, rotate, back up.

    What is typed goes once, as a buffer beside its question, and becomes a Secret here; the field is empty by then.
    The trait holds names, words and instants. A recovery key is in one answer, and nowhere else.
    """

    _esm = read_module("credential_vault")
    _css = read_style("credential_vault")

    vault = traitlets.Dict().tag(sync=True)
    # The vault as it may be shown: states, accounts, ways in; instants in wall seconds. See _accounts.build_vault.

    integrations = traitlets.List(traitlets.Unicode()).tag(sync=True)
    # The names of all integrations an account can be added for.

    def __init__(
        self, face: Credentials, *, integrations: Iterable[str] | None = None, clock: Clock | None = None
    ) -> None:
        self._face = face
        self._clock = clock or SystemClock()
        self._guard = threading.Lock()
        self._sign_ins: dict[str, SignInUnderWay] = {}
        self._redraw = Redraw(self.draw)
        self._unwatch: Callable[[], None] = _nothing
        super().__init__(
            vault=self._look(), integrations=_all_names() if integrations is None else list(integrations)
        )
        self._unwatch = face.watch(self._redraw.ask)

    def draw(self) -> None:
        """Send the page the vault as it is now, where it shows anything new."""
        state = self._look()
        with self._guard:
            if not is_still(self.vault, state):
                self.vault = state

    def work(self) -> Mapping[str, Work]:
        """Return what the page may ask for."""
        face = self._face
        one = frozenset({"password"})
        way_in = {"kind": str, "path": str}
        return {
            "look": Work(lambda _: self.draw()),
            "suggest": Work(lambda _: {"phrase": suggest_password().reveal()}),
            "create": self._change(self._create, {"recovery": bool}, one),
            "unlock": self._change(self._unlock, {**way_in, "restore": bool}, _WAY_IN),
            "lock": self._change(lambda _: face.lock()),
            "ways_to_sign": Work(self._ways_to_sign, {"integration": str}),
            "add": self._change(self._add, {**_DETAILS, "replace": bool}, None),
            "begin_sign_in": Work(self._begin_sign_in, {**_DETAILS, "scheme": int, "via": str}, None),
            "sign_in_state": Work(self._sign_in_state, {"sign_in": str}),
            "answer_sign_in": Work(self._answer_sign_in, {"sign_in": str}, frozenset({"answer"})),
            "cancel_sign_in": Work(self._cancel_sign_in, {"sign_in": str}),
            "check": self._change(self._check, _NAMED),
            "use": self._change(lambda q: face.use(*_names(q)) and None, _NAMED),
            "describe": self._change(
                lambda q: face.describe(*_names(q), q.text("label")), {**_NAMED, "label": str}
            ),
            "remove": self._change(lambda q: {"undo": face.remove(*_names(q))}, _NAMED),
            "undo": self._change(lambda q: face.undo(q.text("undo")), {"undo": str}),
            "change_password": self._change(self._change_password, {}, frozenset({"old", "new"})),
            "rotate": self._change(self._rotate, way_in, _WAY_IN),
            "add_way": self._change(self._add_way, way_in, one),
            "remove_way": self._change(lambda q: face.remove_way(q.text("name")), {"name": str}),
            "backup": Work(lambda q: face.backup(_needed(q, "path")), {"path": str}),
        }

    def _change(
        self,
        do: Callable[[Question], Any],
        fields: Mapping[str, type] | None = None,
        secrets: frozenset[str] | None = frozenset(),
    ) -> Work:
        """Return work after which the vault is drawn anew, before its answer goes out."""

        def then_draw(question: Question) -> Any:
            try:
                return do(question)
            finally:
                self.draw()

        return Work(then_draw, fields or {}, secrets)

    def _create(self, question: Question) -> dict[str, Any]:
        made = self._face.create(
            _secret(question, "password"), recovery=bool(question.fields.get("recovery", True))
        )
        return {"recovery_key": made.reveal() if made is not None else None}

    def _unlock(self, question: Question) -> None:
        is_restored = bool(question.fields.get("restore", False))
        self._face.unlock(**_way_in(question), restore=is_restored)

    def _ways_to_sign(self, question: Question) -> dict[str, Any]:
        return {
            "ways": [build_signing(way) for way in self._face.ways_to_sign(_needed(question, "integration"))]
        }

    def _details(self, question: Question) -> dict[str, Any]:
        """Return the label, the address and the fields of an account, each field one that the integration asks for."""
        integration, _ = _names(question)
        asked = {field.name for way in self._face.ways_to_sign(integration) for field in way.fields}
        values = {name: value for name, value in question.fields.get("base", {}).items() if value}
        given = {**values, **{name: secret for name, secret in question.secrets.items() if secret}}
        strange = sorted(given.keys() - asked)
        if strange:
            raise UsageError(f"{integration} has no field {strange[0]!r}.", integration=integration)
        options = {name: question.text(name) or None for name in ("label", "base_url")}
        return {**{name: value for name, value in options.items() if value}, **given}

    def _add(self, question: Question) -> None:
        is_new_value = bool(question.fields.get("replace", False))
        self._face.add(*_names(question), replace=is_new_value, **self._details(question))

    def _begin_sign_in(self, question: Question) -> dict[str, Any]:
        via = question.text("via") or None
        if via is not None and via not in _VIA:
            raise UsageError(f"A sign-in cannot go by {via!r}.")
        begun = self._face.begin_sign_in(
            *_names(question), via=via, scheme=question.fields.get("scheme"), **self._details(question)
        )
        with self._guard:
            if len(self._sign_ins) >= _MOST_SIGN_INS:
                self._sign_ins.pop(next(iter(self._sign_ins)))
            name = f"s{id(begun):x}"
            self._sign_ins[name] = begun
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
            begun = self._sign_ins.get(question.text("sign_in"))
        if begun is None:
            raise UsageError("This sign-in is over.", hint="Begin it again.")
        return begun

    def _sign_in_state(self, question: Question) -> dict[str, Any]:
        state, message = self._under_way(question).state()
        if state != "waiting":
            self._forget_sign_in(question)
            self.draw()
        return {"state": state, "message": message}

    def _answer_sign_in(self, question: Question) -> None:
        self._under_way(question).answer(_secret(question, "answer"))

    def _cancel_sign_in(self, question: Question) -> None:
        begun = self._under_way(question)
        self._forget_sign_in(question)
        begun.cancel()

    def _forget_sign_in(self, question: Question) -> None:
        with self._guard:
            self._sign_ins.pop(question.text("sign_in"), None)

    def _check(self, question: Question) -> dict[str, Any]:
        found = self._face.check_one(*_names(question))
        return {"state": found.state, "fix": found.fix}

    def _change_password(self, question: Question) -> None:
        self._face.change_password(_secret(question, "old"), _secret(question, "new"))

    def _rotate(self, question: Question) -> dict[str, Any]:
        rotated = self._face.rotate(**_way_in(question))
        return {name: [build_way(way)["kind"] for way in rotated[name]] for name in ("kept", "dropped")}

    def _add_way(self, question: Question) -> dict[str, Any]:
        kind = question.text("kind")
        added = self._face.add_way(
            kind,
            password=_secret(question, "password") if kind == "password" else None,
            path=_needed(question, "path") if kind == "key_file" else None,
        )
        key: Secret | None = added.get("recovery_key")
        return {"recovery_key": key.reveal() if key is not None else None}

    def _look(self) -> dict[str, Any]:
        """Return the vault's state; where it cannot be had, the last one with the reason."""
        face = self._face
        try:
            now, status = self._clock.wall(), face.status()
            is_open = status.exists and not status.is_locked
            accounts = face.list_accounts() if is_open else ()
            ways = face.ways() if status.exists else ()
            return build_vault(status, accounts, ways, now)
        except PenstockError as exc:
            return {**(self.vault or _UNKNOWN), "trouble": str(exc)}

    def say_text(self) -> str:
        """Return the vault as one line."""
        return text_of(self.vault["accounts"], f"Credential vault, {_state_words(self.vault)}")

    def say_html(self) -> str:
        """Return the accounts as a static table, health in words."""
        return html_of(self.vault["accounts"], f"Credential vault · {_state_words(self.vault)}")

    def close(self) -> None:
        """Stop listening to the vault and take the view away; the vault stays as it is."""
        unwatch, self._unwatch = self._unwatch, _nothing  # closed again when collected
        unwatch()
        self._redraw.close()
        super().close()


_UNKNOWN = {
    "exists": True,
    "is_locked": True,
    "path": "",
    "where": "",
    "is_kept": True,
    "note": "",
    "idle_ends_at": None,
    "ends_at": None,
    "accounts": [],
    "ways": [],
}


def _nothing() -> None:
    """Stand for the end of a watch that has not begun, or is over."""


def _all_names() -> list[str]:
    from penstock.catalog.registry import Registry

    return list(Registry().names())


def _state_words(vault: Mapping[str, Any]) -> str:
    return ("locked" if vault["is_locked"] else "unlocked") if vault["exists"] else "not created yet"


def _needed(question: Question, name: str) -> str:
    text = question.text(name).strip()
    if not text:
        raise UsageError(f"The {name.replace('_', ' ')} is missing.")
    return text


def _names(question: Question) -> tuple[str, str]:
    return _needed(question, "integration"), _needed(question, "account")


def _secret(question: Question, name: str) -> Secret:
    secret = question.secrets.get(name)
    if not secret:
        raise UsageError(f"The {name.replace('_', ' ')} is missing.")
    return secret


def _way_in(question: Question) -> dict[str, Any]:
    """Return the one way into the vault a question brings, as the face wants it."""
    kind = question.text("kind")
    if kind == "keyring":
        return {"keyring": True}
    if kind == "key_file":
        return {"key_file": _needed(question, "path")}
    if kind in _WAY_IN:
        return {kind: _secret(question, kind)}
    raise UsageError(f"There is no way in by {kind[:40]!r}.")
