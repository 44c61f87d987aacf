"""How values are written: JSON, forms, queries, multipart. Pure; what goes where is decided in prepare.py."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any
from urllib.parse import quote_plus

from penstock.errors import CallRefused

_UNSAFE = re.compile(r"[^A-Za-z0-9_.~-]")
_PERCENT = {chr(code): quote_plus(chr(code)) for code in range(128)}
_LISTS = {"indexed": "{}[{}]", "brackets": "{}[]", "repeated": "{}"}


def write_json(value: Any) -> bytes:
    """Return JSON bytes; dates become ISO 8601, and NaN is refused because JSON has none."""
    try:
        return json.dumps(
            value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_to_json
        ).encode()
    except UnicodeEncodeError:
        return json.dumps(value, allow_nan=False, separators=(",", ":"), default=_to_json).encode()
    except (TypeError, ValueError) as exc:
        raise CallRefused(
            f"A parameter cannot be written as JSON: {exc}.",
            hint="Use text, numbers, booleans, lists and dicts.",
        ) from exc


def _to_json(value: Any) -> Any:
    isoformat = getattr(value, "isoformat", None)
    if isoformat is not None:
        return isoformat()
    item = getattr(value, "item", None)  # a NumPy scalar
    if item is not None:
        return item()
    if type(value).__name__ in ("Decimal", "UUID"):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def wrap(body: dict[str, Any], into: str | None, fixed: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a body with its fields below a path, and what it always holds besides."""
    whole: dict[str, Any] = json.loads(json.dumps(fixed)) if fixed else {}
    inner = whole
    for step in into.split(".") if into else ():
        inner = inner.setdefault(step, {})
    last = into.rpartition(".")[2] if into else None
    for name, value in body.items():
        if name[:1] == "/":
            whole[name[1:]] = value
        elif name == last and isinstance(value, Mapping):
            inner.update(value)  # the whole of it was given
        else:
            inner[name] = value
    return whole


def write_multipart(body: Mapping[str, Any]) -> tuple[bytes, str]:
    """Return multipart/form-data bytes and their type (RFC 7578).

    A file is bytes, or (its name, bytes), or (its name, bytes, its type); anything else is a field. The boundary is a
    hash of what it bounds: the same parameters give the same bytes, so that a row sent again is known to be the same.
    """
    try:
        parts = [
            _part(name, one)
            for name, value in body.items()
            for one in (value if isinstance(value, list) else [value])
        ]
    except UnicodeEncodeError as exc:
        raise _refuse_half(exc) from exc
    digest = blake2b(digest_size=16)
    for part in parts:
        digest.update(part)
    boundary = digest.hexdigest().encode()
    lines = b"".join(b"--%s\r\n%s\r\n" % (boundary, part) for part in parts)
    return b"%s--%s--\r\n" % (lines, boundary), f"multipart/form-data; boundary={boundary.decode()}"


def _part(name: str, value: Any) -> bytes:
    head, content = _split(name, value)
    return b"%s\r\n\r\n%s" % (head.encode(), content)


def _split(name: str, value: Any) -> tuple[str, bytes]:
    head = f'Content-Disposition: form-data; name="{_quoted(name)}"'
    if isinstance(value, bytes):
        value = ("file", value)
    if isinstance(value, tuple):
        filename, content, *kind = value
        content = content if isinstance(content, bytes) else str(content).encode()
        kind_text = re.sub(r"[\r\n]", "", str(kind[0])) if kind else "application/octet-stream"
        return f'{head}; filename="{_quoted(str(filename))}"\r\nContent-Type: {kind_text}', content
    if isinstance(value, (Mapping, list)):
        return f"{head}\r\nContent-Type: application/json", write_json(value)
    return head, plain_text(value).encode()


def _quoted(text: str) -> str:
    return text.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")


def encode_form(body: Mapping[str, Any], lists: str = "indexed") -> str:
    """Return bracketed form text: {"metadata": {"a": 1}, "items": [{"price": "p"}]} → metadata[a]=1&items[0][price]=p.

    lists: "indexed", "brackets" or "repeated", as the service wants them.
    """
    pairs: list[tuple[str, str]] = []
    for name, value in body.items():
        if type(value) is str:
            pairs.append((name, value))
        else:
            _flatten(name, value, pairs, _LISTS[lists])
    return _encode(pairs)


def _flatten(name: str, value: Any, pairs: list[tuple[str, str]], style: str) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _flatten(f"{name}[{key}]", inner, pairs, style)
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            _flatten(style.format(name, index), inner, pairs, style)
    elif value is not None:
        pairs.append((name, plain_text(value)))


def encode_query(pairs: list[tuple[str, Any]]) -> str:
    flat: list[tuple[str, str]] = []
    for name, value in pairs:
        if isinstance(value, (list, tuple)):
            flat.extend((name, plain_text(inner)) for inner in value)
        elif isinstance(value, Mapping):
            flat.append((name, write_json(value).decode()))
        else:
            flat.append((name, plain_text(value)))
    return _encode(flat)


def _encode(pairs: list[tuple[str, str]]) -> str:
    try:
        return "&".join([f"{_quote(name)}={_quote(value)}" for name, value in pairs])
    except UnicodeEncodeError as exc:
        raise _refuse_half(exc) from exc


def _refuse_half(exc: UnicodeEncodeError) -> CallRefused:
    return CallRefused(
        f"A parameter holds half a character: {exc}.", hint="Repair the text's encoding first."
    )


def _quote(text: str) -> str:
    """Return what urllib's quote_plus does, at a third of the cost for short text."""
    return _UNSAFE.sub(_percent, text)


def _percent(match: re.Match[str]) -> str:
    character = match[0]
    return _PERCENT.get(character) or quote_plus(character)


def plain_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value != value:
        raise CallRefused("A parameter is NaN.", hint="Leave it out, or fill the missing value.")
    isoformat = getattr(value, "isoformat", None)
    return isoformat() if isoformat is not None else str(value)
