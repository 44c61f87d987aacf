"""Where the browser comes back to after a sign-in: a small HTTP server on 127.0.0.1, for one sign-in and its time.

It hands the path and query to whoever began the sign-in, answers with a page that repeats nothing of them, and knows
no secret.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

from penstock.errors import UsageError

HOST = "127.0.0.1"
PORT = 8719  # taken where it is free, for services that want the redirect address registered to the letter
PATH = "/callback"
_MOST_BYTES = 16_384
_PATIENCE_S = 10.0

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<meta name="color-scheme" content="light dark"><body style="font:16px system-ui;margin:15vh auto;max-width:30em">
<h1 style="font-size:1.3em">{title}</h1><p>{text}</p></body></html>"""
_DONE = _PAGE.format(title="Signed in", text="The account is being stored. You can close this tab.")
_REFUSED = _PAGE.format(
    title="Not signed in", text="The service said no, or this is not its answer. The notebook says more."
)
_ELSEWHERE = _PAGE.format(title="Nothing here", text="This address waits for a sign-in to come back.")

Take = Callable[[str], bool]


class Loopback:
    """Listen for one sign-in's redirect. `take(path?query)` says whether that was its answer."""

    def __init__(self, take: Take, path: str = PATH) -> None:
        self._take, self._path = take, path
        self._server: asyncio.Server | None = None
        self.port = 0

    async def open(self, port: int | None = None) -> None:
        """Begin to listen; without a port on the usual one, or on any where that is taken."""
        for wanted in (port,) if port is not None else (PORT, 0):
            try:
                self._server = await asyncio.start_server(self._serve, HOST, wanted, limit=_MOST_BYTES)
                break
            except OSError as exc:
                problem = exc.strerror
        else:
            raise UsageError(
                f"Nobody can listen on {HOST}:{port} for the sign-in to come back ({problem}).",
                hint="End what listens there, or give another redirect_uri= (and register it at the service).",
            )
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def aclose(self) -> None:
        """Stop listening."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
            with suppress(TimeoutError):
                await asyncio.wait_for(server.wait_closed(), 1.0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                head = await reader.readuntil(b"\r\n\r\n")
                status, page = self._answer(head.decode("latin-1"))
                body = page.encode()
                fields = (
                    f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
                    "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n"
                    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\nConnection: close\r\n\r\n"
                )
                writer.write(fields.encode() + body)
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return
        finally:
            writer.close()

    def _answer(self, head: str) -> tuple[str, str]:
        line, _, rest = head.partition("\r\n")
        method, _, target = line.partition(" ")
        target = target.partition(" ")[0]
        host = next((f[5:].strip() for f in rest.split("\r\n") if f.lower().startswith("host:")), "")
        try:
            is_ours = urlsplit(f"//{host}").hostname in (HOST, "localhost", "::1")
        except ValueError:
            is_ours = False
        # Only what was sent here by its own name: another site's name that leads to this machine is not answered.
        if method != "GET" or not is_ours or target.partition("?")[0] != self._path or "?" not in target:
            return "404 Not Found", _ELSEWHERE
        return ("200 OK", _DONE) if self._take(target) else ("400 Bad Request", _REFUSED)
