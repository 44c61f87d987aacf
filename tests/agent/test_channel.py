from __future__ import annotations

import asyncio
import os
import socket
import stat
from pathlib import Path

import pytest
from agent_fakes import NOBODY, needs_root, needs_unix

from penstock.agent.channel import SocketChannel, SocketListener, connect, prepare_folder, within
from penstock.agent.protocol import MOST_REQUEST, build_frame
from penstock.clock import SystemClock
from penstock.errors import UsageError, VaultExposed
from penstock.testing import FakeClock

pytestmark = needs_unix


def listen(path: Path) -> SocketListener:
    listener = SocketListener.open(path)
    assert listener is not None
    return listener


def test_the_folder_and_the_socket_are_this_users_alone(tmp_path: Path) -> None:
    """The folder is 0700, the socket and its lock 0600, whatever the umask."""
    path = tmp_path / "s" / "a.sock"
    before = os.umask(0)
    try:
        listener = listen(path)
    finally:
        os.umask(before)
    modes = {each.name: stat.S_IMODE(each.lstat().st_mode) for each in (path.parent, *path.parent.iterdir())}
    assert modes == {"s": 0o700, "a.sock": 0o600, "a.sock.lock": 0o600}
    listener.close()
    listener.close()
    assert not path.exists()


def test_a_folder_open_to_others_is_refused(tmp_path: Path) -> None:
    """A folder others can enter is named with what to do, and left as it is."""
    tmp_path.chmod(0o755)
    with pytest.raises(VaultExposed, match=r"0755.*chmod 700"):
        prepare_folder(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


@needs_root
def test_a_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    """Whoever made the folder first could read what goes through it."""
    folder = tmp_path / "s"
    folder.mkdir(mode=0o700)
    os.chown(folder, NOBODY, NOBODY)
    with pytest.raises(VaultExposed, match=f"uid {NOBODY}"):
        SocketListener.open(folder / "a.sock")


def test_a_folder_behind_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    """A link in the folder's place is not followed, though what it names would do."""
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "s").symlink_to("real")
    with pytest.raises(VaultExposed, match="symbolic link"):
        SocketListener.open(tmp_path / "s" / "a.sock")
    listen(tmp_path / "real" / "a.sock").close()


@pytest.mark.parametrize("place", ["a.sock", "a.sock.lock"])
def test_a_symbolic_link_in_a_files_place_is_refused(tmp_path: Path, place: str) -> None:
    """A link where the socket or its lock goes is neither followed nor removed."""
    folder = tmp_path / "s"
    folder.mkdir(mode=0o700)
    (tmp_path / "victim").write_text("precious")
    (folder / place).symlink_to(tmp_path / "victim")
    with pytest.raises(VaultExposed):
        SocketListener.open(folder / "a.sock")
    assert (tmp_path / "victim").read_text() == "precious" and (folder / place).is_symlink()


def test_a_file_in_the_sockets_place_is_left(tmp_path: Path) -> None:
    """What is not a socket is not removed."""
    folder = tmp_path / "s"
    folder.mkdir(mode=0o700)
    (folder / "a.sock").write_text("precious")
    with pytest.raises(VaultExposed, match="not a socket"):
        SocketListener.open(folder / "a.sock")
    assert (folder / "a.sock").read_text() == "precious"
    (folder / "a.sock").unlink()
    listen(folder / "a.sock").close()  # the refusal has let the lock go


def test_a_socket_of_a_dead_process_is_replaced(tmp_path: Path) -> None:
    """A socket nobody serves does not keep the next agent from starting."""
    folder = tmp_path / "s"
    folder.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(folder / "a.sock"))
    before = (folder / "a.sock").lstat().st_ino, (folder / "a.sock").lstat().st_ctime_ns
    listener = listen(folder / "a.sock")
    assert ((folder / "a.sock").lstat().st_ino, (folder / "a.sock").lstat().st_ctime_ns) != before
    listener.close()


def test_a_second_one_is_turned_away(tmp_path: Path) -> None:
    """Where one listens a second gets None, and the first's socket stands."""
    path = tmp_path / "s" / "a.sock"
    first = listen(path)
    made = path.lstat().st_ino
    assert SocketListener.open(path) is None
    assert path.lstat().st_ino == made
    first.close()
    listen(path).close()


def test_a_socket_that_is_another_ones_by_now_is_not_removed(tmp_path: Path) -> None:
    """Closing takes away the own socket only."""
    path = tmp_path / "s" / "a.sock"
    listener = listen(path)
    path.rename(path.with_name("moved"))
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        listener.close()
        assert path.exists()


def test_bodies_go_through_whole_however_they_are_cut() -> None:
    """A frame that comes byte by byte, and two that come at once, are the bodies they are."""

    async def scenario() -> None:
        ours, theirs = socket.socketpair()
        channel = SocketChannel(ours)
        reading = asyncio.create_task(channel.receive(MOST_REQUEST))
        for byte in build_frame(b"first"):
            theirs.send(bytes([byte]))
            await asyncio.sleep(0)
        assert await reading == b"first"
        theirs.send(build_frame(b"second") + build_frame(b"third"))
        assert [await channel.receive(100), await channel.receive(100)] == [b"second", b"third"]
        theirs.send(build_frame(b"cut")[:-1])
        theirs.close()
        assert await channel.receive(100) is None
        channel.close()

    asyncio.run(scenario())


def test_a_large_body_goes_through(tmp_path: Path) -> None:
    """A megabyte is sent and received in as many pieces as the system likes."""

    async def scenario() -> None:
        listener = listen(tmp_path / "s" / "a.sock")
        client, server = await asyncio.gather(
            connect(tmp_path / "s" / "a.sock", SystemClock()), listener.accept(SystemClock())
        )
        body = os.urandom(1 << 20)
        _, received = await asyncio.gather(server.send(body), client.receive(1 << 20))
        assert received == body
        client.close()
        server.close()
        listener.close()

    asyncio.run(scenario())


def test_a_body_too_large_is_refused_by_its_head() -> None:
    """Four bytes are enough to refuse four gigabytes."""

    async def scenario() -> None:
        ours, theirs = socket.socketpair()
        channel = SocketChannel(ours)
        theirs.send(b"\xff\xff\xff\xff")
        with pytest.raises(UsageError, match="4,294,967,295"):
            await channel.receive(MOST_REQUEST)
        channel.close()
        theirs.close()

    asyncio.run(scenario())


def test_within_ends_what_takes_too_long() -> None:
    """Work past its time is cancelled, and work that is done in time is returned."""

    async def scenario() -> None:
        clock, ended = FakeClock(), []

        async def forever() -> None:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                ended.append("cancelled")
                raise

        async def at_once() -> int:
            return 3

        task = asyncio.create_task(within(clock, 10, forever()))
        await clock.advance(9.9)
        assert not task.done()
        await clock.advance(0.1)
        with pytest.raises(TimeoutError):
            await task
        assert ended == ["cancelled"]
        assert await within(clock, 10, at_once()) == 3
        assert clock.sleeping == 0

    asyncio.run(scenario())
