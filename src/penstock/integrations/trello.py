"""Trello: boards, lists and cards.

docs        https://developer.atlassian.com/cloud/trello/rest/
checked     2026-11, 1 (in the path, undated)
quirks      A key says whose Power-Up calls, a token for whom; both go into the query here. No Retry-After and no reset: the
            ten seconds are waited out. More than 200 refusals in ten seconds, and everything of the key is refused. The
            paths below /members have a limit of their own, 100 in 15 minutes. Most errors are bare text; "unauthorized
            permission requested" is a 401 though the token is good. Few lists have pages: there before= takes an id, and
            the rows are not in the order of the ids. Webhooks are signed with the Power-Up's secret, not the token, over
            the body and the very address that was registered. OAuth 1.0a cannot be done here.
unverified  addresses and lifetimes of OAuth 2.0 (new in 2026); header fields with what is left (sent, not documented); the
            words of a 401; the largest page; how often a webhook is sent again. The description at hand is a third
            party's of 2019.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.catalog.definition import (
    ApiKeys,
    ErrorShape,
    Integration,
    Json,
    Limit,
    NextCall,
    OAuth2,
    Operation,
    RateLimitHint,
    Response,
    Signature,
    WebhookSource,
    fields,
    read,
)

_RATES = "https://developer.atlassian.com/cloud/trello/guides/rest-api/rate-limits/, 2026-11"
_WINDOW_S = 10.0
_LEFT = "x-rate-limit-api-token-remaining"
_NESTED = "fields:csv members:boolean member_fields:csv attachments:any checklists checkItemStates:boolean stickers:boolean"
_PAGE = "limit:integer before since"
_CARD = (
    "desc pos:any due start dueComplete:boolean idMembers:csv idLabels:csv address locationName coordinates"
)
_PAGE_SIZE = 1000


def classify(response: Response) -> int | None:
    """Tell a permission the user lacks from a token that is no longer good: both are a 401 in bare text."""
    if response.status == 401 and "permission requested" in response.text[:200]:
        return 403
    return None


def read_hint(response: Response) -> RateLimitHint | None:
    """Return what is left of the token's ten seconds, and how long a refused call waits for the next ten."""
    left = response.headers.get(_LEFT, "")
    is_of_members = "/1/member" in str(read(response, "message") or "")
    if response.status == 429 and not is_of_members and "retry-after" not in response.headers:
        return RateLimitHint(
            retry_after_s=_WINDOW_S, remaining=float(left) if left.isdigit() else None, scope="token"
        )
    return (
        RateLimitHint(remaining=float(left), scope="token")
        if left.isdigit() and response.status != 429
        else None
    )


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Ask for the largest page there is, from which one can go on."""
    if operation in ("boards.cards", "boards.actions"):
        parameters.setdefault("limit", _PAGE_SIZE)
    return parameters


def _go_back(asked: Mapping[str, Any], answer: Json, rows: list[Any]) -> Mapping[str, Any] | None:
    """Go on before the oldest row: ids begin with the time, and cards come in the board's order."""
    ids = [row["id"] for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)]
    is_full = len(rows) >= int(asked.get("limit") or _PAGE_SIZE)
    return {**asked, "before": min(ids)} if ids and is_full else None


_OLDER = NextCall(_go_back, items="$")
_ME = Operation(
    "members.me",
    "GET",
    "/members/me",
    fields("fields:csv"),
    summary="Whose token this is; 100 calls in 15 minutes.",
)

