"""monday.com: boards, items, columns, updates (GraphQL).

docs        https://developer.monday.com/api-reference/
checked     2026-11, API version 2026-10 (quarterly, in a header; version="2026-07" is still served)
quirks      Everything is a POST of GraphQL to one path. A refusal for rate comes as 200 or 429, in three shapes, and names its
            wait in the body; DAILY_LIMIT_EXCEEDED lasts until midnight UTC and is not asked again. Complexity, calls a day,
            calls a minute and calls at once go by plan: say yours with plan=. Answers say what they cost, because every
            text here asks. column_values is JSON in a text: it is written here, and columns of your own in items.create
            and items.change_columns go there by their ids. A cursor lives an hour; an expired one means to begin again.
            Webhooks carry a JWT that does not cover the body, or nothing: they cannot be verified here. Files go to
            another path as multipart GraphQL: through connection.http.
unverified  calls a minute and at once by plan; what a call costs before the first answer; 500 items a page; lifetimes in the
            newer OAuth flow; codes beside those of the error pages; the schema is of early 2026, published by monday.com.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from penstock.catalog.check import is_missing
from penstock.catalog.definition import (
    ApiKey,
    BaseParameter,
    Cursor,
    ErrorShape,
    Integration,
    Json,
    Limit,
    NextCall,
    OAuth2,
    Operation,
    PageNumber,
    RateLimitHint,
    Response,
    Verdict,
    WebhookSource,
    dig,
    fields,
    read,
)
from penstock.catalog.graphql import write

_RATES = "https://developer.monday.com/api-reference/docs/rate-limits, 2026-11"
_DAILY = "https://support.monday.com/hc/en-us/articles/26471164460690-API-Rate-Limits, 2026-11"
_AT_ONCE = "https://github.com/airbytehq/airbyte/pull/66724, 2026-11"
_PATH = "/v2"
_PLANS = {  # points a minute, calls a day, calls a minute, calls at once
    "free": (1e6, 200, 1000, 40),
    "basic": (1e7, 1000, 1000, 40),
    "standard": (1e7, 1000, 1000, 40),
    "pro": (1e7, 10_000, 2500, 100),
    "enterprise": (1e7, 25_000, 5000, 250),
}
_APP_POINTS = 5e6  # an app has as many again for writes; here both share them
_THROTTLED = (
    "COMPLEXITYBUDGETEXHAUSTED",
    "RATELIMITEXCEEDED",
    "IPRATELIMITEXCEEDED",
    "MAXCONCURRENCYEXCEEDED",
    "FIELDLIMITEXCEEDED",
)
_CODES = {
    "USERUNAUTHORIZEDEXCEPTION": 403, "MISSINGREQUIREDPERMISSIONS": 403, "USERACCESSDENIED": 403,
    "RESOURCENOTFOUNDEXCEPTION": 404, "INTERNALSERVERERROR": 500,
}  # fmt: skip
_RESET = re.compile(r"reset in (\d{1,4}) seconds")


def classify(response: Response) -> Verdict | int | None:
    """Read the code of an error, in whichever of its shapes: too fast, spent for today, refused, failed on their side."""
    code = read(response, "errors.0.extensions.code") or read(response, "error_code")
    if code is None:
        is_wrong = response.status == 200 and (read(response, "errors") or read(response, "error_message"))
        return 400 if is_wrong else None
    bare = re.sub(r"[^A-Z]", "", str(code).upper())
    if bare == "DAILYLIMITEXCEEDED":
        return Verdict.PERMANENT  # until midnight UTC
    said = str(read(response, "errors.0.message") or read(response, "error_message"))
    if bare in _THROTTLED or (bare == "COMPLEXITYEXCEPTION" and "exhausted" in said):
        return 429
    status = read(response, "errors.0.extensions.status_code") or read(response, "status_code")
    if status == 423 or bare == "APITEMPORARILYBLOCKED":
        return Verdict.TRANSIENT  # the board is locked, or the API shut for a while: nothing was done
    if response.status != 200:
        return None
    return (
        status if isinstance(status, int) and 400 <= status < 600 and status != 429 else _CODES.get(bare, 400)
    )


def read_hint(response: Response) -> RateLimitHint | None:
    """Say how long a refusal lasts, from wherever it stands; of a success, what it cost and what is left of the minute."""
    if response.status == 429 or classify(response) == 429:
        if "retry-after" in response.headers:
            return None
        places = ("extensions.retry_in_seconds", "extensions.error_data.retry_in_seconds")
        waits = [read(response, f"errors.0.{place}") for place in places] + [
            read(response, "error_data.retry_in_seconds")
        ]
        wait_s = next((float(wait) for wait in waits if isinstance(wait, (int, float)) and wait > 0), None)
        told = _RESET.search(str(read(response, "errors.0.message") or read(response, "error_message")))
        if wait_s is None and told:
            wait_s = float(told[1])
        return None if wait_s is None else RateLimitHint(retry_after_s=wait_s)
    left, reset_in_s, cost = (
        read(response, f"data.complexity.{word}") for word in ("after", "reset_in_x_seconds", "query")
    )
    if not isinstance(left, int) or not isinstance(reset_in_s, int) or not isinstance(cost, int):
        return None
    return RateLimitHint(unit="points", remaining=float(left), reset_in_s=float(reset_in_s), cost=float(cost))


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Write JSON as the text monday.com wants, and gather columns nobody else knows into column_values."""
    if operation == "items.get" and isinstance(parameters.get("ids"), (str, int)):
        parameters["ids"] = [parameters["ids"]]
    if operation in _WITH_COLUMNS:
        known = _WITH_COLUMNS[operation]
        columns = {
            name: value for name, value in parameters.items() if name not in known and not is_missing(value)
        }
        given = parameters.get("column_values")
        if columns and (is_missing(given) or isinstance(given, Mapping)):
            parameters = {name: value for name, value in parameters.items() if name in known}
            parameters["column_values"] = {**(given if isinstance(given, Mapping) else {}), **columns}
    for name in _AS_TEXT:
        if isinstance(parameters.get(name), (dict, list)):
            parameters[name] = json.dumps(parameters[name], ensure_ascii=False, default=_plain)
    return parameters


