from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
from pathlib import Path

import pytest
from agent_fakes import CANARY, PASSWORD, as_nobody, needs_root, needs_unix
from agent_processes import child_agent, run_client

from penstock.agent.client import AgentClient
from penstock.agent.operations import OPERATIONS
from penstock.errors import VaultError, VaultExposed, VaultLocked
from penstock.redact import Secret
from penstock.testing import FakeClock

pytestmark = needs_unix

UNLOCK = f"print(asyncio.run(client.unlock(password=Secret({PASSWORD!r})))['is_locked'])"
ISSUE = "print(asyncio.run(client.issue(integration='stripe', account='acme'))['fields']['token'].reveal())"


def test_a_restarted_kernel_finds_what_the_first_unlocked(tmp_path: Path) -> None:
    """Two processes, one after the other, see one unlocked vault; before the first unlocks it, it is locked."""
    path = tmp_path / "s" / "a.sock"
    with child_agent(path):
        assert asyncio.run(AgentClient(path).status())["is_locked"] is True
        assert run_client(path, UNLOCK) == "False"
        assert run_client(path, ISSUE) == CANARY


def test_a_killed_agent_is_told_as_such(tmp_path: Path) -> None:
    """After SIGKILL the client says that the agent has ended and what to do."""
    path = tmp_path / "s" / "a.sock"
    with child_agent(path) as process:
        client = AgentClient(path)
        assert asyncio.run(client.status())["pid"] == process.pid
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert path.exists()  # nobody took it away
        with pytest.raises(VaultLocked, match="has ended; unlock again") as caught:
            asyncio.run(client.status())
        assert caught.value.hint == "vault.unlock()"


def test_an_agent_killed_in_between_is_told_as_such(tmp_path: Path) -> None:
    """Cut while it waits for the answer, the client says that it may have been done."""
    path = tmp_path / "a.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()

        def cut() -> None:
            connection, _ = listening.accept()
            connection.recv(4)
            connection.close()

        thread = threading.Thread(target=cut)
        thread.start()
        with pytest.raises(VaultLocked, match="before it answered"):
            asyncio.run(AgentClient(path).lock())
        thread.join()


def test_the_next_agent_is_found_by_the_same_client(tmp_path: Path) -> None:
    """A client outlives its agent: it needs no new connection made by hand."""
    path = tmp_path / "s" / "a.sock"
    client = AgentClient(path)
    pids = set()
    for _ in range(2):
        with child_agent(path):
            pids.add(asyncio.run(client.status())["pid"])
    assert len(pids) == 2


def test_an_agent_that_does_not_answer_is_given_up(tmp_path: Path) -> None:
    """Each operation has its time; after it the client says so and names the operation."""
    path = tmp_path / "a.sock"

    async def scenario() -> None:
        clock = FakeClock()
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(path))
            listening.listen()
            asked = asyncio.create_task(AgentClient(path, clock=clock).status())
            await clock.advance(OPERATIONS["status"].timeout_s - 0.1)
            assert not asked.done()
            await clock.advance(0.2)
            with pytest.raises(VaultError, match="'status' within 15 s"):
                await asked

    asyncio.run(scenario())


def test_an_answer_of_another_kind_is_refused(tmp_path: Path) -> None:
    """A list where a dict should be is an error of ours, not a surprise further on."""
    path = tmp_path / "a.sock"
    body = b'{"ok":true,"value":[]}'

    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()

        def answer() -> None:
            connection, _ = listening.accept()
            connection.recv(65536)
            connection.sendall(len(body).to_bytes(4, "big") + body)
            connection.close()

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(VaultError, match="another kind"):
            asyncio.run(AgentClient(path).status())
        thread.join()


def test_a_forked_client_has_a_connection_of_its_own(tmp_path: Path) -> None:
    """A child of a process that has used a client uses it too."""
    path = tmp_path / "s" / "a.sock"
    with child_agent(path):
        both = run_client(
            path,
            "def ask(): return asyncio.run(client.status())['is_locked']\n"
            "import os\n"
            "ask()\n"
            "child = os.fork()\n"
            "if child == 0:\n"
            "    os._exit(0 if ask() is True else 9)\n"
            "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), ask())",
        )
    assert both == "0 True"


@needs_root
def test_nothing_is_sent_to_another_user(tmp_path: Path) -> None:
    """Where another user listens at the agent's path, the password does not leave; the control: it reads what comes."""
    folder = tmp_path / "open"
    folder.mkdir()
    path = folder / "a.sock"
    for each in (tmp_path, folder):
        each.chmod(0o777)
    # The folders above are pytest's, and this user's alone: the other user gets the socket ready made.
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        path.chmod(0o777)

        def listen_and_read() -> str:
            listening.listen()  # the system takes whoever listens for the peer
            os.write(writing, b".")
            connection, _ = listening.accept()
            return connection.recv(65536).decode("latin-1")

        for is_checked in (True, False):
            reading, writing = os.pipe()
            said: list[str] = []
            thread = threading.Thread(target=lambda said=said: said.append(as_nobody(listen_and_read)))
            thread.start()
            os.read(reading, 1)
            if is_checked:
                with pytest.raises(VaultExposed, match="Another user listens"):
                    asyncio.run(AgentClient(path).unlock(password=Secret(PASSWORD)))
            else:
                with socket.socket(socket.AF_UNIX) as unchecked:
                    unchecked.connect(str(path))
                    unchecked.sendall(PASSWORD.encode())
            thread.join()
            assert (PASSWORD in said[0]) is not is_checked
            os.close(reading)
            os.close(writing)


def test_a_path_is_the_callers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path means the caller's folder, and "~" its home, whatever folder the agent works in."""
    monkeypatch.chdir(tmp_path)
    sent: list[dict[str, object]] = []

    async def keep(self: AgentClient, op: str, **arguments: object) -> dict[str, object]:
        sent.append(arguments)
        return {}

    monkeypatch.setattr(AgentClient, "_ask", keep)
    client = AgentClient("a.sock")
    asyncio.run(client.backup(path="b/vault.psk"))
    asyncio.run(client.unlock(key_file="key"))
    asyncio.run(client.rotate(key_file=Secret("text")))
    asyncio.run(client.add_way(kind="key_file", path="~/key"))
    assert sent[0]["path"] == str(tmp_path / "b/vault.psk")
    assert sent[1]["key_file"] == str(tmp_path / "key")
    assert sent[2]["key_file"] == Secret("text")
    assert sent[3]["path"] == str(Path.home() / "key")
