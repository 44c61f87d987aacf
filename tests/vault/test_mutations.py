"""Files changed at random, and hostile JSON: whatever the bytes, the answer is the vault's own."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from vaults import judge

KINDS = st.sampled_from(("set", "cut", "copy", "insert"))
PLACES = st.integers(0, 10**6)
MUTATIONS = st.lists(st.tuples(KINDS, PLACES, PLACES, st.binary(max_size=6)), min_size=1, max_size=4)


def mutate(raw: bytes, changes: list[tuple[str, int, int, bytes]]) -> bytes:
    for kind, where, other, content in changes:
        at, to = where % (len(raw) + 1), other % (len(raw) + 1)
        if kind == "set":
            raw = raw[:at] + content + raw[at + len(content) :]
        elif kind == "cut":
            raw = raw[: min(at, to)] + raw[max(at, to) :]
        elif kind == "copy":
            raw = raw[:at] + raw[to : to + 40] + raw[at:]
        else:
            raw = raw[:at] + content + raw[at:]
    return raw


def check_mutated(sound: bytes, changes: list[tuple[str, int, int, bytes]]) -> None:
    raw = mutate(sound, changes)
    assert (judge(raw) == "accepted") is (raw == sound)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MUTATIONS)
def test_any_mutated_file_is_a_vault_error(sound: bytes, changes: list[tuple[str, int, int, bytes]]) -> None:
    """Whatever is done to the bytes, the answer is a VaultError, and only the sound file opens."""
    check_mutated(sound, changes)


@pytest.mark.slow
@settings(max_examples=20_000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MUTATIONS)
def test_any_of_many_mutated_files_is_a_vault_error(
    sound: bytes, changes: list[tuple[str, int, int, bytes]]
) -> None:
    """The same, twenty thousand times."""
    check_mutated(sound, changes)


HOSTILE = [
    b'{"vid":' * 2000,
    b'{"a":1,"a":2}',
    b"[" * 30_000,
    b'{"gen":' + b"9" * 5000 + b"}",
    b"NaN",
    b"1e999",
    b'"\\ud800"',
    b"\xff\xfe",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_json_is_damage(sound: bytes, hostile: bytes) -> None:
    """Deep, doubled, endless or ill-formed JSON in the header is VaultDamaged."""
    raw = sound[:10] + len(hostile).to_bytes(4, "big") + hostile + b"\0" * 36
    assert judge(raw) == "VaultDamaged"
