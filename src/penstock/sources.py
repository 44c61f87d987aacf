"""Where credentials may be now, read as (name, value): a .env file, the environment, netrc, the system's keyring.

Nothing is written, no command run and no reference to other variables followed. What a name means: `importing.py`.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.errors import DependencyMissing, UsageError, VaultError
from penstock.redact import Secret

SOURCES = 'Give the path of a .env file, "environment", "netrc" or its path, or "keyring:SERVICE".'
MOST_BYTES = 1024 * 1024  # a .env file is a page or two


@dataclass(frozen=True, slots=True)
class Found:
    """A value as it stands in a source: under a variable's name, for a host (netrc), or for a service (keyring)."""

    name: str
    value: Secret
    host: str = ""
    service: str = ""
    login: Secret | None = None


def read_source(source: str, environment: Mapping[str, str] | None = None) -> list[Found]:
    """Return what a source holds. Raises UsageError with a line's number where it is not readable, never the line."""
    if source == "environment":
        given = os.environ if environment is None else environment
        return [Found(name, Secret(value)) for name, value in given.items() if _is_text(value)]
    if source.startswith("keyring:"):
        return _read_keyring(source.removeprefix("keyring:"))
    if source == "netrc":
        return _read_netrc(Path.home() / ("_netrc" if sys.platform == "win32" else ".netrc"))
    path = Path(source).expanduser()
    if path.name in (".netrc", "_netrc", "netrc"):
        return _read_netrc(path)
    return _read_env_file(path)


def _read_env_file(path: Path) -> list[Found]:
    try:
        parser: Any = importlib.import_module("dotenv.parser")
    except ImportError:
        raise DependencyMissing(
            "A .env file needs python-dotenv.", hint="pip install python-dotenv"
        ) from None
    found, bad_line = _parse_env(parser, path)
    if bad_line is not None:
        raise UsageError(
            f"{path}, line {bad_line} is not NAME=value.", hint="Correct it; nothing was taken over."
        )
    return found


def _parse_env(parser: Any, path: Path) -> tuple[list[Found], int | None]:
    """Return what is there, and the first line that is no assignment. It raises nothing: its frame has the text.

    The parser takes `export`, quotes and comments as python-dotenv does, and leaves ${NAME} as it stands.
    """
    bindings = list(parser.parse_stream(_open_text(path)))
    bad_line = next((one.original.line for one in bindings if one.error), None)
    return [Found(one.key, Secret(one.value)) for one in bindings if one.key and one.value], bad_line


def _read_netrc(path: Path) -> list[Found]:
    import netrc

    _open_text(path)  # it says what is wrong with the file itself
    problem = ""
    try:
        hosts = netrc.netrc(str(path)).hosts
    except netrc.NetrcParseError as exc:  # its text quotes the file; it ends here
        problem = f"{path}, line {exc.lineno} or the one before cannot be read as netrc."
    if problem:
        raise UsageError(problem, hint="machine HOST login NAME password SECRET; nothing was taken over.")
    return [
        Found(f"machine {host}", Secret(password), host=host.lower(), login=Secret(login) if login else None)
        for host, (login, _, password) in hosts.items()
        if password
    ]


def _read_keyring(named: str) -> list[Found]:
    try:
        keyring: Any = importlib.import_module("keyring")
    except ImportError:
        raise DependencyMissing("The package keyring is not installed.", hint="pip install keyring") from None
    service, _, user = named.partition("/")
    if not service:
        raise UsageError(
            "It is not said whose key is wanted.", hint="keyring:SERVICE, or keyring:SERVICE/USER"
        )
    found: list[Found] = []
    problem = ""
    try:
        if user:
            kept = keyring.get_password(service, user)
            if kept:
                found = [Found(f"keyring:{named}", Secret(kept), service=service, login=Secret(user))]
        else:
            both = keyring.get_credential(service, None)
            if both is not None and both.password:
                login = Secret(both.username) if both.username else None
                found = [Found(f"keyring:{named}", Secret(both.password), service=service, login=login)]
    except Exception as exc:  # each operating system's keyring has errors of its own; theirs may show the key
        problem = type(exc).__name__
    if problem:
        raise VaultError(
            f"The operating system's keyring cannot be used ({problem}).",
            hint="In a container there is none.",
        )
    if not found:
        raise UsageError(
            f"The keyring has nothing for {named}.",
            hint="Name the user too, as some keyrings need: keyring:SERVICE/USER",
        )
    return found


def _open_text(path: Path) -> io.StringIO:
    text, problem = _decode(path)
    if problem:
        raise UsageError(problem, hint=SOURCES)
    return text


def _decode(path: Path) -> tuple[io.StringIO, str]:
    """Return a file's text, or what is wrong with it. It raises nothing: its frame has the text."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as exc:
        return io.StringIO(), f"{path} cannot be read: {exc.strerror}."
    if len(raw) > MOST_BYTES or b"\0" in raw:
        return io.StringIO(), f"{path} is no text file of variables."
    try:
        return io.StringIO(raw.decode("utf-8-sig")), ""
    except UnicodeDecodeError as exc:
        line = raw[: exc.start].count(b"\n") + 1
        return io.StringIO(), f"{path}, line {line} is not UTF-8 text: save it as UTF-8."


def _is_text(value: str) -> bool:
    return bool(value) and not any("\ud800" <= one <= "\udfff" for one in value)
