"""The attacks of the vault's design, each with what a sound file does."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from vaults import CHEAP, OTHER, PASSWORD, TOKEN, forge, judge, make_vault, open_bytes, reopen
from vaults import settings as vault_settings

from penstock.errors import VaultDamaged, VaultError, VaultExposed, VaultRolledBack, WrongPassword
from penstock.redact import Secret
from penstock.vault import schema
from penstock.vault.envelope import HiddenKey, VaultKeys
from penstock.vault.format import parse_image
from penstock.vault.kdf import KdfPolicy
from penstock.vault.keys import make_slot
from penstock.vault.records import Image, KdfCost
from penstock.vault.vault import Vault
from penstock.vault.ways import PasswordWay


def test_the_sound_file_opens(sound: bytes) -> None:
    """The control of everything below: unchanged, the file gives both credentials."""
    _, found = open_bytes(sound)
    assert found["stripe/acme"]["token"] == TOKEN
    assert judge(forge(sound, lambda image: image)) == "accepted"


def flips(raw: bytes, mask: int) -> Counter[str]:
    return Counter(judge(raw[:at] + bytes([raw[at] ^ mask]) + raw[at + 1 :]) for at in range(len(raw)))


@pytest.mark.parametrize("mask", [1 << bit for bit in range(8)])
def test_no_flipped_bit_is_accepted(sound: bytes, mask: int) -> None:
    """Whichever bit of a file is flipped, the answer is an error of the vault's."""
    seen = flips(sound, mask)
    assert seen.total() == len(sound) > 1000
    assert set(seen) <= {"VaultDamaged", "WrongPassword", "VaultError"}
    # A version that is higher is a newer Penstock; salt and commit decide what the password is.
    assert seen["VaultError"] <= 2
    assert seen["WrongPassword"] < 60


