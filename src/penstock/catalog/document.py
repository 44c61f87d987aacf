"""Somebody's API description as plain data, read without trusting it: size, form, depth. What it says is openapi.py's.

A document may be hostile: a YAML bomb, tags that make objects, references to itself, to files or to other hosts, a
hundred megabytes, regular expressions that never end. None of them is followed, made, or run; each is refused soon,
or does nothing.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from penstock.errors import DependencyMissing, UsageError

MOST_BYTES = 64 * 2**20  # the largest public description (Microsoft Graph) has 35 MB
MOST_YAML_BYTES = 16 * 2**20  # YAML is read some 20 times slower than JSON
MOST_DEPTH = 200
MOST_NODES = 5_000_000  # with every YAML alias counted as often as it stands somewhere
_BOOLEAN = re.compile(r"(?:true|True|TRUE|false|False|FALSE)$")
_HINT = "Give an OpenAPI 3.x or Swagger 2 document: a path, an https address, or a dict."

Document = dict[str, Any]


def is_document(name: object) -> bool:
    """Say whether what `connect` was given is a description rather than an integration's name."""
    if isinstance(name, (dict, Path)):
        return True
    return isinstance(name, str) and (
        "/" in name or "\\" in name or name.lower().endswith((".json", ".yaml", ".yml"))
    )


def read_file(path: str | Path) -> Document:
    """Return the document in a file. Raises UsageError where it is no description, or too large to be one."""
    path = Path(path).expanduser()
    try:
        size = path.stat().st_size
        _check_size(size, str(path), is_yaml=False)
        return parse(path.read_bytes(), str(path))
    except OSError as exc:
        raise UsageError(f"{path} cannot be read: {exc.strerror}.", hint=_HINT) from exc


def parse(content: bytes, name: str) -> Document:
    """Return the document some bytes hold, JSON or YAML. Raises UsageError."""
    _check_size(len(content), name, is_yaml=False)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise UsageError(f"{name} is not text: {exc}.", hint=_HINT) from exc
    if text.lstrip()[:1] in ("{", "["):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as exc:
            raise UsageError(f"{name} is not JSON: {_short(exc)}.", hint=_HINT) from exc
    else:
        _check_size(len(content), name, is_yaml=True)
        found = _parse_yaml(text, name)
    return check(found, name)


def check(found: Any, name: str = "The document") -> Document:
    """Return a description that is one by its form: a dict of paths, not too deep and not too large. Raises UsageError."""
    if not isinstance(found, dict):
        raise UsageError(f"{name} holds a {type(found).__name__}, not a description.", hint=_HINT)
    version = found.get("openapi", found.get("swagger"))
    if version is None or not isinstance(found.get("paths"), dict):
        raise UsageError(f"{name} is not an OpenAPI document: it has no version or no paths.", hint=_HINT)
    if not str(version).startswith(("3.", "2.")):
        raise UsageError(
            f"{name} says it is version {str(version)[:20]!r} of OpenAPI.", hint="Known are 3.x and 2.0."
        )
    _measure(found, name)
    return found


def _check_size(size: int, name: str, *, is_yaml: bool) -> None:
    most = MOST_YAML_BYTES if is_yaml else MOST_BYTES
    if size > most:
        raise UsageError(
            f"{name} has {size / 2**20:,.0f} MB; {'as YAML ' if is_yaml else ''}{most // 2**20} MB are read.",
            hint="Convert it to JSON, which is read far sooner."
            if is_yaml
            else "Cut it down to the paths you call.",
        )


def _measure(found: Any, name: str) -> None:
    """Refuse what is deeper or, with every alias written out, larger than any description; also what holds itself."""
    sizes: dict[int, int] = {}  # of whole branches, by identity: an alias is one object in many places
    open_branches: set[int] = set()
    stack: list[tuple[Any, bool, int]] = [(found, False, 0)]
    while stack:
        node, is_done, depth = stack.pop()
        if not isinstance(node, (dict, list)):
            continue
        mark = id(node)
        children = list(node.values()) if isinstance(node, dict) else node
        if is_done:
            open_branches.discard(mark)
            sizes[mark] = 1 + sum(sizes.get(id(child), 1) for child in children)
            if sizes[mark] > MOST_NODES:
                raise UsageError(
                    f"{name} grows beyond {MOST_NODES:,} values when its aliases are written out.", hint=_HINT
                )
        elif mark in open_branches:
            raise UsageError(f"{name} holds itself: a YAML alias stands inside what it names.", hint=_HINT)
        elif mark not in sizes:
            if depth > MOST_DEPTH:
                raise UsageError(f"{name} is nested more than {MOST_DEPTH} levels deep.", hint=_HINT)
            open_branches.add(mark)
            stack.append((node, True, depth))
            stack.extend((child, False, depth + 1) for child in children)


def _parse_yaml(text: str, name: str) -> Any:
    try:
        import yaml
    except ImportError as exc:
        raise DependencyMissing("PyYAML is not installed.", hint="pip install pyyaml, or give JSON.") from exc
    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc]
        """Make plain values only: no tags, and dates stay text."""

    # 2026-11-01 is a version here, not a day; "yes", "no" and "on" are words.
    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in found if not tag.endswith((":timestamp", ":bool"))]
        for first, found in base.yaml_implicit_resolvers.items()
    }
    Loader.add_implicit_resolver("tag:yaml.org,2002:bool", _BOOLEAN, list("tTfF"))
    try:
        return yaml.load(text, Loader=Loader)  # a SafeLoader below
    except (yaml.YAMLError, RecursionError, ValueError) as exc:
        raise UsageError(f"{name} is not YAML that can be read: {_short(exc)}.", hint=_HINT) from exc


def _short(exc: BaseException) -> str:
    return " ".join(str(exc).split())[:200] or type(exc).__name__
