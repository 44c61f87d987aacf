"""The vault as a whole: make, unlock, lock, its ways in, bundles. The accounts in it: `credentials.py`.

What is asked is done by the keeper of the vault: the agent's process, or one in this process (keeping.py).
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.asking import ask
from penstock.errors import UsageError, VaultError
from penstock.keeping import Keeping
from penstock.lookout import Lookout
from penstock.redact import Secret
from penstock.vault.bundle import Sealed

log = logging.getLogger("penstock.vault")

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_ON_BINDER = (
    "On Binder nothing is kept: this vault ends with the machine. Open a sealed bundle: vault.open_sealed()."
)
_ENOUGH = "12 characters or more"


@dataclass(frozen=True, slots=True)
class VaultStatus:
    """How the vault is. where: "agent" or "here"; idle_left_s, absolute_left_s: until an agent locks it by itself.

    is_kept: False where what is written ends with the machine (Binder); `note` says what else a person should know.
    """

    exists: bool
    is_locked: bool
    path: str
    where: str
    is_kept: bool = True
    idle_left_s: float | None = None
    absolute_left_s: float | None = None
    note: str = ""


class Unlocking:
    """The vault of a home, as a whole."""

    def __init__(self, keeping: Keeping, seen: tuple[Path, ...]) -> None:
        self._keeping = keeping
        self._watchers: tuple[Callable[[], None], ...] = ()
        self._lookout = Lookout(keeping, seen, self.changed)

    def watch(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener()` when anything shown may have changed, here or in another process; return what ends that.

        It is called on any thread; changes of other processes are seen within a few seconds.
        """
        self._watchers = (*self._watchers, listener)
        self._lookout.begin()

        def unwatch() -> None:
            self._watchers = tuple(known for known in self._watchers if known is not listener)
            if not self._watchers:
                self._lookout.end()

        return unwatch

    def changed(self) -> None:
        """Tell those who watch."""
        self._lookout.forget()
        for listener in self._watchers:
            try:
                listener()
            except Exception:
                log.exception("A listener to the vault raised; the work goes on.")

    def status(self) -> VaultStatus:
        """Return how the vault is."""
        found = self._keeping.ask("status")
        is_kept = found["is_kept"] and not _is_binder()
        names = ("exists", "is_locked", "path", "where", "idle_left_s", "absolute_left_s")
        note = "" if is_kept else _ON_BINDER
        return VaultStatus(**{name: found[name] for name in names}, is_kept=is_kept, note=note)

    @property
    def is_locked(self) -> bool:
        """Say whether it must be unlocked before accounts can be used."""
        return self.status().is_locked

    def create(self, password: Secret | None = None, *, recovery: bool = True) -> Secret | None:
        """Make the vault and leave it unlocked; return the recovery key, which is never shown again.

        password: at least 12 characters; asked for, twice, where none is given. Takes about a second.
        """
        if password is None:
            password = _ask_twice()
        found = self._keeping.ask("create", password=password, recovery=recovery)
        self.changed()
        key: Secret | None = found["recovery_key"]
        return key

    def unlock(
        self,
        password: Secret | None = None,
        *,
        key_file: str | Path | Secret | None = None,
        recovery_key: Secret | None = None,
        keyring: bool = False,
        restore: bool = False,
    ) -> None:
        """Unlock the vault by one way in; with none given, by the key file named in PENSTOCK_KEY_FILE (or systemd's
        `penstock-key`), by this machine's keyring where it remembers the vault, or by a hidden prompt.

        restore: take an older file than the last one seen, for good. Raises WrongPassword, UnlockDelayed,
        VaultDamaged, VaultRolledBack, VaultExposed.
        """
        given = {"password": password, "key_file": key_file, "recovery_key": recovery_key}
        if not keyring and not any(value is not None for value in given.values()):
            if not restore and not self.is_locked:
                return
            if not self.status().exists:
                raise VaultError("There is no vault yet.", hint="Make one: ps.vault().create().")
            key_file = _find_key_file(os.environ)
            if key_file is None and self._unlock_by_keyring(restore):
                return
            if key_file is None:
                password = ask("Password of the vault: ")
        if isinstance(key_file, Path):
            key_file = str(key_file)
        self._keeping.ask(
            "unlock",
            password=password,
            key_file=key_file,
            recovery_key=recovery_key,
            keyring=keyring,
            restore=restore,
        )
        self.changed()

    def _unlock_by_keyring(self, restore: bool) -> bool:
        if not any(way["kind"] == "keyring" for way in self.ways()):
            return False
        try:
            self._keeping.ask("unlock", keyring=True, restore=restore)
        except (VaultError, UsageError) as exc:
            log.info("The keyring does not open the vault: %s", exc)
            return False
        self.changed()
        return True

    def lock(self) -> None:
        """Forget the keys, for every notebook that uses them; the agent ends with that."""
        self._keeping.ask("lock")
        self.changed()

    def change_password(self, old: Secret | None = None, new: Secret | None = None) -> None:
        """Let another password open the vault; asks for both where they are not given."""
        old = old if old is not None else ask("Password now: ")
        if new is None:
            new = _ask_twice()
        self._keeping.ask("change_password", old=old, new=new)
        self.changed()

    def rotate(
        self,
        password: Secret | None = None,
        *,
        key_file: str | Path | Secret | None = None,
        recovery_key: Secret | None = None,
        keyring: bool = False,
    ) -> dict[str, Any]:
        """Encrypt everything under new keys, where the old ones may be known; earlier copies no longer open anything new.

        Only the way in that is given stays; the others are returned as dropped, to be added again.
        """
        if password is None and key_file is None and recovery_key is None and not keyring:
            password = ask("Password of the vault: ")
        key_file = str(key_file) if isinstance(key_file, Path) else key_file
        rotated: dict[str, Any] = self._keeping.ask(
            "rotate", password=password, key_file=key_file, recovery_key=recovery_key, keyring=keyring
        )
        self.changed()
        return rotated

    def ways(self) -> list[dict[str, Any]]:
        """Return the ways into the vault: name, kind, expires (wall seconds)."""
        found: list[dict[str, Any]] = self._keeping.ask("ways")
        return found

    def add_way(
        self,
        kind: str,
        *,
        password: Secret | None = None,
        path: str | Path | None = None,
        expires_s: float | None = None,
    ) -> dict[str, Any]:
        """Add a way in: "password", "key_file" (a new file at `path`), "recovery" or "keyring"; what is returned has
        the recovery key, this once.
        """
        kind = {"key file": "key_file", "recovery key": "recovery"}.get(kind, kind)  # as `ways` names them
        if kind == "password" and password is None:
            password = _ask_twice()
        where = str(path) if path is not None else None
        added: dict[str, Any] = self._keeping.ask(
            "add_way", kind=kind, password=password, path=where, expires_s=expires_s
        )
        self.changed()
        return added

    def remove_way(self, name: str) -> None:
        """Remove a way in, by the name `ways` gives."""
        self._keeping.ask("remove_way", name=name)
        self.changed()

    def backup(self, path: str | Path) -> None:
        """Write the vault as it is now, encrypted, to a new file."""
        self._keeping.ask("backup", path=str(Path(path).expanduser().absolute()))

    def seal(self, names: Iterable[str], expires: str | float = "12h") -> Sealed:
        """Return a bundle of the accounts named ("stripe/acme") for a CI job or a worker: `.text`, and `.key` apart from it.

        expires: "30m", "12h", "7d", or seconds. A refresh token that serves only once does not come along.
        """
        names = [names] if isinstance(names, str) else list(names)
        found = self._keeping.ask("seal", names=names, expires_s=read_span(expires))
        return Sealed(found["text"], found["key"], found["expires"])

    def open_sealed(self, text: str | None = None, key: Secret | None = None) -> list[str]:
        """Take a bundle's accounts in, for as long as it lasts, and return their names; nothing is written.

        Without arguments: the bundle in the file PENSTOCK_BUNDLE names, its key in the file PENSTOCK_BUNDLE_KEY_FILE
        names, or in PENSTOCK_BUNDLE_KEY, which is taken out of the environment before anything is started.
        """
        if text is None:
            where = os.environ.get("PENSTOCK_BUNDLE")
            if not where:
                raise UsageError("No bundle was given.", hint="Give its text, or set PENSTOCK_BUNDLE=FILE.")
            text = _read(Path(where).expanduser(), "PENSTOCK_BUNDLE")
        if key is None:
            key = _find_bundle_key()
        names: list[str] = self._keeping.ask("open_sealed", text=text, key=key)["accounts"]
        self.changed()
        return names


