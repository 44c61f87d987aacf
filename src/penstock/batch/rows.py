"""Where rows come from: frames, lists, generators and async iterators, read chunk by chunk, never gathered.

A row is a dict of plain values; missing ones (NaN, NaT, NA) are None. What is not a mapping becomes {"value": it}.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence, Sized
from typing import Any

from penstock.errors import RowsRefused, UnknownName, nearest

Row = dict[str, Any]
_PLAIN = frozenset({str, int, bool})
_BLOCK = 1000  # rows taken out of a frame at once: slicing costs as much for ten as for a thousand
_FRAME_MODULES = (
    "pandas",
    "polars",
    "pyarrow",
    "modin",
    "cudf",
    "dask",
    "duckdb",
    "ibis",
    "narwhals",
    "pyspark",
)


class RowSource:
    """Read rows in chunks. `total` and `columns` are None where they cannot be known beforehand."""

    def __init__(self, rows: Any) -> None:
        self.native = rows
        self.total: int | None = None
        self.columns: list[str] | None = None
        self.is_frame = False
        self._frame: Any = None
        self._iterator: Iterator[Any] | AsyncIterator[Any] | None = None
        if isinstance(rows, (str, bytes, Mapping)):
            raise RowsRefused(
                f"rows is a {type(rows).__name__}, not rows.",
                hint="Give a DataFrame, a list of dicts or a generator; a file is read first: pd.read_csv(path).",
            )
        frame = _as_frame(rows)
        if frame is not None:
            self._frame, self.is_frame = frame, True
            self.total, self.columns = len(frame), [str(name) for name in frame.columns]
            repeated = sorted({name for name in self.columns if self.columns.count(name) > 1})
            if repeated:
                raise RowsRefused(f"Columns stand twice: {', '.join(repeated)}.", hint="Rename one of each.")
        elif isinstance(rows, Sequence):
            self.total = len(rows)
            self.columns = list(_as_row(rows[0])) if rows else []
        elif hasattr(rows, "__aiter__"):
            self._iterator = aiter(rows)
        elif isinstance(rows, Iterable):
            self.total = len(rows) if isinstance(rows, Sized) else None
            self._iterator = iter(rows)
        else:
            raise RowsRefused(
                f"{type(rows).__name__} holds no rows.",
                hint="Give a DataFrame, a list of dicts or a generator.",
            )

    @property
    def is_replayable(self) -> bool:
        """Say whether the rows can be read more than once."""
        return self._iterator is None

    def slice(self, start: int, size: int) -> list[Row]:
        """Return some rows of a frame or list."""
        if self._frame is not None:
            # Column by column: a frame makes lists of its columns far sooner than dicts of its rows.
            part, names = self._frame[start : start + size], self.columns or []
            columns = [[v if type(v) in _PLAIN else plain(v) for v in part[name].to_list()] for name in names]
            return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
        return [_as_row(row) for row in self.native[start : start + size]]

    def column(self, name: str) -> list[Any]:
        """Return one column of a frame or list; None where a row has no such value."""
        if self._frame is not None:
            return [v if type(v) in _PLAIN else plain(v) for v in self._frame[name].to_list()]
        return [_as_row(row).get(name) for row in self.native]

    async def chunks(self, size: int) -> AsyncIterator[list[Row]]:
        """Yield the rows, `size` at a time."""
        if self._iterator is None:
            block = max(size, _BLOCK)
            for start in range(0, self.total or 0, block):
                rows = self.slice(start, block)
                for offset in range(0, len(rows), size):
                    yield rows[offset : offset + size]
        elif isinstance(self._iterator, AsyncIterator):
            chunk: list[Row] = []
            async for row in self._iterator:
                chunk.append(_as_row(row))
                if len(chunk) == size:
                    yield chunk
                    chunk = []
            if chunk:
                yield chunk
        else:
            # The user's generator may block (a file, a cursor): it is read on a thread.
            iterator = self._iterator
            while chunk := await asyncio.to_thread(_take, iterator, size):
                yield chunk

    def check_column(self, column: str, what: str) -> None:
        """Raise UnknownName where the rows are known to have no such column."""
        if self.columns is not None and column not in self.columns and (self.total or self.is_frame):
            raise UnknownName(
                f"The rows have no column {column!r} ({what}).", hint=nearest(column, self.columns)
            )

    def check_key(self, key: str) -> None:
        """Raise RowsRefused where keys are missing or stand twice, with the first five."""
        self.check_column(key, "key")
        seen: dict[str, int] = {}
        missing: list[int] = []
        repeated: dict[str, int] = {}
        for position, value in enumerate(self.column(key)):
            if value is None or value == "":
                missing.append(position)
                continue
            text = key_text(value)
            if text in seen:
                repeated[text] = repeated.get(text, 1) + 1
            seen[text] = position
        if missing:
            shown = ", ".join(map(str, missing[:5]))
            raise RowsRefused(
                f"{len(missing)} rows have no {key!r}; the first are at position {shown}.",
                hint=f"Fill or drop them: rows.dropna(subset=[{key!r}]).",
            )
        if repeated:
            shown = ", ".join(f"{text!r} ({count} times)" for text, count in list(repeated.items())[:5])
            raise RowsRefused(
                f"{len(repeated)} keys in {key!r} stand more than once: {shown}.",
                hint=f"One row for each key: rows.drop_duplicates({key!r}), or take a column that tells rows apart.",
            )


def _as_frame(rows: Any) -> Any:
    """Return a narwhals DataFrame for the frames narwhals knows, None for anything else."""
    if type(rows).__module__.partition(".")[0] not in _FRAME_MODULES:
        return None
    import narwhals as nw

    try:
        frame = nw.from_native(rows)
    except TypeError:
        return None
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    if list(frame.columns) != [str(name) for name in frame.columns]:
        raise RowsRefused("Column names must be text.", hint="rows.columns = rows.columns.astype(str)")
    return frame


def _take(iterator: Iterator[Any], size: int) -> list[Row]:
    chunk: list[Row] = []
    for row in iterator:
        chunk.append(_as_row(row))
        if len(chunk) == size:
            break
    return chunk


def _as_row(row: Any) -> Row:
    if isinstance(row, Mapping):
        return {str(name): plain(value) for name, value in row.items()}
    as_dict = getattr(row, "_asdict", None) or getattr(row, "model_dump", None)
    if as_dict is not None:
        return {name: plain(value) for name, value in as_dict().items()}
    return {"value": plain(row)}


def plain(value: Any) -> Any:
    """Return a value with "missing" spelled None and NumPy's scalars as Python's."""
    if value is None or type(value) in _PLAIN:
        return value
    if isinstance(value, float):
        return None if value != value else float(value)
    kind = type(value).__name__
    if kind in ("NaTType", "NAType"):
        return None
    if type(value).__module__ == "numpy" and getattr(value, "ndim", 1) == 0:
        return plain(value.item())
    return value


def key_text(value: Any) -> str:
    """Return a row's key as the text that identifies it: 7, 7.0 and "7" are one key, as a CSV's round trip would have it."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = value if type(value) is str else str(value)
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
