"""Words and parts of names: "getURLFor" → get_url_for, and which words are verbs. For names.py; no grammar."""

from __future__ import annotations

import re
from keyword import iskeyword

_WORD = re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+[a-z]*")
_MIXED = re.compile(r"(?<![A-Z])([A-Z]+)s(?![a-z])")  # IDs, URLs

# A call's last word, where the service has another for the same.
CANONICAL = {
    "retrieve": "get", "fetch": "get", "read": "get", "show": "get", "view": "get", "describe": "get", "insert": "create",
    "add": "create", "post": "create", "new": "create", "modify": "update", "edit": "update", "change": "update",
    "patch": "update", "put": "update", "remove": "delete", "destroy": "delete", "del": "delete",
}  # fmt: skip


def _read(text: str) -> frozenset[str]:
    return frozenset(text.split())


VERBS = _read(
    """
    accept acknowledge acquire activate add aggregate allow analyze answer append apply approve archive ask assign attach
    authenticate authorize ban begin block bulk calculate call cancel capture chain change check claim clear clone close
    collect commit compare complete compute confirm connect consume continue convert copy count create deactivate
    decline delete deliver demote deploy deprovision describe detach disable disallow disconnect discover dismiss dispatch
    download duplicate edit enable end enqueue enroll evaluate execute exit expand expire explain export extend extract
    fetch finalize find finish follow force forget forward freeze generate get give grant hide ignore import
    increment initialize initiate insert install introspect invalidate invite invoke join kick leave link list lock
    log login logout lookup make mark merge migrate modify move mute negotiate notify open parse pause pay permit pin ping
    play poll post predict prepare preview process promote provision publish pull purge push query quit react read
    rebuild recalculate receive reconnect record recover redeem refresh refund refuse register reject release reload
    remind remove rename renew reopen reorder repair repeat replace reply report request reschedule resend reserve reset
    resolve respond restart restore resume retrieve retry return reveal reverse revert review revoke rotate run save scan
    schedule search select send set share show sign simulate skip snooze star start stop stream submit subscribe
    suspend swap switch sync synchronize tag terminate test toggle track transfer transform transition translate trigger
    unarchive unassign unban unblock undo unenroll unfollow unhide uninstall unlink unlock unmute unpin unpublish
    unregister unschedule unshare unstar unsubscribe unsuspend untag update upgrade upload upsert use validate verify void
    vote watch withdraw write autocomplete batch
"""
)

# Of the rest many are nouns as well; what is read at "…/link" is a link.
_READING = _read(
    """
    autocomplete check compare count discover download estimate explain export fetch find generate get introspect list
    lookup negotiate ping poll predict preview query retrieve scan search simulate validate verify
"""
)


def split_words(text: str) -> list[str]:
    """Return the words of a name, small: "getURLFor", "list-for-org", → get url for org, list for org."""
    text = _MIXED.sub(lambda found: found[1].capitalize() + "s", text.replace("OAuth", "Oauth"))
    return [word.lower() for word in _WORD.findall(text)]


def make_part(text: str) -> str:
    """Return one part of an operation's name, one that can be typed; "" where nothing of the text is left."""
    part = "_".join(split_words(text))
    if not part:
        return ""
    part = f"n{part}" if part[0].isdigit() else part
    return f"{part}_" if iskeyword(part) else part


def is_plural(part: str) -> bool:
    """Say whether a part names many: it ends in s, and not as status, access and analysis do."""
    return part.endswith("s") and not part.endswith(("ss", "us", "is")) and len(part) > 2


def is_same_noun(one: str, other: str) -> bool:
    """Say whether two parts are a noun and its plural, or the same."""
    return one == other or one in _plurals(other) or other in _plurals(one)


def find_plural(singular: str, known: frozenset[str]) -> str:
    """Return the plural that is known, else the word itself."""
    return next((plural for plural in _plurals(singular) if plural in known), singular)


def is_verb(part: str, *, reads: bool = False) -> bool:
    """Say whether a part begins with a verb: "cancel", "add_project", not "exports"; `reads`: with one that only looks."""
    return part.partition("_")[0] in (_READING if reads else VERBS)


def _plurals(word: str) -> tuple[str, ...]:
    found = [f"{word}s", f"{word}es"]
    if word.endswith("y"):
        found.append(f"{word[:-1]}ies")
    return tuple(found)
