"""`penstock doctor`: one line for each thing that has to be right, with what to do where it is not."""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import importlib.resources
import json
import platform
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from penstock._version import __version__
from penstock.errors import PenstockError
from penstock.settings import default_home
from penstock.store import disk_kind, is_network_disk, open_sqlite

LEAST_FREE_BYTES = 200_000_000  # a ledger of a million rows takes about this much
BAD_IPYKERNEL = "7.3.0"  # some cells never finish there while a widget is clicked; 7.4.0 does not have it


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: how it is (ok, warn, fail), about what, what was found, and what to do."""

    state: str
    subject: str
    found: str
    advice: str = ""


def run(given: argparse.Namespace) -> int:
    """Print the findings; return 1 when one of them is a failure."""
    findings = list(examine())
    if given.json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            print(f"{finding.state:<5} {finding.subject:<16} {finding.found}")
            if finding.advice:
                print(f"{'':<22} {finding.advice}")
    return 1 if any(finding.state == "fail" for finding in findings) else 0


def examine() -> Iterator[Finding]:
    """Look at one thing after another; a look that itself fails is a failure of that thing."""
    looks: tuple[Callable[[], Iterator[Finding]], ...] = (
        _versions, _kernel, _lab, _transports, _home, _vault, _agent, _keyring, _importing, _loopback, _assets,
    )  # fmt: skip
    for look in looks:
        try:
            yield from look()
        except Exception as exc:
            yield Finding(
                "fail", look.__name__.strip("_"), f"{type(exc).__name__}: {exc}", "Please report this."
            )


def _versions() -> Iterator[Finding]:
    yield Finding(
        "ok", "penstock", f"{__version__}, Python {platform.python_version()} on {platform.platform()}"
    )
    needed = ("pandas", "anywidget", "ipywidgets", "plotly", "narwhals", "cryptography", "tornado")
    missing = [name for name in needed if _version(name) is None]
    found = ", ".join(f"{name} {_version(name)}" for name in needed if name not in missing)
    if missing:
        yield Finding(
            "fail", "packages", f"missing: {', '.join(missing)}", "pip install --force-reinstall penstock"
        )
    else:
        yield Finding("ok", "packages", found)


def _kernel() -> Iterator[Finding]:
    version = _version("ipykernel")
    if version is None:
        yield Finding("warn", "ipykernel", "not installed: no notebooks", "pip install 'ipykernel!=7.3.0'")
    elif version == BAD_IPYKERNEL:
        advice = "pip install 'ipykernel>=7.4'"
        yield Finding(
            "warn", "ipykernel", f"{version}: a cell may never finish while a widget is used", advice
        )
    else:
        yield Finding("ok", "ipykernel", version)


def _lab() -> Iterator[Finding]:
    version = _version("jupyterlab")
    if version is None:
        advice = "pip install 'penstock[lab]', unless your notebooks run elsewhere"
        yield Finding("warn", "jupyterlab", "not installed", advice)
    else:
        yield Finding("ok", "jupyterlab", version)


def _transports() -> Iterator[Finding]:
    for name, without in (
        ("pyreqwest", 'The slower transport="httpx2" is used: pip install pyreqwest'),
        ("httpx2", "connection.http cannot be used: pip install httpx2"),
    ):
        try:
            importlib.import_module(name)
            yield Finding("ok", name, _version(name) or "installed")
        except ImportError as exc:
            yield Finding("warn", name, f"cannot be loaded ({exc})", without)
    if sys.platform != "win32":
        version = _version("uvloop")
        if version is None:
            yield Finding(
                "warn", "uvloop", "not installed", "1.3 to 2 times faster: pip install 'penstock[uvloop]'"
            )
        else:
            yield Finding("ok", "uvloop", version)


def _home() -> Iterator[Finding]:
    home = default_home()
    kind = disk_kind(home)
    if is_network_disk(kind):
        advice = "Slower, and not shared safely: set PENSTOCK_HOME to a folder on a local disk."
        yield Finding("warn", "home", f"{home} is on a network disk ({kind})", advice)
    else:
        yield Finding("ok", "home", f"{home}{f' ({kind})' if kind else ''}")
    try:
        with_trial = home / "doctor.db"
        connection = open_sqlite(with_trial, ("CREATE TABLE trial (x)",))
        connection.execute("INSERT INTO trial VALUES (1)")
        connection.close()
        for left in home.glob("doctor.db*"):
            left.unlink()
        yield Finding("ok", "home, writing", "a database was made, written and removed")
    except PenstockError as exc:
        yield Finding("fail", "home, writing", exc.message, exc.hint or "")
        return
    free = shutil.disk_usage(home).free
    if free < LEAST_FREE_BYTES:
        advice = "A full disk pauses a run; make room."
        yield Finding("warn", "home, room", f"{free / 1e6:,.0f} MB free", advice)
    else:
        yield Finding("ok", "home, room", f"{free / 1e9:,.1f} GB free")


def _vault() -> Iterator[Finding]:
    from penstock.vault.vault import Vault

    path = default_home() / "vault" / "credentials.psk"
    if not path.exists() and not path.is_symlink():
        yield Finding("ok", "vault", "there is none yet", "To keep credentials in one: penstock vault create")
        return
    try:
        Vault.open(path)  # reads its frame without a password; refuses what others own or can read
        yield Finding("ok", "vault", f"{path}, readable by you alone")
    except PenstockError as exc:
        yield Finding("fail", "vault", exc.message, exc.hint or "")
        return
    folder = path.parent.stat()
    if sys.platform != "win32" and folder.st_mode & 0o022:
        found = f"{path.parent} can be written by others, who could exchange the vault"
        yield Finding("fail", "vault, folder", found, f"chmod 700 '{path.parent}'")


def _agent() -> Iterator[Finding]:
    from penstock.agent.launch import find_agent
    from penstock.loop import EngineLoop

    try:
        client = find_agent(default_home())
        if client is None:
            advice = "Unlocking the vault starts one: penstock vault unlock"
            yield Finding("ok", "agent", "none runs: the vault is locked", advice)
            return
        loop = EngineLoop("penstock-doctor")
        try:
            status = loop.run(client.status())
        finally:
            loop.close()
    except PenstockError as exc:
        yield Finding(
            "fail", "agent", exc.message, exc.hint or "End it and unlock again: penstock agent stop"
        )
        return
    found = f"process {status['pid']}; the vault is {'locked' if status['is_locked'] else 'unlocked'}"
    yield Finding("ok", "agent", found, "penstock vault unlock" if status["is_locked"] else "")


def _keyring() -> Iterator[Finding]:
    try:
        backend = importlib.import_module("keyring").get_keyring()
    except ImportError:
        advice = "To unlock the vault through the operating system: pip install keyring"
        yield Finding("ok", "keyring", "not installed, and not needed", advice)
        return
    kind = f"{type(backend).__module__}.{type(backend).__qualname__}"
    if getattr(backend, "priority", 1) <= 0:  # keyring's own mark of one that keeps nothing
        advice = "In a container there is none: unlock with the password or a key file."
        yield Finding("warn", "keyring", f"the package is there, but no keyring it can use ({kind})", advice)
    else:
        yield Finding("ok", "keyring", kind)


def _importing() -> Iterator[Finding]:
    version = _version("python-dotenv")
    if version is None:
        advice = "pip install python-dotenv"
        yield Finding("warn", "python-dotenv", "not installed: .env files cannot be imported", advice)
    else:
        yield Finding("ok", "python-dotenv", version)


def _loopback() -> Iterator[Finding]:
    try:
        with socket.create_server(("127.0.0.1", 0)):
            yield Finding("ok", "sandbox", "a port on 127.0.0.1 can be opened")
    except OSError as exc:
        yield Finding(
            "fail", "sandbox", f"no port on 127.0.0.1 can be opened: {exc}", "The sandbox needs one."
        )


def _assets() -> Iterator[Finding]:
    folder = importlib.resources.files("penstock.widgets")
    names = {Path(entry.name) for entry in folder.iterdir()}
    widgets = {name.stem for name in names if name.suffix == ".js" and name.stem != "kit"}
    wanted = {
        Path("kit.js"),
        Path("tokens.css"),
        *(Path(f"{stem}{end}") for stem in widgets for end in (".js", ".css")),
    }
    missing = sorted(str(name) for name in wanted - names)
    if missing or not widgets:
        found = f"missing: {', '.join(missing) or 'all of them'}"
        yield Finding("fail", "widgets", found, "pip install --force-reinstall penstock")
    else:
        yield Finding("ok", "widgets", ", ".join(sorted(widgets)))


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
