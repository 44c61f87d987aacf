"""Sandboxes for the tests of the sandbox, each stopped when its test ends, and a way to speak to them in the raw."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from penstock.sandbox.server import Sandbox


@dataclass
class Raw:
    """An answer as it stood on the wire."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@pytest.fixture
def make_box() -> Iterator[Callable[..., Sandbox]]:
    """Start sandboxes; by default nobody is throttled."""
    boxes: list[Sandbox] = []

    def make(**options: Any) -> Sandbox:
        boxes.append(Sandbox(**{"limits": False, **options}).start())
        return boxes[-1]

    yield make
    for box in boxes:
        box.stop()


@pytest.fixture
def call() -> Callable[..., Raw]:
    """Send one request on a connection of its own: call(url, method, body, **headers), names with _ for -."""

    def send(url: str, method: str = "GET", body: bytes | str | None = None, **headers: str) -> Raw:
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=10)
        try:
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request(
                method, target, body, {name.replace("_", "-"): v for name, v in headers.items()}
            )
            answer = connection.getresponse()
            return Raw(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    return send


@pytest.fixture
def stripe_call(call: Callable[..., Raw]) -> Callable[..., Raw]:
    """Call a sandbox's Stripe: stripe_call(box, "POST", "/v1/customers", "email=a@b.co", key="k")."""

    def send(box: Sandbox, method: str, path: str, form: str | None = None, key: str | None = None) -> Raw:
        headers = {"Authorization": f"Bearer {box.credential('stripe')['secret_key']}"}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if key is not None:
            headers["Idempotency-Key"] = key
        return call(box.base_url("stripe") + path, method, form, **headers)

    return send
