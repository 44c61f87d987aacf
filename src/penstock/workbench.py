"""The composition root: the one file that knows every room. It connects them and decides nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from penstock.auth.accounts import Account
from penstock.auth.sessions import Session
from penstock.batch.estimate import Estimate, estimate
from penstock.batch.home import RunHome
from penstock.batch.run import Run
from penstock.catalog.definition import Integration, Limit
from penstock.catalog.document import is_document
from penstock.catalog.registry import Registry
from penstock.clock import Clock, SystemClock
from penstock.connecting import refuse_without_account
from penstock.connection import BoundOperation, Connection
from penstock.credentials import Credentials
from penstock.engine.client import Client
from penstock.engine.transport import Transport
from penstock.errors import UsageError
from penstock.events import EventBus
from penstock.loop import EngineLoop
from penstock.opening import Opening, Settings
from penstock.redact import Secret
from penstock.resilience.breaker import BreakerPolicy
from penstock.resilience.recovery import RecoveryPath
from penstock.resilience.retry import RetryPolicy
from penstock.settings import default_home, read_secret
from penstock.vaulting import Vaulting

if TYPE_CHECKING:
    import pandas as pd

    from penstock.sandbox.server import Sandbox
    from penstock.widgets.account_switcher import AccountSwitcher


class Workbench:
    """A world of its own: connections, runs, limits and the sandbox under one home.

    `with ps.Workbench(home=path) as bench:` has every function of the module as a method; the module's functions
    use a default one (PENSTOCK_HOME, else the platform's data folder).
    """

    def __init__(
        self,
        home: str | Path | None = None,
        *,
        clock: Clock | None = None,
        transport: str | Transport = "auto",
        seed: int | None = None,
        share_limits: bool = True,
        agent: bool | None = None,
    ) -> None:
        self.home = Path(home).expanduser() if home is not None else default_home()
        self.bus = EventBus()
        self.registry = Registry()
        self._clock: Clock = clock or SystemClock()
        self._engine = EngineLoop()
        self._opening = Opening(
            self.home, self._engine, self._clock, self.bus, transport=transport, seed=seed, share_limits=share_limits
        )  # fmt: skip
        self._sandbox: Sandbox | None = None
        self._lock = threading.RLock()
        self._runs = RunHome(self.home / "runs", self._engine, self._clock, self.bus, _show_run)
        self._vaulting = Vaulting(
            self.home, self._engine, self._clock, self.bus, self.registry, agent, self._client_for_check,
            self._running_with, _show_vault,
        )  # fmt: skip

    # Connecting

    def connect(
        self,
        name: str | Path | Mapping[str, Any],
        *,
        account: str | None = None,
        credential: Mapping[str, Any] | None = None,
        sandbox: bool | Sandbox = False,
        base_url: str | None = None,
        retry: RetryPolicy | None = None,
        limit: Limit | Sequence[Limit] | None = None,
        breaker: BreakerPolicy | None = None,
        recover: Sequence[RecoveryPath] = (),
        timeout: float | None = None,
        transport: str | Transport | None = None,
        **base_parameters: str,
    ) -> Connection:
        """Return a connection to a service as one account.

        name:        an integration's, or any OpenAPI 3.x or Swagger 2 document: a path, an address, or a dict.
        credential:  {"token": "env:NAME"}, "file:PATH" or a ps.Secret for each field.
        sandbox:     True for the built-in sandbox: no key, no network. A Sandbox of your own is used as it is.
        base_url:    a proxy, a mock, or your own installation.
        retry, limit, breaker, recover, timeout: instead of what the integration states; `limit` replaces all of them.
        base_parameters: parts of the base URL (shop="acme").
        Raises UnknownName for an unknown integration, AccountNeeded where there is no account to use.
        """
        is_described = is_document(name)
        integration = (
            self._describe(name, base_url, transport) if is_described else self.registry.get(str(name))
        )
        settings = Settings(retry, limit, breaker, tuple(recover), timeout, transport)
        if sandbox:
            if is_described:
                raise UsageError(
                    "The sandbox plays the integrations there are, not any description.",
                    hint="Give base_url= of a mock of your own, on this machine.",
                )
            if credential is not None or base_url is not None or account is not None:
                raise UsageError(
                    "sandbox=True brings its own account.", hint="Leave out credential, account and base_url."
                )
            server = self.sandbox() if sandbox is True else sandbox
            base_url = server.base_url(integration.name)
            credential = {
                field: Secret(value) for field, value in server.credential(integration.name).items()
            }
            base_parameters = {**server.base_parameters(integration.name), **base_parameters}
            account = "sandbox"
        if credential is None and integration.auth:
            if is_described:
                refuse_without_account(integration, account)
            return self._connect_stored(integration, account, base_url, base_parameters, settings)
        secrets = {field: read_secret(value) for field, value in (credential or {}).items()}
        session = Session(integration.auth, secrets if credential is not None else None, clock=self._clock)
        client = self._opening.open_client(
            integration, account or "default", session, secrets, base_parameters, base_url, settings
        )
        return self._bind(client, is_sandbox=bool(sandbox))

    def _connect_stored(
        self, integration: Integration, account: str | None, base_url: str | None, given: Mapping[str, str],
        settings: Settings, *, is_use: bool = True,
    ) -> Connection:  # fmt: skip
        """Return a connection as an account of the vault; as the active one, whichever that is, where none is named."""
        if base_url is not None:
            raise UsageError(
                "The vault's credentials go to the address they are kept with, and no other.",
                hint=f"Keep the address with the account: ps.vault().add({integration.name!r}, …, base_url=…), or give "
                "credential= beside base_url=.",
                integration=integration.name,
            )
        clients: dict[str, Client] = {}

        def client_of(name: str) -> Client:
            if name not in clients:
                issued = self._vaulting.issue(integration, name, is_use=is_use)
                declared = {parameter.name for parameter in integration.base_parameters}
                kept = {part: value for part, value in issued.base.items() if part in declared}
                session = self._vaulting.session(integration, name, issued)
                clients[name] = self._opening.open_client(
                    integration, name, session, issued.fields, {**kept, **given}, issued.base_url, settings
                )
            return clients[name]

        def follow() -> Client:
            return client_of(self._vaulting.account_for(integration, None))

        first = client_of(self._vaulting.account_for(integration, account))
        return self._bind(first, client_of=client_of, follow=follow if account is None else None)

    def _bind(
        self,
        client: Client,
        *,
        is_sandbox: bool = False,
        client_of: Callable[[str], Client] | None = None,
        follow: Callable[[], Client] | None = None,
    ) -> Connection:
        def replace_credential(fields: Mapping[str, Any]) -> None:
            session = client.desk.session
            fresh = {field: read_secret(value) for field, value in fields.items()}
            Session(
                client.desk.integration.auth, fresh
            )  # refuses what does not fit, here and not on the engine

            async def install() -> None:
                session.replace(fresh)

            self._engine.run(install())

        return Connection(
            client,
            self._engine,
            is_sandbox=is_sandbox,
            replace_credential=replace_credential,
            start_batch=self.batch,
            client_of=client_of,
            follow=follow,
        )

    def _client_for_check(self, integration: str, account: str) -> Client:
        plain = Settings(None, None, None, (), None, None)
        return self._connect_stored(
            self.registry.get(integration), account, None, {}, plain, is_use=False
        ).client

    def _describe(self, source: Any, base_url: str | None, transport: str | Transport | None) -> Integration:
        from penstock.describing import describe

        taken = frozenset(self.registry.names())

        async def read() -> Integration:
            return await describe(source, self._opening.transport(transport), base_url=base_url, taken=taken)

        return self._engine.run(read())

    def sandbox(self, **options: Any) -> Sandbox:
        """Return the built-in sandbox, started on first use: a real HTTP server on loopback that answers as the vendors do."""
        with self._lock:
            if self._sandbox is None:
                from penstock.sandbox.server import Sandbox

                self._sandbox = Sandbox(**options).start()
            elif options:
                raise UsageError(
                    "The sandbox is running already.",
                    hint="bench.sandbox().set_faults({...}) changes its faults.",
                )
            return self._sandbox

    def register(self, integration: Integration) -> None:
        """Make an integration of your own known to `connect`."""
        self.registry.register(integration)

    # Batches

    def batch(
        self,
        call: BoundOperation | Callable[[Any], Any],
        rows: Any,
        *,
        key: str | None = None,
        parameters: Any = None,
        name: str | None = None,
        concurrency: int = 10,
        chunk_size: int = 100,
        attempts: int | None = None,
        on_error: str = "continue",
        on_progress: Callable[[int, int | None], Any] | None = None,
        on_uncertain: str = "hold",
        changed: str = "refuse",
        bulk: str | bool = "auto",
    ) -> Run:
        """Call an operation, or a function of one row, for every row; return the Run at once.

        rows:        a pandas, polars or Arrow frame, a list of dicts, any iterable, generator or async iterator.
        key:         the column that says which row this is; missing or repeated keys are refused.
        parameters:  {"parameter": "column"}, or a function of the row; default: columns named like parameters.
        name:        the same name and rows go on with the same run, also after a crash.
        concurrency: 1 to 50. chunk_size: rows read ahead together. attempts: instead of the retry policy's.
        on_error:    "continue", or "stop" at the first row that fails.
        on_uncertain: rows that may have happened: "hold" them, "resend" or "skip".
        on_progress: called with (done, total) at most ten times a second, and at the end.
        bulk:        "auto" sends rows together where the service has a call that does many at once; each row keeps its own
                     outcome and response. "job" hands them in as the service's batch jobs (cheaper or without limits,
                     but results may take a day; a run taken up again asks after the same job). False: one call for each.
        """
        client, operation, function = self._aim(call, attempts)
        run = self._runs.start(
            client if client is not None else function,
            operation,
            rows,
            key=key,
            parameters=parameters,
            name=name,
            concurrency=concurrency,
            chunk_size=chunk_size,
            on_error=on_error,
            on_progress=on_progress,
            on_uncertain=on_uncertain,
            changed=changed,
            bulk=bulk,
        )
        if client is not None and client.desk.session.is_stored:
            self._vaulting.book.used(client.desk.integration.name, client.desk.account, run.name)
        return run

    def _aim(self, call: Any, attempts: int | None) -> tuple[Client | None, Any, Any]:
        if not isinstance(call, BoundOperation):
            if attempts is not None:
                raise UsageError(
                    "attempts= belongs to operations.",
                    hint="A function retries inside itself, through its connection.",
                )
            return None, None, call
        client = call.connection.client
        if attempts is not None:
            desk = replace(client.desk, policy=replace(client.desk.policy, attempts=attempts))
            client = Client(desk, client.base_url, client.index, client.limits, client.headers)
        return client, call.operation, None

    def estimate(
        self, call: BoundOperation | Callable[[Any], Any], rows: Any, *, bulk: str | bool = "auto"
    ) -> Estimate:
        """Return what a run would take before it is run: requests, time, share of each limit. Nothing is sent.

        bulk: "auto" counts the calls that do many at once where the service has them, False one call for each row.
        """
        from penstock.batch.rows import RowSource

        count = rows if isinstance(rows, int) and not isinstance(rows, bool) else RowSource(rows).total
        if isinstance(call, BoundOperation):
            return estimate(call.connection.client, call.operation, call.operation.name, count, bulk)
        return estimate(None, None, getattr(call, "__name__", type(call).__name__), count)

    def runs(self) -> pd.DataFrame:
        """Return every run in this home as a frame."""
        return self._runs.frame()

    def reopen(
        self, name: str, *, rows: Any = None, call: Any = None, changed: str = "refuse", **options: Any
    ) -> Run:
        """Take a run up again.

        Without rows, as it stands: frames, failures, reconcile. With rows it goes on: `call` is found by itself where
        the run used the sandbox; changed="new" takes changed and added rows on as new ones.
        """
        if rows is None:
            return self._runs.reopen(name)
        facts = self._runs.facts(name)
        if call is None:
            if facts.get("account") != "sandbox" or not facts.get("integration"):
                raise UsageError(
                    f"The run {name!r} needs its call to go on.",
                    hint=f"ps.reopen({name!r}, rows=..., call=connection.operation)",
                )
            call = self.connect(str(facts["integration"]), sandbox=True)[str(facts["operation"])]
        options.setdefault("key", facts.get("key"))
        options.setdefault("bulk", facts.get("bulk", "auto"))
        return self.batch(call, rows, name=name, changed=changed, **options)

    # Credentials

    def vault(self) -> Credentials:
        """Return the vault of this home: unlock, add, sign in, use, check. In a notebook it shows itself as a widget."""
        return self._vaulting.credentials

    def sign_in(
        self, integration: str, account: str, *, sandbox: bool | Sandbox = False, **options: Any
    ) -> Account:
        """Sign in to a service as an account, which is stored in the vault: in a browser, on another device, or pasted.

        sandbox: True signs in at the built-in sandbox: no app of yours, no network. options: via= ("loopback", "device",
        "paste"), scopes=, client_id=, client_secret=, redirect_uri=, label=, end_points=, and parts of the address.
        """
        if sandbox:
            server = self.sandbox() if sandbox is True else sandbox
            played = server.oauth(integration, options.get("scheme"))
            there = {"authorize", "token", "device", "lookup"}
            options = {
                "client_id": played["client_id"],
                "client_secret": Secret(str(played["client_secret"])),
                "base_url": server.base_url(integration),
                "end_points": {name: played[name] for name in there},
                **server.base_parameters(integration),
                **options,
            }
        return self.vault().sign_in(integration, account, **options)

    def AccountSwitcher(self, integration: str) -> AccountSwitcher:
        """Return the widget that shows an integration's accounts and changes the active one with a click or a key."""
        from penstock.widgets.account_switcher import AccountSwitcher

        return AccountSwitcher(self.registry.get(integration).name, self.vault())

    def _running_with(self, integration: str) -> tuple[tuple[str, str], ...]:
        return tuple(
            (run.name, run.account or "") for run in self._runs.active() if run.integration == integration
        )

    # The end

    def close(self) -> None:
        """End runs, connections and the sandbox of this workbench; what is done is kept."""
        for run in list(self._runs.active()):
            run.cancel()
        for run in list(self._runs.active()):
            run.settle(10.0)
        self._opening.hang_up()
        self._vaulting.close()
        self._engine.close()
        self._opening.close()
        if self._sandbox is not None:
            self._sandbox.stop()
            self._sandbox = None

    def __enter__(self) -> Workbench:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Workbench at {self.home}>"


def _show_vault(vault: Credentials) -> bool:
    """Draw the vault with its widget where there is a notebook; False leaves it to text."""
    from penstock.widgets.showing import show_vault

    return show_vault(vault)


def _show_run(run: Run) -> bool:
    """Draw a run with its widget where there is a notebook; False leaves it to text and HTML."""
    from penstock.widgets.showing import show

    return show(run)