integration = Integration(
    name="trello",
    title="Trello",
    category="project management",
    docs="https://developer.atlassian.com/cloud/trello/rest/",
    checked="2026-11",
    base_url="https://api.trello.com/1",
    auth=(
        ApiKeys(
            parameter=(("key", "key"), ("token", "token")),
            note="The Power-Up's key, and a token of https://trello.com/1/authorize?expiration=never&scope=read,write"
            "&response_type=token&name=NAME&key=KEY.",
        ),
        OAuth2(is_offered=False, pkce=True, refresh="rotates", note="New in 2026; sign in elsewhere, and give the access_token."),
    ),
    limits=(
        Limit(300, per=_WINDOW_S, key="key", source=_RATES),
        Limit(100, per=_WINDOW_S, key="token", source=_RATES),
        Limit(100, per=900.0, only=("members.*",), source=_RATES),
    ),
    read_hint=read_hint,
    classify=classify,
    adjust=adjust,
    pagination=_OLDER,
    errors=ErrorShape(message=("message", "error"), code=("error",)),
    hints={
        "API_TOKEN_LIMIT_EXCEEDED": "Other programs use the same token: all have 100 calls in ten seconds.",
        "API_KEY_LIMIT_EXCEEDED": "All tokens of the key have 300 calls in ten seconds together.",
        "RATE_LIMIT_EXCEEDED": "What is below /members may be asked 100 times in 15 minutes: ask the boards instead.",
        "API_TOO_MANY_CARDS_REQUESTED": "Ask for fewer cards at once, with limit=, or without their attachments and members.",
        "400": "Trello refused a value: check the ids (24 characters, or a card's short link) and what is required.",
        "401": "Check key and token: a token ends when its time is over or its user revokes it, and belongs to one key.",
        "403": "The token's user may not do this on this board, or the token has no write scope.",
        "404": "Nothing there has this id, or the token's user cannot see it.",
        "409": "It changed meanwhile: read it again.",
        "449": "Trello could not do it just now: send it again.",
    },
    health=_ME,
    operations=(
        Operation(
            "boards.create", "POST", "/boards",
            fields("""
                name! desc idOrganization idBoardSource keepFromSource defaultLists:boolean defaultLabels:boolean
                prefs_permissionLevel=org|private|public prefs_background prefs_voting prefs_comments prefs_invitations
                prefs_selfJoin:boolean
            """),
        ),
        Operation(
            "boards.get", "GET", "/boards/{id}",
            fields("fields:csv lists cards labels members memberships checklists customFields:boolean organization:boolean"),
        ),
        Operation("boards.update", "PUT", "/boards/{id}", fields("name desc closed:boolean subscribed:boolean idOrganization")),
        Operation("boards.delete", "DELETE", "/boards/{id}", summary="Cannot be undone; boards.update(closed=True) can."),
        Operation("boards.lists", "GET", "/boards/{id}/lists", fields("filter=all|open|closed|none fields:csv cards"), items="$"),
        Operation(
            "boards.cards", "GET", "/boards/{id}/cards", fields(_NESTED, _PAGE, "filter=all|open|closed|visible"),
            is_paginated=True,
        ),
        Operation(
            "boards.actions", "GET", "/boards/{id}/actions", fields(_PAGE, "filter:csv fields:csv memberCreator:boolean"),
            is_paginated=True, summary="What happened, the newest first.",
        ),
        Operation("lists.create", "POST", "/lists", fields("name! idBoard! idListSource pos:any")),
        Operation("lists.get", "GET", "/lists/{id}", fields("fields:csv")),
        Operation("lists.update", "PUT", "/lists/{id}", fields("name closed:boolean idBoard pos:any subscribed:boolean")),
        Operation("lists.archive", "PUT", "/lists/{id}/closed", fields("value:boolean!"), summary="value=False brings it back."),
        Operation("lists.cards", "GET", "/lists/{id}/cards", fields(_NESTED, "limit:integer filter"), items="$"),
        Operation(
            "cards.create", "POST", "/cards",
            fields("idList! name", _CARD, "urlSource idCardSource keepFromSource:csv cardRole"),
        ),
        Operation(
            "cards.get", "GET", "/cards/{id}", fields(_NESTED, "actions:csv board:boolean list:boolean customFieldItems:boolean")
        ),
        Operation(
            "cards.update", "PUT", "/cards/{id}",
            fields("name closed:boolean idList idBoard idAttachmentCover subscribed:boolean cover:object", _CARD),
        ),
        Operation("cards.delete", "DELETE", "/cards/{id}", summary="Cannot be undone; cards.update(closed=True) can."),
        Operation("cards.add_comment", "POST", "/cards/{id}/actions/comments", fields("text!")),
        Operation("cards.update_comment", "PUT", "/cards/{id}/actions/{idAction}/comments", fields("text!")),
        Operation("cards.delete_comment", "DELETE", "/cards/{id}/actions/{idAction}/comments"),
        Operation(
            "cards.add_attachment", "POST", "/cards/{id}/attachments", fields("url file:any name mimeType setCover:boolean"),
            body="multipart", summary='url=, or file=("plan.pdf", bytes, "application/pdf").',
        ),
        Operation("cards.list_attachments", "GET", "/cards/{id}/attachments", fields("fields:csv filter"), items="$"),
        Operation(
            "cards.add_label", "POST", "/cards/{id}/idLabels", fields("value!"), summary="value is the label's id."
        ),
        Operation("cards.remove_label", "DELETE", "/cards/{id}/idLabels/{idLabel}"),
        Operation("checklists.create", "POST", "/checklists", fields("idCard! name pos:any idChecklistSource")),
        Operation(
            "checklists.add_item", "POST", "/checklists/{id}/checkItems",
            fields("name! pos:any checked:boolean due dueReminder:integer idMember"),
        ),
        Operation(
            "checklists.update_item", "PUT", "/cards/{id}/checkItem/{idCheckItem}",
            fields("name state=complete|incomplete pos:any idChecklist due dueReminder:integer idMember"),
            summary="id is the card's.",
        ),
        _ME,
        Operation(
            "members.boards", "GET", "/members/{id}/boards", fields("filter:csv fields:csv lists organization:boolean"),
            items="$", summary='id="me" is the token\'s user.',
        ),
        Operation(
            "cards.search", "GET", "/search",
            fields("""
                query! modelTypes:csv idBoards:csv idOrganizations:csv idCards:csv partial:boolean card_fields:csv
                cards_limit:integer cards_page:integer board_fields:csv boards_limit:integer
            """),
            items="cards",
        ),
        Operation(
            "webhooks.create", "POST", "/webhooks", fields("callbackURL! idModel! description active:boolean"),
            summary="Trello asks callbackURL with HEAD before it answers.",
        ),
    ),
    webhooks=WebhookSource(
        Signature(
            "X-Trello-Webhook", algorithm="hmac-sha1", encoding="base64", signed="{body}{url}",
            note="The key is the Power-Up's OAuth secret; the address is callbackURL letter by letter as registered.",
        ),
        event="body:action.type",
        delivery="body:action.id",
        handshake="While the webhook is being created a HEAD request comes, which must be answered with 200.",
        retries="A few times at growing distances; a 410 ends the webhook for good.",
    ),
    unverified=(
        "addresses and lifetimes of OAuth 2.0",
        "the header fields with what is left",
        "the words of a 401",
        "the largest page",
        "how often a webhook is sent again",
    ),
)  # fmt: skip
