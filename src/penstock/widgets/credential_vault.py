"""CredentialVault: the vault in a notebook; create, unlock, accounts, ways in. It hands every action to the face."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import traitlets

from penstock.agent.loopback import HOST, PATH, PORT
from penstock.batch.render import plain
from penstock.clock import Clock, SystemClock
from penstock.errors import PenstockError, UsageError
from penstock.redact import Secret
from penstock.vault.passwords import suggest_password
from penstock.widgets._accounts import build_signing, build_vault, build_way, html_of, is_still, text_of
from penstock.widgets._assets import read_module, read_style
from penstock.widgets._base import LARGEST_BYTES, Question, Redraw, Widget, Work
from penstock.widgets._sign_ins import PageSignIns

if TYPE_CHECKING:
    from penstock.credentials import Credentials

_NAMED = {"integration": str, "account": str}
_DETAILS = {**_NAMED, "label": str, "base_url": str, "base": dict}
_WAY_IN = frozenset({"password", "recovery_key"})


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
        self._sign_ins = PageSignIns(face, lambda q: (_names(q), self._details(q)), self.draw)
        self._offered = None if integrations is None else list(integrations)
        self._redraw = Redraw(self.draw)
        self._unwatch: Callable[[], None] = _nothing
        super().__init__(vault=self._look(), integrations=self._offer())
        self._unwatch = face.watch(self._redraw.ask)

    def draw(self) -> None:
        """Send the page the vault as it is now, where it shows anything new."""
        state, names = self._look(), self._offer()
        with self._guard:
            self.integrations = names
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
            "open_sealed": self._change(
                self._open_sealed, {"text": str}, frozenset({"key"}), longest=LARGEST_BYTES
            ),
            "ways_to_sign": Work(self._ways_to_sign, {"integration": str}),
            "add": self._change(self._add, {**_DETAILS, "replace": bool}, None),
            **self._sign_ins.work(_DETAILS),
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
            "backup": Work(lambda q: face.backup(q.needed("path")), {"path": str}),
        }

    def _change(
        self,
        do: Callable[[Question], Any],
        fields: Mapping[str, type] | None = None,
        secrets: frozenset[str] | None = frozenset(),
        **more: int,
    ) -> Work:
        """Return work after which the vault is drawn anew, before its answer goes out."""

        def then_draw(question: Question) -> Any:
            try:
                return do(question)
            finally:
                self.draw()

        return Work(then_draw, fields or {}, secrets, **more)

    def _create(self, question: Question) -> dict[str, Any]:
        made = self._face.create(
            question.secret("password"), recovery=bool(question.fields.get("recovery", True))
        )
        return {"recovery_key": made.reveal() if made is not None else None}

    def _unlock(self, question: Question) -> None:
        is_restored = bool(question.fields.get("restore", False))
        self._face.unlock(**_way_in(question), restore=is_restored)

    def _open_sealed(self, question: Question) -> dict[str, Any]:
        names = self._face.open_sealed(question.needed("text"), question.secret("key"))
        return {"accounts": [plain(name, 140) for name in names]}

    def _ways_to_sign(self, question: Question) -> dict[str, Any]:
        ways = self._face.ways_to_sign(question.needed("integration"))
        return {
            "ways": [build_signing(way) for way in ways],
            "redirect_uri": f"http://{HOST}:{PORT}{PATH}",  # where an app is registered to come back to
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

    def _check(self, question: Question) -> dict[str, Any]:
        found = self._face.check_one(*_names(question))
        return {"state": found.state, "fix": found.fix}

    def _change_password(self, question: Question) -> None:
        self._face.change_password(question.secret("old"), question.secret("new"))

    def _rotate(self, question: Question) -> dict[str, Any]:
        rotated = self._face.rotate(**_way_in(question))
        return {name: [build_way(way)["kind"] for way in rotated[name]] for name in ("kept", "dropped")}

    def _add_way(self, question: Question) -> dict[str, Any]:
        kind = question.text("kind")
        added = self._face.add_way(
            kind,
            password=question.secret("password") if kind == "password" else None,
            path=question.needed("path") if kind == "key_file" else None,
        )
        key: Secret | None = added.get("recovery_key")
        return {"recovery_key": key.reveal() if key is not None else None}

    def _look(self) -> dict[str, Any]:
        """Return the vault's state; where it cannot be had, the last one with the reason."""
        face = self._face
        try:
            now, status = self._clock.wall(), face.status()
            accounts = () if status.is_locked else face.list_accounts()  # a bundle's, where there is no vault
            ways = face.ways() if status.exists else ()
            return build_vault(status, accounts, ways, now)
        except PenstockError as exc:
            return {**(self.vault or _UNKNOWN), "trouble": str(exc)}

    def _offer(self) -> list[str]:
        """Return the integrations an account can be added for; one may have been registered since the last time."""
        return self._offered if self._offered is not None else list(self._face.integrations())

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


def _state_words(vault: Mapping[str, Any]) -> str:
    if vault["exists"]:
        return "locked" if vault["is_locked"] else "unlocked"
    return "not created yet" if vault["is_locked"] else "a sealed bundle is open"


def _names(question: Question) -> tuple[str, str]:
    return question.needed("integration"), question.needed("account")


def _way_in(question: Question) -> dict[str, Any]:
    """Return the one way into the vault a question brings, as the face wants it."""
    kind = question.text("kind")
    if kind == "keyring":
        return {"keyring": True}
    if kind == "key_file":
        return {"key_file": question.needed("path")}
    if kind in _WAY_IN:
        return {kind: question.secret(kind)}
    raise UsageError(f"There is no way in by {kind[:40]!r}.")