def _plain(value: Any) -> Any:
    item = getattr(value, "item", None)  # a NumPy number
    return item() if item is not None else str(value)


def _next_items(parameters: Mapping[str, Any], data: Json, items: list[Any]) -> Mapping[str, Any] | None:
    """Go on from the cursor, which stands for the filter as well: given together they are refused."""
    cursor = dig(data, "data.boards.0.items_page.cursor") or dig(data, "data.*.cursor")
    kept = {name: value for name, value in parameters.items() if name not in ("query_params", "columns")}
    return {**kept, "cursor": cursor} if cursor else None


def _limits() -> Iterator[Limit]:
    """Yield the limits of each plan, for a personal token and for an app's."""
    for plan, (points, daily, per_minute, at_once) in _PLANS.items():
        for when, budget in ((plan, points), (f"{plan} app", min(points, _APP_POINTS))):
            yield Limit(budget, per=60.0, unit="points", when=when, cost=lambda *_: _WRITE, source=_RATES)
            yield Limit(daily, per=86_400.0, when=when, source=_DAILY)
            yield Limit(per_minute, per=60.0, when=when, source=_RATES)
            yield Limit(at_once, when=when, source=_AT_ONCE)


def _find_plan(credential: Mapping[str, str], base: Mapping[str, str]) -> str:
    plan = base.get("plan") or "free"
    return f"{plan} app" if "access_token" in credential else plan


_WRITE, _ROW = 30_000.0, 100.0  # points a change, and a row read, are taken to cost until the answer says it
_COST = "complexity { query after reset_in_x_seconds }"


def _operation(
    name: str, document: str, takes: str, *, is_read: bool = True, items: str | None = None,
    pagination: PageNumber | Cursor | NextCall | None = None, is_idempotent: bool | None = None, bulk: str | None = None,
    summary: str = "",
) -> Operation:  # fmt: skip
    """Return an operation whose text asks for its own cost besides."""

    def cost(given: Mapping[str, Any]) -> float:
        return _ROW * (1.0 + float(given.get("limit") or 25)) if is_read else _WRITE

    return Operation(
        name, "POST", _PATH, fields(takes), document=f"{' '.join(document.split())[:-2]} {_COST} }}", items=items,
        is_paginated=pagination is not None, pagination=pagination, is_idempotent=is_read or is_idempotent, is_open=False,
        cost=cost, bulk=bulk, summary=summary,
    )  # fmt: skip


