"""Whether a call's parameters fit its operation, before anything is sent; and in the form the service wants.

Built once for an operation and used for every row of a batch, so the way of a good row is short. A frame brings
its own mess along: NaN for what is missing, 33123456789.0 for a telephone number, NumPy's numbers for numbers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Set
from keyword import iskeyword
from typing import Any

from penstock.catalog.definition import Operation
from penstock.catalog.parameters import Parameter
from penstock.errors import CallRefused, PenstockError, UnknownName, nearest

Adjust = Callable[[str, dict[str, Any]], dict[str, Any]]

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_PLAIN = (str, int, dict, list)  # types whose values are never missing
_KEPT_NAMES = 1000
_EXACT = 2**53


class _Unfit(Exception):
    """What the value should be."""


class Check:
    """Return the parameters of one operation cleaned, or refuse them."""

    def __init__(self, operation: Operation, integration: str = "", adjust: Adjust | None = None) -> None:
        self.operation = operation
        self._integration = integration or None
        self._adjust = adjust
        self._converters = dict.fromkeys(operation.path_parameters, _CONVERTERS["string"])
        self._converters.update((p.name, _build_converter(p)) for p in operation.parameters)
        # What a service's file derives (an e-mail's hash) is there by now, or missing all the same.
        self._required = tuple(dict.fromkeys([*operation.path_parameters, *operation.required]))
        self._passed: set[str] = set()  # names no parameter has, which an open operation accepts

    def __call__(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is to be sent: missing values left out, the others converted. Raises CallRefused, UnknownName."""
        if self._adjust is not None:
            given = self._adjust(self.operation.name, dict(given))
        converters = self._converters
        cleaned: dict[str, Any] = {}
        try:
            for name, value in given.items():
                if value is None or (value.__class__ not in _PLAIN and is_missing(value)):
                    continue
                convert = converters.get(name)
                if convert is None and name[-1:] == "_" and iskeyword(name[:-1]):
                    name = name[:-1]  # "from" cannot be typed
                    convert = converters.get(name)
                if convert is None:
                    if name not in self._passed:
                        self._let_pass(name, given)
                    convert = _any
                cleaned[name] = convert(value)
        except _Unfit:
            raise self._refuse(given) from None
        for name in self._required:
            if name not in cleaned or cleaned[name] == "":
                raise self._refuse(given)
        return cleaned

    def _let_pass(self, name: str, given: Mapping[str, Any]) -> None:
        operation = self.operation
        near = find_near(name, self._converters.keys() - given.keys())
        if operation.is_open and near is None:
            if len(self._passed) < _KEPT_NAMES:
                self._passed.add(name)
            return
        raise UnknownName(
            f"{operation.name} has no parameter {name!r}.",
            hint=f"Did you mean {near}?" if near else nearest(name, self._converters),
            integration=self._integration,
            operation=operation.name,
        )

    def _refuse(self, given: Mapping[str, Any]) -> PenstockError:
        """Return the error that names everything wrong with a call, not only the first thing."""
        operation = self.operation
        present = {name: value for name, value in given.items() if not is_missing(value)}
        missing = [name for name in self._required if name not in present or present[name] == ""]
        said = [f"{operation.name} needs {_and(missing)}"] if missing else []
        for name, value in present.items():
            try:
                self._converters.get(name, _any)(value)
            except _Unfit as exc:
                said.append(f"{name} is {_short(value)}; it is {exc}")
        empty = [name for name in missing if name in given]
        return CallRefused(
            f"{'; '.join(said)}.",
            hint=f"Given, but empty: {_and(empty)}." if empty else f"{operation.name}? shows what it takes.",
            integration=self._integration,
            operation=operation.name,
        )


def is_missing(value: Any) -> bool:
    """Say whether a value stands for nothing: None, NaN, pandas' NA and NaT, Decimal's NaN."""
    if value is None:
        return True
    if isinstance(value, (str, int, dict, list, tuple)):
        return False
    if isinstance(value, float):
        return value != value
    kind = type(value).__name__
    if kind in ("NAType", "NaTType"):
        return True
    if kind == "Decimal":
        return bool(value.is_nan())
    try:
        return (value != value) is True or bool(getattr(value, "ndim", 1) == 0 and value != value)
    except Exception:  # a value whose comparison fails is not a missing one
        return False


