"""Which ways an integration's requests can be signed, and what a person gives for each. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from penstock.auth.plans import GRANTS, client_fields, fill_scheme, marks, write_plan
from penstock.auth.schemes import OPEN_FIELDS, OAuth2, Scheme, choose_scheme
from penstock.catalog.definition import BaseParameter, Integration
from penstock.connecting import fill_base
from penstock.errors import UsageError, nearest
from penstock.redact import Secret
from penstock.settings import read_secret

_HELP = {
    "client_id": "from the app's page at the service",
    "client_secret": "from the app's page at the service",
    "private_key": "the whole key, from -----BEGIN to the END line",
    "access_token": "a token you have from the service",
    "refresh_token": "to renew the access token with",
}


@dataclass(frozen=True, slots=True)
class FieldNeeded:
    """One field of a form. `default`: what stands where nothing is given."""

    name: str
    is_secret: bool
    help: str = ""
    default: str | None = None
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class SigningWay:
    """One way to sign. kind: "key" (typed in), "oauth" (a person signs in) or "client" (the app asks for itself).

    scheme_index: which of the integration's `auth` it is; can_browse, can_device: how a person can sign in.
    """

    kind: str
    fields: tuple[FieldNeeded, ...]
    title: str
    note: str
    scheme_index: int
    can_browse: bool = False
    can_device: bool = False


def ways_to_sign(integration: Integration) -> tuple[SigningWay, ...]:
    """Return every way to sign an integration's requests, the simplest first."""
    ways = [_way(index, integration) for index, _ in enumerate(integration.auth)]
    if not any(way.kind == "key" for way in ways):
        index = next((i for i, scheme in enumerate(integration.auth) if isinstance(scheme, OAuth2)), None)
        if index is not None:  # a token made at the service, or by another program
            base = _base_fields(integration, integration.auth[index], is_typed=True)
            ways.append(SigningWay("key", (_secret("access_token"), *base), "Access token", "", index))
    order = {"key": 0, "oauth": 1, "client": 2}
    return tuple(sorted(ways, key=lambda way: order[way.kind]))


def _way(index: int, integration: Integration) -> SigningWay:
    scheme = integration.auth[index]
    note = str(getattr(scheme, "note", ""))
    is_typed = not isinstance(scheme, OAuth2) or not scheme.is_offered or scheme.grant not in GRANTS
    base = _base_fields(integration, scheme, is_typed=is_typed)
    if not isinstance(scheme, OAuth2):
        title = " and ".join(name.replace("_", " ") for name in scheme.fields).capitalize()
        return SigningWay("key", (*map(_secret, scheme.fields), *base), title, note, index)
    if is_typed:
        return SigningWay("key", (_secret("access_token"), *base), "Access token", note, index)
    names = {field.name for field in base}
    required = tuple(_secret(name) for name in client_fields(scheme) if name not in names)
    optional = tuple(
        FieldNeeded(name, name not in OPEN_FIELDS, _HELP.get(name, ""), default or None, False)
        for name, default in scheme.fields_optional
        if name not in names
    )
    kind = "oauth" if scheme.grant == "authorization_code" else "client"
    title = scheme.title or ("Sign in" if kind == "oauth" else "The app itself")
    return SigningWay(
        kind,
        (*required, *optional, *base),
        title,
        note,
        index,
        can_browse=kind == "oauth" and scheme.authorize is not None,
        can_device=kind == "oauth" and scheme.device is not None,
    )


def _secret(name: str) -> FieldNeeded:
    return FieldNeeded(name, name not in OPEN_FIELDS, _HELP.get(name, ""))


def _base_fields(integration: Integration, scheme: Scheme, *, is_typed: bool) -> tuple[FieldNeeded, ...]:
    """Return the parts of the address that are to be given besides what signs; needed is what comes from nowhere else."""
    found: set[str] = set()  # in the answer to a sign-in
    if not is_typed and isinstance(scheme, OAuth2):
        found = {name for name, *_ in scheme.base} - set(marks(scheme))
    return tuple(
        FieldNeeded(
            parameter.name,
            False,
            parameter.help,
            parameter.default,
            parameter.default is None and parameter.name not in found and not _derives(parameter, scheme),
        )
        for parameter in integration.base_parameters
        if parameter.name not in scheme.fields
    )


