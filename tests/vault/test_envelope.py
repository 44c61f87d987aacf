from __future__ import annotations

import copy
import itertools
import pickle
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vaults import TOKEN

from penstock.errors import VaultDamaged
from penstock.vault.envelope import (
    HiddenKey,
    VaultKeys,
    bind,
    commitment,
    decrypt_record,
    derive,
    encrypt_record,
    unwrap,
    wrap,
)
from penstock.vault.records import Meta
from penstock.vault.schema import write_meta

KEYS = VaultKeys(b"v" * 16, HiddenKey(b"k" * 32))
META = Meta("stripe", "acme")
PARTS = st.lists(st.one_of(st.binary(max_size=8), st.integers(0, 2**64 - 1)), max_size=4)


@given(PARTS, PARTS)
def test_no_two_tuples_bind_alike(one: list[bytes | int], two: list[bytes | int]) -> None:
    """Two different tuples never give the same AAD, numbers counting as their eight bytes."""
    as_bytes = [[p.to_bytes(8, "big") if isinstance(p, int) else p for p in parts] for parts in (one, two)]
    assert (bind(*one) == bind(*two)) is (as_bytes[0] == as_bytes[1])


def test_joined_without_lengths_two_tuples_would_bind_alike() -> None:
    """The control: the parts alone, joined, cannot tell ("ab", "c") from ("a", "bc"); bind can."""
    assert b"".join([b"ab", b"c"]) == b"".join([b"a", b"bc"])
    assert bind("ab", "c") != bind("a", "bc")


def test_each_purpose_has_its_own_key() -> None:
    """No two purposes, and no two salts, derive the same key."""
    purposes = ["wrap", "commit", "kek", "file-mac", "slot-key"]
    derived = {derive(KEYS.vault_key, f"penstock/1/{purpose}").reveal() for purpose in purposes}
    derived |= {
        derive(KEYS.vault_key, "penstock/1/slot-key", salt=bytes([n]) * 16).reveal() for n in (1, 2, 3)
    }
    assert len(derived) == 8
    assert commitment(KEYS.vault_key) == derive(KEYS.vault_key, "penstock/1/commit").reveal()[:16]


def test_a_wrapped_key_opens_in_its_place_only() -> None:
    """Another AAD, nonce, key or a changed byte is VaultDamaged."""
    inner = HiddenKey(b"i" * 32)
    nonce, wrapped = wrap(KEYS.kek, inner, b"here", lambda count: b"n" * count)
    assert unwrap(KEYS.kek, nonce, wrapped, b"here").reveal() == inner.reveal()
    for attempt in (
        (KEYS.kek, nonce, wrapped, b"there"),
        (KEYS.kek, b"m" * 12, wrapped, b"here"),
        (inner, nonce, wrapped, b"here"),
        (KEYS.kek, nonce, wrapped[:-1] + b"\0", b"here"),
    ):
        with pytest.raises(VaultDamaged):
            unwrap(*attempt)


def drawn(count: int, draw: Callable[[int], bytes] | None = None) -> tuple[int, int, int]:
    """Encrypt `count` record versions; return how many different nonces under the KEK, DEKs and nonces there were."""
    text, nonces, deks, inner = write_meta(META), set(), set(), set()
    for version in range(count):
        more = {} if draw is None else {"draw": draw}
        record = encrypt_record(KEYS, b"r" * 16, version, META, text, {"token": TOKEN}, **more)
        nonces.add(record.dek_nonce)
        deks.add(record.wrapped_dek)
        inner.add(record.nonce)
    return len(nonces), len(deks), len(inner)


def test_no_nonce_comes_twice_in_a_hundred_thousand_writes() -> None:
    """Every record version has a DEK and nonces that no other had."""
    assert drawn(100_000) == (100_000,) * 3


def test_a_weak_source_of_chance_would_be_seen() -> None:
    """The control: a source that comes round again gives nonces that come twice."""
    turns = itertools.count()
    nonces, _, _ = drawn(500, lambda count: (next(turns) % 300).to_bytes(count, "big"))
    assert nonces < 500


def test_a_record_opens_as_it_was_written() -> None:
    """Fields of any text come back the same, under the keys that wrote them."""
    fields = {"token": TOKEN, "user": type(TOKEN)("ünïcode ‹›\n\0")}
    record = encrypt_record(KEYS, b"r" * 16, 1, META, write_meta(META), fields)
    assert decrypt_record(KEYS, record) == fields
    with pytest.raises(VaultDamaged):
        decrypt_record(VaultKeys(KEYS.vid, HiddenKey(b"o" * 32)), record)


@pytest.mark.parametrize("held", [HiddenKey(b"k" * 32), KEYS])
def test_a_key_is_never_shown_or_copied(held: object) -> None:
    """repr hides the bytes; pickle and copy are refused."""
    assert "kkkk" not in repr(held) + str(held)
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            attempt(held)
