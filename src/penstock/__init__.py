"""Penstock: rows of a DataFrame go to an API and come back, crash-safe and within its limits.

import penstock as ps
stripe = ps.connect("stripe", sandbox=True)
run = ps.batch(stripe.customers.create, customers, key="customer_id", name="july-import")
frame = run.frame()
"""

from __future__ import annotations

import functools
import inspect
import sys
import threading
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from penstock._version import __version__ as __version__

if TYPE_CHECKING:
    from penstock.asking import ask as ask
    from penstock.auth.accounts import Account as Account
    from penstock.batch.estimate import Estimate as Estimate
    from penstock.batch.progress import Progress as Progress
    from penstock.batch.run import Run as Run
    from penstock.connection import Connection as Connection
    from penstock.credentials import Credentials as Credentials
    from penstock.errors import *  # noqa: F403
    from penstock.model import Response as Response
    from penstock.notebook.kernel_loop import on_kernel_loop as on_kernel_loop
    from penstock.ratelimit.limit import Limit as Limit
    from penstock.redact import Secret as Secret
    from penstock.resilience.breaker import BreakerPolicy as BreakerPolicy
    from penstock.resilience.recovery import RecoveryPath as RecoveryPath
    from penstock.resilience.retry import RetryPolicy as RetryPolicy
    from penstock.sandbox.server import Sandbox as Sandbox
    from penstock.widgets.batch_progress import BatchProgress as BatchProgress
    from penstock.widgets.credential_vault import CredentialVault as CredentialVault
    from penstock.workbench import Workbench as Workbench

    _bench = Workbench()
    batch, connect, estimate, register = _bench.batch, _bench.connect, _bench.estimate, _bench.register
    reopen, runs, sandbox = _bench.reopen, _bench.runs, _bench.sandbox
    sign_in, vault, AccountSwitcher = _bench.sign_in, _bench.vault, _bench.AccountSwitcher

# Name → the module that has it; loaded when first asked for, so that `import penstock` stays light.
_LAZY = {
    "Account": "penstock.auth.accounts",
    "BatchProgress": "penstock.widgets.batch_progress",
    "BreakerPolicy": "penstock.resilience.breaker",
    "Connection": "penstock.connection",
    "CredentialVault": "penstock.widgets.credential_vault",
    "Credentials": "penstock.credentials",
    "Estimate": "penstock.batch.estimate",
    "Limit": "penstock.ratelimit.limit",
    "Progress": "penstock.batch.progress",
    "RecoveryPath": "penstock.resilience.recovery",
    "Response": "penstock.model",
    "RetryPolicy": "penstock.resilience.retry",
    "Run": "penstock.batch.run",
    "Sandbox": "penstock.sandbox.server",
    "Secret": "penstock.redact",
    "Workbench": "penstock.workbench",
    "ask": "penstock.asking",
    "on_kernel_loop": "penstock.notebook.kernel_loop",
    **dict.fromkeys(
        (
            "AccountNeeded", "CallFailed", "CallRefused", "CircuitOpen", "Conflict", "ConnectFailed",
            "DeadlineExceeded", "DependencyMissing", "DiskFull", "Invalid", "LedgerDamaged", "NotFound",
            "OutcomeUncertain", "PageLoop", "PenstockError", "PermissionMissing", "ProviderError", "QuotaSpent",
            "ReceiveFailed", "RecordChanged", "ResponseUnreadable", "RowsChanged", "RowsRefused", "RunBusy",
            "RunCancelled", "SealExpired", "SendFailed", "ServerFailed", "SignInNeeded", "StoreError", "Throttled",
            "TimedOut", "TransportFailed", "UnknownName", "UnlockDelayed", "UsageError", "VaultBusy", "VaultDamaged",
            "VaultError", "VaultExposed", "VaultLocked", "VaultRolledBack", "WrongPassword",
        ),
        "penstock.errors",
    ),
}  # fmt: skip

# Functions of the default workbench: the same as its methods.
_OF_WORKBENCH = (
    "AccountSwitcher", "batch", "connect", "estimate", "register", "reopen", "runs", "sandbox", "sign_in", "vault",
)  # fmt: skip

__all__ = sorted([*_LAZY, *_OF_WORKBENCH, "__version__"])  # noqa: PLE0605 - sorted at import, compared in a test

_lock = threading.RLock()
_default: Workbench | None = None  # the one global: the workbench of those who never name one


def _workbench() -> Workbench:
    global _default  # noqa: PLW0603
    with _lock:
        if _default is None:
            from penstock.workbench import Workbench

            _default = Workbench()
        return _default


@functools.cache
def _function(name: str) -> Callable[..., Any]:
    """Return the module's function of this name: the default workbench's method, with its signature and docstring."""
    from penstock.workbench import Workbench

    method = getattr(Workbench, name)

    def function(*args: Any, **kwargs: Any) -> Any:
        return getattr(_workbench(), name)(*args, **kwargs)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = method.__doc__
    parameters = list(inspect.signature(method).parameters.values())[1:]
    function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return function


class _Package(types.ModuleType):
    """Keep `ps.batch` and `ps.sandbox` functions: importing the folders of these names would put modules in their place."""

    def __getattribute__(self, name: str) -> Any:
        if name in _OF_WORKBENCH:
            return _function(name)
        return super().__getattribute__(name)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        from importlib import import_module

        value = getattr(import_module(_LAZY[name]), name)
        globals()[name] = value
        return value
    from penstock.errors import nearest

    raise AttributeError(f"penstock has no {name!r}. {nearest(name, __all__)}")


def __dir__() -> list[str]:
    return list(__all__)


def load_ipython_extension(ipython: Any) -> None:
    """Install the error boundary: `%load_ext penstock`."""
    from penstock.notebook.extension import load_ipython_extension as load

    load(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """Take the error boundary away: `%unload_ext penstock`."""
    from penstock.notebook.extension import unload_ipython_extension as unload

    unload(ipython)


def _meet_notebook() -> None:
    """Tell IPython how responses and errors look as HTML, where IPython runs already; it is never loaded for this."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is not None:
        from penstock.notebook.display import install

        install(shell)


_meet_notebook()
