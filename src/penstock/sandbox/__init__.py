"""The other side of the wire, on loopback: a server that answers as the vendors do. Import it lazily."""

from __future__ import annotations

from penstock.sandbox.server import Sandbox

__all__ = ["Sandbox"]
