"""From what a source holds to the credentials that could be stored: whose each is, whole or not. No I/O.

Values are looked at and never shown; `auth/variables.py` says what a name means.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from penstock.auth.plans import GRANTS, client_fields
from penstock.auth.schemes import ApiKeys, OAuth2
from penstock.auth.variables import (
    DEFAULT,
    SPELLINGS,
    Reading,
    Spelling,
    build_spellings,
    group,
    is_unfinished,
    read_shape,
    read_variable,
    slug,
)
from penstock.catalog.definition import Integration
from penstock.catalog.registry import Registry
from penstock.connecting import derive
from penstock.errors import PenstockError
from penstock.redact import Secret
from penstock.sources import Found


@dataclass(frozen=True, slots=True)
class Candidate:
    """A credential that could be stored: where it was found, what it would fill, what is missing; no value shows."""

    integration: str
    account: str
    variables: tuple[str, ...]
    fields: Mapping[str, Secret]
    base: Mapping[str, str]
    missing: tuple[str, ...]
    is_there: bool
    note: str = ""

    @property
    def name(self) -> str:
        """Return "stripe/acme"."""
        return f"{self.integration}/{self.account}"

    def shown(self) -> dict[str, Any]:
        """Return what may be shown."""
        return {
            "from": ", ".join(self.variables),
            "integration": self.integration,
            "account": self.account,
            "fills": ", ".join([*self.fields, *self.base]),
            "missing": ", ".join(self.missing),
            "is_there": self.is_there,
            "note": self.note,
        }

    def __repr__(self) -> str:
        return f"<Candidate {self.name} from {', '.join(self.variables)}>"


def find_candidates(
    found: Iterable[Found], registry: Registry, taken: Collection[tuple[str, str]]
) -> tuple[list[Candidate], int]:
    """Return the credentials that could be stored, and how many values nobody knows. taken: those the vault has."""
    integrations = dict(_load(registry))
    known = build_spellings(
        {name: _parts(one) for name, one in integrations.items()},
        {name: field for name, one in integrations.items() if (field := _main(one))},
    )
    readings: list[Reading] = []
    unrecognised = 0
    for one in found:
        read = list(_read(one, integrations, known))
        readings += read
        unrecognised += not read
    candidates = [
        _build(integrations[name], account, mine, lent, (name, account) in taken)
        for (name, account), mine, lent in _complete(group(readings), integrations)
    ]
    return sorted(candidates, key=lambda one: one.name), unrecognised


def _load(registry: Registry) -> Iterator[tuple[str, Integration]]:
    for name in registry.names():
        try:
            yield name, registry.get(name)
        except PenstockError:  # another package's, and broken: `penstock integrations` says so
            continue


def _ways(integration: Integration) -> list[tuple[str, ...]]:
    """Return what makes a whole credential, the simplest first.

    A scheme's fields; what an app asks for its own tokens with; a refresh token with its app's id and secret.
    """
    ways = [scheme.fields for scheme in integration.auth if scheme.fields]
    base = {parameter.name for parameter in integration.base_parameters}
    for scheme in integration.auth:
        if isinstance(scheme, OAuth2) and scheme.is_offered and scheme.grant in GRANTS:
            client = tuple(name for name in client_fields(scheme) if name not in base)
            if scheme.grant != "authorization_code":
                ways.append(client)
            elif scheme.refresh != "none":
                optional = tuple(name for name, _ in scheme.fields_optional if name == "client_secret")
                ways += [(*client, *optional, "refresh_token"), (*client, "refresh_token")]
    return list(dict.fromkeys(ways))


def _parts(integration: Integration) -> tuple[str, ...]:
    needed = [one.name for one in integration.base_parameters if one.default is None]
    spelled = SPELLINGS.get(integration.name, {})
    named = [one.name for one in integration.base_parameters if one.name in spelled]
    return tuple(dict.fromkeys([field for way in _ways(integration) for field in way] + needed + named))


def _main(integration: Integration) -> str | None:
    """Return the field that is all of a key, None where a key has several."""
    first = next((way for way in _ways(integration)), ())
    return (
        first[0]
        if len(first) == 1
        else next((one[0] for one in _ways(integration) if one == ("token",)), None)
    )


def _read(
    found: Found, integrations: Mapping[str, Integration], known: Mapping[str, Spelling]
) -> Iterator[Reading]:
    """Give what one value is taken for: one reading, or none; of netrc the login too, and parts of the host."""
    if found.host:
        for name, one in integrations.items():
            parts = _read_host(one, found.host)
            if parts is None:
                continue
            fields = next(
                (way for scheme in one.auth if (way := scheme.fields) and not isinstance(scheme, ApiKeys)), ()
            )
            if len(fields) == 2 and found.login is not None:
                yield Reading(found.name, name, fields[0], DEFAULT, found.login)
            if fields:
                yield Reading(found.name, name, fields[-1], DEFAULT, found.value)
            for part, value in parts.items():
                yield Reading(found.name, name, part, DEFAULT, Secret(value))
            return
        return
    variable = re.sub(r"\W+", "_", found.service).upper() if found.service else found.name
    name = variable.lower()
    field = _main(integrations[name]) if found.service and name in integrations else None
    read = (
        Reading(found.name, name, field, DEFAULT, found.value)
        if field
        else read_variable(variable, found.value, known)
    )
    if read is not None:
        account = slug(found.login.reveal()) if found.login is not None else ""
        yield replace(read, name=found.name, account=account or read.account)


def _read_host(integration: Integration, host: str) -> dict[str, str] | None:
    """Return the parts of the address a host of netrc has; a service that can be anywhere is told by its usual host."""
    if read_address(integration, "nobody.invalid") is not None:
        usual = {one.name: one.default or "" for one in integration.base_parameters}
        return {} if host in usual.values() else None
    parts = read_address(integration, host)
    if parts is None and integration.base_url.startswith("https://api."):
        return read_address(integration, f"api.{host}")  # as git has it: github.com
    return parts


def read_address(integration: Integration, text: str) -> dict[str, str] | None:
    """Return the base parameters an address or host has ({"shop": "acme"}), None where it is not this service's."""
    patterns = {one.name: one.pattern for one in integration.base_parameters}
    host = integration.base_url.partition("://")[2].partition("/")[0]
    pieces = re.split(r"(\{\w+\})", host)
    pattern = "".join(
        f"(?P<{piece[1:-1]}>{patterns[piece[1:-1]]})" if piece[1:-1] in patterns else re.escape(piece)
        for piece in pieces
    )
    bare = re.sub(r"^https?://", "", text.strip()).rstrip("/")
    is_own = host.startswith("{") and host.endswith("}")  # the whole host is the user's: it may have a path
    match = re.fullmatch(pattern, bare if is_own else bare.partition("/")[0])
    return None if match is None else match.groupdict()


