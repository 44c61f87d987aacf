from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.errors import UsageError
from penstock.redact import Secret
from penstock.vault.passwords import check_password, estimate_strength, suggest_password


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("elevenchars", "11 characters"),
        ("", "0 characters"),
        ("ﬃ" * 3, "9 characters"),  # NFKC: one sign of three letters
        ("aaaaaaaaaaaaaaaa", "repetition"),
        ("123456789012", "repetition"),
        ("abcabcabcabc", "repetition"),
        ("abcdefghijklmnop", "repetition"),
        ("a" * 40, "repetition"),
        ("abca" * 20, "repetition"),
    ],
)
def test_a_weak_password_is_refused(text: str, says: str) -> None:
    """A password shorter than twelve characters, or mere repetition, is UsageError without the password."""
    with pytest.raises(UsageError, match=says) as caught:
        check_password(Secret(text))
    assert not text or text not in str(caught.value)


def test_a_password_is_a_secret() -> None:
    """Text in clear is refused."""
    with pytest.raises(UsageError, match=r"is a ps\.Secret, not a str"):
        check_password("correct horse battery staple")


@pytest.mark.parametrize(
    "text", ["correct horse battery", "Tr0ub4dor&3xyz", "ÄÖÜäöüß-ĳsselmeer", "密码密碼пароль-señor"]
)
def test_a_fair_password_is_taken(text: str) -> None:
    """Long enough and not repetition, in any script, is enough."""
    assert check_password(Secret(text))


def test_a_suggested_password_is_five_words_and_strong() -> None:
    """Each suggestion is another, can be said aloud, and is called strong."""
    suggested = [suggest_password().reveal() for _ in range(200)]
    assert len(set(suggested)) == 200
    assert all(
        re.fullmatch(r"([bcdfghjklmnprstvwxyz][aeiou]){2}[a-z](-\w{5}){4}", phrase) for phrase in suggested
    )
    assert min(estimate_strength(Secret(phrase)).bits for phrase in suggested) > 60
    assert estimate_strength(Secret(suggested[0])).words in ("good", "strong")


def test_every_letter_is_as_likely() -> None:
    """Bytes that would favour some letters are thrown away: a source that gives them is asked again."""
    source = iter([255, *[0, 0, 0, 0, 0] * 5])
    assert suggest_password(lambda _: bytes([next(source)])).reveal() == "-".join(["babab"] * 5)


def test_longer_is_stronger_and_repetition_is_not() -> None:
    """The estimate grows with new characters, by one bit for a repeated one, and has a word for each step."""
    weak, fair = estimate_strength(Secret("passwordpass")), estimate_strength(Secret("correct horse battery"))
    assert weak.bits < fair.bits
    assert weak.words == "weak"
    assert estimate_strength(Secret("a" * 40)).bits <= 43


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_has_a_strength(text: str) -> None:
    """No text gives an error or a negative number."""
    assert estimate_strength(Secret(text)).bits >= 0
