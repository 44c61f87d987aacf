"""How bytes leave: the one file that knows an HTTP library, and translates its errors into ours.

Two transports behind one seam. The default is pyreqwest (Rust: 8 to 20 times the requests per second of httpx2);
`httpx2` serves proxies, mounts, mocking and platforms without a wheel. Neither retries, follows redirects or signs.
"""

from __future__ import annotations

import importlib
import logging
import sys
import threading
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from penstock.errors import (
    CircuitOpen,
    ConnectFailed,
    DeadlineExceeded,
    DependencyMissing,
    OutcomeUncertain,
    PenstockError,
    ProviderError,
    ReceiveFailed,
    SendFailed,
    TimedOut,
    TransportFailed,
    UsageError,
)
from penstock.model import Headers, Request, Response
from penstock.redact import RedactingFilter, strip_error

if TYPE_CHECKING:
    import httpx2

CONNECT_TIMEOUT_S = 10.0
TIMEOUT_S = 60.0  # for a whole request, where the integration or the connection says nothing else
POOL_SIZE = 100  # twice the highest concurrency of a batch
SMALL_POOL = 6  # requests at once in one of httpx2's pools
Forward = Callable[[Request], Awaitable[Response]]

# What httpx2 and its parts log: addresses, and at DEBUG header fields as well. A filter counts for its own logger alone.
_LOGS = (
    "httpx2", "httpcore2.connection", "httpcore2.http11", "httpcore2.http2", "httpcore2.proxy", "httpcore2.socks",
    "hpack.hpack", "hpack.table",
)  # fmt: skip
_clean_log = RedactingFilter()


class Transport(Protocol):
    """Send one request and return what came back; raise TransportFailed where nothing did."""

    async def send(self, request: Request) -> Response:
        """Send the request once."""
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...


def open_transport(kind: str = "auto") -> Transport:
    """Return a transport: "pyreqwest", "httpx2", or "auto" (pyreqwest where this platform has it)."""
    if kind not in ("auto", "pyreqwest", "httpx2"):
        raise UsageError(f"Unknown transport {kind!r}.", hint='Use "auto", "pyreqwest" or "httpx2".')
    if kind == "httpx2":
        return Httpx2Transport()
    try:
        return PyreqwestTransport()
    except ImportError as exc:
        if kind == "auto":
            return Httpx2Transport()
        raise DependencyMissing(
            "pyreqwest is not installed.", hint="pip install pyreqwest, or transport='httpx2'."
        ) from exc


class PyreqwestTransport:
    """Send through pyreqwest."""

    def __init__(self) -> None:
        _load_for_good("pyreqwest.client")
        from pyreqwest.client import ClientBuilder

        self._client = (
            ClientBuilder()
            .connect_timeout(timedelta(seconds=CONNECT_TIMEOUT_S))
            .timeout(timedelta(seconds=TIMEOUT_S))
            .follow_redirects(False)
            .pool_max_idle_per_host(POOL_SIZE)
            .referer(False)
            .build()
        )

    async def send(self, request: Request) -> Response:
        handled = sys.exception()
        try:
            builder = self._client.request(request.method, request.url).headers(request.headers)
            if request.timeout_s is not None and request.timeout_s != TIMEOUT_S:
                builder = builder.timeout(timedelta(seconds=request.timeout_s))
            if request.body:
                builder = builder.body_bytes(request.body)
            elif request.body is not None:
                builder = builder.header("Content-Length", "0")  # it would not say so by itself
            answer = await builder.build().send()
            body = (await answer.bytes()).to_bytes()
        except Exception as exc:
            raise _from_pyreqwest(exc, request) from strip_error(exc, handled)
        return Response(answer.status, Headers(answer.headers.items()), body)  # type: ignore[arg-type]

    async def aclose(self) -> None:
        await self._client.close()


