"""The token end point of one vendor: who asks with what, and what is given for it."""

from __future__ import annotations

from collections.abc import Mapping

from penstock.auth.oauth import ASSERTION_GRANT, DEVICE_GRANT
from penstock.auth.sign_in import build_challenge
from penstock.redact import Secret
from penstock.sandbox.keys import ACCOUNTS
from penstock.sandbox.oauth.answers import build_answer, build_grant, build_refusal
from penstock.sandbox.oauth.asking import (
    INSTALLATION,
    Refused,
    identify,
    read_assertion,
    read_fields,
    read_grant_type,
)
from penstock.sandbox.oauth.books import Books, read_scopes
from penstock.sandbox.oauth.facts import CODE, Flow
from penstock.sandbox.oauth.grants import Granted
from penstock.sandbox.wire import Answer, Incoming, parse_pairs

_OWN = ("client_credentials", "account_credentials")
_INSTALLATION_LONGEST_S = 660.0  # ten minutes, and the minute GitHub lets a JWT be backdated by
_ASSERTION_LONGEST_S = 3660.0


def answer_token(books: Books, request: Incoming, index: int | None) -> Answer:
    """Return what the token end point says to a request. `index`: the scheme its address stands for, None for all."""
    flow = books.default(index)
    try:
        if request.fault == "invalid_grant":
            raise Refused("invalid_grant", "refresh", "It was refused on purpose: this is a fault.")
        if request.fault == "temporarily_unavailable":
            raise Refused(
                "temporarily_unavailable", "unavailable", "It was refused on purpose: this is a fault."
            )
        fields = read_fields(request)
        grant_type = read_grant_type(request, fields)
        flow = _find_flow(books, fields, grant_type, index)
        read_fields(request, flow.scheme.encoding if grant_type != INSTALLATION else "json")
        return _give(books, request, fields, flow, grant_type)
    except Refused as refused:
        return build_refusal(flow, request, refused)


def _find_flow(books: Books, fields: Mapping[str, str], grant_type: str, index: int | None) -> Flow:
    """Return the flow a request belongs to: that of its code or token where there is one. Raises Refused."""
    found: Flow | None = None
    if grant_type == CODE:
        code = books.grants.find_code(fields.get("code", ""))
        found = code.granted.flow if code else books.find(CODE, index)
    elif grant_type == "refresh_token":
        granted = books.grants.find_refresh(fields.get("refresh_token", ""))
        found = granted.flow if granted else books.find(CODE, index)
        found = found if found is not None and found.refreshes else None
    elif grant_type == DEVICE_GRANT:
        device = books.devices.find(fields.get("device_code", ""))
        found = device.granted.flow if device else books.find(CODE, index)
        found = found if found is not None and found.scheme.device else None
    elif grant_type in _OWN or grant_type == INSTALLATION:
        found = books.find(grant_type, index)
    elif grant_type == ASSERTION_GRANT:
        found = books.find("jwt_bearer", index)
    if found is None or index not in (None, found.index):
        raise Refused("unsupported_grant_type", "form", "This way of asking for a token is not offered here.")
    return found


def _give(books: Books, request: Incoming, fields: Mapping[str, str], flow: Flow, grant_type: str) -> Answer:
    match grant_type:
        case "authorization_code":
            granted = _take_code(books, request, fields, flow)
        case "refresh_token":
            granted = _take_refresh(books, request, fields, flow)
        case _ if grant_type == DEVICE_GRANT:
            is_public = identify(request, fields, flow, can_be_public=True)
            granted = books.devices.poll(fields.get("device_code", ""), request.at)
            granted.is_public = is_public
        case _ if grant_type in _OWN:
            identify(request, fields, flow, can_be_public=False)
            if grant_type == "account_credentials" and not fields.get("account_id"):
                raise Refused("invalid_request", "form", "account_id is missing.")
            granted = _for_itself(request, flow, read_scopes(fields.get("scope"), flow))
        case _:
            granted = _take_assertion(request, fields, flow)
    return _answer(books, request, granted, fields, grant_type)


