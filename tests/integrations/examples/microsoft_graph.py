"""What Microsoft Graph answers and is asked, and what each means: data only.

Bodies as in https://learn.microsoft.com/graph/errors and /graph/throttling (2026-11).
"""

CREDENTIALS = [
    {"credential": {"access_token": "eyJ0.abc"}, "variant": "small", "authorization": "Bearer eyJ0.abc"},
    {
        "credential": {"token": "eyJ0.abc"},
        "base": {"tenant_size": "large"},
        "variant": "large",
        "authorization": "Bearer eyJ0.abc",
    },
]

BASES = [
    {"given": {}, "url": "https://graph.microsoft.com/v1.0", "headers": {}},
    {
        "given": {"host": "graph.microsoft.us", "prefer": 'IdType="ImmutableId"'},
        "url": "https://graph.microsoft.us/v1.0",
        "headers": {"Prefer": 'IdType="ImmutableId"'},
    },
]

_LINK = "https://graph.microsoft.com/v1.0/users?$top=2&$select=id&$skiptoken=RFNwdAIAAQ%3d%3d"

ANSWERS = [
    {
        "why": "a success, with what it took",
        "status": 200,
        "headers": {"x-ms-resource-unit": "2"},
        "body": {"value": [{"id": "1"}]},
        "verdict": "success",
        "hint": {"cost": 2.0, "unit": "resource units"},
    },
    {"why": "taken to be sent", "status": 202, "body": "", "verdict": "success"},
    {
        "why": "a batch is a success, whatever its parts say",
        "status": 200,
        "body": {"responses": [{"id": "1", "status": 429, "headers": {"Retry-After": "10"}}]},
        "verdict": "success",
    },
    {
        "why": "too fast, with a time",
        "status": 429,
        "headers": {"retry-after": "10"},
        "body": {"error": {"code": "TooManyRequests", "message": "Please retry after 10 seconds."}},
        "verdict": "throttled",
        "hint": {"retry_after_s": 10.0},
        "code": "TooManyRequests",
        "has_hint": True,
    },
    {
        "why": "too many at once on one mailbox, without a time",
        "status": 429,
        "body": {
            "error": {
                "code": "ApplicationThrottled",
                "message": "Application is over its MailboxConcurrency limit.",
            }
        },
        "verdict": "throttled",
        "has_hint": True,
    },
    {
        "why": "SharePoint's own number for too fast",
        "status": 509,
        "body": {"error": {"code": "bandwidthLimitExceeded", "message": "Bandwidth limit exceeded."}},
        "verdict": "throttled",
        "means": 429,
    },
    {
        "why": "not now, for so long",
        "status": 503,
        "headers": {"retry-after": "5"},
        "body": {"error": {"code": "serviceNotAvailable", "message": "Try again later."}},
        "verdict": {"resendable": "throttled", "otherwise": "uncertain"},
        "hint": {"retry_after_s": 5.0},
    },
    {
        "why": "the drive is full: waiting does not help",
        "status": 507,
        "body": {"error": {"code": "quotaLimitReached", "message": "Insufficient space."}},
        "verdict": "permanent",
    },
    {
        "why": "the token has ended",
        "status": 401,
        "body": {"error": {"code": "InvalidAuthenticationToken", "message": "Access token has expired."}},
        "verdict": "auth",
        "has_hint": True,
    },
    {
        "why": "a permission is missing",
        "status": 403,
        "body": {"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges."}},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "the app alone has no /me",
        "status": 400,
        "body": {
            "error": {
                "code": "BadRequest",
                "message": "/me request is only valid with delegated authentication flow.",
            }
        },
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "moved, so that its id is another",
        "status": 404,
        "body": {"error": {"code": "ErrorItemNotFound", "message": "The specified object was not found."}},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "their failure: the mail may be sent",
        "status": 504,
        "body": {"error": {"code": "UnknownError", "message": "Gateway timeout."}},
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]

