"""How an account stands in the vault: its credential's fields and notes → what it signs with, how it is renewed. No I/O.

The refresh token, the client's secret and private keys are read here and handed to nobody: `issue` gives what signs
requests, `show` what may be shown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from penstock.auth.accounts import Account, Issued
from penstock.auth.assertions import build_assertion
from penstock.auth.oauth import (
    OAuthClient,
    Pairs,
    TokenRequest,
    build_assertion_request,
    build_client_request,
    build_installation_request,
    build_refresh_request,
)
from penstock.auth.plans import ASSERTIONS, base_from, end_point, read_plan
from penstock.auth.schemes import OAuth2
from penstock.auth.tokens import Grant
from penstock.clock import utc
from penstock.errors import SignInNeeded, UsageError
from penstock.redact import Secret
from penstock.vault.records import Credential, Entry

REAUTH, CORRECT = "reauth_needed", "correct_client"
_ASSERTION_S = 170.0  # Salesforce takes three minutes at most, GitHub ten, Google sixty
_SIGNED = ("access_token",)


@dataclass(frozen=True, slots=True)
class Stored:
    """An account's credential as the vault has it. `serial` counts the credentials it has had; `version` is the vault's."""

    entry: Entry
    fields: Mapping[str, Secret]
    plan: OAuth2 | None

    @property
    def key(self) -> tuple[str, str]:
        return self.entry.integration, self.entry.account

    @property
    def serial(self) -> int:
        return _whole(self.entry.notes.get("serial"), 1)

    @property
    def version(self) -> int:
        return self.entry.version

    @property
    def state(self) -> str:
        """Return what a person is needed for (REAUTH, CORRECT), "" where nobody is."""
        return str(self.entry.notes.get("state") or "")

    def with_notes(self, changes: Mapping[str, Any]) -> Stored:
        """Return the account with these notes changed, as the vault will have it; None removes one."""
        notes = {**self.entry.notes, **{name: value for name, value in changes.items() if name != "expiry"}}
        kept = {name: value for name, value in notes.items() if value is not None}
        expiry = changes.get("expiry", self.entry.expiry)
        return replace(self, entry=replace(self.entry, expiry=expiry, notes=kept))

    def needs_plan(self) -> OAuth2:
        """Return how tokens are had; raises SignInNeeded where the account has no way to them."""
        if self.plan is None or self.plan.token is None:
            raise needed(self, "This account has no token end point to renew it at.")
        return self.plan

    @property
    def grant(self) -> Grant | None:
        """Return the grant it holds, None where there is none (a key, or a client that has not asked yet)."""
        token, notes = self.fields.get("access_token"), self.entry.notes
        if self.plan is None or token is None:
            return None
        expiry, refresh_expires_at = self.entry.expiry, notes.get("refresh_expires_at")
        return Grant(
            access_token=token,
            refresh_token=self.fields.get("refresh_token"),
            issued_at=utc(float(notes.get("issued_at") or 0.0)),
            expires_at=None if expiry is None else utc(expiry),
            refresh_expires_at=None if refresh_expires_at is None else utc(float(refresh_expires_at)),
            scopes=tuple(notes.get("scopes") or ()),
            extras=_read_map(notes.get("extras")),
        )

    @property
    def can_renew(self) -> bool:
        """Say whether a new access token can be had without a person."""
        if self.plan is None:
            return False
        return self.plan.grant != "authorization_code" or "refresh_token" in self.fields


def read_stored(credential: Credential) -> Stored:
    """Return a vault's credential as an account's; raises UsageError where its plan cannot be read."""
    plan = credential.entry.notes.get("plan")
    return Stored(credential.entry, credential.fields, read_plan(plan) if plan else None)


def show(entry: Entry, *, is_sealed: bool = False) -> dict[str, Any]:
    """Return what may be shown of an account."""
    notes = entry.notes
    state = notes.get("state") or ""
    return {
        "integration": entry.integration,
        "account": entry.account,
        "kind": notes.get("kind") or "key",
        "label": entry.label,
        "scopes": list(notes.get("scopes") or ()),
        "expires_at": entry.expiry,
        "refresh_expires_at": notes.get("refresh_expires_at"),
        "can_refresh": notes.get("kind") == "client" or notes.get("renews") == 1,
        "needs_sign_in": bool(state),
        "why": notes.get("why") or "",
        "base": _read_map(notes.get("base")),
        "base_url": notes.get("base_url"),
        "version": _whole(notes.get("serial"), 1),
        "is_sealed": is_sealed,
    }


def read_account(shown: Mapping[str, Any]) -> Account:
    """Return what `show` gave as an Account."""
    return Account(**{**shown, "scopes": tuple(shown["scopes"])})


def issue(stored: Stored, refresh_at: float | None) -> dict[str, Any]:
    """Return what signs requests now, as it travels; raises SignInNeeded where there is nothing to sign with."""
    fields = dict(stored.fields)
    base = _read_map(stored.entry.notes.get("base"))
    if stored.plan is not None:
        fields = {name: secret for name, secret in fields.items() if name in _SIGNED}
        grant = stored.grant
        if grant is None or not fields:
            raise needed(stored)
        base = {**base, **base_from(stored.plan, grant.extras)}
    return {
        "fields": fields,
        "version": stored.serial,
        "expires_at": stored.entry.expiry,
        "refresh_at": refresh_at,
        "base": base,
        "base_url": stored.entry.notes.get("base_url"),
        "kind": stored.entry.notes.get("kind") or "key",
    }


def read_issued(found: Mapping[str, Any]) -> Issued:
    """Return what `issue` gave as an Issued."""
    return Issued(**found)


def needed(stored: Stored, why: str = "") -> SignInNeeded:
    """Return the error that says a person has to do something, and what."""
    entry = stored.entry
    name = f"{entry.integration!r}, account={entry.account!r}"
    why = why or entry.notes.get("why") or "There is no access token to call with."
    if entry.notes.get("state") == CORRECT:
        hint = f"Correct the app's id or secret: vault.add({name.replace('account=', '')}, replace=True, …)."
    else:
        hint = f"Sign in again: ps.sign_in({name}). Runs that wait go on by themselves."
    return SignInNeeded(why, hint=hint, integration=entry.integration, account=entry.account)


def grant_changes(grant: Grant, serial: int) -> tuple[dict[str, Secret], dict[str, Any]]:
    """Return the fields and the meta a vault keeps of a grant."""
    fields = {"access_token": grant.access_token}
    if grant.refresh_token is not None:
        fields["refresh_token"] = grant.refresh_token
    ends = grant.refresh_expires_at
    meta = {
        "expiry": None if grant.expires_at is None else grant.expires_at.timestamp(),
        "issued_at": grant.issued_at.timestamp(),
        "refresh_expires_at": None if ends is None else ends.timestamp(),
        "scopes": list(grant.scopes) or None,
        "extras": json.dumps(dict(grant.extras), sort_keys=True) if grant.extras else None,
        "renews": 1 if grant.refresh_token is not None else None,
        "serial": serial,
        "state": None,
        "why": None,
    }
    return fields, meta


def client_of(stored: Stored) -> OAuthClient:
    """Return the app a grant was given to."""
    fields = stored.fields
    known = fields.get("client_id") or fields.get("client_secret")
    if known is None:
        raise _lacking(stored, "client_id")
    return OAuthClient(known, fields.get("client_secret"))


def build_renewal(stored: Stored, wall: float) -> TokenRequest:
    """Return the request that gets the next access token, by whichever grant the account has.

    wall: the server's time. Raises SignInNeeded where only a person can get one.
    """
    plan, fields = stored.needs_plan(), stored.fields
    if plan.grant in ASSERTIONS:
        return _build_signed(stored, plan, wall)
    if plan.grant != "authorization_code":
        named = {name for name, _ in plan.code_extra}
        own: Pairs = tuple((n, fields[n]) for n in plan.fields_needed if n in fields and n not in named)
        extra: Pairs = (*own, *plan.code_extra)
        return build_client_request(end_point(plan, client_of(stored)), plan.scopes, plan.grant, extra)
    if "refresh_token" not in fields:
        raise needed(stored, "The access token has ended, and there is no refresh token to renew it with.")
    redirect_uri, extra = stored.entry.notes.get("redirect_uri"), plan.refresh_extra
    if plan.refresh_repeats_redirect and redirect_uri:
        extra = (*extra, ("redirect_uri", str(redirect_uri)))
    return build_refresh_request(end_point(plan, client_of(stored)), fields["refresh_token"], (), extra)


def _build_signed(stored: Stored, plan: OAuth2, wall: float) -> TokenRequest:
    said = {name: secret.reveal() for name, secret in stored.fields.items() if name != "private_key"}
    if "private_key" not in stored.fields:
        raise _lacking(stored, "private_key")
    if plan.issuer is None or not said.get(plan.issuer):
        raise _lacking(stored, plan.issuer or "issuer")
    is_app, url = plan.grant == "app_jwt", plan.token or ""
    assertion = build_assertion(
        stored.fields["private_key"],
        issuer=said[plan.issuer],
        wall=wall,
        lifetime_s=plan.assertion_lifetime_s or _ASSERTION_S,
        audience=None if is_app else plan.audience or url,
        subject=said.get(plan.subject) or None if plan.subject else None,
        scopes=() if is_app else plan.scopes,
        key_id=said.get("key_id"),
    )
    if is_app:
        return build_installation_request(url, assertion)
    return build_assertion_request(url, assertion, plan.code_extra)


def _lacking(stored: Stored, name: str) -> UsageError:
    integration, account = stored.key
    return UsageError(
        f"The account has no {name} to ask for tokens with.",
        hint=f"Add it again with all of its fields: vault.add({integration!r}, {account!r}, replace=True, …).",
        integration=integration,
        account=account,
    )


def with_grant(stored: Stored, grant: Grant) -> Stored:
    """Return the account as it will stand once this grant is stored."""
    fields, meta = grant_changes(grant, stored.serial + 1)
    return replace(stored.with_notes(meta), fields={**stored.fields, **fields})


def _whole(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


def _read_map(text: object) -> dict[str, str]:
    try:
        found = json.loads(text) if isinstance(text, str) else {}
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}
