"""What `connect` checks and works out before there is a connection: account, address, limits. No I/O, no state."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NoReturn
from urllib.parse import urlsplit

from penstock.catalog.definition import BaseParameter, Integration, Limit
from penstock.errors import AccountNeeded, UsageError, nearest
from penstock.redact import Secret


def refuse_without_account(integration: Integration, account: str | None) -> NoReturn:
    """Raise AccountNeeded, saying how an account is given."""
    wanted = f"the account {account!r}" if account else "an account"
    fields = next((scheme.fields for scheme in integration.auth if scheme.fields), ("token",))
    name = integration.name
    typed = ", ".join(f"{field}=ps.ask()" for field in fields)
    named = ", ".join(f'"{field}": "env:{name.upper()}_{field.upper()}"' for field in fields)
    raise AccountNeeded(
        f"There is no {'such account' if account else 'account'} for {integration.title} ({wanted} is needed).",
        hint=f"Keep one in the vault: ps.vault().add({name!r}, {account or 'main'!r}, {typed}). For a script: ps.connect("
        f"{name!r}, credential={{{named}}}). Without a key: ps.connect({name!r}, sandbox=True).",
        integration=name,
        account=account,
    )


def fill_base(
    integration: Integration,
    given: Mapping[str, str],
    secrets: Mapping[str, Secret],
    *,
    is_given: bool,
) -> dict[str, str]:
    """Return the parts of the base URL: given, derived from the credential, or the default. Raises UsageError."""
    declared = {parameter.name: parameter for parameter in integration.base_parameters}
    for name in given:
        if name not in declared:
            raise UsageError(
                f"{integration.title} has no parameter {name!r} in its address.",
                hint=nearest(name, declared) if declared else "Its address has none.",
                integration=integration.name,
            )
    values: dict[str, str] = {}
    for name, parameter in declared.items():
        value = given.get(name) or derive(parameter, secrets) or parameter.default
        if value is None and not is_given:
            raise UsageError(
                f"{integration.title} needs {name}{f': {parameter.help}' if parameter.help else ''}.",
                hint=f"ps.connect({integration.name!r}, {name}=...)",
                integration=integration.name,
            )
        if value is not None and not re.fullmatch(parameter.pattern, value):
            raise UsageError(
                f"{name}={value!r} cannot be part of an address.",
                hint="Letters, digits, dots and dashes.",
                integration=integration.name,
            )
        values[name] = value or ""
    return values


def choose_limits(
    integration: Integration,
    limit: Limit | Sequence[Limit] | None,
    secrets: Mapping[str, Secret],
    values: Mapping[str, str],
) -> tuple[Limit, ...]:
    """Return the limits that hold: the user's instead of all others, else those of the account's plan or mode."""
    if isinstance(limit, Limit):
        return (limit,)
    if limit is not None:
        return tuple(limit)
    variant = (
        integration.variant({name: secret.reveal() for name, secret in secrets.items()}, values)
        if integration.variant
        else None
    )
    return tuple(one for one in integration.limits if one.when is None or one.when == variant)


def derive(parameter: BaseParameter, secrets: Mapping[str, Secret]) -> str | None:
    """Return a base parameter found in the credential, None where it is not there."""
    if parameter.derive is None:
        return None
    return parameter.derive({name: secret.reveal() for name, secret in secrets.items()})


def check_address(address: str) -> None:
    """Raise UsageError for what is no address, or would send a credential unencrypted over a network."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"{address!r} is not an address.", hint='For example base_url="https://api.example.com".'
        )
    is_local = parts.hostname in ("localhost", "127.0.0.1", "::1") or parts.hostname.endswith(".localhost")
    if parts.scheme == "http" and not is_local:
        raise UsageError(
            f"{address!r} would send the credential unencrypted.",
            hint="Use https; plain http is for this machine only (127.0.0.1).",
        )
