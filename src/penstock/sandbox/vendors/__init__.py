"""The vendors the sandbox answers as: one module each, loaded when a sandbox is made."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Protocol

from penstock.clock import Clock
from penstock.sandbox.keys import KeyRing
from penstock.sandbox.limits import LimitSetting
from penstock.sandbox.wire import Answer, Incoming

NAMES = ("github", "mailchimp", "shopify", "slack", "stripe")


@dataclass(frozen=True, slots=True)
class Setup:
    """What every vendor is given: its clock, its chance, and what was said about limits."""

    clock: Clock
    random: Random
    limits: bool | Mapping[str, LimitSetting]


class Vendor(Protocol):
    """Answer requests as one vendor does.

    base_path:  the path part of the vendor's base URL. credential_field: what the first auth scheme calls the
    key.
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


def open_vendor(name: str, setup: Setup) -> Vendor:
    """Return a new vendor with its sample data. `name` is one of NAMES."""
    module = importlib.import_module(f"penstock.sandbox.vendors.{name}")
    vendor: Vendor = module.open_vendor(setup)
    return vendor