def _list(name: str, root: str, arguments: str, answer: str, takes: str) -> Operation:
    """Return the operation that reads rows by numbered pages."""
    pages = PageNumber(size="limit", items=f"data.{root}", max_size=100)
    arguments = f"limit: Int = 25, page: Int = 1, {arguments}".rstrip(", ")
    return _operation(
        name,
        write("query", root, arguments, answer),
        f"limit:integer page:integer {takes}",
        items=f"data.{root}",
        pagination=pages,
    )


def _mutation(
    name: str,
    root: str,
    arguments: str,
    answer: str,
    takes: str,
    *,
    is_idempotent: bool | None = None,
    summary: str = "",
) -> Operation:
    """Return the operation that changes something."""
    document = write("mutation", root, arguments, answer)
    return _operation(name, document, takes, is_read=False, is_idempotent=is_idempotent, summary=summary)


def _of_board(name: str, what: str, answer: str) -> Operation:
    """Return the operation that reads a part of one board."""
    document = f"query boards($board_id: ID!) {{ boards(ids: [$board_id]) {{ id {what} {{ {answer} }} }} }}"
    return _operation(name, document, "board_id!", items=f"data.boards.0.{what}")


_BOARD = "id name description state board_kind workspace_id items_count url updated_at"
_ITEM = "id name state url created_at updated_at group { id title } column_values { id type text value }"
_UPDATE = "id body text_body item_id creator_id created_at"
_PAGED = "limit:integer cursor"
_ITEMS_PAGE = f"""query boards($board_id: ID!, $limit: Int = 100, $cursor: String, $query_params: ItemsQuery) {{
    boards(ids: [$board_id]) {{ items_page(limit: $limit, cursor: $cursor, query_params: $query_params) {{
        cursor items {{ {_ITEM} }} }} }} }}"""
_ME = _operation(
    "me.get", write("query", "me", "", "id name email account { id }"), "", summary="Whose token this is."
)