REQUESTS = [
    {
        "operation": "mail.send",
        "given": {
            "user_id": "ada@example.com",
            "subject": "Hello",
            "body": "<p>Hello</p>",
            "toRecipients": "b@example.com; c@example.com",
            "saveToSentItems": False,
        },
        "url": "https://graph.microsoft.com/v1.0/users/ada%40example.com/sendMail",
        "body": {
            "message": {
                "subject": "Hello",
                "body": {"contentType": "html", "content": "<p>Hello</p>"},
                "toRecipients": [
                    {"emailAddress": {"address": "b@example.com"}},
                    {"emailAddress": {"address": "c@example.com"}},
                ],
            },
            "saveToSentItems": False,
        },
        "is_resendable": False,
    },
    {
        "operation": "events.create",
        "given": {
            "user_id": "1f",
            "subject": "Stand-up",
            "start": "2026-11-23T09:00:00",
            "end": {"dateTime": "2026-11-23T09:15:00", "timeZone": "Europe/Paris"},
            "attendees": ["b@example.com"],
        },
        "url": "https://graph.microsoft.com/v1.0/users/1f/events",
        "body": {
            "subject": "Stand-up",
            "start": {"dateTime": "2026-11-23T09:00:00", "timeZone": "UTC"},
            "end": {"dateTime": "2026-11-23T09:15:00", "timeZone": "Europe/Paris"},
            "attendees": [{"emailAddress": {"address": "b@example.com"}, "type": "required"}],
            "transactionId": "KEY",
        },
        "is_resendable": True,
    },
    {
        "operation": "users.list",
        "given": {
            "select": ["id", "mail"],
            "filter": "endsWith(mail,'@b.co')",
            "count": True,
            "consistency_level": "eventual",
        },
        "url": "https://graph.microsoft.com/v1.0/users?$select=id%2Cmail&$filter=endsWith(mail,'@b.co')&$count=true",
        "headers": {"ConsistencyLevel": "eventual"},
    },
    {
        "operation": "drive.upload",
        "given": {"drive_id": "b!1", "item_id": "root", "filename": "a file.txt", "content": b"hello"},
        "url": "https://graph.microsoft.com/v1.0/drives/b%211/items/root:/a%20file.txt:/content",
        "body": "hello",
        "is_resendable": True,
    },
    {
        "operation": "groups.update",
        "given": {"group_id": "g", "members": ["1", "2"]},
        "url": "https://graph.microsoft.com/v1.0/groups/g",
        "body": {
            "members@odata.bind": [
                "https://graph.microsoft.com/v1.0/directoryObjects/1",
                "https://graph.microsoft.com/v1.0/directoryObjects/2",
            ]
        },
        "is_resendable": False,
    },
    {
        "operation": "channel_messages.create",
        "given": {"team_id": "t", "channel_id": "19:c@thread.tacv2", "body": "hello"},
        "url": "https://graph.microsoft.com/v1.0/teams/t/channels/19%3Ac%40thread.tacv2/messages",
        "body": {"body": {"contentType": "text", "content": "hello"}},
    },
]

REFUSED = [
    {"operation": "mail.send", "given": {"subject": "a", "body": "b", "toRecipients": "c@d.co"}, "says": "needs user_id"},
    {"operation": "mail.send", "given": {"user_id": "1", "subject": "a", "body": "b"}, "says": "needs toRecipients"},
    {"operation": "users.list", "given": {"selct": "id"}, "says": "Did you mean select?"},
    {
        "operation": "messages.update",
        "given": {"user_id": "1", "message_id": "2", "importance": "urgent"},
        "says": "low, normal, high",
    },
]  # fmt: skip

PAGES = [
    {
        "operation": "users.list",
        "asked": {"top": 2, "select": "id", "consistency_level": "eventual"},
        "body": {"@odata.nextLink": _LINK, "value": [{"id": "1"}, {"id": "2"}]},
        "items": [{"id": "1"}, {"id": "2"}],
        "next": {
            "consistency_level": "eventual",
            "$top": "2",
            "$select": "id",
            "$skiptoken": "RFNwdAIAAQ==",
        },
    },
    {
        "operation": "messages.list",
        "asked": {"user_id": "1", "top": 2},
        "body": {
            "@odata.nextLink": "https://graph.microsoft.com/v1.0/users/1/messages?%24top=2&%24skip=2",
            "value": [],
        },
        "items": [],
        "next": {"user_id": "1", "$top": "2", "$skip": "2"},
    },
    {
        "operation": "messages.list",
        "asked": {"user_id": "1", "$top": "2", "$skip": "2"},
        "body": {"value": [{"id": "3"}]},
        "items": [{"id": "3"}],
    },
]

_ACTION = "described with its namespace in the path (microsoft.graph.), which may be left out"
_OLD = "the description is of 2021-09 and lacks it; the reference has it"
_UNCHECKED = (
    "the description is of 2021-09 and lacks it; written from memory, not compared with the reference"
)
NOT_DESCRIBED = {
    "users.me": "the description has no /me at all",
    "mail.send": _ACTION,
    "messages.reply": _ACTION,
    "drive.root.children": _OLD,
    "drive.items.children": _OLD,
    "drive.upload": "a file is addressed by its path, which the description cannot say",
    "batch.send": "no document describes $batch: it is the service's, not a resource's",
    "workbook.worksheets.list": _UNCHECKED,
    "workbook.worksheets.create": _UNCHECKED,
    "workbook.worksheets.delete": _UNCHECKED,
    "workbook.ranges.get": _UNCHECKED,
    "workbook.ranges.update": _UNCHECKED,
    "workbook.ranges.clear": _UNCHECKED,
    "workbook.tables.create": _UNCHECKED,
    "workbook.tables.delete": _UNCHECKED,
    "workbook.tables.columns": _UNCHECKED,
    "workbook.tables.rows": _UNCHECKED,
    "workbook.tables.add_rows": _UNCHECKED,
    "workbook.tables.convert_to_range": _UNCHECKED,
    "drive.items.create_folder": _UNCHECKED,
    "drive.items.copy": _UNCHECKED,
    "drive.items.create_link": _UNCHECKED,
    "channel_messages.soft_delete": _UNCHECKED,
    "channel_messages.undo_soft_delete": _UNCHECKED,
    "chat_messages.soft_delete": _UNCHECKED,
    "chat_messages.undo_soft_delete": _UNCHECKED,
    "groups.members.remove": _UNCHECKED,
}
