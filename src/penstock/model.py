"""What travels between the rooms: frozen records, no behaviour that does I/O."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from penstock.errors import ResponseUnreadable
from penstock.redact import redact, strip_error

_decode = json.JSONDecoder().decode  # json.loads looks at more options than anybody uses here
Json = Any  # what json.loads gives: dict, list, str, int, float, bool, None


class Verdict(StrEnum):
    """What an answer means for the next step."""

    SUCCESS = "success"
    TRANSIENT = "transient"  # nothing happened, or doing it again does no harm: retry
    THROTTLED = "throttled"  # they refused us for now: wait, then retry
    AUTH = "auth"  # the credential was refused
    PERMANENT = "permanent"  # the server said no: no effect, and asking again will not help
    UNCERTAIN = "uncertain"  # it may have happened, and asking again could do it twice


class Headers(Mapping[str, str]):
    """Read header fields without regard to case; several fields of one name are joined with a comma."""

    __slots__ = ("_fields",)

    def __init__(
        self, fields: Mapping[str, str] | list[tuple[str, str]] | tuple[tuple[str, str], ...] = ()
    ) -> None:
        pairs = list(fields.items() if isinstance(fields, Mapping) else fields)
        merged = {name.lower(): value for name, value in pairs}
        if len(merged) != len(pairs):
            merged.clear()
            for name, value in pairs:
                name = name.lower()
                merged[name] = f"{merged[name]}, {value}" if name in merged else value
        self._fields = merged

    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower()]

    def get(self, name: str, default: Any = None) -> Any:
        """Return a field, or `default`; the mapping's own way raises and catches a KeyError for each miss."""
        return self._fields.get(name.lower(), default)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._fields

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return redact(f"Headers({self._fields})")


class Journal(Protocol):
    """Write down that a request is about to leave, before it does (the ledger's side of the corridor)."""

    async def intent(self, attempt: int, request: Request | None) -> None:
        """Return once the intent is durable; only then may the bytes leave."""
        ...

    def refused(self, attempt: int) -> None:
        """Note that the attempt certainly had no effect, so that a crash now leaves no doubt behind."""
        ...

    def waits(self, reason: str | None, until: float | None) -> None:
        """Note what the call waits on now (limit, breaker), until when on the wall clock; None when it goes on."""
        ...


class Call(NamedTuple):
    """One operation to be called with these parameters: for whom, for which row."""

    operation: str
    parameters: Mapping[str, Any]
    idempotency_key: str | None = None
    source: str = (
        ""  # who asks: a run's name, or "" for a call typed by hand; the queue is fair between sources
    )
    row: str | None = None
    deadline_at: float | None = None  # on the monotonic clock
    patience_s: float = (
        300.0  # the longest wait for a limit before the call is given up (promises: 5 minutes)
    )
    journal: Journal | None = None


class Request(NamedTuple):
    """An HTTP request, ready but for its signature. `body` is bytes so that every attempt sends the same."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    timeout_s: float | None = None
    is_resendable: bool = (
        False  # an idempotent method, or a key the server knows: sending it twice does no harm
    )

    # A signed request stands among the variables of every frame below the signing: a traceback may show those.
    def __repr__(self) -> str:
        return f"<Request {' '.join(self.__rich_repr__())}>"

    def __rich_repr__(self) -> Iterator[str]:
        yield self.method
        yield redact(self.url)
        yield f"with {', '.join(name for name, _ in self.headers) or 'no header fields'}"
        yield f"and {len(self.body or b''):,} bytes"


@dataclass(frozen=True, slots=True)
class Response:
    """What came back. `.data` is the parsed body; `response["id"]` reads it; durations are seconds."""

    status: int
    headers: Headers
    body: bytes = field(repr=False)
    elapsed: float = 0.0
    attempts: int = 1
    operation: str = ""
    integration: str = ""
    _data: list[Json] = field(default_factory=list, repr=False, compare=False)

    @property
    def data(self) -> Json:
        """Return the body parsed as JSON, None when it is empty.

        Raises ResponseUnreadable when the body is not JSON; `.text` still has it.
        """
        if not self._data:
            self._data.append(parse_json(self))
        return self._data[0]

    @property
    def text(self) -> str:
        """Return the body as text (UTF-8, what cannot be decoded is replaced)."""
        return self.body.decode("utf-8", "replace")

    @property
    def request_id(self) -> str | None:
        """Return the id the service gave this request, to quote to its support."""
        for name in ("request-id", "x-request-id", "x-github-request-id", "x-slack-req-id", "cf-ray"):
            if name in self.headers:
                return self.headers[name]
        return None

    def __getitem__(self, key: str | int) -> Any:
        data = self.data
        try:
            return data[key]
        except (KeyError, IndexError, TypeError):
            has = ", ".join(map(str, data)) if isinstance(data, dict) else type(data).__name__
            raise KeyError(f"{key!r} is not in this response; it has: {has}") from None

    def __reduce__(self) -> tuple[Any, ...]:
        """Let a pickle or copy have what a service said, without the credential where it repeats that."""
        said = self.body.decode("utf-8", "surrogateescape")
        body = redact(said).encode("utf-8", "surrogateescape")
        headers = Headers({name: redact(value) for name, value in self.headers.items()})
        parts = (self.elapsed, self.attempts, self.operation, self.integration)
        return Response, (self.status, headers, body, *parts)

    def __repr__(self) -> str:
        named = f"{self.integration} {self.operation}".strip()
        retried = f", {self.attempts} attempts" if self.attempts > 1 else ""
        return f"<Response {self.status} {named}, {len(self.body)} bytes, {self.elapsed:.3f} s{retried}>"


def parse_json(response: Response) -> Json:
    """Return the JSON in a response's body, or raise ResponseUnreadable saying what stood there instead."""
    handled = sys.exception()
    try:
        return _read_json(response.body)
    except (ValueError, RecursionError) as exc:
        kind = response.headers.get("content-type", "no content type")
        raise ResponseUnreadable(
            f"The answer is not JSON ({kind}); it begins {redact(response.text)[:120]!r}.",
            status=response.status,
            integration=response.integration,
            operation=response.operation,
        ) from strip_error(exc, handled)  # the reader's frames have the whole body


def _read_json(body: bytes) -> Json:
    if not body or body.isspace():
        return None
    try:
        return _decode(body.decode())
    except UnicodeDecodeError:
        return json.loads(body)  # UTF-16 and UTF-32 are told by their first bytes


class Outcome(NamedTuple):
    """How a row ended: done, failed, uncertain or skipped; `response` is the body's text."""

    status: str
    attempts: int = 0
    elapsed_s: float = 0.0
    error_type: str | None = None
    error: str | None = None
    hint: str | None = None
    response: str | None = None
    http_status: int | None = None
