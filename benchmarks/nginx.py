"""nginx on loopback with a configuration of its own: the other side of the benchmarks. It is not the sandbox."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ANSWER = (
    '{"id": "cus_1", "object": "customer", "email": "a@example.com", "name": "Ada", "created": 1767225600, '
    '"description": null, "livemode": false, "metadata": {}}'
)
_CONFIG = """
daemon off;
master_process off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log error;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    default_type application/json;
    keepalive_timeout 300s;
    keepalive_requests 100000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    limit_req_status 429;
    log_format judge '$msec $status';
    {zones}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        add_header Request-Id req_1;
        location / {{ return 200 '{answer}'; }}
        {locations}
    }}
}}
"""


@dataclass(frozen=True, slots=True)
class Door:
    """A path with a limiter of nginx's own before it, and a log of what it let through.

    `rate` None: no limiter. `burst` as in `limit_req ... burst=N nodelay`; 0 is none.
    """

    name: str
    rate: int | None = None
    burst: int = 0


class Nginx:
    """A running nginx: `url` is its address, `log(door)` what it answered there."""

    def __init__(self, port: int, folder: Path) -> None:
        self.url, self._folder = f"http://127.0.0.1:{port}", folder

    def door(self, name: str) -> str:
        """Return a door's address."""
        return f"{self.url}/{name}"

    def log(self, name: str) -> list[tuple[float, int]]:
        """Return when (seconds since 1970) and with which status each request at a door was answered."""
        lines = (self._folder / f"{name}.log").read_text().splitlines()
        return [(float(at), int(status)) for at, status in (line.split() for line in lines)]


@contextmanager
def run_nginx(doors: Sequence[Door] = ()) -> Iterator[Nginx]:
    """Run nginx for the length of a with-block: one process, keep-alive, a small JSON answer to everything."""
    binary = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if binary is None:
        raise SystemExit("nginx is not installed: sudo apt install nginx-light")
    folder = Path(tempfile.mkdtemp(prefix="penstock-bench-nginx-"))
    port = free_port()
    zones = "\n    ".join(
        f"limit_req_zone $server_port zone={door.name}:1m rate={door.rate}r/s;" for door in doors if door.rate
    )
    config = folder / "nginx.conf"
    locations = "\n        ".join(_location(door, folder) for door in doors)
    config.write_text(
        _CONFIG.format(folder=folder, port=port, answer=ANSWER, zones=zones, locations=locations)
    )
    process = subprocess.Popen(
        [binary, "-p", str(folder), "-c", str(config), "-e", str(folder / "error.log")]
    )
    try:
        _wait_until_open(port, process)
        yield Nginx(port, folder)
    finally:
        process.terminate()
        process.wait(timeout=10)
        shutil.rmtree(folder, ignore_errors=True)


def _location(door: Door, folder: Path) -> str:
    # `return` answers before limit_req is asked, so a door's answer stands behind it, in a location of its own.
    limiter = ""
    if door.rate:
        limiter = f"limit_req zone={door.name}{f' burst={door.burst} nodelay' if door.burst else ''};"
    log = f"access_log {folder}/{door.name}.log judge;"
    return (
        f"location /{door.name}/ {{ {limiter} {log} try_files /nothing @{door.name}; }}\n        "
        f"location @{door.name} {{ {log} return 200 '{ANSWER}'; }}"
    )


def free_port() -> int:
    """Return a port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_open(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.02)
    raise SystemExit("nginx did not start; its own message stands above.")
