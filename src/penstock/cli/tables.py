"""Files of rows, read and written: .csv, .tsv, .jsonl, .parquet. What a cell means is decided by the call, not here."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.errors import DependencyMissing, DiskFull, RowsRefused, UsageError

if TYPE_CHECKING:
    import pandas as pd

READABLE = (".csv", ".tsv", ".jsonl", ".parquet")
WRITABLE = READABLE


def read_rows(path: Path) -> pd.DataFrame:
    """Return a file's rows. Every cell of a text file stays text: an id keeps its zeros, a phone number its plus.

    An empty cell is missing. Raises UsageError or RowsRefused, each with the path.
    """
    import pandas as pd

    ending = _ending(path, READABLE)
    if not path.exists():
        raise UsageError(f"There is no file {path}.")
    try:
        if ending in (".csv", ".tsv"):
            # encoding: a file saved by a spreadsheet begins with a byte-order mark
            return pd.read_csv(
                path,
                sep="\t" if ending == ".tsv" else ",",
                dtype=str,
                keep_default_na=False,
                na_values=[""],
                encoding="utf-8-sig",
            )
        if ending == ".jsonl":
            lines = path.read_text(encoding="utf-8-sig").splitlines()
            return pd.DataFrame([json.loads(line) for line in lines if line.strip()])
        return pd.read_parquet(path)
    except UnicodeDecodeError as exc:
        hint = f"Save it as UTF-8, or convert it: iconv -f windows-1252 -t utf-8 {path}"
        raise RowsRefused(f"{path} is not UTF-8 text ({exc.reason} at byte {exc.start}).", hint=hint) from exc
    except (ValueError, OSError) as exc:  # pandas' own errors are ValueErrors
        raise RowsRefused(f"{path} cannot be read: {exc}.") from exc


def check_out(path: Path) -> None:
    """Make sure, before anything is sent, that the result can be written there."""
    if _ending(path, WRITABLE) == ".parquet":
        _need_pyarrow()
    if path.is_dir():
        raise UsageError(f"{path} is a folder.", hint="Name a file in it: --out done.csv")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"There is no folder {path.absolute().parent}.", hint="Make it first.")
    if not os.access(path if path.exists() else path.absolute().parent, os.W_OK):
        raise UsageError(f"{path} cannot be written.", hint="Choose another place: --out FILE")


def write_rows(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame; nested values become JSON text. The file is there whole, or as it was before."""
    ending = _ending(path, WRITABLE)
    partial = path.with_name(f".{path.name}.part")
    try:
        if ending == ".jsonl":
            text = frame.to_json(orient="records", lines=True, force_ascii=False, date_format="iso")
            partial.write_text(text, encoding="utf-8")
        else:
            flat = frame.map(_as_cell)
            if ending == ".parquet":
                flat.to_parquet(partial, index=False)
            else:
                flat.to_csv(partial, sep="\t" if ending == ".tsv" else ",", index=False)
        partial.replace(path)
    except OSError as exc:
        partial.unlink(missing_ok=True)
        hint = "Make room and run the same command again: what is done is in the ledger."
        raise DiskFull(f"{path} cannot be written: {exc.strerror or exc}.", hint=hint) from exc


def _as_cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _ending(path: Path, known: tuple[str, ...]) -> str:
    ending = path.suffix.lower()
    if ending not in known:
        raise UsageError(f"{path} is not one of {', '.join(known)}.", hint="Rename or convert it.")
    if ending == ".parquet":
        _need_pyarrow()
    return ending


def _need_pyarrow() -> None:
    if importlib.util.find_spec("pyarrow") is None:
        raise DependencyMissing(
            "A .parquet file needs pyarrow.", hint="pip install 'penstock[parquet]', or use .csv or .jsonl"
        )
