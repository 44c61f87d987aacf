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
        _versions, _kernel, _lab, _transports, _home, _loopback, _assets,
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
