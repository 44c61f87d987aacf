"""The corridor as a whole: what is tried again, what waits, what is refused. Time is moved, nothing is slept."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

from penstock.auth.accounts import Issued
from penstock.auth.schemes import Bearer
from penstock.auth.sessions import Session
from penstock.catalog.definition import ErrorShape, Idempotency, Integration, Limit, Operation
from penstock.catalog.operations import OperationIndex
from penstock.engine.client import Client
from penstock.engine.desk import Desk
from penstock.errors import (
    CallRefused,
    CircuitOpen,
    ConnectFailed,
    DeadlineExceeded,
    Invalid,
    OutcomeUncertain,
    QuotaSpent,
    ReceiveFailed,
    ResponseUnreadable,
    ServerFailed,
    SignInNeeded,
    Throttled,
)
from penstock.events import AttemptEnded, CallEnded, EventBus
from penstock.model import Call, Headers, Request, Response, Verdict
from penstock.ratelimit.queue import Limiter
from penstock.redact import Secret
from penstock.resilience.breaker import BreakerPolicy, CircuitBreaker
from penstock.resilience.recovery import RecoveryPath
from penstock.resilience.retry import RetryBudget, RetryPolicy
from penstock.testing import FakeClock

T = TypeVar("T")
CREATE = Operation("things.create", "POST", "/things")
GET = Operation("things.get", "GET", "/things/{id}")
PING = Operation("ping", "GET", "/ping")
KEYED = Idempotency("Idempotency-Key", lifetime_s=86400.0)


def answer(status: int = 200, body: str = '{"id": 1}', **headers: str) -> Response:
    fields = {
        "content-type": "application/json",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return Response(status, Headers(fields), body.encode())


class Script:
    """A transport that answers as told, and remembers when it was asked what."""

    def __init__(
        self, clock: FakeClock, *answers: Response | Exception | Callable[[Request], Response]
    ) -> None:
        self.clock, self.answers = clock, list(answers)
        self.sent: list[tuple[float, Request]] = []

    async def send(self, request: Request) -> Response:
        self.sent.append((self.clock.monotonic(), request))
        step = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(step, Exception):
            raise step
        made = step(request) if callable(step) else step
        return Response(made.status, made.headers, made.body)

    async def aclose(self) -> None:
        pass

    @property
    def times(self) -> list[float]:
        return [round(at, 3) for at, _ in self.sent]


def build(
    clock: FakeClock, script: Script, *, limits: tuple[Limit, ...] = (), keyed: bool = False, **facts: Any
) -> Client:
    options: dict[str, Any] = {
        name: facts.pop(name) for name in ("policy", "breaker", "recoveries", "issue") if name in facts
    }
    integration = Integration(
        name="demo", title="Demo", docs="https://example.com", checked="2026-11", base_url="https://api.example.com",
        auth=(Bearer(),), operations=(CREATE, GET), health=PING, idempotency=KEYED if keyed else None,
        errors=ErrorShape(("error",), ("code",)), **facts,
    )  # fmt: skip
    desk = Desk(
        integration=integration,
        account="acme",
        session=Session(
            integration.auth, {"token": Secret("tok-123456789")}, issue=options.get("issue"), clock=clock
        ),
        transport=script,
        limiter=Limiter(clock),
        breaker=CircuitBreaker(options.get("breaker", BreakerPolicy()), clock, random=random.Random(1)),
        policy=options.get("policy", RetryPolicy(jitter="none")),
        budget=RetryBudget(),
        clock=clock,
        bus=EventBus(),
        random=random.Random(1),
        host="api.example.com",
        origin="https://api.example.com",
        recoveries=options.get("recoveries", ()),
    )
    return Client(desk, "https://api.example.com", OperationIndex(integration), limits)


def run(main: Callable[[], Awaitable[T]]) -> T:
    async def bounded() -> T:
        async with asyncio.timeout(20):
            return await main()

    return asyncio.run(bounded())


def call(client: Client, name: str = "things.create", **options: Any) -> Awaitable[Response]:
    return client.call(Call(name, {"id": "7"}, **options))


def test_the_schedule_is_1_2_4_8_16() -> None:
    """Without jitter the six attempts of a keyed call leave at 0, 1, 3, 7, 15 and 31 seconds."""
    clock = FakeClock(autojump=True)
    script = Script(clock, answer(500, '{"error": "boom"}'))

    async def main() -> None:
        with pytest.raises(ServerFailed, match="boom"):
            await call(build(clock, script, keyed=True))

    run(main)
    assert script.times == [0, 1, 3, 7, 15, 31]


def test_every_attempt_carries_the_same_key() -> None:
    """The idempotency key is made once for a call, not once for an attempt."""
    clock = FakeClock(autojump=True)
    script = Script(clock, answer(500), ReceiveFailed("cut"), answer())
    response = run(lambda: call(build(clock, script, keyed=True)))
    keys = {dict(request.headers)["Idempotency-Key"] for _, request in script.sent}
    assert response.attempts == 3 and len(script.sent) == 3 and len(keys) == 1


@pytest.mark.parametrize(
    "step", [answer(500), answer(502), answer(503, retry_after="1"), answer(408), ReceiveFailed("cut")]
)
def test_a_post_without_a_key_is_never_repeated_where_it_may_have_happened(step: Any) -> None:
    """An unknown outcome without a key is OutcomeUncertain after one sending."""
    clock = FakeClock(autojump=True)
    script = Script(clock, step)

    async def main() -> None:
        with pytest.raises(OutcomeUncertain):
            await call(build(clock, script))

    run(main)
    assert len(script.sent) == 1


def test_what_was_not_sent_is_tried_again_even_without_a_key() -> None:
    """A refused connection is certain: the POST is sent once it can be."""
    clock = FakeClock(autojump=True)
    script = Script(clock, ConnectFailed("refused"), ConnectFailed("refused"), answer())
    assert run(lambda: call(build(clock, script))).status == 200
    assert script.times == [0, 1, 3]


def test_retry_after_wins_over_the_schedule_and_holds_everyone() -> None:
    """A 429 with Retry-After: 30 stops this call and the account's others for 30 seconds."""
    clock = FakeClock(autojump=True)
    script = Script(clock, answer(429, retry_after="30"), answer())
    client = build(clock, script, limits=(Limit(1000, per=1.0),))

    async def main() -> None:
        first = asyncio.ensure_future(call(client))
        await asyncio.sleep(0)
        await clock.sleep(5)
        await asyncio.gather(first, call(client, "things.get"))

    run(main)
    assert script.times[0] == 0 and min(script.times[1:]) >= 30


