"""Google's discovery documents."""

from __future__ import annotations

from typing import Any

from penstock.catalog.discovery import is_discovery, read_discovery
from penstock.catalog.parameters import Parameter

DOCUMENT: dict[str, Any] = {
    "discoveryVersion": "v1",
    "title": "Sheets",
    "rootUrl": "https://sheets.googleapis.com/",
    "servicePath": "",
    "parameters": {"alt": {"type": "string", "location": "query"}},
    "schemas": {
        "Range": {"type": "object", "properties": {"values": {"type": "array"}, "next": {"$ref": "Range"}}},
        "Rows": {"properties": {"items": {"type": "array"}}},
    },
    "resources": {
        "sheets": {
            "resources": {
                "values": {
                    "methods": {
                        "update": {
                            "id": "sheets.sheets.values.update",
                            "httpMethod": "PUT",
                            "path": "v4/sheets/{sheetId}/values/{+range}",
                            "parameters": {
                                "sheetId": {"location": "path", "required": True, "type": "string"},
                                "range": {"location": "path", "required": True, "type": "string"},
                                "option": {"location": "query", "type": "string", "enum": ["RAW", "USER"]},
                            },
                            "request": {"$ref": "Range"},
                        },
                        "old": {"id": "s.v.old", "httpMethod": "GET", "path": "v4/old", "deprecated": True},
                    }
                }
            },
            "methods": {
                "list": {
                    "id": "sheets.sheets.list", "httpMethod": "GET", "path": "v4/sheets", "response": {"$ref": "Rows"},
                    "parameters": {"ids": {"location": "query", "repeated": True, "type": "string"}},
                }
            },
        }
    },
}  # fmt: skip


def test_methods_are_found_at_every_depth() -> None:
    """Methods within resources within resources are calls; deprecated ones are counted, parameters of all left out."""
    assert is_discovery(DOCUMENT)
    description = read_discovery(DOCUMENT)
    listed, update = description.calls
    assert description.skipped == {"deprecated": 1}
    assert (listed.method, listed.path, listed.own_name) == ("GET", "/v4/sheets", "sheets.list")
    assert (listed.items, listed.server) == ("items", "https://sheets.googleapis.com")
    assert listed.parameters == (Parameter("ids", "query", "array"),)
    assert (update.path, update.body) == ("/v4/sheets/{sheetId}/values/{range}", "json")
    assert update.parameters == (
        Parameter("range", "path", "path", True),
        Parameter("option", "query", "string", choices=("RAW", "USER")),
        Parameter("values", "body", "array"),
        Parameter("next", "body", "object"),
    )