integration = Integration(
    name="monday",
    title="monday.com",
    category="project-management",
    docs="https://developer.monday.com/api-reference/",
    checked="2026-11",
    base_url="https://api.monday.com",
    base_parameters=(
        BaseParameter("version", default="2026-10", pattern=r"\d{4}-\d\d", help="the API version"),
        BaseParameter(
            "plan", default="free", pattern="|".join(_PLANS),
            help="the account's plan, which sets the limits: free (or a trial), basic, standard, pro or enterprise",
        ),
    ),
    headers=(("API-Version", "{version}"),),
    auth=(
        ApiKey("token", header="Authorization", note="A personal API token, as it is; view-only users are refused."),
        OAuth2(
            title="For good",
            authorize="https://auth.monday.com/oauth2/authorize",
            token="https://auth.monday.com/oauth2/token",
            scopes=("me:read", "boards:read", "boards:write"),
            pkce=False,
            token_auth="client_secret_post",
            prefix="",
            authorize_extra=(("force_install_if_needed", "true"),),
            note="Holds until the app is uninstalled; an administrator has to have installed it.",
        ),
        OAuth2(
            title="The flow of 2026",
            authorize="https://auth.monday.com/oauth2/authorize",
            token="https://auth.monday.com/oauth_ms/oauth/token",
            scopes=("me:read", "boards:read", "boards:write"),
            pkce=True,
            token_auth="client_secret_post",
            refresh="rotates",
            prefix="",
            note="The flow of 2026, for versions of an app that have it switched on: its tokens expire.",
        ),
    ),
    # From one address 5,000 calls in ten seconds, whatever the plan.
    limits=(*_limits(), Limit(5000, per=10.0, source=_DAILY)),
    variant=_find_plan,
    read_hint=read_hint,
    classify=classify,
    adjust=adjust,
    errors=ErrorShape(
        message=("errors.0.message", "error_message", "errors.0"), code=("errors.0.extensions.code", "error_code")
    ),
    hints={
        "DAILY_LIMIT_EXCEEDED": "Today's calls are used up: they come back at midnight UTC. On a larger plan say so:"
        " ps.connect(..., plan='pro').",
        "COMPLEXITY_BUDGET_EXHAUSTED": "Ask for fewer rows or fields at a time; other programs use the same minute.",
        "ComplexityException": "Ask for fewer rows or fields at a time: one query may cost 5,000,000 points.",
        "maxConcurrencyExceeded": "Too many calls at once: other programs of the account run too; lower the concurrency.",
        "UserUnauthorizedException": "The token's user may not do this: check their role, and the board's permissions.",
        "ResourceNotFoundException": "Check the ids, and that the token's user sees the board.",
        "ColumnValueException": "The value does not fit the column's type: columns.list shows the types.",
        "InvalidColumnIdException": "Columns go by id, not by title: columns.list shows them.",
        "InvalidBoardIdException": "Check board_id: it is the number in the board's address.",
        "JsonParseException": "A value is not good JSON: give a dict, or leave the quotes to Penstock.",
        "CursorExpiredError": "A cursor lives an hour: begin the list again, with fewer fields or a narrower filter.",
        "ItemsLimitationException": "The board is full: it holds 10,000 items at most.",
        "401": "Check the token: it may have been made anew, or its user switched off.",
        "403": "The token's user may not do this; view-only users have no API.",
    },
    health=_ME,
    operations=(
        _ME,
        _list(
            "boards.list", "boards",
            "ids: [ID!], board_kind: BoardKind, state: State, workspace_ids: [ID], order_by: BoardsOrderBy",
            _BOARD,
            "ids:array board_kind=public|private|share state=active|all|archived|deleted workspace_ids:array"
            " order_by=created_at|used_at",
        ),
        _operation(
            "boards.get",
            f"query boards($board_id: ID!) {{ boards(ids: [$board_id]) {{ {_BOARD} owners {{ id name }} groups {{ id title }}"
            " columns { id title type } } }",
            "board_id!",
        ),
        _mutation(
            "boards.create", "create_board",
            """board_name: String!, board_kind: BoardKind!, description: String, workspace_id: ID, folder_id: ID,
            template_id: ID, empty: Boolean, board_owner_ids: [ID!], board_subscriber_ids: [ID!]""",
            _BOARD,
            "board_name! board_kind=public|private|share! description workspace_id folder_id template_id empty:boolean"
            " board_owner_ids:array board_subscriber_ids:array",
        ),
        _mutation("boards.archive", "archive_board", "board_id: ID!", "id state", "board_id!", is_idempotent=True),
        _mutation("boards.delete", "delete_board", "board_id: ID!", "id state", "board_id!", is_idempotent=True),
        _of_board("columns.list", "columns", "id title type description archived settings"),
        _mutation(
            "columns.create", "create_column",
            """board_id: ID!, title: String!, column_type: ColumnType!, description: String, defaults: JSON, id: String,
            after_column_id: ID""",
            "id title type", "board_id! title! column_type! description defaults id after_column_id",
            summary="column_type=status, text, numbers, date, people, dropdown, ...",
        ),
        _of_board("groups.list", "groups", "id title color position archived"),
        _mutation(
            "groups.create", "create_group",
            """board_id: ID!, group_name: String!, group_color: String, relative_to: String,
            position_relative_method: PositionRelative""",
            "id title", "board_id! group_name! group_color relative_to position_relative_method=after_at|before_at",
        ),
        _mutation(
            "groups.delete", "delete_group", "board_id: ID!, group_id: String!", "id deleted", "board_id! group_id!",
            is_idempotent=True,
        ),
        _operation(
            "items.list", _ITEMS_PAGE, f"board_id! query_params:object {_PAGED}", items="data.boards.0.items_page.items",
            pagination=NextCall(_next_items, items="data.boards.0.items_page.items", size="limit", max_size=500),
            summary='Of one board; query_params={"rules": [{"column_id": ..., "compare_value": [...]}]}.',
        ),
        _operation(
            "items.next_page",
            write("query", "next_items_page", "cursor: String!, limit: Int = 100", f"cursor items {{ {_ITEM} }}"),
            "cursor! limit:integer", items="data.next_items_page.items",
            pagination=Cursor(
                request="cursor", next="data.next_items_page.cursor", items="data.next_items_page.items", size="limit",
                max_size=500,
            ),
            summary="From a cursor one has.",
        ),
        _operation(
            "items.get", write("query", "items", "ids: [ID!], limit: Int = 100", _ITEM), "ids:array! limit:integer",
            items="data.items", bulk="items.get", summary="One id, or a list of up to 100.",
        ),
        _operation(
            "items.find_by_column",
            write(
                "query", "items_page_by_column_values",
                "board_id: ID!, columns: [ItemsPageByColumnValuesQuery!], cursor: String, limit: Int = 100",
                f"cursor items {{ {_ITEM} }}",
            ),
            f"board_id! columns:array {_PAGED}", items="data.items_page_by_column_values.items",
            pagination=NextCall(_next_items, items="data.items_page_by_column_values.items", size="limit", max_size=500),
            summary='columns=[{"column_id": "status", "column_values": ["Done"]}].',
        ),
        _mutation(
            "items.create", "create_item",
            """board_id: ID!, item_name: String!, group_id: String, column_values: JSON, create_labels_if_missing: Boolean,
            relative_to: ID, position_relative_method: PositionRelative""",
            "id name url", "board_id! item_name! group_id column_values create_labels_if_missing:boolean relative_to"
            " position_relative_method=after_at|before_at",
            summary='Columns by their ids: status="Done", date4="2026-11-23"; or column_values={...}.',
        ),
        _mutation(
            "items.create_subitem", "create_subitem",
            "parent_item_id: ID!, item_name: String!, column_values: JSON, create_labels_if_missing: Boolean",
            "id name url board { id }", "parent_item_id! item_name! column_values create_labels_if_missing:boolean",
        ),
        _mutation(
            "items.change_column", "change_column_value",
            "board_id: ID!, item_id: ID, column_id: String!, value: JSON!, create_labels_if_missing: Boolean", "id name",
            "board_id! item_id! column_id! value! create_labels_if_missing:boolean", is_idempotent=True,
            summary='value={"label": "Done"}; items.change_columns takes plain texts as well.',
        ),
        _mutation(
            "items.change_columns", "change_multiple_column_values",
            "board_id: ID!, item_id: ID, column_values: JSON!, create_labels_if_missing: Boolean", "id name",
            "board_id! item_id! column_values! create_labels_if_missing:boolean", is_idempotent=True,
            summary='Columns by their ids: status="Done"; or column_values={...}.',
        ),
        _mutation(
            "items.move_to_group", "move_item_to_group", "item_id: ID, group_id: String!", "id group { id }",
            "item_id! group_id!", is_idempotent=True,
        ),
        _mutation("items.archive", "archive_item", "item_id: ID", "id state", "item_id!", is_idempotent=True),
        _mutation("items.delete", "delete_item", "item_id: ID", "id state", "item_id!", is_idempotent=True),
        _mutation(
            "items.duplicate", "duplicate_item", "board_id: ID!, item_id: ID, with_updates: Boolean", "id name url",
            "board_id! item_id! with_updates:boolean",
        ),
        _mutation(
            "updates.create", "create_update", "item_id: ID, body: String!, parent_id: ID", _UPDATE, "item_id body! parent_id",
            summary="body= takes HTML; parent_id= answers another update.",
        ),
        _list(
            "updates.list", "updates", "ids: [ID!], from_date: String, to_date: String", _UPDATE,
            "ids:array from_date to_date",
        ),
        _list(
            "users.list", "users", "ids: [ID!], emails: [String!], name: String, newest_first: Boolean",
            "id name email title kind status created_at", "ids:array emails:array name newest_first:boolean",
        ),
        _list(
            "workspaces.list", "workspaces", "ids: [ID!], state: State", "id name kind description state",
            "ids:array state=active|all|archived|deleted",
        ),
        _mutation(
            "webhooks.create", "create_webhook", "board_id: ID!, url: String!, event: WebhookEventType!, config: JSON",
            "id board_id event", "board_id! url! event! config",
            summary="The address has to answer monday.com's challenge first. event=create_item, change_column_value, ...",
        ),
        _mutation("webhooks.delete", "delete_webhook", "id: ID!", "id board_id", "id!", is_idempotent=True),
    ),
    graphql_path=_PATH,
    webhooks=WebhookSource(
        None,  # the JWT of an app's webhook is in Authorization and does not cover the body
        event="body:event.type",
        delivery="body:event.triggerUuid",
        handshake='It sends {"challenge": ...} first, and wants the same back with a 200.',
        retries="Once a minute for 30 minutes.",
    ),
    unverified=(
        "calls a minute and calls at once of each plan",
        "what a call costs: 30,000 points a change and 100 a row are taken until the answer says it",
        "500 items a page, 100 ids in one items.get",
        "lifetimes of tokens in the OAuth flow of 2026",
        "which refusals come as 200 and which as 429",
        "the retries of webhooks",
    ),
)  # fmt: skip

_AS_TEXT = ("column_values", "value", "defaults", "config")
_WITH_COLUMNS = {
    operation.name: frozenset(parameter.name for parameter in operation.parameters)
    for operation in integration.operations
    if "column_values" in operation.variables
}