def test_a_throttled_call_waits_also_where_no_limit_is_declared() -> None:
    """Without declared limits a 429 still holds the account, it does not spin."""
    clock = FakeClock(autojump=True)
    script = Script(clock, answer(429, retry_after="7"), answer())
    run(lambda: call(build(clock, script)))
    assert script.times == [0, 7]


def test_a_long_retry_after_is_told_and_not_waited_for() -> None:
    """An hour-long wait ends a call typed by hand at once, with the time it may go on."""
    clock = FakeClock(autojump=True)
    script = Script(clock, answer(429, retry_after="7200"))
    client = build(clock, script, limits=(Limit(1000, per=1.0),))

    async def main() -> None:
        with pytest.raises(QuotaSpent) as caught:
            await call(client)
        assert caught.value.until is not None and "UTC" in str(caught.value)

    run(main)
    assert len(script.sent) == 1 and clock.monotonic() < 1


def test_throttled_for_good_is_told_as_throttled() -> None:
    """Six refusals end in Throttled with the number of attempts."""
    clock = FakeClock(autojump=True)
    script = Script(clock, answer(429))

    async def main() -> None:
        with pytest.raises(Throttled, match="6 attempts"):
            await call(build(clock, script))

    run(main)
    assert len(script.sent) == 6


def test_four_hundreds_are_not_repeated_and_say_what_the_service_said() -> None:
    """A 422 is sent once; its message and code are in the error."""
    clock = FakeClock(autojump=True)
    script = Script(clock, answer(422, '{"error": "no such e-mail", "code": "bad_email"}'))

    async def main() -> None:
        with pytest.raises(Invalid) as caught:
            await call(build(clock, script, hints={"bad_email": "Correct the address."}))
        assert "no such e-mail" in str(caught.value) and caught.value.hint == "Correct the address."
        assert caught.value.code == "bad_email" and caught.value.account == "acme"

    run(main)
    assert len(script.sent) == 1


