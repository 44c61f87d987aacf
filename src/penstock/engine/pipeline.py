"""The order of the stages, in one tuple, folded once into one coroutine function."""

from __future__ import annotations

from functools import partial

from penstock.engine.desk import Onward
from penstock.engine.stages import guard, record, recover, retry, sign, transmit, wait

STAGES = (record, recover, retry, guard, wait, sign)


def build_pipeline() -> Onward:
    """Return the corridor: each stage with the rest of the way as its `onward`, transmit at the end."""
    onward: Onward = transmit
    for stage in reversed(STAGES):
        onward = partial(stage, onward=onward)
    return onward


CORRIDOR = build_pipeline()
