"""Sign-ins under way: where the person goes, what comes back, and the grant that is stored in the end.

Codes, verifiers and tokens stay in here. Who began a sign-in sees an address to open, a code to type, and how it stands.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from penstock.agent.loopback import HOST, PATH, PORT, Loopback
from penstock.agent.refreshing import Send
from penstock.auth.answers import add_extras, parse_answer, read_lookup
from penstock.auth.device import DeviceSignIn, PollAgain, decide_poll, parse_device_answer
from penstock.auth.oauth import (
    OAuthClient,
    TokenEndPoint,
    TokenRequest,
    build_code_request,
    build_device_request,
    build_poll_request,
)
from penstock.auth.plans import ask_for, end_point
from penstock.auth.schemes import OAuth2
from penstock.auth.sign_in import SignInAnswer, begin_sign_in, read_pasted, read_redirect
from penstock.auth.tokens import NO_ANSWER, Grant, Refusal
from penstock.clock import Clock
from penstock.errors import (
    PenstockError,
    ProviderError,
    SignInNeeded,
    TransportFailed,
    UnknownName,
    UsageError,
)
from penstock.model import Request
from penstock.redact import Secret, redact

LASTS_S = 600.0  # for a person to come back
_MOST = 32  # sign-ins remembered
_LOOPBACK_NAMES = (HOST, "localhost")  # where Loopback listens; ::1 is another address

Store = Callable[[Grant, "str | None"], Awaitable[None]]


@dataclass(slots=True)
class Underway:
    """One sign-in. `answer` is what the person brought back."""

    id: str
    via: str
    address: str = field(default="", repr=False)
    whole_address: str | None = field(default=None, repr=False)
    user_code: str | None = None
    expires_at: float = 0.0
    state: str = "waiting"
    message: str = ""
    task: asyncio.Task[None] | None = None
    answer: asyncio.Future[SignInAnswer] | None = None
    read: Callable[[str, bool], SignInAnswer] | None = None

    def shown(self) -> dict[str, Any]:
        """Return what the person needs."""
        names = ("id", "via", "address", "whole_address", "user_code", "expires_at")
        return {name: getattr(self, name) for name in names}


class SignIns:
    """Begin sign-ins and bring them to their end."""

    def __init__(self, send: Send, clock: Clock) -> None:
        self._send, self._clock = send, clock
        self._known: dict[str, Underway] = {}

    async def begin(
        self,
        plan: OAuth2,
        client: OAuthClient,
        via: str,
        store: Store,
        redirect_uri: str | None,
    ) -> dict[str, Any]:
        """Begin one, and return where the person goes. `store` keeps the grant."""
        for name in list(self._known)[: max(0, len(self._known) + 1 - _MOST)]:
            await self.cancel(name)
            del self._known[name]
        under_way = Underway(os.urandom(8).hex(), via, expires_at=self._clock.wall() + LASTS_S)
        point = end_point(plan, client)
        work = await (
            self._by_device(under_way, plan, point, store)
            if via == "device"
            else self._by_browser(under_way, plan, client, point, store, redirect_uri)
        )
        self._known[under_way.id] = under_way
        under_way.task = asyncio.get_running_loop().create_task(self._finish(under_way, work))
        await asyncio.sleep(0)  # it has begun: one given up before that would never close its port
        return under_way.shown()

    def state(self, name: str) -> dict[str, Any]:
        """Return how a sign-in stands: waiting, finished or failed, and why."""
        known = self._get(name)
        return {"state": known.state, "message": known.message}

    async def take(self, name: str, text: Secret) -> None:
        """Take what the person pasted. Raises UsageError where it is not this sign-in's answer: it goes on waiting."""
        known = self._get(name)
        if known.read is None or known.answer is None:
            raise UsageError(
                "Nothing is pasted for this sign-in.", hint="Type the code at the address shown."
            )
        if known.state != "waiting":
            raise UsageError("This sign-in is over.", hint="Start it again.")
        try:
            answer = known.read(text.reveal(), True)
        except UsageError as exc:
            raise exc.with_traceback(None)  # noqa: B904 - the same one, without the frames that have the code
        except ProviderError as exc:
            if not known.answer.done():
                known.answer.set_exception(exc.with_traceback(None))
            return
        if not known.answer.done():
            known.answer.set_result(answer)

    async def cancel(self, name: str) -> None:
        """Give a sign-in up."""
        known = self._get(name)
        if known.task is not None and not known.task.done():
            known.task.cancel()
            with suppress(asyncio.CancelledError):
                await known.task

    async def aclose(self) -> None:
        """Give up every sign-in."""
        for name in list(self._known):
            await self.cancel(name)
        self._known.clear()

    def _get(self, name: str) -> Underway:
        if name not in self._known:
            raise UnknownName("There is no such sign-in; it may have ended long ago.", hint="Start it again.")
        return self._known[name]

    async def _finish(self, under_way: Underway, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
            under_way.state, under_way.message = "finished", "Signed in."
        except PenstockError as exc:
            under_way.state, under_way.message = "failed", redact(str(exc))
        except asyncio.CancelledError:
            under_way.state, under_way.message = "failed", "It was given up."
        except Exception as exc:
            under_way.state, under_way.message = "failed", f"Penstock failed at this ({type(exc).__name__})."
            raise
        finally:
            under_way.read = None

    # Through a browser

    async def _by_browser(
        self,
        under_way: Underway,
        plan: OAuth2,
        client: OAuthClient,
        point: TokenEndPoint,
        store: Store,
        redirect_uri: str | None,
    ) -> Callable[[], Awaitable[None]]:
        if plan.authorize is None:
            raise UsageError("This service has no sign-in through a browser.", hint="Use via='device'.")
        target = urlsplit(redirect_uri or "")
        is_here = redirect_uri is None or (target.scheme == "http" and target.hostname in _LOOPBACK_NAMES)
        listener = None
        if under_way.via == "loopback":
            if not is_here:
                raise UsageError(
                    "A browser comes back to this machine only at http://127.0.0.1.",
                    hint="Leave out redirect_uri=, or paste the address it ends on: via='paste'.",
                )
            listener = Loopback(lambda path: self._redirected(under_way, path), target.path or PATH)
            await listener.open(target.port)
            if target.port is None:  # any port is as good as the one registered (RFC 8252 §7.3)
                redirect_uri = f"http://{target.hostname or HOST}:{listener.port}{target.path or PATH}"
        back = redirect_uri or f"http://{HOST}:{PORT}{PATH}"
        scopes, extra = ask_for(plan, plan.scopes)
        try:
            started = begin_sign_in(
                plan.authorize,
                client,
                back,
                scopes,
                separator=plan.separator,
                pkce=plan.pkce is not False,
                extra=extra,
            )
        except BaseException:
            if listener is not None:
                await listener.aclose()
            raise
        under_way.address = started.address
        under_way.answer = asyncio.get_running_loop().create_future()
        under_way.read = lambda text, is_pasted: (read_pasted if is_pasted else read_redirect)(text, started)

        async def work() -> None:
            assert under_way.answer is not None
            try:
                answer = await self._wait_for(under_way.answer)
            finally:
                if listener is not None:
                    await listener.aclose()
            request = build_code_request(point, answer.code, back, started.verifier, plan.code_extra)
            grant = await self._ask(request, plan)
            grant = add_extras(plan, grant, answer.extras)
            await store(await self._look_up(plan, grant), back)

        return work

    def _redirected(self, under_way: Underway, path: str) -> bool:
        answer, read = under_way.answer, under_way.read
        if answer is None or read is None or answer.done():
            return False
        try:
            answer.set_result(read(path, False))
        except UsageError:
            return False
        except ProviderError as exc:
            answer.set_exception(exc.with_traceback(None))
            return False
        return True

    async def _wait_for(self, answer: asyncio.Future[SignInAnswer]) -> SignInAnswer:
        late = asyncio.get_running_loop().create_task(self._clock.sleep(LASTS_S))
        both: set[asyncio.Future[Any]] = {answer, late}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise SignInNeeded("Nobody came back from the sign-in in time.", hint="Start it again.")
            return answer.result()
        finally:
            late.cancel()
            answer.cancel()

    # On another device

    async def _by_device(
        self, under_way: Underway, plan: OAuth2, point: TokenEndPoint, store: Store
    ) -> Callable[[], Awaitable[None]]:
        if plan.device is None:
            raise UsageError("This service has no sign-in on another device.", hint="Use via='paste'.")
        wall = self._clock.wall()
        response = await self._send(build_device_request(point, plan.device, plan.scopes).reveal())
        device = parse_device_answer(response, wall=wall)
        if isinstance(device, Refusal):
            raise device.to_error()
        under_way.address, under_way.whole_address = device.address, device.whole_address
        under_way.user_code, under_way.expires_at = device.user_code, device.expires_at

        async def work() -> None:
            grant = await self._poll(plan, point, device)
            await store(await self._look_up(plan, grant), None)

        return work

    async def _poll(self, plan: OAuth2, point: TokenEndPoint, device: DeviceSignIn) -> Grant:
        interval_s = device.interval_s
        while True:
            await self._clock.sleep(interval_s)
            answer = await self._try(build_poll_request(point, device.device_code), plan)
            decided = decide_poll(answer, device, interval_s, wall=self._clock.wall())
            if isinstance(decided, Grant):
                return decided
            if isinstance(decided, Refusal):
                raise decided.to_error()
            assert isinstance(decided, PollAgain)
            interval_s = decided.interval_s

    # Both

    async def _ask(self, request: TokenRequest, plan: OAuth2) -> Grant:
        answer = await self._try(request, plan)
        if isinstance(answer, Refusal):
            raise answer.to_error()
        return answer

    async def _try(self, request: TokenRequest, plan: OAuth2) -> Grant | Refusal:
        wall = self._clock.wall()
        try:
            response = await self._send(request.reveal())
        except TransportFailed as exc:
            return Refusal(NO_ANSWER, exc.message)
        return parse_answer(plan, response, wall=wall, asked=plan.scopes)

    async def _look_up(self, plan: OAuth2, grant: Grant) -> Grant:
        """Return the grant with what the service tells about it elsewhere (Mailchimp's data centre, Jira's cloud id)."""
        if plan.lookup is None:
            return grant
        with suppress(TransportFailed):  # it can be given by hand as well
            response = await self._send(_build_lookup(plan.lookup, plan.lookup_prefix, grant.access_token))
            return add_extras(plan, grant, read_lookup(plan, response))
        return grant


def _build_lookup(url: str, prefix: str, token: Secret) -> Request:
    signed = ("Authorization", f"{prefix}{token.reveal()}")
    return Request("GET", url, (signed, ("Accept", "application/json")), None, 30.0)
