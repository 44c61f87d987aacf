"""How a GraphQL text is written from its root field: variables declared and passed on. Text only; nothing is sent."""

from __future__ import annotations

import re

_NAME = re.compile(r"(\w+):")


def write(kind: str, root: str, arguments: str, answer: str, *, also: str = "", directive: str = "") -> str:
    """Return a query's or mutation's text, in which each argument of the root field is a variable of the same name.

    kind: "query" or "mutation". arguments: as the reference has them, "id: ID!, first: Int = 50". answer: the fields
    asked for. also: variables only the directive uses.
    """
    declared = _NAME.sub(r"$\1:", ", ".join(filter(None, (arguments, also))))
    passed = ", ".join(f"{name}: ${name}" for name in _NAME.findall(arguments))
    head = f"{kind} {root}({declared})" if declared else f"{kind} {root}"
    field = f"{root}({passed})" if passed else root
    return f"{head} {{ {field}{directive and f' {directive}'} {{ {answer} }} }}"
