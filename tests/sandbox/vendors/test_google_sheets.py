"""Google Sheets' sandbox judged by gspread, and used through Penstock."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.errors import NotFound, SignInNeeded
from penstock.redact import Secret

gspread = pytest.importorskip("gspread")


@pytest.fixture
def opened(make_box: Any, call: Any) -> Any:
    """Return a sandbox, gspread's client of it, and a spreadsheet made there, opened by it."""
    requests = pytest.importorskip("requests")

    def make(key: str | None = None, **options: Any) -> tuple[Any, Any, Any]:
        box = make_box(names=["google_sheets"], **options)
        root = box.base_url("google_sheets").removesuffix("/v4")

        class Elsewhere(requests.adapters.HTTPAdapter):  # type: ignore[name-defined, misc]
            """Send what goes to Google to the sandbox."""

            def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
                for host in ("https://sheets.googleapis.com", "https://www.googleapis.com"):
                    request.url = request.url.replace(host, root)
                return super().send(request, *args, **kwargs)

        session = requests.Session()
        session.mount("https://", Elsewhere())
        own = box.credential("google_sheets")["access_token"]
        session.headers["Authorization"] = f"Bearer {key or own}"
        signed = {"Authorization": f"Bearer {own}", "Content-Type": "application/json"}
        body = '{"properties": {"title": "Orders"}}'
        made = call(f"{root}/v4/spreadsheets", "POST", body, **signed).json()["spreadsheetId"]
        client = gspread.Client(auth=None, session=session)
        return box, client, client.open_by_key(made)

    return make


def test_cells_are_written_read_and_cleared(opened: Any) -> None:
    """What is written comes back; empty cells at the end do not; a cleared range is empty."""
    _, _, book = opened()
    sheet = book.sheet1
    sheet.update([["a", "b", ""], ["1", "2", "3"]], "B2:D3", raw=True)
    assert sheet.get("A1:D4") == [[], ["", "a", "b"], ["", "1", "2", "3"]]
    assert sheet.acell("D3").value == "3" and sheet.find("b").address == "C2"
    sheet.batch_update([{"range": "A1", "values": [["x"]]}, {"range": "A2", "values": [["y"]]}])
    assert sheet.batch_get(["A1:A2", "D3"]) == [[["x"], ["y"]], [["3"]]]
    sheet.batch_clear(["A1:A2"])
    assert sheet.get("A1:A2") == [[]]


def test_raw_keeps_what_entered_changes(opened: Any) -> None:
    """RAW keeps the leading zeros that USER_ENTERED eats; unformatted, a number is a number."""
    _, _, book = opened()
    sheet = book.sheet1
    sheet.update([["007", "TRUE", "2.50"]], "A1", raw=True)
    sheet.update([["007", "TRUE", "2.50"]], "A2", raw=False)
    assert sheet.get("A1:C2") == [["007", "TRUE", "2.50"], ["7", "TRUE", "2.5"]]
    assert sheet.get("A2:C2", value_render_option="UNFORMATTED_VALUE") == [[7, True, 2.5]]


def test_rows_are_appended_below_the_table_and_deleted(opened: Any) -> None:
    """250 rows in three calls lie below one another; rows that are deleted close up."""
    box, _, book = opened()
    sheet = book.sheet1
    sheet.append_row(["id", "name"])
    for start in (0, 100, 200):
        rows = [[number, f"Order {number}"] for number in range(start, min(start + 100, 250))]
        said = sheet.append_rows(rows)
    assert said["updates"]["updatedRange"] == "Sheet1!A202:B251"
    assert sheet.row_count >= 251 and len(sheet.get_all_records()) == 250
    assert sheet.get_all_records()[249] == {"id": 249, "name": "Order 249"}
    sheet.delete_rows(2, 101)
    assert sheet.get_all_records()[0] == {"id": 100, "name": "Order 100"}
    effects = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert effects.count("values.append") == 4


def test_sheets_are_added_renamed_copied_and_removed(opened: Any) -> None:
    """A second sheet is added, renamed, copied and removed; its name is needed in ranges; the last one stays."""
    _, _, book = opened()
    made = book.add_worksheet("Second one", rows=10, cols=3)
    made.update([["x"]], "A1")
    made.update_title("It's")
    assert book.values_get("'It''s'!A1")["values"] == [["x"]]
    made.copy_to(book.id)
    assert [one.title for one in book.worksheets()] == ["Sheet1", "It's", "Copy of It's"]
    book.del_worksheet(book.worksheet("Copy of It's"))
    book.del_worksheet(made)
    with pytest.raises(gspread.exceptions.APIError, match="remove all the sheets"):
        book.del_worksheet(book.sheet1)
    with pytest.raises(gspread.exceptions.APIError, match="Unable to parse range"):
        book.values_get("Nope!A1")


