"""What an OAuth 2 scheme keeps of the answers it is for: the token end point's, the redirect's, a look-up's. No I/O."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from penstock.auth.reading import LARGEST_BYTES, clean, find, merge_pairs
from penstock.auth.schemes import OAuth2
from penstock.auth.tokens import Grant, Refusal, parse_token_answer
from penstock.model import Response


def parse_answer(
    scheme: OAuth2,
    response: Response,
    *,
    wall: float,
    asked: tuple[str, ...] = (),
    previous: Grant | None = None,
) -> Grant | Refusal:
    """Return what the token end point answered, to a refresh where there is a `previous` grant; never raises."""
    return parse_token_answer(
        response,
        wall=wall,
        asked=asked,
        previous=previous,
        within=scheme.within if previous is None else None,
        token_field=scheme.token_field,
        keep=scheme.keep,
        codes=dict(scheme.codes),
    )


def read_lookup(scheme: OAuth2, response: Response) -> dict[str, str]:
    """Return what the scheme keeps of the look-up's answer; nothing of a list of several. Never raises."""
    try:
        is_short = len(response.body) <= LARGEST_BYTES
        found = json.loads(response.body, object_pairs_hook=merge_pairs) if is_short else None
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    if not isinstance(found, dict) or not 200 <= response.status < 300:
        return {}
    said = {path: find(found, path) for path in scheme.keep}
    return {
        path: text
        for path, text in said.items()
        if isinstance(text, str) and text and text == clean(text, 2000)
    }


def add_extras(scheme: OAuth2, grant: Grant, found: Mapping[str, str]) -> Grant:
    """Return the grant with what the scheme keeps of a redirect's or a look-up's fields."""
    kept = {name: value for name, value in found.items() if name in scheme.keep and value}
    return replace(grant, extras=MappingProxyType({**grant.extras, **kept}))
