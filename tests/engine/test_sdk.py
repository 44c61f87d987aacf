"""Vendors' own packages on Penstock's transport: connection.http and connection.httpx, against the sandbox."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import httpx2
import pytest

from penstock.connection import Connection
from penstock.engine.transport import Transport, open_transport
from penstock.errors import CircuitOpen, OutcomeUncertain, Throttled
from penstock.events import CallEnded
from penstock.model import Request, Response
from penstock.ratelimit.limit import Limit
from penstock.redact import Secret
from penstock.resilience.breaker import BreakerPolicy
from penstock.resilience.retry import RetryPolicy
from penstock.sandbox.server import Sandbox
from penstock.testing import FakeClock
from penstock.workbench import Workbench

openai = pytest.importorskip("openai")
T = TypeVar("T")
MODEL = "gpt-5-mini"
HELLO = [{"role": "user", "content": "Zoë says 你好 🎉"}]
KINDS = ("http", "httpx")
CHAT = "POST /openai/v1/chat/completions"


class Watched:
    """The real transport, with a note of what was sent when on the test's clock."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock, self.sent = clock, list[tuple[float, Request]]()
        self._real: Transport | None = None

    async def send(self, request: Request) -> Response:
        self.sent.append((self.clock.monotonic(), request))
        self._real = self._real or open_transport()
        return await self._real.send(request)

    async def aclose(self) -> None:
        if self._real is not None:
            await self._real.aclose()


class World:
    """A sandbox and a workbench on one clock whose time jumps to the next sleeper."""

    def __init__(self, home: Path) -> None:
        self.clock = FakeClock(autojump=0.05)
        self.box = Sandbox(names=["openai", "stripe"], limits=False).start()
        self.bench = Workbench(home=home, clock=self.clock, share_limits=False)
        self.watched = Watched(self.clock)

    def connect(self, name: str = "openai", **options: Any) -> Connection:
        return self.bench.connect(name, sandbox=self.box, transport=self.watched, **options)

    def connect_to(self, base_url: str, key: str = "sk-proj-ours", **options: Any) -> Connection:
        credential = {"api_key": Secret(key)}
        options = {"transport": self.watched, **options}
        return self.bench.connect("openai", base_url=base_url, credential=credential, **options)

    def fault(self, fault: str, match: str = CHAT, times: int = 1) -> None:
        self.box.set_faults({"script": [{"match": match, "fault": fault, "times": times}]})

    @property
    def statuses(self) -> list[int | None]:
        return [entry["status"] for entry in self.box.log()]

    def close(self) -> None:
        self.bench.close()
        self.box.stop()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def sdk(connection: Connection, kind: str = "http", **options: Any) -> Any:
    """Return OpenAI's own client as a person would set it up."""
    client = getattr(connection, kind)
    options = {"api_key": "unused", "max_retries": 0, **options}
    return openai.AsyncOpenAI(http_client=client, base_url=str(client.base_url), **options)


def plain(box: Sandbox, **options: Any) -> Any:
    """Return OpenAI's own client without Penstock: the control."""
    key = box.credential("openai")["api_key"]
    options = {"api_key": key, "max_retries": 0, **options}
    return openai.AsyncOpenAI(base_url=box.base_url("openai"), **options)


def run(main: Callable[[], Awaitable[T]]) -> T:
    async def bounded() -> T:
        async with asyncio.timeout(30):
            return await main()

    return asyncio.run(bounded())


def ask(client: Any, **options: Any) -> Any:
    return client.chat.completions.create(**{"model": MODEL, "messages": HELLO, **options})


