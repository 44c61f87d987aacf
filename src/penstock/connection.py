"""The face of a Client: operations by name, sync and `aio`. It decides nothing; it carries calls across."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from penstock.catalog.definition import Integration, Operation
from penstock.catalog.operations import build_signature, describe, operations_frame
from penstock.engine.client import Client
from penstock.engine.paginate import Page
from penstock.engine.transport import build_httpx2_client, build_httpx_client
from penstock.errors import AccountNeeded, CallRefused, PenstockError, UnknownName, nearest
from penstock.loop import EngineLoop
from penstock.model import Call, Json, Request, Response

if TYPE_CHECKING:
    import httpx2
    import pandas as pd


class BoundOperation:
    """One operation of a connection: call it, or walk its pages with `.frame()`, `.all()` and `.pages()`."""

    def __init__(self, connection: Connection, operation: Operation, *, is_aio: bool = False) -> None:
        self.connection, self.operation, self._is_aio = connection, operation, is_aio
        self.__name__ = operation.name
        self.__doc__ = describe(operation)

    def __getattr__(self, name: str) -> Any:
        # Only who shows or completes parameters asks for it: `?`, Shift-TAB, TAB between the parentheses.
        if name != "__signature__":
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return build_signature(self.operation)

    def _call(self, args: tuple[Any, ...], parameters: dict[str, Any]) -> Call:
        names = self.operation.positional
        if len(args) > len(names):
            raise CallRefused(
                f"{self.operation.name} takes {len(names)} positional arguments ({', '.join(names) or 'none'}), not {len(args)}.",
                hint="Name the others: parameter=value.",
            )
        key = parameters.pop("idempotency_key", None)
        given = {**dict(zip(names, args, strict=False)), **parameters}
        return Call(self.operation.name, self.connection.client.index.check(self.operation, given), key)

    def _as(self, parameters: dict[str, Any]) -> BoundOperation | None:
        """Return the operation as the account a call names with account=, None where it names none.

        Where the operation has a parameter of that name, it is the operation's: connection.using("acme") names the account.
        """
        if "account" not in parameters or any(one.name == "account" for one in self.operation.parameters):
            return None
        connection = self.connection.using(parameters.pop("account"))
        return BoundOperation(connection, self.operation, is_aio=self._is_aio)

    def __call__(self, *args: Any, **parameters: Any) -> Any:
        """Call the operation and return its Response; in the `aio` form, an awaitable of it.

        account=: call as another account of the vault, this once.
        """
        if (other := self._as(parameters)) is not None:
            return other(*args, **parameters)
        call = self._call(args, parameters)
        client, engine = self.connection.client, self.connection.engine
        work = client.call(call, operation=self.operation)
        return engine.join(work) if self._is_aio else engine.run(work)

    def pages(self, *args: Any, max_items: int | None = None, **parameters: Any) -> Any:
        """Iterate over the pages of a list; in the `aio` form, asynchronously."""
        if not self.operation.is_paginated:
            raise CallRefused(
                f"{self.operation.name} has no pages.", hint=f"Call it: {self.operation.name}(...)."
            )
        if max_items is not None and (not isinstance(max_items, int) or max_items < 1):
            raise CallRefused(f"max_items is {max_items!r}; it is a whole number from 1, or None for all.")
        if (other := self._as(parameters)) is not None:
            return other.pages(*args, max_items=max_items, **parameters)
        call = self._call(args, parameters)
        pages = self.connection.client.pages(self.operation, call.parameters, max_items=max_items)
        return (
            _apages(self.connection.engine, pages) if self._is_aio else _pages(self.connection.engine, pages)
        )

    def all(self, *args: Any, max_items: int | None = None, **parameters: Any) -> Any:
        """Iterate over the rows of a list, page after page; in the `aio` form, asynchronously."""
        pages = self.pages(*args, max_items=max_items, **parameters)
        if self._is_aio:
            return _aitems(pages)
        return (item for page in pages for item in page.items)

    def frame(self, *args: Any, max_items: int | None = None, **parameters: Any) -> Any:
        """Return a DataFrame over all pages, at most `max_items` rows.

        When a page fails, the error's `.items` has the rows read before it and `.partial` the same as a frame.
        """
        if self._is_aio:
            return self._aframe(args, max_items, parameters)
        items: list[Json] = []
        try:
            for page in self.pages(*args, max_items=max_items, **parameters):
                items.extend(page.items)
        except PenstockError as exc:
            vars(exc)["items"] = items
            vars(exc)["partial"] = to_frame(items)
            raise
        return to_frame(items)

    async def _aframe(
        self, args: tuple[Any, ...], max_items: int | None, parameters: dict[str, Any]
    ) -> pd.DataFrame:
        items: list[Json] = [item async for item in self.all(*args, max_items=max_items, **parameters)]
        return to_frame(items)

    def batch(self, rows: Any, **options: Any) -> Any:
        """Call the operation for every row: the same as ps.batch(operation, rows, ...)."""
        if (other := self._as(options)) is not None:
            return other.batch(rows, **options)
        return self.connection.start_batch(self, rows, **options)

    def __repr__(self) -> str:
        return (
            f"<{self.connection.name}.{self.operation.name}: {self.operation.method} {self.operation.path}>"
        )

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self.__doc__ or repr(self))


class OperationGroup:
    """The operations whose names begin alike: TAB lists them."""

    def __init__(self, connection: Connection, prefix: str, *, is_aio: bool = False) -> None:
        self._connection, self._prefix, self._is_aio = connection, prefix, is_aio

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._connection.resolve(f"{self._prefix}{name}", is_aio=self._is_aio)

    def __dir__(self) -> list[str]:
        return self._connection.children(self._prefix)

    def __repr__(self) -> str:
        return f"<{self._connection.name}.{self._prefix.rstrip('.')}: {', '.join(dir(self))}>"


class Search(OperationGroup):
    """Search among the operations; where a service has a group of that name, its operations are attributes as anywhere."""

    def __call__(self, text: str) -> list[str]:
        """Return the names of the operations a text finds."""
        return [operation.name for operation in self._connection.client.index.search(text)]

    def __repr__(self) -> str:
        return f'<{self._connection.name}.search: .search("text") finds operations>'


class AioConnection(OperationGroup):
    """The same operations, awaitable: `await stripe.aio.customers.create(...)`."""

    async def request(self, method: str, path: str, **options: Any) -> Response:
        """Call any path of the service; awaitable form of Connection.request."""
        connection = self._connection
        return await connection.engine.join(connection.client.request(method, path, **options))


class Connection:
    """An account in use. Operations are attributes: `stripe.customers.create(email=...)`."""

    def __init__(
        self,
        client: Client,
        engine: EngineLoop,
        *,
        is_sandbox: bool,
        replace_credential: Callable[[Mapping[str, Any]], None],
        start_batch: Callable[..., Any],
        client_of: Callable[[str], Client] | None = None,
        follow: Callable[[], Client] | None = None,
    ) -> None:
        self._client, self.engine, self.is_sandbox = client, engine, is_sandbox
        self.start_batch = start_batch
        self._replace_credential = replace_credential
        self._client_of, self._follow = client_of, follow
        self._http: httpx2.AsyncClient | None = None

    @property
    def client(self) -> Client:
        """Return the way to the service, as the account that is active now where none was named."""
        if (
            self._follow is not None and not self.engine.is_here
        ):  # on the engine nothing may wait for the vault
            self._client = self._follow()
        return self._client

    @property
    def account(self) -> str:
        """Return the account it calls as."""
        return self.client.desk.account

    def using(self, account: str) -> Connection:
        """Return the same connection as another account of the vault. Raises AccountNeeded where there is none."""
        if self._client_of is None:
            raise AccountNeeded(
                f"This connection was given its credential; it knows no account {account!r}.",
                hint=f"Connect as it: ps.connect({self.name!r}, account={account!r}).",
                integration=self.name,
                account=account,
            )
        return Connection(
            self._client_of(account),
            self.engine,
            is_sandbox=False,
            replace_credential=self._replace_credential,
            start_batch=self.start_batch,
            client_of=self._client_of,
        )

    @property
    def integration(self) -> Integration:
        """Return what is known of the service."""
        return self._client.desk.integration

    @property
    def name(self) -> str:
        """Return the integration's name."""
        return self.integration.name

    # Operations by name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.resolve(name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.children("")})

    def __getitem__(self, name: str) -> BoundOperation:
        return BoundOperation(self, self._client.index.get(name))

    def _ipython_key_completions_(self) -> list[str]:
        return list(self._client.index.names())

    def resolve(self, path: str, *, is_aio: bool = False) -> BoundOperation | OperationGroup:
        """Return the operation or the group of operations at a dotted path. Raises UnknownName with the nearest."""
        index = self._client.index
        if path in index:
            return BoundOperation(self, index.get(path), is_aio=is_aio)
        if index.has_group(path):
            return OperationGroup(self, f"{path}.", is_aio=is_aio)
        prefix, _, leaf = path.rpartition(".")
        siblings = self.children(f"{prefix}." if prefix else "")
        raise UnknownName(
            f"{self.integration.title} has no {path!r}.",
            hint=nearest(leaf, siblings) or f"{self.name}.operations lists them.",
            integration=self.name,
        )

    def children(self, prefix: str) -> list[str]:
        """Return the names one step below a prefix."""
        return list(self._client.index.children(prefix))

    @property
    def aio(self) -> AioConnection:
        """Return the same operations in their awaitable form."""
        return AioConnection(self, "", is_aio=True)

    def request(self, method: str, path: str, **options: Any) -> Response:
        """Call any path of the service with the same auth, limits, retries: json=, params=, form=, headers=, idempotency_key=."""
        return self.engine.run(self.client.request(method, path, **options))

    def graphql(self, query: str, **variables: Any) -> Response:
        """Send a GraphQL text with its variables. Raises CallRefused where the service has no GraphQL."""
        path = self.integration.graphql_path
        if path is None:
            raise CallRefused(
                f"{self.integration.title} has no GraphQL end point.",
                hint=f"{self.name}.operations lists what it has.",
            )
        return self.request("POST", path, json={"query": query, "variables": variables})

    @property
    def operations(self) -> pd.DataFrame:
        """Return every operation: id, method, path, parameters, paginated, idempotent, bulk."""
        return operations_frame(self.integration)

    @property
    def search(self) -> Search:
        """Find operations by a text: connection.search("refund"); a service's own search lies below it as well."""
        return Search(self, "search.")

    # State

    @property
    def limits(self) -> pd.DataFrame:
        """Return the limits as they stand now: what may still be used, and when more may be."""
        import pandas as pd

        statistics = self.client.desk.limiter.statistics()
        columns = ["limit", "unit", "kind", "capacity", "available", "in_use", "next_in_s"]
        rows = [
            [b.limit_text, b.unit, b.kind, b.capacity, b.available, b.in_use, b.next_in_s]
            for b in statistics.budgets
        ]
        used = {row[0] for row in rows}
        rows += [
            [limit.text, limit.unit, limit.kind, limit.amount, limit.amount, 0.0, 0.0]
            for limit in self.client.limits
            if limit.text not in used
        ]
        return pd.DataFrame(rows, columns=columns)

    @property
    def breaker(self) -> Any:
        """Return the circuit breaker: `.state`, `.why`, `.reset()`."""
        return self.client.desk.breaker

    def health(self) -> Response:
        """Call the service's health operation: a live check of the credential."""
        return self.engine.run(self.client.health())

    def use_credential(self, credential: Mapping[str, Any]) -> None:
        """Put another credential in place; runs that wait for a sign-in go on with it."""
        self._replace_credential(credential)

    @property
    def http(self) -> httpx2.AsyncClient:
        """Return an httpx2.AsyncClient on Penstock's transport, to hand to a vendor's own SDK."""
        if self._http is None or self._http.is_closed:  # an SDK closes the client it was given
            client = self.client  # whose address the SDK gets, and so it stays this account's
            self._http = build_httpx2_client(self._forwarder(client), client.base_url)
        return self._http

    @property
    def httpx(self) -> Any:
        """Return the same as an httpx.AsyncClient, for SDKs that still want httpx."""
        client = self.client
        return build_httpx_client(self._forwarder(client), client.base_url)

    def _forwarder(self, client: Client) -> Callable[[Request], Awaitable[Response]]:
        async def forward(request: Request) -> Response:
            return await self.engine.join(client.forward(request))

        return forward

    # How it shows itself

    def card(self) -> dict[str, Any]:
        """Return what the card shows: account, health, limits now, breaker, operations."""
        desk = self.client.desk
        statistics = desk.limiter.statistics()
        closed = f"closed for {statistics.closed_for_s:.0f} s" if statistics.closed_for_s else None
        limits = [f"{b.limit_text} ({b.available:g} left)" for b in statistics.budgets] or [
            limit.text for limit in self.client.limits
        ]
        return {
            "title": self.integration.title,
            "account": self.account,
            "base_url": self.client.base_url,
            "credential": "refused: sign in"
            if desk.session.is_refused
            else "in place"
            if desk.session.scheme
            else "none",
            "breaker": str(desk.breaker.state),
            "breaker_why": desk.breaker.why,
            "limits": limits,
            "closed": closed,
            "waiting": statistics.waiting,
            "operations": len(self.client.index),
            "docs": self.integration.docs,
        }

    def __repr__(self) -> str:
        card = self.card()
        return (
            f"<{card['title']}, account {card['account']}: credential {card['credential']}, breaker {card['breaker']}, "
            f"{card['operations']} operations>"
        )

    def _repr_html_(self) -> str:
        from penstock.cards import render_connection

        return render_connection(self.card())


def to_frame(items: list[Json]) -> pd.DataFrame:
    """Return rows as a DataFrame, nested values as they are; what is not a mapping stands in the column `value`."""
    import pandas as pd

    return pd.DataFrame([item if isinstance(item, Mapping) else {"value": item} for item in items])


def _pages(engine: EngineLoop, pages: AsyncIterator[Page]) -> Iterator[Page]:
    async def step() -> Page | None:
        return await anext(pages, None)

    while (page := engine.run(step())) is not None:
        yield page


async def _apages(engine: EngineLoop, pages: AsyncIterator[Page]) -> AsyncIterator[Page]:
    async def step() -> Page | None:
        return await anext(pages, None)

    while (page := await engine.join(step())) is not None:
        yield page


async def _aitems(pages: AsyncIterator[Page]) -> AsyncIterator[Json]:
    async for page in pages:
        for item in page.items:
            yield item