def _complete(
    groups: Mapping[tuple[str, str], list[Reading]], integrations: Mapping[str, Integration]
) -> Iterator[tuple[tuple[str, str], list[Reading], list[Reading]]]:
    """Give each group that holds a secret, with parts of an address it may share with the account "default"."""
    for (name, account), mine in groups.items():
        fields = {field for way in _ways(integrations[name]) for field in way}
        if not any(one.part in fields for one in mine):
            continue
        had = {one.part for one in mine}
        lent = [
            one
            for one in groups.get((name, DEFAULT), ())
            if account != DEFAULT and one.part not in fields and one.part not in had
        ]
        yield (name, account), mine, lent


def _build(
    integration: Integration, account: str, mine: Sequence[Reading], lent: Sequence[Reading], is_there: bool
) -> Candidate:
    values = {one.part: one.value for one in (*lent, *mine)}
    notes = []
    for one in mine:
        shape = read_shape(one.value)
        if is_unfinished(one.value):
            values.pop(one.part, None)
            notes.append(f"{one.name} is made from other variables, which are not followed")
        elif shape is not None and shape[0] != integration.name:
            notes.append(f"{one.name} looks like a key of {shape[0]}")
    ways = _ways(integration)
    started = [way for way in ways if any(name in values for name in way)] or ways
    way = min(started, key=lambda way: sum(name not in values for name in way))  # the first that lacks least
    if "refresh_token" in way and "refresh_token" not in values:
        notes.append("an app's own id and secret: `penstock sign-in` takes them")
    fields = {name: values[name] for name in way if name in values}
    base, missing = {}, [name for name in way if name not in values]
    for parameter in integration.base_parameters:
        if parameter.name in values and parameter.name not in fields:
            text = values[parameter.name].reveal()
            parsed = (read_address(integration, text) or {}).get(parameter.name, text)
            if re.fullmatch(parameter.pattern, parsed):
                base[parameter.name] = parsed
                continue
            notes.append(f"{parameter.name} does not fit")
        if parameter.default is None and derive(parameter, fields) is None:
            missing.append(parameter.name)
    variables = tuple(dict.fromkeys(one.name for one in (*mine, *lent)))
    return Candidate(
        integration.name, account, variables, fields, base, tuple(missing), is_there, "; ".join(notes)
    )
