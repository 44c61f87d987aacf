"""What the agent and its clients say to each other: frames of JSON, secrets marked as such. No I/O.

A frame is a u32, big-endian, and as many bytes of UTF-8 JSON. A request is {"v": 1, "op": …, "arguments": {…}}, its
answer {"ok": true, "value": …} or {"ok": false, "error": {"kind", "message", "hint", "details"}}. A Secret travels as
{"$secret": "text"} and is one again as soon as it is read. Whatever the bytes are, reading them gives a value or one
of our errors, which repeats nothing of them.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from penstock import errors
from penstock.agent.operations import OPERATIONS, check_arguments
from penstock.errors import PenstockError, UsageError
from penstock.redact import Secret

VERSION = 1
HEAD_BYTES = 4
MOST_REQUEST, MOST_ANSWER = 64 * 1024, 1024 * 1024  # bytes of JSON

_SECRET = "$secret"
_DEEPEST = 16
_MOST_DIGITS = 19
_MOST_WHOLE = 2**63


@dataclass(frozen=True, slots=True)
class Request:
    """One operation and its arguments, checked."""

    op: str
    arguments: Mapping[str, Any]


class _Unreadable(Exception):
    """What is wrong with a text; never a part of it."""


def build_frame(body: bytes) -> bytes:
    """Return a body as it goes over the wire."""
    return struct.pack(">I", len(body)) + body


def body_length(head: bytes, most_bytes: int) -> int:
    """Return how many bytes follow a frame's head; raises UsageError where they are too many."""
    length: int = struct.unpack(">I", head)[0]
    if not 0 < length <= most_bytes:
        raise UsageError(
            f"A message to or from the agent has {length:,} bytes; 1 to {most_bytes:,} are taken.",
            hint="Ask for less at once.",
        )
    return length


def encode(value: Any, most_bytes: int) -> bytes:
    """Return a value of JSON's types and Secrets as bytes; raises UsageError for another type, or too much of it."""
    body = json.dumps(_plain(value, 0), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    length = len(body)
    if length > most_bytes:
        del body  # a traceback could show it
        raise UsageError(
            f"{length:,} bytes are more than the agent's protocol carries at once ({most_bytes:,}).",
            hint="Send it in parts: fewer accounts in a bundle, say.",
        )
    return body


def decode(body: bytes) -> Any:
    """Return the value in some bytes, its secrets as Secret; raises UsageError for whatever `encode` does not make."""
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_read_object,
            parse_int=_read_whole,
            parse_float=_read_number,
            parse_constant=_refuse_constant,
        )
        _check_text(value, 0)
        return value
    except _Unreadable as exc:
        problem = str(exc)
    except UnicodeDecodeError:
        problem = "it is not UTF-8"
    except RecursionError:
        problem = "it is nested too deeply"
    except ValueError:
        problem = "it is not JSON"
    # Raised here, so that no error that holds the text itself hangs on to it.
    raise UsageError(f"A message to or from the agent cannot be read: {problem}.")


def build_request(op: str, arguments: Mapping[str, Any]) -> bytes:
    """Return a request's body; raises UsageError for arguments the agent would refuse."""
    check_arguments(op, arguments)
    return encode({"v": VERSION, "op": op, "arguments": dict(arguments)}, MOST_REQUEST)


def read_request(body: bytes) -> Request:
    """Return what is asked for; raises UsageError for anything that is not in the table of operations."""
    said = decode(body)
    if not isinstance(said, dict) or said.keys() != {"v", "op", "arguments"}:
        raise UsageError("A request to the agent has exactly v, op and arguments.")
    if type(said["v"]) is not int or said["v"] != VERSION:
        raise UsageError(
            f"The agent speaks version {VERSION} of its protocol, and was asked in another.",
            hint="It was started by another Penstock: penstock agent stop, then unlock again.",
        )
    op, arguments = said["op"], said["arguments"]
    if not isinstance(op, str) or op not in OPERATIONS:
        raise UsageError("The agent knows no such operation.", hint=f"There are: {', '.join(OPERATIONS)}.")
    if not isinstance(arguments, dict):
        raise UsageError(f"The arguments of the agent's {op!r} are no object.")
    check_arguments(op, arguments)
    return Request(op, arguments)


def build_answer(value: Any) -> bytes:
    """Return the body that carries an operation's value."""
    return encode({"ok": True, "value": value}, MOST_ANSWER)


