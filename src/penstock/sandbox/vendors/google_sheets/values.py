"""Values: read, written, appended, cleared, one range or many."""

from __future__ import annotations

import re
from typing import Any

from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.google_sheets.grid import Range, find_book, need, read_range, show_range
from penstock.sandbox.wire import Json

_NUMBER = re.compile(r"-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def _enter(value: Any, option: str) -> Any:
    """Return what a cell holds once a value has been entered: typed as a person would, or as it is."""
    if option != "USER_ENTERED" or not isinstance(value, str):
        return "" if value is None else value
    if value.upper() in ("TRUE", "FALSE"):
        return value.upper() == "TRUE"
    if _NUMBER.fullmatch(value):
        number = float(value)
        return int(number) if number.is_integer() and abs(number) < 1e15 else number
    return value.removeprefix("'")


def _render(value: Any, option: str) -> Any:
    if option != "FORMATTED_VALUE" or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _read(turn: Turn, cells: Range, asked: Record) -> Json:
    """Return a range's values: rows without the empty cells at their end, and without the empty rows at its end."""
    option = asked.get("valueRenderOption") or "FORMATTED_VALUE"
    rows = []
    for row in cells.sheet["cells"][cells.top : cells.bottom]:
        kept = [_render(value, option) for value in row[cells.left : cells.right]]
        while kept and kept[-1] == "":
            kept.pop()
        rows.append(kept)
    while rows and not rows[-1]:
        rows.pop()
    dimension = asked.get("majorDimension") or "ROWS"
    if dimension == "COLUMNS":
        width = max(map(len, rows), default=0)
        rows = [[row[at] if at < len(row) else "" for row in rows] for at in range(width)]
    said: Record = {"range": show_range(cells), "majorDimension": dimension}
    return {**said, "values": rows} if rows else said


def _write(turn: Turn, cells: Range, rows: Any, option: str) -> Json:
    """Put rows into the cells from a range's first on; None leaves a cell as it is."""
    if not isinstance(rows, list) or any(not isinstance(row, list) for row in rows):
        raise turn.refuse(
            "invalid",
            message="Invalid value at 'data.values' (type.googleapis.com/google.protobuf.ListValue)",
        )
    grid, size = cells.sheet["cells"], cells.sheet["properties"]["gridProperties"]
    width = max((len(row) for row in rows), default=0)
    for at, row in enumerate(rows, cells.top):
        while len(grid) <= at:
            grid.append([])
        line = grid[at]
        line.extend([""] * (cells.left + len(row) - len(line)))
        for column, value in enumerate(row, cells.left):
            if value is not None:
                line[column] = _enter(value, option)
    size["rowCount"] = max(size["rowCount"], cells.top + len(rows))
    written = Range(cells.sheet, cells.top, cells.top + len(rows), cells.left, cells.left + width)
    return {
        "spreadsheetId": turn.values["spreadsheetId"], "updatedRange": show_range(written), "updatedRows": len(rows),
        "updatedColumns": width, "updatedCells": sum(len(row) for row in rows),
    }  # fmt: skip


def _option(turn: Turn) -> str:
    option = turn.query.get("valueInputOption") or turn.fields.get("valueInputOption")
    if option not in ("RAW", "USER_ENTERED"):
        raise turn.refuse("invalid", message="'valueInputOption' is required but not specified")
    return str(option)


def get(turn: Turn) -> Json:
    """Read one range."""
    return _read(turn, read_range(turn, find_book(turn), turn.values["range"]), turn.query)


def update(turn: Turn) -> Json:
    """Write one range."""
    option = _option(turn)
    said = _write(
        turn, read_range(turn, find_book(turn), turn.values["range"]), turn.fields.get("values", []), option
    )
    turn.change("values.update", turn.values["spreadsheetId"], {"range": said["updatedRange"]})
    return said


def append(turn: Turn) -> Json:
    """Write below the last row of the table at a range."""
    option, book = _option(turn), find_book(turn)
    cells = read_range(turn, book, turn.values["range"])
    grid = cells.sheet["cells"]
    end = next(
        (at for at in range(len(grid), cells.top, -1) if any(value != "" for value in grid[at - 1])),
        cells.top,
    )
    table = Range(
        cells.sheet, cells.top, end, cells.left, max(map(len, grid[cells.top : end]), default=cells.left + 1)
    )
    place = Range(cells.sheet, end, end, cells.left, cells.left)
    said = _write(turn, place, turn.fields.get("values", []), option)
    turn.change("values.append", book["id"], {"range": said["updatedRange"]})
    return {
        "spreadsheetId": book["id"], **({"tableRange": show_range(table)} if end > cells.top else {}), "updates": said,
    }  # fmt: skip


def clear(turn: Turn) -> Json:
    """Empty one range."""
    return {
        "spreadsheetId": turn.values["spreadsheetId"],
        "clearedRange": _clear(turn, find_book(turn), turn.values["range"]),
    }


def _clear(turn: Turn, book: Record, text: str) -> str:
    cells = read_range(turn, book, text)
    for row in cells.sheet["cells"][cells.top : cells.bottom]:
        row[cells.left : cells.right] = [""] * len(row[cells.left : cells.right])
    said = show_range(cells)
    turn.change("values.clear", book["id"], {"range": said})
    return said


def batch_get(turn: Turn) -> Json:
    """Read many ranges."""
    book = find_book(turn)
    asked = [value for name, value in turn.request.query_pairs() if name == "ranges"]
    found = [_read(turn, read_range(turn, book, text), turn.query) for text in asked]
    return {"spreadsheetId": book["id"], "valueRanges": found}


def _filtered(one: Any) -> str:
    """Return the range a data filter names."""
    chosen = one.get("dataFilter", one) if isinstance(one, dict) else {}
    return str(chosen.get("a1Range") or chosen.get("range") or "")


def batch_get_by_filter(turn: Turn) -> Json:
    """Read the ranges that filters name."""
    need(turn, "dataFilters")
    book = find_book(turn)
    ranges = [
        {"valueRange": _read(turn, read_range(turn, book, _filtered(one)), turn.fields), "dataFilters": [one]}
        for one in turn.fields["dataFilters"]
    ]
    return {"spreadsheetId": book["id"], "valueRanges": ranges}


def batch_update(turn: Turn) -> Json:
    """Write many ranges, all of them or, where one cannot be read, none."""
    need(turn, "data")
    option, book = _option(turn), find_book(turn)
    places = [(read_range(turn, book, _filtered(one)), one.get("values", [])) for one in turn.fields["data"]]
    said = [_write(turn, cells, rows, option) for cells, rows in places]
    for one in said:
        turn.change("values.update", book["id"], {"range": one["updatedRange"]})
    totals = {
        f"totalUpdated{name}": sum(one[f"updated{name}"] for one in said)
        for name in ("Rows", "Columns", "Cells")
    }
    return {"spreadsheetId": book["id"], **totals, "totalUpdatedSheets": 1, "responses": said}


def batch_clear(turn: Turn) -> Json:
    """Empty many ranges."""
    book = find_book(turn)
    asked = turn.fields.get("ranges") or [_filtered(one) for one in turn.fields.get("dataFilters") or []]
    if not asked:
        need(turn, "ranges")
    return {"spreadsheetId": book["id"], "clearedRanges": [_clear(turn, book, str(text)) for text in asked]}


def grid_data(sheet: Record) -> Json:
    """Return a sheet's cells as spreadsheets.get gives them."""
    return {
        "rowData": [
            {"values": [{"formattedValue": _render(value, "FORMATTED_VALUE")} for value in row]}
            for row in sheet["cells"]
        ]
    }
