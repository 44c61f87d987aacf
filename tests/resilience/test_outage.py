"""A minute's outage at 20 calls a second: what retries alone do, and what budget and breaker prevent."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SIMULATION = Path(__file__).resolve().parents[2] / "benchmarks" / "outage.py"


@pytest.fixture(scope="module")
def outage() -> ModuleType:
    """Load the simulation that the benchmark prints."""
    spec = importlib.util.spec_from_file_location("penstock_benchmarks_outage", SIMULATION)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("seed", [1, 2])
def test_retries_alone_feed_the_storm(outage: ModuleType, seed: int) -> None:
    """The control: six attempts a call without restraint give the service about five times its load."""
    naive = outage.simulate(has_budget=False, has_breaker=False, seed=seed)
    assert 4.8 < naive.load < 6.0
    assert naive.peak > 5 * outage.RATE


@pytest.mark.parametrize("seed", [1, 2])
def test_the_budget_keeps_the_load_at_what_was_asked(outage: ModuleType, seed: int) -> None:
    """With the retry budget the outage brings the service hardly more than one request per call."""
    budget = outage.simulate(has_budget=True, has_breaker=False, seed=seed)
    assert 1.0 < budget.load < 1.05


@pytest.mark.parametrize("seed", [1, 2])
def test_the_breaker_takes_the_load_away(outage: ModuleType, seed: int) -> None:
    """With the breaker as well, five seconds into the traffic, a tenth of the calls reach the service."""
    both = outage.simulate(has_budget=True, has_breaker=True, seed=seed)
    assert 0.05 < both.load < 0.15


def test_a_window_full_of_successes_delays_the_breaker(outage: ModuleType) -> None:
    """After half a minute of good traffic as much must fail before it trips: a quarter of the load comes."""
    both = outage.simulate(has_budget=True, has_breaker=True, before_s=30.0)
    assert 0.15 < both.load < 0.35


def test_the_breaker_closes_again_by_itself(outage: ModuleType) -> None:
    """Once the service is back, calls succeed again within the longest wait of an outage's third opening."""
    both = outage.simulate(has_budget=True, has_breaker=True)
    assert both.recovered_s < 60 * 1.2


def test_the_simulation_repeats_itself(outage: ModuleType) -> None:
    """The same seed gives the same figures."""
    first, second = (outage.simulate(has_budget=True, has_breaker=True, seed=4) for _ in range(2))
    assert first == second
