"""`penstock sign-in`: let a service give this vault an account's tokens, in a browser, on another device, or pasted."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from penstock.asking import Asking
from penstock.cli.vault_accounts import fill_fields
from penstock.errors import SignInNeeded, UsageError

if TYPE_CHECKING:
    from penstock.signing_in import SignInUnderWay


def run(given: argparse.Namespace) -> int:
    """Sign in and wait until it is done; Ctrl-C gives up, and nothing is stored."""
    from penstock.workbench import Workbench

    asking = Asking(given.password_fd)
    with Workbench() as bench:
        vault = bench.vault()
        ways = [way for way in vault.ways_to_sign(given.integration) if way.kind in ("oauth", "client")]
        if not ways:
            raise UsageError(
                f"{given.integration} has no sign-in.",
                hint=f"penstock vault add {given.integration} {given.account}",
            )
        way = next((way for way in ways if way.kind == given.kind), ways[0])
        if way.kind == "oauth":
            _check_attended(given)
        if given.client_id:
            given.base = [*given.base, ("client_id", given.client_id)]
        values = fill_fields(vault, given, asking, (way.kind,))
        options = {
            "via": given.via,
            "scopes": tuple(given.scopes) if given.scopes else None,
            "scheme": way.scheme_index,
            "label": given.label,
            "base_url": given.base_url,
        }
        begun = vault.begin_sign_in(given.integration, given.account, **{**values, **options})
        _follow(begun, asking, given)
    print(f"Signed in: {given.integration}/{given.account}", file=sys.stderr)
    return 0


def _check_attended(given: argparse.Namespace) -> None:
    if given.via is None and given.password_fd is None and not sys.stdin.isatty():
        raise UsageError(
            "A sign-in needs a person, and there is no terminal.",
            hint="Say how it is to be done: --via loopback (a browser on this machine), --via device, or --via paste.",
        )


def _follow(begun: SignInUnderWay, asking: Asking, given: argparse.Namespace) -> None:
    """Say where to go, wait, and give up on Ctrl-C."""
    try:
        print(begun.say(), file=sys.stderr, flush=True)
        if begun.via == "loopback" and sys.stdin.isatty():
            import webbrowser

            webbrowser.open(begun.whole_address or begun.address)
        elif begun.via == "paste":
            begun.answer(asking("The address you ended on"))
        begun.wait()
    except BaseException:
        begun.cancel()
        raise
    state, message = begun.state()
    if state != "finished":
        raise SignInNeeded(
            message or "The sign-in did not finish.",
            hint="Run it again.",
            integration=given.integration,
            account=given.account,
        )
