from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from vaults import OTHER, PASSWORD, make_vault, reopen, settings

from penstock.errors import DiskFull, PenstockError, VaultError, VaultExposed
from penstock.vault.disk import Disk, read_private, write_new
from penstock.vault.vault import Vault

NOBODY = 65534
needs_root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="needs root, to act as another user"
)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that belongs to somebody else and that everybody may enter."""
    folder = Path(tempfile.mkdtemp(prefix="penstock-vault-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def as_nobody(act: Callable[[], object]) -> str:
    """Do something in a child process as another user; return the error's name and text, "" when there is none."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        said = ""
        try:
            os.seteuid(NOBODY)
            act()
        except PenstockError as exc:
            said = f"{type(exc).__name__}: {exc}"
        except BaseException as exc:
            said = f"not ours: {exc!r}"
        os.write(writer, said.encode()[:4000])
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as stream:
        return stream.read()


@needs_root
def test_another_users_file_is_refused(tmp_path: Path) -> None:
    """A vault that belongs to another uid is VaultExposed, even to root, who could read it."""
    path = make_vault(tmp_path).path
    os.chown(path, NOBODY, -1)
    with pytest.raises(VaultExposed, match=f"another user \\(uid {NOBODY}\\)"):
        reopen(tmp_path)
    os.chown(path, 0, -1)
    assert reopen(tmp_path).list()  # the control


@needs_root
def test_another_user_cannot_read_a_vault(open_folder: Path) -> None:
    """To another uid the file, 0600, cannot be read: an error of the vault's that says so."""
    make_vault(open_folder)
    said = as_nobody(lambda: Vault.open(open_folder / "test.vault", **settings(open_folder)))
    assert said.startswith("VaultError") and "Permission denied" in said


@needs_root
def test_a_folder_that_cannot_be_written_leaves_the_vault_readable(open_folder: Path) -> None:
    """In a read-only folder the vault opens and gives what it has; a write is DiskFull and changes nothing."""
    make_vault(open_folder)
    path = open_folder / "test.vault"
    for made in (open_folder, *open_folder.rglob("*")):
        os.chown(made, NOBODY, -1)
    before = path.read_bytes()

    def act() -> None:
        vault = reopen(open_folder)
        assert vault.get("stripe", "acme")
        open_folder.chmod(0o500)
        assert reopen(open_folder).get("stripe", "acme")
        vault.put("stripe", "acme", {"token": OTHER})

    said = as_nobody(act)
    assert said.startswith("DiskFull") and "cannot be written" in said
    assert path.read_bytes() == before


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY)  # the whole path may be too long for a socket
    here = Path.cwd()
    os.fchdir(folder)
    try:
        socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.chdir(here)
        os.close(folder)


@pytest.mark.skipif(sys.platform == "win32", reason="has no such files")
@pytest.mark.parametrize(
    "make", [make_fifo, make_socket, Path.mkdir, lambda path: path.symlink_to("/dev/zero")]
)
def test_what_is_no_plain_file_is_refused_at_once(tmp_path: Path, make: Callable[[Path], object]) -> None:
    """A FIFO, a socket, a folder or a device in the vault's place is refused, and nothing waits for it."""
    make(tmp_path / "test.vault")
    with pytest.raises(VaultError):
        Vault.open(tmp_path / "test.vault", **settings(tmp_path))
    with pytest.raises(VaultError, match="already"):
        Vault.create(tmp_path / "test.vault", password=PASSWORD, **settings(tmp_path))


@pytest.mark.skipif(sys.platform == "win32", reason="has no modes")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o601])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    """A vault that group or others may read or write is VaultExposed, with the command that mends it."""
    path = make_vault(tmp_path).path
    path.chmod(mode)
    with pytest.raises(VaultExposed, match=f"mode {mode:04o}.*chmod 600"):
        reopen(tmp_path)
    path.chmod(0o600)
    assert reopen(tmp_path).list()


def test_an_endless_file_is_not_read(tmp_path: Path) -> None:
    """A file larger than it can be is given up at once."""
    (tmp_path / "large").write_bytes(b"x" * 5000)
    (tmp_path / "large").chmod(0o600)
    with pytest.raises(VaultError, match="larger"):
        read_private(tmp_path / "large", 4000)


def test_a_new_file_replaces_none(tmp_path: Path) -> None:
    """write_new refuses a name that is taken, be it by a link that leads nowhere."""
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("link", "file"):
        (tmp_path / "file").write_bytes(b"there")
        with pytest.raises(FileExistsError):
            write_new(Disk(), tmp_path / name, b"new")
    assert not (tmp_path / "nowhere").exists() and (tmp_path / "file").read_bytes() == b"there"


def test_a_home_that_cannot_be_written_is_said_so() -> None:
    """Where no folder can be made (/proc: root cannot either), create is DiskFull."""
    if not Path("/proc/self").exists():
        pytest.skip("needs Linux's /proc")
    with pytest.raises(DiskFull):
        Vault.create("/proc/penstock/test.vault", password=PASSWORD)
