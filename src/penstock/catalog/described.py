"""What a description says of one call, and of all: what the readers of descriptions return and `names.py` names.

Not yet an Operation: a name, and the way from the description's servers to a base URL, are still to be found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from keyword import iskeyword

from penstock.catalog.parameters import Parameter

# Names a call itself uses: they cannot be typed for a parameter.
_TAKEN = frozenset({"self", "max_items"})
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class DescribedCall:
    """One call as a description has it.

    server:   the address before the path, "" where the description has none.
    own_name: what the service calls it: an operationId, a method's id, "query:issues".
    tags:     the groups a description puts it in; of GraphQL, the names of all that can be listed.
    body:     json, form, multipart or raw; None where it has none, or the integration's own is meant.
    items:    where an answer keeps its rows: "$", or a path; None where it does not tell.
    document: the GraphQL text.
    """

    method: str
    path: str
    server: str = ""
    own_name: str = ""
    tags: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    body: str | None = None
    items: str | None = None
    document: str | None = None
    into: str | None = None


@dataclass(frozen=True, slots=True)
class Security:
    """A way to sign in that a description names: kind is apiKey, http, oauth2 or openIdConnect.

    place and wire: where an API key goes and its name there; scheme: "bearer" or "basic" of kind http. flow, authorize,
    token and scopes: of OAuth 2.
    """

    name: str
    kind: str
    place: str = ""
    wire: str = ""
    scheme: str = ""
    flow: str = ""
    authorize: str = ""
    token: str = ""
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Description:
    """Everything a description says: its calls, its addresses, how to sign in, and what was left out, counted by reason."""

    calls: tuple[DescribedCall, ...]
    title: str = ""
    version: str = ""
    servers: tuple[str, ...] = ()
    security: tuple[Security, ...] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        """Return the address named first, "" where there is none."""
        return self.servers[0] if self.servers else ""


def name_parameters(path: str, parameters: Iterable[Parameter]) -> tuple[str, tuple[Parameter, ...]]:
    """Return a path and parameters whose names can be typed, each once; `wire` keeps what the service calls them.

    A name that stands in several places belongs to the path first, then to the query; "id_in_body" is the other one.
    """
    renamed: dict[str, str] = {}
    taken: set[str] = set()
    for wire in dict.fromkeys(_PLACEHOLDER.findall(path)):
        renamed[wire] = _free(make_identifier(wire), "path", taken)
    path = _PLACEHOLDER.sub(lambda found: f"{{{renamed[found[1]]}}}", path)
    kept: dict[tuple[str, str], Parameter] = {}
    ordered = sorted(parameters, key=lambda p: ("path", "query", "body", "header").index(p.place))
    for parameter in ordered:
        wire = parameter.wire or parameter.name
        key = (parameter.place, wire)
        if key in kept or (parameter.place == "path" and wire not in renamed):
            continue
        if parameter.place == "path":
            # The engine fills a path by name: there is no other name on the wire.
            kept[key] = replace(parameter, name=renamed[wire], is_required=True, wire=None)
            continue
        plain = parameter.name.lower() if parameter.place == "header" else parameter.name
        name = _free(make_identifier(plain), parameter.place, taken)
        kept[key] = replace(parameter, name=name, wire=None if wire == name else wire)
    return path, tuple(p for p in kept.values() if not _goes_without_saying(p))


def make_identifier(text: str) -> str:
    """Return a name as Python lets one be typed: "$top" → top, "filter[status]" → filter_status, "from" → from_."""
    name = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_") or "value"
    name = f"n{name}" if name[0].isdigit() else name
    return f"{name}_" if iskeyword(name) or name in _TAKEN else name


def merge_skipped(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Return counts by reason, added up."""
    total: dict[str, int] = {}
    for one in counts:
        for reason, count in one.items():
            total[reason] = total.get(reason, 0) + count
    return dict(sorted(total.items()))


def erase(path: str) -> str:
    """Return a path without the names in its braces: calls are the same whose methods and erased paths are."""
    return _PLACEHOLDER.sub("{}", path)


def _free(name: str, place: str, taken: set[str]) -> str:
    free = next(one for one in _variants(name, place) if one not in taken)
    taken.add(free)
    return free


def _variants(name: str, place: str) -> Iterator[str]:
    yield name
    yield f"{name.rstrip('_')}_in_{place}"
    number = 2
    while True:
        yield f"{name.rstrip('_')}_{number}"
        number += 1


def _goes_without_saying(parameter: Parameter) -> bool:
    """Say whether a path's braces tell as much."""
    return parameter.place == "path" and parameter.type == "string" and not parameter.choices
