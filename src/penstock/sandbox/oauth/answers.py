"""How a vendor answers at its token end point: a grant, or a refusal in its own words and shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from penstock.sandbox.oauth.asking import Refused
from penstock.sandbox.oauth.facts import Flow
from penstock.sandbox.oauth.grants import Granted
from penstock.sandbox.wire import Answer, Incoming, Json, iso_time, json_answer

_NO_STORE = [("Cache-Control", "no-store"), ("Pragma", "no-cache")]
_STATUS = {"invalid_client": 401, "server_error": 500, "temporarily_unavailable": 503}


def build_grant(
    granted: Granted,
    access_token: str,
    refresh_token: str | None,
    *,
    now: float,
    lifetime_s: float | None,
    scopes: tuple[str, ...],
    base: Mapping[str, str],
    is_refresh: bool,
) -> Json:
    """Return the body of a grant in the vendor's shape. `base` has the sandbox's base parameters."""
    flow = granted.flow
    scheme, oddity = flow.scheme, flow.oddity
    part: dict[str, Any] = {scheme.token_field: access_token, "token_type": oddity.kind}
    if oddity.kind == "bot" and scheme.within:
        part["token_type"] = "user"
    if oddity.scope_said:
        part[oddity.scope_said] = scheme.separator.join(scopes)
    if lifetime_s is not None and not oddity.is_silent:
        if oddity.has_instants or scheme.token_field == "token":
            part["expires_at"] = iso_time(now + lifetime_s)
        else:
            part["expires_in"] = int(lifetime_s) if lifetime_s == int(lifetime_s) else lifetime_s
    elif oddity.has_zero:
        part["expires_in"] = 0
    if refresh_token is not None:
        part["refresh_token"] = refresh_token
        if oddity.has_instants and granted.refresh_until is not None:
            part["refresh_token_expires_at"] = iso_time(granted.refresh_until)
        elif oddity.refresh_said and granted.refresh_until is not None:
            part[oddity.refresh_said] = int(granted.refresh_until - now)
    body: dict[str, Any] = part
    if scheme.within and not is_refresh:
        body = {scheme.within: part}
    if oddity.manner == "ok":
        body["ok"] = True
    if not scheme.lookup:
        for path, text in find_extras(flow, base).items():
            _put(body, path, text)
    return body


def find_extras(flow: Flow, base: Mapping[str, str]) -> dict[str, str]:
    """Return what the scheme keeps of an answer, with something in each place; not what comes with the redirect."""
    said = flow.oddity.extras
    return {
        path: said[path].format_map(base) if path in said else f"sandbox-{path.replace('.', '-')}"
        for path in flow.scheme.keep
        if path not in flow.oddity.redirect
    }


def build_answer(flow: Flow, request: Incoming, status: int, body: dict[str, Any]) -> Answer:
    """Return a body as this vendor sends it: GitHub a form, unless JSON is asked for."""
    if flow.oddity.manner == "form" and "json" not in request.headers.get("Accept", ""):
        kind = ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
        return Answer(status, urlencode(body).encode(), [kind, *_NO_STORE])
    return json_answer(status, body, _NO_STORE)


def build_refusal(flow: Flow, request: Incoming, refused: Refused) -> Answer:
    """Return a refusal in the vendor's own words."""
    manner, status = flow.oddity.manner, _STATUS.get(refused.code, 400)
    interval: dict[str, Any] = {} if refused.interval_s is None else {"interval": int(refused.interval_s)}
    if manner == "standard":
        status, body = _say_standard(flow, status, refused)
        answer = build_answer(flow, request, status, {**body, **interval})
        if status == 401 and "Authorization" in request.headers:
            answer.headers.append(("WWW-Authenticate", 'Basic realm="sandbox"'))
        return answer
    word = _find_word(flow, refused)
    if status >= 500:
        return build_answer(flow, request, status, {"error": word, "error_description": refused.text})
    if manner == "ok":
        return build_answer(flow, request, 200, {"ok": False, "error": word, **interval})
    if manner == "form":
        body = {"error": word, "error_description": refused.text, **interval}
        return build_answer(flow, request, 200, body)
    return build_answer(flow, request, status, {"status": word, "message": refused.text})


def _say_standard(flow: Flow, status: int, refused: Refused) -> tuple[int, dict[str, Any]]:
    spent = flow.oddity.spent
    if refused.code == "invalid_grant" and refused.about == "refresh" and spent is not None:
        text = next((word for word, _ in flow.scheme.codes if " " in word), refused.text)
        return spent[0], {"error": spent[1], spent[2]: text}
    return status, {"error": refused.code, "error_description": refused.text}


def _find_word(flow: Flow, refused: Refused) -> str:
    """Return the vendor's word for a standard code: the one that names what it is about, else the first."""
    words = [word for word, code in flow.scheme.codes if code == refused.code]
    about = refused.about.upper() if flow.oddity.manner == "message" else refused.about
    return next((word for word in words if about in word), words[0] if words else refused.code)


def _put(body: dict[str, Any], path: str, value: str) -> None:
    *parents, name = path.split(".")
    for parent in parents:
        body = body.setdefault(parent, {})
    body.setdefault(name, value)
