"""The command line: what can be typed. Each command's work is in a file beside this one.

Exit codes: 0 all well, 1 something failed, 2 the command itself was wrong and nothing was done.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

from penstock._version import __version__
from penstock.cli.arguments import base_parameter, credential_field, mapping, pair
from penstock.cli.vault import descriptor, renaming, span
from penstock.errors import AccountNeeded, PenstockError, UsageError

_HELP = """\
Rows of a table go to an API and come back: throttled as the service asks, crash-safe, with progress.

  penstock demo                                           see it work on this machine, no key needed
  penstock call stripe customers.create email=a@b.co --sandbox
  penstock batch stripe customers.create rows.csv --key customer_id --out done.csv \\
      --credential token=env:STRIPE_KEY
"""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of `penstock`."""
    parser = argparse.ArgumentParser(
        prog="penstock", description=_HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"penstock {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--debug", action="store_true", help="show the full traceback of an error")
    machine = argparse.ArgumentParser(add_help=False)
    machine.add_argument("--json", action="store_true", help="print JSON, for machines")
    account = argparse.ArgumentParser(add_help=False)
    account.add_argument("integration", metavar="NAME", help="the integration: stripe, shopify, …")
    account.add_argument("operation", metavar="OPERATION", help="as in `penstock integrations NAME`")
    account.add_argument("--account", help="the account of the vault to call as; the active one otherwise")
    account.add_argument("--sandbox", action="store_true", help="the built-in sandbox: no key, no network")
    account.add_argument(
        "--credential",
        action="append",
        type=credential_field,
        default=[],
        metavar="FIELD=SOURCE",
        help="where a credential is: token=env:NAME or token=file:PATH, never the value itself",
    )
    account.add_argument(
        "--base",
        action="append",
        type=base_parameter,
        default=[],
        metavar="NAME=VALUE",
        help="a part of the service's address: shop=acme",
    )
    account.add_argument("--base-url", metavar="URL", help="another address: a proxy, a mock")

    demo = commands.add_parser("demo", parents=[common], help="1,000 messy rows to a failing API and back")
    demo.add_argument("--rows", type=int, default=1000, metavar="N", help="how many customers (1000)")
    demo.set_defaults(run="demo")

    lab = commands.add_parser("lab", parents=[common], help="open JupyterLab")
    lab.add_argument("path", nargs="?", default=".", help="a notebook or a folder (the current one)")
    lab.add_argument("rest", nargs=argparse.REMAINDER, metavar="-- …", help="the rest is JupyterLab's own")
    lab.set_defaults(run="lab")

    doctor = commands.add_parser("doctor", parents=[common, machine], help="look at this installation")
    doctor.set_defaults(run="doctor")

    integrations = commands.add_parser(
        "integrations", parents=[common, machine], help="the services there are, or one of them in full"
    )
    integrations.add_argument("name", nargs="?", metavar="NAME")
    integrations.set_defaults(run="listing")

    call = commands.add_parser("call", parents=[common, machine, account], help="make one call")
    call.add_argument(
        "parameters",
        nargs="*",
        type=pair,
        metavar="K=V",
        help="a parameter: amount=500, or as JSON tags:=[1,2]",
    )
    call.set_defaults(run="call")

    batch = commands.add_parser(
        "batch", parents=[common, machine, account], help="make one call for each row of a file"
    )
    batch.add_argument("rows", metavar="ROWS", help="a .csv, .tsv, .jsonl or .parquet file")
    batch.add_argument("--key", metavar="COLUMN", help="the column that says which row this is")
    batch.add_argument("--out", metavar="FILE", help="where the result goes: .csv, .jsonl or .parquet")
    batch.add_argument("--name", help="the run's name; the same name goes on where it stopped")
    batch.add_argument("--concurrency", type=int, default=10, metavar="N", help="calls at once, 1 to 50 (10)")
    batch.add_argument(
        "--bulk",
        choices=("auto", "job", "off"),
        default="auto",
        help="whether rows go together: auto, in the service's bulk calls where it has them; job, handed in to be worked "
        "off, where results may take a day; off, each row by itself (auto)",
    )
    batch.add_argument(
        "--map",
        action="append",
        type=mapping,
        default=[],
        metavar="PARAMETER=COLUMN",
        help="which column a parameter is taken from, where the names differ",
    )
    batch.set_defaults(run="batch")

    runs = commands.add_parser("runs", parents=[common, machine], help="every run in this home")
    runs.set_defaults(run="runs")

    agent = commands.add_parser(
        "agent", parents=[common, machine], help="the process that keeps credentials unlocked"
    )
    agent.add_argument(
        "action",
        choices=("status", "lock", "stop"),
        help="how it is; forget the keys (it ends with that); end it",
    )
    agent.set_defaults(run="agent")

    _add_vault(commands, common, machine)
    _add_sign_in(commands, common)

    commands.add_parser("sandbox", add_help=False, help="serve the sandbox, until stopped")
    return parser