def test_refusals_are_its_own_errors(opened: Any) -> None:
    """A spreadsheet that is not there, a wrong key, and the sixty-first write of a minute."""
    box, client, book = opened()
    with pytest.raises(gspread.exceptions.SpreadsheetNotFound):
        client.open_by_key("1nothing")
    box.set_faults({"script": [{"match": "GET *", "fault": "429", "times": 1}]})
    with pytest.raises(gspread.exceptions.APIError) as caught:
        book.sheet1.get("A1")
    assert caught.value.code == 429 and "Quota exceeded" in str(caught.value)
    with pytest.raises(gspread.exceptions.APIError) as stranger:
        opened("nobody")
    assert stranger.value.code == 401


def test_sixty_writes_a_minute_are_made_and_no_more(opened: Any) -> None:
    """Reads are counted apart: with the writes spent, they go on."""
    _, _, book = opened(limits=True)
    sheet = book.sheet1
    for number in range(59):  # the spreadsheet itself was the first write
        sheet.update([[number]], "A1")
    with pytest.raises(gspread.exceptions.APIError) as caught:
        sheet.update([[60]], "A1")
    assert caught.value.code == 429
    assert sheet.get("A1") == [["58"]]


def test_a_batch_appends_many_rows_in_one_write(workbench: Any, make_box: Any) -> None:
    """1,200 rows are three writes of the sixty a minute has, each row is there once, and ranges are read back in bulk."""
    pd = pytest.importorskip("pandas")
    box = make_box(names=["google_sheets"], limits=True)
    sheets = workbench.connect("google_sheets", sandbox=box)
    id = sheets.spreadsheets.create(title="Orders")["spreadsheetId"]
    rows = pd.DataFrame({"values": [[number, f"Order {number}"] for number in range(1200)]})
    rows["spreadsheetId"], rows["range"], rows["valueInputOption"] = id, "Sheet1!A1", "RAW"
    frame = workbench.batch(sheets.values.append, rows, key=None).wait().frame()
    assert set(frame["status"]) == {"done"}
    assert len([entry for entry in box.log() if entry["path"].endswith(":append")]) == 3
    asked = {"spreadsheetId": id, "range": "Sheet1!A1:B1200", "valueRenderOption": "UNFORMATTED_VALUE"}
    assert sorted(sheets.values.get(**asked)["values"]) == [[n, f"Order {n}"] for n in range(1200)]
    ranges = pd.DataFrame({"range": [f"Sheet1!A{n}" for n in range(1, 101)], "spreadsheetId": id})
    read = workbench.batch(sheets.values.get, ranges, key=None).wait().frame()
    assert [one["range"] for one in read["response"]] == list(ranges["range"])
    assert len([entry for entry in box.log() if entry["path"].endswith("values:batchGet")]) == 2


def test_penstock_makes_writes_and_reads(workbench: Any) -> None:
    """A spreadsheet is made and filled, one row given flat; many ranges are read; wrong ids and keys are told apart."""
    sheets = workbench.connect("google_sheets", sandbox=True)
    book = sheets.spreadsheets.create(title="Orders", sheets=[{"properties": {"title": "2026"}}])
    id = book["spreadsheetId"]
    for number in range(3):
        sheets.values.append(
            spreadsheetId=id, range="2026!A1", valueInputOption="RAW", values=["007", number, float("nan")]
        )
    read = sheets.values.get(spreadsheetId=id, range="2026!A1:C3", valueRenderOption="UNFORMATTED_VALUE")
    assert read["values"] == [["007", 0], ["007", 1], ["007", 2]]
    many = sheets.values.batch_get(spreadsheetId=id, ranges=["2026!A1", "2026!B2:B3"])
    assert [one["values"] for one in many["valueRanges"]] == [[["007"]], [["1"], ["2"]]]
    assert sheets.health()["user"]["emailAddress"] == "ada@sandbox.example"
    assert sheets.spreadsheets.delete(spreadsheetId=id).status == 204
    with pytest.raises(NotFound) as caught:
        sheets.spreadsheets.get(spreadsheetId=id)
    assert caught.value.hint
    stranger = workbench.connect(
        "google_sheets",
        credential={"access_token": Secret("nobody")},
        base_url=workbench.sandbox().base_url("google_sheets"),
    )
    with pytest.raises(SignInNeeded):
        stranger.spreadsheets.get(spreadsheetId=id)
