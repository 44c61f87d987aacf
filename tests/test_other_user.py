"""What another user of the machine gets of a vault, its agent and its book: nothing, not even the names."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_fakes import NOBODY, as_nobody, needs_root
from vaults import PASSWORD

import penstock as ps
from penstock.agent.launch import find_agent, socket_path
from penstock.redact import Secret
from penstock.vault.disk import Disk, temporary_name

pytestmark = needs_root
KEY = Secret("sk_test_seen_by_nobody_77")


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder anybody may enter, with a home in it that anybody may enter too: the vault's own modes are all there is."""
    folder = Path(tempfile.mkdtemp(prefix="penstock-other-user-"))
    folder.chmod(0o755)
    before = {
        name: os.environ.get(name)
        for name in ("PENSTOCK_AGENT", "XDG_RUNTIME_DIR", "XDG_STATE_HOME", "PENSTOCK_AGENT_SOCK")
    }
    umask = os.umask(0)  # nothing may depend on it
    home = folder / "home"
    for made in (home, folder / "run", folder / "state"):
        made.mkdir(mode=0o755)
    os.environ.update(
        PENSTOCK_AGENT="on", XDG_RUNTIME_DIR=str(folder / "run"), XDG_STATE_HOME=str(folder / "state")
    )
    os.environ.pop("PENSTOCK_AGENT_SOCK", None)
    try:
        with ps.Workbench(home=home) as bench:  # its engine's threads are over before a child is forked
            vault = bench.vault()
            vault.create(PASSWORD)
            for number in range(3):
                vault.add("stripe", f"acme-{number}", token=KEY, base_url="http://127.0.0.1:9")
            vault.backup(home / "vault" / "backup.psk")
            vault.add_way("key_file", path=home / "vault" / "key")
            assert bench.connect("stripe").account == "acme-0"
            kept = temporary_name(Path(vault.status().path))
        os.close(Disk().create(kept))  # as a crash leaves one
        (folder / "own").mkdir(mode=0o755)
        with ps.Workbench(
            home=folder / "own", agent=False
        ) as bench:  # an agent closes its umask; this process does not
            bench.vault().create(PASSWORD)
            bench.vault().add("stripe", "acme", token=KEY)
        yield folder
    finally:
        os.umask(umask)
        client = find_agent(home)
        if client is not None:
            asyncio.run(client.stop())
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        shutil.rmtree(folder)


def attempt(path: Path) -> str:
    """Return what another user gets of a path: "read N", "listed N", "connected", or the error's name."""

    def work() -> str:
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            return f"listed {len(list(path.iterdir()))}"
        if stat.S_ISSOCK(mode):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(path))
            return "connected"
        return f"read {len(path.read_bytes())}"

    return as_nobody(work)


def belongings(folder: Path) -> list[Path]:
    """Return everything of the vault, the agent and the book."""
    found = [*(folder / "run").rglob("*"), *(one for one in (folder / "state").rglob("*") if one.is_file())]
    for home in (folder / "home", folder / "own"):
        found += [home / "vault", *(home / "vault").iterdir(), *home.glob("accounts.db*")]
    return found


def test_what_is_looked_at_is_what_there_is(place: Path) -> None:
    """The vault, earlier generations, a temporary file, locks, the book, the socket and the mark are all among what is tried."""
    names = {path.name for path in belongings(place)}
    for part in ("credentials.psk", ".psk.g", ".tmp", ".lock", "accounts.db", ".sock", "backup.psk", "key"):
        assert any(part in name for name in names), (part, names)
    assert socket_path(place / "home") in belongings(place) and find_agent(place / "home") is not None


def test_another_user_gets_nothing(place: Path) -> None:
    """Nothing is read, listed or connected to by another user, whatever the umask was."""
    got = {str(path.relative_to(place)): attempt(path) for path in belongings(place)}
    assert {name: said for name, said in got.items() if said != "PermissionError"} == {}


def test_no_file_leans_on_its_folder(place: Path) -> None:
    """Where somebody opens the folders, every file is still closed; the socket's agent turns another user away unanswered."""
    folders = [path for path in belongings(place) if path.is_dir()]
    modes = {path: path.stat().st_mode & 0o777 for path in folders}
    files = [path for path in belongings(place) if not path.is_dir()]
    try:
        for path in folders:
            path.chmod(0o755)
        got = {path.name: attempt(path) for path in files}
    finally:
        for path, mode in modes.items():
            path.chmod(mode)
    assert {name: said for name, said in got.items() if said != "PermissionError"} == {}


def test_what_is_open_is_seen_by_the_same_child(place: Path) -> None:
    """The control: a file of 0644, a folder of 0755 and a socket of 0666 are read, listed and connected to."""
    folder = place / "open"
    folder.mkdir(mode=0o755)
    (folder / "file").write_text("hello")
    (folder / "file").chmod(0o644)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "socket"))
        (folder / "socket").chmod(0o666)
        listening.listen()
        assert attempt(folder / "file") == "read 5"
        assert attempt(folder) == "listed 2"
        assert attempt(folder / "socket") == "connected"
    assert as_nobody(lambda: str(os.geteuid())) == str(NOBODY)
