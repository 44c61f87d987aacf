"""Every error Penstock raises, and how one reads.

PenstockError                 a sentence that says what happened, where, and what to do next
├── UsageError                ours: what was asked for cannot be done; nothing was sent
│   ├── UnknownName           an integration, operation, parameter or column that does not exist (nearest named)
│   ├── CallRefused           parameters that do not fit the operation
│   ├── RowsRefused           rows that cannot be told apart, or do not fit the call
│   ├── RowsChanged           other rows under a run's name
│   └── DependencyMissing     an optional package is not installed
├── AccountNeeded             no account to call as
├── CallFailed                a call was made, and failed
│   ├── ProviderError         theirs: the service answered, and the answer is no
│   │   ├── SignInNeeded      401: the credential is refused
│   │   ├── PermissionMissing 403
│   │   ├── NotFound          404, 410
│   │   ├── Conflict          409
│   │   ├── Invalid           400, 422: a parameter they do not accept
│   │   ├── Throttled         429 and its like, still so after every attempt
│   │   ├── QuotaSpent        a budget of hours or days is used up; says until when
│   │   ├── ServerFailed      5xx
│   │   └── ResponseUnreadable  not what an API answers
│   ├── TransportFailed       nothing came back
│   │   ├── ConnectFailed     nothing was sent
│   │   ├── SendFailed        cut while sending
│   │   ├── ReceiveFailed     cut while waiting for the answer
│   │   └── TimedOut          too long
│   ├── CircuitOpen           not sent: the service has been failing
│   ├── DeadlineExceeded      not finished in the time given
│   └── OutcomeUncertain      it may have happened; sending again could do it twice
├── StoreError                a file of ours
│   ├── LedgerDamaged         refused, with the way to recover
│   ├── RunBusy               another process works on this run
│   └── DiskFull
├── VaultError                the vault: it cannot be used, or not in this way
│   ├── WrongPassword         what was given opens no slot
│   ├── UnlockDelayed         wrong too often; not tried, says when it will be
│   ├── VaultLocked           unlock it first
│   ├── VaultDamaged          refused whole, with the way to recover
│   ├── VaultRolledBack       older than the last one seen here
│   ├── VaultExposed          not a plain file of yours alone
│   ├── VaultBusy             another process holds its lock
│   ├── RecordChanged         somebody else wrote this credential meanwhile
│   └── SealExpired           a sealed bundle past its time
├── PageLoop                  pages that come round again; what was read is kept
└── RunCancelled              you stopped it; what is done is kept
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from penstock.redact import redact


class PenstockError(Exception):
    """Say what happened, where (integration, account, operation, row) and what to do next, without any secret."""

    default_hint: str | None = None

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        integration: str | None = None,
        account: str | None = None,
        operation: str | None = None,
        row: str | None = None,
        **details: Any,
    ) -> None:
        self.message = redact(message)
        self.hint = redact(hint) if hint else self.default_hint
        self.integration, self.account, self.operation, self.row = integration, account, operation, row
        for name, value in details.items():
            setattr(self, name, redact(value) if isinstance(value, str) else value)
        super().__init__(self.message)

    @property
    def where(self) -> str:
        """Return "stripe customers.create, account acme, row 17", as much of it as is known."""
        named = " ".join(part for part in (self.integration, self.operation) if part)
        parts = [named] if named else []
        if self.account and self.account != "default":
            parts.append(f"account {self.account}")
        if self.row is not None:
            parts.append(f"row {self.row}")
        return ", ".join(parts)

    def __str__(self) -> str:
        where = f" [{self.where}]" if self.where else ""
        hint = f" {self.hint}" if self.hint else ""
        return f"{self.message}{where}{hint}"

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.message, {k: v for k, v in vars(self).items() if k != "message"}))

    def _render_traceback_(self) -> list[str]:
        """Show two lines in a notebook: a source line may hold what nobody should save."""
        lines = [f"\x1b[31m{type(self).__name__}\x1b[0m: {self.message}"]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.hint:
            lines.append(f"  next:  {self.hint}")
        lines.append(
            "  (the full traceback: import traceback, sys; traceback.print_exception(sys.last_value))"
        )
        return lines


def _rebuild(kind: type[PenstockError], message: str, state: dict[str, Any]) -> PenstockError:
    error = kind(message)
    vars(error).update(state)
    return error


class UsageError(PenstockError, ValueError):
    """What was asked for cannot be done; nothing was sent."""


class UnknownName(UsageError, AttributeError, KeyError):
    """A name that does not exist; the message gives the nearest three."""

    __str__ = PenstockError.__str__


class CallRefused(UsageError):
    """Parameters that do not fit the operation; nothing was sent."""


class RowsRefused(UsageError):
    """Rows that cannot be told apart, or do not fit the call; nothing was sent."""


class RowsChanged(UsageError):
    """Other rows than before under the name of a run."""


class DependencyMissing(UsageError, ImportError):
    """An optional package is not installed; the message has the line that installs it."""


class AccountNeeded(PenstockError):
    """There is no account to call as."""


class CallFailed(PenstockError):
    """A call was made, and failed."""

    status: int | None = None
    response: Any = None
    attempts: int = 1
    retry_after_s: float | None = None
    is_doubtful = False  # it may have happened after all, and may be sent again without harm


class ProviderError(CallFailed):
    """The service answered, and the answer is no."""

    code: str | None = None


class SignInNeeded(ProviderError):
    """The service refuses the credential."""

    default_hint = "Give a working credential: ps.connect(..., credential={...})."


class PermissionMissing(ProviderError):
    """The credential is good, but may not do this."""

    default_hint = "Give the account the permission this operation needs, or use another account."


class NotFound(ProviderError):
    """There is no such thing, or this account cannot see it."""

    default_hint = "Check the ids, and that they belong to this account."


class Conflict(ProviderError):
    """It clashes with the state things are in."""


class Invalid(ProviderError):
    """The service does not accept a parameter."""

    default_hint = "Correct the value the message names; the same call will be refused again."


class Throttled(ProviderError):
    """The service kept refusing for rate; every attempt is used up."""

    default_hint = "Lower the rate: ps.connect(..., limit=ps.Limit(n, per=1.0)), or try again later."


class QuotaSpent(ProviderError):
    """A budget of hours or days is used up."""

    until: Any = None
    default_hint = "Wait until then, or ask the service for a larger plan."


class ServerFailed(ProviderError):
    """The service failed on its side."""

    default_hint = "It is theirs: try again later; the service's status page may say more."


class ResponseUnreadable(ProviderError):
    """The answer is not what an API answers: HTML, cut JSON."""

    default_hint = (
        "Check the base_url, and whether a proxy or a sign-in page stands between; .text has the body."
    )


class TransportFailed(CallFailed):
    """Nothing came back."""

    is_sent = True  # whether bytes may have reached the server
    default_hint = "Check the network and the base_url."


class ConnectFailed(TransportFailed):
    """No connection was made: nothing was sent."""

    is_sent = False


class SendFailed(TransportFailed):
    """The connection broke while the request was being sent."""


class ReceiveFailed(TransportFailed):
    """The connection broke before the answer was complete."""


class TimedOut(TransportFailed):
    """The answer took too long."""

    default_hint = "The service is slow or the time-out short: ps.connect(..., timeout=seconds)."


class CircuitOpen(CallFailed):
    """Not sent: the service has been failing."""

    default_hint = (
        "It will be tried again by itself; connection.breaker says why, .breaker.reset() tries now."
    )


class DeadlineExceeded(CallFailed):
    """Not finished in the time given."""


class OutcomeUncertain(CallFailed):
    """It may have happened; sending it again could do it twice."""

    default_hint = "Look it up at the service before sending it again (run.reconcile(lookup) in a batch)."


class StoreError(PenstockError):
    """A file of Penstock's cannot be used."""