def build_refusal(error: PenstockError) -> bytes:
    """Return the body that carries an error; what of it is not JSON stays behind."""
    said = {
        "kind": type(error).__name__,
        "message": _clean(error.message),
        "hint": None if error.hint is None else _clean(error.hint),
        "details": {
            name: _clean(value) if isinstance(value, str) else value
            for name, value in vars(error).items()
            if _is_detail(name) and _is_simple(value)
        },
    }
    return encode({"ok": False, "error": said}, MOST_ANSWER)


def read_answer(body: bytes) -> Any:
    """Return an operation's value, or raise the error it ended with."""
    said = decode(body)
    if isinstance(said, dict) and said.keys() == {"ok", "value"} and said["ok"] is True:
        return said["value"]
    if isinstance(said, dict) and said.keys() == {"ok", "error"} and said["ok"] is False:
        error = _read_error(said["error"])
        if error is not None:
            raise error
    raise UsageError(
        "The agent's answer is not one.",
        hint="It was started by another Penstock: penstock agent stop, then unlock again.",
    )


def _read_error(said: Any) -> PenstockError | None:
    if not isinstance(said, dict) or said.keys() != {"kind", "message", "hint", "details"}:
        return None
    kind, message, hint, details = said["kind"], said["message"], said["hint"], said["details"]
    if not isinstance(kind, str) or not isinstance(message, str) or not isinstance(hint, str | None):
        return None
    if not isinstance(details, dict):
        return None
    error = _error_class(kind)(message, hint=hint)
    for name, value in details.items():
        if _is_detail(name) and _is_simple(value):
            setattr(error, name, value)
    return error


def _error_class(kind: str) -> type[PenstockError]:
    found = getattr(errors, kind, None)
    return found if isinstance(found, type) and issubclass(found, PenstockError) else PenstockError


def _is_detail(name: str) -> bool:
    """Say whether an error may carry this attribute: one of its own, in the way of no method."""
    return (
        name.isidentifier()
        and len(name) <= 64
        and not name.startswith("_")
        and name not in ("message", "hint")
        and not hasattr(PenstockError, name)
    )


def _is_simple(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return abs(value) < _MOST_WHOLE
    return value is None or (isinstance(value, str) and len(value) <= 4096)


def _clean(text: str) -> str:
    return text[:8192].encode("utf-8", "backslashreplace").decode()


def _plain(value: Any, depth: int) -> Any:
    """Return a value with its Secrets marked; a kind of value JSON does not have is refused by its type alone."""
    if depth > _DEEPEST:
        raise UsageError(f"A value for the agent is nested more than {_DEEPEST} deep.")
    if isinstance(value, Secret):
        return {_SECRET: value.reveal()}
    if isinstance(value, str) and _is_encodable(value):
        return str(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int) and abs(value) < _MOST_WHOLE:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if isinstance(value, list | tuple):
        return [_plain(each, depth + 1) for each in value]
    if isinstance(value, Mapping) and _SECRET not in value and all(map(_is_name, value)):
        return {str(name): _plain(each, depth + 1) for name, each in value.items()}
    raise UsageError(
        f"The agent's protocol does not carry this {type(value).__name__}.",
        hint="It carries Secrets, texts, finite numbers, True, False, None, lists, and dicts with names of text.",
    )


def _read_object(pairs: list[tuple[str, Any]]) -> Any:
    names = {name for name, _ in pairs}
    if len(names) < len(pairs):
        raise _Unreadable("a name stands in it twice")
    if _SECRET in names:
        text = pairs[0][1]
        if len(pairs) > 1 or not isinstance(text, str) or not _is_encodable(text):
            raise _Unreadable("a secret in it is not one")
        return Secret(text)
    return dict(pairs)


def _read_whole(text: str) -> int:
    if len(text.lstrip("-")) > _MOST_DIGITS or abs(int(text)) >= _MOST_WHOLE:
        raise _Unreadable("a number in it is too large")
    return int(text)


def _read_number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _Unreadable("a number in it is too large")
    return value


def _refuse_constant(_: str) -> float:
    raise _Unreadable("a number in it is none")


def _check_text(value: Any, depth: int) -> None:
    """Return when no text in a value has half a surrogate pair, and nothing is too deep."""
    if depth > _DEEPEST:
        raise _Unreadable("it is nested too deeply")
    if isinstance(value, str):
        if not _is_encodable(value):
            raise _Unreadable("a text in it is not Unicode")
    elif isinstance(value, dict):
        for name, each in value.items():
            _check_text(name, depth)
            _check_text(each, depth + 1)
    elif isinstance(value, list):
        for each in value:
            _check_text(each, depth + 1)


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and _is_encodable(name)


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
