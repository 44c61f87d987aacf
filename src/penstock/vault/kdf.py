"""What a password costs to guess: Argon2id, within bounds that are checked before anything is derived."""

from __future__ import annotations

import os
from dataclasses import dataclass

from penstock.clock import Clock
from penstock.redact import Secret
from penstock.vault.envelope import HiddenKey
from penstock.vault.passwords import password_bytes
from penstock.vault.records import KdfCost

MIB = 1024  # in KiB, the unit of Argon2's memory
FLOOR = KdfCost(64 * MIB, 3, 4)
CEILING = KdfCost(1024 * MIB, 64, 16)


@dataclass(frozen=True, slots=True)
class KdfPolicy:
    """Say which costs are taken: below the floor a file was weakened, above the ceiling it is a bomb.

    floor:    64 MiB, 3 passes, 4 lanes (RFC 9106's second choice: half a second on a small server).
    work_kib: memory × passes at most; 8 GiB takes some 20 s. aim_s: what a new vault's unlock should take.
    """

    floor: KdfCost = FLOOR
    ceiling: KdfCost = CEILING
    work_kib: int = 8 * 1024 * MIB
    chosen_memory_kib: int = 128 * MIB  # a small JupyterHub pod has 512 MiB in all
    aim_s: float = 0.7

    def allows(self, cost: KdfCost) -> bool:
        """Say whether a file may ask for this cost."""
        low, high = self.floor, self.ceiling
        return (
            low.memory_kib <= cost.memory_kib <= high.memory_kib
            and low.passes <= cost.passes <= high.passes
            and low.lanes <= cost.lanes <= high.lanes
            and cost.memory_kib * cost.passes <= self.work_kib
            and cost.memory_kib >= 8 * cost.lanes  # Argon2's own rule
        )

    def choose(self, clock: Clock) -> KdfCost:
        """Return the cost for a new slot: the floor measured once, then raised until it takes about `aim_s`."""
        began = clock.monotonic()
        derive_from_password(Secret("a password to measure with"), os.urandom(16), self.floor)
        took_s = clock.monotonic() - began
        times = self.aim_s / took_s if took_s > 0 else 1.0
        memory = self.floor.memory_kib
        while times >= 2 and memory * 2 <= self.chosen_memory_kib:
            memory, times = memory * 2, times / 2
        most = min(self.ceiling.passes, self.work_kib // memory)
        passes = min(max(self.floor.passes, round(self.floor.passes * times)), most)
        return KdfCost(memory, passes, self.floor.lanes)


def derive_from_password(password: Secret, salt: bytes, cost: KdfCost) -> HiddenKey:
    """Return the slot key of a password: Argon2id(NFKC(password), salt, memory, passes, lanes)."""
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    argon2 = Argon2id(
        salt=salt, length=32, iterations=cost.passes, lanes=cost.lanes, memory_cost=cost.memory_kib
    )
    return HiddenKey(argon2.derive(password_bytes(password)))