class LedgerDamaged(StoreError):
    """A run's ledger is damaged and is not used."""


class RunBusy(StoreError):
    """Another process works on this run."""


class DiskFull(StoreError):
    """The disk is full, or the home cannot be written."""

    default_hint = "Make room (or set PENSTOCK_HOME to a folder that can be written) and run the cell again."


class VaultError(PenstockError):
    """The vault cannot be used, or not in this way."""


class WrongPassword(VaultError):
    """What was given (password, key file, recovery key, keyring) opens no slot of the vault."""

    default_hint = "Try again, or unlock with another way in: the recovery key, a key file, the OS keyring."


class UnlockDelayed(VaultError):
    """Not tried: it was wrong too often, and the time to wait is not over."""

    retry_after_s: float | None = None


class VaultLocked(VaultError):
    """The vault is locked."""

    default_hint = "Unlock it: vault.unlock()."


class VaultDamaged(VaultError):
    """The vault's file is not as it was written; nothing in it is used."""

    default_hint = (
        "Keep a copy of it, put the newest sound generation beside it (its name and .g…) or a backup in its place, "
        "and unlock with restore=True."
    )


class VaultRolledBack(VaultError):
    """The vault's file is older than the last one seen on this machine."""

    default_hint = (
        "If you put a backup back yourself, unlock with restore=True; tokens refreshed since then are lost. "
        "If you did not, somebody exchanged the file."
    )


class VaultExposed(VaultError):
    """Others own the file, can read it, or it is no plain file."""


class VaultBusy(VaultError):
    """Another process holds the vault's lock."""

    default_hint = "Try again; if it stays so, find the process that holds the lock file and end it."


class RecordChanged(VaultError):
    """Somebody else wrote this credential meanwhile; nothing was written."""

    default_hint = "Read it again (vault.get) and decide anew."


class SealExpired(VaultError):
    """A sealed bundle is past its time."""

    default_hint = "Seal a new one from the vault: vault.seal([...], expires_s=...)."


class PageLoop(PenstockError):
    """Pages come round again; what was read is in `.items`."""

    items: Any = ()


class RunCancelled(PenstockError):
    """You stopped the run; what is done is kept."""


def nearest(name: str, known: Iterable[str], count: int = 3) -> str:
    """Return "Did you mean a, b or c?" with the known names nearest to `name`, or "" when none is near."""
    names = sorted(set(known))
    lower = {candidate.lower(): candidate for candidate in names}
    close = [lower[match] for match in difflib.get_close_matches(name.lower(), lower, n=count, cutoff=0.4)]
    close += [
        candidate for candidate in names if name.lower() in candidate.lower() and candidate not in close
    ]
    close = close[:count]
    if not close:
        return f"There are: {', '.join(names[:12])}{', …' if len(names) > 12 else ''}." if names else ""
    return f"Did you mean {' or '.join(filter(None, [', '.join(close[:-1]), close[-1]]))}?"
