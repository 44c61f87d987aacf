"""What Penstock is tested with, for your tests too; names load on first use, so pytest starts quickly."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from penstock.testing.clock import FakeClock as FakeClock
    from penstock.testing.transport import ScriptedTransport as ScriptedTransport

_MODULES = {
    "FakeClock": "penstock.testing.clock",
    "ScriptedTransport": "penstock.testing.transport",
}

__all__ = ["FakeClock", "ScriptedTransport"]  # sorted, and the same names as in _MODULES


def __getattr__(name: str) -> Any:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"penstock.testing has no {name!r}; it has: {', '.join(__all__)}.")
    value = getattr(importlib.import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
