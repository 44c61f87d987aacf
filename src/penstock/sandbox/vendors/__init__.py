"""The vendors the sandbox answers as: one module each, loaded on first use."""

from __future__ import annotations

import importlib
import pkgutil
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Protocol

from penstock.clock import Clock
from penstock.sandbox.keys import KeyRing
from penstock.sandbox.limits import LimitSetting
from penstock.sandbox.wire import Answer, Incoming

NAMES = tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


@dataclass(frozen=True, slots=True)
class Setup:
    """What every vendor is given: its clock, its chance, and what was said about limits."""

    clock: Clock
    random: Random
    limits: bool | Mapping[str, LimitSetting]


class Vendor(Protocol):
    """Answer requests as one vendor does.

    base_path:  the path part of the vendor's base URL.
    credential_field: what the first auth scheme calls the key.
    service_s:  seconds the vendor takes over each answer. has_stored_failures: keys remember a 500.
    """

    name: str
    base_path: str
    base_parameters: Mapping[str, str]
    credential_field: str
    service_s: float
    has_stored_failures: bool
    keys: KeyRing

    def answer(self, request: Incoming) -> Answer:
        """Return the answer; whatever the request changes has changed when this returns."""
        ...

    def throttled(self, request: Incoming) -> Answer:
        """Return the vendor's throttle answer, without any effect."""
        ...

    def failed(self, request: Incoming) -> Answer:
        """Return the vendor's 500."""
        ...


class Vendors(Mapping[str, Vendor]):
    """Hold the vendors served, each made when it is first asked for: who calls one does not wait for the others."""

    def __init__(self, names: Iterable[str], make_setup: Callable[[str], Setup]) -> None:
        self._names = tuple(names)
        self._make_setup = make_setup
        self._open: dict[str, Vendor] = {}
        self._lock = threading.Lock()  # the server's thread and the holder's both ask

    def __getitem__(self, name: str) -> Vendor:
        if name not in self._names:
            raise KeyError(name)
        with self._lock:
            vendor = self._open.get(name)
            if vendor is None:
                module = importlib.import_module(f"penstock.sandbox.vendors.{name}")
                vendor = self._open[name] = module.open_vendor(self._make_setup(name))
            return vendor

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def opened(self) -> dict[str, Vendor]:
        """Return the vendors made so far."""
        return dict(self._open)