def _ask_twice() -> Secret:
    password = ask(f"New password ({_ENOUGH}): ")
    if password != ask("The same again: "):
        raise UsageError("The two are not the same.", hint="Nothing was changed; run it again.")
    return password


def read_span(span: str | float) -> float:
    """Return "30m", "12h" or "7d", or a number of seconds, as seconds."""
    if isinstance(span, int | float) and not isinstance(span, bool):
        return float(span)
    match = re.fullmatch(r"(\d{1,6})\s*([smhd])", str(span).strip())
    if match is None or int(match[1]) == 0:
        raise UsageError(f"{span!r} is not a length of time.", hint='For example "30m", "12h" or "7d".')
    return int(match[1]) * _UNITS[match[2]]


def _is_binder(environ: Mapping[str, str] = os.environ) -> bool:
    return any(environ.get(name) for name in ("BINDER_SERVICE_HOST", "BINDER_LAUNCH_HOST", "BINDER_REPO_URL"))


def _find_key_file(environ: Mapping[str, str]) -> str | None:
    """Return the key file the environment or systemd names, None where neither does."""
    named = environ.get("PENSTOCK_KEY_FILE")
    if named:
        return str(Path(named).expanduser())
    folder = environ.get("CREDENTIALS_DIRECTORY")
    found = Path(folder) / "penstock-key" if folder else None
    return str(found) if found is not None and found.is_file() else None


def _find_bundle_key() -> Secret:
    where = os.environ.get("PENSTOCK_BUNDLE_KEY_FILE")
    if where:
        return Secret(_read(Path(where).expanduser(), "PENSTOCK_BUNDLE_KEY_FILE").strip())
    found = os.environ.pop("PENSTOCK_BUNDLE_KEY", None)  # every child would inherit it
    if not found:
        raise UsageError(
            "The bundle's key was not given.",
            hint="Give key=ps.ask(), or set PENSTOCK_BUNDLE_KEY_FILE=FILE (better than PENSTOCK_BUNDLE_KEY=…, "
            "which every program started from here can read).",
        )
    return Secret(found)


def _read(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else "it is no text"
        raise UsageError(f"{path} cannot be read: {why}.", hint=f"{name} names a file.") from None
