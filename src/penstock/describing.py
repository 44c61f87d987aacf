"""From what `connect` was given, a path, an address or a dict, to the Integration it describes. It fetches and reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from penstock.catalog.definition import Integration
from penstock.catalog.document import check, parse, read_file
from penstock.catalog.from_document import build_integration
from penstock.connecting import check_address
from penstock.engine.sending import MAX_REDIRECTS
from penstock.engine.transport import Transport
from penstock.errors import UsageError
from penstock.model import Request

FETCH_WITHIN_S = 60.0


async def describe(
    source: str | Path | Mapping[str, Any],
    transport: Transport,
    *,
    base_url: str | None = None,
    taken: frozenset[str] = frozenset(),
) -> Integration:
    """Return the integration a document describes; no credential is sent for it. Raises UsageError."""
    found_at = None
    if isinstance(source, Mapping):
        document = check(dict(source))
    elif "://" in str(source):
        found_at, content = await _fetch(str(source), transport)
        document = parse(content, str(source))
    else:
        document = read_file(source)
    return build_integration(document, base_url=base_url, found_at=found_at, taken=taken)


async def _fetch(url: str, transport: Transport) -> tuple[str, bytes]:
    """Return where a document was found in the end, and its bytes."""
    for _ in range(MAX_REDIRECTS + 1):
        check_address(url)
        response = await transport.send(Request("GET", url, (), None, FETCH_WITHIN_S))
        target = response.headers.get("location")
        if not (300 <= response.status < 400 and target):
            break
        url = urljoin(url, target)
    if response.status != 200:
        raise UsageError(
            f"{url} answered {response.status}, not a description.",
            hint="Open it in a browser, or give a file.",
        )
    return url, response.body
