"""Sending with care: by a deadline, and through redirects, with the credential going to its own host only."""

from __future__ import annotations

import asyncio
import sys
from urllib.parse import urljoin, urlsplit

from penstock.engine.desk import Desk, Trip
from penstock.errors import DeadlineExceeded, TransportFailed
from penstock.model import Request, Response
from penstock.redact import strip_error

MAX_REDIRECTS = 5


async def send_by(desk: Desk, trip: Trip, request: Request, deadline_at: float) -> Response:
    """Send, and raise DeadlineExceeded when the answer is not there in time."""
    left, handled = deadline_at - desk.clock.monotonic(), sys.exception()
    try:
        async with asyncio.timeout(max(left, 0.0)):
            return await desk.transport.send(request)
    except TimeoutError as exc:
        if isinstance(exc, TransportFailed):
            raise
        raise DeadlineExceeded(
            "The deadline passed while the answer was awaited"
            + ("." if request.is_resendable else "; it may have happened."),
            integration=desk.integration.name,
            account=desk.account,
            operation=trip.call.operation,
            row=trip.call.row,
        ) from strip_error(exc, handled)


async def follow(desk: Desk, request: Request, response: Response) -> Response:
    """Follow a redirect where that is safe: reads anywhere, other methods by 307/308 on the same host only.

    The credential goes along to the same origin and nowhere else.
    """
    for _ in range(MAX_REDIRECTS):
        next_request = _redirect(request, response)
        if next_request is None:
            return response
        request = next_request
        response = await desk.transport.send(request)
        if not (300 <= response.status < 400 and "location" in response.headers):
            break
    return response


def _redirect(request: Request, response: Response) -> Request | None:
    """Return the request a redirect asks for, None where it is not followed.

    It is made here, so that no frame that waits for an answer has the address or the header fields in clear.
    """
    target = urljoin(request.url, response.headers["location"])
    same = urlsplit(target)[:2] == urlsplit(request.url)[:2]
    is_read = request.method in ("GET", "HEAD")
    if not is_read and not (same and response.status in (307, 308)):
        return None
    headers = request.headers
    if not same:
        public = ("accept", "user-agent", "content-type")
        headers = tuple((name, value) for name, value in headers if name.lower() in public)
    return Request(request.method, target, headers, request.body, request.timeout_s, request.is_resendable)
