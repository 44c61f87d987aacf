"""Where one vendor signs people in, below /NAME/__oauth; and all of them, each opened when it is first asked for.

/authorize, /token, /device, /revoke and /lookup play the scheme people sign in with; /2/token and so on the scheme that
stands at that place of the integration's `auth`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import Any

from penstock.catalog.registry import Registry
from penstock.clock import Clock
from penstock.sandbox.oauth.answers import build_answer, build_refusal, find_extras
from penstock.sandbox.oauth.asking import Refused, identify, read_fields
from penstock.sandbox.oauth.books import Books
from penstock.sandbox.oauth.consent import answer_authorize, answer_device
from penstock.sandbox.oauth.devices import Devices
from penstock.sandbox.oauth.facts import CLIENT_ID, CLIENT_SECRET, REGISTERED, Flow, choose_flow, read_flows
from penstock.sandbox.oauth.grants import Grants
from penstock.sandbox.oauth.token import answer_token
from penstock.sandbox.oauth.trouble import Trouble
from penstock.sandbox.state import Ids
from penstock.sandbox.vendors import Vendor, Vendors
from penstock.sandbox.wire import Answer, Incoming, json_answer

PREFIX = "/__oauth"
_PATH = re.compile(rf"{PREFIX}(?:/(\d{{1,3}}))?/(authorize|token|device|revoke|lookup)")


class Desk:
    """Play one vendor's sign-ins; what they give opens the vendor like its keys."""

    service_s = 0.0
    has_stored_failures = False

    def __init__(
        self,
        vendor: Vendor,
        flows: tuple[Flow, ...],
        clock: Clock,
        random: Random,
        find_trouble: Callable[[], Trouble | None],
    ) -> None:
        self._vendor, self._clock = vendor, clock
        ids = Ids(random)

        def spell(account: str) -> str:
            return vendor.keys.text(account).replace(account, ids.text(24), 1)

        self._books = Books(
            vendor.name, flows, Grants(ids, spell), Devices(ids), vendor.base_parameters, find_trouble
        )
        vendor.keys.join(self._look_up)

    def _look_up(self, text: str) -> tuple[str, bool] | None:
        # Linear's API compares the whole header field, in which a key stands alone and a token behind Bearer.
        return self._books.grants.look_up(text.removeprefix("Bearer "), self._clock.wall())

    def end_all(self) -> None:
        """End every grant, as a person does who takes the app's access away at the service."""
        self._books.grants.end_all()

    def answer(self, request: Incoming) -> Answer:
        """Return the answer; whatever the request changes has changed when this returns."""
        found = _PATH.fullmatch(request.path)
        index = int(found[1]) if found and found[1] else None
        if found is None or (index is not None and index not in {flow.index for flow in self._books.flows}):
            return json_answer(404, {"error": "There is no such end point of a sign-in."})
        match found[2], request.method:
            case "authorize", "GET" | "POST":
                return answer_authorize(self._books, request, index)
            case "device", "GET" | "POST":
                return answer_device(self._books, request, index)
            case "token", "POST":
                return answer_token(self._books, request, index)
            case "revoke", "POST":
                return self._revoke(request, index)
            case "lookup", "GET":
                return self._answer_lookup(request, index)
        return json_answer(405, {"error": f"{request.method} is not answered here."})

    def throttled(self, request: Incoming) -> Answer:
        """Return the vendor's throttle answer, without any effect."""
        return self._vendor.throttled(request)

    def failed(self, request: Incoming) -> Answer:
        """Return the vendor's 500."""
        return self._vendor.failed(request)

    def _revoke(self, request: Incoming, index: int | None) -> Answer:
        """End what a token belongs to; one that is not known is no error (RFC 7009 §2.2)."""
        flow = self._books.default(index)
        try:
            fields = read_fields(request)
            text = fields.get("token", "")
            granted = self._books.grants.find(text)
            flow = granted.flow if granted is not None else flow
            can_be_public = flow.can_be_public if granted is None else granted.is_public
            identify(request, fields, flow, can_be_public=can_be_public)
        except Refused as refused:
            return build_refusal(flow, request, refused)
        self._books.grants.revoke(text)
        return build_answer(flow, request, 200, {"ok": True} if flow.oddity.manner == "ok" else {})

    def _answer_lookup(self, request: Incoming, index: int | None) -> Answer:
        """Return what the token answer lacks, to whoever has a token."""
        flow = next((flow for flow in self._books.flows if flow.scheme.lookup), None)
        if flow is None or index not in (None, flow.index):
            return json_answer(404, {"error": "There is nothing to look up."})
        given, prefix = request.headers.get("Authorization", ""), flow.scheme.lookup_prefix
        known = self._books.grants.look_up(given.removeprefix(prefix), self._clock.wall())
        if not given.startswith(prefix) or known is None or not known[1]:
            return json_answer(401, {"error": "invalid_token"})
        body: Any = find_extras(flow, self._books.base)
        return json_answer(200, [body] if flow.oddity.has_list else body)


class Desks:
    """Find a vendor's desk. Made on the server's thread; what only reads the integrations may be asked on any."""

    def __init__(
        self, vendors: Vendors, clock: Clock, seed: int, find_trouble: Callable[[str], Trouble | None]
    ) -> None:
        self._vendors, self._clock, self._seed, self._find_trouble = vendors, clock, seed, find_trouble
        self._registry = Registry()
        self._open: dict[str, Desk] = {}

    def flows(self, name: str) -> tuple[Flow, ...]:
        """Return the flows played for a vendor, none where its integration has no OAuth to play."""
        return read_flows(self._registry.get(name)) if name in self._registry else ()

    def find(self, name: str) -> Desk | None:
        """Return the desk of a vendor, None where it has no OAuth."""
        desk = self._open.get(name)
        if desk is None and name in self._vendors and (flows := self.flows(name)):
            desk = self._open[name] = Desk(
                self._vendors[name],
                flows,
                self._clock,
                Random(f"{self._seed} {name} oauth"),
                lambda: self._find_trouble(name),
            )
        return desk

    def describe(self, name: str, prefix: str, index: int | None = None) -> dict[str, str | None]:
        """Return the addresses and the client of a vendor's sign-in. Raises UnknownName where there is none.

        prefix: the vendor's address. index: the scheme's place in the integration's `auth`.
        """
        flow = choose_flow(self.flows(name), name, index)
        below = f"{prefix}{PREFIX}" + ("" if index is None else f"/{index}")
        scheme = flow.scheme
        is_public = scheme.token_auth in ("none", "private_key_jwt")
        return {
            "authorize": f"{below}/authorize" if scheme.authorize else None,
            "token": f"{below}/token",
            "device": f"{below}/device" if scheme.device else None,
            "revoke": f"{below}/revoke",
            "lookup": f"{below}/lookup" if scheme.lookup else None,
            "client_id": CLIENT_ID,
            "client_secret": None if is_public else CLIENT_SECRET,
            "redirect_uri": REGISTERED,
        }
