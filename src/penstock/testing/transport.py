"""A transport that answers from a script instead of a network: the engine's seam, with nothing behind it.

It is no server: for bytes on a socket, use the sandbox.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from inspect import isawaitable
from typing import Any

from penstock.clock import Clock
from penstock.errors import UsageError
from penstock.model import Headers, Request, Response

# What a script may hold: a whole answer, (status, body) or (status, body, headers), or an error to raise.
Answer = Response | tuple[int, Any] | tuple[int, Any, Mapping[str, str]] | BaseException
Script = Iterable[Answer] | Callable[[Request], Answer | Awaitable[Answer]]


class ScriptedTransport:
    """Answer each request with the next thing of a script, and remember what was asked.

    script:  answers in order, or a (plain or async) function of the request that gives one. A body that is
             neither bytes nor text becomes JSON; None is an empty body. An exception is raised.
    delay_s: seconds that each answer takes on `clock`.

    Raises UsageError when more requests come than there are answers.
    """

    def __init__(self, script: Script, *, delay_s: float = 0.0, clock: Clock | None = None) -> None:
        if delay_s > 0 and clock is None:
            raise UsageError(
                "A delay needs a clock to take place on.",
                hint="ScriptedTransport(..., delay_s=1, clock=FakeClock()).",
            )
        self.requests: list[Request] = []
        self.is_closed = False
        self.in_flight = 0
        self.most_in_flight = 0
        self._function: Callable[[Request], Any] | None = script if callable(script) else None
        self._answers: Iterator[Answer] = iter(()) if callable(script) else iter(script)
        self._delay_s, self._clock = delay_s, clock

    async def send(self, request: Request) -> Response:
        """Return the next answer, or raise it."""
        if self.is_closed:
            raise UsageError("This transport is closed.", hint="Make a new one.")
        self.requests.append(request)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            answer = await self._answer(request)
            if self._clock is not None:
                await self._clock.sleep(self._delay_s)
        finally:
            self.in_flight -= 1
        if isinstance(answer, BaseException):
            raise answer
        return answer if isinstance(answer, Response) else build_response(*answer, elapsed=self._delay_s)

    async def aclose(self) -> None:
        """Close it: a later request is refused."""
        self.is_closed = True

    async def _answer(self, request: Request) -> Answer:
        if self._function is not None:
            given = self._function(request)
            answer: Answer = await given if isawaitable(given) else given
            return answer
        try:
            return next(self._answers)
        except StopIteration:
            raise UsageError(
                f"The script has no answer for request {len(self.requests)}: {request.method} {request.url}.",
                hint="Give more answers, or a function of the request.",
            ) from None


def build_response(
    status: int, body: Any = None, headers: Mapping[str, str] | None = None, *, elapsed: float = 0.0
) -> Response:
    """Return an answer with this body: bytes and text as they are, None empty, anything else as JSON."""
    fields = dict(headers or {})
    if body is None:
        raw = b""
    elif isinstance(body, bytes):
        raw = body
    elif isinstance(body, str):
        raw = body.encode()
    else:
        raw = json.dumps(body).encode()
        if not any(name.lower() == "content-type" for name in fields):
            fields["content-type"] = "application/json"
    return Response(status=status, headers=Headers(fields), body=raw, elapsed=elapsed)
