"""Where runs live: one ledger file each, in a folder. It starts them, takes them up again, and lists them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.batch.entries import Plan
from penstock.batch.estimate import allowed_row_rate
from penstock.batch.ledger import Ledger
from penstock.batch.lines import count_states, read_facts
from penstock.batch.mapping import Parameters, RowMapping, check_unknown
from penstock.batch.rows import RowSource
from penstock.batch.run import Run
from penstock.batch.targets import FunctionTarget, OperationTarget, Target, check_bulk, check_concurrency
from penstock.catalog.definition import Operation
from penstock.clock import Clock, utc
from penstock.engine.client import Client
from penstock.errors import RowsChanged, StoreError, UnknownName, UsageError, nearest
from penstock.events import EventBus
from penstock.loop import EngineLoop
from penstock.store import translate

if TYPE_CHECKING:
    import pandas as pd

_CHOICES = {
    "on_error": ("continue", "stop"),
    "on_uncertain": ("hold", "resend", "skip"),
    "changed": ("refuse", "new"),
}


class RunHome:
    """Start runs and find them again. `folder` holds a ledger for each."""

    def __init__(
        self,
        folder: Path,
        engine: EngineLoop,
        clock: Clock,
        bus: EventBus,
        show: Callable[[Run], bool] | None = None,
    ) -> None:
        self.folder, self._engine, self._clock, self._bus, self._show = folder, engine, clock, bus, show
        self._active: dict[str, Run] = {}

    def start(
        self,
        call: Client | Callable[[Any], Any],
        operation: Operation | None,
        rows: Any,
        *,
        key: str | None = None,
        parameters: Parameters = None,
        name: str | None = None,
        concurrency: int = 10,
        chunk_size: int = 100,
        on_error: str = "continue",
        on_progress: Callable[[int, int | None], Any] | None = None,
        on_uncertain: str = "hold",
        changed: str = "refuse",
        bulk: str | bool = "auto",
    ) -> Run:
        """Start a run, or go on with the one of this name. Raises before anything is sent where the input does not fit."""
        check_concurrency(concurrency)
        check_bulk(bulk)
        if isinstance(chunk_size, bool) or not isinstance(chunk_size, int) or chunk_size < 1:
            raise UsageError(
                f"chunk_size is {chunk_size!r}; it is a whole number from 1.", hint="Leave it out for 100."
            )
        for option, value in (("on_error", on_error), ("on_uncertain", on_uncertain), ("changed", changed)):
            if value not in _CHOICES[option]:
                raise UsageError(
                    f"{option} is {value!r}.", hint=f"It is one of {', '.join(map(repr, _CHOICES[option]))}."
                )
        source = RowSource(rows)
        target, mapping, rate = self._aim(call, operation, parameters, source, concurrency, bulk)
        if name is not None:
            going_on = self._active.get(name)
            if going_on is not None and not going_on.is_finished:
                raise UsageError(
                    f"The run {name!r} is under way in this very process.",
                    hint="Watch it: it is the object the first call returned (or ps.runs()). run.cancel() ends it.",
                )
        if key is not None and source.is_replayable:
            source.check_key(key)
        name = name or self._invent_name(target.name)
        path = self.path(name)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as exc:
            raise translate(exc, self.folder) from exc
        run = Run(
            path=path,
            name=name,
            target=target,
            source=source,
            mapping=mapping,
            engine=self._engine,
            clock=self._clock,
            bus=self._bus,
            on_progress=on_progress,
            allowed_rate=rate,
            show=self._show,
        )
        spoken = _describe(parameters)

        def opening(ledger: Ledger) -> tuple[Plan, dict[str, Any]]:
            facts = {**self._facts(run, ledger, target, key, spoken, changed), "bulk": bulk}
            secret = bytes.fromhex(facts["secret"])
            plan = Plan(
                name, facts["run_id"], secret, key, concurrency, chunk_size, on_error, on_uncertain, changed
            )
            return plan, facts

        self._engine.run(run.start(opening))
        self._active[name] = run
        return run

    def _aim(
        self,
        call: Client | Callable[[Any], Any],
        operation: Operation | None,
        parameters: Parameters,
        source: RowSource,
        concurrency: int,
        bulk: str | bool,
    ) -> tuple[Target, RowMapping | None, float | None]:
        if isinstance(call, Client):
            assert operation is not None
            check_unknown(parameters if isinstance(parameters, Mapping) else None, operation)
            mapping = RowMapping(operation, parameters, source, call.desk.integration.adjust)
            validate = call.index.check

            def checked(row: dict[str, Any]) -> Mapping[str, Any]:
                return validate(operation, mapping(row))

            target = OperationTarget(call, operation, bulk)
            return target, checked, allowed_row_rate(call, operation, bulk)  # type: ignore[return-value]
        if not callable(call):
            raise UsageError(
                f"batch calls an operation or a function of a row, not a {type(call).__name__}.",
                hint="For example ps.batch(stripe.customers.create, rows, key='id').",
            )
        if parameters is not None:
            raise UsageError(
                "parameters= belongs to operations; a function gets the whole row.", hint="Leave it out."
            )
        if bulk == "job":
            raise UsageError(
                "bulk='job' belongs to operations; a function does what it does.", hint="Leave it out."
            )
        return FunctionTarget(call, concurrency), None, None

    def _facts(
        self, run: Run, ledger: Ledger, target: Target, key: str | None, parameters: str, changed: str
    ) -> dict[str, Any]:
        """Return the facts to write: those the run was begun with, or new ones. Raises RowsChanged when it is another run."""
        facts: dict[str, Any] = read_facts(self.path(run.name)) if not ledger.is_empty else {}
        now = self._clock.wall()
        asked = {
            "operation": target.name,
            "integration": target.integration,
            "account": target.account,
            "key": key,
            "parameters": parameters,
        }
        if "run_id" in facts:
            differ = [name for name, value in asked.items() if name in facts and facts[name] != value]
            if differ and not (changed == "new" and set(differ) <= {"parameters"}):
                was = ", ".join(f"{name} {facts[name]!r} (now {asked[name]!r})" for name in differ)
                raise RowsChanged(
                    f"The run {run.name!r} was another: {was}.", hint="Give this one another name=."
                )
        else:
            facts = {
                "run_id": secrets.token_hex(8),
                "secret": secrets.token_hex(32),
                "created_at": now,
                "name": run.name,
            }
        run._facts = dict(facts)
        total = run._source.total if run._source else None
        return {
            **facts,
            **asked,
            "takes_key": target.takes_key,
            "bulk_takes_key": target.bulk is not None and target.bulk.takes_key,
            "total": total,
            "state": "running",
            "touched_at": now,
        }

    def active(self) -> list[Run]:
        """Return the runs of this process that are not over."""
        return [run for run in self._active.values() if not run.is_finished]

    def reopen(self, name: str) -> Run:
        """Return a run of this home as it stands, to look at, reconcile, or take frames from."""
        path = self.path(name)
        if not path.exists():
            raise UnknownName(f"There is no run {name!r}.", hint=nearest(name, self.names()))
        active = self._active.get(name)
        if active is not None:
            return active
        facts = read_facts(path)
        run = Run(
            path=path,
            name=name,
            target=None,
            source=None,
            mapping=None,
            engine=self._engine,
            clock=self._clock,
            bus=self._bus,
            show=self._show,
        )
        run._facts, run._total = facts, facts.get("total")
        run._state = (
            str(facts.get("state", "stopped"))
            if facts.get("state") in ("finished", "cancelled", "stopped")
            else "stopped"
        )
        run.refresh()
        return run

    def facts(self, name: str) -> dict[str, Any]:
        """Return what a run is about."""
        path = self.path(name)
        if not path.exists():
            raise UnknownName(f"There is no run {name!r}.", hint=nearest(name, self.names()))
        return read_facts(path)

    def names(self) -> list[str]:
        """Return the names of the runs in this home."""
        found: list[str] = []
        for path in sorted(self.folder.glob("*.ledger")):
            try:
                found.append(str(read_facts(path).get("name", path.stem)))
            except StoreError:
                found.append(path.stem)
        return found

    def frame(self) -> pd.DataFrame:
        """Return every run in this home: what it calls, how far it is, when it began and was last touched."""
        import pandas as pd

        columns = [
            "name",
            "call",
            "account",
            "state",
            "total",
            "done",
            "failed",
            "uncertain",
            "skipped",
            "pending",
            "created_at",
            "touched_at",
        ]
        rows: list[list[Any]] = []
        for path in self.folder.glob("*.ledger"):
            try:
                facts, counts = read_facts(path), count_states(path)
            except StoreError as exc:
                rows.append([path.stem, None, None, f"damaged: {exc.message}", *[None] * 8])
                continue
            name = str(facts.get("name", path.stem))
            active = self._active.get(name)
            state = active.progress.state if active is not None else str(facts.get("state", ""))
            if state == "running" and active is None:
                state = "interrupted"
            total = facts.get("total")
            known = sum(counts.values())
            pending = counts.get("sent", 0) + counts.get("refused", 0) + max(0, (total or known) - known)
            when = [utc(facts[field]) if field in facts else None for field in ("created_at", "touched_at")]
            call = ".".join(part for part in (facts.get("integration"), facts.get("operation")) if part)
            settled = [counts.get(kind, 0) for kind in ("done", "failed", "uncertain", "skipped")]
            rows.append([name, call, facts.get("account"), state, total, *settled, pending, *when])
        return (
            pd.DataFrame(rows, columns=columns).sort_values("created_at", ignore_index=True)
            if rows
            else pd.DataFrame(columns=columns)
        )

    def path(self, name: str) -> Path:
        """Return where a run's ledger stands; two names never share one file."""
        if not isinstance(name, str) or not name.strip():
            raise UsageError(f"A run's name is text, not {name!r}.", hint="For example name='july-import'.")
        slug = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-")[:80]
        if slug != name:
            slug = f"{slug}-{blake2b(name.encode(), digest_size=4).hexdigest()}"
        return self.folder / f"{slug}.ledger"

    def _invent_name(self, called: str) -> str:
        slug = re.sub(r"[^A-Za-z0-9._-]+", "-", called).strip(".-") or "run"
        return f"{slug}-{utc(self._clock.wall()):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def _describe(parameters: Parameters) -> str:
    """Return what the mapping is, as far as it can be compared with the next start's."""
    if parameters is None:
        return "by name"
    if callable(parameters):
        return "function"
    return repr(
        sorted((name, "function" if callable(column) else str(column)) for name, column in parameters.items())
    )
