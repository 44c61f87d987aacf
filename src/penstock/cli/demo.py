"""`penstock demo`: messy rows, an API that fails, a bar, a frame, and then the server's own word for it."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from penstock.batch.render import format_count
from penstock.cli.terminal import follow
from penstock.errors import UsageError
from penstock.sandbox.sample_rows import build_messy_customers

if TYPE_CHECKING:
    import pandas as pd

    from penstock.sandbox import Sandbox

FAULTS = {"429": 0.05, "500": 0.02, "drop_after_effect": 0.01, "slow": 0.01}
MOST_ROWS = 100_000


def run(given: argparse.Namespace) -> int:
    """Show the main job, and return 1 when the server's log does not bear it out."""
    from penstock.sandbox import Sandbox
    from penstock.workbench import Workbench

    if not 1 <= given.rows <= MOST_ROWS:
        raise UsageError(f"--rows is {given.rows}; it is a number from 1 to {MOST_ROWS:,}.")
    customers = _read_customers(given.rows)
    with (
        tempfile.TemporaryDirectory(prefix="penstock-demo-") as home,
        Sandbox(faults=FAULTS) as sandbox,
        Workbench(home) as bench,
    ):
        _say(
            "2. The sandbox answers as Stripe does: 25 requests a second, and on purpose 5 % are refused (429), "
            "2 % fail (500), 1 % are cut off after they took effect, 1 % are slow.",
            "",
            '   stripe = ps.connect("stripe", sandbox=True)',
            '   run = ps.batch(stripe.customers.create, customers, key="customer_id", parameters=...)',
            "",
        )
        stripe = bench.connect("stripe", sandbox=sandbox)
        started = bench.batch(
            stripe.customers.create,
            customers,
            key="customer_id",
            parameters=_parameters,
            name="demo",
            concurrency=20,
        )
        progress = follow(started, stream=sys.stdout)
        if progress.state == "cancelled":
            _say(
                "", "Cancelled. What was done is kept in the run's ledger; the demo's is thrown away with it."
            )
            return 1
        started.wait()
        frame = started.frame(columns={"stripe_id": "response.id"})
        _say("", "3. The rows came back, each with what became of it: run.frame()", "")
        _show(frame[["customer_id", "name", "status", "attempts", "elapsed_s", "stripe_id"]].head(8))
        _say("", "   How they ended: run.summary()", "")
        _show(started.summary())
        return _judge(sandbox, frame)


def _read_customers(count: int) -> pd.DataFrame:
    import pandas as pd

    export = pd.DataFrame(build_messy_customers(count))
    customers = export.drop_duplicates("customer_id", ignore_index=True)
    repeated = len(export) - len(customers)
    missing = int(customers["email"].isna().sum())
    _say(
        f"1. An export of {format_count(len(export))} rows, as customers' data is: {repeated} rows are in it twice "
        f"(dropped), {missing} have no e-mail, names in many scripts, dates written four ways.",
        "",
    )
    _show(customers[["customer_id", "name", "email", "phone", "signed_up"]].head(6))
    _say("")
    return customers


def _parameters(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what Stripe is told of a customer; the id goes along, so that its log can be held against the rows."""
    known = {name: row[name] for name in ("name", "email", "phone", "description")}
    return {**known, "metadata": {"customer_id": row["customer_id"]}}


def _judge(sandbox: Sandbox, frame: pd.DataFrame) -> int:
    """Hold the frame against the server's log of effects: every customer exists once, or the row says why not."""
    log = sandbox.log()
    answers = Counter(record["status"] for record in log)
    faults = Counter(record["fault"] for record in log if record["fault"])
    effects = [effect for record in log for effect in record.get("effects") or [record["effect"]] if effect]
    created = [effect for effect in effects if effect["kind"] == "customers.create"]
    ids = {effect["id"] for effect in created}
    twice = sum(
        n > 1 for n in Counter(effect["key"]["metadata"]["customer_id"] for effect in created).values()
    )
    told = set(frame["stripe_id"].dropna())
    _say(
        "",
        "4. The server's own log, which Penstock has no hand in:",
        "",
        f"   {format_count(len(log)):>7} requests, of them {answers[429]} answered 429, {answers[500]} answered 500, "
        f"{faults['drop_after_effect']} cut off after the effect, {faults['slow']} slow",
        f"   {format_count(len(created)):>7} customers exist, for {format_count(len(frame))} rows",
        f"   {twice:>7} exist twice",
        f"   {len(ids - told):>7} exist that the frame does not know of",
        "",
    )
    done = int((frame["status"] == "done").sum())
    is_true = not twice and len(created) == done and ids == told
    if is_true:
        _say("   Every row is in the frame with what became of it, and nothing happened twice.")
    else:
        _say("   The log and the frame do not agree. Please report this.")
    return 0 if is_true else 1


def _say(*lines: str) -> None:
    print("\n".join(lines), flush=True)


def _show(frame: pd.DataFrame) -> None:
    import pandas as pd

    shown = frame.astype(object).where(frame.notna(), "")
    with pd.option_context("display.unicode.east_asian_width", True, "display.max_colwidth", 40):
        text = shown.to_string(index=False, float_format="{:.3f}".format)
    print("\n".join(f"   {line}" for line in text.splitlines()), flush=True)
