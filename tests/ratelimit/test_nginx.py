"""A real limiter of somebody else's: nginx's limit_req, 100 requests a second, with and without burst.

Fifty workers ask as fast as the limiter lets them. The judge is nginx: what it served, and what it refused.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from penstock.clock import SystemClock
from penstock.ratelimit.limit import Charge, Limit
from penstock.ratelimit.queue import Limiter

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
RATE = 100.0
WORKERS = 50
PROMPT_S = 0.001  # an idle nginx answers here in a fifth of that

pytestmark = pytest.mark.skipif(
    NGINX is None, reason="nginx is not installed (Debian: apt-get install nginx-light), so it cannot judge"
)

CONFIG = """
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    keepalive_requests 1000000;
    limit_req_zone $server_port zone=strict:1m rate=100r/s;
    limit_req_zone $uri zone=burst:1m rate=100r/s;
    limit_req_status 429;
    server {{
        listen 127.0.0.1:{port};
        root {folder}/www;
        location /open {{ }}
        location /burst0 {{ limit_req zone=strict; }}
        location / {{ limit_req zone=burst burst=20 nodelay; }}
    }}
}}
"""


@dataclass
class Counts:
    """What nginx answered, and how long it took. `answers`: (when sent, when answered, status), in order of sending."""

    answers: list[tuple[float, float, int]] = field(default_factory=list)
    elapsed_s: float = 0.0
    burst: float = 0.0

    @property
    def served(self) -> int:
        """Return how many were answered."""
        return sum(status == 200 for _, _, status in self.answers)

    @property
    def refused(self) -> int:
        """Return how many were refused."""
        return sum(status == 429 for _, _, status in self.answers)

    def refused_by_us(self, stall_s: float) -> int:
        """Return how many were refused with no stall of nginx, of `stall_s` or more, just before.

        On a busy machine nginx itself gets the processor late, sees requests closer together than they were sent,
        and refuses some: with burst 0 a stall of a millisecond does it, with burst 20 one of about 200.
        """
        stalls = [answered for sent, answered, _ in self.answers if answered - sent >= stall_s]
        refused = [(sent, answered) for sent, answered, status in self.answers if status == 429]
        return sum(not any(sent - 0.02 <= end <= answered for end in stalls) for sent, answered in refused)

    @property
    def late(self) -> float:
        """Return the part of the answers that nginx, or this machine, gave late."""
        return sum(answered - sent >= PROMPT_S for sent, answered, _ in self.answers) / max(
            1, len(self.answers)
        )

    @property
    def share(self) -> float:
        """Return the part of the allowed rate that was used; the burst itself is not counted as rate."""
        return (self.served - self.burst) / (self.elapsed_s * RATE)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Start an nginx of our own and give its port."""
    folder = tmp_path_factory.mktemp("nginx")
    for name in ("open", "burst0", "burst20", "long20", "control"):
        (folder / "www" / name).mkdir(parents=True)
        (folder / "www" / name / "x").write_text("ok")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    config = folder / "nginx.conf"
    user = "user root;" if hasattr(os, "geteuid") and os.geteuid() == 0 else ""
    config.write_text(CONFIG.format(folder=folder, port=port, user=user))
    assert NGINX is not None
    process = subprocess.Popen([NGINX, "-p", str(folder), "-c", str(config)], stderr=subprocess.PIPE)
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if process.poll() is not None:
            said = process.stderr.read().decode() if process.stderr else ""
            pytest.skip(f"nginx does not start here: {said.strip()}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    pytest.fail("nginx does not answer")


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> int:
    """Send one request on an open connection and return the status."""
    writer.write(f"GET {path}/x HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
    )
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])


async def drive(port: int, path: str, limit: Limit | None, seconds: float) -> Counts:
    """Let fifty workers ask for so many seconds, each on its own connection."""
    clock = SystemClock()
    limiter = Limiter(clock)
    charges = () if limit is None else (Charge("nginx", limit),)
    counts = Counts(burst=0.0 if limit is None else limit.burst or 0.0)
    streams = [await asyncio.open_connection("127.0.0.1", port) for _ in range(WORKERS)]
    for reader, writer in streams:
        assert await ask(reader, writer, "/open") == 200
    started = clock.monotonic()

    async def work(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while clock.monotonic() - started < seconds:
            if not limiter.acquire_nowait(charges):
                await limiter.acquire(charges)
            sent = clock.monotonic()
            status = await ask(reader, writer, path)
            counts.answers.append((sent, clock.monotonic(), status))

    await asyncio.gather(*(work(reader, writer) for reader, writer in streams))
    counts.elapsed_s = max(answered for _, answered, _ in counts.answers) - started
    for _, writer in streams:
        writer.close()
    return counts


def report(name: str, counts: Counts) -> None:
    print(
        f"nginx {name}: {counts.share:.2%} of the rate, {counts.refused} refused, {counts.elapsed_s:.1f} s; "
        f"{counts.late:.1%} of the answers took over a millisecond"
    )


def skip_if_busy(counts: Counts) -> None:
    if counts.late > 0.02:
        pytest.skip(f"this machine is too busy to judge: {counts.late:.1%} of nginx's answers came late")


def test_control_without_the_limiter_nginx_refuses_nearly_everything(server: int) -> None:
    """Fifty workers without a limit are refused hundreds of times in a second: the judge judges."""
    counts = asyncio.run(drive(server, "/control", None, 1.0))
    report("without limiter", counts)
    assert counts.refused > 200


def test_with_burst_20_nothing_is_refused(server: int) -> None:
    """In 5 s nginx refuses none of fifty workers' requests and at least 95 % of its rate is used."""
    counts = asyncio.run(drive(server, "/burst20", Limit(RATE, per=1.0, burst=20), 5.0))
    report("burst 20, 5 s", counts)
    assert counts.refused_by_us(stall_s=0.1) == 0
    assert counts.share >= 0.95


def test_with_burst_0_hardly_anything_is_refused(server: int) -> None:
    """In 5 s a limit that allows no two requests within 10 ms is broken at most twice by our fault."""
    counts = asyncio.run(drive(server, "/burst0", Limit(RATE, per=1.0, burst=1), 5.0))
    report("burst 0, 5 s", counts)
    assert counts.refused_by_us(stall_s=PROMPT_S) <= 2


@pytest.mark.slow
def test_thirty_seconds_with_burst_20(server: int) -> None:
    """In 30 s nothing is refused and at least 99.5 % of the rate is used."""
    counts = asyncio.run(drive(server, "/long20", Limit(RATE, per=1.0, burst=20), 30.0))
    report("burst 20, 30 s", counts)
    assert counts.refused_by_us(stall_s=0.1) == 0 and counts.share >= 0.995
    if counts.refused:
        skip_if_busy(counts)
    assert counts.refused == 0


@pytest.mark.slow
def test_thirty_seconds_with_burst_0(server: int) -> None:
    """In 30 s at most 4 requests are refused and at least 92 % of the rate is used."""
    counts = asyncio.run(drive(server, "/burst0", Limit(RATE, per=1.0, burst=1), 30.0))
    report("burst 0, 30 s", counts)
    assert counts.refused_by_us(stall_s=PROMPT_S) <= 4
    skip_if_busy(counts)
    assert counts.refused <= 4 and counts.share >= 0.92
