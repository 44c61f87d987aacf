"""The agent from outside: the Keeper's operations, each over a connection of its own.

So a client outlives forks and agents: nothing is kept open, and the next call finds whoever listens then.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from penstock.agent.channel import Channel, connect, within
from penstock.agent.operations import OPERATIONS, check_arguments
from penstock.agent.protocol import MOST_ANSWER, build_request, read_answer
from penstock.clock import Clock, SystemClock
from penstock.errors import PenstockError, VaultError, VaultLocked
from penstock.redact import Secret


class AgentClient:
    """Ask the agent that listens at `path`. Every method may raise VaultLocked: the agent has ended.

    key_file: the pipe's key, on Windows only. What the operations do and return is the Keeper's to say.
    """

    def __init__(self, path: Path | str, *, key_file: Path | None = None, clock: Clock | None = None) -> None:
        self.path = Path(path)
        self._key_file = key_file
        self._clock = clock or SystemClock()

    async def status(self) -> dict[str, Any]:
        """Return how the vault and the agent are; it does not count as use."""
        return await self._record("status")

    async def create(self, *, password: Secret, recovery: bool = True) -> dict[str, Any]:
        """Make the vault, and leave it unlocked."""
        return await self._record("create", password=password, recovery=recovery)

    async def unlock(
        self,
        *,
        password: Secret | None = None,
        key_file: Secret | str | None = None,
        recovery_key: Secret | None = None,
        keyring: bool = False,
        restore: bool = False,
    ) -> dict[str, Any]:
        """Open the vault by one way in, and return the status."""
        return await self._record(
            "unlock",
            password=password,
            key_file=_here(key_file),
            recovery_key=recovery_key,
            keyring=keyring,
            restore=restore,
        )

    async def lock(self) -> None:
        """Let the agent forget the keys; it ends with that."""
        await self._ask("lock")

    async def accounts(self, *, integration: str | None = None, is_use: bool = True) -> list[dict[str, Any]]:
        """Return the accounts, without a secret. `is_use`: it counts as use, and keeps the agent from ending."""
        return await self._records("accounts", integration=integration, is_use=is_use)

    async def issue(
        self,
        *,
        integration: str,
        account: str,
        seen: int | None = None,
        is_refused: bool = False,
        is_use: bool = True,
    ) -> dict[str, Any]:
        """Return what signs requests now; a token near its end is renewed first. `is_use`: as for `accounts`."""
        return await self._record(
            "issue",
            integration=integration,
            account=account,
            seen=seen,
            is_refused=is_refused,
            is_use=is_use,
        )

    async def plan(self, *, integration: str, account: str) -> dict[str, Any]:
        """Return the plan of an account's tokens, and whom it was made for; no secret."""
        return await self._record("plan", integration=integration, account=account)

    async def put(
        self,
        *,
        integration: str,
        account: str,
        fields: dict[str, Secret],
        plan: str | None,
        base: dict[str, str],
        base_url: str | None,
        label: str | None,
        kind: str,
        replace: bool,
    ) -> dict[str, Any]:
        """Write a credential, and return its version."""
        return await self._record(
            "put",
            integration=integration,
            account=account,
            fields=fields,
            plan=plan,
            base=base,
            base_url=base_url,
            label=label,
            kind=kind,
            replace=replace,
        )

    async def describe(self, *, integration: str, account: str, label: str | None) -> None:
        """Change an account's label."""
        await self._ask("describe", integration=integration, account=account, label=label)

    async def remove(self, *, integration: str, account: str) -> dict[str, Any]:
        """Take an account out, and return the id that `undo` takes for a while."""
        return await self._record("remove", integration=integration, account=account)

    async def undo(self, *, undo: str) -> None:
        """Put back what was removed."""
        await self._ask("undo", undo=undo)

    async def begin_sign_in(
        self,
        *,
        integration: str,
        account: str,
        plan: str,
        fields: dict[str, Secret],
        base: dict[str, str],
        base_url: str | None,
        label: str | None,
        via: str,
        redirect_uri: str | None,
    ) -> dict[str, Any]:
        """Begin a sign-in, and return where the user goes."""
        return await self._record(
            "begin_sign_in",
            integration=integration,
            account=account,
            plan=plan,
            fields=fields,
            base=base,
            base_url=base_url,
            label=label,
            via=via,
            redirect_uri=redirect_uri,
        )

    async def answer_sign_in(self, *, id: str, answer: Secret) -> None:
        """Hand over what the user pasted."""
        await self._ask("answer_sign_in", id=id, answer=answer)

    async def sign_in_state(self, *, id: str) -> dict[str, Any]:
        """Return how far a sign-in is."""
        return await self._record("sign_in_state", id=id)

    async def cancel_sign_in(self, *, id: str) -> None:
        """Give a sign-in up."""
        await self._ask("cancel_sign_in", id=id)

    async def change_password(self, *, old: Secret, new: Secret) -> None:
        """Let `new` open the vault where `old` did."""
        await self._ask("change_password", old=old, new=new)

    async def rotate(
        self,
        *,
        password: Secret | None = None,
        key_file: Secret | str | None = None,
        recovery_key: Secret | None = None,
        keyring: bool = False,
    ) -> dict[str, Any]:
        """Encrypt everything anew, and return which ways in were kept and dropped."""
        return await self._record(
            "rotate", password=password, key_file=_here(key_file), recovery_key=recovery_key, keyring=keyring
        )

    async def ways(self) -> list[dict[str, Any]]:
        """Return the ways into the vault."""
        return await self._records("ways")

    async def add_way(
        self,
        *,
        kind: str,
        password: Secret | None = None,
        path: str | None = None,
        expires_s: float | None = None,
    ) -> dict[str, Any]:
        """Add a way in, and return its name, and the recovery key where it is one."""
        return await self._record(
            "add_way", kind=kind, password=password, path=_here(path), expires_s=expires_s
        )

    async def remove_way(self, *, name: str) -> None:
        """Remove a way in."""
        await self._ask("remove_way", name=name)

    async def backup(self, *, path: str) -> None:
        """Write the vault as it is now to a new file."""
        await self._ask("backup", path=_here(path))

    async def seal(self, *, names: list[str], expires_s: float) -> dict[str, Any]:
        """Return a sealed bundle of these accounts, and its key."""
        return await self._record("seal", names=names, expires_s=expires_s)

    async def open_sealed(self, *, text: str, key: Secret) -> dict[str, Any]:
        """Take a sealed bundle's accounts in, and return which they are."""
        return await self._record("open_sealed", text=text, key=key)

    async def stop(self) -> None:
        """Lock, and end the agent."""
        await self._ask("stop")

    async def _record(self, op: str, **arguments: Any) -> dict[str, Any]:
        value = await self._ask(op, **arguments)
        if not isinstance(value, dict):
            raise _strange(op)
        return value

    async def _records(self, op: str, **arguments: Any) -> list[dict[str, Any]]:
        value = await self._ask(op, **arguments)
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise _strange(op)
        return value

    async def _ask(self, op: str, **arguments: Any) -> Any:
        check_arguments(op, arguments)
        timeout_s = OPERATIONS[op].timeout_s
        try:
            answer = await within(self._clock, timeout_s, self._exchange(op, arguments))
        except TimeoutError:
            raise VaultError(
                f"The agent did not answer {op!r} within {timeout_s:.0f} s.",
                hint="See whether it is done; `penstock agent stop` ends the agent.",
            ) from None
        return read_answer(answer)

    async def _exchange(self, op: str, arguments: Mapping[str, Any]) -> bytes:
        try:
            channel = await self._connect()
        except PermissionError:
            raise VaultError(
                f"The agent's socket {self.path} may not be opened: it is another user's."
            ) from None
        except OSError:
            raise _gone("The agent has ended; unlock again.") from None
        try:
            await channel.send(build_request(op, arguments))  # in no variable: passwords stand in it
            answer = await channel.receive(MOST_ANSWER)
        except OSError:
            answer = None
        finally:
            channel.close()
        if answer is None:
            raise _gone(
                "The agent ended before it answered; unlock again, and see whether what you asked for is done."
            )
        return answer

    async def _connect(self) -> Channel:
        if self._key_file is not None:
            from penstock.agent.pipes import connect_pipe

            return await connect_pipe(str(self.path), self._key_file)
        return await connect(self.path, self._clock)

    def __repr__(self) -> str:
        return f"<AgentClient {self.path}>"


def _here(path: Secret | str | None) -> Secret | str | None:
    """Return a path as this process means it: the agent works in another folder."""
    return str(Path(path).expanduser().absolute()) if isinstance(path, str) and path else path


def _gone(message: str) -> PenstockError:
    return VaultLocked(message, hint="vault.unlock()")


def _strange(op: str) -> VaultError:
    return VaultError(
        f"The agent's answer to {op!r} is of another kind than it should be.",
        hint="It was started by another Penstock: penstock agent stop, then unlock again.",
    )
