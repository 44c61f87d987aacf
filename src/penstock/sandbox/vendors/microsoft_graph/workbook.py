"""Graph's Excel: worksheets of cells, ranges of them, and tables, in any file of a drive that is asked for."""

from __future__ import annotations

import re
from typing import Any

from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.microsoft_graph.directory import make_id, require
from penstock.sandbox.wire import Answer, Json, json_answer

_RANGE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})(?::([A-Z]{1,3})([1-9]\d{0,6}))?")
_MOST_CELLS = 10_000


class Book:
    """One file's worksheets and tables."""

    def __init__(self, turn: Turn) -> None:
        self.sheets: dict[str, Record] = {}
        self.cells: dict[str, dict[tuple[int, int], Any]] = {}
        self.tables: dict[str, Record] = {}
        self.add_sheet(turn, "Sheet1")

    def add_sheet(self, turn: Turn, name: str) -> Record:
        """Add a worksheet at the end."""
        id = f"{{{make_id(turn).upper()}}}"
        self.sheets[id] = {"id": id, "name": name, "position": len(self.sheets), "visibility": "Visible"}
        self.cells[id] = {}
        return self.sheets[id]


def _book(turn: Turn) -> Book:
    books: dict[str, Book] = turn.store.notes.setdefault("books", {})
    key = f"{turn.values['drive_id']}/{turn.values['item_id']}"
    if key not in books:
        books[key] = Book(turn)
    return books[key]


def _sheet(turn: Turn) -> tuple[Book, Record]:
    """Return the worksheet a request names, by its id or its name."""
    book, asked = _book(turn), turn.values["worksheet_id"]
    for sheet in book.sheets.values():
        if asked in (sheet["id"], sheet["name"]):
            return book, sheet
    raise turn.refuse("not_found", code="ItemNotFound", message="The requested resource doesn't exist.")


def _table(turn: Turn) -> tuple[Book, Record]:
    book, asked = _book(turn), turn.values["table_id"]
    for table in book.tables.values():
        if asked in (table["id"], table["name"]):
            return book, table
    raise turn.refuse("not_found", code="ItemNotFound", message="The requested resource doesn't exist.")


def _invalid(turn: Turn, message: str) -> Exception:
    return turn.refuse("invalid", code="InvalidArgument", message=message)


def _read_range(turn: Turn, text: str) -> tuple[range, range]:
    """Return the rows and columns of "A1:C20", counted from 0."""
    found = _RANGE.fullmatch(text.rpartition("!")[2].replace("$", "").upper())
    if found is None:
        raise _invalid(turn, "The argument is invalid or missing or has an incorrect format.")
    left, top = _column(found[1]), int(found[2]) - 1
    right, bottom = (_column(found[3]), int(found[4]) - 1) if found[3] else (left, top)
    if right < left or bottom < top or (right - left + 1) * (bottom - top + 1) > _MOST_CELLS:
        raise _invalid(turn, "The range is too large, or ends before it begins.")
    return range(top, bottom + 1), range(left, right + 1)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _show(turn: Turn, book: Book, sheet: Record, rows: range, columns: range) -> Json:
    cells = book.cells[sheet["id"]]
    values = [[cells.get((row, column), "") for column in columns] for row in rows]
    return {"address": f"{sheet['name']}!{turn.values['address']}", "rowCount": len(rows), "values": values}


def _list_sheets(turn: Turn) -> Json:
    return {"value": list(_book(turn).sheets.values())}


def _add_sheet(turn: Turn) -> Json:
    book = _book(turn)
    name = str(turn.fields.get("name") or f"Sheet{len(book.sheets) + 1}")
    if any(sheet["name"] == name for sheet in book.sheets.values()):
        raise turn.refuse(
            "invalid", status=409, code="ItemAlreadyExists", message="A resource with the same name exists."
        )
    sheet = book.add_sheet(turn, name)
    turn.change("workbook.worksheets.create", sheet["id"], sheet)
    return json_answer(201, sheet)


def _delete_sheet(turn: Turn) -> Answer:
    book, sheet = _sheet(turn)
    del book.sheets[sheet["id"]], book.cells[sheet["id"]]
    turn.change("workbook.worksheets.delete", sheet["id"], sheet)
    return Answer(204)


