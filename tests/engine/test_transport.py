"""What the two transports make of a server that misbehaves: above all, whether anything may have been sent."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from wire import rude_server

from penstock.engine.transport import Httpx2Transport, PyreqwestTransport, Transport, open_transport
from penstock.errors import ConnectFailed, ReceiveFailed, TimedOut, TransportFailed, UsageError
from penstock.model import Request

KINDS = (PyreqwestTransport, Httpx2Transport)


async def send(transport: Transport, url: str, timeout_s: float = 5.0) -> object:
    try:
        return await transport.send(Request("POST", url, (("X-Ours", "1"),), b"{}", timeout_s))
    finally:
        await transport.aclose()


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_answer_keeps_its_fields(kind: type[Transport]) -> None:
    """Status, body and repeated header fields come through."""

    async def main() -> None:
        async with rude_server() as (base, _):
            response = await send(kind(), f"{base}/ok")
            assert response.status == 200 and response.data == {"a": 1}  # type: ignore[attr-defined]
            assert response.headers["x-a"] == "1, 2"  # type: ignore[attr-defined]

    asyncio.run(main())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", ["/drop", "/partial-body", "/partial-head", "/garbage"])
def test_a_broken_answer_may_have_been_sent(kind: type[Transport], path: str) -> None:
    """A connection that breaks after the request was written is never told as "not sent"."""

    async def main() -> None:
        async with rude_server() as (base, asked):
            with pytest.raises(TransportFailed) as caught:
                await send(kind(), f"{base}{path}")
            assert caught.value.is_sent
            assert isinstance(caught.value, ReceiveFailed)
            assert asked == [path]  # and it was sent once: nothing retries behind our back

    asyncio.run(main())


@pytest.mark.parametrize("kind", KINDS)
def test_silence_is_a_timeout_that_may_have_been_sent(kind: type[Transport]) -> None:
    """A server that accepts and never answers gives TimedOut, not "no connection"."""

    async def main() -> None:
        async with rude_server() as (base, _):
            with pytest.raises(TimedOut) as caught:
                await send(kind(), f"{base}/silent", 0.3)
            assert caught.value.is_sent

    asyncio.run(main())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "http://no-such-host.invalid/"])
def test_no_connection_is_certain_not_to_have_been_sent(kind: type[Transport], url: str) -> None:
    """A refused connection and a name that does not resolve are ConnectFailed: safe to send again."""

    async def main() -> None:
        with pytest.raises(ConnectFailed) as caught:
            await send(kind(), url)
        assert not caught.value.is_sent

    asyncio.run(main())


@pytest.mark.parametrize("kind", KINDS)
def test_redirects_are_not_followed_here(kind: type[Transport]) -> None:
    """A redirect comes back as it is: where a credential goes is decided in the corridor."""

    async def main() -> None:
        async with rude_server() as (base, asked):
            response = await send(kind(), f"{base}/redirect")
            assert response.status == 302 and asked == ["/redirect"]  # type: ignore[attr-defined]

    asyncio.run(main())


def test_an_unknown_transport_is_refused() -> None:
    """open_transport names the kinds there are."""
    with pytest.raises(UsageError, match="auto"):
        open_transport("carrier-pigeon")


def test_a_second_workbench_finds_the_transport_alive(tmp_path: Path) -> None:
    """Worlds opened and closed one after the other in a process do not crash it (pyreqwest 0.15 would)."""
    script = """
import sys
import penstock as ps
with ps.Sandbox(names=["stripe"]) as server:
    for n in range(4):
        with ps.Workbench(home=f"{sys.argv[1]}/{n}") as bench:
            assert bench.connect("stripe", sandbox=server).customers.create(email="a@example.com")["id"]
"""
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, (done.returncode, done.stderr[-500:])