@contextlib.asynccontextmanager
async def recorder(
    answer: bytes = b'{"object": "list", "data": []}', status: int = 200
) -> AsyncIterator[Any]:
    """Answer everything alike, one request for each connection; yield the base URL and the raw requests."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0"
        )
        heard.append(head + await reader.readexactly(int(length.partition(b":")[2])))
        writer.write(
            b"HTTP/1.1 %d Said\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
            % (status, len(answer)) + answer
        )  # fmt: skip
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heard
    finally:
        server.close()


# What comes back


@pytest.mark.parametrize("kind", KINDS)
def test_models_are_listed_and_a_completion_is_made(world: World, kind: str) -> None:
    """OpenAI's package lists the models and gets a completion through either library, as it does without Penstock."""

    async def main() -> None:
        client, control = sdk(world.connect(), kind), plain(world.box)
        assert [m.id async for m in client.models.list()] == [m.id async for m in control.models.list()]
        done, same = await ask(client), await ask(control)
        assert done.choices == same.choices and done.usage == same.usage
        assert done.choices[0].message.content == "You said: Zoë says 你好 🎉"

    run(main)


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_arrives_complete(world: World, kind: str) -> None:
    """A streamed completion and a streamed response have every piece, and count as successes."""
    verdicts: list[str] = []
    world.bench.bus.subscribe(CallEnded, lambda event: verdicts.append(str(event.verdict)))

    async def main() -> None:
        client = sdk(world.connect(), kind)
        chunks = [chunk async for chunk in await ask(client, stream=True)]
        pieces = [choice.delta.content or "" for chunk in chunks for choice in chunk.choices]
        assert "".join(pieces) == "You said: Zoë says 你好 🎉" and len(pieces) > 4
        assert chunks[-1].choices[0].finish_reason == "stop"
        events = [e async for e in await client.responses.create(model=MODEL, input="a b c", stream=True)]
        deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
        assert "".join(deltas) == events[-1].response.output_text == "You said: a b c"

    run(main)
    assert verdicts == ["success", "success"] and world.statuses == [200, 200]


@pytest.mark.parametrize("kind", KINDS)
def test_files_go_up_and_down_and_pages_are_walked(world: World, kind: str) -> None:
    """A multipart upload and a download keep every byte, in one request each; pages of two hold each file once."""
    raw = bytes(range(256)) * 20

    async def main() -> None:
        client = sdk(world.connect(), kind)
        made = [await client.files.create(file=(f"{n}.bin", raw), purpose="user_data") for n in range(5)]
        assert [file.id async for file in client.files.list(limit=2)] == [file.id for file in made][::-1]
        before = len(world.statuses)
        assert (await client.files.content(made[0].id)).content == raw
        assert len(world.statuses) == before + 1

    run(main)


def test_a_page_from_something_on_the_way_is_not_taken_for_an_answer(world: World) -> None:
    """The control of what a download may be: HTML in place of a file is asked for again."""
    world.fault("html", "GET /openai/v1/models")
    assert run(sdk(world.connect()).models.list).data
    assert world.statuses == [200, 200]


def test_penstocks_own_operation_reads_a_file_that_is_no_json(world: World) -> None:
    """files.get_content gives the bytes at once."""
    connection = world.connect()
    file = run(lambda: sdk(connection).files.create(file=("a.bin", b"\x00\xff"), purpose="user_data"))
    assert connection.files.get_content(file.id).body == b"\x00\xff"
    assert world.statuses == [200, 200]


# Limits, retries, errors


@pytest.mark.parametrize("kind", KINDS)
def test_a_429_is_waited_out(world: World, kind: str) -> None:
    """A 429 with Retry-After: 1 is asked again after a second, and the package never hears of it."""
    world.fault("429")
    assert run(lambda: ask(sdk(world.connect(), kind))).choices
    assert world.statuses == [429, 200]
    (first, _), (second, _) = world.watched.sent
    assert second - first >= 1.0


def test_without_penstock_a_429_is_an_error(world: World) -> None:
    """The control: the package by itself raises RateLimitError for the same answer."""
    world.fault("429")
    with pytest.raises(openai.RateLimitError):
        run(lambda: ask(plain(world.box)))


def test_money_is_not_waited_for(world: World) -> None:
    """insufficient_quota is asked once, even by a package that retries by itself; the control asks three times."""

    async def main() -> None:
        client, control = sdk(world.connect(), max_retries=2), plain(world.box, max_retries=2)
        for one in (client, control):
            with pytest.raises(openai.RateLimitError) as caught:
                await ask(one, model="sandbox-insufficient-quota")
            assert caught.value.code == "insufficient_quota"

    run(main)
    assert world.statuses == [429] * 4


