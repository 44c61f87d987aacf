"""Where this process reaches the vault: through the agent that keeps it unlocked, or by a keeper of its own.

An agent is asked wherever one is alive. One is started where a person unlocks (a notebook, a terminal); a script that
runs unattended keeps its keys to itself, and they end with it. PENSTOCK_AGENT=off never uses one, =on always.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.clock import Clock
from penstock.errors import UsageError, VaultError
from penstock.loop import EngineLoop

if TYPE_CHECKING:
    from penstock.agent.client import AgentClient
    from penstock.agent.keeper import Keeper

Opened = Callable[[], "Keeper"]
_STARTING = ("create", "unlock", "open_sealed")


class Keeping:
    """Ask for the operations of agent/operations.py, wherever they are done.

    agent: True starts one where none is alive, False never uses one, None does what the environment and a person at
    the keyboard suggest.
    """

    def __init__(
        self, home: Path, engine: EngineLoop, clock: Clock, agent: bool | None, keep: Opened | None = None
    ) -> None:
        self._home, self.engine, self.clock = home, engine, clock
        self._agent = agent if agent is not None else _read_wish(os.environ)
        self._keep = keep
        self._keeper: Keeper | None = None
        self._guard = threading.RLock()

    def ask(self, op: str, **arguments: Any) -> Any:
        """Do an operation and return its value; blocks. Raises what the operation raises."""
        target = self._reach(is_starting=op in _STARTING)
        return self.engine.run(getattr(target, op)(**arguments))

    async def aask(self, op: str, **arguments: Any) -> Any:
        """Do an operation and return its value, on the engine's loop; no agent is started."""
        return await getattr(self._reach(is_starting=False), op)(**arguments)

    def _reach(self, *, is_starting: bool) -> Keeper | AgentClient:
        with self._guard:
            if self._keeper is not None and not self._keeper.is_locked:
                return self._keeper
            client = self._find() if self._agent is not False else None
            if client is not None:
                return client
            if is_starting and (self._agent or (self._agent is None and has_person())):
                from penstock.agent.launch import start_agent

                try:
                    return start_agent(self._home)
                except VaultError:
                    if self._agent:
                        raise
            return self._own(is_kept=is_starting)

    def _find(self) -> AgentClient | None:
        from penstock.agent.launch import find_agent

        return find_agent(self._home)

    def _own(self, *, is_kept: bool) -> Keeper:
        """Return a keeper in this process; one that is only looked through is not kept, so that an agent is found later."""
        from penstock.agent.keeper import Keeper

        if self._keeper is not None:  # it counts the passwords that were wrong
            return self._keeper
        keeper = self._keep() if self._keep is not None else Keeper(self._home, clock=self.clock)
        if is_kept:
            self._keeper = keeper
        return keeper

    def release(self) -> None:
        """Let go of a keeper of this process, for good."""
        with self._guard:
            keeper, self._keeper = self._keeper, None
        if keeper is not None:
            self.engine.run(keeper.aclose())

    @property
    def is_own(self) -> bool:
        """Say whether the keys are in this process."""
        return self._keeper is not None and not self._keeper.is_locked


def _read_wish(environ: Mapping[str, str]) -> bool | None:
    wish = environ.get("PENSTOCK_AGENT", "").strip().lower()
    if wish not in ("", "on", "off", "auto"):
        raise UsageError("PENSTOCK_AGENT is on, off or auto.", hint="Leave it out for auto.")
    return {"on": True, "off": False}.get(wish)


def has_person() -> bool:
    """Say whether somebody is there: a notebook's kernel, or a terminal."""
    interactive = sys.modules.get("IPython")
    shell = interactive.get_ipython() if interactive is not None else None
    if getattr(shell, "kernel", None) is not None:
        return True
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()
