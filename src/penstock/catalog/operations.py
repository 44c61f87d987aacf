"""An integration's operations by name: look-up, search, the tree for TAB, and how they show themselves.

Those its file names are at hand; the catalogue's are read when something else is asked for (catalogue.py). What a call may
be given is in check.py; what is done with it stands in the engine.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

from penstock.catalog.catalogue import Catalogue, find_root, read_data
from penstock.catalog.check import Check
from penstock.catalog.definition import Integration, Operation, Pagination, Parameter
from penstock.catalog.shapes import Shapes
from penstock.errors import UnknownName, nearest

if TYPE_CHECKING:
    import pandas as pd

_PYTHON = {
    "integer": "int", "number": "float", "boolean": "bool", "array": "list", "object": "dict", "csv": "list", "any": "Any",
}  # fmt: skip
Tree = dict[str, "Tree | Operation"]


class OperationIndex:
    """Find one integration's operations, and check what they are called with."""

    def __init__(self, integration: Integration) -> None:
        self.integration = integration
        self._known = {operation.name: operation for operation in integration.operations}
        self._built: dict[str, Operation] = {}
        self._checks: dict[str, Check] = {}

    @cached_property
    def _catalogue(self) -> Catalogue:
        return Catalogue(self.integration, read_data(self.integration.name))

    @cached_property
    def _branches(self) -> dict[str, list[str]]:
        """Return what follows each prefix: {"": ["customers", ...], "customers.": ["create", ...]}."""
        found: dict[str, set[str]] = {"": set()}
        for name in self.names():
            prefix = ""
            for part in name.split("."):
                found.setdefault(prefix, set()).add(part)
                prefix = f"{prefix}{part}."
        return {prefix: sorted(parts) for prefix, parts in found.items()}

    @cached_property
    def _shapes(self) -> Shapes:
        named = ((o.name, o.method, o.path) for o in self._known.values() if not o.document)
        return Shapes([*named, *self._catalogue.paths()])

    def get(self, name: str) -> Operation:
        """Return the operation with this name. Raises UnknownName with the nearest, also for the service's own name."""
        operation = self._known.get(name) or self._built.get(name)
        if operation is not None:
            return operation
        if name in self._catalogue:
            operation = self._built[name] = self._catalogue.build(name)
            return operation
        same = self._find_by_service_name(name)
        raise UnknownName(
            f"{self.integration.title} has no operation {name!r}.",
            hint=f"It is {' or '.join(same[:3])} here." if same else nearest(name, self.names()),
            integration=self.integration.name,
        )

    def __contains__(self, name: object) -> bool:
        return name in self._known or name in self._catalogue

    def __iter__(self) -> Iterator[Operation]:
        return map(self.get, self.names())

    def __len__(self) -> int:
        return len(self._known) + len(self._catalogue.names)

    def names(self) -> tuple[str, ...]:
        """Return every name, those of the integration's file first; no operation is built for it."""
        return (*self._known, *self._catalogue.names)

    def children(self, prefix: str) -> list[str]:
        """Return the names one step below a prefix that ends with a dot, or is empty."""
        return self._branches.get(prefix, [])

    def has_group(self, path: str) -> bool:
        """Say whether there are operations below a dotted path."""
        return f"{path}." in self._branches and path not in self

    def match(self, method: str, path: str) -> Operation | None:
        """Return the operation whose path this is, None where there is none; of GraphQL all have the same."""
        name = self._shapes.find(method, path)
        return self.get(name) if name is not None else None

    def check(self, operation: Operation, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters as they are to be sent: missing values left out, the others in the type wanted.

        Raises CallRefused for a parameter that is missing or does not fit, UnknownName for one that does not exist.
        """
        check = self._checks.get(operation.name)
        if check is None or check.operation is not operation:
            check = Check(operation, self.integration.name, self.integration.adjust)
            self._checks[operation.name] = check
        return check(given)

    def tree(self) -> Tree:
        """Return the names as they branch: {"customers": {"create": Operation, ...}, ...}."""
        tree: Tree = {}
        for operation in self:
            *groups, leaf = operation.name.split(".")
            branch = tree
            for group in groups:
                inner = branch.setdefault(group, {})
                assert isinstance(inner, dict), f"{operation.name} is below an operation"
                branch = inner
            branch[leaf] = operation
        return tree

    def search(self, text: str) -> list[Operation]:
        """Return the operations in which every word of a text occurs: first by their name, first those the file names."""
        words = text.lower().split()
        named = (o.name for o in self._known.values() if _has_words(o, words))
        found = [(name, True) for name in named] + [(name, False) for name in self._catalogue.search(words)]
        ranked = sorted(
            (sum(word not in name for word in words), not is_named, name) for name, is_named in found
        )
        return [self.get(name) for *_, name in ranked]

    def _find_by_service_name(self, name: str) -> list[str]:
        """Return the operations the service itself calls by this name: "chat.postMessage", "productCreate"."""
        wanted = name.rpartition("/")[2].lower()
        same = [operation.name for operation in self._known.values() if wanted in _service_names(operation)]
        same += [one for one, _, path in self._catalogue.paths() if wanted in _dotted(path)]
        return same + [one for one, root in self._catalogue.roots() if wanted == root.lower()]


def search(integration: Integration, text: str) -> list[Operation]:
    """Return the operations in which every word of a text occurs, those with the words in their name first."""
    return OperationIndex(integration).search(text)


def describe(operation: Operation) -> str:
    """Return what `?` shows: what an operation does, what it takes, and how it behaves."""
    required = operation.required
    declared = {parameter.name: parameter for parameter in operation.parameters}
    names = [*dict.fromkeys([*operation.path_parameters, *declared])]
    shown = [*required, *(["..."] if len(names) > len(required) or operation.is_open else [])]
    lines = [f"{operation.name}({', '.join(shown)})    {operation.method} {operation.path}"]
    if operation.summary:
        lines.append(operation.summary)
    lines.append("")
    for title, group in (("needs", required), ("takes", [name for name in names if name not in required])):
        described = [_describe_parameter(declared.get(name) or Parameter(name)) for name in group]
        lines += [
            f"  {title if not index else '     '}  {text}" for index, text in enumerate(_wrap(described))
        ]
    if operation.is_open:
        lines.append("  other parameters are sent as they are")
    if operation.is_paginated:
        how = f" ({_say_style(operation.pagination)})" if operation.pagination is not None else ""
        lines.append(f"  in pages{how}: .all(), .pages() and .frame(max_items=...) read them all")
    if operation.bulk:
        lines.append(f"  many at once: {operation.bulk}")
    if operation.is_harmless_twice:
        lines.append("  sending it twice does no harm")
    return "\n".join(lines)


def build_signature(operation: Operation) -> inspect.Signature:
    """Return an operation's parameters as Python's own: those of the path by position, the rest by name, types as text."""
    declared = {parameter.name: parameter for parameter in operation.parameters}
    required, positional = operation.required, operation.positional
    found = []
    for name in dict.fromkeys([*positional, *required, *declared]):
        if not name.isidentifier():
            continue  # a name that can be given in a dict only
        kind = (
            inspect.Parameter.POSITIONAL_OR_KEYWORD if name in positional else inspect.Parameter.KEYWORD_ONLY
        )
        default = inspect.Parameter.empty if name in required else None
        parameter = declared.get(name) or Parameter(name)
        said = " | ".join(map(repr, parameter.choices)) or _PYTHON.get(parameter.type, "str")
        typed = f"{name}_" if iskeyword(name) else name
        found.append(inspect.Parameter(typed, kind, default=default, annotation=said))
    if operation.is_open:
        found.append(inspect.Parameter("others", inspect.Parameter.VAR_KEYWORD))
    return inspect.Signature(found)


def operations_frame(integration: Integration) -> pd.DataFrame:
    """Return every operation as a row: id, method, path, parameters, paginated, idempotent, bulk.

    parameters: required ones first, marked with "!". idempotent: by nature or through the service's key.
    """
    import pandas as pd

    key = integration.idempotency
    rows = []
    for operation in OperationIndex(integration):
        required = operation.required
        others = [p.name for p in operation.parameters if p.name not in required]
        rows.append(
            {
                "id": operation.name,
                "method": operation.method,
                "path": operation.path,
                "parameters": " ".join([*(f"{name}!" for name in required), *others]),
                "paginated": operation.is_paginated,
                "idempotent": operation.is_harmless_twice or (key is not None and key.covers(operation)),
                "bulk": operation.bulk_name,
            }
        )
    return pd.DataFrame(
        rows, columns=["id", "method", "path", "parameters", "paginated", "idempotent", "bulk"]
    )


def _has_words(operation: Operation, words: list[str]) -> bool:
    texts = [operation.name, operation.summary, operation.path, *_service_names(operation)]
    everything = " ".join(texts).lower()
    return all(word in everything for word in words)


def _service_names(operation: Operation) -> list[str]:
    root = find_root(operation.document)
    return [root.lower()] if root else _dotted(operation.path)


def _dotted(path: str) -> list[str]:
    """Return a path's last word where it is a name with a dot in it: "chat.postmessage"."""
    last = path.rpartition("/")[2].lower()
    return [last] if "." in last else []


def _say_style(style: Pagination) -> str:
    """Return a style of its own in words: "page numbers: page, per_page"."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(style).__name__).lower()
    asked = ", ".join(name for name in (getattr(style, "request", None), style.size) if name)
    return f"{words}: {asked}" if asked else words


def _describe_parameter(parameter: Parameter) -> str:
    if parameter.choices:
        return f"{parameter.name} ({' | '.join(parameter.choices)})"
    return (
        parameter.name
        if parameter.type in ("string", "any", "path")
        else f"{parameter.name}: {parameter.type}"
    )


def _wrap(words: list[str], width: int = 88) -> list[str]:
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + len(word) + 2 <= width:
            lines[-1] += f", {word}"
        else:
            lines.append(word)
    return lines
