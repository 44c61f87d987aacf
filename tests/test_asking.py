"""Asking for a secret: by a real terminal, a real kernel and real pipes; what is typed is seen nowhere."""

from __future__ import annotations

import getpass
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from penstock import asking
from penstock.asking import Asking, ask, read_line
from penstock.errors import UsageError
from penstock.redact import Secret

CANARY = "canary-5f1e-π-correct-horse"
HERE = str(Path(__file__).parent)

# The child takes the terminal as its own, as a shell's child has it: getpass asks /dev/tty.
CHILD = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from penstock.asking import ask
answer = {answer}
print("LENGTH", len(answer), flush=True)
"""


class Typed:
    """Answer as a person would: one text after another; and count how often it was asked."""

    def __init__(self, *answers: str | BaseException) -> None:
        self._answers: Iterator[str | BaseException] = iter(answers)
        self.prompts: list[str] = []

    def __call__(self, prompt: str) -> str:
        self.prompts.append(prompt)
        answer = next(self._answers)
        if isinstance(answer, BaseException):
            raise answer
        return answer


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Typed]:
    """Return a way to type answers at a terminal that is there."""

    def type_them(*answers: str | BaseException) -> Typed:
        person = Typed(*answers)
        monkeypatch.setattr(asking, "_is_terminal", lambda: True)
        monkeypatch.setattr(getpass, "getpass", person)
        return person

    return type_them


def frames(exc: BaseException) -> str:
    """Return all a traceback could show: texts, and the variables of every frame but the tests' own."""
    parts: list[str] = []
    seen: BaseException | None = exc
    while seen is not None:
        parts += [str(seen), repr(vars(seen)), repr(seen.args), repr(getattr(seen, "object", ""))]
        for frame, _ in traceback.walk_tb(seen.__traceback__):
            if not frame.f_code.co_filename.startswith(HERE):
                parts += [f"{name}={value!r}" for name, value in frame.f_locals.items()]
        seen = seen.__cause__ or seen.__context__
    return "\n".join(parts)


def talk(answer: str) -> str:
    """Run a child at a terminal, type the canary when it asks, and return all the terminal showed."""
    import pty

    master, slave = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD.format(answer=answer)],
        stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
    )  # fmt: skip
    os.close(slave)
    shown = b""
    try:
        while b"Secret: " not in shown:
            shown += os.read(master, 1024)
        os.write(master, f"{CANARY}\n".encode())
        while b"LENGTH" not in shown or not shown.endswith(b"\n"):
            shown += os.read(master, 1024)
        assert child.wait(30) == 0
    finally:
        child.kill()
        child.wait()
        os.close(master)
    return shown.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_a_terminal_shows_nothing_of_what_is_typed() -> None:
    """At a real terminal the secret arrives whole, and the terminal never shows it."""
    shown = talk("ask().reveal()")
    assert f"LENGTH {len(CANARY)}" in shown
    assert CANARY not in shown


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_a_terminal_that_echoes_would_be_found() -> None:
    """The control: where echo stays on, the same terminal shows what was typed."""
    assert CANARY in talk("input('Secret: ')")


def test_nobody_is_asked_without_a_terminal() -> None:
    """With standard input from elsewhere it says so at once, with what to do instead, and reads nothing."""
    code = "from penstock.asking import ask\nask()"
    ended = subprocess.run(
        [sys.executable, "-c", code], check=False, input=CANARY, capture_output=True, text=True
    )
    assert ended.returncode == 1
    assert "UsageError" in ended.stderr and "no terminal" in ended.stderr and "env:NAME" in ended.stderr
    assert CANARY not in ended.stderr + ended.stdout


