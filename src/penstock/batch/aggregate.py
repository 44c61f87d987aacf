"""From the ledger's lines to frames: the input's columns with what became of each row, in the input's order."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.batch.lines import Line, read_results
from penstock.batch.rows import RowSource, key_text
from penstock.catalog.paths import dig
from penstock.errors import DependencyMissing, UsageError

if TYPE_CHECKING:
    import pandas as pd

RESULT_COLUMNS = ("status", "attempts", "elapsed_s", "error_type", "error", "response")
_NOTHING = ("pending", 0, None, None, None, None)
STATUS = {"sent": "pending", "refused": "pending"}  # lines without an outcome


def parse(text: str | None) -> Any:
    """Return a stored response as data; as text where it is not JSON."""
    if text is None or text == "":
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


def _result(line: Line | None) -> tuple[Any, ...]:
    if line is None:
        return ("pending", 0, None, None, None, None)
    status = STATUS.get(line.state, line.state)
    return (status, line.attempts, line.elapsed_s, line.error_type, line.error, parse(line.response))


def input_frame(
    path: Path, source: RowSource, key: str | None, columns: Mapping[str, str] | None, prefix: str = "run_"
) -> pd.DataFrame:
    """Return the rows of a frame or list with their outcomes beside them."""
    import pandas as pd

    found = read_results(path)
    frame = _to_pandas(source)
    if key is None:
        keys: list[str] = [str(position) for position in range(source.total or 0)]
    else:
        keys = [key_text(value) for value in source.column(key)]
    results: list[Any] = list(zip(*(found.get(name, _NOTHING) for name in keys), strict=True))
    results = results or [()] * len(RESULT_COLUMNS)
    results[-1] = [parse(text) for text in results[-1]]
    made = pd.DataFrame(
        {
            name: pd.Series(list(values), index=frame.index, dtype=_DTYPES.get(name, "object"))
            for name, values in zip(RESULT_COLUMNS, results, strict=True)
        }
    )
    return _join(frame, made, columns, prefix)


_DTYPES = {"attempts": "int64", "elapsed_s": "float64"}


def line_frame(
    lines: Iterator[Line], columns: Mapping[str, str] | None = None, prefix: str = "run_"
) -> pd.DataFrame:
    """Return lines as a frame, the rows as the ledger kept them."""
    import pandas as pd

    kept = list(lines)
    rows = pd.DataFrame([_as_record(json.loads(line.row)) for line in kept])
    results = list(zip(*map(_result, kept), strict=True)) or [()] * len(RESULT_COLUMNS)
    made = pd.DataFrame(
        {
            name: pd.Series(list(values), index=rows.index, dtype=_DTYPES.get(name, "object"))
            for name, values in zip(RESULT_COLUMNS, results, strict=True)
        }
    )
    return _join(rows, made, columns, prefix)


def _as_record(row: Any) -> dict[str, Any]:
    return row if isinstance(row, dict) else {"value": row}


def _to_pandas(source: RowSource) -> pd.DataFrame:
    import pandas as pd

    native = source.native
    if isinstance(native, pd.DataFrame):
        return native
    if source.is_frame:
        import narwhals as nw

        frame = nw.from_native(native)
        return (frame.collect() if isinstance(frame, nw.LazyFrame) else frame).to_pandas()
    rows, columns = source.slice(0, source.total or 0), None if source.total else source.columns
    try:
        return pd.DataFrame(rows, columns=columns)
    except UnicodeEncodeError:  # pandas' own text columns cannot hold half a surrogate pair
        return pd.DataFrame(rows, columns=columns, dtype=object)


def _join(
    frame: pd.DataFrame, made: pd.DataFrame, columns: Mapping[str, str] | None, prefix: str
) -> pd.DataFrame:
    """Put results beside the input; where the input has such a column already, the result's gets a prefix."""
    import pandas as pd

    if columns:
        picked = {name: _pick(made, path) for name, path in columns.items()}
        made = (
            made.drop(columns=["response"])
            if any(path.startswith("response") for path in columns.values())
            else made
        )
        made = made.assign(**picked)
    taken = set(map(str, frame.columns))
    made = made.rename(columns={name: f"{prefix}{name}" for name in made.columns if name in taken})
    return pd.concat([frame, made], axis=1)


def _pick(made: pd.DataFrame, path: str) -> list[Any]:
    head, _, rest = path.partition(".")
    if head not in RESULT_COLUMNS:
        raise UsageError(
            f"A column's path begins with {', '.join(RESULT_COLUMNS)}; not {head!r}.",
            hint='For example columns={"stripe_id": "response.id"}.',
        )
    return [dig(value, rest) if rest else value for value in made[head]]


def convert(frame: pd.DataFrame, kind: str) -> Any:
    """Return a pandas frame as the kind asked for: pandas, polars or arrow."""
    if kind == "pandas":
        return frame
    try:
        if kind == "polars":
            import polars

            return polars.from_pandas(_flat(frame))
        if kind == "arrow":
            import pyarrow

            return pyarrow.Table.from_pandas(_flat(frame), preserve_index=False)
    except ImportError as exc:
        raise DependencyMissing(f"{exc.name} is not installed.", hint=f"pip install {exc.name}") from exc
    raise UsageError(f"Unknown kind {kind!r}.", hint='Use "pandas", "polars" or "arrow".')


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with nested values as JSON text: a column of these libraries has one type."""
    flat = frame.copy()
    for name in flat.columns:
        if flat[name].map(lambda value: isinstance(value, (dict, list))).any():
            flat[name] = flat[name].map(lambda value: json.dumps(value) if value is not None else None)
    return flat
