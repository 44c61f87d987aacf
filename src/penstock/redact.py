"""The one place that hides secrets: by value, wherever text leaves Penstock.

A `Secret` is known from the moment it is made until it is collected, and `redact` takes its value out of any
text, in clear and as base64, hex, url-encoded or escaped. It does not look for what merely resembles one.
"""

from __future__ import annotations

import base64
import hmac
import html
import json
import logging
import re
import weakref
from typing import Any, NoReturn, TypeVar
from urllib.parse import quote, quote_plus

HIDDEN = "‹hidden›"
_SHORTEST = 6  # shorter values would blank out ordinary words

_known: weakref.WeakValueDictionary[int, Secret] = weakref.WeakValueDictionary()


class Secret:
    """Hold a value that is never shown: no str, repr, pickle, copy or JSON carries it.

    `reveal()` is the one way to the text; call it where the bytes leave, and nowhere else.
    """

    __slots__ = ("__weakref__", "_forms", "_value")

    def __init__(self, value: str) -> None:
        if not isinstance(value, str):
            del value  # it may be one all the same, and a traceback could show it
            raise TypeError("A Secret is made of text: ps.Secret('…').")
        self._value = value
        self._forms = _spellings(value)
        _known[id(self)] = self

    def reveal(self) -> str:
        """Return the text itself."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({HIDDEN})"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return id(self)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A Secret cannot be pickled or copied: pass the account's name and look it up there.")

    __copy__ = __deepcopy__ = __reduce_ex__


def _spellings(value: str) -> tuple[str, ...]:
    if len(value) < _SHORTEST:
        return ()
    raw = value.encode()
    quoted = {quote(value), quote(value, safe=""), quote_plus(value), quote_plus(value, safe="/")}
    forms = {
        value,
        *quoted,
        *(re.sub("%..", lambda code: code[0].lower(), text) for text in quoted),
        raw.hex(),
        raw.hex().upper(),
        repr(value)[1:-1],
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        json.dumps(value)[1:-1].replace("/", "\\/"),  # as PHP writes JSON
        html.escape(value),
    }
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        forms |= {encode(raw).decode(), encode(raw).decode().rstrip("=")}
        # In a longer text (Basic auth) the value starts at one of three offsets, and only the characters made
        # of its bits alone are always the same: from `first` to the last whole group of 6 bits.
        for offset, first in ((0, 0), (1, 2), (2, 3)):
            forms.add(encode(b"\0" * offset + raw).decode()[first : (offset + len(raw)) * 8 // 6])
    forms |= {quote(form, safe="") for form in forms}  # in an address that is part of another
    return tuple(form for form in forms if len(form) >= _SHORTEST)


def redact(text: str) -> str:
    """Return `text` with the value of every living Secret replaced, in whichever spelling it stands."""
    found: set[str] = set()
    for known in _known.valuerefs():  # a list of its own: other threads may make and drop secrets meanwhile
        secret = known()
        if secret is not None:
            found.update(form for form in secret._forms if form in text)
    if not found:
        return text
    # The longest first, so that of a value which contains another nothing is left.
    return re.sub("|".join(map(re.escape, sorted(found, key=len, reverse=True))), HIDDEN, text)


E = TypeVar("E", bound=BaseException)


def strip_error(error: E, handled: BaseException | None) -> E:
    """Return a library's error as it may be kept: no secret in its words, and none of the frames that held the request.

    Whoever prints a traceback with the variables of each frame would see there what was sent, credential and all.
    handled: sys.exception() from before; it is somebody else's, and stays as it is with all it came from.
    """
    left: list[BaseException | None] = [error]
    seen: set[int] = set()
    while left:
        link = left.pop()
        if link is None or link is handled or id(link) in seen:
            continue
        seen.add(id(link))
        left += [link.__cause__, link.__context__]
        link.__traceback__ = None
        vars(link).clear()
        link.args = tuple(map(_redact_in, link.args))
    return error


def _redact_in(value: Any) -> Any:
    if isinstance(value, dict):
        return {_redact_in(name): _redact_in(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_redact_in(each) for each in value]
    return value if value is None or isinstance(value, int | float) else redact(str(value))


class RedactingFilter(logging.Filter):
    """Take secrets out of log records, and out of the tracebacks they carry, before any handler sees them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, cleaned."""
        if not _known:
            return True
        try:
            message = record.getMessage()
        except Exception:  # arguments that do not fit the message: the handler reports that
            return True
        clean = redact(message)
        if clean != message:
            record.msg, record.args = clean, ()
        if record.exc_info and not record.exc_text:
            record.exc_text = redact(_formatter.formatException(record.exc_info))
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True


_formatter = logging.Formatter()