def test_a_terminal_that_cannot_hide_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where echo cannot be turned off nothing is asked, though getpass alone would go on with a warning."""
    monkeypatch.setattr(asking, "_is_terminal", lambda: True)
    monkeypatch.setattr(getpass, "getpass", getpass.fallback_getpass)
    monkeypatch.setattr(getpass, "_raw_input", lambda *_, **__: CANARY, raising=False)
    with pytest.raises(UsageError, match="would show"):
        ask()
    with pytest.warns(getpass.GetPassWarning):  # the control: getpass itself goes on
        assert getpass.fallback_getpass("Secret: ") == CANARY


def test_an_empty_answer_is_asked_for_once_more(typed: Callable[..., Typed]) -> None:
    """One empty answer, or an end of input, is forgiven; the second is an error."""
    person = typed("", CANARY)
    assert ask("Key: ").reveal() == CANARY and person.prompts == ["Key: ", "Key: "]
    typed("", EOFError())
    with pytest.raises(UsageError, match="empty"):
        ask()


def test_an_interrupt_passes(typed: Callable[..., Typed]) -> None:
    """Ctrl-C at the prompt is KeyboardInterrupt, not an error of ours."""
    typed(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        ask()


FAILURES: dict[str, tuple[tuple[str, ...], Callable[[], Any]]] = {
    "no text": ((f"{CANARY}\udc80",), ask),
    "not the same": ((CANARY, CANARY[:-1]), lambda: Asking()("Password", is_new=True)),
    "empty": (("", ""), ask),
}


@pytest.mark.parametrize("says", FAILURES)
def test_no_traceback_holds_what_was_typed(typed: Callable[..., Typed], says: str) -> None:
    """Whatever goes wrong with an answer, no frame, text or chained error holds it in clear."""
    answers, do = FAILURES[says]
    typed(*answers)
    with pytest.raises(UsageError, match=says) as caught:
        do()
    assert CANARY[:-1] not in frames(caught.value)


def test_a_frame_that_held_it_would_be_found() -> None:
    """The control: a function elsewhere that keeps the answer in a variable is found."""
    scope: dict[str, Any] = {}
    exec(compile("def careless(answer):\n    raise ValueError('no')", "elsewhere.py", "exec"), scope)
    with pytest.raises(ValueError, match="no") as caught:
        scope["careless"](CANARY)
    assert CANARY in frames(caught.value)


def test_a_new_secret_is_typed_twice(typed: Callable[..., Typed]) -> None:
    """A new password is asked for twice at a terminal, and taken when both are the same."""
    person = typed(CANARY, CANARY)
    assert Asking()("New password", is_new=True) == Secret(CANARY)
    assert person.prompts == ["New password: ", "New password, again: "]


# ---- descriptors ---------------------------------------------------------------------------------------------


@pytest.fixture
def pipe() -> Iterator[Callable[[bytes], int]]:
    """Return a way to make a descriptor that gives some bytes and ends."""
    made: list[int] = []

    def fill(content: bytes) -> int:
        out, into = os.pipe()
        made.append(out)
        os.write(into, content)
        os.close(into)
        return out

    yield fill
    for descriptor in made:
        os.close(descriptor)


def test_each_line_is_a_secret_of_its_own(pipe: Callable[[bytes], int]) -> None:
    """Lines come in the order asked, one each, also a new password, a CRLF and a last line without an end."""
    asked = Asking(pipe(f"{CANARY}\nsecond one \r\nthird".encode()))
    assert [asked("a", is_new=True).reveal(), asked("b").reveal(), asked("c").reveal()] == [
        CANARY,
        "second one ",
        "third",
    ]
    with pytest.raises(UsageError, match="no more lines"):
        asked("d")


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "no more lines"), (b"\nx", "empty line"), (b"\xff\xfe\n", "no UTF-8"), (b"x" * 66_000, "longer")],
)
def test_what_is_no_line_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    """An end, an empty line, bytes that are no text and an endless line are refused, without what was there."""
    (tmp_path / "lines").write_bytes(content)
    with (
        (tmp_path / "lines").open("rb", buffering=0) as file,
        pytest.raises(UsageError, match=says) as caught,
    ):
        read_line(file.fileno())
    assert caught.value.__context__ is None


def test_a_descriptor_that_is_none_or_shows_is_refused() -> None:
    """A closed descriptor and a terminal are refused at once."""
    with pytest.raises(UsageError, match="cannot be read"):
        read_line(987)
    if sys.platform != "win32":
        import pty

        master, slave = pty.openpty()
        try:
            with pytest.raises(UsageError, match="terminal"):
                read_line(slave)
        finally:
            os.close(master)
            os.close(slave)


# ---- notebooks -----------------------------------------------------------------------------------------------

CELL = "from penstock.asking import ask\nprint(len(ask('Key: ').reveal()))"


def test_a_notebook_that_is_run_by_a_program_says_so() -> None:
    """Under nbclient, as under nbconvert and papermill, there is nobody to ask: UsageError with the ways there are."""
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    with pytest.raises(nbclient.exceptions.CellExecutionError) as caught:
        nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    assert caught.value.ename == "UsageError" and "without anybody to ask" in str(caught.value)
    assert "env:NAME" in str(caught.value)


def test_a_notebook_asks_with_its_masked_prompt() -> None:
    """A front end is asked for a password, masked, and what it answers is in no output."""
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3")
    try:
        requests, outputs = [], []

        def answer(message: dict[str, Any]) -> None:
            requests.append(message["content"])
            client.input(CANARY)

        client.execute_interactive(
            CELL, allow_stdin=True, stdin_hook=answer, output_hook=outputs.append, timeout=120
        )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert requests == [{"prompt": "Key: ", "password": True}]
    assert f"{len(CANARY)}" in str([one["content"] for one in outputs])
    assert CANARY not in str(outputs)
