"""Other ways to an answer, and the record of what had none."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime

import pytest

from penstock.errors import (
    CallFailed,
    NotFound,
    PenstockError,
    ProviderError,
    ServerFailed,
    TimedOut,
    UsageError,
)
from penstock.model import Call, Headers, Response
from penstock.redact import HIDDEN, Secret
from penstock.resilience.recovery import DeadLetter, RecoveryPath, Step, find

THEN = datetime(2026, 11, 1, 12, tzinfo=UTC)


def answer(call: Call, error: PenstockError) -> Response:
    return Response(200, Headers(), b"{}")


async def answer_later(call: Call, error: PenstockError) -> Response:
    return answer(call, error)


def test_the_first_path_that_fits_is_taken() -> None:
    """Paths are tried in the order written, as except clauses are; a subclass of the error fits."""
    general, special = RecoveryPath(ProviderError, answer), RecoveryPath(NotFound, answer_later)
    assert find([general, special], NotFound("gone")) is general
    assert find([special, general], NotFound("gone")) is special
    assert find([special, general], ServerFailed("down")) is general


def test_an_error_without_a_path_finds_none() -> None:
    """Where no kind fits, also for foreign errors, the answer is None."""
    paths = [RecoveryPath(ProviderError, answer)]
    assert find(paths, TimedOut("slow")) is None
    assert find(paths, KeyError("foreign")) is None
    assert find([], NotFound("gone")) is None


@pytest.mark.parametrize("error", [KeyError, "NotFound", None, NotFound("gone")])
def test_a_path_is_for_an_error_of_ours(error: object) -> None:
    """Anything but a class of Penstock's errors raises UsageError with an example."""
    with pytest.raises(UsageError) as caught:
        RecoveryPath(error, answer)  # type: ignore[arg-type]
    assert "RecoveryPath(" in str(caught.value.hint)


def test_a_path_needs_a_function() -> None:
    """A step that cannot be called raises UsageError."""
    with pytest.raises(UsageError, match="function of"):
        RecoveryPath(NotFound, "cached")  # type: ignore[arg-type]


@pytest.mark.parametrize("step", [answer, answer_later])
def test_a_step_may_be_plain_or_async(step: Step) -> None:
    """take() gives the step's Response, whichever kind of function it is."""
    path = RecoveryPath(NotFound, step)
    assert asyncio.run(path.take(Call("x", {}), NotFound("gone"))).status == 200


def test_a_step_that_gives_no_response_is_told() -> None:
    """A step that returns something else raises UsageError that names it, from the first error."""
    path = RecoveryPath(NotFound, lambda call, error: {"id": 1})  # type: ignore[arg-type,return-value]
    with pytest.raises(UsageError, match="gave dict") as caught:
        asyncio.run(path.take(Call("x", {}), NotFound("gone")))
    assert isinstance(caught.value.__cause__, NotFound)


def test_a_step_may_fail_itself() -> None:
    """What the step raises comes out as it is."""

    async def fail(call: Call, error: PenstockError) -> Response:
        raise TimedOut("the other way is slow")

    with pytest.raises(TimedOut):
        asyncio.run(RecoveryPath(NotFound, fail).take(Call("x", {}), NotFound("gone")))


def letter(error: BaseException) -> DeadLetter:
    return DeadLetter.from_error(
        error,
        run="july-import",
        row_key="17",
        operation="customers.create",
        attempts=6,
        first_at=THEN,
        last_at=THEN,
        request_hash="ab12",
    )


def test_a_dead_letter_says_what_and_why() -> None:
    """The record carries the error's kind, words and hint, and cannot be changed."""
    kept = letter(ServerFailed("It answered 500.", operation="customers.create", row="17"))
    assert (kept.run, kept.row_key, kept.attempts) == ("july-import", "17", 6)
    assert (kept.error_type, kept.error) == ("ServerFailed", "It answered 500.")
    assert kept.hint and "theirs" in kept.hint
    with pytest.raises(dataclasses.FrozenInstanceError):
        kept.error = "changed"  # type: ignore[misc]


def test_a_dead_letter_holds_no_secret() -> None:
    """A secret in the words of a foreign error, or given as text, is hidden in the record."""
    secret = Secret("sk_live_canary_4711")
    for kept in (
        letter(RuntimeError(f"no luck with {secret.reveal()}")),
        dataclasses.replace(
            letter(CallFailed("x")), error=secret.reveal(), hint=f"use {secret.reveal()} again"
        ),
    ):
        assert secret.reveal() not in repr(kept)
        assert HIDDEN in kept.error


def test_a_dead_letters_instants_have_a_zone() -> None:
    """A naive time raises UsageError: nobody could say when it was."""
    with pytest.raises(UsageError, match="time zone"):
        dataclasses.replace(letter(CallFailed("x")), last_at=datetime(2026, 11, 1))