def test_the_limits_of_the_connection_hold(world: World) -> None:
    """Of seven calls at once never more than two leave in ten seconds; without the limit all leave together."""

    async def main(**options: Any) -> list[float]:
        client = sdk(world.connect(**options))
        world.watched.sent.clear()
        await asyncio.gather(*(ask(client) for _ in range(7)))
        return sorted(at for at, _ in world.watched.sent)

    free = run(main)
    assert free[-1] - free[0] < 1
    held = run(lambda: main(limit=Limit(2, per=10.0)))
    assert all(later - earlier >= 10 for earlier, later in zip(held, held[2:], strict=False))


def test_a_limit_for_each_model_reads_the_model_from_the_body(world: World) -> None:
    """Two models have a budget each: the second waits for neither."""

    async def main() -> list[tuple[float, bytes]]:
        client = sdk(world.connect(limit=Limit(1, per=100.0, scope="parameter:model")))
        models = (MODEL, "gpt-5-nano", MODEL)
        await asyncio.gather(*(ask(client, model=model) for model in models))
        return sorted((at, request.body or b"") for at, request in world.watched.sent)

    (first, _), (second, _), (third, body) = run(main)
    assert second - first < 1 and third - first >= 100 and MODEL.encode() in body


def test_what_the_fields_say_spares_the_429s(world: World) -> None:
    """A service that allows 20 a minute and says so refuses hardly any of 50 calls; without Penstock 5 of 25."""
    box = Sandbox(names=["openai"], limits={"openai": {"requests": 20}}, clock=world.clock).start()

    async def main(client: Any, count: int) -> None:
        gate = asyncio.Semaphore(5)

        async def one() -> None:
            async with gate:
                await ask(client)

        await asyncio.gather(*(one() for _ in range(count)), return_exceptions=True)

    try:
        run(lambda: main(sdk(world.bench.connect("openai", sandbox=box, transport=world.watched)), 50))
        statuses = [entry["status"] for entry in box.log()]
        assert statuses.count(200) == 50 and statuses.count(429) < 5
        world.clock.move(60.0)
        box.clear_log()
        run(lambda: main(plain(box), 25))
        assert [entry["status"] for entry in box.log()].count(429) == 5
    finally:
        box.stop()


def test_a_503_that_says_overloaded_is_waited_for(world: World) -> None:
    """An overloaded engine is asked as often as the policy says, and its own answer comes back in the end."""
    client = sdk(world.connect(retry=RetryPolicy(attempts=3)))
    with pytest.raises(openai.InternalServerError, match="overloaded"):
        run(lambda: ask(client, model="sandbox-overloaded"))
    assert world.statuses == [503, 503, 503]


def test_what_may_have_happened_is_not_sent_again(world: World) -> None:
    """A completion whose answer was cut off happened once; a read that fares so is simply repeated."""
    client = sdk(world.connect())
    world.fault("drop_after_effect")
    with pytest.raises(openai.APIConnectionError) as caught:
        run(lambda: ask(client))
    chain = str(caught.value.__cause__)
    assert "may have happened" in chain
    assert len(world.box.log(has_effect=True)) == len(world.box.log()) == 1
    world.fault("drop_after_effect", "GET /openai/v1/models")
    assert run(client.models.list).data


def test_a_500_reaches_the_package_as_it_was(world: World) -> None:
    """A 500 on a completion is InternalServerError after one sending, though the package would have tried three times."""
    world.fault("500", times=3)
    with pytest.raises(openai.InternalServerError, match="server had an error"):
        run(lambda: ask(sdk(world.connect(), max_retries=2)))
    assert world.statuses == [500]


def test_a_404_is_not_found(world: World) -> None:
    """An unknown model is NotFoundError with OpenAI's code."""
    with pytest.raises(openai.NotFoundError) as caught:
        run(lambda: ask(sdk(world.connect()), model="gpt-0"))
    assert caught.value.code == "model_not_found" and world.statuses == [404]