def _add_vault(commands: Any, common: argparse.ArgumentParser, machine: argparse.ArgumentParser) -> None:
    """Add `vault` and what can be done with one. No word of any of these is a secret."""
    vault = commands.add_parser("vault", help="credentials, encrypted on this machine")
    actions = vault.add_subparsers(dest="action", metavar="ACTION", required=True)

    def add(name: str, says: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = actions.add_parser(name, parents=[common, *parents], help=says)
        parser.set_defaults(run="vault")
        if fed not in parents:
            parser.set_defaults(password_fd=None)
        return parser

    fed, named, way_in = (
        _fed(),
        argparse.ArgumentParser(add_help=False),
        argparse.ArgumentParser(add_help=False),
    )
    named.add_argument("integration", metavar="NAME", help="the integration: stripe, shopify, …")
    named.add_argument("account", metavar="ACCOUNT", help="what you call the account")
    ways = way_in.add_mutually_exclusive_group()
    ways.add_argument("--key-file", metavar="PATH", help="open it with a key file")
    ways.add_argument("--recovery-key", action="store_true", help="ask for the recovery key")
    ways.add_argument("--keyring", action="store_true", help="open it with this machine's keyring")

    add("status", "whether there is one, and whether it is locked", machine)
    create = add("create", "make one; asks for a password", fed)
    create.add_argument("--no-recovery", action="store_true", help="no recovery key")
    unlock = add("unlock", "open it, until it locks itself; asks for the password", fed, way_in)
    unlock.add_argument("--restore", action="store_true", help="take an older file than the last one seen")
    add("lock", "lock it")
    listed = add("list", "the accounts in it", machine)
    listed.add_argument("integration", nargs="?", metavar="NAME")
    stored = add("add", "store an account's key; asks for what is not given", fed, named)
    _add_fields(stored)
    stored.add_argument("--replace", action="store_true", help="put a new key in the place of the old one")
    add("remove", "take an account out", named)
    add("undo", "put a removed account back").add_argument("undo", metavar="ID", help="as `remove` said")
    add("use", "choose the account calls go as", named)
    check = add("check", "ask the services whether the credentials still work", machine)
    check.add_argument("integration", nargs="?", metavar="NAME")
    check.add_argument("account", nargs="?", metavar="ACCOUNT")
    add("change-password", "asks for the password, then the new one", fed)
    add("rotate", "encrypt everything under a new key; asks for the password", fed, way_in)
    add("ways", "what opens it", machine)
    more = add("add-way", "add a way in", fed)
    more.add_argument("kind", choices=("password", "key-file", "recovery", "keyring"))
    more.add_argument("--path", metavar="FILE", help="the key file to make")
    more.add_argument("--expires", type=span, metavar="TIME", help="how long it lasts: 12h, 30d")
    add("remove-way", "remove a way in").add_argument("name", metavar="WAY", help="as in `ways`")
    for shown in (create, more):
        shown.add_argument(
            "--show-recovery-key", action="store_true", help="print it even to a pipe or a file"
        )
    add("backup", "write a copy, as encrypted as it is").add_argument("path", metavar="FILE")
    seal = add("seal", "a bundle of some accounts, to be opened elsewhere with its key")
    seal.add_argument("names", nargs="+", metavar="NAME/ACCOUNT")
    seal.add_argument("--out", required=True, metavar="FILE", help="where the bundle goes")
    seal.add_argument("--key-out", metavar="FILE", help="where its key goes; printed once otherwise")
    seal.add_argument("--show-key", action="store_true", help="print the key even to a pipe or a file")
    seal.add_argument("--expires", default="12h", metavar="TIME", help="how long it can be opened (12h)")
    opened = add("open-sealed", "use a bundle's accounts; asks for its key", fed)
    opened.add_argument("file", metavar="FILE", help="what `seal` wrote")
    opened.add_argument("--key-file", metavar="FILE", help="the file its key is in")
    taken = add(
        "import", "what a .env file, the environment, netrc or the keyring has; stores it with --store"
    )
    taken.add_argument(
        "source", metavar="SOURCE", help=".env, environment, netrc, keyring:SERVICE, or a path"
    )
    taken.add_argument("--store", action="store_true", help="store what is whole and not there yet")
    taken.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="this one: stripe/acme, or a variable"
    )
    taken.add_argument(
        "--as", action="append", dest="names", type=renaming, default=[], metavar="NAME=ACCOUNT",
        help="under another account's name",
    )  # fmt: skip


