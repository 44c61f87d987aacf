"""The vault: credentials in one encrypted file. `Vault.create` makes one, `Vault.open` reads one that is there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from penstock.clock import Clock, SystemClock
from penstock.errors import UsageError
from penstock.redact import Secret
from penstock.store import translate
from penstock.vault import rekeying
from penstock.vault.access import Access
from penstock.vault.anchor import Anchor, FileAnchor
from penstock.vault.bundle import Sealed, seal
from penstock.vault.contents import Contents
from penstock.vault.disk import Disk, write_new
from penstock.vault.kdf import KdfPolicy
from penstock.vault.keys import Way
from penstock.vault.passwords import check_password
from penstock.vault.records import Credential, Entry, KdfCost, SlotKind
from penstock.vault.rekeying import Rotated, SlotAdded, SlotShown
from penstock.vault.ways import (
    Keyring,
    KeyWay,
    given_ways,
    make_key_file,
    new_recovery_key,
    only_one,
    read_recovery_key,
    system_keyring,
)

REMEMBERED_S = 12 * 3600.0  # how long a keyring remembers a vault, unless told otherwise
_NO_COST = KdfCost(0, 0, 0)


class Vault:
    """Keep credentials: unlock, then put, get, list, remove.

    Every change reads the file again under a lock and puts the next generation in its place, so that several
    processes may use one vault. clock, policy, anchor, keyring and disk have honest defaults. open_fields: names of
    fields that are no secrets; what stands in one may stand in an account's notes as well.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        clock: Clock | None = None,
        policy: KdfPolicy | None = None,
        anchor: Anchor | None = None,
        keyring: Keyring | None = None,
        disk: Disk | None = None,
        open_fields: Collection[str] = (),
    ) -> None:
        self.path = Path(path).expanduser()
        self._clock, self._policy = clock or SystemClock(), policy or KdfPolicy()
        self._keyring, self._disk = keyring, disk or Disk()
        self._open_fields = frozenset(open_fields)
        self._access = Access(self.path, self._clock, self._policy, anchor or FileAnchor(), self._disk)

    @classmethod
    def create(cls, path: Path | str, *, password: Secret, **settings: Any) -> Vault:
        """Make a new vault that this password opens, and return it unlocked; about a second of Argon2id."""
        check_password(password)
        vault = cls(path, **settings)
        vault._access.create(password)
        return vault

    @classmethod
    def open(cls, path: Path | str, **settings: Any) -> Vault:
        """Return the vault at `path`, locked; raises VaultError where none is there, or it cannot be one."""
        vault = cls(path, **settings)
        vault._access.parse()
        return vault

    @property
    def is_locked(self) -> bool:
        """Say whether it must be unlocked before use."""
        return self._access.is_locked

    def lock(self) -> None:
        """Forget the keys."""
        self._access.lock()

    def unlock(
        self,
        *,
        password: Secret | None = None,
        key_file: Path | str | Secret | None = None,
        recovery_key: Secret | None = None,
        keyring: bool = False,
        restore: bool = False,
    ) -> None:
        """Open the vault by one way in. `restore=True` takes an older file than the last one seen, for good.

        key_file: its path, or its text as a Secret. Raises WrongPassword (after five, UnlockDelayed for a while),
        VaultDamaged, VaultRolledBack, VaultExposed, VaultLocked where a way in has ended.
        """
        ways = given_ways(password, key_file, recovery_key, self._known_keyring(keyring))
        only_one(len(ways))
        self._access.unlock(ways[0], restore=restore)

    def get(self, integration: str, account: str) -> Credential:
        """Return an account's credential as the file has it now; raises UnknownName where there is none."""
        return self._access.current().credential(integration, account)

    def list(self) -> tuple[Entry, ...]:
        """Return every account in the vault; never a secret."""
        return self._access.current().entries()

    def put(
        self,
        integration: str,
        account: str,
        fields: Mapping[str, Secret] | None,
        meta: Mapping[str, Any] | None = None,
        *,
        expect: int | None = None,
    ) -> int:
        """Write a credential and return its version; on the disk when this returns.

        fields: its Secrets by name; None keeps those there are. meta: label, expiry (seconds since 1970), health, and
        notes by any other name; what is not named stays, None removes. It stands in the open, authenticated. expect:
        the version there must be now (0: none yet), else RecordChanged. Raises DiskFull where it cannot be written.
        """
        now, changes = self._clock.wall(), dict(meta or {})
        fresh = self._access.change(
            lambda contents: contents.with_credential(
                integration, account, fields, changes, expect, now, open_fields=self._open_fields
            )
        )
        return fresh.image.header.generation

    def remove(self, integration: str, account: str, *, expect: int | None = None) -> None:
        """Take a credential out; the last five generations of the file may still hold it, encrypted."""
        now = self._clock.wall()
        self._access.change(lambda contents: contents.without(integration, account, expect, now))

    def slots(self) -> tuple[SlotShown, ...]:
        """Return the ways into the vault; of a locked one as its file says, which nobody has vouched for yet."""
        image = self._access.parse() if self.is_locked else self._access.current().image
        return tuple(SlotShown.of(slot) for slot in image.header.slots)

    def change_password(self, old: Secret, new: Secret) -> None:
        """Let `new` open the vault where `old` did; earlier generations, which `old` opens, are removed.

        Backups made before still open with `old`. Where it may be known to others, `rotate` as well.
        """
        check_password(new)
        self._access.current()
        cost, now = self._policy.choose(self._clock), self._clock.wall()
        self._access.change(lambda contents: rekeying.change_password(contents, old, new, cost, now))
        self._access.file.drop_generations()

    def add_slot(
        self,
        *,
        password: Secret | None = None,
        key_file: Path | str | None = None,
        recovery: bool = False,
        keyring: bool = False,
        expires_s: float | None = None,
    ) -> SlotAdded:
        """Add one way in: another password, a new key file at a path, a recovery key, or this machine's keyring.

        The recovery key is in what is returned, and nowhere else. `expires_s`: how long the way in lasts; twelve hours
        for the keyring where nothing is said, for ever for the others.
        """
        only_one(sum((password is not None, key_file is not None, recovery, keyring)))
        now = self._access.now()  # raises where it is locked, before a key file is made
        if keyring and expires_s is None:
            expires_s = REMEMBERED_S
        expires = None if expires_s is None else _ends_at(now, expires_s)
        recovery_key = new_recovery_key() if recovery else None
        way: Way
        if key_file is not None:
            way = KeyWay(SlotKind.KEY_FILE, make_key_file(Path(key_file).expanduser(), self._disk))
        elif recovery_key is not None:
            way = KeyWay(SlotKind.RECOVERY, read_recovery_key(recovery_key))
        else:
            chosen = check_password(password) if password is not None else None
            way = given_ways(chosen, None, None, self._known_keyring(keyring))[0]
        cost = self._policy.choose(self._clock) if way.kind is SlotKind.PASSWORD else _NO_COST
        fresh = self._access.change(lambda contents: rekeying.add_slot(contents, way, cost, now, expires))
        return SlotAdded(SlotShown.of(fresh.image.header.slots[-1]), recovery_key)

    def remove_slot(self, name: str) -> None:
        """Remove a way in, and the earlier generations it opens."""
        now = self._clock.wall()
        self._access.change(lambda contents: rekeying.remove_slot(contents, name, now))
        self._access.file.drop_generations()

    def rotate(
        self,
        *,
        password: Secret | None = None,
        key_file: Path | str | Secret | None = None,
        recovery_key: Secret | None = None,
        keyring: bool = False,
    ) -> Rotated:
        """Encrypt everything under a new vault key, where the old one may be known; earlier generations are removed.

        Only the ways in that are given here stay open: a slot cannot be made anew without its key. What is dropped
        is returned, to be added again.
        """
        ways = given_ways(password, key_file, recovery_key, self._known_keyring(keyring))
        self._access.current()
        is_costly = any(way.kind is SlotKind.PASSWORD for way in ways)
        cost = self._policy.choose(self._clock) if is_costly else _NO_COST
        told: list[Rotated] = []

        def edit(contents: Contents) -> Contents:
            fresh, rotated = rekeying.rotate(contents, ways, cost, self._clock.wall())
            told.append(rotated)
            return fresh

        self._access.change(edit)
        self._access.file.drop_generations()
        return told[0]

    def backup(self, path: Path | str) -> None:
        """Write the vault as it is now to a new file. To use one: put it in the vault's place, unlock with restore=True."""
        target = Path(path).expanduser()
        try:
            write_new(self._disk, target, self._access.current().image.raw)
            self._disk.sync_folder(target.parent)
        except FileExistsError:
            raise UsageError(f"{target} exists already; it is left as it is.", hint="Name another.") from None
        except OSError as exc:
            raise translate(exc, target) from exc

    def seal(
        self,
        names: Iterable[str],
        *,
        expires_s: float = 12 * 3600.0,
        leave_out: Mapping[str, Collection[str]] | None = None,
    ) -> Sealed:
        """Return a bundle of the accounts named ("stripe/acme"), which `open_sealed` reads for `expires_s` seconds.

        leave_out: fields of an account that do not come along, {"quickbooks/acme": ["refresh_token"]}.
        """
        wanted = [names] if isinstance(names, str) else list(names)
        if not wanted:
            raise UsageError("A bundle holds one account at least.", hint='vault.seal(["stripe/acme"])')
        contents, now = self._access.current(), self._access.now()
        records = {name: contents.record(*name.partition("/")[::2]) for name in wanted}
        left = {
            records[name].record_id: fields for name, fields in (leave_out or {}).items() if name in records
        }
        return seal(contents, list(records.values()), _ends_at(now, expires_s), now, left)

    def _known_keyring(self, is_wanted: bool) -> Keyring | None:
        return (self._keyring or system_keyring()) if is_wanted else None

    def __repr__(self) -> str:
        return f"<Vault {self.path}, {'locked' if self.is_locked else 'unlocked'}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A vault cannot be pickled or copied: open it where it is needed.")

    __copy__ = __deepcopy__ = __reduce_ex__


def _ends_at(now: float, expires_s: float) -> int:
    if not 1 <= expires_s <= 2**30:
        raise UsageError(
            f"expires_s is {expires_s!r}; it is seconds from now, at most some thirty years.",
            hint="For example 12 * 3600.",
        )
    return int(now + expires_s)
