"""The names penstock.testing offers, and that asking for the package loads none of them."""

from __future__ import annotations

import subprocess
import sys

import pytest

import penstock.testing


def test_every_name_offered_is_there() -> None:
    """__all__ is sorted, each of its names loads, and dir() shows them."""
    assert penstock.testing.__all__ == sorted(penstock.testing.__all__)
    assert set(penstock.testing.__all__) == penstock.testing._MODULES.keys()
    assert set(penstock.testing.__all__) <= set(dir(penstock.testing))
    for name in ("FakeClock", "ScriptedTransport"):
        assert getattr(penstock.testing, name).__name__ == name


def test_an_unknown_name_says_what_there_is() -> None:
    """A name it does not have raises AttributeError that lists those it has."""
    with pytest.raises(AttributeError, match="FakeClock"):
        penstock.testing.FakeClok  # noqa: B018


def test_nothing_is_loaded_before_it_is_asked_for() -> None:
    """Importing the package, as pytest's plugin does at every start, loads neither clock nor transport."""
    code = (
        "import sys, penstock.testing; print([m for m in sys.modules if m.startswith('penstock.testing.')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