def _derives(parameter: BaseParameter, scheme: Scheme) -> bool:
    """Say whether a part of the address is looked for in what the scheme signs with."""
    reading = _Reading(scheme.fields)
    if parameter.derive is not None:
        with suppress(Exception):  # of an integration's own, about a value that is none
            parameter.derive(reading)
    return reading.is_read


class _Reading(Mapping[str, str]):
    """Stand for a credential with these fields, and note when one of them is read."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names, self.is_read = names, False

    def __getitem__(self, name: str) -> str:
        if name not in self._names:
            raise KeyError(name)
        self.is_read = True
        return ""

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclass(frozen=True, slots=True)
class Entered:
    """What was given for an account, sorted: the credential's fields, and parts of the service's address.

    A name that is both (Twilio's account_sid) stands in both.
    """

    fields: Mapping[str, Secret]
    base: Mapping[str, str]

    def scheme_values(self, integration: Integration) -> dict[str, str]:
        """Return what may stand in the addresses of a sign-in: parts of the address, and fields that are no secrets."""
        usual = {one.name: one.default for one in integration.base_parameters if one.default}
        said = {name: secret.reveal() for name, secret in self.fields.items() if name in OPEN_FIELDS}
        return {**usual, **said, **self.base}


def sort_given(integration: Integration, given: Mapping[str, Secret | str]) -> Entered:
    """Return what was given as fields and base parameters. Raises UsageError for a name the integration does not have.

    A literal is taken for what is no secret; everything else is a Secret, "env:NAME" or "file:PATH".
    """
    parameters = {parameter.name for parameter in integration.base_parameters}
    known = {field.name for way in ways_to_sign(integration) for field in way.fields}
    known |= {"token", "access_token", "refresh_token"}
    signing = {name for scheme in integration.auth for name in scheme.fields}
    fields: dict[str, Secret] = {}
    base: dict[str, str] = {}
    for name, value in given.items():
        if name not in known:
            raise UsageError(
                f"{integration.title} takes no {name!r}.",
                hint=nearest(name, known - {"refresh_token"}),
                integration=integration.name,
            )
        is_literal = isinstance(value, str) and not value.startswith(("env:", "file:"))
        if name in parameters:
            base[name] = value if isinstance(value, str) and is_literal else read_secret(value).reveal()
            if name not in signing:
                continue
        if is_literal and name in OPEN_FIELDS:
            fields[name] = Secret(str(value))
        else:
            fields[name] = read_secret(value)
    return Entered(fields, base)


@dataclass(frozen=True, slots=True)
class Plan:
    """How an account is kept: its kind, the fields under the scheme's names, and the text of the plan of its tokens."""

    kind: str
    fields: Mapping[str, Secret]
    text: str | None


def plan_account(integration: Integration, entered: Entered, base_url: str | None) -> Plan:
    """Return how what was given is kept. Raises UsageError, saying what is missing, where it makes no credential."""
    fields = entered.fields
    if "refresh_token" not in fields:
        chosen = choose_scheme(integration.auth, fields)
        if chosen is not None:
            fill_base(integration, entered.base, fields, is_given=base_url is not None)
            scheme, credential = chosen
            both = {
                name: fields[name] for name in entered.base if name in fields
            }  # no secret: it is in the address
            return Plan("key", both | {name: credential[name] for name in scheme.fields}, None)
    for scheme in integration.auth:
        if not isinstance(scheme, OAuth2) or not scheme.is_offered or scheme.grant not in GRANTS:
            continue
        is_persons = scheme.grant == "authorization_code"
        if is_persons != ("refresh_token" in fields) or (is_persons and scheme.refresh == "none"):
            continue
        if set(client_fields(scheme)) <= {*fields, *entered.base}:
            _check_place(integration, scheme, entered, base_url)
            filled = fill_scheme(scheme, entered.scheme_values(integration))
            return Plan("oauth" if is_persons else "client", fields, write_plan(filled))
    raise UsageError(
        _say_missing(integration, fields), hint=_say_ways(integration), integration=integration.name
    )


def _check_place(integration: Integration, scheme: OAuth2, entered: Entered, base_url: str | None) -> None:
    """Raise UsageError where no answer of the service will complete the address, or a part cannot be one."""
    fill_base(integration, entered.base, {}, is_given=True)
    for field in _base_fields(integration, scheme, is_typed=False):
        if field.is_required and field.name not in entered.base and base_url is None:
            raise UsageError(
                f"{integration.title} needs {field.name}{f': {field.help}' if field.help else ''}.",
                hint=f"Give it beside the others: {field.name}=...",
                integration=integration.name,
            )


def plan_sign_in(
    integration: Integration, entered: Entered, index: int | None, scopes: tuple[str, ...] | None
) -> tuple[SigningWay, OAuth2]:
    """Return the way tokens are had, and its scheme filled in. `index`: which of the integration's `auth`."""
    offered = {way.scheme_index: way for way in ways_to_sign(integration) if way.kind in ("oauth", "client")}
    if not offered:
        raise UsageError(
            f"{integration.title} has no sign-in; it takes a key.",
            hint=f"ps.vault().add({integration.name!r}, account, …): {_say_ways(integration)}",
            integration=integration.name,
        )
    if index is None:
        index = next(iter(offered))
    if index not in offered:
        raise UsageError(
            f"Way {index!r} of {integration.title} is no sign-in.",
            hint=f"There are: {', '.join(f'{i} ({way.title})' for i, way in offered.items())}.",
            integration=integration.name,
        )
    scheme = integration.auth[index]
    assert isinstance(scheme, OAuth2)
    fill_base(integration, entered.base, {}, is_given=True)
    filled = fill_scheme(scheme, entered.scheme_values(integration))
    if scopes is not None:
        filled = replace(filled, scopes=tuple(scopes))
    return offered[index], filled


def plan_again(
    integration: Integration, plan: OAuth2, scopes: tuple[str, ...] | None
) -> tuple[SigningWay, OAuth2]:
    """Return the way an account was signed in by before, and its plan: nothing has to be given again."""
    kind = "oauth" if plan.grant == "authorization_code" else "client"
    way = SigningWay(
        kind,
        (),
        plan.title,
        plan.note,
        -1,
        kind == "oauth" and plan.authorize is not None,
        plan.device is not None,
    )
    return way, plan if scopes is None else replace(plan, scopes=scopes)


def move_end_points(scheme: OAuth2, addresses: Mapping[str, str | None]) -> OAuth2:
    """Return a filled-in scheme with other addresses; what is not named there does not exist there."""
    known = {"authorize", "token", "device", "lookup"}
    if not addresses.keys() <= known or not addresses.get("token"):
        raise UsageError(
            f"end_points= has {', '.join(sorted(addresses)) or 'nothing'}.",
            hint="It takes token, and authorize, device and lookup where the service has them.",
        )
    return replace(
        scheme,
        authorize=addresses.get("authorize"),
        token=addresses["token"],
        device=addresses.get("device"),
        lookup=addresses.get("lookup"),
        revoke=None,
    )


def _say_missing(integration: Integration, fields: Mapping[str, Secret]) -> str:
    given = ", ".join(sorted(fields)) or "nothing"
    return f"What was given for {integration.title} ({given}) makes no credential."


def _say_ways(integration: Integration) -> str:
    said = []
    for way in ways_to_sign(integration):
        if way.kind != "oauth":
            names = [field.name for field in way.fields if field.is_required]
            said.append(", ".join(f"{name}=" for name in names))
    return f"Needed is {' or '.join(dict.fromkeys(said))}." if said else "Sign in instead: ps.sign_in(...)."
