"""Fields of an untrusted OAuth answer: bytes in, a value or None out. Never an exception, whatever stands there."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl

from penstock.model import Headers, Response

LARGEST_BYTES = 1 << 20  # no token answer comes near it; what is larger is not looked at
LONGEST_S = 100 * 366 * 86_400.0  # whatever holds longer holds for ever
_LONGEST_TEXT = 64  # of a date or number
_MOST_FIELDS = 100
_EPOCH_MS = 1e11  # by magnitude: what is larger counts milliseconds

_NUMBER = re.compile(r"[0-9]{1,17}(?:\.[0-9]{0,9})?")
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]+")
_REFRESH_IN = ("refresh_token_expires_in", "refresh_expires_in", "x_refresh_token_expires_in")


def read_object(response: Response) -> dict[str, Any] | None:
    """Return the object in a body (JSON, or a form where the answer says so), None when there is none.

    A name that stands twice with different values makes the body unreadable: which one counts is anybody's guess.
    """
    if len(response.body) > LARGEST_BYTES:
        return None
    # Not `response.data`: its error quotes the body, and this body may hold a token.
    try:
        if "x-www-form-urlencoded" in str(response.headers.get("content-type", "")).lower():
            text = response.body.decode()
            return merge_pairs(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
        found = json.loads(response.body, object_pairs_hook=merge_pairs)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def merge_pairs(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return pairs as a dict, or raise ValueError where one name has two values."""
    merged: dict[str, Any] = {}
    for name, value in pairs:
        if name in merged and merged[name] != value:
            raise ValueError("a name stands twice")
        merged[name] = value
    return merged


def find(found: dict[str, Any], path: str) -> Any:
    """Return what stands at a dotted path, None where nothing does."""
    value: Any = found
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def read_text(value: object) -> str | None:
    """Return a text that is not empty."""
    return value if isinstance(value, str) and value.strip() else None


def clean(text: str, longest: int) -> str:
    """Return a text that can be shown on one line: no control or direction characters, not longer than `longest`."""
    text = _UNSHOWN.sub(" ", text).strip()
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def read_scopes(fields: dict[str, Any]) -> tuple[str, ...] | None:
    """Return the scopes an answer names, with spaces or commas between or as a list; None where it names none."""
    said = fields.get("scope") if fields.get("scope") is not None else fields.get("scopes")
    if isinstance(said, str):
        said = re.split(r"[\s,]+", said)
    if not isinstance(said, list):
        return None
    names = (clean(name, 200) for name in said[:1000] if isinstance(name, str))
    return tuple(dict.fromkeys(name for name in names if name))


def read_lifetime_s(fields: dict[str, Any], headers: Headers, wall: float) -> float | None:
    """Return for how many seconds a token holds; None where nothing usable is said: 0 is no lifetime."""
    seconds = read_number(fields.get("expires_in"))
    if seconds is not None:
        return min(seconds, LONGEST_S) if seconds > 0 else None
    return _read_remaining_s(fields.get("expires_at"), headers, wall)


def read_refresh_lifetime_s(fields: dict[str, Any], headers: Headers, wall: float) -> float | None:
    """Return for how many seconds the refresh token holds, None where nothing usable is said."""
    for name in _REFRESH_IN:
        seconds = read_number(fields.get(name))
        if seconds is not None:
            return min(seconds, LONGEST_S) if seconds > 0 else None
    return _read_remaining_s(fields.get("refresh_token_expires_at"), headers, wall)


def _read_remaining_s(value: object, headers: Headers, wall: float) -> float | None:
    """Return the seconds until an instant of the server's, by the server's own clock where it shows it."""
    instant = _read_instant(value)
    if instant is None:
        return None
    now = wall + read_skew_s(headers, wall)
    return min(max(instant - now, 0.0), LONGEST_S)


def read_skew_s(headers: Headers, wall: float) -> float:
    """Return by how many seconds the server's clock (its Date field) is ahead of ours, 0 where it shows none."""
    text = str(headers.get("date", ""))
    if not text or len(text) > _LONGEST_TEXT:
        return 0.0
    try:
        instant = parsedate_to_datetime(text)
        return instant.replace(tzinfo=instant.tzinfo or UTC).timestamp() - wall
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0


def _read_instant(value: object) -> float | None:
    number = read_number(value)
    if number is not None:
        return number / 1000 if number >= _EPOCH_MS else number if number > 0 else None
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        return None
    try:
        instant = datetime.fromisoformat(value.strip())
        return instant.replace(tzinfo=instant.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):
        return None


def read_number(value: object) -> float | None:
    """Return a number, also one written as text; None for anything else, infinities and truth values included."""
    if isinstance(value, str):
        text = value.strip() if len(value) <= _LONGEST_TEXT else ""
        return float(text) if _NUMBER.fullmatch(text) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int):
        return float(min(max(value, -1), 10**17))
    return value if math.isfinite(value) else None
