"""What went wrong in a run, as frames, and the settling of uncertain rows by looking them up."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.batch.aggregate import parse
from penstock.batch.keys import derive_group_key, derive_key
from penstock.batch.ledger import Ledger
from penstock.batch.lines import Line, count_states, read_facts, read_lines
from penstock.batch.lock import RunLock
from penstock.batch.mapping import result_text
from penstock.clock import Clock, utc
from penstock.model import Outcome
from penstock.redact import redact

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = (
    "key",
    "status",
    "error_type",
    "error",
    "hint",
    "attempts",
    "http_status",
    "sent_at",
    "idempotency_key",
    "request_hash",
    "row",
    "response",
)


def issue_frame(path: Path, states: Sequence[str]) -> pd.DataFrame:
    """Return the lines in some states, one row each: what, why, when, with which key."""
    import pandas as pd

    facts = read_facts(path)
    secret = bytes.fromhex(facts.get("secret", ""))
    operation, takes_key = str(facts.get("operation", "")), bool(facts.get("takes_key"))

    bulk_takes_key = bool(facts.get("bulk_takes_key"))

    def record(line: Line) -> tuple[Any, ...]:
        key: str | None = None
        if line.bulk is not None:
            key = derive_group_key(secret, line.bulk, operation) if bulk_takes_key else None
        elif takes_key:
            key = derive_key(secret, line.key, operation, line.generation)
        return (
            line.key, line.state, line.error_type, line.error, line.hint, line.attempts, line.http_status,
            utc(line.sent_at) if line.sent_at is not None else None, key,
            line.request_hash.hex() if line.request_hash else None, parse(line.row), parse(line.response),
        )  # fmt: skip

    return pd.DataFrame([record(line) for line in read_lines(path, states=states)], columns=list(_COLUMNS))


def summary_frame(path: Path, total: int | None) -> pd.DataFrame:
    """Return one row for each way rows ended: status, error_type, count, share, the hint, and a row for example."""
    import pandas as pd

    groups: dict[tuple[str, str], list[Any]] = {}
    for line in read_lines(path, states=("failed", "uncertain", "skipped")):
        entry = groups.setdefault((line.state, line.error_type or ""), [0, line.error, line.hint, line.key])
        entry[0] += 1
    counts = count_states(path)
    known = sum(counts.values())
    whole = max(total or known, known) or 1
    waiting = counts.get("sent", 0) + counts.get("refused", 0) + max(0, (total or known) - known)
    rows: list[tuple[Any, ...]] = [
        ("done", None, counts.get("done", 0), counts.get("done", 0) / whole, None, None, None)
    ]
    for (state, kind), (count, message, hint, example) in sorted(
        groups.items(), key=lambda group: -group[1][0]
    ):
        rows.append((state, kind or None, count, count / whole, message, hint, example))
    if waiting:
        rows.append(
            ("pending", None, waiting, waiting / whole, None, "Run the cell again: the run goes on.", None)
        )
    return pd.DataFrame(
        rows, columns=["status", "error_type", "rows", "share", "message", "what_to_do", "example_row"]
    )


async def settle_uncertain(path: Path, name: str, lookup: Callable[[Any], Any], clock: Clock) -> pd.DataFrame:
    """Ask `lookup` about every uncertain row, and write what it says."""
    import pandas as pd

    lock = RunLock(path.with_suffix(".lock"), name, clock.wall())
    settled: list[tuple[str, str, str | None]] = []
    try:
        ledger = Ledger(path, asyncio.get_running_loop(), clock)
        try:
            for line in list(read_lines(path, states=("uncertain",))):
                settled.append((line.key, *await _settle(ledger, line, lookup)))
            await ledger.flush()
        finally:
            await ledger.aclose()
    finally:
        lock.release()
    return pd.DataFrame(settled, columns=["key", "status", "why"])


async def _settle(ledger: Ledger, line: Line, lookup: Callable[[Any], Any]) -> tuple[str, str | None]:
    row = json.loads(line.row)
    try:
        found = (
            await lookup(row) if inspect.iscoroutinefunction(lookup) else await asyncio.to_thread(lookup, row)
        )
        if inspect.isawaitable(found):
            found = await found
    except Exception as exc:
        return "uncertain", redact(f"The look-up raised {type(exc).__name__}: {exc}")
    if found is None or found is False:
        why = "Looked up: it did not happen."
        outcome = Outcome(
            "failed",
            line.attempts,
            line.elapsed_s or 0.0,
            "NotHappened",
            why,
            "run.retry_failed() sends it.",
            None,
            404,
        )
        ledger.outcome(line.line, outcome)
        return "failed", why
    text, _ = result_text(True if found is True else found)
    ledger.outcome(line.line, Outcome("done", line.attempts, line.elapsed_s or 0.0, None, None, None, text))
    return "done", "Looked up: it happened."
