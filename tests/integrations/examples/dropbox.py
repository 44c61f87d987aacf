"""What Dropbox answers and is asked, and what each means: data only.

Bodies as in https://www.dropbox.com/developers/documentation/http/documentation#error-handling and auth.stone (2026-11).
"""

CREDENTIALS = [
    {"credential": {"token": "sl.abc"}, "authorization": "Bearer sl.abc"},
    {"credential": {"access_token": "sl.abc"}, "authorization": "Bearer sl.abc"},
]

BASES = [
    {"given": {}, "url": "https://api.dropboxapi.com/2", "headers": {}},
    {
        "given": {"select_user": "dbmid:AAFD-1"},
        "url": "https://api.dropboxapi.com/2",
        "headers": {"Dropbox-API-Select-User": "dbmid:AAFD-1"},
    },
]

ANSWERS = [
    {
        "why": "a success",
        "status": 200,
        "body": {".tag": "file", "name": "a.txt", "rev": "a1c10ce0dd78"},
        "verdict": "success",
    },
    {
        "why": "a file is a success though it is no JSON",
        "status": 200,
        "headers": {"content-type": "application/octet-stream", "dropbox-api-result": '{"name": "a.txt"}'},
        "body": "hello",
        "verdict": "success",
    },
    {
        "why": "too fast",
        "status": 429,
        "headers": {"retry-after": "15"},
        "body": {
            "error_summary": "too_many_requests/..",
            "error": {"reason": {".tag": "too_many_requests"}, "retry_after": 15},
        },
        "verdict": "throttled",
        "hint": {"retry_after_s": 15.0},
        "code": "too_many_requests",
        "has_hint": True,
    },
    {
        "why": "two writers, with the wait in the body alone",
        "status": 429,
        "body": {
            "error_summary": "too_many_write_operations/..",
            "error": {"reason": {".tag": "too_many_write_operations"}, "retry_after": 1},
        },
        "verdict": "throttled",
        "hint": {"retry_after_s": 1.0},
        "has_hint": True,
    },
    {
        "why": "two writers, as a 409",
        "status": 409,
        "body": {
            "error_summary": "path/too_many_write_operations/..",
            "error": {".tag": "path", "reason": {".tag": "too_many_write_operations"}},
        },
        "verdict": "throttled",
        "means": 429,
        "code": "too_many_write_operations",
        "has_hint": True,
    },
    {
        "why": "too fast, in plain text",
        "status": 429,
        "headers": {"content-type": "text/plain"},
        "body": "too_many_requests",
        "verdict": "throttled",
    },
    {
        "why": "nothing there is a 409 too",
        "status": 409,
        "body": {
            "error_summary": "path_lookup/not_found/...",
            "error": {".tag": "path_lookup", "path_lookup": {".tag": "not_found"}},
        },
        "verdict": "permanent",
        "means": 404,
        "code": "not_found",
        "has_hint": True,
    },
    {
        "why": "something else is there",
        "status": 409,
        "body": {
            "error_summary": "path/conflict/file/..",
            "error": {".tag": "path", "reason": {".tag": "conflict", "conflict": {".tag": "file"}}},
        },
        "verdict": "permanent",
        "means": 409,
        "code": "conflict",
        "has_hint": True,
    },
    {
        "why": "a cursor that is no longer good",
        "status": 409,
        "body": {"error_summary": "reset/..", "error": {".tag": "reset"}},
        "verdict": "permanent",
        "code": "reset",
        "has_hint": True,
    },
    {
        "why": "their failure, as a 409",
        "status": 409,
        "body": {"error_summary": "internal_error/..", "error": {".tag": "internal_error"}},
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
        "means": 500,
    },
    {
        "why": "four hours are over",
        "status": 401,
        "body": {"error_summary": "expired_access_token/..", "error": {".tag": "expired_access_token"}},
        "verdict": "auth",
        "code": "expired_access_token",
        "has_hint": True,
    },
    {
        "why": "a scope the token does not have, nor would a new one",
        "status": 401,
        "body": {
            "error_summary": "missing_scope/..",
            "error": {".tag": "missing_scope", "required_scope": "files.content.write"},
        },
        "verdict": "permanent",
        "means": 403,
        "code": "missing_scope",
        "has_hint": True,
    },
    {
        "why": "a request they cannot read, in plain text",
        "status": 400,
        "headers": {"content-type": "text/plain; charset=utf-8"},
        "body": 'Error in call to API function "files/upload": request body: could not decode input as JSON',
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "their failure",
        "status": 500,
        "body": "",
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]

REQUESTS = [
    {
        "operation": "files.upload",
        "given": {"path": "/Prüfung.txt", "content": b"hello", "mode": "overwrite", "mute": "true"},
        "url": "https://content.dropboxapi.com/2/files/upload",
        "body": "hello",
        "headers": {
            "Dropbox-API-Arg": '{"path": "/Pr\\u00fcfung.txt", "mode": "overwrite", "mute": true}',
            "Content-Type": "application/octet-stream",
        },
        "is_resendable": False,
    },
    {
        "operation": "files.download",
        "given": {"path": "id:a4ayc_80_OEAAAAAAAAAXw"},
        "url": "https://content.dropboxapi.com/2/files/download",
        "body": "",
        "headers": {"Dropbox-API-Arg": '{"path": "id:a4ayc_80_OEAAAAAAAAAXw"}'},
        "no_headers": ["Content-Type"],
        "is_resendable": True,
    },
    {
        "operation": "upload_session.start",
        "given": {"content": b"first"},
        "url": "https://content.dropboxapi.com/2/files/upload_session/start",
        "body": "first",
        "headers": {"Dropbox-API-Arg": "{}"},
    },
    {
        "operation": "upload_session.finish",
        "given": {
            "session_id": "AAAA",
            "offset": 5.0,
            "path": "/a.bin",
            "autorename": True,
            "content": b"last",
        },
        "url": "https://content.dropboxapi.com/2/files/upload_session/finish",
        "body": "last",
        "headers": {
            "Dropbox-API-Arg": '{"cursor": {"session_id": "AAAA", "offset": 5},'
            ' "commit": {"path": "/a.bin", "autorename": true}}'
        },
    },
    {
        "operation": "files.list_folder",
        "given": {"path": "/", "recursive": True},
        "url": "https://api.dropboxapi.com/2/files/list_folder",
        "body": {"path": "", "recursive": True},
        "is_resendable": True,
    },
    {
        "operation": "files.move",
        "given": {"from_path": "/a", "to_path": "/b", "autorename": False},
        "url": "https://api.dropboxapi.com/2/files/move_v2",
        "body": {"from_path": "/a", "to_path": "/b", "autorename": False},
        "is_resendable": False,
    },
    {
        "operation": "users.current",
        "given": {},
        "url": "https://api.dropboxapi.com/2/users/get_current_account",
        "body": "",
        "no_headers": ["Content-Type"],
    },
]

REFUSED = [
    {"operation": "files.upload", "given": {"content": b"hello"}, "says": "needs path"},
    {"operation": "files.upload", "given": {"path": "/a"}, "says": "needs content"},
    {"operation": "upload_session.append", "given": {"session_id": "A", "content": b""}, "says": "needs offset"},
    {"operation": "files.copy", "given": {"from_path": "/a"}, "says": "needs to_path"},
    {"operation": "files.delete", "given": {"pth": "/a"}, "says": "needs path"},
]  # fmt: skip

PAGES = [
    {
        "operation": "files.list_folder",
        "asked": {"path": "", "limit": 2000},
        "body": {"entries": [{"name": "a"}], "cursor": "ZtkX9", "has_more": True},
        "items": [{"name": "a"}],
        "next": {"cursor": "ZtkX9"},
        "next_url": "list_folder/continue",
    },
    {
        "operation": "files.list_folder",
        "asked": {"cursor": "ZtkX9"},
        "body": {"entries": [{"name": "b"}], "cursor": "ZtkX0", "has_more": False},
        "items": [{"name": "b"}],
    },
    {
        "operation": "files.search",
        "asked": {"query": "report"},
        "body": {"matches": [{"metadata": {}}], "cursor": "abc", "has_more": True},
        "items": [{"metadata": {}}],
        "next": {"cursor": "abc"},
        "next_url": "search/continue_v2",
    },
]
