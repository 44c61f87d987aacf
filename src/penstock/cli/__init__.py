"""The command line: what can be typed. Each command's work is in a file beside this one.

Exit codes: 0 all well, 1 something failed, 2 the command itself was wrong and nothing was done.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from penstock._version import __version__
from penstock.cli.arguments import base_parameter, credential_field, mapping, pair
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
    account.add_argument("--account", help="which account, where there are several")
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

    commands.add_parser("sandbox", add_help=False, help="serve the sandbox, until stopped")
    return parser


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
