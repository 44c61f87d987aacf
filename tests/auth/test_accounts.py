"""The account book: which account is active, how each was found and used; and that it never knows a secret."""

from __future__ import annotations

import inspect
import sqlite3
from dataclasses import fields
from pathlib import Path

import pytest

from penstock.auth.accounts import EXPIRED, HEALTHY, Account, AccountBook, Health, Issued
from penstock.errors import StoreError
from penstock.redact import Secret
from penstock.testing import FakeClock

ME = ("acme", "me")


def book(folder: Path, clock: FakeClock | None = None) -> AccountBook:
    return AccountBook(folder / "accounts.db", clock or FakeClock())


def test_one_account_of_a_service_is_active(tmp_path: Path) -> None:
    """The last one used is the active one, for every process of the home, and each service has its own."""
    one, two = book(tmp_path), book(tmp_path)
    assert one.active("acme") is None
    one.use("acme", "me")
    one.use("zenith", "other")
    two.use("acme", "you")
    assert (one.active("acme"), two.active("zenith")) == ("you", "other")
    assert (
        one.complete(Account("acme", "you")).is_active and not one.complete(Account("acme", "me")).is_active
    )


def test_no_other_account_takes_the_place_of_one_removed(tmp_path: Path) -> None:
    """Forgetting the active account leaves none active, says that it was, and forgets how it was found."""
    known = book(tmp_path)
    known.use(*ME)
    known.found("acme", "you", Health(HEALTHY, checked_at=5.0))
    known.found(*ME, Health(EXPIRED, "Sign in.", 6.0))
    assert not known.forget("acme", "you") and known.active("acme") == "me"
    assert known.forget(*ME) and known.active("acme") is None
    assert known.complete(Account(*ME)) == Account(*ME) and not known.forget(*ME)


def test_how_an_account_was_found_and_used_is_remembered_apart(tmp_path: Path) -> None:
    """A check does not overwrite the last use, nor a use the last check; a new credential forgets the check alone."""
    clock = FakeClock(wall=1000.0)
    known = book(tmp_path, clock)
    known.used(*ME, "run-1")
    known.found(*ME, Health(EXPIRED, "Sign in.", 900.0))
    clock.move(5)
    known.used(*ME, "connection")
    found = book(tmp_path).complete(Account(*ME, label="Me"))
    assert (found.health, found.fix, found.checked_at) == (EXPIRED, "Sign in.", 900.0)
    assert (found.last_used_at, found.last_used_by, found.label) == (1005.0, "connection", "Me")
    known.unfound(*ME)
    found = known.complete(Account(*ME))
    assert (found.health, found.fix, found.checked_at, found.last_used_by) == (None, "", None, "connection")


def test_names_are_values_and_never_part_of_a_statement(tmp_path: Path) -> None:
    """Quotes, semicolons and NULs in names come back as they were, and harm no other line."""
    known = book(tmp_path)
    known.use(*ME)
    for name in ("x'; DROP TABLE active; --", 'a"b', "a\0b", "ü/ß", ""):
        known.use("odd", name)
        known.used("odd", name, name)
        assert known.active("odd") == name and known.complete(Account("odd", name)).last_used_by == name
    assert known.active("acme") == "me"


def test_a_home_that_cannot_be_written_costs_nothing_but_the_memory(tmp_path: Path) -> None:
    """Where the file cannot be made the book works for this process, and the next one begins anew."""
    (tmp_path / "file").write_text("in the way")
    known = AccountBook(tmp_path / "file" / "accounts.db", FakeClock())
    known.use(*ME)
    assert known.active("acme") == "me"
    assert AccountBook(tmp_path / "file" / "accounts.db", FakeClock()).active("acme") is None


def test_a_file_that_breaks_is_told_with_what_to_do(tmp_path: Path) -> None:
    """A table that is gone raises StoreError which names the file and says that no credential is in it."""
    known = book(tmp_path)
    known.use(*ME)
    with sqlite3.connect(tmp_path / "accounts.db") as other:
        other.execute("DROP TABLE active")
    other.close()
    with pytest.raises(StoreError, match=r"accounts\.db") as caught:
        known.active("acme")
    assert caught.value.hint and "no credential" in caught.value.hint
    known.close()


def test_a_closed_book_opens_again(tmp_path: Path) -> None:
    """close frees the file, twice is as good, and the next question opens it again."""
    known = book(tmp_path)
    known.use(*ME)
    known.close()
    known.close()
    assert known.active("acme") == "me"
    known.close()


def test_no_field_of_an_account_and_no_argument_of_the_book_can_be_a_secret() -> None:
    """Nothing that may be shown is annotated as a Secret or a credential; what signs is, and shows nothing of it."""
    assert not [
        field.name
        for field in fields(Account)
        if "Secret" in str(field.type) or "Credential" in str(field.type)
    ]
    for name, method in inspect.getmembers(AccountBook, inspect.isfunction):
        text = str(inspect.signature(method))
        assert "Secret" not in text and "Credential" not in text, name
    issued = Issued({"access_token": Secret("canary-token")}, 1)
    assert "canary" not in repr(issued) and "Credential" in {str(f.type) for f in fields(Issued)}
    assert Account(*ME).name == "acme/me"
