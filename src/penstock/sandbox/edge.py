"""The edge of the sandbox: tornado's HTTP server, raw bodies in, replies out. It decides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from http.client import responses as REASONS
from typing import Any

from tornado import httputil
from tornado.httpserver import HTTPServer
from tornado.iostream import StreamClosedError
from tornado.netutil import bind_sockets

from penstock.clock import Clock
from penstock.sandbox.exchange import Exchange, Reply
from penstock.sandbox.wire import http_date

MOST_BODY_BYTES = 64 * 2**20
HOST = "127.0.0.1"  # never reachable from another machine


class Edge(httputil.HTTPServerConnectionDelegate):
    """Accept connections on loopback and answer what arrives on them."""

    def __init__(self, exchange: Exchange, clock: Clock, port: int) -> None:
        self.exchange, self.clock = exchange, clock
        self._tasks: set[asyncio.Task[None]] = set()
        self._date = (0, "")
        self._server = HTTPServer(self, max_body_size=MOST_BODY_BYTES, idle_connection_timeout=300.0)
        sockets = bind_sockets(port, HOST)
        self.port: int = sockets[0].getsockname()[1]
        self._server.add_sockets(sockets)

    def start_request(
        self, server_conn: object, request_conn: httputil.HTTPConnection
    ) -> httputil.HTTPMessageDelegate:
        return _Arrival(self, request_conn)

    async def aclose(self) -> None:
        """Stop listening, close every connection, drop what was still to be answered."""
        self._server.stop()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.close_all_connections()

    def respond(self, connection: Any, reply: Reply, is_head: bool) -> None:
        """Send a reply, now or later."""
        if reply.delay_s > 0:
            task = asyncio.get_running_loop().create_task(self._respond_later(connection, reply, is_head))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            self._send(connection, reply, is_head)

    async def _respond_later(self, connection: Any, reply: Reply, is_head: bool) -> None:
        try:
            await self.clock.sleep(reply.delay_s)
        except asyncio.CancelledError:
            _release(reply)
            raise
        self._send(connection, reply, is_head)

    def _send(self, connection: Any, reply: Reply, is_head: bool) -> None:
        try:
            if reply.is_cut:
                connection.stream.close()
            else:
                self._write(connection, reply, is_head)
        finally:
            _release(reply)

    def _write(self, connection: Any, reply: Reply, is_head: bool) -> None:
        answer = reply.answer
        fields = httputil.HTTPHeaders()
        fields.add("Date", self._today())
        for name, value in answer.headers:
            fields.add(name, value)
        if answer.status not in (204, 304):
            fields.add("Content-Length", str(len(answer.body)))
        start = httputil.ResponseStartLine("HTTP/1.1", answer.status, REASONS.get(answer.status, "Unknown"))
        has_body = bool(answer.body) and not is_head and answer.status not in (204, 304)
        try:
            _observe(connection.write_headers(start, fields, answer.body if has_body else None))
            connection.finish()
        except StreamClosedError:
            pass  # the client did not wait

    def _today(self) -> str:
        second = int(self.clock.wall())
        if self._date[0] != second:
            self._date = (second, http_date(second))
        return self._date[1]


class _Arrival(httputil.HTTPMessageDelegate):
    """Gather one request."""

    def __init__(self, edge: Edge, connection: Any) -> None:
        self._edge, self._connection = edge, connection
        self._chunks: list[bytes] = []

    def headers_received(self, start_line: Any, headers: httputil.HTTPHeaders) -> Awaitable[None] | None:
        self._method, self._target, self._headers = start_line.method, start_line.path, headers
        return None

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        self._chunks.append(chunk)
        return None

    def finish(self) -> None:
        host = self._headers.get("Host") or f"{HOST}:{self._edge.port}"
        reply = self._edge.exchange.reply(
            self._method, self._target, self._headers, b"".join(self._chunks), host
        )
        self._edge.respond(self._connection, reply, self._method == "HEAD")

    def on_connection_close(self) -> None:
        self._chunks.clear()


def _release(reply: Reply) -> None:
    for call in reply.answer.release:
        call()


def _observe(future: Any) -> None:
    """Take note of a failed write, so that nobody reports it as never looked at: the client did not wait."""
    future.add_done_callback(lambda done: done.cancelled() or done.exception())