def _add_sign_in(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add `sign-in`."""
    sign_in = commands.add_parser("sign-in", parents=[common, _fed()], help="sign in at a service (OAuth)")
    sign_in.add_argument("integration", metavar="NAME", help="the integration: github, slack, …")
    sign_in.add_argument("--account", default="default", help="what you call the account (default)")
    sign_in.add_argument(
        "--via", choices=("loopback", "device", "paste"), help="how; what can work here otherwise"
    )
    sign_in.add_argument("--kind", choices=("oauth", "client"), help="as a person, or as the app itself")
    sign_in.add_argument(
        "--scopes", nargs="+", metavar="SCOPE", help="what it may do; the integration's own otherwise"
    )
    sign_in.add_argument(
        "--client-id", metavar="ID", help="your app's at the service; its secret is asked for"
    )
    _add_fields(sign_in)
    sign_in.set_defaults(run="sign_in")


def _add_fields(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--field", action="append", type=credential_field, default=[], metavar="FIELD=SOURCE",
        help="where a secret is: token=env:NAME or token=file:PATH, never the value itself",
    )  # fmt: skip
    parser.add_argument(
        "--base", action="append", type=base_parameter, default=[], metavar="NAME=VALUE",
        help="what is no secret: a part of the service's address, shop=acme",
    )  # fmt: skip
    parser.add_argument("--base-url", metavar="URL", help="another address: a proxy, your own installation")
    parser.add_argument("--label", help="a few words about the account")


def _fed() -> argparse.ArgumentParser:
    """Return the option of the commands that ask for secrets."""
    fed = argparse.ArgumentParser(add_help=False)
    fed.add_argument(
        "--password-fd", type=descriptor, metavar="N",
        help="read secrets from this descriptor instead of asking: one line for each, in the order they are asked for",
    )  # fmt: skip
    return fed


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; an error of ours is a message, not a traceback."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["sandbox"]:
        from penstock.sandbox.__main__ import main as serve_sandbox

        return serve_sandbox(words[1:])
    given = build_parser().parse_args(words)
    try:
        code: int = importlib.import_module(f"penstock.cli.{given.run}").run(given)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        print("\npenstock: interrupted", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader, `head` say, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except PenstockError as exc:
        if given.debug:
            raise
        print(f"penstock: {exc}", file=sys.stderr)
        return 2 if isinstance(exc, UsageError | AccountNeeded) else 1