def _take_code(books: Books, request: Incoming, fields: Mapping[str, str], flow: Flow) -> Granted:
    """Return what a code stands for. Raises Refused; whatever is wrong with the request, the code has served."""
    text = fields.get("code", "")
    known = books.grants.find_code(text)
    has_proof = known is not None and known.challenge is not None
    is_public = identify(request, fields, flow, can_be_public=flow.can_be_public and has_proof)
    code = books.grants.use_code(text, request.at)
    if code is None or code.granted.is_ended:
        raise Refused("invalid_grant", "code", "The code is wrong, too old, or has served.")
    if fields.get("redirect_uri") != code.granted.redirect_uri:
        raise Refused("invalid_grant", "code", "The redirect_uri is not the one of the sign-in.")
    verifier = fields.get("code_verifier")
    if code.challenge is not None and (not verifier or build_challenge(Secret(verifier)) != code.challenge):
        raise Refused("invalid_grant", "code", "The code_verifier does not fit the code_challenge.")
    needs = flow.oddity.needs
    code.granted.is_endless = needs is not None and fields.get(needs[0]) != needs[1]
    code.granted.is_public = is_public
    return code.granted


def _take_refresh(books: Books, request: Incoming, fields: Mapping[str, str], flow: Flow) -> Granted:
    text = fields.get("refresh_token", "")
    granted = books.grants.find_refresh(text)
    identify(request, fields, flow, can_be_public=granted is not None and granted.is_public)
    if granted is None:
        raise Refused("invalid_grant", "refresh", "There is no such refresh token.")
    if flow.scheme.refresh_repeats_redirect and fields.get("redirect_uri", "") != granted.redirect_uri:
        raise Refused("invalid_grant", "refresh", "The redirect_uri is not the one of the sign-in.")
    asked = read_scopes(fields.get("scope"), flow)
    if fields.get("scope") and not set(asked) <= set(granted.scopes):
        raise Refused("invalid_scope", "scope", "A refresh cannot ask for more than was allowed.")
    if why := books.grants.use_refresh(text, request.at):
        raise Refused("invalid_grant", "refresh", why)
    return granted


def _take_assertion(request: Incoming, fields: Mapping[str, str], flow: Flow) -> Granted:
    """Return a grant of whoever signed the assertion. Its signature is not checked, and the log says so."""
    if flow.scheme.grant == INSTALLATION:
        text = request.headers.get("Authorization", "").partition(" ")[2]
        read_assertion(text, request.at, _INSTALLATION_LONGEST_S)
        return _for_itself(request, flow, flow.scheme.scopes)
    claims = read_assertion(fields.get("assertion", ""), request.at, _ASSERTION_LONGEST_S)
    asked = claims.get("scope")
    return _for_itself(request, flow, read_scopes(asked if isinstance(asked, str) else None, flow))


def _for_itself(request: Incoming, flow: Flow, scopes: tuple[str, ...]) -> Granted:
    """Return a grant without a person; `?as=second` on the address names the other account."""
    return Granted(flow, read_account(dict(parse_pairs(request.query)).get("as")), scopes, is_offline=False)


def read_account(name: str | None) -> str:
    """Return the account of this name, the first where there is none of it."""
    return name if name is not None and name in ACCOUNTS.values() else "default"


def _answer(
    books: Books, request: Incoming, granted: Granted, fields: Mapping[str, str], grant_type: str
) -> Answer:
    now, flow = request.at, granted.flow
    lifetime_s = books.lifetime_s(granted)
    access_token = books.grants.add_access(granted, now, lifetime_s)
    refresh_token: str | None = None
    is_refresh = grant_type == "refresh_token"
    if is_refresh and flow.scheme.refresh == "rotates":
        refresh_token = books.grants.add_refresh(granted, now)
    elif is_refresh:
        books.grants.prolong(granted, now)
    elif flow.refreshes and granted.is_offline and not granted.is_endless:
        refresh_token = books.grants.add_refresh(granted, now)
    scopes = granted.scopes
    if is_refresh and fields.get("scope"):
        scopes = read_scopes(fields["scope"], flow)
    body = build_grant(
        granted,
        access_token,
        refresh_token,
        now=now,
        lifetime_s=lifetime_s,
        scopes=scopes,
        base=books.base,
        is_refresh=is_refresh,
    )
    answer = build_answer(flow, request, 201 if flow.scheme.grant == INSTALLATION else 200, body)
    answer.account = granted.account
    return answer