def _get_range(turn: Turn) -> Json:
    book, sheet = _sheet(turn)
    return _show(turn, book, sheet, *_read_range(turn, turn.values["address"]))


def _update_range(turn: Turn) -> Json:
    book, sheet = _sheet(turn)
    rows, columns = _read_range(turn, turn.values["address"])
    values = turn.fields.get("values")
    if values is not None:
        if len(values) != len(rows) or any(len(row) != len(columns) for row in values):
            raise _invalid(
                turn, "The number of rows or columns in the input array doesn't match the size of the range."
            )
        for row, given in zip(rows, values, strict=True):
            book.cells[sheet["id"]].update(
                {(row, c): value for c, value in zip(columns, given, strict=True) if value is not None}
            )
    turn.change("workbook.ranges.update", turn.values["address"], sheet)
    return _show(turn, book, sheet, rows, columns)


def _clear_range(turn: Turn) -> Answer:
    book, sheet = _sheet(turn)
    rows, columns = _read_range(turn, turn.values["address"])
    for place in [(row, column) for row in rows for column in columns]:
        book.cells[sheet["id"]].pop(place, None)
    turn.change("workbook.ranges.clear", turn.values["address"], sheet)
    return Answer(204)


def _add_table(turn: Turn) -> Json:
    book, sheet = _sheet(turn)
    require(turn, "address", "hasHeaders")
    rows, columns = _read_range(turn, str(turn.fields["address"]))
    cells, has_headers = book.cells[sheet["id"]], turn.fields["hasHeaders"] is True
    heads = [
        str(cells.get((rows[0], c)) or f"Column{n}") if has_headers else f"Column{n}"
        for n, c in enumerate(columns, 1)
    ]
    body = [[cells.get((row, c), "") for c in columns] for row in (rows[1:] if has_headers else rows)]
    id = str(len(book.tables) + 1)
    book.tables[id] = {"id": id, "name": f"Table{id}", "showHeaders": True, "heads": heads, "rows": body}
    turn.change("workbook.tables.create", id, {"name": f"Table{id}"})
    return json_answer(201, _show_table(book.tables[id]))


def _show_table(table: Record) -> Json:
    return {name: value for name, value in table.items() if name not in ("heads", "rows")}


def _drop_table(turn: Turn) -> Answer:
    book, table = _table(turn)
    del book.tables[table["id"]]
    turn.change("workbook.tables.delete", table["id"], table)
    return Answer(204)


def _convert(turn: Turn) -> Json:
    book, table = _table(turn)
    del book.tables[table["id"]]
    turn.change("workbook.tables.convert_to_range", table["id"], table)
    return {"rowCount": len(table["rows"]) + 1, "values": [table["heads"], *table["rows"]]}


def _list_columns(turn: Turn) -> Json:
    _, table = _table(turn)
    return {"value": [{"id": str(n + 1), "index": n, "name": name} for n, name in enumerate(table["heads"])]}


def _list_rows(turn: Turn) -> Json:
    _, table = _table(turn)
    return {"value": [{"index": n, "values": [row]} for n, row in enumerate(table["rows"])]}


def _add_rows(turn: Turn) -> Json:
    _, table = _table(turn)
    require(turn, "values")
    values = turn.fields["values"]
    if any(len(row) != len(table["heads"]) for row in values):
        raise _invalid(turn, "The number of columns in the input array doesn't match the table's.")
    index = turn.fields.get("index")
    place = len(table["rows"]) if index is None else int(index)
    table["rows"][place:place] = values
    turn.change("workbook.tables.add_rows", table["id"], table)
    return json_answer(201, {"index": place, "values": values})


HANDLERS = {
    "workbook.worksheets.list": _list_sheets, "workbook.worksheets.create": _add_sheet,
    "workbook.worksheets.delete": _delete_sheet, "workbook.ranges.get": _get_range, "workbook.ranges.update": _update_range,
    "workbook.ranges.clear": _clear_range, "workbook.tables.create": _add_table, "workbook.tables.delete": _drop_table,
    "workbook.tables.columns": _list_columns, "workbook.tables.rows": _list_rows, "workbook.tables.add_rows": _add_rows,
    "workbook.tables.convert_to_range": _convert,
}  # fmt: skip
