"""A vendor that answers as its integration declares and its shape says: sign-in, limits, records, pages, keys, refusals.

Sources: the integration's own file, which names the vendor's pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from urllib.parse import unquote, urlsplit

from penstock.catalog.definition import AddressKey, Integration, Limit, Operation, dig
from penstock.sandbox.keys import KeyRing
from penstock.sandbox.rest.acting import act, name_action, name_collection
from penstock.sandbox.rest.limits import Gate, TooMany, write_headers
from penstock.sandbox.rest.paging import put
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.signing import read_keys
from penstock.sandbox.rest.turn import Store, Turn, read_body, read_fields, refuse
from penstock.sandbox.routes import Routes
from penstock.sandbox.state import Ids
from penstock.sandbox.vendors import Setup
from penstock.sandbox.wire import JSON_TYPE, Answer, Incoming, Json, Pairs, json_answer, parse_pairs

Handler = Callable[[Turn], "Json | Answer"]
FORGET_KEYS_S = 24 * 3600.0  # where the service does not say how long it remembers an idempotency key


class RestVendor:
    """Play one vendor."""

    def __init__(self, setup: Setup, integration: Integration, shape: Shape) -> None:
        self.name = integration.name
        self._integration, self._shape = integration, shape
        scheme = integration.auth[0]
        self.credential_field = shape.key_field or scheme.fields[0]
        self.other_fields: Mapping[str, str] = shape.others
        self.base_parameters: Mapping[str, str] = shape.parameters
        self.has_stored_failures = bool(integration.idempotency and integration.idempotency.replays_errors)
        self.keys = KeyRing(self.name, lambda name: shape.key.replace("{name}", name))
        defaults = {p.name: p.default or "" for p in integration.base_parameters}
        address = integration.base_url.format_map({**defaults, **shape.parameters})
        self.base_path = urlsplit(address).path.rstrip("/")
        self._is_keyed_by_address = any(isinstance(one, AddressKey) for one in integration.auth)
        credential = {self.credential_field: self.keys.text(), **shape.others}
        self._gate = Gate(
            integration, setup.limits, {**defaults, **shape.parameters}, credential, shape.told_per_s
        )
        has_bulkhead = any(limit.per is None for limit in integration.limits)
        self.service_s = shape.service_s if has_bulkhead and setup.limits is not False else 0.0
        self._ids = Ids(setup.random)
        self._stores: dict[str, Store] = {}
        self._closed: dict[tuple[str, str, str], float] = {}  # (account, parameter, its value) -> until when
        self._answered: dict[tuple[str, str], tuple[float, bytes, Answer]] = {}
        self._routes: Routes[Operation | Handler] = Routes(self._lay_routes())

    def _lay_routes(self) -> dict[str, Operation | Handler]:
        routes: dict[str, Operation | Handler] = {}
        named = {
            operation.name: operation
            for operation in (*self._integration.operations, self._integration.health)
        }
        for operation in named.values():
            routes.setdefault(f"{operation.method} {self._full(operation.path)}", operation)
        for text, name in self._shape.routes.items():
            method, _, path = text.partition(" ")
            routes[f"{method} {self._full(path)}"] = named[name]
        for text, handler in self._shape.open_paths.items():
            method, _, path = text.partition(" ")
            routes[f"{method} {self._full(path)}"] = handler
        return routes

    def _full(self, path: str) -> str:
        """Return a path from the vendor's prefix on; what lives on another host has its own path there."""
        path = urlsplit(path).path if "://" in path else self.base_path + path
        return path.replace("/bot{token}", "") if self._is_keyed_by_address else path

    # What the server asks of a vendor

    def answer(self, request: Incoming) -> Answer:
        """Return the answer; whatever the request changes has changed when this returns."""
        account: str | None = None
        release: list[Callable[[], None]] = []
        try:
            path, address_key = self._split(request.path)
            found = self._routes.find(request.method, path)
            if found is not None and not isinstance(found[1], Operation):
                turn = self._turn(request, None, found[2], "default")
                return self._finish(self._pack(turn, found[1](turn)))
            account = self._sign_in(request, address_key)
            if found is None:
                raise refuse(self._shape, "no_route", request.path)
            operation = found[1]
            assert isinstance(operation, Operation)
            turn = self._turn(request, operation, found[2], account)
            answer, release = self._serve(turn, operation)
        except Refusal as exc:
            answer = self._refused(exc)
        answer.account = account
        answer.release += release
        return self._finish(answer)

    def throttled(self, request: Incoming) -> Answer:
        """Return the vendor's throttle answer, without any effect."""
        return self._finish(self._refused(refuse(self._shape, "throttled", wait_s=1.0)))

    def failed(self, request: Incoming) -> Answer:
        """Return the vendor's 500."""
        return self._finish(self._refused(refuse(self._shape, "failed")))

    # Within

    def _split(self, path: str) -> tuple[str, str]:
        """Return the path without the key in it, and that key."""
        path = unquote(path) if self._is_keyed_by_address else path
        if self._is_keyed_by_address and path.startswith("/bot"):
            key, slash, rest = path[4:].partition("/")
            return slash + rest, key
        return path, ""

    def _sign_in(self, request: Incoming, address_key: str) -> str:
        given = read_keys(self._integration.auth, request, address_key)
        if not given:
            raise refuse(self._shape, "unauthorized")
        for text in given:
            account = self.keys.account(text)
            if account is not None and not self.keys.is_revoked(text):
                return account
        raise refuse(self._shape, "unauthorized")

    def _turn(
        self, request: Incoming, operation: Operation | None, values: Mapping[str, str], account: str
    ) -> Turn:
        store = self._stores.get(account)
        is_new = store is None
        if store is None:
            store = self._stores[account] = Store()
        query = dict(parse_pairs(request.query))
        turn = Turn(
            self._shape, self._integration, request, operation, name_action(self._shape, operation),
            name_collection(self._shape, operation), account, store, self._ids, dict(values), query,
        )  # fmt: skip
        if is_new and self._shape.seed is not None:
            self._shape.seed(turn)
            turn.effects.clear()
        try:
            turn.body = read_body(request)
        except ValueError:
            raise refuse(self._shape, "invalid", "The body") from None
        turn.fields = read_fields(operation, turn.body, query)
        return turn

    def _serve(self, turn: Turn, operation: Operation) -> tuple[Answer, list[Callable[[], None]]]:
        given = {**turn.query, **turn.fields, **turn.values}
        if (left_s := self._penalty_left(turn, given)) > 0:
            raise refuse(self._shape, "throttled", wait_s=left_s)
        try:
            release, told = self._gate.enter(turn.account, operation, given, turn.now)
        except TooMany as exc:
            if penalty_s := self._shape.penalty_s:
                name = exc.limit.scope.partition(":")[2]
                self._closed[turn.account, name, str(given.get(name, ""))] = turn.now + penalty_s
            answer = self._refused(refuse(self._shape, "throttled", wait_s=penalty_s or exc.wait_s))
            spent = (exc.limit, 0.0, exc.wait_s) if exc.limit.per is not None else None
            answer.headers += self._say_left(spent, turn.now)
            return answer, []
        try:
            answer = self._answer_once(turn, operation)
        except Refusal as exc:
            answer = self._refused(exc)
        answer.headers += self._say_left(told, turn.now)
        return answer, release

    def _say_left(self, told: tuple[Limit, float, float] | None, now: float) -> Pairs:
        """Return the header fields in which the vendor says what is left."""
        own = self._shape.left_fields
        if told is not None and own is not None:
            return own(*told, now)
        return write_headers(self._integration.rate_headers, told, now)

    def _penalty_left(self, turn: Turn, given: Mapping[str, Json]) -> float:
        """Return for how long a call is refused because an earlier one was too many."""
        ends = [
            until
            for (account, name, value), until in self._closed.items()
            if account == turn.account and (not name or str(given.get(name, "")) == value)
        ]
        return max(ends, default=0.0) - turn.now

    def _answer_once(self, turn: Turn, operation: Operation) -> Answer:
        """Answer, or repeat what was answered to the same idempotency key."""
        key = self._idempotency_key(turn, operation)
        if key is None:
            return self._act(turn)
        declared = self._integration.idempotency
        assert declared is not None
        digest = blake2b(turn.request.path.encode() + turn.request.body, digest_size=16).digest()
        known = self._answered.get((turn.account, key))
        if known is not None and known[0] > turn.now:
            if known[1] != digest or self._shape.has_keys_once:
                raise turn.refuse("key_reuse", key)
            return Answer(known[2].status, known[2].body, list(known[2].headers), idempotency_key=key)
        try:
            answer = self._act(turn)
        except Refusal as exc:
            if not declared.replays_errors:
                raise
            answer = self._refused(exc)
        answer.idempotency_key = key
        kept = Answer(answer.status, answer.body, list(answer.headers))
        self._answered[turn.account, key] = turn.now + (declared.lifetime_s or FORGET_KEYS_S), digest, kept
        return answer

    def _idempotency_key(self, turn: Turn, operation: Operation) -> str | None:
        declared = self._integration.idempotency
        if declared is None or not declared.covers(operation):
            return None
        if declared.place == "header":
            return turn.request.headers.get(declared.name)
        source = turn.query if declared.place == "query" else turn.body
        value = dig(source, declared.name)
        return None if value is None else str(value)

    def _act(self, turn: Turn) -> Answer:
        operation = turn.operation
        assert operation is not None
        handler = self._shape.handlers.get(operation.name)
        if handler is not None:
            return self._pack(turn, handler(turn))
        return self._pack(turn, act(turn, operation.pagination or self._integration.pagination))

    def _pack(self, turn: Turn, said: Json | Answer) -> Answer:
        if isinstance(said, Answer):
            answer = said
        else:
            status = self._shape.statuses.get(
                turn.action, 204 if turn.action == "delete" and said is None else 200
            )
            answer = Answer(status) if said is None else json_answer(status, said)
        answer.effects = [*answer.effects, *turn.effects]
        return answer

    def _refused(self, refusal: Refusal) -> Answer:
        shape = self._shape
        if shape.error is not None:
            answer = shape.error(refusal)
        else:
            errors, body = self._integration.errors, None
            for paths, text in ((errors.message, refusal.message), (errors.code, refusal.code)):
                if paths and "*" not in paths[0]:
                    body = put(body, paths[0], text)
            answer = json_answer(refusal.status, body or {"message": refusal.message, "code": refusal.code})
        if refusal.kind == "throttled" and refusal.wait_s is not None and shape.wait_fields is not None:
            answer.headers += shape.wait_fields(refusal.wait_s)
        return answer

    def _finish(self, answer: Answer) -> Answer:
        if self._shape.content_type != JSON_TYPE:
            own = ("Content-Type", self._shape.content_type)
            answer.headers = [
                own if field == ("Content-Type", JSON_TYPE) else field for field in answer.headers
            ]
        if self._shape.headers is not None:
            answer.headers += self._shape.headers()
        return answer
