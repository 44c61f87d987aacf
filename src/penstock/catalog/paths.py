"""Where something stands in an answer: dotted paths, read without ever failing."""

from __future__ import annotations

from penstock.errors import ResponseUnreadable
from penstock.model import Json, Response


def dig(data: Json, path: str | None) -> Json:
    """Return what stands at a dotted path ("data.-1.id"), None where nothing does.

    "$" is everything; a number is a place in a list, -1 its last; "*" is the first value at which the rest leads
    somewhere ("data.*.userErrors.0.message"); a name with dots in it is found where it stands last ("@odata.nextLink").
    """
    if path is None or path == "$":
        return data if path else None
    step, _, rest = path.partition(".")
    if step == "*":
        values = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
        found = (dig(value, rest) if rest else value for value in values)
        return next((value for value in found if value is not None), None)
    if isinstance(data, dict):
        if rest and path in data:
            return data[path]
        data = data.get(step)
    elif isinstance(data, list) and step.lstrip("-").isdigit() and -len(data) <= int(step) < len(data):
        data = data[int(step)]
    else:
        return None
    return dig(data, rest) if rest else data


def read(response: Response, path: str) -> Json:
    """Return what stands at a path of an answer's body, None also where the body is not JSON."""
    try:
        return dig(response.data, path)
    except ResponseUnreadable:
        return None
