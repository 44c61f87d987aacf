"""The sandbox as the process that holds it sees it: start, stop, where it listens, what it has seen."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping
from random import Random
from typing import Any, Self, TypeVar

from penstock.clock import Clock, SystemClock
from penstock.errors import UnknownName, UsageError, nearest
from penstock.sandbox.exchange import Exchange
from penstock.sandbox.faults import Faults
from penstock.sandbox.limits import LimitSetting
from penstock.sandbox.log import Log
from penstock.sandbox.vendors import NAMES, Setup, Vendor, Vendors

T = TypeVar("T")
START_WITHIN_S = 30.0


class Sandbox:
    """Serve the vendors on 127.0.0.1, from a thread of its own, until stopped.

    faults:    shares of requests, scripts, revoked keys: see `set_faults`.
    seed:      starts the chance behind faults and ids: the same seed and requests give the same answers.
    port:      0 takes a free one. names: the vendors served, all by default.
    limits:    True (as the vendors document them), False (none), {"stripe": 100}, {"github": {"core": 60}}.
    slow_s:    seconds a "slow" answer takes. log_limit: the newest entries kept, None keeps all.

    Raises UnknownName for a vendor or fault that does not exist, UsageError for a figure that cannot be.
    """

    def __init__(
        self,
        *,
        faults: Mapping[str, Any] | None = None,
        seed: int = 0,
        port: int = 0,
        limits: bool | Mapping[str, LimitSetting] = True,
        names: Iterable[str] | None = None,
        slow_s: float = 2.0,
        log_limit: int | None = None,
        clock: Clock | None = None,
    ) -> None:
        chosen = NAMES if names is None else tuple(names)
        for name in chosen if isinstance(limits, bool) else (*chosen, *limits):
            if name not in NAMES:
                raise UnknownName(f"The sandbox has no vendor {name!r}.", hint=nearest(name, NAMES))
        self._clock = clock or SystemClock()
        vendors = Vendors(chosen, lambda name: Setup(self._clock, Random(f"{seed} {name}"), limits))
        for name in () if isinstance(limits, bool) else limits:
            vendors.get(name)  # a figure that cannot be is refused here and now
        self._exchange = Exchange(
            vendors, Faults(chosen, Random(seed), {"slow_s": slow_s}), Log(log_limit), self._clock, seed
        )
        if faults:
            self._exchange.change(faults)
        self._asked_port = port
        self._port: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Listen, and return once requests are answered. Raises OSError where the port is taken."""
        if self._thread is not None:
            return self
        ready = threading.Event()
        failed: list[BaseException] = []
        self._thread = threading.Thread(
            target=self._run, args=(ready, failed), name="penstock-sandbox", daemon=True
        )
        self._thread.start()
        if not ready.wait(START_WITHIN_S):
            raise TimeoutError(f"The sandbox did not start within {START_WITHIN_S:g} s.")
        if failed:
            self._thread.join()
            self._thread = None
            raise failed[0]
        return self

    def stop(self) -> None:
        """Close every connection and end the thread; the log can still be read."""
        thread, loop, stopping = self._thread, self._loop, self._stopping
        if thread is None or loop is None or stopping is None:
            return
        loop.call_soon_threadsafe(stopping.set)
        thread.join()
        self._thread = self._loop = self._stopping = self._port = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """Return the port it listens on. Raises UsageError where it has not been started."""
        if self._port is None:
            raise UsageError("The sandbox is not running.", hint="Call .start() first.")
        return self._port

    @property
    def names(self) -> tuple[str, ...]:
        """Return the vendors served."""
        return tuple(self._exchange.vendors)

    def base_url(self, name: str) -> str:
        """Return what stands in place of the vendor's own base URL."""
        vendor = self._vendor(name)
        return f"http://127.0.0.1:{self.port}/{name}{vendor.base_path}"

    def credential(self, name: str, key: str = "default") -> dict[str, str]:
        """Return a credential's fields. `key`: default, spare (the same account), second (another)."""
        vendor = self._vendor(name)
        return {vendor.credential_field: vendor.keys.text(key), **getattr(vendor, "other_fields", {})}

    def base_parameters(self, name: str) -> dict[str, str]:
        """Return the parts of the vendor's base URL that its users give."""
        return dict(self._vendor(name).base_parameters)

    def oauth(self, name: str, scheme: int | None = None) -> dict[str, str | None]:
        """Return where a vendor signs people in, and the client it knows; None for what it has not.

        authorize, token, device, revoke, lookup, client_id, client_secret, redirect_uri (for an answer that is pasted).
        scheme: its place in the integration's `auth`; by default the one people sign in with.
        `?approve=1` behind authorize or a device's address says yes without a click, `&as=second` as the other account.
        Raises UnknownName with the reason where the vendor has no OAuth.
        """
        self._vendor(name)
        return self._exchange.desks.describe(name, f"http://127.0.0.1:{self.port}/{name}", scheme)

    def describe(self) -> dict[str, Any]:
        """Return, for each vendor, base_url, credential and base_parameters."""
        return {
            name: {
                "base_url": self.base_url(name),
                "credential": self.credential(name),
                "base_parameters": self.base_parameters(name),
            }
            for name in self.names
        }

    def set_faults(self, settings: Mapping[str, Any]) -> None:
        """Set faults; {} ends them all.

        {"500": 0.02, "slow": 0.01}, {"stripe": {"drop": 0.1}}, {"revoke": "stripe"}, {"restore": "stripe"},
        {"script": [{"match": "POST /stripe/v1/customers", "fault": "drop_after_effect", "times": 1}]},
        {"oauth": {"github": {"lifetime_s": 3, "refuse": "invalid_grant", "times": 1}}}, {"revoke": "github/oauth"}.
        Raises UsageError, and then has changed nothing.
        """
        self._on_loop(lambda: self._exchange.change(settings))

    def faults(self) -> dict[str, Any]:
        """Return the faults in force and the keys revoked."""
        return dict(self._on_loop(self._exchange.describe))

    def log(self, since: int = 0, *, has_effect: bool = False) -> list[dict[str, Any]]:
        """Return the requests numbered above `since`; with `has_effect` only those that changed something."""
        return self._on_loop(lambda: self._exchange.log.read(since, has_effect=has_effect))

    def clear_log(self) -> None:
        """Forget every entry of the log; the numbers go on."""
        self._on_loop(self._exchange.log.clear)

    def _vendor(self, name: str) -> Vendor:
        vendor = self._exchange.vendors.get(name)
        if vendor is None:
            raise UnknownName(f"The sandbox has no vendor {name!r}.", hint=nearest(name, self.names))
        return vendor

    def _on_loop(self, call: Callable[[], T]) -> T:
        """Return what `call` gives on the server's thread: state has one owner."""
        loop = self._loop
        if loop is None or threading.current_thread() is self._thread:
            return call()

        async def run() -> T:
            return call()

        return asyncio.run_coroutine_threadsafe(run(), loop).result()

    def _run(self, ready: threading.Event, failed: list[BaseException]) -> None:
        try:
            asyncio.run(self._serve(ready))
        except BaseException as exc:
            if ready.is_set():
                raise
            failed.append(exc)
        finally:
            ready.set()

    async def _serve(self, ready: threading.Event) -> None:
        from penstock.sandbox.edge import Edge

        edge = Edge(self._exchange, self._clock, self._asked_port)
        self._loop, self._stopping, self._port = asyncio.get_running_loop(), asyncio.Event(), edge.port
        ready.set()
        try:
            await self._stopping.wait()
        finally:
            await edge.aclose()
