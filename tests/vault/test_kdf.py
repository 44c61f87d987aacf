from __future__ import annotations

import pytest
from vaults import CHEAP, PASSWORD

from penstock.redact import Secret
from penstock.testing import FakeClock
from penstock.vault import kdf
from penstock.vault.kdf import CEILING, FLOOR, KdfPolicy, derive_from_password
from penstock.vault.records import KdfCost


@pytest.mark.parametrize(
    ("cost", "is_allowed"),
    [
        (FLOOR, True),
        (KdfCost(131_072, 5, 4), True),
        (KdfCost(CEILING.memory_kib, 8, 4), True),
        (KdfCost(FLOOR.memory_kib - 1, 3, 4), False),
        (KdfCost(FLOOR.memory_kib, 2, 4), False),
        (KdfCost(FLOOR.memory_kib, 3, 3), False),
        (KdfCost(CEILING.memory_kib, 9, 4), False),
        (KdfCost(CEILING.memory_kib + 1, 3, 4), False),
        (KdfCost(2**31, 3, 4), False),
        (KdfCost(FLOOR.memory_kib, 65, 4), False),
        (KdfCost(FLOOR.memory_kib, 3, 17), False),
        (KdfCost(0, 0, 0), False),
    ],
)
def test_only_costs_within_the_bounds_are_taken(cost: KdfCost, is_allowed: bool) -> None:
    """Each number has a floor and a ceiling, and memory times passes has one."""
    assert KdfPolicy().allows(cost) is is_allowed


@pytest.mark.parametrize(
    ("took_s", "chosen"),
    [
        (5.0, FLOOR),
        (0.7, FLOOR),
        (0.35, KdfCost(131_072, 3, 4)),
        (0.1, KdfCost(131_072, 10, 4)),
        (1e-6, KdfCost(131_072, 64, 4)),
        (0.0, FLOOR),
    ],
)
def test_the_cost_is_raised_to_what_the_machine_bears(
    took_s: float, chosen: KdfCost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine on which the floor takes less than 0.7 s pays more, memory first; a slow one never less than the floor."""
    clock = FakeClock()

    def derive(*_: object) -> None:
        clock._now += took_s

    monkeypatch.setattr(kdf, "derive_from_password", derive)
    policy = KdfPolicy()
    assert policy.choose(clock) == chosen
    assert policy.allows(chosen)


def test_the_same_password_gives_the_same_key_however_it_was_composed() -> None:
    """NFKC: é as one character or as two is one password; another salt or cost is another key."""
    salt = b"s" * 16
    one = derive_from_password(Secret("caf\u00e9 au lait"), salt, CHEAP.floor)
    two = derive_from_password(Secret("cafe\u0301 au lait"), salt, CHEAP.floor)
    assert one.reveal() == two.reveal()
    assert derive_from_password(Secret("cafe au lait"), salt, CHEAP.floor).reveal() != one.reveal()
    keys = [
        derive_from_password(PASSWORD, *shape).reveal()
        for shape in (
            (salt, CHEAP.floor),
            (b"t" * 16, CHEAP.floor),
            (salt, KdfCost(32, 2, 1)),
            (salt, KdfCost(16, 3, 1)),
            (salt, KdfCost(16, 2, 2)),
        )
    ]
    assert len(set(keys)) == 5