def test_errors_without_an_answer_are_the_librarys_own(world: World) -> None:
    """No connection, silence, an open breaker and an impatient wait are ConnectError, ReadTimeout, ConnectError, PoolTimeout."""

    async def main() -> None:
        gone = world.connect_to("http://127.0.0.1:9/v1", retry=RetryPolicy(attempts=1))
        for library, client in ((httpx2, gone.http), (httpx, gone.httpx)):
            with pytest.raises(library.ConnectError):
                await client.get("/models")
        with pytest.raises(openai.APIConnectionError):
            await sdk(gone).models.list()
        world.box.set_faults({"slow": 1.0, "slow_s": 5.0})
        with pytest.raises(openai.APITimeoutError):
            await ask(sdk(world.connect(retry=RetryPolicy(attempts=1)), timeout=0.2))
        world.box.set_faults({"500": 1.0})
        policy = BreakerPolicy(minimum_calls=2)
        broken = world.connect(breaker=policy, retry=RetryPolicy(attempts=1)).http
        for _ in range(2):
            assert (await broken.get("/models")).status_code == 500
        with pytest.raises(httpx2.ConnectError) as caught:
            await broken.get("/models")
        assert isinstance(caught.value.__cause__, CircuitOpen)
        world.box.set_faults({})
        slow = world.connect(limit=Limit(1, per=3000.0)).httpx
        await slow.get("/models")
        with pytest.raises(httpx.PoolTimeout) as waited:
            await slow.get("/models")
        assert isinstance(waited.value.__cause__, Throttled)

    run(main)


def test_an_uncertain_outcome_can_be_told_from_other_errors(world: World) -> None:
    """The library's error has OutcomeUncertain as its cause."""
    world.fault("drop_after_effect")
    with pytest.raises(httpx2.ReadError) as caught:
        run(lambda: world.connect().http.post("/chat/completions", json={"model": MODEL, "messages": HELLO}))
    assert isinstance(caught.value.__cause__, OutcomeUncertain)


# Credentials


def test_the_key_on_the_wire_is_ours(world: World) -> None:
    """The package's own key never leaves; ours does, once."""

    async def main() -> None:
        async with recorder() as (base, heard):
            await sdk(world.connect_to(f"{base}/v1"), api_key="sk-proj-theirs").models.list()
        (raw,) = heard
        assert b"theirs" not in raw
        assert raw.lower().count(b"\r\nauthorization:") == 1 and b"Bearer sk-proj-ours" in raw

    run(main)


def test_a_wrong_key_is_an_authentication_error(world: World) -> None:
    """With a wrong key in the connection even a right one in the package does not help."""
    right = world.box.credential("openai")["api_key"]

    async def main() -> None:
        wrong = world.connect_to(world.box.base_url("openai"), "sk-proj-wrong")
        with pytest.raises(openai.AuthenticationError) as caught:
            await sdk(wrong, api_key=right).models.list()
        assert caught.value.code == "invalid_api_key"
        assert (await sdk(world.connect(), api_key="wrong").models.list()).data  # the control

    run(main)
    assert world.statuses == [401, 200]


@pytest.mark.parametrize("status", [200, 401, 429, 500])
def test_another_host_gets_no_credential_and_costs_nothing(world: World, status: int) -> None:
    """A request elsewhere goes once, unsigned, uncounted; its refusals are not taken for the account's."""

    async def main() -> None:
        connection = world.connect(limit=Limit(2, per=1000.0))
        async with recorder(b"{}", status) as (base, heard):
            for kind in KINDS:
                answer = await getattr(connection, kind).get(f"{base}/v1/models", headers={"X-Own": "kept"})
                assert answer.status_code == status
        assert len(heard) == 2
        for raw in heard:
            assert b"authorization" not in raw.lower() and b"sk-proj" not in raw and b"kept" in raw
        assert (await connection.http.get("/models")).status_code == 200
        assert connection.card()["credential"] == "in place" and connection.card()["closed"] is None

    run(main)
    assert len(world.statuses) == 1


def test_what_the_connection_says_of_the_account_goes_along(world: World) -> None:
    """The organisation of the connection is sent unless the package names one itself."""

    async def main() -> None:
        good, bad = world.connect(organization="org-sandbox"), world.connect(organization="org-of-others")
        assert (await sdk(good).models.list()).data
        with pytest.raises(openai.AuthenticationError, match="OpenAI-Organization"):
            await sdk(bad).models.list()
        assert (await sdk(bad, organization="org-sandbox").models.list()).data

    run(main)


