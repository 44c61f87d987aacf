"""`penstock vault …`: the vault and its ways in. What it holds, the accounts: `vault_accounts.py`.

A secret is asked for without showing it, or read from --password-fd, one line for each in the order they are asked
for; it is never a word of a command. Without a terminal nothing waits for an answer.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.asking import Asking
from penstock.errors import StoreError, UsageError
from penstock.redact import Secret

if TYPE_CHECKING:
    from penstock.credentials import Credentials

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
MOST_BUNDLE_BYTES = 1024 * 1024


def run(given: argparse.Namespace) -> int:
    """Do what the command says with this home's vault, and return the exit code."""
    from penstock.cli import vault_accounts
    from penstock.workbench import Workbench

    do = {**ACTIONS, **vault_accounts.ACTIONS}[given.action]
    with Workbench() as bench:
        return do(bench.vault(), given, Asking(given.password_fd)) or 0


def span(text: str) -> float:
    """Return "12h", "30m", "7d" or "90s" in seconds, for argparse."""
    match = re.fullmatch(r"(\d{1,6})([smhd])", text)
    if match is None or int(match[1]) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a length of time: 12h, 30m, 7d")
    return int(match[1]) * _UNITS[match[2]]


def descriptor(text: str) -> int:
    """Return a descriptor's number, for argparse; what is none is not repeated, as it may be a password."""
    if not re.fullmatch(r"\d{1,6}", text):
        raise argparse.ArgumentTypeError("it is the number of an open descriptor: --password-fd 3 3< FILE")
    return int(text)


def renaming(text: str) -> tuple[str, str]:
    """Return ("STRIPE_SECRET_KEY", "acme") for "STRIPE_SECRET_KEY=acme", for argparse."""
    left, _, right = text.partition("=")
    if not left or not right:
        raise argparse.ArgumentTypeError("write NAME=ACCOUNT: STRIPE_SECRET_KEY=acme")
    return left, right


def say_json(value: Any) -> None:
    """Print JSON; what is none of its types as text."""
    print(json.dumps(value, ensure_ascii=False, default=str))


def part(thing: Any, name: str) -> Any:
    """Return a named part of a mapping or a record, None where it has none."""
    return thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)


def _status(vault: Credentials, given: argparse.Namespace, asking: Asking) -> None:
    status = vault.status()
    names = ("exists", "is_locked", "path", "where", "is_kept", "idle_left_s", "absolute_left_s", "note")
    if given.json:
        say_json({name: part(status, name) for name in names})
        return
    if not status.exists:
        print("There is no vault yet: penstock vault create")
    else:
        locked = "locked: penstock vault unlock" if status.is_locked else "unlocked"
        print(f"{status.path} is {locked}")
        left = [f"{round(s / 60)} min {says}" for s, says in _left(status) if s is not None]
        if left and not status.is_locked:
            print(f"It locks itself in {', or '.join(left)}.")
    if status.note:
        print(status.note)


def _left(status: Any) -> tuple[tuple[float | None, str], ...]:
    return (status.idle_left_s, "without use"), (status.absolute_left_s, "whatever happens")


def _create(vault: Credentials, given: argparse.Namespace, asking: Asking) -> None:
    if not given.no_recovery:
        _check_shown(
            given.show_recovery_key, "recovery key", "--show-recovery-key, or --no-recovery for none"
        )
    if vault.status().exists:
        raise UsageError("There is a vault already.", hint="penstock vault unlock")
    recovery = vault.create(asking("New password", is_new=True), recovery=not given.no_recovery)
    print("The vault is made, and unlocked.", file=sys.stderr)
    if recovery is not None:
        _show_once(recovery, "recovery key", "It opens the vault if the password is lost. Keep it on paper.")


def _unlock(vault: Credentials, given: argparse.Namespace, asking: Asking) -> None:
    vault.unlock(**_way_in(given, asking), restore=given.restore)
    if vault.status().where == "agent":
        print("The vault is unlocked.", file=sys.stderr)
    else:
        print(
            "It opens. The keys end with this command, because no agent keeps them: PENSTOCK_AGENT=on starts one also "
            "where there is no terminal.",
            file=sys.stderr,
        )


def _lock(vault: Credentials, given: argparse.Namespace, asking: Asking) -> None:
    vault.lock()
    print("The vault is locked.", file=sys.stderr)


def _change_password(vault: Credentials, given: argparse.Namespace, asking: Asking) -> None:
    old = asking("Password")
    vault.change_password(old, asking("New password", is_new=True))
    print("The password is changed; backups made before still open with the old one.", file=sys.stderr)


def _rotate(vault: Credentials, given: argparse.Namespace, asking: Asking) -> None:
    rotated = vault.rotate(**_way_in(given, asking))
    print("Everything is encrypted under a new key.", file=sys.stderr)
    for name, says in (("kept", "still opens it"), ("dropped", "does not open it any more; add it again")):
        for way in part(rotated, name) or ():
            print(f"{part(way, 'kind') or way} {part(way, 'name') or ''} {says}")


def _ways(vault: Credentials, given: argparse.Namespace, asking: Asking) -> None:
    ways = [{name: part(way, name) for name in ("name", "kind", "expires")} for way in vault.ways()]
    if given.json:
        say_json(ways)
    for way in () if given.json else ways:
        expires = f"  until {when(way['expires'])}" if way["expires"] else ""
        print(f"{way['name']:<20} {way['kind']}{expires}")


