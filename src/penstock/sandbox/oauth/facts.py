"""What the sandbox plays of a vendor's sign-ins: its integration's OAuth2 schemes, and in what its answers differ.

What a scheme says is read from it, never repeated here; ODDITIES has what a client need not know and a server must.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from penstock.catalog.definition import Integration, OAuth2
from penstock.errors import UnknownName

CLIENT_ID = "sandbox-app"
CLIENT_SECRET = "-".join((CLIENT_ID, "secret"))
REGISTERED = "https://penstock.invalid/callback"  # for sign-ins whose answer is pasted: no page is ever there
CODE = "authorization_code"
_KNOWN_GRANTS = (CODE, "client_credentials", "account_credentials", "jwt_bearer", "app_jwt")
_OFFLINE_SCOPES = {"offline_access", "offline", "refresh_token"}
_OFFLINE_EXTRAS = {("access_type", "offline"), ("token_access_type", "offline")}


@dataclass(frozen=True, slots=True)
class Oddity:
    """In what a vendor's answers differ from RFC 6749, where its scheme does not say so.

    manner:      "standard"; "ok" (Slack: 200, ok false); "form" (GitHub: 200 with `error`, a form unless JSON is asked for);
                 "message" (HubSpot: status and message).
    is_silent:   no answer says how long a token lives. has_zero: it says 0, and means for ever.
    has_instants: expires_at and refresh_token_expires_at instead of seconds.
    refresh_said: under which name it says for how long the refresh token holds; "" where it does not.
    scope_said:  "" where the answer names no scopes.
    is_overlapping: a used refresh token is taken again until its replacement has served.
    needs:       the parameter of the code exchange without which the token neither expires nor can be refreshed.
    spent:       status, code and place of the text by which it refuses a used refresh token (Zoom, Jira).
    kind:        the answer's token_type. device_said: what it calls the address where the code is typed.
    as_person:   how a token begins instead where it is a person's and not the app's.
    has_list:    the look-up answers a list.
    extras:      path → what stands there in the answer, or in the look-up's; {name} is a base parameter of the sandbox's.
    redirect:    the same for the parameters it adds to the redirect.
    """

    manner: str = "standard"
    is_silent: bool = False
    has_zero: bool = False
    has_instants: bool = False
    refresh_said: str = ""
    scope_said: str = "scope"
    is_overlapping: bool = False
    needs: tuple[str, str] | None = None
    spent: tuple[int, str, str] | None = None
    kind: str = "Bearer"
    device_said: str = "verification_uri"
    as_person: tuple[str, str] | None = None
    has_list: bool = False
    extras: Mapping[str, str] = field(default_factory=dict)
    redirect: Mapping[str, str] = field(default_factory=dict)


_GOOGLE = Oddity(device_said="verification_url")
ODDITIES: Mapping[str, Oddity] = {
    "airtable": Oddity(refresh_said="refresh_expires_in"),
    "clickup": Oddity(scope_said=""),
    "datadog": Oddity(redirect={"site": "https://app.{site}", "domain": "{site}"}),
    "github": Oddity(manner="form", kind="bearer", refresh_said="refresh_token_expires_in"),
    "gmail": _GOOGLE,
    "google_calendar": _GOOGLE,
    "google_sheets": _GOOGLE,
    "hubspot": Oddity(manner="message", kind="bearer"),
    "intercom": Oddity(scope_said=""),
    "jira": Oddity(
        spent=(403, "unauthorized_client", "error_description"),
        has_list=True,
        extras={"id": "5a4dbc0f-0000-4000-8000-5a4dbc0ffee5", "url": "https://{site}"},
    ),
    "mailchimp": Oddity(has_zero=True, scope_said="", extras={"dc": "{dc}"}),
    "microsoft_graph": Oddity(is_overlapping=True),
    "notion": Oddity(is_silent=True, scope_said="", kind="bearer"),
    "pipedrive": Oddity(extras={"api_domain": "https://{company_domain}.pipedrive.com"}),
    "quickbooks": Oddity(
        refresh_said="x_refresh_token_expires_in",
        scope_said="",
        kind="bearer",
        redirect={"realmId": "{realm_id}"},
    ),
    "salesforce": Oddity(is_silent=True, extras={"instance_url": "https://{instance}"}),
    "shopify": Oddity(
        is_overlapping=True,
        needs=("expiring", "1"),
        refresh_said="refresh_token_expires_in",
        redirect={"shop": "{shop}.myshopify.com"},
    ),
    "slack": Oddity(
        manner="ok",
        kind="bot",
        as_person=("xoxb", "xoxp"),
        extras={"authed_user.id": "U0SANDBOX1", "team.id": "T0SANDBOX1", "team.name": "Sandbox"},
    ),
    "square": Oddity(has_instants=True, scope_said="", kind="bearer"),
    "zendesk": Oddity(refresh_said="refresh_token_expires_in"),
    "zoom": Oddity(
        kind="bearer", spent=(400, "invalid_request", "reason"), extras={"api_url": "https://api.zoom.us"}
    ),
}


@dataclass(frozen=True, slots=True)
class Flow:
    """One way to sign in at one vendor. `index` is its scheme's place among the integration's."""

    vendor: str
    title: str
    index: int
    scheme: OAuth2
    oddity: Oddity

    @property
    def refreshes(self) -> bool:
        """Say whether there is anything to refresh."""
        return self.scheme.refresh in ("static", "rotates")

    @property
    def can_be_public(self) -> bool:
        """Say whether a client without a secret may sign people in: PKCE, or a device, binds the answer to it."""
        return self.scheme.pkce is True or self.scheme.token_auth in (None, "none")

    def spell(self, text: str) -> str:
        """Return an access token as this flow's begin."""
        return (
            text.replace(*self.oddity.as_person, 1) if self.oddity.as_person and self.scheme.within else text
        )

    def is_offline(self, scopes: tuple[str, ...], parameters: Mapping[str, str]) -> bool:
        """Say whether a sign-in asked for a refresh token, where this vendor wants to be asked for one."""
        scheme = self.scheme
        words = _OFFLINE_SCOPES & set(scheme.scopes)
        extras = _OFFLINE_EXTRAS & set(scheme.authorize_extra)
        return (not words or bool(words & set(scopes))) and all(
            parameters.get(name) == value for name, value in extras
        )