def _load_for_good(module: str) -> None:
    """Import a module on a thread that never ends.

    pyreqwest 0.15 crashes the process when a client is built after the thread that first imported it has ended, and
    the engine's thread ends with its workbench.
    """
    if module in sys.modules:
        return
    is_loaded = threading.Event()
    failed: list[ImportError] = []

    def load() -> None:
        try:
            importlib.import_module(module)
        except ImportError as exc:
            failed.append(exc)
        is_loaded.set()
        if not failed:
            threading.Event().wait()

    threading.Thread(target=load, name=f"{module}-home", daemon=True).start()
    is_loaded.wait()
    if failed:
        raise failed[0]


def _from_pyreqwest(exc: Exception, request: Request) -> TransportFailed:
    """Return our error for pyreqwest's.

    Its ConnectError and ConnectTimeoutError also stand for connections that broke, or went silent, after the request
    had been sent; only the innermost causes tell. Whether bytes may have left decides if a row may be sent again, so
    "not sent" is said only where the cause names the connecting itself.
    """
    details = getattr(exc, "details", None)
    causes = (
        [str(cause.get("message", "")) for cause in (details or {}).get("causes") or []]
        if isinstance(details, dict)
        else []
    )
    why = causes[-1] if causes else str(exc)
    name = type(exc).__name__
    host = _host(request.url)
    if (
        "client error (Connect)" in causes
        or name in ("PoolTimeoutError", "BuilderError")
        or isinstance(exc, ValueError)
    ):
        return ConnectFailed(f"No connection to {host}: {why}.")
    if isinstance(exc, TimeoutError):
        return TimedOut(f"{host} gave no complete answer within {request.timeout_s or TIMEOUT_S:g} s.")
    if name == "WriteError":
        return SendFailed(f"The connection to {host} broke while sending: {why}.")
    return ReceiveFailed(f"The connection to {host} broke before the answer was complete: {why}.")


class Httpx2Transport:
    """Send through httpx2, or through a client of the user's own (with proxies, mounts, a mock transport).

    Its pool looks at every idle connection for every request, with a system call each: several small pools cost half
    of what one large pool does at fifty requests at once. A new one is opened when all the others are in use.
    """

    def __init__(self, client: httpx2.AsyncClient | None = None) -> None:
        import httpx2

        for name in _LOGS:
            logging.getLogger(name).addFilter(_clean_log)

        def open_client() -> httpx2.AsyncClient:
            limits = httpx2.Limits(max_connections=POOL_SIZE, max_keepalive_connections=POOL_SIZE)
            timeout = httpx2.Timeout(TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
            return httpx2.AsyncClient(limits=limits, timeout=timeout, verify=self._trust)

        self._trust = httpx2.create_ssl_context() if client is None else True
        self._open_client = open_client if client is None else None
        self._clients = [client or open_client()]
        self._in_flight = [0]
        self._table: tuple[tuple[type[Exception], type[TransportFailed]], ...] = (
            (httpx2.ConnectError, ConnectFailed),
            (httpx2.ConnectTimeout, ConnectFailed),
            (httpx2.PoolTimeout, ConnectFailed),
            (httpx2.UnsupportedProtocol, ConnectFailed),
            (httpx2.InvalidURL, ConnectFailed),
            (httpx2.ProxyError, ConnectFailed),
            (httpx2.TimeoutException, TimedOut),
            (httpx2.WriteError, SendFailed),
            (Exception, ReceiveFailed),
        )

    def _choose(self) -> int:
        """Return the first pool that is not full of requests, opening one where all are."""
        for index, count in enumerate(self._in_flight):
            if count < SMALL_POOL:
                return index
        if self._open_client is None or len(self._clients) * SMALL_POOL >= POOL_SIZE:
            return self._in_flight.index(min(self._in_flight))
        self._clients.append(self._open_client())
        self._in_flight.append(0)
        return len(self._clients) - 1

    async def send(self, request: Request) -> Response:
        index = self._choose()
        self._in_flight[index] += 1
        handled = sys.exception()
        try:
            answer = await self._clients[index].request(
                request.method,
                request.url,
                headers=list(request.headers),
                content=request.body,
                timeout=request.timeout_s or TIMEOUT_S,
                follow_redirects=False,
            )
        except Exception as exc:
            kind = next(ours for theirs, ours in self._table if isinstance(exc, theirs))
            said = kind(f"{_host(request.url)}: {exc or type(exc).__name__}.")
            raise said from strip_error(exc, handled)
        finally:
            self._in_flight[index] -= 1
        return Response(answer.status_code, Headers(answer.headers.multi_items()), answer.content)

    async def aclose(self) -> None:
        for client in self._clients:
            await client.aclose()


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2] or url[:60]