def test_without_the_schema_the_flips_find_other_errors(
    sound: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: leave out the check of names and types, and a flipped bit ends in an error that is not ours."""
    monkeypatch.setattr(schema, "_check", lambda found, checks, what: found)
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        flips(sound, 0x01)


def test_no_truncated_or_longer_file_is_accepted(sound: bytes) -> None:
    """A file cut at any length, or with a byte more, is damaged."""
    seen = Counter(judge(sound[:length]) for length in range(len(sound)))
    assert set(seen) == {"VaultDamaged"}
    assert judge(sound + b"\0") == "VaultDamaged"
    assert judge(sound[:-32] + b"\0" + sound[-32:]) == "VaultDamaged"


def swap_ciphertexts(image: Image) -> Image:
    one, two = image.records
    return replace(
        image,
        records=(
            replace(one, dek_nonce=two.dek_nonce, wrapped_dek=two.wrapped_dek, nonce=two.nonce, ciphertext=two.ciphertext),
            replace(two, dek_nonce=one.dek_nonce, wrapped_dek=one.wrapped_dek, nonce=one.nonce, ciphertext=one.ciphertext),
        ),
    )  # fmt: skip


def edit_host(image: Image) -> Image:
    one, two = image.records
    return replace(
        image, records=(replace(one, meta_text=one.meta_text.replace("api.stripe.com", "evil.test")), two)
    )


def raise_version(image: Image) -> Image:
    one, two = image.records
    return replace(image, records=(replace(one, version=one.version + 1), two))


def exchange_ids(image: Image) -> Image:
    one, two = image.records
    return replace(
        image, records=(replace(one, record_id=two.record_id), replace(two, record_id=one.record_id))
    )


@pytest.mark.parametrize("lie", [swap_ciphertexts, edit_host, raise_version, exchange_ids])
def test_a_lie_about_a_record_is_noticed_even_under_a_true_mac(sound: bytes, lie: object) -> None:
    """Ciphertexts exchanged, or a host, version or id edited: the AAD alone catches it, whatever the MAC says."""
    forged = forge(sound, lie)  # type: ignore[arg-type]
    image = parse_image(forged, CHEAP)
    assert image.header == parse_image(sound, CHEAP).header
    assert judge(forged) == "VaultDamaged"


def with_cost(image: Image, cost: KdfCost) -> Image:
    slot = replace(image.header.slots[0], cost=cost)
    return replace(image, header=replace(image.header, slots=(slot,)))


def test_a_lowered_cost_does_not_open(sound: bytes) -> None:
    """Fewer passes than the slot was made with, yet within the floor, is simply another key."""
    image = parse_image(sound, CHEAP)
    higher = with_cost(image, replace(image.header.slots[0].cost, passes=3))
    assert judge(forge(sound, lambda _: higher)) == "WrongPassword"


@pytest.mark.parametrize(
    "cost",
    [KdfCost(16, 1, 1), KdfCost(8, 2, 1), KdfCost(2**31, 2, 1), KdfCost(64, 4, 4), KdfCost(64, 2**31, 1)],
)
def test_a_cost_out_of_bounds_is_refused_before_anything_is_derived(
    sound: bytes, cost: KdfCost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A weakened slot and a memory bomb (2 TiB) are damaged, and Argon2id is never begun."""
    forged = forge(sound, lambda image: with_cost(image, cost))

    def derived(*_: object) -> None:
        raise AssertionError("Argon2id was begun")

    monkeypatch.setattr(sys.modules["penstock.vault.ways"], "derive_from_password", derived)
    assert judge(forged) == "VaultDamaged"
    with pytest.raises(AssertionError):  # the control: the sound file gets that far
        judge(sound)


def test_the_tests_own_policy_is_refused_by_the_real_one(sound: bytes) -> None:
    """A file made under the tests' cheap floor is below the floor that users have."""
    with pytest.raises(VaultDamaged, match="outside the bounds"):
        parse_image(sound, KdfPolicy())


def test_a_slot_added_without_the_vault_key_opens_nothing(sound: bytes) -> None:
    """Somebody who adds a slot for a key of their own breaks the MAC for you, and reads nothing themselves."""
    image = parse_image(sound, CHEAP)
    theirs = VaultKeys(image.header.vid, HiddenKey(b"t" * 32))
    slot = make_slot(theirs, PasswordWay(OTHER), CHEAP.floor)

    def add(image: Image) -> Image:
        return replace(image, header=replace(image.header, slots=(*image.header.slots, slot)))

    forged = forge(sound, add, theirs)
    with pytest.raises(VaultDamaged):
        open_bytes(forged)
    with pytest.raises(VaultDamaged):
        open_bytes(forged, OTHER)


def test_a_record_of_another_vault_does_not_fit(sound: bytes, tmp_path: Path) -> None:
    """The same record id and version under the same vault key, but another vid, is refused: the vid is bound too."""
    contents, _ = open_bytes(sound)
    other = VaultKeys(b"v" * 16, contents.keys.vault_key)
    slot = make_slot(other, PasswordWay(PASSWORD), CHEAP.floor)

    def move(image: Image) -> Image:
        return replace(image, header=replace(image.header, vid=other.vid, slots=(slot,)))

    assert judge(forge(sound, move, other)) == "VaultDamaged"
    empty = forge(sound, lambda image: replace(move(image), records=()), other)
    assert judge(empty) == "accepted"  # the control: it is the records that do not fit


def test_an_older_file_is_refused_until_the_user_restores_it(tmp_path: Path) -> None:
    """After a newer generation was seen, an older file is VaultRolledBack; with restore=True it opens, and stays so."""
    vault = make_vault(tmp_path)
    older = vault.path.read_bytes()
    vault.put("stripe", "acme", {"token": OTHER})
    newer = vault.path.read_bytes()
    vault.path.write_bytes(older)
    with pytest.raises(VaultRolledBack, match="generation 3; seen here was generation 4"):
        reopen(tmp_path)
    with pytest.raises(VaultRolledBack):
        vault.get("stripe", "acme")
    assert vault.is_locked
    assert reopen(tmp_path, restore=True).get("stripe", "acme").fields["token"] == TOKEN
    assert reopen(tmp_path).put("github", "me", {"token": OTHER}) == 6
    vault.path.write_bytes(newer)
    with pytest.raises(VaultRolledBack):
        reopen(tmp_path)


def test_an_unlocked_vault_is_not_given_what_others_have_seen_replaced(tmp_path: Path) -> None:
    """A file newer than this process has seen, yet older than another process has, is refused to both."""
    vault, other = make_vault(tmp_path), reopen(tmp_path)
    other.put("stripe", "acme", {"token": OTHER})
    between = vault.path.read_bytes()
    other.put("stripe", "acme", {"token": PASSWORD})
    vault.path.write_bytes(between)
    for each in (vault, other):
        with pytest.raises(VaultRolledBack):
            each.get("stripe", "acme")


def test_an_unlocked_vault_remembers_by_itself(tmp_path: Path) -> None:
    """With the marks removed too, an unlocked vault refuses a file older than the one it had."""
    vault = make_vault(tmp_path)
    older = vault.path.read_bytes()
    vault.put("stripe", "acme", {"token": OTHER})
    vault.path.write_bytes(older)
    for mark in (tmp_path / "marks").iterdir():
        mark.unlink()
    with pytest.raises(VaultRolledBack):
        vault.put("stripe", "acme", {"token": PASSWORD})
    assert vault.path.read_bytes() == older


def test_without_a_mark_an_older_file_cannot_be_told(tmp_path: Path) -> None:
    """The control: where nothing was remembered (another machine), the older file opens as it is."""
    vault = make_vault(tmp_path)
    older = vault.path.read_bytes()
    vault.put("stripe", "acme", {"token": OTHER})
    vault.path.write_bytes(older)
    stranger = Vault.open(vault.path, **vault_settings(tmp_path / "elsewhere"))
    stranger.unlock(password=PASSWORD)
    assert stranger.get("stripe", "acme").fields["token"] == TOKEN


def test_two_files_of_one_generation_are_told_apart(tmp_path: Path) -> None:
    """Of two histories that reached the same generation, the one not seen last is refused."""
    vault = make_vault(tmp_path)
    base = vault.path.read_bytes()
    vault.put("stripe", "acme", {"token": OTHER})
    vault.path.write_bytes(base)
    fork = Vault.open(vault.path, **vault_settings(tmp_path / "elsewhere"))
    fork.unlock(password=PASSWORD)
    fork.put("github", "me", {"token": OTHER})
    with pytest.raises(VaultRolledBack):
        reopen(tmp_path)


def test_a_link_at_the_path_is_not_followed(tmp_path: Path) -> None:
    """A symbolic link in the file's place is refused, also where it leads to a sound vault."""
    vault = make_vault(tmp_path)
    vault.path.rename(tmp_path / "moved")
    vault.path.symlink_to(tmp_path / "moved")
    with pytest.raises(VaultExposed, match="symbolic link"):
        reopen(tmp_path)
    with pytest.raises(VaultError):
        Vault.create(vault.path, password=PASSWORD, **vault_settings(tmp_path))


def test_a_hard_link_is_never_written_through(tmp_path: Path) -> None:
    """Another name of the file keeps the old bytes when a credential is written."""
    vault = make_vault(tmp_path)
    (tmp_path / "second").hardlink_to(vault.path)
    before = vault.path.read_bytes()
    vault.put("stripe", "acme", {"token": OTHER})
    assert (tmp_path / "second").read_bytes() == before != vault.path.read_bytes()


def test_a_wrong_password_says_so_and_is_no_damage(sound: bytes) -> None:
    """Wrong password and damage are told apart, by the commitment."""
    with pytest.raises(WrongPassword):
        open_bytes(sound, Secret("correct horse battery stapled"))
