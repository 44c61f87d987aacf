"""What arrives and what leaves: frozen requests, answers, effects. No I/O, and nothing of any one vendor."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl

Json = Any
Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Incoming:
    """One request as it arrived. `path` is what follows the vendor's prefix, still percent-encoded."""

    at: float  # seconds since 1970
    vendor: str
    method: str
    path: str
    query: str
    headers: Mapping[str, str]  # reads without regard to case
    body: bytes
    base: str  # "http://127.0.0.1:4242/github": how the vendor calls itself in links
    fault: str | None = None

    def query_pairs(self) -> Pairs:
        """Return the query's names and values in order."""
        return parse_pairs(self.query)

    def is_json(self) -> bool:
        """Say whether the body claims to be JSON."""
        return "json" in self.headers.get("Content-Type", "")


@dataclass(frozen=True, slots=True)
class Effect:
    """One change of a vendor's state: what was done to which id, and the fields a person would know it by."""

    kind: str
    id: str
    key: Mapping[str, Json] = field(default_factory=dict)

    def describe(self) -> dict[str, Json]:
        """Return the effect as the log shows it."""
        return {"kind": self.kind, "id": self.id, "key": dict(self.key)}


@dataclass(slots=True)
class Answer:
    """What a vendor says: `release` is called once it has left, or the connection was cut instead."""

    status: int
    body: bytes = b""
    headers: Pairs = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    account: str | None = None
    idempotency_key: str | None = None  # where it did not travel in the header of that name
    release: list[Callable[[], None]] = field(default_factory=list)


JSON_TYPE = "application/json; charset=utf-8"


def json_answer(
    status: int, value: Json, headers: Pairs | None = None, *, content_type: str = JSON_TYPE
) -> Answer:
    """Return an answer whose body is `value` as compact JSON."""
    return Answer(status, to_json(value), [("Content-Type", content_type), *(headers or ())])


def html_answer(status: int, title: str, text: str) -> Answer:
    """Return a small HTML page, as proxies and gateways send it."""
    head = f"<!DOCTYPE html><html><head><title>{title}</title></head>"
    page = f"{head}<body><h1>{title}</h1><p>{text}</p></body></html>\n"
    return Answer(status, page.encode(), [("Content-Type", "text/html; charset=utf-8")])


def to_json(value: Json) -> bytes:
    """Return compact JSON; lone surrogates are written as escapes, so that any text can be answered."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def parse_pairs(text: str) -> Pairs:
    """Return form or query text as names and values in order; undecodable bytes are replaced."""
    return parse_qsl(text, keep_blank_values=True, errors="replace") if text else []


def iso_time(at: float) -> str:
    """Return an instant as 2026-11-03T12:00:00Z."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def http_date(at: float) -> str:
    """Return an instant in the form of the Date field (RFC 9110, section 5.6.7)."""
    return formatdate(at, usegmt=True)
