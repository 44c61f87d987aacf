"""The service's own name for a call, where it reads as one of ours: "repos/list-for-org", "plans.list", a GraphQL field."""

from __future__ import annotations

import re

from penstock.catalog.described import DescribedCall
from penstock.catalog.words import CANONICAL, VERBS, find_plural, is_same_noun, make_part, split_words

_SLASHED = re.compile(r"[A-Za-z][\w-]*[A-Za-z0-9](/[A-Za-z][\w-]*)+")
_DOTTED = re.compile(r"[A-Za-z]\w*(\.[A-Za-z][\w-]*)+")
_SPLIT = re.compile(
    r"(?=[^A-Z]*[A-Z])[A-Za-z0-9]+(\.[A-Za-z0-9]+)*_[A-Za-z0-9]+(-\w+)?"
)  # Microsoft's: groups.calendar_ListEvents
_METHODS = frozenset({"get", "post", "put", "patch", "delete", "head"})
# A field that begins with one of these does it; "releaseCreate" does not release.
_FIRST = frozenset(
    {
        "add",
        "archive",
        "change",
        "clear",
        "create",
        "delete",
        "duplicate",
        "edit",
        "get",
        "move",
        "remove",
        "set",
        "update",
    }
)
_NO_GROUPS = frozenset({"client", "api", "resource", "beta"})


def read_own_name(call: DescribedCall) -> tuple[list[str], str] | None:
    """Return the groups and the last part a call's own name has; None where it has no groups, or repeats the path."""
    own = call.own_name
    if call.document is not None:
        return _read_field(own.rpartition(":")[2], call)
    if _SLASHED.fullmatch(own) and own.partition("/")[0].lower() not in _METHODS:
        *groups, leaf = own.split("/")
    elif _SPLIT.fullmatch(own):
        before, _, leaf = own.partition("-")[0].partition("_")  # "-ee48" tells overloads apart
        groups = before.split(".")
    elif _DOTTED.fullmatch(own):
        *groups, leaf = own.split(".")
    else:
        return None
    while groups and groups[0].lower() in _NO_GROUPS:
        groups = groups[1:]
    parts = [part for part in map(make_part, groups) if part]
    while len(parts) > 1 and is_same_noun(parts[-1], parts[-2]):
        parts.pop()
    return (parts, _shorten(leaf, parts[-1])) if parts else None


def _shorten(leaf: str, group: str) -> str:
    """Return the last part without the noun its group already says: applications.list_application is applications.list."""
    verb, *noun = split_words(leaf)
    if noun and verb in VERBS and is_same_noun("_".join(noun), group):
        return make_part(CANONICAL.get(verb, verb))
    # Google has both an update and a patch.
    return make_part(leaf if leaf == "patch" else CANONICAL.get(leaf.lower(), leaf))


def _read_field(field: str, call: DescribedCall) -> tuple[list[str], str]:
    """Return the name of a GraphQL field: issues is issues.list, issueAddLabel issues.add_label, create_board boards.create."""
    words = split_words(field)
    if words[1:2] in (["or"], ["and"]):
        words = ["_".join(words[:3]), *words[3:]]  # create_or_get_tag
    has_later = any(word in VERBS for word in words[1:])
    first = words[0].partition("_")[0]
    if first in VERBS and len(words) > 1 and (first in _FIRST or not has_later):
        noun, leaf = words[1:], words[:1]
    elif call.own_name.startswith("query:"):
        noun, leaf = words, ["list" if call.items is not None else "get"]
    else:
        at = next((index for index, word in enumerate(words) if index and word in VERBS), len(words) - 1)
        noun, leaf = words[: at or 1], words[at:] if at else ["run"]
    return [find_plural("_".join(noun), frozenset(call.tags))], make_part("_".join(leaf))
