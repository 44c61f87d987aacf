"""What the words of a command mean: functions for argparse, text → value, without I/O."""

from __future__ import annotations

import argparse
import json
from typing import Any

_SOURCES = ("env:", "file:")


def credential_field(text: str) -> tuple[str, str]:
    """Return ("token", "env:NAME"); a value written out is refused, and not repeated in the refusal."""
    field, sign, source = text.partition("=")
    if not sign or not field or not source.startswith(_SOURCES) or source in _SOURCES:
        raise argparse.ArgumentTypeError(
            "a credential is never written into a command, where the shell's history and others can read it; "
            "say where it is: --credential token=env:NAME or --credential token=file:PATH"
        )
    return field, source


def base_parameter(text: str) -> tuple[str, str]:
    """Return ("shop", "acme") for "shop=acme"."""
    return _split(text, "NAME=VALUE, for example shop=acme")


def mapping(text: str) -> tuple[str, str]:
    """Return ("email", "work_email") for "email=work_email"."""
    return _split(text, "PARAMETER=COLUMN, for example email=work_email")


def pair(text: str) -> tuple[str, Any]:
    """Return (name, value) for `name=text` or `name:=json`; text becomes the parameter's type where it has one."""
    name, sign, value = text.partition("=")
    if not sign or not name.rstrip(":"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a parameter: write email=a@b.co, or tags:=[1,2]")
    if not name.endswith(":"):
        return name, value
    try:
        return name[:-1], json.loads(value)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(f"what follows {name}= is not JSON ({exc})") from None


def _split(text: str, form: str) -> tuple[str, str]:
    left, sign, right = text.partition("=")
    if not sign or not left or not right:
        raise argparse.ArgumentTypeError(f"{text!r} is not {form}")
    return left, right
