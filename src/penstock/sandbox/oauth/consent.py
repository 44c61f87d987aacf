"""Where a person says yes or no: the sign-in's page, and the page for the code of another device."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from penstock.auth.reading import merge_pairs
from penstock.sandbox.oauth.answers import build_answer, build_refusal
from penstock.sandbox.oauth.asking import Refused, identify, read_fields
from penstock.sandbox.oauth.books import Books, read_scopes
from penstock.sandbox.oauth.devices import LIFETIME_S
from penstock.sandbox.oauth.facts import CLIENT_ID, CODE, REGISTERED, Flow
from penstock.sandbox.oauth.grants import Granted
from penstock.sandbox.oauth.pages import build_consent, build_notice, build_problem, build_typing
from penstock.sandbox.oauth.token import read_account
from penstock.sandbox.wire import Answer, Incoming

_LONGEST_QUERY = 16_384
_MOST_FIELDS = 100
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")  # S256 is 32 bytes (RFC 7636 §4.2)
_PRINTABLE = re.compile(r"[\x21-\x7e]{1,2000}")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def answer_authorize(books: Books, request: Incoming, index: int | None) -> Answer:
    """Return the page that asks, or the redirect back once it is answered; `?approve=1` answers it without a page.

    Until client and redirect address are known to be good, nothing leads back: an error is a page (RFC 6749 §4.1.2.1).
    """
    try:
        if len(request.query) > _LONGEST_QUERY:
            raise ValueError("too long")
        pairs = parse_qsl(request.query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        asked = merge_pairs(pairs)
    except ValueError:
        return build_problem("The address is too long, or says one thing twice.")
    if asked.get("client_id") != CLIENT_ID:
        return build_problem(f"There is no client of this id. The sandbox knows one: {CLIENT_ID}.")
    redirect_uri = asked.get("redirect_uri", "")
    if not is_acceptable(redirect_uri):
        return build_problem(
            "The redirect_uri is neither http on 127.0.0.1 nor one that is registered for this client."
        )
    flow = _choose_flow(books, asked, index)
    state = asked.get("state", "")
    try:
        scopes = _check(asked, flow)
        answer, account = _read_answer(request, asked)
        if answer == "deny":
            raise Refused("access_denied", "", "The person declined.")
    except Refused as refused:
        return _redirect(redirect_uri, {"error": refused.code, "error_description": refused.text}, state)
    if answer != "allow":
        return build_consent(flow, scopes, request.query, account)
    granted = Granted(
        flow, account, scopes, is_offline=flow.is_offline(scopes, asked), redirect_uri=redirect_uri
    )
    # A service without PKCE takes no notice of a challenge.
    challenge = asked.get("code_challenge") if flow.scheme.pkce is not False else None
    code = books.grants.add_code(granted, challenge, request.at)
    extras = {name: text.format_map(books.base) for name, text in flow.oddity.redirect.items()}
    found = _redirect(redirect_uri, {"code": code, **extras}, state)
    found.account = account
    return found


def is_acceptable(redirect_uri: str) -> bool:
    """Say whether a sign-in may end there: http on this machine, or the registered address to the letter."""
    if redirect_uri == REGISTERED:
        return True
    if not _PRINTABLE.fullmatch(redirect_uri) or "\\" in redirect_uri or "#" in redirect_uri:
        return False
    try:
        parts = urlsplit(redirect_uri)
        is_whole = parts.port != 0 and parts.username is None and parts.password is None
    except ValueError:
        return False
    return parts.scheme == "http" and is_whole and parts.hostname in _LOOPBACK


def answer_device(books: Books, request: Incoming, index: int | None) -> Answer:
    """Return what a device is given to show (RFC 8628 §3.2), or the page where a person types it."""
    flow = books.default(index)
    try:
        if len(request.query) > _LONGEST_QUERY:
            raise ValueError("too long")
        asked = merge_pairs(parse_qsl(request.query, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
        if request.method == "POST" and "user_code" not in asked:
            return _start_device(books, request, flow)
        answer, account = _read_answer(request, asked)
    except (ValueError, Refused):
        return build_problem("The address or the form cannot be read.")
    typed = asked.get("user_code")
    if typed is None:
        return build_typing(flow)
    device = books.devices.find_typed(typed, request.at)
    if device is None:
        return build_typing(flow, "No device waits with this code: look at it again, or start anew there.")
    if answer not in ("allow", "deny"):
        return build_consent(device.granted.flow, device.granted.scopes, request.query, account)
    device.allowed, device.granted.account = answer == "allow", account
    said = "It may go on." if device.allowed else "It was told no."
    return build_notice("Go back to your device", said)


def _start_device(books: Books, request: Incoming, flow: Flow) -> Answer:
    try:
        if not flow.scheme.device:
            raise Refused("unauthorized_client", "device", "There is no sign-in on another device here.")
        fields = read_fields(request)
        identify(request, fields, flow, can_be_public=True)
        scopes = read_scopes(fields.get("scope"), flow)
    except Refused as refused:
        return build_refusal(flow, request, refused)
    granted = Granted(
        flow, "default", scopes, is_offline=flow.is_offline(scopes, dict(flow.scheme.authorize_extra))
    )
    device_code, device = books.devices.add(granted, request.at)
    address = f"{request.base}{request.path}"
    said = flow.oddity.device_said
    body = {
        "device_code": device_code,
        "user_code": device.user_code,
        said: address,
        f"{said}_complete": f"{address}?{urlencode({'user_code': device.user_code})}",
        "expires_in": int(LIFETIME_S),
        "interval": int(device.interval_s),
    }
    return build_answer(flow, request, 200, body)


def _choose_flow(books: Books, asked: Mapping[str, str], index: int | None) -> Flow:
    """Return the flow an address stands for; which scopes it names may say it too (Slack's user_scope)."""
    if index is None and not asked.get("scope"):
        for flow in books.flows:
            field = flow.scheme.scope_field
            if flow.scheme.grant == CODE and field != "scope" and asked.get(field):
                return flow
    return books.default(index)


def _check(asked: Mapping[str, str], flow: Flow) -> tuple[str, ...]:
    """Return the scopes asked for. Raises Refused for what the app that asks has got wrong."""
    if flow.scheme.grant != CODE:
        raise Refused("unauthorized_client", "", "Nobody signs in here in a browser.")
    if asked.get("response_type") != "code":
        raise Refused("unsupported_response_type", "", "response_type must be code.")
    if not asked.get("state"):
        raise Refused("invalid_request", "", "state is missing.")
    if flow.scheme.pkce:
        is_whole = _CHALLENGE.fullmatch(asked.get("code_challenge", "")) is not None
        if not is_whole or asked.get("code_challenge_method") != "S256":
            raise Refused("invalid_request", "", "code_challenge with the method S256 is missing.")
    return read_scopes(asked.get(flow.scheme.scope_field), flow)


def _read_answer(request: Incoming, asked: Mapping[str, str]) -> tuple[str, str]:
    """Return what the person said ("allow", "deny", "" for nothing yet), and as which account. Raises Refused."""
    account = read_account(asked.get("as"))
    if request.method == "POST":
        fields = read_fields(request)
        return fields.get("answer", ""), read_account(fields.get("as", account))
    return ("allow" if asked.get("approve") == "1" else ""), account


def _redirect(redirect_uri: str, fields: Mapping[str, str], state: str) -> Answer:
    """Return the way back, with what belongs there behind the query the address has already."""
    parts = urlsplit(redirect_uri)
    own = urlencode({**fields, **({"state": state} if state else {})}, errors="replace")
    query = f"{parts.query}&{own}" if parts.query else own
    place = urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
    return Answer(302, headers=[("Location", place), ("Cache-Control", "no-store")])
