"""What spreadsheets.batchUpdate can change here: sheets, their names and sizes, rows and columns, developer metadata."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.google_sheets.grid import add_sheet, find_book, find_sheet, need
from penstock.sandbox.wire import Json

Change = Callable[[Turn, Record, Record], Json]


def batch_update(turn: Turn) -> Json:
    """Do all that is asked, or, where one thing cannot be done, nothing."""
    need(turn, "requests")
    book = find_book(turn)
    before = deepcopy(book)
    try:
        replies = [_change(turn, book, at, one) for at, one in enumerate(turn.fields["requests"])]
    except Exception:
        book.clear()
        book.update(before)
        raise
    turn.change("spreadsheets.batch_update", book["id"], book["properties"])
    return {"spreadsheetId": book["id"], "replies": replies}


def _change(turn: Turn, book: Record, at: int, asked: Json) -> Json:
    kind = next(iter(asked), "") if isinstance(asked, dict) else ""
    change = _CHANGES.get(kind)
    if change is None:
        raise turn.refuse("invalid", message=f"Invalid requests[{at}]: No request set.")
    try:
        return change(turn, book, asked[kind])
    except KeyError as exc:
        raise turn.refuse(
            "invalid", message=f"Invalid requests[{at}].{kind}: {exc.args[0]} is missing."
        ) from None


def _add(turn: Turn, book: Record, asked: Record) -> Json:
    return {"addSheet": {"properties": add_sheet(turn, book, asked.get("properties") or {})["properties"]}}


def _delete(turn: Turn, book: Record, asked: Record) -> Json:
    sheet = find_sheet(turn, book, asked.get("sheetId", -1))
    if len(book["sheets"]) == 1:
        message = "Invalid requests[0].deleteSheet: You can't remove all the sheets in a document."
        raise turn.refuse("invalid", message=message)
    book["sheets"].remove(sheet)
    return {}


def _rename(turn: Turn, book: Record, asked: Record) -> Json:
    given = dict(asked["properties"])
    sheet = find_sheet(turn, book, given.pop("sheetId", 0))["properties"]
    sheet["gridProperties"].update(given.pop("gridProperties", {}))
    sheet.update(given)
    return {}


def _set_properties(turn: Turn, book: Record, asked: Record) -> Json:
    book["properties"].update(asked["properties"])
    return {}


def _span(turn: Turn, book: Record, asked: Record) -> tuple[Record, str, int, int]:
    chosen = asked["range"]
    sheet = find_sheet(turn, book, chosen.get("sheetId", 0))
    size = "rowCount" if chosen["dimension"] == "ROWS" else "columnCount"
    first = chosen.get("startIndex", 0)
    return sheet, size, first, chosen.get("endIndex", sheet["properties"]["gridProperties"][size])


def _delete_lines(turn: Turn, book: Record, asked: Record) -> Json:
    sheet, size, first, last = _span(turn, book, asked)
    for lines in [sheet["cells"]] if size == "rowCount" else sheet["cells"]:
        del lines[first:last]
    sheet["properties"]["gridProperties"][size] -= last - first
    return {}


def _insert_lines(turn: Turn, book: Record, asked: Record) -> Json:
    sheet, size, first, last = _span(turn, book, asked)
    if size == "rowCount":
        if first < len(sheet["cells"]):
            sheet["cells"][first:first] = [[] for _ in range(last - first)]
    else:
        for row in sheet["cells"]:
            if first < len(row):
                row[first:first] = [""] * (last - first)
    sheet["properties"]["gridProperties"][size] += last - first
    return {}


def _append_lines(turn: Turn, book: Record, asked: Record) -> Json:
    size = "rowCount" if asked["dimension"] == "ROWS" else "columnCount"
    find_sheet(turn, book, asked.get("sheetId", 0))["properties"]["gridProperties"][size] += asked["length"]
    return {}


def _note(turn: Turn, book: Record, asked: Record) -> Json:
    noted = {"metadataId": turn.ids.next("metadata"), **asked["developerMetadata"]}
    book["metadata"].append(noted)
    return {"createDeveloperMetadata": {"developerMetadata": noted}}


_CHANGES: dict[str, Change] = {
    "addSheet": _add,
    "deleteSheet": _delete,
    "updateSheetProperties": _rename,
    "updateSpreadsheetProperties": _set_properties,
    "deleteDimension": _delete_lines,
    "insertDimension": _insert_lines,
    "appendDimension": _append_lines,
    "createDeveloperMetadata": _note,
}
