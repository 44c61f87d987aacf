from __future__ import annotations

import importlib
import inspect
import subprocess
import sys

import pytest

import penstock as ps
from penstock import errors

WITH_EXPORTS = ["penstock", "penstock.testing"]


@pytest.mark.parametrize("module", WITH_EXPORTS)
def test_exported_names_are_sorted_and_each_is_there_once(module: str) -> None:
    """__all__ is in alphabetical order, without repetition."""
    names = importlib.import_module(module).__all__
    assert list(names) == sorted(set(names))


def test_what_is_visible_is_what_is_exported() -> None:
    """In a fresh interpreter dir(penstock) shows exported names, submodules and dunders only."""
    script = """
import types, penstock as ps
for name in dir(ps):
    if not (name.startswith("_") or name in ps.__all__ or isinstance(getattr(ps, name), types.ModuleType)):
        print("visible, not exported:", name)
for name in ps.__all__:
    if name not in dir(ps): print("exported, not visible:", name)
    getattr(ps, name)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == ""


@pytest.mark.parametrize("name", ps.__all__)
def test_every_exported_name_loads_and_says_what_it_is(name: str) -> None:
    """Each exported name can be read, by attribute and by `from penstock import …`, and has a docstring."""
    value = getattr(ps, name)
    scope: dict[str, object] = {}
    exec(f"from penstock import {name}", scope)
    assert scope[name] is value
    if inspect.isclass(value) or inspect.isroutine(value):
        assert inspect.getdoc(value)
        assert not inspect.getdoc(value).startswith(f"{name}(")  # dataclass' own, made of the fields


def test_a_function_stays_a_function_when_a_folder_of_its_name_is_imported() -> None:
    """ps.batch and ps.sandbox can be called also after penstock.batch and penstock.sandbox were imported."""
    script = """
import penstock as ps
import penstock.batch.run, penstock.sandbox.server
from penstock.batch import rows
from penstock import batch, sandbox
for name in ("batch", "sandbox", "connect"): assert getattr(ps, name) == getattr(ps, name)
for value in (ps.batch, ps.sandbox, batch, sandbox): assert callable(value), value
assert rows.RowSource
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_error_is_exported() -> None:
    """The whole tree of errors can be named as ps.NotFound and so on."""
    kinds = {
        name
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.PenstockError)
    }
    assert kinds - set(ps.__all__) == set()


def test_an_unknown_name_says_which_are_near() -> None:
    """ps.conect is an AttributeError that names connect; hasattr works."""
    with pytest.raises(AttributeError, match="connect"):
        _ = ps.conect
    assert not hasattr(ps, "no_such_thing")


def test_the_version_is_that_of_the_package() -> None:
    """ps.__version__ is the text pip would show."""
    assert ps.__version__.count(".") >= 2
