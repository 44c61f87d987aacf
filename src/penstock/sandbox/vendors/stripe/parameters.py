"""Which parameters an operation takes, and their reading: Stripe refuses what it does not know.

A declaration is text: "amount:int! currency:str! metadata:hash? capture_method:automatic|manual". The kinds
are str, int, num, bool, hash, list, time (an epoch or now) or the allowed words; ! is required, ? may be
unset by "". Names and kinds follow the public OpenAPI description (github.com/stripe/openapi, read in
November 2026).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from penstock.sandbox.vendors.stripe.errors import invalid
from penstock.sandbox.vendors.stripe.form import as_list

LIST = "created:any ending_before:str expand:list limit:int starting_after:str"
MOST_PER_PAGE = 100
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_INTEGER = re.compile(r"[+-]?\d{1,18}")
_WORDS = {"true": True, "1": True, "false": False, "0": False}


@cache
def _declared(text: str) -> tuple[dict[str, tuple[str, bool]], tuple[str, ...]]:
    kinds: dict[str, tuple[str, bool]] = {"expand": ("list", False)}
    required: list[str] = []
    for token in text.split():
        name, _, kind = token.partition(":")
        if kind.endswith("!"):
            required.append(name)
        kinds[name] = (kind.rstrip("!?"), kind.endswith("?"))
    return kinds, tuple(required)


def read(declaration: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters with their kinds; an unset one is None. Raises StripeError."""
    kinds, required = _declared(declaration)
    unknown = [name for name in given if name not in kinds]
    if unknown:
        names = ", ".join(unknown)
        plural = "s" if len(unknown) > 1 else ""
        raise invalid(f"Received unknown parameter{plural}: {names}", unknown[0], "parameter_unknown")
    for name in required:
        if name not in given:
            raise invalid(f"Missing required param: {name}.", name, "parameter_missing")
    return {name: _read_one(name, value, *kinds[name]) for name, value in given.items()}


def _read_one(name: str, value: Any, kind: str, is_unsettable: bool) -> Any:
    if value == "":
        if is_unsettable:
            return None
        if kind in ("hash", "list"):
            return {} if kind == "hash" else []
        raise invalid(
            f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a "
            f"parameter; however "
            f"'{name}' cannot be unset. You should remove '{name}' from your request or supply a non-empty "
            f"value.",
            name,
            "parameter_invalid_empty",
        )
    reader = _READERS.get(kind)
    return reader(name, value) if reader is not None else _read_choice(name, value, kind)


def _read_text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise invalid(f"Invalid string: {value}", name)
    if name in ("email", "receipt_email", "customer_email"):
        if len(value) > 512:
            raise invalid(f"Invalid string: {value[:20]}…; must be at most 512 characters", name)
        if not _EMAIL.fullmatch(value.strip()):
            raise invalid(f"Invalid email address: {value}", name, "email_invalid")
    elif len(value) > 5000:
        raise invalid(f"Invalid string: {value[:20]}…; must be at most 5000 characters", name)
    return value


def _read_integer(name: str, value: Any) -> int:
    if not isinstance(value, str) or not _INTEGER.fullmatch(value):
        raise invalid(f"Invalid integer: {value}", name, "parameter_invalid_integer")
    number = int(value)
    if name == "limit" and not 1 <= number <= MOST_PER_PAGE:
        bound = "greater than or equal to 1" if number < 1 else f"less than or equal to {MOST_PER_PAGE}"
        raise invalid(
            f"This value must be {bound} (it currently is '{number}').", name, "parameter_invalid_integer"
        )
    if name in ("amount", "amount_to_capture") and number < 1:
        raise invalid("This value must be greater than or equal to 1.", name, "parameter_invalid_integer")
    return number


def _read_number(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise invalid(f"Invalid decimal: {value}", name) from None


def _read_boolean(name: str, value: Any) -> bool:
    if not isinstance(value, str) or value not in _WORDS:
        raise invalid(f"Invalid boolean: {value}", name)
    return _WORDS[value]


def _read_time(name: str, value: Any) -> int | str:
    return value if value in ("now", "unchanged") else _read_integer(name, value)


def _read_hash(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise invalid("Invalid object", name)
    if name == "metadata":
        _check_metadata(value)
    return value


def _check_metadata(metadata: dict[str, Any]) -> None:
    """Hold metadata to 50 keys of 40 characters with values of 500 (docs.stripe.com/api/metadata)."""
    if len(metadata) > 50:
        raise invalid("Metadata can have up to 50 keys.", "metadata")
    for key, value in metadata.items():
        if len(key) > 40:
            raise invalid(
                f"Metadata keys can have up to 40 characters, but you passed in a key that is {len(key)} "
                f"characters. "
                f"Invalid key: {key}",
                "metadata",
            )
        if not isinstance(value, str):
            raise invalid(f"Invalid string: {value}", f"metadata[{key}]")
        if len(value) > 500:
            raise invalid(
                f"Metadata values can have up to 500 characters, but you passed in a value that is "
                f"{len(value)} characters. "
                f"Invalid value: {value}",
                "metadata",
            )


def _read_list(name: str, value: Any) -> list[Any]:
    listed = as_list(value)
    if listed is None:
        raise invalid("Invalid array", name)
    return listed


def _read_choice(name: str, value: Any, kind: str) -> str:
    choices = kind.split("|")
    if value not in choices:
        listed = f"{', '.join(choices[:-1])}, or {choices[-1]}" if len(choices) > 1 else choices[0]
        raise invalid(f"Invalid {name}: must be one of {listed}", name)
    return str(value)


def _read_any(name: str, value: Any) -> Any:
    return value


_READERS: dict[str, Callable[[str, Any], Any]] = {
    "str": _read_text,
    "int": _read_integer,
    "num": _read_number,
    "bool": _read_boolean,
    "time": _read_time,
    "hash": _read_hash,
    "list": _read_list,
    "any": _read_any,
}