def _add_way(vault: Credentials, given: argparse.Namespace, asking: Asking) -> None:
    options: dict[str, Any] = {}
    if (given.kind == "key-file") != (given.path is not None):
        raise UsageError("--path is a key file's.", hint="penstock vault add-way key-file --path FILE")
    if given.kind == "key-file":
        options["path"] = str(Path(given.path).expanduser().absolute())
    elif given.kind == "recovery":
        _check_shown(given.show_recovery_key, "recovery key", "--show-recovery-key")
    elif given.kind == "password":
        options["password"] = asking("Another password", is_new=True)
    added = vault.add_way(given.kind.replace("-", "_"), expires_s=given.expires, **options)
    print(f"Added: {part(added, 'name')}", file=sys.stderr)
    key = part(added, "recovery_key")
    if key is not None:
        _show_once(key, "recovery key", "It opens the vault if the password is lost. Keep it on paper.")


def _remove_way(vault: Credentials, given: argparse.Namespace, asking: Asking) -> None:
    vault.remove_way(given.name)
    print(f"{given.name} does not open the vault any more; old backups it still does.", file=sys.stderr)


def _backup(vault: Credentials, given: argparse.Namespace, asking: Asking) -> None:
    path = Path(given.path).expanduser().absolute()
    vault.backup(str(path))
    print(
        f"{path} is a copy, encrypted as the vault is. To use it: in the vault's place, then unlock --restore"
    )


def _seal(vault: Credentials, given: argparse.Namespace, asking: Asking) -> None:
    out, key_out = (Path(name).expanduser() if name else None for name in (given.out, given.key_out))
    for path in (out, key_out):
        if path is not None and (path.exists() or path.is_symlink()):
            raise UsageError(f"{path} exists already; it is left as it is.", hint="Name another file.")
    if out == key_out:
        raise UsageError("The bundle and its key must not be in one file.", hint="Name another --key-out.")
    if key_out is None:
        _check_shown(given.show_key, "bundle's key", "--key-out FILE, or --show-key")
    sealed = vault.seal(given.names, expires=given.expires)
    if key_out is not None:
        _write(key_out, sealed.key.reveal())
    assert out is not None
    _write(out, sealed.text)
    print(
        f"{out} can be opened until {when(sealed.expires)}, with its key only: keep the two apart.",
        file=sys.stderr,
    )
    if key_out is None:
        _show_once(sealed.key, "bundle's key", "Whoever has both has the credentials.")


def _open_sealed(vault: Credentials, given: argparse.Namespace, asking: Asking) -> None:
    text = _read(Path(given.file).expanduser())
    key = Secret(_read(Path(given.key_file).expanduser())) if given.key_file else asking("The bundle's key")
    opened = vault.open_sealed(text, key)
    for name in part(opened, "accounts") or opened or ():
        print(name if isinstance(name, str) else f"{part(name, 'integration')}/{part(name, 'account')}")


def _way_in(given: argparse.Namespace, asking: Asking) -> dict[str, Any]:
    if given.keyring:
        return {"keyring": True}
    if given.key_file is not None:
        return {"key_file": str(Path(given.key_file).expanduser().absolute())}
    if given.recovery_key:
        return {"recovery_key": asking("Recovery key")}
    return {"password": asking("Password")}


def _check_shown(is_wanted: bool, what: str, otherwise: str) -> None:
    """Refuse to make what would be seen by nobody, or end up in a log, before it is made."""
    if not is_wanted and not sys.stdout.isatty():
        raise UsageError(
            f"The {what} is shown once, and standard output is no terminal: it could be lost, or kept in a log.",
            hint=f"Say what is to become of it: {otherwise}.",
        )


def _show_once(key: Secret, what: str, says: str) -> None:
    print(f"\nThe {what}, shown this once. {says}\n", file=sys.stderr)
    sys.stderr.flush()
    print(key.reveal())


def _write(path: Path, text: str) -> None:
    from penstock.vault.disk import Disk, write_new

    try:
        write_new(Disk(), path, f"{text}\n".encode())
    except FileExistsError:
        raise UsageError(f"{path} exists already; it is left as it is.", hint="Name another file.") from None
    except OSError as exc:
        problem = exc.strerror
    else:
        return
    raise StoreError(f"{path} cannot be written: {problem}.", hint="Name another file.")


def _read(path: Path) -> str:
    problem = ""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BUNDLE_BYTES)
        return raw.decode("ascii").strip()
    except OSError as exc:
        problem = f"{path} cannot be read: {exc.strerror}."
    except UnicodeDecodeError:  # it has the file's text
        problem = f"{path} is not what penstock vault seal wrote."
    raise UsageError(problem, hint="Check the path.")


def when(instant: Any) -> str:
    """Return an instant (wall seconds, or a datetime) as UTC text."""
    from penstock.clock import utc

    found = utc(float(instant)) if isinstance(instant, int | float) else instant
    return f"{found:%Y-%m-%d %H:%M} UTC" if hasattr(found, "strftime") else str(found)


Action = Callable[["Credentials", argparse.Namespace, Asking], int | None]
ACTIONS: Mapping[str, Action] = {
    "status": _status,
    "create": _create,
    "unlock": _unlock,
    "lock": _lock,
    "change-password": _change_password,
    "rotate": _rotate,
    "ways": _ways,
    "add-way": _add_way,
    "remove-way": _remove_way,
    "backup": _backup,
    "seal": _seal,
    "open-sealed": _open_sealed,
}
