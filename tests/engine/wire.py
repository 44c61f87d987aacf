"""A tiny HTTP server that misbehaves on demand, for what a polite server cannot be made to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

ANSWERS = {
    "/ok": b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\nX-A: 1\r\nX-A: 2\r\n\r\n{"a": 1}',
    "/partial-body": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc",
    "/partial-head": b"HTTP/1.1 200 OK\r\nConte",
    "/garbage": b"this is not HTTP\r\n\r\n",
    "/redirect": b"HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n",
}


@asynccontextmanager
async def rude_server() -> AsyncIterator[tuple[str, list[str]]]:
    """Serve ANSWERS, drop on /drop, stay silent on /silent; yield the base URL and the list of paths asked for."""
    asked: list[str] = []
    quiet = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ")[1].decode()
            asked.append(path)
            if path == "/silent":
                await quiet.wait()
            elif path != "/drop":
                writer.write(ANSWERS[path])
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}", asked
    finally:
        quiet.set()
        server.close()
        await asyncio.sleep(0)