# The clients themselves


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_may_be_closed_and_asked_for_again(world: World, kind: str) -> None:
    """Packages close the client they were given; the connection then has another, on another loop as well."""
    connection = world.connect()

    async def main() -> None:
        async with sdk(connection, kind) as client:
            assert (await client.models.list()).data

    run(main)
    run(main)


@pytest.mark.parametrize("kind", KINDS)
def test_bodies_in_pieces_and_empty_ones_arrive(world: World, kind: str) -> None:
    """A body that is generated is sent whole with its length; a POST without one says so."""

    async def pieces() -> AsyncIterator[bytes]:
        yield b'{"model": "gpt-5-mini", "messages": '
        yield b'[{"role": "user", "content": "Hei"}]}'

    async def main() -> None:
        connection = world.connect()
        client = getattr(connection, kind)
        headers = {"content-type": "application/json"}
        answer = await client.post("/chat/completions", content=pieces(), headers=headers)
        assert answer.json()["choices"][0]["message"]["content"] == "You said: Hei"
        async with recorder() as (base, heard):
            own = getattr(world.connect_to(base), kind)
            await own.post("/a", content=pieces())
            await own.post("/b")
            await own.get("/c")
        first, second, third = (raw.lower() for raw in heard)
        assert b"transfer-encoding" not in first and b"content-length: 73\r\n" in first
        assert b"content-length: 0\r\n" in second and b"content-length" not in third

    run(main)


def test_the_integrations_time_out_holds_unless_the_package_has_its_own(world: World) -> None:
    """OpenAI's ten minutes are asked for, not the minute a client of the library would set."""

    async def main() -> None:
        client = sdk(world.connect())
        await client.models.list()
        await client.with_options(timeout=7.0).models.list()

    run(main)
    assert [request.timeout_s for _, request in world.watched.sent] == [600.0, 7.0]


# Stripe's package, whose idempotency keys make a POST safe to repeat


def _stripe(connection: Connection, **options: Any) -> Any:
    """Return Stripe's own client with an HTTP client of ours: the six lines a person writes."""
    stripe = pytest.importorskip("stripe")

    class OnPenstock(stripe.HTTPClient):  # type: ignore[misc]
        name = "penstock"

        async def request_async(self, method: str, url: str, headers: Any, post_data: Any = None) -> Any:
            answer = await connection.http.request(method, url, headers=dict(headers), content=post_data)
            return answer.content, answer.status_code, answer.headers

    address = {"api": str(connection.http.base_url).rstrip("/")}
    return stripe.StripeClient("unused", base_addresses=address, http_client=OnPenstock(), **options)


def test_stripes_package_sends_its_key_again_with_the_same_call(world: World) -> None:
    """A customer whose answer was lost is asked for again with the package's own key, and exists once."""
    client = _stripe(world.connect("stripe"), max_network_retries=0)
    world.fault("drop_after_effect", "POST /stripe/v1/customers")

    async def main() -> list[str]:
        made = await client.v1.customers.create_async({"email": "ada@b.co", "metadata": {"row": "1"}})
        page = await client.v1.customers.list_async({"limit": 10})
        assert made.metadata.to_dict() == {"row": "1"}
        return [customer.id for customer in page.data]

    assert len(run(main)) == 1
    first, second, _ = world.box.log()
    assert first["idempotency_key"] == second["idempotency_key"] is not None
    assert (first["status"], second["status"]) == (None, 200)


@pytest.mark.parametrize("path", ["/v1/customers", "/v1/of_a_later_version"])
def test_a_post_without_a_key_is_not_sent_again_whatever_the_service_does_for_keys(
    world: World, path: str
) -> None:
    """Without a key in the request a 500 is final, for calls we know and for those we do not; with one it is not."""
    connection = world.connect("stripe")

    async def main() -> None:
        for headers, statuses in (({}, [500]), ({"Idempotency-Key": "k"}, [500, 500])):
            world.fault("500", f"POST /stripe{path}", times=2)
            world.box.clear_log()
            await connection.http.post(path, data={"email": "a@b.co"}, headers=headers)
            assert world.statuses[: len(statuses)] == statuses and (headers or len(world.statuses) == 1)

    run(main)
