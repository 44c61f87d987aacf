"""Passwords: what is accepted, how strong one is, and a phrase to take instead. Nothing here keeps one."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from penstock.errors import UsageError
from penstock.redact import Secret

SHORTEST = 12  # characters, after NFKC
_CONSONANTS, _VOWELS = "bcdfghjklmnprstvwxyz", "aeiou"
_WORDS, _SYLLABLES = 5, 2  # 5 words of consonant-vowel-consonant-vowel-consonant: 88 bits


@dataclass(frozen=True, slots=True)
class Strength:
    """How many guesses a password withstands, as bits, and in words."""

    bits: float
    words: str


def password_bytes(password: Secret) -> bytes:
    """Return what is derived from: NFKC, so that two keyboards that compose accents differently agree."""
    return unicodedata.normalize("NFKC", password.reveal()).encode()


def check_password(password: object) -> Secret:
    """Return a password fit for a new slot, or raise UsageError saying what it lacks."""
    if not isinstance(password, Secret):
        raise UsageError(
            f"A password is a ps.Secret, not a {type(password).__name__}.",
            hint="A hidden prompt gives one; a literal in a cell is saved with the notebook.",
        )
    characters = password_bytes(password).decode()
    length = len(characters)
    if length < SHORTEST:
        raise UsageError(
            f"The password has {length} characters; at least {SHORTEST} are needed.",
            hint="Five random words make a good one, or take a generated phrase.",
        )
    if estimate_strength(password).bits < 28 or len(set(characters)) < 5:
        raise UsageError(
            "The password is mere repetition: it would be guessed at once.",
            hint="Five random words make a good one, or take a generated phrase.",
        )
    return password


def estimate_strength(password: Secret) -> Strength:
    """Return a cautious estimate: three bits or so for a character, one where it repeats what stood before.

    No dictionary is consulted: of common words it says too much, of a generated phrase about what it is worth.
    """
    bits, previous = 0.0, ""
    pairs: set[str] = set()
    for character in password_bytes(password).decode():
        pair = previous + character
        if pair in pairs or (previous and abs(ord(character) - ord(previous)) <= 1):
            bits += 1.0
        else:
            bits += 3.0 if character.islower() else 3.3 if character.isdigit() else 4.0
        pairs.add(pair)
        previous = character
    steps = ((40, "weak"), (60, "fair"), (80, "good"))
    return Strength(bits, next((words for most, words in steps if bits < most), "strong"))


def suggest_password(draw: Callable[[int], bytes] = os.urandom) -> Secret:
    """Return a phrase of five words that can be said aloud: 88 bits, whoever knows how it was made."""
    return Secret("-".join(_invent_word(draw) for _ in range(_WORDS)))


def _invent_word(draw: Callable[[int], bytes]) -> str:
    letters = [_pick(alphabet, draw) for _ in range(_SYLLABLES) for alphabet in (_CONSONANTS, _VOWELS)]
    return "".join([*letters, _pick(_CONSONANTS, draw)])


def _pick(alphabet: str, draw: Callable[[int], bytes]) -> str:
    most = 256 - 256 % len(alphabet)  # bytes above would favour the first letters
    while (drawn := draw(1)[0]) >= most:
        pass
    return alphabet[drawn % len(alphabet)]
