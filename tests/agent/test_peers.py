from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_fakes import NOBODY, as_nobody, needs_root, needs_unix
from agent_processes import child_agent

from penstock.agent.peers import is_own, peer_uid
from penstock.agent.protocol import build_frame, build_request

pytestmark = needs_unix

STATUS = build_frame(build_request("status", {}))


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder whose parents everybody may pass, as pytest's own may not."""
    with tempfile.TemporaryDirectory(prefix="penstock-test-", dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def ask(path: Path) -> str:
    """Return the beginning of what the agent answers to a request for its status, "" where it drops the peer."""
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(20)
        peer.connect(str(path))
        try:
            peer.sendall(STATUS)
            return peer.recv(65536)[4:].decode()[:11]
        except (BrokenPipeError, ConnectionResetError):
            return ""


def force_open(path: Path) -> None:
    path.parent.chmod(0o777)
    path.chmod(0o777)


def test_the_system_says_who_is_there() -> None:
    """Both ends of a pair are this user."""
    ours, theirs = socket.socketpair()
    assert peer_uid(ours) == peer_uid(theirs) == os.geteuid()
    assert is_own(ours)
    ours.close()
    theirs.close()


def test_a_socket_with_nobody_there_is_not_ours() -> None:
    """What the system says nothing about is not taken for this user."""
    with socket.socket(socket.AF_UNIX) as alone:
        assert not is_own(alone)


@needs_root
def test_another_user_can_neither_list_nor_connect(folder: Path) -> None:
    """The folder keeps others out before the agent hears of them; this user is served."""
    path = folder / "s" / "a.sock"
    with child_agent(path):
        assert as_nobody(lambda: str(list(path.parent.iterdir()))) == "PermissionError"
        assert as_nobody(lambda: ask(path)) == "PermissionError"
        assert ask(path) == '{"ok":true,'


@needs_root
def test_another_user_is_dropped_though_every_door_is_open(folder: Path) -> None:
    """With folder and socket forced to 0777 the agent still answers nobody but its own user."""
    path = folder / "s" / "a.sock"
    with child_agent(path):
        force_open(path)
        assert as_nobody(lambda: f"in: {ask(path)}") == "in: "
        assert ask(path) == '{"ok":true,'


@needs_root
def test_without_the_check_another_user_would_be_served(folder: Path) -> None:
    """The control: the same doors and the same peer, the check switched off, and it is answered."""
    path = folder / "s" / "a.sock"
    with child_agent(path, "admit-all"):
        force_open(path)
        assert as_nobody(lambda: f"in: {ask(path)}") == 'in: {"ok":true,'


@needs_root
def test_the_peer_is_who_it_became() -> None:
    """A process that gave root away counts as who it is when it connects."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name, socket.socket(socket.AF_UNIX) as listening:
        Path(name).chmod(0o777)
        path = Path(name) / "a.sock"
        listening.bind(str(path))
        path.chmod(0o777)
        listening.listen()
        assert as_nobody(lambda: str(socket.socket(socket.AF_UNIX).connect(str(path)))) == "None"
        connection, _ = listening.accept()
        assert peer_uid(connection) == NOBODY
        connection.close()
