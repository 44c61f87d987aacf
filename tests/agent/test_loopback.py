"""The small server a browser comes back to: what it answers, what it does not repeat, and whom it does not wait for."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from token_service import run

from penstock.agent.loopback import HOST, PORT, Loopback
from penstock.errors import UsageError

CANARY = "canary-4eC39Hq"


@asynccontextmanager
async def listening(
    path: str = "/callback", *, is_ours: bool = True
) -> AsyncIterator[tuple[Loopback, list[str]]]:
    """Give a listener on any port, and what it was brought."""
    brought: list[str] = []

    def take(target: str) -> bool:
        brought.append(target)
        return is_ours

    listener = Loopback(take, path)
    await listener.open(0)
    try:
        yield listener, brought
    finally:
        await listener.aclose()


async def say(port: int, text: bytes) -> bytes:
    """Send bytes, and return all that comes back."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        with suppress(ConnectionError):
            writer.write(text)
            await writer.drain()
            return await reader.read()
        return b""
    finally:
        writer.close()


async def get(port: int, target: str, host: str | None = None, method: str = "GET") -> bytes:
    """Ask as a browser does."""
    return await say(port, f"{method} {target} HTTP/1.1\r\nHost: {host or f'{HOST}:{port}'}\r\n\r\n".encode())


def test_an_answer_is_handed_over_and_nothing_of_it_repeated() -> None:
    """The path and query arrive as they were, and neither code nor state nor description stands in the page or its fields."""

    async def work() -> None:
        async with listening() as (listener, brought):
            target = f"/callback?code={CANARY}&state=s&error_description=%3Cscript%3E{CANARY}"
            page = await get(listener.port, target)
            assert page.startswith(b"HTTP/1.1 200 ") and brought == [target]
            assert CANARY.encode() not in page and b"<script" not in page.lower()
            for said in (b"Cache-Control: no-store", b"Referrer-Policy: no-referrer", b"default-src 'none'"):
                assert said in page
        async with listening(is_ours=False) as (listener, brought):
            page = await get(listener.port, target)
            assert page.startswith(b"HTTP/1.1 400 ") and CANARY.encode() not in page and len(brought) == 1

    run(work())


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1.evil.example:{port}",
        "127.0.0.1@evil.example",
        "[::ffff:127.0.0.1",
        "",
        "127.0.0.2:{port}",
        "localhost.evil.example",
    ],
)
def test_a_page_of_another_site_gets_nothing(host: str) -> None:
    """Asked by a name that is not this machine's own, it answers 404 and hands nothing over.

    The control: the same request by this machine's name is taken.
    """

    async def work() -> None:
        async with listening() as (listener, brought):
            text = f"GET /callback?code=1 HTTP/1.1\r\nHost: {host.format(port=listener.port)}\r\n\r\n"
            assert (await say(listener.port, text.encode())).startswith(b"HTTP/1.1 404 ") and brought == []
            assert (await say(listener.port, b"GET /callback?code=1 HTTP/1.1\r\n\r\n")).startswith(
                b"HTTP/1.1 404 "
            )
            assert brought == []
            for name in ("localhost", HOST):
                assert (await get(listener.port, "/callback?code=1", f"{name}:{listener.port}")).startswith(
                    b"HTTP/1.1 200 "
                )
            assert len(brought) == 2

    run(work())


@pytest.mark.parametrize("method", ["POST", "PUT", "OPTIONS", "HEAD", "get", "", "CONNECT"])
def test_only_get_is_answered(method: str) -> None:
    """Any other method gets 404, and hands nothing over."""

    async def work() -> None:
        async with listening() as (listener, brought):
            assert (await get(listener.port, "/callback?code=1", method=method)).startswith(b"HTTP/1.1 404 ")
            assert brought == []

    run(work())


@pytest.mark.parametrize(
    "target",
    ["/", "/favicon.ico", "/callback", "/callback/?code=1", "/CALLBACK?code=1", "//callback?code=1", "*"],
)
def test_other_paths_hand_nothing_over(target: str) -> None:
    """What a browser asks for beside the redirect is not taken for it."""

    async def work() -> None:
        async with listening() as (listener, brought):
            assert (await get(listener.port, target)).startswith(b"HTTP/1.1 404 ") and brought == []
        async with listening("/oauth/done") as (listener, brought):
            assert (await get(listener.port, "/oauth/done?code=1")).startswith(b"HTTP/1.1 200 ") and len(
                brought
            ) == 1

    run(work())


@pytest.mark.parametrize(
    "text",
    [
        b"GET /callback?code=" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"\x16\x03\x01" + b"\xff" * 200 + b"\r\n\r\n",
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /callback?code=1 HTTP/1.1\r\nHost: [\r\n\r\n",
        b"GET /callback?code=1 HTTP/1.1\nHost: 127.0.0.1\n\n" + b"x" * 20_000,
    ],
)
def test_what_is_no_request_harms_nothing(text: bytes) -> None:
    """Long lines, TLS and rubbish hand nothing over, and the next honest request is answered."""

    async def work() -> None:
        async with listening() as (listener, brought):
            await say(listener.port, text)
            assert brought == []
            assert (await get(listener.port, "/callback?code=1")).startswith(b"HTTP/1.1 200 ")

    run(work())


def test_a_client_that_says_nothing_keeps_nobody_waiting() -> None:
    """With silent connections open the browser is answered, and the listener closes all the same."""

    async def work() -> None:
        async with listening() as (listener, brought):
            silent = [await asyncio.open_connection(HOST, listener.port) for _ in range(5)]
            silent[0][1].write(b"GET /callback?code=ha")
            assert (await get(listener.port, "/callback?code=1")).startswith(b"HTTP/1.1 200 ")
            assert brought == ["/callback?code=1"]
        for _, writer in silent:
            writer.close()

    run(work())


def test_it_listens_on_this_machine_alone() -> None:
    """The socket is bound to 127.0.0.1, not to every address."""

    async def work() -> None:
        async with listening() as (listener, _):
            assert listener._server is not None
            (sock,) = listener._server.sockets
            assert sock.getsockname() == (HOST, listener.port)

    run(work())


def test_where_the_usual_port_is_taken_any_is_used() -> None:
    """With the usual one taken it listens on another; asked for a certain one that is taken, it says so."""

    async def work() -> None:
        taken = socket.socket()
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as asyncio's servers do
        with suppress(OSError):  # somebody else may have it already: then it is taken as well
            taken.bind((HOST, PORT))
            taken.listen()
        try:
            first, second = Loopback(lambda _: True), Loopback(lambda _: True)
            await first.open()
            assert first.port not in (0, PORT)
            with pytest.raises(UsageError, match=str(first.port)):
                await second.open(first.port)
            await second.aclose()
            await first.aclose()
        finally:
            taken.close()

    run(work())


def test_closing_frees_the_port() -> None:
    """Right after aclose another can listen on the same port, and nobody answers there."""

    async def work() -> None:
        async with listening() as (listener, _):
            port = listener.port
        with pytest.raises(OSError):
            await asyncio.open_connection(HOST, port)
        again = Loopback(lambda _: True)
        await again.open(port)
        assert again.port == port
        await again.aclose()

    run(work())
