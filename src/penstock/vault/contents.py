"""An unlocked vault's contents, and how a change makes the next generation of them. It decides; it does no I/O."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from penstock.errors import RecordChanged, UnknownName, UsageError, VaultError, nearest
from penstock.redact import Secret, redact
from penstock.vault.envelope import Draw, VaultKeys, decrypt_record, encrypt_record
from penstock.vault.format import build_image
from penstock.vault.records import Credential, Entry, Header, Image, Meta, Record, Slot
from penstock.vault.schema import is_encodable, write_meta, wrong_meta

MOST_FIELDS, MOST_CREDENTIAL = 32, 128 * 1024
# Random 96-bit nonces under one key: NIST SP 800-38D, 8.3, allows 2^32 uses.
MOST_KEK_USES = 2**32


@dataclass(frozen=True, slots=True)
class Contents:
    """A believed image, with the keys that open it."""

    image: Image
    keys: VaultKeys

    def entries(self) -> tuple[Entry, ...]:
        """Return what a list shows, in the order of names."""
        found = [Entry.of(record) for record in self.image.records]
        return tuple(sorted(found, key=lambda entry: (entry.integration, entry.account)))

    def record(self, integration: str, account: str) -> Record:
        """Return the record of an account, or raise UnknownName with the nearest there are."""
        found = self.image.find(integration, account)
        if found is not None:
            return found
        accounts = [entry.account for entry in self.entries() if entry.integration == integration]
        near = (
            nearest(account, accounts) or f"Add it: vault.add({integration!r}, {account!r}, token=ps.ask())."
        )
        raise UnknownName(
            f"The vault has no account {account!r} of {integration!r}.",
            hint=near,
            integration=integration,
            account=account,
        )

    def credential(self, integration: str, account: str) -> Credential:
        """Return an account's credential, opened."""
        record = self.record(integration, account)
        return Credential(Entry.of(record), decrypt_record(self.keys, record))

    def with_credential(
        self,
        integration: str,
        account: str,
        fields: Mapping[str, Secret] | None,
        changes: Mapping[str, Any],
        expect: int | None,
        now: float,
        draw: Draw = os.urandom,
        open_fields: Collection[str] = (),
    ) -> Contents:
        """Return the next generation, with this credential in it; `fields` None keeps those there are.

        `expect`: the version there must be now (0: none yet), else RecordChanged. A version is the generation that
        wrote it, so no two ever share one, removed and made anew or not.
        """
        old = self.image.find(integration, account)
        self._compare(old, integration, account, expect)
        if fields is None:
            fields = self.credential(integration, account).fields
        _check_fields(fields)
        meta = _changed_meta(old.meta if old else Meta(integration, account), changes, fields, open_fields)
        record_id = old.record_id if old else draw(16)
        version = self.image.header.generation + 1
        fresh = encrypt_record(self.keys, record_id, version, meta, write_meta(meta), fields, draw)
        others = [record for record in self.image.records if record is not old]
        return self.next(now, records=[*others, fresh], uses=1)

    def without(self, integration: str, account: str, expect: int | None, now: float) -> Contents:
        """Return the next generation, with this credential gone."""
        old = self.record(integration, account)
        self._compare(old, integration, account, expect)
        return self.next(now, records=[record for record in self.image.records if record is not old])

    def _compare(self, old: Record | None, integration: str, account: str, expect: int | None) -> None:
        version = old.version if old else 0
        if expect is not None and version != expect:
            raise RecordChanged(
                f"The credential is at version {version}, not {expect}: it was written by another meanwhile."
                if version
                else "The credential is no longer in the vault: it was removed by another meanwhile.",
                integration=integration,
                account=account,
            )

    def next(
        self,
        now: float,
        *,
        records: Sequence[Record] | None = None,
        slots: Sequence[Slot] | None = None,
        uses: int = 0,
        generation: int | None = None,
    ) -> Contents:
        """Return the next generation with other records or slots; slots past their time are dropped."""
        header = self.image.header
        if header.kek_uses + uses > MOST_KEK_USES:
            raise VaultError(
                "The vault's key has encrypted as much as it safely can.",
                hint="Give it a new one: vault.rotate().",
            )
        kept = tuple(
            slot
            for slot in (header.slots if slots is None else slots)
            if slot.expires is None or slot.expires > now
        )
        fresh = replace(
            header,
            generation=generation or header.generation + 1,
            kek_uses=header.kek_uses + uses,
            slots=kept or header.slots,  # never none: the file would open for nobody
        )
        kept_records = self.image.records if records is None else records
        return Contents(build_image(fresh, kept_records, self.keys), self.keys)

    def rekeyed(
        self,
        keys: VaultKeys,
        slots: Sequence[Slot],
        records: Sequence[Record],
        created: int,
        leave_out: Mapping[bytes, Collection[str]] | None = None,
    ) -> Contents:
        """Return these records under another vault key and vid, each with a DEK of its own and the version it had.

        leave_out: names of fields that do not come along, by record id.
        """
        left = leave_out or {}
        header = Header(keys.vid, self.image.header.generation + 1, len(records), created, tuple(slots))
        again = [
            encrypt_record(
                keys,
                record.record_id,
                record.version,
                record.meta,
                record.meta_text,
                {
                    name: secret
                    for name, secret in decrypt_record(self.keys, record).items()
                    if name not in left.get(record.record_id, ())
                },
            )
            for record in records
        ]
        return Contents(build_image(header, again, keys), keys)


