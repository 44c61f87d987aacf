"""Integrations by name."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import EntryPoint, EntryPoints
from types import ModuleType

import pytest

from penstock.catalog.definition import Integration
from penstock.catalog.registry import GROUP, Registry
from penstock.errors import UnknownName, UsageError


def _loaded_after(script: str) -> str:
    shown = (
        "print(sorted(m.rpartition('.')[2] for m in sys.modules if m.startswith('penstock.integrations.')))"
    )
    text = f"import sys\nfrom penstock.catalog.registry import Registry\n{script}\n{shown}"
    return subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, timeout=60, check=True
    ).stdout.strip()


def test_listing_imports_no_integration() -> None:
    """The names are known without any integration being imported."""
    assert _loaded_after("assert 'stripe' in Registry().names()") == "[]"


def test_loading_one_imports_no_other() -> None:
    """Asking for Slack loads Slack alone; the control loads two."""
    assert _loaded_after("Registry().get('slack')") == "['slack']"
    assert _loaded_after("r = Registry(); r.get('slack'); r.get('github')") == "['github', 'slack']"


def test_an_integration_is_loaded_once() -> None:
    """The same name gives the same object."""
    registry = Registry()
    assert registry.get("stripe") is registry.get("stripe")
    assert "stripe" in registry and "stripes" not in registry


def test_a_miss_names_the_nearest() -> None:
    """An unknown name is answered with the nearest, also for another case."""
    with pytest.raises(UnknownName, match="stripe"):
        Registry().get("strpe")
    with pytest.raises(UnknownName, match="github"):
        Registry().get("GitHub")


@pytest.mark.parametrize("name", ["", ".", "..registry", "__init__", "os", "stripe.integration", "../stripe"])
def test_only_listed_names_are_imported(name: str) -> None:
    """No text leads the registry to import another module."""
    with pytest.raises(UnknownName):
        Registry().get(name)


def test_what_is_registered_is_known_here_and_only_here() -> None:
    """A registered integration is found in its registry, takes the place of ours, and leaves other registries alone."""
    registry, other = Registry(), Registry()
    mine = replace(registry.get("stripe"), title="Mine")
    registry.register(mine)
    registry.register(replace(mine, name="acme"))
    assert registry.get("stripe").title == "Mine" and other.get("stripe").title == "Stripe"
    assert "acme" in registry.names() and "acme" not in other.names()


def test_only_an_integration_can_be_registered() -> None:
    """Anything else is refused with its type."""
    with pytest.raises(UsageError, match="str"):
        Registry().register("stripe")  # type: ignore[arg-type]


@pytest.fixture
def theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a package that offers integrations: a good one, a broken one, a misnamed one, and one named like ours."""
    module = ModuleType("their_package")
    stripe = Registry().get("stripe")
    module.acme, module.other, module.fake = (
        replace(stripe, name="acme"),
        stripe,
        replace(stripe, title="Fake"),
    )  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "their_package", module)
    values = {"acme": "acme", "misnamed": "other", "stripe": "fake", "broken": "nothing"}
    found = EntryPoints(EntryPoint(name, f"their_package:{value}", GROUP) for name, value in values.items())
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: found.select(group=group))


@pytest.mark.usefixtures("theirs")
def test_other_peoples_integrations_are_found() -> None:
    """An installed package's entry point is listed and loaded under its name."""
    registry = Registry()
    assert "acme" in registry.names() and "acme" in registry
    found = registry.get("acme")
    assert isinstance(found, Integration) and found.name == "acme"


@pytest.mark.usefixtures("theirs")
def test_a_package_cannot_take_the_place_of_ours() -> None:
    """An entry point named like one of ours is passed over."""
    assert Registry().get("stripe").title == "Stripe"


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize(
    ("name", "says"), [("broken", "cannot be loaded"), ("misnamed", "gives one named 'stripe'")]
)
def test_a_broken_package_is_named(name: str, says: str) -> None:
    """One that cannot be loaded, or gives something else than it promises, is an error that says whose it is."""
    with pytest.raises(UsageError, match=says) as caught:
        Registry().get(name)
    assert "their_package" in str(caught.value)
