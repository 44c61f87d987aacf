from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pytest

from penstock.batch.progress import ErrorCount, Progress
from penstock.cli import build_parser, main
from penstock.cli.arguments import convert, pair
from penstock.cli.terminal import Bar, describe_errors, follow
from penstock.testing import FakeClock

SECRET = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"

RUNNING = Progress(
    run="july", state="running", total=100, done=40, failed=2, uncertain=0, skipped=0, in_flight=10, queued=48,
    rate=24.8, allowed_rate=25.0, elapsed_s=1.7, eta_s=2.3, waiting_on=None, resumes_at=None,
)  # fmt: skip


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return what argparse says to these words, which it must refuse with 2."""
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    return capsys.readouterr().err


# ---- what can be typed -----------------------------------------------------------------------------------


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """`penstock --help` lists the commands there are, and none that do not exist yet."""
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    said = capsys.readouterr().out
    assert caught.value.code == 0
    for command in ("demo", "lab", "doctor", "integrations", "call", "batch", "runs", "sandbox"):
        assert f"\n    {command}" in said
    assert "vault" not in said and "webhooks" not in said


@pytest.mark.parametrize(
    "words", [[], ["no-such-command"], ["call"], ["call", "stripe"], ["batch", "stripe", "customers.create"]]
)
def test_a_command_that_is_not_whole_is_refused_with_2(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    """Missing words give a usage line and exit code 2."""
    assert "usage: penstock" in refused(capsys, *words)


@pytest.mark.parametrize(
    "credential", [SECRET, f"token={SECRET}", "token=", "token=env:", "=env:KEY", "token=ENV:KEY"]
)
def test_a_credential_written_out_is_refused_and_not_repeated(
    capsys: pytest.CaptureFixture[str], credential: str
) -> None:
    """--credential takes env:NAME and file:PATH only, and its refusal says so without the value."""
    said = refused(capsys, "call", "stripe", "customers.create", "--credential", credential)
    assert "token=env:NAME" in said and "never" in said
    assert SECRET not in said


def test_where_a_credential_is_may_be_said() -> None:
    """env:NAME and file:PATH are taken, several fields too."""
    words = [
        "call",
        "stripe",
        "customers.list",
        "--credential",
        "token=env:KEY",
        "--credential",
        "user=file:/a=b",
    ]
    assert build_parser().parse_args(words).credential == [("token", "env:KEY"), ("user", "file:/a=b")]


@pytest.mark.parametrize("word", ["email", "=x", ":=1", "tags:=[1,", "tags:=", "a:=NaN]"])
def test_a_parameter_that_is_none_is_refused(capsys: pytest.CaptureFixture[str], word: str) -> None:
    """A word that is not name=value, or not JSON after :=, is refused with the form to use."""
    assert "argument K=V" in refused(capsys, "call", "stripe", "customers.create", word)


def test_parameters_are_text_or_json() -> None:
    """`a=1` is the text "1", `a:=1` the number; only the first = counts."""
    assert pair("a=1") == ("a", "1", False)
    assert pair("a=b=c") == ("a", "b=c", False)
    assert pair("a=") == ("a", "", False)
    assert pair("a:=1") == ("a", 1, True)
    assert pair('a:={"b": [true]}') == ("a", {"b": [True]}, True)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("500", "integer", 500), (" 500 ", "integer", 500), ("5.5", "integer", "5.5"), ("5.5", "number", 5.5),
        ("true", "boolean", True), ("FALSE", "boolean", False), ("yes", "boolean", "yes"), ("[1]", "array", [1]),
        ("[1]", "object", "[1]"), ('{"a": 1}', "object", {"a": 1}), ("a,b", "array", "a,b"), ("007", "string", "007"),
        (7, "string", 7), ("x", "no such type", "x"),
    ],
)  # fmt: skip
def test_text_becomes_the_type_a_parameter_has(text: object, kind: str, value: object) -> None:
    """Text is converted to the declared type where it fits exactly, and left alone where it does not."""
    assert convert(text, kind) == value and type(convert(text, kind)) is type(value)


# ---- a run, drawn ----------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class Log(io.StringIO):
    encoding = "utf-8"


class Run:
    """A run that goes through the states a test gives it, each when the one before has been seen."""

    def __init__(self, *states: Progress, when_cancelled: Progress | None = None) -> None:
        self._states, self._after = list(states), when_cancelled
        self.progress, self.cancelled = states[0], 0
        self._listener: Callable[[Progress], None] | None = None

    @property
    def is_finished(self) -> bool:
        return self.progress.is_finished

    def watch(self, listener: Callable[[Progress], None]) -> Callable[[], None]:
        self._listener = listener
        for state in self._states:
            self.progress = state
            listener(state)
        return self._unwatch

    def _unwatch(self) -> None:
        self._listener = None

    def cancel(self) -> None:
        self.cancelled += 1
        if self._after is not None:
            self.progress = self._after


def test_in_a_terminal_the_bar_is_drawn_over_itself() -> None:
    """Each state is drawn over the one before, none wider than the terminal; the last one stays."""
    bar = Bar(stream := Terminal(), FakeClock())
    bar.draw(RUNNING)
    bar.draw(replace(RUNNING, done=60))
    bar.close(replace(RUNNING, state="finished", done=98))
    drawn = stream.getvalue().split("\r\x1b[2K")
    assert [text.count("\n") for text in drawn] == [0, 0, 0, 1]
    assert "42/100" in drawn[1] and "62/100" in drawn[2] and "finished" in drawn[3]
    assert all(len(text) < 80 for text in drawn)


def test_in_a_log_there_is_a_line_every_5_seconds_or_10_percent() -> None:
    """In a log states come as whole lines, not more often than that, and the last one always."""
    stream, clock = Log(), FakeClock()
    bar = Bar(stream, clock)
    for step in range(120):  # 12 s in which little happens
        bar.draw(replace(RUNNING, done=step // 30, failed=0))
        clock.move(0.1)
    assert len(stream.getvalue().splitlines()) == 3
    for done in range(4, 100):  # much happens in no time
        bar.draw(replace(RUNNING, done=done, failed=0))
    assert len(stream.getvalue().splitlines()) == 3 + 9
    for _ in range(2):
        bar.close(replace(RUNNING, state="finished", done=100, failed=0))
    assert len(stream.getvalue().splitlines()) == 3 + 9 + 1
    assert "\r" not in stream.getvalue() and "\x1b" not in stream.getvalue()


def test_a_stream_that_cannot_show_the_bar_gets_plain_characters() -> None:
    """On a stream of ASCII the bar is drawn with # and dots."""

    class Plain(Terminal):
        encoding = "ascii"

    stream = Plain()
    Bar(stream, FakeClock()).draw(RUNNING)
    assert stream.getvalue().isascii() and "#" in stream.getvalue()


