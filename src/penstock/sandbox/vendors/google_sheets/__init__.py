"""Google Sheets as the sandbox plays it: spreadsheets of values, without formulas, formats or charts.

Sources: the pages named in integrations/google_sheets.py; the discovery document sheets.v4; gspread's reading of answers. A
formula is kept as its text. Deleting a spreadsheet and the account are Drive's, as they truly are.
"""

from __future__ import annotations

from penstock.integrations.google_sheets import integration
from penstock.sandbox.rest import google
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.state import ALNUM, Record
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.google_sheets import changes, values
from penstock.sandbox.vendors.google_sheets.grid import add_sheet, find_book, find_sheet, need
from penstock.sandbox.wire import Answer, Json


def open_vendor(setup: Setup) -> Vendor:
    """Return Google Sheets."""
    return RestVendor(setup, integration, SHAPE)


def create(turn: Turn) -> Json:
    """Make a spreadsheet with the sheets asked for, or one."""
    body = turn.body if isinstance(turn.body, dict) else {}
    given = body.get("properties") or {}
    id = f"1{turn.ids.text(43, ALNUM + '-_')}"
    book: Record = {
        "id": id,
        "properties": {
            "title": "Untitled spreadsheet", "locale": "en_US", "autoRecalc": "ON_CHANGE", "timeZone": "Etc/GMT", **given,
        },
        "sheets": [],
        "metadata": [],
    }  # fmt: skip
    for sheet in body.get("sheets") or [{}]:
        add_sheet(turn, book, sheet.get("properties") or {})
    turn.table("spreadsheets").add(id, book)
    turn.change("spreadsheets.create", id, book["properties"])
    return show(turn, book)


def show(turn: Turn, book: Record) -> Json:
    """Return a spreadsheet as it is answered, with its cells where they are asked for."""
    has_cells = turn.query.get("includeGridData") == "true" or turn.fields.get("includeGridData") is True
    sheets = [
        {"properties": one["properties"], **({"data": [values.grid_data(one)]} if has_cells else {})}
        for one in book["sheets"]
    ]
    return {
        "spreadsheetId": book["id"], "properties": book["properties"], "sheets": sheets,
        "spreadsheetUrl": f"https://docs.google.com/spreadsheets/d/{book['id']}/edit",
    }  # fmt: skip


def delete(turn: Turn) -> Answer:
    """Delete the file (Drive)."""
    book = turn.table("spreadsheets").remove(turn.values["spreadsheetId"])
    if book is None:
        message = f"File not found: {turn.values['spreadsheetId']}."
        raise turn.refuse("not_found", code="notFound", message=message)
    turn.change("spreadsheets.delete", book["id"], book["properties"])
    return Answer(204)


def copy_sheet(turn: Turn) -> Json:
    """Copy a sheet into another spreadsheet."""
    need(turn, "destinationSpreadsheetId")
    number = turn.values["sheetId"]
    sheet = find_sheet(turn, find_book(turn), int(number) if number.isdigit() else -1)
    target = turn.table("spreadsheets").get(str(turn.fields["destinationSpreadsheetId"]))
    if target is None:
        raise turn.refuse("not_found")
    copy = add_sheet(turn, target, {"title": f"Copy of {sheet['properties']['title']}"})
    copy["cells"] = [list(row) for row in sheet["cells"]]
    turn.change("sheets.copy_to", str(copy["properties"]["sheetId"]), copy["properties"])
    return copy["properties"]


def search_metadata(turn: Turn) -> Json:
    """Return the developer metadata whose key is looked for."""
    need(turn, "dataFilters")
    book = find_book(turn)
    keys = {one.get("developerMetadataLookup", {}).get("metadataKey") for one in turn.fields["dataFilters"]}
    found = [one for one in book["metadata"] if one.get("metadataKey") in keys]
    return {
        "matchedDeveloperMetadata": [
            {"developerMetadata": one, "dataFilters": turn.fields["dataFilters"]} for one in found
        ]
    }


def get_metadata(turn: Turn) -> Json:
    """Return one piece of developer metadata."""
    for one in find_book(turn)["metadata"]:
        if str(one["metadataId"]) == turn.values["metadataId"]:
            return one
    raise turn.refuse("not_found", message=f"No developer metadata with id {turn.values['metadataId']}.")


def write_error(refusal: Refusal) -> Answer:
    """Return Sheets' errors in the newer form, and Drive's in the older."""
    return google.write_error(refusal) if refusal.code == "notFound" else google.write_status(refusal)


SHAPE = Shape(
    key=google.KEY,
    refusals={
        **google.REFUSALS,
        "unauthorized": (401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
        "not_found": (404, "NOT_FOUND", "Requested entity was not found."),
        "no_route": (404, "NOT_FOUND", "Not Found"),
        "throttled": (
            429, "WriteRequestsPerMinutePerUser",
            "Quota exceeded for quota metric 'Write requests' and limit 'Write requests per minute per user' of service"
            " 'sheets.googleapis.com' for consumer 'project_number:1'.",
        ),
        "failed": (500, "INTERNAL", "Internal error encountered."),
    },
    error=write_error,
    keeps=("title", "range"),
    handlers={
        "account.get": lambda turn: {"user": {"kind": "drive#user", "displayName": "Ada", "emailAddress": "ada@sandbox.example"}},
        "spreadsheets.create": create,
        "spreadsheets.get": lambda turn: show(turn, find_book(turn)),
        "spreadsheets.get_by_data_filter": lambda turn: show(turn, find_book(turn)),
        "spreadsheets.batch_update": changes.batch_update,
        "spreadsheets.delete": delete,
        "sheets.copy_to": copy_sheet,
        "values.get": values.get,
        "values.update": values.update,
        "values.append": values.append,
        "values.clear": values.clear,
        "values.batch_get": values.batch_get,
        "values.batch_update": values.batch_update,
        "values.batch_clear": values.batch_clear,
        "values.batch_get_by_data_filter": values.batch_get_by_filter,
        "values.batch_update_by_data_filter": values.batch_update,
        "values.batch_clear_by_data_filter": values.batch_clear,
        "developer_metadata.get": get_metadata,
        "developer_metadata.search": search_metadata,
    },
)  # fmt: skip
