"""An operation of the catalogue as one line of text, and back. Facts only: no sentence of the vendor's is kept.

name TAB method TAB path TAB body TAB rows TAB parameters [TAB into TAB document]

A path begins at the host's root, or is a whole address. A parameter is a word of its own notation, shorter than that of
`fields` and with everything a vendor may call one: place, name, `:` and its type's letter, `=` and its choices, `~` and
its name on the wire, `!` when it is required.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, unquote

from penstock.catalog.described import DescribedCall
from penstock.catalog.parameters import Parameter

_LETTERS = {
    "i": "integer", "n": "number", "b": "boolean", "a": "array", "o": "object", "c": "csv", "p": "path", "x": "any",
}  # fmt: skip
_TYPES = {kind: letter for letter, kind in _LETTERS.items()}
_PLACES = {"?": "query", "+": "body", "@": "header"}
_MARKS = {place: mark for mark, place in _PLACES.items()}
_SAFE = "/.,:;()[]{}*&$#'\"@"  # may stand in a choice or a wire name as it is


class Line(NamedTuple):
    """What stands on one line; `path` is still the vendor's whole one."""

    name: str
    method: str
    path: str
    body: str | None
    items: str | None
    parameters: tuple[Parameter, ...]
    into: str | None
    document: str | None


def write_line(name: str, call: DescribedCall) -> str:
    """Return a call as a line, without its end."""
    usual = _usual_place(call.method)
    parameters = " ".join(_write_parameter(parameter, usual) for parameter in call.parameters)
    columns = [name, call.method, f"{call.server}{call.path}", call.body or "", call.items or "", parameters]
    if call.document is not None:
        columns += [call.into or "", call.document]
    return "\t".join(columns)


def read_line(text: str) -> Line:
    """Return what a line says."""
    name, method, path, body, items, parameters, *graphql = text.split("\t")
    usual = _usual_place(method)
    read = tuple(_read_parameter(word, usual, path) for word in parameters.split(" ") if word)
    into, document = (graphql[0] or None, graphql[1]) if graphql else (None, None)
    return Line(name, method, path, body or None, items or None, read, into, document)


def _usual_place(method: str) -> str:
    return "query" if method in ("GET", "HEAD", "DELETE") else "body"


def _write_parameter(parameter: Parameter, usual: str) -> str:
    mark = "" if parameter.place in ("path", usual) else _MARKS[parameter.place]
    kind = f":{_TYPES[parameter.type]}" if parameter.type != "string" else ""
    choices = f"={'|'.join(map(_escape, parameter.choices))}" if parameter.choices else ""
    wire = f"~{_escape(parameter.wire)}" if parameter.wire else ""
    return f"{mark}{parameter.name}{kind}{choices}{wire}{'!' if parameter.is_required else ''}"


def _escape(text: str) -> str:
    return quote(text, safe=_SAFE).replace("~", "%7E")  # which quote never escapes


def _read_parameter(word: str, usual: str, path: str) -> Parameter:
    is_required = word[-1] == "!"
    rest = word[:-1] if is_required else word
    place = _PLACES.get(rest[0])
    if place is not None:
        rest = rest[1:]
    rest, has_wire, wire = rest.partition("~")
    rest, has_choices, choices = rest.partition("=")
    name, _, letter = rest.partition(":")
    if place is None:
        place = "path" if f"{{{name}}}" in path else usual
    return Parameter(
        name,
        place,
        _LETTERS[letter] if letter else "string",
        is_required,
        tuple(map(unquote, choices.split("|"))) if has_choices else (),
        unquote(wire) if has_wire else None,
    )