def test_a_run_is_followed_to_its_end() -> None:
    """follow returns the last state, has drawn it, and listens no longer."""
    run = Run(RUNNING, replace(RUNNING, state="finished", done=98))
    stream = Log()
    assert follow(run, stream=stream, clock=FakeClock()).done == 98  # type: ignore[arg-type]
    assert "finished" in stream.getvalue() and run._listener is None and run.cancelled == 0


def test_ctrl_c_cancels_the_run_and_keeps_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first interrupt cancels the run and waits for its end; the second one leaves."""
    ended = replace(RUNNING, state="cancelled")
    run = Run(RUNNING, when_cancelled=ended)
    interrupts = iter([KeyboardInterrupt(), None])

    def interrupted(moves: object) -> None:
        if (error := next(interrupts)) is not None:
            raise error

    monkeypatch.setattr("penstock.cli.terminal._newest", interrupted)
    assert follow(run, stream=Log(), clock=FakeClock()) == ended  # type: ignore[arg-type]
    assert run.cancelled == 1

    stubborn = Run(RUNNING)
    interrupts = iter([KeyboardInterrupt(), KeyboardInterrupt()])
    with pytest.raises(KeyboardInterrupt):
        follow(stubborn, stream=Log(), clock=FakeClock())  # type: ignore[arg-type]
    assert stubborn.cancelled == 1


def test_a_run_nobody_can_sign_in_for_is_cancelled() -> None:
    """When the credential is refused the run would wait for ever; the command line cancels it instead."""
    run = Run(replace(RUNNING, waiting_on="sign-in"), when_cancelled=replace(RUNNING, state="cancelled"))
    assert follow(run, stream=Log(), clock=FakeClock()).state == "cancelled"  # type: ignore[arg-type]
    assert run.cancelled == 1


def test_what_went_wrong_is_said_with_what_to_do() -> None:
    """Each kind of error comes with its count, an example row and the hint, the commonest first."""
    errors = (
        ErrorCount("Invalid", 2, "email is not valid", "Correct it.", "C-7"),
        ErrorCount("NotFound", 1200, "no such customer", None, None),
    )
    assert describe_errors(replace(RUNNING, errors=errors)) == [
        "  1,200 x NotFound: no such customer",
        "      2 x Invalid: email is not valid (row C-7)",
        "          Correct it.",
    ]