def test_a_refused_credential_is_refreshed_once() -> None:
    """After a 401 the session is refreshed and the call sent again with the new credential; a second 401 ends it."""
    clock = FakeClock(autojump=True)
    script = Script(
        clock, lambda r: answer(200) if "new-token-abc" in dict(r.headers)["Authorization"] else answer(401)
    )

    async def issue(seen: int | None, is_refused: bool) -> Issued:
        return Issued({"token": Secret("new-token-abc")}, (seen or 1) + is_refused)

    assert run(lambda: call(build(clock, script, issue=issue))).status == 200
    assert len(script.sent) == 2
    stubborn = Script(clock, answer(401))

    async def main() -> None:
        with pytest.raises(SignInNeeded):
            await call(build(clock, stubborn, issue=issue))

    run(main)
    assert len(stubborn.sent) == 2


@pytest.mark.parametrize(
    ("keyed", "error", "count"), [(True, ResponseUnreadable, 6), (False, OutcomeUncertain, 1)]
)
def test_a_success_that_is_not_json_is_no_success(keyed: bool, error: type[Exception], count: int) -> None:
    """A proxy's HTML page under a 200 is not told as done."""
    clock = FakeClock(autojump=True)
    script = Script(clock, answer(200, "<html>sign in</html>"))

    async def main() -> None:
        with pytest.raises(error):
            await call(build(clock, script, keyed=keyed))

    run(main)
    assert len(script.sent) == count


def test_limits_hold_every_attempt() -> None:
    """With one call a second allowed, a retry pays like a first attempt."""
    clock = FakeClock(autojump=True)
    script = Script(clock, answer(500), answer())
    client = build(clock, script, limits=(Limit(1, per=10.0),), keyed=True)
    run(lambda: call(client))
    assert len(script.times) == 2 and script.times[1] >= 10


def test_the_breaker_stops_a_failing_service() -> None:
    """After ten failures a call typed by hand is refused without being sent, and told why."""
    clock = FakeClock(autojump=True)
    script = Script(clock, answer(500))
    client = build(clock, script, keyed=True, policy=RetryPolicy(attempts=1))

    async def main() -> None:
        for _ in range(10):
            with pytest.raises(ServerFailed):
                await call(client)
        with pytest.raises(CircuitOpen, match="10 of 10"):
            await call(client)
        assert len(script.sent) == 10
        await clock.sleep(30)
        script.answers = [answer()]
        assert (await call(client)).status == 200

    run(main)


def test_a_deadline_is_kept() -> None:
    """A call does not go on past its deadline, neither waiting for a limit nor between attempts."""
    clock = FakeClock(autojump=True)
    script = Script(clock, answer(500))

    async def main() -> None:
        with pytest.raises((DeadlineExceeded, ServerFailed)):
            await call(build(clock, script, keyed=True), deadline_at=clock.monotonic() + 5)
        assert clock.monotonic() <= 5
        throttled = Script(clock, answer(429, retry_after="60"))
        with pytest.raises((DeadlineExceeded, Throttled)):
            await call(build(clock, throttled), deadline_at=clock.monotonic() + 5)

    run(main)


def test_a_recovery_path_is_taken() -> None:
    """Where another way was given for an error, its response is the call's."""
    clock = FakeClock(autojump=True)
    script = Script(clock, answer(422, '{"error": "no"}'))
    path = RecoveryPath(Invalid, lambda call, error: answer(200, '{"id": "elsewhere"}'))
    assert run(lambda: call(build(clock, script, recoveries=(path,))))["id"] == "elsewhere"