# The other way round: a vendor's own SDK sends, and Penstock is its transport. Without a time-out of its own: how long
# an answer may take is the integration's to say, unless the SDK says it.


def build_httpx2_client(forward: Forward, base_url: str) -> httpx2.AsyncClient:
    """Return an httpx2.AsyncClient whose every request takes Penstock's corridor.

    An answer is read whole before it is handed on: a stream arrives complete, not piece by piece.
    """
    import httpx2

    return httpx2.AsyncClient(transport=_bridge(httpx2, forward), base_url=base_url, timeout=None)


def build_httpx_client(forward: Forward, base_url: str) -> Any:
    """Return the same as an httpx.AsyncClient, for SDKs that still want httpx."""
    try:
        import httpx
    except ImportError as exc:
        raise DependencyMissing(
            "httpx is not installed.", hint="pip install httpx, or use connection.http (httpx2)."
        ) from exc
    return httpx.AsyncClient(transport=_bridge(httpx, forward), base_url=base_url, timeout=None)


# Ours and the library's: the bytes are given whole and unpacked, so what speaks of their packing goes.
_NOT_SENT = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "te",
        "transfer-encoding",
    }
)
_NOT_TOLD = frozenset({"connection", "content-encoding", "content-length", "keep-alive", "transfer-encoding"})
_THEIR_ERRORS: tuple[tuple[type[PenstockError], str], ...] = (
    (TimedOut, "ReadTimeout"),
    (ConnectFailed, "ConnectError"),
    (SendFailed, "WriteError"),
    (TransportFailed, "ReadError"),
    (CircuitOpen, "ConnectError"),  # nothing was sent
    (ProviderError, "PoolTimeout"),  # no answer: the wait for a limit was longer than anybody's patience
    (DeadlineExceeded, "ReadTimeout"),
    (OutcomeUncertain, "ReadError"),
    (PenstockError, "TransportError"),
)


def _bridge(library: Any, forward: Forward) -> Any:
    """Return an AsyncBaseTransport of that library (httpx2 and httpx share its shape) which hands on to `forward`."""

    class Bridge(library.AsyncBaseTransport):  # type: ignore[misc]
        async def handle_async_request(self, request: Any) -> Any:
            body: bytes = await request.aread()
            headers = request.headers
            has_body = bool(body) or "content-length" in headers
            fields = tuple(
                (name, value) for name, value in headers.multi_items() if name.lower() not in _NOT_SENT
            )
            timeout_s = (request.extensions.get("timeout") or {}).get("read")
            asked = Request(request.method, str(request.url), fields, body if has_body else None, timeout_s)
            try:
                answer = await forward(asked)
            except PenstockError as exc:
                cause = exc.__cause__ if isinstance(exc, OutcomeUncertain) else None
                name = next(name for ours, name in _THEIR_ERRORS if isinstance(cause or exc, ours))
                raise getattr(library, name)(str(exc), request=request) from exc
            kept = [(name, value) for name, value in answer.headers.items() if name not in _NOT_TOLD]
            return library.Response(answer.status, headers=kept, content=answer.body, request=request)

    return Bridge()
