"""What Trello answers and is asked, and what each means: data only.

Bodies as in https://developer.atlassian.com/cloud/trello/guides/rest-api/rate-limits/ and /status-codes/ (2026-11).
"""

CREDENTIALS = [
    {"credential": {"key": "abc", "token": "ATTAdef"}},
    {"credential": {"access_token": "ghi"}, "authorization": "Bearer ghi"},
]

BASES = [{"given": {}, "url": "https://api.trello.com/1", "headers": {}}]

ANSWERS = [
    {
        "why": "a success, with what is left of the token's ten seconds",
        "status": 200,
        "headers": {"x-rate-limit-api-token-max": "100", "x-rate-limit-api-token-remaining": "97"},
        "body": {"id": "5abbe4b7ddc1b351ef961414"},
        "verdict": "success",
        "hint": {"remaining": 97.0, "scope": "token"},
    },
    {
        "why": "too fast for the token: wait out the ten seconds",
        "status": 429,
        "headers": {"x-rate-limit-api-token-remaining": "0"},
        "body": {"error": "API_TOKEN_LIMIT_EXCEEDED", "message": "Rate limit exceeded"},
        "verdict": "throttled",
        "hint": {"retry_after_s": 10.0, "remaining": 0.0},
        "code": "API_TOKEN_LIMIT_EXCEEDED",
        "has_hint": True,
    },
    {
        "why": "too fast for the key",
        "status": 429,
        "body": {"error": "API_KEY_LIMIT_EXCEEDED", "message": "Rate limit exceeded"},
        "verdict": "throttled",
        "hint": {"retry_after_s": 10.0},
        "has_hint": True,
    },
    {
        "why": "too many calls below /members: ten seconds would not do",
        "status": 429,
        "body": {"error": "RATE_LIMIT_EXCEEDED", "message": "Exceeded rate limit to /1/member"},
        "verdict": "throttled",
        "has_hint": True,
    },
    {"why": "a token that is over, in bare text", "status": 401, "body": "expired token", "verdict": "auth", "has_hint": True},
    {"why": "a wrong key, in bare text", "status": 401, "body": "invalid key", "verdict": "auth", "has_hint": True},
    {
        "why": "a 401 that is no wrong token",
        "status": 401,
        "body": "unauthorized permission requested",
        "verdict": "permanent",
        "means": 403,
        "has_hint": True,
    },
    {"why": "a wrong id, in bare text", "status": 400, "body": "invalid id", "verdict": "permanent", "has_hint": True},
    {
        "why": "nothing there",
        "status": 404,
        "body": "The requested resource was not found.",
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "their failure",
        "status": 500,
        "body": "Internal Server Error",
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
    {"why": "a gateway", "status": 504, "body": "", "verdict": {"resendable": "transient", "otherwise": "uncertain"}},
    {
        "why": "a page of something on the way is no success",
        "status": 200,
        "headers": {"content-type": "text/html"},
        "body": "<html>Please sign in</html>",
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]  # fmt: skip

_BOARD, _LIST = "5abbe4b7ddc1b351ef961414", "5abbe4b7ddc1b351ef961415"

REQUESTS = [
    {
        "operation": "cards.create",
        "given": {"idList": _LIST, "name": "Call Ada", "idLabels": ["a", "b"], "due": None, "pos": "top"},
        "url": "https://api.trello.com/1/cards",
        "body": {"idList": _LIST, "name": "Call Ada", "idLabels": "a,b", "pos": "top"},
        "is_resendable": False,
    },
    {
        "operation": "boards.cards",
        "given": {"id": _BOARD, "fields": ["name", "due"], "filter": "all"},
        "url": f"https://api.trello.com/1/boards/{_BOARD}/cards?fields=name%2Cdue&filter=all&limit=1000",
        "is_resendable": True,
    },
    {
        "operation": "lists.archive",
        "given": {"id": _LIST, "value": True},
        "url": f"https://api.trello.com/1/lists/{_LIST}/closed",
        "body": {"value": True},
        "is_resendable": True,
    },
    {
        "operation": "checklists.update_item",
        "given": {"id": "c1", "idCheckItem": "i1", "state": "complete"},
        "url": "https://api.trello.com/1/cards/c1/checkItem/i1",
        "body": {"state": "complete"},
    },
    {
        "operation": "cards.search",
        "given": {"query": "ada", "modelTypes": ["cards", "boards"], "partial": True},
        "url": "https://api.trello.com/1/search?query=ada&modelTypes=cards%2Cboards&partial=true",
    },
]  # fmt: skip

REFUSED = [
    {"operation": "cards.create", "given": {"name": "Call Ada"}, "says": "needs idList"},
    {"operation": "cards.create", "given": {"id_list": _LIST, "name": "a"}, "says": "Did you mean idList?"},
    {"operation": "checklists.update_item", "given": {"id": "c1", "idCheckItem": "i1", "state": "done"}, "says": "complete"},
]  # fmt: skip

PAGES = [
    {
        "operation": "boards.cards",
        "asked": {"id": _BOARD, "limit": 3},
        "body": [{"id": "5b"}, {"id": "5a"}, {"id": "5c"}],
        "items": [{"id": "5b"}, {"id": "5a"}, {"id": "5c"}],
        "next": {"id": _BOARD, "limit": 3, "before": "5a"},
    },
    {
        "operation": "boards.actions",
        "asked": {"id": _BOARD, "limit": 3, "before": "5a"},
        "body": [{"id": "59"}],
        "items": [{"id": "59"}],
    },
    {"operation": "boards.actions", "asked": {"id": _BOARD, "limit": 3}, "body": [], "items": []},
]

NOT_DESCRIBED = {
    "boards.delete": "the description is of 2019; a board could only be closed then",
    "checklists.update_item": "the description is of 2019; it has the longer path with the checklist's id",
    "members.me": 'described as /members/{idMember}, whose id may be the word "me"',
}
