"""A toy service in the catalog's vocabulary, played by RestVendor, and a transport that calls it without a socket."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any
from urllib.parse import urlsplit

from penstock.catalog.definition import (
    ApiKeys,
    Basic,
    Bearer,
    ErrorShape,
    Idempotency,
    Integration,
    Limit,
    Operation,
    Pagination,
    RateHeaders,
    fields,
)
from penstock.model import Headers, Request, Response
from penstock.sandbox.rest.shape import Shape
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.vendors import Setup
from penstock.sandbox.wire import Incoming
from penstock.testing import FakeClock

_PAGE = "limit:integer after page:integer per_page:integer offset:integer cursor"
TOY = Integration(
    name="toy",
    title="Toy",
    docs="https://toy.example/docs",
    checked="2026-11",
    base_url="https://api.toy.example/v2",
    auth=(
        Bearer("token", note="a token"),
        ApiKeys(header=(("token", "X-Key"), ("app", "X-App")), note="two keys"),
        Basic(user="email", password="token", note="both"),
    ),
    limits=(Limit(5, per=10.0, source="toy"),),
    rate_headers=RateHeaders(limit="X-Limit", remaining="X-Left", reset="X-Reset", reset_unit="epoch_ms"),
    idempotency=Idempotency("Idempotency-Key", methods=("POST",), only=("ducks.create",), lifetime_s=3600.0),
    errors=ErrorShape(message=("error.message",), code=("error.code",)),
    health=Operation("ponds.get", "GET", "/ponds/me"),
    operations=(
        Operation(
            "ducks.create", "POST", "/ducks", fields("name! /owner"), into="duck.properties", fixed={"v": 1}
        ),
        Operation("ducks.get", "GET", "/ducks/{duck_id}"),
        Operation("ducks.list", "GET", "/ducks", fields(_PAGE), is_paginated=True, items="ducks"),
        Operation("ducks.update", "PATCH", "/ducks/{duck_id}", fields("name"), into="duck.properties"),
        Operation("ducks.delete", "DELETE", "/ducks/{duck_id}"),
        Operation("ducks.feed", "POST", "/ducks/{duck_id}/feed", fields("bread")),
        Operation("eggs.create", "POST", "/ducks/{duck_id}/eggs", fields("weight:integer!")),
        Operation(
            "eggs.list", "GET", "/ducks/{duck_id}/eggs", fields(_PAGE), is_paginated=True, items="ducks"
        ),
    ),
)


def with_pages(style: Pagination) -> Integration:
    """Return the toy with another style of pages."""
    return replace(TOY, pagination=style)


class World:
    """A toy vendor under a clock of its own; `send` asks it as a client would, without a socket."""

    def __init__(self, integration: Integration = TOY, *, limits: Any = False, **shape: Any) -> None:
        self.clock = FakeClock()
        self.integration = integration
        setup = Setup(self.clock, Random(1), limits)
        self.vendor = RestVendor(
            setup, integration, Shape(**{"new_id": lambda ids, _: f"d{ids.next('d')}", **shape})
        )
        self.effects: list[Any] = []

    def ask(
        self, method: str, path: str, body: bytes | str = b"", key: str | None = None, **headers: str
    ) -> Response:
        """Return the answer to one request, signed unless header fields say otherwise."""
        fields = {"Authorization": f"Bearer {self.vendor.keys.text()}"} | {
            n.replace("_", "-"): v for n, v in headers.items()
        }
        if body:
            fields.setdefault("Content-Type", "application/json")
        if key is not None:
            fields["Idempotency-Key"] = key
        path, _, query = path.partition("?")
        raw = body.encode() if isinstance(body, str) else body
        answer = self.vendor.answer(
            Incoming(
                self.clock.wall(),
                "toy",
                method,
                path,
                query,
                Headers(fields.items()),
                raw,
                "http://127.0.0.1:9/toy",
            )
        )
        self.effects += answer.effects
        for release in answer.release:
            release()
        return Response(answer.status, Headers(answer.headers), answer.body)

    async def send(self, request: Request) -> Response:
        """Be a transport."""
        parts = urlsplit(request.url)
        path = parts.path.removeprefix("/toy")
        answer = self.ask(
            request.method,
            f"{path}?{parts.query}",
            request.body or b"",
            **{n.replace("-", "_"): v for n, v in request.headers},
        )
        return answer

    async def aclose(self) -> None:
        """Close nothing."""
