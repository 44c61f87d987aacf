"""Name → Integration, loaded on first use: ours, other people's (entry points), and those registered by hand.

A workbench owns one Registry; there is no global one. Listing the names imports no integration.
"""

from __future__ import annotations

import importlib
import pkgutil
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from penstock.catalog.definition import Integration
from penstock.errors import UnknownName, UsageError, nearest

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

_PACKAGE = "penstock.integrations"
GROUP = "penstock.integrations"  # of entry points: NAME = "their_package.their_module:integration"


class Registry:
    """Know every integration by its name.

    One registered by hand comes before ours of the same name, ours before an entry point's: an installed package
    cannot quietly take a service's place.
    """

    def __init__(self) -> None:
        self._loaded: dict[str, Integration] = {}
        self._registered: set[str] = set()
        self._built_in: frozenset[str] | None = None
        self._theirs: dict[str, EntryPoint] | None = None
        self._lock = threading.RLock()  # an entry point may register others as it loads

    def register(self, integration: Integration) -> None:
        """Make an integration known under its name; a later one of the same name takes its place."""
        if not isinstance(integration, Integration):
            raise UsageError(
                f"register takes an Integration, not a {type(integration).__name__}.",
                hint="from penstock.catalog.definition import Integration",
            )
        with self._lock:
            self._loaded[integration.name] = integration
            self._registered.add(integration.name)

    def get(self, name: str) -> Integration:
        """Return the integration with this name. Raises UnknownName with the nearest three."""
        with self._lock:
            integration = self._loaded.get(name)
            if integration is None:
                integration = self._loaded[name] = self._load(name)
            return integration

    def names(self) -> tuple[str, ...]:
        """Return every name, sorted."""
        return tuple(sorted({*self._find_built_in(), *self._find_theirs(), *self._registered}))

    def __contains__(self, name: object) -> bool:
        return name in self._loaded or name in self._find_built_in() or name in self._find_theirs()

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self.names())

    def _load(self, name: str) -> Integration:
        if name in self._find_built_in():
            return _expect(importlib.import_module(f"{_PACKAGE}.{name}").integration, name, _PACKAGE)
        entry = self._find_theirs().get(name)
        if entry is None:
            raise UnknownName(f"There is no integration {name!r}.", hint=nearest(name, self.names()))
        owner = entry.dist.name if entry.dist is not None else entry.value
        try:
            found = entry.load()
        except Exception as exc:
            raise UsageError(
                f"The integration {name!r} of the package {owner} cannot be loaded: {type(exc).__name__}: {exc}",
                hint=f"Update or remove the package {owner}.",
            ) from exc
        return _expect(found, name, owner)

    def _find_built_in(self) -> frozenset[str]:
        if self._built_in is None:
            package = importlib.import_module(_PACKAGE)
            found = (module.name for module in pkgutil.iter_modules(package.__path__) if not module.ispkg)
            self._built_in = frozenset(name for name in found if not name.startswith("_"))
        return self._built_in

    def _find_theirs(self) -> dict[str, EntryPoint]:
        if self._theirs is None:
            from importlib.metadata import entry_points

            self._theirs = {entry.name: entry for entry in entry_points(group=GROUP)}
        return self._theirs


def _expect(found: object, name: str, owner: str) -> Integration:
    if not isinstance(found, Integration) or found.name != name:
        what = f"one named {found.name!r}" if isinstance(found, Integration) else f"a {type(found).__name__}"
        raise UsageError(
            f"{owner} promises the integration {name!r} and gives {what}.",
            hint='An entry point names an Integration: acme = "acme_penstock:integration".',
        )
    return found
