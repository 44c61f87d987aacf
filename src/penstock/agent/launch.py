"""Where a home's agent listens, whether one does, and how one is started. These calls block, for a moment or two."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from penstock.agent.channel import check_peer
from penstock.agent.client import AgentClient
from penstock.errors import VaultError
from penstock.redact import redact
from penstock.store import translate

MOST_PATH = 100  # bytes; a UNIX socket's path has room for 103 on macOS, 107 on Linux
KEY_NAME = "agent.key"  # in the home, on Windows only

# Between two looks whether a new agent answers, seconds: about thirty together. It takes a third of a second.
_PAUSES_S = (*(0.01,) * 100, *(0.05,) * 580)

_KEPT = {
    "PATH", "HOME", "LANG", "LANGUAGE", "TMPDIR", "TEMP", "TMP", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "TZ", "USER",
    "LOGNAME", "DBUS_SESSION_BUS_ADDRESS", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "APPDATA", "LOCALAPPDATA", "USERPROFILE",
}  # fmt: skip
_KEPT_PREFIXES = ("XDG_", "PENSTOCK_", "PYTHON", "LC_", "SSL_CERT_", "NIX_", "DYLD_")
_KEPT_ENDINGS = ("_PROXY",)


def socket_path(home: Path | str, environ: Mapping[str, str] = os.environ) -> Path:
    """Return where a home's agent listens.

    PENSTOCK_AGENT_SOCK, else the user's runtime folder, else the temporary folder; on Windows a pipe's name.
    """
    name = hashlib.sha256(os.fsencode(_resolve(home))).hexdigest()[:16]
    if sys.platform == "win32":
        return Path(rf"\\.\pipe\penstock-{name}")
    named = environ.get("PENSTOCK_AGENT_SOCK")
    if named:
        path = Path(named).expanduser().absolute()
        if len(os.fsencode(path)) > MOST_PATH:
            raise VaultError(
                f"PENSTOCK_AGENT_SOCK is longer than a socket's path can be ({MOST_PATH} bytes).",
                hint="Name a shorter one.",
            )
        return path
    runtime = environ.get("XDG_RUNTIME_DIR")
    if runtime and Path(runtime).is_absolute() and Path(runtime).is_dir():
        path = Path(runtime) / "penstock" / f"{name}.sock"
        if len(os.fsencode(path)) <= MOST_PATH:
            return path
    for folder in (tempfile.gettempdir(), "/tmp"):
        path = Path(folder) / f"penstock-{os.geteuid()}" / f"{name}.sock"
        if len(os.fsencode(path)) <= MOST_PATH:
            break
    return path


def find_agent(home: Path | str) -> AgentClient | None:
    """Return a client of the home's agent, None where none is alive. Raises VaultExposed where another user listens there."""
    path = socket_path(home)
    if sys.platform == "win32":
        client = AgentClient(path, key_file=_resolve(home) / KEY_NAME)
        return client if path.exists() else None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            connection.setblocking(False)
            connection.connect(os.fspath(path))
        except BlockingIOError:  # so many wait for it that it must be alive
            return AgentClient(path)
        except OSError:
            return None
        check_peer(path, connection)
    return AgentClient(path)


def start_agent(home: Path | str, *, pauses_s: Sequence[float] = _PAUSES_S) -> AgentClient:
    """Return a client of the home's agent, started where none is alive. Raises VaultError with what it said where it fails."""
    home = _resolve(home)
    client = find_agent(home)
    if client is not None:
        return client
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise translate(exc, home) from exc
    with tempfile.TemporaryFile() as said:
        process = _spawn(home, said.fileno())
        for pause_s in pauses_s:
            client = find_agent(home)
            if client is not None:
                return client
            # With 0 another agent has come first, and answers soon.
            if process.poll() not in (None, 0):
                break
            threading.Event().wait(pause_s)
        if process.poll() is None:
            process.kill()
        said.seek(0)
        text = redact(said.read()[-2000:].decode("utf-8", "replace")).strip()
    raise VaultError(
        f"The agent could not be started. It said: {text or 'nothing'}",
        hint=f"Try it by hand: {Path(sys.executable).name} -m penstock.agent --home '{home}'",
    )


def clean_environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what of an environment the agent needs: no credential of the caller's goes with it."""
    return {
        name: value
        for name, value in environ.items()
        if (upper := name.upper()) in _KEPT
        or upper.startswith(_KEPT_PREFIXES)
        or upper.endswith(_KEPT_ENDINGS)
    }


def command(home: Path, environ: Mapping[str, str] = os.environ) -> list[str]:
    """Return the words that start an agent; under JupyterHub it ends with the notebook server."""
    words = [sys.executable, "-P", "-m", "penstock.agent", "--home", os.fspath(home)]
    server = environ.get("JPY_PARENT_PID", "")
    is_hub = "JUPYTERHUB_API_TOKEN" in environ or "JUPYTERHUB_USER" in environ
    if is_hub and server.isascii() and server.isdigit():
        words += ["--until-pid", server]
    return words


def _spawn(home: Path, said: int) -> subprocess.Popen[bytes]:
    """Start an agent that shares nothing with this process: no session, descriptor, folder or environment."""
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
    process = subprocess.Popen(
        command(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=said,  # it lets go of this once it listens
        cwd=home,
        env=clean_environment(),
        close_fds=True,
        start_new_session=True,
        creationflags=flags,
    )
    threading.Thread(target=process.wait, name="penstock-agent-end", daemon=True).start()  # no zombie is left
    return process


def _resolve(home: Path | str) -> Path:
    return Path(home).expanduser().resolve()
