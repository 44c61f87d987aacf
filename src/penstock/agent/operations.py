"""What the agent can be asked: one table, operation → argument → what it must be. No I/O, and nothing is done here."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from penstock.errors import UsageError
from penstock.redact import Secret

QUICK_S, PATIENT_S, SLOW_S = 15.0, 90.0, 180.0  # a look, a service that is asked, several Argon2id
MOST_NAME, MOST_TEXT, MOST_PLAN, MOST_BUNDLE = 256, 4096, 16_384, 60_000
MOST_FIELDS, MOST_NAMES = 64, 256
LONGEST_S = 2.0**31


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value: how it is told, and its name in a refusal."""

    fits: Callable[[Any], bool]
    name: str

    def or_none(self) -> Kind:
        """Return the kind that None fits too."""
        return Kind(lambda value: value is None or self.fits(value), f"{self.name}, or nothing")


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: what it must be, and whether it must be there."""

    kind: Kind
    is_required: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: its arguments, and how many seconds its answer may take."""

    arguments: Mapping[str, Argument]
    timeout_s: float = QUICK_S


def check_arguments(op: str, given: Mapping[str, Any]) -> None:
    """Return when these are arguments of `op`, or raise a UsageError that repeats no value and no unknown name."""
    known = OPERATIONS[op].arguments
    if not given.keys() <= known.keys():
        takes = ", ".join(known) or "nothing"
        raise UsageError(
            f"The agent's {op!r} was given an argument it does not know.", hint=f"It takes: {takes}."
        )
    for name, argument in known.items():
        if name not in given:
            if argument.is_required:
                raise UsageError(
                    f"The agent's {op!r} needs the argument {name!r}.", hint=f"Give {argument.kind.name}."
                )
        elif not argument.kind.fits(given[name]):
            raise UsageError(
                f"The argument {name!r} of the agent's {op!r} does not fit.",
                hint=f"It must be {argument.kind.name}.",
            )


def _text(most: int, least: int = 0) -> Kind:
    def fits(value: Any) -> bool:
        return isinstance(value, str) and least <= len(value) <= most

    return Kind(
        fits, f"text of {least} to {most:,} characters" if least else f"text, {most:,} characters at most"
    )


def _one_of(*words: str) -> Kind:
    return Kind(lambda value: isinstance(value, str) and value in words, f"one of {', '.join(words)}")


def _map(values: Kind, says: str) -> Kind:
    def fits(value: Any) -> bool:
        return (
            isinstance(value, dict)
            and len(value) <= MOST_FIELDS
            and all(_NAME.fits(name) and values.fits(each) for name, each in value.items())
        )

    return Kind(fits, says)


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and 0 < len(value) <= MOST_NAMES and all(map(_NAME.fits, value))


def _is_seconds(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and 0 < value <= LONGEST_S


_NAME = _text(MOST_NAME, 1)
_TEXT = _text(MOST_TEXT)
_PATH = _text(MOST_TEXT, 1)
_PLAN = _text(MOST_PLAN, 1)
_SECRET = Kind(lambda value: isinstance(value, Secret), "a Secret")
_FLAG = Kind(lambda value: isinstance(value, bool), "True or False")
_WHOLE = Kind(lambda value: type(value) is int and 0 <= value < 2**63, "a whole number, 0 or more")
_SECONDS = Kind(_is_seconds, "seconds, more than 0")
_KEY_FILE = Kind(
    lambda value: _SECRET.fits(value) or _PATH.fits(value), "a path, or the file's text as a Secret"
)
_SECRETS = _map(_SECRET, "a dict of Secrets by name")
_BASE = _map(_TEXT, "a dict of texts by name")


def _needs(kind: Kind) -> Argument:
    return Argument(kind, True)


def _may(kind: Kind) -> Argument:
    return Argument(kind, False)


def _operation(timeout_s: float = QUICK_S, /, **arguments: Argument) -> Operation:
    return Operation(MappingProxyType(arguments), timeout_s)


_ACCOUNT = {"integration": _needs(_NAME), "account": _needs(_NAME)}
_WAYS_IN = {
    "password": _may(_SECRET.or_none()),
    "key_file": _may(_KEY_FILE.or_none()),
    "recovery_key": _may(_SECRET.or_none()),
    "keyring": _may(_FLAG),
}
_PLACE = {"base": _needs(_BASE), "base_url": _needs(_TEXT.or_none()), "label": _needs(_TEXT.or_none())}

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "status": _operation(),
        "create": _operation(SLOW_S, password=_needs(_SECRET), recovery=_may(_FLAG)),
        "unlock": _operation(SLOW_S, **_WAYS_IN, restore=_may(_FLAG)),
        "lock": _operation(PATIENT_S),
        "accounts": _operation(integration=_may(_NAME.or_none()), is_use=_may(_FLAG)),
        "issue": _operation(
            PATIENT_S, **_ACCOUNT, seen=_may(_WHOLE.or_none()), is_refused=_may(_FLAG), is_use=_may(_FLAG)
        ),
        "plan": _operation(**_ACCOUNT),
        "put": _operation(
            **_ACCOUNT,
            fields=_needs(_SECRETS),
            plan=_needs(_PLAN.or_none()),
            **_PLACE,
            kind=_needs(_one_of("key", "oauth", "client")),
            replace=_needs(_FLAG),
        ),
        "describe": _operation(**_ACCOUNT, label=_needs(_TEXT.or_none())),
        "remove": _operation(**_ACCOUNT),
        "undo": _operation(undo=_needs(_NAME)),
        "begin_sign_in": _operation(
            PATIENT_S,
            **_ACCOUNT,
            plan=_needs(_PLAN),
            fields=_needs(_SECRETS),
            **_PLACE,
            via=_needs(_one_of("loopback", "device", "paste", "none")),
            redirect_uri=_needs(_TEXT.or_none()),
        ),
        "answer_sign_in": _operation(PATIENT_S, id=_needs(_NAME), answer=_needs(_SECRET)),
        "sign_in_state": _operation(id=_needs(_NAME)),
        "cancel_sign_in": _operation(id=_needs(_NAME)),
        "change_password": _operation(SLOW_S, old=_needs(_SECRET), new=_needs(_SECRET)),
        "rotate": _operation(SLOW_S, **_WAYS_IN),
        "ways": _operation(),
        "add_way": _operation(
            SLOW_S,
            kind=_needs(_one_of("password", "key_file", "recovery", "keyring")),
            password=_may(_SECRET.or_none()),
            path=_may(_PATH.or_none()),
            expires_s=_may(_SECONDS.or_none()),
        ),
        "remove_way": _operation(name=_needs(_NAME)),
        "backup": _operation(path=_needs(_PATH)),
        "seal": _operation(names=_needs(Kind(_is_names, "a list of names")), expires_s=_needs(_SECONDS)),
        "open_sealed": _operation(text=_needs(_text(MOST_BUNDLE, 1)), key=_needs(_SECRET)),
        "stop": _operation(PATIENT_S),
    }
)
