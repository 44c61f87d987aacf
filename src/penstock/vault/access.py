"""Access to a vault: unlocked or locked, always the file as it is now, and one writer at a time."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from penstock.clock import Clock
from penstock.errors import VaultBusy, VaultError, VaultLocked, VaultRolledBack, WrongPassword
from penstock.redact import Secret
from penstock.vault.anchor import Anchor, Mark
from penstock.vault.attempts import Attempts
from penstock.vault.contents import Contents
from penstock.vault.disk import Disk
from penstock.vault.envelope import KEY_BYTES, HiddenKey, VaultKeys
from penstock.vault.file import VaultFile
from penstock.vault.format import build_image, parse_image, verify
from penstock.vault.kdf import KdfPolicy
from penstock.vault.keys import Way, make_slot, open_header
from penstock.vault.records import Header, Image
from penstock.vault.ways import PasswordWay


class Access:
    """Hold the keys of one vault file while it is unlocked. Threads may share one; so may processes the file."""

    def __init__(self, path: Path, clock: Clock, policy: KdfPolicy, anchor: Anchor, disk: Disk) -> None:
        self._clock, self._policy, self._anchor = clock, policy, anchor
        self.file = VaultFile(path, clock, disk)
        self._attempts = Attempts(clock)
        self._guard = threading.RLock()
        self._contents: Contents | None = None

    def create(self, password: Secret) -> None:
        """Make the vault; nothing may stand in its place."""
        self.file.make_folder()
        with self._guard, self.file.locked():
            if os.path.lexists(self.file.path):
                raise VaultError(
                    f"There is something at {self.file.path} already; it is left as it is.",
                    hint="Open it, or name another path.",
                )
            keys = VaultKeys(os.urandom(16), HiddenKey(os.urandom(KEY_BYTES)))
            slot = make_slot(keys, PasswordWay(password), self._policy.choose(self._clock))
            header = Header(keys.vid, 1, 0, int(self._clock.wall()), (slot,))
            self._install(Contents(build_image(header, (), keys), keys), None)

    def parse(self) -> Image:
        """Return what stands in the file now, checked as far as can be without a key."""
        return parse_image(self.file.read(), self._policy)

    @property
    def is_locked(self) -> bool:
        """Say whether there are no keys."""
        return self._contents is None

    def lock(self) -> None:
        """Forget the keys."""
        with self._guard:
            self._contents = None

    def unlock(self, way: Way, *, restore: bool) -> None:
        """Open the vault by one way in."""
        with self._guard:
            self._attempts.check()
            try:
                slot, keys = open_header(self.parse().header, way)
            except WrongPassword:
                self._attempts.failed()
                raise
            self._attempts.succeeded()
            # The mark first, then the file once more: a writer may have been here while Argon2id ran.
            mark = self._anchor.read(keys.vid)
            image = self._same_vid(self.parse(), keys)
            contents = Contents(verify(image, keys), keys)
            expires = next((seen.expires for seen in image.header.slots if seen.slot_id == slot.slot_id), 0)
            if expires is not None and expires <= self._latest(mark):
                raise VaultLocked("This way into the vault has ended.", hint="Unlock it with the password.")
            if restore and mark is not None and mark.has_passed(image):
                self._restore(contents, mark)
                return
            self._refuse_older(image, mark)
            self._remember(contents)
            self._contents = contents

    def _restore(self, older: Contents, mark: Mark) -> None:
        """Write an older file as the newest generation, so that nobody takes it for older again."""
        with self.file.locked():
            if self.file.read() != older.image.raw:
                raise VaultBusy("The vault was written to while it was being restored.")
            newest = max(older.image.header.generation, mark.generation)
            self._install(older.next(self._clock.wall(), generation=newest + 1), older)

    def current(self) -> Contents:
        """Return the contents as the file has them now. Raises VaultLocked, VaultDamaged, VaultRolledBack."""
        with self._guard:
            known = self._contents
            if known is None:
                raise VaultLocked("The vault is locked.")
            mark = self._anchor.read(known.keys.vid)  # before the file: it never runs ahead of it
            raw = self.file.read()
            if raw != known.image.raw:
                image = verify(self._same_vid(parse_image(raw, self._policy), known.keys), known.keys)
                self._refuse_older(image, Mark.of(known.image, 0.0))
                self._contents = known = Contents(image, known.keys)
            self._refuse_older(known.image, mark)
            return known

    def _refuse_older(self, image: Image, mark: Mark | None) -> None:
        if mark is not None and mark.has_passed(image):
            self._contents = None
            raise VaultRolledBack(
                f"The vault at {self.file.path} is generation {image.header.generation}; seen here was "
                + ("one with newer keys." if mark.is_retired else f"generation {mark.generation}.")
            )

    def change(self, edit: Callable[[Contents], Contents]) -> Contents:
        """Write what `edit` makes of the contents as they are now, and return it; on the disk when this returns."""
        with self._guard, self.file.locked():
            old = self.current()
            fresh = edit(old)
            self._install(fresh, old)
            if fresh.keys.vid != old.keys.vid:
                last = Mark.of(old.image, self._clock.wall())
                self._anchor.write(old.keys.vid, replace(last, is_retired=True))
            return fresh

    def now(self) -> float:
        """Return the wall time, or the latest time seen here where the clock was set back since."""
        return self._latest(self._anchor.read(self.current().keys.vid))

    def _latest(self, mark: Mark | None) -> float:
        return max(self._clock.wall(), mark.at if mark else 0.0)

    def _install(self, fresh: Contents, old: Contents | None) -> None:
        stands = (old.image.header.generation, old.image.raw) if old else None
        self.file.replace(fresh.image.raw, stands)
        self._contents = fresh
        self._remember(fresh)

    def _remember(self, contents: Contents) -> None:
        vid, image = contents.keys.vid, contents.image
        mark = self._anchor.read(vid)
        if mark is None or mark.generation <= image.header.generation:  # not where a writer was here since
            self._anchor.write(vid, Mark.of(image, self._latest(mark)))

    def _same_vid(self, image: Image, keys: VaultKeys) -> Image:
        if image.header.vid == keys.vid:
            return image
        self._contents = None
        raise VaultLocked("The vault was given new keys, or is another one.", hint="Unlock it again.")
