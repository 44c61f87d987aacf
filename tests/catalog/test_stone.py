"""Dropbox's stone."""

from __future__ import annotations

from typing import Any

from penstock.catalog.parameters import Parameter
from penstock.catalog.stone import is_stone, read_stone

FILES: dict[str, Any] = {
    "types": {
        "Base": {"kind": "struct", "fields": [{"name": "path", "type": "String"}]},
        "Arg": {
            "kind": "struct",
            "extends": "files.Base",
            "fields": [
                {"name": "limit", "type": {"nullable": "UInt32"}},
                {"name": "recursive", "type": "Boolean", "default": False},
                {"name": "mode", "type": "files.Mode"},
                {"name": "entries", "type": {"list": "files.Base"}},
                {"name": "team", "type": "team.Id"},
            ],
        },
        "Mode": {"kind": "union", "fields": [{"name": "add", "type": "Void"}]},
        "Loop": {"kind": "struct", "extends": "files.Loop", "fields": []},
    },
    "routes": [
        {"path": "/files/list", "arg": "files.Arg", "attrs": {"auth": "user", "host": "api", "style": "rpc"}},
        {
            "path": "/files/upload",
            "arg": "files.Base",
            "attrs": {"auth": "user", "host": "content", "style": "upload"},
        },
        {"path": "/files/loop", "arg": "files.Loop", "attrs": {}},
        {"path": "/files/old", "deprecated": True, "attrs": {}},
        {"path": "/check/app", "attrs": {"auth": "app"}},
    ],
}
TEAM: dict[str, Any] = {"types": {"Id": {"kind": "alias", "type": "String"}}, "routes": []}


def test_routes_are_calls() -> None:
    """Arguments are parameters, inherited ones too; of an upload they go into a header field, beside the bytes."""
    assert is_stone(FILES) and not is_stone({"paths": {}})
    description = read_stone(FILES, {"files": FILES, "team": TEAM})
    listed, upload, loop = description.calls
    assert description.skipped == {"deprecated": 1, "another sign-in": 1}
    assert (listed.method, listed.server, listed.body) == ("POST", "https://api.dropboxapi.com/2", "json")
    assert {p.name: (p.type, p.is_required) for p in listed.parameters} == {
        "limit": ("integer", False), "recursive": ("boolean", False), "mode": ("any", True), "entries": ("array", True),
        "team": ("string", True), "path": ("string", True),
    }  # fmt: skip
    assert (upload.server, upload.body) == ("https://content.dropboxapi.com/2", "raw")
    assert set(upload.parameters) == {
        Parameter("content", "body", "any", True, wire="$"),
        Parameter("arg", "header", "object", True, wire="Dropbox-API-Arg"),
    }
    assert loop.parameters == ()