def test_every_end_is_told() -> None:
    """Listeners hear each attempt and the call's end, with the verdict."""
    clock = FakeClock(autojump=True)
    script = Script(clock, answer(500), answer())
    client = build(clock, script, keyed=True)
    attempts: list[AttemptEnded] = []
    ends: list[CallEnded] = []
    client.desk.bus.subscribe(AttemptEnded, attempts.append)
    client.desk.bus.subscribe(CallEnded, ends.append)
    run(lambda: call(client))
    assert [(event.number, event.verdict) for event in attempts] == [
        (1, Verdict.TRANSIENT),
        (2, Verdict.SUCCESS),
    ]
    assert [(event.attempts, event.verdict) for event in ends] == [(2, Verdict.SUCCESS)]


def test_the_credential_goes_to_its_own_host_only() -> None:
    """A redirect to another host is followed without the credential; a next page there is refused."""
    clock = FakeClock(autojump=True)
    away = answer(302, "", location="https://elsewhere.example.net/file")
    script = Script(clock, away, answer())
    run(lambda: call(build(clock, script), "things.get"))
    first, second = (dict(request.headers) for _, request in script.sent)
    assert "Authorization" in first and "Authorization" not in second
    assert script.sent[1][1].url == "https://elsewhere.example.net/file"

    async def next_page() -> None:
        client = build(clock, script)
        with pytest.raises(CallRefused, match="another host"):
            await client.call(Call("things.get", {"id": "7"}), url="https://elsewhere.example.net/p2")

    sent = len(script.sent)
    run(next_page)
    assert len(script.sent) == sent


def test_a_post_is_not_redirected() -> None:
    """A 302 to a POST is not followed: the method would change, or the effect happen elsewhere."""
    clock = FakeClock(autojump=True)
    script = Script(clock, answer(302, "", location="https://api.example.com/other"))

    async def main() -> None:
        with pytest.raises(OutcomeUncertain):
            await call(build(clock, script))

    run(main)
    assert len(script.sent) == 1


def test_a_lone_refusal_costs_the_account_a_moment_and_a_streak_a_wait() -> None:
    """A 429 without a time holds the others for a tenth of a second; refused again and again, for longer and longer."""
    clock = FakeClock(autojump=True)
    script = Script(clock, answer(429), answer())
    client = build(clock, script, limits=(Limit(1000, per=1.0),))

    async def lone() -> None:
        first = asyncio.ensure_future(call(client))
        await clock.sleep(0.01)
        await call(client, "things.get")
        assert clock.monotonic() < 0.5
        await first

    run(lone)
    assert script.times[1] == pytest.approx(0.1, abs=0.02) and script.times[2] == pytest.approx(1.0, abs=0.02)
    clock = FakeClock(autojump=True)
    script = Script(clock, answer(429), answer(429), answer(429), answer())
    client = build(clock, script, limits=(Limit(1000, per=1.0),))

    async def storm() -> None:
        await call(client)

    run(storm)
    assert client.desk.streak.count == 0 and script.times == [0, 1, 3, 7]


def test_a_refusal_that_only_says_when_more_is_there_waits_for_that() -> None:
    """Nothing left and a reset in 40 s: no time to wait is named, no limit declared, and the next attempt is then."""
    clock = FakeClock(autojump=True)
    script = Script(clock, answer(429, x_ratelimit_remaining="0", x_ratelimit_reset="40"), answer())
    run(lambda: call(build(clock, script)))
    assert script.times == [0, 40]


def test_control_a_refusal_with_something_left_waits_by_the_schedule() -> None:
    """The same reset with calls left says nothing of this refusal."""
    clock = FakeClock(autojump=True)
    script = Script(clock, answer(429, x_ratelimit_remaining="9", x_ratelimit_reset="40"), answer())
    run(lambda: call(build(clock, script)))
    assert script.times[1] < 5


def test_a_limit_may_hold_for_all_but_some() -> None:
    """What a limit is apart from neither pays it nor waits for it."""
    clock = FakeClock(autojump=True)
    script = Script(clock, answer())
    client = build(clock, script, limits=(Limit(1, per=60.0, apart=("things.create",)),))

    async def main() -> None:
        await asyncio.gather(
            *(call(client, name) for name in ("things.create", "things.create", "things.get"))
        )
        assert clock.monotonic() < 1
        await call(client, "things.get")

    start = clock.monotonic()
    run(main)
    assert script.times[3] - start >= 60
