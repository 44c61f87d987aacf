"""Google Sheets: cells, sheets and whole spreadsheets.

docs        https://developers.google.com/workspace/sheets/api/reference/rest
checked     2026-11, v4 (in the path), discovery revision 20261019
quirks      60 reads and 60 writes a minute for a person, counted apart, and one call counts one however many cells it holds:
            a batch writes many rows with one call by itself. All people of one Cloud project share 300 of each,
            which cannot be counted from here. No limit fields and no Retry-After. Writes want valueInputOption spelled out:
            USER_ENTERED runs formulas and eats leading zeros, RAW does not. values.append looks for a table around the
            range and is not idempotent; values.update is. Empty cells at the end of a row are not in the answer. Deleting a
            spreadsheet, and the health call, are Drive calls on another host, where throttling is a 403 with a reason.
            Sheets has no webhooks: a file is watched through Drive, whose messages have no body and no signature.
unverified  the end point that revokes; service accounts' facts; 403 for rate from Sheets itself; the wait of 20 s after a
            refusal; lifetimes and retries of Drive's channels; 100,000 requests in one spreadsheets.batch_update; that an API
            key reads only what anyone with the link may see.
"""

from __future__ import annotations

from typing import Any

from penstock.catalog.check import is_missing
from penstock.catalog.definition import (
    ApiKey,
    Bulk,
    ErrorShape,
    Integration,
    Json,
    Limit,
    OAuth2,
    Operation,
    Parameter,
    RateLimitHint,
    Response,
    Signature,
    Verdict,
    WebhookSource,
    fields,
    in_order,
    read,
)

_RATES = "https://developers.google.com/workspace/sheets/api/limits, 2026-11"
_SCOPES = ("https://www.googleapis.com/auth/spreadsheets", "https://www.googleapis.com/auth/drive.file")
_READS = ("spreadsheets.get*", "values.get", "values.batch_get*", "developer_metadata.*")
_WRITES = (
    "spreadsheets.create", "spreadsheets.batch_update", "sheets.*", "values.update", "values.append", "values.*clear*",
    "values.batch_update*",
)  # fmt: skip
_RATE_REASONS = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"})
_WAIT_S = 20.0  # quotas come back by the minute: three waits and it has passed
_MOST_BYTES = 1_900_000  # 2 MB is what Google recommends at most
_READING = ("spreadsheetId", "majorDimension", "valueRenderOption", "dateTimeRenderOption")
_WRITING = ("spreadsheetId", "valueInputOption")
_APPENDING = ("spreadsheetId", "range", "valueInputOption", "insertDataOption")
_ONE = "/spreadsheets/{spreadsheetId}"
_VALUE_INPUT = "RAW|USER_ENTERED"
_RENDER = "FORMATTED_VALUE|UNFORMATTED_VALUE|FORMULA"
_DATES = "SERIAL_NUMBER|FORMATTED_STRING"
_READ_AS = f"majorDimension=ROWS|COLUMNS valueRenderOption={_RENDER} dateTimeRenderOption={_DATES}"
_ANSWERED_AS = f"""
    includeValuesInResponse:boolean responseValueRenderOption={_RENDER} responseDateTimeRenderOption={_DATES}
"""
_WRITTEN = f"""
    ?valueInputOption={_VALUE_INPUT}! values:array! majorDimension=ROWS|COLUMNS ?includeValuesInResponse:boolean
    ?responseValueRenderOption={_RENDER} ?responseDateTimeRenderOption={_DATES}
"""


def classify(response: Response) -> Verdict | int | None:
    """Tell a 403 for rate from one for permission, and a day's quota from a minute's."""
    if response.status == 403:
        reason = read(response, "error.errors.0.reason") or read(response, "error.details.*.reason")
        return 429 if str(reason) in _RATE_REASONS else None
    if response.status == 429 and "PerDay" in str(read(response, "error.details.*.metadata.quota_limit")):
        return Verdict.PERMANENT
    return None