def find_near(name: str, known: Set[str]) -> str | None:
    """Return the known name of which `name` is a slip: another way to write it, or one letter wrong, missing or swapped."""
    bare = _bare(name)
    return next((k for k in sorted(known) if _bare(k) == bare or _is_one_slip(name.lower(), k.lower())), None)


def _bare(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def _is_one_slip(one: str, other: str) -> bool:
    if len(one) > len(other):
        one, other = other, one
    if len(one) < 4 or len(other) - len(one) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) < len(other):
        return one[start:] == other[start + 1 :]
    swapped = one[start : start + 2] == other[start : start + 2][::-1]
    return one[start + 1 :] == other[start + 1 :] or (swapped and one[start + 2 :] == other[start + 2 :])


def _build_converter(parameter: Parameter) -> Callable[[Any], Any]:
    convert = _CONVERTERS[parameter.type]
    if not parameter.choices:
        return convert
    choices = frozenset(parameter.choices)

    def choose(value: Any) -> Any:
        value = convert(value)
        if value not in choices and value != "":  # what an empty text means is the service's to say
            raise _Unfit(f"one of {', '.join(parameter.choices)}")
        return value

    return choose


def _text(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        raise _Unfit("text")
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float) and value - value == 0:  # neither infinite nor NaN
        # A column of whole numbers with a gap in it is a column of floats in pandas.
        return str(_whole(value)) if value.is_integer() else repr(float(value))
    if (isoformat := getattr(value, "isoformat", None)) is not None:
        return isoformat()
    if type(value).__name__ in ("Decimal", "UUID"):
        return str(value)
    return _text(_plain(value, "text"))


def _whole(value: float) -> int:
    """Return a whole float as the integer it was; beyond 2**53 a float has lost the last digits, of an id most of all."""
    if abs(value) > _EXACT:
        raise _Unfit("exact: a column of text or of Int64 keeps the digits a float loses")
    return int(value)


def _integer(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return _whole(value)
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, (str, bool, float)):
        raise _Unfit("a whole number")
    if type(value).__name__ == "Decimal":
        # Compared before it is converted: 1E+1000000 is a Decimal too.
        if not (value.is_finite() and abs(value) < 10**18 and value % 1 == 0):
            raise _Unfit("a whole number")
        return int(value)
    return _integer(_plain(value, "a whole number"))


def _number(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    try:
        if isinstance(value, (str, float)) or type(value).__name__ == "Decimal":
            number = float(value)
            if number - number == 0:  # neither infinite nor NaN
                return number
    except ValueError:
        pass
    if isinstance(value, (str, bool, float)):
        raise _Unfit("a number")
    return _number(_plain(value, "a number"))


def _boolean(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)) and value in (0, 1):
        return bool(value)
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    if isinstance(value, (str, int, float)):
        raise _Unfit("True or False")
    return _boolean(_plain(value, "True or False"))


def _array(value: Any) -> Any:
    if isinstance(value, list):
        return value
    if isinstance(value, (tuple, set, frozenset)):
        return list(value)
    if isinstance(value, str):
        return (
            value if value == "" else _parse(value, list, "a list")
        )  # Stripe unsets a field with an empty text
    if (tolist := getattr(value, "tolist", None)) is not None and isinstance(found := tolist(), list):
        return found
    raise _Unfit("a list")


def _object(value: Any) -> Any:
    if isinstance(value, dict):
        return value
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, str):
        return value if value == "" else _parse(value, dict, "a dict")
    raise _Unfit("a dict")


def _csv(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple, set, frozenset)):
        return ",".join(map(_text, value))
    return _text(value)


def _any(value: Any) -> Any:
    item = getattr(value, "item", None) if type(value).__module__ == "numpy" else None
    return item() if item is not None and getattr(value, "ndim", 1) == 0 else value


_CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "string": _text, "path": _text, "csv": _csv, "integer": _integer, "number": _number, "boolean": _boolean,
    "array": _array, "object": _object, "any": _any,
}  # fmt: skip


def _plain(value: Any, wanted: str) -> Any:
    """Return a NumPy number as Python's own."""
    plain = _any(value)
    if plain is value or not isinstance(plain, (str, int, float)):
        raise _Unfit(wanted)
    return plain


def _parse(text: str, kind: type, wanted: str) -> Any:
    """Return the list or dict a CSV's cell holds as JSON."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, kind):
        raise _Unfit(wanted)
    return found


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _and(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
