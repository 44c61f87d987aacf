"""The scripted transport: answers in order, requests remembered."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from penstock.errors import ConnectFailed, UsageError
from penstock.model import Headers, Request, Response
from penstock.testing import FakeClock, ScriptedTransport

GET = Request("GET", "http://service.invalid/things")


def send(transport: ScriptedTransport, request: Request = GET) -> Response:
    return asyncio.run(transport.send(request))


def test_answers_come_in_the_order_of_the_script() -> None:
    """Whole answers, short ones and errors are given one after the other, and the requests are kept."""
    whole = Response(201, Headers({"X-A": "1"}), b"made")
    transport = ScriptedTransport(
        [whole, (429, None, {"Retry-After": "3"}), ConnectFailed("refused"), (200, "ok")]
    )
    assert send(transport) is whole
    throttled = send(transport)
    assert (throttled.status, throttled.body, throttled.headers["retry-after"]) == (429, b"", "3")
    with pytest.raises(ConnectFailed):
        send(transport)
    assert send(transport).text == "ok"
    assert transport.requests == [GET] * 4


@pytest.mark.parametrize(
    ("body", "raw", "kind"),
    [
        (None, b"", None),
        (b"\xff\x00", b"\xff\x00", None),
        ("é", "é".encode(), None),
        ({"id": 1}, b'{"id": 1}', "application/json"),
        ([], b"[]", "application/json"),
        (0, b"0", "application/json"),
    ],
)
def test_a_body_is_sent_as_it_is_or_as_json(body: Any, raw: bytes, kind: str | None) -> None:
    """Bytes and text stay as they are, None is empty, anything else becomes JSON and says so."""
    response = send(ScriptedTransport([(200, body)]))
    assert response.body == raw
    assert response.headers.get("content-type") == kind


def test_a_content_type_given_is_kept() -> None:
    """A script's own content type is not replaced."""
    response = send(ScriptedTransport([(200, {}, {"Content-Type": "application/problem+json"})]))
    assert response.headers["content-type"] == "application/problem+json"


def test_a_script_may_be_a_function() -> None:
    """A function of the request, plain or async, gives the answer; an error it returns is raised."""

    async def later(request: Request) -> tuple[int, str]:
        await asyncio.sleep(0)
        return 200, request.url

    assert send(ScriptedTransport(lambda request: (404, request.method))).text == "GET"
    assert send(ScriptedTransport(later)).text == GET.url
    with pytest.raises(ConnectFailed):
        send(ScriptedTransport(lambda request: ConnectFailed("refused")))


def test_a_script_may_have_no_end() -> None:
    """An endless iterator serves as a script."""

    def answers() -> Any:
        number = 0
        while True:
            yield 200, number
            number += 1

    transport = ScriptedTransport(answers())
    assert [send(transport).data for _ in range(3)] == [0, 1, 2]


def test_a_script_that_is_over_says_so() -> None:
    """One request too many raises UsageError that names it."""
    transport = ScriptedTransport([(200, None)])
    send(transport)
    with pytest.raises(UsageError, match=r"no answer for request 2: GET http://service\.invalid/things"):
        send(transport)
    assert transport.in_flight == 0


def test_answers_take_their_time_on_the_clock() -> None:
    """Each answer takes delay_s on the clock; how many were under way at once is remembered."""

    async def main() -> None:
        clock = FakeClock(autojump=True)
        transport = ScriptedTransport([(200, None)] * 3, delay_s=2.0, clock=clock)
        answers = await asyncio.gather(*(transport.send(GET) for _ in range(3)))
        assert clock.monotonic() == 2.0 and answers[0].elapsed == 2.0
        assert transport.most_in_flight == 3 and transport.in_flight == 0

    asyncio.run(main())


def test_a_delay_needs_a_clock() -> None:
    """A delay without a clock raises UsageError when the transport is made."""
    with pytest.raises(UsageError, match="clock"):
        ScriptedTransport([], delay_s=1.0)


def test_a_cancelled_request_is_no_longer_under_way() -> None:
    """Cancelling a request while it waits leaves nothing in flight."""

    async def main() -> None:
        transport = ScriptedTransport([(200, None)], delay_s=5.0, clock=FakeClock())
        task = asyncio.ensure_future(transport.send(GET))
        await asyncio.sleep(0)
        assert transport.in_flight == 1
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert transport.in_flight == 0

    asyncio.run(main())


def test_a_closed_transport_refuses() -> None:
    """After aclose() a request raises UsageError and is not remembered."""

    async def main() -> None:
        transport = ScriptedTransport([(200, None)])
        await transport.aclose()
        with pytest.raises(UsageError, match="closed"):
            await transport.send(GET)
        assert transport.requests == [] and transport.is_closed

    asyncio.run(main())
