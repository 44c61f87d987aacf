"""What a call takes: the Parameter, and a short notation for many of them. Not how they are checked (check.py)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from penstock.errors import UsageError

TYPES = ("string", "integer", "number", "boolean", "array", "object", "csv", "path", "any")
PLACES = ("", "path", "query", "body", "header")

_FIELD = re.compile(
    r"(?P<place>[?/])?(?P<name>[A-Za-z_][\w.-]*)(?::(?P<type>[a-z]+))?(?:=(?P<choices>[^\s!]+))?(?P<required>!)?"
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation.

    place: path, query, body or header; "" is where the method puts it: the path where its braces name it, the query
           of a GET, HEAD or DELETE, else the body. `wire` is its name there when it differs; in a body that is wrapped
           (Operation.into) one that begins with "/" stands outside the wrapping, and "$" is the whole body.
    type:  string, integer, number, boolean, array, object; "csv" (a list is joined with commas), "path" (a path's
           part that may hold slashes), "any" (not checked).
    is_required: for a name in the path, False says that it may be left out because the service's file derives it.
    """

    name: str
    place: str = ""
    type: str = "string"
    is_required: bool = False
    choices: tuple[str, ...] = ()
    wire: str | None = None

    def __post_init__(self) -> None:
        if self.type not in TYPES or self.place not in PLACES:
            raise UsageError(
                f"The parameter {self.name!r} has the type {self.type!r} and the place {self.place!r}.",
                hint=f"Types: {', '.join(TYPES)}. Places: {', '.join(PLACES[1:])}.",
            )


def fields(*texts: str) -> tuple[Parameter, ...]:
    """Return the parameters a text names: "amount:integer! currency! email sort=asc|desc ?dry_run:boolean".

    One word each: the name, `:type` (string without it), `=a|b` for its choices, `!` when required; a leading `?`
    puts it into the query of a call that has a body, a leading `/` outside what the body is wrapped in. Raises
    UsageError for a word that does not read so.
    """
    found: dict[str, Parameter] = {}
    for word in " ".join(texts).split():
        match = _FIELD.fullmatch(word)
        if match is None or match["name"] in found:
            wrong = "is there twice" if match else "is not name[:type][=choice|choice][!]"
            raise UsageError(
                f"{word!r} {wrong}.", hint='For example "amount:integer! currency! sort=asc|desc".'
            )
        found[match["name"]] = Parameter(
            match["name"],
            "query" if match["place"] == "?" else "body" if match["place"] == "/" else "",
            match["type"] or "string",
            match["required"] is not None,
            tuple(match["choices"].split("|")) if match["choices"] else (),
            f"/{match['name']}" if match["place"] == "/" else None,
        )
    return tuple(found.values())