def _check_fields(fields: Mapping[str, Secret]) -> None:
    for name, secret in fields.items():
        if not isinstance(secret, Secret):
            raise UsageError(
                f"The field {name!r} is a {type(secret).__name__}; a credential's fields are ps.Secret.",
                hint="Wrap it where it is read, so that it is never shown.",
            )
        if not isinstance(name, str) or not 1 <= len(name) <= 100 or not is_encodable(name):
            raise UsageError(
                "A credential's field has a name that is no short text.", hint="For example token."
            )
    if not 1 <= len(fields) <= MOST_FIELDS:
        raise UsageError(
            f"A credential has {len(fields)} fields; from 1 to {MOST_FIELDS} can be.",
            hint="For example token=…",
        )
    if sum(len(json.dumps(secret.reveal())) for secret in fields.values()) > MOST_CREDENTIAL:
        raise UsageError(
            f"The credential is larger than {MOST_CREDENTIAL} bytes.",
            hint="A vault holds keys, not documents.",
        )


def _changed_meta(
    meta: Meta, changes: Mapping[str, Any], fields: Mapping[str, Secret], open_fields: Collection[str]
) -> Meta:
    """Return meta with `changes`: label, expiry and health by name, everything else among the notes (None removes)."""
    for name in ("integration", "account"):
        if changes.get(name, getattr(meta, name)) != getattr(meta, name):
            raise UsageError(
                f"A credential's {name} cannot be changed.", hint="Add it anew and remove the old one."
            )
    if "notes" in changes or not all(isinstance(name, str) for name in changes):
        raise UsageError("Notes are given one by one, each by its name.", hint='For example kind="oauth".')
    named = {name: changes[name] for name in ("label", "expiry", "health") if name in changes}
    if "label" in named:
        named["label"] = named["label"] or ""
    notes = {**meta.notes, **{name: note for name, note in changes.items() if not hasattr(meta, name)}}
    notes = {name: note for name, note in notes.items() if note is not None}
    changed = replace(meta, **named, notes=notes)
    wrong = wrong_meta(changed)
    if wrong is not None:
        raise UsageError(
            f"{wrong!r} is not what a vault keeps in the open about a credential.",
            hint="Names and labels are short text, expiry is seconds since 1970, notes are numbers, text or lists of text.",
        )
    text = write_meta(changed)
    for value in {fields[name].reveal() for name in open_fields if name in fields} - {""}:
        text = text.replace(value, "")  # an account's number, say, which is part of an address too
    shown = [name for name, secret in fields.items() if len(secret.reveal()) > 3 and secret.reveal() in text]
    if shown or redact(text) != text:
        raise UsageError(
            f"A label or note holds the secret itself ({', '.join(shown) or 'or another one'}); those are not encrypted.",
            hint="Put secrets into fields only.",
        )
    return changed
