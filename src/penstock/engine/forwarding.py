"""What a request somebody else made (a vendor's SDK) is in our words: operation, parameters, repeatable or not. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, unquote, unquote_plus, urlsplit

from penstock.auth.sessions import Session
from penstock.catalog.definition import Integration, Operation
from penstock.model import Call, Headers, Request, Response

_NO_RETRY = ("x-should-retry", "false")  # obeyed by the SDKs made with Stainless: OpenAI's, Anthropic's, …


def read_call(operation: Operation, integration: Integration, path: str, request: Request) -> Call:
    """Return the call a request is, as far as it can be read: limits may depend on its parameters."""
    headers = Headers(request.headers)
    given = {
        name[1:-1]: unquote(text)
        for name, text in zip(operation.path.split("/"), path.split("/"), strict=False)
        if name.startswith("{") and name.endswith("}")
    }
    given |= parse_qsl(urlsplit(request.url).query)
    given |= _read_body(headers.get("content-type", ""), request.body or b"")
    ours = {parameter.wire: parameter.name for parameter in operation.parameters if parameter.wire}
    parameters = {ours.get(name, name): value for name, value in given.items()}
    key = integration.idempotency
    is_known_again = key is not None and key.place == "header" and key.covers(operation)
    return Call(operation.name, parameters, headers.get(key.name) if key and is_known_again else None)


def _read_body(content_type: str, body: bytes) -> dict[str, Any]:
    if content_type.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(body.decode(errors="replace")))
    if "json" not in content_type:
        return {}
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def make_ours(
    request: Request, session: Session, integration: Integration, account_headers: Iterable[tuple[str, str]]
) -> Request:
    """Return the request without the credential it was given, and with the account's header fields it lacks."""
    names = {name.lower() for name, _ in request.headers}
    headers = [*request.headers, *(field for field in account_headers if field[0].lower() not in names)]
    url = request.url
    if session.scheme is not None:
        signed, query = session.sign()
        theirs = {"authorization", *(name.lower() for name, _ in signed)}
        theirs |= {str(getattr(scheme, "header", None)).lower() for scheme in integration.auth}
        headers = [field for field in headers if field[0].lower() not in theirs]
        if query:
            url = _without(url, {name for name, _ in query})
    return request._replace(url=url, headers=tuple(headers))


def _without(url: str, names: set[str]) -> str:
    """Return an address without the query parameters of these names, the others as they stood."""
    address, mark, query = url.partition("?")
    kept = [pair for pair in query.split("&") if unquote_plus(pair.partition("=")[0]) not in names]
    return f"{address}{mark if kept != [''] and kept else ''}{'&'.join(kept)}"


def close_matter(response: Response) -> Response:
    """Return an error answer marked as final: whatever may be tried again has been tried."""
    return replace(response, headers=Headers([*response.headers.items(), _NO_RETRY]))
