"""Sheets and ranges: how A1 notation is read and written, and where its cells are."""

from __future__ import annotations

import re
from dataclasses import dataclass

from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record

_A1 = re.compile(r"([A-Za-z]{0,3})(\d{0,7})")
_PLAIN = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Range:
    """Cells of a sheet, from the first row and column up to before the last ones; counted from 0."""

    sheet: Record
    top: int
    bottom: int
    left: int
    right: int


def need(turn: Turn, *names: str) -> None:
    """Refuse a request that lacks a field it needs."""
    for name in names:
        if turn.fields.get(name, turn.query.get(name)) in (None, ""):
            raise turn.refuse("invalid", message=f"'{name}' is required but not specified")


def find_book(turn: Turn) -> Record:
    """Return the spreadsheet the path names."""
    book = turn.table("spreadsheets").get(turn.values["spreadsheetId"])
    if book is None:
        raise turn.refuse("not_found")
    return book


def find_sheet(turn: Turn, book: Record, id: int) -> Record:
    """Return one of a spreadsheet's sheets by its number."""
    found: Record
    for found in book["sheets"]:
        if found["properties"]["sheetId"] == id:
            return found
    raise turn.refuse("invalid", message=f"No grid with id: {id}")


def add_sheet(turn: Turn, book: Record, given: Record) -> Record:
    """Put a sheet at the end of a spreadsheet, and return it."""
    title = given.get("title") or f"Sheet{len(book['sheets']) + 1}"
    if any(one["properties"]["title"] == title for one in book["sheets"]):
        message = f'A sheet with the name "{title}" already exists. Please enter another name.'
        raise turn.refuse("invalid", message=f"Invalid requests[0].addSheet: {message}")
    size = {"rowCount": 1000, "columnCount": 26, **(given.get("gridProperties") or {})}
    id = given.get("sheetId", 0 if not book["sheets"] else int(turn.ids.text(9, "123456789")))
    properties = {
        "sheetId": id,
        "title": title,
        "index": len(book["sheets"]),
        "sheetType": "GRID",
        "gridProperties": size,
    }
    sheet: Record = {"properties": properties, "cells": []}
    book["sheets"].append(sheet)
    return sheet


def read_range(turn: Turn, book: Record, text: str) -> Range:
    """Return the cells a range names. Raises the refusal Sheets has for one it cannot read."""
    name, mark, cells = text.rpartition("!")
    titles = {one["properties"]["title"]: one for one in book["sheets"]}
    bare = _bare(text)
    if not mark and bare in titles:
        name, cells = bare, ""
    name = _bare(name)
    sheet = titles.get(name) if name else book["sheets"][0]
    first, colon, last = cells.replace("$", "").partition(":")
    found = [_A1.fullmatch(part) for part in (first, last if colon else first)]
    if sheet is None or None in found or (colon and not first):
        raise turn.refuse("invalid", message=f"Unable to parse range: {text}")
    size = sheet["properties"]["gridProperties"]
    (left, top), (right, bottom) = [(one[1], one[2]) for one in found if one is not None]
    return Range(
        sheet,
        int(top) - 1 if top else 0,
        int(bottom) if bottom else size["rowCount"],
        _column(left) if left else 0,
        _column(right) + 1 if right else size["columnCount"],
    )


def _bare(name: str) -> str:
    """Return a sheet's name without the quotes it may stand in."""
    if len(name) > 1 and name[0] == name[-1] == "'":
        return name[1:-1].replace("''", "'")
    return name


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def _letters(column: int) -> str:
    text, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


def show_range(cells: Range) -> str:
    """Return a range in A1 notation, the sheet's name in quotes where it has to be."""
    title = cells.sheet["properties"]["title"]
    name = title if _PLAIN.fullmatch(title) else "'" + title.replace("'", "''") + "'"
    first = f"{_letters(cells.left)}{cells.top + 1}"
    last = f"{_letters(max(cells.right - 1, cells.left))}{max(cells.bottom, cells.top + 1)}"
    return f"{name}!{first}" if first == last else f"{name}!{first}:{last}"
