"""One account's way to its service: calls and pages through the corridor. It knows no notebook and no batch."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urljoin, urlsplit

from penstock._version import __version__
from penstock.catalog.definition import Operation, Pagination
from penstock.catalog.operations import OperationIndex
from penstock.engine.desk import Desk, Trip
from penstock.engine.forwarding import close_matter, make_ours, read_call
from penstock.engine.paginate import Page, walk
from penstock.engine.pipeline import CORRIDOR
from penstock.engine.prepare import Recipe
from penstock.errors import CallRefused, OutcomeUncertain, ProviderError
from penstock.model import Call, Request, Response
from penstock.ratelimit.limit import Charge, Limit

_USER_AGENT = f"penstock/{__version__}"


class Client:
    """Call the operations of one account."""

    def __init__(
        self,
        desk: Desk,
        base_url: str,
        index: OperationIndex,
        limits: Sequence[Limit],
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.desk = desk
        self.base_url = base_url.rstrip("/")
        self.index = index
        self.limits = limits
        self.headers = headers
        has_its_own = any(name.lower() == "user-agent" for name, _ in headers)
        self._headers = headers if has_its_own else (("User-Agent", _USER_AGENT), *headers)
        self._recipes: dict[str, Recipe] = {}
        self._charges: dict[str, tuple[tuple[Charge, ...], tuple[tuple[int, Limit], ...]]] = {}
        desk.probe = self.probe

    def recipe(self, operation: Operation) -> Recipe:
        """Return the compiled form of an operation."""
        recipe = self._recipes.get(operation.name)
        if recipe is None:
            recipe = self._recipes[operation.name] = Recipe(
                self.desk.integration, operation, self.base_url, self._headers
            )
        return recipe

    async def call(
        self, call: Call, *, url: str | None = None, operation: Operation | None = None
    ) -> Response:
        """Make one call and return its response; anything else is an error of ours.

        `url` replaces the address the operation would have (the next page of a list).
        """
        if operation is None:
            operation = self.index.get(call.operation)
        recipe = self.recipe(operation)
        if recipe.takes_key and call.idempotency_key is None:
            call = call._replace(idempotency_key=str(uuid.uuid4()))
        request = recipe.fill(call)
        if url is not None:
            target = urljoin(request.url, url)
            if _origin(target) != _origin(request.url):
                raise CallRefused(
                    f"The next page is said to be at another host: {_origin(target)}.",
                    hint=f"This account is used at {self.desk.origin} only.",
                    integration=self.desk.integration.name,
                    account=self.desk.account,
                    operation=operation.name,
                )
            request = request._replace(url=target)
        trip = Trip(call, operation, request, self.charges(operation, call.parameters))
        return await CORRIDOR(self.desk, trip)

    def charges(self, operation: Operation, parameters: Mapping[str, Any]) -> Sequence[Charge]:
        """Return what a call of this operation takes from which budgets."""
        known = self._charges.get(operation.name)
        if known is None:
            known = self._charges[operation.name] = self._compile(operation)
        fixed, varying = known
        if not varying:
            return fixed
        charges = list(fixed)
        for number, limit in varying:
            key = _key(number, limit, operation)
            if limit.scope.startswith("parameter:"):
                value = parameters.get(limit.scope[10:])
                if value is None:
                    continue
                key = f"{key}:{value}"
            charges.append(Charge(key, limit, operation.units(limit, parameters)))
        return charges

    def _compile(self, operation: Operation) -> tuple[tuple[Charge, ...], tuple[tuple[int, Limit], ...]]:
        fixed: list[Charge] = []
        varying: list[tuple[int, Limit]] = []
        for number, limit in enumerate(self.limits):
            if not limit.holds_for(operation.name, operation.method):
                continue
            varies = (
                limit.cost is not None or callable(operation.cost) or limit.scope.startswith("parameter:")
            )
            if not varies:
                fixed.append(Charge(_key(number, limit, operation), limit, operation.units(limit, {})))
            else:
                varying.append((number, limit))
        return tuple(fixed), tuple(varying)

    async def pages(
        self,
        operation: Operation,
        parameters: Mapping[str, Any],
        *,
        max_items: int | None = None,
        source: str = "",
    ) -> AsyncIterator[Page]:
        """Yield the pages of a list."""

        async def fetch(asked: Mapping[str, Any], url: str | None) -> Response:
            return await self.call(Call(operation.name, asked, source=source), url=url, operation=operation)

        async for page in walk(fetch, operation, self.pagination(operation), parameters, max_items):
            yield page

    def pagination(self, operation: Operation) -> Pagination | None:
        """Return how an operation's pages follow one another, None where it has only one."""
        if not operation.is_paginated:
            return None
        return operation.pagination or self.desk.integration.pagination

    async def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> Response:
        """Call any path of the service with the account's auth, limits and retries."""
        method = method.upper()
        if "://" in path:
            if _origin(path) != self.desk.origin:
                raise CallRefused(
                    f"{path!r} is not at {self.desk.origin}; the credential goes nowhere else.",
                    hint="Give the path alone, or connect with that base_url.",
                )
            path = path[len(self.desk.origin) :]
        known = self.match(method, urlsplit(path).path)
        operation = Operation(
            known.name if known else f"{method} {path.partition('?')[0]}",
            method,
            "",
            body="form" if form is not None else "json",
            headers=tuple((headers or {}).items()),
            is_idempotent=known.is_idempotent if known else None,
        )
        recipe = Recipe(self.desk.integration, operation, self.base_url, self._headers)
        if isinstance(json, list):
            raise CallRefused("json= takes a dict here.", hint="For other bodies use connection.http.")
        body = form if form is not None else json
        key = idempotency_key or (str(uuid.uuid4()) if recipe.takes_key else None)
        call = Call(operation.name, dict(body or {}), key)
        request = recipe.fill(call)
        url = self._address(path, params)
        request = Request(
            method, url, request.headers, request.body, request.timeout_s, request.is_resendable
        )
        trip = Trip(call, operation, request, self.charges(known or operation, call.parameters))
        return await CORRIDOR(self.desk, trip)

    def _address(self, path: str, params: Mapping[str, Any] | None) -> str:
        operation = Operation("raw", "GET", path if path.startswith("/") else f"/{path}", body="query")
        plain = operation.path.replace("{", "%7B").replace("}", "%7D")
        recipe = Recipe(self.desk.integration, Operation("raw", "GET", plain), self.base_url, ())
        return recipe.fill(Call("raw", dict(params or {}))).url

    async def forward(self, request: Request) -> Response:
        """Send a request somebody else made (a vendor's SDK) through the corridor; error answers come back as answers.

        What goes to another host is sent once, as it is: neither credential nor limits are for it.
        """
        desk = self.desk
        request = request._replace(timeout_s=request.timeout_s or desk.integration.timeout_s)
        if not self._is_ours(request.url):
            return await desk.transport.send(request)
        path = urlsplit(request.url).path
        path = path.removeprefix(urlsplit(self.base_url).path)
        operation = self.match(request.method, path) or Operation(
            f"{request.method} {path}", request.method, path
        )
        call = read_call(operation, desk.integration, path, request)
        # Without a key the service would not recognise a second sending, whatever it does for keys.
        is_resendable = call.idempotency_key is not None or operation.is_harmless_twice
        ours = make_ours(request, desk.session, desk.integration, self.headers)
        request = ours._replace(is_resendable=is_resendable)
        trip = Trip(call, operation, request, self.charges(operation, call.parameters))
        try:
            return await CORRIDOR(desk, trip)
        except (ProviderError, OutcomeUncertain) as exc:
            if isinstance(exc.response, Response):
                return close_matter(exc.response)
            raise

    def _is_ours(self, url: str) -> bool:
        """Say whether an address is the account's, or on another host the service itself has."""
        if _origin(url) == self.desk.origin:
            return True
        scheme, host, *_ = urlsplit(url)
        return scheme == "https" and any(fnmatchcase(host, known) for known in self.desk.integration.hosts)

    def match(self, method: str, path: str) -> Operation | None:
        """Return the operation whose path this is, so that a raw call pays into the right budgets."""
        return self.index.match(method, path)

    async def probe(self) -> None:
        """Ask the service whether it is well, where no waiting call may be sent twice to find out."""
        try:
            await self.health()
        except Exception:
            await self.desk.clock.sleep(1.0)

    async def health(self) -> Response:
        """Call the integration's health operation."""
        operation = self.desk.integration.health
        return await self.call(Call(operation.name, {}), operation=operation)


def _key(number: int, limit: Limit, operation: Operation) -> str:
    if limit.key is not None:
        return limit.key if limit.scope != "operation" else f"{limit.key}:{operation.name}"
    return f"{number}:{operation.name}" if limit.scope == "operation" else str(number)


def _origin(url: str) -> str:
    scheme, host, *_ = urlsplit(url)
    return f"{scheme}://{host}".lower()
