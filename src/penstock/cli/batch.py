"""`penstock batch`: one call for each row of a file, or few for many; drawn while it runs, and the same command goes on."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.batch.render import format_count, format_span
from penstock.cli.connecting import open_operation
from penstock.cli.tables import check_out, read_rows, write_rows
from penstock.cli.terminal import describe_errors, follow

if TYPE_CHECKING:
    from penstock.batch.progress import Progress


def run(given: argparse.Namespace) -> int:
    """Run the batch and write its frame; return 1 when a row did not get done."""
    from penstock.workbench import Workbench

    out = Path(given.out) if given.out else None
    if out is not None:
        check_out(out)
    rows = read_rows(Path(given.rows))
    with Workbench() as bench:
        operation = open_operation(bench, given)
        started = bench.batch(
            operation,
            rows,
            key=given.key,
            parameters=_mapping(dict(given.map), operation.operation, list(rows.columns)),
            name=given.name or _usual_name(given, operation.connection.account),
            concurrency=given.concurrency,
            bulk=False if given.bulk == "off" else given.bulk,
        )
        progress = follow(started)
        frame = started.frame(partial=True)
    if out is not None:
        write_rows(frame, out)
    if given.json:
        print(json.dumps({**asdict(progress), "out": str(out) if out else None}, ensure_ascii=False))
    else:
        _report(progress, out, given)
        if out is None:
            print(frame.drop(columns="response", errors="ignore").head(20).to_string())
    if started.error is not None:
        raise started.error
    return 0 if progress.state == "finished" and progress.done == progress.settled else 1


def _mapping(columns: dict[str, str], operation: Any, known: list[str]) -> dict[str, str] | None:
    """Return which column gives which parameter: those named alike, and those --map names."""
    if not columns:
        return None
    names = [*operation.path_parameters, *(parameter.name for parameter in operation.parameters)]
    return {**{name: name for name in names if name in known}, **columns}


def _usual_name(given: argparse.Namespace, account: str) -> str | None:
    """Return a name that the same command has again, so that it goes on; a sandbox begins empty every time.

    The account is in it also where it is the vault's active one: another account's rows are another run.
    """
    if given.sandbox:
        return None
    named = f"-{account}" if account != "default" else ""
    return f"{Path(given.rows).stem}-{given.integration}{named}-{given.operation}"


def _report(progress: Progress, out: Path | None, given: argparse.Namespace) -> None:
    for line in describe_errors(progress):
        print(line, file=sys.stderr)
    if progress.uncertain:
        print(
            f"{format_count(progress.uncertain)} rows may or may not have happened: look them up at the service; "
            "they are not sent again by themselves.",
            file=sys.stderr,
        )
    if progress.state != "finished":
        kept = f"{format_count(progress.settled)} rows have an outcome, and it is kept."
        again = "" if given.sandbox and not given.name else " Run the same command again to go on."
        print(f"{progress.state.capitalize()}: {kept}{again}", file=sys.stderr)
    done = f"{format_count(progress.done)} of {format_count(progress.total or progress.settled)} rows done"
    where = f"; all rows with their outcome are in {out}" if out is not None else ""
    print(f"{done} in {format_span(progress.elapsed_s)}{where}", file=sys.stderr)
