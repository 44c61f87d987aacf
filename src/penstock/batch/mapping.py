"""From a row to what is called with it: an operation's parameters, or a function's argument."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any

from penstock.batch.rows import Row, RowSource
from penstock.catalog.check import Adjust
from penstock.catalog.definition import Operation
from penstock.engine.bodies import write_json
from penstock.errors import CallRefused, RowsRefused, UnknownName, UsageError, nearest

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
Parameters = Mapping[str, Any] | Callable[[Row], Mapping[str, Any]] | None


def _derive(adjust: Adjust | None, operation: Operation, given: set[str]) -> set[str]:
    """Return what the service's file makes of these parameters, of which it is told the names only."""
    if adjust is None:
        return set()
    try:
        return {
            name
            for name, value in adjust(operation.name, dict.fromkeys(given, "x")).items()
            if value is not None
        }
    except Exception:  # it wants to see the values: each row is checked with its own
        return set(operation.required)


class RowMapping:
    """Turn rows into parameters of an operation.

    `parameters`: None (columns named like parameters), {"parameter": "column"} (a value may also be a function of
    the row), or a function of the row that returns the parameters. `adjust`: what the integration's file derives.
    """

    def __init__(
        self, operation: Operation, parameters: Parameters, source: RowSource, adjust: Adjust | None = None
    ) -> None:
        self._function: Callable[[Row], Mapping[str, Any]] | None = None
        self._pairs: list[tuple[str, str]] = []
        self._computed: list[tuple[str, Callable[[Row], Any]]] = []
        known = [*operation.path_parameters, *(parameter.name for parameter in operation.parameters)]
        known = list(dict.fromkeys(known))
        if callable(parameters):
            if inspect.iscoroutinefunction(parameters):
                raise UsageError(
                    "parameters= is an async function.", hint="Give a plain function of the row."
                )
            self._function = parameters
            return
        if parameters is not None:
            for name, column in parameters.items():
                if callable(column):
                    self._computed.append((name, column))
                    continue
                source.check_column(str(column), f"for the parameter {name}")
                self._pairs.append((name, str(column)))
        else:
            # Rows of a stream show their columns only as they come: every parameter is looked for.
            columns = source.columns if source.columns is not None else known
            self._pairs = [(name, name) for name in known if name in columns]
            if source.columns and not self._pairs and known:
                raise RowsRefused(
                    f"No column is named like a parameter of {operation.name}.",
                    hint=f"Columns: {', '.join(source.columns[:12])}. Parameters: {', '.join(known[:12])}. "
                    'Say which is which: parameters={"parameter": "column"}.',
                )
        given = {name for name, _ in self._pairs} | {name for name, _ in self._computed}
        required = set(operation.required)
        missing = sorted(required - given - _derive(adjust, operation, given))
        if (
            missing
            and (source.columns is not None or parameters is not None)
            and (source.total or source.columns)
        ):
            raise CallRefused(
                f"{operation.name} needs {', '.join(missing)}, and no column gives it.",
                hint=f"Say which column does: parameters={{{missing[0]!r}: 'column'}}. "
                f"{nearest(missing[0], source.columns or [])}".strip(),
                operation=operation.name,
            )

    def __call__(self, row: Row) -> dict[str, Any]:
        """Return the parameters for a row; missing values are left out. Raises CallRefused naming the column."""
        if self._function is not None:
            made = self._function(row)
            if not isinstance(made, Mapping):
                raise CallRefused(f"parameters= returned {type(made).__name__}, not a dict.")
            return {name: value for name, value in made.items() if value is not None}
        parameters: dict[str, Any] = {}
        for name, column in self._pairs:
            value = row.get(column)
            if value is not None:
                parameters[name] = value
        for name, function in self._computed:
            value = function(row)
            if value is not None:
                parameters[name] = value
        return parameters


def row_text(row: Any) -> str:
    """Return a row as JSON text, the form in which the ledger keeps it; what JSON cannot say is kept as text."""
    try:
        text = _encode(row)
        if not text.isascii():
            text.encode()
        return text
    except UnicodeEncodeError:  # half a surrogate pair: escaped, it can be kept
        return json.dumps(row, separators=(",", ":"))
    except (TypeError, ValueError):
        pass
    try:
        return write_json(row).decode()
    except CallRefused:
        return json.dumps(row, ensure_ascii=False, default=str)


def result_text(result: Any) -> tuple[str | None, str | None]:
    """Return a function's result as JSON text, and a complaint when it had to be kept as its repr."""
    from penstock.model import Response

    if isinstance(result, Response):
        return result.text, None
    if result is None:
        return None, None
    try:
        return write_json(result).decode(), None
    except (CallRefused, RecursionError):
        said = (
            f"The function's result is a {type(result).__name__}, which JSON cannot hold; its repr is kept."
        )
        return json.dumps(repr(result)[:10_000]), said


def check_unknown(parameters: Mapping[str, Any] | None, operation: Operation) -> None:
    """Raise UnknownName for a mapped parameter that a closed operation does not take."""
    if operation.is_open or not parameters or callable(parameters):
        return
    known = {*operation.path_parameters, *(parameter.name for parameter in operation.parameters)}
    for name in parameters:
        if name not in known:
            raise UnknownName(f"{operation.name} has no parameter {name!r}.", hint=nearest(name, known))
