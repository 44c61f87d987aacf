"""AccountSwitcher: which account of an integration new calls go as, changed with a click or a key."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import traitlets

from penstock.batch.render import plain
from penstock.errors import PenstockError, UsageError
from penstock.widgets._accounts import build_account, html_of, text_of
from penstock.widgets._assets import read_module, read_style
from penstock.widgets._base import Question, Redraw, Widget, Work

if TYPE_CHECKING:
    from penstock.credentials import Credentials


class AccountSwitcher(Widget):
    """Show an integration's accounts as a radio group, and make the one chosen the active one.

    New calls go as the active account. What runs keeps the account it was started with, and the answer says so.
    """

    _esm = read_module("account_switcher")
    _css = read_style("account_switcher")

    integration = traitlets.Unicode().tag(sync=True)
    # The integration's name.

    accounts = traitlets.List(traitlets.Dict()).tag(sync=True)
    # Its accounts as they may be shown, the active one marked. See _accounts.build_account.

    trouble = traitlets.Unicode().tag(sync=True)
    # Why the accounts cannot be had ("The vault is locked. ..."), "" where they can.

    def __init__(self, integration: str, face: Credentials) -> None:
        self._face = face
        self._guard = threading.Lock()
        self._redraw = Redraw(self.draw)
        self._unwatch: Callable[[], None] = _nothing
        accounts, trouble = self._look(integration)
        super().__init__(integration=integration, accounts=accounts, trouble=trouble)
        self._unwatch = face.watch(self._redraw.ask)

    def draw(self) -> None:
        """Send the page the accounts as they are now."""
        accounts, trouble = self._look(self.integration)
        with self._guard, self.hold_sync():
            self.accounts, self.trouble = accounts, trouble

    def work(self) -> Mapping[str, Work]:
        """Return what the page may ask for."""
        return {"look": Work(lambda _: self.draw()), "use": Work(self._use, {"account": str})}

    def _use(self, question: Question) -> dict[str, Any]:
        account = question.text("account")
        if not account:
            raise UsageError("The account is missing.")
        running = self._face.running(self.integration)
        self._face.use(self.integration, account)
        self.draw()
        return {"says": say_change(account, running)}

    def _look(self, integration: str) -> tuple[list[dict[str, Any]], str]:
        try:
            return [build_account(one) for one in self._face.list_accounts(integration)], ""
        except PenstockError as exc:
            return [], str(exc)

    def say_text(self) -> str:
        """Return the accounts as one line."""
        return text_of(self.accounts, f"Accounts of {self.integration}")

    def say_html(self) -> str:
        """Return the accounts as a static table, the active one marked."""
        return html_of(self.accounts, f"Accounts of {self.integration}")

    def close(self) -> None:
        """Stop listening to the vault and take the view away."""
        unwatch, self._unwatch = self._unwatch, _nothing  # closed again when collected
        unwatch()
        self._redraw.close()
        super().close()

    def __repr__(self) -> str:
        return f"AccountSwitcher({self.integration!r})"


def say_change(account: str, running: tuple[tuple[str, str], ...]) -> str:
    """Return what a change of account means for calls to come and for what runs."""
    said = f"New calls go as {plain(account, 80)}."
    if not running:
        return said
    named = ", ".join(f"{plain(run, 60)} ({plain(whose, 60)})" for run, whose in running[:5])
    more = f" and {len(running) - 5} more" if len(running) > 5 else ""
    return f"{said} Running batches keep theirs: {named}{more}."


def _nothing() -> None:
    """Stand for the end of a watch that has not begun, or is over."""