def read_flows(integration: Integration) -> tuple[Flow, ...]:
    """Return the flows the sandbox plays for an integration, in the order of its schemes."""
    oddity = ODDITIES.get(integration.name, Oddity())
    return tuple(
        Flow(integration.name, integration.title, index, scheme, oddity)
        for index, scheme in enumerate(integration.auth)
        if isinstance(scheme, OAuth2) and _is_played(scheme)
    )


def _is_played(scheme: OAuth2) -> bool:
    is_whole = bool(scheme.token) and (scheme.grant != CODE or bool(scheme.authorize))
    return is_whole and scheme.is_offered and scheme.grant in _KNOWN_GRANTS


def choose_flow(flows: tuple[Flow, ...], name: str, index: int | None = None) -> Flow:
    """Return the flow of one scheme; without `index` the first that signs people in and refreshes, else the first.

    Raises UnknownName with the reason where there is none.
    """
    if not flows:
        raise UnknownName(
            f"The sandbox's {name} has no OAuth: its integration offers none that can be done from here.",
            hint="Use a key: Sandbox.credential(name).",
        )
    if index is None:
        people = [flow for flow in flows if flow.scheme.grant == CODE]
        return next((flow for flow in people if flow.refreshes), (people or list(flows))[0])
    for flow in flows:
        if flow.index == index:
            return flow
    there = ", ".join(str(flow.index) for flow in flows)
    raise UnknownName(f"Scheme {index} of {name} is no OAuth the sandbox plays.", hint=f"There are: {there}.")
