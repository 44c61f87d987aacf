"""What an operation is called: from the service's own name for it where that reads well, else from method and path.

A name has two to four parts, all of which can be typed: `customers.create`, `repos.list_for_org`. Nothing but the call
itself decides what it would be called; what is taken gives way to nobody, so a vendor's new call renames no old one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from urllib.parse import urlsplit

from penstock.catalog.described import DescribedCall, erase
from penstock.catalog.own_names import read_own_name
from penstock.catalog.words import CANONICAL, VERBS, is_plural, is_verb, make_part, split_words

Key = tuple[str, str]  # method, address without the names in its braces

_GROUPS = 3
_LONG = 40
_PLAIN = frozenset({"get", "post", "put", "patch", "delete"})
_VERSION = re.compile(
    r"v\d+(?:[._]\d+)*(?:(?:alpha|beta)\d*)?|\d+\.\d+|20\d\d-\d\d(?:-\d\d)?|\d", re.IGNORECASE
)
_PARAMETER = re.compile(r"\{([^{}]+)\}")
_METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD")
_BY_METHOD = {
    "GET": "get",
    "POST": "update",
    "PATCH": "update",
    "PUT": "update",
    "DELETE": "delete",
    "HEAD": "check",
}
_KNOWN = frozenset({"create", "update", "delete", "replace", "upsert"})
# A connection has attributes of these names, which come before groups of operations.
RESERVED = frozenset({
    "account", "aio", "breaker", "card", "children", "client", "engine", "graphql", "health", "http", "httpx",
    "integration", "is_sandbox", "limits", "name", "operations", "request", "resolve", "start_batch", "use_credential", "using",
})  # fmt: skip


class NameTree:
    """The names given so far. None of them is also a group of others: TAB shows either an operation or a group."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.names: set[str] = set()
        self._groups: set[str] = set()
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Take a name."""
        self.names.add(name)
        self._groups.update(_prefixes(name))

    def has_room(self, name: str) -> bool:
        """Say whether a name is neither an operation's, nor a group's, nor below an operation."""
        return (
            name not in self.names
            and name not in self._groups
            and not any(prefix in self.names for prefix in _prefixes(name))
        )

    def fit(self, name: str) -> str:
        """Return a name that is below no operation: "files.copy.check" is files.copy_check where files.copy is a call."""
        for prefix in _prefixes(name):
            if prefix in self.names:
                head, _, rest = name[len(prefix) + 1 :].partition(".")
                return self.fit(f"{prefix}_{head}{'.' if rest else ''}{rest}")
        return name


def give_names(calls: Iterable[DescribedCall], held: Mapping[Key, str] | None = None) -> dict[Key, str]:
    """Return a name for every call: those already held first, then the newest version and the shortest path first."""
    found: dict[Key, DescribedCall] = {}
    for call in calls:
        found.setdefault(key_of(call), call)
    names = {key: name for key, name in (held or {}).items() if key in found}
    tree = NameTree(names.values())
    for key in sorted(found.keys() - names.keys(), key=lambda key: _rank(found[key])):
        names[key] = find_room(tree, derive_name(found[key]), key, found[key].path, found[key].own_name)
        tree.add(names[key])
    return names


def key_of(call: DescribedCall) -> Key:
    """Return what a call is known by, whatever its parameters are called."""
    if call.document is not None:
        return call.method, f"{call.path} {call.own_name}"
    return call.method, f"{call.server}{erase(call.path)}"


def find_room(tree: NameTree, name: str, key: Key, path: str, own_name: str = "") -> str:
    """Return the name, or where it is taken one with something of the call's own added: its version, a parameter, its method."""
    for candidate in _candidates(name, key, path, own_name):
        fitted = tree.fit(candidate)
        if "." in fitted and tree.has_room(fitted):
            return fitted
    raise AssertionError("the last candidate is the call's own")


def derive_name(call: DescribedCall) -> str:
    """Return what a call is called as far as it alone decides."""
    groups, leaf = read_own_name(call) or _read_path(call)
    groups = [part for part in groups if part] or ["api"]
    groups = [group for index, group in enumerate(groups) if index == 0 or group != groups[index - 1]]
    if groups[0] in RESERVED:
        groups[0] = f"{groups[0]}_"
    if len(groups) > _GROUPS:
        groups = [*groups[: _GROUPS - 1], "_".join(groups[_GROUPS - 1 :])]
    return ".".join([*groups, leaf or "call"])


