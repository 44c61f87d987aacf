"""A process to be killed: it renews a grant, puts accounts, changes the password and the keys, and says what is done.

`python refresh_kill_child.py` with JSON on stdin: home, passwords, seed, and `at`, a point at which it kills itself:
"before-post", "after-answer" (the one window), "in-put" (at a random step on the disk), "in-create" (at step `step` of
making the vault with a recovery key), or "" to be killed from outside. Each finished piece of work is one line on stdout.
`control`, for the judge's own sake: "hasty" and "hasty-password" acknowledge first and work then, "silent" notes nowhere
that a refresh has begun.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

sys.path += [str(Path(__file__).parents[1] / "vault")]

from vaults import CHEAP

from penstock.agent import refreshing
from penstock.agent.keeper import Keeper
from penstock.agent.locks import NoJournal
from penstock.engine.transport import open_transport
from penstock.model import Request, Response
from penstock.redact import Secret
from penstock.vault.anchor import FileAnchor
from penstock.vault.disk import Disk

ACCOUNT = {"integration": "oidc", "account": "me"}


def die() -> None:
    """End at once, with nothing tidied up."""
    os.kill(os.getpid(), signal.SIGKILL)


class DyingDisk(Disk):
    """Die at one of the steps on the disk, counted from when `left` is set."""

    left: int | None = None

    def _step(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                die()

    def create(self, path: Path) -> int:
        """Create a file, or die."""
        self._step()
        return super().create(path)

    def write(self, descriptor: int, content: bytes) -> int:
        """Write half, and die; or all of it."""
        if self.left == 0:
            super().write(descriptor, content[: len(content) // 2])
        self._step()
        return super().write(descriptor, content)

    def sync(self, descriptor: int) -> None:
        """Flush, or die."""
        self._step()
        super().sync(descriptor)

    def link(self, path: Path, name: Path) -> None:
        """Give a second name, or die."""
        self._step()
        super().link(path, name)

    def rename(self, path: Path, name: Path) -> None:
        """Rename, or die."""
        self._step()
        super().rename(path, name)

    def unlink(self, path: Path) -> None:
        """Take a name away, or die."""
        self._step()
        super().unlink(path)

    def sync_folder(self, folder: Path) -> None:
        """Flush the names, or die."""
        self._step()
        super().sync_folder(folder)


@asynccontextmanager
async def silent_lock(*_: Any) -> AsyncIterator[NoJournal]:
    """Stand in for the lock, and note nothing."""
    yield NoJournal()


def say(**what: Any) -> None:
    """Acknowledge."""
    print(json.dumps(what), flush=True)


async def main(asked: dict[str, Any]) -> None:
    """Work until killed."""
    chance, home, at = random.Random(asked["seed"]), Path(asked["home"]), asked["at"]
    transport, disk, passwords = open_transport("httpx2"), DyingDisk(), list(asked["passwords"])
    control = asked["control"]
    if control == "silent":
        refreshing.refresh_lock = silent_lock  # type: ignore[assignment]

    async def send(request: Request) -> Response:
        if at == "before-post":
            die()
        response = await transport.send(request)
        if at == "after-answer":
            die()
        return response

    keeper = Keeper(home, policy=CHEAP, anchor=FileAnchor(home / "seen"), send=send, disk=disk)
    if at == "in-create":
        say(ready=True)
        disk.left = asked["step"]
        made = await keeper.create(password=Secret(passwords[0]), recovery=True)
        say(recovery_key=made["recovery_key"].reveal())
        die()
    await keeper.unlock(password=Secret(passwords[0]))
    version = (await keeper.issue(**ACCOUNT))["version"]
    say(ready=True)
    for number in range(100_000):
        if at == "in-put":
            disk.left = 0 if control else chance.randrange(9)
        kind = chance.choices(["refresh", "put", "password", "rotate"], [5, 3, 1, 1])[0]
        if at in ("before-post", "after-answer"):
            kind = "refresh"
        if control in ("hasty", "hasty-password"):
            kind = "put" if control == "hasty" else "password"
        if kind == "refresh":
            version = (await keeper.issue(**ACCOUNT, seen=version, is_refused=True))["version"]
            say(refresh=version)
        elif kind == "put":
            name = f"k{asked['seed']}-{number}"
            if control == "hasty":
                say(put=name)
            await keeper.put(
                integration="stripe", account=name, fields={"secret_key": Secret(f"sk_test_{name}_x")}, plan=None, base={},
                base_url=None, label=None, kind="key", replace=False,
            )  # fmt: skip
            say(put=name)
        elif kind == "password":
            say(password=passwords[1]) if control == "hasty-password" else say(changing=True)
            await keeper.change_password(old=Secret(passwords[0]), new=Secret(passwords[1]))
            passwords.reverse()
            say(password=passwords[0])
        else:
            await keeper.rotate(password=Secret(passwords[0]))
            say(rotate=True)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.stdin.readline())))
