"""A hidden prompt: in a terminal, in a notebook, or a line of a descriptor. The text goes into a Secret at once.

No variable of this file ever holds the text, so no traceback can show it.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import sys
import warnings
from collections.abc import Iterator

from penstock.errors import UsageError
from penstock.redact import Secret

LONGEST_LINE_BYTES = 64 * 1024
_WAYS = 'Name where it is instead: "env:NAME" or "file:PATH"; on the command line --password-fd N.'


def ask(prompt: str = "Secret: ") -> Secret:
    """Ask for a secret without showing it, and return it as a Secret; an empty answer is asked for once more.

    Raises UsageError where nobody can be asked: no terminal, or a notebook that is run without a person.
    """
    is_notebook = _is_kernel()
    if not is_notebook and not _is_terminal():
        raise UsageError("There is no terminal to ask in.", hint=_WAYS)
    for _ in range(2):
        answer = _ask_once(prompt, is_notebook)
        if answer:
            return answer
    raise UsageError("The answer was empty, twice.", hint="Run it again, and paste or type the secret.")


def read_line(descriptor: int) -> Secret:
    """Return the next line of a descriptor, and nothing behind it: the next secret may stand there.

    Raises UsageError for a terminal (it would show what is typed), an end, and what is no line of text.
    """
    problem = ""
    try:
        if os.isatty(descriptor):
            problem = "is a terminal, which would show what is typed"
        else:
            line = _Line(descriptor)
            if line.read():
                return Secret(line.taken.decode().rstrip("\r"))
            problem = line.problem
    except OSError as exc:
        problem = f"cannot be read ({exc.strerror})"
    except UnicodeError:  # its exception has the bytes; it ends here
        problem = "gave what is no UTF-8 text"
    raise UsageError(
        f"The descriptor {descriptor} {problem}.",
        hint="One secret is one line, for example: penstock vault unlock --password-fd 3 3< FILE",
    )


class _Line:
    """Take one line from a descriptor, byte by byte, and show it to nobody."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self.taken, self.problem = descriptor, bytearray(), ""

    def read(self) -> bool:
        while len(self.taken) <= LONGEST_LINE_BYTES:
            byte = os.read(self._descriptor, 1)
            if byte in (b"", b"\n"):
                self.problem = "gave an empty line" if byte else "has no more lines"
                return bool(self.taken.strip())
            self.taken += byte
        self.problem = f"gave a line longer than {LONGEST_LINE_BYTES:,} bytes"
        return False


class Asking:
    """Ask for one secret after another: hidden prompts, or the lines of a descriptor in the same order."""

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = descriptor

    def __call__(self, prompt: str, *, is_new: bool = False) -> Secret:
        """Return the next secret. `is_new`: a person types it twice, because nobody sees what was typed."""
        if self._descriptor is not None:
            return read_line(self._descriptor)
        first = ask(f"{prompt}: ")
        if is_new and first != ask(f"{prompt}, again: "):
            raise UsageError("The two are not the same.", hint="Nothing was changed; run it again.")
        return first


def _ask_once(prompt: str, is_notebook: bool) -> Secret | None:
    try:
        with _echo_refused(is_notebook):
            return Secret(getpass.getpass(prompt))
    except EOFError:
        return None
    except (
        NotImplementedError
    ):  # IPython's StdinNotImplementedError: this front end has nobody who could answer
        problem = "This notebook is run without anybody to ask."
    except UnicodeError:  # its exception has the text; it ends here
        problem = "What was typed is no text."
    except getpass.GetPassWarning:
        problem = "This terminal would show what is typed."
    raise UsageError(problem, hint=_WAYS)


@contextlib.contextmanager
def _echo_refused(is_notebook: bool) -> Iterator[None]:
    """Make getpass refuse where it would show what is typed; a kernel has its own, which masks it."""
    with warnings.catch_warnings():
        if not is_notebook:
            warnings.simplefilter("error", getpass.GetPassWarning)
        yield


def _is_terminal() -> bool:
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()


def _is_kernel() -> bool:
    interactive = sys.modules.get("IPython")
    shell = interactive.get_ipython() if interactive is not None else None
    return getattr(shell, "kernel", None) is not None