def _read_path(call: DescribedCall) -> tuple[list[str], str]:
    statics, is_item = _split_path(call.path)
    own_words = split_words(call.own_name)
    # An own name that begins with the method says nothing: PostChargesChargeRefund.
    has_verb = bool(own_words) and own_words[0] in VERBS and own_words[0] not in _PLAIN
    own_verb = CANONICAL.get(own_words[0], own_words[0]) if has_verb else ""
    if not statics:
        noun = make_part(call.tags[0]) if call.tags else "_".join(own_words[1:] if has_verb else own_words)
        statics = [noun or "root"]
        is_item = is_item and own_verb not in ("list", "create")
    last = statics[-1]
    is_list = last == "list" and "{" in call.path  # a noun: /folder/{id}/list
    is_action = not is_item and not is_list and is_verb(last, reads=call.method == "GET")
    if is_action and own_verb not in _KNOWN - {last.partition("_")[0]}:
        return _split_action(statics, call)
    groups = [*_host_group(call, statics), *statics]
    has_many = call.items is not None or is_plural(last) or own_verb == "list"
    if call.method == "GET" and not is_item and has_many:
        return groups, "list"
    if call.method == "POST" and not is_item:
        if own_verb and own_verb not in _KNOWN and not is_plural(last) and len(statics) > 1:
            return groups[:-1], last
        is_collection = is_plural(last) or "{" not in call.path or own_verb == "create"
        return groups, "create" if is_collection else "update"
    if call.method in ("POST", "PUT", "PATCH") and own_verb in _KNOWN:
        return groups, own_verb
    return groups, _BY_METHOD.get(call.method, call.method.lower())


def _split_action(statics: list[str], call: DescribedCall) -> tuple[list[str], str]:
    """Return where a path's last word is what is done: conversations.archive, contacts.batch_create, messages.send."""
    *groups, leaf = statics
    if len(groups) > 1 and groups[-1] == "batch":
        groups, leaf = groups[:-1], f"batch_{leaf}"
    if not groups:
        verb, _, noun = leaf.partition("_")
        tag = make_part(call.tags[0]) if call.tags else ""
        groups, leaf = ([noun], verb) if noun else ([tag or "api"], leaf)
    return [*_host_group(call, groups), *groups], f"{leaf}_" if leaf in (
        "import",
        "continue",
        "return",
    ) else leaf


def _host_group(call: DescribedCall, groups: list[str]) -> list[str]:
    """Return the name of the other host a call lives on: verify.services is not chat.services."""
    label = make_part(urlsplit(call.server).netloc.partition(".")[0])
    return [label] if label and label != groups[0] else []


def _split_path(path: str) -> tuple[list[str], bool]:
    """Return the words of a path, without versions, and whether it ends in a parameter: one thing, not all of them."""
    statics: list[str] = []
    is_item = False
    for number, segment in enumerate(path.strip("/").split("/")):
        segment = segment.removesuffix(".json")
        if _VERSION.fullmatch(segment) or (number < 2 and segment.lower() in ("api", "rest")):
            continue
        for piece in segment.split(":"):
            is_item = "{" in piece
            words = [make_part(one) for one in _PARAMETER.sub("", piece).split(".")]
            statics += [word for word in words if word and not _VERSION.fullmatch(word)]
    return statics, is_item


def _candidates(name: str, key: Key, path: str, own_name: str) -> Iterator[str]:
    """Yield the name, then what tells this call from the others: its version, its last words, its method, its hash."""
    yield name
    groups, _, leaf = name.rpartition(".")
    segments = path.strip("/").split("/")
    versions = [one for one in segments if _VERSION.fullmatch(one) and len(one) > 1]
    if versions:
        yield f"{name}_{make_part(versions[-1]).removeprefix('n')}"
    if key[0] == "PUT" and leaf == "update":
        yield f"{groups}.replace"
    if key[0] == "DELETE" and leaf == "delete" and not path.endswith("}"):
        yield f"{groups}.delete_all"
    found = _PARAMETER.findall(segments[-1])
    if found:
        yield f"{name}_by_{make_part(found[-1])}"
    own = make_part(own_name.rpartition("/")[2].rpartition(":")[2])
    if own and len(own) <= _LONG:
        yield f"{groups}.{own}"
    words = [make_part(one) for one in segments if "{" not in one and not _VERSION.fullmatch(one)]
    if words and words[0] and words[0] not in name:
        yield f"{name}_of_{words[0]}"
    yield f"{name}_{key[0].lower()}"
    yield f"{name}_{blake2b(' '.join(key).encode(), digest_size=4).hexdigest()}"


def _rank(call: DescribedCall) -> tuple[object, ...]:
    """Return an order in which the plainest call takes the plainest name."""
    segments = call.path.split("/")
    versions = [one for one in segments if _VERSION.fullmatch(one)]
    newest = [-int(digits) for digits in re.findall(r"\d+", versions[0])] if versions else [-10_000]
    words = sum("{" not in segment for segment in segments)
    is_item = call.path.endswith("}")
    method = _METHODS.index(call.method) if call.method in _METHODS else len(_METHODS)
    return newest, words, not is_item, len(segments), call.path, method, call.server, call.own_name


def _prefixes(name: str) -> Iterator[str]:
    cut = name.find(".")
    while cut >= 0:
        yield name[:cut]
        cut = name.find(".", cut + 1)