def read_hint(response: Response) -> RateLimitHint | None:
    """Wait for a part of the minute by which quotas come back: Google says no time."""
    said = classify(response)
    is_refused = said == 429 or (said is None and response.status == 429)
    is_told = "retry-after" in response.headers
    return RateLimitHint(retry_after_s=_WAIT_S) if is_refused and not is_told else None


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Take the cells of one row for a table of one row, and leave a cell alone where its value is missing."""
    values = parameters.get("values")
    if (tolist := getattr(values, "tolist", None)) is not None:
        values = tolist()
    if isinstance(values, (list, tuple)) and values:
        is_table = any(isinstance(one, (list, tuple)) for one in values)
        rows = values if is_table else [values]
        parameters["values"] = [[None if is_missing(cell) else cell for cell in row] for row in rows]
    return parameters


def _as_row(parameters: dict[str, Any]) -> Json | None:
    """Return the row to append; several of them, or what the call cannot share, go by themselves."""
    values = parameters.pop("values", [])
    return values[0] if len(values) == 1 and not parameters else None


def _as_range(parameters: dict[str, Any]) -> Json | None:
    """Return the range to read or clear."""
    text = parameters.pop("range")
    return None if parameters else text


def _as_data(parameters: dict[str, Any]) -> Json | None:
    """Return a range with its values; what is told of the answer cannot be shared."""
    kept = {
        name: parameters.pop(name) for name in ("range", "values", "majorDimension") if name in parameters
    }
    return None if parameters else kept


_ACCOUNT = Operation(
    "account.get", "GET", "https://www.googleapis.com/drive/v3/about?fields=user",
    summary="Whose token this is, as Drive knows it.",
)  # fmt: skip

integration = Integration(
    name="google_sheets",
    title="Google Sheets",
    category="spreadsheets",
    docs="https://developers.google.com/workspace/sheets/api/reference/rest",
    checked="2026-11",
    base_url="https://sheets.googleapis.com/v4",
    hosts=("www.googleapis.com",),
    auth=(
        OAuth2(
            title="As a person",
            authorize="https://accounts.google.com/o/oauth2/v2/auth",
            token="https://oauth2.googleapis.com/token",
            revoke="https://oauth2.googleapis.com/revoke",
            scopes=_SCOPES,
            pkce=True,
            token_auth="client_secret_post",
            refresh="static",
            access_token_lifetime_s=3599,
            authorize_extra=(("access_type", "offline"), ("prompt", "consent")),
            codes=(("admin_policy_enforced", "access_denied"), ("deleted_client", "invalid_client"),
                   ("disabled_client", "invalid_client")),
            note="Ask with access_type=offline and prompt=consent, or there is no refresh token. It ends after six months"
            " without use, and after seven days while the consent screen is in Testing.",
        ),
        OAuth2(
            title="Service account",
            token="https://oauth2.googleapis.com/token",
            grant="jwt_bearer",
            scopes=_SCOPES,
            token_auth="private_key_jwt",
            access_token_lifetime_s=3600,
            fields_needed=("client_email", "private_key"),
            fields_optional=(("subject", ""),),
            issuer="client_email",
            subject="subject",
            assertion_lifetime_s=3500,
            note="A service account: an RS256 JWT (iss = client_email, one hour at most). Share the spreadsheet with its"
            " address, or name a person as sub where the domain delegates.",
        ),
        ApiKey("api_key", parameter="key", note="Reads only, and only what anyone with the link may see."),
    ),
    limits=(
        Limit(60, per=60.0, key="reads", only=_READS, source=_RATES),
        Limit(60, per=60.0, key="writes", only=_WRITES, source=_RATES),
    ),
    read_hint=read_hint,
    classify=classify,
    adjust=adjust,
    timeout_s=180.0,  # Sheets itself gives a call up after 180 s
    errors=ErrorShape(
        message=("error.message", "error_description"),
        code=("error.errors.0.reason", "error.details.*.reason", "error.status", "error"),
    ),
    hints={
        "RATE_LIMIT_EXCEEDED": "Write many rows in one call (values.append, values.batch_update); a person has 60 a minute.",
        "rateLimitExceeded": "Drive refuses for rate; Penstock waits and asks again.",
        "RESOURCE_EXHAUSTED": "The quota of the person or of the whole Cloud project is spent; other programs may share it.",
        "PERMISSION_DENIED": "Share the spreadsheet with this account; a service account has an address of its own.",
        "SERVICE_DISABLED": "Enable the Google Sheets API for the Cloud project the credential belongs to.",
        "insufficientPermissions": "The token's scopes do not allow it: sign in again with spreadsheets and drive.file.",
        "NOT_FOUND": "Check spreadsheetId: it is the long part of the address between /d/ and /edit.",
        "INVALID_ARGUMENT": "Check the range (Sheet1!A1:C9, quotes around a name with blanks) and that values is a list of rows.",
        "UNAUTHENTICATED": "The access token has ended or belongs to something else: sign in again.",
        "invalid_grant": "The refresh token has ended: connect the account again.",
    },
    health=_ACCOUNT,
    operations=(
        _ACCOUNT,
        Operation(
            "spreadsheets.create", "POST", "/spreadsheets",
            fields("""
                title locale timeZone autoRecalc=ON_CHANGE|MINUTE|HOUR /sheets:array /namedRanges:array
                /developerMetadata:array
            """),
            into="properties",
        ),
        Operation(
            "spreadsheets.get", "GET", _ONE,
            fields("ranges:array includeGridData:boolean excludeTablesInBandedRanges:boolean fields"),
            summary="fields=sheets.properties leaves the cells out.",
        ),
        Operation(
            "spreadsheets.batch_update", "POST", f"{_ONE}:batchUpdate",
            fields("""
                requests:array! includeSpreadsheetInResponse:boolean responseIncludeGridData:boolean responseRanges:array
            """),
            summary='All or nothing: requests=[{"addSheet": {}}, {"deleteSheet": {"sheetId": 7}}, {"deleteDimension": {...}}].',
        ),
        Operation(
            "spreadsheets.get_by_data_filter", "POST", f"{_ONE}:getByDataFilter",
            fields("dataFilters:array! includeGridData:boolean excludeTablesInBandedRanges:boolean"), is_idempotent=True,
        ),
        Operation(
            "spreadsheets.delete", "DELETE", "https://www.googleapis.com/drive/v3/files/{spreadsheetId}",
            fields("supportsAllDrives:boolean"),
            summary="For good, without the bin: a Drive call; the scope drive.file covers spreadsheets made here.",
        ),
        Operation(
            "sheets.copy_to", "POST", f"{_ONE}/sheets/{{sheetId}}:copyTo",
            fields("sheetId:integer! destinationSpreadsheetId!"),
        ),
        Operation(
            "values.get", "GET", f"{_ONE}/values/{{range}}", fields(_READ_AS), items="values",
            bulk=Bulk("values.batch_get", "ranges", 50, 4000, item=_as_range, shared=_READING, split=in_order("valueRanges")),
            summary="range=Sheet1!A1:C9; empty cells at the end of a row are left out.",
        ),
        Operation(
            "values.update", "PUT", f"{_ONE}/values/{{range}}", fields(_WRITTEN),
            bulk=Bulk("values.batch_update", "data", 500, _MOST_BYTES, item=_as_data, shared=_WRITING),
            summary="values is a list of rows, or the cells of one.",
        ),
        Operation(
            "values.append", "POST", f"{_ONE}/values/{{range}}:append",
            fields(_WRITTEN, "?insertDataOption=OVERWRITE|INSERT_ROWS"),
            bulk=Bulk("values.append", "values", 500, _MOST_BYTES, item=_as_row, shared=_APPENDING),
            summary="range=Sheet1!A1 and INSERT_ROWS write below the table there; values is a list of rows, or the cells of one.",
        ),
        Operation(
            "values.clear", "POST", f"{_ONE}/values/{{range}}:clear", is_idempotent=True,
            bulk=Bulk("values.batch_clear", "ranges", 100, 4000, item=_as_range, shared=("spreadsheetId",)),
        ),
        Operation(
            "values.batch_get", "GET", f"{_ONE}/values:batchGet", fields("ranges:array!", _READ_AS), items="valueRanges",
        ),
        Operation(
            "values.batch_update", "POST", f"{_ONE}/values:batchUpdate",
            fields(f"valueInputOption={_VALUE_INPUT}! data:array!", _ANSWERED_AS), is_idempotent=True,
            summary='data=[{"range": "Sheet1!A1:B1", "values": [[1, 2]]}]: many ranges, one write.',
        ),
        Operation(
            "values.batch_clear", "POST", f"{_ONE}/values:batchClear", fields("ranges:array!"), is_idempotent=True,
        ),
        Operation(
            "values.batch_get_by_data_filter", "POST", f"{_ONE}/values:batchGetByDataFilter",
            fields("dataFilters:array!", _READ_AS), is_idempotent=True, items="valueRanges",
        ),
        Operation(
            "values.batch_update_by_data_filter", "POST", f"{_ONE}/values:batchUpdateByDataFilter",
            fields(f"valueInputOption={_VALUE_INPUT}! data:array!", _ANSWERED_AS), is_idempotent=True,
        ),
        Operation(
            "values.batch_clear_by_data_filter", "POST", f"{_ONE}/values:batchClearByDataFilter",
            fields("dataFilters:array!"), is_idempotent=True,
        ),
        Operation(
            "developer_metadata.get", "GET", f"{_ONE}/developerMetadata/{{metadataId}}",
            (Parameter("metadataId", type="integer", is_required=True),),
        ),
        Operation(
            "developer_metadata.search", "POST", f"{_ONE}/developerMetadata:search", fields("dataFilters:array!"),
            is_idempotent=True, items="matchedDeveloperMetadata",
        ),
    ),
    webhooks=WebhookSource(
        Signature(
            "X-Goog-Channel-Token", "token",
            note="Drive's channel (POST /drive/v3/files/{fileId}/watch): the token you set comes back; nothing is signed.",
        ),
        event="header:X-Goog-Resource-State",
        delivery="header:X-Goog-Message-Number",
        handshake="A first message has X-Goog-Resource-State: sync; answer 200 and pass over it.",
        retries="500, 502, 503 and 504 are sent again with growing waits. A channel ends after a day at most and is not renewed.",
    ),
    unverified=(
        "the token end point's codes beside the standard's",
        "the end point that revokes a token",
        "service accounts' facts",
        "403 with a reason for throttling by Sheets itself",
        "the wait of 20 s after a refusal: Google says no time",
        "lifetimes and retries of Drive's channels",
        "100,000 requests in one spreadsheets.batch_update",
        "what an API key may read",
    ),
)  # fmt: skip
