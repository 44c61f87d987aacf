"""Where Penstock keeps its files, and what else the environment decides."""

from __future__ import annotations

import os
from pathlib import Path

from penstock.errors import UsageError
from penstock.redact import Secret


def default_home() -> Path:
    """Return PENSTOCK_HOME, else this platform's data folder."""
    named = os.environ.get("PENSTOCK_HOME")
    if named:
        return Path(named).expanduser()
    from platformdirs import user_data_path

    return user_data_path("penstock")


def read_secret(value: str | Secret) -> Secret:
    """Return the Secret a credential's field names: "env:NAME", "file:PATH", or a Secret itself.

    Raises UsageError for a literal: a key typed into a cell is saved with the notebook.
    """
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str):
        raise UsageError(
            f"A credential's field is a {type(value).__name__}.",
            hint='Use "env:NAME", "file:PATH" or a ps.Secret.',
        )
    kind, _, rest = value.partition(":")
    if kind == "env" and rest:
        found = os.environ.get(rest)
        if not found:
            raise UsageError(
                f"The environment has no {rest}.", hint=f"Set it before Python starts: export {rest}=…"
            )
        return Secret(found)
    if kind == "file" and rest:
        try:
            return Secret(Path(rest).expanduser().read_text().strip())
        except OSError as exc:
            raise UsageError(
                f"{rest} cannot be read: {exc.strerror}.", hint="Check the path and its permissions."
            ) from None
    raise UsageError(
        "A credential was given as a literal; it would be saved with the notebook.",
        hint='Use "env:NAME", "file:PATH", or ps.Secret(...) with a value that is not typed here.',
    )
